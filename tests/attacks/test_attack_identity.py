"""Attacks on who writes. Each docstring says what it imitates and what attacker, victim and operator see of it:
docs/security.md is made of them."""

from __future__ import annotations

import pytest
from siege import (
    AURELIE,
    CAF_BOX,
    CAF_CHIEF,
    CLAIRE,
    JULIEN,
    KARIM,
    NOTICE,
    ON_CASE,
    OPERATOR,
    STRANGER,
    ZOE,
    everything,
)


def test_forged_from_with_a_real_token(siege):
    """A forged From with a real case address.

    Attacker: 250, then silence; the mail is held unseen.
    Victim: one question at the registered mailbox, without a word of the forged mail.
    Operator: reason, size and header fields of the held mail.
    """
    case, mark = siege.open_case(), siege.mark()
    seen = siege.write(CLAIRE, case.at(CLAIRE), f"Re {mark}", f"Tout est réglé {mark}.", dmarc="fail")
    assert (seen.code, seen.outcome) == ("250", ("held", "hold:unaligned"))
    assert seen.sent == [(CLAIRE, "challenge"), NOTICE]
    assert siege.readers(mark) == set()
    assert siege.held(seen)["reason"] == "unaligned"
    assert mark not in str(siege.held(seen)) and mark not in siege.logged(seen)
    assert siege.case(case.number).messages[-1].author == ZOE


def test_a_second_forgery_on_one_day(siege):
    """A flood of forged mails in one person's name.

    Attacker: 250 each time.
    Victim: one question a day, not one for each forgery.
    Operator: every one is held.
    """
    case = siege.open_case()
    seen = [siege.write(CLAIRE, case.at(CLAIRE), "Re", f"Encore {n}", dmarc="fail") for n in range(3)]
    assert [s.outcome for s in seen] == [("held", "hold:unaligned")] * 3
    assert [CLAIRE in s.mails for s in seen] == [True, False, False]


def test_a_challenge_answered_by_somebody_else(siege):
    """The forger answers the question without owning the mailbox: by guessing its address, or at the case's.

    Attacker: the one refusal that every wrong address gets; at the case's address, silence.
    Victim: nothing of the forged mail goes anywhere.
    Operator: both mails are held.
    """
    case, mark = siege.open_case(), siege.mark()
    forged = siege.write(CLAIRE, case.at(CLAIRE), "Re", f"Je confirme {mark}.", dmarc="fail")
    question = str(forged.to(CLAIRE)["Reply-To"])
    local, _, domain = question.partition("@")
    guessed = siege.write(CLAIRE, f"{local[:-4]}0000@{domain}", "Re", "C'est moi", dmarc="fail")
    assert guessed.replies[-1].startswith("550 5.1.1 No such address here; please copy it")
    at_case = siege.write(CLAIRE, case.at(CLAIRE), "Re", "C'est moi", dmarc="fail")
    assert at_case.outcome == ("held", "hold:unaligned")
    assert siege.readers(mark) == set()
    assert siege.held(forged)["reason"] == "unaligned"


def test_a_challenge_answered_by_a_machine(siege):
    """The registered mailbox's autoresponder repeats the question's words: "c'est moi" stands in its quote.

    Attacker: silence.
    Victim: nothing is released by a machine.
    Operator: the forged mail stays held.
    """
    case, mark = siege.open_case(), siege.mark()
    forged = siege.write(CLAIRE, case.at(CLAIRE), "Re", f"Je confirme {mark}.", dmarc="fail")
    siege.answer(CLAIRE, forged.to(CLAIRE), "C'est moi", Auto_Submitted="auto-replied")
    siege.answer(CLAIRE, forged.to(CLAIRE), "Je suis absente. Vous avez écrit :\n> c'est moi")
    assert siege.readers(mark) == set()
    assert siege.held(forged)["reason"] == "unaligned"
    released = siege.answer(CLAIRE, forged.to(CLAIRE), "C'est moi")
    assert released.outcome == ("handled", "question:identity")
    assert siege.readers(mark) == {ZOE, JULIEN, CAF_BOX}


def test_token_forwarded_to_another_organisation(siege):
    """An agent forwards her notice to a colleague of another organisation, who answers to the case's address.

    Attacker: 250, then silence; being registered elsewhere opens nothing.
    Victim: nobody on the case sees the answer.
    Operator: the held mail, with its reason.
    """
    case, mark = siege.open_case(), siege.mark()
    seen = siege.write(AURELIE, case.at(CLAIRE), "TR: dossier", f"Bonjour, j'ai vu ce dossier {mark}.")
    assert (seen.outcome, seen.sent) == (("held", "hold:stranger-on-case"), [NOTICE])
    assert siege.readers(mark) == set()
    assert siege.case(case.number).participant(AURELIE) is None


def test_token_in_a_strangers_hand(siege):
    """A notice leaked: an aligned stranger writes to the case's address.

    Attacker: 250, then silence, not even a confirmation that the case exists.
    Victim: nothing.
    Operator: the held mail, with its reason.
    """
    case, mark = siege.open_case(), siege.mark()
    for who in (CLAIRE, ZOE):
        seen = siege.write(STRANGER, case.at(who), "Bonjour", f"Que devient cette dame {mark} ?")
        assert (seen.outcome, seen.sent) == (("held", "hold:stranger-on-case"), [NOTICE])
    assert siege.readers(mark) == set()


