"""A case is opened, completed, and goes out to the organisations. Everything missing is asked in one mail."""

from __future__ import annotations

from typing import Any

from mailrouter.core.decide import dues
from mailrouter.core.decide.alerting import alert as alert
from mailrouter.core.decide.alerting import nobody_left
from mailrouter.core.decide.digest import expect
from mailrouter.core.decide.disclose import lens, visible_text, withheld
from mailrouter.core.decide.guards import contradictions
from mailrouter.core.decide.mails import given, thread_of_mail, to_participant
from mailrouter.core.decide.people import available, member_of, receivers
from mailrouter.core.decide.route import Route, choices, group_for, reach, route
from mailrouter.core.decide.scene import Scene
from mailrouter.core.decide.sender import Sender
from mailrouter.core.decide.stated import PROSE, Statement, missing, statement, unconfirmed, without_labels
from mailrouter.core.mail.attached import problems, usable
from mailrouter.core.model import (
    AppendMessage,
    Audience,
    CaseMessage,
    ChangeState,
    Decision,
    Field,
    Invite,
    OpenCase,
    Participant,
    Party,
    SetFields,
    SetPerson,
)
from mailrouter.core.policy.calendar import add
from mailrouter.core.policy.schema import Group


def open_case(scene: Scene, sender: Sender, territory: str) -> Decision:
    """A new case from a registered, aligned aidant; incomplete until everything compulsory is there."""
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
            careful=bool(stated.careful),
            repere=stated.repere,
        )
    )
    _state(scene, stated, asked)
    _join_helpers(scene, sender, group)
    append_message(scene, sender, group)
    accept_terms(scene, sender, stated)
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


def own_group(sender: Sender, territory: str) -> Group:
    """The helper group the sender writes for: one of that territory before another."""
    groups = sender.of_side("helper")
    return next((g for g in groups if territory in g.territories), groups[0])


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


def refused_cc(scene: Scene) -> list[str]:
    """Addresses in To and Cc that are neither ours nor on the case: they get nothing, and the receipt names them."""
    named = (*scene.message.to, *scene.message.cc)
    others = [m.address for m in named if not m.address.endswith("@" + scene.directory.policy.domain)]
    return [a for a in others if scene.case.participant(scene.directory.canonical(a)) is None]


def append_message(
    scene: Scene,
    sender: Sender,
    group: Group,
    text: str | None = None,
    audience: Audience = "everyone",
    *,
    to_all: bool = False,
) -> CaseMessage:
    """The mail's new text and files join the case; a forward is told with its real author."""
    message = scene.message
    said = message.visible if text is None else text
    if group.side == "helper":
        said = without_labels(message, said)
    if message.forwarded and message.forwarded.text:
        original = message.forwarded
        named = original.author_name or original.author
        said = f"{said}\n\n--- {named}, {original.date} ---\n{original.text}".strip()
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
            attachments=usable(message.attachments),
            to_all=to_all,
        )
    )
    tell_file_problems(scene, sender.address)
    return scene.case.messages[-1]


def tell_file_problems(scene: Scene, address: str) -> None:
    """Files that nobody could open, or that go nowhere: their sender is told at once what works; the text went on."""
    found = problems(scene.message.attachments)
    person = scene.case.participant(address)
    if scene.step("files-refused", bool(found), evidence=", ".join(code for _, code in found)) and person:
        to_participant(scene, "files", person, {"problems": found, "sent": True}, automatic="auto-replied")


def accept_terms(scene: Scene, sender: Sender, stated: Statement) -> None:
    """The terms of use are accepted by a line of the mail, in the version in force."""
    version = scene.directory.policy.terms_version
    if stated.accepts_terms and scene.facts.person(sender.address).terms_version != version:
        scene.do(SetPerson(address=sender.address, terms_version=version))


def terms_needed(scene: Scene, sender: Sender, stated: Statement) -> bool:
    """Whether this person has not accepted the terms in force yet."""
    version = scene.directory.policy.terms_version
    return (
        bool(version)
        and not stated.accepts_terms
        and scene.facts.person(sender.address).terms_version != version
    )


