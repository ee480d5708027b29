"""What has outlived its time is gone: keys, columns and octets, with a proof; what statistics need stays."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlmodel import SQLModel
from town import AURELIE, CLAIRE, STRANGER, ZOE
from town import town as open_town

import mailrouter.store.tables  # noqa: F401
from mailrouter.store import erasure, retention
from mailrouter.store.engine import Store
from mailrouter.store.reports import ledger
from mailrouter.store.seal import Erased


@pytest.fixture(params=["sqlite", "postgresql"])
def town(request, tmp_path):
    """A town on each database."""
    url = "" if request.param == "sqlite" else request.getfixturevalue("postgresql_url")
    with open_town(tmp_path, url) as place:
        yield place


def wipe(town, **more):
    directory = town.app.office.directory
    return retention.run(town.app.store, directory.policy.retention, directory.calendar, town.now, **more)


def query(town, sql, **values):
    return [tuple(r) for r in town.app.store.read(lambda c: c.execute(text(sql), values).all())]


PDF = b"%PDF-1.4 secret attachment of Marie DUPONT " + os.urandom(3000)


def closed_case(town):
    """The aidant writes with a file, CAF answers and closes it, she closes; a stranger wrote to the address too."""
    opened = town.open_case(
        "Dossier de Marie DUPONT, mot-clef introuvable.", files=[("dupont.pdf", PDF, "application/pdf")]
    )
    notice = opened.to(CLAIRE)
    answered = town.answer(CLAIRE, notice, "Bonjour, le droit est rétabli, virement le 5.\n")
    town.answer(STRANGER, notice, "Je voudrais le dossier.\n")
    town.answer(CLAIRE, notice, "traité")
    town.answer(ZOE, answered.to(ZOE, "answer"), "clore oui")
    case = town.case()
    assert case.state == "closed", case.state
    return case


def test_every_personal_column_has_its_rule():
    """A column that someone adds tomorrow must not survive a wipe because nobody thought of it."""
    ruled = {}
    for rule in (
        *erasure.OF_CASE,
        *erasure.OF_MAIL,
        *erasure.OF_POST,
        *erasure.OF_DECISION,
        erasure.CASE_ITSELF,
    ):
        ruled.setdefault(rule.table.name, set()).update(
            erasure.personal(rule.table) if rule.becomes is None else rule.becomes
        )
    # Deleted as rows: data_key with what it seals, person, policy and sessions of the page by their own times.
    elsewhere = {"data_key", "person", "policy", "page_session"}
    for table in SQLModel.metadata.tables.values():
        if table.name not in elsewhere:
            missing = set(erasure.personal(table)) - ruled.get(table.name, set())
            assert not missing, f"{table.name}: {missing} would survive a wipe"


def test_a_case_is_wiped_six_months_after_closing_with_a_proof(town):
    """Not a day before; then no key, no column, no octet; number, states and times stay."""
    case = closed_case(town)
    town.now += timedelta(days=31 * 6 - 10)
    assert wipe(town).cases == ()
    assert town.case().state == "closed"
    planned = wipe(town, dry_run=True)
    assert (planned.cases, planned.complete) == ((), False)
    town.now += timedelta(days=12)
    planned = wipe(town, dry_run=True)
    assert (planned.cases, planned.dry_run, planned.keys) == ((case.number,), True, 0)
    assert town.case(case.number).messages

    proof = wipe(town)
    assert (proof.cases, proof.left, proof.complete, proof.postponed) == ((case.number,), (), True, ())
    assert proof.keys > 8 and proof.rows_scanned > 30
    after = town.case(case.number)
    assert (
        after.state,
        after.number,
        after.territory,
        after.creator,
        after.messages,
        after.participants,
    ) == (
        "wiped",
        case.number,
        "lot",
        "",
        (),
        (),
    )
    assert query(
        town, "SELECT count(*) FROM octets WHERE id IN (SELECT id FROM inbound WHERE case_id = :c)", c=case.id
    ) == [(0,)]
    assert query(town, "SELECT DISTINCT state FROM outbox WHERE case_id = :c", c=case.id) == [("sent",)]
    assert query(town, "SELECT organisation, state FROM case_party") == [("CAF", "done")]
    assert query(town, "SELECT count(*) FROM message WHERE case_id = :c", c=case.id)[0][0] == len(
        case.messages
    )
    for (inbound_id,) in query(town, "SELECT id FROM inbound WHERE case_id = :c", c=case.id):
        from mailrouter.store.inbox import load_mail

        with pytest.raises(Erased):
            town.app.store.read(lambda c, i=inbound_id: load_mail(c, town.app.sealer, i))
    assert town.ledger()["balanced"] is True
    assert wipe(town).cases == ()


def test_nothing_that_was_written_is_left_in_the_files(tmp_path):
    """The database file and its WAL, octet by octet: no text, no name, no key of the case before the wipe."""
    with open_town(tmp_path) as town:
        closed_case(town)
        path = town.app.store.files()[0]
        wrapped = [
            bytes(w) for (w,) in query(town, "SELECT wrapped FROM data_key WHERE wrapped_by LIKE 'case:%'")
        ]
        sealed = [bytes(s) for (s,) in query(town, "SELECT sealed FROM octets")]
        town.app.store.scrub()
        before = b"".join(file.read_bytes() for file in town.app.store.files())
        assert len(wrapped) > 5 and all(w in before for w in wrapped)
        town.now += timedelta(days=200)
        proof = wipe(town)
        assert proof.complete and proof.octets_scanned >= path.stat().st_size - 4096
        after = b"".join(file.read_bytes() for file in town.app.store.files())
        assert not [w for w in wrapped if w in after]
        assert not [s for s in sealed if s[:64] in after]
        for plain in (
            b"DUPONT",
            b"introuvable",
            b"virement",
            ZOE.encode(),
            CLAIRE.encode(),
            PDF[:60],
            b"dupont.pdf",
        ):
            assert plain not in before and plain not in after


def test_a_proof_finds_what_is_left(town, monkeypatch):
    """A rule that forgets a column: the proof says so, and is not complete."""
    case = closed_case(town)
    town.now += timedelta(days=200)
    lazy = tuple(
        r._replace(becomes={"text_sealed": None}) if r.table.name == "message" else r for r in erasure.OF_CASE
    )
    real = erasure._work
    monkeypatch.setattr(erasure, "OF_CASE", lazy)
    proof = wipe(town)
    assert proof.complete is False and proof.left == (
        f"{case.number}: message.author_sealed: {len(case.messages)} rows",
    )
    assert erasure._work is real


def test_a_late_answer_to_a_wiped_case_is_refused_kindly(town):
    """The address is a tombstone. Its writer is told, once a day, and what works instead; not whose case it was. Who is
    not registered learns nothing."""
    opened = town.open_case()
    notice = opened.to(CLAIRE)
    town.answer(ZOE, opened.to(ZOE), "clore oui")
    town.now += timedelta(days=200)
    assert wipe(town).complete
    for who, letter in ((CLAIRE, notice), (ZOE, opened.to(ZOE))):
        late = town.answer(who, letter, "Bonjour, il reste une question.\n")
        assert (late.disposition, late.rule) == ("handled", "wiped-case")
        assert late.sent() == [(who, "not-understood")]
        told = late.to(who)
        assert "a été effacé" in told.text and "Rien n'a été transmis" in told.text
        assert ("nouvelle demande" in told.text) is (who == ZOE)
        assert not re.search("DUPONT|bloquée depuis|2026-0", told.text + told.subject)
        assert told.subject == "[Administration+] Votre message"
        again = town.answer(who, letter, "Bonjour, je me permets d'insister.\n")
        assert (again.disposition, again.sent()) == ("handled", [])
    assert town.answer(STRANGER, notice, "Que devient cette dame ?\n").rule == "hold:stranger-on-case"
    assert town.case().state == "wiped"
    assert town.ledger()["balanced"] is True


def test_held_and_ignored_mail_goes_after_its_own_time(town):
    """A stranger's mail held on a case: thirty days, then ignored and empty; the case is untouched."""
    opened = town.open_case()
    held = town.answer(STRANGER, opened.to(CLAIRE), "Je voudrais le dossier.\n")
    assert held.disposition == "held"
    town.now += timedelta(days=29)
    assert wipe(town).mails == 0
    town.now += timedelta(days=3)
    proof = wipe(town)
    assert (proof.complete, proof.cases) == (True, ()) and proof.mails >= 1
    assert query(
        town, "SELECT disposition, reason, data_key FROM inbound WHERE id = :i", i=held.inbound_id
    ) == [("ignored", "expired", "")]
    assert query(
        town, "SELECT facts_sealed, effects_sealed FROM decision WHERE inbound_id = :i", i=held.inbound_id
    ) == [(None, None)]
    assert town.case().state == "open" and town.case().messages
    assert town.ledger()["balanced"] is True


