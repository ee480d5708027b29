"""Mails inside mails (.eml, .msg) go on only by their sender's `envoyer` (DOMAIN, Situations 12): one may be about another
person, and holds addresses and a whole conversation that nobody looked at again."""

from __future__ import annotations

from mailrouter.core.decide.basis.mails import thread_of_mail, to_person
from mailrouter.core.decide.basis.pace import kept_until
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.senders.holding import ask_writer
from mailrouter.core.decide.senders.sender import Sender
from mailrouter.core.decide.senders.voice import Voice
from mailrouter.core.model import Decision, Hold

REASON = "messages-attached"
PROBLEM = "message"
_LETTING = ("send", "release")


def let_go(scene: Scene) -> bool:
    """Whether the sender, or an operator, said that this mail goes on with the mails inside it."""
    return scene.trigger.release_word in _LETTING


def mails_wait(scene: Scene, voice: Voice) -> Decision | None:
    """A mail on a case with mails inside it is held until its writer answers `envoyer`."""
    if not _asked_for(scene):
        return None
    return ask_writer(scene, voice, REASON, ("send",))


def mails_wait_to_open(scene: Scene, sender: Sender) -> Decision | None:
    """The same for a mail that would open a case."""
    if not _asked_for(scene):
        return None
    until = kept_until(scene)
    to_person(
        scene,
        "held-ask",
        sender.address,
        {"reason": REASON, "acts": ["send"]},
        reply="question",
        question=REASON,
        words=("send",),
        expires_at=until,
        inbound_id=scene.trigger.inbound_id,
        thread=thread_of_mail(scene),
    )
    scene.do(Hold(reason=REASON, expires_at=until))
    return scene.decision("held", f"ask:{REASON}")


def _asked_for(scene: Scene) -> bool:
    """Asked once: what was released for another reason goes on without them, and their sender is told."""
    found = [a for a in scene.message.attachments if a.problem == PROBLEM]
    return scene.step(REASON, bool(found) and not scene.trigger.released_by, evidence=f"{len(found)} inside")
