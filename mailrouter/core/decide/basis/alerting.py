"""Who is told when nobody is there: the operators by number and reason, the helper side with a number to call."""

from __future__ import annotations

from datetime import date, timedelta

from mailrouter.core.decide.basis.mails import given, to_operators, to_participant
from mailrouter.core.decide.basis.people import helpers_of
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.model import Party
from mailrouter.core.policy.calendar import is_business_day
from mailrouter.core.policy.schema import Group


def alert(scene: Scene, reason: str, *about: str) -> None:
    """Operators are told that a case needs them: its number, the reason (a code of `held_reasons`) and what it is
    about (organisation, territory, group), nothing of its content."""
    item = {
        "id": scene.case.number,
        "received_at": scene.facts.now.isoformat(),
        "author": "",
        "recipient": "",
        "size": 0,
        "reason": reason,
        "about": ", ".join(about),
    }
    to_operators(scene, [item], ":".join((reason, *about)))


def nobody_left(scene: Scene, party: Party, group: Group, why: str, detail: str = "") -> None:
    """Nobody of `group` can be reached: the helper side is told at once, with the day on which the first of them is back;
    the operators are alerted. `detail` is the return date of an absence that came just now, if it is known."""
    people = dict.fromkeys((*group.members, group.mailbox, *group.managers))
    known = [day.isoformat() for a in people if a and (day := scene.facts.person(a).absent_until)]
    days = [day for day in (*known, detail if why == "absent" else "") if day > scene.today().isoformat()]
    # Who will be back is waited for, whoever's mailbox failed beside.
    values = {
        "organisations": [party.organisation],
        "why": "bounced" if why == "bounced" and not days else "absent",
    }
    values |= given(phone=group.urgent_phone, return_date=_next_day_of_work(scene, min(days, default="")))
    for helper in helpers_of(scene, scene.case):
        to_participant(scene, "absence-told", helper, values)
    alert(scene, f"nobody-left-{why}", group.name)


def _next_day_of_work(scene: Scene, day: str) -> str:
    """The first day from `day` on that the territory works: nobody is back on a Saturday."""
    calendar = scene.directory.calendar(scene.case.territory)
    at = date.fromisoformat(day) if day else None
    while at and not is_business_day(calendar, at):
        at += timedelta(days=1)
    return at.isoformat() if at else ""
