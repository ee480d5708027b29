"""Guarantee: who left the files gets nothing of a case any more, and nothing goes on through their forwarded mailbox: a
colleague who answers from there is told what to do."""

from __future__ import annotations

import email.policy

import pytest
from story import absent, until, well
from test_reload import edit
from town import CAF_BOX, CAF_CHIEF, CLAIRE, JULIEN, KARIM, OPERATOR, STRANGER, ZOE
from town import town as open_town

NADINE = "nadine.faure@caf46.example"
INES = "ines.caumon@ft46.example"
TEXT = "Le rappel est versé le 12."


@pytest.fixture
def left(tmp_path):
    """A town where Claire, asked on a case, left the files; and the notice that her mailbox forwards."""
    with open_town(tmp_path) as place:
        opened = place.open_case()
        leaves(place, tmp_path, CLAIRE, "Claire Martin")
        place.settle()
        yield place, opened.to(CLAIRE)
        assert CLAIRE not in {x.to for x in place.post()}
        well(place)


def leaves(place, directory, address: str, name: str) -> None:
    """The operators take a person out of the files, groups and people both."""
    edit(directory, "territories/46-lot.yaml", f"{address}, ", "")
    line = next(
        x for x in (directory / "config/routing/people.yaml").read_text().splitlines() if f"name: {name}" in x
    )
    edit(directory, "people.yaml", f"{line}\n", "")
    assert place.app.reload() == ()


@pytest.mark.parametrize("who", [JULIEN, CAF_BOX])
def test_a_colleague_on_the_case_says_one_word(left, who):
    """Julien, or the shared mailbox, answers the notice that Claire's mailbox forwarded: it reaches nobody before his
    word, and then goes on as his."""
    place, forwarded = left
    wrote = place.answer(who, forwarded, f"Bonjour,\n\n{TEXT}\n\nJulien Roques", name="Julien Roques")
    assert (wrote.disposition, wrote.rule, wrote.sent()) == (
        "held",
        "ask:old-address",
        [(who, "held-ask")],
    )
    asked = wrote.to(who)
    assert "une adresse de la demande" in asked.text and TEXT not in asked.text
    sent = place.answer(who, asked, "envoyer")
    answer = sent.to(ZOE, "answer")
    assert TEXT in answer.text and "Julien Roques" in answer.text and "Claire" not in answer.text
    assert CLAIRE not in {to for to, _ in sent.sent()}


def test_a_note_s_old_address_stays_a_note_s(tmp_path):
    """The leaver's second address is for agents: after the word the text is a note, and never an answer."""
    with open_town(tmp_path) as place:
        opened = place.open_case()
        note = place.answer(CLAIRE, opened.to(CLAIRE), "note : à vérifier").to(JULIEN, "note")
        back = place.answer(JULIEN, note, "note : vérifié").to(CLAIRE, "note")
        leaves(place, tmp_path, CLAIRE, "Claire Martin")
        place.settle()
        asked = place.answer(JULIEN, back, "Elle a un indu.")
        sent = place.answer(JULIEN, asked.to(JULIEN, "held-ask"), "envoyer")
        assert {t for _, t in sent.sent()} == {"note"} and ZOE not in {to for to, _ in sent.sent()}


def test_a_new_colleague_is_told_that_nobody_reads_them_there(left):
    """Of the organisation's domain, not registered: held, told once a day, nothing shown; the operators know."""
    place, forwarded = left
    wrote = place.answer(NADINE, forwarded, TEXT)
    assert (wrote.disposition, wrote.rule) == ("held", "hold:token-revoked")
    assert wrote.sent() == [(NADINE, "waiting"), (OPERATOR, "operators-notice")]
    told = wrote.to(NADINE).text
    assert "à une adresse qui ne sert plus" in told and "la faire inscrire" in told and TEXT not in told
    assert NADINE not in {to for to, _ in place.answer(NADINE, forwarded, "Allô ?").sent()}


def test_the_manager_is_told_so_too(left):
    """Registered, of that group, not on the case."""
    place, forwarded = left
    wrote = place.answer(CAF_CHIEF, forwarded, TEXT)
    assert wrote.disposition == "held" and (CAF_CHIEF, "waiting") in wrote.sent()
    assert ZOE not in {to for to, _ in wrote.sent()}


@pytest.mark.parametrize("who", [STRANGER, INES, KARIM])
def test_nobody_else_learns_anything(left, who):
    """A stranger, an agent of another organisation, an aidant who is not on the case."""
    place, forwarded = left
    wrote = place.answer(who, forwarded, TEXT)
    assert wrote.disposition == "held" and {to for to, _ in wrote.sent()} <= {OPERATOR}


def test_the_leaver_writes_or_is_forwarded_by_srs(left):
    """Her own answer is held in silence; a forwarder's rewritten reverse-path (SRS) changes nothing, nor does a failed
    proof; her autoresponder and her mailbox's end are machines' mails."""
    place, forwarded = left
    own = place.answer(CLAIRE, forwarded, TEXT)
    assert own.disposition == "held" and {to for to, _ in own.sent()} <= {OPERATOR}
    srs = "SRS0=Ab1=2X=caf46.example=claire.martin@forward.example"
    again = place.answer(CLAIRE, forwarded, TEXT, mail_from=srs, aligned=False)
    assert again.disposition == "held" and {to for to, _ in again.sent()} <= {OPERATOR}
    by_julien = place.answer(JULIEN, forwarded, TEXT, mail_from=srs)
    assert by_julien.sent() == [(JULIEN, "held-ask")]
    gone = absent(
        place, CLAIRE, forwarded, "Je ne travaille plus à la CAF. Écrivez à julien.roques@caf46.example."
    )
    assert gone.letters == []


def test_a_mail_of_ours_sent_back_by_the_forwarder_opens_nothing(left):
    """A redirect that sends our notice on, to the shared mailbox say, hands it in again at our door: ignored or held."""
    place, forwarded = left
    ours = forwarded.message.as_bytes(policy=email.policy.SMTP)
    back = place.deliver(ours, CLAIRE, [forwarded.reply_to])
    assert (back.disposition, back.sent()) == ("ignored", [])


def test_what_was_asked_of_the_leaver_is_no_longer_hers_to_say(tmp_path):
    """A question put to her before: her word, or that of who reads her mailbox, releases nothing and is not asked again."""
    with open_town(tmp_path) as place:
        opened = place.open_case()
        asked = place.answer(CLAIRE, opened.to(CLAIRE), "Note interne - elle a un indu").to(
            CLAIRE, "held-ask"
        )
        leaves(place, tmp_path, CLAIRE, "Claire Martin")
        place.settle()
        for who, text in ((CLAIRE, "envoyer"), (JULIEN, "envoyer"), (JULIEN, "Je ne sais pas.")):
            said = place.answer(who, asked, text)
            assert said.disposition == "held" and {to for to, _ in said.sent()} <= {OPERATOR}, text


def test_nothing_queued_or_timed_reaches_her(tmp_path):
    """What waited in the queue when she left is cancelled; digests, reminders and the end of her account skip her."""
    with open_town(tmp_path) as place:
        opened = place.open_case()
        place.post_stopped = True
        place.answer(ZOE, opened.to(ZOE), "Voici une précision importante.")
        leaves(place, tmp_path, CLAIRE, "Claire Martin")
        place.post_stopped = False
        letters = place.settle().letters + until(place, "2026-04-20 12:00").letters
        assert CLAIRE not in {x.to for x in letters}
        assert JULIEN in {x.to for x in letters if x.template == "message"}
        well(place)
