"""Ids that are fixed before anything is written: each is an HMAC of the trigger that makes it.

The same mail decided twice (a retry after a crash, `simulate`) gets the same ids, so a unique key in the store turns
a second run into no run, and a record can be compared byte for byte.
"""

from __future__ import annotations

import hashlib
import hmac

ID_HEX = 32
ROW_ID_BITS = 55


def _keyed(key: bytes, *parts: str) -> bytes:
    """HMAC-SHA256 over the parts, each preceded by its length: ("ab","c") and ("a","bc") must differ."""
    mac = hmac.new(key, digestmod=hashlib.sha256)
    for part in parts:
        data = part.encode()
        mac.update(len(data).to_bytes(4, "big") + data)
    return mac.digest()


def seed_for(id_key: bytes, trigger_key: str) -> str:
    """The seed of one trigger (64 hex digits), from the installation's id key and the trigger's unique key."""
    return _keyed(id_key, "seed", trigger_key).hex()


def new_id(seed: str, role: str, n: int = 0) -> str:
    """The `n`-th id of `role` under this seed: 128 bits of HMAC-SHA256 as 32 hex digits.

    A seed is hex (`seed_for`); ValueError otherwise.
    """
    return _keyed(bytes.fromhex(seed), "id", role, str(n)).hex()[:ID_HEX]


def row_id(id_key: bytes, *parts: str) -> int:
    """The 55-bit row id of a token, from what it stands for (case, recipient, audience…)."""
    return int.from_bytes(_keyed(id_key, "row", *parts)[:8], "big") >> (64 - ROW_ID_BITS)
