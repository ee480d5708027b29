"""The pipe door: exit codes of sysexits(3), as a function and as the real command on a real configuration."""

from __future__ import annotations

import asyncio
import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "doors"))
from door_under_test import NOW, Town  # noqa: E402

from mailrouter.inbound.limits import Limits
from mailrouter.inbound.pipe import Told, pipe

MAIL = b"From: zoe.durand@cahors.example\n\nBonjour\n"
ROOT = Path(__file__).parents[2]


def take(town: Town, octets: bytes, *rcpt_to: str, **limits: int) -> Told:
    return asyncio.run(
        pipe(
            io.BytesIO(octets),
            mail_from="zoe.durand@cahors.example",
            rcpt_to=rcpt_to,
            admit=town.admit,
            accept=town.accept,
            now=lambda: NOW,
            limits=Limits(**limits),
        )
    )


@pytest.mark.parametrize(
    ("octets", "rcpt_to", "code", "text"),
    [
        (MAIL, ["lot@aplus.example"], os.EX_OK, "2.0.0 Accepted as in-1"),
        (MAIL, ["lot@aplus.example", "nobody@aplus.example"], os.EX_OK, "2.0.0 Accepted as in-1"),
        (
            MAIL,
            ["nobody@aplus.example"],
            os.EX_NOUSER,
            "5.1.1 No such address; did you mean lot@aplus.example?",
        ),
        (MAIL, ["full@aplus.example"], os.EX_TEMPFAIL, "4.2.1 Busy, try again later"),
        (MAIL, ["lot@aplus.example", "full@aplus.example"], os.EX_TEMPFAIL, "4.2.1 Busy, try again later"),
        (
            b"BROKEN",
            ["lot@aplus.example"],
            os.EX_TEMPFAIL,
            "4.3.0 Not accepted for a fault of ours (RuntimeError)",
        ),
        (MAIL * 9, ["lot@aplus.example"], os.EX_DATAERR, "5.3.4 Message is larger than this service takes"),
        (b"", ["lot@aplus.example"], os.EX_TEMPFAIL, "4.5.0 Nothing came on standard input"),
    ],
)
def test_exit_codes(octets: bytes, rcpt_to: list[str], code: int, text: str) -> None:
    town = Town()
    assert take(town, octets, *rcpt_to, message_bytes=100) == (code, text)
    taken = [(m.octets, m.envelope.rcpt_to, m.envelope.door) for m in town.mails]
    assert taken == ([(octets, ("lot@aplus.example",), "pipe")] if code == os.EX_OK else [])


def run(config: Path, octets: bytes, *args: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "mailrouter", "pipe", "--config", str(config), *args],
        input=octets,
        capture_output=True,
        cwd=config.parent,
        env={k: v for k, v in os.environ.items() if not k.startswith("MAILROUTER_")},
    )
    assert done.stdout == b""
    return done.returncode, done.stderr.decode()


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample service, with keys and an empty database."""
    from mailrouter.app import open_app

    made = tmp_path_factory.mktemp("pipe") / "config"
    shutil.copytree(ROOT / "config", made)
    service = open_app(made, {}, init=True)
    service.close()
    return made


def test_the_command_takes_a_mail_and_says_so_only_when_it_is_durable(config: Path) -> None:
    args = ("--mail-from", "zoe.durand@cahors.example", "--rcpt-to", "lot@aplus.example")
    code, said = run(config, MAIL, *args)
    assert (code, said[:18]) == (os.EX_OK, "2.0.0 Accepted as ")
    assert run(config, MAIL, *args) == (os.EX_OK, said)
    code, said = run(config, MAIL, "--mail-from", "", "--rcpt-to", "nobody-at-all-here@aplus.example")
    assert (code, said[:6]) == (os.EX_NOUSER, "5.1.1 ")


def test_the_command_never_bounces_peoples_mail_for_a_fault_of_ours(tmp_path: Path, config: Path) -> None:
    args = ("--mail-from", "a@x.example", "--rcpt-to", "lot@aplus.example")
    assert run(tmp_path / "absent", MAIL, *args)[0] == os.EX_TEMPFAIL
    broken = tmp_path / "service" / "config"
    shutil.copytree(config, broken)
    assert run(broken, MAIL, *args)[0] == os.EX_TEMPFAIL  # no keys there
    assert run(config, MAIL, "--mail-from", "a@x.example")[0] == os.EX_USAGE
    assert run(config, MAIL, "--colour", "red", *args)[0] == os.EX_USAGE
