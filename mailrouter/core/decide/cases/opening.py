"""A case is opened by a registered, aligned aidant, or widened by the same mail at another of our addresses."""

from __future__ import annotations

from mailrouter.core.decide.basis.digest import expect
from mailrouter.core.decide.basis.mails import thread_of_mail
from mailrouter.core.decide.basis.people import member_of
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.cases.appending import append_message
from mailrouter.core.decide.cases.asking import ask_organisation
from mailrouter.core.decide.cases.completing import mark, own_group, proceed
from mailrouter.core.decide.cases.excluding import keep_out
from mailrouter.core.decide.cases.route import Route, reach, route
from mailrouter.core.decide.senders.guards import careful_from
from mailrouter.core.decide.senders.sender import Sender
from mailrouter.core.decide.senders.terms import accept
from mailrouter.core.decide.words.stated import Statement, statement
from mailrouter.core.decide.words.subject_line import passed_on, titled
from mailrouter.core.model import Decision, Invite, OpenCase, Participant, SetFields
from mailrouter.core.policy.schema import Group


def open_case(scene: Scene, sender: Sender, territory: str) -> Decision:
    """A new case from a registered, aligned aidant; incomplete until everything compulsory is there."""
    scene = passed_on(titled(scene, sender.name, territory))
    group = own_group(sender, territory)
    stated = statement(scene, territory)
    asked = route(scene, sender, territory)
    case_id = scene.new_id("case")
    scene.do(
        OpenCase(
            case_id=case_id,
            number=scene.facts.number,
            territory=territory,
            creator=sender.address,
            creator_group=group.id,
            state="incomplete",
            subject=scene.message.subject,
            urgent=stated.urgent,
            careful=bool(careful_from(scene, stated)),
        )
    )
    _state(scene, stated, asked)
    mark(scene, sender, stated)
    _join_helpers(scene, sender, group)
    append_message(scene, sender, group)
    keep_out(scene, sender.address)
    if stated.accepts_terms:
        accept(scene, sender.address)
    proceed(scene, sender, stated)
    return scene.decision("opened", "open-case")


def sibling(scene: Scene, sender: Sender) -> Decision:
    """The same mail to another of our addresses: part of the same case. What its own address names is asked too."""
    case = scene.case
    scene.step("sibling", evidence=scene.facts.sibling_of)
    named = tuple(dict.fromkeys(t.organisation for t in scene.facts.targets if t.organisation))
    new = tuple(c for c in named if not case.party(c) and c not in case.wanted)
    if not new or case.creator != sender.address or not sender.aligned:
        return scene.decision("attached", "sibling")
    if case.state == "incomplete":
        scene.do(SetFields(case_id=case.id, wanted=(*case.wanted, *new), proposed=()))
        proceed(scene, sender, statement(scene, case.territory))
    else:
        for group in reach(scene, sender, case.territory, new).groups:
            ask_organisation(scene, group, sender.address)
    return scene.decision("attached", "sibling")


def _state(scene: Scene, stated: Statement, asked: Route) -> None:
    scene.do(
        SetFields(
            case_id=scene.case.id,
            fields=stated.fields,
            mandate=stated.mandate,
            wanted=asked.named,
            proposed=asked.proposed,
        )
    )


def _join_helpers(scene: Scene, sender: Sender, group: Group) -> None:
    """The creator, and registered people of the creator's group in Cc; nobody else joins by a Cc."""
    creator = Participant(
        address=sender.address,
        name=sender.name,
        role="creator",
        group=group.id,
        side="helper",
        since=scene.facts.now,
        thread=thread_of_mail(scene),
    )
    named = (*scene.message.cc, *scene.message.to)
    canonical = {scene.directory.canonical(m.address) for m in named} - {sender.address}
    colleagues = tuple(member_of(scene, group, a) for a in group.members if a in canonical)
    scene.do(
        Invite(case_id=scene.case.id, who=sender.address, participants=(creator, *colleagues), why="opened")
    )
    for person in (creator, *colleagues):
        expect(scene, person.address)
