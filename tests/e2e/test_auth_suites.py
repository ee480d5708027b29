"""The published suites of sender authentication, run over the replaceable resolver where they stand on this machine.

They are others' work and not part of this project: the directory is named by MAILROUTER_EXAMS (default: shared/exams
beside the repository), with authentication/spf and authentication/arc in it. Absent: skipped, and a failure under CI=true.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from mailrouter.checks.arc import validate
from mailrouter.checks.resolver import TableResolver
from mailrouter.checks.spf import check_host
from mailrouter.checks.trace import split

EXAMS = Path(os.environ.get("MAILROUTER_EXAMS") or Path(__file__).parents[2].parent / "shared" / "exams")
SUITES = EXAMS / "authentication"

SPF_DEVIATIONS: dict[str, str] = {}
"""Tests of the SPF suite whose result we do not give, with the reason."""

UNFETCHED = (
    "explanations (exp=) are checked for syntax, never fetched nor shown: nobody is rejected after 250"
)


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
            unavailable |= {
                (name, kind) for kind in ("A", "AAAA", "MX", "PTR", "TXT") if not zone[name].get(kind)
            }
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
        print(
            f"\nRFC 7208 suite: {passed} of {passed + len(wrong)} results; {explained} explanations not compared: {UNFETCHED}"
        )
    assert wrong.keys() == SPF_DEVIATIONS.keys(), wrong


ARC_DEVIATIONS: dict[str, str] = {}
"""ARC vectors whose chain status we do not give, with the reason."""

ENDED = "a chain that a forwarder sealed as failed has no status in the vectors; it is fail for us, never believed"


def arc_zone(records: Mapping[str, str]) -> TableResolver:
    return TableResolver({name: {"TXT": [value]} for name, value in records.items()})


def test_arc_validation_vectors(capsys: pytest.CaptureFixture[str]) -> None:
    """Every ARC vector gives the chain status that it records; the ended chains are fail."""
    wrong: dict[str, str] = {}
    passed = ended = 0
    for scenario in documents("arc/arc-draft-validation-tests.yml"):
        resolver = arc_zone(scenario["txt-records"])
        for name, test in scenario["tests"].items():
            chain = asyncio.run(validate(split(test["message"].encode()), resolver))
            ended += test["cv"] == ""
            if chain.status == (test["cv"] or "fail").lower():
                passed += 1
            else:
                wrong[name] = f"expected {test['cv']!r}, got {chain.status} ({chain.reason})"
    with capsys.disabled():
        print(f"\nARC validation vectors: {passed} of {passed + len(wrong)}; {ended} of them: {ENDED}")
    assert wrong.keys() == ARC_DEVIATIONS.keys(), wrong


def laid_out(value: str) -> str:
    """A recorded field value as its signer wrote it: one line, and no spaces in b= (the vectors fold for reading)."""
    line = " ".join(value.split("\n")).strip()
    return re.sub(r"(?<![a-z])b=([^;]*)", lambda found: "b=" + found[1].replace(" ", ""), line)


def test_arc_signing_vectors_verify(capsys: pytest.CaptureFixture[str]) -> None:
    """We seal nothing; the sets that the signing vectors record as right must verify on top of their messages.

    Two are sealed over a chain that failed and one says that nothing is to be added to such a chain: fail.
    """
    wrong: dict[str, str] = {}
    passed = 0
    for scenario in documents("arc/arc-draft-sign-tests.yml"):
        resolver = arc_zone(scenario["txt-records"])
        for name, test in scenario["tests"].items():
            fields = (
                ("ARC-Seal", "AS"),
                ("ARC-Message-Signature", "AMS"),
                ("ARC-Authentication-Results", "AAR"),
            )
            added = "".join(f"{field}: {laid_out(test[key])}\n" for field, key in fields if test[key].strip())
            chain = asyncio.run(validate(split((added + test["message"]).encode()), resolver))
            expected = "pass" if added and "cv=fail" not in test["AS"] else "fail"
            if chain.status == expected:
                passed += 1
            else:
                wrong[name] = f"expected {expected}, got {chain.status} ({chain.reason})"
    with capsys.disabled():
        print(f"\nARC signing vectors, verified: {passed} of {passed + len(wrong)}")
    assert wrong == {}
