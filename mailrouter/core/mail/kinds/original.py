"""Where a report ends and the copy of the original begins, and the original's Message-ID."""

from __future__ import annotations

import re

_LEAD = r"^(?=[^\n]{4})[ \t>|]{0,40}+(?:[-=_*#~+]{2,200}+[ \t]*+)?"
_CUT = re.compile(
    _LEAD + r"(?:"
    r"(?:below|following|here|this|attached|enclosed)(?: this line| below)?,? (?:is|are) (?:a|an|the|your)?[ ]?(?:copy|copies|original|first|headers?)\b.*"
    r"|(?:the |your )?(?:first \d+ lines|headers?|body|text|start|beginning) (?:of|from) (?:the|your) (?:original |returned |failed )?(?:mail|message|e-?mail)\b.*"
    r"|(?:the |your )?(?:original|returned|unsent|undelivered|undeliverable|rejected|bounced|failed)[ -]?(?:mail|message|e-?mail)s?"
    r"(?: (?:info|headers?|text|body|data))? ?(?:(?:follows?|is attached|below|starts here|headers?)[ \t.:]*|[-=_*#~]{2,}[ \t.:]*|:[ \t]*)[-=_*#~]*[ \t\r]*$"
    r"|message (?:headers?|body|text|data|contents?)(?: (?:follows?|below))[ \t.:]*[-=_*#~]*"
    r"|non-delivered message.*"
    r"|(?:en-?t[êe]tes?|copie|d[ée]but|texte|corps|contenu) (?:du|de votre|d['’]u|des?) ?(?:message|courriel|mail).{0,40}$"
    r"|(?:en-?t[êe]tes?) de message d['’]origine.*"
    r"|message (?:d['’]origine|original|initial|retourn[ée]|non (?:remis|d[ée]livr[ée]))[ \t.:]*[-=_*#~]*[ \t\r]*$"
    r"|(?:kopie|original(?:nachricht)?|mensaje original|messaggio originale|ursprungshuvuden|originalkopfzeilen).{0,20}:?[ \t\r]*$"
    r")",
    re.I | re.M,
)
_DECORATED = re.compile(
    r"^(?=[^\n]{6})[ \t>|]{0,40}+[-=_*#~+]{2,200}+[ \t]*+(?:the |your )?(?:original|returned|unsent|undelivered|rejected|bounced|failed)[ -]?(?:mail|message|e-?mail)s?"
    r"(?: (?:info|headers?|text|body|data))?[ \t.:\r]*$",
    re.I | re.M,
)
_HEADER_BLOCK = re.compile(
    r"^[ \t>]{0,4}(?:received|return-path|x-received|arc-seal|dkim-signature|domainkey-signature|x-originating-ip)[ \t]?:",
    re.I | re.M,
)
_MESSAGE_ID = re.compile(r"^[ \t>]*message-id[ \t]?:\s*(<[^<>\s]{1,998}>)", re.I | re.M)
_QUALIFIED = re.compile(r"original-message-id[ \t]?:\s*(<[^<>\s]{1,998}>)", re.I)


def split(text: str) -> tuple[str, str]:
    """(the report's own words, the copy of the original that follows them in the same text)."""
    cut = _first(text, (_CUT, _DECORATED, _HEADER_BLOCK))
    return text[:cut], text[cut:]


def split_at_headers(text: str) -> tuple[str, str]:
    """As `split`, but only where the headers of a mail begin: for a report whose own words resemble a divider."""
    cut = _first(text, (_HEADER_BLOCK,))
    return text[:cut], text[cut:]


def _first(text: str, patterns: tuple[re.Pattern[str], ...]) -> int:
    return min((match.start() for pattern in patterns if (match := pattern.search(text))), default=len(text))


def message_id(text: str) -> str:
    """The Message-ID field in `text` (headers of the original, or a list of them), with its angle brackets, or ''."""
    match = _MESSAGE_ID.search(text) or _QUALIFIED.search(text)
    return match[1] if match else ""
