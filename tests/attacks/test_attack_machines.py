"""Attacks by machines, and by people who imitate machines."""

from __future__ import annotations

import pytest
from siege import (
    AURELIE,
    CAF_BOX,
    CLAIRE,
    JULIEN,
    NOTICE,
    OPERATOR,
    STRANGER,
    ZOE,
)

REPORT = """\
From: MAILER-DAEMON@mx.caf46.example
To: {to}
Subject: Undelivered Mail Returned to Sender
Message-ID: <{mark}@mx.caf46.example>
Date: Mon, 02 Mar 2026 09:00:00 +0000
MIME-Version: 1.0
Auto-Submitted: auto-replied
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

User unknown
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.caf46.example

Final-Recipient: rfc822; {who}
Action: failed
Status: 5.1.1

--b
Content-Type: text/rfc822-headers

Message-ID: {about}

--b--
"""


def report(to: str, who: str, about: str, mark: str) -> bytes:
    return REPORT.format(to=to, who=who, about=about, mark=mark).replace("\n", "\r\n").encode()


def test_forged_bounce(siege):
    """A delivery report about an agent, with an invented Message-ID, to the territory or to a guessed reverse-path.

    Attacker: 250 then silence, or the refusal of every wrong address.
    Victim: the agent goes on receiving.
    Operator: a report that is not ours, in the record.
    """
    case = siege.open_case()
    octets = report("lot@aplus.example", CLAIRE, "<invented@aplus.example>", siege.mark())
    seen = siege.relay(octets, mail_from="", domain="mx.caf46.example")
    assert (seen.outcome, seen.mails) == (("ignored", "report-not-ours"), {})
    guessed = siege.relay(octets, mail_from="", rcpt=["r-" + "0" * 31 + "@aplus.example"])
    assert guessed.replies[-1].startswith("550 5.1.1 No such address here; please copy")
    after = siege.answer(ZOE, case.letters[ZOE], "Voici une précision.")
    assert CLAIRE in after.mails


def test_forged_bounce_that_is_no_report_of_a_machine(siege):
    """Somebody who saw an agent's notice has its Message-ID, and sends a report about it from an own mailbox.

    Attacker: 250, then silence: reports come with the null reverse-path or to the mail's own reverse-path.
    Victim: the agent goes on receiving.
    Operator: a report that is not ours, in the record.
    """
    case = siege.open_case()
    octets = report(case.at(CLAIRE), CLAIRE, case.id_of(CLAIRE), siege.mark())
    seen = siege.relay(octets, mail_from=STRANGER, domain="ailleurs.example")
    assert (seen.outcome, seen.mails) == (("ignored", "report-not-ours"), {})
    after = siege.answer(ZOE, case.letters[ZOE], "Voici une précision.")
    assert CLAIRE in after.mails


@pytest.mark.parametrize("dmarc", ["none", "pass"])
def test_forged_bounce_by_a_message_id_in_copy(siege, dmarc):
    """Whoever was in copy of an agent's answer has our mail's Message-ID from its In-Reply-To, and sends a report about it
    with the null reverse-path, as any machine may: the agent was not written to for three months.

    Attacker: 250, then silence, also from an own domain that is proven.
    Victim: the agent goes on receiving.
    Operator: a report that is not ours, in the record.
    """
    case = siege.open_case()
    octets = report("lot@aplus.example", CLAIRE, case.id_of(CLAIRE), siege.mark())
    seen = siege.relay(octets.replace(b"mx.caf46.example", b"mx.ailleurs.example"), mail_from="", dmarc=dmarc)
    assert (seen.outcome, seen.mails) == (("ignored", "report-not-ours"), {})
    after = siege.answer(ZOE, case.letters[ZOE], "Voici une précision.")
    assert CLAIRE in after.mails


def test_a_real_bounce_to_the_wrong_place(siege):
    """No attack: a server that reports to the address in From, of the recipient's own domain, which stands behind it.

    Attacker: -
    Victim: believed like a report to the reverse-path.
    Operator: the record names the status.
    """
    case = siege.open_case()
    octets = report("lot@aplus.example", JULIEN, case.id_of(JULIEN), siege.mark())
    seen = siege.relay(octets, mail_from="", domain="mx.caf46.example")
    assert seen.outcome == ("handled", "delivery-failed")
    siege.app.store.write(lambda c: siege.forget_absences(c))


