"""What people write beside an act, under the wrong act, or too late: nobody's sentence vanishes, nothing happens twice."""

from __future__ import annotations

import re

import pytest
from story import well
from town import AURELIE, CAF_BOX, CLAIRE, COMPLETE, JULIEN, KARIM, OPERATOR, ZOE

SAID = "Elle n'a plus de carte vitale depuis mars."


def finished(town, how="traité"):
    opened = town.open_case()
    done = town.answer(CLAIRE, opened.to(CLAIRE), how)
    return opened, done


@pytest.mark.parametrize(
    "text",
    ["Merci Claire", "Merci\n\nZoé Durand", "merci claire, bonne journée", "Bien reçu", "ok", "C'est noté"],
)
def test_courtesies_do_not_reopen(town, text):
    """Thanks by name or with a signature, an acknowledgement: the case stays closed."""
    opened, _ = finished(town)
    closed = town.answer(ZOE, opened.to(ZOE), "clore oui")
    out = town.answer(ZOE, closed.to(ZOE), text)
    assert (out.rule, town.case().state) == ("thanks", "closed")
    assert ZOE not in {to for to, _ in out.sent()}


def test_an_ok_to_a_person_is_text(town):
    """An agent asks after the end; the aidant's "ok" is her answer to that person."""
    opened, _ = finished(town)
    asked = town.answer(CLAIRE, opened.to(CLAIRE), "Le rappel part vendredi, cela convient ?")
    said = town.answer(ZOE, asked.to(ZOE, "answer"), "ok")
    assert (CLAIRE, "message") in said.sent()


@pytest.mark.parametrize(("word", "useful"), [("oui", "yes"), ("Oui, merci", "yes"), ("ok", "unknown")])
def test_yes_to_the_closing_question_closes(town, word, useful):
    """ "Dites-nous si la réponse a été utile": oui."""
    _, done = finished(town)
    closed = town.answer(ZOE, done.to(ZOE, "asked-to-close"), word)
    assert (closed.rule, town.case().state, town.case().useful) == ("act:close", "closed", useful)


def test_no_to_the_closing_question_is_asked_back(town):
    """It may mean "not useful" or "do not close": nothing happens, both words are shown."""
    _, done = finished(town)
    out = town.answer(ZOE, done.to(ZOE, "asked-to-close"), "non")
    assert (out.sent(), town.case().state) == ([(ZOE, "not-understood")], "done")
    assert "clore non" in out.to(ZOE).text


@pytest.mark.parametrize("act", ["retrait mandat", "erreur de personne"])
def test_what_stands_below_an_act_that_stops_everything(town, act):
    """It goes to nobody, and she is told so; without such a text nothing is said of it."""
    opened = town.open_case()
    out = town.answer(ZOE, opened.to(ZOE), f"{act}\n\n{SAID}\n\nZoé")
    assert not [x for x in out.letters if "carte vitale" in x.text]
    told = {x.to for x in out.letters if "n'a été transmis à personne" in x.text}
    assert told == {ZOE}
    again = town.open_case()
    plain = town.answer(ZOE, again.to(ZOE), f"{act}\n\nMerci\nZoé Durand")
    assert not [x for x in plain.letters if "n'a été transmis" in x.text]


@pytest.mark.parametrize(
    "act", ["traité", "je m'en occupe", "pas moi", "pas nous", "non pertinent : doublon"]
)
def test_a_closed_case_stays_closed_whatever_an_agent_does(town, act):
    """An act that comes too late is answered; the aidant is not asked to close a second time."""
    opened = town.open_case()
    town.answer(ZOE, opened.to(ZOE), "clore oui")
    out = town.answer(CLAIRE, opened.to(CLAIRE), act)
    assert (out.sent(), town.case().state) == ([(CLAIRE, "not-understood")], "closed")
    assert "est close" in out.to(CLAIRE).text


@pytest.mark.parametrize("act", ["traité", "je m'en occupe"])
def test_what_stands_below_an_act_that_comes_too_late(town, act):
    """The sentence is an answer all the same, and reopens nothing."""
    opened = town.open_case()
    town.answer(ZOE, opened.to(ZOE), "clore oui")
    out = town.answer(CLAIRE, opened.to(CLAIRE), f"{act}\n\nLe rappel part vendredi.")
    assert "part vendredi" in out.to(ZOE, "answer").text
    assert town.case().state == "closed"


