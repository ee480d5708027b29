"""What happens when a due comes. Silence is never an end state: each act schedules the next one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from mailrouter.core.decide.acts.saying import say
from mailrouter.core.decide.acts.states import ask_to_close, close
from mailrouter.core.decide.basis import dues, pace
from mailrouter.core.decide.basis.alerting import alert
from mailrouter.core.decide.basis.digest import DIGEST, weekly
from mailrouter.core.decide.basis.mails import given, to_participant, to_person
from mailrouter.core.decide.basis.people import (
    agents_of,
    available,
    experts_of,
    helpers_of,
    left,
    member_of,
    works_for,
)
from mailrouter.core.decide.basis.scene import Scene, about
from mailrouter.core.decide.cases.asking import tell_new_case
from mailrouter.core.decide.cases.completing import agreeing
from mailrouter.core.decide.cases.consulting import may_consult
from mailrouter.core.decide.cases.failing import still_full
from mailrouter.core.decide.senders.accounts import ACCOUNT, account_ends
from mailrouter.core.decide.senders.lines import SAY
from mailrouter.core.decide.senders.operating import OPERATORS, operators_digest
from mailrouter.core.decide.tick import notices
from mailrouter.core.decide.tick.away import roster, still_away
from mailrouter.core.decide.words.stated import missing, unconfirmed
from mailrouter.core.model import (
    FINAL_PARTY_STATES,
    CaseView,
    Decision,
    Due,
    Invite,
    Party,
    TimeReached,
)
from mailrouter.core.policy.calendar import next_open

# Reminders in a row before they come as seldom as after an answer.
OFTEN = 3
TWICE = 2


def on_time(scene: Scene, trigger: TimeReached) -> Decision:
    """Decide a due. One that no longer applies (the case moved on) is handled by doing nothing."""
    due = trigger.due
    if due.kind == DIGEST:
        return weekly(scene, due)
    if due.kind == ACCOUNT:
        return account_ends(scene, due)
    if due.kind == OPERATORS:
        return operators_digest(scene)
    case = scene.facts.case(due.case_id)
    about(scene, case)
    if case is None or not any(d.key == due.key for d in case.dues):
        scene.step("due-over", evidence=due.kind)
        return scene.decision("ignored", "due-over")
    if not due.address:  # one of a person is done by its own key: others of its kind stay
        dues.cancel(scene, due.kind, organisation=due.organisation)
    if case.state in ("closed", "withdrawn", "frozen", "wiped"):
        return scene.decision("ignored", "case-ended")
    scene.step(f"due:{due.kind}", evidence=due.organisation)
    ON_TIME[due.kind.partition(":")[0]](scene, due)
    return scene.decision("handled", f"due:{due.kind}")


def _pending(scene: Scene, due: Due) -> Party | None:
    party = scene.case.party(due.organisation)
    return party if party and party.state not in FINAL_PARTY_STATES else None


def remind(scene: Scene, due: Due) -> None:
    """The organisation has not answered: its people who are there are reminded; again after as long, then ever less
    often: escalation runs beside it."""
    party = _pending(scene, due)
    if party is None:
        return
    _remind(scene, party, due)
    timing = scene.directory.timing(party.organisation)
    often = timing.urgent_remind if scene.case.urgent else timing.remind
    again = often if due.step + 1 < OFTEN else timing.silence
    at = min((dues.moment(scene, again), *_returns(scene, party)))
    dues.schedule_at(scene, "remind", at, party.organisation, step=due.step + 1)


def _returns(scene: Scene, party: Party) -> list[datetime]:
    """The openings of the days on which those who are away come back, when nobody else is there."""
    own = [p.address for p in scene.case.active("operator") if works_for(scene, p, party)]
    if any(available(scene, a) for a in own):
        return []
    calendar = scene.directory.calendar(scene.case.territory)
    days = [d for a in own if (d := scene.facts.person(a).absent_until)]
    zone = ZoneInfo(calendar.zone)
    return [next_open(calendar, datetime.combine(d, time(), tzinfo=zone)) for d in days]


def _remind(scene: Scene, party: Party, due: Due) -> None:
    """Those who are away are not reminded: the absence itself went to the others, or told the aidant."""
    values = {"step": due.step + 1, **_waits(scene, party)}
    values |= given(urgent=scene.case.urgent, owner=_owner_name(scene, party))
    present = [p for p in agents_of(scene, scene.case, party) if available(scene, p.address)]
    told = notices.not_told_yet(scene, present)
    for person in told:
        own = values | given(expert=may_consult(scene, person))
        to_participant(scene, "reminder", person, own, organisation=party.organisation)


def _waits(scene: Scene, party: Party) -> dict[str, Any]:
    """Since when the organisation is waited for: since it was asked, or the helper side wrote again. `answered`: since its
    own last answer, which nobody on the helper side wrote after."""
    last = party.last_answer_at
    written = [m.at for m in scene.case.messages if m.side == "helper" and last and m.at > last]
    since = written[0] if written else last or party.asked_at
    return {"since": since.isoformat(), **given(answered=last is not None and not written)}


def _owner_name(scene: Scene, party: Party) -> str:
    owner = scene.case.participant(party.owner) if party.owner else None
    return owner.name if owner else ""


def escalate(scene: Scene, due: Due) -> None:
    """Still no answer: the group's managers and the experts are told, without the usager's data."""
    party = _pending(scene, due)
    if party is None:
        return
    group = scene.directory.groups.get(party.group)
    managers = group.managers if group else ()
    experts = scene.directory.experts_for(scene.case.territory, party.organisation)
    there = {p.address for p in experts_of(scene.case, party)}
    people = {
        **dict.fromkeys((a for a in experts if a not in there), "expert"),
        **dict.fromkeys(managers, "manager"),
    }
    _escalated(scene, party, people, "urgent" if scene.case.urgent else "no-answer")
    timing = scene.directory.timing(party.organisation)
    dues.schedule(scene, "silence-escalate", timing.silence_escalate, party.organisation)


def _escalated(scene: Scene, party: Party, people: dict[str, str], why: str) -> None:
    """`people`: what each address is told as."""
    group = scene.directory.groups.get(party.group)
    members = [m.address for m in scene.directory.members(party.group)]
    absent = sum(not available(scene, m) for m in members)
    values = {"why": why, "number": scene.case.number, **_waits(scene, party)}
    values |= given(
        members=len(members), absent=absent, phone=group.urgent_phone if group and scene.case.urgent else ""
    )
    values |= {"territory": scene.case.territory, "organisation": party.organisation}
    reachable = [a for a in people if available(scene, a)]
    for address in notices.managers_not_told_yet(scene, reachable):
        to_person(
            scene,
            "escalation",
            address,
            values,
            role=people[address],
            automatic="auto-generated",
            case_id=scene.case.id,
            key=f"{party.organisation}:{why}",
        )
    if not reachable:
        alert(scene, "nobody-to-escalate", party.organisation)


def silence(scene: Scene, due: Due) -> None:
    """No word since the last answer: reminder now, the territory's managers after as long again."""
    party = _pending(scene, due)
    if party is None:
        return
    _remind(scene, party, due)
    timing = scene.directory.timing(party.organisation)
    dues.schedule(scene, "silence-escalate", timing.silence_escalate, party.organisation)


