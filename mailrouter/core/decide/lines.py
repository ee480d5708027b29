"""A list or digest answered by line: `12 clore oui`. Each line is an act on a case of the writer's own, decided by
itself at once, as the writer, so that no line depends on another."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailrouter.core.decide.command import Command, said
from mailrouter.core.decide.scene import Scene
from mailrouter.core.decide.sender import Sender
from mailrouter.core.model import CaseLine, Due, ScheduleDue

# Acts that need no text and tell nothing to anybody who is not on the case.
ACTS = frozenset({"close", "take", "done", "later", "reopen", "history"})
SAY = "say"
MOST = 60
_LINE = re.compile(r"^[\s>*•-]*(?:n°\s*)?(\d{4}-\d{4,}-[0-9A-Za-z]|\d{1,7})\s*[:,;.)-]?\s+(\S.{0,59})$")


def answered(scene: Scene, sender: Sender) -> int:
    """Schedule what the lines of this mail ask for, each on its case; how many were understood."""
    wanted = list(_wanted(scene))
    for line, command in wanted:
        at = scene.facts.now
        kind = f"{SAY}:{command.act}:{command.argument}"
        key = f"{line.case_id}//{kind}/{sender.address}/{int(at.timestamp())}"
        due = Due(key=key, case_id=line.case_id, kind=kind, at=at, address=sender.address)
        scene.do(ScheduleDue(due=due))
    if wanted:
        scene.step("answered-by-line", evidence=", ".join(f"{x.number} {c.act}" for x, c in wanted))
    return len(wanted)


def _wanted(scene: Scene) -> Iterator[tuple[CaseLine, Command]]:
    for text in scene.message.visible.splitlines()[:MOST]:
        found = _LINE.match(text)
        command = said(found.group(2)) if found else None
        line = _named(scene, found.group(1)) if found else None
        if command and line and command.act in ACTS:
            yield line, command


def _named(scene: Scene, written: str) -> CaseLine | None:
    """The one case of the writer's with this number, whole or its running part; None when two years have it."""
    found = [x for x in scene.facts.listed if x.number.upper() == written.upper()]
    if not found and written.isdigit():
        found = [x for x in scene.facts.listed if int(x.number.split("-")[1]) == int(written)]
    return found[0] if len(found) == 1 else None
