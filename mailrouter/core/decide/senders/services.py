"""Mail to the service words: liste@, aide@, mandat@, inscription@, contact@, dpo@, postmaster@, abuse@."""

from __future__ import annotations

from typing import Any

import msgspec

from mailrouter.core.decide.basis.caps import capped, refusal
from mailrouter.core.decide.basis.mails import given, thread_of_mail, to_person
from mailrouter.core.decide.basis.people import home_of
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.senders.holding import hold, team_reads
from mailrouter.core.decide.senders.lines import answered
from mailrouter.core.decide.senders.sender import Sender
from mailrouter.core.decide.senders.welcome import join
from mailrouter.core.decide.words.command import said
from mailrouter.core.decide.words.substance import says_something
from mailrouter.core.model import Decision

JOINING = "inscription"
TO_PEOPLE = frozenset({"contact", "dpo", "postmaster", "abuse"})


def listed(scene: Scene) -> list[dict[str, Any]]:
    """The sender's cases as plain values."""
    found: list[dict[str, Any]] = msgspec.to_builtins(scene.facts.listed)
    return found


def help_values(scene: Scene, address: str) -> dict[str, Any]:
    """The addresses somebody writes new cases to, their own territories first of all: a hundred departments help nobody;
    and today's date, for an example that is never too old or to come."""
    directory = scene.directory
    groups = [g for g in directory.groups_of(address) if g.side == "helper"]
    own = dict.fromkeys(t for g in groups for t in g.territories)
    places = [t for t in directory.policy.territories if t.slug in own]
    values = {"territories": [[t.name, f"{t.slug}@{directory.policy.domain}"] for t in places]}
    return {**values, **example(scene, address)}


def example(scene: Scene, address: str) -> dict[str, str]:
    """Today where this person is, for the line of the mandate."""
    return {"today": scene.today(home_of(scene.directory, address)).isoformat()}


def role_of(scene: Scene, sender: Sender) -> str:
    """The role that help and welcome are written for."""
    roles = scene.directory.roles(sender.address)
    order = ("aidant", "agent", "operator", "manager", "expert", "territory-manager", "observer")
    return next((r for r in order if r in roles), "")


def service(scene: Scene, sender: Sender, word: str) -> Decision:
    """A mail to a service word by a registered, aligned sender."""
    if word in TO_PEOPLE:
        if capped(scene, f"service:{sender.address}", scene.directory.policy.limits.automatic_per_address):
            team_reads(scene, sender.address)
        return hold(scene, f"for-operators:{word}")
    done, unread = answered(scene, sender) if word == "liste" else (set(), [])
    if done:
        if unread and capped(
            scene, f"service:{sender.address}", scene.directory.policy.limits.automatic_per_address
        ):
            _list(scene, sender, done, unread)
        return scene.decision("handled", "answered-by-line")  # acts of a person are never too many
    if not capped(scene, f"service:{sender.address}", scene.directory.policy.limits.automatic_per_address):
        return scene.decision("ignored", "service-capped")
    if word == JOINING:
        return join(scene, sender)
    thread = thread_of_mail(scene)
    if word == "liste":
        _list(scene, sender, done, unread)
    elif word == "mandat":
        values = {"filled": False, **example(scene, sender.address)}
        to_person(scene, "mandate-form", sender.address, values, thread=thread)
    else:
        to_person(
            scene,
            "help",
            sender.address,
            help_values(scene, sender.address),
            role=role_of(scene, sender),
            thread=thread,
        )
    return scene.decision("handled", f"service:{word}")


def _list(scene: Scene, sender: Sender, done: set[str], unread: list[str]) -> None:
    """The sender's cases but those that are acted on right now, with the lines that were not understood."""
    cases = [c for c in listed(scene) if c["case_id"] not in done]
    text = scene.message.visible
    command = said(text)
    more = says_something(command.rest if command and command.act == "list" else text, sender.name)
    values = {"cases": cases, **given(unread=unread, unsent=more and not (unread or done))}
    to_person(scene, "listing", sender.address, values, reply="list", thread=thread_of_mail(scene))


def misaddressed(scene: Scene, sender: Sender) -> Decision:
    """A registered sender at an address that is none: answered in words, without content (Situations 17)."""
    directory = scene.directory
    # What is not in a token's form: where it leads is nobody's business.
    unknown = [t.address for t in scene.facts.targets if t.kind == "unknown"]
    values: dict[str, Any] = {
        "territories": [[t.name, f"{t.slug}@{directory.policy.domain}"] for t in directory.policy.territories]
    }
    values["unsent"] = True
    if unknown:
        values |= {"unknown": unknown[0], "nearest": directory.nearest(unknown[0]) or ""}
    if refusal(scene, "misaddressed", sender.address):
        role = role_of(scene, sender)
        to_person(scene, "help", sender.address, values, role=role, thread=thread_of_mail(scene))
    return scene.decision("handled", "misaddressed")


def which_case(scene: Scene, sender: Sender) -> Decision:
    """A registered agent whose mail belongs to no case, or to another one than its address says, is asked which."""
    to_person(scene, "which-case", sender.address, {"cases": listed(scene)}, thread=thread_of_mail(scene))
    return hold(scene, "agent-without-case")


def wiped_away(scene: Scene, sender: Sender) -> Decision:
    """A registered person answers a mail of a case that was wiped, whose people nobody knows any more: they are told so,
    once a day, and what works instead. Whose case it was is not said."""
    scene.draft.case = None  # its key is gone: nothing can be kept with it
    if scene.step("wiped-case", refusal(scene, "wiped", sender.address)):
        values = {"why": "wiped", "acts": ["list", "help"]}
        role, thread = role_of(scene, sender), thread_of_mail(scene)
        to_person(scene, "not-understood", sender.address, values, role=role, thread=thread)
    return scene.decision("handled", "wiped-case")
