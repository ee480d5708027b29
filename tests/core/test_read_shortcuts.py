"""What is passed over for speed would have said nothing: each shortcut beside the way it spares (decision 70)."""

from __future__ import annotations

import binascii
import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from mailrouter.core.mail.fresh import (
    body_lines,
    closings,
    disclaimers,
    footers,
    jotted,
    notices,
    separators,
    subject,
)
from mailrouter.core.mail.kinds import absence, classify, marks, reports
from mailrouter.core.mail.kinds.classify import RULES
from mailrouter.core.mail.kinds.signs import Signs
from mailrouter.core.mail.letters import fold
from mailrouter.core.mail.says import labels, prose_people
from mailrouter.core.mail.says.language import ENGLISH, FRENCH, SAMPLE, language_of
from mailrouter.core.mail.stems import any_of
from mailrouter.core.mail.wire import headers, transfer
from mailrouter.core.mail.wire.budget import DEFAULT
from mailrouter.core.mail.wire.parse import parse

MAILS = [path.read_bytes() for path in sorted((Path(__file__).parents[1] / "corpus").glob("*.eml"))]
PIECES = (
    "le",
    "dossier ",
    "the ",
    ",",
    ".",
    "é",
    "œ",
    "’",
    " ",
    "\u00a0",
    "\u2009",
    "\n",
    "\u1680",
    "K",
    "İ",
    "日",
    "\xad",
)


def test_without_marks_the_rules_of_marks_have_nothing_to_find() -> None:
    signs = [Signs(parse(octets)) for octets in MAILS]
    unmarked = [one for one in signs if not marks.marked(one)]
    assert 100 < len(unmarked) < len(signs)
    for rule in RULES:
        if rule.of_marks:
            assert [one.subject for one in unmarked if rule.check(one) is not None] == [], rule.name


def test_an_answer_has_nothing_for_the_rules_that_are_not_of_answers() -> None:
    answers = [
        one for octets in MAILS if marks.answers(one := Signs(parse(octets))) and not marks.marked(one)
    ]
    assert 50 < len(answers)
    for rule in RULES:
        if not rule.of_answers:
            assert [one.subject for one in answers if rule.check(one) is not None] == [], rule.name


def test_every_mark_sends_a_mail_through_all_rules() -> None:
    """A mail that a rule of marks takes is marked, with the one header or part that says so."""
    for header in (
        "List-Id: <l.example>",
        "Auto-Submitted: auto-replied",
        "X-Autoreply: yes",
        "Precedence: bulk",
    ):
        octets = f"From: a@x.example\n{header}\n\nBonjour\n".encode()
        assert classify.classify(parse(octets)).kind != "human", header
    mailer = b"From: a@x.example\nX-Mailer: vacation 1.2\n\nBonjour\n"
    assert classify.classify(parse(mailer)).rule == "header-x-mailer"


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_the_language_in_octets_is_that_of_the_characters(text: str) -> None:
    words = text[:SAMPLE].lower().replace(",", " ").replace(".", " ").split()
    french, english = len(FRENCH.intersection(words)), len(ENGLISH.intersection(words))
    expected = "fr" if french > 1.5 * english else "en" if english > 1.5 * french else ""
    assert language_of(text) == expected


@given(
    st.lists(
        st.sampled_from(
            ("tr", "RE", "Fwd", "ré", ":", " ", "：", "[", "]", "Dossier", "(2)", "[ext]", ".", "i")
        )
    )
)
def test_the_plain_prefix_is_the_one_of_the_expressions(pieces: list[str]) -> None:
    text = "".join(pieces)
    bare = subject._untagged(text)
    first = subject._first(bare)
    forward = subject._FORWARD.fullmatch(first) or subject._BRACKETED.match(bare)
    expected = "forward" if forward else "reply" if subject._REPLY.fullmatch(first) else ""
    assert subject.prefix_of(text) == expected


@given(
    st.lists(st.sampled_from((b"=", b" ", b"\t", b"\n", b"\r\n", b"\r", b"=3D", b"=20", b"a", b"4", b"=\n")))
)
def test_padded_breaks_are_found_by_what_they_leave(pieces: list[bytes]) -> None:
    content = b"".join(pieces)
    spared = binascii.a2b_qp(re.sub(rb"=[ \t]+(?=\r?\n)", b"=", content))
    assert transfer.decoded(content, "quoted-printable") == spared


@given(
    st.lists(
        st.sampled_from(("From", "x-A", ":", ": ", "a", " ", "\t", "\n", "\r\n", "\n ", "\n\t", "\x1c", "é"))
    ).map("".join)
)
def test_a_usual_header_block_has_the_fields_of_any(pieces: str) -> None:
    octets = pieces.encode()
    found = headers._usual(octets, DEFAULT)
    assert found is None or found == headers._fields(headers._text(octets)[0], DEFAULT)[0]
    assert found is None or all(value.isprintable() for _, value in found)


def test_nearly_every_header_block_is_usual() -> None:
    heads = [octets[: headers._end(octets, 65_536)] for octets in MAILS]
    usual = [head for head in heads if headers._usual(head, DEFAULT) is not None]
    assert len(usual) > 100
    for head in usual:
        assert headers._usual(head, DEFAULT) == headers._fields(headers._text(head)[0], DEFAULT)[0]


