"""DOMAIN.md, situations 1, 2, 4, 5, 6 and 15: which case a mail belongs to, and how much of it is new text."""

from __future__ import annotations

import pytest
from town import AURELIE, CAF_BOX, CLAIRE, COMPLETE, FIELDS, JULIEN, KARIM, OPERATOR, STRANGER, ZOE

OTHER = "Bonjour,\n\nJe me permets de vous écrire au sujet de"


# 1. A new person on an old thread


@pytest.mark.parametrize(
    "stated",
    [
        "Nom : BERNARD",
        "Prénom : Paul",
        "Date de naissance : 01/02/1980",
        "Date de naissance : 03/04/1962",
        "N° allocataire : 7654321",
        "NIR : 1 80 02 46 012 345 24",
    ],
)
def test_01_every_field_that_tells_people_apart_holds(town, stated):
    """Name, first name, birth date, allocataire, NIR: one that differs from the case's, and nobody reads the mail."""
    opened = town.open_case("N° allocataire : 1610475\nNIR : 2 61 04 46 012 345 59")
    held = town.answer(ZOE, opened.to(ZOE), f"Bonjour, voici la suite.\n\n{stated}", quote=False)
    assert (held.rule, held.sent()) == ("ask:other-person", [(ZOE, "held-ask")])
    same = town.answer(ZOE, opened.to(ZOE), "Nom : Dupont\nPrénom : marie\n\nVoici la suite de son dossier.")
    assert (CLAIRE, "message") in same.sent()


def test_01_a_letter_about_somebody_else_is_held_too(town):
    """Most people write a letter: another name with another birth date in prose is another person."""
    opened = town.open_case()
    held = town.answer(
        ZOE,
        opened.to(ZOE),
        "Bonjour,\n\nJe vous écris pour M. Paul BERNARD, né le 1er février 1980, dont le RSA est suspendu.",
        quote=False,
    )
    assert (held.rule, held.sent()) == ("ask:other-person", [(ZOE, "held-ask")])
    child = town.answer(ZOE, opened.to(ZOE), "Son fils Hugo est né le 12/05/2015, faut-il le déclarer ?")
    assert (CLAIRE, "message") in child.sent()


def test_01_an_agent_who_meant_somebody_else_tells_nobody(town):
    """An agent's answer about another person is held as well; `nouveau` from an agent relays it to no aidant."""
    opened = town.open_case()
    held = town.answer(CLAIRE, opened.to(CLAIRE), "Nom : BERNARD\n\nSon RSA est suspendu.", quote=False)
    assert (held.rule, held.sent()) == ("ask:other-person", [(CLAIRE, "held-ask")])
    said = town.answer(CLAIRE, held.to(CLAIRE), "nouveau", quote=False)
    assert ZOE not in {to for to, _ in said.sent()}
    assert not any("RSA" in x.text for x in said.letters)
    assert len(town.case().messages) == 1


def test_01_homonyms_are_never_merged_nor_mentioned(town):
    """Two people of one name, and two cases of one person: each a case of its own; nobody reads of another's. Agents who
    follow both cases of the one person are told of the first by the second, and of the homonym's by none."""
    first = town.open_case()
    homonym = town.write(
        ZOE,
        "lot+caf@aplus.example",
        "APL",
        "Bonjour, une autre demande.\n\nPrénom : Marie\nNom : DUPONT\nDate de naissance : 09/09/1990\nMandat : oui\n",
    )
    elsewhere = town.open_case(author="lucie.marchal@figeac.example")
    numbers = {o.decision.case_number for o in (first, homonym, elsewhere)}
    assert len(numbers) == 3
    for outcome in (homonym, elsewhere):
        own = outcome.decision.case_number
        seen = "".join(x.text + x.subject for x in outcome.letters if x.to not in (CLAIRE, JULIEN, CAF_BOX))
        assert not any(number in seen for number in numbers - {own})
    homonyms = homonym.decision.case_number
    for reader in (CLAIRE, JULIEN, CAF_BOX):
        assert (
            first.decision.case_number in elsewhere.to(reader).text
            and homonyms not in elsewhere.to(reader).text
        )
        assert first.decision.case_number not in homonym.to(reader).text