def test_a_colleague_named_by_who_leaves_reads_why(town):
    """ "pas moi : Julien" with a sentence for him."""
    opened = town.open_case()
    out = town.answer(CLAIRE, opened.to(CLAIRE), "pas moi : Julien Roques\n\nElle appelle le matin.")
    assert "Elle appelle le matin." in out.to(JULIEN, "note").text
    assert town.case().party("CAF").owner == JULIEN


def test_an_answer_to_the_reason_reaches_who_gave_it(town):
    """ "non pertinent : …": the mail says "répondez simplement", so the answer is read, also beside others at work."""
    opened = town.open_case(to=["lot+caf@aplus.example", "lot+cpam@aplus.example"])
    refused = town.answer(CLAIRE, opened.to(CLAIRE), "non pertinent : elle n'est pas allocataire")
    out = town.answer(ZOE, refused.to(ZOE, "irrelevant"), "Si, depuis 2019, voici son attestation.")
    assert {CLAIRE, CAF_BOX, AURELIE} <= {to for to, t in out.sent() if t == "message"}
    assert town.case().party("CAF").state == "in-progress"


def test_a_message_that_nobody_would_read(town):
    """Every organisation is not competent: she is told that nobody reads her, and what to do; who is invited then gets
    it all."""
    opened, _ = finished(town, "pas nous")
    out = town.answer(ZOE, opened.to(ZOE), SAID)
    assert out.sent() == [(ZOE, "acknowledged")]
    assert "personne ne le lit" in out.to(ZOE).text
    invited = town.answer(ZOE, out.to(ZOE), "inviter CPAM")
    assert SAID in invited.to(AURELIE, "new-case-agent").text
    well(town)


def test_reopening_when_everybody_declined(town):
    """`rouvrir` wakes who gave a reason, and nobody who is not competent."""
    opened = town.open_case(to=["lot+caf@aplus.example", "lot+cpam@aplus.example"])
    town.answer(CLAIRE, opened.to(CLAIRE), "pas nous")
    town.answer(AURELIE, opened.to(AURELIE), "non pertinent : doublon")
    out = town.answer(ZOE, opened.to(ZOE), "rouvrir")
    assert {AURELIE, ZOE} <= {to for to, _ in out.sent()}
    assert not {CLAIRE, JULIEN, CAF_BOX} & {to for to, _ in out.sent()}


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("CAF", "C'est déjà fait"),
        ("julien.roques@caf46.example", "C'est déjà fait"),
        ("CARSAT", "Personne de cet organisme"),
        ("CAF 69", "Personne de cet organisme"),
        ("curieux@ailleurs.example", "pas trouvé qui inviter"),
        ("Bidule", "pas trouvé qui inviter"),
    ],
)
def test_why_nobody_joins(town, target, words):
    """There already, nobody there (operators know), not known: each is said."""
    opened = town.open_case()
    out = town.answer(ZOE, opened.to(ZOE), f"inviter {target}")
    assert words in out.to(ZOE, "not-understood").text
    assert ((OPERATOR, "operators-notice") in out.sent()) == words.startswith("Personne")


@pytest.mark.parametrize(
    "target",
    [
        "Karim Haddad",
        "mon collègue Karim Haddad",
        "Karim Haddad <karim.haddad@cahors.example>",
        "karim.haddad@cahors.example <mailto:karim.haddad@cahors.example>",
        "mailto:karim.haddad@cahors.example",
        "[karim.haddad@cahors.example]",
    ],
)
def test_a_colleague_is_invited_as_people_write_it(town, target):
    """By name, with what a client adds to an address."""
    opened = town.open_case()
    out = town.answer(ZOE, opened.to(ZOE), f"inviter {target}")
    assert out.sent() == [(KARIM, "joined"), (ZOE, "acknowledged")]


@pytest.mark.parametrize(
    "target", ["la CPAM à la demande", "CPAM sur ce dossier", "la CPAM du Lot", "CPAM 46"]
)
def test_an_organisation_is_invited_as_people_write_it(town, target):
    """With what stands around its name."""
    opened = town.open_case()
    out = town.answer(ZOE, opened.to(ZOE), f"inviter {target}")
    assert (AURELIE, "new-case-agent") in out.sent()


