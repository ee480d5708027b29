"""Slugs and the finding of names in text, as people write them."""

from __future__ import annotations

import csv
import unicodedata
from datetime import date
from importlib.resources import files

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailrouter.configuration import shipped_tables
from mailrouter.core.policy import names
from mailrouter.core.policy.directory import Directory
from mailrouter.core.policy.load import load
from mailrouter.core.policy.names import Names, phrase
from mailrouter.core.policy.schema import SERVICE_WORDS, Service
from mailrouter.core.policy.slug import distance, nearest, slug

POLICY = load(
    {"a.yaml": "territory: lot\ndefault: ask\n"},
    Service(domain="aplus.example"),
    shipped_tables(),
    date(2026, 3, 2),
).policy
assert POLICY is not None
DIRECTORY = Directory.of(POLICY)
CODES = sorted(DIRECTORY.organisations)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Val-d'Oise", "val-d-oise"),
        ("Val-d’Oise", "val-d-oise"),
        ("Chèque énergie", "cheque-energie"),
        ("Préf", "pref"),
        ("France Rénov'", "france-renov"),
        ("Bœuf & Œuvre", "boeuf-oeuvre"),
        ("2A", "2a"),
        ("  La   Réunion ", "la-reunion"),
        ("ﬁn", "fin"),
        ("東京", ""),
        ("'", ""),
    ],
)
def test_slugs(name: str, expected: str) -> None:
    assert slug(name) == expected


@given(st.text())
def test_a_slug_is_ascii_and_its_own_slug(text: str) -> None:
    made = slug(text)
    assert made.isascii() and made == made.lower() and not made.startswith("-") and not made.endswith("-")
    assert slug(made) == made
    assert all(c.isalnum() or c == "-" for c in made) and "--" not in made


@given(st.text())
def test_accents_typed_apart_and_case_make_no_other_slug(text: str) -> None:
    assert slug(unicodedata.normalize("NFD", text)) == slug(unicodedata.normalize("NFC", text))


def test_the_shipped_local_parts_are_the_slugs_of_the_names() -> None:
    """101 departments, each at the slug of its name, none at a word of the service or an organisation's."""
    with (files("mailrouter") / "data" / "departments.csv").open(encoding="utf-8") as text:
        rows = list(csv.DictReader(text))
    assert len(rows) == 101 and len(DIRECTORY.organisations) == 31
    assert [r["local_part"] for r in rows] == [slug(r["name"]) for r in rows]
    taken = {*SERVICE_WORDS, *DIRECTORY.organisation_slugs}
    assert not taken & {r["local_part"] for r in rows}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ma demande à la CAF", ["CAF"]),
        ("la C.A.F. et la C.P.A.M", ["CAF", "CPAM"]),
        ("La CNAV, pas la caf", ["CNAV", "CAF"]),
        ("MSAP n'est pas MSA", ["MSAP", "MSA"]),
        ("Caisse nationale d'assurance maladie", ["CNAM"]),
        ("l’Assurance Maladie", ["CPAM"]),
        ("caisse d’allocations familiales du Lot", ["CAF"]),
        ("une allocation familiale", ["CAF"]),
        ("France travail (ex Pôle Emploi)", ["France Travail", "France Travail"]),
        ("FRANCE-TRAVAIL", ["France Travail"]),
        ("sous-préfecture de Figeac", ["Sous-Préf"]),
        ("préfecture", ["Préf"]),
        ("les impôts me réclament", ["DDFIP"]),
        ("un impot", ["DDFIP"]),
        ("URSSAF", ["URSSAF"]),
        (
            "Unions de recouvrement des cotisations de sécurité sociale et d'allocations familiales",
            ["URSSAF"],
        ),
        ("centre communal d’action sociale", ["CCAS"]),
        ("cafétéria, décaféiné, caf46, lacaf", []),
        ("", []),
    ],
)
def test_names_in_text(text: str, found: list[str]) -> None:
    """Whole words, the longest name at each place, without case, accents, dots or plural."""
    mentions = DIRECTORY.find_organisations(text)
    assert [m.key for m in mentions] == found
    assert all(0 <= m.start < m.end <= len(text) for m in mentions)


