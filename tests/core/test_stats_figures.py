"""Figures as tables of values: what counts, what is not known yet, and what publication hides."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from mailrouter.configuration import shipped_tables
from mailrouter.core.masking import masked
from mailrouter.core.policy.coverage import Coverage
from mailrouter.core.policy.directory import Directory
from mailrouter.core.policy.load import load
from mailrouter.core.policy.schema import Service
from mailrouter.core.stats import CaseFacts, Request, Share, Spread, report, share, spread
from mailrouter.report import as_csv, files

TEXT = """\
territories:
  - territory: lot
    default: ask
    groups:
      caf: { organisation: CAF, members: [a@x.example] }
      fs: { organisation: FS, members: [h@x.example] }
people:
  - { address: a@x.example, name: A }
  - { address: h@x.example, name: H }
"""
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # 10:00 in Paris; the territory works 9 to 17
REQUEST = Request(case_id="1", territory="lot", organisation="CAF", state="new", asked_at=MONDAY)
CASE = CaseFacts(case_id="1", territory="lot", state="open", opened_at=MONDAY)


@pytest.fixture(scope="module")
def directory():
    """Lot with one organisation, at the service's usual delays."""
    tables = shipped_tables()
    policy = load({"a.yaml": TEXT}, Service(domain="aplus.example"), tables, MONDAY.date()).policy
    return Directory.of(policy)


def of(directory, *requests, cases=None, after=timedelta()):
    """The report on these requests, some time after the Monday they were asked."""
    known = cases or [replace(CASE, case_id=i) for i in dict.fromkeys(r.case_id for r in requests)]
    return report(known, requests, directory, MONDAY + after)


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ([], Spread()),
        ([4.0], Spread(of=1, median=4.0, p90=4.0)),
        ([1.0, 2.0], Spread(of=2, median=1.5, p90=2.0)),
        ([float(n) for n in range(10, 0, -1)], Spread(of=10, median=5.5, p90=9.0)),
        ([float(n) for n in range(1, 12)], Spread(of=11, median=6.0, p90=10.0)),
    ],
)
def test_median_and_nearest_rank(hours, expected):
    """Order does not matter; the 90th percentile is a value that occurred."""
    assert spread(hours) == expected


def test_a_share_is_of_what_is_known():
    """What is not known yet is neither for nor against."""
    assert share([True, None, False, True]) == Share(count=2, of=3, share=0.6667)
    assert share([None]) == Share(count=0, of=0, share=None)


@pytest.mark.parametrize(
    ("answered_after", "now_after", "within", "late", "hours"),
    [
        (timedelta(hours=2), timedelta(days=1), True, False, 2.0),
        # Three business days after Monday 10:00 is Thursday 10:00: what comes then is in time, a minute later is not.
        (timedelta(days=3), timedelta(days=4), True, False, 24.0),
        (timedelta(days=3, minutes=30), timedelta(days=4), True, True, 24.5),
        (timedelta(days=15, minutes=6), timedelta(days=20), False, True, None),
        (None, timedelta(days=3), None, None, None),
        (None, timedelta(days=4), None, True, None),
        (None, timedelta(days=16), False, True, None),
        # Friday 16:00 to Monday 10:00 in Paris is two working hours; the weekend is none.
        (timedelta(days=5), timedelta(days=6), True, True, 39.0),
    ],
)
def test_in_time_and_late(directory, answered_after, now_after, within, late, hours):
    """Late is what the receipt's delay has passed for; in fifteen days is by the calendar; weekends take no hours."""
    answered = MONDAY + answered_after if answered_after else None
    total = of(directory, replace(REQUEST, first_answer_at=answered), after=now_after).total
    assert total.within_15_days == share([within])
    assert total.late == share([late])
    if hours is not None:
        assert total.first_answer.median == hours


def test_urgent_is_late_after_working_hours(directory):
    """An urgent request was promised two working hours."""
    urgent = replace(REQUEST, urgent=True, first_answer_at=MONDAY + timedelta(hours=3))
    assert of(directory, urgent).total.late == Share(count=1, of=1, share=1.0)


def test_relevance_counts_what_was_taken_up(directory):
    """A request that nobody looked at yet is neither relevant nor irrelevant; not competent is no judgement on it."""
    states = ["new", "in-progress", "done", "irrelevant", "not-competent"]
    requests = [replace(REQUEST, case_id=str(n), state=s) for n, s in enumerate(states)]
    assert of(directory, *requests).total.relevance == Share(count=3, of=4, share=0.75)


