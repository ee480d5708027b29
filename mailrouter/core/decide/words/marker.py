"""The own marker of somebody who has many cases (`Repère : …`): seen by its author alone, in subjects and lists, so that
it may name nobody (DOMAIN, Situations 11)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.mail.says.mask import identifiers
from mailrouter.core.model import Stated
from mailrouter.core.text import fold, folded_words

_NAMES = ("prenom", "nom", "nom_naissance")
# Other labels of the same field ("Mémo : …") begin sentences too.
_LINE = re.compile(r"\s*[-*•]?\s*(?:mon )?(?:repere|marker)\s*:\s*(\S.*?)\s*$")


def marker_of(scene: Scene, stated: Iterable[Stated], known: dict[str, str]) -> str:
    """The marker among what a mail states, at most as long as configured; '' when there is none, or when it names the
    person (`known`: what the case knows of them) or holds a number of theirs: every mail system on the way may keep a
    subject."""
    said = {s.field: s.value for s in reversed(tuple(stated))}
    marker = said.get("repere", "")[: scene.directory.policy.limits.repere_characters].strip()
    told = (v for name in _NAMES for v in (said.get(name, ""), known.get(name, "")))
    names = {word for value in told for word in folded_words(value)}
    return "" if names & set(folded_words(marker)) or identifiers(marker) else marker


def is_marker(line: str) -> bool:
    """Whether a line is a marker by its own name."""
    return _LINE.match(fold(line)) is not None


def marker_line(scene: Scene, text: str, *, any_length: bool) -> tuple[str, str]:
    """The marker that a line of `text` is, and the text without that line; ('', text) when none is. Unless `any_length`,
    what is too long for a marker is a sentence."""
    most = scene.directory.policy.limits.repere_characters
    lines = text.splitlines()
    for n, line in enumerate(lines):
        found = _LINE.match(fold(line))
        if found and (any_length or len(found.group(1)) <= most):
            value = line.partition(":")[2].strip()
            return value, "\n".join((*lines[:n], *lines[n + 1 :])).strip("\n")
    return "", text