def test_01_thread_fields_or_a_quote_prove_the_old_thread(town):
    """After a month of silence an answer with its thread fields, or with our quote, is what it seems."""
    opened = town.open_case()
    town.pass_time(days=32)
    letter = opened.to(ZOE)
    quoting = town.write(
        ZOE,
        letter.reply_to,
        "Des nouvelles",
        "Bonjour, où en est-on ?\n\nLe lun. 2 mars 2026 à 10:00, Administration+ a écrit :\n"
        + "\n".join(f"> {line}" for line in letter.text.splitlines()),
    )
    assert quoting.disposition == "attached"


# 2. Notes fail closed


@pytest.mark.parametrize(
    "line",
    ["note interne -", "À ne pas transmettre", "Confidentiel agents", "NOTE INTERNE", "Note/ indu", "Nota :"],
)
def test_02_markers_that_are_not_recognised_wait_for_a_word(town, line):
    """Whatever resembles a marker reaches neither aidant nor agents before `note` or `envoyer`."""
    opened = town.open_case()
    held = town.answer(CLAIRE, opened.to(CLAIRE), f"{line}\nElle a un indu de 300 euros.", quote=False)
    assert (held.rule, held.sent()) == ("ask:internal-marker", [(CLAIRE, "held-ask")])


def test_02_send_lets_it_go_to_the_aidant(town):
    """`envoyer`: it was an answer after all."""
    opened = town.open_case()
    held = town.answer(CLAIRE, opened.to(CLAIRE), "Confidentiel\n\nSon droit est ouvert.", quote=False)
    sent = town.answer(CLAIRE, held.to(CLAIRE), "envoyer", quote=False)
    assert "droit est ouvert" in sent.to(ZOE).text and town.case().messages[-1].audience == "everyone"


def test_02_a_reply_to_a_note_is_a_note_by_every_way(town):
    """By the note's address, by In-Reply-To alone, and from the address of everyone: never to the aidant."""
    opened = town.open_case()
    note = town.answer(CLAIRE, opened.to(CLAIRE), "note : à vérifier avec la trésorerie").to(JULIEN)
    everyone = opened.to(JULIEN).reply_to
    for more in ({}, {"to": everyone}, {"to": "lot@aplus.example"}):
        reply = town.answer(JULIEN, note, "Je vérifie cet indu demain matin.", **more)
        assert (reply.rule, town.case().messages[-1].audience) == ("note", "agents")
        assert {to for to, _ in reply.sent()} <= {CLAIRE, CAF_BOX}


# 4. Answers inside our quote


def test_04_answers_in_red_and_other_quotes(town):
    """« mes réponses en rouge »: what is written into our quote is new; another person's quote is folded, never relayed."""
    opened = town.open_case()
    answer = town.answer(
        CLAIRE, opened.to(CLAIRE), "Quel est le montant du loyer ?\n\nDepuis quand habite-t-elle là ?"
    )
    ours = answer.to(ZOE)
    lines = []
    for line in ours.text.splitlines():
        lines.append(f"> {line}")
        if "montant du loyer" in line:
            lines.append("> 540 euros par mois charges comprises")
        if "Depuis quand" in line:
            lines.append("> depuis le mois de mai")
    body = "Mes réponses en rouge ci-dessous.\n\nLe lun. 2 mars 2026, CAF du Lot a écrit :\n" + "\n".join(
        lines
    )
    sent = town.write(ZOE, ours.reply_to, f"Re: {ours.subject}", body, answers=ours)
    read = sent.to(CLAIRE).text
    assert "540 euros" in read and "depuis le mois de mai" in read
    foreign = "Bonjour, voir plus bas.\n\nLe 1 mars 2026, Banque Postale a écrit :\n> Votre découvert est de 900 euros.\n"
    other = town.write(ZOE, ours.reply_to, "Re: dossier", foreign, answers=ours)
    assert "900 euros" not in other.to(CLAIRE).text


