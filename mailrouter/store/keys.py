"""Key files: made with safe permissions, refused when others can read them, several keys with ids for rotation.

A file holds one key a line: id, the day it was made, 32 octets in base64. The LAST line is the current key, earlier
ones still open and verify. Rotation appends a line. The master file also holds the line `index`, which is never
rotated: ids and blind indexes that are stored for years derive from it.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import stat
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from mailrouter.core.mail.address import AddressKeys
from mailrouter.core.model import Frozen

INDEX: Final = "index"
KEY_BYTES: Final = 32
ADDRESS_KEY_IDS: Final = 32
# ARCHITECTURE section 4: open cases are capped at 24 months and wiped 6 months after, so no address needs longer.
RETIRED_VERIFIES_DAYS: Final = 30 * 31
_ADDRESS_NOTE: Final = (
    "# mailrouter address keys: id, day made, key. The last line signs, all verify. Keep secret.\n"
)
_MASTER_NOTE: Final = (
    "# mailrouter master keys: id, day made, key. The last line seals, all open; `index` is never replaced.\n"
    "# Whoever has this file and the database reads every mail. Never keep it in the database's backup.\n"
)


class KeyFileError(Exception):
    """A key file is missing, readable by others, or malformed. The message says which line and what to do."""


class KeyLine(Frozen, frozen=True, kw_only=True):
    """One key of a file."""

    id: str
    made: date
    secret: bytes

    def __repr__(self) -> str:
        return f"KeyLine(id={self.id!r}, made={self.made})"


class Keys(Frozen, frozen=True, kw_only=True):
    """Every key of the installation, derived (HKDF-SHA256, RFC 5869) from the two files; never printed."""

    id_key: bytes
    blind_key: bytes
    address: AddressKeys
    master: Mapping[str, bytes]
    current: str

    def __repr__(self) -> str:
        return f"Keys(current={self.current!r}, master={sorted(self.master)}, address={self.address!r})"


def init_keys(address_key_file: Path, master_key_file: Path, today: date) -> tuple[Path, ...]:
    """Make what is absent of the two files, mode 0600, atomically; gives the files that were made."""
    wanted = (
        (address_key_file, _ADDRESS_NOTE + _fresh("1", today)),
        (master_key_file, _MASTER_NOTE + _fresh(INDEX, today) + _fresh("1", today)),
    )
    return tuple(path for path, text in wanted if _create(path, text))


def load_keys(address_key_file: Path, master_key_file: Path, today: date | None = None) -> Keys:
    """The keys of the two files. With `today`, address keys replaced more than 30 months ago no longer verify.

    KeyFileError when a file cannot be used.
    """
    address = {_address_id(address_key_file, line.id): line for line in key_lines(address_key_file)}
    master = {line.id: line for line in key_lines(master_key_file)}
    index = master.pop(INDEX, None)
    if index is None or not master:
        raise KeyFileError(f"{master_key_file}: needs the line `{INDEX}` and at least one master key")
    kept = _not_retired(address, today)
    return Keys(
        id_key=_derive(index.secret, "ids"),
        blind_key=_derive(index.secret, "blind indexes"),
        address=AddressKeys(
            current=list(address)[-1], keys={n: _derive(key.secret, "addresses") for n, key in kept.items()}
        ),
        master={name: _derive(line.secret, "master") for name, line in master.items()},
        current=list(master)[-1],
    )


def add_address_key(path: Path, today: date) -> int:
    """Append a new current address key; gives its id. KeyFileError when all 32 ids are taken."""
    taken = {line.id for line in key_lines(path)}
    free = [n for n in range(ADDRESS_KEY_IDS) if str(n) not in taken]
    if not free:
        raise KeyFileError(f"{path}: all {ADDRESS_KEY_IDS} ids are taken; remove the oldest line")
    # Ids are reused only when every other was: a retired id that comes back must not be a recent one.
    number = min(free, key=lambda n: (n < max(map(int, taken)), n))
    _append(path, _fresh(str(number), today))
    return number


def add_master_key(path: Path, today: date) -> str:
    """Append a new current master key; gives its id. Rewrap the data keys before the old line is removed."""
    numbers = [int(line.id) for line in key_lines(path) if line.id.isdigit()]
    name = str(max(numbers, default=0) + 1)
    _append(path, _fresh(name, today))
    return name


def _derive(secret: bytes, purpose: str) -> bytes:
    info = f"mailrouter {purpose}".encode()
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(secret)


def _not_retired(keys: Mapping[int, KeyLine], today: date | None) -> dict[int, KeyLine]:
    """Keys still current, or replaced at most 30 months ago (a key is replaced on the day the next was made)."""
    items = list(keys.items())
    replaced = [line.made for _, line in items[1:]]
    return {
        number: line
        for (number, line), gone in zip(items, [*replaced, None], strict=True)
        if gone is None or today is None or (today - gone).days <= RETIRED_VERIFIES_DAYS
    }


def _fresh(name: str, today: date) -> str:
    return f"{name} {today.isoformat()} {base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}\n"


def key_lines(path: Path) -> list[KeyLine]:
    """The keys of a file, in its order. KeyFileError when it cannot be used."""
    lines = [
        _line(f"{path}:{number}", line.split())
        for number, line in enumerate(_read(path).splitlines(), 1)
        if line.strip() and not line.startswith("#")
    ]
    names = [line.id for line in lines]
    if not names or len(set(names)) < len(names):
        raise KeyFileError(f"{path}: {'the same id twice' if names else 'holds no key'}")
    return lines


def _line(where: str, words: Sequence[str]) -> KeyLine:
    try:
        name, day, text = words
        secret = base64.b64decode(text, validate=True)
        line = KeyLine(id=name, made=date.fromisoformat(day), secret=secret)
    except (ValueError, binascii.Error):
        raise KeyFileError(f"{where}: a key line is `id YYYY-MM-DD base64`") from None
    if len(secret) != KEY_BYTES:
        raise KeyFileError(f"{where}: a key has {KEY_BYTES} octets, this one {len(secret)}")
    return line


def _address_id(path: Path, name: str) -> int:
    if not name.isdigit() or int(name) >= ADDRESS_KEY_IDS:
        raise KeyFileError(
            f"{path}: an address key's id is a number from 0 to {ADDRESS_KEY_IDS - 1}, not {name!r}"
        )
    return int(name)


def _read(path: Path) -> str:
    try:
        with path.open(encoding="ascii") as file:
            mode = os.fstat(file.fileno()).st_mode
            _refuse_if_shared(path, mode)
            return file.read()
    except (OSError, UnicodeDecodeError) as fault:
        raise KeyFileError(f"{path}: cannot be read ({fault})") from None


def _refuse_if_shared(path: Path, mode: int) -> None:
    # systemd grants a service its credentials through an ACL, whose mask shows as group bits of the mode
    # (systemd.exec, LoadCredential); the directory itself is closed to others.
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    granted = credentials and path.resolve().is_relative_to(Path(credentials).resolve())
    shared = stat.S_IRWXO if granted else stat.S_IRWXG | stat.S_IRWXO
    if mode & shared:
        raise KeyFileError(
            f"{path}: mode {stat.S_IMODE(mode):04o} lets others read the keys; run `chmod 600 {path}`"
        )


def _create(path: Path, text: str) -> bool:
    """Whether the file was made: a hard link from a finished temporary file never replaces and is never half there."""
    if path.exists():
        return False
    try:
        _publish(path, text, os.link)
    except FileExistsError:
        return False
    return True


def _append(path: Path, line: str) -> None:
    _publish(path, _read(path).rstrip("\n") + "\n" + line, os.replace)


def _publish(path: Path, text: str, put: Callable[[str, Path], None]) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        put(temporary, path)
        _sync_directory(path.parent)
    finally:
        Path(temporary).unlink(missing_ok=True)


def _sync_directory(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
