"""An organisation is asked: its group joins the case, its people get the first mail, and the waiting runs."""

from __future__ import annotations

from mailrouter.core.decide.basis import dues
from mailrouter.core.decide.basis.alerting import alert, nobody_left
from mailrouter.core.decide.basis.digest import expect
from mailrouter.core.decide.basis.disclose import lens, visible_text, withheld
from mailrouter.core.decide.basis.mails import given, to_participant
from mailrouter.core.decide.basis.people import available, failing, receivers
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.cases.route import group_for
from mailrouter.core.decide.files.pictures import ask_for_pictures
from mailrouter.core.decide.senders.terms import asking
from mailrouter.core.decide.words.identity import followed_already
from mailrouter.core.model import CaseMessage, Invite, Participant, Party
from mailrouter.core.policy.schema import Group


def ask_organisation(scene: Scene, group: Group, who: str, why: str = "asked") -> None:
    """A group joins the case as a party: its people are told, and the waiting runs."""
    case = scene.case
    party = Party(organisation=group.organisation, group=group.id, asked_at=scene.facts.now)
    people = receivers(scene, group, case.careful)
    scene.do(Invite(case_id=case.id, who=who, party=party, participants=people, why=why))
    for person in people:
        # Who is away is told all the same: it waits in the mailbox, and the autoresponder says until when.
        if not failing(scene, person.address):
            tell_new_case(scene, person)
    ask_for_pictures(scene, party)
    dues.waiting_for(scene, group.organisation)
    charged = scene.directory.territory_managers_for(case.territory, group.organisation)
    named = (p.address for p in people if p.role != "mailbox")
    for address in dict.fromkeys((*named, *group.managers, *charged)):
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
    earlier = [m for m in case.messages[1:] if m.side == "helper"]
    values = given(
        urgent=case.urgent,
        careful=case.careful,
        mandate=case.mandate.given_on.isoformat() if case.mandate else "",
        also_asked=others,
        members=members,
        withheld=withheld(case),
        earlier=seen_by(scene, person, earlier),
        same_person=followed_already(scene, person),
        terms=asking(scene, person.address) if person.role != "mailbox" else None,
    )
    template = "new-case-mailbox" if person.role == "mailbox" else "new-case-agent"
    # It carries the aidant's own words, and absence messages must come back: responders keep silent on automatic mail.
    to_participant(scene, template, person, values, message=first, with_fields=True, automatic="")


def seen_by(scene: Scene, person: Participant, earlier: list[CaseMessage]) -> list[dict[str, str]]:
    """Earlier messages as this person may read them; none under `notice`."""
    view = lens(scene.directory, scene.case, person)
    return [
        {
            "at": m.at.isoformat(),
            "author": m.said_by,
            "organisation": m.organisation,
            "text": visible_text(view, m.text),
        }
        for m in earlier
        if view.disclosure != "notice"
    ]


def unreachable(scene: Scene, organisations: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Those of the organisations without anybody there, and those that are there but take nothing from this aidant."""
    not_open = [code for code in organisations if closed_to(scene, code)]
    return [c for c in organisations if c not in not_open], not_open


def away(scene: Scene) -> bool:
    """Whether the case is in a territory that is not its aidant's own."""
    own = scene.directory.groups.get(scene.case.creator_group)
    return own is not None and scene.case.territory not in own.territories


def nobody_there(scene: Scene, organisations: tuple[str, ...], *, told: bool) -> None:
    """No agent of an organisation can be reached from here: the aidant is told why (`told`: in the receipt, where others
    were asked), the operators are alerted."""
    case = scene.case
    nobody, not_open = unreachable(scene, organisations)
    creator = case.participant(case.creator)
    if creator and not told:
        values = {"organisations": nobody, **given(not_open=not_open, away=away(scene))}
        to_participant(scene, "no-agent", creator, values, automatic="auto-replied")
    for code in organisations:
        alert(scene, "group-not-open" if code in not_open else "no-agent", code, case.territory)


def closed_to(scene: Scene, code: str) -> bool:
    """Whether the organisation has people there, who take no requests from this aidant's territory or network."""
    groups = scene.directory.groups_for(scene.case.territory, code)
    return any(g.side == "operator" and (g.members or g.mailbox) for g in groups)


def regroup(scene: Scene, code: str) -> Group | None:
    """The group that would receive this case for an organisation now."""
    own = scene.directory.groups.get(scene.case.creator_group)
    return group_for(scene.directory, (own,) if own else (), scene.case.territory, code)