@given(st.lists(st.sampled_from(CODES), max_size=6), st.sampled_from([", ", " et ", "\n- ", " / ", " … "]))
def test_every_organisation_is_found_where_it_is_named(codes: list[str], between: str) -> None:
    """By code or full name, in order, and nothing else."""
    names = [DIRECTORY.organisations[c].name if n % 2 else c for n, c in enumerate(codes)]
    text = "Bonjour : " + between.join(names) + "."
    mentions = DIRECTORY.find_organisations(text)
    assert [m.key for m in mentions] == codes
    assert [phrase(text[m.start : m.end]) for m in mentions] == [phrase(name) for name in names]


@given(
    st.sampled_from([c for c in CODES if c[-1].isalnum()]),
    st.text(alphabet="abcdefghijklmnopqrstuvwxyzéà0123456789", min_size=1, max_size=4),
)
def test_a_name_inside_a_word_is_not_found(code: str, more: str) -> None:
    words = phrase(code)
    found = {m.key for m in DIRECTORY.find_organisations(f"{code}{more}")}
    longer = phrase(f"{code}{more}")
    assert code not in found or longer == words


@given(st.text())
def test_finding_never_fails_and_never_overlaps(text: str) -> None:
    mentions = DIRECTORY.find_organisations(text)
    assert all(a.end <= b.start for a, b in zip(mentions, mentions[1:], strict=False))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("CAF", "CAF"),
        ("caf", "CAF"),
        ("CAF du Lot", "CAF"),
        ("cheque-energie", "Chèque énergie"),
        ("Sécurité sociale", "CPAM"),
        ("FS", "FS"),
        ("CAF et CPAM", None),
        ("cafe", None),
        ("", None),
    ],
)
def test_a_whole_text_names_one_organisation_or_none(text: str, code: str | None) -> None:
    """Ambiguous routing is a breach: two names are no name."""
    found = DIRECTORY.organisation_of(text)
    assert (found.code if found else None) == code


def test_longest_phrase_wins_and_exact_wants_the_whole() -> None:
    names = Names.of([("retraite", "short"), ("caisse de retraite", "long"), ("retraite", "second")])
    assert [m.key for m in names.find("la Caisse de retraites et la retraite")] == ["long", "short"]
    assert [m.key for m in names.all("caisse de retraite")] == ["long", "short"]
    assert names.exact("CAISSE DE RETRAITE") == "long" and names.exact("ma caisse de retraite") is None


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("lot", "lot", 0),
        ("lot", "lto", 1),
        ("lot", "lots", 1),
        ("gers", "gard", 2),
        ("ain", "aude", 3),
        ("", "ab", 2),
    ],
)
def test_distance(a: str, b: str, expected: int) -> None:
    assert distance(a, b, 3) == distance(b, a, 3) == expected


short = st.text(alphabet="abc", max_size=6)


@given(short, short, st.integers(0, 6))
@example("ab", "ba", 1)
@example("abab", "baba", 2)
def test_distance_is_a_bounded_symmetric_measure(a: str, b: str, most: int) -> None:
    full = distance(a, b, 12)
    assert distance(a, b, most) == min(full, most + 1) == distance(b, a, most)
    assert (full == 0) == (a == b) and full <= max(len(a), len(b))


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("cahrs", "cahors"),
        ("caohrs", "cahors"),
        ("lto", "lot"),
        ("47", None),
        ("lo", None),
        ("paris", None),
        ("", None),
    ],
)
def test_nearest_forgives_slips_but_never_numbers(word: str, expected: str | None) -> None:
    assert nearest(word, ["cahors", "lot", "46", "aide"]) == expected


@given(st.text(st.sampled_from("aéÉœ’ç.C AF s2ªßŸÿ½e\u0301\n'-_€")))
def test_a_text_folded_at_once_has_the_words_of_each_folded_alone(text: str) -> None:
    alone = [names.words_of(found[0]) for found in names._WORD.finditer(text)]
    assert [word for word, _, _ in names.words_of(text)] == [word for one in alone for word, _, _ in one]
