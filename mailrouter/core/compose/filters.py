"""Filters of the body templates: machine values in a language's words. The words are the templates' own (words.j2)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, pass_context
from jinja2.runtime import Context


def install(environment: Environment, words: Mapping[str, Any]) -> None:
    """Give the environment the language's words as globals, and the filters that use them."""
    environment.globals.update(words)
    environment.filters.update(
        {
            "date": day,
            "dated": dated,
            "instant": instant,
            "duration": duration,
            "org": organisation,
            "orgs": organisations,
            "listed": listed,
            "field": field,
            "size": size,
            "phone": phone,
        }
    )


@pass_context
def day(context: Context, iso: str) -> str:
    """ "2026-03-20" or an instant as "20 mars 2026", in the territory's zone."""
    return str(context["date_form"]).format(**_parts(context, iso))


_PHONE = re.compile(r"^(?:(\+33)([1-9])|(?=0))((?:\d\d){4,5})$")
_PAIR = re.compile(r"\d\d")
_ISO_DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
# French words that a day with its article follows ("coupure prévue le 20 mars").
_TAKES_ARTICLE = re.compile(
    r"\b(?:avant|pour|depuis|dès|d'ici|né|née|prévue?|fixée?|annoncée?|attendue?|demandée?)\s\Z",
    re.I,
)


@pass_context
def dated(context: Context, text: str) -> str:
    """ "expulsion 2026-03-20" as "expulsion 20 mars 2026": every date that exists, in a text that is not all date. What is
    read as a date takes its article along ("avant le 20 mars"), and French needs it there."""

    def written(match: re.Match[str]) -> str:
        try:
            told = day(context, match[0])
        except ValueError:
            return match[0]
        return f"le {told}" if _TAKES_ARTICLE.search(text, 0, match.start()) else told

    return _ISO_DATE.sub(written, text)


@pass_context
def instant(context: Context, iso: str) -> str:
    """An instant as "vendredi 20 mars 2026 à 14 h 05", in the territory's zone."""
    return str(context["instant_form"]).format(**_parts(context, iso))


def _parts(context: Context, iso: str) -> dict[str, str]:
    moment = datetime.fromisoformat(iso)
    if moment.tzinfo is not None:
        moment = moment.astimezone(ZoneInfo(context["zone"]))
    return {
        "weekday": context["weekdays"][moment.weekday()],
        "day": context["first_day"] if moment.day == 1 else str(moment.day),
        "month": context["months"][moment.month - 1],
        "year": str(moment.year),
        "hour": str(moment.hour),
        "minute": f"{moment.minute:02}",
    }


@pass_context
def duration(context: Context, text: str) -> str:
    """ "3 business days" as "3 jours ouvrés"."""
    count, _, unit = text.partition(" ")
    one, many = context["units"][unit.removesuffix("s")]
    return f"{count} {one if count in ('0', '1') else many}"


def phone(number: str) -> str:
    """ "0612345678" as "06 12 34 56 78", as it is read aloud and typed; any other form as it is."""
    found = _PHONE.match(number)
    return " ".join((*filter(None, found.groups()[:2]), *_PAIR.findall(found[3]))) if found else number


@pass_context
def organisation(context: Context, code: str) -> str:
    """ "CAF" as "CAF du Lot"."""
    return str(context["names"].get(code, code))


@pass_context
def listed(context: Context, items: Iterable[Any]) -> str:
    """["a", "b", "c"] as "a, b et c"."""
    *first, last = [str(item) for item in items] or [""]
    return f"{', '.join(first)} {context['and']} {last}" if first else last


@pass_context
def organisations(context: Context, codes: Iterable[str]) -> str:
    """["CAF", "MSA"] as "CAF du Lot et MSA du Lot"."""
    return listed(context, [organisation(context, code) for code in codes])


@pass_context
def field(context: Context, name: str) -> str:
    """A usager field by its label: "naissance" as "Date de naissance"."""
    return str(context["field_names"].get(name, name))


@pass_context
def size(context: Context, octets: int) -> str:
    """Octets as "120 Ko" or "1,4 Mo"."""
    small, middle, large = context["sizes"]
    if octets < 1000:
        return f"{octets} {small}"
    if octets < 1_000_000:
        return f"{octets // 1000} {middle}"
    return f"{octets / 1_000_000:.1f} {large}".replace(".", context["decimal"])
