"""`check`, `coverage` and `directory` as an operator runs them."""

from __future__ import annotations

import io
import json
import os
import shutil
import stat
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from mailrouter.cli import main
from mailrouter.configuration import load_configuration, read_texts, write_texts

ROOT = Path(__file__).parents[1]


class Done(NamedTuple):
    """What a command did."""

    returncode: int
    stdout: str
    stderr: str


def run(*args: str, cwd: Path = ROOT, env: dict[str, str] | None = None) -> Done:
    """The command line as it is called by the installed script, in this process: starting one costs a second."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    own = {name for name in os.environ if name.startswith("MAILROUTER_")}
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.chdir(cwd)
        for name in own:
            patch.delenv(name)
        for name, value in (env or {}).items():
            patch.setenv(name, value)
        try:
            code = main(list(args))
        except SystemExit as exit_:
            code = int(exit_.code or 0)
    return Done(code, *(stream.buffer.getvalue().decode() for stream in (out, err)))  # type: ignore[attr-defined]


@pytest.fixture
def service(tmp_path: Path) -> Path:
    """A copy of the sample service, to be spoilt."""
    shutil.copytree(ROOT / "config", tmp_path / "config")
    return tmp_path / "config"


def replace(file: Path, old: str, new: str) -> None:
    """One change of a file."""
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


LOT = "routing/territories/46-lot.yaml"


def test_the_sample_is_valid_and_warns_of_what_nobody_answers() -> None:
    done = run("check")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        f"config/routing/territories/{file}:2:12: warning: nobody answers in '{territory}' for ANTS/Préf, CARSAT/CNAV, "
        "CDAD or La Poste"
        for file, territory in (("46-lot.yaml", "lot"), ("95-val-d-oise.yaml", "val-d-oise"))
    ]
    assert done.stderr == "config: 0 errors, 2 warnings; 2 territories, 13 groups, 32 people, 7 rules\n"


def test_the_module_is_the_command() -> None:
    command = [sys.executable, "-m", "mailrouter", "check", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "") and json.loads(done.stdout)["valid"] is True


def test_every_fault_at_once_errors_before_warnings(service: Path) -> None:
    """One run names faults of the static file, of a territory, of a table, and of a file that is no YAML."""
    replace(service / "mailrouter.yaml", "own_dns: false", "own_dns: no")
    replace(service / LOT, "organisation: CAF\n", "organisation: CFA\n")
    (service / "routing/more.csv").write_text("address\nzoe\n", encoding="utf-8")
    (service / "routing/broken.yaml").write_text("rules: [\n", encoding="utf-8")
    done = run("check", "--config", str(service))
    assert done.returncode == 1
    assert [line.removeprefix(f"{service}/") for line in done.stdout.splitlines()] == [
        "mailrouter.yaml:18:12: own_dns: 'no' is neither true nor false; write true or false",
        "routing/broken.yaml:2:1: not YAML: expected the node content, but found '<stream end>'; check indentation, colons, "
        "brackets and quotes",
        "routing/more.csv:2:1: address: 'zoe' is no mail address: an email address must have an @-sign",
        "routing/territories/46-lot.yaml:26:19: there is no organisation 'CFA'; did you mean 'CAF'?",
        "routing/territories/95-val-d-oise.yaml:2:12: warning: nobody answers in 'val-d-oise' for ANTS/Préf, CARSAT/CNAV, "
        "CDAD or La Poste",
    ]
    assert done.stderr == f"{service}: 4 errors, 1 warning\n"


def test_json_is_alone_on_standard_output(service: Path) -> None:
    done = run("check", "--json", "--config", str(service))
    found = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert (
        found["valid"] is True
        and found["errors"] == []
        and len(found["digest"]) == len(found["generation"]) == 64
    )
    assert [w["line"] for w in found["warnings"]] == [2, 2]
    replace(service / LOT, "default: ask", "default: caf-lto")
    done = run("check", "--json", "--config", str(service))
    found = json.loads(done.stdout)
    assert done.returncode == 1 and found["valid"] is False and found["digest"] is None
    assert found["errors"] == [
        {
            "file": f"{service}/{LOT}",
            "line": 60,
            "column": 10,
            "message": "there is no group 'caf-lto'; did you mean 'caf-lot'?",
        }
    ]


def test_a_directory_without_configuration_is_said_not_raised(tmp_path: Path) -> None:
    done = run("check", "--config", "nowhere", cwd=tmp_path)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "mailrouter.yaml:1:1: cannot be read: No such file or directory" in done.stdout
    assert "routing:1:1: no territory is open" in done.stdout


def test_the_environment_counts(service: Path) -> None:
    env = {"MAILROUTER_CONFIG": str(service), "MAILROUTER_LISTEN__SMTP": "here"}
    done = run("check", env=env)
    assert done.returncode == 1
    assert done.stdout.splitlines()[0] == (
        "MAILROUTER_LISTEN__SMTP:1:1: smtp: 'here' is no place to listen; write host:port, such as 127.0.0.1:2525"
    )


def test_the_schema_is_printed() -> None:
    assert json.loads(run("check", "--schema").stdout)["title"] == "mailrouter routing file"


def test_unknown_options_are_usage_errors() -> None:
    assert run("check", "--nonsense").returncode == 2


def test_coverage_of_the_sample() -> None:
    found = json.loads(run("coverage", "--json").stdout)
    assert (found["covered"], found["total"], found["share"]) == (10, 18, 0.5556)
    assert {(row["territory"], row["name"]) for row in found["gaps"]} == {
        (territory, name)
        for territory in ("lot", "val-d-oise")
        for name in ("ANTS/Préf", "CARSAT/CNAV", "CDAD", "La Poste")
    }
    caf = next(row for row in found["organisations"] if (row["territory"], row["name"]) == ("lot", "CAF"))
    assert caf == {
        "territory": "lot",
        "name": "CAF",
        "organisations": ["CAF"],
        "covered": True,
        "agents": 2,
        "groups": ["caf-lot"],
        "mailbox_only": False,
    }
    table = run("coverage").stdout.splitlines()
    assert table[0].split() == ["set", "lot", "val-d-oise"] and table[-1] == "10 of 18 covered"
    assert ["CAF", "2", "2"] in [line.split() for line in table]


def test_coverage_of_a_faulty_configuration_is_the_answer_no(service: Path) -> None:
    replace(service / LOT, "territory: lot", "territory: Lot")
    done = run("coverage", "--config", str(service))
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{service}/{LOT}:2:12: territory: 'Lot' cannot stand in an address; write 'lot'" in done.stderr


def test_directory_list_and_show() -> None:
    listed = json.loads(run("directory", "list", "--json").stdout)
    assert (len(listed["territories"]), len(listed["groups"]), len(listed["people"])) == (2, 13, 32)
    zoe = json.loads(run("directory", "show", "zdurand@cahors.example", "--json").stdout)
    assert zoe == {
        "kind": "person",
        "address": "zoe.durand@cahors.example",
        "name": "Zoé Durand",
        "aliases": ["zdurand@cahors.example"],
        "language": "fr",
        "phone": "",
        "groups": ["fs-cahors"],
        "manages": [],
        "roles": ["aidant"],
        "source": "routing/people.yaml:5",
    }
    kinds = {
        name: json.loads(run("directory", "show", name, "--json").stdout)["kind"]
        for name in ("caf-lot", "aplus@caf46.example", "46", "Pôle emploi")
    }
    assert kinds == {
        "caf-lot": "group",
        "aplus@caf46.example": "group",
        "46": "territory",
        "Pôle emploi": "organisation",
    }
    text = run("directory", "show", "caf-lot").stdout
    assert (
        "effective        claire.martin@caf46.example: full, julien.roques@caf46.example: full, aplus@caf46.example: full"
        in text
    )
    assert (
        "  zoe.durand@cahors.example                Zoé Durand                   aidant\n"
        in run("directory", "list").stdout
    )
    nobody = run("directory", "show", "nobody@x.example")
    assert (nobody.returncode, nobody.stdout) == (1, "")
    assert nobody.stderr == "mailrouter directory: nothing is called 'nobody@x.example'\n"


IMPORT = "address,name,groups\nnouvel.agent@caf46.example,Nouvel Agent,caf-lot\n"


def test_import_shows_then_writes(service: Path, tmp_path: Path) -> None:
    table = tmp_path / "new.csv"
    table.write_text(IMPORT, encoding="utf-8")
    before = {p: p.read_text(encoding="utf-8") for p in service.rglob("*.yaml")}
    dry = run("directory", "import", str(table), "--dry-run", "--config", str(service))
    assert (
        dry.returncode == 0 and {p: p.read_text(encoding="utf-8") for p in service.rglob("*.yaml")} == before
    )
    assert dry.stdout.splitlines()[:2] == [
        "add person nouvel.agent@caf46.example: Nouvel Agent",
        "change group caf-lot: members +nouvel.agent@caf46.example",
    ]
    wet = run("directory", "import", str(table), "--config", str(service))
    assert (wet.returncode, wet.stdout) == (0, dry.stdout)
    configuration = load_configuration(service, {})
    assert [p.name for p in configuration.directory().members("caf-lot")][-1] == "Nouvel Agent"
    assert "# without this day the mailbox would be told the number only" in (service / LOT).read_text(
        encoding="utf-8"
    )
    again = run("directory", "import", str(table), "--config", str(service))
    assert (again.returncode, again.stdout) == (0, "nothing changes\n")


def test_import_of_a_wrong_line_writes_nothing(service: Path, tmp_path: Path) -> None:
    table = tmp_path / "new.csv"
    table.write_text(IMPORT + "zoe,Zoé,caf-lto\n", encoding="utf-8")
    before = {p: p.read_bytes() for p in service.rglob("*.yaml")}
    done = run("directory", "import", str(table), "--config", str(service), "--json")
    assert done.returncode == 1 and {p: p.read_bytes() for p in service.rglob("*.yaml")} == before
    assert json.loads(done.stdout)["errors"] == [
        {"file": str(table), "line": 3, "column": 1, "message": "address: 'zoe' is no mail address: an email address must have an @-sign"}
    ]  # fmt: skip


def test_import_that_would_spoil_the_files_writes_nothing(service: Path, tmp_path: Path) -> None:
    """Each line is right, the files would not be: the address is another person's alias."""
    table = tmp_path / "new.csv"
    table.write_text("group,mailbox\ncaf-lot,zdurand@cahors.example\n", encoding="utf-8")
    before = (service / LOT).read_bytes()
    done = run("directory", "import", str(table), "--config", str(service))
    assert done.returncode == 1 and (service / LOT).read_bytes() == before
    assert done.stderr == (
        "routing/people.yaml:5:71: 'zdurand@cahors.example' is the mailbox of 'caf-lot'; a person needs an own address\n"
    )


