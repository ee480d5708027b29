"""The first story: a mail becomes a case, is answered and closed."""

from __future__ import annotations

from town import CAF_BOX, CLAIRE, JULIEN, OPERATOR, STRANGER, ZOE


def test_one_case_from_first_mail_to_closing(town):
    """Each mail reaches exactly who must get it, and the ledger balances."""
    opened = town.open_case()
    assert (opened.disposition, opened.rule) == ("opened", "open-case")
    assert opened.sent() == [
        (CAF_BOX, "new-case-mailbox"),
        (CLAIRE, "new-case-agent"),
        (JULIEN, "new-case-agent"),
        (ZOE, "receipt"),
    ]
    taken = town.answer(CLAIRE, opened.to(CLAIRE), "Je m'en occupe")
    assert taken.sent() == [(CAF_BOX, "taken"), (JULIEN, "taken"), (ZOE, "taken")]
    answered = town.answer(CLAIRE, opened.to(CLAIRE), "Bonjour,\n\nLe dossier est débloqué.\n\nClaire")
    assert answered.sent() == [(CAF_BOX, "answer"), (ZOE, "answer")]
    assert "débloqué" in answered.to(ZOE).text
    held = town.write(STRANGER, opened.to(CLAIRE).reply_to, "Bonjour", "Et moi ?")
    assert (held.disposition, held.sent()) == ("held", [(OPERATOR, "operators-notice")])
    done = town.answer(CLAIRE, opened.to(CLAIRE), "traité")
    assert done.sent() == [(ZOE, "asked-to-close")]
    closed = town.answer(ZOE, done.to(ZOE), "clore oui")
    assert {to for to, _ in closed.sent()} == {ZOE, CLAIRE, CAF_BOX}
    case = town.case()
    assert (case.state, case.useful, case.dues) == ("closed", "yes", ())
    assert town.ledger()["balanced"]


def test_threads_of_each_recipient_hold_together(town):
    """The aidant's mails all refer to her own first mail; an agent's to the first notice that agent got."""
    mine = town.letter(ZOE, "lot+caf@aplus.example", "APL", "x")
    opened = town.open_case(message_id="<first@cahors.example>")
    answered = town.answer(CLAIRE, opened.to(CLAIRE), "Voici la réponse attendue.")
    assert opened.to(ZOE).message["In-Reply-To"] == "<first@cahors.example>"
    assert answered.to(ZOE).message["References"].split()[0] == "<first@cahors.example>"
    again = town.answer(ZOE, answered.to(ZOE), "Il manque encore un mois, pouvez-vous vérifier ?")
    assert again.to(CLAIRE).message["References"].split()[0] == opened.to(CLAIRE).message["Message-ID"]
    assert mine["Message-ID"] not in again.to(CLAIRE).raw.decode()


def test_silence_is_never_an_end_state(town):
    """Nobody answers: reminders, escalation; every open case keeps a due act."""
    town.open_case()
    week = town.pass_time(days=9)
    templates = {t for _, t in week.sent()}
    assert {"reminder", "escalation"} <= templates
    assert town.case().dues
