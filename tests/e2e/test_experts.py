"""Experts help on stuck cases (DOMAIN, *Who*): they see one only while invited and while it is open, without who the
person is, and answer for nobody."""

from __future__ import annotations

import pytest
from story import bounce, well
from town import AURELIE, CAF_BOX, CLAIRE, FIELDS, JULIEN, KARIM, OPERATOR, THOMAS, ZOE, Letter

NADIA = "nadia.benali@equipe-aplus.example"  # expert of CAF and MSA, everywhere
PAUL = "paul.renard@equipe-aplus.example"  # expert of everybody in Val-d'Oise alone
NIR = "2 61 04 46 042 123 45"
SECRETS = (
    "sécurité sociale",
    "2 61 04",
    "2610446",
    "06 12 34 56 78",
    "0612345678",
    "12 rue des Lilas",
    "1234567",
)
OPENING = (
    f"Son APL est bloquée depuis janvier.\n\n{FIELDS}NIR : {NIR}\nNuméro d'allocataire : 1234567\n"
    "Adresse : 12 rue des Lilas, 46000 Cahors\nTéléphone : 06 12 34 56 78\nOrganisme : CAF\nMandat : oui\nJ'accepte"
)


def sees_nobody(letter: Letter) -> None:
    """No identifier and no way to reach the person stands in what an expert gets."""
    shown = letter.text + letter.html + letter.subject
    assert [s for s in SECRETS if s in shown] == []
    assert list(letter.message.iter_attachments()) == []


@pytest.fixture
def opened(town):
    """A case of CAF with every field and a file."""
    return town.write(
        ZOE, "lot@aplus.example", "x", OPENING, files=[("bail.pdf", b"%PDF-1.4 bail", "application/pdf")]
    )


@pytest.fixture
def invited(town, opened):
    """(opening, invitation): Claire asked for an expert's advice."""
    return opened, town.answer(CLAIRE, opened.to(CLAIRE), "inviter expert")


def test_an_agent_asks_for_advice_and_everybody_knows_who_reads(town, invited):
    """The expert is told without who the person is; both sides learn it; nothing changes for the organisation."""
    _, invitation = invited
    assert invitation.sent() == [
        *sorted([(CLAIRE, "expert"), (JULIEN, "expert"), (CAF_BOX, "expert")]),
        (NADIA, "new-case-expert"),
        (ZOE, "expert"),
    ]
    asked = invitation.to(NADIA)
    assert "Claire Martin demande votre avis sur la demande de Zoé Durand" in asked.text
    assert "Son APL est bloquée" in asked.text and "Marie" in asked.text
    sees_nobody(asked)
    assert "« traité »" not in asked.text and "« je m'en occupe »" not in asked.text
    assert "« pas moi »" in asked.text and "« note : votre texte »" in asked.text
    told = invitation.to(ZOE).text
    assert "Claire Martin a demandé l'avis de Nadia Benali" in told and "exclure Nadia Benali" in told
    assert "vos notes comprises" in invitation.to(JULIEN).text
    assert "Vous avez demandé l'avis de Nadia Benali" in invitation.to(CLAIRE).text
    assert town.case().party("CAF").state == "new"
    well(town)


def test_advice_is_no_answer(town, invited):
    """It reaches the helper side and the organisation that is helped; the organisation still has to answer, and is
    reminded."""
    _, invitation = invited
    advice = town.answer(NADIA, invitation.to(NADIA), "Demandez une révision au titre de l'article R. 822-4.")
    assert advice.sent() == sorted((a, "advice") for a in (ZOE, CLAIRE, JULIEN, CAF_BOX))
    said = advice.to(ZOE)
    assert "Nadia Benali (expertise) donne son avis" in said.text and "R. 822-4" in said.text
    assert "n'engage pas CAF du Lot" in said.text and "Nadia Benali (expertise) via" in str(
        said.message["From"]
    )
    party = town.case().party("CAF")
    assert (party.state, party.first_answer_at) == ("new", None)
    reminded = [x for x in town.pass_time(days=6).letters if (x.to, x.template) == (CLAIRE, "reminder")]
    assert reminded and "inviter expert" not in reminded[0].text, "somebody is asked already"
    well(town)


