"""Data-subject requests: find a usager's cases, give out everything kept of them, tell who received what.

Fields are sealed and have no index of names, on purpose: finding opens every case, slowly and logged by its caller.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Connection, select

from mailrouter.core.model import CaseView, Frozen
from mailrouter.core.text import fold
from mailrouter.store.blind import address_index
from mailrouter.store.casebook.files import load_files
from mailrouter.store.casebook.secrets import CaseBox
from mailrouter.store.casebook.view import CASE, PARTY, load_case
from mailrouter.store.cases import show_case
from mailrouter.store.outbox import open_text
from mailrouter.store.rows import AnyRow, rows
from mailrouter.store.seal import Erased, Sealer
from mailrouter.store.tables import AttemptRow, Audit, Outbox

_OUTBOX, _ATTEMPT, _AUDIT = rows(Outbox), rows(AttemptRow), rows(Audit)
_DAY: Final = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_ISO: Final = re.compile(r"\d{4}-\d\d-\d\d")
_WORDS: Final = re.compile(r"[a-z0-9]+")
# Fewer digits are a house number or a year; as many are an identifier, found whatever its spaces.
_IDENTIFIER_DIGITS: Final = 7


class Found(Frozen, frozen=True, kw_only=True):
    """A case that may be the usager's: which of its fields said so, never what they say."""

    case_id: str
    number: str
    state: str
    territory: str
    opened_at: datetime
    organisations: tuple[str, ...] = ()
    where: tuple[str, ...] = ()


class Export(Frozen, frozen=True, kw_only=True):
    """Everything kept of one case, and its files as (name, octets)."""

    number: str
    content: dict[str, Any]
    files: tuple[tuple[str, bytes], ...] = ()


def find(conn: Connection, sealer: Sealer, words: Sequence[str], deep: bool = False) -> list[Found]:
    """Cases in which every one of the words is a field's (a name, a birth date, an identifier); with `deep`, also in
    the subject, the messages and the names of files. Days may be written 03/04/1961 or 1961-04-03."""
    wanted = _criteria(words)
    found = conn.execute(select(CASE).where(CASE.c.state != "wiped").order_by(CASE.c.number)).all()
    return [one for row in found if wanted and (one := _match(conn, sealer, row, wanted, deep))]


def identifies(words: Sequence[str]) -> bool:
    """Whether the words can mean one person: a name beside a birth date or an identifier, never a name alone."""
    certain = [
        word for word in words if _DAY.search(word) or _is_identifier(_criterion(word)) or _is_day(word)
    ]
    return bool(certain) and len(words) > len(certain)


def export(conn: Connection, sealer: Sealer, number: str) -> Export | None:
    """Everything of a case: fields, messages, history, who received what, and the files. None when there is none."""
    content = show_case(conn, sealer, number, content=True)
    if content is None:
        return None
    case = load_case(conn, sealer, content["id"])
    content["received"] = received(conn, sealer, content["id"])
    return Export(number=content["number"], content=content, files=_files(conn, sealer, case) if case else ())


def received(conn: Connection, sealer: Sealer, case_id: str, content: bool = False) -> list[dict[str, Any]]:
    """Who received what of a case, when, and over which relay: every mail that left or may have left."""
    query = select(_OUTBOX).where(
        _OUTBOX.c.case_id == case_id, _OUTBOX.c.state.in_(("sent", "unknown", "leased"))
    )
    found = conn.execute(query.order_by(_OUTBOX.c.created_at, _OUTBOX.c.id)).all()
    return [_receipt(conn, sealer, mail, content) for mail in found]


def read_on_page(conn: Connection, sealer: Sealer, case_id: str) -> list[dict[str, Any]]:
    """Who read the case, or which of its files ("message.file"), on the secure page, and when: from the audit log, where
    people are blind indexes."""
    case = load_case(conn, sealer, case_id)
    people = (
        {f"page:{address_index(sealer, p.address)}": p.address for p in case.participants} if case else {}
    )
    query = select(_AUDIT.c.at, _AUDIT.c.who, _AUDIT.c.reason).where(
        _AUDIT.c.act == "page-read", _AUDIT.c.object == case_id
    )
    found = conn.execute(query.order_by(_AUDIT.c.seq)).all()
    return [{"at": r.at, "reader": people.get(r.who, r.who), "file": r.reason} for r in found]


