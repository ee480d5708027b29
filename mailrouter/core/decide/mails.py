"""The mails a decision sends: one factory for each recipient kind, so that entitlement is applied in one place."""

from __future__ import annotations

from typing import Any, Literal

from mailrouter.core.decide.disclose import Lens, lens, visible_fields, visible_text
from mailrouter.core.decide.scene import Scene
from mailrouter.core.model import (
    Attachment,
    Audience,
    CaseMessage,
    CaseView,
    Participant,
    Send,
)
from mailrouter.core.policy.schema import Group

Automatic = Literal["", "auto-replied", "auto-generated"]


def language_of(scene: Scene, address: str) -> Literal["fr", "en"]:
    """The language a registered person chose; French otherwise."""
    person = scene.directory.person_of(address)
    return person.language if person else "fr"


def to_participant(
    scene: Scene,
    template: str,
    person: Participant,
    *,
    message: CaseMessage | None = None,
    organisation: str = "",
    with_fields: bool = False,
    audience: Audience = "everyone",
    automatic: Automatic = "auto-generated",
    key: str = "",
    **values: Any,
) -> None:
    """Draft a mail to a participant of the scene's case, through this recipient's lens."""
    case = scene.case
    view = lens(scene.directory, case, person)
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
            fields=visible_fields(scene.directory, view, case.fields) if with_fields else (),
            text=visible_text(view, message.text) if message else "",
            author_name=message.author_name if message else "",
            files=files_for(scene, view, message),
            automatic=automatic,
            thread=person.thread,
            key=key,
            values=values,
        )
    )


def files_for(scene: Scene, view: Lens, message: CaseMessage | None) -> tuple[Attachment, ...]:
    """The files of `message` that go along: all under `full`, none else, none when together too large."""
    if message is None or view.disclosure != "full":
        return ()
    files = tuple(f for f in message.files if not f.inline)
    too_large = sum(f.size for f in files) > scene.directory.policy.limits.attachment_bytes
    return () if too_large else files


def to_person(
    scene: Scene,
    template: str,
    address: str,
    *,
    reply: Literal["case", "question", "territory", "none"] = "territory",
    role: str = "",
    automatic: Automatic = "auto-replied",
    thread: tuple[str, ...] = (),
    key: str = "",
    **rest: Any,
) -> None:
    """Draft a mail to somebody outside any participation: nothing of a case but its number goes there.

    `rest` may hold `question`, `words`, `expires_at`, `inbound_id`, `case_id`; everything else is a template value.
    """
    known = {
        k: rest.pop(k) for k in ("question", "words", "expires_at", "inbound_id", "case_id") if k in rest
    }
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
            values=rest,
            **known,
        )
    )


def to_operators(scene: Scene, reason: str, **values: Any) -> None:
    """Tell the operators: headers, sizes and reasons, never content."""
    for address in scene.directory.policy.operators:
        to_person(
            scene,
            "operators-notice",
            address,
            role="operator",
            reply="none",
            automatic="auto-generated",
            key=f"operators:{reason}",
            reason=reason,
            **values,
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