@pytest.mark.parametrize("word", ["merci", "traité", "clore oui", "retrait mandat", "erreur de personne"])
def test_an_act_without_proof(siege, word):
    """A one-word act in a forged mail: merci, traité, clore, retrait mandat, erreur de personne.

    Attacker: 250, then silence.
    Victim: the question at the registered mailbox; the case stays as it is.
    Operator: the held mail.
    """
    case = siege.open_case()
    before = siege.case(case.number)
    who = CLAIRE if word == "traité" else ZOE
    seen = siege.write(who, case.at(who), "Re", word, dmarc="fail")
    assert (seen.outcome, seen.sent) == (("held", "hold:unaligned"), sorted([(who, "challenge"), NOTICE]))
    after = siege.case(case.number)
    assert (after.state, after.parties) == (before.state, before.parties)


TWO_AUTHORS = {
    "two fields": f"From: {STRANGER}\r\nFrom: {CLAIRE}\r\n",
    "two fields, the other way": f"From: {CLAIRE}\r\nFrom: {STRANGER}\r\n",
    "two mailboxes": f"From: {CLAIRE}, {STRANGER}\r\n",
    "a group": f"From: Agents: {CLAIRE}, {STRANGER};\r\n",
    "an empty group": "From: Agents:;\r\n",
    "two angles": f"From: Claire <{CLAIRE}> <{STRANGER}>\r\n",
    "a mailbox behind a comment": f"From: {STRANGER} ({CLAIRE})\r\nFrom:\r\n {CLAIRE}\r\n",
    "no author": "",
    "an encoded address": "From: =?utf-8?q?claire=2Emartin=40caf46=2Eexample?= <"
    + STRANGER
    + ">, "
    + CLAIRE
    + "\r\n",
    "a field with a space before its colon": f"From : {CLAIRE}\r\nFrom: {STRANGER}\r\n",
    "a null inside": "From: Claire <claire.martin@caf46.example\0.evil.example>, <" + STRANGER + ">\r\n",
}


@pytest.mark.parametrize("fields", TWO_AUTHORS.values(), ids=TWO_AUTHORS)
@pytest.mark.parametrize("vouched", ["caf46.example", "ailleurs.example"])
def test_not_exactly_one_author(siege, fields, vouched):
    """A mail with two From fields, several authors, a group, or none, of which a filter may have seen another.

    Attacker: 250, then silence, whatever the relay found for one of the domains.
    Victim: nothing.
    Operator: the held mail.
    """
    case, mark = siege.standing_case(), siege.mark()
    octets = (
        f"{fields}To: {case.at(CLAIRE)}\r\nSubject: Re\r\nMessage-ID: <{mark}@x.example>\r\n"
        f"Date: Mon, 02 Mar 2026 09:00:00 +0000\r\n\r\nTout va bien {mark}.\r\n"
    )
    seen = siege.relay(octets.encode(), domain=vouched, mail_from=STRANGER)
    if seen.decision is not None:
        assert seen.outcome[0] == "held", seen.trace
        assert set(seen.mails) <= {OPERATOR}
    assert siege.readers(mark) == set()


TRICKS = {
    "the victim's address as name": f'"{CLAIRE}" <{STRANGER}>',
    "an encoded word as address": f"=?utf-8?b?Y2xhaXJlLm1hcnRpbkBjYWY0Ni5leGFtcGxl?= <{STRANGER}>",
    "name and address run together": f'"Claire Martin <{CLAIRE}>" <{STRANGER}>',
    "a comment": f"{STRANGER} ({CLAIRE})",
    "a source route": f"<@caf46.example:{STRANGER}>",
    "a quoted local part": '"claire.martin@caf46.example"@ailleurs.example',
    "the victim's name": f"Claire Martin <{STRANGER}>",
    "a homograph": "Claire Martin <claire.martin@сaf46.example>",
    "a homograph in A-labels": "Claire Martin <claire.martin@xn--af46-43d.example>",
    "a subdomain": "Claire Martin <claire.martin@caf46.example.ailleurs.example>",
    "a full-width domain": "Claire Martin <claire.martin＠ailleurs.example>",
}


@pytest.mark.parametrize(
    "author",
    ['"a b"@ailleurs.example', '"a\\"b"@ailleurs.example', '"claire.martin@caf46.example"@ailleurs.example'],
)
def test_an_author_nobody_can_write_to(siege, author):
    """An aligned stranger under an address that is valid and cannot stand in an envelope of ours: each such mail was a
    fault of the service, tried five times and held with a traceback.

    Attacker: 250, then silence.
    Victim: nothing.
    Operator: a decided mail, `recipient-unwritable` in its record.
    """
    octets = (
        f"From: {author}\r\nTo: lot@aplus.example\r\nSubject: Bonjour\r\n"
        f"Message-ID: <{siege.mark()}@ailleurs.example>\r\n\r\nBonjour {siege.mark()}.\r\n"
    ).encode()
    seen = siege.relay(octets, mail_from=STRANGER, domain="ailleurs.example")
    assert (seen.outcome, seen.sent) == (("handled", "not-registered"), [])
    assert "recipient-unwritable" in seen.trace