def case_id_of(conn: Connection, number: str) -> str:
    """The id of the case with this number; '' when there is none."""
    return str(conn.execute(select(CASE.c.id).where(CASE.c.number == number)).scalar() or "")


def _match(conn: Connection, sealer: Sealer, row: AnyRow, wanted: Sequence[str], deep: bool) -> Found | None:
    try:
        named = list(_texts(conn, sealer, row, deep))
    except Erased:
        return None
    where = [[name for name, text in named if _says(text, criterion)] for criterion in wanted]
    if not all(where):
        return None
    parties = select(PARTY.c.organisation).where(PARTY.c.case_id == row.id).order_by(PARTY.c.organisation)
    return Found(
        case_id=row.id,
        number=row.number,
        state=row.state,
        territory=row.territory,
        opened_at=row.opened_at,
        organisations=tuple(conn.execute(parties).scalars()),
        where=tuple(dict.fromkeys(name for names in where for name in names)),
    )


def _texts(conn: Connection, sealer: Sealer, row: AnyRow, deep: bool) -> Iterator[tuple[str, str]]:
    box = CaseBox(sealer, row.id, sealer.load_key(conn, row.data_key))
    yield from ((field.name, field.value) for field in box.secrets(row.fields_sealed).fields)
    case = load_case(conn, sealer, row.id) if deep else None
    if case is not None:
        yield "subject", case.subject
        yield from (("message", message.text) for message in case.messages)
        yield from (("file", file.name) for message in case.messages for file in message.files)


def _criteria(words: Sequence[str]) -> list[str]:
    """Words as fields hold them: folded, days in ISO order, an identifier in one however it was spaced."""
    runs = groupby(words, key=lambda word: re.fullmatch(r"[\d ]+", word.strip()) is not None)
    joined = [one for digits, run in runs for one in (["".join(run)] if digits else run)]
    return [part for word in joined for part in _split(_criterion(word)) if _WORDS.search(part)]


def _split(criterion: str) -> list[str]:
    return [criterion] if _is_identifier(criterion) else criterion.split()


def _criterion(word: str) -> str:
    day = _DAY.fullmatch(word.strip())
    return f"{day[3]}-{int(day[2]):02}-{int(day[1]):02}" if day else fold(word.strip())


def _says(text: str, criterion: str) -> bool:
    folded = fold(text)
    if _is_identifier(criterion):
        return _compact(criterion) in _compact(folded)
    if _is_day(criterion):
        return criterion in folded or criterion in map(_criterion, (d[0] for d in _DAY.finditer(folded)))
    return set(_WORDS.findall(criterion)) <= set(_WORDS.findall(folded))


def _is_identifier(criterion: str) -> bool:
    return sum(c.isdigit() for c in criterion) >= _IDENTIFIER_DIGITS and not _is_day(criterion)


def _is_day(criterion: str) -> bool:
    return _ISO.fullmatch(criterion) is not None


def _compact(text: str) -> str:
    return "".join(_WORDS.findall(text))


def _files(conn: Connection, sealer: Sealer, case: CaseView) -> tuple[tuple[str, bytes], ...]:
    files = [file for message in case.messages for file in message.files]
    octets = load_files(conn, sealer, case.id, {file.sha256 for file in files})
    return tuple((file.name, octets[file.sha256]) for file in files if file.sha256 in octets)


def _receipt(conn: Connection, sealer: Sealer, mail: AnyRow, content: bool) -> dict[str, Any]:
    recipient, text = open_text(conn, sealer, mail)
    relays = select(_ATTEMPT.c.relay).where(_ATTEMPT.c.outbox_id == mail.id, _ATTEMPT.c.relay != "")
    return {
        "at": mail.sent_at or mail.created_at,
        "certain": mail.state == "sent",
        "recipient": recipient,
        "organisation": mail.organisation,
        "group": mail.group_id,
        "mail": mail.template,
        "disclosure": mail.disclosure,
        "audience": mail.audience,
        "relays": sorted(set(conn.execute(relays).scalars())),
        **({"text": text} if content else {}),
    }
