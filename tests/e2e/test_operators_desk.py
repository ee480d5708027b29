"""The operators' desk: held mail and cases from the command line, beside the service, and what becomes of each act."""

from __future__ import annotations

import json
import os
import pwd
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from town import CLAIRE, STRANGER, ZOE
from town import town as make_town

from mailrouter.cli import main
from mailrouter.cli.held import _NOT_BY_RELEASE
from mailrouter.store import audit

NEW = "nina.costa@caf46.example"
FORGED = "Prénom : Marie\nNom : DUPONT\nDate de naissance : 03/04/1961\nMandat : oui\nj'accepte\n\nSecret de Marie."


@pytest.fixture
def desk(tmp_path, monkeypatch, capsys):
    """(a town on today's clock, `run(*arguments)` giving exit code, output and messages of a command)."""
    monkeypatch.setenv("MAILROUTER_TRANSPORT__KIND", "memory")
    with make_town(tmp_path, at=datetime.now(UTC)) as town:

        def run(*arguments: str) -> tuple[int, str, str]:
            capsys.readouterr()
            with pytest.raises(SystemExit) as ended:
                raise SystemExit(main([*arguments, "--config", str(town.app.config_dir)]))
            town.now = datetime.now(UTC)
            shown = capsys.readouterr()
            return ended.value.code or 0, shown.out, shown.err

        yield town, run


def test_held_mail_is_seen_without_content_and_released(desk):
    """list, show, show with the glass broken, release: the mail opens its case, and every act is in the audit log."""
    town, run = desk
    held = town.write(ZOE, "lot+caf@aplus.example", "Objet de Marie", FORGED, aligned=False)
    assert held.rule == "hold:unaligned"
    code, out, _ = run("held", "list", "--json")
    (row,) = json.loads(out)
    assert (code, row["inbound_id"], row["reason"]) == (0, held.inbound_id, "unaligned")
    code, out, _ = run("held", "show", held.inbound_id[:6])
    assert code == 0 and "unaligned" in out and "Secret" not in out and "Objet" not in out
    code, out, _ = run("held", "show", held.inbound_id, "--break-glass", "vérifier une plainte")
    assert "Secret de Marie." in out and "Objet de Marie" in out
    code, _, err = run(
        "held", "release", held.inbound_id[:8], "--as", "olga", "--reason", "appelée au téléphone"
    )
    assert (code, err.split()[:2]) == (0, ["release:", held.inbound_id])
    assert f"mailrouter explain {held.inbound_id}" in err
    assert (CLAIRE, "new-case-agent") in town.settle().sent()
    assert run("held", "list", "--json")[1].strip() == "[]"
    acts = [(entry.who, entry.act) for entry in town.app.store.read(audit.entries)]
    assert ("olga", "held-release") in acts and any(act == "break-glass" for _, act in acts)
    assert run("audit", "verify")[0] == 0 and run("ledger")[0] == 0


def test_dropped_and_retried(desk):
    """drop ends it as ignored; retry decides again what a changed routing lets in; neither works twice."""
    town, run = desk
    first = town.write(STRANGER, "lot@aplus.example", "x", "Bonjour", aligned=False)
    code, _, _ = run("held", "drop", first.inbound_id)
    assert code == 0
    code, _, err = run("held", "drop", first.inbound_id)
    assert code == 1 and "no held mail" in err and "held list" in err
    second = town.write(STRANGER, "lot@aplus.example", "y", "Bonjour bis", aligned=False)
    assert run("held", "retry", second.inbound_id)[0] == 0
    assert {template for _, template in town.settle().sent()} == {"operators-notice"}
    assert json.loads(run("ledger", "--json")[1])["ignored"] == 1
    assert json.loads(run("held", "list", "--json")[1])[0]["inbound_id"] == second.inbound_id


def test_cases_and_explain_without_content(desk):
    """Number, state, next act and reasons; the aidant's words only when the glass is broken, with a reason."""
    town, run = desk
    town.open_case("Secret de la famille.")
    number = town.case().number
    code, out, _ = run("cases", "list")
    assert code == 0 and number in out and "CAF new" in out and "remind" in out
    for command in (("cases", "show", number), ("explain", number)):
        code, out, _ = run(*command)
        assert code == 0 and number in out and "Secret" not in out and "DUPONT" not in out
    code, out, _ = run("cases", "show", number, "--break-glass", "contrôle")
    assert "Secret de la famille." in out
    code, _, err = run("cases", "show", "2026-999999-9")
    assert code == 1 and "no case 2026-999999-9" in err


