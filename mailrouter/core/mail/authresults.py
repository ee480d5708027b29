"""Authentication-Results fields (RFC 8601 2.2): the grammar, and nothing about whom to believe (checks/authres.py).

Read strictly where a value could be taken for another: an unbalanced comment or quote, a missing authserv-id or
version we do not know make the whole field count for nothing. Read leniently where relays differ harmlessly:
`action=none` of Exchange Online has no ptype and is dropped, a final ";" is no result.
"""

from __future__ import annotations

import re
from typing import Final

from mailrouter.core.model import Frozen, Verdict

_FOLD: Final = " \t\r\n"
_VALUE_ENDS: Final = frozenset(_FOLD + ";(")
# RFC 2045 5.1 token, and the characters beyond ASCII that RFC 8601 2.2 allows in an authserv-id.
_TOKEN = re.compile(r'[^\s()<>@,;:\\"/\[\]?=]+')
_KEYWORD = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?")
_DIGITS = re.compile(r"\d+")


class AuthResults(Frozen, frozen=True, kw_only=True):
    """One field. `authserv_id` in lower case. `defect` says why nothing of it counts: `results` is empty then.

    Properties of a verdict are (ptype.property, value) in order, names in lower case, values unquoted, repeated
    ones kept: whoever needs exactly one must count.
    """

    authserv_id: str = ""
    results: tuple[Verdict, ...] = ()
    defect: str = ""


class _Malformed(Exception):
    """What the grammar does not allow; becomes AuthResults.defect."""


def authentication_results(value: str) -> AuthResults:
    """The results in the value of an Authentication-Results field, folded or not. Never raises."""
    scan = _Scanner(value)
    authserv_id = ""
    try:
        authserv_id = scan.head()
        return AuthResults(authserv_id=authserv_id, results=scan.results())
    except _Malformed as fault:
        return AuthResults(authserv_id=authserv_id, defect=str(fault))


class _Scanner:
    """A cursor over the field's value; every method leaves it behind what it read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def head(self) -> str:
        """[CFWS] authserv-id [ CFWS authres-version ]."""
        self.skip()
        name = self.quoted() if self.peek() == '"' else self.match(_TOKEN, "no authserv-id")
        self.skip()
        if self.peek().isdigit() and self.match(_DIGITS, "") != "1":
            raise _Malformed("authres-version is not 1")
        self.skip()
        if self.peek() not in ("", ";"):
            raise _Malformed("no authserv-id")
        return name.lower()

    def results(self) -> tuple[Verdict, ...]:
        """no-result / 1*resinfo."""
        found: list[Verdict] = []
        while self.take(";"):
            self.skip()
            if self.peek() not in ("", ";"):
                found += self.resinfo()
            self.skip()
        if self.peek():
            raise _Malformed("text after the results")
        return tuple(found)

    def resinfo(self) -> list[Verdict]:
        """methodspec [ reasonspec ] [ 1*propspec ]; nothing for `none`, and for a version of the method that we do not know."""
        method = self.match(_KEYWORD, "no method").lower()
        self.skip()
        if method == "none" and self.peek() in ("", ";"):
            return []
        version = "1"
        if self.take("/"):
            self.skip()
            version = self.match(_DIGITS, "no method-version")
        self.equals()
        result = self.match(_KEYWORD, "no result").lower()
        reason, properties = self.details()
        verdict = Verdict(method=method, result=result, reason=reason, properties=properties)
        return [verdict] if version == "1" else []

    def details(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        """The reason and the properties up to the next ";"."""
        reason = ""
        properties: list[tuple[str, str]] = []
        self.skip()
        while self.peek() not in ("", ";"):
            ptype = self.match(_KEYWORD, "no ptype").lower()
            self.skip()
            name = ""
            if self.take("."):
                self.skip()
                name = self.match(_KEYWORD, "no property").lower()
            self.equals()
            value = self.pvalue()
            if name:
                properties.append((f"{ptype}.{name}", value))
            elif ptype == "reason":
                reason = value
            self.skip()
        return reason, tuple(properties)

    def pvalue(self) -> str:
        """value / [ [ local-part ] "@" ] domain-name; quoted strings unquoted, also as the local part of an address."""
        parts: list[str] = []
        while (char := self.peek()) and char not in _VALUE_ENDS:
            parts.append(self.quoted() if char == '"' else self.next())
        return "".join(parts)

    def quoted(self) -> str:
        """quoted-string (RFC 5322 3.2.4), unfolded."""
        self.at += 1
        parts: list[str] = []
        while (char := self.next()) != '"':
            parts.append(self.next() if char == "\\" else char)
        return re.sub(r"\r?\n(?=[ \t])", "", "".join(parts))

    def skip(self) -> None:
        """CFWS: white space, folds and comments, which nest (RFC 5322 3.2.2)."""
        depth = 0
        while (char := self.peek()) and (depth or char in _FOLD or char == "("):
            self.at += 1
            if char == "\\" and depth:
                self.next()
            depth += (char == "(") - (char == ")")
        if depth:
            raise _Malformed("unbalanced comment")

    def equals(self) -> None:
        """[CFWS] "=" [CFWS]."""
        self.skip()
        if not self.take("="):
            raise _Malformed('"=" is missing')
        self.skip()

    def match(self, pattern: re.Pattern[str], missing: str) -> str:
        """What matches `pattern` here."""
        found = pattern.match(self.text, self.at)
        if not found:
            raise _Malformed(missing)
        self.at = found.end()
        return found.group()

    def take(self, char: str) -> bool:
        """Whether `char` stands here; then behind it."""
        here = self.peek() == char
        self.at += here
        return here

    def peek(self) -> str:
        """The character here, '' at the end."""
        return self.text[self.at : self.at + 1]

    def next(self) -> str:
        """The character here, and behind it; the text must not end here."""
        char = self.peek()
        if not char:
            raise _Malformed("unbalanced quote or comment")
        self.at += 1
        return char
