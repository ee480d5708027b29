"""The sealed envelope of an outgoing mail."""

from __future__ import annotations

from mailrouter.core.model import Frozen


class Posting(Frozen, frozen=True, kw_only=True):
    """Reverse-path, forward-path and Message-ID; all empty once erased."""

    mail_from: str = ""
    recipient: str = ""
    message_id: str = ""
