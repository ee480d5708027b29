"""DOMAIN.md, "Delights": each test names one."""

from __future__ import annotations

import re

from printed import words_in
from sqlalchemy import func, select
from story import until
from town import AURELIE, CAF_BOX, CLAIRE, COMPLETE, JULIEN, KARIM, STRANGER, ZOE

from mailrouter.core.model import Attempt
from mailrouter.outbound.memory import MemoryTransport


def test_the_receipt_carries_the_real_median_delay(story):
    """With five answered requests the receipt says in how many business days half of them were answered; with four
    it names the configured delay alone."""
    days = [
        "2026-03-03 11:00",
        "2026-03-09 11:00",
        "2026-03-11 09:30",
        "2026-03-13 16:00",
        "2026-03-18 12:00",
    ]
    for n, answered in enumerate(days):
        opened = story.open_case(f"Dossier {n} : le droit est bloqué depuis longtemps.")
        assert "la moitié" not in opened.to(ZOE).text
        assert "sous 3 jours ouvrés" in opened.to(ZOE).text
        until(story, answered)
        story.answer(CLAIRE, opened.to(CLAIRE), "Le droit est rétabli, vous aurez le rappel.")
    sixth = story.open_case("Un dossier de plus, même blocage.").to(ZOE)
    # Asked Mon 10:00, Tue 11:00, Mon 11:00, Wed 9:30, Fri 16:00; answered within 2, 5, 3, 3 and 3 business days.
    assert "la moitié des premières réponses" in sixth.text
    assert "CAF du Lot : en 3 jours ouvrés ou moins" in sixth.text
    other = story.open_case("Une carte vitale perdue.", to="lot+cpam@aplus.example").to(ZOE, "receipt")
    assert "la moitié" not in other.text


def test_a_draft_is_checked_without_opening(story):
    """`prêt ?` says what is missing, which organisation, what was understood; nothing is opened, asked or kept open."""
    draft = "Prêt ?\n\nBonjour, son APL est bloquée.\n\nPrénom : Marie\nNom : DUPONT\n"
    lacking = story.write(ZOE, "lot+caf@aplus.example", "Aide au logement", draft)
    assert (lacking.disposition, lacking.rule, lacking.sent()) == (
        "handled",
        "draft-checked",
        [(ZOE, "draft")],
    )
    text = lacking.to(ZOE).text
    assert "pas encore complet" in text and "Aucune demande n'est ouverte" in text
    assert "CAF du Lot" in text and "Marie" in text
    assert "Date de naissance :" in text and "Mandat : oui, le" in text and "j'accepte" in text
    ready = story.write(
        ZOE,
        "lot+caf@aplus.example",
        "prêt ?",
        f"Son APL est bloquée.\n\n{COMPLETE}",
        cc=["ami@ailleurs.example"],
    )
    assert ready.sent() == [(ZOE, "draft")]
    text = ready.to(ZOE).text
    assert "Votre brouillon est prêt" in text and "3 avril 1961" in text and "ami@ailleurs.example" in text
    unsure = (
        story.write(ZOE, "lot@aplus.example", "prêt ?", f"Son APL est bloquée.\n\n{COMPLETE}").to(ZOE).text
    )
    assert "D'après vos mots, l'organisme pourrait être : CAF du Lot" in unsure
    alone = story.write(ZOE, "lot+carsat@aplus.example", "prêt ?", f"Sa retraite.\n\n{COMPLETE}").to(ZOE).text
    assert "Personne ne peut répondre pour : CARSAT" in alone
    assert count(story, "case") == count(story, "due") == 0
    opened = story.open_case()
    assert (ZOE, "receipt") in opened.sent()


def count(story, table: str) -> int:
    """How many rows there are."""
    from sqlalchemy import table as named

    return story.app.store.read(lambda c: c.execute(select(func.count()).select_from(named(table))).scalar())


def test_a_draft_on_an_incomplete_case_sends_nothing(story):
    """On a case that lacks something `prêt ?` says what; complete or not, nothing goes out by it."""
    asked = story.write(
        ZOE, "lot+caf@aplus.example", "APL", "Bonjour, son APL est bloquée.\n\nNom : DUPONT\n"
    )
    checked = story.answer(ZOE, asked.to(ZOE), "prêt ?")
    assert checked.sent() == [(ZOE, "incomplete")]
    assert "Date de naissance :" in checked.to(ZOE).text
    assert story.case().state == "incomplete"


