"""Maildir: the embedded default. Each mailbox is a directory that a mail client opens; nothing leaves the machine.

`<path>/<percent-encoded address>/{tmp,new,cur}`, file name = outbox id. Written to tmp, synced, renamed into new, the
directory synced: after a crash a mail is there whole or not at all, and what is there already is not written again.
"""

from __future__ import annotations

import asyncio
import errno
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from mailrouter.core.model import Attempt
from mailrouter.ports import Parcel

_FULL = (errno.ENOSPC, errno.EDQUOT)
_UNUSABLE = (errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ)


class MaildirTransport:
    """Delivers into mailboxes below `path`, which is made when absent (mode 0700, files 0600)."""

    name = "maildir"

    def __init__(self, path: Path) -> None:
        self.path = path

    def mailbox(self, address: str) -> Path:
        """The Maildir of one address."""
        return self.path / quote(address, safe="")

    async def deliver(self, parcels: Sequence[Parcel]) -> list[Attempt]:
        """See ports.Transport. Waiting for the disk is done in a thread."""
        return await asyncio.to_thread(lambda: [self._deliver(parcel) for parcel in parcels])

    async def look_up(self, parcel: Parcel) -> Attempt:
        """A file that is there was delivered; one that is not was not."""
        if await asyncio.to_thread(self._is_there, parcel):
            return _sent(parcel, "found in the mailbox")
        return Attempt(
            outcome="retry", code=450, enhanced="4.0.0", text="not in the mailbox", relay=self.name
        )

    async def close(self) -> None:
        """Nothing is kept open."""

    def _deliver(self, parcel: Parcel) -> Attempt:
        try:
            if self._is_there(parcel):
                return _sent(parcel, "was in the mailbox already")
            self._write(parcel)
        except OSError as error:
            return _fault(error)
        return _sent(parcel, "delivered")

    def _is_there(self, parcel: Parcel) -> bool:
        """In new/, or in cur/ with whatever flags a mail client has put behind the name."""
        mailbox, name = self.mailbox(parcel.recipient), quote(parcel.id, safe="")
        if (mailbox / "new" / name).exists():
            return True
        try:
            with os.scandir(mailbox / "cur") as files:
                return any(f.name == name or f.name.startswith((f"{name}:", f"{name},")) for f in files)
        except FileNotFoundError:
            return False

    def _write(self, parcel: Parcel) -> None:
        mailbox, name = self.mailbox(parcel.recipient), quote(parcel.id, safe="")
        if not (mailbox / "new").is_dir():
            _make(mailbox)
        unfinished = mailbox / "tmp" / f"{name}.{secrets.token_hex(6)}"
        try:
            _write_synced(unfinished, parcel.octets)
            unfinished.rename(mailbox / "new" / name)
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise
        _sync_directory(mailbox / "new")


def _make(mailbox: Path) -> None:
    """Make a Maildir and what is above it, each name durable in its directory. `new` comes last: it says complete."""
    missing = [path for path in (mailbox, *mailbox.parents) if not path.exists()]
    for path in [*reversed(missing), mailbox / "tmp", mailbox / "cur", mailbox / "new"]:
        path.mkdir(mode=0o700, exist_ok=True)
        _sync_directory(path.parent)


def _write_synced(path: Path, octets: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(octets)
        file.flush()
        os.fsync(file.fileno())


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sent(parcel: Parcel, text: str) -> Attempt:
    return Attempt(
        outcome="sent", code=250, enhanced="2.0.0", text=text, provider_id=parcel.id, relay="maildir"
    )


def _fault(error: OSError) -> Attempt:
    """What an operating system's error means for the mail (RFC 3463): a full disk passes, an impossible name stays."""
    name = errno.errorcode.get(error.errno or 0, "unknown error")
    if error.errno in _UNUSABLE:
        return Attempt(
            outcome="failed",
            code=550,
            enhanced="5.1.3",
            text=f"no such mailbox name: {name}",
            relay="maildir",
        )
    enhanced = "4.2.2" if error.errno in _FULL else "4.3.0"
    return Attempt(outcome="retry", code=452, enhanced=enhanced, text=f"not written: {name}", relay="maildir")
