"""Joining: the welcome when somebody is added, what inscription@ answers, and the terms of use by mail.

Terms are accepted by the word `j'accepte` of the registered person, aligned, in the version in force."""

from __future__ import annotations

from typing import Any

from mailrouter.core.decide.command import said
from mailrouter.core.decide.mails import thread_of_mail, to_person
from mailrouter.core.decide.scene import Scene
from mailrouter.core.decide.sender import Sender
from mailrouter.core.model import Decision, SetPerson, Side

ACCEPT = "accept-terms"


def greet(scene: Scene, address: str) -> Decision:
    """A new member's first mail, by role; a reply of one word accepts the terms."""
    if scene.facts.person(address).suspended:
        return scene.decision("handled", "welcome-suspended")
    to_person(
        scene,
        "welcome",
        address,
        {**welcome_values(scene, address), **_to_accept(scene, address)},
        role=side_role(scene, address),
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
    accepted = scene.facts.person(sender.address).terms_version
    if command is not None and command.act == ACCEPT:
        scene.do(SetPerson(address=sender.address, terms_version=version))
        scene.step("terms-accepted", evidence=version)
        _told(scene, sender, thread)
        return scene.decision("handled", "terms-accepted")
    if scene.step("terms-needed", bool(version) and accepted != version, evidence=version):
        values = {"version": version, "again": bool(accepted)}
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
        role=side_role(scene, sender.address),
        reply="joining",
        thread=thread,
    )


def _to_accept(scene: Scene, address: str) -> dict[str, Any]:
    """The version of the terms, for who has not accepted those in force."""
    version = scene.directory.policy.terms_version
    if not version or scene.facts.person(address).terms_version == version:
        return {}
    return {"version": version}


def welcome_values(scene: Scene, address: str) -> dict[str, Any]:
    """Groups, and for aidants the addresses to write to."""
    directory = scene.directory
    groups = (*directory.groups_of(address), *directory.mailbox_groups(address))
    places = dict.fromkeys(t for g in groups if g.side == "helper" for t in g.territories)
    return {
        "groups": [g.name for g in groups],
        "territories": [
            [directory.territories[slug].name, f"{slug}@{directory.policy.domain}"]
            for slug in places
            if slug in directory.territories
        ],
    }


def side_role(scene: Scene, address: str) -> str:
    """`aidant` or `agent`, for the words of the mail; '' for anybody else."""
    sides: set[Side] = {g.side for g in scene.directory.groups_of(address)}
    return "aidant" if "helper" in sides else ("agent" if "operator" in sides else "")
