"""DOMAIN.md, "Situations that decide whether people trust it": each test bears its number."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from town import (
    AURELIE,
    CAF_BOX,
    CAF_CHIEF,
    CLAIRE,
    COMPLETE,
    FIELDS,
    JULIEN,
    KARIM,
    OPERATOR,
    STRANGER,
    ZOE,
)


def test_01_another_person_on_an_old_thread_is_asked(town):
    """A name other than the case's holds the mail; `suite` lets it join, `nouveau` opens a case of its own."""
    opened = town.open_case()
    address = opened.to(ZOE).reply_to
    other = "Bonjour, voici un autre dossier.\n\nPrénom : Paul\nNom : BERNARD\nDate de naissance : 01/02/1980\nMandat : oui\n"
    held = town.write(ZOE, address, "Dossier de M. Bernard", other)
    assert (held.disposition, held.rule) == ("held", "ask:other-person")
    assert [x.to for x in held.letters] == [ZOE]
    assert "BERNARD" not in "".join(x.text for x in held.letters)
    first = town.case()
    answered = town.answer(ZOE, held.to(ZOE), "nouveau", quote=False)
    second = town.case()
    assert second.number != first.number
    assert second.field("nom") == "BERNARD"
    assert len(town.case(first.number).messages) == 1
    assert answered.sent() == [(ZOE, "which-organisation")]


def test_01_continuation_joins_after_suite(town):
    """`suite` relays the held mail to the agents of the case."""
    opened = town.open_case()
    held = town.write(
        ZOE, opened.to(ZOE).reply_to, "Suite", "Nom : MARTIN\n\nElle a repris son nom de jeune fille."
    )
    assert held.rule == "ask:other-person"
    released = town.answer(ZOE, held.to(ZOE), "Suite", quote=False)
    assert (CLAIRE, "message") in released.sent()


def test_01_mail_out_of_the_blue_on_a_silent_case(town):
    """Thirty days of silence, no quote, no thread fields: asked first."""
    opened = town.open_case()
    town.pass_time(days=32)
    held = town.write(ZOE, opened.to(ZOE).reply_to, "Bonjour", "Pouvez-vous m'aider pour une carte grise ?")
    assert held.rule == "ask:old-thread"
    threaded = town.answer(ZOE, opened.to(ZOE), "Avez-vous des nouvelles ?")
    assert threaded.disposition == "attached"


def test_02_notes_fail_closed(town):
    """A line that resembles an internal marker goes to nobody until its writer says which it is."""
    opened = town.open_case()
    held = town.answer(CLAIRE, opened.to(CLAIRE), "Note interne - elle a déjà fraudé\n\nNe pas transmettre.")
    assert held.rule == "ask:internal-marker"
    assert {to for to, _ in held.sent()} == {CLAIRE}
    noted = town.answer(CLAIRE, held.to(CLAIRE), "note", quote=False)
    assert {to for to, _ in noted.sent()} <= {JULIEN, CAF_BOX, CLAIRE}
    assert all(t in ("note", "acknowledged") for _, t in noted.sent())
    assert town.case().messages[-1].audience == "agents"


def test_02_a_reply_to_a_note_is_a_note(town):
    """Whoever answers a note answers the agents only."""
    opened = town.open_case()
    note = town.answer(CLAIRE, opened.to(CLAIRE), "note : à vérifier avec la trésorerie")
    reply = town.answer(JULIEN, note.to(JULIEN), "Oui, je regarde cet indu demain.")
    assert ZOE not in {to for to, _ in reply.sent()}
    assert town.case().messages[-1].audience == "agents"


def test_03_only_the_exact_word_of_a_human_releases(town):
    """An autoresponder at the question's address releases nothing; the word of the person asked does."""
    opened = town.open_case()
    forged = town.answer(ZOE, opened.to(ZOE), "Voici mon nouveau numéro.", aligned=False)
    assert forged.disposition == "held"
    question = forged.to(ZOE, "challenge")
    auto = town.write(
        ZOE,
        question.reply_to,
        "Absence",
        "Je suis absente jusqu'au 20 mars.",
        headers={"Auto-Submitted": "auto-replied"},
    )
    assert auto.disposition != "attached" and not [x for x in auto.letters if x.to == CLAIRE]
    wrong = town.answer(ZOE, question, "oui", quote=False)
    assert not [x for x in wrong.letters if x.to == CLAIRE]
    right = town.answer(ZOE, question, "C'est moi", quote=False)
    assert (CLAIRE, "message") in right.sent()


