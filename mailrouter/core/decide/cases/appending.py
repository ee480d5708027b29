"""A mail's new text and files join a case; what of its files goes nowhere is told to whoever sent them."""

from __future__ import annotations

from mailrouter.core.decide.basis.mails import language_of, to_participant, too_large
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.files.enclosed_mails import let_go
from mailrouter.core.decide.senders.sender import Sender
from mailrouter.core.decide.words.forwarded import forwarded_heading
from mailrouter.core.decide.words.stated import without_labels
from mailrouter.core.mail.enclosed.attached import problems, usable
from mailrouter.core.model import AppendMessage, Audience, CaseMessage
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
    is form. An expert's is no word of the organisation that is helped: it bears no organisation (`CaseMessage.advice`)."""
    message = scene.message
    expert = _by_expert(scene, sender)
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
            organisation="" if group.side == "helper" or expert else group.organisation,
            audience=audience,
            text=said,
            attachments=usable(scene.new_files, mails=let_go(scene, group.side, audience)),
            to_all=to_all,
            inbound_id=scene.trigger.inbound_id,
        )
    )
    tell_file_problems(scene, sender.address, mails=let_go(scene, group.side, audience))
    return scene.case.messages[-1]


def _by_expert(scene: Scene, sender: Sender) -> bool:
    person = scene.case.participant(sender.address)
    return person is not None and person.role == "expert"


def tell_file_problems(scene: Scene, address: str, *, mails: bool) -> None:
    """Files that nobody could open, or that go nowhere: their sender is told at once what works; the text went on.
    `mails`: whether those inside the mail went on."""
    found = problems(scene.message.attachments, mails=mails) + _too_large(scene)
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