def silence_escalate(scene: Scene, due: Due) -> None:
    """Silence went on: the territory's managers are told."""
    party = _pending(scene, due)
    if party is None:
        return
    charged = scene.directory.territory_managers_for(scene.case.territory, party.organisation)
    people = dict.fromkeys(charged, "territory-manager")
    _escalated(scene, party, people, "silence")
    timing = scene.directory.timing(party.organisation)
    if party.last_answer_at:
        dues.schedule(scene, "silence", timing.silence, party.organisation)
    else:
        # Never answered: its reminders go on by themselves; the managers hear of it ever less often.
        dues.schedule(scene, "silence-escalate", timing.close_unanswered, party.organisation)


def remind_to_close(scene: Scene, due: Due) -> None:
    """Answered or done, and still open: the aidant is asked to close or to say what is missing; twice, then seldom."""
    case = scene.case
    if case.state == "incomplete" or _others_waited_for(case):
        return
    told = notices.not_told_yet(scene, list(helpers_of(scene, case)))
    ask_to_close(scene, "done" if case.state == "done" else "answered", told)
    if case.state == "done" and due.step + 1 > TWICE:
        return
    often = due.step + 1 < TWICE
    again = pace.of_case(scene, lambda t: t.ask_to_close if often else t.close_unanswered)
    dues.schedule(scene, "ask-to-close", again, step=due.step + 1)