@pytest.mark.parametrize("author", ['"claire.martin"@caf46.example', '"claire\\.martin"@caf46.example'])
def test_a_quoted_local_part(siege, author):
    """The victim's address in another valid spelling (RFC 5321 4.1.2), to be somebody else: it was taken for an
    unregistered colleague's, and the answer to it for a fault.

    Attacker: unproven, held like the address in its plain spelling; proven, it is the person.
    Victim: the question at the registered mailbox.
    Operator: the held mail.
    """
    case, mark = siege.open_case(), siege.mark()
    octets = (
        f"From: {author}\r\nTo: {case.at(CLAIRE)}\r\nSubject: Re\r\n"
        f"Message-ID: <{mark}@ailleurs.example>\r\n\r\nVoici {mark}.\r\n"
    ).encode()
    seen = siege.relay(octets, mail_from=STRANGER, domain="ailleurs.example")
    assert (seen.outcome, siege.readers(mark)) == (("held", "hold:unaligned"), set())
    assert (CLAIRE, "challenge") in seen.sent


@pytest.mark.parametrize("author", TRICKS.values(), ids=TRICKS)
def test_display_names_and_encoded_words(siege, author):
    """A stranger's own domain, with the victim's address or name wherever a mail client shows it.

    Attacker: 250, then silence.
    Victim: nothing; decoded display text decides nothing.
    Operator: the held mail.
    """
    case, mark = siege.standing_case(), siege.mark()
    octets = (
        f"From: {author}\r\nTo: {case.at(JULIEN)}\r\nSubject: Re\r\nMessage-ID: <{mark}@x.example>\r\n"
        f"Date: Mon, 02 Mar 2026 09:00:00 +0000\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{mark}\r\n"
    )
    seen = siege.relay(octets.encode(), domain="ailleurs.example", mail_from=STRANGER)
    assert seen.outcome[0] == "held", seen.trace
    assert set(seen.mails) <= {OPERATOR}
    assert siege.readers(mark) == set()


def test_sender_and_reply_to(siege):
    """A stranger names the victim in Sender, and a registered aidant's mail bears a Reply-To elsewhere.

    Attacker: as Sender, silence; as Reply-To, nothing ever arrives there.
    Victim: her receipt goes to her registered address.
    Operator: the held mail of the stranger.
    """
    case, mark = siege.open_case(), siege.mark()
    seen = siege.write(STRANGER, case.at(CLAIRE), "Re", mark, Sender=CLAIRE)
    assert seen.outcome == ("held", "hold:stranger-on-case")
    opened = siege.open_case(Reply_To="voleur@ailleurs.example", Sender=STRANGER)
    assert set(opened.letters) == ON_CASE
    assert not {a for a in siege.room.everybody() if a.endswith("@ailleurs.example") and "voleur" in a}


def test_a_stranger_in_copy(siege):
    """A careless or coaxed Cc: the case's mail names a stranger, and the stranger then replies to all.

    Attacker: gets nothing of the case, neither the first time nor after answering.
    Victim: the receipt names the address that was refused.
    Operator: the held answer.
    """
    case = siege.open_case(Cc=f"{KARIM}, {STRANGER}, {AURELIE}")
    assert set(case.letters) == ON_CASE
    assert STRANGER in everything(case.letters[ZOE])
    parties = siege.case(case.number)
    assert (
        parties.participant(KARIM) and not parties.participant(STRANGER) and not parties.participant(AURELIE)
    )
    mark = siege.mark()
    replied = siege.answer(STRANGER, case.letters[ZOE], mark)
    assert (replied.outcome, replied.sent) == (("held", "hold:stranger-on-case"), [NOTICE])
    assert siege.readers(mark) == set() and STRANGER not in siege.readers(case.secret)


def test_a_colleague_of_the_organisation_who_is_not_registered(siege):
    """Somebody of the agent's own organisation, unregistered, answers for her (DOMAIN, Situations 7).

    Attacker: is told once a day that the mail waits, nothing of the case.
    Victim: she and her manager are asked, without a word of the mail.
    Operator: the held mail.
    """
    case, mark = siege.open_case(), siege.mark()
    first = siege.write("nouveau@caf46.example", case.at(CLAIRE), "Re", f"Pour Claire : {mark}")
    assert first.outcome == ("held", "hold:colleague-not-registered")
    assert first.sent == sorted(
        [(CLAIRE, "held-ask"), (CAF_CHIEF, "held-ask"), ("nouveau@caf46.example", "waiting"), NOTICE]
    )
    second = siege.write("nouveau@caf46.example", case.at(CLAIRE), "Re", f"Alors ? {mark}")
    assert (second.outcome[0], second.sent) == ("held", [NOTICE])
    assert siege.readers(mark) == set() and "nouveau@caf46.example" not in siege.readers(case.secret)
