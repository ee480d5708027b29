"""A held mail that was released is decided again, with the release as evidence."""

from __future__ import annotations

from mailrouter.core.decide.basis.mails import to_operators
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.senders.sender import Sender, Standing
from mailrouter.core.model import CaseView


def vouched(scene: Scene, sender: Sender) -> bool:
    """Whether the author's identity was confirmed: by an operator, or by the registered person's own `c'est moi`."""
    by, word = scene.trigger.released_by, scene.trigger.release_word
    by_operator = by.startswith("operator:") and word == "release"
    return by_operator or (bool(by) and word == "its-me" and by == sender.address)


def note_or_send(scene: Scene) -> str:
    """`note` or `send` when the writer said which one the held mail is; '' otherwise."""
    return scene.trigger.release_word if scene.trigger.release_word in ("note", "send") else ""


def let_in(scene: Scene, case: CaseView, found: Standing) -> Standing:
    """A colleague who is not registered writes once as the participant who released the mail answers for."""
    by, word = scene.trigger.released_by, scene.trigger.release_word
    allowed = found.relation == "same-organisation" and word in ("send", "register") and bool(by)
    by_operator = by.startswith("operator:") and word == "release"
    if allowed and word == "register":
        _to_register(scene, found)
    if found.participant and (allowed or by_operator):
        scene.step(
            "released", evidence=f"by {'operator' if by.startswith('operator:') else 'participant'}: {word}"
        )
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