def _others_waited_for(case: CaseView) -> bool:
    """Whether all that answered have ended their part, and only organisations that never did are at work: there is no
    answer to ask about; they are reminded, and theirs will be asked about."""
    at_work = [p for p in case.parties if p.state not in FINAL_PARTY_STATES]
    return bool(at_work) and not any(p.last_answer_at for p in at_work)


def close_unanswered(scene: Scene, due: Due) -> None:
    """Done, asked twice, no answer: closed."""
    if scene.case.state == "done":
        close(scene, "service", "unanswered")


def recall_incomplete(scene: Scene, due: Due) -> None:
    """Something is still missing: the same question once more."""
    case = scene.case
    lacking = missing(scene, case, False)
    understood = [list(pair) for pair in unconfirmed(case)]
    if case.state == "incomplete" and (lacking or understood):
        values = {"missing": list(lacking), "understood": understood, "again": True}
        values |= given(proposed=list(case.proposed)) | agreeing(understood)
        for person in helpers_of(scene, case)[:1]:
            to_participant(scene, "incomplete", person, values)


def expire(scene: Scene, due: Due) -> None:
    """Incomplete for too long: closed, nothing ever went out."""
    if scene.case.state == "incomplete":
        close(scene, "service", "incomplete")


def inactive(scene: Scene, due: Due) -> None:
    """No human activity for months: warned, then closed."""
    dues.schedule(scene, "inactive-notice", pace.of_case(scene, lambda t: t.inactive_notice))
    ask_to_close(scene, "inactive")


def cap_notice(scene: Scene, due: Due) -> None:
    """Open for nearly two years: the aidant is told the day on which the case will be closed."""
    ask_to_close(scene, "cap")
    dues.capped(scene)


def cap(scene: Scene, due: Due) -> None:
    """Open as long as any case may be: closed."""
    close(scene, "service", "cap")


def join(scene: Scene, due: Due) -> None:
    """An operator let a new member into the open cases of the group: told like anybody who is asked."""
    address, case = due.address, scene.case
    for party in case.parties:
        group = scene.directory.groups.get(party.group)
        waits = group and address in group.members and party.state not in FINAL_PARTY_STATES
        if group is None or not waits or case.participant(address) or left(case, address):
            continue
        joining = member_of(scene, group, address)
        scene.do(Invite(case_id=case.id, who="service", participants=(joining,), why="joined the group"))
        tell_new_case(scene, case.participant(address) or joining)


def inactive_close(scene: Scene, due: Due) -> None:
    """Warned and still nothing: closed."""
    close(scene, "service", "inactive")


ON_TIME: dict[str, Callable[[Scene, Due], None]] = {
    "remind": remind,
    "escalate": escalate,
    "silence": silence,
    "silence-escalate": silence_escalate,
    "ask-to-close": remind_to_close,
    "close-unanswered": close_unanswered,
    "incomplete": recall_incomplete,
    "expire": expire,
    "inactive": inactive,
    "cap-notice": cap_notice,
    "cap": cap,
    "roster": roster,
    SAY: say,
    "join": join,
    "helper-absent": still_away,
    "mailbox-full": still_full,
    "inactive-notice": inactive_close,
}
