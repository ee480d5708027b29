"""What an agent can say on a case besides answering. Each act gives False when it does not apply now."""

from __future__ import annotations

from collections.abc import Callable

from mailrouter.core.decide.acts.handing import brings_somebody_in, part_to, taken_by, tell_taken
from mailrouter.core.decide.acts.relay import (
    answered,
    hearing_answer,
    relay_answer,
    relay_note,
    tell_answer,
)
from mailrouter.core.decide.acts.states import ask_to_close, finish, working
from mailrouter.core.decide.basis.alerting import alert
from mailrouter.core.decide.basis.mails import given, group_label, to_participant
from mailrouter.core.decide.basis.people import helpers_of, left, named, party_of, works_for
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.cases.appending import append_message
from mailrouter.core.decide.cases.asking import regroup
from mailrouter.core.decide.cases.failing import without
from mailrouter.core.decide.senders.voice import Voice
from mailrouter.core.decide.words.command import Command, own_lines
from mailrouter.core.decide.words.substance import says_something
from mailrouter.core.model import (
    FINAL_PARTY_STATES,
    CaseMessage,
    Participant,
    Party,
    Remove,
    SetFields,
    SetOwner,
)

# True when it was done; else why not: a code of `not-understood`, or False.
ActFunction = Callable[[Scene, Voice, Command], bool | str]


def own_party(scene: Scene, voice: Voice) -> Party | None:
    """The party of the speaker's organisation, while it is not done and the case is not over."""
    party = party_of(scene, voice.person)
    over = scene.case.state != "open" or party is None or party.state in FINAL_PARTY_STATES
    return None if over else party


def rest_goes_on(scene: Scene, voice: Voice, command: Command) -> CaseMessage | None:
    """Text below the command line, and files, are an answer like any other."""
    message = _rest(scene, voice, command)
    if message is not None:
        relay_answer(scene, voice, message)
    return message


def _rest(scene: Scene, voice: Voice, command: Command) -> CaseMessage | None:
    """Text below the command line, and files, as a message of the case; None when there is nothing to read."""
    if command.followed or not _says_more(scene, voice, command):
        return None
    return append_message(scene, voice.sender, scene.directory.groups[voice.person.group], command.rest)


def _says_more(scene: Scene, voice: Voice, command: Command) -> bool:
    return says_something(command.rest, voice.name) or scene.brings_files


def take(scene: Scene, voice: Voice, command: Command) -> bool:
    """`je m'en occupe`: owner set, the others of the group and the aidant are told once."""
    party = own_party(scene, voice)
    owner = _signer(voice)
    if party is None:
        # Too late for the act, not for what is said below it.
        return rest_goes_on(scene, voice, command) is not None
    if left(scene.case, owner) and not scene.case.participant(owner):
        return False
    if party.owner == owner and not command.argument and not _says_more(scene, voice, command):
        # Said before, and told to everybody then.
        to_participant(scene, "acknowledged", voice.person, {"act": "take"}, automatic="auto-replied")
        return True
    group = scene.directory.groups[party.group]
    person, others = taken_by(scene, party, group, owner, voice.person.address)
    # Who reads the words below learns it there: one mail says both.
    heard: frozenset[str] = frozenset()
    if (message := _rest(scene, voice, command)) is not None:
        heard = relay_answer(scene, voice, message, taken=person.name, said=command.argument)
    told = [one for one in others if one.address not in heard]
    tell_taken(scene, party, group, person, told, command.argument)
    return True


def _signer(voice: Voice) -> str:
    """Who acts: the member who signed the shared mailbox's mail, else the speaker."""
    return voice.sender.signatory.address if voice.sender.signatory else voice.person.address


def not_me(scene: Scene, voice: Voice, command: Command) -> bool | str:
    """`pas moi`: one person leaves; the case goes on with the others, or the operators are alerted.

    Behind it a colleague (who takes over) or the right organisation (proposed to the aidant) may be named; words that
    name neither are not understood, so that no sentence makes somebody leave.
    """
    party = own_party(scene, voice)
    person = scene.case.participant(_signer(voice)) or voice.person
    if party is None or person.role == "mailbox":
        return not_us(scene, voice, command)
    group = scene.directory.groups[person.group]
    colleague = named(scene, group, command.argument, besides=person.address)
    suggested = suggestion(scene, command.argument)
    if colleague and brings_somebody_in(scene, colleague):
        return "careful"
    if colleague and not part_to(scene, voice, group, colleague):
        return False
    if command.argument and not suggested and not colleague:
        return False
    if says_something(command.rest, voice.name) or scene.brings_files:
        # Said while leaving, to those who go on: to the agents alone, since nothing tells whether more is meant.
        parting = append_message(scene, voice.sender, group, command.rest, audience="agents")
        relay_note(scene, voice, parting)
    return _leave(scene, voice, person, scene.case.party(party.organisation) or party, suggested, colleague)


def _leave(
    scene: Scene, voice: Voice, person: Participant, party: Party, suggested: str, colleague: str
) -> bool:
    """`person` gets nothing more; the others are told, unless they were just told of the colleague who takes over."""
    case_id = scene.case.id
    if party.owner == person.address:
        scene.do(SetOwner(case_id=case_id, organisation=party.organisation, owner="", who=person.address))
    scene.do(Remove(case_id=case_id, addresses=(person.address,), who=person.address, why="not-me"))
    others = [p for p in scene.case.active("operator") if works_for(scene, p, party)]
    values = {"who": person.name, "left": len(others), **given(suggested=suggested)}
    for one in others if not colleague else ():
        to_participant(scene, "declined", one, values, organisation=party.organisation)
    if not others:
        without(scene, person, "not-me")
    if suggested:
        suggest(scene, voice, suggested)
    return True