def test_a_letter_comes_with_the_papers_listed(story):
    """`modèle APL` by mail to any address, or on a case; an unknown subject and `modèle` alone give the list; a text
    that begins with the word is a text."""
    letter = story.write(ZOE, "lot@aplus.example", "Modèle APL", "Modèle APL\n\nMerci, Zoé")
    assert (letter.rule, letter.sent()) == ("letter", [(ZOE, "letter-model")])
    assert (
        "attestation de loyer" in letter.to(ZOE).text
        and "Pouvez-vous nous dire ce qui bloque" in letter.to(ZOE).text
    )
    assert count(story, "case") == 0
    by_alias = story.write(ZOE, "aide@aplus.example", "x", "modèle pour l'aide au logement").to(ZOE)
    assert "Modèle de lettre : APL" in by_alias.text
    listed = story.write(ZOE, "aide@aplus.example", "x", "modèle d'autorisation de plaidoirie").to(ZOE).text
    assert "Complémentaire santé solidaire" in listed and "attestation de loyer" not in listed
    assert "pas de modèle « autorisation de plaidoirie »." in listed and "Vouliez-vous" not in listed
    slip = story.write(ZOE, "aide@aplus.example", "x", "modèle ALP").to(ZOE).text
    assert "pas de modèle « ALP ». Vouliez-vous écrire « modèle APL » ?\r\n\r\n" in slip and "- RSA" in slip
    assert "pas de modèle" not in story.write(ZOE, "aide@aplus.example", "x", "modèle").to(ZOE).text
    opened = story.open_case()
    on_case = story.answer(ZOE, opened.to(ZOE), "modele RSA")
    assert on_case.sent() == [(ZOE, "letter-model")]
    text = story.answer(
        ZOE, opened.to(ZOE), "Modèle APL\n\nEst-ce que ce modèle de lettre leur convient mieux ?"
    )
    assert (CLAIRE, "message") in text.sent()
    agent = story.answer(CLAIRE, opened.to(CLAIRE), "modèle APL")
    assert agent.rule == "not-understood"


def test_the_letter_opens_a_case_when_it_is_sent_back_complete(story):
    """What `modèle` gives is what the service reads: with the lines filled in it opens a case and misses nothing."""
    letter = story.write(ZOE, "aide@aplus.example", "x", "modèle APL").to(ZOE).text
    words = letter.partition("Bonjour,")[2].partition("Les documents")[0]
    sent = story.write(
        ZOE, "lot@aplus.example", "Aide au logement", f"Bonjour,{words}\nOrganisme : CAF\n{COMPLETE}"
    )
    assert (CLAIRE, "new-case-agent") in sent.sent()


def test_a_summary_to_print_for_the_person(story):
    """`résumé` gives the aidant a sheet: who was asked what and when, what was answered, what comes next; no name, no
    identifier; the agents cannot have it."""
    opened = story.open_case(cc=[KARIM])
    until(story, "2026-03-03 10:00")
    story.answer(
        CLAIRE,
        opened.to(CLAIRE),
        "Il manque la page 2 du bail.\n\nSon NIR : 2 61 04 46 042 008 91, son portable : 06 12 34 56 78.",
    )
    out = story.answer(ZOE, opened.to(ZOE), "Résumé, s'il vous plaît")
    assert out.sent() == [(ZOE, "summary")]
    (pdf,) = out.to(ZOE).message.iter_attachments()
    text = " ".join(words_in(pdf.get_content()).split())
    assert "Où en est ma demande" in text and "Il manque la page 2 du bail." in text
    assert "Le 2 mars 2026, la personne qui m'aide a demandé à CAF du Lot" in text
    assert "Le 3 mars 2026, CAF du Lot a répondu" in text and "s'en occupe" in text
    assert "On attend la réponse de CAF du Lot. Sans réponse, on lui écrit encore le 18 mars 2026." in text
    assert not re.search(r"DUPONT|Marie|1961|2 61 04|06 12 34|@", text)
    assert all(tag in pdf.get_content() for tag in (b"/MarkInfo", b"/Lang (fr)", b"/H1", b"/H2"))
    refused = story.answer(CLAIRE, opened.to(CLAIRE), "résumé")
    assert refused.rule == "not-understood"


def test_closing_thanks_reach_the_agents(story):
    """Words below `clore oui` stand in the closing mail of those who answered; a bare merci afterwards reaches them,
    and changes nothing; an organisation that turned the case down is told of the closing alone."""
    opened = story.open_case(to=["lot+caf@aplus.example", "lot+cpam@aplus.example"])
    story.answer(AURELIE, opened.to(AURELIE), "pas nous")
    done = story.answer(CLAIRE, opened.to(CLAIRE), "traité\n\nLe rappel est versé ce jour à la personne.")
    closed = story.answer(ZOE, done.to(ZOE, "asked-to-close"), "clore oui\n\nMerci, elle est soulagée !")
    for who in (CLAIRE, CAF_BOX):
        assert "elle est soulagée" in closed.to(who, "closed").text
    assert "soulagée" not in "".join(x.text for x in closed.letters if x.to in (AURELIE, ZOE))
    thanked = story.answer(ZOE, done.to(ZOE, "asked-to-close"), "Merci beaucoup !")
    assert thanked.sent() == [(CLAIRE, "thanks")]
    assert (story.case().state, JULIEN in {to for to, _ in thanked.sent()}) == ("closed", False)


