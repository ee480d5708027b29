"""Ids and case numbers: the same trigger gives the same, anything else something else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailrouter.core.casenumber import check_character, find_numbers, format_number, valid_number
from mailrouter.core.ids import new_id, row_id, seed_for

KEY = bytes(range(32))
numbers = st.builds(format_number, st.integers(2020, 2099), st.integers(1, 10**8 - 1))


def test_ids_are_frozen():
    """They are stored and recomputed for years: values of the first release, written down."""
    seed = seed_for(KEY, "trigger")
    assert seed == "19ea8e2cfb7c144af632ed35287c08f20e764a7d604e43342cbb1060473cfaa1"
    assert new_id(seed, "case") == "523719626af01e37e729e90e76b232c5"
    assert row_id(KEY, "case", "claire@x", "everyone") == 15440299210568059


@given(st.text(max_size=9), st.text(max_size=9), st.integers(0, 99), st.integers(0, 99))
def test_ids_differ_by_trigger_role_and_count_and_nothing_else(trigger, role, n, m):
    """128 bits as 32 hex digits."""
    seed = seed_for(KEY, trigger)
    made = new_id(seed, role, n)
    assert made == new_id(seed_for(KEY, trigger), role, n)
    assert len(made) == 32 and int(made, 16) >= 0
    others = {
        new_id(seed, role, m),
        new_id(seed, role + "x", n),
        new_id(seed_for(KEY, trigger + "x"), role, n),
    }
    others.add(new_id(seed_for(b"other", trigger), role, n))
    assert (made in others) == (n == m)


def test_parts_do_not_run_into_each_other():
    """("ab", "c") is not ("a", "bc")."""
    assert row_id(KEY, "ab", "c") != row_id(KEY, "a", "bc")
    seed = seed_for(KEY, "t")
    assert new_id(seed, "a1", 1) != new_id(seed, "a", 11)


@pytest.mark.parametrize(
    ("text", "check"),
    # The published example of the Global Release Identifier, which uses ISO 7064 MOD 37,36.
    [("A12425GABC1234002", "M"), ("2026004217", "F")],
)
def test_the_check_character_is_that_of_the_standard(text, check):
    """ISO 7064 MOD 37,36."""
    assert check_character(text) == check


@pytest.mark.parametrize(
    ("year", "n", "number"),
    [(2026, 4217, "2026-004217-F"), (2026, 1, None), (2031, 1_000_000, None), (2026, 99_999_999, None)],
)
def test_numbers_are_short_and_read_back(year, n, number):
    """Six digits, more when there are more."""
    made = format_number(year, n)
    assert number in (None, made)
    assert made.split("-")[:2] == [str(year), f"{n:06d}"]
    assert valid_number(made) == made


@pytest.mark.parametrize(("year", "n"), [(2026, 0), (2026, -1), (2026, 10**8), (26, 1), (12026, 1)])
def test_numbers_that_cannot_be_written_are_refused(year, n):
    """Rather than written wrongly."""
    with pytest.raises(ValueError, match="no case number"):
        format_number(year, n)


@given(numbers, st.data())
def test_a_wrong_character_never_names_another_case(number, data):
    """Every single substitution is caught, in the digits and in the check character."""
    plain = number.replace("-", "")
    place = data.draw(st.integers(0, len(plain) - 1))
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" if place == len(plain) - 1 else "0123456789"
    other = data.draw(st.sampled_from([c for c in alphabet if c != plain[place]]))
    assert valid_number(plain[:place] + other + plain[place + 1 :]) is None


def test_swapped_neighbours_hardly_ever_name_another_case():
    """The hybrid system of ISO 7064 catches nearly all of them: counted over a year's first 3,000 numbers."""
    swaps = missed = 0
    for n in range(1, 3001):
        plain = format_number(2026, n).replace("-", "")
        for i in range(len(plain) - 2):
            if plain[i] != plain[i + 1]:
                swaps += 1
                missed += valid_number(plain[:i] + plain[i + 1] + plain[i] + plain[i + 2 :]) is not None
    assert swaps > 15_000 and missed / swaps < 0.005


@given(
    numbers, st.sampled_from(["-", "‑", "–", "−", "", " "]), st.booleans(), st.sampled_from(["", " ", "\n"])
)
def test_a_number_written_alone_is_read_however_it_is_written(number, dash, lower, around):
    """Other dashes, none, lower case, white space around."""
    written = number.replace("-", dash)
    assert valid_number(around + (written.lower() if lower else written) + around) == number


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[CAF] Demande 2026-004217-F", ("2026-004217-F",)),
        ("RE: TR: Demande 2026‑004217‑f : suite", ("2026-004217-F",)),
        ("2026-004217-F et 2026-000001-Z, 2026-004217-F", ("2026-004217-F", "2026-000001-Z")),
        ("(2026-004217-F)", ("2026-004217-F",)),
        ("2026-004217-K", ()),
        ("2026004217F", ()),
        ("12026-004217-F", ()),
        ("2026-004217-FR", ()),
        ("2026-004217-F-2", ()),
        ("X-2026-004217-F", ()),
        ("06 12 34 56 78, 2 90 01 46 123 456 78", ()),
        ("", ()),
    ],
)
def test_numbers_in_a_subject(text, found):
    """Only what holds; a run of digits may be a telephone number."""
    assert find_numbers(text) == found


@given(st.text(max_size=60))
def test_any_text_is_searched_without_error(text):
    """Subjects are what people and machines write."""
    assert all(valid_number(n) == n for n in find_numbers(text))
    valid_number(text)
