"""YAML text to plain values, every key and value with its place; what YAML itself gets wrong becomes a fault.

YAML 1.2 (ruamel.yaml): `no` is the word "no". Scalars stay as they are written ("01" keeps its zero); what they
mean is decided by the models. Anchors and aliases are refused: a file says what it means where it means it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from mailrouter.core.policy.faults import Fault, Position, fault
from mailrouter.core.policy.slug import nearest

Path = tuple[str | int, ...]
_PLAIN_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}"
    for name in ("str", "int", "float", "bool", "null", "timestamp", "map", "seq", "merge", "value")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One file: its value, and where each path's value (`places`) and mapping key (`keys`) stand.

    `dropped`: top keys whose value was left out as faulty; `trimmed`: lists and mappings that lost something so.
    """

    name: str
    value: Any
    places: dict[Path, Position]
    keys: dict[Path, Position]
    dropped: frozenset[str] = frozenset()
    trimmed: frozenset[Position] = frozenset()

    def wrote(self, key: str) -> bool:
        """Whether the file has `key` at its top, even misspelt or with a value that was left out as faulty."""
        here = isinstance(self.value, dict) and self.value.get(key) is not None
        return here or key in self.dropped or any(nearest(word, (key,)) for word in self.dropped)

    def at(self, path: Path) -> Position:
        """Where the value at `path` stands; of the nearest enclosing one when it is not written."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, Position(file=self.name))

    def key(self, path: Path) -> Position:
        """Where the key of `path` stands, else its value."""
        return self.keys.get(path) or self.at(path)


@dataclass(slots=True)
class _Reading:
    name: str
    places: dict[Path, Position] = field(default_factory=dict)
    keys: dict[Path, Position] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)


@lru_cache(maxsize=1024)
def read_yaml(name: str, text: str) -> tuple[Document, tuple[Fault, ...]]:
    """The document in `text`, and its faults: syntax, duplicate keys, anchors, tags, a second document.

    An empty file, or one that cannot be read, has the value {}. Remembered, for a reload reads every file and one has
    changed; whoever wants another value copies it (validate.py).
    """
    reading = _Reading(name)
    value = {}
    try:
        nodes = [node for node in YAML(typ="rt", pure=True).compose_all(text) if node is not None]
        if nodes:
            value = _value(reading, nodes[0], ())
        for extra in nodes[1:]:
            at = _position(reading, extra)
            reading.faults.append(fault(at, "a second document (---); put it into a file of its own"))
    except RecursionError:
        reading.faults.append(
            fault(Position(file=name), "nested too deeply; lists and keys need no more than six levels")
        )
    except YAMLError as error:
        reading.faults.append(_syntax(name, error))
    if value is None:
        value = {}
    document = Document(name=name, value=value, places=reading.places, keys=reading.keys)
    return document, tuple(reading.faults)


def _position(reading: _Reading, node: Node) -> Position:
    mark = node.start_mark
    return Position(file=reading.name, line=mark.line + 1, column=mark.column + 1)


def _syntax(name: str, error: YAMLError) -> Fault:
    if isinstance(error, ReaderError):
        return Fault(file=name, line=1, column=1, message=f"not readable as YAML: {error.reason}")
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    at = Position(file=name, line=mark.line + 1, column=mark.column + 1) if mark else Position(file=name)
    problem = error.problem if isinstance(error, MarkedYAMLError) else str(error)
    return fault(at, f"not YAML: {problem or 'syntax error'}; check indentation, colons, brackets and quotes")


def _value(reading: _Reading, node: Node, path: Path) -> Any:
    at = reading.places[path] = _position(reading, node)
    if id(node) in reading.seen or node.anchor:
        reading.faults.append(
            fault(at, "anchors and aliases (& and *) are not used here; write the value out")
        )
    if id(node) in reading.seen:
        return None
    reading.seen.add(id(node))
    if node.tag not in _PLAIN_TAGS:
        reading.faults.append(fault(at, f"the tag {node.tag} is not used here; leave it out"))
    if isinstance(node, MappingNode):
        return dict(_entries(reading, node, path))
    if isinstance(node, SequenceNode):
        return [_value(reading, item, (*path, i)) for i, item in enumerate(node.value)]
    return _scalar(node)


def _scalar(node: Node) -> str | None:
    if not isinstance(node, ScalarNode) or node.tag == "tag:yaml.org,2002:null":
        return None
    return str(node.value)


def _entries(reading: _Reading, node: MappingNode, path: Path) -> Iterator[tuple[str, Any]]:
    known: dict[str, Position] = {}
    for key_node, value_node in node.value:
        at = _position(reading, key_node)
        if not isinstance(key_node, ScalarNode):
            reading.faults.append(fault(at, "a key must be one word or text; write `key: value`"))
            continue
        key = str(key_node.value)
        if key in known:
            first = known[key]
            message = f"{key!r} is already given in line {first.line}; keep one of them"
            reading.faults.append(fault(at, message))
            continue
        known[key] = reading.keys[(*path, key)] = at
        yield key, _value(reading, value_node, (*path, key))
        if isinstance(value_node, ScalarNode) and not value_node.value and not value_node.style:
            # YAML places what is not written where the next thing begins.
            reading.places[(*path, key)] = at
