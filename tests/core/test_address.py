"""Signed addresses: every slip of one symbol is healed, nothing else is ever taken for another address."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailrouter.core.ids import row_id
from mailrouter.core.mail.address import (
    SYMBOLS,
    AddressKeys,
    Decoded,
    case_local_part,
    decode,
    encode,
    reverse_path_local_part,
    token_of,
)
from mailrouter.core.model import TokenKind

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
KINDS = get_args(TokenKind)
KEYS = AddressKeys(current=7, keys={3: b"old" * 11, 7: b"now" * 11, 31: b"top" * 11})

rows = st.integers(0, 2**55 - 1)
kinds = st.sampled_from(KINDS)
ids = st.sampled_from(sorted(KEYS.keys))
places = st.integers(0, SYMBOLS - 1)
symbols = st.integers(0, 31)


def put(token, place, symbol):
    return token[:place] + ALPHABET[symbol] + token[place + 1 :]


def shift(token, place, by):
    """Another symbol at this place: `by` is 1 to 31."""
    return put(token, place, (ALPHABET.index(token[place]) + by) % 32)


@given(kinds, rows, ids)
def test_a_token_says_what_was_signed(kind, row, key_id):
    """All five kinds, every row id, every key that is kept; 31 symbols, typable, short enough for a local part."""
    token = encode(KEYS, kind, row, key_id)
    assert len(token) == SYMBOLS and set(token) <= set(ALPHABET)
    assert decode(KEYS, token) == Decoded(key_id=key_id, kind=kind, row_id=row)
    assert len(case_local_part(token)) == 35 and token_of(case_local_part(token)) == token
    assert token_of(reverse_path_local_part(token).upper()) == token.upper()


@given(kinds, rows)
def test_every_single_wrong_symbol_is_corrected(kind, row):
    """All 961 of them, on every token."""
    token = encode(KEYS, kind, row)
    healed = Decoded(key_id=7, kind=kind, row_id=row, corrected=True)
    assert all(decode(KEYS, shift(token, i, by)) == healed for i in range(SYMBOLS) for by in (1, 13, 31))


def test_every_single_wrong_symbol_of_one_token_is_corrected():
    """The whole table once."""
    token = encode(KEYS, "everyone", 2**54 + 12345)
    healed = Decoded(key_id=7, kind="everyone", row_id=2**54 + 12345, corrected=True)
    assert [decode(KEYS, shift(token, i, by)) for i in range(SYMBOLS) for by in range(1, 32)] == [
        healed
    ] * 961


@given(kinds, rows, places, places, st.integers(1, 31), st.integers(1, 31))
def test_two_wrong_symbols_are_never_another_address(kind, row, i, j, a, b):
    """At most they cancel out; a correction towards a wrong code word fails at the MAC."""
    if i != j:
        assert decode(KEYS, shift(shift(encode(KEYS, kind, row), i, a), j, b)) is None


@given(kinds, rows, places, places)
def test_a_swap_is_never_another_address(kind, row, i, j):
    """Neighbours or not: detected, not 'corrected'."""
    token = list(encode(KEYS, kind, row))
    token[i], token[j] = token[j], token[i]
    swapped = "".join(token)
    same = swapped == encode(KEYS, kind, row)
    assert decode(KEYS, swapped) == (Decoded(key_id=7, kind=kind, row_id=row) if same else None)


@given(kinds, rows, places, st.booleans())
def test_case_hyphens_and_look_alikes_do_not_matter(kind, row, cut, upper):
    """Read out on the telephone and typed by hand: I and L are 1, O is 0."""
    token = encode(KEYS, kind, row)
    written = token.replace("1", "L" if upper else "i").replace("0", "o")
    written = written[:cut] + "-" + written[cut:]
    assert decode(KEYS, written.upper() if upper else written) == Decoded(key_id=7, kind=kind, row_id=row)


def test_a_character_outside_the_alphabet_is_one_slip():
    """u for v is the common one; two such are beyond repair."""
    token = encode(KEYS, "agents", 5)
    healed = Decoded(key_id=7, kind="agents", row_id=5, corrected=True)
    assert [decode(KEYS, token[:i] + "u" + token[i + 1 :]) for i in range(SYMBOLS)] == [healed] * SYMBOLS
    assert decode(KEYS, "uu" + token[2:]) is None


@given(st.text(max_size=40))
def test_anything_else_is_none_of_ours(text):
    """Whatever is written after `cas-`: no error, no address."""
    assert decode(KEYS, text) is None


@given(st.text(ALPHABET, min_size=SYMBOLS, max_size=SYMBOLS))
def test_well_formed_guesses_are_none_of_ours(text):
    """80 bits of MAC."""
    assert decode(KEYS, text) is None


@pytest.mark.parametrize(
    "text", ["", "-", "0" * 30, "0" * 31, "0" * 32, "z" * 31, "٣" * 31, "ß" * 31, "\0" * 31]
)
def test_malformed_texts_are_none_of_ours(text):
    """Lengths, digits of other scripts, letters whose upper case is longer."""
    assert decode(KEYS, text) is None


@given(kinds, rows, ids)
def test_a_token_of_an_unknown_key_is_a_wrong_token(kind, row, key_id):
    """A retired key that was removed, or another installation's."""
    token = encode(KEYS, kind, row, key_id)
    others = {n: key for n, key in KEYS.keys.items() if n != key_id}
    assert decode(AddressKeys(current=next(iter(others)), keys=others), token) is None
    forged = AddressKeys(current=key_id, keys=KEYS.keys | {key_id: b"stolen" * 6})
    assert decode(KEYS, encode(forged, kind, row)) is None


