"""Guarantee: what a case's people read over its life is one mail for each thing that happens, true, and says what works
next."""

from town import AURELIE, BERNARD, CAF_BOX, CLAIRE, DDFIP_BOX, JULIEN, ZOE


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


def test_a_case_closed_incomplete_takes_up_where_it_stopped(town):
    """Nothing goes to an organisation, or is invited to, before what is compulsory is there: reopened or answered it is
    incomplete again, and goes out once complete."""
    town.open_case()  # the terms are accepted
    town.write(ZOE, "lot@aplus.example", "Droit", "Nom : ROUX\nOrganisme : CAF\n\nSon droit est bloqué.")
    number = town.case().number
    closed = next(
        x for x in town.pass_time(days=32).letters if x.template == "closed" and number in x.subject
    )
    again = town.answer(ZOE, closed, "rouvrir")
    assert (again.sent(), town.case(number).state) == ([(ZOE, "incomplete")], "incomplete")
    assert town.answer(ZOE, closed, "inviter CPAM").sent() == [(ZOE, "not-understood")]
    whole = town.answer(ZOE, closed, "Prénom : Paul\nDate de naissance : 03/03/1948\nMandat : oui")
    assert {(CLAIRE, "new-case-agent"), (ZOE, "receipt")} <= set(whole.sent())
    assert "Son droit est bloqué." in whole.to(CLAIRE).text


def test_an_answer_to_a_case_closed_incomplete_completes_it(town):
    town.open_case()
    town.write(ZOE, "lot@aplus.example", "Droit", "Nom : ROUX\nOrganisme : CAF\n\nSon droit est bloqué.")
    number = town.case().number
    closed = next(
        x for x in town.pass_time(days=32).letters if x.template == "closed" and number in x.subject
    )
    whole = town.answer(ZOE, closed, "Prénom : Paul\nDate de naissance : 03/03/1948\nMandat : oui\n\nMerci !")
    assert whole.rule == "taken-up-again" and (CLAIRE, "new-case-agent") in whole.sent()


def test_one_receipt_says_who_got_it_and_who_could_not(town):
    """An organisation that nobody answers for beside one that is asked: one mail, not two."""
    town.open_case()
    fields = "Prénom : Paul\nNom : ROUX\nDate de naissance : 03/03/1948\nMandat : oui\n"
    asked = town.write(
        ZOE, "lot@aplus.example", "x", f"{fields}Organismes : CAF, La Poste\n\nTout est bloqué."
    )
    assert [t for to, t in asked.sent() if to == ZOE] == ["receipt"]
    text = text_of(asked.to(ZOE))
    assert "- CAF du Lot\n\nN'a pas pu être transmise à : La Poste du Lot." in text
    elsewhere = town.write(ZOE, "val-d-oise+caf@aplus.example", "x", f"{fields}\nTout est bloqué.")
    told = elsewhere.to(ZOE, "no-agent").text
    assert "Vous n'avez rien à faire" not in told and "à l'adresse de votre territoire" in told


def test_what_contradicts_is_asked_in_words_and_ok_is_offered_only_then(town):
    town.open_case()
    fields = "Prénom : Paul\nNom : ROUX\nDate de naissance : 03/03/1948\nMandat : oui\n"
    asked = town.write(
        ZOE, "lot+caf@aplus.example", "x", f"{fields}Adresse : 3 rue X, 95000 Cergy\n\nBloqué."
    )
    text = text_of(asked.to(ZOE))
    assert "Adresse : le code postal n'est pas celui de ce territoire\n\nSi c'est exact malgré tout" in text
    assert (CLAIRE, "new-case-agent") in town.answer(ZOE, asked.to(ZOE), "ok").sent()
    lacking = town.write(ZOE, "lot+caf@aplus.example", "x", "Nom : ROUX\n\nBloqué.").to(ZOE)
    assert "« ok »" not in lacking.text


