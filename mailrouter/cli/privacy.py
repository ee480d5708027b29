"""`mailrouter privacy find|export|erase|wipe|incident`: data-subject requests and retention, with proof; all logged."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from mailrouter.cli.archive import write_archive
from mailrouter.cli.database import fail, opened_store, sealer_of
from mailrouter.cli.opening import DEFAULT_CONFIG, AsJson, Config, opened, show_json, who
from mailrouter.core.casenumber import valid_number
from mailrouter.store import audit, retention, usager
from mailrouter.store.engine import Store
from mailrouter.store.retention import Wiped
from mailrouter.store.seal import Sealer

app = typer.Typer(add_completion=False, no_args_is_help=True)
Words = Annotated[
    list[str], typer.Argument(metavar="WORD...", help="Name, birth date, identifier: all must agree.")
]
Targets = Annotated[
    list[str],
    typer.Argument(metavar="CASE...|WORD...", help="Case numbers; or words that identify one person."),
]
Reason = Annotated[str, typer.Option(help="Why; stands in the audit log.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be erased.")]
REQUEST = "data-subject request"


@app.command()
def find(
    words: Words,
    config: Config = DEFAULT_CONFIG,
    deep: Annotated[bool, typer.Option(help="Also in subjects, messages and file names.")] = False,
    reason: Reason = REQUEST,
    as_json: AsJson = False,
) -> None:
    """A usager's cases: numbers, states, and which fields agree. No content. Exit 1 when there is none."""
    sealer = sealer_of(config)
    with opened_store(config) as store:
        _log(store, "privacy-find", "", reason)
        found = store.read(lambda conn: usager.find(conn, sealer, words, deep))
    if as_json:
        show_json(found)
    else:
        _lines(
            (f.number, f.state, f.territory, ", ".join(f.organisations), f"agrees in {', '.join(f.where)}")
            for f in found
        )
    raise typer.Exit(0 if found else 1)


@app.command()
def export(
    targets: Targets,
    config: Config = DEFAULT_CONFIG,
    to: Annotated[Path | None, typer.Option(help="A zip with everything, files too (mode 0600).")] = None,
    reason: Reason = REQUEST,
    as_json: AsJson = False,
) -> None:
    """Everything kept of these cases: fields, messages, files, history, who received what."""
    if to is None and not as_json:
        print(
            "mailrouter privacy export: say --to FILE.zip, or --json for all but the files", file=sys.stderr
        )
        raise typer.Exit(2)
    sealer = sealer_of(config)
    with opened_store(config) as store:
        cases = _resolved(store, sealer, targets, certain=False)
        for _, number in cases:
            _log(store, "privacy-export", number, reason)
        exports = [store.read(partial(usager.export, sealer=sealer, number=number)) for _, number in cases]
    given = [one for one in exports if one is not None]
    if to is not None:
        write_archive(to, given)
        print(f"{len(given)} cases in {to}", file=sys.stderr)
    if as_json:
        show_json([one.content for one in given])


@app.command()
def erase(
    targets: Targets,
    config: Config = DEFAULT_CONFIG,
    dry_run: DryRun = False,
    reason: Reason = REQUEST,
    as_json: AsJson = False,
) -> None:
    """Erase these cases now, for good. Prints the proof, and who still has copies in their mailbox."""
    sealer = sealer_of(config)
    with opened_store(config) as store:
        cases = _resolved(store, sealer, targets, certain=True)
        copies = store.read(
            lambda c: {m["recipient"] for case_id, _ in cases for m in usager.received(c, sealer, case_id)}
        )
        numbers = tuple(number for _, number in cases)
        proof = Wiped(dry_run=True, cases=numbers) if dry_run else _erased(store, cases, reason)
    _show({**_whole(proof), "copies": sorted(copies)}, as_json)
    raise typer.Exit(0 if proof.complete or dry_run else 1)


