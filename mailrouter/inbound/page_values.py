"""What the template of a case on the secure page is told."""

from __future__ import annotations

from typing import Any

from mailrouter.core.compose.links import mailto
from mailrouter.core.decide.files.page import Said
from mailrouter.core.model import EXPERTISE
from mailrouter.core.policy.directory import Directory
from mailrouter.inbound.page_desk import Reading


def reading_values(seen: Reading, directory: Directory) -> dict[str, Any]:
    """What the template of a case is told."""
    view = seen.sight
    case, operator = view.case, view.reader.side == "operator"
    place = directory.territories.get(case.territory)
    of = place.of if place else ""
    subject = f"Re: [{directory.policy.label} {case.number}]"
    return {
        "number": case.number,
        "zone": directory.calendar(case.territory).zone,
        "names": {o.code: f"{o.code} {of}".strip() for o in directory.policy.organisations},
        "urgent": view.urgent,
        "careful": case.careful and operator,
        "fields": view.fields,
        "withheld": view.withheld,
        "states": [(p.organisation, p.state) for p in case.parties],
        "said": [_said(one, directory) for one in reversed(view.said)],
        "operator": operator,
        "reader": view.reader.name or view.reader.address,
        "reply_href": mailto(seen.everyone, subject) if seen.everyone else "",
        "note_href": mailto(seen.agents, subject) if seen.agents else "",
    }


def _said(one: Said, directory: Directory) -> dict[str, Any]:
    """A message as the template shows it."""
    group = directory.groups.get(one.message.group)
    return {
        "position": one.position,
        "at": one.message.at.isoformat(),
        "author": one.message.author_name,
        "group": EXPERTISE if one.message.advice else group.name if group else "",
        "note": one.message.audience == "agents",
        "text": one.text,
        "files": [{"n": n, "name": f.name or f.type, "size": f.size} for n, f in one.files],
        "kept": one.kept,
    }