def test_who_is_reminded_learns_that_advice_can_be_had(town, opened):
    """Where an expert is named for the organisation, and nowhere else."""
    other = town.write(ZOE, "lot+cpam@aplus.example", "x", f"Ses soins.\n\n{FIELDS}Mandat : oui")
    assert (AURELIE, "new-case-agent") in other.sent()
    told = {x.to: x.text for x in town.pass_time(days=5).letters if x.template == "reminder"}
    assert "« inviter expert » demande l'avis" in told[CLAIRE] and "expert" not in told[AURELIE]


def test_what_both_sides_write_goes_on_to_the_expert_masked(town, invited):
    """The aidant's words, the agents' answers and notes; identifiers in them and files are not shown."""
    opened, invitation = invited
    told = town.answer(
        ZOE,
        opened.to(ZOE),
        f"Son numéro est {NIR}, son téléphone 06 12 34 56 78.",
        files=[("rib.pdf", b"%PDF-1.4 rib", "application/pdf")],
    )
    assert "Son numéro est …345, son téléphone …678." in told.to(NADIA, "message").text
    sees_nobody(told.to(NADIA))
    answered = town.answer(CLAIRE, invitation.to(CLAIRE), "Le bail manque, allocataire 1234567.")
    sees_nobody(answered.to(NADIA, "answer"))
    note = town.answer(CLAIRE, opened.to(CLAIRE), "note : je crois que le bailleur ment")
    assert "bailleur ment" in note.to(NADIA, "note").text
    history = town.answer(NADIA, invitation.to(NADIA), "historique").to(NADIA)
    assert "bailleur ment" in history.text and "Le bail manque" in history.text
    sees_nobody(history)
    well(town)


def test_an_experts_note_stays_among_agents(town, invited):
    _, invitation = invited
    asked = invitation.to(NADIA)
    note = town.answer(NADIA, asked, "note : le logiciel bloque ces dossiers, voir le support")
    assert note.sent() == sorted((a, "note") for a in (CLAIRE, JULIEN, CAF_BOX))
    assert "Nadia Benali (expertise) écrit aux agents" in note.to(CLAIRE).text
    assert "CAF du Lot" not in note.to(CLAIRE).text.split("écrit aux agents")[0].split("#")[-1]
    answer = town.answer(CLAIRE, note.to(CLAIRE), "Merci, je vois avec eux.")
    assert ZOE not in {to for to, _ in answer.sent()} and (NADIA, "note") in answer.sent()


@pytest.mark.parametrize(
    ("words", "left"),
    [("inviter expert", True), ("Inviter un expert", True), ("invitez une experte", True),
     ("inviter l'expert", True), ("invite an expert", True), ("inviter Nadia Benali", True),
     ("inviter l'experte Nadia Benali", True), (f"inviter {NADIA}", True), ("associer un expert", True),
     ("inviter expert comptable", False), (f"inviter {PAUL}", False), ("inviter Paul Renard", False)],
)  # fmt: skip
def test_ways_to_name_an_expert(town, opened, words, left):
    """By the word, name or address; nobody who is not in charge of the organisation here."""
    invitation = town.answer(ZOE, opened.to(ZOE), words)
    joined = (NADIA, "new-case-expert") in invitation.sent()
    assert joined is left
    if not left:
        assert invitation.sent() == [(ZOE, "not-understood")]
    else:
        assert (
            "Zoé Durand (France Services Cahors) demande votre avis sur une demande"
            in invitation.to(NADIA).text
        )
        again = town.answer(KARIM, opened.to(ZOE), "inviter expert", to=opened.to(ZOE).reply_to)
        assert "C'est déjà fait" in again.to(KARIM, "not-understood").text


def test_where_nobody_is_named_it_is_said_and_not_offered(town):
    """CPAM has no expert in Lot: the act is not offered, and asking for one is answered."""
    opened = town.write(ZOE, "lot+cpam@aplus.example", "x", f"Ses soins.\n\n{FIELDS}Mandat : oui\nJ'accepte")
    refused = town.answer(AURELIE, opened.to(AURELIE), "inviter expert").to(AURELIE, "not-understood")
    assert "Aucune personne experte n'est désignée" in refused.text
    assert "Répondre « inviter expert »" not in refused.html
    case = town.write(ZOE, "lot+caf@aplus.example", "x", f"Son APL.\n\n{FIELDS}Mandat : oui")
    offered = town.answer(CLAIRE, case.to(CLAIRE), "aide").to(CLAIRE)
    assert "« inviter expert »" in offered.text and "Répondre « inviter expert »" in offered.html


