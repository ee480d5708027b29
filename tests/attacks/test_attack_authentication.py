"""Attacks on how the service knows who a mail is from."""

from __future__ import annotations

import pytest
from siege import CLAIRE, NOTICE, ZOE

STAMP = "Authentication-Results: mx.aplus.example; dmarc=pass header.from=caf46.example\r\n"
FAILED = "Authentication-Results: mx.aplus.example; dmarc=fail header.from=caf46.example\r\n"
TAKEN = (
    "Received: from client.example (client.example [192.0.2.10])\r\n"
    "\tby mx.aplus.example with ESMTP; Mon, 02 Mar 2026 09:00:00 +0000\r\n"
)
FORGERIES = {
    "below the relay's Received": FAILED + TAKEN + STAMP,
    "below it, the relay found nothing": TAKEN + STAMP,
    "another authserv-id": STAMP.replace("mx.aplus.example", "mx.caf46.example") + TAKEN,
    "another authserv-id that ends alike": STAMP.replace("mx.aplus.example", "evil-mx.aplus.example") + TAKEN,
    "an authserv-id in a comment": STAMP.replace("mx.aplus", "(mx.aplus.example) mx.evil") + TAKEN,
    "of another domain": STAMP.replace("caf46", "ailleurs") + TAKEN,
    "of two domains": STAMP.replace("\r\n", " header.from=ailleurs.example\r\n") + TAKEN,
    "pass and fail": FAILED + STAMP + TAKEN,
    "an aligned look only": STAMP.replace("dmarc=pass header.from", "dkim=pass header.d") + FAILED + TAKEN,
    "folded into a Received of its own": "Received: from [127.0.0.1] by mx.aplus.example; now\r\n"
    + TAKEN
    + STAMP,
}


@pytest.mark.parametrize("head", FORGERIES.values(), ids=FORGERIES)
def test_forged_authentication_results(siege, head):
    """The attacker writes Authentication-Results into the own mail: below the relay's, under other names, beside it.

    Attacker: 250, then silence.
    Victim: the question at the registered mailbox, at most.
    Operator: the held mail.
    """
    case, mark = siege.standing_case(), siege.mark()
    letter = siege.letter(CLAIRE, case.at(CLAIRE), "Re", f"Tout va bien {mark}").as_bytes()
    seen = siege.speak(head.encode() + letter, CLAIRE, [case.at(CLAIRE)], source="127.0.0.1")
    assert seen.outcome == ("held", "hold:unaligned"), seen.trace
    assert set(seen.sent) <= {(CLAIRE, "challenge"), NOTICE}
    assert siege.readers(mark) == set()


def test_authentication_results_from_who_is_no_relay(siege):
    """Somebody reaches the port directly, past the relay, with perfect Authentication-Results.

    Attacker: 250, then silence.
    Victim: the question at the registered mailbox.
    Operator: the held mail.
    """
    case, mark = siege.standing_case(), siege.mark()
    letter = siege.letter(CLAIRE, case.at(CLAIRE), "Re", mark).as_bytes()
    seen = siege.speak((STAMP + TAKEN).encode() + letter, CLAIRE, [case.at(CLAIRE)], source="127.0.0.2")
    assert seen.outcome == ("held", "hold:unaligned")
    refused = siege.dialogue(b"EHLO a.example\r\nXCLIENT ADDR=192.0.2.1\r\nQUIT\r\n")
    assert "XCLIENT" in refused or "550" in refused
    assert siege.readers(mark) == set()


def test_vouching_is_for_one_host(siege):
    """After the registered mailbox confirmed one unproven mail, a forger writes from somewhere else (Situations 14).

    Attacker: from another host, held as ever.
    Victim: from her own host her mail passes without a question for 90 days.
    Operator: the held mails.
    """
    case, mark = siege.open_case(), siege.mark()
    first = siege.write(ZOE, case.at(ZOE), "Re", f"Une première précision {mark}a.", dmarc="none")
    siege.answer(ZOE, first.to(ZOE), "C'est moi")
    assert CLAIRE in siege.readers(f"{mark}a")
    again = siege.write(ZOE, case.at(ZOE), "Re", f"Une seconde précision {mark}b.", dmarc="none")
    assert again.outcome == ("attached", "on-case:token")
    assert again.trace["vouched"] == "confirmed earlier, same host"
    letter = siege.letter(ZOE, case.at(ZOE), "Re", f"Une troisième {mark}c.").as_bytes()
    elsewhere = TAKEN.replace("192.0.2.10", "192.0.2.66") + ""
    forged = siege.speak(elsewhere.encode() + letter, ZOE, [case.at(ZOE)], source="127.0.0.1")
    assert forged.outcome == ("held", "hold:unaligned")
    assert siege.readers(f"{mark}c") == set()


