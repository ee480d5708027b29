"""Each rule of the SMTP and LMTP doors as a transcript: tests/e2e/transcripts/*.txt.

# the rule
door: lmtp, relay, message_bytes=100      what this door is (default: SMTP, the peer is no relay)
C: a line of the client (Python escapes such as \\n and \\xe9 are octets); lines that follow each other go out at once
c: the same without CRLF
S: a line of the server, exactly
X: the server closes the connection
A: an accepted mail: its envelope and octets, at the end of the transcript, in order
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parents[1] / "doors"))
from door_under_test import Peer, Town, door  # noqa: E402

TRANSCRIPTS = sorted((Path(__file__).parent / "transcripts").glob("*.txt"))


@dataclass
class Transcript:
    options: dict[str, Any] = field(default_factory=dict)
    limits: dict[str, Any] = field(default_factory=dict)
    turns: list[tuple[str, str]] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)


def read(path: Path) -> Transcript:
    transcript = Transcript()
    for line in path.read_text("utf-8").splitlines():
        kind, _, text = line.partition(":")
        text = text.removeprefix(" ")
        if kind == "door":
            for word in text.replace(",", " ").split():
                name, equals, value = word.partition("=")
                if equals:
                    transcript.limits[name] = float(value) if "." in value else int(value)
                else:
                    transcript.options |= {"protocol": "lmtp"} if name == "lmtp" else {"relay": True}
        elif kind == "A":
            transcript.accepted.append(text)
        elif line and not line.startswith("#"):
            assert kind in ("C", "c", "S", "X"), line
            transcript.turns.append((kind, text))
    return transcript


def octets(kind: str, text: str) -> bytes:
    """A client's line: UTF-8, with escapes for what cannot be typed."""
    return text.encode("utf-8").decode("unicode_escape").encode("latin-1") + (b"\r\n" if kind == "C" else b"")


def told(mail: Any) -> str:
    e = mail.envelope
    parts = [f"from=<{e.mail_from}>", *(f"to=<{rcpt}>" for rcpt in e.rcpt_to), f"helo={e.helo}"]
    parts += [f"client={e.client}"] if e.client else []
    return " ".join([*parts, repr(mail.octets)[1:]])


async def play(transcript: Transcript) -> list[str]:
    town = Town()
    async with door(town, limits=transcript.limits, **transcript.options) as opened:
        peer = await Peer.at(opened)
        for n, (kind, text) in enumerate(transcript.turns, 1):
            if kind in ("C", "c"):
                peer.send(octets(kind, text))
            else:
                assert await peer.line() == ("" if kind == "X" else text), f"turn {n}: {kind}: {text}"
        peer.close()
    return [told(mail) for mail in town.mails]


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda p: p.stem)
def test_transcript(path: Path) -> None:
    transcript = read(path)
    assert asyncio.run(play(transcript)) == transcript.accepted


def test_every_transcript_says_its_rule() -> None:
    silent = [p.name for p in TRANSCRIPTS if not p.read_text("utf-8").startswith("# ")]
    assert (silent, len(TRANSCRIPTS) > 20) == ([], True)
