"""docs/authentication.md: its examples are configurations that load, and build the checks it speaks of."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from mailrouter.checks.build import build_checks
from mailrouter.checks.resolver import TableResolver
from mailrouter.settings.keys import AntivirusIn, AuthenticationIn

PAGE = Path(__file__).parents[2] / "docs" / "authentication.md"


def examples() -> list[dict]:
    return [
        yaml.safe_load(text)
        for text in re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    ]


def test_every_example_builds_its_checks() -> None:
    """Each YAML block is valid, and gives the checks of the way that it stands for."""
    built = []
    for example in examples():
        keys = AuthenticationIn.model_validate(example.get("authentication", {})).model_dump(
            exclude={"nameservers"}
        )
        scanner = AntivirusIn.model_validate(example.get("antivirus", {}))
        resolver = TableResolver({}) if keys["own_dns"] else None
        checks = build_checks(
            **keys, resolver=resolver, antivirus=scanner.clamd or "", antivirus_seconds=scanner.seconds
        )
        built.append([check.name for check in checks])
    assert built == [
        ["authres"],
        ["authres"],
        ["own"],
        ["own"],
        ["trusted-network", "authres"],
        ["antivirus"],
    ]


def test_every_key_is_on_the_page() -> None:
    """An operator finds each key of the section here."""
    text = PAGE.read_text(encoding="utf-8")
    assert [
        name for name in AuthenticationIn.model_fields if f"{name}:" not in text and f"`{name}`" not in text
    ] == []
