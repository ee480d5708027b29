"""Stories of organisations: four on one case, the wrong one twice, proposals, a territory without agents."""

from __future__ import annotations

import pytest
from story import got, templates, until
from town import (
    AURELIE,
    BERNARD,
    CAF_BOX,
    CLAIRE,
    DAVID,
    DDFIP_BOX,
    EMILIE,
    JULIEN,
    OPERATOR,
    THOMAS,
    ZOE,
)

INES = "ines.caumon@ft46.example"
NADIA = "nadia.benali@equipe-aplus.example"  # expert of CAF


@pytest.mark.story("four-organisations")
def test_kafkaesque_case_with_four_organisations(story):
    """Each asks for what another must give first. States, reminders and ends are each organisation's own."""
    opened = story.open_case(
        to=["lot+caf@aplus.example", "lot+cpam@aplus.example", "lot+ddfip@aplus.example"],
    )
    assert {p.organisation for p in story.case().parties} == {"CAF", "CPAM", "DDFIP"}
    until(story, "2026-03-03 11:00")
    caf = story.answer(CLAIRE, opened.to(CLAIRE), "Il nous faut l'avis d'imposition corrigé de la DDFIP.")
    assert AURELIE not in {to for to, _ in caf.sent()} and BERNARD not in {to for to, _ in caf.sent()}
    story.answer(ZOE, caf.to(ZOE), "La DDFIP est saisie, elle attend l'attestation de la CPAM.")
    until(story, "2026-03-04 09:00")
    story.answer(BERNARD, opened.to(BERNARD), "je m'en occupe")
    cpam = story.answer(THOMAS, opened.to(THOMAS), "Pas nous, c'est France Travail")
    assert "France Travail" in cpam.to(ZOE, "not-competent").text
    assert DAVID not in {to for to, _ in cpam.sent()}
    asked = story.answer(ZOE, cpam.to(ZOE, "not-competent"), "France Travail", quote=False)
    assert {(DAVID, "new-case-agent"), (INES, "new-case-agent")} <= set(asked.sent())
    assert len(story.case().parties) == 4
    until(story, "2026-03-06 10:00")
    story.answer(DAVID, asked.to(DAVID), "à tous : l'attestation est envoyée à la DDFIP aujourd'hui")
    ddfip = story.answer(
        BERNARD, opened.to(BERNARD), "traité\n\nL'avis corrigé est disponible dans son espace."
    )
    assert story.case().state == "open"
    assert {p.organisation: p.state for p in story.case().parties} == {
        "CAF": "in-progress",
        "CPAM": "not-competent",
        "DDFIP": "done",
        "France Travail": "in-progress",
    }
    told = ddfip.to(ZOE)  # one mail: the answer, that this part is done, and who is still waited for
    assert (
        told.template == "answer"
        and "Réponse encore attendue : CAF du Lot et France Travail du Lot." in told.text
    )
    silent = until(story, "2026-03-24 12:00")
    assert {to for to, t in got(silent) if t == "reminder"} <= {CLAIRE, JULIEN, CAF_BOX, DAVID, INES}
    story.answer(DAVID, asked.to(DAVID), "traité")
    done = story.answer(CLAIRE, opened.to(CLAIRE), "traité : non, pardon, j'attends encore l'avis")
    assert done.rule != "act:done"
    story.answer(CLAIRE, opened.to(CLAIRE), "C'est traité, merci")
    assert story.case().state == "done"
    closed = story.answer(ZOE, opened.to(ZOE), "clore oui")
    assert story.case().useful == "yes"
    assert {ZOE, CLAIRE} <= {to for to, _ in closed.sent()}


@pytest.mark.story("wrong-organisation-twice")
def test_the_wrong_organisation_twice(story):
    """CAF says MSA, MSA says CPAM: each is asked by one word of the aidant, nothing is guessed, no word gets lost."""
    opened = story.open_case()
    first = story.answer(CLAIRE, opened.to(CLAIRE), "Pas nous, voir avec la MSA")
    assert got(first) == [(ZOE, "not-competent")]
    assert story.case().state == "done"
    second = story.answer(ZOE, first.to(ZOE), "ok", quote=False)
    assert (EMILIE, "new-case-agent") in second.sent()
    assert story.case().state == "open"
    assert "bloquée" in second.to(EMILIE).text
    third = story.answer(EMILIE, second.to(EMILIE), "pas moi, c'est la CPAM")
    assert (ZOE, "suggestion") in third.sent()
    last = story.answer(ZOE, third.to(ZOE, "suggestion"), "inviter CPAM")
    assert {(AURELIE, "new-case-agent"), (THOMAS, "new-case-agent")} <= set(last.sent())
    assert templates(until(story, "2026-03-05 12:00"), AURELIE)["reminder"] == 1