def complete_case(scene: Scene, sender: Sender) -> Decision:
    """A further mail of the helper side on an incomplete case: missing lines, an organisation, `ok`, or more text."""
    case = scene.case
    stated = statement(scene, case.territory)
    named = _named_now(scene, sender)
    fields = stated.fields
    if stated.confirms:
        # `ok` confirms what was shown as understood: organisations are named one by one, never by a bare ok.
        fields = (*(Field(name=f.name, value=f.value) for f in case.fields if f.note == PROSE), *fields)
    wanted = named or case.wanted or (case.proposed if stated.confirms and len(case.proposed) == 1 else ())
    scene.do(
        SetFields(
            case_id=case.id,
            fields=fields,
            mandate=stated.mandate,
            urgent=stated.urgent,
            careful=stated.careful,
            repere=stated.repere,
            wanted=wanted,
            proposed=() if wanted else None,
        )
    )
    group = scene.directory.groups.get(case.creator_group) or own_group(sender, case.territory)
    if _says_more(scene, stated, named):
        append_message(scene, sender, group)
    accept_terms(scene, sender, stated)
    proceed(scene, sender, stated)
    return scene.decision("attached", "complete-case")


def _named_now(scene: Scene, sender: Sender) -> tuple[str, ...]:
    """Organisations named by this mail: a labelled line or tag, or a first line that is nothing but names."""
    explicit = route(scene, sender, scene.case.territory).named
    first = next((line.strip() for line in scene.message.visible.splitlines() if line.strip()), "")
    found = scene.directory.find_organisations(first) if len(first) <= 60 else ()
    words = len(first.split())
    by_word = tuple(dict.fromkeys(m.key for m in found)) if words <= 3 * max(1, len(found)) else ()
    return tuple(dict.fromkeys((*by_word, *explicit)))


def _says_more(scene: Scene, stated: Statement, named: tuple[str, ...]) -> bool:
    """Whether the mail is more than the lines asked for: a text for the organisations to read, or files."""
    lines = [line for line in scene.message.visible.splitlines() if line.strip()]
    answered = len(stated.fields) + len(named) + bool(stated.mandate) + stated.accepts_terms + stated.confirms
    return bool(scene.message.attachments) or len(lines) > answered + 1


def proceed(scene: Scene, sender: Sender, stated: Statement) -> None:
    """Ask the organisations when nothing is missing; else ask the aidant, everything in one mail."""
    case = scene.case
    needs_terms = terms_needed(scene, sender, stated)
    lacking = missing(scene, case, needs_terms)
    understood = unconfirmed(case)
    wrong = () if stated.confirms else contradictions(scene, case.fields, case.territory)
    if not lacking and not understood and not wrong:
        launch(scene, sender)
        return
    scene.step(
        "incomplete", evidence=", ".join((*lacking, *(f"confirm {n}" for n, _ in (*understood, *wrong))))
    )
    dues.incomplete(scene)
    creator = case.participant(sender.address) or case.participants[0]
    options = list(choices(scene.directory, sender.of_side("helper"), case.territory))
    values: dict[str, Any] = {
        "proposed": list(case.proposed),
        "choices": options,
        "understood": [list(pair) for pair in understood],
    }
    if lacking == ("organisation",):
        to_participant(scene, "which-organisation", creator, values, automatic="auto-replied")
    else:
        told = dict.fromkeys((*stated.wrong, *wrong))
        asked = {"missing": list(lacking), "wrong": [list(pair) for pair in told]}
        to_participant(scene, "incomplete", creator, {**values, **asked}, automatic="auto-replied")


def launch(scene: Scene, sender: Sender) -> None:
    """Nothing is missing: the wanted organisations are asked, and the aidant gets the receipt."""
    case = scene.case
    asked = reach(scene, sender, case.territory, case.wanted)
    dues.cancel(scene, *dues.INCOMPLETE)
    scene.do(SetFields(case_id=case.id, wanted=(), proposed=()))
    scene.do(ChangeState(case_id=case.id, to="open", who=sender.address, why="complete"))
    for group in asked.groups:
        ask_organisation(scene, group, sender.address)
    dues.active(scene)
    dues.capped(scene)
    reached = [g.organisation for g in asked.groups]
    creator = scene.case.participant(case.creator)
    if creator and reached:
        _receipt(scene, creator, reached)
    if asked.unreached:
        nobody_there(scene, asked.unreached)


