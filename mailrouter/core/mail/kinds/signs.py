"""What the rules of classification look at: one mail's headers, subject and first words, each read once.

Cheap first: headers as one dict, the subject and the head of the text in lower case; whatever costs more is
computed when a rule asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from mailrouter.core.mail.letters import fold, lower_octets
from mailrouter.core.mail.stems import any_of
from mailrouter.core.model.mail import Parsed, Part

_FIRST = 500
TOP = 2500
"""Characters of text that wordings are looked for in: a machine says what it is at once."""
HINTED = 900
"""Characters of text that hints are looked for in."""
OWN = 4000
"""Characters of text in which a quote is looked for."""
SCAN = 40_000
"""Characters of a report that are read: recipients stand before the copy of the original."""

_DAEMON_LOCAL = re.compile(
    r"^(?:mailer[-_.]?daemon|mail[-_.]?daemon|daemon|mmdf|uucp|smtp|bounces?|po+st[-_.]?master|posta[-_.]?certificata|mdaemon|mail[-_.]?delivery"
    r"|maildelivery|mail|delivery|root|non-?remise|administrator|administrateur)(?:[-+_.][\w.+-]*)?$"
)
_DAEMON_SURE = re.compile(r"^(?:mailer[-_.]?daemon|mail[-_.]?daemon|mmdf|mdaemon)\b")
_DAEMON_NAME = re.compile(
    r"mail(?:er)?[- ]?(?:deliver\w*|daemon|administrator|system|server at\b)|delivery (?:system|subsystem|service|agent)|postmaster"
    r"|system administrator|administrateur syst|content-filter|internet mail|microsoft (?:outlook|exchange)"
    r"|e-?mail (?:gateway|interconnect)|spam firewall|syst[eè]me de (?:messagerie|distribution)"
)
_ADDRESS = re.compile(r"<?([^\s<>\"(),;:]*)@")
_FORWARDED = re.compile(r"^\s*(?:(?:fwd?|tr|wg|rv|i|enc|doorst|vs|vb)\s?:|\[fwd?:)")
# Begins with a line break, which a search finds at once, rather than with "^", which it asks of every character; then with
# the first letters of its branches, for most lines have none of them.
_QUOTE = re.compile(
    r"\n(?=[>_\-dDfFvVlLoOmM])(?:>|-{2,}|_{5,}|(?:de|from|von) ?:|le .{6,80} (?:a )?[ée]crit|on .{6,80} wrote|message d['’]origine)",
    re.I,
)
_SPACED = bytes.maketrans(b"\t\n\r\x0b\x0c\xa0.,;:", b" " * 10)
_I = (b" je ", b" j'ai ", b" mes ", b" mon ", b" ma ")
_ANSWERED = re.compile(r"^\s*(?:re|ré|aw|sv|antw|r)\s?:")


_T = TypeVar("_T")


class Once(Generic[_T]):
    """A value computed when first asked for and kept: `functools.cached_property` without the lock it has in 3.11,
    which alone cost a third of classifying a person's mail."""

    def __init__(self, compute: Callable[[Any], _T]) -> None:
        self.compute = compute
        self.name = compute.__name__
        self.__doc__ = compute.__doc__

    def __get__(self, owner: object, _: type) -> _T:
        value = owner.__dict__[self.name] = self.compute(owner)
        return value


class Signs:
    """The evidence of one mail. `head` holds the first value of each header; all texts are lower case."""

    def __init__(self, parsed: Parsed) -> None:
        self.parsed = parsed
        self.head = dict(reversed(parsed.headers))
        self.subject = parsed.subject.strip().lower()
        self.content_type = self.head.get("content-type", "").lower()
        self.author = self.head.get("from", "").lower()

    @Once
    def low(self) -> bytes:
        """The first words of the body in Latin-1, lower case: what hints are looked for in."""
        return lower_octets(self.parsed.text[:HINTED])

    @Once
    def flat(self) -> str:
        """The first words without accents, on one line: what wordings are compared with."""
        return fold(self.parsed.text[:TOP])

    @Once
    def own(self) -> str:
        """The text before a quote: many autoresponders quote what they answer."""
        text = self.parsed.text[:OWN]
        quote = _QUOTE.search(f"\n{text}")
        return text[: quote.start()] if quote and quote.start() > 20 else text

    @Once
    def flat_own(self) -> str:
        """The text before a quote without accents, on one line."""
        return fold(self.own)

    @Once
    def flat_first(self) -> str:
        """The first 350 characters of `flat_own`, without folding the rest of it where that is long."""
        first = fold(self.own[:_FIRST])
        return first[:350] if len(first) > 350 else self.flat_own[:350]

    @Once
    def surely_personal(self) -> bool:
        """Somebody asks or says "je" in so many words before a quote. False tells nothing: a cheap look."""
        if "?" in self.own:
            return True
        length = len(self.own)
        known = length <= len(self.low) == min(len(self.parsed.text), HINTED)  # letter for octet
        low = self.low[:length] if known else lower_octets(self.own)
        spaced = b" " + low.translate(_SPACED)
        return any(map(spaced.__contains__, _I))

    @Once
    def flat_subject(self) -> str:
        """The subject without accents."""
        return fold(self.subject)

    @Once
    def names(self) -> str:
        """All header names on one line."""
        return "\n".join(self.head)

    @Once
    def null_path(self) -> bool:
        """A null reverse-path was recorded (RFC 5321 4.5.5)."""
        return self.head.get("return-path", "-").replace(" ", "") in ("<>", "")

    @Once
    def local(self) -> str:
        """Local part of the author's address, lower case."""
        if self.parsed.authors:
            return self.parsed.authors[0].address.rpartition("@")[0].lower()
        match = _ADDRESS.search(self.author)
        return match[1] if match else re.sub(r"[<>\"\s]", "", self.author.partition("(")[0])

    @Once
    def daemon(self) -> bool:
        """The author is a mail system: by its local part (RFC 2142, RFC 3464 2) or by its name."""
        return (
            ("from" in self.head and self.author.strip('"<> \t') == "")
            or _DAEMON_LOCAL.match(self.local) is not None
            or _DAEMON_NAME.search(self.author) is not None
        )

    @Once
    def surely_daemon(self) -> bool:
        """Nobody writes from this local part."""
        return _DAEMON_SURE.match(self.local) is not None

    @Once
    def office(self) -> bool:
        """People of a small office write from this local part too, though mail systems use it; no system's name is shown."""
        local = ("mail", "root", "administrateur", "administrator", "delivery")
        return self.local in local and _DAEMON_NAME.search(self.author.partition("<")[0]) is None

    @Once
    def forwarded(self) -> bool:
        """The subject says that a person passes a mail on."""
        return _FORWARDED.match(self.subject) is not None

    @Once
    def answered(self) -> bool:
        """The subject is that of an answer."""
        return _ANSWERED.match(self.subject) is not None

    @Once
    def automatic(self) -> str:
        """RFC 3834 5: the Auto-Submitted keyword without comment and parameters, or ''; `no` counts as ''."""
        keyword = self.head.get("auto-submitted", "").partition("(")[0].partition(";")[0].strip().lower()
        return "" if keyword == "no" else keyword

    def own_parts(self, *types: str) -> list[Part]:
        """Parts of the mail itself, not of a mail attached to it, whose type is one of `types`."""
        return [part for part in self.parsed.parts if part.type in types and not part.inside]


def hinted(*words: str) -> re.Pattern[bytes]:
    """What finds any of `words` in `Signs.low`."""
    return re.compile(any_of(words).encode("latin-1"))
