"""CSV text to a Document, so that a table's faults have file, line and column as YAML's do.

RFC 4180, in UTF-8, with a header line; commas or, as French spreadsheets write them, semicolons. Cells of a list
are split at ; | or a comma. Empty cells count as not written.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from mailrouter.core.policy.faults import Fault, Position, fault
from mailrouter.core.policy.slug import nearest
from mailrouter.core.policy.yamltext import Document, Path

_LIST = re.compile(r"\s*[;|,]\s*")


def read_table(name: str, text: str, key: str, row: type[BaseModel]) -> tuple[Document, tuple[Fault, ...]]:
    """The document {key: [one mapping for each row]}, and the table's own faults: no header, columns that are
    unknown (per model `row`) or given twice, rows longer than the header, quotes that never end."""
    lines = text.removeprefix("\ufeff").splitlines(keepends=True)
    header = lines[0] if lines else ""
    delimiter = ";" if header.count(";") > header.count(",") else ","
    faults: list[Fault] = []
    rows = _rows(name, lines, delimiter, faults)
    columns = _columns(next(rows, None), name, row, faults)
    places: dict[Path, Position] = {}
    value: list[dict[str, Any]] = []
    for cells in rows:
        if any(text for text, _ in cells):
            value.append(_entry(cells, columns, row, (key, len(value)), places, faults))
    return Document(name=name, value={key: value}, places=places, keys={}), tuple(faults)


Cell = tuple[str, Position]


def _rows(name: str, lines: list[str], delimiter: str, faults: list[Fault]) -> Iterator[list[Cell]]:
    reader, before = csv.reader(lines, delimiter=delimiter, strict=True), 0
    try:
        for cells in reader:
            yield _placed(name, before + 1, lines[before], cells)
            before = reader.line_num
    except csv.Error as error:
        faults.append(fault(Position(file=name, line=before + 1), f"not a table: {error}; check the quotes"))


def _placed(name: str, line: int, written: str, cells: list[str]) -> list[Cell]:
    """Cells with their places; one that goes over several lines stands where its first line does."""
    placed, column = [], 0
    for cell in cells:
        first = cell.split("\n", 1)[0].replace('"', '""')
        found = written.find(first, column)
        column = found if found >= 0 else column
        placed.append((cell.strip(), Position(file=name, line=line, column=column + 1)))
        column += len(first) + 1
    return placed


def _columns(
    header: list[Cell] | None, name: str, row: type[BaseModel], faults: list[Fault]
) -> tuple[str, ...]:
    known = tuple(row.model_fields)
    if not header:
        faults.append(fault(Position(file=name), f"no header; write the columns: {', '.join(known)}"))
        return ()
    columns: list[str] = []
    for cell, at in header:
        title = cell.lower()
        if title not in known:
            near = nearest(title, known)
            meant = f"did you mean {near!r}?" if near else f"known here: {', '.join(known)}"
            faults.append(fault(at, f"unknown column {cell!r}; {meant}"))
        elif title in columns:
            faults.append(fault(at, f"the column {cell!r} is given twice; keep one of them"))
        columns.append(title if title in known and title not in columns else "")
    return tuple(columns)


def _entry(
    cells: list[Cell],
    columns: tuple[str, ...],
    row: type[BaseModel],
    path: Path,
    places: dict[Path, Position],
    faults: list[Fault],
) -> dict[str, Any]:
    places[path] = cells[0][1]
    if len(cells) > len(columns):
        faults.append(
            fault(cells[len(columns)][1], "more cells than the header has; quote cells with commas")
        )
    entry: dict[str, Any] = {}
    for column, (cell, at) in zip(columns, cells, strict=False):
        if column and cell:
            entry[column] = _LIST.split(cell) if _is_list(row, column) else cell
            places[(*path, column)] = at
    return entry


def _is_list(row: type[BaseModel], column: str) -> bool:
    annotation = row.model_fields[column].annotation
    return any(
        get_origin(choice) is tuple and Ellipsis in get_args(choice)
        for choice in (annotation, *get_args(annotation))
    )
