"""The static report: one page with the figures as plots and tables, each plot as a file of its own, and the numbers
as JSON and CSV. Text in, text out; `cli/stats.py` writes the files."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

import msgspec

from mailrouter.core.masking import SHARES
from mailrouter.core.policy.coverage import Coverage
from mailrouter.core.stats import Figures, Report, Share, Spread
from mailrouter.plots import Bar, bars

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "fr": {
        "title": "Administration+ en chiffres",
        "total": "Ensemble",
        "name": "Périmètre",
        "requests": "Demandes",
        "cases": "Dossiers",
        "first_answer": "Première réponse, médiane",
        "first_answer_p90": "Première réponse, 9 fois sur 10",
        "resolution": "Traitement, médiane",
        "resolution_p90": "Traitement, 9 fois sur 10",
        "within_15_days": "Réponse en 15 jours",
        "late": "En retard",
        "relevance": "Pertinence",
        "usefulness": "Utilité",
        "messages_per_case": "Messages par dossier",
        "coverage": "Couverture",
        "organisations": "Par organisme",
        "territories": "Par territoire",
        "months": "Par mois",
        "hours": "h",
        "decimal": ",",
        "masked": "secret",
        "delays": "Heures ouvrées : médiane, et en clair ce que 9 demandes sur 10 ne dépassent pas.",
        "in_time": "Part des demandes qui ont eu une réponse en 15 jours.",
        "by_month": "Demandes adressées, par mois.",
        "covered": "Part des organismes où au moins un agent répond.",
        "note": "Heures ouvrées du territoire. « – » : rien à compter encore.",
        "secret": "« secret » : moins de 5 demandes, ou un nombre qui en trahirait moins de 5 ; il n'est pas publié.",
        "at": "Chiffres du {:%d/%m/%Y}",
    },
    "en": {
        "title": "Administration+ in figures",
        "total": "All",
        "name": "Scope",
        "requests": "Requests",
        "cases": "Cases",
        "first_answer": "First answer, median",
        "first_answer_p90": "First answer, 9 in 10",
        "resolution": "Resolution, median",
        "resolution_p90": "Resolution, 9 in 10",
        "within_15_days": "Answered in 15 days",
        "late": "Late",
        "relevance": "Relevance",
        "usefulness": "Usefulness",
        "messages_per_case": "Messages per case",
        "coverage": "Coverage",
        "organisations": "By organisation",
        "territories": "By territory",
        "months": "By month",
        "hours": "h",
        "decimal": ".",
        "masked": "masked",
        "delays": "Working hours: median, and in the lighter colour what 9 requests in 10 do not exceed.",
        "in_time": "Share of the requests that were answered within 15 days.",
        "by_month": "Requests made, by month.",
        "covered": "Share of the organisations where at least one agent answers.",
        "note": "Working hours of the territory. “–”: nothing to count yet.",
        "secret": "“masked”: fewer than 5 requests, or a number that would tell of fewer than 5; it is not published.",
        "at": "Figures of {:%Y-%m-%d}",
    },
}
COLUMNS: Final = (
    "requests",
    "cases",
    "first_answer",
    "first_answer_p90",
    "resolution",
    "resolution_p90",
    "within_15_days",
    "late",
    "relevance",
    "usefulness",
    "messages_per_case",
)
DIMENSIONS: Final = ("organisations", "territories", "months")
STYLE: Final = (
    "body{font-family:Marianne,Arial,sans-serif;max-width:80rem;margin:1rem auto;padding:0 1rem;color:#161616}"
    "table{border-collapse:collapse;display:block;overflow-x:auto}th,td{padding:.3rem .6rem;text-align:right;"
    "border-bottom:1px solid #ddd}th:first-child{text-align:left}caption{text-align:left;font-weight:bold}"
    "svg{max-width:100%;height:auto}"
)


def flat(figures: Figures) -> dict[str, float | int | None]:
    """One slice as one row of numbers; None where masked or nothing to tell. Hours are working hours."""
    return {
        "requests": figures.requests,
        "cases": figures.cases,
        "answered": figures.answered,
        "resolved": figures.resolved,
        "first_answer": figures.first_answer.median,
        "first_answer_p90": figures.first_answer.p90,
        "resolution": figures.resolution.median,
        "resolution_p90": figures.resolution.p90,
        "within_15_days": figures.within_15_days.share,
        "late": figures.late.share,
        "relevance": figures.relevance.share,
        "usefulness": figures.usefulness.share,
        "messages_per_case": figures.messages_per_case,
    }


def as_csv(report: Report) -> str:
    """Every slice, a row each: `dimension`, its names, the numbers, and which columns are empty because they are masked
    (an empty one that is not named has nothing to tell)."""
    out = io.StringIO()
    rows = [("total", report.total)]
    for dimension in (*DIMENSIONS, "cells"):
        rows += [(dimension, figures) for figures in getattr(report, dimension)]
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(("dimension", "territory", "organisation", "month", *flat(report.total), "masked"))
    for dimension, figures in rows:
        names = (dimension, figures.territory, figures.organisation, figures.month)
        numbers = ("" if v is None else v for v in flat(figures).values())
        writer.writerow((*names, *numbers, " ".join(figures.masked)))
    return out.getvalue()


def as_json(report: Report, coverage: Coverage) -> dict[str, Any]:
    """Every slice with its bases, and the coverage; plain values. A masked number is null."""
    values = {name: _plain(getattr(report, name)) for name in report.__struct_fields__}
    return {**values, "coverage": coverage_values(coverage)}


def _plain(value: Any) -> Any:
    """Plain JSON values with no field left out: who reads them need not know defaults."""
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, (Figures, Spread, Share)):
        return {name: _plain(getattr(value, name)) for name in value.__struct_fields__}
    return msgspec.to_builtins(value)


def coverage_values(coverage: Coverage) -> dict[str, Any]:
    """Covered sets of all, for the service and each territory."""
    territories = list(dict.fromkeys(row.territory for row in coverage.sets))
    return {
        **_covered(coverage, ""),
        "territories": [{"territory": t, **_covered(coverage, t)} for t in territories],
    }


def _covered(coverage: Coverage, territory: str) -> dict[str, Any]:
    sets = [row.covered for row in coverage.sets if territory in ("", row.territory)]
    return {
        "covered": sum(sets),
        "total": len(sets),
        "share": round(sum(sets) / len(sets), 4) if sets else None,
    }


def files(
    report: Report, coverage: Coverage, names: Mapping[str, str], language: str = "fr"
) -> dict[str, str]:
    """The report's files by name. `names`: what territories (by slug) are called."""
    words = WORDS[language]
    plots = {
        "first-answer.svg": _delays(report.organisations, words),
        "within-15-days.svg": _shares(report.organisations, words),
        "months.svg": _months(report.months, words),
        "coverage.svg": _coverage(coverage, names, words),
    }
    tables = [_table(words[d], getattr(report, d), names, words) for d in DIMENSIONS]
    return {
        "index.html": _page(report, tables, list(plots.values()), words, language),
        "figures.json": msgspec.json.format(msgspec.json.encode(as_json(report, coverage))).decode() + "\n",
        "figures.csv": as_csv(report),
        **plots,
    }


