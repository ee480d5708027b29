"""Public figures: nothing in them tells of fewer than five, and more than none.

A masked slice could be found again by subtraction when it is the only one of its kind, since the total is published:
then the next smallest is masked too. Cells of territory by organisation have two totals each and are left out.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from mailrouter.core.stats import Figures, Report, Share, Spread

LEAST = 5
SHARES = ("within_15_days", "late", "relevance", "usefulness")
_TIMES = ("first_answer", "first_answer_p90", "resolution", "resolution_p90")
ALL = ("requests", "cases", "answered", "resolved", *_TIMES, *SHARES, "messages_per_case")


def masked(report: Report, least: int = LEAST) -> Report:
    """The report as it may be published. Masked values are None."""
    return replace(
        report,
        public=True,
        total=mask_small(report.total, least),
        territories=_dimension(report.territories, least),
        organisations=_dimension(report.organisations, least),
        months=_dimension(report.months, least),
        cells=(),
    )


def mask_small(figures: Figures, least: int = LEAST) -> Figures:
    """One slice with every small count masked, and whatever was computed from few."""
    if _small(figures.requests, least) or _small(figures.cases, least):
        return hidden(figures)
    told = replace(
        figures,
        answered=_count(figures.answered, least),
        resolved=_count(figures.resolved, least),
        first_answer=_spread(figures.first_answer, least),
        resolution=_spread(figures.resolution, least),
        within_15_days=_share(figures.within_15_days, least),
        late=_share(figures.late, least),
        relevance=_share(figures.relevance, least),
        usefulness=_share(figures.usefulness, least),
    )
    return replace(told, masked=tuple(_masked(told)))


def _masked(figures: Figures) -> Iterator[str]:
    """The columns of a slice that are masked: those that merely have nothing to tell are not among them."""
    for name in ("answered", "resolved"):
        if getattr(figures, name) is None:
            yield name
    for name in ("first_answer", "resolution"):
        if getattr(figures, name).of is None:
            yield from (name, f"{name}_p90")
    for name in SHARES:
        if getattr(figures, name).of is None:
            yield name


def hidden(figures: Figures) -> Figures:
    """A slice of which only the name is told."""
    nothing = Share(count=None, of=None)
    return Figures(
        territory=figures.territory,
        organisation=figures.organisation,
        month=figures.month,
        cases=None,
        requests=None,
        answered=None,
        resolved=None,
        within_15_days=nothing,
        late=nothing,
        relevance=nothing,
        usefulness=nothing,
        first_answer=Spread(of=None),
        resolution=Spread(of=None),
        masked=ALL,
    )


def _dimension(slices: tuple[Figures, ...], least: int) -> tuple[Figures, ...]:
    """The slices of one kind. Those that are hidden must be at least two, and hold at least `least` requests in all."""
    ranked = sorted(slices, key=lambda f: (f.requests or 0, f.cases or 0))
    small = [f for f in ranked if _small(f.requests, least) or _small(f.cases, least)]
    rest = [f for f in ranked if f not in small]
    while small and rest and (len(small) < 2 or sum(f.requests or 0 for f in small) < least):
        small.append(rest.pop(0))
    return tuple(hidden(f) if f in small else mask_small(f, least) for f in slices)


def _small(count: int | None, least: int) -> bool:
    return count is None or 0 < count < least


def _count(count: int | None, least: int) -> int | None:
    return None if _small(count, least) else count


def _spread(spread: Spread, least: int) -> Spread:
    return Spread(of=None) if _small(spread.of, least) else spread


def _share(share: Share, least: int) -> Share:
    """A share tells both of those that are counted and of those that are not."""
    count, of = share.count or 0, share.of or 0
    if _small(count, least) or _small(of - count, least) or _small(of, least):
        return Share(count=None, of=None)
    return share
