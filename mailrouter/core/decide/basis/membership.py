"""Whether a participant still has what they take part by, in the directory as it is now: the place in a group, or an
expert's charge, which holds for a case only while it is open (DOMAIN, Who)."""

from __future__ import annotations

from mailrouter.core.model import CaseView, Participant
from mailrouter.core.policy.directory import Directory

# An expert sees a case while it is in one of these states.
_OPEN = frozenset({"open", "done"})


def belongs(directory: Directory, case: CaseView, person: Participant) -> bool:
    """Whether the files still have this participant: in the group they write for, or as an expert for its organisation
    where the case is."""
    group = directory.groups.get(person.group)
    if group is None:
        return False
    if person.role == "expert":
        return person.address in directory.experts_for(case.territory, group.organisation)
    return person.address in (*group.members, *group.managers, group.mailbox)


def follows(directory: Directory, case: CaseView, person: Participant) -> bool:
    """Whether the case is this participant's to read and to write on now."""
    return belongs(directory, case, person) and (person.role != "expert" or case.state in _OPEN)