def test_04_answers_inside_our_quote_are_new_text(town):
    """The form completed below the separator counts, labelled lines included."""
    asked = town.write(
        ZOE, "lot+caf@aplus.example", "APL", "Bonjour, son APL est bloquée.\n\nNom : DUPONT\n"
    ).to(ZOE)
    lines = asked.text.splitlines()
    filled = []
    for line in lines:
        filled.append(f"> {line}")
    body = (
        "\n".join(filled)
        + "\n> Prénom : Marie\n> Date de naissance : 03/04/1961\n> Mandat : oui\n> J'accepte\n"
    )
    text = f"\n\nLe lun. 2 mars 2026 à 10:00, {asked.message['From']} a écrit :\n{body}"
    done = town.write(ZOE, asked.reply_to, f"Re: {asked.subject}", text, answers=asked)
    assert town.case().field("prenom") == "Marie", done.decision.trace


def test_05_reminder_from_the_sent_folder(town):
    """A mail that we accepted proves the thread as one that we sent does: same base subject, participant, aligned."""
    first = town.open_case(message_id="<sent@cahors.example>")
    again = town.write(
        ZOE,
        "lot@aplus.example",
        "TR: Aide au logement bloquée",
        "Bonjour, je me permets de vous relancer au sujet de ce dossier.",
        headers={"In-Reply-To": "<sent@cahors.example>", "References": "<sent@cahors.example>"},
    )
    assert again.disposition == "attached"
    assert town.case().number == first.decision.case_number
    other = town.write(
        ZOE,
        "lot@aplus.example",
        "Tout autre chose",
        "Une nouvelle demande.\n\nPrénom : Luc\nNom : PETIT\nDate de naissance : 01/01/1990\nMandat : oui",
        headers={"References": "<sent@cahors.example>"},
    )
    assert other.disposition == "opened"


def test_05_an_agent_without_a_thread_is_asked_which_case(town):
    """A registered agent who writes to the territory is asked which case is meant."""
    town.open_case()
    asked = town.write(CLAIRE, "lot@aplus.example", "le dossier", "C'est réglé.")
    assert asked.sent() == [(CLAIRE, "which-case"), (OPERATOR, "operators-notice")]


def test_06_a_mailbox_acknowledgement_is_no_answer(town):
    """`Votre message a bien été reçu` without any header is automatic: no first answer, nothing relayed."""
    opened = town.open_case()
    ack = town.write(
        CAF_BOX,
        opened.to(CAF_BOX).reply_to,
        f"Re: {opened.to(CAF_BOX).subject}",
        "Bonjour,\n\nVotre message a bien été reçu. Il sera traité dans les meilleurs délais.\n\nCeci est un message automatique, merci de ne pas y répondre.",
    )
    assert (ack.disposition, ack.rule) == ("ignored", "kind:auto-replied")
    assert not ack.letters
    assert town.case().party("CAF").first_answer_at is None


def test_07_colleague_who_is_not_registered(town):
    """Same organisation's domain, aligned: participant and manager are asked, the colleague is told it waits."""
    opened = town.open_case()
    held = town.write(
        "nouveau@caf46.example",
        opened.to(CLAIRE).reply_to,
        "Re: dossier",
        "Je réponds pour Claire : c'est bon.",
    )
    assert held.disposition == "held"
    assert {(CLAIRE, "held-ask"), (CAF_CHIEF, "held-ask"), ("nouveau@caf46.example", "waiting")} <= set(
        held.sent()
    )
    assert "c'est bon" not in "".join(x.text for x in held.letters)
    released = town.answer(CLAIRE, held.to(CLAIRE), "envoyer", quote=False)
    assert "c'est bon" in released.to(ZOE).text


def test_08_urgent_is_reminded_within_hours(town):
    """Agents after two working hours, manager and experts after four; the receipt lists the numbers to call."""
    opened = town.open_case("Urgent : expulsion, demain matin\n")
    assert all(n in opened.to(ZOE).text for n in ("115", "17", "15", "112"))
    soon = town.pass_time(hours=2.2)
    assert (CLAIRE, "reminder") in soon.sent()
    later = town.pass_time(hours=2.2)
    assert (CAF_CHIEF, "escalation") in later.sent()


def test_09_careful_contact(town):
    """Named agents only, no shared mailbox; address and telephone withheld; the notice says what not to do."""
    opened = town.open_case(
        "Contact prudent : oui\nAdresse : 3 rue du Pont, 46000 Cahors\nTéléphone : 06 12 34 56 78\n"
    )
    assert CAF_BOX not in {to for to, _ in opened.sent()}
    text = opened.to(CLAIRE).text
    assert "rue du Pont" not in text and "06 12 34 56 78" not in text


