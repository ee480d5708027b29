"""A mail's new text and files join a case; what of its files goes nowhere is told to whoever sent them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from mailrouter.core.decide.basis.mails import language_of, to_participant, too_large
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.files.enclosed_mails import let_go
from mailrouter.core.decide.senders.sender import Sender
from mailrouter.core.decide.words.stated import without_labels
from mailrouter.core.mail.enclosed.attached import problems, usable
from mailrouter.core.model import AppendMessage, Audience, CaseMessage, Forwarded
from mailrouter.core.policy.schema import Group


def append_message(
    scene: Scene,
    sender: Sender,
    group: Group,
    text: str | None = None,
    audience: Audience = "everyone",
    *,
    to_all: bool = False,
    whole: bool = False,
) -> CaseMessage:
    """The mail's new text and files join the case; a forward is told with its real author. `whole`: nothing of the text
    is form."""
    message = scene.message
    said = message.visible if text is None else text
    if group.side == "helper" and not whole:
        said = without_labels(message, said)
    if message.forwarded and message.forwarded.text:
        heading = forwarded_heading(message.forwarded, language_of(scene, sender.address))
        said = f"{said}\n\n{heading}\n\n{message.forwarded.text}".strip()
    scene.do(
        AppendMessage(
            case_id=scene.case.id,
            message_id=scene.new_id("message"),
            author=sender.address,
            author_name=sender.name,
            side=group.side,
            group=group.id,
            organisation=group.organisation if group.side == "operator" else "",
            audience=audience,
            text=said,
            attachments=usable(scene.new_files, mails=let_go(scene)),
            to_all=to_all,
            inbound_id=scene.trigger.inbound_id,
        )
    )
    tell_file_problems(scene, sender.address)
    return scene.case.messages[-1]


_MONTHS = {
    "fr": [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
}


def forwarded_heading(original: Forwarded, language: Literal["fr", "en"]) -> str:
    """Who wrote the forwarded text, and when, in a sentence of the language of who forwards it: a screen reader says it
    as people would, where a rule of dashes is noise (DOMAIN, Situations 16)."""
    name = original.author_name or original.author
    day = _day(original.date, language)
    if language == "en":
        return (
            " ".join(
                ("Forwarded message", *([f"from {name}"] if name else []), *([f"of {day}"] if day else []))
            )
            + ":"
        )
    parts = ("Message transféré", *([f"de {name}"] if name else []), *([f"du {day}"] if day else []))
    return " ".join(parts) + " :"


def _day(date: str, language: Literal["fr", "en"]) -> str:
    """ "2026-03-02T…" as "2 mars 2026"; as it was written when it could not be read."""
    try:
        moment = datetime.fromisoformat(date)
    except ValueError:
        return date
    number = "1er" if language == "fr" and moment.day == 1 else str(moment.day)
    return f"{number} {_MONTHS[language][moment.month - 1]} {moment.year}"


def tell_file_problems(scene: Scene, address: str) -> None:
    """Files that nobody could open, or that go nowhere: their sender is told at once what works; the text went on."""
    found = problems(scene.message.attachments, mails=let_go(scene)) + _too_large(scene)
    person = scene.case.participant(address)
    if scene.step("files-refused", bool(found), evidence=", ".join(code for _, code in found)) and person:
        to_participant(scene, "files", person, {"problems": found, "sent": True}, automatic="auto-replied")


def _too_large(scene: Scene) -> list[list[str]]:
    """The files of the message that was just appended, when they are together more than mail carries and there is no page
    to read them on."""
    message = scene.case.messages[-1]
    if scene.directory.policy.page_url or not too_large(scene, message):
        return []
    return [[f.name, "size"] for f in message.files if not f.inline]
