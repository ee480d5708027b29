"""A mail that is held is no part of the case it is held at: a second copy proves itself like the first."""

from __future__ import annotations

from town import CLAIRE, OPERATOR, STRANGER, ZOE


def test_a_stranger_s_second_copy_is_not_attached(town):
    """The same mail to the case's address and to the territory's: neither is booked as part of the case."""
    opened = town.open_case()
    case = opened.to(CLAIRE).reply_to
    letter = town.letter(STRANGER, [case, "lot@aplus.example"], "Bonjour", "Que devient cette dame ?")
    before = town.case()
    first = town.send(letter, aligned=False, rcpt=[case])
    second = town.send(letter, aligned=False, rcpt=["lot@aplus.example"])
    assert (first.disposition, first.rule) == ("held", "hold:stranger-on-case")
    assert (second.disposition, second.rule) == ("held", "hold:stranger-unaligned")
    assert {to for to, _ in (*first.sent(), *second.sent())} <= {OPERATOR}
    now = town.case()
    assert (now.state, now.messages, now.parties, now.participants) == (
        before.state,
        before.messages,
        before.parties,
        before.participants,
    )
    assert town.ledger()["attached"] == 0 and town.ledger()["balanced"]


def test_a_known_person_s_second_copy_is_part_of_the_case(town):
    """What siblings are for: one mail to two organisations' addresses is one case."""
    letter = town.letter(ZOE, ["lot+caf@aplus.example", "lot+cpam@aplus.example"], "Aide", FULL)
    first = town.send(letter, rcpt=["lot+caf@aplus.example"])
    second = town.send(letter, rcpt=["lot+cpam@aplus.example"])
    assert (first.disposition, second.disposition, second.rule) == ("opened", "attached", "sibling")
    assert [p.organisation for p in town.case().parties] == ["CAF", "CPAM"]


FULL = (
    "Bonjour,\n\nSon aide au logement est bloquée.\n\nPrénom : Marie\nNom : DUPONT\nDate de naissance : 03/04/1961\n"
    "Mandat : oui\nJ'accepte les conditions d'utilisation.\n"
)
