"""Acts of both sides: wrong person, history, list, help; inviting and handing over have modules of their own."""

from __future__ import annotations

from typing import Any

from mailrouter.core.decide.acts.agent_acts import ActFunction
from mailrouter.core.decide.acts.handing import hand_over
from mailrouter.core.decide.acts.inviting import acknowledge, invite
from mailrouter.core.decide.acts.snooze import later
from mailrouter.core.decide.acts.states import everyone, offered
from mailrouter.core.decide.basis import dues
from mailrouter.core.decide.basis.disclose import lens, may_read, visible_text
from mailrouter.core.decide.basis.mails import to_participant
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.senders.services import help_values, listed
from mailrouter.core.decide.senders.terms import accept
from mailrouter.core.decide.senders.voice import Voice
from mailrouter.core.decide.words.command import Command
from mailrouter.core.decide.words.substance import says_something
from mailrouter.core.model import ChangeState, Participant


def wrong_person(scene: Scene, voice: Voice, command: Command) -> bool:
    """`erreur de personne`: the case is frozen, its addresses are revoked, everyone is told without content. What is
    written below goes to nobody either, and its author is told so."""
    for person in everyone(scene):
        values = {"who": voice.person.name, **unsent(scene, voice, command, person)}
        to_participant(scene, "wrong-person", person, values)
    dues.ended(scene)
    scene.do(ChangeState(case_id=scene.case.id, to="frozen", who=voice.person.address, why="wrong person"))
    return True


def unsent(scene: Scene, voice: Voice, command: Command, reader: Participant) -> dict[str, bool]:
    """For the author of an act that stops every sending: that the text or files beside it went to nobody."""
    more = scene.facts.message is not None and (
        scene.brings_files or says_something(command.rest, voice.name)
    )
    return {"unsent": True} if more and reader.address == voice.person.address else {}


def history(scene: Scene, voice: Voice, command: Command) -> bool:
    """`historique`: the transcript this person may see."""
    case, person = scene.case, voice.person
    view = lens(scene.directory, case, person)
    entries: list[dict[str, Any]] = [
        {
            "at": m.at.isoformat(),
            "who": m.said_by,
            "act": "note" if m.audience == "agents" else "message",
            "organisation": m.organisation,
            "why": visible_text(view, m.text),
            "files": [visible_text(view, f.name) for f in m.files if view.disclosure != "notice"],
        }
        for m in case.messages
        if may_read(scene.directory, person, m)
    ]
    values = {"entries": entries, "states": [[p.organisation, p.state] for p in case.parties]}
    to_participant(scene, "history", person, values, automatic="auto-replied", audience=_widest(scene, voice))
    return True


def _widest(scene: Scene, voice: Voice) -> Any:
    """A transcript that holds notes is itself for agents only."""
    notes = any(m.audience == "agents" for m in scene.case.messages)
    return "agents" if notes and voice.person.side == "operator" else "everyone"


def list_cases(scene: Scene, voice: Voice, command: Command) -> bool:
    """`liste`: the person's cases, without personal data."""
    to_participant(scene, "listing", voice.person, {"cases": listed(scene)}, automatic="auto-replied")
    return True


def help_(scene: Scene, voice: Voice, command: Command) -> bool:
    """`aide` in reply on a case: what works for this person on this case now."""
    values = {"acts": list(offered(scene, voice.person)), **help_values(scene, voice.person.address)}
    to_participant(scene, "help", voice.person, values, automatic="auto-replied")
    return True


def accept_terms(scene: Scene, voice: Voice, command: Command) -> bool:
    """`j'accepte` in reply on a case: the terms in force are accepted."""
    accept(scene, voice.person.address)
    acknowledge(scene, voice, "accept-terms", "")
    return True


COMMON_ACTS: dict[str, ActFunction] = {
    "hand-over": hand_over,
    "later": later,
    "accept-terms": accept_terms,
    "invite": invite,
    "wrong-person": wrong_person,
    "history": history,
    "list": list_cases,
    "help": help_,
}
