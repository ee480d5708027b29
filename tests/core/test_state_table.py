"""Every (state x role x act) with its outcome; printed as docs/states.md, which must say the same.

`python tests/core/test_state_table.py` writes the page anew.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from scenes import CAF_BOX, CLAIRE, KARIM, NADIA, NOW, STRANGER, ZOE, case, directory, facts, person

from mailrouter.core.decide.basis.evolve import after
from mailrouter.core.decide.decide import decide
from mailrouter.core.decide.words.acts import ACTS, STATEFUL
from mailrouter.core.model import CaseView, Decision, Send

PAGE = Path(__file__).parents[2] / "docs" / "states.md"
# (case state, state of the organisation)
STATES = (
    ("incomplete", ""),
    ("open", "new"),
    ("open", "in-progress"),
    ("done", "done"),
    ("closed", "done"),
    ("frozen", "in-progress"),
    ("withdrawn", "in-progress"),
    ("wiped", ""),
)
ROLES = {
    "aidant": ZOE,
    "colleague": KARIM,
    "agent": CLAIRE,
    "mailbox": CAF_BOX,
    "expert": NADIA,
    "stranger": STRANGER,
}
ARGUMENTS = {
    "reason": " : doublon",
    "note": " : à vérifier",
    "broad": " : à savoir",
    "target": " CPAM",
    "useful": " oui",
    "when": " jeudi",
}
TEXT = "Bonjour, le dossier avance et il manque un justificatif."


def sayings() -> dict[str, str]:
    """What is said for each act; a plain text besides."""
    said = {"(text)": TEXT}
    for act in ACTS:
        argument = (
            ARGUMENTS.get(act.argument, "") if act.argument not in ("target",) or act.name == "invite" else ""
        )
        said[act.name] = act.phrases[0] + argument
    return said


def situation(state: str, party: str, role: str = "") -> CaseView:
    """The case in one state; with an expert who was invited to it, in an expert's column."""
    if role == "expert" and state not in ("incomplete", "wiped"):
        people = (*case().participants, person(NADIA, "expert", "caf-lot", "operator"))
        return case(state, party, participants=people)
    if state == "incomplete":
        return case(state, parties=(), mandate=None, participants=case().participants[:2])
    if state == "wiped":
        return CaseView(
            id="c" * 32,
            number="2026-000001-Z",
            version=9,
            territory="lot",
            state="wiped",
            creator="",
            creator_group="fs-cahors",
            opened_at=NOW,
        )
    return case(state, party)


def outcome(state: str, party: str, role: str, text: str) -> str:
    """The rule, and what changed."""
    before = situation(state, party, role)
    gathered = facts(ROLES[role], text, before)
    decision = decide(gathered, directory())
    return f"{decision.disposition} {decision.rule}{changes(before, after(gathered, decision), decision)}"


def changes(before: CaseView, now: CaseView | None, decision: Decision) -> str:
    """The transitions and who is written to, in short."""
    told = sorted({e.template for e in decision.effects if isinstance(e, Send)})
    steps = []
    if now and now.state != before.state and now.id == before.id:
        steps.append(f"case {before.state}→{now.state}")
    old = {p.organisation: p for p in before.parties}
    for party in now.parties if now else ():
        if party.organisation not in old:
            steps.append(f"+{party.organisation}")
        elif party.state != old[party.organisation].state:
            steps.append(f"{party.organisation} {old[party.organisation].state}→{party.state}")
    return f" [{'; '.join(steps)}]" * bool(steps) + f" → {', '.join(told)}" * bool(told)


def page() -> str:
    """The whole table as a page."""
    lines = [
        "# States, roles and acts",
        "",
        "What each act does, by who says it and where the case stands; a test computes every row with the real decision.",
        "`case a→b` is a transition, what follows the last arrow are the templates that are sent.",
        "",
    ]
    for state, party in STATES:
        lines += [f"## Case {state}{f', organisation {party}' if party else ''}", ""]
        lines += ["| act | " + " | ".join(ROLES) + " |", "|---" * (len(ROLES) + 1) + "|"]
        for name, text in sayings().items():
            cells = [outcome(state, party, role, text) for role in ROLES]
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
        lines.append("")
    return "\n".join(lines)


def test_the_page_says_what_the_decision_does():
    """docs/states.md is computed; run this file to write it anew after a change that is meant."""
    assert PAGE.read_text(encoding="utf-8") == page()


@pytest.mark.parametrize(("state", "party"), STATES, ids=[f"{s}-{p}" for s, p in STATES])
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("act", sayings())
def test_invariants_of_every_cell(state, party, role, act):
    """A stranger changes nothing and learns nothing; an ended case stays ended; only the right side moves a state."""
    before = situation(state, party, role)
    gathered = facts(ROLES[role], sayings()[act], before)
    decision = decide(gathered, directory())
    now = after(gathered, decision)
    recipients = {e.recipient for e in decision.effects if isinstance(e, Send)}
    if role == "stranger":
        assert decision.disposition == "held"
        assert recipients <= set(directory().policy.operators)
        assert now == before
    if state in ("frozen", "withdrawn", "wiped"):
        assert now is None or now.state == state or now.id != before.id
    if now and now.state != before.state and act in STATEFUL:
        side = "helper" if role in ("aidant", "colleague") else "operator"
        assert side in next(a.sides for a in ACTS if a.name == act)
    if now and now.id == before.id and now.state in ("incomplete", "open", "done") and now != before:
        assert now.dues, "an open case has a next due act"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
