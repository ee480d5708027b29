"""What a mail may say about its case and people, looked up once per send in decision, facts and directory."""

from __future__ import annotations

from collections.abc import Mapping

from mailrouter.core.model import (
    EXPERTISE,
    AppendMessage,
    CaseMessage,
    CaseView,
    Decision,
    Facts,
    Frozen,
    Invite,
    OpenCase,
    Participant,
    Send,
    SetMarker,
)
from mailrouter.core.policy.directory import Directory

AGENT_ROLES = frozenset({"agent", "mailbox", "expert"})
NAMED = 3
"""More organisations than this do not fit into a subject."""


class Frame(Frozen, frozen=True, kw_only=True):
    """Names as people know them. `organisation` is "CAF du Lot" or empty, `about` what the mail is about in a subject
    (that organisation, else those of the case, else the territory), `names` the same for every organisation by
    code, `place` and `of` the territory's ("Lot", "du Lot"), `zone` its time zone, `others` the organisations there that
    the case does not go to yet: what an example of an invitation may name."""

    number: str
    territory: str
    place: str
    of: str
    zone: str
    organisation: str
    about: str
    names: Mapping[str, str]
    others: tuple[str, ...]
    recipient: str
    author_group: str
    on_agents_side: bool


def frame_of(send: Send, decision: Decision, facts: Facts, directory: Directory) -> Frame:
    """The frame of one send."""
    opened, case = _opened(send, decision), facts.case(send.case_id) if send.case_id else None
    slug = _territory(send, opened, case, facts)
    known = directory.territories.get(slug)
    of = known.of if known else ""
    code = send.organisation or str(send.values.get("organisation", ""))
    names = {o.code: f"{o.code} {of}".strip() for o in directory.policy.organisations}
    asked = _asked(send, decision, case)
    refused = {
        code for name in ("organisations", "not_open", "unreached") for code in send.values.get(name) or ()
    }
    return Frame(
        number=opened.number if opened else case.number if case else str(send.values.get("number", "")),
        territory=slug,
        place=known.name if known else "",
        of=of,
        zone=directory.calendar(slug).zone,
        organisation=_called(send, code, slug, directory) or names.get(code, code),
        about=" ".join(
            filter(
                None,
                (
                    _about(code, asked, names) or (known.name if known else ""),
                    _marker(send, decision, case),
                ),
            )
        ),
        names=names,
        others=_others(slug, {code, *asked, *refused}, directory),
        recipient=_recipient(send, case, directory),
        author_group=str(send.values.get("author_group") or _author_group(send, decision, case, directory)),
        on_agents_side=_on_agents_side(send, directory),
    )


def _called(send: Send, code: str, territory: str, directory: Directory) -> str:
    """A group that was invited from another territory goes by its own name ("CAF du Val-d'Oise"), not the case's."""
    group = directory.groups.get(send.group)
    if group is None or group.organisation != code or territory in group.territories:
        return ""
    return group.name


def _opened(send: Send, decision: Decision) -> OpenCase | None:
    effects = (e for e in decision.effects if isinstance(e, OpenCase))
    return next((e for e in effects if e.case_id == send.case_id), None)


def _territory(send: Send, opened: OpenCase | None, case: CaseView | None, facts: Facts) -> str:
    if given := send.values.get("territory"):
        return str(given)
    if opened or case:
        return opened.territory if opened else case.territory if case else ""
    return next((t.territory for t in facts.targets if t.kind == "territory"), "")


def _asked(send: Send, decision: Decision, case: CaseView | None) -> list[str]:
    """The organisations that the case goes to, those that this decision asks among them."""
    joining = (e.party for e in decision.effects if isinstance(e, Invite) and e.case_id == send.case_id)
    parties = (*(case.parties if case else ()), *(party for party in joining if party))
    return list(dict.fromkeys(send.values.get("asked") or [party.organisation for party in parties]))


def _others(territory: str, asked: set[str], directory: Directory) -> tuple[str, ...]:
    """Organisations with agents there whom everybody may ask, without those asked."""
    known = (o.code for o in directory.policy.organisations if o.side == "operator" and o.code not in asked)
    return tuple(code for code in known if any(not g.network for g in directory.groups_for(territory, code)))


def _about(code: str, asked: list[str], names: Mapping[str, str]) -> str:
    """The organisation, or those of the case while they are few: the same in every mail of a thread, since clients
    such as Gmail part a thread where its subject changes."""
    codes = [code] if code else asked
    return ", ".join(names.get(c, c) for c in codes) if len(codes) <= NAMED else ""


def _marker(send: Send, decision: Decision, case: CaseView | None) -> str:
    """The reader's own marker in brackets, in the subject of a mail to them alone (DOMAIN, Situations 11)."""
    set_now = [
        e.marker
        for e in decision.effects
        if isinstance(e, SetMarker) and (e.case_id, e.address) == (send.case_id, send.recipient)
    ]
    marker = set_now[-1] if set_now else case.marker(send.recipient) if case else ""
    return f"({marker})" if marker else ""


def _recipient(send: Send, case: CaseView | None, directory: Directory) -> str:
    """What the recipient is called: their registered name, the group of a mailbox, the name on the case."""
    if person := directory.person_of(send.recipient):
        return person.name
    if groups := directory.mailbox_groups(send.recipient):
        return groups[0].name
    participant: Participant | None = case.participant(send.recipient) if case else None
    return participant.name if participant else ""


def _author_group(send: Send, decision: Decision, case: CaseView | None, directory: Directory) -> str:
    """The group that the carried message was written for, as people know it; an expert's was written for none."""
    appended = (e for e in decision.effects if isinstance(e, AppendMessage) and e.message_id == send.message)
    found: AppendMessage | CaseMessage | None = next(appended, None)
    if found is None and case and send.message:
        found = next((m for m in case.messages if m.id == send.message), None)
    if found is not None and found.side == "operator" and not found.organisation:
        return EXPERTISE
    group = directory.groups.get(found.group) if found else None
    return group.name if group else ""


def _on_agents_side(send: Send, directory: Directory) -> bool:
    group = directory.groups.get(send.group)
    return group.side == "operator" if group else send.role in AGENT_ROLES
