"""The terms of use and the welcome: asked at the first contact, once for each version, and nothing that is owed to a
person in need waits for them (decisions/0080)."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace
from town import CAF_BOX, CLAIRE, FIELDS, JULIEN, KARIM, ZOE

from mailrouter.cli import main
from mailrouter.core.decide.senders.welcome import met_by
from mailrouter.core.policy.directory import Directory
from mailrouter.store import audit
from mailrouter.worker import Office

CHANGED = "Les conditions d'utilisation ont changé"
FIRST = "Votre première demande ici"
LETTER = f"Bonjour, son APL est bloquée.\n\n{FIELDS}Mandat : oui\n"


@pytest.fixture
def town(any_town):
    """On each kind of database."""
    return any_town


def new_version(town, version: str) -> None:
    """The operators changed `terms_version`."""
    office = town.app.office
    policy = replace(office.directory.policy, terms_version=version)
    town.app.office = Office(directory=Directory.of(policy), kit=office.kit)


def accepted(town, address: str) -> str:
    """The version that this person accepted last."""

    return next((p.terms_version for p in town.app.worker.states_of([address])), "")


def test_an_aidants_first_case_waits_for_the_word_and_no_later_one_does(town):
    """Nothing goes to an organisation before her first `j'accepte`; a new version is asked for in the next receipt,
    once, and her cases go out meanwhile."""
    asked = town.write(ZOE, "lot+caf@aplus.example", "APL", LETTER)
    assert asked.sent() == [(ZOE, "incomplete")]
    done = town.answer(ZOE, asked.to(ZOE), "J'accepte", quote=False)
    assert (CLAIRE, "new-case-agent") in done.sent() and CHANGED not in done.to(ZOE, "receipt").text
    new_version(town, "2027-01")
    second = town.write(ZOE, "lot+caf@aplus.example", "AAH", LETTER)
    assert (CLAIRE, "new-case-agent") in second.sent()
    receipt = second.to(ZOE, "receipt")
    assert CHANGED in receipt.text and "2027-01" in receipt.text and "j%27accepte" in receipt.html
    third = town.write(ZOE, "lot+caf@aplus.example", "RSA", LETTER)
    assert CHANGED not in third.to(ZOE, "receipt").text
    assert accepted(town, ZOE) == "2026-01"
    town.write(ZOE, "inscription@aplus.example", "", "J'accepte")
    assert accepted(town, ZOE) == "2027-01"


def test_agents_of_the_first_configuration_read_the_terms_in_their_first_notice(town):
    """A service that starts writes to nobody. Each agent's first notice says how it works and asks for the word; the
    second does not, nor does the shared mailbox's, which is nobody who could accept."""
    assert town.settle().letters == []
    first = town.open_case()
    for agent in (CLAIRE, JULIEN):
        text = first.to(agent).text
        assert FIRST in text and "ni compte ni mot de passe" in text and "Version 2026-01" in text
        assert text.index("Ce que vous pouvez faire") < text.index(FIRST), "what is new stands first"
    assert FIRST not in first.to(CAF_BOX).text
    second = town.open_case()
    assert FIRST not in second.to(CLAIRE).text
    assert accepted(town, CLAIRE) == ""


def test_an_answer_never_waits_for_the_word(town):
    """Claire accepted nothing: her answers reach the aidant all the same, and she is not asked by every mail. Her word in
    reply to the case counts, and what she writes below it goes on."""
    opened = town.open_case()
    answer = town.answer(CLAIRE, opened.to(CLAIRE), "Bonjour, le dossier est débloqué.")
    assert "débloqué" in answer.to(ZOE, "answer").text
    assert CLAIRE not in {to for to, _ in answer.sent()}
    word = town.answer(CLAIRE, opened.to(CLAIRE), "J'accepte\n\nLe versement part jeudi.", quote=False)
    assert "jeudi" in word.to(ZOE, "answer").text and accepted(town, CLAIRE) == "2026-01"
    assert "Vous avez accepté les conditions" in word.to(CLAIRE, "acknowledged").text


