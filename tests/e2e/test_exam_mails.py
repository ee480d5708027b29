"""Three hundred mails that others wrote, of every kind, through the running service: nothing breaks, nothing is lost,
each has an explanation, and nobody gets mail whom the rules do not allow.

MAILROUTER_EXAMS names the directory that holds them; they are no part of the project."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "crash"))
from installation import CAF_BOX, CLAIRE, JULIEN, OPERATOR, ZOE, Place, Queued, deliver, queued  # noqa: E402
from places import databases, engine, found, found_place, nursery, secrets  # noqa: E402, F401

pytestmark = pytest.mark.crash

EXAMS = Path(os.environ.get("MAILROUTER_EXAMS", Path(__file__).parents[3] / "shared" / "exams"))
# Of each set: bounces, automatic replies, broken mails, forwards, replies (bare texts are wrapped).
SHARES = {"bounces": 110, "autoreply": 40, "parse": 80, "forwards": 40, "replies": 30}
ON_CASE = {ZOE, CLAIRE, JULIEN, CAF_BOX}


@pytest.fixture(scope="module")
def exams() -> list[tuple[str, bytes]]:
    """(name, octets) of three hundred mails, spread over each set."""
    if not EXAMS.is_dir():
        why = f"no mails in {EXAMS}; set MAILROUTER_EXAMS"
        pytest.fail(why) if os.environ.get("CI") == "true" else pytest.skip(why)
    mails: list[tuple[str, bytes]] = []
    for name, share in SHARES.items():
        records = [json.loads(line) for line in (EXAMS / name / "expected.jsonl").read_text().splitlines()]
        for n in range(share):
            record = records[n * len(records) // share]
            octets = (EXAMS / name / record["file"]).read_bytes()
            label = f"{name}/{record['file']}"
            mails.append(
                (label, octets if record["body"] == "message" else wrapped(octets, record["body"], n))
            )
    return mails


def wrapped(body: bytes, kind: str, n: int) -> bytes:
    """A bare body as a mail of somebody."""
    head = (
        f"From: quelquun{n}@ailleurs.example\r\nTo: lot@aplus.example\r\nSubject: Essai {n}\r\n"
        f"Message-ID: <essai{n}@ailleurs.example>\r\nMIME-Version: 1.0\r\n"
        f"Content-Type: text/{'html' if kind == 'html' else 'plain'}; charset=utf-8\r\n"
        "Content-Transfer-Encoding: 8bit\r\n\r\n"
    )
    return head.encode() + body


def on_the_wire(octets: bytes) -> bytes:
    """What a mail server makes of a stored mail before it sends it on: every line ends with CR LF (RFC 5321 2.3.8)."""
    lines = octets.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return lines.rstrip(b"\n").replace(b"\n", b"\r\n") + b"\r\n"


def address(mail: EmailMessage) -> str:
    """The case address that a mail of ours carries."""
    return str((mail["Reply-To"] or mail["From"]).addresses[0].addr_spec)


def test_three_hundred_mails(found_place: Callable[..., Place], engine: str, exams) -> None:  # noqa: F811
    """Every other one to a case's own address, as if somebody had passed it on; the rest to the territory."""
    assert len(exams) == 300
    place = found_place(engine)
    life = place.live(lease=60.0)
    deliver(queued(place.opening()), life.port)
    place.settled()
    before = place.arrivals()
    case = address(place.mailboxes()[CLAIRE][0])
    sent = [
        Queued(
            on_the_wire(octets),
            "" if n % 5 == 0 else f"p{n}@ailleurs.example",
            [(case, "lot@aplus.example")[n % 2]],
        )
        for n, (_, octets) in enumerate(exams)
    ]
    for mail in sent:
        deliver(mail, life.port)
    figures = place.settled()
    assert not life.ended() and "failed" not in life.said and "fault" not in life.said
    # The same octets to the same address twice are one mail, and counted as such.
    distinct = len({(m.octets, *m.rcpts) for m in sent})
    assert (figures["received"], figures["duplicate"]) == (301, 300 - distinct)
    assert figures["balanced"] and figures["pending"] == 0 and figures["opened"] == 1
    outcomes = Counter[str]()
    for (name, _), mail in zip(exams, sent, strict=True):
        decisions = place.explained(mail.inbound_id)
        assert decisions and all(d.trace and d.rule for d in decisions), name
        outcomes[decisions[0].disposition] += 1
    assert outcomes["attached"] == outcomes["opened"] == 0, "nobody here may write on a case or open one"
    # None of these writers is known and none is verified: the operators are told of what is held, and nobody else.
    arrived = place.arrivals() - before
    assert {to for to, _ in arrived} <= {OPERATOR} and set(arrived.values()) <= {1}
    (standing,) = place.standing()["cases"]
    assert standing.state == "open" and place.standing()["forgotten"] == []
    assert len(place.standing()["messages"]) == 1