# 5. A reminder from the Sent folder, or a reply to all on the original


@pytest.mark.parametrize(
    "prefix", ["TR:", "RE :", "[EXTERNE] RE:", "Tr : RE :", "Fwd: [EXTERNE]", "RE: TR :"]
)
def test_05_the_base_subject_strips_what_clients_and_gateways_add(town, prefix):
    """A reminder from the Sent folder under any of these is on the case of the mail that we accepted."""
    first = town.open_case(message_id="<sent@cahors.example>")
    sent = {"In-Reply-To": "<sent@cahors.example>", "References": "<sent@cahors.example>"}
    again = town.write(
        ZOE,
        "lot@aplus.example",
        f"{prefix} Aide au logement bloquée",
        "Je me permets de vous relancer.",
        headers=sent,
    )
    assert again.disposition == "attached" and town.case().number == first.decision.case_number


def test_05_only_a_participant_who_is_proven(town):
    """The same mail by a stranger, a colleague who is not on the case, or without proof joins nothing."""
    first = town.open_case(message_id="<sent@cahors.example>")
    sent = {"In-Reply-To": "<sent@cahors.example>", "References": "<sent@cahors.example>"}
    for author, aligned in ((STRANGER, True), ("lucie.marchal@figeac.example", True), (ZOE, False)):
        tried = town.write(
            author,
            "lot@aplus.example",
            "RE: Aide au logement bloquée",
            "Une relance par ce fil.",
            headers=sent,
            aligned=aligned,
        )
        assert tried.disposition != "attached"
        assert CLAIRE not in {to for to, _ in tried.sent()}
    assert len(town.case(first.decision.case_number).messages) == 1


def test_05_reply_all_to_the_original(town):
    """A colleague in copy replies to all on the aidant's own mail: on the case, as that colleague."""
    town.open_case(message_id="<sent@cahors.example>", cc=[KARIM])
    reply = town.write(
        KARIM,
        ["zoe.durand@cahors.example", "lot+caf@aplus.example"],
        "RE: Aide au logement bloquée",
        "J'ajoute que le bail est signé.",
        headers={"In-Reply-To": "<sent@cahors.example>", "References": "<sent@cahors.example>"},
    )
    assert reply.disposition == "attached" and town.case().messages[-1].author == KARIM


@pytest.mark.parametrize(
    "references",
    ["{a}, {b}", "{a},{b}", "<x@outlook.example>\r\n {a},\r\n {b}"],
)
def test_05_references_as_exchange_writes_them(town, references):
    """Commas between Message-IDs, with or without blanks, folded: read like the standard's."""
    opened = town.open_case()
    letter = opened.to(CLAIRE)
    ours = str(letter.message["Message-ID"])
    value = references.format(a="<p1@exchange.example>", b=ours).replace("\r\n ", " ")
    answer = town.write(
        CLAIRE,
        "lot@aplus.example",
        f"RE: {letter.subject}",
        "Son droit est ouvert.",
        headers={"References": value},
    )
    assert (answer.disposition, answer.rule) == ("attached", "on-case:references")


def test_05_a_provider_that_rewrites_message_ids(town):
    """Our Message-ID was replaced on the way (as some relays do), so nothing refers to us: the reply address still proves."""
    opened = town.open_case()
    answer = town.write(
        CLAIRE,
        opened.to(CLAIRE).reply_to,
        "RE: dossier",
        "Son droit est ouvert.",
        headers={
            "In-Reply-To": "<010201.abc@eu-west-1.relay.example>",
            "References": "<010201.abc@relay.example>",
        },
    )
    assert (answer.disposition, answer.rule) == ("attached", "on-case:token")