@given(st.text(st.sampled_from("aé’\u200b\ufeff\xad\u202a日\n\r")))
def test_invisible_characters_are_taken_from_every_text(text: str) -> None:
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    assert body_lines.body_lines(text) == re.sub("[\u200b\ufeff\xad\u202a]", "", plain).split("\n")


def test_a_line_below_a_name_has_its_hint_wherever_the_matter_stands() -> None:
    for octets in MAILS:
        for line in parse(octets).text.lower().split("\n"):
            if jotted._MATTER_INSIDE.search(line):
                assert jotted._DIGIT.search(line) or jotted._MATTER_HINT.search(line), line
    for said in (
        "urgent",
        "avant lundi",
        "dès le 3",
        "demain",
        "le 3 mars",
        "30 €",
        "prévue",
        "plus de nouvelles",
        "seule",
        "mardi",
    ):
        assert jotted.is_matter(f"ccas {said}"), said
    assert not jotted.is_matter("mission locale de gourdon")


def test_an_answer_is_told_by_no_subject_that_a_machine_begins() -> None:
    """ "Re:" in front, whatever follows: a mail program's own subjects begin with themselves."""
    begins = ("re:", "Ré :", "AW:", "sv :", "r:")
    follows = (
        "accusé de lecture",
        "Accusé de réception (affiché)",
        "avis de lecture",
        "automatic reply",
        "absent",
        "dossier",
        "é",
    )
    for text in (f"{begin} {follow}" for begin in begins for follow in follows):
        low = text.lower()
        flat = fold(low)
        assert not low.startswith(absence.AUTOMATIC_REPLY) and not absence._SUBJECT.match(flat), text
        assert not (reports.says_no_receipt(low) and reports._MDN_SUBJECT.match(flat)), text


def test_a_line_that_tells_of_somebody_has_its_hint() -> None:
    for octets in MAILS:
        for line in parse(octets).text.split("\n"):
            assert jotted.tells(line) == (jotted._TELLS.search(line) is not None), line
            assert disclaimers._LIST_RULE.match(line.strip()) is None or line.strip()[0] in disclaimers._RULED
            assert not footers.RULE.match(line) or line[0] in footers._RULED_OR_BLANK, line
            assert separator_the_long_way(line) == separators.separator_of(line), line


def separator_the_long_way(line: str) -> str | None:
    bare = line.strip(" \t>\xa0\ufeff\u200b")
    if not bare or (bare[0].isalnum() and bare[-1] not in ":：-–—"):
        return None
    if len(bare) > 7 and separators._RULE.match(bare):
        return "rule"
    dashed = separators._DASHED.search(bare[: separators._REACH])
    if dashed is not None and dashed.start() <= 1:
        return separators._said(dashed[1])
    return "announce" if separators._announced(bare) else None


@given(
    st.lists(st.text(st.sampled_from("abc.|é"), min_size=1, max_size=4), min_size=1, max_size=6),
    st.text(st.sampled_from("abc.|é"), max_size=12),
)
def test_a_tree_of_letters_finds_what_the_words_find(words: list[str], text: str) -> None:
    found = re.search(any_of(words), text)
    assert (found is not None) == any(word in text for word in words)


@given(st.from_regex(closings._CLOSING, fullmatch=True))
def test_a_closing_formula_begins_with_one_of_the_initials(formula: str) -> None:
    found = closings._CLOSING.match(formula)
    assert found is None or formula[:2] in closings._INITIALS or not formula[:1].strip(), formula


WORDS = (
    *(
        "le",
        "La",
        "d'",
        "l'adresse",
        "du",
        "N°",
        "nº",
        "numéro",
        "no",
        "(de)",
        "*",
        "日",
        "montant",
        "elle",
        "e",
        "the",
    ),
    *(word for names in labels.LABELS.values() for label in names for word in label.split()),
)


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=6))
def test_a_line_that_begins_with_a_label_may_begin_with_one(words: list[str]) -> None:
    first = labels._bare(words[0]) in labels._edges()[0]
    for count in range(1, len(words) + 1):
        if first and labels.field_of(" ".join(words[:count])):
            assert labels.may_begin(" ".join(words)), words[:count]


@given(st.from_regex(footers._MOBILE, fullmatch=True))
def test_a_mobile_footer_begins_with_one_of_the_initials(footer: str) -> None:
    assert footer[:2] in footers._INITIALS, footer


@given(
    st.sampled_from(
        (prose_people._INTRODUCES, prose_people._GREETS, prose_people._SIGNS, prose_people._COLLEAGUE)
    ).flatmap(lambda cue: st.tuples(st.just(cue), st.from_regex(cue.pattern.pattern)))
)
def test_a_cue_is_found_by_its_last_word(found: tuple[prose_people._Cue, str]) -> None:
    cue, text = found
    assert cue.ends(text) == (cue.pattern.search(text) is not None), text


@given(st.from_regex(notices._YOURS, fullmatch=True))
def test_who_speaks_of_the_readers_data_has_one_of_the_hints(words: str) -> None:
    assert notices._OF_DATA.search(words) is not None, words
