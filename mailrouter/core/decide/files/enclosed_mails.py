"""Mails inside mails (.eml, .msg) go on only by their sender's `envoyer` (DOMAIN, Situations 12): one may be about another
person, and holds addresses and a whole conversation that nobody looked at again."""

from __future__ import annotations

from mailrouter.core.decide.basis.mails import thread_of_mail, to_person
from mailrouter.core.decide.basis.pace import kept_until
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.senders.holding import ask_writer
from mailrouter.core.decide.senders.sender import Sender
from mailrouter.core.decide.senders.voice import Voice
from mailrouter.core.model import Audience, Decision, Hold, Side

REASON = "messages-attached"
PROBLEM = "message"


def let_go(scene: Scene, side: Side, audience: Audience = "everyone") -> bool:
    """Whether the sender, or an operator, said that this mail goes on with the mails inside it. An agent's to the helper
    side never do on a case with notes: the mail inside may be one."""
    if (
        side == "operator"
        and audience == "everyone"
        and any(m.audience == "agents" for m in scene.case.messages)
    ):
        return False
    return _said(scene)


def _said(scene: Scene) -> bool:
    return scene.trigger.freed or bool(scene.trigger.told(REASON, "send"))


def mails_wait(scene: Scene, voice: Voice, audience: Audience = "everyone") -> Decision | None:
    """A mail on a case with mails inside it is held until its writer answers `envoyer`; not where the word would change
    nothing."""
    notes = any(m.audience == "agents" for m in scene.case.messages)
    if not _asked_for(scene) or (notes and voice.person.side == "operator" and audience == "everyone"):
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
    """Whatever else the mail was held for and let go: the word for these is one of its own."""
    found = [a for a in scene.message.attachments if a.problem == PROBLEM]
    return scene.step(REASON, bool(found) and not _said(scene), evidence=f"{len(found)} inside")
