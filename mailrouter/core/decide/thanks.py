"""Thanks for the agents: a bare *merci* changes nothing, but when a case is done it reaches those who answered."""

from __future__ import annotations

from mailrouter.core.decide.command import Command, said
from mailrouter.core.decide.mails import to_participant
from mailrouter.core.decide.scene import Scene
from mailrouter.core.decide.voice import Voice
from mailrouter.core.model import Participant

THANKS = "thanks"
# More words than this below a command line are a text.
_FEW = 3


def worth_passing_on(text: str) -> bool:
    """Whether the text below `clore` is more than a closing formula: some words, or thanks however short."""
    command = said(text)
    return len(text.split()) > _FEW or (command is not None and command.act == THANKS)


def pass_on(scene: Scene, voice: Voice, command: Command) -> bool:
    """The creator's thanks on a case that is done or closed, to the agents who answered; nothing else happens."""
    if scene.case.state not in ("done", "closed") or voice.person.address != scene.case.creator:
        return False
    told = answering(scene)
    for person in told:
        to_participant(scene, THANKS, person, {"who": voice.person.name})
    return scene.step("thanks-passed-on", bool(told), evidence=f"to {len(told)}")


def answering(scene: Scene) -> list[Participant]:
    """The agents on the case who answered or have it, each once."""
    case = scene.case
    named = [m.author for m in case.messages if m.side == "operator" and m.audience == "everyone"]
    named += [p.owner for p in case.parties if p.owner]
    found = (case.participant(address) for address in dict.fromkeys(named))
    return [p for p in found if p is not None and p.side == "operator"]
