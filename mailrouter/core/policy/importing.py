"""People or groups from a CSV into the routing files: what would change, and the files' new texts.

Pure: texts in, texts out. A row adds or changes; a cell left empty changes nothing; `remove` true takes a person out
of every group and of the files. A table with a column `group` is one of groups, any other one of people.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeVar

from pydantic import Field, create_model
from ruamel.yaml.comments import CommentedMap

from mailrouter.core.model.mail import Frozen
from mailrouter.core.policy.editing import Files, addresses_of, cell, flow
from mailrouter.core.policy.faults import Fault, Position, fault, ordered
from mailrouter.core.policy.inputs import GroupIn, Keys, PersonIn
from mailrouter.core.policy.lint.wording import unknown
from mailrouter.core.policy.localpart import canonical_address
from mailrouter.core.policy.tables import read_table
from mailrouter.core.policy.validate import validate
from mailrouter.core.policy.values import WEEKDAYS, Slug, Truth
from mailrouter.core.policy.yamltext import Document

ROWS = "rows"
Row = TypeVar("Row", bound=Keys)


class PersonRow(PersonIn):
    """A row of a table of people: the keys of people.yaml, and memberships."""

    groups: tuple[Slug, ...] = Field((), description="All groups the person is a member of.")
    manages: tuple[Slug, ...] = Field((), description="All groups the person manages.")
    remove: Truth = Field(False, description="true: the person leaves every group and the files.")


class GroupRow(GroupIn):
    """A row of a table of groups: the keys of a group, its id, and where a new one is written."""

    group: Slug = Field(description="The group's id.")
    territory: Slug | None = Field(None, description="The territory whose file a new group is written to.")
    organisation: str = Field("", description="Code of the organisation; needed for a new group.")


class Change(Frozen, frozen=True, kw_only=True):
    """One thing that the import would change, in the order of the table."""

    kind: Literal["add", "change", "remove"]
    what: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.what}{': ' if self.detail else ''}{self.detail}"


class Import(Frozen, frozen=True, kw_only=True):
    """`texts`: the new texts of the files that change, empty when there is an error among `faults`."""

    texts: dict[str, str]
    changes: tuple[Change, ...] = ()
    faults: tuple[Fault, ...] = ()


def plan_import(texts: Mapping[str, str], name: str, table: str) -> Import:
    """What the CSV `table` (its `name` is for faults) changes in the routing files `texts`, which must be sound.

    Nothing is changed when one line of the table is wrong.
    """
    header = table.removeprefix("\ufeff").split("\n", 1)[0].lower()
    columns = [c.strip(' "\r') for c in header.replace(";", ",").split(",")]
    if "group" in columns:
        document, groups, faults = _rows(name, table, GroupRow)
        importer = _Importer(texts, document)
        importer.groups(groups)
        return importer.outcome(faults)
    document, people, faults = _rows(name, table, PersonRow)
    importer = _Importer(texts, document)
    importer.people(people)
    return importer.outcome(faults)


def _rows(name: str, table: str, row: type[Row]) -> tuple[Document, tuple[Row, ...], tuple[Fault, ...]]:
    document, syntax = read_table(name, table, ROWS, row)
    of_rows = create_model("Rows", __base__=Keys, rows=(tuple[row, ...], ()))  # type: ignore[valid-type]
    model, sound, wrong = validate(document, of_rows)
    return sound, getattr(model, ROWS, ()), (*syntax, *wrong)


class _Importer:
    """The files while rows are applied to them, and what happened."""

    def __init__(self, texts: Mapping[str, str], document: Document) -> None:
        self.files = Files(texts)
        self.document = document
        self.changes: list[Change] = []
        self.faults: list[Fault] = []

    def outcome(self, faults: tuple[Fault, ...]) -> Import:
        """What came of it, with the faults of the table."""
        found = ordered((*faults, *self.faults))
        texts = {} if found else self.files.result()
        return Import(texts=texts, changes=tuple(self.changes), faults=found)

    def people(self, rows: tuple[PersonRow, ...]) -> None:
        """Applies a table of people."""
        seen: dict[str, Position] = {}
        for i, row in enumerate(rows):
            at = self.document.at((ROWS, i, "address"))
            if row.address in seen:
                line = seen[row.address].line
                self.faults.append(fault(at, f"{row.address!r} is already in line {line}; keep one of them"))
            seen.setdefault(row.address, at)
            if row.remove:
                self._remove(row, at)
                continue
            self._person(row)
            self._memberships(i, row)

    def _person(self, row: PersonRow) -> None:
        given = {
            key: self._written(value, key)
            for key in PersonIn.model_fields
            if key in row.model_fields_set and (value := getattr(row, key)) is not None
        }
        found = self.files.person(row.address)
        if found is None:
            self.files.add_person(given)
            self.changes.append(Change(kind="add", what=f"person {row.address}", detail=row.name or ""))
            return
        del given["address"]
        table = not isinstance(found[0], CommentedMap)
        self._update(found[0], given, f"person {row.address}", table)

    def _update(self, entry: Any, given: dict[str, Any], what: str, table: bool = False) -> None:
        changed = []
        for key, value in given.items():
            new = cell(value) if table else value
            if cell(entry.get(key) or "") != cell(value):
                changed.append(f"{key} {cell(entry.get(key) or '') or '(none)'} -> {cell(value)}")
                entry[key] = new
        if changed:
            self.changes.append(Change(kind="change", what=what, detail=", ".join(changed)))

    @staticmethod
    def _written(value: Any, key: str) -> Any:
        """A value as it is written in the files."""
        if key == "digest":
            return f"{WEEKDAYS[value[0]]} {value[1]}"
        return flow(list(value)) if isinstance(value, tuple) else value

    def _remove(self, row: PersonRow, at: Position) -> None:
        found = self.files.person(row.address)
        if found is None:
            self.faults.append(fault(at, f"{row.address!r} is not in the files; remove this line"))
            return
        entry, people = found
        own, *_ = theirs = addresses_of(entry)
        for id_, group in self.files.groups():
            for key in ("members", "managers"):
                self._keep(
                    id_, group, key, [a for a in group.get(key) or () if canonical_address(a) not in theirs]
                )
        people.remove(entry)
        self.changes.append(Change(kind="remove", what=f"person {own}"))

    def _memberships(self, i: int, row: PersonRow) -> None:
        for column, key in (("groups", "members"), ("manages", "managers")):
            if column not in row.model_fields_set:
                continue
            wanted = getattr(row, column)
            known = dict(self.files.groups())
            for n, id_ in enumerate(wanted):
                if id_ not in known:
                    at = self.document.at((ROWS, i, column, n))
                    self.faults.append(fault(at, f"{column}: {unknown('group', id_, known)}"))
            for id_, group in known.items():
                others = [a for a in group.get(key) or () if canonical_address(a) != row.address]
                here = len(others) < len(group.get(key) or ())
                if (id_ in wanted) != here:
                    self._keep(id_, group, key, [*others, row.address] if id_ in wanted else others)

    def _keep(self, id_: str, group: Any, key: str, addresses: list[str]) -> None:
        """Makes `addresses` the list `key` of a group, and says who joined or left."""
        before = list(group.get(key) or ())
        if before == addresses:
            return
        kept = group.get(key)
        if kept is None:
            group[key] = flow(addresses)
        else:
            kept[:] = addresses
        joined = [f"+{a}" for a in addresses if a not in before]
        left = [f"-{a}" for a in before if a not in addresses]
        self.changes.append(
            Change(kind="change", what=f"group {id_}", detail=f"{key} {' '.join(joined + left)}")
        )

    def groups(self, rows: tuple[GroupRow, ...]) -> None:
        """Applies a table of groups."""
        for i, row in enumerate(rows):
            given = {
                key: self._written(value, key)
                for key in GroupIn.model_fields
                if key in row.model_fields_set and (value := getattr(row, key)) not in (None, "")
            }
            known = self.files.group(row.group)
            if known is not None:
                self._update(known, given, f"group {row.group}")
            else:
                self._new_group(i, row, given)

    def _new_group(self, i: int, row: GroupRow, given: dict[str, Any]) -> None:
        territory = self.files.territory(row.territory) if row.territory else None
        at = self.document.at((ROWS, i, "territory"))
        if territory is None:
            open_ = [
                t["territory"] for _, f in self.files.yamls() for t in f.territories() if "territory" in t
            ]
            why = unknown("territory", row.territory or "", open_)
            message = (
                why if row.territory else "a new group needs its territory; fill in the column `territory`"
            )
            self.faults.append(fault(at, message))
            return
        if not row.organisation:
            message = "a new group needs its organisation; fill in the column `organisation`"
            self.faults.append(fault(self.document.at((ROWS, i)), message))
            return
        territory.setdefault("groups", CommentedMap())[row.group] = CommentedMap(given)
        self.changes.append(Change(kind="add", what=f"group {row.group}", detail=row.organisation))