def test_a_real_bounce(siege):
    """No attack: the agent's server reports our mail, to its own reverse-path.

    Attacker: -
    Victim: her case goes on with the others of her group, she is not written to meanwhile.
    Operator: the record names the status.
    """
    case = siege.open_case()
    path = siege.reverse_path(case.letters[JULIEN])
    assert path.startswith("r-")
    octets = report(path, JULIEN, case.id_of(JULIEN), siege.mark())
    seen = siege.relay(octets, mail_from="", rcpt=[path], domain="mx.caf46.example", dmarc="none")
    assert seen.outcome == ("handled", "delivery-failed")
    after = siege.answer(ZOE, case.letters[ZOE], "Voici une précision.")
    assert JULIEN not in after.mails and CLAIRE in after.mails
    siege.app.store.write(lambda c: siege.forget_absences(c))


@pytest.mark.parametrize("null", [True, False], ids=["null reverse-path", "an own reverse-path"])
def test_forged_absence(siege, null):
    """Somebody who saw a notice sends an absence mail in the agent's name to the case's address, to silence her.

    Attacker: 250, then silence.
    Victim: the agent goes on receiving, nothing is re-routed.
    Operator: an absence that is not proven, in the record.
    """
    case = siege.open_case()
    text = "Je suis absente du bureau jusqu'au 31/12/2027 inclus."
    letter = siege.letter(CLAIRE, case.at(CLAIRE), "Absence", text, Auto_Submitted="auto-replied")
    seen = siege.relay(letter, dmarc="fail", mail_from="" if null else STRANGER)
    assert (seen.outcome, seen.mails) == (("ignored", "absence-unproven"), {})
    after = siege.answer(ZOE, case.letters[ZOE], "Voici une précision.")
    assert CLAIRE in after.mails


VERIFICATIONS = {
    "a code": ("Your verification code", "Your code is {mark}. It expires in ten minutes."),
    "a link": ("Confirm your email address", "Click https://service.example/confirm?t={mark} to join."),
    "in French": ("Votre code de vérification", "Votre code est {mark}. Ne le donnez à personne."),
    "a chat service": ("Invitation to the workspace", "Someone at aplus.example invited you: {mark}"),
}


@pytest.mark.parametrize("words", VERIFICATIONS.values(), ids=VERIFICATIONS)
@pytest.mark.parametrize("declared", [True, False], ids=["marked automatic", "unmarked"])
def test_ticket_trick(siege, words, declared):
    """A web service sends its verification code to an address of ours, so that whoever may read it there gains an
    account "of aplus.example".

    Attacker: sees no code, whether as participant, by `historique`, or by the neutral answer.
    Victim: nothing of it is ever relayed.
    Operator: held or ignored, without content.
    """
    case, mark = siege.standing_case(), siege.mark()
    subject, text = words
    fields = {"Auto_Submitted": "auto-generated"} if declared else {}
    unmarked = {  # one answer a day to one stranger
        case.at(ZOE): "held",
        "lot@aplus.example": "handled",
        "contact@aplus.example": "held",
        "aide@aplus.example": "ignored",
    }
    for to, answered in unmarked.items():
        seen = siege.write("no-reply@service.example", to, subject, text.format(mark=mark), **fields)
        assert seen.outcome[0] == ("ignored" if declared else answered), (to, seen.trace)
        assert set(seen.mails) <= {OPERATOR, "no-reply@service.example"}
    siege.answer(ZOE, case.letters[ZOE], "historique")
    assert siege.readers(mark) == set()


def test_two_naive_autoresponders(siege):
    """Both sides of a case have responders without any header that says so: each mail of ours makes them answer.

    Attacker: -
    Victim: a bounded number of mails, then silence.
    Operator: the repetition is held, with its reason.
    """
    case = siege.open_case()
    words = {
        ZOE: "Nous avons pris connaissance de votre envoi et nous reviendrons vers vous, ticket {n}.",
        CLAIRE: "Merci de votre envoi qui porte le numéro {n} et que nous lirons dès que possible.",
    }
    letters, mails, outcomes = {CLAIRE: case.letters[CLAIRE]}, 0, []
    for n in range(20):
        answering = next((w for w in words if w in letters), None)
        if answering is None:
            break
        seen = siege.answer(answering, letters[answering], words[answering].format(n=n))
        mails += sum(len(m) for m in seen.mails.values())
        outcomes.append(seen.outcome)
        letters = {w: seen.mails[w][-1] for w in words if w in seen.mails}
    assert ("held", "hold:repeated-words") in outcomes
    assert len(outcomes) <= 4 and mails <= 12