def test_a_new_version_is_asked_of_who_writes_once_by_a_mail_of_its_own(town):
    """On a case that began before: the answer goes on, and one mail asks; the next answer and the next notice do not."""
    opened = town.open_case()
    town.write(CLAIRE, "inscription@aplus.example", "", "J'accepte")
    new_version(town, "2027-01")
    answer = town.answer(CLAIRE, opened.to(CLAIRE), "Bonjour, le dossier est débloqué.")
    assert "débloqué" in answer.to(ZOE, "answer").text
    terms = answer.to(CLAIRE, "terms")
    assert CHANGED in terms.text and terms.reply_to == "inscription@aplus.example"
    more = town.answer(CLAIRE, opened.to(CLAIRE), "Le versement part jeudi.")
    assert (CLAIRE, "terms") not in more.sent()
    assert "ont changé" not in town.open_case().to(CLAIRE).text
    assert town.answer(CLAIRE, terms, "j'accepte", quote=False).rule == "terms-accepted"
    assert accepted(town, CLAIRE) == "2027-01"


def test_a_colleague_in_copy_is_asked_when_they_write(town):
    """Karim never opened a case: his message goes on, and he is asked once."""
    opened = town.open_case(cc=[KARIM])
    reply = opened.to(ZOE).reply_to
    wrote = town.write(KARIM, reply, f"Re: {opened.to(ZOE).subject}", "Je confirme les dates.")
    assert "dates" in wrote.to(CLAIRE, "message").text and (KARIM, "terms") in wrote.sent()
    assert "aucun de vos messages ne l'attend" in wrote.to(KARIM, "terms").text
    again = town.write(KARIM, reply, f"Re: {opened.to(ZOE).subject}", "Et le montant aussi.")
    assert (KARIM, "terms") not in again.sent()


def test_a_sentence_that_begins_like_the_word_is_a_sentence(town):
    """ "J'accepte mal ce refus" accepts nothing and is read by the agents; who accepted before and answers a question
    with `j'accepte` is relayed."""
    sentence = "J'accepte mal ce refus, elle est seule avec deux enfants."
    asked = town.write(ZOE, "lot+caf@aplus.example", "APL", f"{LETTER}{sentence}\n")
    assert asked.sent() == [(ZOE, "incomplete")] and "j'accepte" in asked.to(ZOE).text
    done = town.answer(ZOE, asked.to(ZOE), "J'accepte les conditions.", quote=False)
    assert sentence in done.to(CLAIRE, "new-case-agent").text
    question = town.answer(CLAIRE, done.to(CLAIRE), "Elle peut venir mardi à 10 h ?")
    yes = town.answer(ZOE, question.to(ZOE), "J'accepte", quote=False)
    assert "J'accepte" in yes.to(CLAIRE, "message").text


def test_operators_send_the_welcome_when_they_want_it(town, monkeypatch, capsys):
    """`directory welcome`: --everyone writes once to each member and manager of whom nothing is known yet, in
    the words of their role; a
    named person gets it again; an unknown one is said so, and nothing leaves."""
    monkeypatch.setenv("MAILROUTER_TRANSPORT__KIND", "memory")
    monkeypatch.setenv("MAILROUTER_DATABASE", town.app.settings.database)
    town.now = datetime.now(UTC)
    opened = town.open_case()
    config = ["--config", str(town.app.config_dir)]

    def run(*arguments: str) -> tuple[int, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            raise SystemExit(main(["directory", *arguments, *config]))
        town.now = datetime.now(UTC)
        return ended.value.code or 0, capsys.readouterr().out

    strangers = met_by(town.app.office.directory) - {ZOE} - {x.to for x in opened.letters}
    assert run("welcome", "--everyone", "--dry-run") == (0, "".join(f"{a}\n" for a in sorted(strangers)))
    assert town.settle().letters == []
    assert run("welcome", "--everyone", "--as", "olga")[0] == 0
    welcomed = town.settle()
    assert welcomed.sent() == sorted((a, "welcome") for a in strangers)
    assert "j'accepte" in welcomed.to(KARIM).text and "lot@aplus.example" in welcomed.to(KARIM).text
    assert run("welcome", "--everyone")[0] == 0 and town.settle().letters == []
    assert run("welcome", CLAIRE)[0] == 0 and town.settle().sent() == [(CLAIRE, "welcome")]
    assert run("welcome", "personne@ailleurs.example")[0] == 1 and run("welcome")[0] == 2
    town.write(CLAIRE, "inscription@aplus.example", "", "J'accepte")
    code, out = run("terms", "--json")
    told = {row["address"]: (row["accepted"], row["asked"]) for row in json.loads(out)}
    assert code == 1 and told[CLAIRE] == ("2026-01", "2026-01") and told[KARIM] == ("", "2026-01")
    acts = [(e.who, e.act) for e in town.app.store.read(audit.entries)]
    assert acts.count(("olga", "welcome")) == len(strangers)
