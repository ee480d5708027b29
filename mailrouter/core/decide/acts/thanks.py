"""Thanks for the agents: a bare *merci* changes nothing, but when a case is done it reaches those who answered."""

from __future__ import annotations

from mailrouter.core.decide.basis.mails import to_participant
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.senders.voice import Voice
from mailrouter.core.decide.words.substance import only_courteous, only_thanks, says_something
from mailrouter.core.model import Participant

THANKS = "thanks"


def worth_passing_on(text: str, name: str = "") -> bool:
    """Whether the text below `clore` goes along in the closing mail: whatever says something, and thanks however short,
    since nothing comes after it."""
    return says_something(text, name) or only_thanks(text)


def courteous(scene: Scene, voice: Voice) -> bool:
    """Whether the helper side's mail is a thanks, or an acknowledgement of a notice or on a case that is done: it changes nothing. The
    creator's thanks on such a case reach the agents who answered. An "ok" to what a person wrote is text."""
    names = " ".join(p.name for p in scene.case.participants)
    text, over = scene.message.visible, scene.case.state in ("done", "closed")
    if scene.brings_files or scene.message.forwarded:
        return False
    if only_thanks(text, names):
        scene.step("thanks", evidence="a bare thanks changes nothing")
        if over and voice.person.address == scene.case.creator:
            _pass_on(scene, voice)
        return True
    idle = (over and not asked_by_somebody(scene)) or answers_notice(scene)
    idle = idle and only_courteous(text, names)
    return scene.step("courteous", idle, evidence="asks and tells nothing")


def asked_by_somebody(scene: Scene) -> bool:
    """Whether this mail answers what a person wrote, rather than a notice of ours."""
    return any(m.answered and m.template in ("answer", "advice", "message", "note") for m in scene.facts.ours)


# Mails of ours that tell and ask nothing.
_NOTICES = ("receipt", "taken", "part-done", "acknowledged", "absence-told")


def answers_notice(scene: Scene) -> bool:
    """Whether this mail answers a notice of ours on the case, which nobody wrote: "ok" to it is for nobody."""
    case = scene.case
    told = any(m.answered and m.case_id == case.id and m.template in _NOTICES for m in scene.facts.ours)
    return told and not asked_by_somebody(scene)


def _pass_on(scene: Scene, voice: Voice) -> None:
    told = answering(scene)
    for person in told:
        to_participant(scene, THANKS, person, {"who": voice.person.name})
    scene.step("thanks-passed-on", bool(told), evidence=f"to {len(told)}")


def answering(scene: Scene) -> list[Participant]:
    """The agents on the case who answered or have it, each once."""
    case = scene.case
    named = [m.author for m in case.messages if m.side == "operator" and m.audience == "everyone"]
    named += [p.owner for p in case.parties if p.owner]
    found = (case.participant(address) for address in dict.fromkeys(named))
    return [p for p in found if p is not None and p.side == "operator"]
