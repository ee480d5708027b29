"""mailto links (RFC 6068): an act is one click away, and the words stay visible for who has no mail client set up."""

from __future__ import annotations

from urllib.parse import quote


def mailto(address: str, subject: str = "", body: str = "") -> str:
    """The URI; line breaks in `body` become %0D%0A (RFC 6068 section 5)."""
    fields = [
        f"{name}={quote(value.replace(chr(10), chr(13) + chr(10)), safe='')}"
        for name, value in (("subject", subject), ("body", body))
        if value
    ]
    return f"mailto:{quote(address, safe='@+')}" + (f"?{'&'.join(fields)}" if fields else "")
