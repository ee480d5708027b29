"""The scanner: clamd's protocol against a stand-in on both kinds of socket, and against a real clamd where there is one."""

from __future__ import annotations

import asyncio
import os
import shutil
import struct
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailrouter.checks.antivirus import ClamdCheck
from mailrouter.core.model import Envelope, Mail, Verdict

MARK = b"a pattern that the scanner knows"
LIMIT = 1_000_000


def mail(octets: bytes) -> Mail:
    envelope = Envelope(mail_from="", rcpt_to=(), door="smtp", received_at=datetime(2026, 3, 3, tzinfo=UTC))
    return Mail(envelope=envelope, octets=octets)


async def clamd(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One session of clamd: INSTREAM, chunks, one answer."""
    assert await reader.readexactly(10) == b"zINSTREAM\0"
    octets = b""
    while size := struct.unpack("!I", await reader.readexactly(4))[0]:
        octets += await reader.readexactly(size)
        if len(octets) > LIMIT:
            writer.write(b"INSTREAM size limit exceeded. ERROR\0")
            writer.close()
            return
    answer = b"stream: Test.Mark(x)-\xe9 FOUND\0" if MARK in octets else b"stream: OK\0"
    writer.write(b"strange\0" if b"strange" in octets else answer)
    writer.close()


def scan(octets: bytes, place: str, folder: Path, session=clamd, seconds: float = 5.0) -> tuple[Verdict, ...]:
    """The verdicts of a check against a stand-in listening at `place`: unix or tcp."""

    async def one() -> tuple[Verdict, ...]:
        if place == "unix":
            server = await asyncio.start_unix_server(session, folder / "clamd.ctl")
            address = f"unix:{folder}/clamd.ctl"
        else:
            server = await asyncio.start_server(session, "127.0.0.1", 0)
            address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server:
            return await ClamdCheck(address, seconds=seconds).verdicts(mail(octets))

    return asyncio.run(one())


CLEAN = Verdict(method="antivirus", result="pass")
FOUND = Verdict(method="antivirus", result="fail", properties=(("policy.signature", "Test.Mark(x)-_"),))
TOO_BIG = Verdict(method="antivirus", result="permerror", reason="scanner: the mail is above its size limit")


@pytest.mark.parametrize("place", ["unix", "tcp"])
@pytest.mark.parametrize(
    ("octets", "verdict"),
    [
        (b"From: a@b\r\n\r\nbonjour", CLEAN),
        (b"", CLEAN),
        (b"x" * 700_000 + MARK, FOUND),
        (b"y" * 20_000_000, TOO_BIG),
    ],
    ids=["clean", "empty", "found behind two chunks", "above the limit"],
)
def test_what_the_scanner_says(octets: bytes, verdict: Verdict, place: str, tmp_path: Path) -> None:
    """Clean passes, a find fails with its name made safe, what was not looked at never passes."""
    (found,) = scan(octets, place, tmp_path)
    if verdict is TOO_BIG and found.result == "temperror":
        # Its last words may go down with the connection that it closes while we write: no pass either.
        assert found.reason in (
            "scanner: ConnectionResetError",
            "scanner: BrokenPipeError",
            "scanner: IncompleteReadError",
        )
    else:
        assert found == verdict


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def closing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"stream: OK" * 100_000)
    await reader.read()


@pytest.mark.parametrize("session", [silent, closing, endless])
def test_a_scanner_that_does_not_answer_is_waited_for(session, tmp_path: Path) -> None:
    """Never a pass, never an exception."""
    (verdict,) = scan(b"bonjour", "unix", tmp_path, session, seconds=0.3)
    assert (verdict.result, verdict.reason.startswith("scanner: ")) == ("temperror", True)


def test_strange_answers_are_no_pass(tmp_path: Path) -> None:
    """An answer that nobody understands is as none."""
    reason = "scanner: answer not understood"
    assert scan(b"strange", "tcp", tmp_path) == (
        Verdict(method="antivirus", result="temperror", reason=reason),
    )


def test_scanner_that_is_down(tmp_path: Path) -> None:
    """No socket there: temperror, so the mail waits and is held in the end."""
    found = asyncio.run(ClamdCheck(f"unix:{tmp_path}/none.ctl").verdicts(mail(b"x")))
    assert found == (Verdict(method="antivirus", result="temperror", reason="scanner: FileNotFoundError"),)


@pytest.mark.parametrize("address", ["", "unix:", "clamd", "host:port", "unix:relative"])
def test_addresses_that_are_none(address: str) -> None:
    """A wrong address is the operator's fault, said at start."""
    with pytest.raises(ValueError, match="unix:/path or host:port"):
        ClamdCheck(address)


@pytest.mark.clamd
def test_real_clamd(tmp_path: Path) -> None:
    """The same against clamd itself, with a signature base of one line made here."""
    daemon = shutil.which("clamd", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if daemon is None:
        message = "clamd is not installed (Debian package clamav-daemon)"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)
    found, clean, big = asyncio.run(with_daemon(daemon, tmp_path))
    assert found == (
        Verdict(
            method="antivirus", result="fail", properties=(("policy.signature", "Test.Mark.UNOFFICIAL"),)
        ),
    )
    assert clean == (CLEAN,)
    assert big[0].result in ("permerror", "temperror")


async def with_daemon(daemon: str, folder: Path) -> list[tuple[Verdict, ...]]:
    """The verdicts on a find, a clean mail and one above the limit, by a clamd of our own."""
    (folder / "base").mkdir()
    (folder / "base" / "test.ndb").write_text(f"Test.Mark:0:*:{MARK.hex()}\n")
    (folder / "clamd.conf").write_text(
        f"LocalSocket {folder}/clamd.ctl\nDatabaseDirectory {folder}/base\nForeground yes\nStreamMaxLength 1M\n"
        f"TemporaryDirectory {folder}\nLogFile {folder}/clamd.log\n"
    )
    quiet = asyncio.subprocess.DEVNULL
    command = (daemon, "--config-file", str(folder / "clamd.conf"))
    process = await asyncio.create_subprocess_exec(*command, stdout=quiet, stderr=quiet)
    try:
        for _ in range(300):
            if (folder / "clamd.ctl").exists() or process.returncode is not None:
                break
            await asyncio.sleep(0.1)
        check = ClamdCheck(f"unix:{folder}/clamd.ctl")
        mails = (
            b"From: a@b\r\n\r\nhere is " + MARK + b"\r\n",
            b"From: a@b\r\n\r\nbonjour\r\n",
            b"y" * 5_000_000,
        )
        return [await check.verdicts(mail(octets)) for octets in mails]
    finally:
        process.terminate()
        await process.wait()
