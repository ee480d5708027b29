"""What another policy would have decided: facts are observations, so they can be decided again (ARCHITECTURE.md, 7).

What the facts hold of the policy itself is computed anew: which territory or service an address of ours stands for.
Memberships, roles and figures are looked up by `decide` in the directory it is given.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from mailrouter.core.model import Decision, Effect, Facts, Frozen, Invite, OpenCase, Send, SetFields, Target
from mailrouter.core.policy.directory import Directory


class Course(Frozen, frozen=True, kw_only=True):
    """What a decision came to, as far as a policy can change it. `territory`: of a case it opens; `asked`: organisations that join the case;
    `proposed`: those the aidant is asked to confirm; `mails`: (recipient, template), sorted."""

    disposition: str
    rule: str
    territory: str = ""
    asked: tuple[str, ...] = ()
    proposed: tuple[str, ...] = ()
    mails: tuple[tuple[str, str], ...] = ()


def under(facts: Facts, directory: Directory) -> Facts:
    """The facts as they would have been gathered under another policy."""
    return replace(
        facts,
        targets=tuple(_retargeted(target, directory) for target in facts.targets),
        policy_digest=directory.policy.digest,
        generation=directory.policy.generation,
    )


def _retargeted(target: Target, directory: Directory) -> Target:
    return target if target.kind == "token" else directory.target_of(target.address)


def course_of(decision: Decision) -> Course:
    """What a decision came to."""
    return course(decision.disposition, decision.rule, decision.effects)


def course(disposition: str, rule: str, effects: Sequence[Effect]) -> Course:
    """The same, from a stored record."""
    return Course(
        disposition=disposition,
        rule=rule,
        territory=next((e.territory for e in effects if isinstance(e, OpenCase)), ""),
        asked=tuple(sorted({e.party.organisation for e in effects if isinstance(e, Invite) and e.party})),
        proposed=tuple(sorted({o for e in effects if isinstance(e, SetFields) for o in e.proposed or ()})),
        mails=tuple(sorted((e.recipient, e.template) for e in effects if isinstance(e, Send))),
    )


def differences(before: Course, after: Course) -> tuple[str, ...]:
    """The names of what differs, in the order of the fields."""
    return tuple(n for n in Course.__struct_fields__ if getattr(before, n) != getattr(after, n))
