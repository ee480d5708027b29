"""What an aidant can say on a case besides writing. Each act gives False when it does not apply now."""

from __future__ import annotations

from mailrouter.core.decide.acts.agent_acts import ActFunction
from mailrouter.core.decide.acts.common_acts import unsent
from mailrouter.core.decide.acts.handing import take_over
from mailrouter.core.decide.acts.letters import letter_on_case
from mailrouter.core.decide.acts.relay import relay_message
from mailrouter.core.decide.acts.restarting import never_asked, restart
from mailrouter.core.decide.acts.states import (
    at_work,
    close,
    contested,
    everyone,
    reopen,
    tell_nobody_reads,
    working,
)
from mailrouter.core.decide.acts.summary import summary
from mailrouter.core.decide.acts.thanks import answers_notice, asked_by_somebody, worth_passing_on
from mailrouter.core.decide.basis import dues
from mailrouter.core.decide.basis.mails import given, to_participant
from mailrouter.core.decide.basis.people import address_in, name_in
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.cases.appending import append_message
from mailrouter.core.decide.cases.drafting import check_case
from mailrouter.core.decide.cases.excluding import tell_excluded
from mailrouter.core.decide.cases.failing import without
from mailrouter.core.decide.senders.services import example
from mailrouter.core.decide.senders.voice import Voice
from mailrouter.core.decide.words.command import Command, own_lines, usefulness
from mailrouter.core.decide.words.substance import says_something
from mailrouter.core.model import ChangeState, Participant, Remove
from mailrouter.core.text import folded_words


def close_case(scene: Scene, voice: Voice, command: Command) -> bool:
    """`clore oui | non | ?`: closed, with how useful it was. The text below goes along in the closing mail."""
    case = scene.case
    if case.state == "incomplete":
        # Given up before anything went out: nobody can have found it useful.
        close(scene, voice.person.address, "creator")
        return True
    if case.state not in ("open", "done"):
        return False
    said = None
    if worth_passing_on(command.rest, voice.name):
        said = append_message(scene, voice.sender, scene.directory.groups[voice.person.group], command.rest)
    close(scene, voice.person.address, "creator", command.argument or "unknown", said)
    return True


def closing_answer(scene: Scene, voice: Voice, command: Command | None) -> Command | None:
    """`command` as an answer to the question whether to close: a bare "oui" and "très utile" say that the answer was
    useful, an "ok" and "tout est réglé" only that the case may be closed. "non" may mean either and is asked back (`unclear_answer`)."""
    if not _asked_to_close(scene):
        return command
    first, *below = own_lines(scene.message.visible) or [""]
    useful = usefulness(first)
    if useful and not says_something("\n".join(below), voice.name):
        return Command(act="close", argument=useful)
    if command is not None and command.act == "done" and not says_something(command.rest, voice.name):
        return Command(act="close", argument="unknown", rest=command.rest)
    if command is None or command.act != "confirm":
        return command
    argument = "yes" if folded_words(first)[:1] in (("oui",), ("yes",)) else "unknown"
    return Command(act="close", argument=argument, rest=command.rest)


def unclear_answer(scene: Scene, voice: Voice, command: Command | None) -> bool:
    """Whether a lone "oui" or "non" answers no person: on a case that is done it would reopen it for nothing, and agents would read one word more."""
    if command is None or command.act not in ("confirm", "refuse") or scene.brings_files:
        return False
    over = scene.case.state in ("done", "closed") and not asked_by_somebody(scene)
    return (over or answers_notice(scene) or _asked_to_close(scene)) and not says_something(
        command.rest, voice.name
    )


def _asked_to_close(scene: Scene) -> bool:
    return any(
        m.answered and m.template == "asked-to-close" and m.case_id == scene.case.id for m in scene.facts.ours
    )


def reopen_case(scene: Scene, voice: Voice, command: Command) -> bool:
    """`rouvrir`: a case that is done or closed is open again, and everyone at work on it is told; by the text below the
    word where there is one."""
    if scene.case.state not in ("done", "closed"):
        return False
    if never_asked(scene.case):
        restart(scene, voice, command.rest)
        return True
    reopen(scene, voice, "asked by the aidant")
    contested(scene, voice)
    more = says_something(command.rest, voice.name) or scene.brings_files
    for person in at_work(scene):
        if person.address == voice.person.address or not more:
            to_participant(scene, "reopened", person, {"who": voice.person.name})
    if not working(scene.case):
        tell_nobody_reads(scene, voice)
    if more:
        group = scene.directory.groups[voice.person.group]
        message = append_message(scene, voice.sender, group, command.rest)
        relay_message(scene, voice, message, reopened=True)
    return True


def withdraw(scene: Scene, voice: Voice, command: Command) -> bool:
    """`retrait mandat`: sending stops, the agents are asked to delete their copies, the case is closed. What is written
    below goes to nobody either, and its author is told so."""
    told = everyone(scene) if scene.case.state != "incomplete" else [voice.person]
    who = voice.person.address
    for person in told:
        values = {"who": voice.person.name, **unsent(scene, voice, command, person)}
        to_participant(scene, "withdrawn", person, values | given(unasked=not scene.case.parties))
    dues.ended(scene)
    scene.do(ChangeState(case_id=scene.case.id, to="withdrawn", who=who, why="mandate withdrawn"))
    return True


def exclude(scene: Scene, voice: Voice, command: Command) -> bool | str:
    """`exclure prenom.nom@…`: that person gets nothing more of this case, and is not told. A shared mailbox that they
    may read still does: the aidant is told how to end that."""
    person = _agent_named(scene, command.argument)
    if person is None:
        return "not-there"
    who = voice.person.address
    scene.do(Remove(case_id=scene.case.id, addresses=(person.address,), who=who, why="excluded"))
    tell_excluded(scene, voice.person, person)
    without(scene, person, "excluded")
    return True


def _agent_named(scene: Scene, text: str) -> Participant | None:
    """The agent on the case whom `text` names by address or, when only one can be meant, by name."""
    agents = scene.case.active("operator")
    if "@" in text:
        address = scene.directory.canonical(address_in(text))
        return next((p for p in agents if p.address == address), None)
    words = name_in(text)
    found = [p for p in agents if words and words <= set(folded_words(p.name))]
    return found[0] if len(found) == 1 else None


def mandate_form(scene: Scene, voice: Voice, command: Command) -> bool:
    """`mandat`: the form to print comes back, filled in with what the case knows."""
    values = {"filled": bool(scene.case.fields), **example(scene, voice.person.address)}
    to_participant(scene, "mandate-form", voice.person, values, automatic="auto-replied")
    return True


AIDANT_ACTS: dict[str, ActFunction] = {
    "close": close_case,
    "reopen": reopen_case,
    "withdraw": withdraw,
    "exclude": exclude,
    "take-over": take_over,
    "mandate-form": mandate_form,
    "letter": letter_on_case,
    "summary": summary,
    "check-draft": check_case,
}
