"""Who writes, which case, who may see it: what no numbered situation says (docs/situations.md, sections A to I)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from town import CLAIRE, FIELDS, OPERATOR, STRANGER, ZOE

from mailrouter.core.model import Verdict
from mailrouter.store import reports

NEW = "nouveau@caf46.example"


class Undecided:
    """A check whose DNS answers only after some tries."""

    name = "undecided"

    def __init__(self, tries: int) -> None:
        self.tries = tries

    async def verdicts(self, mail):
        self.tries -= 1
        result = "temperror" if self.tries >= 0 else "pass"
        domain = ("header.from", "cahors.example")
        return (Verdict(method="dmarc", result=result, properties=(domain,)),)


def test_thread_index_and_thread_topic_are_no_evidence(town):
    """They survive when somebody starts anew from an old mail: a new mail with them is a new case."""
    first = town.open_case(
        headers={"Thread-Index": "AdWx0000aaaa==", "Thread-Topic": "Aide au logement bloquée"}
    )
    second = town.write(
        ZOE,
        "lot+caf@aplus.example",
        "Aide au logement bloquée",
        f"Bonjour, une autre personne.\n\n{FIELDS.replace('DUPONT', 'BERNARD')}Mandat : oui\n",
        headers={"Thread-Index": "AdWx0000aaaa==", "Thread-Topic": "Aide au logement bloquée"},
    )
    assert second.disposition == "opened"
    assert second.decision.case_number != first.decision.case_number


@pytest.mark.parametrize(("tries", "hours", "disposition"), [(3, 1, "opened"), (10_000, 13, "held")])
def test_a_check_that_cannot_be_made_waits_and_is_made_again(town, tries, hours, disposition):
    """temperror is no failure: the mail waits, is decided once the answer is there, and held after half a day without."""
    town.app.worker.checks = [Undecided(tries)]
    out = town.open_case()
    assert out.decision is None and not out.letters and town.ledger()["pending"] == 1
    letters = []
    for _ in range(hours * 4):
        town.now += timedelta(minutes=15)
        letters += town.settle().letters
    assert town.ledger()[disposition] == 1 and town.ledger()["pending"] == 0
    sent = {(x.to, x.template) for x in letters}
    assert ((CLAIRE, "new-case-agent") in sent) is (disposition == "opened")
    assert ((OPERATOR, "operators-notice") in sent) is (disposition == "held")


def test_one_refusal_a_day_for_an_address_and_a_reason(town):
    """The colleague who is not registered is told once a day that the mail waits; each mail is held all the same."""
    opened = town.open_case()
    to = opened.to(CLAIRE).reply_to
    told = [town.write(NEW, to, "Re", f"Ma réponse numéro {n} pour ce dossier.") for n in range(3)]
    assert [(NEW, "waiting") in out.sent() for out in told] == [True, False, False]
    assert [out.disposition for out in told] == ["held"] * 3
    assert [(CLAIRE, "held-ask") in out.sent() for out in told] == [True, False, False]
    town.pass_time(days=1, minutes=1)
    assert (NEW, "waiting") in town.write(NEW, to, "Re", "Ma réponse du lendemain pour ce dossier.").sent()


def test_a_new_aidant_is_active_with_one_word_in_reply_to_the_welcome(town):
    """A line in the files, a reload: the welcome tells an aidant where to write; `j'accepte` in reply, and the first mail
    goes out without any further question."""
    lea = "lea.noel@cahors.example"
    people = town.app.config_dir / "routing" / "people.yaml"
    people.write_text(people.read_text() + f"\n  - {{ address: {lea}, name: Léa Noël }}\n")
    lot = town.app.config_dir / "routing" / "territories" / "46-lot.yaml"
    lot.write_text(lot.read_text().replace(f"[{ZOE}, ", f"[{ZOE}, {lea}, "))
    assert town.app.reload() == ()
    welcome = town.settle().to(lea, "welcome")
    assert "lot@aplus.example" in welcome.text and "j'accepte" in welcome.text
    assert "Les demandes vous arriveront" not in welcome.text, "that is for agents"
    body = f"Bonjour, son APL est bloquée.\n\n{FIELDS}Mandat : oui\n"
    early = town.write(lea, "lot+caf@aplus.example", "APL", body)
    assert early.sent() == [(lea, "incomplete")], "nothing goes out before the terms are accepted"
    assert town.answer(lea, welcome, "J'accepte", quote=False).rule == "terms-accepted"
    opened = town.write(lea, "lot+caf@aplus.example", "AAH", body)
    assert (CLAIRE, "new-case-agent") in opened.sent()


def test_nothing_of_a_stranger_s_text_is_in_any_mail(town):
    """On a case's address, at the territory, at a service word, aligned or not: no word of it in all that is sent."""
    opened = town.open_case()
    letters = []
    for n, (to, aligned) in enumerate(
        [
            (opened.to(CLAIRE).reply_to, True),
            ("lot@aplus.example", True),
            ("aide@aplus.example", True),
            ("lot@aplus.example", False),
        ]
    ):
        author = f"x{n}@{STRANGER.partition('@')[2]}"
        letters += town.write(
            author, to, "Sujet motunique", "Texte motunique.", name="Motunique", aligned=aligned
        ).letters
    letters += town.pass_time(days=1).letters
    assert letters and not any("motunique" in (x.raw.decode() + x.text + x.html).lower() for x in letters)


