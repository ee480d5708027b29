"""DOMAIN.md, situations 3, 7, 14 and 17: who somebody is, whose word lets go, and what strangers learn."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from town import AURELIE, CAF_CHIEF, CLAIRE, COMPLETE, FIELDS, JULIEN, KARIM, OPERATOR, STRANGER, ZOE

from mailrouter.core.decide.senders.admit import admit
from mailrouter.core.policy.directory import Directory
from mailrouter.worker import Office

NEW = "nouveau@caf46.example"


def from_host(town, host, author, to, text, subject="Re: dossier", headers=None):
    """A mail that no domain vouches for, brought to our relay by this client."""
    letter = town.letter(author, to, subject, text, headers=headers)
    stamp = (
        f"Authentication-Results: mx.aplus.example; dmarc=none header.from={author.partition('@')[2]}\r\n"
        f"Received: from c.example (c.example [{host}]) by mx.aplus.example with ESMTP;"
        f" {town.now:%a, %d %b %Y %H:%M:%S} +0000\r\n"
    )
    return town.deliver(stamp.encode() + bytes(letter), author, [to])


# 3. Confirmations


@pytest.mark.parametrize(
    ("words", "freed"),
    [
        ("C'est moi", True),
        ("c’est moi !", True),
        ("Bonjour,\n\nC'est moi.\n\nZoé", True),
        ("C'est moi qui ai écrit ? Non.", False),
        ("Ce n'est pas moi", False),
        ("oui", False),
        ("ok", False),
        ("J'accepte", False),
        ("cest mio", False),
        ("envoyer", False),
        ("Bonjour, merci de votre message.\n\nC'est moi", False),
    ],
)
def test_03_the_exact_word_alone_on_the_first_own_line(town, words, freed):
    """Identity: nothing but `c'est moi` on the first own line lets the held mail go."""
    opened = town.open_case()
    held = town.answer(ZOE, opened.to(ZOE), "Voici mon nouveau numéro.", aligned=False)
    said = town.answer(ZOE, held.to(ZOE, "challenge"), words, quote=False)
    assert ((CLAIRE, "message") in said.sent()) is freed


def test_03_the_word_counts_at_its_own_address_only(town):
    """`c'est moi` to the case, to the territory or in answer to another question releases nothing; a word is used once."""
    opened = town.open_case()
    held = town.answer(ZOE, opened.to(ZOE), "Voici mon nouveau numéro.", aligned=False)
    elsewhere = [
        town.answer(ZOE, opened.to(ZOE), "C'est moi", quote=False),
        town.write(ZOE, "lot@aplus.example", "Re: Ce message est-il de vous ?", "C'est moi"),
    ]
    for said in elsewhere:
        assert not [x for x in said.letters if x.to == CLAIRE and "nouveau numéro" in x.text]
    question = held.to(ZOE, "challenge")
    assert (CLAIRE, "message") in town.answer(ZOE, question, "C'est moi", quote=False).sent()
    again = town.answer(ZOE, question, "C'est moi", quote=False)
    assert (again.rule, again.letters) == ("question-over", [])


def test_03_no_machine_confirms_anything(town):
    """Absence, vacation, mailbox acknowledgement, with or without a header, whose quote holds the very word."""
    opened = town.open_case()
    held = town.answer(ZOE, opened.to(ZOE), "Voici mon nouveau numéro.", aligned=False)
    question = held.to(ZOE, "challenge")
    assert "c'est moi" in question.text
    for text, headers in (
        ("C'est moi", {"Auto-Submitted": "auto-replied"}),
        ("C'est moi", {"X-Autoreply": "yes"}),
        ("C'est moi", {"Precedence": "auto_reply"}),
        ("Je suis absente du bureau jusqu'au 20 mars.\n\nC'est moi", {}),
        ("Nous avons bien reçu votre message, il sera traité.", {}),
    ):
        out = town.answer(ZOE, question, text, headers=headers)
        assert not [x for x in out.letters if x.to == CLAIRE], text
    assert town.ledger()["held"] >= 1


def test_03_terms_are_accepted_by_their_word(town):
    """Nothing goes out before `j'accepte`: not by `oui`, not under conditions, not by a machine."""
    asked = town.write(
        ZOE, "lot+caf@aplus.example", "APL", f"Bonjour, son APL est bloquée.\n\n{FIELDS}Mandat : oui\n"
    )
    letter = asked.to(ZOE, "incomplete")
    for text, headers in (
        ("oui", {}),
        ("Je n'accepte pas", {}),
        ("J'accepte", {"Auto-Submitted": "auto-replied"}),
    ):
        out = town.answer(ZOE, letter, text, quote=False, headers=headers)
        assert (CLAIRE, "new-case-agent") not in out.sent(), text
    assert (CLAIRE, "new-case-agent") in town.answer(ZOE, letter, "J'accepte", quote=False).sent()


def test_03_a_bare_yes_answers_only_the_question_replied_to(town):
    """`oui` under an agent's answer is text; `ok` under a proposal asks the organisation that this mail proposed."""
    opened = town.open_case()
    proposed = town.answer(CLAIRE, opened.to(CLAIRE), "pas moi : CPAM")
    answer = town.answer(JULIEN, opened.to(JULIEN), "Voulez-vous que nous la rappelions lundi ?")
    plain = town.answer(ZOE, answer.to(ZOE), "oui", quote=False)
    assert (plain.disposition, (JULIEN, "message") in plain.sent()) == ("attached", True)
    assert town.case().party("CPAM") is None
    yes = town.answer(ZOE, proposed.to(ZOE), "ok", quote=False)
    assert (AURELIE, "new-case-agent") in yes.sent()


