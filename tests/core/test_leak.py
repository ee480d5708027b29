"""The leak check looks at final bytes and stored entitlements alone: each row is a mail that some mistake elsewhere would
have let go, and what the check says of it."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

sys.path.insert(0, str(Path(__file__).parent))

from scenes import (
    AURELIE,
    CAF_BOX,
    CLAIRE,
    JULIEN,
    KARIM,
    NADIA,
    NOW,
    STRANGER,
    ZOE,
    case,
    directory,
    facts,
    person,
)

from mailrouter.core.compose.context import CONTEXT
from mailrouter.core.decide.basis import leak
from mailrouter.core.decide.basis.disclose import OUTSIDE
from mailrouter.core.decide.basis.leak import UNCOVERED, leaks, let_go, releasable, strange_numbers
from mailrouter.core.model import CaseLine, Due, OutboundMail, TimeReached

CHIEF = "chef@caf46.example"
NIR = "1 84 02 46 012 345 34"
PAUL = "paul.renard@equipe-aplus.example"  # expert of Val-d'Oise
NOT_THEIRS = "not an expert's case"
OF_NOBODY = "identifiers not for this organisation: {}"
NOT_ON_IT = "recipient is not on the case"
OF_OTHERS = "a case of others"


def mail(
    recipient: str, template: str = "message", text: str = "Bonjour", head: str = "", **more
) -> OutboundMail:
    """A mail of the case as it would leave; `head` adds header fields."""
    values = dict(case_id="c" * 32, audience="everyone") | more
    octets = f"From: x <lot@aplus.example>\r\nTo: {recipient}\r\n{head}\r\n{text}\r\n".encode()
    return OutboundMail(
        id="o",
        key="k",
        recipient=recipient,
        mail_from="r-x@aplus.example",
        message_id="<o@aplus.example>",
        octets=octets,
        template=template,
        text=text,
        **values,
    )


def without(address: str):
    """The case after somebody left it."""
    people = [replace(p, removed_at=NOW) if p.address == address else p for p in case().participants]
    return case(participants=tuple(people))


def of_group(address: str, group: str):
    """The case with a participant of another group than the files say."""
    people = [replace(p, group=group) if p.address == address else p for p in case().participants]
    return case(participants=tuple(people))


def with_expert(address: str = NADIA, state: str = "open"):
    """The case with an expert invited for CAF."""
    people = (*case().participants, person(address, "expert", "caf-lot", "operator"))
    return case(state, participants=people)


ROWS = {
    "an agent who is asked": (case(), mail(CLAIRE), ()),
    "the group's mailbox": (case(), mail(CAF_BOX), ()),
    "an aidant's colleague": (case(), mail(KARIM), ()),
    "somebody of an organisation that is not asked": (case(), mail(AURELIE), (NOT_ON_IT,)),
    "a stranger": (case(), mail(STRANGER), (NOT_ON_IT,)),
    "who left": (without(JULIEN), mail(JULIEN), (NOT_ON_IT,)),
    "no case at all": (None, mail(CLAIRE), (NOT_ON_IT,)),
    "who is no longer of the group": (of_group(CLAIRE, "cpam-lot"), mail(CLAIRE), (UNCOVERED,)),
    "a group that is gone": (of_group(CLAIRE, "caf-nulle-part"), mail(CLAIRE), (UNCOVERED,)),
    "a note to an agent": (case(), mail(CLAIRE, "note", audience="agents"), ()),
    "a note to the aidant": (case(), mail(ZOE, "note", audience="agents"), ("a note for agents to the helper side",)),
    "another's address in Cc": (case(), mail(ZOE, head=f"Cc: {CLAIRE}\r\n"), ("another person's address in the header",)),
    "another's address in a folded Reply-To": (
        case(),
        mail(ZOE, head=f"Reply-To: Claire\r\n <{CLAIRE}>\r\n"),
        ("another person's address in the header",),
    ),
    "our own addresses in every field": (case(), mail(ZOE, head="Cc: lot@aplus.example\r\nSender: r-1@aplus.example\r\n"), ()),
    "a NIR to an entitled organisation": (case(), mail(CLAIRE, text=f"Son numéro : {NIR}"), ()),
    "a NIR to another one": (
        case(participants=(*case().participants, replace(case().participant(CLAIRE), address="bernard.lacoste@ddfip46.example", group="ddfip-lot"))),
        mail("bernard.lacoste@ddfip46.example", text=f"Son numéro : {NIR}"),
        ("identifiers not for this organisation: nir",),
    ),
    "an expert who was invited": (with_expert(), mail(NADIA, "message"), ()),
    "an expert, a note among agents": (with_expert(), mail(NADIA, "note", audience="agents"), ()),
    "an expert who is in charge elsewhere": (with_expert(PAUL), mail(PAUL), (NOT_THEIRS,)),
    "an expert of a case that is over": (with_expert(state="closed"), mail(NADIA, "answer"), (NOT_THEIRS,)),
    "the end of the case, to an expert": (with_expert(state="closed"), mail(NADIA, "closed"), ()),
    "the end of the mandate, to an expert": (with_expert(state="withdrawn"), mail(NADIA, "withdrawn"), ()),
    "an expert who was not invited": (case(), mail(NADIA), (NOT_ON_IT,)),
    "a NIR to an expert of an entitled organisation": (with_expert(), mail(NADIA, text=f"Son numéro : {NIR}"), (OF_NOBODY.format("nir"),)),
    "a telephone number to an expert": (with_expert(), mail(NADIA, text="Au 06 12 34 56 78."), (OF_NOBODY.format("phone"),)),
    "a transcript to who left": (without(JULIEN), mail(JULIEN, "history"), (NOT_ON_IT,)),
    "a transcript with notes to the aidant": (case(), mail(ZOE, "history", audience="agents"), ("a note for agents to the helper side",)),
    "a list asked for on the case, to who left it": (without(JULIEN), mail(JULIEN, "listing"), (NOT_ON_IT,)),
    "what holds the number only, to a manager": (case(), mail(CHIEF, "escalation"), ()),
    "what is of no case": (None, mail(STRANGER, "not-registered", case_id=""), ()),
}  # fmt: skip


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_what_it_says(row):
    """Reasons without content; nothing when the mail may leave."""
    seen, sent, reasons = row
    assert leaks(seen, (sent,), directory()) == tuple(f"{sent.template}: {reason}" for reason in reasons)


def line(number: str) -> CaseLine:
    return CaseLine(case_id="d" * 32, number=number, state="open", opened_at=NOW)


@pytest.mark.parametrize("template", ["digest", "listing", "notices", "which-case"])
def test_lists_name_the_reader_s_cases_only(template):
    """Digests, `liste`, bundled notices: a number of another's case stops the whole mail, whoever put it there."""
    own, other = case().number, "2026-000002-X"
    text = f"| {own} | en cours"
    due = Due(key="//digest//1", case_id="", kind="digest", at=NOW, address=ZOE)
    mine = replace(facts(ZOE, "liste", case()), trigger=TimeReached(due=due), listed=(line(own),), cases=())
    sent = mail(ZOE, template, text, case_id="")
    assert strange_numbers(mine, (sent,), directory()) == ()
    assert strange_numbers(replace(mine, listed=()), (sent,), directory()) == (f"{template}: {OF_OTHERS}",)
    assert strange_numbers(mine, (mail(KARIM, template, text, case_id=""),), directory()) == (
        f"{template}: {OF_OTHERS}",
    )
    assert other != own


