"""The figures that the service is measured by (DOMAIN.md): pure, from plain rows to plain values.

What is measured is a request: one organisation asked on one case. Hours are working hours of the territory's own
calendar. Definitions, one each, also told in docs/figures.md:
- first answer: from asking to the first answer that a person gave (*traité* alone is one); resolution: to the
  organisation being done with it (done, irrelevant, not competent), or to the closing of the case;
- within 15 days, late: shares of the requests whose outcome is known, answered or not. Late is what had no answer
  when the reminder was due, which is the delay that the receipt promised;
- relevance: of the requests that an organisation took up, those it did not call irrelevant;
- usefulness: of the closed cases with a yes or a no, those with a yes.
"""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from mailrouter.core.model.mail import Frozen
from mailrouter.core.policy.calendar import business_days_between, business_hours_between
from mailrouter.core.policy.directory import Directory
from mailrouter.core.policy.schema import Calendar

WITHIN = timedelta(days=15)
# Fewer answers than this tell no habit, and might tell of one person.
ENOUGH = 5


class CaseFacts(Frozen, frozen=True, kw_only=True):
    """A case, as the view `stat_case` tells it."""

    case_id: str
    territory: str
    state: str
    opened_at: datetime
    closed_at: datetime | None = None
    useful: str = ""
    messages: int = 0


class Request(Frozen, frozen=True, kw_only=True):
    """An organisation asked on a case, as the view `stat_party` tells it."""

    case_id: str
    territory: str
    organisation: str
    state: str
    urgent: bool = False
    asked_at: datetime
    first_answer_at: datetime | None = None
    resolved_at: datetime | None = None


class Spread(Frozen, frozen=True, kw_only=True):
    """Working hours: median and 90th percentile (nearest rank) of `of` values; None when there is none. `of` None:
    masked."""

    of: int | None = 0
    median: float | None = None
    p90: float | None = None


class Share(Frozen, frozen=True, kw_only=True):
    """`count` of `of`; `share` None when there is nothing to share. `count` and `of` None: masked."""

    count: int | None = 0
    of: int | None = 0
    share: float | None = None


class Figures(Frozen, frozen=True, kw_only=True):
    """The figures of one slice: of everything when all three names are empty. None: nothing to tell, or masked, which
    `masked` says, by the names of the report's columns (report.py)."""

    territory: str = ""
    organisation: str = ""
    month: str = ""
    cases: int | None = 0
    requests: int | None = 0
    answered: int | None = 0
    resolved: int | None = 0
    first_answer: Spread = Spread()
    resolution: Spread = Spread()
    within_15_days: Share = Share()
    late: Share = Share()
    relevance: Share = Share()
    usefulness: Share = Share()
    messages_per_case: float | None = None
    masked: tuple[str, ...] = ()


class Report(Frozen, frozen=True, kw_only=True):
    """Every slice. `cells` (territory by organisation) are empty in public output: see core/masking.py."""

    at: datetime
    since: datetime | None = None
    public: bool = False
    total: Figures
    territories: tuple[Figures, ...] = ()
    organisations: tuple[Figures, ...] = ()
    months: tuple[Figures, ...] = ()
    cells: tuple[Figures, ...] = ()


class _Measured(Frozen, frozen=True, kw_only=True):
    """A request with its times. `within`, `late` None while the outcome is not known yet."""

    request: Request
    answer_hours: float | None
    resolution_hours: float | None
    within: bool | None
    late: bool | None


def report(
    cases: Iterable[CaseFacts],
    requests: Iterable[Request],
    directory: Directory,
    now: datetime,
    since: datetime | None = None,
) -> Report:
    """All figures at `now` of the cases opened from `since` on (every case when None)."""
    known = {c.case_id: c for c in cases if since is None or c.opened_at >= since}
    measured = [_measure(r, directory, now) for r in requests if r.case_id in known]
    slices = _slicer(known, measured)
    return Report(
        at=now,
        since=since,
        total=figures(list(known.values()), measured),
        territories=slices(lambda r: {"territory": r.territory}),
        organisations=slices(lambda r: {"organisation": r.organisation}),
        months=slices(lambda r: {"month": f"{r.asked_at:%Y-%m}"}),
        cells=slices(lambda r: {"territory": r.territory, "organisation": r.organisation}),
    )