def test_10_wrong_person_freezes_the_case(town):
    """`erreur de personne`: addresses revoked, the aidant told, nothing more goes anywhere."""
    opened = town.open_case()
    frozen = town.answer(CLAIRE, opened.to(CLAIRE), "erreur de personne")
    assert town.case().state == "frozen"
    assert (ZOE, "wrong-person") in frozen.sent()
    after = town.answer(CLAIRE, opened.to(CLAIRE), "Voici le dossier complet.")
    assert ZOE not in {to for to, _ in after.sent()}


def test_10_a_postcode_outside_the_territory_is_asked_first(town):
    """Nothing is sent before the aidant confirmed."""
    asked = town.open_case("Adresse : 12 rue Vide, 95000 Cergy\n")
    assert {to for to, _ in asked.sent()} == {ZOE}
    confirmed = town.answer(ZOE, asked.to(ZOE), "ok", quote=False)
    assert (CLAIRE, "new-case-agent") in confirmed.sent()


def test_11_after_taking_only_owner_and_mailbox_are_written_to(town):
    """Forty cases: the others are spared until the owner is absent."""
    opened = town.open_case()
    town.answer(CLAIRE, opened.to(CLAIRE), "je m'en occupe")
    message = town.answer(ZOE, opened.to(ZOE), "Voici une précision utile.")
    assert {to for to, _ in message.sent()} == {CLAIRE, CAF_BOX}
    town.write(
        CLAIRE,
        message.to(CLAIRE).reply_to,
        "Absence",
        "Je suis absente jusqu'au 20 mars 2026 inclus.",
        headers={"Auto-Submitted": "auto-replied"},
    )
    again = town.answer(ZOE, opened.to(ZOE), "Encore une précision.")
    assert JULIEN in {to for to, _ in again.sent()}


def test_13_leaver_gets_nothing_more(town):
    """Who leaves a case loses its address at once."""
    opened = town.open_case()
    town.answer(JULIEN, opened.to(JULIEN), "pas moi")
    message = town.answer(ZOE, opened.to(ZOE), "Une précision.")
    assert JULIEN not in {to for to, _ in message.sent()}
    late = town.answer(JULIEN, opened.to(JULIEN), "Finalement voici ma réponse.")
    assert late.disposition == "held"


def test_14_without_dmarc_an_aligned_pass_is_aligned(town):
    """A relay that says dmarc=none and dkim=pass of the author's domain vouches for it."""
    stamp = (
        "Authentication-Results: mx.aplus.example; dmarc=none header.from=cahors.example;"
        " dkim=pass header.d=cahors.example\r\n"
        "Received: from c ([192.0.2.10]) by mx.aplus.example with ESMTP; Mon, 02 Mar 2026 09:00:00 +0000\r\n"
    )
    body = town.letter(ZOE, "lot+caf@aplus.example", "APL", f"Bonjour\n\n{COMPLETE}").as_bytes()
    outcome = town.deliver(stamp.encode() + body, ZOE, ["lot+caf@aplus.example"])
    assert outcome.disposition == "opened"


@pytest.mark.parametrize(
    "text",
    ["[EXTERNE] Ce message provient de l'extérieur.\n\ntraité", "Bonjour,\n\nTraitée, merci\n\nCordialement"],
)
def test_15_gateways_banners_do_not_hide_an_act(town, text):
    """`traité` counts below a gateway's banner and between politeness."""
    opened = town.open_case()
    done = town.answer(CLAIRE, opened.to(CLAIRE), text)
    assert done.rule == "act:done"


def test_17_strangers_get_one_neutral_answer(town):
    """Aligned strangers: one neutral answer a day that confirms nothing; unaligned ones: silence."""
    one = town.write(STRANGER, "lot@aplus.example", "Mon dossier", "Où en est le dossier de Mme Dupont ?")
    assert one.sent() == [(STRANGER, "not-registered")]
    assert "Dupont" not in one.to(STRANGER).text
    two = town.write(STRANGER, "lot@aplus.example", "Encore", "Et alors ?")
    assert not two.letters
    three = town.write("x@ailleurs.example", "lot@aplus.example", "Encore", "Et alors ?", aligned=False)
    assert three.sent() == [(OPERATOR, "operators-notice")]


def test_merci_does_not_reopen_and_a_message_does(town):
    """A bare thanks leaves a closed case closed; any real message of the creator reopens it."""
    opened = town.open_case()
    town.answer(CLAIRE, opened.to(CLAIRE), "traité")
    town.answer(ZOE, opened.to(ZOE), "clore oui")
    town.answer(ZOE, opened.to(ZOE), "Merci beaucoup !")
    assert town.case().state == "closed"
    town.now += timedelta(days=3)
    again = town.answer(ZOE, opened.to(ZOE), "Le paiement n'est toujours pas arrivé, pouvez-vous vérifier ?")
    assert town.case().state == "open"
    assert (CLAIRE, "message") in again.sent()