def test_an_experts_acts_are_few(town, invited):
    """What ends or takes a part is an agent's; an expert is told what works, and nothing is done."""
    _, invitation = invited
    for words in ("traité", "je m'en occupe", "pas nous", "non pertinent : doublon", "inviter MSA", "clore",
                  "passer le relais à Claire Martin", "erreur de personne", "plus tard jeudi"):  # fmt: skip
        said = town.answer(NADIA, invitation.to(NADIA), words)
        assert said.sent() == [(NADIA, "not-understood")], words
        assert (
            "Répondre « pas moi »" in said.to(NADIA).html and "Répondre « traité »" not in said.to(NADIA).html
        )
    assert town.case().party("CAF").state == "new" and town.case().party("MSA") is None
    with_text = town.answer(
        NADIA, invitation.to(NADIA), "historique\n\nVoyez aussi la MSA, elle a droit au RSA."
    )
    assert (ZOE, "advice") in with_text.sent() and town.case().party("CAF").first_answer_at is None


def test_an_expert_leaves(town, invited):
    """`pas moi`: both sides know; nothing more goes there, and only a name brings them back."""
    opened, invitation = invited
    left = town.answer(NADIA, invitation.to(NADIA), "pas moi\n\nJe suis en congé, voyez Paul.")
    assert left.sent() == sorted(
        [*((a, t) for a in (CLAIRE, JULIEN, CAF_BOX) for t in ("expert", "note")), (ZOE, "expert")]
    )
    assert "n'y participe plus" in left.to(ZOE).text and "Paul" not in left.to(ZOE).text
    told = town.answer(ZOE, opened.to(ZOE), "Avez-vous des nouvelles ?")
    assert NADIA not in {to for to, _ in told.sent()}
    late = town.answer(NADIA, invitation.to(NADIA), "Une idée encore.")
    assert late.disposition == "held" and late.sent()[0] == (NADIA, "waiting")
    assert (CLAIRE, "not-understood") in town.answer(CLAIRE, opened.to(CLAIRE), f"inviter {NADIA}").sent()
    assert (NADIA, "new-case-expert") in town.answer(ZOE, opened.to(ZOE), f"inviter {NADIA}").sent()


def test_excluded_silently_like_an_agent(town, invited):
    opened, invitation = invited
    out = town.answer(ZOE, opened.to(ZOE), "exclure Nadia Benali")
    assert out.sent() == [(ZOE, "acknowledged")] and "partagée" not in out.to(ZOE).text
    assert NADIA not in {to for to, _ in town.answer(CLAIRE, opened.to(CLAIRE), "Versé lundi.").sent()}
    assert town.answer(NADIA, invitation.to(NADIA), "Et alors ?").sent() == [(OPERATOR, "operators-notice")]


def test_only_while_the_case_is_open(town, invited):
    """Told that it is closed, without the last words; nothing after it; not back when it is reopened."""
    opened, invitation = invited
    closed = town.answer(ZOE, opened.to(ZOE), "clore oui\n\nElle a touché son rappel de 300 €.")
    told = closed.to(NADIA, "closed")
    assert "300" not in told.text and "300" in closed.to(CLAIRE).text
    assert "a été utile" not in told.text and "« historique »" not in told.text
    late = town.answer(CLAIRE, opened.to(CLAIRE), "Un dernier versement suivra.")
    assert {to for to, _ in late.sent()} == {ZOE, JULIEN, CAF_BOX}
    assert town.answer(NADIA, invitation.to(NADIA), "historique").disposition == "held"
    again = town.answer(ZOE, opened.to(ZOE), "rouvrir")
    assert NADIA not in {to for to, _ in again.sent()} and town.case().state == "open"
    assert NADIA not in {to for to, _ in town.answer(ZOE, opened.to(ZOE), "Le loyer de mars manque.").sent()}
    back = town.answer(CLAIRE, opened.to(CLAIRE), "inviter expert")
    assert (NADIA, "new-case-expert") in back.sent()
    well(town)


@pytest.mark.parametrize("words", ["retrait mandat", "erreur de personne"])
def test_the_end_without_content_is_told_to_the_expert_too(town, invited, words):
    opened, _ = invited
    ended = town.answer(ZOE, opened.to(ZOE), words)
    assert NADIA in {to for to, _ in ended.sent()}
    sees_nobody(ended.to(NADIA))


