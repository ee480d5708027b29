"""Experts are invited to a stuck case: who may be, how they join, and who learns of it. They help an organisation of the
case, read what its agents read without who the person is, and answer for nobody (decisions/0098)."""

from __future__ import annotations

from mailrouter.core.decide.basis.disclose import may_read
from mailrouter.core.decide.basis.mails import again, given, to_participant
from mailrouter.core.decide.basis.people import (
    agents_of,
    available,
    helpers_of,
    left,
    party_of,
    readers_of,
)
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.cases.asking import seen_by
from mailrouter.core.decide.senders.terms import asking
from mailrouter.core.model import FINAL_PARTY_STATES, CaseMessage, Invite, Participant, Party
from mailrouter.core.text import folded_words

_AN_EXPERT = frozenset({"expert", "experte", "experts", "expertes"})
_BESIDE = frozenset(["un", "une", "des", "l", "le", "la", "les", "an", "the"])


def any_expert(target: str) -> bool:
    """Whether an invitation names an expert, whoever it is: `inviter un expert`."""
    words = set(folded_words(target.replace("'", " ").replace("’", " ")))
    return bool(words & _AN_EXPERT) and words <= _AN_EXPERT | _BESIDE


def eligible(scene: Scene, by: Participant) -> dict[str, Party]:
    """The experts that this participant may invite, in the order of the file, and the organisation each would help: an
    agent's own; for the helper side one that is at work before one that has ended its part."""
    case = scene.case
    own = party_of(scene, by)
    parties = [own] if own else []
    if by.side == "helper":
        parties = sorted(case.parties, key=lambda p: p.state in FINAL_PARTY_STATES)
    found: dict[str, Party] = {}
    for party in parties:
        for address in scene.directory.experts_for(case.territory, party.organisation):
            if not scene.facts.person(address).suspended:
                found.setdefault(address, party)
    return found


def one_to_invite(scene: Scene, by: Participant) -> str:
    """The first of the eligible experts who is there and not on the case, else the first who is not on it; '' when there is
    none. Who left it, or was excluded, is invited by name alone."""
    free = [a for a in eligible(scene, by) if not scene.case.participant(a) and not left(scene.case, a)]
    return next((a for a in free if available(scene, a)), next(iter(free), ""))


def may_consult(scene: Scene, person: Participant) -> bool:
    """Whether `inviter expert` of this participant would bring somebody in; under `contact prudent` the aidant's alone."""
    careful = scene.case.careful and person.side == "operator"
    return not careful and bool(one_to_invite(scene, person))


def consult(scene: Scene, by: Participant, address: str, *, tell: bool = True) -> bool:
    """An eligible expert joins; both sides learn who reads along from now on, unless their first advice is about to say
    so. False for somebody who is none."""
    party = eligible(scene, by).get(address)
    if party is None:
        return False
    person = scene.directory.person_of(address)
    joining = Participant(
        address=address,
        name=person.name if person else address,
        role="expert",
        group=party.group,
        side="operator",
        since=scene.facts.now,
    )
    scene.do(Invite(case_id=scene.case.id, who=by.address, participants=(joining,), why="expert"))
    _tell_expert(scene, scene.case.participant(address) or joining, party, by.name)
    if tell:
        tell_of_expert(scene, joining, "invited", by=by)
    return True


def _tell_expert(scene: Scene, expert: Participant, party: Party, invited_by: str) -> None:
    """The first mail of a case to an expert: what was asked and said so far."""
    case = scene.case
    read = [m for m in case.messages if m.audience == "everyone" and may_read(scene.directory, expert, m)]
    values = given(
        urgent=case.urgent,
        careful=case.careful,
        also_asked=[p.organisation for p in case.parties if p.organisation != party.organisation],
        earlier=seen_by(scene, expert, read[1:]),
        terms=asking(scene, expert.address),
    )
    values["invited_by"] = invited_by
    to_participant(
        scene,
        "new-case-expert",
        expert,
        values,
        message=read[0] if read else None,
        with_fields=True,
        automatic="",
    )


def tell_of_expert(scene: Scene, expert: Participant, why: str, by: Participant | None = None) -> None:
    """The helper side and the agents of the organisation that is helped learn that an expert reads along ("invited", `by`
    somebody), left ("left") or cannot be reached ("unreachable"); `by` as a confirmation."""
    case, party = scene.case, helped_by(scene, expert)
    told = {p.address: p for p in (*helpers_of(scene, case), *agents_of(scene, case, party))}
    if by:
        told[by.address] = by
    for person in told.values():
        values = {"who": expert.name, "why": why}
        values |= given(invited_by=by.name if by and person.address != by.address else "")
        key = again(scene, "expert", person.address)
        to_participant(scene, "expert", person, values, organisation=party.organisation, key=key)


def helped_by(scene: Scene, expert: Participant) -> Party:
    """The organisation of the case that an expert was invited for; parties never leave a case."""
    return next(p for p in scene.case.parties if p.group == expert.group)


def advise(scene: Scene, expert: Participant, message: CaseMessage) -> frozenset[str]:
    """What an expert writes, to the helper side and to those who work for the organisation that is helped: no answer of
    that organisation, whose state, dues and figures stay as they are. Gives the addresses that it goes to."""
    case, party = scene.case, helped_by(scene, expert)
    told = [
        p for p in (*helpers_of(scene, case), *readers_of(scene, case, party)) if p.address != expert.address
    ]
    values = given(joined=_joins_now(scene, expert.address))
    for person in told:
        to_participant(
            scene,
            "advice",
            person,
            values,
            message=message,
            organisation=party.organisation,
            automatic="",
        )
    return frozenset(person.address for person in told)


def _joins_now(scene: Scene, address: str) -> bool:
    """Whether this person joins by the decision that is being made."""
    invited = (e for e in scene.draft.effects if isinstance(e, Invite))
    return any(p.address == address for e in invited for p in e.participants)
