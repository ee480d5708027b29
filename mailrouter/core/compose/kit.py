"""What composing needs besides the decision: templates, keys, and the files' octets. Made by app, passed as a value."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

from mailrouter.core.compose.template import Templates
from mailrouter.core.mail.address import AddressKeys
from mailrouter.core.mandate import Fonts


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """`id_key` makes row ids and the loop mark; `files` holds the octets of the sends' files by SHA-256; `fonts` are for
    papers that the service makes itself, which are left out without them."""

    templates: Templates
    address_keys: AddressKeys
    id_key: bytes
    files: Mapping[str, bytes] = field(default_factory=dict)
    fonts: Fonts | None = None


def loop_mark(id_key: bytes, domain: str) -> str:
    """The value of X-Mailrouter-Loop on every mail of this installation: a mail that arrives with it is our own
    come back (RFC 5321 6.3). Keyed, so that nobody else's installation or forger shares it."""
    return hmac.digest(id_key, f"loop\n{domain}".encode(), hashlib.sha256).hex()[:32]


def page_code(id_key: bytes, ask: str) -> str:
    """The six digits that answer one question for a code (`ask` is its id): keyed, so that no record of the mail needs to
    hold them, and of no use outside the browser that asked (store/pages.py)."""
    digest = hmac.digest(id_key, f"page-code\n{ask}".encode(), hashlib.sha256)
    return f"{int.from_bytes(digest, 'big') % 1_000_000:06}"
