"""`résumé`: the case in plain words, on a sheet to print for the person helped. Nothing on it identifies her."""

from __future__ import annotations

from typing import Any

from mailrouter.core.decide.basis.disclose import lens
from mailrouter.core.decide.basis.mails import given, to_participant
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.senders.voice import Voice
from mailrouter.core.decide.words.command import Command
from mailrouter.core.mail.says.mask import mask
from mailrouter.core.model import FINAL_PARTY_STATES, CaseMessage, CaseView

TEMPLATE = "summary"
_WAITING = ("remind", "silence", "silence-escalate", "escalate")


def summary(scene: Scene, voice: Voice, command: Command) -> bool:
    """To the aidant alone: what was asked of whom and when, what they answered, what comes next."""
    case = scene.case
    if case.state not in ("open", "done", "closed"):
        return False
    values: dict[str, Any] = {
        "entries": [],
        "states": [[p.organisation, p.state] for p in case.parties],
        "waiting": waiting(case),
        **given(over=case.state == "closed"),
    }
    if lens(scene.directory, case, voice.person).disclosure != "notice":
        values["entries"] = [_entry(m) for m in case.messages if m.audience == "everyone" and m.text.strip()]
    to_participant(scene, TEMPLATE, voice.person, values, automatic="auto-replied")
    return True


def _entry(message: CaseMessage) -> dict[str, Any]:
    """A message with every identifier masked, whoever may know it: paper is left lying about."""
    lines = [line.strip() for line in mask(message.text, frozenset()).splitlines()]
    return {
        "at": message.at.isoformat(),
        "organisation": message.organisation,
        "lines": [line for line in lines if line],
    }


def waiting(case: CaseView) -> list[list[str]]:
    """[organisation, day on which it is reminded ('' when none is planned)] of those whose part is not done."""
    rows = []
    for party in case.parties:
        if party.state in FINAL_PARTY_STATES:
            continue
        days = [d.at for d in case.dues if d.organisation == party.organisation and d.kind in _WAITING]
        rows.append([party.organisation, min(days).isoformat() if days else ""])
    return rows
