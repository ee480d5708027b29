"""The state machine: what each role may do in each state, and the transitions. The table is printed in docs/."""

from __future__ import annotations

from collections.abc import Sequence

from mailrouter.core.decide.basis import dues
from mailrouter.core.decide.basis.mails import Automatic, given, to_participant
from mailrouter.core.decide.basis.people import helpers_of, party_of, readers_of
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.cases.consulting import may_consult
from mailrouter.core.decide.senders.voice import Voice
from mailrouter.core.decide.words.stated import unconfirmed
from mailrouter.core.model import (
    FINAL_PARTY_STATES,
    CaseMessage,
    CaseView,
    ChangeState,
    Participant,
    Party,
    PartyState,
    Remove,
)
from mailrouter.core.policy.calendar import add

# (side, or "expert"; case state): the acts that work there, in the order they are offered. Acts that always work are
# apart.
OFFERED: dict[tuple[str, str], tuple[str, ...]] = {
    ("helper", "incomplete"): ("confirm", "check-draft", "mandate-form", "close", "withdraw"),
    ("helper", "open"): (
        "close-yes",
        "close-no",
        "invite",
        "invite-expert",
        "exclude",
        "withdraw",
        "wrong-person",
        "summary",
    ),
    ("helper", "done"): ("close-yes", "close-unknown", "close-no", "reopen", "summary"),
    ("helper", "closed"): ("reopen", "summary"),
    ("operator", "open"): (
        "take",
        "done",
        "not-me",
        "not-us",
        "irrelevant",
        "note",
        "invite",
        "invite-expert",
        "wrong-person",
    ),
    ("operator", "done"): ("note",),
    ("operator", "closed"): ("note",),
    ("expert", "open"): ("note", "leave"),
    ("expert", "done"): ("note", "leave"),
}
ALWAYS = ("history", "list", "help")
# Nothing of these cases is sent any more, and what can be asked for is not about them.
ENDED = ("withdrawn", "frozen", "wiped")
OVER = ("list", "help")


# What is left to do on an open case where the own organisation has ended its part.
_PART_OVER = ("note", "invite", "wrong-person")


def offered(scene: Scene, person: Participant) -> tuple[str, ...]:
    """The acts that would work for this person on the scene's case now."""
    case = scene.case
    party = party_of(scene, person)
    if party and party.state in FINAL_PARTY_STATES and case.state == "open":
        return (*_PART_OVER, *ALWAYS)
    kind = "expert" if person.role == "expert" else person.side
    acts = OVER if case.state in ENDED else (*OFFERED.get((kind, case.state), ()), *ALWAYS)
    if "invite-expert" in acts and not may_consult(scene, person):
        acts = tuple(act for act in acts if act != "invite-expert")
    if case.state == "incomplete" and not unconfirmed(case):
        acts = tuple(act for act in acts if act != "confirm")
    # Nobody leaves for a mailbox: from there it would be the whole organisation.
    return tuple(act for act in acts if person.role != "mailbox" or act != "not-me")


def reopen(scene: Scene, voice: Voice, why: str) -> None:
    """A case that is done or closed is open again: its organisations work on, and wait to be waited for. Experts saw it
    while it was open: they are there no more until somebody invites them again."""
    case = scene.case
    experts = tuple(p.address for p in case.active("operator") if p.role == "expert")
    if experts and case.state == "closed":
        scene.do(Remove(case_id=case.id, addresses=experts, who="service", why="closed"))
    dues.cancel(scene, *dues.CLOSING)
    scene.do(ChangeState(case_id=case.id, to="open", who=voice.person.address, why=why))
    for party in case.parties:
        if party.state == "done":
            under_way(scene, party, voice.person.address, why)
            dues.waiting_for(scene, party.organisation)
    dues.active(scene)
    dues.capped(scene, reopened=True)


def under_way(scene: Scene, party: Party, who: str, why: str) -> None:
    """An organisation's part is worked on."""
    to = ChangeState(
        case_id=scene.case.id, to="in-progress", organisation=party.organisation, who=who, why=why
    )
    scene.do(to)


def contested(scene: Scene, voice: Voice) -> None:
    """An organisation that found the case irrelevant goes on when the aidant answers its reason, or when nobody else is
    left to read her. One that is not competent stays out: it has said that it can do nothing."""
    case = scene.case
    refused = [p for p in case.parties if p.state == "irrelevant"]
    answered = scene.facts.message is not None and any(
        m.answered and m.template == "irrelevant" and m.case_id == case.id for m in scene.facts.ours
    )
    for party in refused if answered or not working(case) else ():
        under_way(scene, party, voice.person.address, "the aidant answers the reason")
        dues.waiting_for(scene, party.organisation)