def test_colleagues_in_copy_join_and_others_are_named(town):
    """Registered people of the creator's group in Cc join; any other address is refused and named in the receipt."""
    opened = town.open_case(cc=[KARIM, AURELIE, "ami@ailleurs.example"])
    case = town.case()
    assert case.participant(KARIM).role == "colleague"
    assert case.participant(AURELIE) is None
    assert "ami@ailleurs.example" in opened.to(ZOE).text


def test_one_mail_to_two_organisations_is_one_case(town):
    """`lot+caf@` and `lot+cpam@` in one mail: one case, both asked, each for itself."""
    opened = town.open_case(to=["lot+caf@aplus.example", "lot+cpam@aplus.example"])
    case = town.case()
    assert {p.organisation for p in case.parties} == {"CAF", "CPAM"}
    town.answer(CLAIRE, opened.to(CLAIRE), "traité")
    assert town.case().state == "open"
    late = town.pass_time(days=5)
    assert (AURELIE, "reminder") in late.sent()
    assert (CLAIRE, "reminder") not in late.sent()


def test_an_answer_stays_with_its_organisation(town):
    """CAF's answer reaches the aidant and CAF; CPAM only by `à tous`."""
    opened = town.open_case(to=["lot+caf@aplus.example", "lot+cpam@aplus.example"])
    answer = town.answer(CLAIRE, opened.to(CLAIRE), "Réponse de la CAF au sujet du droit.")
    assert {to for to, _ in answer.sent()} == {ZOE, JULIEN, CAF_BOX}
    shared = town.answer(CLAIRE, opened.to(CLAIRE), "à tous : la situation est clarifiée")
    assert AURELIE in {to for to, _ in shared.sent()}


def test_12_files_that_nobody_could_open_are_told_at_once(town):
    """A locked file stays behind, its sender is told; the text and the other file go on."""
    opened = town.open_case()
    files = [("rib.pdf", b"%PDF-1.7 rib", "application/pdf"), ("secret.p7m", b"0", "application/pkcs7-mime")]
    sent = town.answer(CLAIRE, opened.to(CLAIRE), "Voici les pièces demandées.", files=files)
    assert (CLAIRE, "files") in sent.sent()
    assert "secret.p7m" in sent.to(CLAIRE, "files").text
    names = [p.get_filename() for p in sent.to(ZOE).message.iter_attachments()]
    assert names == ["rib.pdf"]


def test_11_forty_cases_and_every_act_is_answered(town):
    """The caps bound machines: on one busy day an aidant gets a receipt and the answer to an act for each of 40 cases;
    the same act said over and over on one case is answered twenty times."""
    receipts = []
    for n in range(40):
        town.now += timedelta(minutes=1)
        opened = town.open_case(f"Dossier {n} de la semaine : le droit est bloqué.")
        receipts.append(opened.to(ZOE, "receipt"))
    histories = [town.answer(ZOE, receipt, "historique", quote=False) for receipt in receipts]
    assert [h.sent() for h in histories] == [[(ZOE, "history")]] * 40
    loop = [town.answer(ZOE, receipts[0], "historique", quote=False).sent() for _ in range(20)]
    assert loop == [[(ZOE, "history")]] * 19 + [[]]
    listing = town.write(ZOE, "liste@aplus.example", "liste", "liste").to(ZOE)
    for n in range(1, 31):
        done = town.answer(ZOE, listing, f"{n} clore oui", to="liste@aplus.example", quote=False)
        assert (done.rule, (ZOE, "closed") in done.sent()) == ("answered-by-line", True), n


def test_11_the_marker_goes_with_its_author(town):
    """Handed over, the case keeps each one's marker: the new creator never reads the old one's, and may set an own
    one; a colleague's word sets none for the creator."""
    opened = town.open_case("Repère : logement 3\n", cc=[KARIM])
    handed = town.answer(ZOE, opened.to(ZOE), "passer le relais à Karim Haddad")
    assert town.case().creator == KARIM and town.case().marker(KARIM) == ""
    rest = [*handed.letters, *town.answer(CLAIRE, opened.to(CLAIRE), "Le droit est rétabli.").letters]
    rest += town.write(KARIM, "liste@aplus.example", "liste", "liste").letters
    assert not [x for x in rest if x.to == KARIM and "logement 3" in f"{x.subject}{x.text}"]
    told = handed.to(KARIM, "taken")
    assert "Zoé Durand vous passe le relais" in told.text
    town.answer(KARIM, told, "Repère : à moi")
    assert town.case().marker(KARIM) == "à moi"
    town.answer(ZOE, opened.to(ZOE), "Repère : à elle\n\nVoici une pièce de plus pour ce dossier.")
    assert dict(town.case().markers) == {ZOE: "à elle", KARIM: "à moi"}


