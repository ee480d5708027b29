"""Guarantee: what a case's people read over its life is one mail for each thing that happens, true, and says what works
next."""

import pytest
from printed import words_in
from town import AURELIE, BERNARD, CAF_BOX, CLAIRE, DDFIP_BOX, JULIEN, KARIM, ZOE


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
    told = done.to(ZOE, "part-done")
    assert told.subject.endswith("] DDFIP du Lot")
    assert text_of(told).startswith("DDFIP du Lot a terminé sa part\n")
    assert "une autre réponse est encore attendue : vous n'avez rien à faire" in text_of(told)
    for word in ("ok", "C'est noté, merci Bernard"):
        assert town.answer(ZOE, told, word).letters == [] and town.case().state == "open", word
    assert town.answer(ZOE, told, "oui").sent() == [(ZOE, "not-understood")]
    assert town.case().state == "open"


def test_nobody_asks_to_close_while_only_silent_organisations_are_at_work(town):
    """The aidant was told that she has nothing to do: she is not asked ten days later whether that answer was enough, but
    ten days after the answer that was waited for."""
    opened = town.open_case(to=CAF_AND_DDFIP)
    town.answer(CLAIRE, opened.to(CLAIRE), "Traité.\n\nLe droit est rétabli.")
    waited = town.pass_time(days=20)
    assert "asked-to-close" not in {x.template for x in waited.letters}
    assert "reminder" in {x.template for x in waited.letters if x.to == BERNARD}
    town.answer(BERNARD, opened.to(BERNARD), "L'avis arrive par la poste.")
    assert "asked-to-close" in {x.template for x in town.pass_time(days=16).letters if x.to == ZOE}


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


@pytest.mark.parametrize(
    "words",
    [
        "clore oui, merci Claire",
        "clore oui merci Claire",
        "Merci Claire ! clore oui",
        "close yes, thank you Claire",
    ],
)
def test_a_thanks_by_name_beside_an_act_hides_it_not(town, words):
    opened = town.open_case()
    done = town.answer(CLAIRE, opened.to(CLAIRE), "traité\n\nVersé.")
    closed = town.answer(ZOE, done.to(ZOE), words)
    assert (closed.rule, town.case().useful) == ("act:close", "yes")


def test_words_of_a_hand_over_come_in_the_mails_that_tell_of_it(town):
    """One mail to each: who goes on, and what was written with it; to a colleague who joins by it, too."""
    opened = town.open_case()
    handed = town.answer(ZOE, opened.to(ZOE), "passer le relais à Karim Haddad\n\nLe bail suit lundi.")
    assert handed.sent() == [
        (CAF_BOX, "taken"),
        (CLAIRE, "taken"),
        (JULIEN, "taken"),
        (KARIM, "joined"),
        (ZOE, "acknowledged"),
    ]
    assert all("Le bail suit lundi." in x.text for x in handed.letters if x.to != ZOE)
    given = town.answer(CLAIRE, opened.to(CLAIRE), "passer le relais à Julien Roques\n\nIl manque le bail.")
    assert [t for to, t in given.sent() if to in (ZOE, KARIM)] == ["answer", "answer"]
    assert "Il manque le bail." in given.to(ZOE).text and "Julien Roques s'occupe" in given.to(ZOE).text
    nobody = town.answer(ZOE, opened.to(ZOE), "passer le relais à Jean Bon").to(ZOE).text
    assert "une personne inscrite de votre propre équipe" in nobody


def test_what_is_over_is_not_offered(town):
    """After *traité* beside another organisation no act on the own part is offered to its agents."""
    opened = town.open_case(to=CAF_AND_DDFIP)
    town.answer(CLAIRE, opened.to(CLAIRE), "traité")
    told = town.answer(JULIEN, opened.to(JULIEN), "je m'en occupe").to(JULIEN, "not-understood").text
    assert "« note : votre texte »" in told and "« je m'en occupe »" in told.partition("Ce que")[0]
    assert not [w for w in ("« traité »", "« pas nous »", "« pas moi »") if w in told]


def test_an_act_on_a_line_of_a_note_is_offered(town):
    opened = town.open_case()
    noted = town.answer(CLAIRE, opened.to(CLAIRE), "note : voir le dossier papier\ntraité")
    assert "« traité »" in noted.to(CLAIRE, "act-offered").text and town.case().party("CAF").state == "new"
    plain = town.answer(JULIEN, opened.to(JULIEN), "note : dossier traité par Claire hier\nà suivre")
    assert (JULIEN, "act-offered") not in plain.sent()