SENTENCE = "Zoé Durand souhaite rappeler le message « Aide au logement bloquée ».\n"


def no_road(parcel):
    """A relay that cannot be reached: what is sent waits."""
    return Attempt(outcome="retry", code=450, enhanced="4.4.1", text="no route to host", relay="memory")


def test_an_outlook_recall_is_honoured_while_unsent(story):
    """The relay is down: nothing of the recalled mail leaves, the case it opened ends without anybody knowing; once it
    has left, its author is told whom it reached."""
    road = story.app.worker.transport
    story.app.worker.transport = MemoryTransport(no_road)
    story.open_case("Une erreur, mot-clef perdu.")
    story.app.worker.transport = road
    waiting = "SELECT count(*) FROM outbox WHERE state = 'queued'"
    assert story.app.store.read(lambda c: c.exec_driver_sql(waiting).scalar()) == 4
    recalled = story.write(ZOE, "lot+caf@aplus.example", "Rappel : Aide au logement bloquée", SENTENCE)
    assert recalled.rule == "recall"
    assert "arrivé à temps" in recalled.to(ZOE, "recalled").text
    assert (story.case().state, story.case().messages[0].text) == ("closed", "")
    assert {to for to, _ in until(story, "2026-03-20 10:00").sent()} <= {ZOE}
    second = story.open_case("Un autre dossier, bien réel celui-là.")
    late = story.write(ZOE, second.to(ZOE).reply_to, "Rappel : Aide au logement bloquée", SENTENCE)
    assert late.sent() == [(ZOE, "recalled")]
    assert "était déjà parti vers : CAF du Lot" in late.to(ZOE).text
    assert story.case().state == "open" and story.case().messages[0].text


def test_a_recall_reaches_a_mail_that_is_held(story):
    """Sent to the old thread of somebody else and held for a word: recalled, nobody reads it, and the word comes too
    late; of two the newest is meant, and a mail of another person stays."""
    opened = story.open_case()
    held = story.answer(
        ZOE, opened.to(ZOE), "Prénom : Paul\nNom : MARTIN\nVoici ses papiers.", subject="Papiers"
    )
    assert held.disposition == "held"
    other = story.write(STRANGER, opened.to(CLAIRE).reply_to, "Papiers", "Je voudrais le dossier.")
    recalled = story.write(
        ZOE,
        opened.to(ZOE).reply_to,
        "Rappel : Papiers",
        SENTENCE.replace("Aide au logement bloquée", "Papiers"),
    )
    assert (recalled.rule, recalled.sent()) == ("recall", [(ZOE, "recalled")])
    assert "arrivé à temps" in recalled.to(ZOE).text
    where = "SELECT id, disposition, reason FROM inbound WHERE id IN ('%s', '%s')"
    rows = story.app.store.read(
        lambda c: c.exec_driver_sql(where % (held.inbound_id, other.inbound_id)).tuples().all()
    )
    assert {i: d for i, d, _ in rows} == {held.inbound_id: "ignored", other.inbound_id: "held"}
    late = story.answer(ZOE, held.to(ZOE), "suite", quote=False)
    assert CLAIRE not in {to for to, _ in late.sent()} and len(story.case().messages) == 1


def test_a_reminder_of_a_person_is_no_recall(story):
    """`Rappel : …` in a subject is a person's word unless Exchange's own sentence stands below it."""
    opened = story.open_case()
    said = story.answer(
        ZOE, opened.to(ZOE), "Je reviens vers vous au sujet du bail.", subject="Rappel : dossier"
    )
    assert (CLAIRE, "message") in said.sent()
    nothing = story.write(
        AURELIE, "lot@aplus.example", "Recall: x", 'Aurélie would like to recall the message, "x".'
    )
    assert (nothing.rule, nothing.sent()) == ("recall-of-nothing", [(AURELIE, "recalled")])
    forged = story.write(
        ZOE, "lot@aplus.example", "Rappel : Aide au logement bloquée", SENTENCE, aligned=False
    )
    assert (forged.disposition, (ZOE, "recalled") in forged.sent()) == ("held", False)
