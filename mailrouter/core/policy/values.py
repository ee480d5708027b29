"""What one value of the configuration may be: each type reads text and says, when it cannot, what to write."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from mailrouter.core.domains import canonical
from mailrouter.core.policy.duration import PATTERN, duration
from mailrouter.core.policy.faults import one_of
from mailrouter.core.policy.localpart import canonical_address
from mailrouter.core.policy.schema import Duration
from mailrouter.core.policy.slug import slug

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY = re.compile(r"^\d{4}-\d{2}-\d{2}$")
_HOURS = re.compile(r"^(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})$")
_MOMENT = re.compile(r"^([a-z]+) +(\d{1,2})(?::00)?$")
_DOMAIN = re.compile(r"^(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))+$")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")


def one_line(text: str) -> str:
    """Text that may stand in a mail header: not empty, one line, no control characters."""
    written = text.strip()
    if not written:
        raise ValueError("empty; write a value or remove the line")
    if _CONTROL.search(written):
        raise ValueError(f"{written!r} holds a line break or control character; write one line")
    return written


def slugged(text: str) -> str:
    """A slug, given as one."""
    if not text or slug(text) != text:
        raise ValueError(f"{text!r} cannot stand in an address; write '{slug(text) or 'lot'}'")
    return text


def address(text: str) -> str:
    """A mail address (RFC 5321, checked by email-validator without DNS), in lower case."""
    try:
        # test_environment: the reserved domain .test is allowed, as .example is.
        known = validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        reason = str(error).rstrip(".")
        raise ValueError(f"{text!r} is no mail address: {reason[0].lower()}{reason[1:]}") from None
    return canonical_address(known.normalized)


def domain(text: str) -> str:
    """A mail domain, in lower case."""
    written = text.strip().lower()
    written = written if written.isascii() else canonical(written)
    if "@" in written:
        raise ValueError(f"{text!r} is an address; write the domain alone: {written.rpartition('@')[2]}")
    if not _DOMAIN.match(written):
        raise ValueError(f"{text!r} is no domain; write it as caf46.example")
    return written


def day(text: Any) -> date:
    """A date, as 2026-01-15."""
    if isinstance(text, date):
        return text
    try:
        if isinstance(text, str) and _DAY.match(text):
            return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not in the calendar; write a date that exists") from None
    raise ValueError(f"{text!r} is no date; write year-month-day, such as 2026-01-15")


def truth(text: Any) -> bool:
    """true or false. In YAML 1.2 `no` and `off` are plain words, so reading them as false would be a guess."""
    if isinstance(text, bool):
        return text
    if text in ("true", "false"):
        return bool(text == "true")
    raise ValueError(f"{text!r} is neither true nor false; write true or false")


def hours(text: Any) -> tuple[int, int]:
    """(from, to) in minutes after midnight, of "09:00-12:30"."""
    match = _HOURS.match(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f"{text!r} is no opening time; write from-to, such as 09:00-12:30")
    opens, closes = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
    if not opens < closes <= 24 * 60:
        raise ValueError(f"{text!r} does not end after it begins, on one day; write 09:00-17:00")
    return opens, closes


def weekday(text: Any) -> int:
    """0 for monday."""
    if isinstance(text, str) and text.lower() in WEEKDAYS:
        return WEEKDAYS.index(text.lower())
    raise ValueError(f"{text!r} is no day; write {one_of(WEEKDAYS)}")


def week_moment(text: Any) -> tuple[int, int]:
    """(weekday, hour) of "monday 8"."""
    match = _MOMENT.match(text.lower()) if isinstance(text, str) else None
    if match is None or match[1] not in WEEKDAYS or int(match[2]) > 23:
        raise ValueError(f"{text!r} is no day and hour; write it as 'monday 8'")
    return WEEKDAYS.index(match[1]), int(match[2])


def day_moment(text: Any) -> tuple[int | None, int]:
    """(weekday, hour) of "monday 8"; without a weekday for "daily 8"."""
    match = _MOMENT.match(text.lower()) if isinstance(text, str) else None
    if match and match[1] == "daily" and int(match[2]) <= 23:
        return None, int(match[2])
    try:
        return week_moment(text)
    except ValueError:
        raise ValueError(f"{text!r} is no day and hour; write it as 'daily 8' or 'monday 8'") from None


def zone(text: str) -> str:
    """A name of the IANA time zone database."""
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{text!r} is no time zone; write its IANA name, such as Europe/Paris") from None
    return text


def phone(text: str) -> str:
    """A telephone number as people write it."""
    if not re.fullmatch(r"\+?[\d .()/-]{2,30}", text):
        raise ValueError(f"{text!r} is no telephone number; write digits and spaces, such as 05 65 00 00 00")
    return " ".join(text.split())


def length_of_time(text: Any) -> Duration:
    """A duration, of "3 business days"."""
    return text if isinstance(text, Duration) else duration(str(text))


def postcode(text: str) -> str:
    """The beginning of a postcode."""
    if not re.fullmatch(r"\d{1,5}", text):
        raise ValueError(f'{text!r} is no beginning of a postcode; write digits in quotes, such as "46"')
    return text


def _text_schema(pattern: str, *examples: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, "examples": list(examples)})


Line = Annotated[str, AfterValidator(one_line)]
Several = Annotated[
    tuple[Line, ...],
    BeforeValidator(lambda given: [given] if isinstance(given, str) else given),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]
Slug = Annotated[
    str, AfterValidator(slugged), Field(json_schema_extra={"pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"})
]
Address = Annotated[str, AfterValidator(address), Field(json_schema_extra={"format": "email"})]
Domain = Annotated[str, AfterValidator(domain)]
Day = Annotated[date, BeforeValidator(day)]
Truth = Annotated[bool, BeforeValidator(truth)]
Hours = Annotated[tuple[int, int], BeforeValidator(hours), _text_schema(_HOURS.pattern, "09:00-12:30")]
Weekday = Annotated[int, BeforeValidator(weekday), WithJsonSchema({"enum": list(WEEKDAYS)})]
WeekMoment = Annotated[
    tuple[int, int], BeforeValidator(week_moment), _text_schema(_MOMENT.pattern, "monday 8")
]
DayMoment = Annotated[
    tuple[int | None, int],
    BeforeValidator(day_moment),
    _text_schema(_MOMENT.pattern, "daily 8", "monday 8"),
]
Zone = Annotated[str, AfterValidator(zone)]
Phone = Annotated[str, AfterValidator(phone)]
Time = Annotated[
    Duration, BeforeValidator(length_of_time), _text_schema(PATTERN, "3 business days", "2 working hours")
]
Postcode = Annotated[str, AfterValidator(postcode)]
Count = Annotated[int, Field(ge=0, le=1_000_000_000)]