def test_import_of_a_missing_file() -> None:
    done = run("directory", "import", "nowhere.csv")
    assert done.returncode == 1 and "nowhere.csv" in done.stderr and "Traceback" not in done.stderr


def test_written_files_keep_their_permissions_and_leave_nothing_behind(service: Path) -> None:
    """Each file is replaced at once; no temporary file stays, and none is read as configuration."""
    (service / LOT).chmod(0o600)
    write_texts(service, {LOT: "territory: lot\ndefault: ask\n", "routing/new/x.yaml": "rules: []\n"})
    assert (service / LOT).read_text(encoding="utf-8") == "territory: lot\ndefault: ask\n"
    assert stat.S_IMODE((service / LOT).stat().st_mode) == 0o600
    assert stat.S_IMODE((service / "routing/new/x.yaml").stat().st_mode) == 0o640
    assert not [p for p in service.rglob("*") if p.name.startswith(".")]


def test_a_write_that_fails_changes_nothing_and_leaves_nothing(service: Path) -> None:
    (service / "routing/blocked.yaml").mkdir()
    before = {p: p.read_bytes() for p in service.rglob("*") if p.is_file()}
    with pytest.raises(OSError):
        write_texts(service, {"routing/blocked.yaml": "rules: []\n", LOT: "territory: lot\n"})
    assert {p: p.read_bytes() for p in service.rglob("*") if p.is_file()} == before


