"""A story as it can be read: when, who says what over SMTP, what was decided, and who is written to with which subject.

Tokens of addresses are written as the person who holds them (`cas-<claire.martin>`), accepted ids are left out: what
remains is the same on every run."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from wire import Handed

PARIS = ZoneInfo("Europe/Paris")
_TOKEN = re.compile(r"\b(cas|r)-([0-9a-z]{31})\b", re.I)
_WIDE = 100
# Lines of a mail's own text that are shown.
_SHOWN = 4


@dataclass
class Transcript:
    """What happened in a town so far."""

    lines: list[str] = field(default_factory=list)
    holders: dict[str, str] = field(default_factory=dict)
    last: datetime | None = None

    def at(self, now: datetime) -> None:
        """The clock, when it moved since the last line."""
        if now != self.last:
            self.lines += ["", f"{now.astimezone(PARIS):%a %d %b %Y, %H:%M}"]
            self.last = now

    def handed(self, now: datetime, handed: Handed, octets: bytes) -> None:
        """A mail handed in: the dialogue, and the beginning of what its author wrote."""
        self.at(now)
        for side, line in handed.lines:
            if side == "S" and line.startswith("354"):
                continue
            told = line.replace(handed.accepted_as, "…") if handed.accepted_as else line
            self.lines.append(f"{side}: {told}")
            if line == "DATA":
                self.lines += [f"   | {text}" for text in _shown(octets)]

    def decided(self, disposition: str, rule: str) -> None:
        """What the service did with it."""
        self.lines.append(f"=  {disposition}: {rule}")

    def sent(self, now: datetime, letters: Iterable[Any]) -> None:
        """What it wrote, and to whom."""
        rows = sorted(letters, key=lambda letter: (letter.to, letter.template, letter.subject))
        if rows:
            self.at(now)
        for letter in rows:
            for address in (letter.reply_to, letter.mail_from):
                for _, token in _TOKEN.findall(address):
                    self.holders[token.lower()] = letter.to.partition("@")[0]
            self.lines.append(f"→  {letter.to}: {letter.template}: {letter.subject}")

    def text(self, title: str) -> str:
        """The whole, without what differs between runs."""
        told = "\n".join(self.lines)
        return f"{title}\n{_TOKEN.sub(self._holder, told)}\n"

    def _holder(self, found: re.Match[str]) -> str:
        return f"{found.group(1)}-<{self.holders.get(found.group(2).lower(), '?')}>"


def _shown(octets: bytes) -> list[str]:
    message = email.message_from_bytes(octets, policy=email.policy.default)
    body = message.get_body(("plain", "html"))
    text = body.get_content() if body else ""
    own = []
    for line in text.splitlines():
        if line.startswith(">") or re.match(r"Le .* a écrit :$", line):
            break
        if line.strip():
            own.append(line.strip())
    head = f"From: {message['From']}  Subject: {message['Subject']}"
    more = ["…"] if len(own) > _SHOWN else []
    return [head, *(line[:_WIDE] for line in own[:_SHOWN]), *more]