def test_traces_go_after_a_year_and_the_ledger_still_balances(town):
    """Counters outlive the rows: received stays received."""
    closed_case(town)
    before = town.ledger()
    town.now += timedelta(days=200)
    assert wipe(town).complete
    town.now += timedelta(days=200)
    proof = wipe(town)
    assert proof.complete and proof.traces > 8
    assert query(town, "SELECT count(*) FROM inbound") == query(town, "SELECT count(*) FROM outbox") == [(0,)]
    assert query(town, "SELECT count(*) FROM attempt") == [(0,)]
    after = town.ledger()
    assert after["balanced"] is True
    moved = before["held"]
    assert {**before, "held": 0, "ignored": before["ignored"] + moved, "outbox": 0} == {**after, "outbox": 0}


def test_open_cases_are_never_wiped_under_people_s_hands(town):
    """Beyond their cap they are named; the lifecycle closes them."""
    town.open_case()
    number = town.case().number
    town.now += timedelta(days=740)
    proof = wipe(town)
    assert (proof.cases, proof.overdue) == ((), (number,))
    assert town.case().messages


def test_accounts_and_replaced_policies_go_after_their_time(town):
    """Two years without a word; a year after the next policy. Who is suspended stays known as that."""
    town.open_case()
    town.app.store.write(
        lambda c: c.execute(text("UPDATE person SET suspended = (1=1) WHERE terms_at IS NULL")) and None
    )
    people = query(town, "SELECT count(*) FROM person")[0][0]
    active = query(town, "SELECT count(*) FROM person WHERE NOT suspended")[0][0]
    assert active >= 1
    town.now += timedelta(days=729)
    assert wipe(town).accounts == 0
    town.now += timedelta(days=3)
    assert wipe(town).accounts == active
    assert query(town, "SELECT count(*) FROM person") == [(people - active,)]
    assert query(town, "SELECT count(*) FROM policy") == [(1,)]


