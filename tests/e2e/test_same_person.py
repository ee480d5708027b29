"""An aidant who has an open case of the same person already is told so, and people of an organisation who follow it;
nobody else is, and nothing is merged."""

from __future__ import annotations

import re

import pytest
from msgspec import convert, to_builtins
from town import AURELIE, CAF_BOX, CLAIRE, FIELDS, JULIEN, KARIM, ZOE

from mailrouter.core.casenumber import find_numbers
from mailrouter.core.decide.basis.leak import strange_numbers
from mailrouter.core.model import Facts, OutboundMail

LUCIE = "lucie.marchal@figeac.example"
MORE = "Mandat : oui\nJ'accepte les conditions d'utilisation.\n"
ALREADY = "Vous suivez déjà, pour une personne du même nom"


@pytest.fixture
def town(any_town):
    """On each kind of database."""
    return any_town


def numbers_in(letter) -> set[str]:
    return set(find_numbers(letter.text + letter.html + letter.subject))


def test_the_receipt_names_the_authors_own_case_of_that_person(town):
    """Another spelling of one name and birth date: her receipt names her first case, with her marker and its state; the
    organisation's mail does not, and the two stay two."""
    first = town.write(
        ZOE, "lot+caf@aplus.example", "APL", f"Son APL.\n\n{FIELDS}{MORE}Repère : carte bleue\n"
    ).decision.case_number
    second = town.write(
        ZOE,
        "lot+cpam@aplus.example",
        "Carte Vitale",
        f"Sa carte.\n\nPrénom : marie\nNom : Dupont\nNée le : 3 avril 1961\n{MORE}",
    )
    own = second.decision.case_number
    receipt = second.to(ZOE, "receipt")
    assert ALREADY in receipt.text and numbers_in(receipt) == {first, own}
    assert f"{first} (carte bleue) : CAF : pas encore de réponse" in receipt.text
    assert all(numbers_in(x) == {own} for x in second.letters if x.to != ZOE)
    assert town.case(first).state == town.case(own).state == "open"


@pytest.mark.parametrize(
    "lines",
    [
        "Prénom : Marie\nNom : DUPONT\nDate de naissance : 04/04/1961\n",
        "Prénom : Anne\nNom : DUPONT\nDate de naissance : 03/04/1961\n",
        "Prénom : Marie\nNom : MARTIN\nDate de naissance : 03/04/1961\n",
    ],
    ids=["another day", "another first name", "another name"],
)
def test_a_homonym_is_somebody_else(town, lines):
    """One of the three differs: nothing is said."""
    town.open_case()
    other = town.write(ZOE, "lot+caf@aplus.example", "APL", f"Bonjour, son APL.\n\n{lines}{MORE}")
    assert ALREADY not in other.to(ZOE, "receipt").text


def test_it_is_said_once_while_the_case_is_completed_and_in_a_draft(town):
    """When the person is named, in whichever of the mails that ask; not again by the receipt. `prêt ?` says it too."""
    first = town.open_case().decision.case_number
    asked = town.write(ZOE, "lot@aplus.example", "Sa retraite", f"Bonjour, sa retraite.\n\n{FIELDS}")
    assert asked.to(ZOE).template == "incomplete" and first in numbers_in(asked.to(ZOE))
    done = town.answer(ZOE, asked.to(ZOE), "Organisme : MSA\nMandat : oui", quote=False)
    assert ALREADY not in done.to(ZOE, "receipt").text
    late = town.write(ZOE, "lot+caf@aplus.example", "RSA", f"Bonjour, son RSA.\n\n{MORE}")
    assert ALREADY not in late.to(ZOE).text
    named = town.answer(ZOE, late.to(ZOE), FIELDS, quote=False)
    assert first in numbers_in(named.to(ZOE, "receipt"))
    draft = town.write(ZOE, "lot+caf@aplus.example", "prêt ?", f"Bonjour, son RSA.\n\n{FIELDS}")
    assert first in numbers_in(draft.to(ZOE, "draft"))


def test_only_cases_that_the_reader_sees(town):
    """Another aidant's case, a colleague's that she is not on, a closed one of her own: no word of them. One on which
    she is in copy is named to her."""
    town.open_case(author=LUCIE)
    town.open_case(author=KARIM)
    closed = town.open_case()
    town.answer(ZOE, closed.to(ZOE), "clore non", quote=False)
    own = town.open_case()
    assert ALREADY not in own.to(ZOE, "receipt").text
    shared = town.open_case(author=KARIM, cc=[ZOE])
    assert own.decision.case_number not in numbers_in(shared.to(KARIM, "receipt"))
    again = town.open_case()
    assert numbers_in(again.to(ZOE, "receipt")) == {o.decision.case_number for o in (own, shared, again)}


def test_a_colleague_completes_and_the_creator_learns_nothing_of_the_colleagues_cases(town):
    """Karim, in copy, names the person, of whom he has a case: Zoé's receipt does not say so, and the leak check would
    stop one that did."""
    his = town.open_case(author=KARIM).decision.case_number
    asked = town.write(ZOE, "lot+caf@aplus.example", "RSA", f"Bonjour, son RSA.\n\n{MORE}", cc=[KARIM])
    letter = asked.to(ZOE)
    done = town.write(KARIM, letter.reply_to, f"Re: {letter.subject}", FIELDS)
    assert done.disposition == "attached" and (CLAIRE, "new-case-agent") in done.sent()
    assert not any(his in numbers_in(x) for x in done.letters if x.to in (ZOE, KARIM))
    facts = convert(to_builtins(done.decision.facts), Facts)
    assert [line.number for line in facts.namesakes] == [his]
    directory = town.app.office.directory

    def receipt(reader: str) -> OutboundMail:
        ids = dict.fromkeys(("id", "key", "mail_from", "message_id"), "x")
        return OutboundMail(**ids, recipient=reader, octets=b"", template="receipt", text=his)

    assert strange_numbers(facts, (receipt(KARIM),), directory) == ()
    assert strange_numbers(facts, (receipt(ZOE),), directory) == (
        "receipt: a case that its reader may not see",
    )


