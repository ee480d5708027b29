"""Attacks from inside: who is on a case, or was, and what of it they bring to whom it was not meant for."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from siege import (
    CAF_BOX,
    CAF_CHIEF,
    CLAIRE,
    JULIEN,
    KARIM,
    NOTICE,
    ZOE,
    text_of,
)


def forwarded(letter: EmailMessage, how: str, own: str) -> str:
    """`letter` passed on below a word of one's own, as a client writes it."""
    text = text_of(letter)
    if how == "Outlook":
        return (
            f"Voici pour information {own}.\n\n-----Message d'origine-----\nDe : {letter['From']}\n"
            f"Envoyé : lundi 2 mars 2026 10:00\nÀ : {CLAIRE}\nObjet : {letter['Subject']}\n\n{text}"
        )
    return (
        f"Voici pour information {own}.\n\n---------- Forwarded message ---------\nDe : {letter['From']}\n"
        f"Date: lun. 2 mars 2026 à 10:00\nSubject: {letter['Subject']}\nTo: <{CLAIRE}>\n\n{text}"
    )


def a_note(siege, case):
    """Julien's note to the agents, and a word that stands in it alone."""
    mark = siege.mark()
    text = f"note : indu frauduleux soupçonné depuis janvier {mark}, à voir entre nous."
    seen = siege.write(JULIEN, case.at(JULIEN), "Re", text)
    assert seen.outcome == ("attached", "note") and siege.readers(mark) == {CLAIRE, CAF_BOX}
    return seen.to(CLAIRE), mark


@pytest.mark.parametrize("how", ["Outlook", "Gmail", "as a file"])
def test_a_note_passed_on(siege, how):
    """An agent forwards a note to the case's own address, below a word of her own or as an `.eml`: it was relayed to the
    aidant with her comment.

    Attacker: is asked; `note` sends it to the agents, no other word sends it anywhere.
    Victim: the aidant reads nothing of a note: not in the mail, its files, the history or the summary.
    Operator: `passes-note-on` in the record.
    """
    case = siege.open_case()
    note, mark = a_note(siege, case)
    subject, own = f"TR: {note['Subject']}", siege.mark()
    if how == "as a file":
        letter = siege.letter(CLAIRE, case.at(CLAIRE), subject, f"Voici pour information {own}.")
        letter.add_attachment(note)
        asked = siege.relay(letter)
    else:
        asked = siege.write(CLAIRE, case.at(CLAIRE), subject, forwarded(note, how, own))
    assert (asked.outcome, asked.sent) == (("held", "ask:note-passed-on"), [(CLAIRE, "held-ask")])
    assert siege.answer(CLAIRE, asked.to(CLAIRE), "envoyer").outcome[1] == "question-not-answered"
    told = siege.answer(CLAIRE, asked.to(CLAIRE), "note")
    if how == "as a file":  # the agents read it by a second word, like any mail inside a mail
        siege.answer(CLAIRE, told.to(CLAIRE), "envoyer")
    assert siege.readers(own) == {CAF_BOX, JULIEN}
    for word in ("historique", "résumé"):
        assert mark not in text_of(siege.write(ZOE, case.at(ZOE), "Re", word).to(ZOE))
    assert ZOE not in siege.readers(mark)


def test_a_note_as_a_file_beside_other_words(siege):
    """The same `.eml` where nothing of it can be read as a forward: beside an answer, after the agent said `envoyer`.

    Attacker: is not even asked; is told that the file stayed behind, and what works.
    Victim: the aidant reads the answer; no mail inside an agent's mail reaches her on a case with notes.
    Operator: `files-refused` in the trace.
    """
    case = siege.open_case()
    note, mark = a_note(siege, case)
    letter = siege.letter(CLAIRE, case.at(CLAIRE), "Re", "Bonjour, le dossier est complet, merci.")
    for inside in (siege.letter(JULIEN, CLAIRE, "Autre", "Rien à voir."), note):
        letter.add_attachment(inside)
    seen = siege.relay(letter)
    assert seen.outcome == ("attached", "on-case:token") and "message" in seen.trace["files-refused"]
    assert [t for a, t in seen.sent if a == CLAIRE] == ["files"] and ZOE not in siege.readers(mark)


def test_a_note_by_its_subject_alone(siege):
    """No attack: an agent writes "Note interne" where people write what a mail is, in its subject.

    Attacker: -
    Victim: she is asked whether it is a note; until then nobody reads it.
    Operator: the usual record.
    """
    case, mark = siege.open_case(), siege.mark()
    seen = siege.write(CLAIRE, case.at(CLAIRE), "Note interne : dossier à revoir", f"Indu à examiner {mark}.")
    assert seen.outcome == ("held", "ask:internal-marker") and siege.readers(mark) == set()
    siege.answer(CLAIRE, seen.to(CLAIRE), "note")
    assert siege.readers(mark) == {JULIEN, CAF_BOX}