def suggestion(scene: Scene, text: str) -> str:
    """The code of the organisation that `text` names, one that is asked for things; '' otherwise."""
    found = scene.directory.organisation_of(text) if text else None
    return found.code if found and found.side == "operator" else ""


def suggest(scene: Scene, voice: Voice, code: str) -> None:
    """An organisation is proposed to the helper side, whose one word asks it; operators know when nobody is there."""
    if scene.case.party(code):
        return
    if not regroup(scene, code):
        alert(scene, "no-agent", code, scene.case.territory)
        return
    scene.do(SetFields(case_id=scene.case.id, proposed=(code,)))
    group = group_label(scene, voice.person.group)
    for helper in helpers_of(scene, scene.case):
        values = {"who": voice.name, "suggested": [code], "author_group": group}
        to_participant(scene, "suggestion", helper, values)


def not_us(scene: Scene, voice: Voice, command: Command) -> bool:
    """`pas nous`: the organisation is not competent; the one it names is asked only when the aidant agrees."""
    party = own_party(scene, voice)
    if party is None:
        return False
    named = suggestion(scene, command.argument)
    # The own organisation elsewhere ("la CAF du Rhône") is none of another name: its words go to the aidant as a reason.
    suggested = named if named != party.organisation else ""
    told = helpers_of(scene, scene.case)
    message = _said_besides(scene, voice, "" if suggested else _as_written(scene, command), command.rest)
    finish(scene, voice, "not-competent", command.argument)
    values = {"who": voice.name, "author_group": group_label(scene, party.group)}
    values |= given(suggested=suggested, alone=not working(scene.case))
    for person in told:
        to_participant(
            scene, "not-competent", person, values, organisation=party.organisation, message=message
        )
    if suggested and not scene.case.party(suggested):
        if regroup(scene, suggested):
            scene.do(SetFields(case_id=scene.case.id, proposed=(suggested,)))
        else:
            alert(scene, "no-agent", suggested, scene.case.territory)
    scene.step("text-besides", message is not None)
    return True


def _as_written(scene: Scene, command: Command) -> str:
    """What stood behind the act, with the article that begins it: "pas nous : la personne a déménagé"."""
    lines = own_lines(scene.facts.message.visible) if scene.facts.message else []
    line = next((x for x in lines if command.argument in x), command.argument)
    before = line[: line.find(command.argument)]
    mark = max(before.rfind(sign) for sign in ":,;(–—-")
    return line[mark + 1 :].strip() if mark >= 0 else command.argument


def _said_besides(scene: Scene, voice: Voice, argument: str, rest: str) -> CaseMessage | None:
    """What is said with an act that ends a part, and its files: for the aidant, in the mail that tells of the act."""
    text = "\n".join(t for t in (argument, rest) if t)
    if not argument and not says_something(rest, voice.name) and not scene.brings_files:
        return None
    return append_message(scene, voice.sender, scene.directory.groups[voice.person.group], text)


def done(scene: Scene, voice: Voice, command: Command) -> bool:
    """`traité`: the organisation is done; once every organisation is, the aidant is asked to close. What is said with
    it is an answer; one mail carries it, and asks."""
    party = own_party(scene, voice)
    message = _rest(scene, voice, command)
    if party is None:
        # Too late for the act, not for what is said below it.
        return message is not None and bool(relay_answer(scene, voice, message))
    if message is not None:
        answered(scene, voice)
    finish(scene, voice, "done")
    asks = scene.case.state == "done"
    if message is not None:
        for person in hearing_answer(scene, voice):
            if person.side == "operator" or not asks:
                tell_answer(scene, voice, person, message)
    if asks:
        ask_to_close(scene, "done", of=voice.person.group, said=message)
    elif message is None:
        _tell_part_done(scene, party)
    return True


def _tell_part_done(scene: Scene, party: Party) -> None:
    """One organisation is done without a word, others are at work: nothing is asked of the helper side."""
    parties = scene.case.parties
    values = {
        "author_group": group_label(scene, party.group),
        "waiting": [p.organisation for p in parties if p.state not in FINAL_PARTY_STATES],
        "states": [[p.organisation, p.state] for p in parties],
    }
    for person in helpers_of(scene, scene.case):
        to_participant(scene, "part-done", person, values, organisation=party.organisation)


def irrelevant(scene: Scene, voice: Voice, command: Command) -> bool:
    """`non pertinent : raison`: ends the organisation's part; the aidant reads the reason."""
    party = own_party(scene, voice)
    if party is None:
        return False
    told = helpers_of(scene, scene.case)
    message = _said_besides(scene, voice, command.argument, command.rest)
    finish(scene, voice, "irrelevant", command.argument)
    values = {"who": voice.name, "author_group": group_label(scene, party.group)}
    for person in told:
        to_participant(scene, "irrelevant", person, values, organisation=party.organisation, message=message)
    return True


def to_all(scene: Scene, voice: Voice, command: Command) -> bool:
    """`à tous : …`: this answer also reaches the other organisations of the case."""
    group = scene.directory.groups[voice.person.group]
    text = "\n".join(t for t in (command.argument, command.rest) if t)
    relay_answer(scene, voice, append_message(scene, voice.sender, group, text, to_all=True), to_all=True)
    return True


AGENT_ACTS: dict[str, ActFunction] = {
    "take": take,
    "not-me": not_me,
    "not-us": not_us,
    "done": done,
    "irrelevant": irrelevant,
    "to-all": to_all,
}
