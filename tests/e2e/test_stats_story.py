"""Figures of a lived service: a few weeks of cases, then what `stats` tells, on both databases."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import text
from town import AURELIE, CLAIRE, KARIM, ZOE
from town import town as open_town

from mailrouter.core.masking import masked
from mailrouter.core.policy.coverage import coverage
from mailrouter.core.stats import Share, Spread, report
from mailrouter.report import as_csv, as_json, files
from mailrouter.store.stats import dead_addresses, measured


def lived(town):
    """Three weeks: one case answered in two working hours and closed as useful, one answered late and irrelevant, one to
    two organisations of which one answered, one that nobody answers."""
    first = town.open_case()
    town.pass_time(hours=2)
    town.answer(CLAIRE, first.to(CLAIRE), "Bonjour,\n\nLe dossier est débloqué depuis ce matin.\n\nClaire")
    done = town.answer(CLAIRE, first.to(CLAIRE), "traité")
    town.answer(ZOE, done.to(ZOE, "asked-to-close"), "clore oui")
    town.pass_time(days=1)
    second = town.open_case("Sa carte est perdue.", to="lot+cpam@aplus.example")
    town.pass_time(days=7)
    town.answer(AURELIE, second.to(AURELIE), "non pertinent : la carte se commande sur le site")
    third = town.open_case(
        "Deux organismes.", author=KARIM, to=["lot+caf@aplus.example", "lot+cpam@aplus.example"]
    )
    town.pass_time(hours=1)
    town.answer(CLAIRE, third.to(CLAIRE), "Bonjour,\n\nIl manque une pièce, merci de l'envoyer.\n\nClaire")
    town.open_case("Le remboursement n'arrive pas.", to="lot+cpam@aplus.example")
    town.pass_time(days=16)


def told(town):
    """The report of a town."""
    cases, requests = town.app.store.read(measured)
    return report(cases, requests, town.app.office.directory, town.now)


def slice_of(slices, **names):
    """The slice with these names."""
    (found,) = [s for s in slices if all(getattr(s, k) == v for k, v in names.items())]
    return found


@pytest.fixture(params=["sqlite", "postgresql"])
def lived_town(request, tmp_path):
    url = request.getfixturevalue("postgresql_url") if request.param == "postgresql" else ""
    with open_town(tmp_path, url) as place:
        lived(place)
        yield place


def test_each_figure_is_what_was_lived(lived_town):
    """Counts, working hours and shares by organisation, on SQLite and PostgreSQL alike."""
    found = told(lived_town)
    caf = slice_of(found.organisations, organisation="CAF")
    assert (caf.cases, caf.requests, caf.answered, caf.resolved) == (2, 2, 2, 1)
    assert caf.first_answer == Spread(of=2, median=1.5, p90=2.0)
    assert caf.resolution == Spread(of=1, median=2.0, p90=2.0)
    assert (caf.within_15_days, caf.late) == (
        Share(count=2, of=2, share=1.0),
        Share(count=0, of=2, share=0.0),
    )
    assert caf.usefulness == Share(count=1, of=1, share=1.0)
    cpam = slice_of(found.organisations, organisation="CPAM")
    assert (cpam.cases, cpam.requests, cpam.resolved) == (3, 3, 1)
    assert cpam.relevance == Share(count=0, of=1, share=0.0)
    assert cpam.within_15_days == Share(count=1, of=3, share=0.3333)
    assert cpam.late == Share(count=3, of=3, share=1.0)
    assert (found.total.cases, found.total.requests) == (4, 5)
    assert [m.month for m in found.months] == ["2026-03"]
    assert slice_of(found.cells, territory="lot", organisation="CAF").requests == 2


def test_views_count_as_the_report_does(lived_town):
    """What a dashboard reads from stat_month agrees with the report; whether a date's arithmetic is SQL or Python."""
    rows = lived_town.app.store.read(
        lambda c: c.execute(
            text(
                "SELECT organisation, asked, answered_within_15_days, resolved, irrelevant FROM stat_month ORDER BY 1"
            )
        ).all()
    )
    assert [tuple(r) for r in rows] == [("CAF", 2, 2, 1, 0), ("CPAM", 3, 1, 1, 1)]


def test_views_hold_no_personal_data(lived_town):
    """No column that is sealed, an index of somebody, or free text; and no word of anybody in any value."""
    for view in ("stat_case", "stat_party", "stat_month"):
        found = lived_town.app.store.read(
            lambda c, v=view: c.execute(text(f"SELECT * FROM {v}")).mappings().all()
        )
        assert found
        assert not [
            name for name in found[0] if name.endswith(("_sealed", "_index")) or name in ("number", "subject")
        ]
        shown = " ".join(str(value) for row in found for value in row.values()).lower()
        assert not any(word in shown for word in ("zoe", "durand", "claire", "marie", "dupont", "@", "1961"))


def test_public_figures_hide_the_few(lived_town):
    """Two requests at one organisation are nobody else's business."""
    public = masked(told(lived_town))
    assert [(o.organisation, o.requests, o.first_answer.median) for o in public.organisations] == [
        ("CAF", None, None),
        ("CPAM", None, None),
    ]
    assert public.cells == ()
    assert "2.0" not in as_csv(public).replace("2026", "")


def test_the_report_has_plots_and_the_same_numbers(lived_town):
    """Page, plots, JSON and CSV are made of one report."""
    directory = lived_town.app.office.directory
    made = files(told(lived_town), coverage(directory), {"lot": "Lot"})
    assert sorted(made) == [
        "coverage.svg",
        "figures.csv",
        "figures.json",
        "first-answer.svg",
        "index.html",
        "months.svg",
        "within-15-days.svg",
    ]
    assert json.loads(made["figures.json"])["organisations"][0]["first_answer"] == {
        "of": 2,
        "median": 1.5,
        "p90": 2.0,
    }
    assert "1,5 h / 2 h" in made["first-answer.svg"] and made["first-answer.svg"] in made["index.html"]
    assert "<td>33 %</td>" in made["index.html"]


def test_a_dead_mailbox_covers_nothing(town):
    """Who is suspended or whose mailbox fails for good does not count as a living agent."""
    opened = town.open_case("Sa carte est perdue.", to="lot+cpam@aplus.example")
    directory = town.app.office.directory

    def agents():
        dead = town.app.store.read(lambda c: dead_addresses(c, town.app.sealer, directory, town.now))
        rows = coverage(directory, dead).organisations
        return dead, next(r.agents for r in rows if (r.territory, r.organisations) == ("lot", ("CPAM",)))

    assert agents() == (frozenset(), 2)
    bounce = (
        "From: MAILER-DAEMON@cpam46.example\r\nTo: x\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nNo such user.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; cpam46.example\r\n\r\n"
        f"Final-Recipient: rfc822; {AURELIE}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b--\r\n"
    )
    town.deliver(bounce.encode(), "", [opened.to(AURELIE).mail_from])
    assert agents() == (frozenset({AURELIE}), 1)


def test_json_names_every_figure_even_when_there_is_none(town):
    """A service on its first day: zeros and nulls, no missing key."""
    found = as_json(told(town), coverage(town.app.office.directory))
    assert found["total"]["requests"] == 0
    assert found["total"]["first_answer"] == {"of": 0, "median": None, "p90": None}
    assert found["total"]["late"] == {"count": 0, "of": 0, "share": None}
    assert found["coverage"]["total"] == 18