def test_another_address_in_the_victims_name(siege):
    """An unknown address bears the agent's name and writes to her own case address: hers, or an attacker's?

    Attacker: 250, then silence; each other address is asked about anew.
    Victim: one question that names the address; her word lets it in as her, from that host only.
    Operator: the held mail.
    """
    case, mark = siege.open_case(), siege.mark()
    other = "Claire Martin <claire.martin.perso@fournisseur.example>"
    seen = siege.write(other, case.at(CLAIRE), "Re", f"De mon téléphone {mark}a.")
    assert (seen.outcome, seen.sent) == (
        ("held", "hold:other-address"),
        sorted([(CLAIRE, "challenge"), NOTICE]),
    )
    question = seen.to(CLAIRE)
    assert "claire.martin.perso@fournisseur.example" in question.get_body(("plain",)).get_content()
    assert siege.readers(f"{mark}a") == set()
    siege.answer(CLAIRE, question, "C'est moi")
    assert ZOE in siege.readers(f"{mark}a")
    assert siege.case(case.number).messages[-1].author == CLAIRE
    later = siege.write(other, case.at(CLAIRE), "Re", f"Encore du téléphone, une autre fois {mark}b.")
    assert later.outcome == ("attached", "on-case:token")
    third = siege.write("Claire Martin <c.martin@fournisseur.example>", case.at(CLAIRE), "Re", f"{mark}c")
    assert third.outcome == ("held", "hold:other-address")
    assert siege.readers(f"{mark}c") == set()


def brought(siege, author, to, subject, text, host):
    """A mail that nothing proves, brought to the relay by `host`."""
    letter = siege.letter(author, to, subject, text).as_bytes()
    return siege.speak(TAKEN.replace("192.0.2.10", host).encode() + letter, author, [to], source="127.0.0.1")


def test_the_days_question_used_up(siege):
    """A forger writes first, every day, so that the one question of the day is about the forgery and the victim's own
    unproven mail waits without one.

    Attacker: 250, then silence; what the victim disowns is dropped.
    Victim: one question for each network, two a day; *pas moi* proves the own host, and the own mails pass.
    Operator: the held mails; `question:disowned` in the record.
    """
    case, mark = siege.open_case(), siege.mark()
    forged = brought(siege, CLAIRE, "lot@aplus.example", "Re", f"Forgé {mark}a", "203.0.113.66")
    assert forged.sent == sorted([(CLAIRE, "challenge"), NOTICE])
    flood = [
        brought(siege, CLAIRE, "lot@aplus.example", "Re", f"Forgé {mark}", f"203.0.113.{n}") for n in (66, 67)
    ]
    assert [s.sent for s in flood] == [[NOTICE]] * 2
    own = brought(siege, CLAIRE, case.at(CLAIRE), "Re", f"Voici ma réponse {mark}b.", "192.0.2.10")
    assert own.sent == sorted([(CLAIRE, "challenge"), NOTICE])
    elsewhere = brought(siege, CLAIRE, "lot@aplus.example", "Re", f"Forgé {mark}", "198.51.100.7")
    assert elsewhere.sent == [NOTICE]
    said = siege.answer(CLAIRE, forged.to(CLAIRE), "Pas moi", dmarc="none")
    assert said.outcome == ("handled", "question:disowned")
    assert siege.readers(f"{mark}a") == set() == siege.readers(f"{mark}b")
    siege.answer(CLAIRE, own.to(CLAIRE), "C'est moi", dmarc="none")
    assert ZOE in siege.readers(f"{mark}b") and siege.readers(f"{mark}a") == set()


def test_pas_moi_proves_the_host_of_the_answer(siege):
    """The same from two networks and at her own case address: nothing is left of the day's questions for the victim.

    Attacker: as above; a forgery from the victim's own network is asked about, not let in by her *pas moi*.
    Victim: her *pas moi* to any of the questions lets her own mails go, those that wait and those that follow.
    Operator: the record says whether the answer's host was taken as hers.
    """
    case, mark = siege.open_case(), siege.mark()
    asked = [
        brought(siege, CLAIRE, case.at(CLAIRE), "Re", f"Forgé {mark}a{n}", host)
        for n, host in enumerate(("203.0.113.66", "198.51.100.7", "2001:db8:1::1", "2001:db8:2::1"))
    ]
    assert [CLAIRE in s.mails for s in asked] == [True, True, True, False]
    own = brought(siege, CLAIRE, case.at(CLAIRE), "Re", f"Voici ma réponse {mark}b.", "192.0.2.10")
    assert own.sent == [NOTICE]
    said = siege.answer(CLAIRE, asked[1].to(CLAIRE), "Ce n'est pas moi", dmarc="none")
    assert said.trace["host-of-the-answer"] == "nothing disowned from there"
    assert ZOE in siege.readers(f"{mark}b") and siege.readers(f"{mark}a") == set()
    later = siege.write(CLAIRE, case.at(CLAIRE), "Re", f"Une autre réponse {mark}c.", dmarc="none")
    assert later.outcome == ("attached", "on-case:token")


def test_pas_moi_about_ones_own_network(siege):
    """The forger is a customer of the victim's own outgoing server: to disown the forgery must not vouch for it.

    Attacker: 250, then silence.
    Victim: after each *pas moi* she is asked about the next mail from there, her own at last.
    Operator: the held mails.
    """
    case, mark = siege.open_case(), siege.mark()
    forged = siege.write(CLAIRE, case.at(CLAIRE), "Re", f"Forgé {mark}a", dmarc="none")
    own = siege.write(CLAIRE, case.at(CLAIRE), "Re", f"Voici ma réponse {mark}b.", dmarc="none")
    assert (CLAIRE in forged.mails, own.sent) == (True, [NOTICE])
    next_question = siege.answer(CLAIRE, forged.to(CLAIRE), "Pas moi", dmarc="none").to(CLAIRE)
    assert siege.readers(mark) == set()
    siege.answer(CLAIRE, next_question, "C'est moi", dmarc="none")
    assert ZOE in siege.readers(f"{mark}b") and siege.readers(f"{mark}a") == set()