@pytest.mark.story("no-agent-there")
def test_nobody_there(story):
    """An organisation without agents: the aidant is told what to do, the operators are alerted."""
    asked = story.open_case(to="lot+carsat@aplus.example")
    assert (ZOE, "no-agent") in asked.sent()
    assert (OPERATOR, "operators-notice") in asked.sent()


def test_the_organisation_is_proposed_and_one_word_confirms(story):
    """The words say CAF, a rule proposes it, one word of the aidant asks it."""
    asked = story.open_case(to="lot@aplus.example")
    assert got(asked) == [(ZOE, "which-organisation")]
    sent = story.answer(ZOE, asked.to(ZOE), "CAF", quote=False)
    assert {(CLAIRE, "new-case-agent"), (ZOE, "receipt")} <= set(sent.sent())


def test_an_expert_helps_and_a_sentence_is_no_command(story):
    """`inviter` in a sentence invites nobody; on a line of its own it does, and the invited read what was said."""
    opened = story.open_case()
    text = story.answer(ZOE, opened.to(ZOE), "Faut-il inviter la CPAM sur ce dossier ? Qu'en pensez-vous ?")
    assert story.case().party("CPAM") is None
    assert (CLAIRE, "message") in text.sent()
    invited = story.answer(ZOE, opened.to(ZOE), "Inviter la CPAM, s'il vous plaît")
    assert (AURELIE, "new-case-agent") in invited.sent()


def test_contradictory_commands_ask_back(story):
    """`traité` and `non pertinent` in one mail: nothing changes before the agent says which."""
    opened = story.open_case()
    asked = story.answer(CLAIRE, opened.to(CLAIRE), "traité et non pertinent")
    assert (asked.disposition, got(asked)) == ("held", [(CLAIRE, "held-ask")])
    assert story.case().party("CAF").state == "new"
    done = story.answer(CLAIRE, asked.to(CLAIRE), "traité", quote=False)
    assert story.case().party("CAF").state == "done"
    assert (ZOE, "asked-to-close") in done.sent()


def test_fields_added_later_go_to_those_entitled(story):
    """A number of allocataire stated in a second mail reaches CAF, and CPAM does not see it."""
    opened = story.open_case(to=["lot+caf@aplus.example", "lot+cpam@aplus.example"])
    more = story.answer(
        ZOE, opened.to(ZOE), "Voici le numéro qui manquait.\n\nNuméro d'allocataire : 1610475"
    )
    assert "1610475" in more.to(CLAIRE).text
    assert "1610475" not in more.to(AURELIE).text
    assert story.case().field("allocataire") == "1610475"


def test_the_shared_mailbox_of_an_organisation_takes_part(story):
    """DDFIP's mailbox is told like a person, answers, and its owner is the one who took it."""
    opened = story.open_case(to="lot+ddfip@aplus.example")
    assert {(BERNARD, "new-case-agent"), (DDFIP_BOX, "new-case-mailbox")} <= set(opened.sent())
    answer = story.answer(DDFIP_BOX, opened.to(DDFIP_BOX), "Nous avons corrigé l'avis.\n\nIsabelle Serres")
    assert "corrigé l'avis" in answer.to(ZOE).text


@pytest.mark.story("stuck-and-advised")
def test_stuck_until_an_expert_helps(story):
    """Nobody answers for a week: the expert who is told offers advice, the aidant lets them in, the agent gets on with it;
    whoever reads the case from outside reads it without who the person is, until it is closed."""
    opened = story.open_case()
    waited = until(story, "2026-03-10 12:00")
    told = next(x for x in waited.letters if (x.to, x.template) == (NADIA, "escalation"))
    until(story, "2026-03-11 09:30")
    offer = story.answer(
        NADIA, told, "Ces dossiers restent bloqués au contrôle : le service droits peut les lever."
    )
    assert offer.rule == "hold:expert-offers" and "contrôle" not in offer.to(ZOE).text
    let_in = story.answer(ZOE, offer.to(ZOE), "envoyer")
    assert {(NADIA, "new-case-expert"), (ZOE, "advice"), (CLAIRE, "advice")} <= set(let_in.sent())
    until(story, "2026-03-12 10:00")
    done = story.answer(CLAIRE, let_in.to(CLAIRE), "traité\n\nLe contrôle est levé, versement lundi.")
    assert (NADIA, "answer") in done.sent() and (ZOE, "asked-to-close") in done.sent()
    assert story.case().party("CAF").first_answer_at == story.now
    closed = story.answer(ZOE, done.to(ZOE), "clore oui\n\nMerci à vous deux.")
    assert {(NADIA, "closed"), (CLAIRE, "closed")} <= set(closed.sent())
    until(story, "2026-03-20 10:00")
    late = story.answer(CLAIRE, opened.to(CLAIRE), "Le rappel de février suit aussi.")
    assert NADIA not in {to for to, _ in late.sent()}
