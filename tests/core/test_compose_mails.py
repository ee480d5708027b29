"""Guarantee: one envelope per recipient, with addresses that open exactly what they should, and no word too many."""

import re
from email import message_from_bytes
from email.policy import default
from email.utils import parsedate_to_datetime

import pytest
from msgspec.structs import replace

from mailrouter import templating
from mailrouter.core.compose import compose, loop_mark
from mailrouter.core.compose import sample as case
from mailrouter.core.ids import row_id
from mailrouter.core.mail.address import decode
from mailrouter.core.model import AppendMessage, Attachment, Due, OpenCase, Party, TimeReached

KIT = case.sample_kit(templating.load())
DIRECTORY = case.sample_directory()
FACTS = case.sample_facts()


def sent(*sends, facts=FACTS, kit=KIT):
    return compose(case.sample_decision(*sends), facts, DIRECTORY, kit)


def one(send, facts=FACTS):
    (mail,) = sent(send, facts=facts)
    return mail, message_from_bytes(mail.octets, policy=default)


def token_at(address: str):
    local, _, domain = address.rpartition("@")
    assert domain == "aplus.example"
    prefix, _, token = local.partition("-")
    return prefix, decode(KIT.address_keys, token)


def test_the_fields_of_a_relay_and_of_a_notice():
    _, relay = one(case.sample_send("answer"))
    _, notice = one(case.sample_send("receipt"))
    number = "2026-004217-S"
    reply_to = relay["Reply-To"]
    assert {k: str(v) for k, v in relay.items() if k not in ("Reply-To", "Message-ID", "Content-Type")} == {
        "Date": "Thu, 12 Mar 2026 09:05:00 +0000",
        "From": '"Claire Martin (CAF du Lot) via Administration+" <lot@aplus.example>',
        "To": "zoe.durand@cahors.example",
        "Subject": f"[Administration+ {number}] CAF du Lot",
        "In-Reply-To": "<first@cahors.example>",
        "References": "<first@cahors.example>",
        "X-Auto-Response-Suppress": "DR, RN, NRN",
        "Content-Language": "fr",
        "X-Mailrouter-Loop": loop_mark(KIT.id_key, "aplus.example"),
        "MIME-Version": "1.0",
    }
    assert notice["Reply-To"] == reply_to
    assert notice["Message-ID"] != relay["Message-ID"]
    assert str(notice["From"]) == "Administration+ Lot <lot@aplus.example>"
    assert notice["Auto-Submitted"] == "auto-generated"
    assert notice["List-Id"] == f'"Administration+ {number}" <{number.lower()}.aplus.example>'


def test_absence_mails_are_wanted_on_a_case_and_from_nobody_else():
    """A relay of a person carries neither Auto-Submitted nor List-Id: responders would keep silent on both."""
    answers = {}
    for name in ("message", "reminder", "not-registered"):
        _, mail = one(case.sample_send(name))
        answers[name] = (
            mail["Auto-Submitted"],
            mail["X-Auto-Response-Suppress"],
            mail["List-Id"] is not None,
        )
    assert answers == {
        "message": (None, "DR, RN, NRN", False),
        "reminder": ("auto-generated", "DR, RN, NRN", True),
        "not-registered": ("auto-generated", "All", False),
    }


def test_a_recipient_has_one_address_per_case_and_audience_in_every_mail():
    first, _ = one(case.sample_send("new-case-agent"))
    second, _ = one(case.sample_send("message"))
    rows = [
        (t.kind, t.row_id, t.case_id, t.address, t.audience) for t in first.tokens if t.kind != "reverse-path"
    ]
    parts = ("case", "sample-case", case.AGENT)
    assert rows == [
        ("everyone", row_id(KIT.id_key, *parts, "everyone"), "sample-case", case.AGENT, "everyone"),
        ("agents", row_id(KIT.id_key, *parts, "agents"), "sample-case", case.AGENT, "agents"),
    ]
    assert [t for t in second.tokens if t.kind != "reverse-path"] == list(first.tokens[:2])


