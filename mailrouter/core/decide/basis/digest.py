"""The weekly digest of each person: to answer, waiting, to close, late; managers get counts (DOMAIN, "Time").

It is due on the day and hour that person prefers, a business day of the own territory; who has nothing gets no mail,
and no further due until a case comes."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from mailrouter.core.decide.basis.mails import to_person
from mailrouter.core.decide.basis.people import available, home_of
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.model import CaseLine, Decision, Due, ScheduleDue
from mailrouter.core.policy.calendar import is_business_day
from mailrouter.core.policy.directory import Directory
from mailrouter.core.policy.schema import Group

DIGEST = "digest"
_DAY = timedelta(days=1)
_WEEK = 7


def next_at(directory: Directory, address: str, now: datetime) -> datetime:
    """When this person's next digest is due, later than `now`: the own day and hour, else the service's; on the next
    business day when that one is a holiday."""
    person, timing = directory.person_of(address), directory.timing()
    day = timing.digest_day if person is None or person.digest_day is None else person.digest_day
    hour = timing.digest_hour if person is None or person.digest_hour is None else person.digest_hour
    calendar = directory.calendar(home_of(directory, address))
    zone = ZoneInfo(calendar.zone)
    local = now.astimezone(zone)
    planned = local.date() + _DAY * ((day - local.weekday()) % _WEEK)
    for _ in range(3 * _WEEK):
        at = datetime.combine(planned, time(hour), tzinfo=zone)
        if at > now and is_business_day(calendar, planned):
            return at
        # The day has passed or is off: the next one, but a week later once the planned hour is behind us.
        planned += _DAY * (_WEEK if at <= now and planned.weekday() == day else 1)
    return at


def expect(scene: Scene, address: str) -> None:
    """Somebody has a case now: their digest is due, once a week."""
    person = scene.directory.person_of(address)
    if person is None:
        return
    at = next_at(scene.directory, person.address, scene.facts.now)
    scene.do(ScheduleDue(due=_due(person.address, at)))


def _due(address: str, at: datetime) -> Due:
    return Due(
        key=f"//{DIGEST}/{address}/{int(at.timestamp())}", case_id="", kind=DIGEST, at=at, address=address
    )


def weekly(scene: Scene, due: Due) -> Decision:
    """Decide a person's digest: what waits for them, then the next one."""
    address = due.address
    if not scene.directory.roles(address) or scene.facts.person(address).suspended:
        return scene.decision("ignored", "digest-not-registered")
    sections = sections_of(scene)
    counts = [list(row) for row in scene.facts.tallies]
    if not scene.step(
        "digest", bool(counts or any(sections.values())), evidence=f"{len(scene.facts.listed)} cases"
    ):
        return scene.decision("ignored", "digest-empty")
    if available(scene, address):
        values: dict[str, Any] = {
            **sections,
            "counts": counts,
            "territory": home_of(scene.directory, address),
        }
        to_person(
            scene,
            DIGEST,
            address,
            values,
            automatic="auto-generated",
            reply="list",
            key=DIGEST,
            role=role_of(scene, address),
        )
    expect(scene, address)
    return scene.decision("handled", DIGEST)


def groups_counted(directory: Directory, address: str) -> tuple[Group, ...]:
    """The groups whose counts this person gets: managed ones, and those in the charge of a territory manager."""
    charges = [c for c in directory.policy.territory_managers if c.address == address]
    charged = [
        g
        for g in directory.policy.groups
        if g.side == "operator"
        and any(
            (not c.territories or set(c.territories) & set(g.territories))
            and (not c.organisations or g.organisation in c.organisations)
            for c in charges
        )
    ]
    managed = [g for g in directory.managed_by(address) if g.side == "operator"]
    return tuple({g.id: g for g in (*managed, *charged)}.values())


def role_of(scene: Scene, address: str) -> str:
    """The role that a digest is written for."""
    roles = scene.directory.roles(address)
    return next((r for r in ("aidant", "agent", "manager", "territory-manager") if r in roles), "")


def sections_of(scene: Scene) -> dict[str, list[Any]]:
    """The lines of each section; a case stands in one of them."""
    found: dict[str, list[Any]] = {"answer": [], "late": [], "close": [], "waiting": []}
    for line in scene.facts.listed:
        found[section(scene, line)].append(msgspec.to_builtins(line))
    return found


def section(scene: Scene, line: CaseLine) -> str:
    """Where a line stands for its reader."""
    if line.side == "helper":
        if line.state == "incomplete":
            return "answer"
        return "close" if line.state == "done" or line.answered else "waiting"
    if line.own not in ("new", "in-progress") or line.owner == "other" or line.answered:
        return "waiting"
    return "late" if line.since and scene.facts.now >= _answer_by(scene, line, line.since) else "answer"


def _answer_by(scene: Scene, line: CaseLine, since: datetime) -> datetime:
    return scene.directory.answer_by(line.territory, line.own_organisation, since, urgent=line.urgent)
