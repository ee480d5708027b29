"""The head that HCL Notes puts above what it quotes: a table whose fields have no colons.

    Karim BENALI/ASSO
    05/06/2025 08:01
            A       Sophie BLANC/CARSAT@CARSAT
            cc
            Objet   Mme H.

Nothing in it is a label by itself ("A", "cc"), so all must agree: a name above a line that is nothing but date and time,
a recipient's field below it, then a subject's, each before a tab or a gap.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from mailrouter.core.mail.fresh.header_labels import LABELS

_MOMENT = re.compile(r"\s*\d{1,4}[./-]\d{1,2}[./-]\d{2,4},? \d{1,2}:\d\d(?::\d\d)?(?: ?[AaPp][Mm])?\s*\Z")
_FIELD = re.compile(r"\s*([^\W\d_]{1,12})(?:\t+| {2,}|\s*\Z)(.*)")
_ABOVE: Final = 3  # lines above the moment in which the name stands
_BELOW: Final = 10  # lines below it in which the fields stand


def is_moment(line: str) -> bool:
    """Whether the line is a date and a time of day, nothing else. A cheap look."""
    return len(line) < 40 and _MOMENT.match(line) is not None


def head_at(lines: Sequence[str], moment: int, floor: int) -> tuple[int, int] | None:
    """Lines [begin, end) of such a head whose date and time stand at `moment`, or None. None begins before `floor`."""
    begin = next((i for i in range(moment - 1, max(floor, moment - _ABOVE) - 1, -1) if lines[i].strip()), -1)
    if begin < 0 or not _is_name(lines[begin].strip()):
        return None
    addressed = False
    for i in range(moment + 1, min(len(lines), moment + 1 + _BELOW)):
        found = _FIELD.match(lines[i])
        field = LABELS.get(found[1].casefold()) if found else None
        if field == "subject" and addressed:
            return begin, i + 1
        if field == "to":
            addressed = True
        elif lines[i].strip() and field != "cc":
            return None
    return None


def _is_name(text: str) -> bool:
    words = text.replace("/", " ").split()
    return 1 < len(words) <= 8 and all(not word[0].islower() or len(word) < 4 for word in words)
