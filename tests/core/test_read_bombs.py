"""Guarantee: what a hostile mail costs grows with its size and no faster, or it is held: no shape of mail is a bomb.

Judged by ratio in one run, so that neither a slow machine nor a busy one matters: four times the input may cost eight
times the CPU at most, where a quadratic reading costs sixteen times as much.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from mailrouter.core.mail.read import read

HEAD = b"From: z@x.example\nSubject: x\nMIME-Version: 1.0\n"
HTML = HEAD + b"Content-Type: text/html; charset=utf-8\n\n"
TEXT = HEAD + b"Content-Type: text/plain; charset=utf-8\n\n"
ATTRIBUTION = "Le 3 mars 2025 à 10:12, Jean <j@x.example> a écrit :\n".encode()
LETTER = "J'accompagne Monsieur Luc PETIT, né le 3 avril 1961. Mandat du 3 mars. ".encode()
REPORT = b"From: MAILER-DAEMON@x.example\nSubject: Undelivered Mail\n\n"
ABSENCE = b"Auto-Submitted: auto-replied\nDate: Thu, 12 Mar 2026 10:00:00 +0100\n" + HEAD + b"\n"
DSN = (
    HEAD
    + b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n"
)

BOMBS: dict[str, tuple[int, Callable[[int], bytes]]] = {
    # name -> (size, the mail of that size): below every budget also when it is four times as large
    "semicolons in Content-Type": (6_000, lambda n: HEAD + b"Content-Type: text/plain" + b";" * n + b"\n\nx"),
    "parameters in pieces": (500, lambda n: HEAD + b"Content-Type: text/plain" + b"; n*0*=x" * n + b"\n\nx"),
    "begins of encoded words in the subject": (3_000, lambda n: b"Subject: " + b"=?" * n + b"\n\nx"),
    "begins of encoded words in the text": (60_000, lambda n: TEXT + b"=?" * n),
    "quotation marks in From": (6_000, lambda n: b"From: " + b'"' * n + b"\n\nx"),
    "parentheses in To": (6_000, lambda n: HEAD + b"To: " + b"(" * n + b"\n\nx"),
    "recipients": (
        220,
        lambda n: HEAD + b"To: " + b", ".join(b"a%d@b.example" % k for k in range(n)) + b"\n\nx",
    ),
    "a name of capitals above a quote": (
        90,
        lambda n: TEXT + b"Ok.\n" + "Ó".encode() * n + b"e@x, 9 Jun 2025, Anne:\n\n> done?\n",
    ),
    "a warning's button and marks": (
        8_000,
        lambda n: (
            TEXT + b"This message came from outside your organization.\nLearn more" + b"!" * n + b"x\n\nOk."
        ),
    ),
    "blanks before an author's name": (
        8_000,
        lambda n: b"From: Ann Lee <a@x.example>\nSubject: x\n\nOk.\n\nx" + b" " * n + b"y\nAnn Lee\n",
    ),
    "quotes ever deeper": (300, lambda n: TEXT + b"".join(b">" * (k * 300 // n) + b" x\n" for k in range(n))),
    "marks on one line": (60_000, lambda n: TEXT + b">" * n),
    "quoted lines": (10_000, lambda n: TEXT + b"> a\n" * n),
    "initials before the mark": (5_000, lambda n: TEXT + b"JD> a\n" * n),
    "attributions": (2_000, lambda n: TEXT + ATTRIBUTION * n),
    "attributions of GroupWise": (1_000, lambda n: TEXT + b">>> " + (b">>> " + ATTRIBUTION) * n),
    "attributions over other marks": (1_000, lambda n: TEXT + (ATTRIBUTION + b"| x\n| y\n") * n),
    "author fields": (3_000, lambda n: TEXT + b"De : x\n" * n),
    "heads of Notes": (1_000, lambda n: TEXT + b"Karim BENALI\n05/06/2025 08:01\nA\tx\ncc\n" * n),
    "rules and notices": (800, lambda n: TEXT + b"x\n----\nCe message est confidentiel\n----\n" * n),
    "dashes": (60_000, lambda n: TEXT + b"-" * n),
    "spaces": (60_000, lambda n: TEXT + b" " * n + b"x"),
    "labelled lines": (3_000, lambda n: TEXT + b"nom : x\n" * n),
    "columns of labels": (1_500, lambda n: TEXT + "Nom\tPrénom\tNIR\nA\tB\tC\n".encode() * n),
    "people in prose": (150, lambda n: TEXT + LETTER * n),
    "days of absence": (1_500, lambda n: ABSENCE + b"absent jusqu'au 20 mars du 3 au 4 " * n),
    "failed addresses": (1_500, lambda n: REPORT + b"<a@b.example>: 550 5.1.1 user unknown\n" * n),
    "groups of a report": (
        400,
        lambda n: DSN + b"Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1\n\n" * n,
    ),
    "uuencoded begins": (5_000, lambda n: TEXT + b"begin 644 a\n" * n),
    "blockquotes": (3_000, lambda n: HTML + b"<blockquote>" * n + b"x"),
    "ampersands": (30_000, lambda n: HTML + b"&" * n),
    "open comments": (3_000, lambda n: HTML + b"<!-- <a '\"" * n),
}


def cost(octets: bytes) -> float:
    """Seconds of CPU, the better of two readings."""
    found = []
    for _ in range(2):
        begin = time.process_time()
        assert read(octets).message.held is None
        found.append(time.process_time() - begin)
    return min(found)


@pytest.mark.parametrize("name", BOMBS)
def test_four_times_the_bomb_costs_no_sixteen_times_the_work(name: str) -> None:
    size, bomb = BOMBS[name]
    small, large = bomb(size), bomb(4 * size)
    for _ in range(3):  # a neighbour who takes the cache may spoil one measurement, not three
        spent, more = cost(small), cost(large)
        if more <= 8 * max(spent, 0.001):
            return
    pytest.fail(f"{spent * 1000:.1f} ms, and {more * 1000:.1f} ms for four times as much")
