"""A zip of exported cases: a JSON document and the files of each, readable by its owner only."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import msgspec

from mailrouter.store.usager import Export


def write_archive(path: Path, exports: Sequence[Export]) -> None:
    """Write `<number>/case.json` and `<number>/files/NN-<name>` of each case; mode 0600, there whole or not at all."""
    unfinished = path.with_name(f".{path.name}.part")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for one in exports:
                content = json.dumps(msgspec.to_builtins(one.content), ensure_ascii=False, indent=2)
                archive.writestr(f"{one.number}/case.json", content)
                for place, (name, octets) in enumerate(one.files, 1):
                    archive.writestr(f"{one.number}/files/{place:02}-{_safe(name)}", octets)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def _safe(name: str) -> str:
    """A file's name is data: no directory, no control character, no endless length."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return "".join(c if c.isprintable() and c not in '<>:"|?*' else "_" for c in last)[-100:] or "file"
