"""Text of one participant goes on to the others: each in an own envelope, through the own lens."""

from __future__ import annotations

from mailrouter.core.decide.acts.states import under_way
from mailrouter.core.decide.basis import dues
from mailrouter.core.decide.basis.disclose import may_read
from mailrouter.core.decide.basis.mails import given, group_label, to_participant
from mailrouter.core.decide.basis.people import helpers_of, readers_of
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.cases.consulting import advise
from mailrouter.core.decide.senders.voice import Voice
from mailrouter.core.decide.words.substance import acknowledges
from mailrouter.core.model import (
    FINAL_PARTY_STATES,
    Answered,
    CaseMessage,
    CaseView,
    Field,
    Participant,
    Party,
)


def relay_message(
    scene: Scene,
    voice: Voice,
    message: CaseMessage,
    *,
    reopened: bool = False,
    new: tuple[Field, ...] = (),
    careful: str = "",
    hurry: bool = False,
) -> None:
    """A message of the helper side: to the agents of every organisation that is not done, and the own colleagues.
    `new`: usager fields it adds, told to those entitled. `careful`: `on` or `off` when `contact prudent` changed. `hurry`: it
    says that the case is urgent."""
    case = scene.case
    values = given(urgent=case.urgent, reopened=reopened, careful=careful, hurry=hurry)
    for party in case.parties:
        if party.state in FINAL_PARTY_STATES:
            continue
        unveiled = case.careful and _asked(case, party)
        for person in readers_of(scene, case, party):
            if careful == "off" and person.role == "mailbox" and not (message.text or message.files):
                continue  # it joined again just now, and was told everything
            to_participant(
                scene,
                "message",
                person,
                values,
                message=message,
                fields=new,
                unveiled=unveiled,
                automatic="",
            )
    for person in helpers_of(scene, case, leave_out=voice.person.address):
        to_participant(scene, "message", person, values, message=message, fields=new, automatic="")


def _asked(case: CaseView, party: Party) -> bool:
    """Whether the organisation wrote to the aidant: what she then writes is her answer, and hides nothing from it
    (DOMAIN, Situations 9: withheld until asked for)."""
    return any(m.organisation == party.organisation and m.audience == "everyone" for m in case.messages)


def relay_answer(
    scene: Scene, voice: Voice, message: CaseMessage, *, to_all: bool = False, taken: str = "", said: str = ""
) -> frozenset[str]:
    """An organisation's answer: to the helper side and its own group; to others only `à tous` or by the YAML. `taken`:
    who takes charge with it, `said` for when. Gives the addresses that it goes to. An expert's words are advice, whatever
    act they stand below."""
    if voice.person.role == "expert":
        return advise(scene, voice.person, message)
    if scene.step("only-acknowledges", not taken and not message.files and acknowledges(message.text)):
        dues.active(scene)  # "bien reçu" is no answer: the organisation is still waited for
    else:
        answered(scene, voice)
    hearing = hearing_answer(scene, voice, to_all=to_all)
    for person in hearing:
        tell_answer(scene, voice, person, message, **given(taken=taken, said=said))
    return frozenset(person.address for person in hearing)


def answered(scene: Scene, voice: Voice) -> None:
    """An organisation answers: its part is under way, and its waiting ends."""
    case = scene.case
    group = scene.directory.groups[voice.person.group]
    party = case.party(group.organisation)
    if party and party.state == "new":
        under_way(scene, party, voice.person.address, "answer")
    if party:
        scene.do(Answered(case_id=case.id, organisation=party.organisation, who=voice.person.address))
        dues.answered(scene, party.organisation)


def tell_answer(scene: Scene, voice: Voice, person: Participant, message: CaseMessage, **values: str) -> None:
    """`person` reads the answer, and where its organisation stands with it."""
    group = scene.directory.groups[voice.person.group]
    told = given(
        author_group=group_label(scene, group.id),
        state=_state_of(scene, group.organisation),
        still_waiting=_still_waiting(scene, group.organisation),
        acts=_CLOSED if person.side == "helper" and scene.case.state == "closed" else (),
        **values,
    )
    to_participant(
        scene, "answer", person, told, message=message, organisation=group.organisation, automatic=""
    )


# What an aidant can do with an answer that comes after closing.
_CLOSED = ("reopen", "summary", "history")


def _still_waiting(scene: Scene, organisation: str) -> list[str]:
    """The other organisations that are at work, once the one that answers has ended its part."""
    if _state_of(scene, organisation) not in FINAL_PARTY_STATES or scene.case.state != "open":
        return []
    return [p.organisation for p in scene.case.parties if p.state not in FINAL_PARTY_STATES]


def hearing_answer(scene: Scene, voice: Voice, *, to_all: bool = False) -> list[Participant]:
    """Who reads an answer of this voice's organisation."""
    case = scene.case
    group = scene.directory.groups[voice.person.group]
    hearing = list(helpers_of(scene, case))
    for party in case.parties:
        there = readers_of(scene, case, party, leave_out=voice.person.address)
        if to_all or party.organisation in group.shares_with:
            hearing += there
        elif party.organisation == group.organisation:
            # Another group of the same organisation is another reader (`may_read` says the same of the history).
            hearing += [p for p in there if p.group == group.id]
    return hearing


def _state_of(scene: Scene, organisation: str) -> str:
    party = scene.case.party(organisation)
    return party.state if party else ""


def relay_note(scene: Scene, voice: Voice, message: CaseMessage) -> None:
    """A note: to the other agents on the case whom it is for (`may_read`), never to the helper side."""
    case = scene.case
    group = scene.directory.groups[voice.person.group]
    # An expert is no agent of the group that is helped.
    values = given(author_group="" if voice.person.role == "expert" else group_label(scene, group.id))
    for party in case.parties:
        for person in readers_of(scene, case, party, leave_out=voice.person.address):
            if not may_read(scene.directory, person, message):
                continue
            to_participant(
                scene,
                "note",
                person,
                values,
                message=message,
                organisation=group.organisation,
                audience="agents",
                automatic="",
            )
