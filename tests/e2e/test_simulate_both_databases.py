"""`simulate` gives the very record that live handling stores: same clock, idle store, equal byte for byte."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from sqlalchemy import select

sys.path.append(str(Path(__file__).parents[1] / "crash"))
sys.path.append(str(Path(__file__).parent))
from places import databases, engine  # noqa: E402, F401
from town import CLAIRE, FIELDS, JULIEN, STRANGER, ZOE, Town, town  # noqa: E402

from mailrouter.cli.simulate import record_of, simulated  # noqa: E402
from mailrouter.core.model import Envelope, Mail  # noqa: E402
from mailrouter.store.casebook.evidence import OUTBOX  # noqa: E402
from mailrouter.store.casebook.record import DECISION  # noqa: E402

INCOMPLETE = "Bonjour,\n\nSon aide au logement est bloquée depuis août.\n"


class Case(NamedTuple):
    """A mail to decide: `before` makes what it answers, `write` gives author, recipient and octets."""

    before: Callable[[Town], Any]
    author: str
    text: str
    headers: dict[str, str] = {}
    null_path: bool = False
    aligned: bool = True


def nothing(place: Town) -> None:
    """The first mail of all."""


def opened(place: Town) -> Any:
    """A complete case that CAF was told of."""
    return place.open_case()


def incomplete(place: Town) -> Any:
    """A case without fields and mandate."""
    return place.write(ZOE, "lot+caf@aplus.example", "Aide au logement", INCOMPLETE)


MANDATE = "Mandat : oui\nJ'accepte les conditions d'utilisation.\n"
CASES = {
    "open": Case(nothing, ZOE, f"{INCOMPLETE}\n{FIELDS}{MANDATE}"),
    "completion": Case(incomplete, ZOE, FIELDS + MANDATE),
    "stranger": Case(opened, STRANGER, "Que devient cette dame ?"),
    "unaligned": Case(opened, CLAIRE, "Le dossier est débloqué, le versement suit.", aligned=False),
    "absence": Case(
        opened,
        JULIEN,
        "Bonjour,\n\nJe suis absent jusqu'au 20 mars inclus.\n",
        {"Auto-Submitted": "auto-replied"},
        null_path=True,
    ),
    "answer": Case(opened, CLAIRE, "Bonjour,\n\nLe dossier est débloqué.\n\nClaire Martin"),
    "act": Case(opened, CLAIRE, "Je m'en occupe"),
}


@pytest.fixture
def place(tmp_path: Path, engine: str, request: pytest.FixtureRequest) -> Iterator[Town]:  # noqa: F811
    """A town on this kind of database."""
    with ExitStack() as stack:
        url = ""
        if engine == "postgresql":
            pool = request.getfixturevalue("databases")
            url = pool.take()
            stack.callback(pool.free.append, url)
        yield stack.enter_context(town(tmp_path, url))


def written(place: Town, case: Case) -> Mail:
    """The mail as the relay hands it over, after what came before it."""
    before = case.before(place)
    # A stranger writes to an address that an agent let him see.
    owner = case.author if case.author != STRANGER else CLAIRE
    answered = next((x for x in before.letters if x.to == owner), None) if before else None
    to = answered.reply_to if answered else "lot+caf@aplus.example"
    message = place.letter(
        case.author,
        to,
        "Re: votre message" if answered else "Aide au logement",
        case.text,
        answers=answered if case.author != STRANGER else None,
        headers=case.headers,
    )
    verdict = "pass" if case.aligned else "fail"
    stamp = (
        f"Authentication-Results: mx.aplus.example; dmarc={verdict}"
        f" header.from={case.author.partition('@')[2]}\r\n"
        "Received: from client.example ([192.0.2.10]) by mx.aplus.example with ESMTP;"
        " Mon, 02 Mar 2026 09:00:00 +0000\r\n"
    )
    envelope = Envelope(
        mail_from="" if case.null_path else case.author,
        rcpt_to=(to,),
        door="smtp",
        received_at=place.now,
        peer="127.0.0.1",
    )
    return Mail(envelope=envelope, octets=stamp.encode() + bytes(message))


def stored(place: Town, inbound_id: str) -> dict[str, Any]:
    """What live handling wrote: the sealed columns opened, octet for octet, and the outbox."""
    sealer = place.app.sealer

    def look(conn: Any) -> dict[str, Any]:
        row = conn.execute(select(DECISION).where(DECISION.c.inbound_id == inbound_id)).one()
        key = sealer.load_key(conn, row.data_key)
        mails = conn.execute(
            select(OUTBOX.c.id, OUTBOX.c.key).where(OUTBOX.c.decision_id == row.id).order_by(OUTBOX.c.id)
        )
        return {
            "facts": sealer.open(key, row.facts_sealed, f"decision.facts:{row.id}"),
            "effects": sealer.open(key, row.effects_sealed, f"decision.effects:{row.id}"),
            "trace": row.trace.encode(),
            "outcome": (row.disposition, row.rule, row.case_id, row.policy_digest, row.generation),
            "mails": [(m.id, m.key) for m in mails],
        }

    return place.app.store.read(look)


@pytest.mark.parametrize("name", CASES)
def test_the_record_is_the_same(place: Town, name: str) -> None:
    """Facts, trace, effects and every mail's octets."""
    mail = written(place, CASES[name])
    facts, decision, mails = place.run(simulated(place.app, mail))
    before = set(place.app.worker.transport.delivered)
    inbound_id = place.run(place.app.accept(mail)).id
    place.settle()
    assert stored(place, inbound_id) == {
        "facts": msgspec.json.encode(facts),
        "effects": msgspec.json.encode(decision.effects),
        "trace": msgspec.json.encode(decision.trace),
        "outcome": (
            decision.disposition,
            decision.rule,
            decision.case_id,
            facts.policy_digest,
            facts.generation,
        ),
        "mails": sorted((m.id, m.key) for m in mails),
    }
    sent = {i: p for i, p in place.app.worker.transport.delivered.items() if i not in before}
    assert {i: (p.recipient, p.mail_from, p.message_id, p.octets) for i, p in sent.items()} == {
        m.id: (m.recipient, m.mail_from, m.message_id, m.octets) for m in mails
    }


def test_simulating_writes_nothing(place: Town) -> None:
    """Twice the same, and the store as it was."""
    mail = written(place, CASES["answer"])
    before = place.ledger()
    first = record_of(*place.run(simulated(place.app, mail)))
    assert record_of(*place.run(simulated(place.app, mail))) == first
    assert place.ledger() == before


def test_the_command_says_the_same(place: Town, tmp_path: Path) -> None:
    """`mailrouter simulate --json`, as a process of its own with the real reader, on the same store."""
    mail = written(place, CASES["answer"])
    expected = record_of(*place.run(simulated(place.app, mail)))
    file = tmp_path / "mail.eml"
    file.write_bytes(mail.octets)
    said = subprocess.run(
        [
            *(sys.executable, "-m", "mailrouter", "simulate", str(file), "--json"),
            *("--config", str(tmp_path / "config"), "--at", place.now.isoformat()),
            *("--mail-from", mail.envelope.mail_from, "--rcpt-to", mail.envelope.rcpt_to[0]),
        ],
        env={
            **os.environ,
            "MAILROUTER_TRANSPORT__KIND": "memory",
            "MAILROUTER_DATABASE": place.app.settings.database,
        },
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout) == json.loads(msgspec.json.encode(expected))