def test_an_organisation_that_answered_is_not_told_that_its_answer_is_awaited(town):
    """Reminded after its own last word it is asked where the case stands; after the aidant's, since when she waits."""
    opened = town.open_case()
    answer = town.answer(CLAIRE, opened.to(CLAIRE), "Il manque le bail.")
    after = [x for x in town.pass_time(days=40).letters if x.template in ("reminder", "escalation")]
    told = {x.to: x.text for x in after}
    assert "Votre organisme a répondu à la demande" in told[CLAIRE] and "répondez « traité »" in told[CLAIRE]
    assert "a répondu le 2 mars 2026, et plus rien depuis" in told["helene.costes@prefecture46.example"]
    town.answer(ZOE, answer.to(ZOE), "Voici le bail.")
    again = next(x for x in town.pass_time(days=20).letters if (x.to, x.template) == (CLAIRE, "reminder"))
    assert "attend une réponse de votre organisme depuis le 11 avril 2026" in again.text


def test_words_at_the_list_s_address_are_told_to_reach_nobody(town):
    opened = town.open_case()
    listed = town.write(
        CLAIRE, "liste@aplus.example", "x", "Bonjour,\n\nje réponds à tous cette semaine."
    ).to(CLAIRE)
    assert "n'est transmis à personne" in listed.text
    plain = town.write(CLAIRE, "liste@aplus.example", "liste", "liste\n\nMerci\nClaire Martin").to(CLAIRE)
    assert "n'est transmis" not in plain.text and opened.to(CLAIRE).template == "new-case-agent"


def test_a_file_sent_back_with_our_quote_alone_carries_no_word_of_the_quote(town):
    """What its reader was shown stays with its reader: CPAM's answer, quoted below a file and nothing else, is not
    relayed to CAF, nor an agent's notice to the aidant. Without a file nothing was said, and the writer is told so."""
    opened = town.open_case(to=["lot+caf@aplus.example", "lot+cpam@aplus.example"])
    answer = town.answer(AURELIE, opened.to(AURELIE), "Sa carte est bloquée par un impayé de 2019.")
    paper = ("bail.pdf", b"%PDF-1.4 x", "application/pdf")
    sent = town.answer(ZOE, answer.to(ZOE), "", files=[paper])
    caf = sent.to(CLAIRE, "message")
    assert "impayé" not in caf.text and [p.get_filename() for p in caf.message.iter_attachments()] == [
        "bail.pdf"
    ]
    back = town.answer(CLAIRE, opened.to(CLAIRE), "", files=[paper])
    assert "Ce que vous pouvez faire" not in back.to(ZOE).text.partition("Fichiers joints")[0]
    for who, letter in ((ZOE, answer.to(ZOE)), (CLAIRE, opened.to(CLAIRE))):
        for words in ({"text": ""}, {"text": "", "quote": False}):
            empty = town.answer(who, letter, **words)
            assert empty.sent() == [(who, "not-understood")], (who, words)
            assert "ni texte nouveau ni fichier" in empty.to(who).text


def test_a_case_at_its_cap_is_told_that_it_will_be_closed_whatever_is_answered(story):
    opened = story.open_case()
    told = []
    while story.case().state != "closed":
        told += [x for x in story.pass_time(days=30).letters if x.to == ZOE]
        if story.case().state != "closed":
            story.answer(ZOE, opened.to(ZOE), "La personne attend toujours.")
    warned = [x.text for x in told if x.template == "asked-to-close" and "24 mois au plus" in x.text]
    assert (
        len(warned) == 2 and "même si elle est encore utile" in warned[0] and "Sans nouvelle" not in warned[0]
    )
    closed = next(x.text for x in told if x.template == "closed")
    assert "a atteint cette durée" in closed and "Plus rien ne s'y passait" not in closed


def test_an_incomplete_case_can_be_given_up(town):
    """`clore` ends it, and is offered; nothing is said of organisations that never heard of it. A withdrawn mandate says
    the same. `ok` is offered only where there is something to agree to."""
    town.open_case()
    lacking = "Nom : PETIT\n\nSon APL est bloquée."
    asked = town.write(ZOE, "lot+caf@aplus.example", "x", lacking).to(ZOE)
    assert "« clore »" in asked.text and "« ok »" not in asked.text
    more = town.answer(ZOE, asked, "Prénom : Luc").to(ZOE).text
    assert more.startswith("Il manque encore quelques éléments") and "Merci : votre réponse" in more
    closed = town.answer(ZOE, asked, "clore")
    assert (closed.sent(), town.case().state, town.case().useful) == ([(ZOE, "closed")], "closed", "")
    assert "Rien n'en a été transmis à aucun organisme." in closed.to(ZOE).text
    other = town.write(ZOE, "lot+caf@aplus.example", "x", lacking).to(ZOE)
    assert "« ok »" not in town.answer(ZOE, other, "inviter CPAM").to(ZOE).text
    withdrawn = town.answer(ZOE, other, "retrait mandat").to(ZOE).text
    assert "à aucun organisme" in withdrawn and "leurs copies" not in withdrawn


