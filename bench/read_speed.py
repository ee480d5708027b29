"""Reading a mail in full, beside the standard library's bare parse and flanker's, in the same run, by size.

    .venv/bin/python bench/read_speed.py [--json] [--stages] [--rounds 30] [--at-most 3.0] [DIR ...]

`read` is everything that `mailrouter read` gives (parsed, classified, new text, forward, what it states); the
other two only build a tree of parts. CPU time, the best of the rounds, the three taken in turn, so that a noisy
machine tilts none. `--stages` tells where our time goes, but for reports, which pass by half of the stages.

"3 KB, all kinds" is the time for one mail of each 3 KB kind together. `--at-most N` ends with 1 when one of the
kinds costs more than N times the standard library's parse. With directories, the whole mails in them are read instead, grouped by
size: for real mails, of which ours are only likenesses.
"""

from __future__ import annotations

import argparse
import email
import json
import logging
import re
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

from read_loads import loads

from mailrouter.core.mail.fresh import forward, visible
from mailrouter.core.mail.kinds import classify
from mailrouter.core.mail.read import read
from mailrouter.core.mail.says import fields, language
from mailrouter.core.mail.wire import parse
from mailrouter.core.model import REPORTS

SIZES = (0, 1_500, 2_500, 3_600, 6_000, 20_000, 1_000_000)
_FROM = re.compile(rb"^From:", re.I | re.M)


def flanker_parser() -> Callable[[bytes], object]:
    """flanker's MIME parser, without its log."""
    logging.getLogger("flanker").setLevel(logging.CRITICAL + 1)
    for name in ("flanker.addresslib._parser.parser", "flanker.addresslib._parser.lexer"):
        logging.getLogger(name).disabled = True
    from flanker.mime import from_string

    return from_string


def best(
    contestants: dict[str, Callable[[bytes], object]], mails: list[bytes], rounds: int
) -> dict[str, float]:
    """Seconds of CPU for one mail, the best round of each contestant, in turn."""
    found = dict.fromkeys(contestants, float("inf"))
    for _ in range(rounds):
        for name, function in contestants.items():
            begin = time.process_time()
            for octets in mails:
                function(octets)
            found[name] = min(found[name], (time.process_time() - begin) / len(mails))
    return found


def stages(mails: list[bytes], rounds: int) -> dict[str, float]:
    """Microseconds of CPU for one mail by stage of `read`."""
    read_ahead = [(parsed := parse.parse(octets), visible.visible(parsed).visible) for octets in mails]
    ahead = dict(zip(mails, read_ahead, strict=True))
    found = best(
        {
            "parse": parse.parse,
            "visible": lambda octets: visible.visible(ahead[octets][0]),
            "classify": lambda octets: classify.classify(ahead[octets][0]),
            "forward": lambda octets: forward.forwarded(ahead[octets][0]),
            "stated": lambda octets: fields.stated(*ahead[octets], ahead[octets][0].html),
            "language": lambda octets: language.language_of(ahead[octets][1]),
        },
        mails,
        rounds,
    )
    return {name: round(seconds * 1e6, 1) for name, seconds in found.items()}


def whole_mails(directories: list[Path]) -> dict[str, list[bytes]]:
    """The mails in `directories` that have a From, grouped by size; files that are no whole mail are left out."""
    files = sorted(file for directory in directories for file in directory.rglob("*") if file.is_file())
    mails = {octets for file in files if _FROM.search((octets := file.read_bytes()).partition(b"\n\n")[0])}
    grouped = {
        f"{low / 1000:g} to {high / 1000:g} KB": [octets for octets in mails if low <= len(octets) < high]
        for low, high in pairwise(SIZES)
    }
    return {name: found for name, found in grouped.items() if found}


def tried(readers: dict[str, Callable[[bytes], object]], mails: list[bytes]) -> list[bytes]:
    """Those of `mails` that no reader raises on: flanker does on some real ones, and would be timed until then."""

    def reads(octets: bytes) -> bool:
        with suppress(Exception):  # whatever another's parser raises
            for function in readers.values():
                function(octets)
            return True
        return False

    return [octets for octets in mails if reads(octets)]


def measure(
    given: dict[str, list[bytes]], rounds: int, with_stages: bool
) -> tuple[dict[str, dict[str, object]], float]:
    """(figures by load: mails per second of each reader, our cost over the standard library's; that cost for the 3 KB
    kinds together, one mail of each)."""
    readers: dict[str, Callable[[bytes], object]] = {
        "read": read,
        "stdlib": email.message_from_bytes,
        "flanker": flanker_parser(),
    }
    figures: dict[str, dict[str, object]] = {}
    ours = theirs = 0.0
    for name, mails in given.items():
        mails = tried(readers, mails)
        seconds = best(readers, mails, rounds)
        row: dict[str, object] = {"mails": len(mails), "octets": sum(map(len, mails)) // len(mails)}
        row |= {f"{reader} mails/s": round(1 / cost) for reader, cost in seconds.items()}
        row["read / stdlib"] = round(seconds["read"] / seconds["stdlib"], 2)
        people = [octets for octets in mails if with_stages and read(octets).message.kind not in REPORTS]
        if people:
            row["stages µs"] = stages(people, rounds)
        figures[name] = row
        if name.startswith("3 KB"):
            ours, theirs = ours + seconds["read"], theirs + seconds["stdlib"]
    return figures, ours / theirs if theirs else 0.0


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--stages", action="store_true")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--at-most", type=float, default=0.0)
    parser.add_argument("directories", nargs="*", type=Path)
    asked = parser.parse_args()
    given = whole_mails(asked.directories) if asked.directories else loads()
    figures, together = measure(given, asked.rounds, asked.stages)
    if together:
        figures["3 KB, all kinds"] = {"read / stdlib": round(together, 2)}
    if asked.json:
        print(json.dumps(figures, ensure_ascii=False))
    else:
        for name, row in figures.items():
            print(f"{name:<22}", "  ".join(f"{key} {value}" for key, value in row.items()))
    small = [float(str(row["read / stdlib"])) for name, row in figures.items() if name.startswith("3 KB")]
    return int(bool(asked.at_most) and max(small, default=0.0) > asked.at_most)


if __name__ == "__main__":
    sys.exit(main())
