"""Shared mailboxes: what they write goes on at once, who signed is asked once a case, an owner needs a name."""

from __future__ import annotations

from town import BERNARD, CAF_BOX, CLAIRE, DDFIP_BOX, JULIEN, OPERATOR, ZOE

from mailrouter.store.rows import rows
from mailrouter.store.tables import HistoryRow


def history_of(town):
    """(act, organisation) of every line of the newest case's history."""
    case_id, table = town.case().id, rows(HistoryRow)
    query = table.select().where(table.c.case_id == case_id).order_by(table.c.seq)
    return town.app.store.read(lambda c: [(r.act, r.organisation) for r in c.execute(query)])


def test_an_unsigned_answer_goes_on_at_once_and_who_signed_is_asked_once(story):
    """The aidant reads it at once as the mailbox's; the name that comes later stands in her history; never asked again."""
    opened = story.open_case()
    answer = story.answer(CAF_BOX, opened.to(CAF_BOX), "Bonjour, le droit est ouvert depuis hier matin.")
    told = answer.to(ZOE, "answer")
    assert "CAF du Lot (boîte partagée) via Administration+" in str(told.message["From"])
    assert "CAF du Lot (boîte partagée) vous répond" in told.text
    asked = answer.to(CAF_BOX, "who-signed")
    assert "Claire Martin" in asked.text and "droit est ouvert" not in asked.text
    assert "CAF du Lot (boîte partagée)" in story.answer(ZOE, told, "historique").to(ZOE, "history").text
    named = story.answer(CAF_BOX, asked, "Claire Martin", quote=False)
    assert (named.rule, named.sent()) == ("question:signed", [])
    history = story.answer(ZOE, told, "historique").to(ZOE, "history").text
    assert "Claire Martin (CAF du Lot)" in history and "boîte partagée" not in history
    assert ("signed", "CAF") in history_of(story)
    again = story.answer(CAF_BOX, opened.to(CAF_BOX), "Une précision encore sur ce droit ouvert hier.")
    assert (ZOE, "answer") in again.sent() and (CAF_BOX, "who-signed") not in again.sent()
    assert story.answer(CAF_BOX, asked, "Julien Roques", quote=False).rule == "question-over"
    second = story.open_case()
    other = story.answer(CAF_BOX, second.to(CAF_BOX), "Le second dossier est complet de notre côté.")
    assert (CAF_BOX, "who-signed") in other.sent(), "each case is asked for by itself"


def test_who_signs_may_be_somebody_else_or_all(story):
    """A name that is not registered is taken as written, `équipe` leaves the mailbox's name, a sentence is asked again."""
    opened = story.open_case()
    asked = story.answer(CAF_BOX, opened.to(CAF_BOX), "Le dossier est complet, merci de patienter.").to(
        CAF_BOX, "who-signed"
    )
    lost = story.answer(CAF_BOX, asked, "Je ne sais pas qui a répondu ce jour-là.", quote=False)
    assert (lost.rule, lost.sent()) == ("question-not-answered", [(CAF_BOX, "who-signed")])
    assert "pas reconnu de nom" in lost.to(CAF_BOX).text and story.case().messages[-1].author_name == ""
    story.answer(CAF_BOX, lost.to(CAF_BOX), "Nadège de La Tour", quote=False)
    assert story.case().messages[-1].author_name == "Nadège de La Tour"
    second = story.open_case()
    asked = story.answer(CAF_BOX, second.to(CAF_BOX), "Le dossier est complet, merci de patienter.").to(
        CAF_BOX, "who-signed"
    )
    team = story.answer(CAF_BOX, asked, "L'équipe", quote=False)
    assert (team.rule, story.case().messages[-1].author_name) == ("question:signed", "")