def test_the_beginning_of_an_id_or_a_number_is_enough(desk):
    """`explain`, `cases show` and `held` take it as long as only one begins so; else they say which do, and the audit
    log names the whole."""
    town, run = desk
    town.open_case("Secret de la famille.")
    number = town.case().number
    held = town.write(ZOE, "lot+caf@aplus.example", "x", FORGED, aligned=False)
    whole = run("explain", held.inbound_id)
    assert whole[0] == 0 and run("explain", held.inbound_id[:10].upper()) == whole
    outbox_id = next(iter(town.app.worker.transport.delivered))
    assert run("explain", outbox_id[:12]) == run("explain", outbox_id)
    assert run("explain", number[:-2]) == run("explain", number)
    assert run("cases", "show", number[:-1]) == run("cases", "show", number)
    assert run("explain", number[:-2], "--break-glass", "plainte")[0] == 0
    assert number in {e.object for e in town.app.store.read(audit.entries) if e.act == "break-glass"}
    town.open_case("Une autre.")
    for command in ("cases", "show"), ("explain",):
        code, out, err = run(*command, "2026-0")
        assert (code, out) == (1, "") and "several begin with 2026-0: " in err and number in err
    others = [town.write(ZOE, "lot+caf@aplus.example", "x", f"{FORGED}{n}", aligned=False) for n in range(17)]
    first = next(x for x in "0123456789abcdef" if sum(o.inbound_id[0] == x for o in [held, *others]) > 1)
    code, _, err = run("held", "drop", first)
    assert code == 1 and f"several begin with {first}: " in err
    assert run("explain", "abc")[0] == run("explain", "ffff0000")[0] == 1


def test_a_release_that_would_change_nothing_says_what_to_do(desk):
    """A release says who wrote; a stranger's mail, or a suspended person's, is held for something else."""
    town, run = desk
    opened = town.open_case()
    curious = town.write(STRANGER, opened.to(CLAIRE).reply_to, "x", "Que devient cette dame ?")
    assert curious.rule == "hold:stranger-on-case"
    code, _, err = run("held", "release", curious.inbound_id[:8])
    assert code == 1 and "directory import" in err and "held retry" in err
    assert run("directory", "suspend", CLAIRE)[0] == 0
    silenced = town.answer(CLAIRE, opened.to(CLAIRE), "Le droit est rétabli.")
    assert silenced.rule == "hold:suspended"
    code, _, err = run("held", "release", silenced.inbound_id)
    assert code == 1 and "suspend ADDRESS --undo" in err
    assert {entry.act for entry in town.app.store.read(audit.entries)}.isdisjoint({"held-release"})
    assert run("directory", "suspend", CLAIRE, "--undo")[0] == 0
    assert run("held", "retry", silenced.inbound_id)[0] == 0
    assert (ZOE, "answer") in town.settle().sent()


def test_a_new_member_is_let_into_the_open_cases(desk):
    """A line in the files brings new cases only; `directory join` the open ones, once, with its entry in the audit log."""
    town, run = desk
    opened = town.open_case()
    assert run("directory", "join", NEW)[0] == 1
    routing = town.app.config_dir / "routing"
    people, lot = routing / "people.yaml", routing / "territories" / "46-lot.yaml"
    people.write_text(people.read_text() + f"\n  - {{ address: {NEW}, name: Nina Costa }}\n")
    lot.write_text(lot.read_text().replace(f"[{CLAIRE}, ", f"[{CLAIRE}, {NEW}, "))
    assert town.app.reload() == ()
    assert town.settle().sent() == [(NEW, "welcome")]
    assert NEW not in dict(town.answer(ZOE, opened.to(ZOE), "Une précision.").sent())
    code, _, err = run("directory", "join", NEW.upper(), "--as", "olga", "--reason", "arrivée")
    assert (code, err.strip()) == (0, f"joins: {NEW}; 1 open cases")
    joined = town.settle()
    assert joined.sent() == [(NEW, "new-case-agent")]
    assert "Une précision." in joined.to(NEW).text
    assert NEW in dict(town.answer(ZOE, opened.to(ZOE), "Une autre.").sent())
    assert run("directory", "join", NEW)[0] == 0 and town.settle().sent() == []
    assert run("directory", "join", ZOE)[0] == 1, "helpers join by invitation"
    logged = [(e.who, e.reason) for e in town.app.store.read(audit.entries) if e.act == "member-joins"]
    assert logged[0] == ("olga", "arrivée")


_ON_THE_DATABASE = """cases list|cases show 2026-000001-K|held list|held show x|held release x|held retry x|held drop x
ledger|audit list|audit verify|keys list|keys rewrap|explain x|stats|directory welcome --everyone|directory terms
directory join a@b.example|privacy find Diop|privacy wipe|backup b.sqlite3""".replace("\n", "|").split("|")