def _delays(slices: Sequence[Figures], words: Mapping[str, str]) -> str:
    rows = [
        Bar(
            label=f.organisation,
            value=f.first_answer.median,
            further=f.first_answer.p90,
            text=_cell(f, "first_answer", words)
            if f.first_answer.median is None
            else f"{_cell(f, 'first_answer', words)} / {_cell(f, 'first_answer_p90', words)}",
        )
        for f in slices
    ]
    return bars(words["first_answer"], words["delays"], rows)


def _shares(slices: Sequence[Figures], words: Mapping[str, str]) -> str:
    rows = [
        Bar(label=f.organisation, value=f.within_15_days.share, text=_cell(f, "within_15_days", words))
        for f in slices
    ]
    return bars(words["within_15_days"], words["in_time"], rows, top=1.0)


def _months(slices: Sequence[Figures], words: Mapping[str, str]) -> str:
    rows = [Bar(label=f.month, value=f.requests, text=_cell(f, "requests", words)) for f in slices]
    return bars(words["requests"], words["by_month"], rows)


def _coverage(coverage: Coverage, names: Mapping[str, str], words: Mapping[str, str]) -> str:
    rows = [
        Bar(
            label=names.get(row["territory"], row["territory"]),
            value=row["share"],
            text=f"{row['covered']} / {row['total']}",
        )
        for row in coverage_values(coverage)["territories"]
    ]
    return bars(words["coverage"], words["covered"], rows, top=1.0)


def _page(
    report: Report, tables: Sequence[str], plots: Sequence[str], words: Mapping[str, str], language: str
) -> str:
    title = escape(words["title"])
    total = _table(words["total"], [report.total], {}, words)
    at = escape(words["at"].format(report.at))
    # What "masked" means stands only where numbers may be.
    notes = (words["note"], words["secret"]) if report.public else (words["note"],)
    note = f"<p>{escape(' '.join(notes))}</p>"
    return (
        f"<!doctype html>\n<html lang='{language}'><head><meta charset='utf-8'>"
        f"<meta name='viewport' content='width=device-width, initial-scale=1'><title>{title}</title>"
        f"<style>{STYLE}</style></head><body><main><h1>{title}</h1><p>{at}</p>{note}"
        f"{total}{''.join(plots)}{''.join(tables)}</main></body></html>\n"
    )


def _table(title: str, slices: Sequence[Figures], names: Mapping[str, str], words: Mapping[str, str]) -> str:
    head = "".join(f"<th scope='col'>{escape(words[c])}</th>" for c in ("name", *COLUMNS))
    body = "".join(_line(f, names, words) for f in slices)
    return f"<table><caption>{escape(title)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _line(figures: Figures, names: Mapping[str, str], words: Mapping[str, str]) -> str:
    name = (
        names.get(figures.territory, figures.territory)
        or figures.organisation
        or figures.month
        or words["total"]
    )
    cells = "".join(f"<td>{escape(_cell(figures, column, words))}</td>" for column in COLUMNS)
    return f"<tr><th scope='row'>{escape(name)}</th>{cells}</tr>"


def _cell(figures: Figures, column: str, words: Mapping[str, str]) -> str:
    """One number in words; "–" when there is nothing to tell, which is not the same as masked."""
    value = flat(figures)[column]
    if column in figures.masked:
        return words["masked"]
    if value is None:
        return "–"
    if column in SHARES:
        return f"{100 * value:.0f} %"
    return _hours(value, words) if column.startswith(("first", "resolution")) else _number(value, words)


def _number(value: float, words: Mapping[str, str]) -> str:
    return f"{value:g}".replace(".", words["decimal"])


def _hours(value: float, words: Mapping[str, str]) -> str:
    return f"{_number(round(value, 1), words)} {words['hours']}"
