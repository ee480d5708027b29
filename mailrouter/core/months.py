"""The names of the months, January first, in the languages that mails are written in by us."""

from __future__ import annotations

from typing import Final, Literal

_FRENCH = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"
_ENGLISH = "January February March April May June July August September October November December"
MONTHS: Final[dict[Literal["fr", "en"], tuple[str, ...]]] = {
    "fr": tuple(_FRENCH.split()),
    "en": tuple(_ENGLISH.split()),
}
