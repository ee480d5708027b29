"""Joining and leaving by mail: terms and their versions, welcome, inscription@, aliases, suspension, the leak's word."""

from __future__ import annotations

from email.policy import SMTP

from msgspec import convert, to_builtins
from msgspec.structs import replace
from town import AURELIE, CLAIRE, JULIEN, OPERATOR, STRANGER, ZOE

from mailrouter.core.decide.basis.leak import UNCOVERED, let_go, releasable
from mailrouter.core.decide.decide import hold_leak
from mailrouter.core.model import Envelope, Facts, Hold, Mail, MailReceived, Send
from mailrouter.store import audit, suspension
from mailrouter.store.rows import rows
from mailrouter.store.tables import Audit


def test_inscription_asks_for_the_terms_and_takes_the_word(town):
    """inscription@: the terms to who has not accepted them; `j'accepte` in reply accepts; strangers learn nothing."""
    asked = town.write(CLAIRE, "inscription@aplus.example", "Inscription", "Bonjour, suis-je inscrite ?")
    assert asked.sent() == [(CLAIRE, "terms")]
    assert asked.to(CLAIRE).reply_to == "inscription@aplus.example"
    accepted = town.answer(CLAIRE, asked.to(CLAIRE), "J'accepte", quote=False)
    assert (accepted.rule, accepted.sent()) == ("terms-accepted", [(CLAIRE, "welcome")])
    assert "CAF du Lot" in accepted.to(CLAIRE).text
    once = town.write(CLAIRE, "inscription@aplus.example", "Inscription", "Et maintenant ?")
    assert once.sent() == [(CLAIRE, "welcome")]
    forged = town.write(AURELIE, "inscription@aplus.example", "Inscription", "J'accepte", aligned=False)
    assert forged.disposition == "held"
    unknown = town.write(STRANGER, "inscription@aplus.example", "Inscription", "J'accepte")
    assert unknown.sent() == [(STRANGER, "waiting"), (OPERATOR, "operators-notice")]


def test_a_new_member_is_welcomed_by_role_once(town):
    """A line in the routing files, a reload: the new agent gets one mail; the others none."""
    people = town.app.config_dir / "routing" / "people.yaml"
    people.write_text(people.read_text() + "\n  - { address: lea.noel@caf46.example, name: Léa Noël }\n")
    lot = town.app.config_dir / "routing" / "territories" / "46-lot.yaml"
    lot.write_text(lot.read_text().replace(f"[{CLAIRE}, ", f"[{CLAIRE}, lea.noel@caf46.example, "))
    assert town.app.reload() == ()
    welcomed = town.settle()
    assert welcomed.sent() == [("lea.noel@caf46.example", "welcome")]
    text = welcomed.letters[0].text
    assert "CAF du Lot" in text and "Les demandes vous arriveront" in text
    assert town.app.reload() == () and not town.settle().letters


def test_a_new_manager_is_welcomed_by_role(town):
    """In charge of a group, of a territory: each gets the welcome of that role, and the territory's has nothing to
    accept; a manager who becomes a member later is welcomed as one, unless welcomed before."""
    people = town.app.config_dir / "routing" / "people.yaml"
    chief, prefect = "lea.noel@caf46.example", "paul.roy@prefecture46.example"
    people.write_text(
        f"{people.read_text()}\n  - {{ address: {chief}, name: Léa Noël }}\n  - {{ address: {prefect}, name: Paul Roy }}\n"
    )
    lot = town.app.config_dir / "routing" / "territories" / "46-lot.yaml"
    lot.write_text(lot.read_text().replace("[chef@caf46.example]", f"[chef@caf46.example, {chief}]"))
    main = town.app.config_dir / "mailrouter.yaml"
    line = "  - { address: helene.costes@prefecture46.example, territories: [lot] }"
    main.write_text(
        main.read_text().replace(line, f"{line}\n  - {{ address: {prefect}, territories: [lot] }}")
    )
    assert town.app.reload() == ()
    welcomed = town.settle()
    assert welcomed.sent() == [(chief, "welcome"), (prefect, "welcome")]
    assert "CAF du Lot" in welcomed.to(chief).text and "Vous avez la charge" in welcomed.to(chief).text
    assert "j'accepte" in welcomed.to(chief).text and "ouvrir une demande" not in welcomed.to(chief).text
    assert "pour : Lot" in welcomed.to(prefect).text and "j'accepte" not in welcomed.to(prefect).text
    lot.write_text(
        lot.read_text()
        .replace(f"[{CLAIRE}, ", f"[{CLAIRE}, {chief}, ")
        .replace(f"[{JULIEN}, ", f"[{JULIEN}, {chief}, ")
    )
    assert town.app.reload() == () and town.settle().sent() == []


