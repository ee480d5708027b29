"""Automatic notices are one mail per person per day, urgent ones excepted (DOMAIN, Situations 11).

The first notice of a person's day brings along what else falls due for that person until midnight; each case told so
is counted, and its own notice, when its time comes, finds the person told. The facts hold the other cases of which
something is due today (store/casebook/gather.py)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from mailrouter.core.decide.basis.mails import to_person
from mailrouter.core.decide.basis.people import agents_of, available, helpers_of
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.model import FINAL_PARTY_STATES, CaseView, Count, Due, Participant
from mailrouter.core.policy.schema import Calendar

TO_AGENTS = ("remind", "silence")
TO_MANAGERS = ("escalate", "silence-escalate")
TO_HELPERS = ("ask-to-close",)
BUNDLED = (*TO_AGENTS, *TO_MANAGERS, *TO_HELPERS)


def counter(address: str, case_id: str) -> str:
    """The counter that says: this person was told of this case today."""
    return f"told:{address}:{case_id}"


def day_ends(calendar: Calendar, now: datetime) -> datetime:
    """The coming midnight, by the clock of the territory."""
    zone = ZoneInfo(calendar.zone)
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), tzinfo=zone)


def not_told_yet(scene: Scene, people: Iterable[Participant]) -> list[Participant]:
    """Those who get a notice of their own about the scene's case: nothing else falls due for them today. The others
    were told already, or are told of everything in one mail now."""
    by_address = {p.address: p for p in people}
    return [by_address[a] for a in _alone(scene, list(by_address))]


def managers_not_told_yet(scene: Scene, addresses: Iterable[str]) -> list[str]:
    """The same for those who are on no case: managers and experts."""
    return _alone(scene, list(addresses))


def _alone(scene: Scene, addresses: list[str]) -> list[str]:
    case = scene.case
    if case.urgent:
        return addresses
    until = day_ends(scene.directory.calendar(case.territory), scene.facts.now)
    alone = []
    for address in addresses:
        if scene.facts.count(counter(address, case.id)):
            scene.step("told-today", evidence="in one mail with others")
            continue
        others = list(_others(scene, address, until))
        if others:
            _bundle(scene, address, others)
        else:
            alone.append(address)
        for told in (case, *others):
            # Two nodes tick two cases of one person at once: one of them brings the other's along.
            scene.do(Count(name=counter(address, told.id), until=until, alone=True))
    return alone


def _others(scene: Scene, address: str, until: datetime) -> Iterator[CaseView]:
    """Other cases of which a notice falls due for this person before midnight."""
    for case in scene.facts.cases:
        if case.id == scene.case.id or case.urgent or scene.facts.count(counter(address, case.id)):
            continue
        if any(d.at < until and address in _told_by(scene, case, d) for d in case.dues):
            yield case


def _told_by(scene: Scene, case: CaseView, due: Due) -> set[str]:
    """Who a due of another case would tell."""
    if due.kind in TO_HELPERS and case.state in ("open", "done"):
        return {p.address for p in helpers_of(scene, case)}
    party = case.party(due.organisation)
    if party is None or party.state in FINAL_PARTY_STATES or case.state != "open":
        return set()
    if due.kind in TO_AGENTS:
        return {p.address for p in agents_of(scene, case, party) if available(scene, p.address)}
    if due.kind == "escalate":
        group = scene.directory.groups.get(party.group)
        return {
            *(group.managers if group else ()),
            *scene.directory.experts_for(case.territory, party.organisation),
        }
    if due.kind == "silence-escalate":
        return set(scene.directory.territory_managers_for(case.territory, party.organisation))
    return set()


def _bundle(scene: Scene, address: str, others: list[CaseView]) -> None:
    """One mail with a line for each case, the oldest first: numbers, states and ages, nothing of any person."""
    sections: dict[str, list[dict[str, Any]]] = {"answer": [], "close": [], "late": []}
    for case in sorted((scene.case, *others), key=lambda one: (one.opened_at, one.number)):
        sections[_section(scene, case, address)].append(line(case, address))
    scene.step("bundled", evidence=f"{1 + len(others)} cases in one mail")
    to_person(
        scene,
        "notices",
        address,
        {**sections, "territory": scene.case.territory},
        automatic="auto-generated",
        reply="list",
        key="notices",
    )


def _section(scene: Scene, case: CaseView, address: str) -> str:
    person = case.participant(address)
    if person is None:
        return "late"
    return "close" if person.side == "helper" else "answer"


def line(case: CaseView, reader: str) -> dict[str, Any]:
    """A case as one line of a list (CaseLine as plain values), with the reader's own marker."""
    return {
        "case_id": case.id,
        "number": case.number,
        "state": case.state,
        "organisations": [[p.organisation, p.state] for p in case.parties],
        "opened_at": case.opened_at.isoformat(),
        "repere": case.marker(reader),
    }
