"""Guarantee: each reason that the deciding side may give has words of its own, for each side, in both languages."""

import pytest
from msgspec.structs import replace

from mailrouter import templating
from mailrouter.core.compose import compose
from mailrouter.core.compose import sample as case

KIT = case.sample_kit(templating.load())

CODES = {
    ("held-ask", "reason"): (
        "old-thread",
        "other-person",
        "internal-marker",
        "colleague",
        "leak",
        "identity",
        "postcode",
        "contradiction",
        "messages-attached",
        "images",
        "careful",
        "two-cases",
        "old-address",
        "something-new",
    ),
    ("asked-to-close", "why"): ("done", "answered", "inactive", "cap"),
    ("closed", "why"): ("creator", "unanswered", "inactive", "cap", "incomplete"),
    ("taken", "why"): ("", "relay", "absent"),
    ("absence-told", "why"): ("absent", "bounced"),
    ("escalation", "why"): ("no-answer", "silence", "urgent", "nobody"),
    ("acknowledged", "act"): (
        "invite",
        "exclude",
        "hand-over",
        "later",
        "nobody-reads",
        "take",
        "urgent",
        "marker",
        "marker-names",
        "other",
    ),
    ("not-understood", "why"): (
        "",
        "already-there",
        "nobody-there",
        "not-open",
        "not-known",
        "nothing",
        "not-colleague",
        "not-there",
        "which-day",
        "nothing-due",
        "part-over",
        "closed",
        "withdrawn",
        "frozen",
        "wiped",
    ),
}


def text_of(name, language="fr", **change):
    send = case.sample_send(name, language)
    send = replace(send, **{"values": dict(send.values), **change})
    (mail,) = compose(case.sample_decision(send), case.sample_facts(), case.sample_directory(), KIT)
    return mail.text


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(("name", "value"), CODES)
def test_each_code_has_words_of_its_own(name, value, language):
    values = case.sample_send(name).values
    texts = {code: text_of(name, language, values={**values, value: code}) for code in CODES[name, value]}
    assert len(set(texts.values())) == len(texts)
    assert [code for code, text in texts.items() if code and f" {code}" in text and "-" in code] == []


@pytest.mark.parametrize("language", ["fr", "en"])
def test_help_is_written_for_the_role_of_who_asks(language):
    texts = {role: text_of("help", language, role=role, group="") for role in ("aidant", "agent", "manager")}
    acts = KIT.templates.book(language).words["acts"]
    take, close = acts["take"][0], acts["close-yes"][0]
    assert [(take in t, close in t) for t in texts.values()] == [(False, True), (True, False), (False, False)]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_who_is_told_of_a_taken_or_closed_case_reads_what_concerns_them(language):
    agent = {"recipient": case.AGENT, "role": "agent", "group": "caf-lot"}
    for name in ("taken", "closed", "withdrawn", "wrong-person", "answer"):
        assert text_of(name, language) != text_of(name, language, **agent).replace(
            "Claire Martin,", "Zoé Durand,"
        )


def test_an_understood_case_that_lacks_nothing_asks_for_one_word():
    text = text_of("incomplete", values={"missing": [], "understood": [["nom", "Exemple"]]})
    assert text.startswith("Est-ce bien exact ?\n")
    assert "Si c'est exact, répondez ok." in text
    assert "- « ok » : ce que nous avons compris est exact" in text
    assert "Répondez à ce message en complétant ces lignes" not in text


def test_a_recalled_case_says_that_it_waits():
    values = case.sample_send("incomplete").values
    assert "vous attend toujours" in text_of("incomplete", values={**values, "again": True})
    assert "vous attend toujours" not in text_of("incomplete", values=values)


def test_a_suggested_organisation_can_be_invited_in_one_click():
    text = text_of("not-competent")
    assert "- « inviter CPAM » : la demande part aussi à : CPAM du Lot" in text
    assert text.count("inviter") == 1


def test_dates_durations_and_sizes_are_told_in_words():
    values = {**case.sample_send("receipt").values, "delay": "1 business day"}
    assert "sous 1 jour ouvré." in text_of("receipt", values=values)
    assert "within 1 business day." in text_of("receipt", "en", values=values)
    asked = {"why": "answered", "since": "2026-03-01", "closes_on": "2026-04-11"}
    assert "le 1er mars 2026" in text_of("asked-to-close", values=asked)
    for size, said in ((999, "999 octets"), (120_400, "120 Ko"), (1_449_000, "1,4 Mo")):
        files = (replace(case.FILE, size=size),)
        assert f"attestation de loyer.pdf ({said})" in text_of("answer", files=files)
