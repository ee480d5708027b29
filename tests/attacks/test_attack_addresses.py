"""Attacks on the signed addresses and on what proves a thread."""

from __future__ import annotations

import random
import re

from siege import AURELIE, CAF_BOX, CLAIRE, JULIEN, NOTICE, STRANGER, ZOE, everything

SYMBOLS = "0123456789abcdefghjkmnpqrstvwxyz"
WRONG = "550 5.1.1 No such address here; please copy it from our mail, or reply to it"


def changed(address: str, *places: int) -> str:
    """The address with other symbols at these places of its token."""
    local, _, domain = address.partition("@")
    prefix, _, token = local.rpartition("-")
    letters = list(token)
    for place in places:
        letters[place] = SYMBOLS[(SYMBOLS.index(letters[place]) + 7) % len(SYMBOLS)]
    return f"{prefix}-{''.join(letters)}@{domain}"


def test_two_characters_changed(siege):
    """A case address with two characters changed.

    Attacker: 550, in the very words that any wrong address gets.
    Victim: nothing.
    Operator: nothing is accepted, so nothing is held.
    """
    case = siege.standing_case()
    for pair in ((5, 6), (0, 30), (10, 20)):
        seen = siege.write(STRANGER, changed(case.at(CLAIRE), *pair), "Re", "?")
        assert seen.replies[1:] == [WRONG]
        assert not seen.mails


def test_one_character_changed(siege):
    """A case address with one character mistyped, at every place.

    Attacker: the one address it was, corrected: never another person's, case's or audience.
    Victim: as with the right address.
    Operator: the held mail.
    """
    case = siege.standing_case()
    found = re.findall(r"cas-[0-9a-z]{31}@aplus\.example", everything(case.letters[CLAIRE]).lower())
    agents = next(a for a in found if a != case.at(CLAIRE))
    mark = siege.mark()
    right = [changed(a, place) for a in (case.at(CLAIRE), agents) for place in (0, 3, 12, 30)]
    seen = siege.speak(siege.letter(STRANGER, right[0], "Re", mark).as_bytes(), STRANGER, right)
    assert [r[:3] for r in seen.replies[1:]] == ["250"] * 9
    facts = siege.facts(seen)
    rows = [(t["token"]["address"], t["token"].get("audience", "everyone")) for t in facts["targets"]]
    assert rows == [(CLAIRE, "everyone")] * 4 + [(CLAIRE, "agents")] * 4
    assert seen.outcome[0] == "held" and siege.readers(mark) == set()


def test_brute_force(siege):
    """Two hundred guessed case addresses, some of the right length and prefix, some not.

    Attacker: one identical refusal, whatever is guessed.
    Victim: nothing.
    Operator: nothing is accepted.
    """
    dice = random.Random(5)
    guesses = ["".join(dice.choices(SYMBOLS, k=31)) for _ in range(180)]
    guesses += ["".join(dice.choices(SYMBOLS, k=k)) for k in range(1, 41, 2)]
    said = siege.dialogue(
        b"EHLO x.example\r\nMAIL FROM:<a@x.example>\r\n"
        + b"".join(
            f"RCPT TO:<cas-{g}@aplus.example>\r\nRCPT TO:<r-{g}@aplus.example>\r\n".encode() for g in guesses
        )
        + b"QUIT\r\n"
    )
    refused = {line.strip() for line in said.splitlines() if line.startswith(("550", "250 2.1.5"))}
    assert refused == {WRONG} or (refused == set() and "421" in said)


def test_replayed_after_revocation(siege):
    """An agent who left the case goes on writing to the address he was given.

    Attacker: 250 as before: that it lived once is not told apart, the mail is held.
    Victim: nobody on the case reads it.
    Operator: the held mail.
    """
    case, mark = siege.open_case(), siege.mark()
    address = case.at(JULIEN)
    siege.answer(JULIEN, case.letters[JULIEN], "pas moi")
    for author in (JULIEN, STRANGER, AURELIE):
        seen = siege.write(author, address, "Re", f"Encore moi {mark}.")
        assert (seen.code, seen.outcome[0]) == ("250", "held"), seen.trace
    assert siege.readers(mark) == set()


def test_case_number_guessed(siege):
    """A stranger, and an agent of another organisation, write a case's number in the subject.

    Attacker: the same neutral answer with an existing number as with any other: nothing is learned.
    Victim: nothing.
    Operator: what was held of the agent.
    """
    case, mark = siege.standing_case(), siege.mark()
    answers = []
    for n, number in enumerate((case.number, "2026-999999-Q", "sans numero")):
        author = f"sonde{n}@ailleurs.example"
        seen = siege.write(author, "lot@aplus.example", f"Demande {number}", f"{mark}")
        assert (seen.outcome, seen.sent) == (("handled", "not-registered"), [(author, "not-registered")])
        body = seen.to(author).get_body(("plain",)).get_content()
        answers.append((body, str(seen.to(author)["Subject"])))
    assert len(set(answers)) == 1 and case.number not in answers[0][0]
    agent = siege.write(AURELIE, "lot@aplus.example", f"Demande {case.number}", mark)
    assert agent.outcome == ("held", "hold:agent-without-case")
    assert siege.readers(mark) == set()


