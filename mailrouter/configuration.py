"""The configuration directory: its texts read, the static file and the policy made of them. Watches nothing.

DIR/mailrouter.yaml          static (settings/)
DIR/routing/**/*.yaml|.yml   reloadable, any split into files; people*.csv beside them
DIR/departments.csv, DIR/organisations.csv   instead of the shipped tables
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping
from datetime import UTC, date, datetime
from importlib.resources import files as resources
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from mailrouter.core.model.mail import Frozen
from mailrouter.core.policy.directory import Directory
from mailrouter.core.policy.faults import Fault, ordered
from mailrouter.core.policy.load import load
from mailrouter.core.policy.schema import Policy, Service
from mailrouter.core.policy.shipped import DEPARTMENTS, ORGANISATIONS, Shipped
from mailrouter.settings import STATIC_FILE, Settings, load_settings

ROUTING = "routing"
_SUFFIXES = (".yaml", ".yml", ".csv")


class Configuration(Frozen, frozen=True, kw_only=True):
    """What a directory says. `settings` and `policy` are None when they have errors; `texts` are the routing files
    by name, relative to `root`, as every `Fault.file` of them is. `service`, `shipped` and `today` are what the
    policy was made with besides."""

    root: Path
    settings: Settings | None = None
    policy: Policy | None = None
    service: Service
    shipped: Shipped
    today: date
    texts: Mapping[str, str]
    faults: tuple[Fault, ...] = ()

    @property
    def errors(self) -> tuple[Fault, ...]:
        """The faults that keep it from being used."""
        return tuple(f for f in self.faults if f.severity == "error")

    @property
    def warnings(self) -> tuple[Fault, ...]:
        """The faults that do not."""
        return tuple(f for f in self.faults if f.severity == "warning")

    def directory(self) -> Directory:
        """The policy's directory. Raises ValueError when there is no policy."""
        if self.policy is None:
            raise ValueError("the configuration has errors")
        return Directory.of(self.policy)

    def shown(self, fault: Fault) -> Fault:
        """The fault with its file as it is found from the current directory; environment variables stay as named."""
        if not (self.root / fault.file).is_file():
            return fault
        return msgspec.structs.replace(fault, file=str(self.root / fault.file))


def load_configuration(
    config_dir: Path, env: Mapping[str, str], now: datetime | None = None
) -> Configuration:
    """Everything in `config_dir`, with the environment's overrides. Never raises: what cannot be read is a fault.

    `now` (aware; the clock's when None) says which day it is for agreements that are dated.
    """
    settings, service, faults = load_settings(config_dir, env)
    texts, unread = read_texts(config_dir)
    shipped, odd = _shipped(config_dir)
    today = (now or datetime.now(UTC)).astimezone(ZoneInfo(settings.time_zone if settings else "UTC")).date()
    result = load(texts, service, shipped, today, static=STATIC_FILE)
    return Configuration(
        root=config_dir,
        settings=settings,
        policy=result.policy if settings and not (unread or odd) else None,
        service=service,
        shipped=shipped,
        today=today,
        texts=texts,
        faults=ordered((*faults, *unread, *odd, *result.faults)),
    )


def read_texts(config_dir: Path) -> tuple[dict[str, str], tuple[Fault, ...]]:
    """The routing files by name relative to `config_dir`, and a fault for each that cannot be read.

    Hidden files and editors' backups (.#x, x~, x.bak) are not configuration.
    """
    texts: dict[str, str] = {}
    faults: list[Fault] = []
    for path in sorted((config_dir / ROUTING).rglob("*")):
        name = path.relative_to(config_dir).as_posix()
        if path.suffix not in _SUFFIXES or re.search(r"(^|/)\.", name) or not path.is_file():
            continue
        text = _text(path, name, faults)
        if text is not None:
            texts[name] = text
    return texts, tuple(faults)


def write_texts(config_dir: Path, texts: Mapping[str, str]) -> None:
    """Replaces routing files, each at once: a reader sees the old text or the new one, never a part.

    All are written and flushed beside their places before the first one is renamed. Raises OSError; then at most
    some of the files are new, and no temporary one stays.
    """
    ready: list[tuple[Path, Path]] = []
    try:
        for name, text in texts.items():
            target = config_dir / name
            target.parent.mkdir(parents=True, exist_ok=True)
            ready.append((_written_beside(target, text), target))
        for temporary, target in ready:
            temporary.replace(target)
            _flush_directory(target.parent)
    finally:
        for temporary, _ in ready:
            temporary.unlink(missing_ok=True)


def _written_beside(target: Path, text: str) -> Path:
    """A hidden file beside `target` (read_texts skips it), on disk, with the permissions of `target`."""
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", newline="", dir=target.parent, prefix=f".{target.name}.", delete=False
    ) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary = Path(file.name)
    temporary.chmod(target.stat().st_mode & 0o777 if target.exists() else 0o640)
    return temporary


def _flush_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _text(path: Path, name: str, faults: list[Fault]) -> str | None:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        message = f"cannot be read: {error.strerror or error}"
    except UnicodeDecodeError as error:
        message = f"is not UTF-8 (octet {error.start + 1}); save it as UTF-8"
    faults.append(Fault(file=name, line=1, column=1, message=message))
    return None


def shipped_tables() -> Shipped:
    """The tables of this package."""
    data = resources("mailrouter") / "data"
    return Shipped(
        departments=(data / DEPARTMENTS).read_text(encoding="utf-8"),
        organisations=(data / ORGANISATIONS).read_text(encoding="utf-8"),
    )


def _shipped(config_dir: Path) -> tuple[Shipped, tuple[Fault, ...]]:
    shipped, faults = shipped_tables(), list[Fault]()
    changed = {
        name.removesuffix(".csv"): text
        for name in (DEPARTMENTS, ORGANISATIONS)
        if (config_dir / name).exists() and (text := _text(config_dir / name, name, faults)) is not None
    }
    return msgspec.structs.replace(shipped, **changed), tuple(faults)