def test_a_line_of_the_reader_s_own_may_be_said_back_and_nothing_beside_it():
    """What was not understood is echoed as it stands; anything more about that number is still stopped."""
    other = "2026-000002-X"
    asked = replace(facts(ZOE, f"{other} clore oui", case()), listed=(line(case().number),), cases=())
    for text, to, stopped in (
        (f"- {other} clore oui", ZOE, False),
        (f"- {other} clore oui\n\n{other} : CAF", ZOE, True),
        (f"- {other} clore", ZOE, True),
        (f"- {other} clore oui", KARIM, True),
    ):
        found = strange_numbers(asked, (mail(to, "listing", text, case_id=""),), directory())
        assert bool(found) is stopped, (text, to)


def test_bundled_notices_are_for_those_in_charge():
    """The facts hold other cases: participants and the group's managers may read their numbers, nobody else."""
    seen = replace(
        facts(ZOE, "x", case()), trigger=TimeReached(due=Due(key="k", case_id="c", kind="escalate", at=NOW))
    )
    text = f"{case().number} : en retard"
    for reader, stopped in (
        (CLAIRE, False),
        (CHIEF, False),
        ("helene.costes@prefecture46.example", False),
        (AURELIE, True),
        (STRANGER, True),
    ):
        found = strange_numbers(seen, (mail(reader, "notices", text, case_id=""),), directory())
        assert bool(found) is stopped, reader


def test_one_word_lets_go_what_no_membership_covers_and_nothing_else():
    """A note, an address or an identifier is never let go, alone or beside what may be."""
    uncovered = (f"message: {UNCOVERED}",)
    assert not releasable((f"message: {NOT_THEIRS}",))
    assert releasable(uncovered) and not releasable(())
    assert not releasable((*uncovered, "note: a note for agents to the helper side"))
    assert not releasable((f"digest: {OF_OTHERS}",))
    assert not let_go(facts(ZOE, "x", case()), uncovered)


def test_it_shares_no_code_with_what_chose_the_recipients():
    """Nothing of lens, relay, people or mails is imported: one mistake does not pass both."""
    tree = ast.parse(Path(leak.__file__).read_text(encoding="utf-8"))
    used = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module}
    ours = {m for m in used if m.startswith("mailrouter.core.decide")}
    assert ours == {"mailrouter.core.decide.basis.disclose"}
    names = {
        a.name for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module in ours for a in n.names
    }
    assert names == {"IDENTIFIER_FIELDS", "OUTSIDE"}, "tables, no function"


def test_what_goes_to_people_outside_a_case_holds_no_text_of_it():
    """Templates that may go to who is not on the case are given neither text, fields nor files by their values."""
    for name in OUTSIDE:
        told = {*CONTEXT[name].needs, *CONTEXT[name].may}
        assert not told & {"text", "fields", "files", "earlier", "entries", "repere"}, name