@pytest.mark.parametrize(
    "target", ["Mme Martin", "Madame Claire Martin", "claire.martin@caf46.example de la demande"]
)
def test_an_agent_is_excluded_as_people_write_it(town, target):
    """By title and name, or by the address in a phrase."""
    opened = town.open_case()
    assert town.answer(ZOE, opened.to(ZOE), f"exclure {target}").rule == "act:exclude"
    assert town.case().participant(CLAIRE) is None


def test_a_forward_is_headed_by_a_sentence(town):
    """No rule of dashes for a screen reader (Situations 16)."""
    opened = town.open_case()
    forwarded = (
        "Voici ce qu'elle m'écrit.\n\n-------- Message transféré --------\nSujet : mon loyer\n"
        "Date : Mon, 2 Mar 2026 08:00:00 +0100\nDe : Marie Dupont <marie@exemple.example>\n"
        "Pour : zoe.durand@cahors.example\n\nJe ne peux plus payer.\n"
    )
    out = town.write(ZOE, opened.to(ZOE).reply_to, "TR: mon loyer", forwarded, answers=opened.to(ZOE))
    text = out.to(CLAIRE, "message").text
    assert "Message transféré de Marie Dupont du 2 mars 2026 :" in text
    assert "---" not in text.partition("Ce que vous pouvez faire")[0]


def test_the_day_that_is_named_is_told(town):
    """ "Je m'en occupe demain matin" is the act, and the day reaches who waits."""
    opened = town.open_case()
    out = town.answer(CLAIRE, opened.to(CLAIRE), "Je m'en occupe demain matin\n\nEnvoyé de mon iPhone")
    assert out.rule == "act:take"
    assert "demain matin" in out.to(ZOE, "taken").text


def test_why_it_is_not_theirs_is_told_in_the_same_mail(town):
    """ "pas nous" with a reason instead of an organisation: one mail, every word of it."""
    opened = town.open_case()
    out = town.answer(CLAIRE, opened.to(CLAIRE), "Pas nous : la personne dépend de Toulouse\n\nDepuis mars.")
    assert out.sent() == [(ZOE, "not-competent")]
    assert "la personne dépend de Toulouse\nDepuis mars." in out.to(ZOE).text.replace("\r\n", "\n")


def test_done_and_may_be_closed(town):
    """An agent's "traité, vous pouvez clore" ends the own part; only the aidant closes."""
    opened = town.open_case()
    out = town.answer(CLAIRE, opened.to(CLAIRE), "Demande traitée, vous pouvez clore. Cordialement")
    assert (out.sent(), town.case().state) == ([(ZOE, "asked-to-close")], "done")
    again = town.open_case()
    refused = town.answer(CLAIRE, again.to(CLAIRE), "vous pouvez clore")
    assert refused.sent() == [(CLAIRE, "not-understood")]


@pytest.mark.parametrize(
    "text",
    [
        "Téléphone : 06 12 34 56 78",
        "Bonjour Claire,\n\nTéléphone : 06 12 34 56 78\nElle préfère le matin.\n\nZoé",
    ],
)
def test_a_telephone_added_later_is_a_field(town, text):
    """Every invited organisation reads it, also one whose texts are masked."""
    opened = town.open_case(to=["lot+caf@aplus.example", "lot+cpam@aplus.example"])
    out = town.answer(ZOE, opened.to(ZOE), text)
    assert "06 12 34 56 78" in out.to(AURELIE, "message").text
    assert town.case().field("telephone")
    well(town)


def test_the_writers_own_number_is_no_field(town):
    """What stands below the writer's name is theirs."""
    opened = town.open_case()
    town.answer(ZOE, opened.to(ZOE), "Elle attend toujours.\n\nZoé Durand\nTéléphone : 05 65 11 22 33")
    assert not town.case().field("telephone")


def test_taking_it_with_words_is_one_mail(town):
    """Who reads the answer learns from it who takes charge; only who does not read it is told apart."""
    opened = town.open_case()
    taken = town.answer(CLAIRE, opened.to(CLAIRE), "je m'en occupe\n\nIl me faut l'attestation de janvier.")
    assert taken.sent() == [(CAF_BOX, "answer"), (JULIEN, "taken"), (ZOE, "answer")]
    text = taken.to(ZOE).text
    assert "attestation de janvier" in text and "Claire Martin s'occupe de la demande." in text
    assert "rien à faire" not in text
    later = town.answer(CLAIRE, opened.to(CLAIRE), "Le droit est rétabli.")
    assert "s'occupe de la demande" not in later.to(ZOE).text