def test_nobody_can_sign_for_a_key_id_that_is_not_there():
    """The stand-in key of the constant-time path opens nothing."""
    stand_in = AddressKeys(current=9, keys={9: bytes(32)})
    assert decode(KEYS, encode(stand_in, "everyone", 1)) is None


@given(rows)
@settings(max_examples=30)
def test_a_note_s_address_never_becomes_everyone_s(row):
    """The kind is signed: putting another kind's symbols in needs a new MAC."""
    notes, everyone = encode(KEYS, "agents", row), encode(KEYS, "everyone", row)
    for place in range(SYMBOLS):
        assert decode(KEYS, put(notes, place, ALPHABET.index(everyone[place]))) in (
            Decoded(key_id=7, kind="agents", row_id=row),
            Decoded(key_id=7, kind="agents", row_id=row, corrected=True),
        )
    # The head differs in one symbol, the MAC in many: what was signed wins.
    healed = Decoded(key_id=7, kind="agents", row_id=row, corrected=True)
    assert decode(KEYS, everyone[:13] + notes[13:]) == healed


def test_addresses_that_were_sent_stay_valid():
    """The format is frozen: tokens of the first release, written down."""
    keys = AddressKeys(current=1, keys={1: bytes(range(32))})
    frozen = {
        ("everyone", 0): "1000000000000242xf8n0jxzwzws3q8",
        ("agents", 1): "110000000000121ztqz3fm7ztrfh0q4",
        ("question", 2**55 - 1): "12zzzzzzzzzzzq9gq204qm0mtxkprtm",
        ("held", 42): "130000000001a27mvjzxr5cr852nhwd",
        ("reverse-path", 7): "1400000000007xq2z91dzvs8zcewmr8",
    }
    assert {(kind, row): encode(keys, kind, row) for kind, row in frozen} == frozen


@pytest.mark.parametrize("row", [-1, 2**55])
def test_a_row_id_that_does_not_fit_is_refused(row):
    """Rather than cut."""
    with pytest.raises(ValueError, match="55 bits"):
        encode(KEYS, "everyone", row)


def test_keys_are_not_printed():
    """Tracebacks and logs show values."""
    assert repr(KEYS) == "AddressKeys(current=7, keys=[3, 7, 31])"


@given(st.binary(min_size=32, max_size=32), st.lists(st.text(max_size=9), max_size=4))
def test_row_ids_fit(key, parts):
    """55 bits, from what the token stands for."""
    assert 0 <= row_id(key, *parts) < 2**55
