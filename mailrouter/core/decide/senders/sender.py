"""Who wrote: the one place where an author becomes a person with groups, side and proof."""

from __future__ import annotations

from typing import Literal

import msgspec

from mailrouter.core.alignment import Alignment, aligned
from mailrouter.core.decide.basis.membership import follows
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.senders.admit import registered
from mailrouter.core.domains import is_free_mail
from mailrouter.core.model import CaseView, Frozen, Mailbox, Participant, Side, TokenRow
from mailrouter.core.policy.localpart import domain_of
from mailrouter.core.policy.schema import Group, Person
from mailrouter.core.text import folded_words


class Sender(Frozen, frozen=True, kw_only=True):
    """The author. `address` is the person's own address for any of theirs; `groups` those they write for.
    `signatory`: the member who signed a shared mailbox's mail; without one `name` is empty."""

    address: str
    written: str
    name: str
    person: Person | None
    groups: tuple[Group, ...]
    registered: bool
    alignment: Alignment
    signatory: Person | None = None

    @property
    def aligned(self) -> bool:
        """Whether the domain of From vouches that the mail is its own."""
        return self.alignment.result == "pass"

    def with_proof(self, by: str) -> Sender:
        """The same sender, vouched for by `by`."""
        return msgspec.structs.replace(self, alignment=Alignment(result="pass", by=by))

    def of_side(self, side: Side) -> tuple[Group, ...]:
        """The author's groups of one side."""
        return tuple(g for g in self.groups if g.side == side)


def sender_of(scene: Scene) -> Sender | None:
    """The sender, or None when the mail has not exactly one author."""
    author = scene.message.author
    if author is None:
        return None
    directory = scene.directory
    person = directory.person_of(author.address)
    address = directory.canonical(author.address)
    groups = directory.groups_of(address) + directory.mailbox_groups(address)
    signatory = None if person else _signed(scene, author, groups)
    return Sender(
        address=address,
        written=author.address,
        name=person.name if person else (signatory.name if signatory else ""),
        person=person,
        groups=groups,
        registered=registered(address, directory),
        alignment=aligned(author, scene.message, scene.facts.verdicts),
        signatory=signatory,
    )


def _signed(scene: Scene, author: Mailbox, groups: tuple[Group, ...]) -> Person | None:
    """Who of the members wrote from a shared mailbox, by the name in From or in the signature; None when nobody or
    several are named. Only registered names are taken: the rest is the sender's to write."""
    if not groups:
        return None
    words = set(folded_words(f"{author.name}\n{scene.message.signature}"))
    members = {m.address: m for g in groups for m in scene.directory.members(g.id)}
    named = [m for _, m in sorted(members.items()) if set(folded_words(m.name)) <= words]
    scene.step("signed", len(named) == 1, evidence="a member's name" if named else "no member's name")
    return named[0] if len(named) == 1 else None


Relation = Literal[
    "participant",
    "other-participant",
    "colleague",
    "same-organisation",
    "expert",
    "unaligned",
    "removed",
    "stranger",
]


class Standing(Frozen, frozen=True, kw_only=True):
    """How the author stands to a case: the row of the proof table (ARCHITECTURE 4), and for which group."""

    relation: Relation
    participant: Participant | None = None
    group: Group | None = None
    evidence: str = ""


def standing(scene: Scene, sender: Sender, case: CaseView, token: TokenRow | None) -> Standing:
    """The row of the proof table that applies to `sender` on `case`."""
    known = case.participant(sender.address)
    if sender.registered and not sender.aligned:
        return Standing(
            relation="unaligned", participant=known, evidence=f"aligned={sender.alignment.result}"
        )
    if known and sender.aligned and not follows(scene.directory, case, known):
        # The files may have changed a moment ago, and the due that removes them may not have been looked at yet.
        return Standing(relation="removed", evidence="no longer theirs")
    if known and sender.aligned:
        own = token is None or token.address == sender.address
        return Standing(relation="participant" if own else "other-participant", participant=known)
    if not sender.aligned:
        return Standing(relation="stranger", evidence=f"aligned={sender.alignment.result}")
    if any(p.address == sender.address for p in case.participants):
        return Standing(relation="removed", evidence="no longer on the case")
    return _outsider(scene, sender, case, token)


def _outsider(scene: Scene, sender: Sender, case: CaseView, token: TokenRow | None) -> Standing:
    escalated = _was_told(scene, sender, case)
    manager = next((g for g in scene.directory.managed_by(sender.address) if g.id in escalated), None)
    if manager:
        return Standing(relation="colleague", group=manager, evidence="answers our escalation")
    if any(
        sender.address in scene.directory.experts_for(case.territory, code) for code in escalated.values()
    ):
        return Standing(relation="expert", evidence="answers our escalation")
    if token is None:
        return Standing(relation="stranger", evidence="not on the case")
    holder = next((p for p in case.participants if p.address == token.address and p.active), None)
    group = scene.directory.groups.get(holder.group) if holder else None
    if group and _registered_in(scene, sender, group):
        return Standing(relation="colleague", group=group, participant=holder)
    if group and not sender.registered and _of_domain(scene, sender, group):
        return Standing(relation="same-organisation", group=group, participant=holder)
    return Standing(relation="stranger", evidence="not on the case")


def _registered_in(scene: Scene, sender: Sender, group: Group) -> bool:
    return group in sender.groups or group in scene.directory.managed_by(sender.address)


def _of_domain(scene: Scene, sender: Sender, group: Group) -> bool:
    domain = domain_of(sender.written)
    return domain in scene.directory.domains_of(group) and not is_free_mail(domain)


def of_group(scene: Scene, sender: Sender, group: Group) -> bool:
    """Whether an aligned sender is of this group, or not registered and of its organisation's domain."""
    near = _registered_in(scene, sender, group) or (
        not sender.registered and _of_domain(scene, sender, group)
    )
    return sender.aligned and near


def _was_told(scene: Scene, sender: Sender, case: CaseView) -> dict[str, str]:
    """The organisations of this case by group, when the mail answers the escalation that we sent to its author."""
    asked = any(
        m.template == "escalation" and m.case_id == case.id and m.recipient == sender.address
        for m in scene.facts.ours
    )
    return {p.group: p.organisation for p in case.parties} if asked else {}
