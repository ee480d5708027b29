"""docs/security.md: its table is what the attack suite says, and every counter and reason it names exists."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "attacks"))

from page import PAGE, attacks, written


def test_the_table_is_the_suite() -> None:
    """Each attack's docstring says what attacker, victim and operator see; the page repeats it word for word."""
    page = PAGE.read_text(encoding="utf-8")
    assert page == written(page), "run: python tests/attacks/page.py"
    assert len(attacks()) >= 40


def test_every_limit_named_is_one() -> None:
    """The caps that the page names are keys of `caps:`."""
    from mailrouter.core.policy.schema import Limits

    page = PAGE.read_text(encoding="utf-8")
    named = {word for word in Limits.__struct_fields__ if f"`{word}`" in page}
    assert named == {
        "automatic_per_address",
        "automatic_per_case",
        "automatic_per_day",
        "neutral_per_address",
        "neutral_per_day",
        "challenges_per_address",
        "refusals_per_address_and_reason",
        "cases_per_address",
    }
