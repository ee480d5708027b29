"""Who of a group receives, and who is there: members who are present, the mailbox, then the managers."""

from __future__ import annotations

import re

from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.model import CaseView, Participant, Party
from mailrouter.core.policy.directory import Directory
from mailrouter.core.policy.schema import Group
from mailrouter.core.text import folded_words


def home_of(directory: Directory, address: str) -> str:
    """The territory whose days are this person's: of the first group they are in or manage; '' when of none."""
    groups = directory.groups_of(address) or directory.managed_by(address)
    return next((t for g in groups for t in g.territories), "")


def available(scene: Scene, address: str) -> bool:
    """Whether mail to this person makes sense now: not suspended, not away today, not failing for good."""
    state = scene.facts.person(address)
    away = state.absent_until is not None and state.absent_until > scene.today(
        home_of(scene.directory, address)
    )
    return not (state.suspended or away or failing(scene, address))


def failing(scene: Scene, address: str) -> bool:
    """Whether mail to this address came back for good, and is not tried again yet (Timing.failing)."""
    until = scene.facts.person(address).suppressed_until
    return until is not None and until > scene.facts.now


def left(case: CaseView, address: str) -> bool:
    """Whether this person said `pas moi` or was excluded: nobody but the aidant brings them back, and only by naming
    them."""
    return any(
        p.address == address and p.removed_because in ("not-me", "excluded")
        for p in case.participants
        if not p.active
    )


_ADDRESS = re.compile(r"[^\s<>\[\](),;:\"«»]+@[^\s<>\[\](),;:\"«»]+\w")
# Words beside a person's name that are none of it: "ma collègue Mme Fabre", "Claire Martin de la demande".
_BESIDE_NAMES = frozenset(
    [
        "mon",
        "ma",
        "mes",
        "notre",
        "nos",
        "collegue",
        "collegues",
        "madame",
        "monsieur",
        "mme",
        "mlle",
        "mr",
        "m",
        "my",
        "our",
        "colleague",
        "de",
        "du",
        "d",
        "la",
        "le",
        "l",
        "a",
        "to",
        "from",
        "the",
        "demande",
        "dossier",
        "case",
        "cette",
        "ce",
        "this",
    ]
)


def address_in(text: str) -> str:
    """The address that stands in `text`, whatever a client put around it; '' when there is none."""
    found = _ADDRESS.search(text.removeprefix("mailto:"))
    return found.group().lower() if found else ""


def name_in(text: str) -> frozenset[str]:
    """The folded words of a person's name in `text`, without what people write beside one."""
    return frozenset(folded_words(text)) - _BESIDE_NAMES


def named(scene: Scene, group: Group, text: str, besides: str = "") -> str:
    """The address of the one member or manager of `group` that `text` names, by address or by name; '' when none or
    several do."""
    if "@" in text:
        address = scene.directory.canonical(address_in(text))
        return address if address in (*group.members, *group.managers) and address != besides else ""
    words = name_in(text)
    people = [scene.directory.person_of(a) for a in dict.fromkeys((*group.members, *group.managers))]
    hits = [p.address for p in people if p and words and words <= set(folded_words(p.name))]
    return hits[0] if len(hits) == 1 and hits[0] != besides else ""


def receivers(scene: Scene, group: Group, careful: bool) -> tuple[Participant, ...]:
    """The participants that a group joins a case with; its managers only when nobody else is there.

    `careful`: named agents only, no shared mailbox (DOMAIN, Situations 9). Who was excluded, or left, stays out, in
    whichever group of theirs.
    """
    out = {a for a in (*group.members, *group.managers, group.mailbox) if left(scene.case, a)}
    members = [m for m in group.members if not scene.facts.person(m).suspended and m not in out]
    mailbox = [group.mailbox] if group.mailbox and not careful and group.mailbox not in out else []
    joining = [member_of(scene, group, m) for m in members]
    joining += [member_of(scene, group, m, mailbox=True) for m in mailbox]
    if not any(available(scene, p.address) for p in joining):
        joining += [
            member_of(scene, group, m) for m in group.managers if available(scene, m) and m not in out
        ]
    return tuple({p.address: p for p in joining}.values())


def member_of(scene: Scene, group: Group, address: str, *, mailbox: bool = False) -> Participant:
    """The participant that an address of a group becomes."""
    person = scene.directory.person_of(address)
    return Participant(
        address=person.address if person else address,
        name=person.name if person else group.name,
        role="mailbox" if mailbox else ("agent" if group.side == "operator" else "colleague"),
        group=group.id,
        side=group.side,
        since=scene.facts.now,
    )


def works_for(scene: Scene, person: Participant, party: Party) -> bool:
    """Whether this participant answers for the party: of the group that was asked, or of another group of the same
    organisation that was invited later (`inviter CAF 69`). An expert helps it, and answers for nobody."""
    if person.role == "expert":
        return False
    group = scene.directory.groups.get(person.group)
    return person.group == party.group or (group is not None and group.organisation == party.organisation)


def party_of(scene: Scene, person: Participant) -> Party | None:
    """The party that a participant answers for, or None (the helper side, an expert)."""
    return next((p for p in scene.case.parties if works_for(scene, person, p)), None)


def agents_of(scene: Scene, case: CaseView, party: Party, leave_out: str = "") -> tuple[Participant, ...]:
    """Who of a party is written to: after `je m'en occupe` the owner and the mailbox, else everyone present.

    Members who are away are left out while somebody else is there; with nobody left all are written to.
    """
    own = [p for p in case.active("operator") if works_for(scene, p, party) and p.address != leave_out]
    if party.owner and available(scene, party.owner):
        return tuple(p for p in own if p.address == party.owner or p.role == "mailbox")
    present = [p for p in own if available(scene, p.address)]
    return tuple(present or own)


def readers_of(scene: Scene, case: CaseView, party: Party, leave_out: str = "") -> tuple[Participant, ...]:
    """Who reads what is said to a party: its agents, and the experts who were invited to help it."""
    experts = experts_of(case, party)
    return (
        *agents_of(scene, case, party, leave_out),
        *(p for p in experts if p.address != leave_out),
    )


def experts_of(case: CaseView, party: Party) -> tuple[Participant, ...]:
    """The experts who were invited to help a party."""
    return tuple(p for p in case.active("operator") if p.role == "expert" and p.group == party.group)


def helpers_of(scene: Scene, case: CaseView, leave_out: str = "") -> tuple[Participant, ...]:
    """The helper side of a case: creator and colleagues."""
    return tuple(p for p in case.active("helper") if p.address != leave_out)