# 7. Forwarded to a colleague, who answers


@pytest.mark.parametrize("by", [CLAIRE, CAF_CHIEF])
def test_07_send_by_participant_or_manager_lets_it_in_once(town, by):
    """`envoyer`: this one mail goes on as the participant's organisation; the next is asked about again."""
    opened = town.open_case()
    held = town.write(NEW, opened.to(CLAIRE).reply_to, "Re: dossier", "Son droit est ouvert depuis hier.")
    assert "Son droit" not in "".join(x.text + x.html for x in held.letters)
    sent = town.answer(by, held.to(by), "envoyer", quote=False)
    assert "Son droit est ouvert" in sent.to(ZOE).text
    assert town.case().participant(NEW) is None
    town.pass_time(days=2)
    again = town.write(NEW, opened.to(CLAIRE).reply_to, "Re: dossier", "Encore une précision de ma part.")
    assert again.rule == "hold:colleague-not-registered"


def test_07_register_lets_it_in_and_tells_the_operators(town):
    """`inscrire`: the mail goes on, and the operators are told whom to put into the files."""
    opened = town.open_case()
    held = town.write(NEW, opened.to(CLAIRE).reply_to, "Re: dossier", "Son droit est ouvert depuis hier.")
    sent = town.answer(CLAIRE, held.to(CLAIRE), "inscrire", quote=False)
    assert "Son droit est ouvert" in sent.to(ZOE).text
    notice = sent.to(OPERATOR, "operators-notice")
    assert NEW in notice.text and "Son droit" not in notice.text


def test_07_not_from_elsewhere_nor_without_proof(town):
    """Another organisation's domain, a free-mail address in her name, the right domain without proof: operators only."""
    opened = town.open_case()
    to = opened.to(CLAIRE).reply_to
    for author, aligned in (("x@cpam46.example", True), ("claire@gmail.com", True), (NEW, False)):
        held = town.write(author, to, "Re: dossier", "Son droit est ouvert.", aligned=aligned)
        assert held.disposition == "held" and held.sent() == [(OPERATOR, "operators-notice")], author


# 14. Domains without DMARC


def test_14_vouched_for_ninety_days_on_case_addresses_and_one_day_for_new_cases(town):
    """Confirmed once: the same host passes for 90 days on a case's address, for a day at the territory's; then asked."""
    opened = town.open_case()
    case = opened.to(ZOE).reply_to
    first = from_host(town, "192.0.2.10", ZOE, case, "Une première précision.")
    assert first.rule == "hold:unaligned"
    town.answer(ZOE, first.to(ZOE, "challenge"), "C'est moi", quote=False)
    new = from_host(town, "192.0.2.10", ZOE, "lot+caf@aplus.example", f"Bonjour\n\n{COMPLETE}", "APL")
    assert new.disposition == "opened"
    town.pass_time(hours=25)
    late = from_host(town, "192.0.2.10", ZOE, "lot+caf@aplus.example", f"Bonjour\n\n{COMPLETE}", "AAH")
    assert (late.rule, (ZOE, "challenge") in late.sent()) == ("hold:unaligned", True)
    for days, passes in ((60, True), (28.9, True), (1, False)):
        town.pass_time(days=days)
        more = from_host(
            town,
            "192.0.2.10",
            ZOE,
            case,
            f"Une précision {days} jours après.",
            headers={"In-Reply-To": str(opened.to(ZOE).message["Message-ID"])},
        )
        assert (more.disposition == "attached") is passes, (days, more.rule)


def test_14_another_host_or_another_person_is_not_vouched_for(town):
    """The vouch names person, address and host: none of them may differ."""
    opened = town.open_case(cc=[KARIM])
    case = opened.to(ZOE).reply_to
    first = from_host(town, "192.0.2.10", ZOE, case, "Une première précision.")
    town.answer(ZOE, first.to(ZOE, "challenge"), "C'est moi", quote=False)
    assert from_host(town, "192.0.2.11", ZOE, case, "Depuis un autre hôte.").rule == "hold:unaligned"
    assert from_host(town, "192.0.2.10", KARIM, case, "De Karim, même hôte.").rule == "hold:unaligned"
    assert from_host(town, "192.0.2.10", ZOE, case, "Du même hôte encore.").disposition == "attached"


