"""A list or digest answered by line: `12 clore oui`. Each line is an act on a case of the writer's own, decided by
itself at once, as the writer, so that no line depends on another."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.senders.sender import Sender
from mailrouter.core.decide.words.command import Command, said
from mailrouter.core.model import CaseLine, Due, ScheduleDue

# Acts that need no text and tell nothing to anybody who is not on the case.
ACTS = frozenset({"close", "take", "done", "later", "reopen", "history"})
SAY = "say"
MOST = 60
_LINE = re.compile(r"^[\s>*•-]*(?:n°\s*)?(\d{4}-\d{4,}-[0-9A-Za-z]|\d{1,7})\s*[:,;.)-]?\s+(\S.{0,59})$")


def answered(scene: Scene, sender: Sender) -> tuple[set[str], list[str]]:
    """Schedule what the lines of this mail ask for, each on its case; the ids of these cases, and the lines that begin with
    a number and were not understood: no such case of the writer's, or no such act."""
    wanted: list[tuple[CaseLine, Command]] = []
    unread: list[str] = []
    for text, line, command in _lines(scene):
        if line and command and command.act in ACTS:
            wanted.append((line, command))
        else:
            unread.append(text)
    for line, command in wanted:
        at = scene.facts.now
        kind = f"{SAY}:{command.act}:{command.argument}"
        key = f"{line.case_id}//{kind}/{sender.address}/{int(at.timestamp())}"
        due = Due(key=key, case_id=line.case_id, kind=kind, at=at, address=sender.address)
        scene.do(ScheduleDue(due=due))
    if wanted:
        scene.step("answered-by-line", evidence=", ".join(f"{x.number} {c.act}" for x, c in wanted))
    return {line.case_id for line, _ in wanted}, unread


def _lines(scene: Scene) -> Iterator[tuple[str, CaseLine | None, Command | None]]:
    """Each line that begins with a number: itself, the case of that number, the act."""
    for text in scene.message.visible.splitlines()[:MOST]:
        if found := _LINE.match(text):
            yield text.strip(" >*•-\t"), _named(scene, found.group(1)), said(found.group(2))


def _named(scene: Scene, written: str) -> CaseLine | None:
    """The one case of the writer's with this number, whole or its running part; None when two years have it."""
    found = [x for x in scene.facts.listed if x.number.upper() == written.upper()]
    if not found and written.isdigit():
        found = [x for x in scene.facts.listed if int(x.number.split("-")[1]) == int(written)]
    return found[0] if len(found) == 1 else None
