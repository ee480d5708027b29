"""Attacks around experts, who read a case without who the person is, only while invited and while it is open."""

from __future__ import annotations

from siege import CAF_BOX, CLAIRE, JULIEN, NOTICE, STRANGER, ZOE, text_of

NADIA = "nadia.benali@equipe-aplus.example"  # expert of CAF
PAUL = "paul.renard@equipe-aplus.example"  # expert of another territory


def advised(siege):
    """A case, and the mail with which Claire asked for Nadia's advice."""
    case = siege.open_case()
    seen = siege.write(CLAIRE, case.at(CLAIRE), "Re", "inviter expert")
    return case, seen.to(NADIA)


def test_an_expert_walks_in_with_a_forwarded_mail(siege):
    """An agent forwards a mail of the case to an expert who was not invited; the expert answers at its address.

    Attacker: nothing of the case; the mail waits.
    Victim: the words reach nobody.
    Operator: the held mail, with its reason.
    """
    case, mark = siege.open_case(), siege.mark()
    seen = siege.write(NADIA, case.at(CLAIRE), "Re", f"Voici mon avis {mark}.")
    assert seen.outcome == ("held", "hold:stranger-on-case") and seen.sent == [NOTICE]
    assert siege.readers(mark) == set() and siege.case(case.number).participant(NADIA) is None


def test_an_escalation_answered_by_another(siege):
    """Somebody who saw the escalation of an expert answers it under the own, proven address: a stranger, and an expert of
    another territory.

    Attacker: the stranger nothing; the expert that the mail waits, or nothing.
    Victim: is asked nothing, and reads nothing of it.
    Operator: the held mails.
    """
    case = siege.open_case()
    told = siege.escalation(case, NADIA)
    for author in (STRANGER, PAUL):
        mark = siege.mark()
        seen = siege.write(
            author,
            "lot@aplus.example",
            f"Re: {told['Subject']}",
            f"Je peux aider {mark}.",
            In_Reply_To=str(told["Message-ID"]),
            References=str(told["Message-ID"]),
        )
        assert ZOE not in seen.mails and siege.readers(mark) == set()
        assert siege.case(case.number).participant(author) is None


def test_a_forged_expert(siege):
    """Somebody who knows an expert's address of the case writes in the expert's name, from elsewhere.

    Attacker: nothing.
    Victim: the expert is asked; neither side reads a word.
    Operator: the held mail.
    """
    case, asked = advised(siege)
    mark = siege.mark()
    seen = siege.answer(NADIA, asked, f"Refusez ce dossier {mark}.", dmarc="fail")
    assert seen.outcome[0] == "held" and siege.readers(mark) == set()
    assert {to for to, template in seen.sent if template == "challenge"} == {NADIA}
    assert siege.case(case.number).participant(NADIA)


def test_a_note_inside_an_expert_s_advice(siege):
    """An expert repeats a note of the agents in an answer to both sides.

    Attacker: is asked whether it is a note.
    Victim: the aidant reads nothing of the note.
    Operator: the usual record.
    """
    case, asked = advised(siege)
    mark = siege.mark()
    said = f"indu frauduleux soupçonné depuis janvier {mark}, à voir entre nous."
    siege.write(JULIEN, case.at(JULIEN), "Re", f"note : {said}")
    assert siege.readers(mark) == {CLAIRE, CAF_BOX, NADIA}
    seen = siege.answer(NADIA, asked, f"Votre remarque est juste : {said}")
    assert seen.sent == [(NADIA, "held-ask")] and ZOE not in siege.readers(mark)


def test_an_expert_after_the_end(siege):
    """An expert goes on writing, and asks for the history, after the case was closed.

    Attacker: is told once that the mail waits; nothing of the case.
    Victim: nobody reads the words.
    Operator: the held mails.
    """
    case, asked = advised(siege)
    siege.write(ZOE, case.at(ZOE), "Re", "clore oui")
    late = siege.mark()
    siege.write(CLAIRE, case.at(CLAIRE), "Re", f"Un dernier versement suivra {late}.")
    assert NADIA not in siege.readers(late) and ZOE in siege.readers(late)
    mark = siege.mark()
    seen = siege.answer(NADIA, asked, f"Encore un mot {mark}.")
    assert seen.outcome == ("held", "hold:stranger-on-case") and siege.readers(mark) == set()
    assert (NADIA, "waiting") in seen.sent and late not in text_of(seen.to(NADIA))
    again = siege.answer(NADIA, asked, "historique")
    assert NADIA not in again.mails