def test_each_address_opens_its_own_row():
    mail, parsed = one(case.sample_send("new-case-agent"))
    everyone, agents, reverse = mail.tokens
    prefix, found = token_at(parsed["Reply-To"].addresses[0].addr_spec)
    assert (prefix, found.kind, found.row_id) == ("cas", "everyone", everyone.row_id)
    prefix, found = token_at(mail.mail_from)
    assert (prefix, found.kind, found.row_id) == ("r", "reverse-path", reverse.row_id)
    assert (reverse.outbox_id, reverse.case_id, reverse.address) == (mail.id, "sample-case", case.AGENT)
    noted = {a for a in parsed.as_string().replace("=\n", "").split("mailto:") if "note%20" in a}
    assert len(noted) == 1
    assert token_at(noted.pop().partition("?")[0])[1].row_id == agents.row_id


def test_a_reply_to_a_note_is_a_note():
    mail, parsed = one(case.sample_send("note"))
    assert token_at(parsed["Reply-To"].addresses[0].addr_spec)[1].kind == "agents"
    with pytest.raises(ValueError, match="a note for agents to the helper side"):
        sent(replace(case.sample_send("note"), recipient=case.AIDANT, role="creator", group="fs-cahors"))


def test_a_question_has_its_own_address_for_this_mail_alone():
    send = replace(case.sample_send("held-ask"), words=("note", "send"), key="once")
    mail, parsed = one(send)
    again, _ = one(replace(send, key="twice"))
    question = next(t for t in mail.tokens if t.kind == "question")
    assert (
        question.question,
        question.words,
        question.inbound_id,
        question.outbox_id,
        question.expires_at,
    ) == (
        "held-ask",
        ("note", "send"),
        "sample-inbound",
        mail.id,
        case.NOW + case.EXPIRY,
    )
    assert token_at(parsed["Reply-To"].addresses[0].addr_spec)[1].row_id == question.row_id
    assert question.row_id not in {t.row_id for t in again.tokens}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"case_id": "", "reply": "case"}, "a reply to a case, but no case"),
        ({"reply": "question"}, "a question's reply, but no question"),
        ({"recipient": "zoe@x.example\r\nBcc: y@z.example"}, "not an address"),
        ({"values": {"asked": ["CAF"], "asket": 1}}, "template receipt does not know asket"),
    ],
)
def test_faults_of_ours_are_refused_and_say_which(change, fault):
    with pytest.raises(ValueError, match=fault):
        sent(replace(case.sample_send("receipt"), **change))


def test_a_missing_value_and_an_unknown_file_are_refused():
    with pytest.raises(KeyError, match="template receipt needs asked"):
        sent(replace(case.sample_send("receipt"), values={}))
    with pytest.raises(KeyError, match="elsewhere"):
        lost = Attachment(name="a", type="text/plain", size=1, sha256="elsewhere")
        sent(replace(case.sample_send("answer"), files=(lost,)))


def test_two_sends_that_are_the_same_mail_are_refused():
    send = case.sample_send("receipt")
    with pytest.raises(ValueError, match="two sends of receipt to one recipient with the same key"):
        sent(send, send)
    assert len({m.message_id for m in sent(send, replace(send, key="other"))}) == 2


def test_the_same_decision_gives_the_same_octets_in_the_same_order():
    sends = [case.sample_send(name) for name in KIT.templates.names]
    first, second = sent(*sends), sent(*sends, kit=case.sample_kit(templating.load()))
    assert first == second
    assert [m.template for m in first] == list(KIT.templates.names)
    later = replace(FACTS, seed="ab" * 32)
    assert {m.message_id for m in sent(*sends, facts=later)}.isdisjoint({m.message_id for m in first})


