"""Joining: the welcome when somebody is added, what inscription@ answers, and the terms of use by mail.

Terms are accepted by the word `j'accepte` of the registered person, aligned, in the version in force."""

from __future__ import annotations

from typing import Any

from mailrouter.core.decide.basis.mails import thread_of_mail, to_person
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.senders.sender import Sender
from mailrouter.core.decide.senders.terms import accept, accepted, never_accepted, requested
from mailrouter.core.decide.words.command import said
from mailrouter.core.decide.words.stated import ACCEPT
from mailrouter.core.model import Decision
from mailrouter.core.policy.directory import Directory


def met_by(directory: Directory) -> frozenset[str]:
    """Whom a directory welcomes: members of groups, managers of groups and of territories."""
    charges = directory.policy.territory_managers
    return frozenset(
        (*directory.groups_by_member, *directory.groups_by_manager, *(c.address for c in charges))
    )


def newcomers(before: Directory, now: Directory) -> frozenset[str]:
    """Who is to be welcomed when the directory changes; a manager who becomes a member too."""
    members = frozenset(now.groups_by_member) - frozenset(before.groups_by_member)
    return members | (met_by(now) - met_by(before))


def greet(scene: Scene, address: str) -> Decision:
    """The first mail of who was added, by role; a reply of one word accepts the terms. Who is in charge of territories
    alone reads no case, and has nothing to accept."""
    if scene.facts.person(address).suspended:
        return scene.decision("handled", "welcome-suspended")
    to_person(
        scene,
        "welcome",
        address,
        {**welcome_values(scene, address), **_to_accept(scene, address)},
        role=welcomed_as(scene, address),
        reply="joining",
        automatic="auto-generated",
        key="welcome",
    )
    return scene.decision("handled", "welcome")


def join(scene: Scene, sender: Sender) -> Decision:
    """A registered, aligned person writes to inscription@: `j'accepte` accepts, anything else is answered with what
    their registration is, and with the terms while they are not accepted."""
    command, thread = said(scene.message.visible), thread_of_mail(scene)
    version = scene.directory.policy.terms_version
    if command is not None and command.act == ACCEPT:
        accept(scene, sender.address)
        scene.step("terms-accepted", evidence=version)
        _told(scene, sender, thread)
        return scene.decision("handled", "terms-accepted")
    if scene.step("terms-needed", not accepted(scene, sender.address), evidence=version):
        waits = bool(sender.of_side("helper")) and never_accepted(scene, sender.address)
        values = {**requested(scene, sender.address), "waits": waits}
        to_person(scene, "terms", sender.address, values, reply="joining", thread=thread)
        return scene.decision("handled", "terms-asked")
    _told(scene, sender, thread)
    return scene.decision("handled", "service:inscription")


def _told(scene: Scene, sender: Sender, thread: tuple[str, ...]) -> None:
    to_person(
        scene,
        "welcome",
        sender.address,
        welcome_values(scene, sender.address),
        role=welcomed_as(scene, sender.address),
        reply="joining",
        thread=thread,
    )


def _to_accept(scene: Scene, address: str) -> dict[str, Any]:
    """The version of the terms, for who has not accepted those in force."""
    if accepted(scene, address) or welcomed_as(scene, address) == "territory-manager":
        return {}
    return {"version": requested(scene, address)["version"]}


def welcome_values(scene: Scene, address: str) -> dict[str, Any]:
    """Groups, those in their charge too; for aidants the addresses to write to, for who is in charge of territories
    their names."""
    directory = scene.directory
    groups = (*directory.groups_of(address), *directory.mailbox_groups(address))
    places = dict.fromkeys(t for g in groups if g.side == "helper" for t in g.territories)
    names = [g.name for g in (*groups, *directory.managed_by(address))]
    if not names:
        names = [
            directory.territories[slug].name
            for charge in directory.policy.territory_managers
            if charge.address == address
            for slug in charge.territories
            if slug in directory.territories
        ]
    return {
        "groups": list(dict.fromkeys(names)),
        "territories": [
            [directory.territories[slug].name, f"{slug}@{directory.policy.domain}"]
            for slug in places
            if slug in directory.territories
        ],
    }


def welcomed_as(scene: Scene, address: str) -> str:
    """The role that the words of the welcome are for: `aidant` or `agent`, else `manager` or `territory-manager`; ''
    for anybody else."""
    roles = scene.directory.roles(address)
    return next((r for r in ("aidant", "agent", "manager", "territory-manager") if r in roles), "")
