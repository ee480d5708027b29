"""Signed addresses: the token in `cas-<token>` and `r-<token>` (ARCHITECTURE section 4).

A token is 31 symbols of Crockford's base32, without case, typable by hand:

    key id 5 bits | kind 5 | row id 55 | MAC 80 | two Reed-Solomon check symbols over GF(32)

The check symbols correct every single wrong symbol; the MAC decides. Case, person and revocation live in the row, so
a token proves the thread and nothing else. RFC 5321 4.5.3.1.1 allows 64 octets of local part: `cas-` + 31 = 35.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Final

from mailrouter.core.model import Frozen, TokenKind

SYMBOLS: Final = 31
CASE_PREFIX: Final = "cas-"
REVERSE_PREFIX: Final = "r-"

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
# Positions are in every address ever sent: append, never reorder.
_KINDS: Final[tuple[TokenKind, ...]] = (
    "everyone", "agents", "question", "held", "reverse-path", "page",
)  # fmt: skip
_MAC_BYTES: Final = 10
_ROW_BITS: Final = 55
_NO_KEY: Final = bytes(32)

# Crockford: I and L read as 1, O as 0. Anything else outside the alphabet (u, a typing slip) has no value.
_VALUES: Final[Mapping[str, int]] = (
    {c: i for i, c in enumerate(_ALPHABET)}
    | {c.upper(): i for i, c in enumerate(_ALPHABET)}
    | dict.fromkeys("iIlL", 1)
    | dict.fromkeys("oO", 0)
)


def _powers() -> tuple[int, ...]:
    """alpha^0 … alpha^30 in GF(32) with x^5 + x^2 + 1."""
    powers = [1]
    while len(powers) < SYMBOLS:
        doubled = powers[-1] << 1
        powers.append(doubled ^ 0b100101 if doubled & 0b100000 else doubled)
    return tuple(powers)


_EXP: Final = _powers()
_LOG: Final[Mapping[int, int]] = {value: power for power, value in enumerate(_EXP)}
# The two check symbols x (position 29) and y (30) solve  x + y = s0  and  x a^29 + y a^30 = s1.
_INVERSE: Final = (SYMBOLS - _LOG[_EXP[29] ^ _EXP[30]]) % SYMBOLS


class AddressKeys(Frozen, frozen=True, kw_only=True):
    """The keys that sign addresses, by key id (0-31); `current` signs, all verify."""

    current: int
    keys: Mapping[int, bytes]

    def __repr__(self) -> str:
        return f"AddressKeys(current={self.current}, keys={sorted(self.keys)})"


class Decoded(Frozen, frozen=True, kw_only=True):
    """A token whose MAC holds. `corrected`: one symbol was wrong as written."""

    key_id: int
    kind: TokenKind
    row_id: int
    corrected: bool = False


def encode(keys: AddressKeys, kind: TokenKind, row_id: int, key_id: int | None = None) -> str:
    """The token (31 symbols, lower case) for this row, signed by `key_id` or the current key.

    ValueError when the row id does not fit 55 bits; KeyError for a key that is not there.
    """
    if not 0 <= row_id < 1 << _ROW_BITS:
        raise ValueError("a row id has 55 bits")
    key_id = keys.current if key_id is None else key_id
    head = (key_id << 5 | _KINDS.index(kind)) << _ROW_BITS | row_id
    bits = head << 80 | int.from_bytes(_mac(keys.keys[key_id], head), "big")
    data = [bits >> 5 * (28 - i) & 31 for i in range(29)]
    return "".join(_ALPHABET[s] for s in (*data, *_check_symbols(data)))


def decode(keys: AddressKeys, text: str) -> Decoded | None:
    """The token written as `text` (case and hyphens ignored, I L O read as 1 1 0), or None when it is none of ours.

    One wrong symbol is corrected, then the MAC must hold over the corrected symbols, kind included. Exactly one MAC
    is computed and compared on every path (malformed, beyond correction, unknown key), so time tells nothing.
    """
    symbols, slips = _read(text)
    repaired = _repair(symbols) if slips is not None else None
    bits = _number(repaired or (0,) * SYMBOLS)
    head, mac = bits >> 80, bits & (1 << 80) - 1
    key_id, kind, row = head >> 60, head >> _ROW_BITS & 31, head & (1 << _ROW_BITS) - 1
    expected = _mac(keys.keys.get(key_id, _NO_KEY), head)
    genuine = hmac.compare_digest(expected, mac.to_bytes(_MAC_BYTES, "big"))
    if not (genuine and repaired is not None and key_id in keys.keys and kind < len(_KINDS)):
        return None
    return Decoded(key_id=key_id, kind=_KINDS[kind], row_id=row, corrected=bool(slips) or repaired != symbols)


def case_local_part(token: str) -> str:
    """The local part of a case's, a question's or a held item's address."""
    return CASE_PREFIX + token


def reverse_path_local_part(token: str) -> str:
    """The local part of a reverse-path of ours (VERP)."""
    return REVERSE_PREFIX + token


def token_of(local_part: str) -> str | None:
    """What stands after `cas-` or `r-`, not yet verified; None for a local part of another shape."""
    lowered = local_part.lower()
    return next((local_part[len(p) :] for p in (CASE_PREFIX, REVERSE_PREFIX) if lowered.startswith(p)), None)


def _mac(key: bytes, head: int) -> bytes:
    return hmac.digest(key, b"mailrouter address" + head.to_bytes(9, "big"), hashlib.sha256)[:_MAC_BYTES]


def _number(symbols: Sequence[int]) -> int:
    value = 0
    for symbol in symbols[:29]:
        value = value << 5 | symbol
    return value


def _check_symbols(data: Sequence[int]) -> tuple[int, int]:
    s0, s1 = _syndromes((*data, 0, 0))
    y = _times(s1 ^ _times(s0, 29), _INVERSE)
    return s0 ^ y, y


def _times(value: int, power: int) -> int:
    """`value` times alpha^power."""
    return _EXP[(_LOG[value] + power) % SYMBOLS] if value else 0


def _syndromes(symbols: Sequence[int]) -> tuple[int, int]:
    """The code word at alpha^0 and alpha^1. With alpha^0 a root, two swapped symbols give (0, not 0): no single error
    looks so, hence a swap is never "corrected" into something else."""
    s0 = s1 = 0
    for place, symbol in enumerate(symbols):
        s0 ^= symbol
        s1 ^= _times(symbol, place)
    return s0, s1


def _repair(symbols: tuple[int, ...]) -> tuple[int, ...] | None:
    """The code word at most one symbol away, or None."""
    s0, s1 = _syndromes(symbols)
    if not s0 and not s1:
        return symbols
    if not s0 or not s1:
        return None
    place = (_LOG[s1] - _LOG[s0]) % SYMBOLS
    return (*symbols[:place], symbols[place] ^ s0, *symbols[place + 1 :])


def _read(text: str) -> tuple[tuple[int, ...], int | None]:
    """The symbols as written, a slip outside the alphabet read as 0; and how many slips: None when beyond repair."""
    values = [_VALUES.get(c) for c in text.replace("-", "")]
    slips = values.count(None)
    fits = len(values) == SYMBOLS and slips <= 1
    return tuple(v or 0 for v in values), slips if fits else None