def test_hidden_files_backups_and_other_endings_are_no_configuration(service: Path) -> None:
    for name in (".#46-lot.yaml", "46-lot.yaml~", "notes.txt", "46-lot.yaml.bak", ".hidden/x.yaml"):
        (service / "routing" / name).parent.mkdir(exist_ok=True)
        (service / "routing" / name).write_text("rules: [\n", encoding="utf-8")
    texts, faults = read_texts(service)
    assert faults == () and sorted(texts) == [
        "routing/letters.yaml",
        "routing/people.yaml",
        "routing/rules.yaml",
        "routing/territories/46-lot.yaml",
        "routing/territories/95-val-d-oise.yaml",
        "routing/timing.yaml",
    ]


def test_a_file_that_is_not_text_is_a_fault_and_no_policy(service: Path) -> None:
    (service / "routing/latin.yaml").write_bytes(b"people: [{ address: a@x.example, name: Zo\xe9 }]\n")
    configuration = load_configuration(service, {})
    assert configuration.policy is None
    assert [str(f) for f in configuration.errors] == [
        "routing/latin.yaml:1:1: is not UTF-8 (octet 42); save it as UTF-8"
    ]


def test_other_tables_replace_the_shipped_ones(service: Path) -> None:
    """Another country's operators bring their own places and organisations."""
    shutil.rmtree(service / "routing")
    (service / "routing").mkdir()
    (service / "departments.csv").write_text(
        "code,name,local_part,of,time_zone,country\nNA,Namur,namur,de Namur,Europe/Brussels,BE\n",
        encoding="utf-8",
    )
    (service / "organisations.csv").write_text(
        "code,name,side\nCPAS,Centre public d'action sociale,operator\nASBL,Association,helper\n",
        encoding="utf-8",
    )
    (service / "routing/namur.yaml").write_text(
        "territory: namur\ndefault: ask\ngroups: { cpas: { organisation: CPAS, members: [a@cpas.example] } }\n",
        encoding="utf-8",
    )
    replace(service / "mailrouter.yaml", "organisations: [CAF, MSA]", "organisations: [CPAS]")
    replace(service / "mailrouter.yaml", "territories: [val-d-oise]", "territories: [namur]")
    replace(service / "mailrouter.yaml", "territories: [lot]", "territories: [namur]")
    replace(service / "mailrouter.yaml", "territories: [val-d-oise]", "territories: [namur]")
    configuration = load_configuration(service, {}, datetime(2026, 3, 2, tzinfo=UTC))
    assert configuration.errors == ()
    found = configuration.directory()
    assert found.groups["cpas"].name == "CPAS de Namur" and found.calendar("namur").country == "BE"
    assert [o.code for o in found.policy.organisations] == ["CPAS", "ASBL"]
    (service / "organisations.csv").write_text(
        "code,name,side\nCPAS,C,operator\nCPAS,D,both\n", encoding="utf-8"
    )
    faults = [str(configuration.shown(f)) for f in load_configuration(service, {}).errors]
    assert faults == [f"{service}/organisations.csv:3:8: side: 'both' is not known; write helper or operator"]


def test_tables_are_as_wide_as_what_they_hold(capsys, monkeypatch):
    """A narrow terminal cuts no number."""
    from mailrouter.cli.tabular import print_rows

    monkeypatch.setenv("COLUMNS", "20")
    print_rows(("number", "why"), [("2026-004217-K", "x" * 60)], right=("why",))
    assert capsys.readouterr().out.split() == ["number", "why", "2026-004217-K", "x" * 60]
