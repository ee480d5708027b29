"""The static file read, overridden by the environment, and checked: every fault at once.

Relative paths (database, mail, secrets) are relative to the directory that holds the configuration directory:
with `--config /srv/aplus/config` the path `var/mail` is /srv/aplus/var/mail, whatever the current directory.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mailrouter.core.policy.faults import Fault, ordered
from mailrouter.core.policy.schema import Service
from mailrouter.core.policy.validate import validate
from mailrouter.core.policy.yamltext import Document, read_yaml
from mailrouter.settings.checks import checks
from mailrouter.settings.environment import overridden
from mailrouter.settings.model import Settings

STATIC_FILE = "mailrouter.yaml"
NO_DOMAIN = "missing.invalid.example"


def load_settings(
    config_dir: Path, env: Mapping[str, str]
) -> tuple[Settings | None, Service, tuple[Fault, ...]]:
    """(settings with absolute paths or None, what decisions need of them, faults) of a directory.

    Names in faults are relative to the directory. Never raises: a file that is missing or unreadable is a fault.
    """
    document, faults = _read(config_dir / STATIC_FILE)
    document, strange = overridden(document, Settings, env)
    settings, sound, wrong = validate(document, Settings)
    faults = (*faults, *strange, *wrong)
    if settings is None:
        # Without a domain nothing can be used, but the rest is still looked at: all faults at once.
        settings, sound, _ = validate(_with_domain(sound), Settings)
    if settings is None:
        return None, Service(domain=NO_DOMAIN), ordered(faults)
    found = ordered((*faults, *checks(settings, sound)))
    usable = all(fault.severity == "warning" for fault in found)
    return settings.resolved(config_dir) if usable else None, settings.service(sound), found


def _read(path: Path) -> tuple[Document, tuple[Fault, ...]]:
    try:
        return read_yaml(STATIC_FILE, path.read_text(encoding="utf-8"))
    except OSError as error:
        message = f"cannot be read: {error.strerror or error}"
    except UnicodeDecodeError:
        message = "is not UTF-8; save it as UTF-8"
    empty = Document(name=STATIC_FILE, value={}, places={}, keys={})
    return empty, (Fault(file=STATIC_FILE, line=1, column=1, message=message),)


def _with_domain(document: Document) -> Document:
    value = document.value if isinstance(document.value, dict) else {}
    return Document(
        name=document.name,
        value={**value, "domain": NO_DOMAIN},
        places=document.places,
        keys=document.keys,
        dropped=document.dropped,
        trimmed=document.trimmed,
    )
