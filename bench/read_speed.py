"""Reading a mail in full, beside the standard library's bare parse and flanker's, in the same run, by size.

    .venv/bin/python bench/read_speed.py [--json] [--stages] [--rounds 30] [--at-most 3.0]

`read` is everything that `mailrouter read` gives (parsed, classified, new text, forward, what it states); the
other two only build a tree of parts. CPU time, the best of the rounds, the three taken in turn, so that a noisy
machine tilts none. `--stages` tells where our time goes; `--at-most N` ends with 1 when a 3 KB mail costs more
than N times the standard library's parse.
"""

from __future__ import annotations

import argparse
import email
import json
import logging
import sys
import time
from collections.abc import Callable

from read_loads import loads

from mailrouter.core.mail.fresh import forward, visible
from mailrouter.core.mail.kinds import classify
from mailrouter.core.mail.read import read
from mailrouter.core.mail.says import fields, language
from mailrouter.core.mail.wire import parse


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


def measure(rounds: int, with_stages: bool) -> dict[str, dict[str, object]]:
    """Figures by load: mails per second of each reader, our cost over the standard library's."""
    readers: dict[str, Callable[[bytes], object]] = {
        "read": read,
        "stdlib": email.message_from_bytes,
        "flanker": flanker_parser(),
    }
    figures: dict[str, dict[str, object]] = {}
    for name, mails in loads().items():
        seconds = best(readers, mails, rounds)
        row: dict[str, object] = {"octets": sum(map(len, mails)) // len(mails)}
        row |= {f"{reader} mails/s": round(1 / cost) for reader, cost in seconds.items()}
        row["read / stdlib"] = round(seconds["read"] / seconds["stdlib"], 2)
        if with_stages:
            row["stages µs"] = stages(mails, rounds)
        figures[name] = row
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--stages", action="store_true")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--at-most", type=float, default=0.0)
    asked = parser.parse_args()
    figures = measure(asked.rounds, asked.stages)
    if asked.json:
        print(json.dumps(figures, ensure_ascii=False))
    else:
        for name, row in figures.items():
            print(f"{name:<22}", "  ".join(f"{key} {value}" for key, value in row.items()))
    small = [float(str(row["read / stdlib"])) for name, row in figures.items() if name.startswith("3 KB")]
    return int(bool(asked.at_most) and max(small) > asked.at_most)


if __name__ == "__main__":
    sys.exit(main())