def working(case: CaseView) -> bool:
    """Whether an organisation is still at work on the case."""
    return any(p.state not in FINAL_PARTY_STATES for p in case.parties)


def tell_nobody_reads(scene: Scene, voice: Voice) -> None:
    """Every organisation said that it is not competent: the aidant's words are kept, and she is told who could read
    them and how; without a word from her she is asked to close."""
    acts = ["invite", "close-no", "history"]
    values = {"act": "nobody-reads", "acts": acts}
    to_participant(scene, "acknowledged", voice.person, values, automatic="auto-replied")
    dues.schedule(scene, "ask-to-close", scene.directory.timing().ask_to_close)


def finish(scene: Scene, voice: Voice, to: PartyState, why: str = "") -> bool:
    """An organisation is done; when it was the last, the case is, and the aidant is asked to close."""
    group = scene.directory.groups[voice.person.group]
    party = scene.case.party(group.organisation)
    if party is None:
        return False
    case_id, who = scene.case.id, voice.person.address
    scene.do(ChangeState(case_id=case_id, to=to, organisation=party.organisation, who=who, why=why))
    dues.party_done(scene, party.organisation)
    if all(p.state in FINAL_PARTY_STATES for p in scene.case.parties):
        scene.do(ChangeState(case_id=case_id, to="done", who=who, why="every organisation is done"))
        dues.all_done(scene)
    return True


def ask_to_close(
    scene: Scene,
    why: str,
    people: Sequence[Participant] | None = None,
    *,
    of: str = "",
    said: CaseMessage | None = None,
) -> None:
    """The helper side (or these of it) is asked to close, or to say what is missing. `of`: the group whose `traité`
    asks; `said`: the answer it gave with it, which the same mail carries."""
    case = scene.case
    kinds = {"done": "close-unanswered", "cap": "cap", "inactive": "inactive-notice"}
    closes = next((d.at for d in case.dues if d.kind == kinds.get(why)), None)
    group = scene.directory.groups.get(of)
    values = {
        "why": why,
        "states": [[p.organisation, p.state] for p in case.parties],
        **given(
            closes_on=closes.isoformat() if closes else "",
            author_group=group.name if group else "",
            answer=said is not None,
        ),
    }
    # It carries a person's words, as an answer does: absence messages must come back.
    kind: Automatic = "" if said else "auto-generated"
    organisation = group.organisation if group else ""
    for person in helpers_of(scene, case) if people is None else people:
        to_participant(
            scene,
            "asked-to-close",
            person,
            values,
            message=said,
            organisation=organisation,
            automatic=kind,
        )


def close(scene: Scene, who: str, why: str, useful: str = "", said: CaseMessage | None = None) -> None:
    """The case is closed: everyone on it is told, with the day from which it will be wiped. `said`: last words of the
    aidant, for the others of the helper side and the organisations that did not turn the case down."""
    case = scene.case
    dues.ended(scene)
    scene.do(ChangeState(case_id=case.id, to="closed", who=who, why=why, useful=useful))
    retention = scene.directory.policy.retention
    kept = retention.case if case.parties else retention.incomplete
    wipe = add(scene.directory.calendar(case.territory), scene.facts.now, kept)
    values = {"why": why, "wipe_on": wipe.date().isoformat()}
    values |= given(unasked=not case.parties)
    name = next((p.name for p in case.participants if p.address == who), "")
    for person in everyone(scene):
        hears = said if person.address != who and not _turned_down(scene, person) else None
        if person.role == "expert":
            hears = None  # the case is over for them, what is said with its end too
        told = given(who=name, useful=useful if _answered(scene, person) else "")
        to_participant(scene, "closed", person, {**values, **told}, message=hears)


def _answered(scene: Scene, person: Participant) -> bool:
    """Whether this reader's organisation gave an answer that can have been useful; advice is none."""
    own = party_of(scene, person)
    if own is None:
        return person.side == "helper"
    return own.state == "done" or own.last_answer_at is not None


def _turned_down(scene: Scene, person: Participant) -> bool:
    own = party_of(scene, person)
    return own is not None and own.state in ("not-competent", "irrelevant")


def everyone(scene: Scene) -> list[Participant]:
    """Who is written to about the case as a whole: the helper side, and of each organisation those who work on it."""
    case = scene.case
    people = list(helpers_of(scene, case))
    for party in case.parties:
        people += readers_of(scene, case, party)
    return people


def at_work(scene: Scene) -> list[Participant]:
    """The same without the organisations whose part is over."""
    people = list(helpers_of(scene, scene.case))
    for party in scene.case.parties:
        if party.state not in FINAL_PARTY_STATES:
            people += readers_of(scene, scene.case, party)
    return people