def test_05_an_old_mail_of_a_closed_case(town):
    """Answered months later: on the same case, which is open again; the agents read it."""
    opened = town.open_case()
    done = town.answer(CLAIRE, opened.to(CLAIRE), "traité")
    town.answer(ZOE, done.to(ZOE), "clore oui")
    town.pass_time(days=60)
    late = town.answer(ZOE, opened.to(ZOE), "Le paiement s'est arrêté de nouveau, que faire ?")
    assert late.disposition == "attached" and town.case().state == "open"
    assert (CLAIRE, "message") in late.sent()
    agent = town.answer(CLAIRE, opened.to(CLAIRE), "Je regarde et vous réponds demain.")
    assert (ZOE, "answer") in agent.sent()


def test_05_one_mail_to_two_of_our_addresses(town):
    """The case's address and the territory's, or both organisations': one decision, one case, nobody told twice."""
    opened = town.open_case()
    both = town.answer(
        ZOE, opened.to(ZOE), "Une précision utile.", to=[opened.to(ZOE).reply_to, "lot@aplus.example"]
    )
    assert both.disposition == "attached"
    assert len([x for x in both.letters if x.to == CLAIRE]) == 1
    own, note = (
        opened.to(CLAIRE).reply_to,
        town.answer(CLAIRE, opened.to(CLAIRE), "note : entre agents").to(JULIEN),
    )
    reply_all = town.answer(
        JULIEN, note, "Je réponds à tous.", to=[note.reply_to, opened.to(JULIEN).reply_to]
    )
    assert reply_all.rule == "note", "one narrow address among several is enough"
    assert own


# 6. Acknowledgements


@pytest.mark.parametrize(
    "text",
    [
        "Nous accusons réception de votre courriel et vous répondrons dans les meilleurs délais.",
        "Bonjour,\n\nVotre demande a été enregistrée sous le numéro 2026-778. Nous y répondrons sous 10 jours.",
        "Nous avons bien reçu votre mail. Ne pas répondre à ce message.",
    ],
)
def test_06_other_wordings_of_an_acknowledgement(town, text):
    """No header says that a machine wrote: the wording within minutes of our mail does."""
    opened = town.open_case()
    ack = town.write(CAF_BOX, opened.to(CAF_BOX).reply_to, f"Re: {opened.to(CAF_BOX).subject}", text)
    assert not [x for x in ack.letters if x.to == ZOE]
    assert town.case().party("CAF").first_answer_at is None


def test_06_the_same_words_on_two_cases_within_minutes(town):
    """A wording nobody knows, word for word on two cases at once, is a machine's; days later it is a person's."""
    text = "La boîte que vous avez contactée transmet votre courrier au bon service de la caisse."
    first, second = town.open_case(), town.open_case()
    town.write(CAF_BOX, first.to(CAF_BOX).reply_to, "Re: 1", text)
    again = town.write(CAF_BOX, second.to(CAF_BOX).reply_to, "Re: 2", text)
    assert again.rule == "hold:repeated-words" and not [x for x in again.letters if x.to == ZOE]
    assert town.case().party("CAF").first_answer_at is None
    town.pass_time(hours=3)
    person = town.write(CAF_BOX, second.to(CAF_BOX).reply_to, "Re: 2", text)
    assert (ZOE, "answer") in person.sent()


# 15. Gateways


DISCLAIMER = (
    "Ce message et toutes les pièces jointes sont établis à l'intention exclusive de ses destinataires et sont"
    " confidentiels. Si vous recevez ce message par erreur, merci de le détruire."
)


def test_15_disclaimers_are_folded(town):
    """What a gateway adds below is not relayed."""
    opened = town.open_case()
    answer = town.answer(
        CLAIRE, opened.to(CLAIRE), f"Son droit est ouvert.\n\n-- \nClaire\n\n{DISCLAIMER}", quote=False
    )
    text = answer.to(ZOE).text
    assert "droit est ouvert" in text and "intention exclusive" not in text


