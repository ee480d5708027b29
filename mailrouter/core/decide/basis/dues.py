"""The next due acts of a case: what is scheduled when something happens. Every open case always has one.

Kinds: per organisation `remind`, `escalate`, `silence`, `silence-escalate`; of the case `incomplete`, `expire`,
`ask-to-close`, `close-unanswered`, `inactive-notice`, `inactive`, `cap-notice`, `cap`; of a person on it `helper-absent`,
`mailbox-full`, `join`; of its roster `roster`. Figures: Timing (DOMAIN, "Time")."""

from __future__ import annotations

from datetime import datetime

from mailrouter.core.decide.basis import pace
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.model import CancelDue, Due, ScheduleDue
from mailrouter.core.policy.calendar import add, before, next_open
from mailrouter.core.policy.schema import Duration

WAITING = ("remind", "escalate", "silence", "silence-escalate")
CLOSING = ("ask-to-close", "close-unanswered")
INCOMPLETE = ("incomplete", "expire")
IDLE = ("inactive-notice", "inactive")
CAP = ("cap-notice", "cap")
OF_PEOPLE = ("helper-absent", "mailbox-full", "roster", "join")
EVERY = (*WAITING, *CLOSING, *INCOMPLETE, *IDLE, *CAP, *OF_PEOPLE)


def due_key(case_id: str, organisation: str, kind: str, address: str, at: datetime) -> str:
    """The unique key of a due: its slot, then its instant; two nodes that tick do it once."""
    return f"{case_id}/{organisation}/{kind}/{address}/{int(at.timestamp())}"


def schedule(
    scene: Scene, kind: str, after: Duration, organisation: str = "", step: int = 0, address: str = ""
) -> None:
    """Schedule `kind` on the scene's case, `after` from now in the calendar of its territory."""
    schedule_at(scene, kind, moment(scene, after), organisation, step, address)


def moment(scene: Scene, after: Duration) -> datetime:
    """`after` from now in the calendar of the case's territory. What is counted in days comes when people work there:
    nobody is written to at night, on a Sunday or a public holiday because two weeks happened to end then."""
    calendar = scene.directory.calendar(scene.case.territory)
    at = add(calendar, scene.facts.now, after)
    return at if after.unit in ("minutes", "hours") else next_open(calendar, at)


def schedule_at(
    scene: Scene, kind: str, at: datetime, organisation: str = "", step: int = 0, address: str = ""
) -> None:
    """Schedule `kind` on the scene's case at a moment (aware). Nothing falls due on a case that is over."""
    case = scene.case
    if case.state not in ("incomplete", "open", "done"):
        return
    key = due_key(case.id, organisation, kind, address, at)
    due = Due(
        key=key, case_id=case.id, kind=kind, at=at, organisation=organisation, address=address, step=step
    )
    scene.do(ScheduleDue(due=due))


def cancel(scene: Scene, *kinds: str, organisation: str = "") -> None:
    """End dues of these kinds, of one organisation if given; nothing is drafted when there are none."""
    case = scene.case
    if any(d.kind in kinds and organisation in ("", d.organisation) for d in case.dues):
        scene.do(CancelDue(case_id=case.id, kinds=kinds, organisation=organisation))


def waiting_for(scene: Scene, organisation: str) -> None:
    """An organisation was asked: reminder and escalation run; sooner when the case is urgent."""
    timing = scene.directory.timing(organisation)
    urgent = bool(scene.case.urgent)
    schedule(scene, "remind", timing.urgent_remind if urgent else timing.remind, organisation)
    schedule(scene, "escalate", timing.urgent_escalate if urgent else timing.escalate, organisation)


def answered(scene: Scene, organisation: str) -> None:
    """An organisation answered: its waiting ends, and the silence after the answer is watched."""
    timing = scene.directory.timing(organisation)
    cancel(scene, *WAITING, organisation=organisation)
    schedule(scene, "silence", timing.silence, organisation)
    schedule(scene, "ask-to-close", timing.ask_to_close)
    active(scene)


def incomplete(scene: Scene) -> None:
    """Something is missing: recalled after a working day, dropped after the retention of incomplete cases."""
    schedule(scene, "incomplete", pace.of_helper(scene, lambda t: t.incomplete))
    schedule(scene, "expire", scene.directory.policy.retention.incomplete)


def active(scene: Scene) -> None:
    """Human activity on the case: the long clock of inactivity starts again."""
    cancel(scene, "inactive-notice")
    schedule(scene, "inactive", pace.of_case(scene, lambda t: t.inactive))


def capped(scene: Scene, *, reopened: bool = False) -> None:
    """No case is open for ever: warned twice, then closed at the cap (Retention.open_case, from its opening).

    One that is reopened near its cap gets the time to answer a question first.
    """
    case = scene.case
    calendar = scene.directory.calendar(case.territory)
    retention, now = scene.directory.policy.retention, scene.facts.now
    cap = add(calendar, case.opened_at, retention.open_case)
    if reopened:
        cap = max(cap, add(calendar, now, pace.of_case(scene, lambda t: t.close_unanswered)))
    schedule_at(scene, "cap", cap)
    warnings = [before(calendar, cap, w) for w in (retention.open_case_warn, retention.open_case_warn_again)]
    if ahead := [w for w in warnings if w > now]:
        schedule_at(scene, "cap-notice", next_open(calendar, min(ahead)))


def party_done(scene: Scene, organisation: str) -> None:
    """An organisation is done: nobody waits for it any more."""
    cancel(scene, *WAITING, organisation=organisation)


def all_done(scene: Scene) -> None:
    """Every organisation is done: the aidant is asked to close, again after a while, then it is closed."""
    cancel(scene, *CLOSING)
    schedule(scene, "ask-to-close", pace.of_case(scene, lambda t: t.ask_to_close))
    schedule(scene, "close-unanswered", pace.of_case(scene, lambda t: t.close_unanswered))


def ended(scene: Scene) -> None:
    """The case is closed, withdrawn or frozen: nothing is due but its retention, kept by store/retention.py."""
    cancel(scene, *EVERY)


def taken(scene: Scene, organisation: str) -> None:
    """Somebody owns it: the reminder starts anew, addressed to the owner; the escalation stays."""
    timing = scene.directory.timing(organisation)
    urgent = bool(scene.case.urgent)
    schedule(scene, "remind", timing.urgent_remind if urgent else timing.remind, organisation)


def after_helper(scene: Scene) -> None:
    """The helper side wrote: nobody asks it to close, and the organisations that are not done are waited for."""
    case = scene.case
    cancel(scene, *CLOSING)
    for party in case.parties:
        pending = any(d.organisation == party.organisation and d.kind == "remind" for d in case.dues)
        if party.state in ("new", "in-progress") and not pending:
            waiting_for(scene, party.organisation)
    active(scene)
