"""A real Postfix for tests: its own directories, its own ports, ended by its own process id."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from string import Template

import pytest

HERE = Path(__file__).parents[1] / "postfix"


@dataclass
class Ports:
    front: int
    behind: int
    smtp: int
    lmtp: int
    sink: int
    home: Path

    def flush(self) -> None:
        """Try again now what Postfix has deferred."""
        subprocess.run(["postqueue", "-c", str(self.home), "-f"], capture_output=True, check=False)


def _free_ports() -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(5)]
    numbers = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return numbers


@contextmanager
def running_postfix() -> Iterator[Ports]:
    """Skips visibly without Postfix, fails without it in CI."""
    if shutil.which("postfix") is None or os.geteuid() != 0:
        reason = "needs Postfix (apt-get install postfix) and root"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    home = Path(tempfile.mkdtemp(prefix="mailrouter-postfix-"))
    home.chmod(0o755)  # Postfix's own user must get in; pytest's directories are closed to it
    found = Ports(*_free_ports(), home)
    values = {"DIR": home, **{k.upper(): v for k, v in vars(found).items()}}
    for name in ("main.cf", "master.cf"):
        (home / name).write_text(Template((HERE / name).read_text()).safe_substitute(values))
    (home / "queue").mkdir()
    (home / "data").mkdir()
    shutil.chown(home / "data", "postfix")
    master = subprocess.Popen(
        ["postfix", "-c", str(home), "start-fg"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(200):
            if _listening(found.front) and _listening(found.behind):
                break
            time.sleep(0.1)
        else:
            pytest.fail((home / "maillog").read_text())
        yield found
    finally:
        subprocess.run(["postfix", "-c", str(home), "stop"], capture_output=True, check=False)
        master.wait(20)
        print((home / "maillog").read_text())
        shutil.rmtree(home, ignore_errors=True)


def _listening(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 0.2).close()
    except OSError:
        return False
    return True
