"""`mailrouter simulate FILE`: the decision that live handling would store, and the mails it would send."""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from mailrouter.app import App
from mailrouter.cli.opening import DEFAULT_CONFIG, AsJson, Config, opened, show_json
from mailrouter.core.casenumber import format_number
from mailrouter.core.mail.enclosed.attached import examined
from mailrouter.core.mail.wire.parse import parse
from mailrouter.core.model import Decision, Envelope, Facts, Mail, MailReceived, OutboundMail
from mailrouter.store import counters
from mailrouter.store.inbox import prepare
from mailrouter.worker import readable, trigger_key

app = typer.Typer(add_completion=False)


@app.command()
def simulate(
    file: Annotated[Path, typer.Argument(help="One message (RFC 5322).", exists=True, dir_okay=False)],
    config: Config = DEFAULT_CONFIG,
    mail_from: Annotated[str, typer.Option(help="Reverse-path; the author's address when absent.")] = "",
    rcpt_to: Annotated[
        list[str] | None, typer.Option(help="Forward-path, may be repeated; To and Cc of ours when absent.")
    ] = None,
    peer: Annotated[str, typer.Option(help="Address of the peer that hands it over.")] = "127.0.0.1",
    at: Annotated[str, typer.Option(help="Clock, ISO 8601; now when absent.")] = "",
    as_json: AsJson = False,
) -> None:
    """Decide on FILE as if it arrived now. Nothing is written, nothing is sent."""
    octets = file.read_bytes()
    with opened(config) as service:
        if at:
            moment = datetime.fromisoformat(at)
            service.clock = service.worker.clock = lambda: moment
        mail = Mail(envelope=_envelope(service, octets, mail_from, rcpt_to or [], peer), octets=octets)
        facts, decision, mails = asyncio.run(simulated(service, mail))
    if as_json:
        show_json(record_of(facts, decision, mails))
        return
    print(f"{decision.disposition} by {decision.rule}")
    for step in decision.trace:
        print(f"  {'+' if step.matched else '-'} {step.rule}: {step.evidence}  {step.source}".rstrip())
    for one in mails:
        print(f"  @ {one.template} to {one.recipient}")


def _envelope(service: App, octets: bytes, mail_from: str, rcpt_to: list[str], peer: str) -> Envelope:
    parsed = parse(octets)
    ours = [m.address for m in (*parsed.to, *parsed.cc) if m.address.endswith("@" + service.settings.domain)]
    if not (rcpt_to or ours):
        print(
            "mailrouter simulate: no recipient of this service in To or Cc; give --rcpt-to", file=sys.stderr
        )
        raise typer.Exit(2)
    return Envelope(
        mail_from=mail_from or (parsed.authors[0].address if parsed.authors else ""),
        rcpt_to=tuple(rcpt_to or ours),
        door="smtp",
        received_at=service.clock(),
        peer=peer,
    )


async def simulated(service: App, mail: Mail) -> tuple[Facts, Decision, tuple[OutboundMail, ...]]:
    """Facts, decision and mails, byte for byte what live handling of `mail` would record on this store."""
    inbound_id = str(prepare(service.sealer, mail).row["id"])
    trigger = MailReceived(inbound_id=inbound_id, envelope=mail.envelope)
    key = trigger_key(trigger)
    reading = examined(service.readers.read(readable(mail)), lambda octets: service.readers.picture(octets))
    verdicts = tuple([v for check in service.worker.checks for v in await check.verdicts(mail)])
    year = service.clock().year
    opens = any(service.office.directory.target_of(a).kind == "territory" for a in mail.envelope.rcpt_to)
    number = (
        format_number(year, service.store.read(lambda c: counters.peek(c, f"number:{year}"))) if opens else ""
    )
    facts = service.store.read(
        lambda conn: service.worker.deciding.facts_of_mail(conn, trigger, reading, verdicts, key, number)
    )
    decision, mails = service.worker.deciding.decided(facts, reading.files)
    return facts, decision, mails


def record_of(facts: Facts, decision: Decision, mails: tuple[OutboundMail, ...]) -> dict[str, Any]:
    """The record as plain values; octets as text, one character an octet."""
    rows = [dict(msgspec.to_builtins(m), octets=m.octets.decode("latin-1")) for m in mails]
    return {"decision": msgspec.to_builtins(decision), "facts": msgspec.to_builtins(facts), "mails": rows}