def test_an_example_of_an_invitation_names_who_is_not_there_yet(town):
    """CPAM, until it is asked; in the word and in its link."""
    alone = town.open_case().to(ZOE, "receipt")
    assert "« inviter CPAM »" in alone.text
    both = town.write(ZOE, "lot@aplus.example", "x", f"Deux blocages.\nOrganisme : CAF et CPAM\n{COMPLETE}")
    receipt = both.to(ZOE, "receipt")
    offered = re.findall(r"« inviter ([^»]+) »", receipt.text)
    assert len(offered) == 1 and offered[0] not in ("CAF", "CPAM")
    assert town.answer(ZOE, receipt, f"inviter {offered[0]}").rule == "act:invite"


@pytest.mark.parametrize("text", ["Préparer une réponse…", "Bonjour,\n\nCordialement,\n\n{}\n05 65 00 00 00"])
def test_a_mail_sent_before_it_was_written_goes_to_nobody(town, text):
    """A placeholder, a signature alone: its writer is told, nobody reads it, and for an agent it is no first answer: the
    reminder comes as it would have."""
    for who, name in ((CLAIRE, "Claire Martin"), (ZOE, "Zoé Durand")):
        opened = town.open_case()
        number = town.case().number
        out = town.answer(who, opened.to(who), text.format(name))
        assert out.sent() == [(who, "not-understood")]
        told = out.to(who).text.replace("\r\n", "\n")
        assert "ne contient ni texte nouveau ni fichier" in told and "Rien n'a été transmis" in told
        assert "Vous avez écrit" not in told
        party = town.case(number).party("CAF")
        assert (party.state, party.first_answer_at) == ("new", None)
    later = town.pass_time(days=3, hours=2)
    assert {x.template for x in later.letters if x.to == JULIEN} & {"reminder", "notices"}


def test_bien_recu_is_relayed_and_is_no_answer(town):
    """The aidant reads it; the organisation is still waited for, at first and after each word of hers."""
    opened = town.open_case()
    said = town.answer(CLAIRE, opened.to(CLAIRE), "Bien reçu, merci.")
    assert (ZOE, "answer") in said.sent()
    party = town.case().party("CAF")
    assert (party.state, party.first_answer_at) == ("new", None)
    assert {x.to for x in town.pass_time(days=4).letters if x.template == "reminder"} >= {CLAIRE, JULIEN}
    town.answer(CLAIRE, opened.to(CLAIRE), "Il manque le RIB.")
    answered = town.case().party("CAF").first_answer_at
    sent = town.answer(ZOE, opened.to(ZOE), "Le voici : FR76 est le bon.")
    town.answer(CLAIRE, sent.to(CLAIRE), "C'est noté, merci")
    assert town.case().party("CAF").last_answer_at == answered
    assert "reminder" in {x.template for x in town.pass_time(days=5).letters if x.to == CLAIRE}


def test_a_sentence_that_begins_with_a_title_is_no_greeting(town):
    """What stands below `clore ?` goes along however it begins."""
    opened = town.open_case()
    closed = town.answer(ZOE, opened.to(ZOE), "clore ?\n\nMme Dupont est décédée.")
    assert "Mme Dupont est décédée." in closed.to(CLAIRE, "closed").text


def test_handing_over_for_a_holiday(town):
    """For how long is between the two of them; how to take the case back is said."""
    opened = town.open_case()
    out = town.answer(ZOE, opened.to(ZOE), "Je passe le relais à Karim Haddad jusqu'au 20 mars")
    assert town.case().creator == KARIM and (KARIM, "joined") in out.sent()
    assert "Pour la reprendre, écrivez reprendre." in out.to(ZOE, "acknowledged").text
    back = town.answer(ZOE, out.to(ZOE), "reprendre")
    assert town.case().creator == ZOE and (KARIM, "taken") in back.sent()


def test_the_own_organisation_elsewhere_is_a_reason_and_no_proposal(town):
    """ "pas nous : transféré à la CAF du Val-d'Oise" never proposes the CAF that just said no."""
    opened = town.open_case()
    out = town.answer(CLAIRE, opened.to(CLAIRE), "pas nous : dossier transféré à la CAF du Val-d'Oise")
    told = out.to(ZOE, "not-competent").text
    assert "dossier transféré à la CAF du Val-d'Oise" in told and "serait" not in told
