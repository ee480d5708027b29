"""`contact prudent` on a case that is under way: taken up by anybody of the helper side, lifted by the aidant alone, and
told to the agents either way, since they act on it (DOMAIN, Situations 9)."""

from __future__ import annotations

from mailrouter.core.decide.basis.disclose import CAREFUL_FIELDS
from mailrouter.core.decide.basis.people import left, member_of
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.cases.asking import tell_new_case
from mailrouter.core.model import FINAL_PARTY_STATES, CaseView, Field, Invite, Remove


def said_of_careful(scene: Scene, *, before: bool) -> None:
    """What the change means for shared mailboxes; the people are told with the message (`changed`)."""
    if scene.case.careful and not before:
        _named_agents_only(scene)
    if before and not scene.case.careful:
        _mailboxes_again(scene)


def changed(before: CaseView, now: CaseView) -> str:
    """`on` or `off` when the precaution was taken up or lifted just now; '' otherwise."""
    return "" if before.careful == now.careful else "on" if now.careful else "off"


def given_again(case: CaseView, change: str) -> tuple[Field, ...]:
    """The fields that the precaution withheld, once it is lifted."""
    return tuple(f for f in case.fields if f.name in CAREFUL_FIELDS and f.value) if change == "off" else ()


def _named_agents_only(scene: Scene) -> None:
    """Shared mailboxes get nothing more of this case."""
    boxes = tuple(p.address for p in scene.case.active("operator") if p.role == "mailbox")
    if boxes:
        scene.do(Remove(case_id=scene.case.id, addresses=boxes, who=scene.case.creator, why="careful"))


def _mailboxes_again(scene: Scene) -> None:
    """The shared mailboxes of the organisations that are at work join."""
    case = scene.case
    for party in case.parties:
        group = scene.directory.groups.get(party.group)
        if group is None or not group.mailbox or party.state in FINAL_PARTY_STATES:
            continue
        if case.participant(group.mailbox) is None and not left(case, group.mailbox):
            joining = member_of(scene, group, group.mailbox, mailbox=True)
            scene.do(
                Invite(case_id=case.id, who=case.creator, participants=(joining,), why="careful-no-more")
            )
            tell_new_case(scene, scene.case.participant(group.mailbox) or joining)