def test_usefulness_is_of_those_who_said(directory):
    """`je ne sais pas` is no answer; a case of two organisations counts once in the total."""
    cases = [replace(CASE, case_id=str(n), useful=u) for n, u in enumerate(["yes", "no", "unknown", ""])]
    requests = [replace(REQUEST, case_id="0"), replace(REQUEST, case_id="0", organisation="MSA")]
    found = of(directory, *requests, cases=cases)
    assert found.total.usefulness == Share(count=1, of=2, share=0.5)
    assert (found.total.cases, found.total.requests) == (4, 2)
    assert [(o.organisation, o.cases, o.usefulness.share) for o in found.organisations] == [
        ("CAF", 1, 1.0),
        ("MSA", 1, 1.0),
    ]


def test_since_leaves_older_cases_out(directory):
    """With their requests."""
    old = replace(CASE, case_id="0", opened_at=MONDAY - timedelta(days=40))
    requests = [REQUEST, replace(REQUEST, case_id="0", asked_at=old.opened_at)]
    found = report([CASE, old], requests, directory, MONDAY, MONDAY - timedelta(days=30))
    assert (found.total.cases, found.total.requests) == (1, 1)


def many(directory, **counts):
    """A report with so many requests of each organisation, each answered after an hour."""
    requests = [
        replace(
            REQUEST,
            case_id=f"{code}{n}",
            organisation=code.replace("_", " "),
            state="in-progress",
            first_answer_at=MONDAY + timedelta(hours=1),
        )
        for code, count in counts.items()
        for n in range(count)
    ]
    return of(directory, *requests, after=timedelta(days=20))


@pytest.mark.parametrize(
    ("counts", "published"),
    [
        ({"CAF": 6, "CPAM": 7}, {"CAF": 6, "CPAM": 7}),
        # One small slice could be found by subtraction from the total: the next smallest goes with it.
        ({"CAF": 3, "CPAM": 7, "MSA": 9}, {"CAF": None, "CPAM": None, "MSA": 9}),
        # Two of two are four in all: still too few together.
        (
            {"CAF": 2, "CPAM": 2, "MSA": 9, "CARSAT": 12},
            {"CAF": None, "CPAM": None, "MSA": None, "CARSAT": 12},
        ),
        ({"CAF": 3, "CPAM": 3, "MSA": 9}, {"CAF": None, "CPAM": None, "MSA": 9}),
    ],
)
def test_publication_hides_few_and_what_would_give_them_away(directory, counts, published):
    """Small slices are hidden, at least two of them and five requests together, or none."""
    public = masked(many(directory, **counts))
    assert {o.organisation: o.requests for o in public.organisations} == published
    for hidden in (o for o in public.organisations if o.requests is None):
        assert hidden.first_answer == Spread(of=None) and hidden.late == Share(count=None, of=None)


def test_publication_hides_shares_that_tell_of_few(directory):
    """One irrelevant request in ten is one request: the share would tell it."""
    requests = [replace(REQUEST, case_id=str(n), state="irrelevant" if n == 0 else "done") for n in range(10)]
    public = masked(of(directory, *requests, after=timedelta(days=1)))
    assert public.total.requests == 10
    assert public.total.relevance == Share(count=None, of=None)
    half = [replace(r, state="irrelevant" if n < 5 else "done") for n, r in enumerate(requests)]
    assert masked(of(directory, *half)).total.relevance == Share(count=5, of=10, share=0.5)


def test_what_is_masked_is_told_from_what_there_is_nothing_of(directory):
    """One answer among ten requests is masked, none is nothing to tell: the slice says which, and so do CSV and page."""
    waiting = [
        replace(REQUEST, case_id=str(n), state="new", first_answer_at=None, resolved_at=None)
        for n in range(10)
    ]
    one = [
        replace(waiting[0], state="done", first_answer_at=REQUEST.asked_at + timedelta(hours=1)),
        *waiting[1:],
    ]
    later = timedelta(days=30)
    none_yet, one_yet = masked(of(directory, *waiting, after=later)), masked(of(directory, *one, after=later))
    assert "first_answer" not in none_yet.total.masked and none_yet.total.first_answer == Spread()
    assert {"answered", "first_answer", "first_answer_p90"} <= set(one_yet.total.masked)
    header, total = (line.split(",") for line in as_csv(one_yet).splitlines()[:2])
    assert (header[-1], total[header.index("first_answer")]) == ("masked", "")
    assert "first_answer" in total[-1].split()
    pages = {
        name: files(r, Coverage(), {})["index.html"] for name, r in (("none", none_yet), ("one", one_yet))
    }
    assert [pages[n].count("<td>secret</td>") for n in pages][0] < [
        pages[n].count("<td>secret</td>") for n in pages
    ][1]
    assert "« secret » :" in pages["one"] and "<td>–</td>" in pages["none"]
