"""Files whose text anybody reads (notes, lists, contacts, appointments), without the identifiers that a reader is not
entitled to (DOMAIN, "Personal data": readable attachments are masked like free text)."""

from __future__ import annotations

from mailrouter.core.mail.says.mask import mask
from mailrouter.core.model import Attachment

_CHARSETS = ("utf-8-sig", "cp1252", "latin-1")


def readable(octets: bytes, file: Attachment) -> bytes:
    """The octets of `file` as its reader may have them: those of a `text/…` file with every identifier masked that is not
    of `file.keep`; any other file, and one for a reader who may read all (`keep` None), as it is. Read as UTF-8,
    else as Windows' Western charset; written as UTF-8."""
    if file.keep is None or not file.type.startswith("text/") or b"\0" in octets:
        return octets
    for charset in _CHARSETS:
        try:
            text = octets.decode(charset)
        except UnicodeDecodeError:
            continue
        shown = mask(text, frozenset(file.keep))
        return octets if shown == text else shown.encode("utf-8")
    return octets
