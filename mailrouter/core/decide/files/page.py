"""The secure page: who may read a case there, what they see of it, and who is sent a code.

What a reader sees is computed by the functions that fill the mails (disclose.py). Only the way there differs: the page
travels encrypted to somebody who showed that they read an own mailbox, so `notice`, which is about the way, does not
hold on it; what the group's policy masks stays masked."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from mailrouter.core.decide.basis.caps import capped
from mailrouter.core.decide.basis.disclose import (
    Lens,
    may_read,
    page_lens,
    visible_fields,
    visible_files,
    visible_text,
    withheld,
)
from mailrouter.core.decide.basis.mails import to_person
from mailrouter.core.decide.basis.membership import follows
from mailrouter.core.decide.basis.scene import Scene, about
from mailrouter.core.model import (
    Attachment,
    CaseMessage,
    CaseView,
    Decision,
    Field,
    Frozen,
    PageAsked,
    Participant,
)
from mailrouter.core.policy.directory import Directory

TEMPLATE: Final = "page-code"
MINUTES: Final = 15
"""How long a code holds."""
CODES_A_DAY: Final = 20
"""Codes that one mailbox is sent in a day; more are not sent, and the page does not say so."""
_OVER: Final = frozenset({"frozen", "withdrawn", "wiped"})


class Said(Frozen, frozen=True, kw_only=True):
    """A message as one reader sees it. `position` is its place among all messages of the case; `files` are those that
    the reader may have, with their places in the message; `kept` counts the others."""

    position: int
    message: CaseMessage
    text: str
    files: tuple[tuple[int, Attachment], ...] = ()
    kept: int = 0


class Sight(Frozen, frozen=True, kw_only=True):
    """A case as one reader sees it. `withheld`: names of fields that are shown to no organisation unless asked for."""

    case: CaseView
    reader: Participant
    fields: tuple[Field, ...] = ()
    said: tuple[Said, ...] = ()
    urgent: str = ""
    withheld: tuple[str, ...] = ()

    def file(self, position: int, n: int) -> Attachment | None:
        """The `n`-th file of the message at `position`, if this reader may have it."""
        found = (f for said in self.said if said.position == position for i, f in said.files if i == n)
        return next(found, None)


def reader_of(directory: Directory, case: CaseView | None, address: str) -> Participant | None:
    """The participant with this address, if they may read the case on the page now: active on a case that is not over,
    and still in the directory for what they take part by."""
    if case is None or case.state in _OVER:
        return None
    person = case.participant(address)
    return person if person and follows(directory, case, person) else None


def code_goes_to(directory: Directory, case: CaseView | None, link: str, named: str) -> Participant | None:
    """Whose own mailbox the code is sent to: the participant's whose link it is. A shared mailbox whose readers did not
    agree shows nobody who reads: there it is the member `named`, who takes part in the case for the same group."""
    linked = reader_of(directory, case, link)
    if linked is None or not shared(directory, linked):
        return linked
    person = reader_of(directory, case, directory.canonical(named))
    return person if person and person.group == linked.group and person.role != "mailbox" else None


def shared(directory: Directory, person: Participant) -> bool:
    """Whether this is a shared mailbox whose readers did not agree to the rules."""
    group = directory.groups.get(person.group)
    return person.role == "mailbox" and (group is None or group.readers_agreed is None)


def sight(directory: Directory, case: CaseView, reader: Participant) -> Sight:
    """The case through this reader's lens: fields, history, files."""
    view = page_lens(directory, case, reader)
    said = (
        _said(view, i, message, case, reader)
        for i, message in enumerate(case.messages)
        if may_read(directory, reader, message)
    )
    return Sight(
        case=case,
        reader=reader,
        fields=visible_fields(directory, view, case.fields),
        said=tuple(said),
        urgent=visible_text(view, case.urgent),
        withheld=tuple(withheld(case)) if reader.side == "operator" and reader.role != "expert" else (),
    )


def _said(view: Lens, position: int, message: CaseMessage, case: CaseView, reader: Participant) -> Said:
    allowed = visible_files(view, case, reader, message)
    files = [(i, f) for i, f in enumerate(allowed) if f is not None]
    whole = [f for f in message.files if not f.inline]
    return Said(
        position=position,
        message=message,
        text=visible_text(view, message.text),
        files=tuple(files),
        kept=len(whole) - len(files),
    )


def send_code(scene: Scene, asked: PageAsked) -> Decision:
    """The code goes by mail to the reader's own address, or to nobody; the page said the same either way."""
    case = scene.facts.case(asked.case_id)
    about(scene, case)
    person = code_goes_to(scene.directory, case, asked.link, asked.named)
    off = person is not None and scene.facts.person(person.address).suspended
    if person is None or not scene.step("page-reader", not off, evidence=person.role):
        return _decided(scene, "page-code:nobody", asked)
    if not capped(scene, counter(person.address), CODES_A_DAY):
        return _decided(scene, "page-code:capped", asked)
    values = {"minutes": MINUTES, "territory": scene.case.territory}
    # Outside of the case: a code that waited behind a mail of the case would come too late.
    to_person(
        scene,
        TEMPLATE,
        person.address,
        values,
        role=person.role,
        reply="none",
        automatic="auto-generated",
        key=asked.ask,
    )
    return _decided(scene, "page-code", asked)


def _decided(scene: Scene, rule: str, asked: PageAsked) -> Decision:
    """Nothing of the case changes: its version stays."""
    case_id = asked.case_id if scene.facts.case(asked.case_id) else ""
    return replace(scene.decision("handled", rule, case_id), version=None)


def counter(address: str) -> str:
    """The counter of codes sent to this address."""
    return f"page-code:{address}"
