"""The operators' digest: strangers and held mail, once a day when there is something, addresses, sizes and reasons only."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace
from sqlalchemy import delete, update
from town import CLAIRE, OPERATOR, STRANGER, ZOE

from mailrouter.core.decide.senders.operating import OPERATORS, next_at
from mailrouter.core.policy.directory import Directory
from mailrouter.store import holding, pending
from mailrouter.store.casebook.view import DUE
from mailrouter.store.leases import Round
from mailrouter.store.rows import rows
from mailrouter.store.tables import Inbound, Octets
from mailrouter.worker import Worker

DIGEST = (OPERATOR, OPERATORS)
INBOUND, OCTETS = rows(Inbound), rows(Octets)


@pytest.fixture
def town(any_town):
    """On each kind of database."""
    return any_town


def a_day(town):
    """Two mails of a stranger, a forged one, and one that an agent must say more about."""
    opened = town.open_case()
    town.write(STRANGER, "lot@aplus.example", "Dossier de Mme Secret", "Mot caché.", name="Camille Curieux")
    town.write(STRANGER, "lot@aplus.example", "Encore Secret", "Mot caché deux.", name="Camille Curieux")
    forged = town.answer(ZOE, opened.to(ZOE), "Mot caché trois.", aligned=False)
    town.answer(CLAIRE, opened.to(CLAIRE), "Note interne - mot caché quatre")
    return opened, forged


def digests(outcome):
    return [x for x in outcome.letters if (x.to, x.template) == DIGEST]


def test_one_mail_the_next_morning_with_addresses_sizes_and_reasons(town):
    """Tuesday, 8 o'clock in Paris: counts, the stranger's address, the held mail and how to act; no word of any mail."""
    _, forged = a_day(town)
    assert not digests(town.pass_time(hours=20))
    (digest,) = digests(town.pass_time(hours=3))
    assert digest.message["Date"].datetime == datetime(2026, 3, 3, 8, tzinfo=ZoneInfo("Europe/Paris"))
    assert STRANGER in digest.text and "2, " in digest.text
    assert forged.inbound_id in digest.text and "mailrouter held show" in digest.text
    assert "Adresse inscrite, sans preuve d'origine" in digest.text
    whole = digest.raw.decode() + digest.text + digest.html + digest.subject
    for word in ("caché", "Secret", "Camille", "Curieux", "note interne"):
        assert word not in whole
    assert digest.message["Auto-Submitted"] == "auto-generated" and digest.message["Reply-To"] is None


def test_nothing_new_is_no_mail_and_what_waits_is_told_again_in_a_week(town):
    """Days without anything bring nothing; while mail waits, once a week; when it is dropped, never again."""
    _, forged = a_day(town)
    assert len(digests(town.pass_time(days=1))) == 1
    assert not digests(town.pass_time(days=6))
    (again,) = digests(town.pass_time(days=1))
    assert forged.inbound_id in again.text and STRANGER not in again.text
    store, now = town.app.store, town.now
    store.write(lambda c: holding.drop(c, forged.inbound_id, "op", "faux", now, until=now))
    assert not digests(town.pass_time(days=21))


def test_a_quiet_service_sends_none(town):
    """Cases come and go without a stranger: the operators hear nothing."""
    opened = town.open_case()
    town.answer(CLAIRE, opened.to(CLAIRE), "Voici la réponse complète à la question.")
    assert not digests(town.pass_time(days=8))


def test_after_downtime_there_is_one(town):
    """Nine days off: one digest, of everything, not nine."""
    a_day(town)
    town.now += timedelta(days=9)
    assert len(digests(town.settle())) == 1
    assert not digests(town.pass_time(days=1))


def test_several_nodes_send_one(town):
    """A node that claims while another has it finds nothing; one that died before it could say so sends none again."""
    a_day(town)
    town.now += timedelta(days=1)
    worker = town.app.worker
    own = {f.name: getattr(worker, f.name) for f in fields(Worker) if f.init}
    other = Worker(**{**own, "name": "other"})
    claims = [town.run(worker.tick()), town.run(other.tick())]
    assert claims == [1, 0]
    again = update(DUE).where(DUE.c.kind == OPERATORS).values(done_at=None, leased_until=None)
    first = update(DUE).where(DUE.c.kind == OPERATORS, DUE.c.at > town.now).values(done_at=town.now)
    town.app.store.write(lambda c: (c.execute(again), c.execute(first)))
    assert town.run(other.tick()) == 1
    assert len(digests(town.settle())) == 1


def test_a_fault_of_ours_is_told_too(town, monkeypatch):
    """A mail that no node can decide is held with its traceback: no decision was made, the digest tells it all the same."""

    def broken(octets, body="message"):
        raise ValueError("boom")

    monkeypatch.setattr(town.app.worker.readers, "read", broken)
    lost = town.write(ZOE, "lot@aplus.example", "APL", "Bonjour")
    for _ in range(8):
        town.now += timedelta(hours=2)
        town.settle()
    assert town.ledger()["held"] == 1
    (digest,) = digests(town.pass_time(days=1))
    assert lost.inbound_id in digest.text and "Erreur du service" in digest.text


def killed_each_time(town, inbound_id):
    """Its worker died with it, as often as it may: all that is left is a lease that ran out."""
    tired = {"tries": pending.TRIES, "leased_until": town.now, "leased_by": "dead"}
    return update(INBOUND).where(INBOUND.c.id == inbound_id).values(**tired)


def octets_gone(_town, inbound_id):
    """A damaged database: there is nothing to open."""
    return delete(OCTETS).where(OCTETS.c.id == inbound_id)


@pytest.mark.parametrize("harm", [killed_each_time, octets_gone])
def test_a_mail_set_aside_while_it_is_claimed_is_told_too(town, monkeypatch, harm):
    """No worker gets to decide it: it is held at the claim, the rest goes on, and the operators hear of it by morning."""
    monkeypatch.setattr(town.app.worker.mail, "handle_next", _nothing)
    lost = town.write(ZOE, "lot@aplus.example", "APL", "Bonjour")
    monkeypatch.undo()
    town.app.store.write(lambda c: c.execute(harm(town, lost.inbound_id)))
    town.settle()
    assert town.ledger()["held"] == 1
    (digest,) = digests(town.pass_time(days=1))
    assert lost.inbound_id in digest.text and "Erreur du service" in digest.text


async def _nothing():
    return Round()


def test_day_and_hour_are_the_operators_own(town):
    """`daily` is each business day, in the service's time; a weekday is that day. Later than now, whatever the clock does."""
    paris, policy = ZoneInfo("Europe/Paris"), town.app.office.directory.policy

    def at(now, **timing):
        directory = Directory.of(replace(policy, timing=replace(policy.timing, **timing)))
        return next_at(directory, now).astimezone(paris)

    friday = datetime(2026, 4, 3, 8, tzinfo=paris)
    assert at(friday) == datetime(2026, 4, 7, 8, tzinfo=paris), "over Easter Monday"
    assert at(friday - timedelta(seconds=1)) == friday
    wednesday = datetime(2026, 4, 8, 17, tzinfo=paris)
    assert at(friday, operators_digest_day=2, operators_digest_hour=17) == wednesday
    spring = datetime(2026, 3, 27, 9, tzinfo=paris)
    assert at(spring) == datetime(2026, 3, 30, 8, tzinfo=paris), "over the change of the clock"
