"""Where a report ends and the copy of the original begins, and the original's Message-ID."""

from __future__ import annotations

import re

_LEAD = r"^[ \t>|]*(?:[-=_*#~+]{2,}[ \t]*)?"
_CUT = re.compile(
    _LEAD + r"(?:"
    r"(?:below|following|here|this|attached|enclosed)(?: this line| below)?,? (?:is|are) (?:a|an|the|your)?[ ]?(?:copy|copies|original|first|headers?)\b.*"
    r"|(?:the |your )?(?:first \d+ lines|headers?|body|text|start|beginning) (?:of|from) (?:the|your) (?:original |returned |failed )?(?:mail|message|e-?mail)\b.*"
    r"|(?:the |your )?(?:original|returned|unsent|undelivered|undeliverable|rejected|bounced|failed)[ -]?(?:mail|message|e-?mail)s?"
    r"(?: (?:info|headers?|text|body|data))?(?: (?:follows?|is attached|below|starts here))?[ \t.:]*[-=_*#~]*[ \t\r]*$"
    r"|message (?:headers?|body|text|data|contents?)(?: (?:follows?|below))[ \t.:]*[-=_*#~]*"
    r"|non-delivered (?:information|message).*"
    r"|(?:en-?t[êe]tes?|copie|d[ée]but|texte|corps|contenu) (?:du|de votre|d['’]u|des?) ?(?:message|courriel|mail).{0,40}$"
    r"|(?:en-?t[êe]tes?) de message d['’]origine.*"
    r"|message (?:d['’]origine|original|initial|retourn[ée]|non (?:remis|d[ée]livr[ée]))[ \t.:]*[-=_*#~]*[ \t\r]*$"
    r"|(?:kopie|original(?:nachricht)?|mensaje original|messaggio originale|ursprungshuvuden|originalkopfzeilen).{0,20}:?[ \t\r]*$"
    r")",
    re.I | re.M,
)
_HEADER_BLOCK = re.compile(
    r"^[ \t>]{0,4}(?:received|return-path|x-received|arc-seal|dkim-signature|domainkey-signature|x-originating-ip)[ \t]?:",
    re.I | re.M,
)
_MESSAGE_ID = re.compile(r"^[ \t>]*message-id[ \t]?:\s*<([^<>\s]{1,998})>", re.I | re.M)
_QUALIFIED = re.compile(r"original-message-id[ \t]?:\s*<([^<>\s]{1,998})>", re.I)


def split(text: str) -> tuple[str, str]:
    """(the report's own words, the copy of the original that follows them in the same text)."""
    places = [match.start() for pattern in (_CUT, _HEADER_BLOCK) if (match := pattern.search(text))]
    if not places:
        return text, ""
    cut = min(places)
    return text[:cut], text[cut:]


def message_id(text: str) -> str:
    """The Message-ID field in `text` (headers of the original, or a list of them), without brackets, or ''."""
    match = _MESSAGE_ID.search(text) or _QUALIFIED.search(text)
    return match[1] if match else ""