def test_one_question_s_word_answers_no_other(siege):
    """An unregistered colleague's mail begins "à ne pas transmettre à l'aidant"; the agent lets it in unseen, and her
    `envoyer` counted as the answer to whether it is a note.

    Attacker: -
    Victim: the agent is asked about the note after letting it in; the aidant reads nothing.
    Operator: both questions in the record.
    """
    case, mark = siege.open_case(), siege.mark()
    text = f"À ne pas transmettre à l'aidant : suspicion de fraude {mark}."
    waits = siege.write("nouveau@caf46.example", case.at(CLAIRE), "Re: dossier", text)
    assert waits.outcome == ("held", "hold:colleague-not-registered")
    asked = siege.answer(CLAIRE, waits.to(CLAIRE), "envoyer")
    assert siege.readers(mark) == set()
    siege.answer(CLAIRE, asked.to(CLAIRE), "note")
    assert siege.readers(mark) == {JULIEN, CAF_BOX}


@pytest.mark.parametrize(
    "words", ["passer le relais à Julien Roques", "pas moi : Julien Roques", f"inviter {JULIEN}"]
)
def test_a_colleague_brings_the_excluded_back(siege, words):
    """The aidant excluded an agent, silently; a colleague who does not know hands the case over to him.

    Attacker: the colleague is told that this cannot be done, in words that say nothing of an exclusion.
    Victim: the excluded agent gets nothing more of the case, by nobody's word but the aidant's.
    Operator: the usual record.
    """
    case = siege.open_case()
    siege.write(ZOE, case.at(ZOE), "Re", f"exclure {JULIEN}")
    seen = siege.write(CLAIRE, case.at(CLAIRE), "Re", words)
    assert (seen.outcome[1], seen.sent) == ("not-understood", [(CLAIRE, "not-understood")])
    assert "exclu" not in text_of(seen.to(CLAIRE)).replace("exclure", "")
    assert siege.case(case.number).participant(JULIEN) is None
    back = siege.write(ZOE, case.at(ZOE), "Re", f"inviter {JULIEN}")
    assert JULIEN in back.mails


def test_the_mailbox_names_the_excluded(siege):
    """The excluded agent still reads the group's shared mailbox, and names himself when it is asked who takes the case.

    Attacker: asked again for a name, as for any that is not a member's.
    Victim: the aidant was told that the mailbox goes on, and how to end that.
    Operator: the usual record.
    """
    case = siege.open_case()
    told = siege.write(ZOE, case.at(ZOE), "Re", f"exclure {JULIEN}").to(ZOE)
    assert "exclure CAF du Lot" in text_of(told)
    asked = siege.write(CAF_BOX, case.at(CAF_BOX), "Re", "je m'en occupe")
    named = siege.answer(CAF_BOX, asked.to(CAF_BOX), "Julien Roques")
    assert named.outcome == ("handled", "question-not-answered")
    assert siege.case(case.number).participant(JULIEN) is None
    siege.write(ZOE, case.at(ZOE), "Re", "exclure CAF du Lot")
    assert siege.case(case.number).participant(CAF_BOX) is None


@pytest.mark.parametrize("words", [f"inviter {KARIM}", "inviter Karim Haddad", "inviter CPAM"])
def test_an_agent_widens_a_careful_case(siege, words):
    """Under `contact prudent` an agent invites a person of a group that is on the case.

    Attacker: is told that only who opened the case lets somebody in.
    Victim: nobody reads the case without the aidant's yes.
    Operator: the usual record.
    """
    case = siege.open_case()
    siege.write(ZOE, case.at(ZOE), "Re", "Contact prudent : oui")
    before = {p.address for p in siege.case(case.number).active()}
    seen = siege.write(CLAIRE, case.at(CLAIRE), "Re", words)
    assert {p.address for p in siege.case(case.number).active()} == before
    assert not {KARIM} & set(seen.mails)


def test_a_manager_walks_into_a_careful_case(siege):
    """Under `contact prudent` a group's manager writes to the address that a member forwarded.

    Attacker: is told that the mail waits.
    Victim: the aidant is asked; nobody reads the mail before her word, and the manager gets nothing of the case.
    Operator: the held mail, with its reason.
    """
    case, mark = siege.open_case(), siege.mark()
    siege.write(ZOE, case.at(ZOE), "Re", "Contact prudent : oui")
    seen = siege.write(CAF_CHIEF, case.at(CLAIRE), "Re", f"Où en est ce dossier ? {mark}")
    assert seen.outcome == ("held", "hold:careful-colleague")
    assert seen.sent == sorted([(CAF_CHIEF, "waiting"), (ZOE, "held-ask"), NOTICE])
    assert CAF_CHIEF not in text_of(seen.to(ZOE)) and "Martine Delpech" in text_of(seen.to(ZOE))
    assert siege.readers(mark) == set() and siege.case(case.number).participant(CAF_CHIEF) is None
    siege.answer(ZOE, seen.to(ZOE), "envoyer")
    assert ZOE in siege.readers(mark) and siege.case(case.number).participant(CAF_CHIEF)


def test_a_colleague_takes_a_careful_case_over(siege):
    """Under `contact prudent` a colleague of the aidant's takes the case over while she is there, to lift the precaution.

    Attacker: is told that this cannot be done; may write like any colleague.
    Victim: her case stays hers, and careful.
    Operator: the usual record.
    """
    case = siege.open_case()
    siege.write(ZOE, case.at(ZOE), "Re", "Contact prudent : oui")
    for words in ("reprendre", "Contact prudent : non"):
        siege.write(KARIM, case.at(ZOE), "Re", words)
    now = siege.case(case.number)
    assert (now.creator, now.careful) == (ZOE, True)
    assert now.participant(CAF_BOX) is None
