"""The published suites of sender authentication, run over the replaceable resolver where they stand on this machine.

They are others' work and not part of this project: the directory is named by MAILROUTER_EXAMS (default: shared/exams
beside the repository), with authentication/spf and authentication/arc in it. Absent: skipped, and a failure under CI=true.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from mailrouter.checks.resolver import TableResolver
from mailrouter.checks.spf import check_host

EXAMS = Path(os.environ.get("MAILROUTER_EXAMS") or Path(__file__).parents[2].parent / "shared" / "exams")
SUITES = EXAMS / "authentication"

SPF_DEVIATIONS: dict[str, str] = {}
"""Tests of the SPF suite whose result we do not give, with the reason."""

UNFETCHED = "explanations (exp=) are checked for syntax, never fetched nor shown: nobody is rejected after 250"


def documents(name: str) -> list[dict[str, Any]]:
    """The YAML documents of a suite file; skips, or fails under CI, where it is absent."""
    path = SUITES / name
    if not path.exists():
        message = f"suite {name} is absent: set MAILROUTER_EXAMS"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return [one for one in yaml.safe_load_all(path.read_text(encoding="utf-8")) if one]


def spf_zone(records: Mapping[str, list[Any]]) -> TableResolver:
    """The zone of a scenario. Records of the withdrawn type SPF stand for TXT where a name has none (the suite's rule)."""
    zone: dict[str, dict[str, list[str]]] = {}
    unavailable: set[tuple[str, str]] = set()
    for name, entries in records.items():
        kinds: dict[str, list[str]] = {}
        for entry in entries:
            for kind, value in entry.items() if isinstance(entry, dict) else ():
                kinds.setdefault(kind, []).append(spf_record(kind, value))
        old = kinds.pop("SPF", [])
        kinds.setdefault("TXT", old)
        zone[name] = {kind: [one for one in values if one != "NONE"] for kind, values in kinds.items()}
        if "TIMEOUT" in entries:
            unavailable |= {(name, kind) for kind in ("A", "AAAA", "MX", "PTR", "TXT") if not zone[name].get(kind)}
    return TableResolver(zone, unavailable)


def spf_record(kind: str, value: Any) -> str:
    """A record of the YAML as text: pieces of TXT joined, the host of MX."""
    if kind == "MX":
        return value[1]
    return "".join(value) if isinstance(value, list) else value


def spf_tests() -> Iterator[tuple[str, dict[str, Any], TableResolver]]:
    for scenario in documents("spf/rfc7208-tests.yml"):
        resolver = spf_zone(scenario["zonedata"])
        for name, test in scenario["tests"].items():
            yield name, test, resolver


def test_rfc_7208_suite(capsys: pytest.CaptureFixture[str]) -> None:
    """Every test of the SPF suite gives a result that the suite allows; explanations are counted, not compared."""
    wrong: dict[str, str] = {}
    passed = explained = 0
    for name, test, resolver in spf_tests():
        allowed = test["result"] if isinstance(test["result"], list) else [test["result"]]
        outcome = asyncio.run(check_host(test["host"], test["mailfrom"], test["helo"], resolver))
        explained += "explanation" in test
        if outcome.result in allowed:
            passed += 1
        else:
            wrong[name] = f"expected {allowed}, got {outcome}"
    with capsys.disabled():
        print(f"\nRFC 7208 suite: {passed} of {passed + len(wrong)} results; {explained} explanations not compared: {UNFETCHED}")
    assert wrong.keys() == SPF_DEVIATIONS.keys(), wrong
