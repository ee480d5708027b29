"""Data-subject requests, as an operator makes them: find, export, erase, incident; each stands in the audit log."""

from __future__ import annotations

import json
import os
import zipfile

import pytest
from sqlalchemy import text
from town import CAF_BOX, CLAIRE, JULIEN, ZOE
from town import town as open_town

from mailrouter.cli import main
from mailrouter.cli.archive import write_archive
from mailrouter.core.casenumber import format_number
from mailrouter.store import audit
from mailrouter.store.usager import Export

PDF = b"%PDF-1.4 " + os.urandom(3000)


@pytest.fixture(params=["sqlite", "postgresql"])
def town(request, tmp_path):
    """A town on each database, with two cases of Marie DUPONT and one of another Marie."""
    url = "" if request.param == "sqlite" else request.getfixturevalue("postgresql_url")
    with open_town(tmp_path, url) as place:
        nir = "NIR : 2 61 04 75 116 002 66\n"
        place.open_case(
            f"Premier dossier, caravane.\n{nir}", files=[("avis dupont.pdf", PDF, "application/pdf")]
        )
        place.open_case("Second dossier.", to="lot+cpam@aplus.example")
        other = "Prénom : Marie\nNom : DURANT\nDate de naissance : 12/11/1984\nMandat : oui\n"
        place.write(ZOE, "lot+caf@aplus.example", "Autre", f"Bonjour,\n{other}Merci\n")
        yield place


@pytest.fixture
def run(town, capsys, monkeypatch):
    if town.app.store.dialect == "postgresql":
        monkeypatch.setenv(
            "MAILROUTER_DATABASE", town.app.store.engine.url.render_as_string(hide_password=False)
        )

    def command(*args):
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            raise SystemExit(main(["privacy", *args, "--config", str(town.app.config_dir)]))
        shown = capsys.readouterr()
        return ended.value.code or 0, shown.out, shown.err

    return command


def query(town, sql):
    return [tuple(r) for r in town.app.store.read(lambda c: c.execute(text(sql)).all())]


def numbers(town):
    return [n for (n,) in query(town, 'SELECT number FROM "case" ORDER BY number')]


def found(run, *words):
    code, out, err = run("find", *words, "--json")
    assert err == "" and (code == 0) == bool(json.loads(out))
    return [one["number"] for one in json.loads(out)]


def test_find_takes_names_days_and_identifiers_as_people_write_them(town, run):
    """All words must agree, each in a field; a part of a name is not the name."""
    first, second, other = numbers(town)
    assert found(run, "dupont") == [first, second]
    assert found(run, "Marie DUPONT") == [first, second]
    assert found(run, "marie") == [first, second, other]
    assert found(run, "Dupont", "03/04/1961") == found(run, "dupont", "1961-04-03") == [first, second]
    assert found(run, "durant", "12.11.1984") == [other]
    assert found(run, "2", "61", "04", "75", "116", "002") == found(run, "26104751160 02") == [first]
    assert found(run, "dup") == found(run, "dupont", "12/11/1984") == found(run, "?") == []
    assert found(run, "caravane") == []
    assert found(run, "caravane", "--deep") == found(run, "avis", "dupont", "--deep") == [first]


def test_find_shows_no_content_and_is_logged(town, run):
    """Which fields agree, not what they say."""
    code, out, err = run("find", "dupont", "1961-04-03")
    assert code == 0 and "naissance" in out and "1961" not in out and "DUPONT" not in out
    assert query(town, "SELECT act, object, reason FROM audit") == [
        ("privacy-find", "", "data-subject request")
    ]
    assert town.app.store.read(audit.verify) is None


def test_export_gives_everything_in_one_private_file(town, run, tmp_path):
    """Fields, messages, history, who received what, and the files, whose names are data only."""
    first, second, _ = numbers(town)
    archive = tmp_path / "out.zip"
    code, out, _ = run("export", "dupont", "03/04/1961", "--to", str(archive), "--reason", "lettre du 2 mars")
    assert (code, out) == (0, "") and archive.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(archive) as content:
        assert sorted(content.namelist()) == [
            f"{first}/case.json",
            f"{first}/files/01-avis dupont.pdf",
            f"{second}/case.json",
        ]
        assert content.read(f"{first}/files/01-avis dupont.pdf") == PDF
        case = json.loads(content.read(f"{first}/case.json"))
    assert {"nom": "DUPONT", "naissance": "1961-04-03"}.items() <= {
        f["name"]: f["value"] for f in case["fields"]
    }.items()
    assert "caravane" in case["messages"][0]["text"] and case["creator"] == ZOE
    assert {CLAIRE, CAF_BOX} <= {one["recipient"] for one in case["received"]}
    assert [o for (o,) in query(town, "SELECT object FROM audit WHERE act = 'privacy-export'")] == [
        first,
        second,
    ]
    assert os.listdir(tmp_path).count("out.zip") == 1 and not [
        n for n in os.listdir(tmp_path) if n.endswith(".part")
    ]


