"""The proof table (ARCHITECTURE, section 4): every row is a decision with its evidence in the trace."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from scenes import (
    AURELIE,
    CAF_BOX,
    CLAIRE,
    JULIEN,
    KARIM,
    STRANGER,
    ZOE,
    case,
    directory,
    facts,
    token,
)

from mailrouter.core.decide.decide import decide
from mailrouter.core.model import Candidate, Send

NUMBER = Candidate(case_id="c" * 32, evidence="number")
REPLY = Candidate(case_id="c" * 32, evidence="in-reply-to")
REFERS = Candidate(case_id="c" * 32, evidence="references")
REFERS_OTHERWISE = Candidate(case_id="c" * 32, evidence="references", subject_agrees=False)
OTHER = Candidate(case_id="d" * 32, evidence="in-reply-to")
LOT = (directory().target_of("lot@aplus.example"),)
TEXT = "Bonjour, voici des nouvelles de ce dossier."

# what: (author, holder of the token or None, aligned, candidates) -> (disposition, rule)
ROWS = {
    "token, its participant, aligned": (ZOE, ZOE, True, (), "attached", "on-case:token"),
    "token, another participant, aligned": (JULIEN, CLAIRE, True, (), "attached", "on-case:token"),
    "token, colleague of the same group, aligned": (
        "isabelle.serres@ddfip46.example", None, True, (REPLY,), "held", "hold:stranger-on-case"),
    "token, manager of the same group, aligned": ("chef@caf46.example", CLAIRE, True, (), "attached", "on-case:colleague"),
    "token, claims a registered address, not aligned": (CLAIRE, CLAIRE, False, (), "held", "hold:unaligned"),
    "token, not registered, of the organisation's domain": (
        "nouveau@caf46.example", CLAIRE, True, (), "held", "hold:colleague-not-registered"),
    "token, the same of a free-mail domain": ("claire.martin@gmail.com", CLAIRE, True, (), "held", "hold:stranger-on-case"),
    "token, a registered agent of another organisation": (AURELIE, CLAIRE, True, (), "held", "hold:stranger-on-case"),
    "token, anyone else": (STRANGER, CLAIRE, True, (), "held", "hold:stranger-on-case"),
    "token, anyone else, not aligned": (STRANGER, CLAIRE, False, (), "held", "hold:stranger-on-case"),
    "in-reply-to, participant, aligned": (ZOE, None, True, (REPLY,), "attached", "on-case:in-reply-to"),
    "in-reply-to, stranger": (STRANGER, None, True, (REPLY,), "held", "hold:stranger-on-case"),
    "references alone, same base subject": (ZOE, None, True, (REFERS,), "attached", "on-case:references"),
    "references alone, other subject": (ZOE, None, True, (REFERS_OTHERWISE,), "opened", "open-case"),
    "number in the subject, participant": (ZOE, None, True, (NUMBER,), "attached", "on-case:number"),
    "number in the subject, stranger": (STRANGER, None, True, (NUMBER,), "handled", "not-registered"),
    "two different cases": (ZOE, ZOE, True, (OTHER,), "held", "hold:two-cases"),
    "none, registered aidant, aligned": (ZOE, None, True, (), "opened", "open-case"),
    "none, registered aidant, not aligned": (ZOE, None, False, (), "held", "hold:unaligned"),
    "none, registered agent, aligned": (CLAIRE, None, True, (), "held", "hold:agent-without-case"),
    "none, not registered, aligned": (STRANGER, None, True, (), "handled", "not-registered"),
    "none, not registered, not aligned": (STRANGER, None, False, (), "held", "hold:stranger-unaligned"),
}  # fmt: skip


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_row(row):
    """Disposition and rule; nothing of an unproven sender's text is in any mail."""
    author, holder, aligned, candidates, disposition, rule = row
    targets = (token(holder),) if holder else LOT
    decided = decide(
        facts(author, TEXT, case(), targets=targets, aligned=aligned, candidates=candidates), directory()
    )
    assert (decided.disposition, decided.rule) == (disposition, rule), decided.trace
    if disposition == "held":
        assert not [e for e in decided.effects if isinstance(e, Send) and "nouvelles" in e.text]


def test_a_registered_colleague_joins_and_it_is_said():
    """A member of the token holder's group who was not on the case yet joins with the mail."""
    alone = case(participants=tuple(p for p in case().participants if p.address != JULIEN))
    decided = decide(facts(JULIEN, TEXT, alone, CLAIRE), directory())
    assert decided.rule == "on-case:colleague"
    assert any(
        e.__struct_config__.tag == "invite" and e.participants[0].address == JULIEN for e in decided.effects
    )


def test_a_note_token_never_widens():
    """Whoever writes to an agents-only address writes a note, other participants too."""
    decided = decide(facts(CLAIRE, TEXT, case(), targets=(token(CLAIRE, "agents"),)), directory())
    recipients = {e.recipient for e in decided.effects if isinstance(e, Send)}
    assert recipients and not recipients & {ZOE, KARIM}


def test_revoked_token_lets_nobody_in():
    """A token revoked when its holder left proves the thread only for those still on the case."""
    from scenes import NOW

    gone = case(participants=tuple(p for p in case().participants if p.address != CLAIRE))
    old = token(CLAIRE, revoked_at=NOW)
    assert decide(facts(CLAIRE, TEXT, gone, targets=(old,)), directory()).disposition == "held"
    assert decide(facts(STRANGER, TEXT, gone, targets=(old,)), directory()).disposition == "held"


@pytest.mark.parametrize(("author", "looped"), [(ZOE, True), ("lot@aplus.example", False)])
def test_loops(author, looped):
    """Our own mail come back is ignored: by its mark, or by its author."""
    decided = decide(facts(author, TEXT, case(), CAF_BOX, looped=looped), directory())
    assert (decided.disposition, decided.rule) == ("ignored", "loop")


@pytest.mark.parametrize("sender", ["A <a@x.example>, B <b@x.example>", f'"{ZOE}" <{STRANGER}>'])
def test_an_ambiguous_author_is_held_or_taken_by_the_address(sender):
    """Two mailboxes in From are nobody; a display name that looks like an address decides nothing."""
    decided = decide(facts(sender, TEXT, case(), ZOE, mail_from="a@x.example"), directory())
    assert decided.disposition == "held"