def test_a_misspelt_address_is_told_with_the_nearest_one(town):
    town.open_case()
    told = town.write(ZOE, "lott@aplus.example", "x", "Nom : ROUX").to(ZOE).text
    assert told.startswith("Votre message n'est arrivé à personne")
    assert "Vouliez-vous écrire à lot@aplus.example ?" in told and "Agir en un mot" not in told


def test_putting_off_says_which_day_it_will_be_or_why_not(town):
    """A day too far off becomes the last possible one, and is told; words that are no day, and nothing that is due, are
    told as that."""
    opened = town.open_case()
    for words, day in (
        ("dans quinze jours", "17 mars"),
        ("dans 10 jours", "12 mars"),
        ("le 6 à 14h", "6 mars"),
    ):
        told = town.answer(CLAIRE, opened.to(CLAIRE), f"plus tard {words}").to(CLAIRE).text
        assert f"le {day} 2026." in told and "au plus" not in told, words
    for words in ("dans 2 mois", "15/12"):
        told = town.answer(CLAIRE, opened.to(CLAIRE), f"plus tard {words}").to(CLAIRE).text
        assert "le 17 mars 2026. Un rappel peut être repoussé de 15 jours au plus." in told, words
    for words in ("après les vacances", "hier", "ce soir"):
        told = town.answer(CLAIRE, opened.to(CLAIRE), f"plus tard {words}").to(CLAIRE, "not-understood").text
        assert "Nous n'avons pas compris quel jour" in told, words
    assert "rien à repousser" in town.answer(ZOE, opened.to(ZOE), "plus tard jeudi").to(ZOE).text


def test_acts_said_twice_are_told_once(town):
    """Taking what is one's own already, ending what is over: only who said it is answered, with what is so."""
    opened = town.open_case()
    town.answer(CLAIRE, opened.to(CLAIRE), "je m'en occupe")
    twice = town.answer(CLAIRE, opened.to(CLAIRE), "je m'en occupe")
    assert twice.sent() == [(CLAIRE, "acknowledged")] and "déjà de la demande" in twice.to(CLAIRE).text
    assert (ZOE, "taken") in town.answer(CLAIRE, opened.to(CLAIRE), "je m'en occupe jeudi").sent()
    done = town.answer(JULIEN, opened.to(JULIEN), "traité")
    again = town.answer(CLAIRE, opened.to(CLAIRE), "traité")
    assert again.sent() == [(CLAIRE, "not-understood")]
    assert "Pour votre organisme" in again.to(CLAIRE).text and "déjà terminée" in again.to(CLAIRE).text
    town.answer(ZOE, done.to(ZOE), "clore oui")
    late = town.answer(CLAIRE, opened.to(CLAIRE), "Le courrier part demain.").to(ZOE).text
    assert "« rouvrir »" in late and "clore" not in late


def test_a_shared_mailbox_is_not_offered_to_leave(town):
    """*pas moi* from there would be the whole organisation."""
    opened = town.open_case()
    mails = [opened.to(CAF_BOX), *(x for x in town.pass_time(days=4).letters if x.to == CAF_BOX)]
    mails += [town.answer(CAF_BOX, opened.to(CAF_BOX), word).to(CAF_BOX) for word in ("aide", "modèle")]
    assert {x.template for x in mails} >= {"new-case-mailbox", "reminder", "help", "not-understood"}
    assert not [x.template for x in mails if "- « pas moi »" in x.text]


def test_after_the_last_organisation_left_the_aidant_is_told_what_works(town):
    opened = town.open_case(to=["lot+caf@aplus.example", "lot+cpam@aplus.example"])
    first = town.answer(CLAIRE, opened.to(CLAIRE), "pas nous").to(ZOE).text
    assert "Plus aucun organisme" not in first
    last = town.answer(AURELIE, opened.to(AURELIE), "pas nous").to(ZOE).text
    assert "Plus aucun organisme ne suit cette demande." in last
    nobody = town.answer(ZOE, opened.to(ZOE), "inviter La Poste").to(ZOE).text
    assert "Personne de cet organisme ne répond encore" in nobody