def test_another_router(siege):
    """The group's mailbox is a ticket system that acknowledges every mail, each time with another number and text.

    Attacker: -
    Victim: at most as many mails as one person could write on a case in a day.
    Operator: the flood is held, with its reason.
    """
    case = siege.open_case()
    letter, outcomes = case.letters[CAF_BOX], []
    for n in range(60):
        text = f"{'abcdefghijklmnopqrstuvwxyz'[n % 26] * (n + 3)} enregistré chez nous, votre référence est le {n}."
        seen = siege.answer(CAF_BOX, letter, text)
        outcomes.append(seen.outcome)
        if seen.outcome[0] == "held":
            break
    limit = siege.app.office.directory.policy.limits.automatic_per_case
    assert outcomes[-1] == ("held", "hold:flood") and len(outcomes) == limit + 1


def test_operators_are_not_flooded(siege):
    """A flood of strangers' mails on a case's address, each worth a line to the operators.

    Attacker: 250 each time.
    Victim: nothing.
    Operator: as many notices a day as one address may get, the rest in the list of held mail.
    """
    case = siege.standing_case()
    limit = siege.app.office.directory.policy.limits.automatic_per_address
    seen = [siege.write(f"s{n}@ailleurs.example", case.at(ZOE), "Re", "?") for n in range(limit + 3)]
    assert all(s.outcome == ("held", "hold:stranger-on-case") for s in seen)
    assert [NOTICE in s.sent for s in seen] == [True] * limit + [False] * 3


def test_mass_neutral_answers(siege):
    """The service as a mail cannon: forged or not, thousands of strangers' mails that would each be answered.

    Attacker: one answer for each address and day, in whatever case it is written, and a cap on all of them.
    Victim: no backscatter: unaligned mail is never answered.
    Operator: beyond the cap, held.
    """
    spelt = ["victime@ailleurs.example", "Victime@ailleurs.example", "VICTIME@AILLEURS.example"]
    seen = [siege.write(a, "lot@aplus.example", "Bonjour", f"Essai {n}") for n, a in enumerate(spelt)]
    assert [len(s.mails) for s in seen] == [1, 0, 0]
    forged = siege.write("autre@ailleurs.example", "lot@aplus.example", "Bonjour", "?", dmarc="fail")
    assert set(forged.mails) == {OPERATOR}
    siege.use_up("neutral", siege.app.office.directory.policy.limits.neutral_per_day)
    beyond = siege.write("encore@ailleurs.example", "lot@aplus.example", "Bonjour", "?")
    assert (beyond.outcome, set(beyond.mails)) == (("held", "hold:stranger"), {OPERATOR})


def test_answers_to_one_person_are_bounded(siege):
    """A registered mailbox asks for help again and again: a loop with a machine that answers our help.

    Attacker: -
    Victim: as many answers a day as one address may get.
    Operator: the record says that the cap was reached.
    """
    limit = siege.app.office.directory.policy.limits.automatic_per_address
    seen = [siege.write(AURELIE, "aide@aplus.example", "aide", f"aide {n}") for n in range(limit + 2)]
    assert [len(s.mails) for s in seen] == [1] * limit + [0, 0]


def test_null_reverse_path_and_lists(siege):
    """Mail with the null reverse-path, of a list, or in bulk, in a participant's name, to get an answer.

    Attacker: 250, then silence.
    Victim: nothing is answered, nothing relayed.
    Operator: ignored, with the kind in the record.
    """
    case, mark = siege.standing_case(), siege.mark()
    plain = siege.relay(siege.letter(CLAIRE, case.at(CLAIRE), "Re", mark), mail_from="")
    listed = siege.write(CLAIRE, case.at(CLAIRE), "Re", mark, List_Id="<x.caf46.example>", Precedence="list")
    bulk = siege.write(CLAIRE, case.at(CLAIRE), "Re", mark, Precedence="bulk")
    assert [s.outcome[0] for s in (plain, listed, bulk)] == ["ignored"] * 3
    assert siege.readers(mark) == set()


def test_our_own_mail_comes_back(siege):
    """A mail of ours is redirected to us by a mailbox rule, loop mark and all.

    Attacker: -
    Victim: nothing is sent twice.
    Operator: a loop in the record.
    """
    case = siege.open_case()
    octets = case.letters[CLAIRE].as_bytes()
    seen = siege.relay(octets, mail_from=CLAIRE, rcpt=[case.at(CLAIRE)], domain="aplus.example")
    assert (seen.outcome, seen.mails) == (("ignored", "loop"), {})
