"""Everything the files say, validated one by one and not yet joined: what lint.py checks and assemble.py builds.

A `Part` is one mapping of a file, with its model and its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from mailrouter.core.domains import is_free_mail
from mailrouter.core.policy.faults import Fault, Position, fault, warning
from mailrouter.core.policy.inputs import (
    CapsIn,
    GroupIn,
    LetterIn,
    OrganisationIn,
    PersonIn,
    RetentionIn,
    RoutingIn,
    RuleIn,
    TerritoryIn,
    TimingIn,
)
from mailrouter.core.policy.schema import Organisation, Place, Service
from mailrouter.core.policy.yamltext import Document, Path

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part(Generic[Model]):
    """One mapping of a file. `id` is its key where it has one; `territory` the slug of the file's territory."""

    document: Document
    path: Path
    model: Model
    id: str = ""
    territory: str = ""

    def at(self, *steps: str | int) -> Position:
        """Where the value at `steps` stands, else what encloses it."""
        return self.document.at((*self.path, *steps))

    def key(self, *steps: str | int) -> Position:
        """Where the key of `steps` stands."""
        return self.document.key((*self.path, *steps))

    def fault(self, message: str, *steps: str | int) -> Fault:
        """An error at the value of `steps`, or at this part's own key."""
        return fault(self.at(*steps) if steps else self.key(), message)

    def warning(self, message: str, *steps: str | int) -> Fault:
        """A warning, as `fault`."""
        return warning(self.at(*steps) if steps else self.key(), message)

    def trimmed(self, *steps: str | int) -> bool:
        """Whether something in the list or mapping at `steps` was left out as faulty."""
        return self.at(*steps) in self.document.trimmed

    @property
    def source(self) -> str:
        """ "file:line", for traces."""
        return str(self.key())


@dataclass(slots=True, kw_only=True)
class Draft:
    """The parts of all files, in the order of the files' names. `organisations`: those of the table (`shipped`: their
    codes) together with what the files add."""

    service: Service
    static: str = "mailrouter.yaml"
    places: tuple[Place, ...] = ()
    organisations: dict[str, Organisation] = field(default_factory=dict)
    shipped: frozenset[str] = frozenset()
    free_mail: tuple[str, ...] = ()
    files: list[Part[RoutingIn]] = field(default_factory=list)
    territories: list[Part[TerritoryIn]] = field(default_factory=list)
    groups: list[Part[GroupIn]] = field(default_factory=list)
    overrides: list[Part[OrganisationIn]] = field(default_factory=list)
    people: list[Part[PersonIn]] = field(default_factory=list)
    rules: list[Part[RuleIn]] = field(default_factory=list)
    letters: list[Part[LetterIn]] = field(default_factory=list)
    timing: list[Part[TimingIn]] = field(default_factory=list)
    retention: list[Part[RetentionIn]] = field(default_factory=list)
    caps: list[Part[CapsIn]] = field(default_factory=list)
    faulty_groups: set[str] = field(default_factory=set)

    def take(self, document: Document, file: RoutingIn, written: Any) -> None:
        """Adds one routing file; `written` is its value before faulty parts were left out."""
        root = Part(document=document, path=(), model=file)
        self.files.append(root)
        self._territory(root, written)
        for i, one in enumerate(file.territories):
            self._territory(Part(document=document, path=("territories", i), model=one), {})
        for code, organisation in file.organisations.items():
            self.overrides.append(_part(root, ("organisations", code), organisation, code))
        self.people += (_part(root, ("people", i), p) for i, p in enumerate(file.people))
        self.rules += (_part(root, ("rules", i), r, r.name) for i, r in enumerate(file.rules))
        self.letters += (_part(root, ("letters", i), x, x.name) for i, x in enumerate(file.letters))
        for name in ("timing", "retention", "caps"):
            if (model := getattr(file, name)) is not None:
                getattr(self, name).append(_part(root, (name,), model))

    def _territory(self, part: Part[Any], written: Any) -> None:
        """The groups of a file or territory, and the territory itself if it names one."""
        slug = part.model.territory or ""
        if slug or part.path:
            self.territories.append(
                Part(document=part.document, path=part.path, model=part.model, id=slug, territory=slug)
            )
        for id_, group in part.model.groups.items():
            path = (*part.path, "groups", id_)
            self.groups.append(Part(document=part.document, path=path, model=group, id=id_, territory=slug))
        declared = written.get("groups") if isinstance(written, dict) else None
        if isinstance(declared, dict):
            self.faulty_groups |= set(declared) - set(part.model.groups)

    def is_free_mail(self, domain: str) -> bool:
        """Whether anybody may have an address there, as the shipped list or the operators say."""
        return domain in self.free_mail or is_free_mail(domain)

    def group_ids(self) -> set[str]:
        """The ids of all groups, also of those left out as faulty."""
        return {g.id for g in self.groups} | self.faulty_groups

    def territories_of(self, group: Part[GroupIn]) -> tuple[str, ...]:
        """The territories a group serves: its own list, else its file's."""
        if group.model.territories is not None:
            return group.model.territories
        return (group.territory,) if group.territory else ()

    def organisation_of(self, group: Part[GroupIn]) -> Organisation | None:
        """The organisation of a group, when known."""
        return self.organisations.get(group.model.organisation)

    def addresses(self) -> Iterator[tuple[str, Part[PersonIn], tuple[str | int, ...]]]:
        """Every address of people.yaml: (address, person, steps to where it stands)."""
        for person in self.people:
            yield person.model.address, person, ("address",)
            for i, alias in enumerate(person.model.aliases):
                yield alias, person, ("aliases", i)


def _part(root: Part[RoutingIn], path: Path, model: Model, id_: str = "") -> Part[Model]:
    return Part(document=root.document, path=path, model=model, id=id_)