def test_under_contact_prudent_only_the_aidant_lets_an_expert_in(town):
    opened = town.write(ZOE, "lot@aplus.example", "x", f"{OPENING}\nContact prudent : oui")
    refused = town.answer(CLAIRE, opened.to(CLAIRE), "inviter expert")
    assert refused.sent() == [(CLAIRE, "not-understood")]
    assert "contact prudent" in refused.to(CLAIRE).text
    assert "Répondre « inviter expert »" not in refused.to(CLAIRE).html
    let_in = town.answer(ZOE, opened.to(ZOE), "inviter expert")
    sees_nobody(let_in.to(NADIA))
    assert "Contact prudent" in let_in.to(NADIA).text


def test_who_cannot_be_reached_leaves_and_it_is_said(town, invited):
    _, invitation = invited
    gone = bounce(town, invitation.to(NADIA), "5.1.1")
    assert {(ZOE, "expert"), (CLAIRE, "expert")} <= set(gone.sent())
    assert "n'arrivent plus à Nadia Benali" in gone.to(ZOE).text
    assert town.case().participant(NADIA) is None


def test_the_list_of_an_expert_asks_nothing_of_them(town, invited):
    """A case one advises on is listed, and is nobody's to answer but the organisation's."""
    listed = town.write(NADIA, "liste@aplus.example", "liste", "liste").to(NADIA)
    assert town.case().number in listed.text
    digest = [x for x in town.pass_time(days=8).letters if x.to == NADIA and x.template == "digest"]
    assert digest == []


@pytest.fixture
def escalated(town, opened):
    """(opening, what NADIA was told): nobody answered for more than a week."""
    told = [x for x in town.pass_time(days=8).letters if (x.to, x.template) == (NADIA, "escalation")]
    return opened, told[0]


def test_an_expert_who_is_told_offers_help_and_the_aidant_decides(town, escalated):
    """The escalation says how; the words wait for her `envoyer`, unseen, and are advice then."""
    opened, told = escalated
    assert "répondez à ce message par votre avis" in told.text
    sees_nobody(told)
    offer = town.answer(NADIA, told, "Demandez une révision au titre de l'article R. 822-4.")
    assert (offer.disposition, offer.rule) == ("held", "hold:expert-offers")
    assert {(NADIA, "waiting"), (ZOE, "held-ask")} <= set(offer.sent())
    assert "R. 822-4" not in offer.to(ZOE).text and "Nadia Benali" not in told.text.split("Bonjour")[0]
    assert "nous le lui avons demandé" in offer.to(NADIA).text.lower()
    let_in = town.answer(ZOE, offer.to(ZOE), "envoyer")
    assert {(NADIA, "new-case-expert"), (ZOE, "advice"), (CLAIRE, "advice")} <= set(let_in.sent())
    told = let_in.to(ZOE)  # one mail: the advice, and who reads along from now on
    assert "R. 822-4" in told.text and "exclure Nadia Benali" in told.text
    assert "vos notes comprises" in let_in.to(CLAIRE).text
    sees_nobody(let_in.to(NADIA))
    assert town.case().party("CAF").state == "new"
    well(town)


def test_an_offer_that_is_a_note_tells_who_reads_by_itself(town, escalated):
    """The aidant who let somebody in knows that they are in, whatever they wrote."""
    opened, told = escalated
    offer = town.answer(NADIA, told, "note : dites-moi qui suit ce dossier")
    let_in = town.answer(ZOE, offer.to(ZOE), "envoyer")
    assert let_in.to(ZOE).template == "expert" and (CLAIRE, "note") in let_in.sent()
    assert "qui suit ce dossier" not in let_in.to(ZOE).text


def test_an_offer_that_nobody_takes_up_lets_nobody_in(town, escalated):
    """Another word than `envoyer` releases nothing; a second offer of the day asks nothing more."""
    opened, told = escalated
    offer = town.answer(NADIA, told, "Je peux aider.")
    town.answer(ZOE, offer.to(ZOE), "Non merci, c'est réglé.")
    assert town.case().participant(NADIA) is None
    again = town.answer(NADIA, told, "Vraiment.")
    assert again.rule == "hold:expert-offers" and (ZOE, "held-ask") not in again.sent()
    assert town.case().participant(NADIA) is None
    said = town.answer(CLAIRE, opened.to(CLAIRE), "Versé lundi.")
    assert NADIA not in {to for to, _ in said.sent()}


