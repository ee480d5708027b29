"""A held mail that was released is decided again, with the release as evidence."""

from __future__ import annotations

from mailrouter.core.decide.basis.mails import to_operators
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.senders.sender import Standing
from mailrouter.core.model import CaseView

SAID_ME = "identity:its-me"
PASSED_ON = "note-passed-on"


def vouched(scene: Scene) -> bool:
    """Whether the author's identity was confirmed: by an operator, or by the registered person's own `c'est moi`."""
    return scene.trigger.freed or bool(scene.trigger.told("identity", "its-me"))


def note_or_send(scene: Scene) -> str:
    """`note` or `send` when the writer said which one the held mail is; '' otherwise."""
    return scene.trigger.told(PASSED_ON, "note") or scene.trigger.told("internal-marker", "note", "send")


def let_in(scene: Scene, case: CaseView, found: Standing) -> Standing:
    """A colleague who is not registered writes once as the participant who released the mail answers for."""
    word = scene.trigger.told("colleague", "send", "register")
    allowed = found.relation == "same-organisation" and bool(word)
    if allowed and word == "register":
        _to_register(scene, found)
    if found.participant and (allowed or scene.trigger.freed):
        scene.step("released", evidence=f"by participant: {word}" if allowed else "by operator: release")
        return Standing(relation="participant", participant=found.participant, evidence="released")
    return found


def _to_register(scene: Scene, found: Standing) -> None:
    """The operators are told whom to put into the files, and for which group."""
    author = scene.message.author
    item = {
        "id": scene.case.number,
        "received_at": scene.trigger.envelope.received_at.isoformat(),
        "author": author.address if author else "",
        "recipient": "",
        "size": 0,
        "reason": "to-register",
        "about": found.group.name if found.group else "",
    }
    to_operators(scene, [item], "to-register")