def test_a_draft_tells_which_organisation_nobody_answers_for(town):
    town.open_case()
    fields = "Prénom : Paul\nNom : ROUX\nDate de naissance : 03/03/1948\nMandat : oui\n"
    checked = town.write(
        ZOE, "lot@aplus.example", "x", f"prêt ?\n{fields}Organismes : CAF, La Poste\n\nBloqué."
    )
    assert "La Poste du Lot" in checked.to(ZOE).text and "CAF du Lot" in checked.to(ZOE).text


def test_what_stands_behind_a_number_on_its_line_is_read(town):
    """When to call may be what keeps somebody safe: it goes on beside the number, on a careful case too."""
    opened = town.open_case("Madame est victime de violences.")
    asked = town.answer(CLAIRE, opened.to(CLAIRE), "À quel numéro peut-on la joindre ?")
    told = (
        town.answer(ZOE, asked.to(ZOE), "Téléphone : 06 12 34 56 78, appelez entre 9h et 10h").to(CLAIRE).text
    )
    assert "appelez entre 9h et 10h" in told and "Téléphone : 06 12 34 56 78" in told


def test_who_is_told_of_a_case_without_taking_part_learns_where_their_words_go(town):
    """A manager of the territory who writes to its address."""
    written = town.write(
        "helene.costes@prefecture46.example", "lot@aplus.example", "x", "Combien de retards ?"
    )
    told = written.to("helene.costes@prefecture46.example").text
    assert "n'a été lu ni gardé par personne" in told and "clore oui" not in told


def test_the_sheet_for_the_person_holds_neither_their_name_nor_courtesies(town):
    """Paper is left lying about; and it promises that nothing is to be done to nobody whose paper is awaited."""
    town.open_case()
    letter = (
        "Bonjour,\n\nJe vous écris pour Madame Fatima BENALI, née le 12 juin 1975. Son APL est suspendue.\n"
        "Elle m'a donné mandat par écrit le 20 février 2026.\n\nMerci\nZoé Durand"
    )
    asked = town.write(ZOE, "lot+caf@aplus.example", "x", letter).to(ZOE)
    opened = town.answer(ZOE, asked, "ok")
    town.answer(CLAIRE, opened.to(CLAIRE), "Bonjour,\n\nIl manque le bail de Mme Benali.\n\nClaire Martin")
    sheet = town.answer(ZOE, opened.to(ZOE), "résumé").to(ZOE)
    (paper,) = [part.get_payload(decode=True) for part in sheet.message.iter_attachments()]
    words = " ".join(words_in(paper).split())
    assert "Son APL est suspendue." in words and "Il manque le bail de Mme …." in words
    assert not [w for w in ("Fatima", "BENALI", "Benali", "Claire Martin", "Merci") if w in words]
    assert "Vous n'avez rien à faire" not in words


def test_an_urgency_said_later_reaches_the_agents_at_once(town):
    """Alone on its line or above a text: the agents read it now, the aidant what follows and whom to call."""
    opened = town.open_case()
    said = town.answer(ZOE, opened.to(ZOE), "Urgent : coupure d'électricité le 10 mars")
    assert said.sent() == [
        (CAF_BOX, "message"),
        (CLAIRE, "message"),
        (JULIEN, "message"),
        (ZOE, "acknowledged"),
    ]
    assert "Urgent : coupure d'électricité" in said.to(CLAIRE).text
    assert "signale que la demande est urgente" in said.to(CLAIRE).text
    told = said.to(ZOE).text
    assert "relancés au bout de 2 heures ouvrées" in told and "05 65 00 46 01" in told and "- 115 :" in told
    again = town.answer(
        ZOE, opened.to(ZOE), "Urgent : coupure d'électricité le 10 mars\n\nLe bailleur a appelé."
    )
    assert (ZOE, "acknowledged") not in again.sent() and "Le bailleur a appelé." in again.to(CLAIRE).text


def test_who_closed_a_case_is_told_to_the_others_and_thanks_go_to_who_answered(town):
    opened = town.open_case(to=CAF_AND_DDFIP, cc=[KARIM])
    answer = town.answer(CLAIRE, opened.to(CLAIRE), "Versé.")
    closed = town.answer(KARIM, answer.to(KARIM), "clore oui")
    assert "Karim Haddad a clos la demande." in closed.to(ZOE).text
    assert "comme demandé" in closed.to(KARIM).text
    assert "a été utile" in closed.to(CLAIRE).text and "a été utile" not in closed.to(BERNARD).text
