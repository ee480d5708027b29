"""A document against its model: every fault at once, and the rest of the document still read.

Pydantic names a wrong value by its path; the document knows where that stands. What is wrong is left out and the
rest validated again, so that cross checks (lint.py) see all that is sound.
"""

from __future__ import annotations

from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from mailrouter.core.policy.faults import Fault, Position, fault, one_of
from mailrouter.core.policy.slug import nearest
from mailrouter.core.policy.yamltext import Document, Path

Model = TypeVar("Model", bound=BaseModel)
_ROUNDS = 6
_EXPECTED = {
    "tuple_type": "a list is expected; write [first, second]",
    "list_type": "a list is expected; write [first, second]",
    "dict_type": "keys are expected; write `key: value` lines below it",
    "model_type": "keys are expected; write `key: value` lines below it",
    "string_type": "one text is expected; write it on this line",
    "int_type": "a whole number is expected",
    "int_parsing": "a whole number is expected",
    "int_from_float": "a whole number is expected",
}


def validate(document: Document, model: type[Model]) -> tuple[Model | None, Document, tuple[Fault, ...]]:
    """(the model of what is sound, the document without what is not, all faults); None when nothing is sound."""
    faults: list[Fault] = []
    dropped: set[tuple[Position, str | int]] = set()
    for _ in range(_ROUNDS):
        try:
            return model.model_validate(document.value), document, tuple(faults)
        except ValidationError as error:
            errors = error.errors(include_url=False)
        meant = {_meant(model, details) for details in errors if details["type"] == "extra_forbidden"}
        faults.extend(
            _fault(document, model, details)
            for details in errors
            if (path := _path(details)) not in meant and _place(document, path) not in dropped
        )
        wrong = {_culprit(document, details) for details in errors}
        dropped |= {_place(document, path) for path in wrong}
        if () in wrong:
            break
        document = without(document, wrong)
    return None, document, tuple(faults)


def _place(document: Document, path: Path) -> tuple[Position, str | int]:
    """What names a value although list items move: where its mapping stands, and its key."""
    return document.at(path[:-1]), path[-1] if path else ""


def without(document: Document, wrong: set[Path]) -> Document:
    """The document without these paths; list items move up, with their places."""
    result = Document(name=document.name, value=None, places={}, keys={})
    value = _copy(document, result, wrong, (), ())
    dropped = document.dropped | {str(path[0]) for path in wrong if len(path) == 1}
    return Document(
        name=document.name,
        value=value,
        places=result.places,
        keys=result.keys,
        dropped=dropped,
        trimmed=document.trimmed | {document.at(path[:-1]) for path in wrong if path},
    )


def _copy(old: Document, new: Document, wrong: set[Path], path: Path, moved: Path) -> Any:
    new.places[moved] = old.at(path)
    if path in old.keys:
        new.keys[moved] = old.keys[path]
    value = _look(old.value, path)
    if isinstance(value, dict):
        return {
            key: _copy(old, new, wrong, (*path, key), (*moved, key))
            for key in value
            if (*path, key) not in wrong
        }
    if isinstance(value, list):
        kept = [i for i in range(len(value)) if (*path, i) not in wrong]
        return [_copy(old, new, wrong, (*path, i), (*moved, n)) for n, i in enumerate(kept)]
    return value


def _look(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


def _path(details: ErrorDetails) -> Path:
    return tuple(step for step in details["loc"] if step != "[key]")


def _written(document: Document, path: Path) -> Path:
    """The longest beginning of `path` that the document has: unions add steps of their own."""
    value, known = document.value, 0
    for step in path:
        has_key = isinstance(value, dict) and step in value
        has_item = isinstance(value, list) and isinstance(step, int) and step < len(value)
        if not (has_key or has_item):
            break
        value, known = value[step], known + 1
    return path[:known]


def _culprit(document: Document, details: ErrorDetails) -> Path:
    """What to leave out: the wrong value, or what lacks a compulsory one."""
    path = _path(details)
    return _written(document, path[:-1] if details["type"] == "missing" else path)


def _fault(document: Document, model: type[BaseModel], details: ErrorDetails) -> Fault:
    path = _path(details)
    written = _written(document, path)
    if details["type"] == "extra_forbidden":
        return fault(document.key(written), _unknown_key(model, path))
    if details["type"] == "missing":
        return fault(document.key(written), f"{path[-1]!r} is missing; add `{path[-1]}: …`")
    name = next((step for step in reversed(written) if isinstance(step, str)), "")
    return fault(document.at(written), f"{name}: {_message(details)}" if name else _message(details))


def _message(details: ErrorDetails) -> str:
    given, kind = details["input"], details["type"]
    if given is None:
        return "nothing is written here; write a value or remove the line"
    if kind == "value_error":
        return str(details["ctx"]["error"])
    if kind == "literal_error":
        choices = details["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", ")
        return f"{given!r} is not known; write {one_of(choices)}"
    if kind in _EXPECTED:
        shown = f"{given!r}: " if isinstance(given, str) else ""
        return shown + _EXPECTED[kind]
    return f"{given!r}: {details['msg'][0].lower()}{details['msg'][1:]}"


def _meant(model: type[BaseModel], details: ErrorDetails) -> Path:
    """The key that an unknown one was likely meant to be: it is not reported missing besides."""
    *above, name = _path(details)
    return (*above, nearest(str(name), known_keys(model, tuple(above))) or "")


def _unknown_key(model: type[BaseModel], path: Path) -> str:
    known = known_keys(model, path[:-1])
    near = nearest(str(path[-1]), known)
    meant = f"did you mean {near!r}?" if near else f"known here: {', '.join(sorted(known))}"
    return f"unknown key {path[-1]!r}; {meant}"


def known_keys(model: type[BaseModel], path: Path) -> tuple[str, ...]:
    """The keys that may stand at `path` below `model`."""
    at: Any = model
    for step in path:
        fields = _model(at).model_fields if _is_model(_model(at)) else {}
        at = fields[step].annotation if step in fields else _inner(at)
    found = _model(at)
    return tuple(found.model_fields) if _is_model(found) else ()


def _is_model(candidate: Any) -> bool:
    return isinstance(candidate, type) and issubclass(candidate, BaseModel)


def _model(annotation: Any) -> Any:
    """The model that an annotation such as `TimingIn | None` stands for."""
    if _is_model(annotation):
        return annotation
    return next((arg for arg in get_args(annotation) if _is_model(arg)), annotation)


def _inner(annotation: Any) -> Any:
    """What a list or mapping holds."""
    return next((arg for arg in get_args(annotation) if _is_model(_model(arg))), None)