def test_taking_charge_from_a_mailbox_waits_for_a_member_s_name(story):
    """What is written below goes on at once, nobody owns the case before a member's name is given; then that member does."""
    opened = story.open_case()
    unsigned = story.answer(
        CAF_BOX, opened.to(CAF_BOX), "je m'en occupe\n\nNous regardons ce dossier demain matin."
    )
    assert unsigned.rule == "ask:who-takes"
    assert (ZOE, "answer") in unsigned.sent() and "taken" not in {t for _, t in unsigned.sent()}
    assert story.case().party("CAF").owner == ""
    asked = unsigned.to(CAF_BOX, "who-signed")
    nobody = story.answer(CAF_BOX, asked, "équipe", quote=False)
    assert nobody.sent() == [(CAF_BOX, "who-signed")] and story.case().party("CAF").owner == ""
    stranger = story.answer(CAF_BOX, nobody.to(CAF_BOX), "Nadège Tour", quote=False)
    assert story.case().party("CAF").owner == ""
    taken = story.answer(CAF_BOX, stranger.to(CAF_BOX), "C'est Claire", quote=False)
    assert (taken.rule, story.case().party("CAF").owner) == ("question:takes", CLAIRE)
    assert {(ZOE, "taken"), (JULIEN, "taken"), (CLAIRE, "taken")} >= set(taken.sent())
    assert "Claire Martin" in taken.to(ZOE, "taken").text
    assert story.case().messages[-1].author_name == "Claire Martin"


def test_a_member_is_one_party_from_the_mailbox_and_from_the_own_address(story):
    """Signed from the mailbox, she is the owner as from her own address; her `pas moi` there is hers, not the group's."""
    opened = story.open_case()
    box = opened.to(CAF_BOX)
    story.answer(CAF_BOX, box, "je m'en occupe", name="Claire Martin")
    assert story.case().party("CAF").owner == CLAIRE
    own = story.answer(CLAIRE, opened.to(CLAIRE), "Le paiement part ce soir, bonne journée.")
    assert {to for to, _ in own.sent()} == {ZOE, CAF_BOX}
    also = story.answer(
        CAF_BOX, box, "Le paiement est parti ce matin comme prévu.\n\n-- \nClaire Martin\nCAF du Lot"
    )
    assert "Claire Martin (CAF du Lot)" in also.to(ZOE).text
    assert (CAF_BOX, "who-signed") not in also.sent()
    assert [p.state for p in story.case().parties] == ["in-progress"]
    left = story.answer(CAF_BOX, box, "pas moi", name="Claire Martin")
    case = story.case()
    assert left.rule == "act:not-me" and case.participant(CLAIRE) is None and case.participant(CAF_BOX)
    assert (case.party("CAF").state, case.party("CAF").owner) == ("in-progress", "")


def test_who_was_excluded_does_not_come_back_by_signing(story):
    """The aidant excluded Julien: his name below the mailbox's mail makes nobody the owner."""
    opened = story.open_case()
    story.answer(ZOE, opened.to(ZOE), f"exclure {JULIEN}")
    tried = story.answer(CAF_BOX, opened.to(CAF_BOX), "je m'en occupe", name="Julien Roques")
    assert (tried.rule, story.case().party("CAF").owner) == ("not-understood", "")
    assert story.case().participant(JULIEN) is None


def test_only_the_mailbox_can_say_who_signed(story):
    """The question's address was never seen by others; a machine's answer names nobody; a member may say `c'est moi`."""
    opened = story.open_case(to="lot+ddfip@aplus.example")
    asked = story.answer(DDFIP_BOX, opened.to(DDFIP_BOX), "L'avis sera corrigé avant la fin du mois.").to(
        DDFIP_BOX, "who-signed"
    )
    machine = story.write(
        DDFIP_BOX, asked.reply_to, "Absence", "Bernard Lacoste", headers={"Auto-Submitted": "auto-replied"}
    )
    assert (machine.disposition, machine.rule, machine.sent()) == ("handled", "absence", [])
    assert story.case().messages[-1].author_name == ""
    mine = story.write(BERNARD, asked.reply_to, "Re: qui", "C'est moi", answers=asked)
    assert (mine.rule, story.case().messages[-1].author_name) == ("question:signed", "Bernard Lacoste")
    assert OPERATOR not in {to for to, _ in mine.sent()}
