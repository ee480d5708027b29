"""A real full disk: a small file system of its own (tmpfs), filled to the last octet and given room again.

Mounting needs root, or sudo without a password. PostgreSQL's tables get there by a tablespace, which needs a server on
this machine whose role is a superuser. Where that cannot be had the tests are skipped and say so; with CI=true they
fail."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from dropping import drop


def privileged(*command: str) -> subprocess.CompletedProcess[str]:
    """Run as root, by sudo when needed."""
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    return subprocess.run([*sudo, *command], capture_output=True, text=True, check=False)


def missing(why: str) -> None:
    """Skip; in CI fail."""
    pytest.fail(why) if os.environ.get("CI") == "true" else pytest.skip(why)


class SmallDisk:
    """A file system of `megabytes` at `path`, a directory that the database server may enter too."""

    def __init__(self, megabytes: int) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="mailrouter-disk-"))
        self.path.chmod(0o755)
        options = f"size={megabytes}m,mode=0777"
        mounted = privileged("mount", "-t", "tmpfs", "-o", options, "tmpfs", str(self.path))
        if mounted.returncode:
            missing(f"no file system can be mounted here: {mounted.stderr.strip()}")

    @property
    def filler(self) -> Path:
        return self.path / "filler"

    def fill(self) -> None:
        """Take all the room that is left."""
        with self.filler.open("ab", buffering=0) as file:
            for size in (2**20, 4096, 1):
                try:
                    while True:
                        file.write(b"\0" * size)
                except OSError as fault:
                    assert fault.errno == errno.ENOSPC
        assert shutil.disk_usage(self.path).free == 0

    def make_room(self) -> None:
        """Give it back."""
        self.filler.unlink()

    def unmount(self) -> None:
        privileged("umount", "-l", str(self.path))
        self.path.rmdir()


class FullTablespace:
    """The same for a PostgreSQL database: its tables live on a small disk.

    A table has room inside of its own pages even when the disk has none, so `fill` also uses that up in the table of
    attempts, with attempts of mails that do not exist."""

    def __init__(self, server_url: str, disk: SmallDisk, name: str) -> None:
        self.server_url, self.disk, self.name = server_url, disk, name
        folder = disk.path / "tablespace"
        folder.mkdir()
        owned = privileged("chown", "postgres", str(folder))
        if owned.returncode:
            missing(f"the tablespace cannot be given to PostgreSQL: {owned.stderr.strip()}")
        try:
            self.server(f"CREATE TABLESPACE {name} LOCATION '{folder}'")
        except psycopg.Error as fault:
            missing(f"this server takes no tablespace of ours: {str(fault).strip()}")

    def server(self, *statements: str) -> None:
        with psycopg.connect(self.server_url, autocommit=True) as server:
            for statement in statements:
                drop(server, statement) if statement.startswith("DROP") else server.execute(statement)

    def fill(self, database_url: str) -> None:
        self.disk.fill()
        with psycopg.connect(database_url, autocommit=True) as conn:
            conn.execute("ALTER TABLE attempt SET (autovacuum_enabled = off)")
            for padding in (6000, 1000, 100, 0):
                _until_full(lambda n, padding=padding: _pad(conn, n, padding))

    def drop(self) -> None:
        self.server(f"DROP TABLESPACE {self.name}")


def _until_full(write: Callable[[int], None]) -> None:
    for n in range(10_000):
        try:
            write(n)
        except psycopg.errors.DiskFull:
            return
    raise AssertionError("the tablespace is not full")


def _pad(conn: psycopg.Connection, n: int, padding: int) -> None:
    """An attempt of nobody's. Not compressible, or PostgreSQL would make it small."""
    text = os.urandom(padding // 2).hex()
    conn.execute(
        "INSERT INTO attempt (outbox_id, n, started_at, outcome, code, enhanced, text, relay)"
        " VALUES (%s, %s, now(), '', 0, '', %s, '')",
        (f"padding-{padding}", n, text),
    )