def test_11_agents_and_colleagues_have_markers_of_their_own(town):
    """Alone it is noted and told; beside an act or an answer it goes to nobody; one that names the person is refused with
    the reason; a sentence behind the same word is a sentence."""
    opened = town.open_case(cc=[KARIM])
    noted = town.answer(CLAIRE, opened.to(CLAIRE), "Repère : APL 12")
    assert (noted.sent(), noted.rule) == ([(CLAIRE, "acknowledged")], "marker-noted")
    assert "APL 12" in noted.to(CLAIRE).text and noted.to(CLAIRE).subject.endswith("CAF du Lot (APL 12)")
    taken = town.answer(JULIEN, opened.to(JULIEN), "Je m'en occupe\nRepère : à voir lundi")
    assert taken.sent() == [(to, "taken") for to in (CAF_BOX, CLAIRE, KARIM, ZOE)]
    assert taken.to(CLAIRE).subject.endswith("CAF du Lot (APL 12)")
    town.answer(KARIM, taken.to(KARIM), "Repère : Marie D")
    town.answer(KARIM, taken.to(KARIM), "Repère : étage 2\n\nVoici le bail manquant.")
    answer = town.answer(
        JULIEN, opened.to(JULIEN), "Repère : votre droit repart de la date du bail, le 3 mars."
    )
    assert "votre droit repart de la date du bail" in answer.to(ZOE).text
    assert dict(town.case().markers) == {CLAIRE: "APL 12", JULIEN: "à voir lundi", KARIM: "étage 2"}
    listing = town.write(CLAIRE, "liste@aplus.example", "liste", "liste").to(CLAIRE)
    assert "APL 12" in listing.text and "lundi" not in listing.text
    everything = [*taken.letters, *answer.letters, *town.pass_time(days=20).letters]
    assert not [x for x in everything if x.to != CLAIRE and "APL 12" in f"{x.subject}{x.text}{x.html}"]
    assert not [x for x in everything if x.to != JULIEN and "lundi" in x.subject]


def test_11_a_marker_that_names_the_person_is_refused_with_the_reason(town):
    opened = town.open_case()
    refused = town.answer(ZOE, opened.to(ZOE), "Repère : mme dupont")
    assert (refused.sent(), town.case().markers) == ([(ZOE, "acknowledged")], ())
    assert "ni le nom de la personne" in refused.to(ZOE).text and "dupont" not in refused.to(ZOE).subject
    long = town.answer(ZOE, opened.to(ZOE), "Repère : la dame du troisième étage")
    assert "la dame du troisième :" in long.to(ZOE).text.replace("\xa0", " ")
    sentence = "Mémo : la dame ne peut pas se déplacer, merci de l'appeler le matin"
    assert sentence in town.answer(ZOE, opened.to(ZOE), sentence).to(CLAIRE).text
    receipt = town.open_case("Repère : Marie").to(ZOE, "receipt")
    assert "pas de nom ni de numéro dans le repère" in receipt.text


def test_11_the_marker_is_shown_to_its_author_alone(town):
    """`Repère : …` stands in the subjects of the aidant's own mails and in her list; nobody else ever sees it, and one
    that names the person is not taken."""
    opened = town.open_case("Repère : logement 3\n", cc=[KARIM])
    assert opened.to(ZOE).subject.endswith("CAF du Lot (logement 3)")
    answer = town.answer(CLAIRE, opened.to(CLAIRE), "Le droit est rétabli.")
    assert answer.to(ZOE).subject.endswith("CAF du Lot (logement 3)")
    assert "logement 3" in town.write(ZOE, "liste@aplus.example", "liste", "liste").to(ZOE).text
    others = [x for x in (*opened.letters, *answer.letters, *town.pass_time(days=14).letters) if x.to != ZOE]
    others += town.write(KARIM, "liste@aplus.example", "liste", "liste").letters
    others += town.write(CLAIRE, "liste@aplus.example", "liste", "liste").letters
    assert {x.to for x in others} >= {KARIM, CLAIRE, CAF_BOX}
    assert not [x for x in others if "logement 3" in f"{x.subject}{x.text}{x.html}"]
    again = town.answer(ZOE, answer.to(ZOE), "Il manque encore un mois, pouvez-vous vérifier ?")
    assert (CLAIRE, "message") in again.sent()
    named = town.open_case("Repère : dossier Dupont\n").to(ZOE)
    assert "Dupont" not in named.subject
    assert town.case().markers == ()


