"""The systemd units: sound, closely confined, and in step with what the service understands."""

from __future__ import annotations

import configparser
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mailrouter.settings.keys import endpoint

UNITS = Path(__file__).parents[2] / "systemd"
SOCKETS = ("smtp", "lmtp", "http")


def read(name: str) -> list[tuple[str, str]]:
    """Assignments in order; a key may stand several times."""
    lines = (UNITS / name).read_text("utf-8").splitlines()
    return [(k, v) for k, equals, v in (n.partition("=") for n in lines) if equals and not k.startswith("#")]


def of(name: str, key: str) -> list[str]:
    return [v for k, v in read(name) if k == key]


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The units with the command of this checkout, as they would be installed."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("needs systemd-analyze")
    command = tmp_path / "mailrouter"
    command.symlink_to(sys.executable)
    for unit in UNITS.iterdir():
        text = unit.read_text("utf-8").replace("/opt/mailrouter/bin/mailrouter", str(command))
        (tmp_path / unit.name).write_text(text)
    return tmp_path


def analyze(directory: Path, *args: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "SYSTEMD_UNIT_PATH": f"{directory}:", "SYSTEMD_LOG_LEVEL": "warning"}
    return subprocess.run(
        ["systemd-analyze", *args], capture_output=True, text=True, env=environment, check=False
    )


def test_the_units_are_sound(installed: Path) -> None:
    names = ["mailrouter.service", *(f"mailrouter-{name}.socket" for name in SOCKETS)]
    done = analyze(installed, "verify", "--man=no", *(str(installed / name) for name in names))
    ours = [line for line in done.stderr.splitlines() if "mailrouter" in line]
    assert (done.returncode, ours) == (0, [])


def test_the_service_is_closely_confined(installed: Path) -> None:
    """systemd's own measure of exposure, 0 to 10; 2 is what it calls OK at its best."""
    done = analyze(
        installed, "security", "--offline=true", "--threshold=20", str(installed / "mailrouter.service")
    )
    assert done.returncode == 0, done.stdout[-400:]


@pytest.mark.parametrize("name", SOCKETS)
def test_each_socket_is_handed_over_under_the_name_that_the_service_listens_to(name: str) -> None:
    unit = f"mailrouter-{name}.socket"
    assert of(unit, "FileDescriptorName") == [name]
    assert of(unit, "Service") == ["mailrouter.service"]
    listens = f"MAILROUTER_LISTEN__{name.upper()}=systemd:{name}"
    assert listens in of("mailrouter.service", "Environment")
    assert endpoint(f"systemd:{name}") == f"systemd:{name}"
    assert all(unit in " ".join(of("mailrouter.service", key)) for key in ("Sockets", "Requires"))


def test_the_http_and_smtp_doors_are_not_open_to_the_world_by_default() -> None:
    parsed = configparser.ConfigParser()
    for name in ("smtp", "http"):
        parsed.read(UNITS / f"mailrouter-{name}.socket")
        assert parsed["Socket"]["ListenStream"].startswith("127.0.0.1:")
