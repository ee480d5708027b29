"""The next due acts of a case: what is scheduled when something happens. Every open case always has one.

Kinds: per organisation `remind`, `escalate`, `silence`, `silence-escalate`; of the case `incomplete`, `expire`,
`ask-to-close`, `close-unanswered`, `inactive-notice`, `inactive`, `cap-notice`, `cap`; of a person on it `helper-absent`,
`mailbox-full`, `join`; of its roster `roster`. Figures: Timing (DOMAIN, "Time")."""

from __future__ import annotations

from datetime import datetime, timedelta

from mailrouter.core.decide.scene import Scene
from mailrouter.core.model import CancelDue, Due, ScheduleDue
from mailrouter.core.policy.calendar import add
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
    at = add(scene.directory.calendar(scene.case.territory), scene.facts.now, after)
    schedule_at(scene, kind, at, organisation, step, address)


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
    schedule(scene, "incomplete", scene.directory.timing().incomplete)
    schedule(scene, "expire", scene.directory.policy.retention.incomplete)


def active(scene: Scene) -> None:
    """Human activity on the case: the long clock of inactivity starts again."""
    cancel(scene, "inactive-notice")
    schedule(scene, "inactive", scene.directory.timing().inactive)


CAP_WARNINGS = (timedelta(days=60), timedelta(days=14))


def capped(scene: Scene, *, reopened: bool = False) -> None:
    """No case is open for ever: warned twice, then closed at the cap (Retention.open_case, from its opening).

    One that is reopened near its cap gets the time to answer a question first.
    """
    case = scene.case
    calendar = scene.directory.calendar(case.territory)
    cap = add(calendar, case.opened_at, scene.directory.policy.retention.open_case)
    if reopened:
        cap = max(cap, add(calendar, scene.facts.now, scene.directory.timing().close_unanswered))
    schedule_at(scene, "cap", cap)
    warned = next((w for w in CAP_WARNINGS if cap - w > scene.facts.now), None)
    if warned:
        schedule_at(scene, "cap-notice", cap - warned)


def party_done(scene: Scene, organisation: str) -> None:
    """An organisation is done: nobody waits for it any more."""
    cancel(scene, *WAITING, organisation=organisation)


def all_done(scene: Scene) -> None:
    """Every organisation is done: the aidant is asked to close, again after a while, then it is closed."""
    timing = scene.directory.timing()
    cancel(scene, *CLOSING)
    schedule(scene, "ask-to-close", timing.ask_to_close)
    schedule(scene, "close-unanswered", timing.close_unanswered)


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