def test_an_account_is_reminded_twice_before_it_ends(town):
    """122 days before the end and 31 days later, each once, with the day; one word keeps the account; who never wrote
    has none."""
    opened = town.open_case()
    town.answer(ZOE, opened.to(ZOE), "clore oui")
    end = datetime(2028, 3, 2, 9, 0, tzinfo=UTC)

    def told(at):
        town.now = at
        wipe(town)
        return [x for x in town.settle().letters if x.template == "account-ending"]

    assert told(end - timedelta(days=123)) == []
    (first,) = told(end - timedelta(days=122))
    assert (first.to, "2 mars 2028" in first.text) == (ZOE, True)
    assert told(end - timedelta(days=100)) == []
    (second,) = told(end - timedelta(days=91))
    assert "déjà demandé" in second.text and "2 mars 2028" in second.text
    assert told(end - timedelta(days=30)) == []
    kept = town.answer(ZOE, second, "Je le garde, merci.")
    assert kept.disposition == "handled"
    assert told(end + timedelta(days=1)) == []
    assert query(town, "SELECT count(*) FROM person WHERE last_active_at IS NOT NULL") == [(1,)]


def test_a_case_with_mail_on_the_wire_is_postponed(town):
    """Nothing is pulled from under the deliverer; the next run does it."""
    case = closed_case(town)
    town.now += timedelta(days=200)
    mark = "UPDATE outbox SET state = '{}' WHERE id = (SELECT min(id) FROM outbox WHERE case_id = :c)"
    hold = (
        "ALTER TABLE outbox DISABLE TRIGGER outbox_final"
        if town.app.store.dialect != "sqlite"
        else "DROP TRIGGER outbox_final"
    )
    town.app.store.write(
        lambda c: (c.execute(text(hold)), c.execute(text(mark.format("leased")), {"c": case.id})) and None
    )
    proof = wipe(town)
    assert (proof.cases, proof.postponed) == ((), (case.number,))
    assert town.case().messages
    town.app.store.write(lambda c: c.execute(text(mark.format("sent")), {"c": case.id}) and None)
    assert wipe(town).cases == (case.number,)
    if town.app.store.dialect != "sqlite":
        town.app.store.write(
            lambda c: c.execute(text("ALTER TABLE outbox ENABLE TRIGGER outbox_final")) and None
        )


def test_the_wipe_of_one_case_leaves_the_others_readable(town):
    """Keys, mails, files of another case of the same people."""
    first = closed_case(town)
    town.now += timedelta(days=150)
    town.open_case("Autre dossier.", to="lot+cpam@aplus.example")
    second = town.case()
    assert (
        second.number != first.number
        and second.party("CPAM")
        and AURELIE in {p.address for p in second.participants}
    )
    town.now += timedelta(days=50)
    assert wipe(town).cases == (first.number,)
    again = town.case(second.number)
    assert again.messages == second.messages and again.participants == second.participants
    assert town.case(first.number).state == "wiped"


def test_killed_between_two_cases_the_next_run_does_the_rest(tmp_path, monkeypatch):
    """Each case is one transaction."""
    with open_town(tmp_path) as town:
        closed_case(town)
        town.now += timedelta(days=1)
        closed_case(town)
        town.now += timedelta(days=200)
        real, calls = Store.write, []

        def dying(self, unit):
            calls.append(1)
            if len(calls) == 2:
                raise KeyboardInterrupt
            return real(self, unit)

        monkeypatch.setattr(Store, "write", dying)
        with pytest.raises(KeyboardInterrupt):
            wipe(town)
        monkeypatch.undo()
        assert sorted(s for (s,) in query(town, 'SELECT state FROM "case"')) == ["closed", "wiped"]
        proof = wipe(town)
        assert len(proof.cases) == 1 and proof.complete
        assert town.app.store.read(ledger)["balanced"] is True
