"""`mailrouter stats`: the figures that the service is measured by; as table, JSON, CSV or a static report."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from mailrouter import report as pages
from mailrouter.app import App
from mailrouter.cli.opening import DEFAULT_CONFIG, AsJson, Config, opened, show_json
from mailrouter.cli.period import since as since_when
from mailrouter.cli.tabular import print_rows
from mailrouter.core.masking import masked
from mailrouter.core.policy.coverage import Coverage, coverage
from mailrouter.core.stats import Figures, Report, report
from mailrouter.store.stats import dead_addresses, measured

MASKED = " masked: fewer than 5, or a number that would tell of fewer than 5."
app = typer.Typer(add_completion=False)


@app.command()
def show(
    config: Config = DEFAULT_CONFIG,
    as_json: AsJson = False,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="CSV on standard output, a row for each slice.")
    ] = False,
    public: Annotated[bool, typer.Option(help="For publication: small counts (below 5) are masked.")] = False,
    to: Annotated[
        Path | None,
        typer.Option("--report", help="Write a page with plots, JSON and CSV here.", file_okay=False),
    ] = None,
    since: Annotated[str, typer.Option(help="Cases opened since then: 30d, 12m, 2026-01-01.")] = "",
    language: Annotated[str, typer.Option(help="Language of the page: fr or en.")] = "fr",
) -> None:
    """Time to first answer and to resolution, in time, late, relevance, usefulness, messages, coverage."""
    if language not in pages.WORDS:
        raise typer.BadParameter(f"{language!r}: fr or en")
    with opened(config) as service:
        found, covered = computed(service, since, public)
        names = {t.slug: t.name for t in service.office.directory.policy.territories}
    if to is not None:
        _write(to, pages.files(found, covered, names, language))
    if as_json:
        show_json(pages.as_json(found, covered))
    elif as_csv:
        sys.stdout.write(pages.as_csv(found))
    elif to is None:
        _print(found, covered)


def computed(service: App, since: str, public: bool) -> tuple[Report, Coverage]:
    """The figures as of the service's clock, masked when they are for publication."""
    now, directory = service.clock(), service.office.directory
    cases, requests = service.store.read(measured)
    dead = service.store.read(lambda conn: dead_addresses(conn, service.sealer, directory, now))
    found = report(cases, requests, directory, now, since_when(since, now))
    return masked(found) if public else found, coverage(directory, dead)


def _write(folder: Path, files: dict[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
    print(f"{folder / 'index.html'}: {len(files)} files", file=sys.stderr)


def _print(found: Report, covered: Coverage) -> None:
    words = pages.WORDS["en"]
    columns = [words[column] for column in ("name", *pages.COLUMNS)]
    rows = (found.total, *found.territories, *found.organisations, *found.cells)
    print_rows(columns, map(_row, rows), right=columns[1:])
    sets = pages.coverage_values(covered)
    print(f"coverage: {sets['covered']} of {sets['total']}. Times are working hours of the territory.")
    print(f"-: nothing to count yet.{MASKED if found.public else ''}")


def _row(figures: Figures) -> list[str]:
    name = " ".join(n for n in (figures.territory, figures.organisation) if n) or "all"
    row = pages.flat(figures)
    return [name, *(_cell(figures, c, row[c]) for c in pages.COLUMNS)]


def _cell(figures: Figures, column: str, value: float | int | None) -> str:
    if column in figures.masked:
        return "masked"
    return "-" if value is None else f"{value:g}"