def _slicer(
    cases: dict[str, CaseFacts], measured: Sequence[_Measured]
) -> Callable[[Callable[[Request], dict[str, str]]], tuple[Figures, ...]]:
    def slices(name: Callable[[Request], dict[str, str]]) -> tuple[Figures, ...]:
        parts: dict[tuple[tuple[str, str], ...], list[_Measured]] = defaultdict(list)
        for one in measured:
            parts[tuple(name(one.request).items())].append(one)
        return tuple(
            figures([cases[i] for i in dict.fromkeys(m.request.case_id for m in part)], part, **dict(names))
            for names, part in sorted(parts.items())
        )

    return slices


def figures(
    cases: Sequence[CaseFacts],
    measured: Sequence[_Measured],
    *,
    territory: str = "",
    organisation: str = "",
    month: str = "",
) -> Figures:
    """The figures of one slice."""
    answers = [m.answer_hours for m in measured if m.answer_hours is not None]
    resolutions = [m.resolution_hours for m in measured if m.resolution_hours is not None]
    taken_up = [m.request.state != "irrelevant" for m in measured if m.request.state != "new"]
    said = [c.useful == "yes" for c in cases if c.useful in ("yes", "no")]
    return Figures(
        territory=territory,
        organisation=organisation,
        month=month,
        cases=len(cases),
        requests=len(measured),
        answered=len(answers),
        resolved=len(resolutions),
        first_answer=spread(answers),
        resolution=spread(resolutions),
        within_15_days=share([m.within for m in measured]),
        late=share([m.late for m in measured]),
        relevance=share(taken_up),
        usefulness=share(said),
        messages_per_case=round(sum(c.messages for c in cases) / len(cases), 2) if cases else None,
    )


def usual_days(calendar: Calendar, answered: Sequence[tuple[datetime, datetime]]) -> int | None:
    """In how many business days half of these (asked, first answered) were answered, the day of asking being the first;
    None when they are fewer than five."""
    if len(answered) < ENOUGH:
        return None
    return statistics.median_low(1 + business_days_between(calendar, asked, at) for asked, at in answered)


def spread(hours: Sequence[float]) -> Spread:
    """Median, and the smallest value that nine of ten do not exceed (nearest rank)."""
    if not hours:
        return Spread()
    ranked = sorted(hours)
    p90 = ranked[math.ceil(0.9 * len(ranked)) - 1]
    return Spread(of=len(ranked), median=round(statistics.median(ranked), 2), p90=round(p90, 2))


def share(outcomes: Iterable[bool | None]) -> Share:
    """How many are true of those that are known."""
    known = [one for one in outcomes if one is not None]
    count = sum(known)
    return Share(count=count, of=len(known), share=round(count / len(known), 4) if known else None)


def _measure(request: Request, directory: Directory, now: datetime) -> _Measured:
    calendar = directory.calendar(request.territory)
    promised = directory.answer_by(
        request.territory, request.organisation, request.asked_at, urgent=request.urgent
    )
    return _Measured(
        request=request,
        answer_hours=_hours(calendar, request.asked_at, request.first_answer_at),
        resolution_hours=_hours(calendar, request.asked_at, request.resolved_at),
        within=_in_time(request, request.asked_at + WITHIN, now),
        late=_not(_in_time(request, promised, now)),
    )


def _hours(calendar: Calendar, start: datetime, end: datetime | None) -> float | None:
    return None if end is None else business_hours_between(calendar, start, end)


def _in_time(request: Request, limit: datetime, now: datetime) -> bool | None:
    """Whether the first answer came by `limit`; not known yet while it may still come in time."""
    if request.first_answer_at is not None:
        return request.first_answer_at <= limit
    return None if now <= limit else False


def _not(known: bool | None) -> bool | None:
    return None if known is None else not known