def test_an_agent_who_is_asked_which_case_reads_of_their_own_whatever_else_the_mail_names(town):
    """References alone under another subject, or the number of a case of others: the list of own cases is there."""
    opened = town.open_case()
    letter = opened.to(CLAIRE)
    thread = {"References": f"<x@caf46.example>,{letter.message['Message-ID']}"}
    astray = town.write(CLAIRE, "lot@aplus.example", "Tout autre chose", "Bonjour.", headers=thread)
    assert opened.decision.case_number in astray.to(CLAIRE, "which-case").text
    others = town.open_case(to="lot+cpam@aplus.example").decision.case_number
    numbered = town.write(CLAIRE, "lot@aplus.example", f"Dossier {others}", "Bonjour.")
    text = numbered.to(CLAIRE, "which-case").text
    assert opened.decision.case_number in text and others not in text


@pytest.mark.parametrize("word", ["dpo", "postmaster", "abuse", "contact", "inscription"])
def test_what_anybody_writes_to_the_people_of_the_service_waits_for_them(town, word):
    """A question about one's data, a complaint, a wish to join: held for the operators whoever wrote it, and told so to
    who proves the own address; without proof, silence. It is never told that it will be erased unread."""
    to = f"{word}@aplus.example"
    asked = town.write(STRANGER, to, "Sujet motunique", "Texte motunique.")
    assert asked.rule == f"hold:for-operators:{word}"
    told = asked.to(STRANGER, "waiting").text
    assert "à l'équipe du service, qui le lira" in told and "motunique" not in told
    assert f"Message pour l'équipe : {word}" in asked.to(OPERATOR, "operators-notice").text
    again = town.write(STRANGER, to, "Sujet", "Encore.")
    assert again.disposition == "held" and STRANGER not in {x for x, _ in again.sent()}
    silent = town.write("x@nulle-part.example", to, "Sujet", "Texte.", aligned=False)
    assert silent.disposition == "held" and {x for x, _ in silent.sent()} <= {OPERATOR}


def test_who_left_a_case_is_told_that_nobody_reads_them_there_but_not_who_was_excluded(town):
    """`pas moi`, then an answer all the same: held, and said once a day. `exclure` is silent, and stays so."""
    opened = town.open_case()
    town.answer(CLAIRE, opened.to(CLAIRE), "pas moi", quote=False)
    wrote = town.answer(CLAIRE, opened.to(CLAIRE), "Finalement, voici la réponse.")
    assert wrote.disposition == "held" and "ne participez plus" in wrote.to(CLAIRE, "waiting").text
    assert CLAIRE not in {x for x, _ in town.answer(CLAIRE, opened.to(CLAIRE), "Allô ?").sent()}
    other = town.open_case()
    town.answer(ZOE, other.to(ZOE), f"exclure {CLAIRE}", quote=False)
    excluded = town.answer(CLAIRE, other.to(CLAIRE), "Bonjour, voici la réponse.")
    assert excluded.disposition == "held" and CLAIRE not in {x for x, _ in excluded.sent()}


def test_one_word_lets_everything_go_that_waited_for_it(any_town):
    """Two mails of Zoé without proof in one day: one question. Her `c'est moi` lets both go, in order, but neither a
    forgery from another host nor one in somebody else's name."""
    town = any_town
    opened = town.open_case()
    letter = opened.to(ZOE)
    first = town.answer(ZOE, letter, "Première sans preuve.", aligned=False)
    town.answer(ZOE, letter, "Deuxième sans preuve.", aligned=False)
    forged = town.letter(ZOE, letter.reply_to, "Re", "Forgée ailleurs.", answers=letter)
    stamp = (
        "Authentication-Results: mx.aplus.example; dmarc=fail header.from=cahors.example\r\n"
        "Received: from bad.example ([203.0.113.66]) by mx.aplus.example with ESMTP; Mon, 02 Mar 2026 09:00:00 +0000\r\n"
    )
    elsewhere = town.deliver(stamp.encode() + forged.as_bytes(), ZOE, [letter.reply_to])
    other = town.answer(CLAIRE, opened.to(CLAIRE), "Réponse sans preuve.", aligned=False)
    said = town.answer(ZOE, first.to(ZOE, "challenge"), "C'est moi", quote=False, aligned=False)
    read = [x.text for x in said.letters if x.to == CLAIRE and x.template == "message"]
    assert ["Première" in read[0], "Deuxième" in read[1], len(read)] == [True, True, 2]
    held = {row.inbound_id for row in town.app.store.read(reports.held)}
    assert held == {elsewhere.inbound_id, other.inbound_id}
