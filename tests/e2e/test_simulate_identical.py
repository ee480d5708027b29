"""`simulate` gives the very record that live handling stores: same clock, idle store, every octet of every mail."""

from __future__ import annotations

import json

import msgspec
import pytest
from town import CLAIRE, COMPLETE, STRANGER, ZOE

from mailrouter.cli.simulate import simulated
from mailrouter.core.model import Envelope, Mail
from mailrouter.store.explain import explain

STAMP = (
    "Authentication-Results: mx.aplus.example; dmarc=pass header.from={}\r\n"
    "Received: from c ([192.0.2.10]) by mx.aplus.example with ESMTP; Mon, 02 Mar 2026 09:00:00 +0000\r\n"
)
MAILS = {
    "open": (ZOE, "lot+caf@aplus.example", f"Bonjour\n\n{COMPLETE}"),
    "ask back": (ZOE, "lot@aplus.example", f"Son APL est bloquée.\n\n{COMPLETE}"),
    "stranger": (STRANGER, "lot@aplus.example", "Bonjour ?"),
    "answer": (CLAIRE, "", "Le dossier est débloqué depuis hier."),
}


@pytest.mark.parametrize("row", MAILS.values(), ids=MAILS)
def test_simulated_is_recorded(town, row):
    """Decision, effects, facts and octets agree."""
    author, to, text = row
    opened = town.open_case()
    to = to or opened.to(CLAIRE).reply_to
    octets = (
        STAMP.format(author.partition("@")[2]).encode() + town.letter(author, to, "Sujet", text).as_bytes()
    )
    envelope = Envelope(
        mail_from=author,
        rcpt_to=(to,),
        door="smtp",
        received_at=town.now,
        peer="127.0.0.1",
        helo="mx.aplus.example",  # as the relay of the town greets
    )
    mail = Mail(envelope=envelope, octets=octets)
    facts, decision, mails = town.run(simulated(town.app, mail))
    lived = town.deliver(octets, author, [to])
    (stored,) = town.app.store.read(lambda c: explain(c, town.app.sealer, lived.inbound_id, True))
    assert stored.facts == json.loads(msgspec.json.encode(facts))
    assert stored.effects == json.loads(msgspec.json.encode(decision.effects))
    assert (stored.disposition, stored.rule) == (decision.disposition, decision.rule)
    delivered = town.app.worker.transport.delivered
    assert mails and {m.id: m.octets for m in mails} == {m.id: delivered[m.id].octets for m in mails}