@app.command()
def wipe(config: Config = DEFAULT_CONFIG, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Erase what has outlived its time (the routing's `retention`). Prints the proof; exit 1 when anything is left."""
    with opened(config) as service:
        directory = service.office.directory
        kept = directory.policy.retention
        proof = retention.run(service.store, kept, directory.calendar, service.clock(), dry_run=dry_run)
        if not dry_run:
            _log(service.store, "privacy-wipe", ", ".join(proof.cases), "retention")
    _show(_whole(proof), as_json)
    raise typer.Exit(0 if proof.complete or dry_run else 1)


@app.command()
def incident(
    case: Annotated[str, typer.Argument(help="The case's number.")],
    config: Config = DEFAULT_CONFIG,
    content: Annotated[bool, typer.Option(help="Also the text that each of them received.")] = False,
    reason: Reason = "incident",
    as_json: AsJson = False,
) -> None:
    """Who received what of a case, when: what a notification within 72 hours needs (GDPR art. 33)."""
    sealer = sealer_of(config)
    with opened_store(config) as store:
        ((case_id, number),) = _resolved(store, sealer, [case], certain=False)
        _log(store, "privacy-incident", number, reason)
        mails = store.read(lambda c: usager.received(c, sealer, case_id, content))
        readings = store.read(lambda c: usager.read_on_page(c, sealer, case_id))
    if as_json:
        show_json({"number": number, "received": mails, "read": readings})
        return
    _lines(
        (
            f"{mail['at']:%Y-%m-%d %H:%M}" + ("" if mail["certain"] else " ?"),
            mail["recipient"],
            mail["organisation"],
            mail["mail"],
            mail["disclosure"],
            ", ".join(mail["relays"]),
        )
        for mail in mails
    )
    _lines((f"{r['at']:%Y-%m-%d %H:%M}", r["reader"], "page", r["file"]) for r in readings)


def _lines(rows: Iterable[Sequence[str]]) -> None:
    """One line each, never cut: addresses are what it is for."""
    for row in rows:
        print("  ".join(cell or "-" for cell in row))


def _resolved(store: Store, sealer: Sealer, targets: list[str], *, certain: bool) -> list[tuple[str, str]]:
    """(id, number) of the cases meant: by number, or of the one person whom the words identify."""
    numbers = [valid_number(target) for target in targets]
    if all(numbers):
        ids = [(store.read(partial(usager.case_id_of, number=str(n))), str(n)) for n in numbers]
        missing = [number for case_id, number in ids if not case_id]
        if missing:
            raise fail(f"no case {', '.join(missing)}")
        return ids
    if certain and not usager.identifies(targets):
        print(
            "a name alone may be several people's: add the birth date or an identifier, or say case numbers",
            file=sys.stderr,
        )
        raise typer.Exit(2)
    found = store.read(partial(usager.find, sealer=sealer, words=targets))
    if not found:
        raise fail("no case of such a person")
    return [(one.case_id, one.number) for one in found]


def _erased(store: Store, cases: list[tuple[str, str]], reason: str) -> Wiped:
    for _, number in cases:
        _log(store, "privacy-erase", number, reason)
    erased = retention.erase_cases(store, cases, datetime.now(UTC))
    proved = retention.prove(store, erased, erased.samples)
    return Wiped(cases=erased.numbers, postponed=erased.postponed, keys=erased.keys, **proved)


def _log(store: Store, act: str, what: str, reason: str) -> None:
    store.write(lambda conn: audit.append(conn, who(), act, what, reason, datetime.now(UTC)))


def _whole(proof: Wiped) -> dict[str, Any]:
    """Every figure of a proof, zeros and empty lists too: they are what it proves."""
    return {name: getattr(proof, name) for name in proof.__struct_fields__}


def _show(proof: dict[str, Any], as_json: bool) -> None:
    if as_json:
        show_json(proof)
        return
    for name, value in proof.items():
        text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
        print(f"{re.sub('_', ' ', name):<15} {text if text not in ('', []) else '-'}")
