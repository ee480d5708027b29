"""`mailrouter replay --policy DIR`: past decisions that another policy would change. Nothing is written or sent."""

from __future__ import annotations

import os
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from mailrouter.app import App
from mailrouter.cli.opening import DEFAULT_CONFIG, AsJson, Config, opened, show_json
from mailrouter.cli.period import since as since_when
from mailrouter.configuration import load_configuration, read_texts
from mailrouter.core.compose import compose
from mailrouter.core.decide.basis.evolve import after
from mailrouter.core.decide.basis.leak import leaks
from mailrouter.core.decide.decide import decide, hold_leak
from mailrouter.core.model import Decision, Facts, Frozen, MailReceived, Send
from mailrouter.core.policy.directory import Directory
from mailrouter.core.policy.load import load
from mailrouter.core.replaying import Course, course, course_of, differences, under
from mailrouter.settings import STATIC_FILE
from mailrouter.store.past import Past, decided_since, past

app = typer.Typer(add_completion=False)


class Change(Frozen, frozen=True, kw_only=True):
    """A decision that would be another one. `differs` names the fields of `before` and `after` that are not equal."""

    trigger: str
    inbound_id: str
    case_number: str
    at: str
    differs: tuple[str, ...]
    before: Course
    after: Course


class Replayed(Frozen, frozen=True, kw_only=True):
    """What a replay found. `not_replayable` counts by reason what cannot be decided again."""

    policy: str
    generation: str
    decisions: int
    same: int
    changed: tuple[Change, ...]
    not_replayable: dict[str, int]


@app.command()
def show(
    policy: Annotated[
        Path, typer.Option("--policy", help="The other configuration directory.", file_okay=False)
    ],
    config: Config = DEFAULT_CONFIG,
    since: Annotated[str, typer.Option(help="How far back: 30d, 6w, 12m, or a day; all when absent.")] = "",
    as_json: AsJson = False,
) -> None:
    """Decide past mail, dues and reports again under the policy in DIR, and list what would have been different."""
    with opened(config) as service:
        directory = other_directory(service, policy)
        found = replayed(service, directory, since)
    if as_json:
        show_json(_plain(found))
        return
    for change in found.changed:
        print(f"{change.at}  {change.inbound_id or change.trigger}  {change.case_number}".rstrip())
        for name in change.differs:
            print(
                f"  {name}: {_shown(getattr(change.before, name))} -> {_shown(getattr(change.after, name))}"
            )
    gone = ", ".join(f"{n} {why}" for why, n in sorted(found.not_replayable.items())) or "0"
    print(
        f"{found.decisions} decisions: {found.same} the same, {len(found.changed)} changed; not replayable: {gone}"
    )


def other_directory(service: App, folder: Path) -> Directory:
    """The policy in `folder`: a whole configuration directory, one with `routing/` alone, or such a `routing`
    directory itself. Its faults are printed, exit 1; exit 2 when there is no routing at all."""
    root = folder.parent if folder.name == "routing" and not (folder / "routing").is_dir() else folder
    if not (root / "routing").is_dir():
        raise typer.BadParameter(f"{folder} has no routing/", param_hint="--policy")
    own = service.configuration
    if (root / STATIC_FILE).exists():
        configuration = load_configuration(root, os.environ, service.clock())
        found, faults = configuration.policy, [configuration.shown(f) for f in configuration.errors]
    else:
        texts, unread = read_texts(root)
        result = load(texts, own.service, own.shipped, own.today)
        found = None if unread else result.policy
        faults = [*unread, *(f for f in result.faults if f.severity == "error")]
    if found is None:
        for fault in faults:
            print(fault, file=sys.stderr)
        raise typer.Exit(1)
    return Directory.of(found)


def replayed(service: App, directory: Directory, since: str) -> Replayed:
    """Every decision since then, decided again."""
    ids = service.store.read(lambda conn: decided_since(conn, since_when(since, service.clock())))
    changed: list[Change] = []
    lost: Counter[str] = Counter()
    for one in ids:
        before = service.store.read(lambda conn, one=one: past(conn, service.sealer, one))  # type: ignore[misc]
        if before.facts is None:
            lost[before.why] += 1
        elif change := _compared(service, before, before.facts, directory):
            changed.append(change)
    return Replayed(
        policy=directory.policy.digest,
        generation=directory.policy.generation,
        decisions=len(ids),
        same=len(ids) - len(changed) - lost.total(),
        changed=tuple(changed),
        not_replayable=dict(lost),
    )


def _compared(service: App, before: Past, facts: Facts, directory: Directory) -> Change | None:
    """The change, or None."""
    old = course(before.disposition, before.rule, before.effects)
    new = course_of(decided(service, under(facts, directory), directory))
    differs = differences(old, new)
    if not differs:
        return None
    return Change(
        trigger=before.trigger,
        inbound_id=before.inbound_id,
        case_number=before.case_number,
        at=before.at.isoformat(),
        differs=differs,
        before=old,
        after=new,
    )


def decided(service: App, facts: Facts, directory: Directory) -> Decision:
    """The worker's way to a decision, composing and leak check included, under another directory. Files stand empty:
    their octets matter to nothing that is compared."""
    decision = decide(facts, directory)
    files = {f.sha256: b"" for e in decision.effects if isinstance(e, Send) for f in e.files}
    mails = compose(decision, facts, directory, replace(service.office.kit, files=files))
    found = leaks(after(facts, decision), mails, directory)
    if found and isinstance(facts.trigger, MailReceived):
        return hold_leak(facts, directory, found)
    # A due or a report has no mail to hold: live, it fails visibly.
    return Decision(disposition="held", rule="leak", case_id=decision.case_id) if found else decision


def _plain(found: Replayed) -> dict[str, Any]:
    """JSON without omitted fields."""
    changed = [{**_fields(c), "before": _fields(c.before), "after": _fields(c.after)} for c in found.changed]
    return {**_fields(found), "changed": changed}


def _fields(value: Frozen) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__struct_fields__}


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(" ".join(v) if isinstance(v, tuple) else v for v in value) or "nobody"
    return str(value)
