"""What a body may say and what a subject may: the send's values and the frame's names, nothing computed by templates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mailrouter.core.compose.context import ACTS, EXPERT_ACTS, values_of
from mailrouter.core.compose.frame import Frame
from mailrouter.core.compose.tokens import Addresses
from mailrouter.core.compose.ways import Ways
from mailrouter.core.model import Send
from mailrouter.core.policy.directory import Directory


def subject_values(frame: Frame, label: str) -> dict[str, str]:
    """Label, number and organisation: no word of any person can reach a subject (DOMAIN, "Personal data")."""
    return {
        "tag": f"{label} {frame.number}".strip(),
        "label": label,
        "number": frame.number,
        "about": frame.about or label,
    }


def body_values(
    send: Send, frame: Frame, at: Addresses, subject: str, directory: Directory, words: Mapping[str, Any]
) -> dict[str, Any]:
    """Everything a body may name. Unknown names stay unknown: the environment is strict."""
    values = values_of(send)
    ways = Ways(at=at, subject=subject, words=words, names=frame.names, others=frame.others)
    values["acts"] = ways.acts(values["acts"] or _usual(send, frame, words))
    if "choices" in values:
        values |= ways.choices(values["choices"], values["proposed"])
    if "missing" in values:
        values |= ways.form(values["missing"])
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
        # Figures that texts name: never written out in a template, since operators set them.
        "keep": str(directory.policy.retention.case),
        "open_case": str(directory.policy.retention.open_case),
        "attachment_bytes": directory.policy.limits.attachment_bytes,
        "mandate_age": str(directory.timing().mandate_age),
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
        "page_href": at.page,
        "elsewhere": send.page,
    }


def _usual(send: Send, frame: Frame, words: Mapping[str, Any]) -> Sequence[Any]:
    """The acts of a mail whose values name none: the organisation suggested first, the words a question takes, else
    what this template offers this side."""
    if send.question and send.words:
        return [word for word in send.words if word in words["acts"]]
    helpers, agents = ACTS.get(send.template, ((), ()))
    if send.role == "mailbox":
        # Nobody leaves for a mailbox: from there it would be the whole organisation.
        agents = tuple(act for act in agents if act != "not-me")
    if send.role == "expert":
        # Nothing works any more on a case that ends.
        agents = tuple(act for act in agents if act in EXPERT_ACTS and send.template != "closed")
    suggested = send.values.get("suggested") or ()
    codes = [suggested] if isinstance(suggested, str) else suggested
    if frame.on_agents_side or not codes:
        return agents if frame.on_agents_side else helpers
    invitations = [
        (words["invite_word"].format(code), words["invite_does"].format(frame.names.get(code, code)))
        for code in codes
    ]
    return [*invitations, *(act for act in helpers if act != "invite")]


def _masked(understood: Iterable[tuple[str, str]], directory: Directory) -> list[dict[str, str]]:
    """What was understood, as rows. Restricted identifiers are said back as "…" and their last three characters:
    enough to see a slip."""
    return [
        {"name": name, "value": f"…{value[-3:]}" if name in directory.restricted else value}
        for name, value in understood
    ]
