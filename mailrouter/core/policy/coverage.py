"""Coverage: for which territory and organisation somebody living answers (DOMAIN.md, "Figures").

A living agent is a member of an answering group who is neither suspended, gone nor without a working address; who
is not, only the tables know, so callers hand those addresses in.
"""

from __future__ import annotations

from mailrouter.core.model.mail import Frozen
from mailrouter.core.policy.directory import Directory
from mailrouter.core.policy.schema import Organisation


class Covered(Frozen, frozen=True, kw_only=True):
    """One territory with one organisation, or with a set of them of which one suffices.

    `agents`: how many people answer; `mailbox_only`: nobody does, but a shared mailbox reads.
    """

    territory: str
    name: str
    organisations: tuple[str, ...]
    groups: tuple[str, ...] = ()
    agents: int = 0
    mailbox_only: bool = False

    @property
    def covered(self) -> bool:
        """Whether at least one living agent answers there."""
        return self.agents > 0


class Coverage(Frozen, frozen=True, kw_only=True):
    """`sets`: the coverage sets by territory, the service's figure; `organisations`: each that answers, one by one."""

    sets: tuple[Covered, ...] = ()
    organisations: tuple[Covered, ...] = ()

    @property
    def gaps(self) -> tuple[Covered, ...]:
        """The sets that nobody answers for."""
        return tuple(row for row in self.sets if not row.covered)

    @property
    def share(self) -> float:
        """Covered sets of all, 0 to 1; 0 when there is none."""
        return (len(self.sets) - len(self.gaps)) / len(self.sets) if self.sets else 0.0


def coverage(directory: Directory, dead: frozenset[str] = frozenset()) -> Coverage:
    """The coverage of every open territory; `dead` are canonical addresses of agents who cannot answer."""
    answering = tuple(o for o in directory.policy.organisations if o.side == "operator")
    sets = coverage_sets(directory.policy.organisations)
    territories = [t.slug for t in directory.policy.territories]
    return Coverage(
        sets=tuple(
            _row(directory, t, name, codes, dead) for t in territories for name, codes in sets.items()
        ),
        organisations=tuple(
            _row(directory, t, o.code, (o.code,), dead) for t in territories for o in answering
        ),
    )


def coverage_sets(organisations: tuple[Organisation, ...]) -> dict[str, tuple[str, ...]]:
    """The codes of each coverage set, in the order of the table."""
    sets: dict[str, tuple[str, ...]] = {}
    for organisation in organisations:
        if organisation.coverage:
            sets[organisation.coverage] = (*sets.get(organisation.coverage, ()), organisation.code)
    return sets


def _row(
    directory: Directory, territory: str, name: str, codes: tuple[str, ...], dead: frozenset[str]
) -> Covered:
    groups = [g for code in codes for g in directory.groups_for(territory, code) if g.side == "operator"]
    agents = {address for group in groups for address in group.members} - dead
    return Covered(
        territory=territory,
        name=name,
        organisations=codes,
        groups=tuple(g.id for g in groups),
        agents=len(agents),
        mailbox_only=not agents and any(g.mailbox for g in groups),
    )