def test_a_case_of_another_territory_is_not_called_by_this_one(town):
    """The receipt of a case in the Lot names an earlier one of the Val-d'Oise by its organisation alone."""
    lot = town.app.config_dir / "routing" / "territories" / "95-val-d-oise.yaml"
    lot.write_text(lot.read_text().replace("members: [fatou.", f"members: [{ZOE}, fatou."))
    assert town.app.reload() == ()
    town.settle()
    there = town.open_case("Elle a déménagé à Cergy.", to="val-d-oise+caf@aplus.example")
    assert there.disposition == "opened"
    here = town.open_case("Son APL est bloquée.", to="lot+caf@aplus.example").to(ZOE, "receipt").text
    assert re.search(r"2026-\S+ : CAF : pas encore de réponse", here)


def follows(letter) -> bool:
    return ALREADY in letter.text


def test_an_agent_who_follows_both_is_told_so(town):
    """Another aidant's case of the same person, asked of the same organisation: each of its people who follows the first
    one reads of it in the notice of the second, the shared mailbox too, with its state and without anybody's marker. Who
    left the first one reads nothing of it, nor does the other aidant."""
    first = town.open_case("Son APL.\n\nRepère : carte bleue")
    number = first.decision.case_number
    town.answer(JULIEN, first.to(JULIEN), "pas moi", quote=False)
    second = town.open_case("Son RSA.", author=KARIM)
    for reader in (CLAIRE, CAF_BOX):
        notice = second.to(reader)
        assert follows(notice) and numbers_in(notice) >= {number, second.decision.case_number}
        assert f"{number} : CAF : pas encore de réponse" in notice.text and "carte bleue" not in notice.text
        assert "Rien n'est réuni" in notice.text
    assert not follows(second.to(JULIEN)) and number not in numbers_in(second.to(JULIEN))
    assert number not in numbers_in(second.to(KARIM, "receipt"))
    assert town.case(number).state == "open" and len(town.case(number).parties) == 1


def test_another_organisation_learns_nothing(town):
    """CPAM is asked for the same person, then invited to the first case: of CAF's case it reads nothing before it takes
    part, and of its own once it does."""
    first = town.open_case("Son APL.")
    second = town.open_case("Sa carte Vitale.", author=KARIM, to="lot+cpam@aplus.example")
    number = first.decision.case_number
    assert not follows(second.to(AURELIE)) and number not in numbers_in(second.to(AURELIE))
    invited = town.answer(ZOE, first.to(ZOE), "inviter CPAM", quote=False)
    notice = invited.to(AURELIE)
    assert follows(notice) and second.decision.case_number in numbers_in(notice)


def test_a_homonym_and_a_closed_case_are_not_told_to_agents(town):
    """One of the three differs, or the first case is closed: nothing is said."""
    first = town.open_case()
    other = town.write(
        KARIM,
        "lot+caf@aplus.example",
        "APL",
        f"Son APL.\n\nPrénom : Marie\nNom : DUPONT\nDate de naissance : 04/04/1961\n{MORE}",
    )
    assert not follows(other.to(CLAIRE))
    town.answer(ZOE, first.to(ZOE), "clore non", quote=False)
    assert not follows(town.open_case(author=KARIM).to(CLAIRE))


def test_the_notice_keeps_to_prudence_and_to_what_a_reader_is_sent(town):
    """A careful case is named to its named agents alone, with the precaution that holds for the person; who is sent the
    number only (`notice`) is not told whose numbers belong together."""
    town.open_case("Contact prudent : oui\n")
    second = town.open_case(author=KARIM)
    assert follows(second.to(CLAIRE)) and "prenez les mêmes précautions" in second.to(CLAIRE).text
    assert not follows(second.to(CAF_BOX))
    lot = town.app.config_dir / "routing" / "territories" / "46-lot.yaml"
    text = lot.read_text()
    at = text.index("disclosure:", text.index("  caf-lot:"))
    lot.write_text(text[:at] + "disclosure: notice" + text[text.index("\n", at) :])
    assert town.app.reload() == ()
    town.settle()
    third = town.open_case(author=KARIM)
    assert not follows(third.to(CLAIRE))


def test_the_leak_check_stops_a_followed_case_to_who_does_not_follow_it(town):
    """Independent of what chose the lines: a number that only others follow is no part of a notice, unless the aidant
    wrote it."""
    town.open_case("Son APL.")
    second = town.open_case("Son RSA.", author=KARIM)
    facts = convert(to_builtins(second.decision.facts), Facts)
    number = facts.followed[0].line.number
    ids = dict.fromkeys(("id", "key", "mail_from", "message_id"), "x")

    def notice(reader: str) -> OutboundMail:
        return OutboundMail(**ids, recipient=reader, octets=b"", template="new-case-agent", text=number)

    directory = town.app.office.directory
    assert strange_numbers(facts, (notice(CLAIRE),), directory) == ()
    assert strange_numbers(facts, (notice(AURELIE),), directory) == (
        "new-case-agent: a case that its reader does not follow",
    )
