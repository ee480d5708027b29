"""`ledger`, `db`, `audit`: exit codes, standard output and standard error, beside a running service."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text

from mailrouter.cli import main
from mailrouter.core.model import Envelope, Mail
from mailrouter.store import audit, inbox
from mailrouter.store.engine import Store
from mailrouter.store.keys import init_keys

NOW = datetime(2026, 3, 12, 9, 0, tzinfo=UTC)


@pytest.fixture
def config(tmp_path, database_url):
    """A configuration directory of a database, and its keys."""
    folder = tmp_path / "config"
    folder.mkdir()
    init_keys(tmp_path / "keys" / "address", tmp_path / "keys" / "master", date(2026, 3, 1))
    (folder / "mailrouter.yaml").write_text(
        "domain: aplus.example\n"
        f"database: {database_url}\n"
        "secrets: { address_key_file: keys/address, master_key_file: keys/master }\n"
    )
    return folder


@pytest.fixture
def run(config, capsys):
    def command(*args):
        with pytest.raises(SystemExit) as ended:
            raise SystemExit(main([*args, "--config", str(config)]))
        shown = capsys.readouterr()
        return ended.value.code, shown.out, shown.err

    return command


def accept(store, sealer, n):
    envelope = Envelope(mail_from="a@b", rcpt_to=("lot@x",), door="smtp", received_at=NOW)
    mail = Mail(envelope=envelope, octets=b"Subject: %d\r\n\r\n" % n)
    return store.write(lambda conn: inbox.accept(conn, sealer, mail)).inbound_id


def test_ledger_is_the_interface_s_json_and_nothing_else(run, store, sealer):
    """Counted while the service has the database open."""
    ids = [accept(store, sealer, n) for n in (1, 2, 2)]
    store.write(lambda conn: inbox.set_disposition(conn, ids[0], "opened", case_id="c"))
    code, out, err = run("ledger", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out) == {
        "received": 3,
        "opened": 1,
        "attached": 0,
        "handled": 0,
        "held": 0,
        "ignored": 0,
        "duplicate": 1,
        "pending": 1,
        "balanced": True,
        "outbox": {"queued": 0, "sent": 0, "failed": 0, "unknown": 0},
    }
    assert (
        list(json.loads(out))[:8] == "received opened attached handled held ignored duplicate pending".split()
    )


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("DELETE FROM inbound", "pending: counted 2, rows 0"),
        ("UPDATE inbound SET disposition = 'held'", "held: counted 0, rows 2"),
        ("UPDATE counter SET value = value + 1 WHERE name LIKE 'ledger:received:%'", "received"),
    ],
)
def test_a_ledger_that_does_not_balance_says_where_and_ends_with_1(run, store, sealer, damage, said):
    """Whatever moved without its counter."""
    for n in range(2):
        accept(store, sealer, n)
    store.write(lambda conn: conn.execute(text(damage)) and None)
    code, out, err = run("ledger", "--json")
    assert (code, json.loads(out)["balanced"]) == (1, False)
    assert said in err
    code, out, err = run("ledger")
    assert code == 1 and "balanced   False" in out and said in err


def test_db_tells_and_makes_the_schema(run, store):
    """Upgraded: nothing to do. Not upgraded: says what to run."""
    assert run("db", "check") == (0, "0001, as needed\n", "")
    assert run("db", "upgrade") == (0, "0001, nothing to do\n", "")
    store.write(lambda conn: conn.execute(text("DROP INDEX inbound_claim")) and None)
    code, out, err = run("db", "check")
    assert (code, out) == (1, "") and "inbound_claim" in err
    store.write(lambda conn: conn.execute(text("DELETE FROM alembic_version")) and None)
    code, out, err = run("db", "check")
    assert (code, err) == (1, "schema empty, this version needs 0001: run `mailrouter db upgrade`\n")
    store.write(lambda conn: conn.execute(text("INSERT INTO alembic_version VALUES ('0001')")) and None)
    index = "CREATE INDEX inbound_claim ON inbound (disposition, received_at, id)"
    store.write(lambda conn: conn.execute(text(index)) and None)
    assert run("db", "check")[0] == 0


def test_db_upgrade_makes_an_empty_database_ready(tmp_path, config, run):
    """The first start."""
    (config / "mailrouter.yaml").write_text(
        f"domain: x.example\ndatabase: sqlite:///{tmp_path}/new.sqlite3\n"
    )
    assert run("db", "upgrade") == (0, "empty -> 0001\n", "")
    assert run("db", "check")[0] == 0
    assert Store.open(f"sqlite:///{tmp_path}/new.sqlite3").read(audit.verify) is None


def test_audit_verify_tells_whether_and_where(run, store):
    """A whole chain, then one entry missing at its end."""
    assert run("audit", "verify") == (0, "0 entries, the chain holds\n", "")
    for n in range(3):
        store.write(
            lambda conn, n=n: audit.append(conn, "op", "break-glass", str(n), "asked by the dpo", NOW)
        )
    assert run("audit", "verify") == (0, "3 entries, the chain holds\n", "")

    code, out, _ = run("audit", "list", "--about", "1", "--json")
    (entry,) = json.loads(out)
    assert (code, entry["seq"], entry["who"], entry["reason"]) == (0, 2, "op", "asked by the dpo")
    code, out, _ = run("audit", "list", "--since", "2026-03-01")
    assert (code, out.count("break-glass")) == (0, 3)
    assert run("audit", "list", "--since", "2099-01-01", "--json")[1].strip() == "[]"
    assert run("audit", "list", "--since", "gestern")[0] == 2

    def cut(conn):
        if store.dialect == "sqlite":
            conn.execute(text("DROP TRIGGER audit_no_delete"))
        else:
            conn.execute(text("SET LOCAL session_replication_role = replica"))
        conn.execute(text("DELETE FROM audit WHERE seq = 3"))

    store.write(cut)
    assert run("audit", "verify") == (1, "", "mailrouter audit: the chain breaks at entry 3\n")


@pytest.mark.parametrize("command", [("ledger", "--json"), ("db", "check"), ("audit", "verify")])
def test_what_cannot_be_used_says_why_and_ends_with_1(tmp_path, config, run, command):
    """A faulty configuration, a database that does not answer, one without the schema: no traceback."""
    (config / "mailrouter.yaml").write_text("domain: x.example\ndatabase: nonsense://x\n")
    code, out, err = run(*command)
    assert (code, out) == (1, "") and "mailrouter.yaml:2:" in err
    (config / "mailrouter.yaml").write_text(
        "domain: x.example\ndatabase: postgresql://nobody@127.0.0.1:1/x\n"
    )
    code, out, err = run(*command)
    assert (code, out) == (1, "") and "the database does not do it" in err and "Traceback" not in err
    (config / "mailrouter.yaml").write_text(f"domain: x.example\ndatabase: sqlite:///{tmp_path}/e.sqlite3\n")
    code, out, err = run(*command)
    assert (code, out) == (1, "") and "Traceback" not in err and err


def test_backup_and_restore_as_an_operator_does_it(tmp_path, config, run, store, sealer):
    """Beside the running service, into a new database; the restore stands in the log."""
    accept(store, sealer, 1)
    code, out, err = run("backup", str(tmp_path / "b"))
    assert (code, err) == (0, "") and out.endswith(f"in {tmp_path}/b\n")
    code, out, err = run("restore", str(tmp_path / "b"))
    assert (code, out) == (1, "") and "not empty" in err
    (config / "mailrouter.yaml").write_text(
        f"domain: x.example\ndatabase: sqlite:///{tmp_path}/new.sqlite3\n"
    )
    code, out, err = run("restore", str(tmp_path / "b"))
    assert code == 0 and "tables" in out and "privacy wipe" in err
    assert json.loads(run("ledger", "--json")[1])["received"] == 1
    assert run("audit", "verify") == (0, "1 entries, the chain holds\n", "")
    code, out, err = run("backup", str(config))
    assert (code, out) == (1, "") and "Is a directory" in err