def test_own_looking_message_id(siege):
    """A mail without token refers to an invented Message-ID of our domain, and to a real one that leaked.

    Attacker: the neutral answer for the invented one, silence for the real one.
    Victim: nothing.
    Operator: the held mail.
    """
    case, mark = siege.standing_case(), siege.mark()
    invented = siege.write(
        STRANGER, "lot@aplus.example", "Re: dossier", mark,
        In_Reply_To="<0123456789abcdef0123456789abcdef@aplus.example>",
    )  # fmt: skip
    assert invented.outcome == ("handled", "not-registered")
    real = siege.write(STRANGER, "lot@aplus.example", "Re: dossier", mark, In_Reply_To=case.id_of(CLAIRE))
    assert (real.outcome, real.sent) == (("held", "hold:stranger-on-case"), [NOTICE])
    assert siege.readers(mark) == set()


def test_our_own_address_as_author(siege):
    """A mail that says to come from the service itself, and one with a stolen Message-ID of ours.

    Attacker: 250, then silence.
    Victim: nothing.
    Operator: a loop in the record.
    """
    case, mark = siege.standing_case(), siege.mark()
    for author in ("lot@aplus.example", f"Claire <{case.at(CLAIRE)}>"):
        seen = siege.write(author, case.at(ZOE), "Re", mark)
        assert (seen.outcome, seen.mails) == (("ignored", "loop"), {})
    stolen = siege.write(STRANGER, case.at(ZOE), "Re", mark, Message_ID=case.id_of(CLAIRE))
    assert stolen.outcome[0] == "held"
    assert siege.readers(mark) == set()


def test_fifty_of_our_addresses(siege):
    """One mail to fifty of our addresses at once, then one to more than that.

    Attacker: a stranger gets one neutral answer in all; the fifty-first address is refused for now.
    Victim: nothing.
    Operator: one decision.
    """
    places = ["lot", "46", "cahors", "figeac", "val-d-oise", "95"]
    words = ["caf", "cpam", "ddfip", "msa", "france-travail", "carsat", "pref", "cnav", "cnam"]
    many = [f"{p}+{w}@aplus.example" for p in places for w in words][:50]
    octets = siege.letter(STRANGER, "lot@aplus.example", "Bonjour", "A tous").as_bytes()
    seen = siege.relay(octets, rcpt=many)
    assert seen.sent == [(STRANGER, "not-registered")]
    over = siege.relay(
        siege.letter("autre@ailleurs.example", "lot@aplus.example", "Bonjour", "A tous").as_bytes(),
        rcpt=[*many, "lot@aplus.example"],
    )
    assert over.replies[51].startswith("452 4.5.3")
    assert over.outcome == ("handled", "not-registered")


def test_two_cases_in_one_mail(siege):
    """An agent's mail bears the addresses of two cases: for one, or to carry words from one to the other.

    Attacker: is asked nothing and tells nobody anything: held.
    Victim: neither case gets it.
    Operator: the held mail.
    """
    one, two, mark = siege.open_case(), siege.standing_case(), siege.mark()
    seen = siege.write(CLAIRE, [one.at(CLAIRE), two.at(CLAIRE)], "Re", f"Pour les deux {mark}")
    assert seen.outcome == ("held", "hold:two-cases")
    assert siege.readers(mark) == set()


def test_an_answer_of_another_organisation_in_the_history(siege):
    """An agent of a second organisation asks for the history, to read what the first one answered.

    Attacker: the transcript without the other organisation's answers.
    Victim: CAF's answer stays with CAF and the aidant.
    Operator: nothing.
    """
    case, mark = siege.open_case(), siege.mark()
    siege.answer(CLAIRE, case.letters[CLAIRE], f"Voici notre analyse des droits {mark}.")
    invited = siege.answer(ZOE, case.letters[ZOE], "inviter CPAM")
    told = siege.answer(AURELIE, invited.to(AURELIE), "historique")
    assert told.outcome == ("handled", "act:history")
    assert siege.readers(mark) == {ZOE, JULIEN, CAF_BOX}
    siege.answer(CLAIRE, case.letters[CLAIRE], f"à tous : voici notre analyse partagée {mark}bis.")
    assert AURELIE in siege.readers(f"{mark}bis")


def test_case_numbers_guessed_in_a_list(siege):
    """A registered person writes numbers of cases that are not theirs, each with a word, to `liste@`.

    Attacker: one answer, the same for a case of others as for a number that nobody has: none of theirs.
    Victim: nothing; the case stays as it is.
    Operator: the usual record.
    """
    case = siege.standing_case()
    answers = []
    for number in (case.number, "2026-999999-X"):
        seen = siege.write(AURELIE, "liste@aplus.example", "", f"{number} historique")
        assert seen.outcome == ("handled", "service:liste") and set(seen.mails) == {AURELIE}
        answers.append(seen.to(AURELIE).get_body(("plain",)).get_content().replace(number, "N"))
    assert answers[0] == answers[1]
    assert siege.case(case.number).state == "open"