def _receipt(scene: Scene, creator: Participant, reached: list[str]) -> None:
    case = scene.case
    timing = scene.directory.timing(reached[0])
    joined = [p.name for p in case.active("helper") if p.role == "colleague"]
    values = {
        "asked": reached,
        "delay": str(timing.remind),
        "joined": joined,
        "refused_cc": refused_cc(scene),
    }
    values |= given(urgent=case.urgent, careful=case.careful)
    if case.urgent:
        values |= _read_by(scene, reached)
    to_participant(scene, "receipt", creator, values, automatic="auto-replied")


def _read_by(scene: Scene, reached: list[str]) -> dict[str, str]:
    """When an urgent case will be read at the latest, and whom to call."""
    calendar = scene.directory.calendar(scene.case.territory)
    soon = min(add(calendar, scene.facts.now, scene.directory.timing(code).urgent_remind) for code in reached)
    groups = [scene.directory.groups.get(p.group) for p in scene.case.parties]
    phones = [g.urgent_phone for g in groups if g and g.urgent_phone]
    return given(read_by=soon.isoformat(), phone=" / ".join(phones))


def ask_organisation(scene: Scene, group: Group, who: str, why: str = "asked") -> None:
    """A group joins the case as a party: its people are told, and the waiting runs."""
    case = scene.case
    party = Party(organisation=group.organisation, group=group.id, asked_at=scene.facts.now)
    people = receivers(scene, group, case.careful)
    scene.do(Invite(case_id=case.id, who=who, party=party, participants=people, why=why))
    for person in people:
        tell_new_case(scene, person)
    dues.waiting_for(scene, group.organisation)
    for address in dict.fromkeys((*(p.address for p in people if p.role != "mailbox"), *group.managers)):
        expect(scene, address)
    if not any(available(scene, p.address) for p in people):
        nobody_left(scene, party, group, "absent")


def tell_new_case(scene: Scene, person: Participant) -> None:
    """The first mail of a case to somebody of an organisation: what is asked, for whom, by whom."""
    case = scene.case
    first = next((m for m in case.messages if m.audience == "everyone"), None)
    others = [p.organisation for p in case.parties if p.group != person.group]
    group = scene.directory.groups.get(person.group)
    members = (
        [m.name for m in scene.directory.members(group.id)] if group and person.role == "mailbox" else []
    )
    earlier = [
        {"at": m.at.isoformat(), "author": m.author_name, "organisation": m.organisation, "text": m.text}
        for m in case.messages[1:]
        if m.side == "helper"
    ]
    values = given(
        urgent=case.urgent,
        careful=case.careful,
        mandate=case.mandate.given_on.isoformat() if case.mandate else "",
        also_asked=others,
        members=members,
        withheld=withheld(case),
        earlier=_seen_by(scene, person, earlier),
    )
    template = "new-case-mailbox" if person.role == "mailbox" else "new-case-agent"
    # It carries the aidant's own words, and absence messages must come back: responders keep silent on automatic mail.
    to_participant(scene, template, person, values, message=first, with_fields=True, automatic="")


def _seen_by(scene: Scene, person: Participant, earlier: list[dict[str, str]]) -> list[dict[str, str]]:
    view = lens(scene.directory, scene.case, person)
    return (
        [dict(row, text=visible_text(view, row["text"])) for row in earlier]
        if view.disclosure != "notice"
        else []
    )


def nobody_there(scene: Scene, organisations: tuple[str, ...]) -> None:
    """No agent of an organisation can be reached: the aidant is told, the operators are alerted."""
    case = scene.case
    creator = case.participant(case.creator)
    if creator:
        values = {"organisations": list(organisations)}
        to_participant(scene, "no-agent", creator, values, automatic="auto-replied")
    alert(scene, f"no agent of {', '.join(organisations)} in {case.territory}")


def regroup(scene: Scene, code: str) -> Group | None:
    """The group that would receive this case for an organisation now."""
    own = scene.directory.groups.get(scene.case.creator_group)
    return group_for(scene.directory, (own,) if own else (), scene.case.territory, code)