def test_an_expert_on_the_case_is_not_told_that_it_waits(town, invited):
    """Who advises knows the case; the escalation goes to the managers alone."""
    later = town.pass_time(days=10)
    assert (NADIA, "escalation") not in later.sent()
    assert "escalation" in {template for _, template in later.sent()}


def test_who_is_no_expert_any_more_is_out_from_the_reload(any_town):
    """A line less in the static file: what is queued goes nowhere, both sides are told; other reloads change nothing."""
    town = any_town
    opened = town.write(ZOE, "lot@aplus.example", "x", OPENING)
    asked = town.answer(ZOE, opened.to(ZOE), "inviter expert").to(NADIA)
    assert town.case().number in town.write(NADIA, "liste@aplus.example", "liste", "liste").to(NADIA).text
    assert (ZOE, "advice") in town.answer(NADIA, asked, "Demandez une révision.").sent()
    town.post_stopped = True
    town.answer(ZOE, opened.to(ZOE), "Une précision de dernière minute.")
    assert town.app.reload() == ()
    file = town.app.config_dir / "mailrouter.yaml"
    written = file.read_text()
    line = f"  - {{ address: {NADIA}, organisations: [CAF, MSA] }}\n"
    assert line in written
    town.post_stopped = False
    kept = town.settle()
    assert (NADIA, "message") in kept.sent()
    town.post_stopped = True
    town.answer(ZOE, opened.to(ZOE), "Encore une précision.")
    file.write_text(written.replace(line, f"  - {{ address: {NADIA}, organisations: [MSA] }}\n"))
    assert town.app.reload() == ()
    town.post_stopped = False
    gone = town.settle()
    assert NADIA not in {to for to, _ in gone.sent()}
    assert {(ZOE, "expert"), (CLAIRE, "expert")} <= set(gone.sent())
    assert town.case().participant(NADIA) is None
    well(town)


def test_the_reason_of_an_urgency_is_masked_like_a_text(town):
    """Its numbers reach those alone who may have them."""
    opened = town.write(ZOE, "lot@aplus.example", "x", f"{OPENING}\nUrgent : expulsion, son NIR {NIR}")
    assert NIR.replace(" ", "") in opened.to(CLAIRE).text.replace(" ", "")
    asked = town.answer(ZOE, opened.to(ZOE), "inviter expert").to(NADIA)
    sees_nobody(asked)
    assert "Urgent : expulsion" in asked.text


def test_an_expert_whose_own_group_is_asked_takes_part_as_its_agent(any_town):
    """Another seat, another view: from then on she reads what her group reads."""
    town = any_town
    file = town.app.config_dir / "mailrouter.yaml"
    file.write_text(file.read_text().replace("experts:\n", f"experts:\n  - {{ address: {AURELIE} }}\n"))
    assert town.app.reload() == ()
    opened = town.write(ZOE, "lot@aplus.example", "x", OPENING)
    asked = town.answer(ZOE, opened.to(ZOE), f"inviter {AURELIE}")
    sees_nobody(asked.to(AURELIE, "new-case-expert"))
    told = town.answer(ZOE, opened.to(ZOE), "inviter CPAM")
    assert (AURELIE, "new-case-agent") in told.sent()
    assert town.case().participant(AURELIE).role == "agent"
    took = town.answer(AURELIE, told.to(AURELIE), "je m'en occupe")
    assert took.rule == "act:take" and town.case().party("CPAM").owner == AURELIE
    well(town)


def test_notes_of_another_organisation_are_not_for_the_expert(town, invited):
    """An expert helps one organisation: its agents know who reads their notes, the others were told of nobody."""
    opened, invitation = invited
    cpam = town.answer(ZOE, opened.to(ZOE), "inviter CPAM")
    theirs = town.answer(AURELIE, cpam.to(AURELIE), "note : voir avec le contrôle médical")
    assert {to for to, _ in theirs.sent()} == {CLAIRE, JULIEN, CAF_BOX, THOMAS}
    own = town.answer(NADIA, invitation.to(NADIA), "note : demandez au siège")
    assert {to for to, _ in own.sent()} == {CLAIRE, JULIEN, CAF_BOX}
    assert "contrôle médical" not in town.answer(NADIA, invitation.to(NADIA), "historique").to(NADIA).text
    assert "siège" not in town.answer(AURELIE, cpam.to(AURELIE), "historique").to(AURELIE).text
    answer = town.answer(AURELIE, cpam.to(AURELIE), "Les soins sont pris en charge.")
    assert NADIA not in {to for to, _ in answer.sent()}
    well(town)