def test_09_words_of_violence_in_a_later_message_propose_it_once(town):
    """The case is under way: the message goes on, its author is shown the line, and nothing changes before she writes
    it; a second message of the kind is only relayed, and so is one after she decided."""
    opened = town.open_case()
    said = town.answer(
        ZOE, opened.to(ZOE), "Elle me dit ce matin que son mari est violent. Le dossier avance-t-il ?"
    )
    assert (CLAIRE, "message") in said.sent() and (CAF_BOX, "message") in said.sent()
    offered = said.to(ZOE, "careful-offered")
    assert "Contact prudent : oui" in offered.text and not town.case().careful
    again = town.answer(ZOE, opened.to(ZOE), "Elle a porté plainte hier, voici le récépissé.")
    assert ZOE not in {to for to, _ in again.sent()}
    town.answer(ZOE, offered, "Contact prudent : oui")
    assert town.case().careful and town.case().participant(CAF_BOX) is None
    other = town.open_case("Contact prudent : non\nElle a été frappée il y a dix ans, sans rapport.\n")
    later = town.answer(ZOE, other.to(ZOE), "Ces violences sont anciennes, merci d'avancer.")
    assert "careful-offered" not in {template for _, template in later.sent()}


def test_09_words_of_violence_take_up_the_precaution(town):
    """Proposed on words of violence, before anything went out: no mailbox, the notice says what not to do; only the
    aidant removes it, and then the mailbox joins."""
    opened = town.open_case(
        "Elle a quitté son mari après des violences. Téléphone : 06 12 34 56 78\n", cc=[KARIM]
    )
    assert town.case().careful and CAF_BOX not in {to for to, _ in opened.sent()}
    notice = opened.to(CLAIRE).text
    for said in (
        "n'appelez pas la personne",
        "n'écrivez pas à son domicile",
        "ne changez rien aux coordonnées",
    ):
        assert said in notice
    assert "06 12 34 56 78" not in notice and "à demander si besoin" in notice
    assert "Contact prudent : non" in opened.to(ZOE, "receipt").text
    town.answer(CLAIRE, opened.to(CLAIRE), "Contact prudent : non\n\nNous préférons notre boîte partagée.")
    answered = town.answer(CLAIRE, opened.to(CLAIRE), "Que pouvons-nous faire pour elle ?")
    town.answer(KARIM, answered.to(KARIM), "Contact prudent : non")
    assert town.case().careful
    lifted = town.answer(ZOE, opened.to(ZOE), "Contact prudent : non")
    assert not town.case().careful
    assert (CAF_BOX, "new-case-mailbox") in lifted.sent()
    said = town.open_case("Contact prudent : non\nLe dossier parle de violences d'un voisin.\n")
    assert CAF_BOX in {to for to, _ in said.sent()}


def test_09_who_may_not_lift_the_precaution_is_told_that_it_stays(town):
    """An agent's line by itself is told and goes to nobody; beside a text the text goes on. A colleague of the aidant's
    is told too, and lifts nothing while the case is completed either."""
    opened = town.open_case("Contact prudent : oui\n", cc=[KARIM])
    alone = town.answer(CLAIRE, opened.to(CLAIRE), "Contact prudent : non")
    assert (alone.rule, alone.sent()) == ("careful-kept", [(CLAIRE, "acknowledged")])
    assert "Seule la personne qui a ouvert la demande" in alone.to(CLAIRE).text
    assert "N'appelez pas la personne" in alone.to(CLAIRE).text
    beside = town.answer(
        CLAIRE, opened.to(CLAIRE), "Contact prudent : non\n\nNous devons la joindre ce soir."
    )
    assert beside.sent() == [
        (CLAIRE, "acknowledged"),
        (JULIEN, "answer"),
        (KARIM, "answer"),
        (ZOE, "answer"),
    ]
    colleague = town.answer(KARIM, beside.to(KARIM), "Contact prudent : non")
    assert (colleague.rule, colleague.sent()) == ("careful-kept", [(KARIM, "acknowledged")])
    assert town.case().careful and town.case().party("CAF").first_answer_at is not None
    asked = town.write(ZOE, "lot@aplus.example", "RSA", f"Contact prudent : oui\n{FIELDS}", cc=[KARIM])
    done = town.write(
        KARIM, asked.to(ZOE).reply_to, "Re: RSA", "Contact prudent : non\nOrganisme : CAF\nMandat : oui"
    )
    assert (KARIM, "acknowledged") in done.sent() and town.case().careful


