"""The terms of use: accepted by the word `j'accepte`, asked at the first contact and once for each new version.

An aidant's first case waits for the word, asked with everything else that is missing. Nothing else ever waits for it
(decisions/0080): an agent's answer goes on, and so does what an aidant writes who accepted an earlier version."""

from __future__ import annotations

from typing import Any

from mailrouter.core.decide.basis.mails import to_person
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.senders.sender import Sender
from mailrouter.core.model import SetPerson


def accepted(scene: Scene, address: str) -> bool:
    """Whether nothing is to be accepted by this person any more: there are no terms, or they accepted those in force,
    earlier or by this very mail."""
    version = scene.directory.policy.terms_version
    now = (e.terms_version for e in _set(scene, address))
    return not version or version in (scene.facts.person(address).terms_version, *now)


def never_accepted(scene: Scene, address: str) -> bool:
    """Whether this person has accepted no version of the terms yet."""
    return not accepted(scene, address) and not scene.facts.person(address).terms_version


def accept(scene: Scene, address: str) -> None:
    """This person gave the word, in the version in force."""
    if not accepted(scene, address):
        scene.do(SetPerson(address=address, terms_version=scene.directory.policy.terms_version))


def requested(scene: Scene, address: str) -> dict[str, Any]:
    """What a mail to this person says to ask for the terms in force; it is remembered as having asked."""
    version = scene.directory.policy.terms_version
    scene.do(SetPerson(address=address, terms_asked=version))
    return {"version": version, "again": bool(scene.facts.person(address).terms_version)}


def asking(scene: Scene, address: str) -> dict[str, Any]:
    """The same for a mail that has something else to say; empty when they were accepted, or asked for in this version
    before."""
    version = scene.directory.policy.terms_version
    asked = scene.facts.person(address).terms_asked == version or any(
        e.terms_asked == version for e in _set(scene, address)
    )
    return {} if asked or accepted(scene, address) else requested(scene, address)


def ask_writer_once(scene: Scene, sender: Sender) -> None:
    """Whose text goes on without their having been asked yet, is asked by a mail of its own. A shared mailbox is nobody
    who could accept."""
    if sender.person is None or not sender.aligned:
        return
    if values := asking(scene, sender.address):
        scene.step("terms-asked", evidence=values["version"])
        to_person(scene, "terms", sender.address, {**values, "waits": False}, reply="joining", key="terms")


def _set(scene: Scene, address: str) -> list[SetPerson]:
    """What this decision records of a person so far."""
    return [e for e in scene.draft.effects if isinstance(e, SetPerson) and e.address == address]
