"""`résumé`: the case in plain words, on a sheet to print for the person helped. Nothing on it identifies her."""

from __future__ import annotations

import re
from typing import Any

from mailrouter.core.decide.basis.disclose import lens
from mailrouter.core.decide.basis.mails import given, to_participant
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.senders.voice import Voice
from mailrouter.core.decide.words.command import Command
from mailrouter.core.decide.words.substance import says_something
from mailrouter.core.mail.says.mask import mask
from mailrouter.core.model import FINAL_PARTY_STATES, CaseMessage, CaseView
from mailrouter.core.text import fold, folded_words

TEMPLATE = "summary"
_PARTICLE = 2
_WORD = re.compile(r"[^\W_]+")
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
        read = [m for m in case.messages if m.audience == "everyone" and m.text.strip() and not m.advice]
        values["entries"] = [_entry(m, _names(case)) for m in read]
    to_participant(scene, TEMPLATE, voice.person, values, automatic="auto-replied")
    return True


def _names(case: CaseView) -> frozenset[str]:
    """The words of the person's names, particles aside."""
    told = (word for name in ("prenom", "nom", "nom_naissance") for word in folded_words(case.field(name)))
    return frozenset(word for word in told if len(word) > _PARTICLE)


def _entry(message: CaseMessage, names: frozenset[str]) -> dict[str, Any]:
    """What a message says, without its courtesies and the writer's signature; every identifier is masked and the person's
    names are, whoever may know them: paper is left lying about."""
    signed = set(folded_words(message.author_name))
    lines = []
    for line in mask(message.text, frozenset()).splitlines():
        words = folded_words(line)
        if words and signed.issuperset(words):
            break
        if says_something(line, message.author_name):
            lines.append(_WORD.sub(lambda found: "…" if fold(found[0]) in names else found[0], line.strip()))
    return {"at": message.at.isoformat(), "organisation": message.organisation, "lines": lines}


def waiting(case: CaseView) -> list[list[str]]:
    """[organisation, day on which it is reminded ('' when none is planned)] of those whose part is not done."""
    rows = []
    for party in case.parties:
        if party.state in FINAL_PARTY_STATES:
            continue
        days = [d.at for d in case.dues if d.organisation == party.organisation and d.kind in _WAITING]
        rows.append([party.organisation, min(days).isoformat() if days else ""])
    return rows
