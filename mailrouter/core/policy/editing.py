"""Routing files that are edited: comments, order and quotes stay, and a line that says the same stays as written."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from mailrouter.core.policy.localpart import canonical_address

PEOPLE_FILE = "routing/people.yaml"
_NO_OFFSET = re.compile(r"^- ", re.MULTILINE)


def _round_trip(text: str) -> YAML:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    offset = 0 if _NO_OFFSET.search(text) else 2
    yaml.indent(mapping=2, sequence=2 + offset, offset=offset)
    return yaml


def _dumped(yaml: YAML, data: Any) -> str:
    out = io.StringIO()
    yaml.dump(data, out)
    return out.getvalue()


class YamlFile:
    """One YAML file being edited. `data` may be changed at will; `text()` is the result."""

    def __init__(self, text: str) -> None:
        self._before = text
        self._yaml = _round_trip(text)
        self.data: Any = self._yaml.load(text) or CommentedMap()
        self._plain = _dumped(self._yaml, self.data) if text.strip() else ""

    def text(self) -> str:
        """The file with its changes. What ruamel would only lay out anew keeps its own layout."""
        after = _dumped(self._yaml, self.data)
        written, plain, new = (t.splitlines(keepends=True) for t in (self._before, self._plain, after))
        if len(written) != len(plain):
            return after
        same = SequenceMatcher(None, plain, new, autojunk=False)
        lines: list[str] = []
        for kind, i, j, m, n in same.get_opcodes():
            lines += written[i:j] if kind == "equal" else new[m:n]
        return "".join(lines)

    def people(self) -> CommentedSeq | None:
        """The list of people, if the file has one."""
        people = self.data.get("people")
        return people if isinstance(people, CommentedSeq) else None

    def territories(self) -> Iterator[Any]:
        """The file's own territory, and those it lists."""
        yield self.data
        yield from self.data.get("territories") or ()


class CsvFile:
    """A people.csv being edited: rows as mappings, the columns and delimiter as they were."""

    def __init__(self, text: str) -> None:
        header = text.split("\n", 1)[0]
        self._delimiter = ";" if header.count(";") > header.count(",") else ","
        reader = csv.DictReader(io.StringIO(text), delimiter=self._delimiter)
        self.rows: list[dict[str, str]] = list(reader)
        self.columns = list(reader.fieldnames or ())

    def text(self) -> str:
        """The table with its changes."""
        out = io.StringIO()
        columns = list(dict.fromkeys([*self.columns, *(key for row in self.rows for key in row)]))
        writer = csv.DictWriter(out, columns, delimiter=self._delimiter, lineterminator="\n", restval="")
        writer.writeheader()
        writer.writerows(self.rows)
        return out.getvalue()


class Files:
    """All routing files; each is parsed when first looked into."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = dict(texts)
        self._open: dict[str, YamlFile | CsvFile] = {}

    def result(self) -> dict[str, str]:
        """The new text of every file that changed."""
        texts = {name: file.text() for name, file in self._open.items()}
        return {name: text for name, text in texts.items() if text != self._texts.get(name, "")}

    def yaml(self, name: str) -> YamlFile:
        """The YAML file `name`, a new one if need be."""
        file = self._open.setdefault(name, YamlFile(self._texts.get(name, "")))
        if not isinstance(file, YamlFile):
            raise TypeError(f"{name} is a table")
        return file

    def yamls(self) -> Iterator[tuple[str, YamlFile]]:
        """Every YAML file."""
        for name in sorted(self._texts.keys() | self._open.keys()):
            if not name.endswith(".csv"):
                yield name, self.yaml(name)

    def tables(self) -> Iterator[tuple[str, CsvFile]]:
        """Every people.csv."""
        for name in sorted(self._texts):
            if name.endswith(".csv"):
                file = self._open.setdefault(name, CsvFile(self._texts[name]))
                if isinstance(file, CsvFile):
                    yield name, file

    def person(self, address: str) -> tuple[Any, list[Any]] | None:
        """(the person's mapping, the list it stands in), by any of their addresses; None when not there."""
        lists: list[Any] = [people for _, f in self.yamls() if (people := f.people())]
        lists += [table.rows for _, table in self.tables()]
        for people in lists:
            for entry in people:
                if address in addresses_of(entry):
                    return entry, people
        return None

    def add_person(self, entry: Mapping[str, Any]) -> None:
        """Puts a new person where the others are: the first list of people, the first table, else people.yaml."""
        people = next((p for _, f in self.yamls() if (p := f.people()) is not None), None)
        table = next((table for _, table in self.tables()), None)
        if people is None and table is not None:
            table.rows.append({key: cell(value) for key, value in entry.items()})
            return
        if people is None:
            people = self.yaml(PEOPLE_FILE).data.setdefault("people", CommentedSeq())
        row = CommentedMap(entry)
        row.fa.set_flow_style()
        people.append(row)

    def group(self, id_: str) -> Any | None:
        """The mapping of a group, or None."""
        for _, file in self.yamls():
            for territory in file.territories():
                if id_ in (territory.get("groups") or {}):
                    return territory["groups"][id_]
        return None

    def groups(self) -> Iterator[tuple[str, Any]]:
        """Every group with its id."""
        for _, file in self.yamls():
            for territory in file.territories():
                yield from (territory.get("groups") or {}).items()

    def territory(self, slug: str) -> Any | None:
        """The mapping of a territory, or None."""
        for _, file in self.yamls():
            for territory in file.territories():
                if territory.get("territory") == slug:
                    return territory
        return None


def cell(value: Any) -> str:
    """A value as a table's cell."""
    return ";".join(value) if isinstance(value, (list, tuple)) else str(value)


def flow(values: list[str]) -> CommentedSeq:
    """A list written on one line."""
    listed = CommentedSeq(values)
    listed.fa.set_flow_style()
    return listed


def addresses_of(entry: Any) -> list[str]:
    """The addresses of a person's mapping or row, the own one first, in their one spelling."""
    aliases = entry.get("aliases") or ()
    if isinstance(aliases, str):
        aliases = [alias for alias in re.split(r"[;|,\s]+", aliases) if alias]
    return [canonical_address(str(address)) for address in (entry.get("address", ""), *aliases)]