@pytest.mark.parametrize("command", _ON_THE_DATABASE)
def test_before_there_is_a_database_each_command_says_what_to_run(tmp_path, monkeypatch, capsys, command):
    """An empty database, as after a mistyped `database:`: one line and exit 1, and nothing is made of it."""
    config = tmp_path / "config"
    shutil.copytree(Path(__file__).parents[2] / "config", config)
    monkeypatch.setenv("MAILROUTER_DATABASE", f"sqlite:///{tmp_path}/none.sqlite3")
    monkeypatch.chdir(tmp_path)
    for arguments, code in (("keys init", 0), (command, 1)):
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            raise SystemExit(main([*arguments.split(), "--config", str(config)]))
        assert (ended.value.code or 0) == code
    shown = capsys.readouterr()
    assert shown.out == "" and "run `mailrouter db upgrade`" in shown.err, shown.err
    assert not (tmp_path / "b.sqlite3").exists()


def test_key_files_are_made_once(desk):
    """`keys init` makes what is absent, for its owner alone, and never touches a key that is there."""
    town, run = desk
    files = town.app.settings.secrets
    kept = files.address_key_file.read_bytes()
    files.master_key_file.unlink()
    code, _, err = run("keys", "init")
    assert code == 0 and str(files.master_key_file) in err and str(files.address_key_file) not in err
    assert files.master_key_file.stat().st_mode & 0o777 == 0o600
    assert files.address_key_file.read_bytes() == kept
    made = files.master_key_file.read_bytes()
    assert run("keys", "init")[0] == 0
    assert files.master_key_file.read_bytes() == made
    files.master_key_file.write_text("nothing of a key\n")
    code, out, err = run("keys", "list")
    assert (code, out) == (1, "") and str(files.master_key_file) in err


def test_keys_are_renewed(desk):
    """A new address key and a new master key: addresses in use stay known, what is sealed is readable, and the old master
    key wraps nothing once all is wrapped anew. No key is ever shown."""
    town, run = desk
    opened = town.open_case("Secret de la famille.")
    number = town.case().number

    def listed():
        return {(k["kind"], k["id"]): k for k in json.loads(run("keys", "list", "--json")[1])}

    assert set(listed()) == {("address", "1"), ("master", "1")}
    assert run("keys", "new", "address", "--reason", "yearly")[0] == 0
    code, _, err = run("keys", "new", "master", "--as", "olga")
    assert code == 0 and "restart" in err and "rewrap" in err
    before = listed()
    assert before["address", "1"]["current"] == "no" and before["address", "1"]["known until"] != "-"
    assert before["master", "1"]["wraps"] > 0 and before["master", "2"]["wraps"] == 0
    assert run("keys", "rewrap")[0] == 0
    after = listed()
    assert after["master", "1"]["wraps"] == 0
    assert after["master", "2"]["wraps"] == before["master", "1"]["wraps"]
    assert after["master", "2"]["current"] == "yes"
    assert "Secret de la famille." in run("cases", "show", number, "--break-glass", "contrôle")[1]
    secrets = town.app.settings.secrets
    file = secrets.master_key_file.read_text()
    secrets.master_key_file.write_text("".join(x for x in file.splitlines(True) if not x.startswith("1 ")))
    assert "Secret de la famille." in run("cases", "show", number, "--break-glass", "sans l'ancienne clé")[1]
    assert opened.to(CLAIRE).reply_to.partition("@")[0].startswith("cas-1")
    acts = [(e.who, e.act, e.object) for e in town.app.store.read(audit.entries) if e.act.startswith("key")]
    assert ("olga", "key-new", "master:2") in acts and acts[-1][1:] == ("keys-rewrapped", "master:2")
    for line in file.splitlines():
        assert line.split()[-1] not in run("keys", "list")[1]


def test_every_reason_that_a_release_does_not_lift_is_one():
    """The table of `held release` names reasons that there are; one renamed in the decision would slip through."""
    templates = Path(__file__).parents[2] / "templates/fr/words.j2"
    known = re.findall(r'^  "([a-z-]+)":', templates.read_text("utf-8"), re.MULTILINE)
    for beginning, _ in _NOT_BY_RELEASE:
        assert any(reason.startswith(beginning.rstrip(":")) for reason in known), beginning


def test_who_reads_content_stands_in_the_audit_log(desk, monkeypatch):
    """The account, and behind sudo who called it; a LOGNAME that somebody sets says nothing."""
    town, run = desk
    town.open_case("Secret de la famille.")
    number = town.case().number
    monkeypatch.setenv("LOGNAME", "somebody-else")
    monkeypatch.setenv("SUDO_USER", "alice")
    assert run("cases", "show", number, "--break-glass", "contrôle")[0] == 0
    assert run("explain", number, "--break-glass", "plainte 12")[0] == 0
    account = pwd.getpwuid(os.getuid()).pw_name
    logged = [
        (e.who, e.object, e.reason) for e in town.app.store.read(audit.entries) if e.act == "break-glass"
    ]
    assert logged == [
        (f"alice ({account})", number, "contrôle"),
        (f"alice ({account})", number, "plainte 12"),
    ]