def test_14_same_person_domains_make_equal_local_parts_one_person(town):
    """An organisation that changed its domain: both addresses are hers, on a case and for the answer; others stay apart."""
    old = town.app.office
    policy = replace(old.directory.policy, same_person_domains=(("caf46.example", "caf-lot.example"),))
    town.app.office = Office(directory=Directory.of(policy), kit=old.kit)
    opened = town.open_case()
    answer = town.write(
        "claire.martin@caf-lot.example", opened.to(CLAIRE).reply_to, "Re", "Son droit est ouvert."
    )
    assert answer.disposition == "attached" and town.case().messages[-1].author == CLAIRE
    assert CLAIRE not in {to for to, _ in answer.sent()}
    other = town.write("claire.martin@caf95.example", opened.to(CLAIRE).reply_to, "Re", "Et moi aussi.")
    assert other.disposition == "held"


def test_14_a_phones_other_account_is_confirmed_once(town):
    """Aligned at another provider, in her name: the registered mailbox is asked, then it is her; nothing widens."""
    opened = town.open_case()
    phone = "claire.perso@fournisseur.example"
    first = town.write(phone, opened.to(CLAIRE).reply_to, "Re", "De mon téléphone.", name="Claire Martin")
    assert (first.rule, (CLAIRE, "challenge") in first.sent()) == ("hold:other-address", True)
    freed = town.answer(CLAIRE, first.to(CLAIRE), "C'est moi", quote=False)
    assert (ZOE, "answer") in freed.sent() and phone not in {to for to, _ in freed.sent()}
    assert town.case().messages[-1].author == CLAIRE


# 17. Refusals


def test_17_a_misspelt_territory_of_a_registered_sender_is_answered_in_french(town):
    """Not refused at the door: told the addresses, nothing of the mail; once a day; a stranger's is refused."""
    directory, keys = town.app.office.directory, town.app.keys.address
    assert str(admit(ZOE, "llot@aplus.example", directory, keys)).startswith("250")
    assert str(admit(ZOE, "gers@aplus.example", directory, keys)).startswith("250"), "not opened yet"
    for mail_from in ("", STRANGER):
        refused = admit(mail_from, "llot@aplus.example", directory, keys)
        assert (refused.code, "lot@aplus.example" in refused.text) == (550, True)
    out = town.write(
        ZOE, "llot@aplus.example", "Dossier Dupont", "Bonjour, mot secret.", rcpt=["llot@aplus.example"]
    )
    assert out.sent() == [(ZOE, "help")]
    letter = out.to(ZOE)
    assert "lot@aplus.example" in letter.text and "Bonjour" in letter.text
    assert "Dupont" not in letter.raw.decode() and "secret" not in letter.raw.decode()
    again = town.write(ZOE, "llot@aplus.example", "Encore", "Bonjour.", rcpt=["llot@aplus.example"])
    assert not again.letters
    forged = town.write(ZOE, "llot@aplus.example", "X", "Y", rcpt=["llot@aplus.example"], aligned=False)
    assert (ZOE, "help") not in forged.sent()


def test_17_wrong_tokens_get_one_identical_reply(town):
    """Too short, unknown, well formed, of another prefix, whoever asks: the very same words, and no hint."""
    directory, keys = town.app.office.directory, town.app.keys.address
    good = town.open_case().to(ZOE).reply_to.partition("@")[0]
    two_wrong = good[:-2] + "".join("x" if symbol != "x" else "w" for symbol in good[-2:])
    wrong = [
        "cas-",
        "cas-x",
        "r-x",
        "cas-" + "0" * 31,
        "r-" + "z" * 31,
        two_wrong,
        "cas-lot",
        "cas-" + "é" * 31,
    ]
    replies = {
        str(admit(mail_from, f"{local}@aplus.example", directory, keys))
        for local in wrong
        for mail_from in ("", ZOE, STRANGER)
    }
    assert len(replies) == 1 and replies.pop().startswith("550 5.1.1")
    assert str(admit(STRANGER, f"{good}@aplus.example", directory, keys)).startswith("250")


def test_17_usagers_and_strangers_are_oriented_and_learn_of_no_case(town):
    """With the number of a real case, an invented one, or a name: the same mail to the letter, towards France Services."""
    number = town.open_case().decision.case_number
    bodies = set()
    for n, subject in enumerate((f"Dossier {number}", "Dossier 2026-009999-X", "Mme Dupont Marie")):
        author = f"usager{n}@ailleurs.example"
        out = town.write(author, "lot@aplus.example", subject, "Où en est mon dossier ?")
        assert out.sent() == [(author, "not-registered")]
        letter = out.to(author)
        bodies.add((letter.text, letter.subject))
        assert "france-services.gouv.fr" in letter.text and number not in letter.raw.decode()
    assert len(bodies) == 1
    on_case = town.write(STRANGER, town.case() and town.open_case().to(ZOE).reply_to, "Re", "Où en est-il ?")
    assert on_case.sent() == [(OPERATOR, "operators-notice")]