def test_an_alias_is_the_person(town):
    """Mail from an alias of people.yaml is the person's, on a case and for a new one; answers go to the main address."""
    opened = town.open_case(author="zdurand@cahors.example")
    assert opened.disposition == "opened" and (ZOE, "receipt") in opened.sent()
    more = town.answer("zdurand@cahors.example", opened.to(ZOE), "Une précision depuis mon autre adresse.")
    assert more.disposition == "attached" and (CLAIRE, "message") in more.sent()


def test_a_suspended_person_gets_and_sends_nothing_from_that_minute(town):
    """Tables only: queued mail is cancelled, new mail is held or not drafted; reinstating ends it; both are audited."""
    opened = town.open_case()
    store, sealer = town.app.store, town.app.sealer
    store.write(lambda c: suspension.suspend(c, sealer, JULIEN, "op", "départ", town.now))
    told = town.answer(ZOE, opened.to(ZOE), "Une précision utile pour la suite.")
    assert JULIEN not in {to for to, _ in told.sent()} and CLAIRE in {to for to, _ in told.sent()}
    wrote = town.answer(JULIEN, opened.to(JULIEN), "Voici ma réponse.")
    assert (wrote.rule, wrote.sent()) == ("hold:suspended", [(OPERATOR, "operators-notice")])
    store.write(lambda c: suspension.reinstate(c, sealer, JULIEN, "op", "retour", town.now))
    back = town.answer(ZOE, opened.to(ZOE), "Encore une précision utile.")
    assert JULIEN in {to for to, _ in back.sent()}
    acts = store.read(lambda c: [r.act for r in c.execute(rows(Audit).select())])
    assert acts[-2:] == ["suspend", "reinstate"] and store.read(audit.verify) is None


def test_a_mail_under_way_to_a_suspended_person_is_cancelled(town):
    """Decided before the suspension, not sent yet: it never leaves."""
    opened = town.open_case()
    letter = town.letter(ZOE, opened.to(ZOE).reply_to, "Re", "Une précision.", answers=opened.to(ZOE))
    stamp = b"Authentication-Results: mx.aplus.example; dmarc=pass header.from=cahors.example\r\n"
    stamp += (
        b"Received: from c ([192.0.2.10]) by mx.aplus.example with ESMTP; Mon, 02 Mar 2026 09:00:00 +0000\r\n"
    )
    envelope = Envelope(
        mail_from=ZOE,
        rcpt_to=(opened.to(ZOE).reply_to,),
        door="smtp",
        received_at=town.now,
        peer="127.0.0.1",
    )
    town.run(town.app.accept(Mail(envelope=envelope, octets=stamp + letter.as_bytes(policy=SMTP))))
    town.run(town.app.worker.handle_next())
    store, sealer = town.app.store, town.app.sealer
    cancelled = store.write(lambda c: suspension.suspend(c, sealer, CLAIRE, "op", "", town.now))
    assert cancelled == 1
    assert CLAIRE not in {letter.to for letter in town.settle().letters}


def test_one_word_of_the_writer_lets_a_leak_go(town):
    """A recipient whom no membership covers: the writer is asked `envoyer`; another's address is never let go."""
    opened = town.open_case()
    out = town.answer(ZOE, opened.to(ZOE), "Une précision.")
    facts = convert(to_builtins(out.decision.facts), Facts)
    directory = town.app.office.directory
    reasons = (f"message: {UNCOVERED}",)
    asked = hold_leak(facts, directory, reasons)
    assert (asked.disposition, asked.rule) == ("held", "ask:leak")
    sends = [e for e in asked.effects if isinstance(e, Send)]
    assert [(s.recipient, s.template, s.words) for s in sends] == [(ZOE, "held-ask", ("send",))]
    assert [e.reason for e in asked.effects if isinstance(e, Hold)] == ["leak"]
    released = replace(facts, trigger=replace(facts.trigger, released_by=ZOE, release_word="leak:send"))
    assert isinstance(released.trigger, MailReceived) and let_go(released, reasons)
    worse = (*reasons, "message: another person's address in the header")
    assert not releasable(worse) and not let_go(released, worse)
    assert hold_leak(facts, directory, worse).rule == "hold:leak"