def test_09_agents_are_told_when_the_precaution_begins_and_ends(town):
    """The line alone is enough: the agents at work read what not to do, then that it is over, with what was withheld;
    the mailbox that joins again has it all in one mail. The aidant is told that it was noted."""
    opened = town.open_case("Téléphone : 06 12 34 56 78\n")
    begun = town.answer(ZOE, opened.to(ZOE), "Contact prudent : oui")
    assert begun.sent() == [(CLAIRE, "message"), (JULIEN, "message"), (ZOE, "acknowledged")]
    text = begun.to(CLAIRE).text
    assert "à partir de maintenant : n'appelez pas la personne" in text and "Zoé Durand écrit" not in text
    over = town.answer(ZOE, opened.to(ZOE), "Contact prudent : non")
    assert over.sent() == [
        (CAF_BOX, "new-case-mailbox"),
        (CLAIRE, "message"),
        (JULIEN, "message"),
        (ZOE, "acknowledged"),
    ]
    text = over.to(CLAIRE).text
    assert "Le contact prudent est levé" in text and "06 12 34 56 78" in text.replace("\u00a0", " ")
    again = town.answer(ZOE, opened.to(ZOE), "Contact prudent : oui\n\nIl est revenu hier soir.")
    assert again.sent() == [(CLAIRE, "message"), (JULIEN, "message")]
    assert "n'appelez pas la personne" in again.to(CLAIRE).text and "revenu hier" in again.to(CLAIRE).text


def test_09_address_and_telephone_are_withheld_until_asked_for(town):
    """Before an agent wrote they are masked even in her text; in her answer to CAF they reach CAF alone."""
    opened = town.open_case(
        "Contact prudent : oui\nTéléphone : 06 12 34 56 78\n",
        to=["lot+caf@aplus.example", "lot+msa@aplus.example"],
    )
    first = town.answer(ZOE, opened.to(ZOE), "Elle est joignable au 06 12 34 56 78 le soir seulement.")

    def reads(*letters):
        return "0612345678" in "".join(x.text for x in letters).replace(" ", "")

    assert not reads(*[x for x in first.letters if x.to != ZOE])
    asked = town.answer(CLAIRE, opened.to(CLAIRE), "Il nous faut un numéro de téléphone pour avancer.")
    given = town.answer(ZOE, asked.to(ZOE), "Le voici, pour vous seulement.\n\nTéléphone : 06 12 34 56 78")
    assert reads(given.to(CLAIRE, "message"))
    others = [x for x in given.letters if x.to not in (CLAIRE, JULIEN, ZOE)]
    assert others and not reads(*others)
    later = town.answer(ZOE, asked.to(ZOE), "inviter DDFIP")
    assert not reads(*[x for x in later.letters if x.to != ZOE])


def test_10_a_number_that_contradicts_the_birth_date_is_asked_first(town):
    """The NIR says 1984, the line 1961: nothing is sent before the aidant confirmed or corrected."""
    asked = town.open_case("NIR : 2 84 02 46 042 008 96\n")
    assert asked.sent() == [(ZOE, "incomplete")]
    assert "ne correspond pas à la date de naissance" in asked.to(ZOE).text
    sent = town.answer(ZOE, asked.to(ZOE), "ok", quote=False)
    assert (CLAIRE, "new-case-agent") in sent.sent()


def test_10_wrong_person_revokes_addresses_and_links(town):
    """After `erreur de personne` no address of the case takes anything to anybody, and no link opens."""
    opened = town.open_case()
    given = "SELECT count(*) FROM token WHERE kind != 'reverse-path'"
    before = town.app.store.read(lambda c: c.exec_driver_sql(given).scalar())
    frozen = town.answer(CLAIRE, opened.to(CLAIRE), "erreur de personne")
    assert "bloquée" in frozen.to(ZOE).text
    revoked = f"{given} AND revoked_at IS NOT NULL"
    assert town.app.store.read(lambda c: c.exec_driver_sql(revoked).scalar()) == before > 4
    for who, text in ((ZOE, "Voici une pièce pour le dossier."), (CLAIRE, "note : à voir")):
        late = town.answer(who, opened.to(who), text)
        assert {to for to, _ in late.sent()} <= {who, OPERATOR}
    assert {template for _, template in town.pass_time(days=40).sent()} <= {"operators-digest"}


