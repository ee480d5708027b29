"""The operators' digest: strangers and held mail since the last one, what still waits and how to act on it (DOMAIN,
"Who": headers, sizes and reasons, never content). It falls due when something happens, on the operators' day and hour,
and once a week while anything waits; nobody gets an empty one."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from mailrouter.core.decide.basis.mails import to_person
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.model import Decision, Due, HeldLine, ScheduleDue, Waiting
from mailrouter.core.policy.calendar import is_business_day
from mailrouter.core.policy.directory import Directory

OPERATORS = "operators-digest"
# Reasons by which a stranger's mail went nowhere, or was answered with the neutral answer.
STRANGERS = ("stranger", "stranger-unaligned", "stranger-on-case", "stranger-capped", "not-registered")
# Held for a word of their own writers: theirs to say, counted but not listed.
ASKED = (
    "other-person",
    "old-thread",
    "internal-marker",
    "note-passed-on",
    "keep-from",
    "which-act",
    "old-address",
    "messages-attached",
    "images",
    "careful",
    "careful-colleague",
    "expert-offers",
)
_DAY = timedelta(days=1)
_LOOKED_AT = 22


def next_at(directory: Directory, now: datetime) -> datetime:
    """When the operators' next digest is due, later than `now`: each business day at their hour, or their weekday."""
    timing, calendar = directory.timing(), directory.calendar("")
    zone = ZoneInfo(calendar.zone)
    today = now.astimezone(zone).date()
    for day in (today + _DAY * n for n in range(_LOOKED_AT)):
        at = datetime.combine(day, time(timing.operators_digest_hour), tzinfo=zone)
        wanted = timing.operators_digest_day
        right = is_business_day(calendar, day) if wanted is None else day.weekday() == wanted
        if at > now and right:
            return at
    return at


def due_at(at: datetime) -> Due:
    """The operators' due at a moment; one for all of them."""
    return Due(key=f"//{OPERATORS}//{int(at.timestamp())}", case_id="", kind=OPERATORS, at=at)


def expect_operators(scene: Scene) -> None:
    """Something happened that the operators are told of: their digest is due."""
    scene.do(ScheduleDue(due=due_at(next_at(scene.directory, scene.facts.now))))


def operators_digest(scene: Scene) -> Decision:
    """Decide the operators' digest: to each of them, only when there is something; again in a week while mail waits."""
    found = scene.facts.waiting or Waiting()
    if not scene.step("digest", bool(found.counts or found.total), evidence=f"{found.total} held"):
        return scene.decision("ignored", "digest-empty")
    values = {
        "since": found.since.isoformat() if found.since else "",
        "counts": [list(row) for row in found.counts],
        "strangers": [list(row) for row in found.strangers],
        "items": [_item(line) for line in found.held],
        "total": found.total,
    }
    for address in scene.directory.policy.operators:
        to_person(
            scene,
            OPERATORS,
            address,
            values,
            role="operator",
            reply="none",
            automatic="auto-generated",
            key=OPERATORS,
        )
    if found.total:
        scene.do(ScheduleDue(due=due_at(next_at(scene.directory, scene.facts.now + 6 * _DAY))))
    return scene.decision("handled", OPERATORS)


def _item(line: HeldLine) -> dict[str, object]:
    expires = {"expires_at": line.expires_at.isoformat()} if line.expires_at else {"expires_at": ""}
    return {
        "id": line.id,
        "received_at": line.received_at.isoformat(),
        "author": line.author,
        "recipient": ", ".join(line.recipients),
        "size": line.size,
        "reason": line.reason,
        **expires,
    }
