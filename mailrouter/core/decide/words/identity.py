"""Whether two cases are about one person, and what the reader is told of it (DOMAIN, Situations 1). Nothing is ever
merged by machine: people may share a name and a birth date, and one person may have two questions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from mailrouter.core.decide.basis.disclose import lens
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.words.command import said
from mailrouter.core.decide.words.stated import COMPULSORY
from mailrouter.core.model import CaseView, Field, Message, Participant
from mailrouter.core.text import folded_words

NAMES = ("nom", "prenom")
Person = Mapping[str, str]


def person_known(message: Message, known: Iterable[Field] = ()) -> Person:
    """Names and birth date of whom this mail, or its case, is about; empty while any is missing."""
    whole = {f.name: f.value for f in known if f.value}
    whole |= {s.field: s.value for s in reversed(message.stated) if s.value}
    return whole if set(COMPULSORY) <= whole.keys() else {}


def may_ask(message: Message, case: CaseView) -> bool:
    """Whether a mail on an open case may ask one more organisation: an invitation, or a yes to what was proposed."""
    command = said(message.visible)
    return bool(case.proposed) or (command is not None and command.act == "invite")


def person_stated(message: Message, known: Iterable[Field] = ()) -> Person:
    """Names and birth date of whom this mail is about: what it states, completed by what its case knows. Empty while
    any is missing, and for a mail that states none of them: its reader was told when they were."""
    stated = {s.field: s.value for s in reversed(message.stated) if s.value}
    if not stated.keys() & set(COMPULSORY):
        return {}
    return person_known(message, known)


def one_person(here: Person, there: Person) -> bool:
    """Whether both have the same birth date, and a name and a first name in common."""
    return all(there.get(name) and agrees(name, here[name], there) for name in COMPULSORY)


def agrees(name: str, value: str, known: Person) -> bool:
    """Whether `value` says of field `name` what is known: a name by a word in common but for accents and case, the
    birth name's too; a date or a number by being the same."""
    if name not in NAMES:
        return "".join(folded_words(value)) == "".join(folded_words(known.get(name, "")))
    others = (known.get(name, ""), known.get("nom_naissance", "") if name == "nom" else "")
    return any(set(folded_words(value)) & set(folded_words(one)) for one in others)


def followed_already(scene: Scene, reader: Participant) -> list[dict[str, Any]]:
    """Open cases of the same person that somebody who is told of this one takes part in: those alone, as lines without
    personal data. Nothing to whom no content goes (`notice`): that two numbers are one person's is content."""
    view = lens(scene.directory, scene.case, reader)
    found = [
        f.line for f in scene.facts.followed if f.reader == reader.address and f.line.case_id != scene.case.id
    ]
    if not found or view.disclosure == "notice":
        return []
    scene.step("same-person", evidence=f"{len(found)} open cases of a reader's")
    lines: list[dict[str, Any]] = msgspec.to_builtins(found)
    return lines


def same_person(scene: Scene, reader: Participant) -> list[dict[str, Any]]:
    """Other open cases of the same person, as lines without personal data: those that the author of this mail sees,
    and for nobody else to read."""
    author = scene.message.author
    if author is None or scene.directory.canonical(author.address) != reader.address:
        return []
    found = [line for line in scene.facts.namesakes if line.case_id != scene.case.id]
    scene.step("same-person", bool(found), evidence=f"{len(found)} open cases of the author's")
    lines: list[dict[str, Any]] = msgspec.to_builtins(found)
    return lines
