"""What a body may say and what a subject may: the send's values and the frame's names, nothing computed by templates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mailrouter.core.compose.context import ACTS, values_of
from mailrouter.core.compose.frame import Frame
from mailrouter.core.compose.links import mailto
from mailrouter.core.compose.tokens import Addresses
from mailrouter.core.model import Send
from mailrouter.core.policy.directory import Directory

LINKED_CHOICES = 8


def subject_values(send: Send, frame: Frame, label: str) -> dict[str, str]:
    """Label, number and organisation: no word of any person can reach a subject (DOMAIN, "Personal data")."""
    asked = send.values.get("asked") or send.values.get("organisations") or ()
    names = ", ".join(frame.names[code] for code in asked if code in frame.names)
    return {
        "tag": f"{label} {frame.number}".strip(),
        "label": label,
        "number": frame.number,
        "about": frame.organisation or names or frame.place or label,
    }


def body_values(
    send: Send, frame: Frame, at: Addresses, subject: str, directory: Directory, words: Mapping[str, Any]
) -> dict[str, Any]:
    """Everything a body may name. Unknown names stay unknown: the environment is strict."""
    values = values_of(send)
    values["acts"] = _acts(values["acts"] or _usual(send, frame), at, subject, words)
    if "choices" in values:
        values |= _choices(values["choices"], values["proposed"], frame, at, subject)
    if "understood" in values:
        values["understood"] = _masked(values["understood"], directory)
    return values | {
        "label": directory.policy.label,
        "domain": directory.policy.domain,
        "number": frame.number,
        "organisation": frame.organisation,
        "place": frame.place,
        "of": frame.of,
        "zone": frame.zone,
        "names": frame.names,
        "recipient": frame.recipient,
        "role": send.role,
        "to_agents": frame.on_agents_side,
        "author": send.author_name,
        "author_group": frame.author_group,
        "disclosure": send.disclosure,
        "text": send.text,
        "fields": [{"name": f.name, "value": f.value} for f in send.fields],
        "files": [{"name": f.name, "size": f.size} for f in send.files],
        "expires_at": send.expires_at.isoformat() if send.expires_at else "",
        "reply_address": at.reply,
        "everyone_address": at.everyone,
        "agents_address": at.agents,
    }


def _usual(send: Send, frame: Frame) -> tuple[str, ...]:
    helpers, agents = ACTS.get(send.template, ((), ()))
    return agents if frame.on_agents_side else helpers


def _acts(
    acts: Iterable[Any], at: Addresses, subject: str, words: Mapping[str, Any]
) -> list[dict[str, str]]:
    """Each act with its word, what it does, and a link that writes it. A pair (word, description) is taken as it is.

    A note goes to the agents' own address, where even a forgotten first word cannot make it an answer.
    """
    shown = []
    for act in acts if at.reply else ():
        word, does = (words["acts"][act]) if isinstance(act, str) else act
        to = at.agents if act == "note" and at.agents else at.reply
        shown.append({"word": word, "does": does, "href": mailto(to, f"Re: {subject}", word)})
    return shown


def _choices(
    codes: Iterable[str], proposed: Iterable[str], frame: Frame, at: Addresses, subject: str
) -> dict[str, Any]:
    """Organisations to choose from: the proposed ones as links (all of them when few and none is proposed), the
    others by name only, so that nobody tabs through thirty links."""
    codes = list(codes)
    first = [code for code in proposed if code in codes] or (codes if len(codes) <= LINKED_CHOICES else [])
    pairs = [(code, frame.names.get(code, code)) for code in first]
    return {
        "first_choices": _acts(pairs, at, subject, {}),
        "other_choices": [code for code in codes if code not in first],
    }


def _masked(understood: Iterable[tuple[str, str]], directory: Directory) -> list[tuple[str, str]]:
    """Restricted identifiers said back as "…" and their last three characters: enough to see a slip."""
    return [(name, f"…{value[-3:]}" if name in directory.restricted else value) for name, value in understood]
