"""Overrides from the environment: MAILROUTER_DOMAIN, MAILROUTER_LISTEN__SMTP, … (pydantic-settings' rules)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource

from mailrouter.core.policy.faults import Fault, Position, warning
from mailrouter.core.policy.slug import nearest
from mailrouter.core.policy.validate import known_keys
from mailrouter.core.policy.yamltext import Document, Path

PREFIX = "MAILROUTER_"
DELIMITER = "__"
CONFIG_VARIABLE = "MAILROUTER_CONFIG"
"""Names the configuration directory, for commands without --config; no setting."""


class _Given(EnvSettingsSource):
    """pydantic-settings' reading of an environment that is handed in."""

    def __init__(self, model: type[BaseSettings], env: Mapping[str, str]) -> None:
        self._given = env
        super().__init__(model)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return {name.lower(): value for name, value in self._given.items()}

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        """JSON, or a list as people write it: a, b."""
        try:
            return json.loads(value)
        except ValueError:
            return [item.strip() for item in str(value).split(",") if item.strip()]


def overridden(
    document: Document, model: type[BaseSettings], env: Mapping[str, str]
) -> tuple[Document, tuple[Fault, ...]]:
    """The document with the environment's values in place of its own; a warning for each unknown variable.

    The place of such a value is its variable's name: MAILROUTER_DOMAIN:1:1.
    """
    own = {name: value for name, value in env.items() if name.upper().startswith(PREFIX)}
    own.pop(CONFIG_VARIABLE, None)
    strange = {name: fault for name in sorted(own) if (fault := _unknown(model, name))}
    given = _Given(model, {name: value for name, value in own.items() if name not in strange})()
    if not given or not isinstance(document.value, dict):
        return document, tuple(strange.values())
    places = dict(document.places)
    value = _merged(document.value, given, (), places)
    return Document(name=document.name, value=value, places=places, keys=document.keys), tuple(
        strange.values()
    )


def _unknown(model: type[BaseSettings], name: str) -> Fault | None:
    steps = tuple(name[len(PREFIX) :].lower().split(DELIMITER))
    for i, step in enumerate(steps):
        known = known_keys(model, steps[:i])
        if step not in known:
            near = nearest(step, known) if known else None
            meant = (
                f"did you mean {PREFIX}{DELIMITER.join((*steps[:i], near)).upper()}?" if near else "remove it"
            )
            return warning(Position(file=name), f"no setting has this name; {meant}")
    return None


def _merged(old: Any, new: Any, path: Path, places: dict[Path, Position]) -> Any:
    if isinstance(new, dict):
        base = old if isinstance(old, dict) else {}
        return {**base, **{k: _merged(base.get(k), v, (*path, k), places) for k, v in new.items()}}
    places[path] = Position(file=PREFIX + DELIMITER.join(str(step).upper() for step in path))
    for i in range(len(new) if isinstance(new, list) else 0):
        places[(*path, i)] = places[path]
    return None if new in ("", "null") else new