def test_no_mail_names_an_address_that_is_not_its_recipients_or_ours():
    """Addresses of people stand nowhere in the headers but in To; the values here hold several others."""
    for name in KIT.templates.names:
        mail, _ = one(case.sample_send(name))
        head = mail.octets.split(b"\r\n\r\n", 1)[0].decode()
        named = set(re.findall(r"[\w.+-]+@[\w.-]+", head)) - {"first@cahors.example"}
        assert {a for a in named if not a.endswith("@aplus.example")} == {mail.recipient} - {case.OPERATOR}, (
            name
        )


def test_under_notice_nothing_but_number_and_organisation_goes_out():
    words = ("Exemple", "Ana", "1984", "321", "loyer", "logement", "janvier", "Zoé", "attestation", "pdf")
    for name in ("new-case-agent", "new-case-mailbox", "message", "note"):
        values = {k: v for k, v in case.sample_send(name).values.items() if k in ("members", "also_asked")}
        mail, parsed = one(
            replace(case.sample_send(name, disclosure="notice"), recipient=case.MAILBOX, values=values)
        )
        shown = mail.text + parsed.get_body(("html",)).get_content() + str(parsed["From"]) + parsed["Subject"]
        assert [w for w in words if w in shown] == [], name
        assert "2026-004217-S" in mail.text and "CAF" in mail.text + parsed["Subject"]
        assert list(parsed.iter_attachments()) == []
        assert str(parsed["From"]) == "Administration+ Lot <lot@aplus.example>"


def test_number_territory_and_author_come_from_the_decision_that_opens_the_case():
    opened = OpenCase(
        case_id="new",
        number="2026-000009-X",
        territory="lot",
        creator=case.AIDANT,
        creator_group="fs-cahors",
        state="open",
    )
    said = AppendMessage(case_id="new", message_id="m", author=case.AIDANT, side="helper", group="fs-cahors")
    send = replace(case.sample_send("new-case-agent"), case_id="new", message="m")
    decision = replace(case.sample_decision(send), effects=(opened, said, send))
    (mail,) = compose(decision, FACTS, DIRECTORY, KIT)
    parsed = message_from_bytes(mail.octets, policy=default)
    assert parsed["Subject"] == "[Administration+ 2026-000009-X] CAF du Lot"
    assert (
        str(parsed["From"]) == '"Zoé Durand (France Services Cahors) via Administration+" <lot@aplus.example>'
    )


def test_dates_are_told_in_the_territorys_time():
    due = Due(key="k", case_id="sample-case", kind="remind", at=case.NOW)
    facts = replace(FACTS, trigger=TimeReached(due=due))
    mail, parsed = one(case.sample_send("receipt"), facts)
    assert parsedate_to_datetime(parsed["Date"]) == case.NOW
    assert "jeudi 12 mars 2026 à 12 h 05" in mail.text


@pytest.mark.parametrize(
    ("organisations", "about"),
    [
        ((), "Lot"),
        (("CAF",), "CAF du Lot"),
        (("CAF", "CPAM"), "CAF du Lot, CPAM du Lot"),
        (("CAF", "CPAM", "MSA", "DDFIP"), "Lot"),
    ],
)
def test_the_subject_stays_the_same_all_along_a_thread(organisations, about):
    """Receipt, closing and whatever comes between name the organisations of the case, so no client parts the thread."""
    parties = tuple(Party(organisation=code, group="caf-lot", asked_at=case.NOW) for code in organisations)
    facts = replace(FACTS, cases=(replace(FACTS.cases[0], parties=parties),))
    subjects = set()
    for name in ("closed", "reopened", "withdrawn", "receipt"):
        send = replace(case.sample_send(name), organisation="")
        values = {**send.values, "asked": list(organisations)} if name == "receipt" else send.values
        subjects.add(one(replace(send, values=values), facts)[1]["Subject"].removesuffix(" : mandat retiré"))
    assert subjects == {f"[Administration+ 2026-004217-S] {about}"}
