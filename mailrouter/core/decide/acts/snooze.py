"""`plus tard jeudi`: a reminder comes on the day somebody names, within the figure `put_off`; once without an answer, so that
nobody puts a person off for ever."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mailrouter.core.decide.basis import dues, pace
from mailrouter.core.decide.basis.mails import given, to_participant
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.senders.voice import Voice
from mailrouter.core.decide.words.command import Command
from mailrouter.core.mail.says.daywords import following
from mailrouter.core.model import FINAL_PARTY_STATES, Due
from mailrouter.core.policy.calendar import add, next_open
from mailrouter.core.policy.schema import Duration

# A reminder of this step or above was put off already.
PUT_OFF = 100
# Further off than any day that somebody names.
FAR = Duration(count=10, unit="years")


def later(scene: Scene, voice: Voice, command: Command) -> bool | str:
    """Put off the reminders that wait for this person's side: the organisation's, or the aidant's; else why not: no day
    that is to come is named, or nothing is due. A day that is too far off becomes the last possible one, and is told."""
    most = pace.of_group(scene, voice.person.group).put_off
    at = day_named(scene, command.argument, most)
    found = _waiting(scene, voice)
    if not found:
        return "nothing-due"
    if at is None:
        return "which-day"
    for due in found:
        put_off(scene, due, at)
    values = {"act": "later", "until": at.astimezone(_zone(scene)).date().isoformat()}
    values |= given(most=str(most) if day_named(scene, command.argument, FAR) != at else "")
    to_participant(scene, "acknowledged", voice.person, values, automatic="auto-replied")
    return True


def put_off(scene: Scene, due: Due, at: datetime) -> None:
    """`due` comes at `at`. An escalation moves behind it the first time only."""
    moved = at if due.kind != "escalate" else max(due.at, at + timedelta(days=1))
    if due.kind == "escalate" and due.step >= PUT_OFF:
        return
    step = due.step + PUT_OFF if due.kind == "escalate" else due.step
    dues.schedule_at(scene, due.kind, moved, due.organisation, step)


def _waiting(scene: Scene, voice: Voice) -> list[Due]:
    case, person = scene.case, voice.person
    if person.side == "helper":
        return [d for d in case.dues if d.kind in ("ask-to-close", "incomplete")]
    group = scene.directory.groups.get(person.group)
    party = case.party(group.organisation) if group else None
    if party is None or party.state in FINAL_PARTY_STATES:
        return []
    kinds = ("remind", "escalate", "silence")
    return [d for d in case.dues if d.kind in kinds and d.organisation == party.organisation]


def day_named(scene: Scene, text: str, most: Duration) -> datetime | None:
    """The opening of the day that `text` names, the next working day when it names none; `most` off at most. None for a day that is past, or words that are no day."""
    today = scene.today(scene.case.territory)
    calendar = scene.directory.calendar(scene.case.territory)
    if not text.strip():
        return add(calendar, scene.facts.now, Duration(count=1, unit="business days"))
    found = following(f" {text.strip()}", 0, today)
    day = found.day if found else None
    if day is None or day <= today:
        return None
    day = min(day, add(calendar, scene.facts.now, most).date())
    return next_open(calendar, _midnight(day, _zone(scene)))


def _zone(scene: Scene) -> ZoneInfo:
    return ZoneInfo(scene.directory.calendar(scene.case.territory).zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone)