def test_15_a_subject_tagged_by_a_gateway_keeps_the_thread(town):
    """`[EXTERNE]` in the subject of an answer and in that of a new mail changes neither case nor organisation."""
    opened = town.open_case()
    answer = town.answer(
        CLAIRE, opened.to(CLAIRE), "C'est noté.", subject=f"[EXTERNE] RE: {opened.to(CLAIRE).subject}"
    )
    assert answer.disposition == "attached"
    new = town.write(ZOE, "lot+caf@aplus.example", "[EXTERNE] APL", f"Bonjour\n\n{COMPLETE}")
    assert new.disposition == "opened" and "EXTERNE" not in new.to(CLAIRE).subject


def test_15_a_stripped_plus_address_is_asked_back_never_guessed(town):
    """`lot+caf@` became `lot@` on the way: the aidant is asked, whatever To still names; nothing goes to anybody meanwhile."""
    body = f"Bonjour, une demande.\n\n{COMPLETE}"
    stripped = town.write(ZOE, "lot+caf@aplus.example", "Une demande", body, rcpt=["lot@aplus.example"])
    asked = town.write(ZOE, "lot@aplus.example", "Une demande", body)
    assert asked.sent() == [(ZOE, "which-organisation")]
    assert stripped.sent() == [(ZOE, "which-organisation")]
    dotted = town.write(ZOE, "caf.lot@aplus.example", "Une demande", body)
    assert (CLAIRE, "new-case-agent") in dotted.sent()


def test_15_rewritten_links_in_our_quote_are_no_new_text(town):
    """A gateway rewrote the links of our mail before it was answered: its quote is still ours."""
    opened = town.open_case()
    letter = opened.to(CLAIRE)
    quoted = "\n".join(
        "> "
        + line.replace("mailto:", "https://eur03.safelinks.example/?url=mailto%3A").replace(
            "https://aplus", "https://eur03.safelinks.example/?url=https%3A%2F%2Faplus"
        )
        for line in letter.text.splitlines()
    )
    answer = town.write(
        CLAIRE,
        letter.reply_to,
        f"RE: {letter.subject}",
        f"Son droit est ouvert.\n\nLe lun. 2 mars 2026 à 10:00, Administration+ a écrit :\n{quoted}\n",
        answers=letter,
    )
    said = town.case().messages[-1].text
    assert said.strip() == "Son droit est ouvert.", said
    assert (ZOE, "answer") in answer.sent()


def test_15_a_broken_dkim_with_an_aligned_spf_still_proves(town):
    """A footer broke the signature: aligned SPF is enough; with neither, the registered mailbox is asked."""
    opened = town.open_case()
    letter = town.letter(
        CLAIRE, opened.to(CLAIRE).reply_to, "Re", "Son droit est ouvert.", answers=opened.to(CLAIRE)
    )
    for found, disposition in (
        (
            "dmarc=pass header.from=caf46.example; dkim=fail header.d=caf46.example; spf=pass smtp.mailfrom=caf46.example",
            "attached",
        ),
        (
            "dmarc=none header.from=caf46.example; dkim=fail header.d=caf46.example; spf=pass smtp.mailfrom=caf46.example",
            "attached",
        ),
        (
            "dmarc=fail header.from=caf46.example; dkim=fail header.d=caf46.example; spf=fail smtp.mailfrom=caf46.example",
            "held",
        ),
        (
            "dmarc=none header.from=caf46.example; dkim=pass header.d=relay.example; spf=pass smtp.mailfrom=relay.example",
            "held",
        ),
    ):
        stamp = (
            f"Authentication-Results: mx.aplus.example; {found}\r\n"
            "Received: from c ([192.0.2.10]) by mx.aplus.example with ESMTP; Mon, 02 Mar 2026 09:00:00 +0000\r\n"
        )
        del letter["Message-ID"]
        town.count += 1
        letter["Message-ID"] = f"<broken{town.count}@caf46.example>"
        letter.set_content(f"Son droit est ouvert, fois {town.count}.")
        out = town.deliver(stamp.encode() + bytes(letter), CLAIRE, [opened.to(CLAIRE).reply_to])
        assert out.disposition == disposition, found


__all__ = ["AURELIE", "FIELDS", "OPERATOR"]
