"""Maildir: names, modes, what a mail client or a crash may have done to a file, and what a disk's errors mean."""

from __future__ import annotations

import asyncio
import errno
import os
import stat
from pathlib import Path

import pytest

from mailrouter.core.model import Attempt
from mailrouter.outbound import maildir
from mailrouter.outbound.maildir import MaildirTransport
from mailrouter.ports import Parcel


def parcel(recipient: str = "aplus+caf@caf46.example", id_: str = "out1") -> Parcel:
    return Parcel(
        id=id_, mail_from="", recipient=recipient, message_id="<1@x>", octets=b"Subject: x\r\n\r\nx\r\n"
    )


def deliver(transport: MaildirTransport, p: Parcel) -> Attempt:
    return asyncio.run(transport.deliver([p]))[0]


def test_the_mailbox_is_the_percent_encoded_address_and_the_file_the_outbox_id(tmp_path: Path) -> None:
    deliver(MaildirTransport(tmp_path), parcel())
    files = sorted(str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*"))
    box = "aplus%2Bcaf%40caf46.example"
    assert files == [box, f"{box}/cur", f"{box}/new", f"{box}/new/out1", f"{box}/tmp"]


@pytest.mark.parametrize(
    "recipient", ["../../etc@x", "a/b@x", ".@..", "\N{LATIN SMALL LETTER E WITH ACUTE}@x"]
)
def test_no_address_leads_out_of_the_directory(tmp_path: Path, recipient: str) -> None:
    assert deliver(MaildirTransport(tmp_path / "mail"), parcel(recipient)).outcome == "sent"
    assert [p.parent.parent.parent for p in tmp_path.rglob("out1")] == [tmp_path / "mail"]


def test_only_the_owner_may_read(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        deliver(MaildirTransport(tmp_path / "var" / "mail"), parcel())
    finally:
        os.umask(old)
    modes = {p.is_dir(): stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "var").rglob("*")}
    assert modes == {True: 0o700, False: 0o600}


@pytest.mark.parametrize("name", ["out1", "out1:2,", "out1:2,FRS", "out1,S=17:2,S"])
def test_a_mail_that_was_read_is_not_delivered_again(tmp_path: Path, name: str) -> None:
    transport = MaildirTransport(tmp_path)
    deliver(transport, parcel())
    box = transport.mailbox(parcel().recipient)
    (box / "new" / "out1").rename(box / "cur" / name)
    assert deliver(transport, parcel()).text == "was in the mailbox already"
    assert asyncio.run(transport.look_up(parcel())).outcome == "sent"
    assert [p.name for p in box.rglob("out1*")] == [name]


def test_a_longer_id_is_another_mail(tmp_path: Path) -> None:
    transport = MaildirTransport(tmp_path)
    deliver(transport, parcel(id_="out11"))
    assert asyncio.run(transport.look_up(parcel())).outcome == "retry"


def test_a_file_that_a_crash_left_unfinished_is_no_delivery(tmp_path: Path) -> None:
    transport = MaildirTransport(tmp_path)
    deliver(transport, parcel(id_="other"))
    box = transport.mailbox(parcel().recipient)
    (box / "tmp" / "out1.abc").write_bytes(b"Subj")
    assert asyncio.run(transport.look_up(parcel())).outcome == "retry"
    assert deliver(transport, parcel()).text == "delivered"
    assert (box / "new" / "out1").read_bytes() == parcel().octets


@pytest.mark.parametrize(
    ("error", "outcome", "enhanced"),
    [(errno.ENOSPC, "retry", "4.2.2"), (errno.EDQUOT, "retry", "4.2.2"), (errno.EIO, "retry", "4.3.0")],
)
def test_a_disk_that_fails_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: int, outcome: str, enhanced: str
) -> None:
    transport = MaildirTransport(tmp_path)

    def fails(descriptor: int) -> None:
        raise OSError(error, "secret path")

    deliver(transport, parcel(id_="other"))
    monkeypatch.setattr(maildir.os, "fsync", fails)
    attempt = deliver(transport, parcel())
    assert (attempt.outcome, attempt.enhanced, attempt.text) == (
        outcome,
        enhanced,
        f"not written: {errno.errorcode[error]}",
    )
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["other"]


def test_an_address_that_can_be_no_file_name_fails_for_good(tmp_path: Path) -> None:
    attempt = deliver(MaildirTransport(tmp_path), parcel("\N{SNOWMAN}" * 60 + "@caf46.example"))
    assert (attempt.outcome, attempt.enhanced) == ("failed", "5.1.3")
