"""The mandate form: filled in with what is known, tagged, the same octets each time, any letter of a name."""

from __future__ import annotations

import re
from dataclasses import replace

import msgspec
import pytest
from fontTools.ttLib import TTFont
from printed import streams_of, words_in

from mailrouter import templating
from mailrouter.core.compose import compose, sample
from mailrouter.core.compose.enclosures import enclosed
from mailrouter.core.compose.notation import read
from mailrouter.core.mandate import form
from mailrouter.core.model import Field

FIELDS = (
    Field(name="prenom", value="Thị Hương"),
    Field(name="nom", value="NGUYỄN-ŒUVRÉ"),
    Field(name="naissance", value="1961-04-03"),
    Field(name="nir", value="261040012345678"),
    Field(name="adresse", value="3 rue de l'Église"),
)


@pytest.fixture(scope="module")
def kit():
    return replace(sample.sample_kit(templating.load()), fonts=templating.fonts())


def made(kit, language="fr", fields=(), on_case=True, **changes):
    """The send with its paper, and the paper's octets."""
    facts = sample.sample_facts()
    case = msgspec.structs.replace(facts.cases[0], fields=fields)
    send = msgspec.structs.replace(
        sample.sample_send("mandate-form", language), case_id=case.id if on_case else "", **changes
    )
    decision, files = enclosed(sample.sample_decision(send), facts, sample.sample_directory(), kit, case)
    (send,) = decision.effects
    return send, files[send.files[0].sha256], decision, files


def test_what_the_case_knows_stands_on_the_form(kit):
    """Name, birth date in words, address, aidant, structure, organisation, number; never an identifier."""
    send, pdf, _, _ = made(kit, fields=FIELDS)
    text = words_in(pdf)
    for expected in (
        "Thị Hương",
        "NGUYỄN-ŒUVRÉ",
        "3 avril 1961",
        "3 rue de l'Église",
        "Zoé Durand",
        "France Services Cahors",
        "CAF du Lot",
        sample.NUMBER,
        "6 mois",
    ):
        assert expected in text
    assert "2610400" not in text
    assert (send.values["filled"], send.files[0].name) == (True, "mandat.pdf")


def test_the_mail_carries_it(kit):
    """Composed like any file; the mail says that it is filled in."""
    _, pdf, decision, files = made(kit, fields=FIELDS)
    (mail,) = compose(decision, sample.sample_facts(), sample.sample_directory(), replace(kit, files=files))
    assert b"application/pdf" in mail.octets
    assert "déjà rempli" in mail.text and "mandat.pdf" in mail.text


def test_without_a_case_it_is_blank_but_for_the_aidant(kit):
    """Nothing was stated: lines to write on. A mail outside of a case is not `notice`, which would take it away."""
    send, pdf, _, _ = made(kit, on_case=False, disclosure="notice")
    text = words_in(pdf)
    assert "Zoé Durand" in text and sample.NUMBER not in text and "avril" not in text
    assert "|" not in text
    assert (send.disclosure, send.values["filled"]) == ("full", False)


def test_on_a_case_notice_stays_notice(kit):
    """A destination that may hold no content gets no form: the entitlement is not widened."""
    send, *_ = made(kit, fields=FIELDS, disclosure="notice")
    assert send.disclosure == "notice"


def test_english_and_the_same_octets_each_time(kit):
    """A retry, or `simulate`, makes the same file."""
    send, pdf, _, _ = made(kit, "en", fields=FIELDS)
    assert made(kit, "en", fields=FIELDS)[1] == pdf
    assert "Mandate for an administrative matter" in words_in(pdf) and send.files[0].name == "mandate.pdf"


def test_it_is_tagged_and_says_its_language(kit):
    """A screen reader finds title, headings and paragraphs in order, each element on its page."""
    _, pdf, _, _ = made(kit, fields=FIELDS)
    roles = re.findall(rb"/S (/\w+)", pdf)
    assert roles.count(b"/H1") == 1 and roles.count(b"/H2") == 6 and roles.count(b"/P") > 20
    assert b"/Lang (fr)" in pdf and b"/Marked true" in pdf and b"/DisplayDocTitle true" in pdf
    pages = [s for s in streams_of(pdf) if b" BDC" in s]
    elements = [r for r in roles if r in (b"/H1", b"/H2", b"/P")]
    assert sum(p.count(b" BDC\n") for p in pages) == sum(p.count(b"EMC\n") for p in pages) == len(elements)


def test_a_long_value_keeps_its_page(kit):
    """Two pages of address break between elements, not inside one."""
    blocks = read("# T\n\n" + "\n".join(f"| a{n} | {'mot ' * 60}" for n in range(30)) + "\n\n> Signature\n")
    pdf = form(blocks, title="T", language="fr", at=sample.NOW, fonts=kit.fonts)
    assert pdf.count(b"/Type /Page\n") >= 2


def test_fonts_hold_the_letters_of_names():
    """Latin with every diacritic in use in Europe and Viet Nam, Greek, Cyrillic; also what templates print."""
    wanted = "ÀÉîœŒßŁłŞşĞğİıŘřŽžĂăẾỹÑñȘșŌōΩλЖщ’«»–…€☐"
    for octets in templating.fonts():
        from io import BytesIO

        held = TTFont(BytesIO(octets)).getBestCmap()
        assert [c for c in wanted if ord(c) not in held] == []
