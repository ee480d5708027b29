"""What holds for every text: reading never raises, and an identifier never stays readable where it must not."""

from __future__ import annotations

from datetime import UTC, date, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from mailrouter.core.mail.kinds.classify import classify
from mailrouter.core.mail.kinds.returndate import return_date
from mailrouter.core.mail.says import fields, nir, prose
from mailrouter.core.mail.says.mask import identifiers, mask
from mailrouter.core.model import Mailbox, Parsed, Part

WORDS = st.sampled_from(
    "Nom : DUPONT;Prénom;né(e) le;3/4/1961;31 mars;lundi 23;jusqu'au;du;au;de retour;absent;mandat;Mme;Marie;<a@b.c>;550 5.1.1;"
    "Final-Recipient: rfc822; a@b;Action: failed;Status: 5.1.1;votre message;a été reçu;06 12 34 56 78;2 61 04 46 042 123 73;FR76;"
    "quota;--- Original message;> ;\n;\n\n;\t;:;|;=;\u00a0;…;Undelivered;MAILER-DAEMON;\u0130;ß;𝟙;\u2028;{;cliquez".split(
        ";"
    )
)
TEXTS = st.one_of(
    st.text(max_size=300),
    st.lists(WORDS, max_size=30).map(" ".join),
    st.lists(WORDS, max_size=30).map("".join),
)
DATES = st.one_of(st.none(), st.dates())


@settings(max_examples=300, deadline=None)
@given(TEXTS, DATES)
def test_reading_what_a_text_states_never_raises(text: str, today: date | None) -> None:
    for one in (*fields.labelled(text, today), *prose.stated(text, today)):
        assert one.value and one.field and 0 < one.confidence <= 1
    return_date(text, today)


@settings(max_examples=300, deadline=None)
@given(
    TEXTS,
    TEXTS,
    st.dictionaries(
        st.sampled_from(["from", "auto-submitted", "precedence", "x-failed-recipients", "content-type"]),
        TEXTS,
    ),
    TEXTS,
)
def test_classifying_never_raises(subject: str, text: str, head: dict[str, str], report: str) -> None:
    parsed = Parsed(
        headers=tuple(head.items()),
        authors=(Mailbox(address="mailer-daemon@relais.example"),),
        subject=subject,
        text=text,
        date=datetime(2026, 3, 12, tzinfo=UTC),
        parts=(Part(path="1", type="message/delivery-status", content=report.encode("utf-8", "replace")),)
        if report
        else (),
    )
    found = classify(parsed)
    assert found.rule
    assert all(one.status == "" or one.status[0] in "0123456789" for one in found.delivery)


@st.composite
def numbers(draw: st.DrawFn) -> tuple[str, str]:
    """A sound NIR, and the same as somebody writes it."""
    digits = draw(st.sampled_from("1278")) + f"{draw(st.integers(0, 99)):02}{draw(st.integers(1, 12)):02}"
    digits += (
        draw(st.sampled_from(["46", "75", "2A", "2B", "99"]))
        + f"{draw(st.integers(1, 990)):03}{draw(st.integers(1, 999)):03}"
    )
    whole = digits + f"{nir.key(digits):02}"
    cuts = (0, 1, 3, 5, 7, 10, 13, 15)
    gap = draw(st.sampled_from(["", " ", ".", "-", "\u00a0", "\u202f"]))
    return whole, gap.join(whole[a:b] for a, b in zip(cuts, cuts[1:], strict=False))


@settings(max_examples=200, deadline=None)
@given(
    numbers(),
    st.sampled_from(["", "NIR : ", "son numéro est le ", "(", "n°"]),
    st.sampled_from(["", ".", ", merci", ")", "\n"]),
)
def test_a_sound_number_never_stays_readable(number: tuple[str, str], before: str, after: str) -> None:
    whole, written = number
    text = before + written + after
    assert [(one.kind, one.value) for one in identifiers(text)] == [("nir", whole)]
    hidden = mask(text, frozenset({"fiscal", "iban", "phone", "allocataire"}))
    assert sum(character.isdigit() for character in hidden) <= 3
    assert mask(text, frozenset({"nir"})) == text


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_masking_twice_is_masking_once(text: str) -> None:
    once = mask(text, frozenset())
    assert mask(once, frozenset()) == once
