"""An Outlook recall. Outside its own organisation Exchange sends it as a plain mail, "Rappel : …", whose text says that
the author would like to recall the message; inside nothing of it reaches us. It is honoured for what has not left yet
or is held, and its author is told what has."""

from __future__ import annotations

import re

from mailrouter.core.decide.basis import dues
from mailrouter.core.decide.basis.mails import given, thread_of_mail, to_person
from mailrouter.core.decide.basis.scene import Scene, about
from mailrouter.core.decide.senders.sender import Sender
from mailrouter.core.model import CaseView, ChangeState, Decision, Message, Release, StopMails
from mailrouter.core.text import fold

TEMPLATE = "recalled"
# The word by which a held mail is decided again when its author recalls it: it is ignored.
RECALLED = "recalled"
_PREFIX = re.compile(r"^\s*(?:recall|rappel)\s*:\s*", re.I)
# Exchange's own sentence, in the languages of its users here.
_SENTENCE = re.compile(
    r"^.{1,80} (?:would like to recall the message|(?:souhaite|souhaiterait|aimerait|voudrait) rappeler le message)\b"
)


def recalled_subject(message: Message) -> str | None:
    """The subject of the mail that this one recalls; None when it is none. The prefix alone is a person's word
    ("Rappel : il manque le bail"), so Exchange's sentence must stand on the first line."""
    prefix = _PREFIX.match(message.subject)
    lines = message.text.strip().splitlines()
    if prefix is None or not lines or not _SENTENCE.match(" ".join(fold(lines[0]).split())):
        return None
    return message.subject[prefix.end() :]


def recall(scene: Scene, sender: Sender) -> Decision | None:
    """Stop what has not left of the mail that a registered, aligned author recalls; None when this is no recall."""
    if recalled_subject(scene.message) is None or not (sender.registered and sender.aligned):
        return None
    found = scene.facts.recalled
    evidence = ("held" if found.held else f"{len(found.waiting)} unsent") if found else ""
    scene.step("recall", found is not None, evidence=evidence)
    if found is None:
        _tell(scene, sender, None, 0, (), False)
        return scene.decision("handled", "recall-of-nothing")
    if found.held:
        scene.do(Release(inbound_id=found.held, by=f"recall:{sender.address}", word=RECALLED))
        _tell(scene, sender, None, 1, (), False)
        return scene.decision("handled", "recall")
    case = scene.facts.case(found.case_id)
    about(scene, case)
    unsent = not found.gone
    stop = StopMails(
        case_id=found.case_id, message_id=found.message_id, outbox_ids=found.waiting, forget=unsent
    )
    scene.do(stop)
    closes = unsent and found.first and scene.case.state in ("incomplete", "open")
    if closes:
        dues.ended(scene)
        scene.do(ChangeState(case_id=found.case_id, to="closed", who=sender.address, why="recalled"))
    _tell(scene, sender, scene.case, len(found.waiting), found.gone, closes)
    return scene.decision("handled", "recall")


def _tell(
    scene: Scene, sender: Sender, case: CaseView | None, stopped: int, gone: tuple[str, ...], closed: bool
) -> None:
    values = {"stopped": stopped, "gone": list(gone), **given(closed=closed)}
    if case is not None:
        values |= {"number": case.number, "territory": case.territory}
    to_person(scene, TEMPLATE, sender.address, values, thread=thread_of_mail(scene))