def test_08_the_receipt_says_when_it_will_be_read_and_whom_to_call(town):
    """Within two working hours, by the territory's clock; the group's number; experts are told after four hours."""
    town.now = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)  # Monday, 16:30 in Paris: half an hour before closing
    opened = town.open_case("Urgent : expulsion, jeudi\n")
    receipt = opened.to(ZOE, "receipt").text
    assert "Votre message sera lu au plus tard mardi 3 mars 2026 à 10 h 30" in receipt
    assert "05 65 00 46 01" in receipt
    assert "Urgent : expulsion, jeudi" in opened.to(CLAIRE).text
    tuesday = town.pass_time(hours=18)
    assert {(CLAIRE, "reminder"), (JULIEN, "reminder")} <= set(tuesday.sent())
    assert not [t for _, t in tuesday.sent() if t == "escalation"]
    noon = town.pass_time(hours=2)
    assert {(CAF_CHIEF, "escalation"), ("nadia.benali@equipe-aplus.example", "escalation")} <= set(
        noon.sent()
    )


def test_13_cases_stay_with_the_structure(town):
    """Nobody is left of an organisation: its manager, never a helper group, gets the case; the aidant's own structure
    keeps hers when she is gone."""
    opened = town.open_case(to="lot+cpam@aplus.example")
    for who in (AURELIE, "thomas.garrigues@cpam46.example"):
        town.write(
            who,
            opened.to(who).mail_from,
            "Absence",
            "Je suis absente jusqu'au 20 mars 2026 inclus.",
            headers={"Auto-Submitted": "auto-replied"},
            mail_from="",
        )
    case = town.case()
    assert {p.address for p in case.active("operator")} == {
        AURELIE,
        "thomas.garrigues@cpam46.example",
        "cadre.aplus@cpam46.example",
    }
    assert {p.group for p in case.active("helper")} == {case.creator_group}
    refused = town.answer(ZOE, opened.to(ZOE), "passer le relais à lucie.marchal@figeac.example")
    assert (refused.rule, town.case().creator) == ("not-understood", ZOE)


def test_16_new_text_first_then_acts_then_context(town):
    """In every mail: the language is marked, what somebody wrote stands before the acts and these before the context,
    links say where they lead, no line is drawn with characters."""
    opened = town.open_case("Voici ce qui est arrivé en août.", cc=[KARIM])
    answered = town.answer(CLAIRE, opened.to(CLAIRE), "Voici ce qui manque encore.")
    done = town.answer(CLAIRE, opened.to(CLAIRE), "traité")
    asked = town.answer(ZOE, done.to(ZOE), "n'importe", quote=False)
    history = town.answer(ZOE, opened.to(ZOE), "historique")
    letters = [*opened.letters, *answered.letters, *done.letters, *asked.letters, *history.letters]
    letters += town.pass_time(days=20).letters
    assert len({x.template for x in letters}) > 8
    for letter in letters:
        assert re.search(r'<html lang="(fr|en)"', letter.html), letter.template
        assert not re.search(r"^\W*([-=_*~#.])\1{3,}\W*$", letter.text, re.MULTILINE), letter.template
        for href, inside in re.findall(r'<a [^>]*href="([^"]+)"[^>]*>(.*?)</a>', letter.html, re.DOTALL):
            words = re.sub(r"<[^>]+>", "", inside).strip()
            assert len(words) > 3 and words.lower() not in ("ici", "cliquez ici", "here", "lien"), (
                href,
                words,
            )
    notice = opened.to(CLAIRE).text
    places = [
        notice.index(x) for x in ("arrivé en août", "Ce que vous pouvez faire", "La personne concernée")
    ]
    assert places == sorted(places)
    answer = answered.to(ZOE).text
    assert answer.index("ce qui manque encore") < answer.index("Ce que vous pouvez faire")


def test_11_urgent_notices_come_by_themselves(town):
    """Three cases of one morning fall due together in one mail; the urgent one is never bundled, and comes in hours."""
    for n in range(3):
        town.now += timedelta(minutes=1)
        town.open_case(f"Dossier {n} de la matinée : le droit est bloqué.")
    town.now += timedelta(minutes=1)
    town.open_case("Urgent : expulsion, jeudi\n")
    urgent = town.case().number
    hours = town.pass_time(hours=3)
    assert [x.subject for x in hours.letters if x.to == CLAIRE and urgent in x.subject]
    assert {t for to, t in hours.sent() if to == CLAIRE} == {"reminder"}
    week = [x for x in town.pass_time(days=4).letters if x.to == CLAIRE]
    bundles = [x for x in week if x.template == "notices"]
    assert len(bundles) == 1 and urgent not in bundles[0].text
    assert [x for x in week if x.template == "reminder" and urgent in x.subject]
