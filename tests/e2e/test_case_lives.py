"""Guarantee: what a case's people read over its life is one mail for each thing that happens, true, and says what works
next."""

from town import BERNARD, CAF_BOX, CLAIRE, DDFIP_BOX, JULIEN, ZOE


def text_of(letter) -> str:
    """The text of a mail, with plain line ends."""
    return letter.text.replace("\r\n", "\n")


CAF_AND_DDFIP = ["lot+caf@aplus.example", "lot+ddfip@aplus.example"]


def test_an_answer_that_ends_the_case_comes_in_the_mail_that_asks_to_close(town):
    """*traité* with words below: one mail to the aidant, with the words and files first; "oui" to it closes."""
    opened = town.open_case()
    notice = ("notification.pdf", b"%PDF-1.4 x", "application/pdf")
    done = town.answer(CLAIRE, opened.to(CLAIRE), "Traité\n\nLe rappel est versé le 12.", files=[notice])
    assert done.sent() == [(CAF_BOX, "answer"), (JULIEN, "answer"), (ZOE, "asked-to-close")]
    asked = done.to(ZOE)
    text = text_of(asked)
    assert text.startswith(
        "Réponse : CAF du Lot\n\nClaire Martin (CAF du Lot) vous répond :\n\nLe rappel est versé le 12."
    )
    assert "sera close le 1er avril 2026" in text and "« clore oui »" in text
    assert [p.get_filename() for p in asked.message.iter_attachments()] == ["notification.pdf"]
    assert asked.message["Auto-Submitted"] is None  # a person's words: absence messages must come back
    party = town.case().party("CAF")
    assert party.first_answer_at == party.last_answer_at == town.now
    town.answer(ZOE, asked, "oui merci")
    assert (town.case().state, town.case().useful) == ("closed", "yes")


def test_of_several_organisations_only_the_last_answer_asks_to_close(town):
    """Before it, an answer with *traité* says that this part is done and who is still waited for; *traité* without words
    says the same. From a shared mailbox too."""
    opened = town.open_case(to=CAF_AND_DDFIP)
    first = town.answer(CLAIRE, opened.to(CLAIRE), "Traité.\n\nLe droit est rétabli.")
    assert [(to, t) for to, t in first.sent() if to == ZOE] == [(ZOE, "answer")]
    assert "la demande est traitée.\n\nRéponse encore attendue : DDFIP du Lot." in text_of(first.to(ZOE))
    last = town.answer(DDFIP_BOX, opened.to(DDFIP_BOX), "Traité.\n\nL'avis est corrigé.")
    assert [(to, t) for to, t in last.sent() if to == ZOE] == [(ZOE, "asked-to-close")]
    assert "L'avis est corrigé." in last.to(ZOE).text and "Chaque organisme a terminé" in last.to(ZOE).text


def test_done_without_words_beside_another_organisation_says_whose_part(town):
    opened = town.open_case(to=CAF_AND_DDFIP)
    done = town.answer(BERNARD, opened.to(BERNARD), "traité")
    text = text_of(done.to(ZOE, "asked-to-close"))
    assert text.startswith("DDFIP du Lot a terminé sa part\n")
    assert "une autre réponse est encore attendue : vous n'avez rien à faire" in text
