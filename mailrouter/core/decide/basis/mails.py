"""The mails a decision sends: one factory for each recipient kind, so that entitlement is applied in one place."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Literal

from msgspec.structs import replace

from mailrouter.core.decide.basis.disclose import (
    Lens,
    lens,
    shut_out,
    visible_fields,
    visible_files,
    visible_text,
)
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.mail.says.mask import mask
from mailrouter.core.model import (
    Attachment,
    Audience,
    CaseMessage,
    CaseView,
    Field,
    Participant,
    Send,
)
from mailrouter.core.policy.schema import Group

# Values that hold a person's own words: why it is urgent, lines that were not understood.
_WRITTEN = frozenset({"urgent", "said", "also", "more"})
Automatic = Literal["", "auto-replied", "auto-generated"]


def language_of(scene: Scene, address: str) -> Literal["fr", "en"]:
    """The language a registered person chose; French otherwise."""
    person = scene.directory.person_of(address)
    return person.language if person else "fr"


def to_participant(
    scene: Scene,
    template: str,
    person: Participant,
    values: dict[str, Any] | None = None,
    *,
    message: CaseMessage | None = None,
    organisation: str = "",
    with_fields: bool = False,
    fields: tuple[Field, ...] = (),
    audience: Audience = "everyone",
    automatic: Automatic = "auto-generated",
    key: str = "",
    unveiled: bool = False,
) -> None:
    """Draft a mail to a participant of the scene's case, through this recipient's lens. `unveiled`: without what
    `contact prudent` withholds, since the recipient's organisation asked."""
    if _suspended(scene, person.address):
        return
    case = scene.case
    if shut_out(scene.directory, case, person, template):
        scene.step("expert-shut-out", evidence=template)
        return
    view = lens(scene.directory, replace(case, careful=False) if unveiled else case, person)
    scene.do(
        Send(
            template=template,
            recipient=person.address,
            role=person.role,
            language=language_of(scene, person.address),
            case_id=case.id,
            organisation=organisation or view.organisation,
            group=person.group,
            reply="case",
            audience=audience,
            message=message.id if message else "",
            disclosure=view.disclosure,
            fields=visible_fields(scene.directory, view, case.fields if with_fields else fields),
            text=visible_text(view, message.text) if message else "",
            author_name=message.author_name if message else "",
            files=files_for(scene, view, person, message),
            automatic=automatic,
            thread=person.thread,
            key=key,
            values=_masked(view, values or {}),
            page=_elsewhere(scene, view, message),
        )
    )


def _masked(view: Lens, values: dict[str, Any]) -> dict[str, Any]:
    """The values of a template, with identifiers in those that repeat what somebody wrote hidden like those of a text."""
    return {n: _hidden(view, value) if n in _WRITTEN else value for n, value in values.items()}


def _hidden(view: Lens, value: Any) -> Any:
    if isinstance(value, str):
        return mask(value, view.keep)
    return [_hidden(view, one) for one in value] if isinstance(value, list | tuple) else value


def _elsewhere(scene: Scene, view: Lens, message: CaseMessage | None) -> bool:
    """Whether the secure page has files of `message` that the mail has not."""
    return message is not None and view.disclosure == "full" and too_large(scene, message)


def _suspended(scene: Scene, address: str) -> bool:
    """Nothing is written to who is suspended; delivery asks the tables again."""
    off = scene.facts.person(address).suspended
    return scene.step("recipient-suspended") if off else False


_WRITABLE = re.compile(r'[^\s<>,;"()\\]+@[^\s<>,;"()\\@]+')


def _unwritable(scene: Scene, address: str) -> bool:
    odd = not _WRITABLE.fullmatch(address) or not address.isprintable()
    return scene.step("recipient-unwritable") if odd else False


def given(**values: Any) -> dict[str, Any]:
    """The template values that say something; empty ones are left out."""
    return {name: value for name, value in values.items() if value}


def files_for(
    scene: Scene, view: Lens, person: Participant, message: CaseMessage | None
) -> tuple[Attachment, ...]:
    """The files of `message` that go along: those that this recipient may have, none when together too large."""
    if message is None or too_large(scene, message):
        return ()
    return tuple(f for f in visible_files(view, scene.case, person, message) if f is not None)


def too_large(scene: Scene, message: CaseMessage) -> bool:
    """Whether the files of `message` are together more than mail carries: they are on the secure page only."""
    size = sum(f.size for f in message.files if not f.inline)
    return size > scene.directory.policy.limits.attachment_bytes


def to_person(
    scene: Scene,
    template: str,
    address: str,
    values: dict[str, Any] | None = None,
    *,
    reply: Literal["case", "question", "territory", "joining", "list", "none"] = "territory",
    role: str = "",
    automatic: Automatic = "auto-replied",
    thread: tuple[str, ...] = (),
    key: str = "",
    question: str = "",
    words: tuple[str, ...] = (),
    expires_at: datetime | None = None,
    inbound_id: str = "",
    case_id: str = "",
) -> None:
    """Draft a mail to somebody outside any participation: nothing of a case but its number goes there. Nobody whose
    address cannot stand in an envelope as it is written ("a b"@…) is answered."""
    if _suspended(scene, address) or _unwritable(scene, address):
        return
    scene.do(
        Send(
            template=template,
            recipient=address,
            role=role,
            language=language_of(scene, address),
            reply=reply,
            disclosure="notice",
            automatic=automatic,
            thread=thread,
            key=key,
            values=values or {},
            question=question,
            words=words,
            expires_at=expires_at,
            inbound_id=inbound_id,
            case_id=case_id,
        )
    )


def again(scene: Scene, template: str, address: str) -> str:
    """The key of a further mail of this kind to the same person in one decision (two acts of one mail are acknowledged
    one by one); '' for the first."""
    drafted = [e for e in scene.draft.effects if isinstance(e, Send) and e.template == template]
    return str(sum(e.recipient == address for e in drafted) or "")


def to_operators(scene: Scene, items: list[dict[str, Any]], key: str) -> None:
    """Tell the operators: headers, sizes and reasons, never content."""
    for address in scene.directory.policy.operators:
        to_person(
            scene,
            "operators-notice",
            address,
            {"items": items},
            role="operator",
            reply="none",
            automatic="auto-generated",
            key=f"operators:{key}",
        )


def group_label(scene: Scene, group_id: str) -> str:
    """How a group is called to people ("CAF du Lot")."""
    group: Group | None = scene.directory.groups.get(group_id)
    return group.name if group else ""


def organisation_label(scene: Scene, case: CaseView, organisation: str) -> str:
    """How the asked unit of an organisation is called on this case."""
    party = case.party(organisation)
    return (group_label(scene, party.group) if party else "") or organisation


def thread_of_mail(scene: Scene) -> tuple[str, ...]:
    """The Message-ID of the mail being decided, to answer in its thread."""
    found = scene.message.message_id
    return (found,) if found else ()