def test_erase_needs_to_know_who_is_meant(town, run):
    """A name alone may be several people's; nothing is touched."""
    code, out, err = run("erase", "dupont")
    assert (code, out) == (2, "") and "birth date" in err
    code, out, err = run("erase", "dupont", "12/11/1984")
    assert (code, out) == (1, "") and "no case" in err
    code, out, err = run("erase", format_number(2026, 999999))
    assert (code, out) == (1, "") and "no case 2026-999999" in err
    assert {s for (s,) in query(town, 'SELECT state FROM "case"')} <= {"open", "incomplete"}


def test_erase_erases_that_person_s_cases_and_proves_it(town, run):
    """At once, whatever their state; who has copies in a mailbox is named, for they must be asked."""
    first, second, other = numbers(town)
    code, out, _ = run("erase", "dupont", "03/04/1961", "--dry-run", "--json")
    assert code == 0 and json.loads(out)["cases"] == [first, second] and json.loads(out)["dry_run"] is True
    assert query(town, "SELECT count(*) FROM \"case\" WHERE state = 'wiped'") == [(0,)]
    code, out, _ = run("erase", "dupont", "03/04/1961", "--json", "--reason", "demande du 3 mars")
    proof = json.loads(out)
    assert (code, proof["cases"], proof["left"], proof["complete"]) == (0, [first, second], [], True)
    assert {CLAIRE, JULIEN, CAF_BOX} <= set(proof["copies"]) and proof["keys"] > 10
    assert town.case(first).state == town.case(second).state == "wiped"
    assert town.case(other).state != "wiped" and town.case(other).fields
    assert found(run, "dupont", "--deep") == []
    acts = query(town, "SELECT object, reason FROM audit WHERE act = 'privacy-erase' ORDER BY seq")
    assert acts == [(first, "demande du 3 mars"), (second, "demande du 3 mars")]
    assert town.ledger()["balanced"] is True
    # Twice is no fault: there is nothing of that person any more.
    code, _, err = run("erase", "dupont", "03/04/1961", "--json")
    assert code == 1 and "no case of such a person" in err


def test_incident_tells_who_received_what_when(town, run):
    """The 72-hour file: recipients of every mail of the case, no content unless asked."""
    first, *_ = numbers(town)
    code, out, _ = run("incident", first.lower(), "--json")
    told = json.loads(out)
    assert (code, told["number"]) == (0, first)
    expected = {(ZOE, "receipt"), (CLAIRE, "new-case"), (JULIEN, "new-case"), (CAF_BOX, "new-case-mailbox")}
    assert {one["recipient"] for one in told["received"]} == {recipient for recipient, _ in expected}
    assert all(one["certain"] and one["at"] and "text" not in one for one in told["received"])
    assert {one["organisation"] for one in told["received"] if one["recipient"] == CLAIRE} == {"CAF"}
    code, out, _ = run("incident", first, "--content", "--json")
    assert any("caravane" in one["text"] for one in json.loads(out)["received"])
    code, out, _ = run("incident", first)
    assert code == 0 and CLAIRE in out and "caravane" not in out


def test_wipe_prints_its_proof(town, run):
    """Nothing is due yet; the clock of the command is the real one."""
    code, out, _ = run("wipe", "--dry-run", "--json")
    assert code == 0 and json.loads(out)["dry_run"] is True
    code, out, err = run("wipe", "--json")
    assert (code, json.loads(out)["complete"], json.loads(out)["left"]) == (0, True, [])
    assert query(town, "SELECT count(*) FROM audit WHERE act = 'privacy-wipe'") == [(1,)]


def test_a_file_s_name_never_leads_out_of_the_archive(tmp_path):
    """Names come from mails."""
    names = ("../../etc/passwd", "C:\\x\\y.pdf", "a\nb\x00.pdf", "é" * 300 + ".pdf", "", "..")
    write_archive(
        tmp_path / "x.zip",
        [Export(number="2026-000001-Z", content={}, files=tuple((n, b"x") for n in names))],
    )
    with zipfile.ZipFile(tmp_path / "x.zip") as content:
        written = [n.removeprefix("2026-000001-Z/files/") for n in content.namelist() if "files/" in n]
    assert written[:3] == ["01-passwd", "02-y.pdf", "03-a_b_.pdf"] and written[4] == "05-file"
    assert all("/" not in name and len(name) <= 103 for name in written)
