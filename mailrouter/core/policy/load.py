"""Texts to a Policy, or the list of everything that is wrong with them. Pure: who reads files is configuration.py."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TypeVar

import msgspec
from pydantic import BaseModel

from mailrouter.core.model.mail import Frozen
from mailrouter.core.policy.assemble import assemble
from mailrouter.core.policy.draft import Draft
from mailrouter.core.policy.faults import Fault, fault, ordered
from mailrouter.core.policy.inputs import OrganisationIn, PersonIn, RoutingIn
from mailrouter.core.policy.lint import lint
from mailrouter.core.policy.schema import Organisation, Place, Policy, Service
from mailrouter.core.policy.shipped import (
    DEPARTMENTS,
    ORGANISATIONS,
    OrganisationRow,
    OrganisationTable,
    PlaceRow,
    PlaceTable,
    Shipped,
)
from mailrouter.core.policy.slug import slug
from mailrouter.core.policy.tables import read_table
from mailrouter.core.policy.validate import validate
from mailrouter.core.policy.yamltext import Document, read_yaml

Table = TypeVar("Table", bound=BaseModel)


class LoadResult(Frozen, frozen=True, kw_only=True):
    """The policy, or None when there is an error; and every fault, in the order of files and lines."""

    policy: Policy | None = None
    faults: tuple[Fault, ...] = ()

    @property
    def errors(self) -> tuple[Fault, ...]:
        """The faults that keep the policy from being used."""
        return tuple(f for f in self.faults if f.severity == "error")


def load(
    files: Mapping[str, str], service: Service, shipped: Shipped, today: date, static: str = "mailrouter.yaml"
) -> LoadResult:
    """The policy in routing `files` (name to text; .yaml, .yml, or a people .csv), with what the static file says.

    `today` is the day in the service's zone: agreements cannot lie in the future. `static` is the static file's
    name, for faults. Every fault is listed at once; names in faults are those given here.
    """
    faults: list[Fault] = []
    draft = Draft(service=service, static=static)
    _take_tables(draft, shipped, faults)
    for name in sorted(files):
        if name.endswith(".csv"):
            _take_people(draft, name, files[name], faults)
        else:
            _take_routing(draft, name, files[name], faults)
    _merge_organisations(draft)
    draft.free_mail = tuple(d for f in draft.files for d in f.model.free_mail_domains)
    faults.extend(lint(draft, today))
    found = ordered(faults)
    sound = all(f.severity == "warning" for f in found)
    return LoadResult(policy=assemble(draft) if sound else None, faults=found)


def _take_routing(draft: Draft, name: str, text: str, faults: list[Fault]) -> None:
    document, syntax = read_yaml(name, text)
    model, sound, wrong = validate(document, RoutingIn)
    faults += (*syntax, *wrong)
    if model is not None:
        draft.take(sound, model, document.value)


def _take_people(draft: Draft, name: str, text: str, faults: list[Fault]) -> None:
    document, model = _table(name, text, "people", PersonIn, RoutingIn, faults)
    if model is not None:
        draft.take(document, model, {})


def _take_tables(draft: Draft, shipped: Shipped, faults: list[Fault]) -> None:
    document, places = _table(DEPARTMENTS, shipped.departments, "rows", PlaceRow, PlaceTable, faults)
    rows = places.rows if places else ()
    draft.places = tuple(_place(row) for row in rows)
    faults += _repeated(document, [row.local_part for row in rows], "local_part")
    document, organisations = _table(
        ORGANISATIONS, shipped.organisations, "rows", OrganisationRow, OrganisationTable, faults
    )
    known = organisations.rows if organisations else ()
    faults += _repeated(document, [row.code for row in known], "code")
    draft.organisations = {
        row.code: _organisation(row, str(document.at(("rows", i)))) for i, row in enumerate(known)
    }
    draft.shipped = frozenset(draft.organisations)


def _table(
    name: str, text: str, key: str, row: type[BaseModel], table: type[Table], faults: list[Fault]
) -> tuple[Document, Table | None]:
    document, syntax = read_table(name, text, key, row)
    model, sound, wrong = validate(document, table)
    faults += (*syntax, *wrong)
    return sound, model


def _repeated(document: Document, names: list[str], column: str) -> list[Fault]:
    return [
        fault(document.at(("rows", i, column)), f"{name!r} already has a row; keep one of them")
        for i, name in enumerate(names)
        if name in names[:i]
    ]


def _place(row: PlaceRow) -> Place:
    return Place(
        code=row.code,
        name=row.name,
        slug=row.local_part,
        of=row.of,
        zone=row.time_zone,
        country=row.country,
        subdivision=row.subdivision,
        postcodes=row.postcodes,
    )


def _organisation(row: OrganisationRow, source: str) -> Organisation:
    return Organisation(
        code=row.code,
        slug=slug(row.code),
        name=row.name,
        side=row.side,
        aliases=row.aliases,
        fields=row.fields,
        coverage=row.coverage,
        source=source,
    )


def _merge_organisations(draft: Draft) -> None:
    """Adds what the routing files say of organisations: new ones, further aliases, other names."""
    for part in draft.overrides:
        model, known = part.model, draft.organisations.get(part.id)
        if known is None:
            if not (model.name and model.side):
                continue
            known = Organisation(code=part.id, slug=slug(part.id), name=model.name, side=model.side)
        draft.organisations[part.id] = _merged(known, model, part.source)


def _merged(known: Organisation, model: OrganisationIn, source: str) -> Organisation:
    return msgspec.structs.replace(
        known,
        name=model.name or known.name,
        side=model.side or known.side,
        aliases=tuple(dict.fromkeys(known.aliases + model.aliases)),
        fields=known.fields if model.fields is None else model.fields,
        domains=tuple(dict.fromkeys(known.domains + model.domains)),
        coverage=model.coverage or known.coverage,
        source=source,
    )
