"""The scene of one decision: the facts, the directory, who wrote, and the draft that fills up with steps and effects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from mailrouter.core.decide.basis.evolve import evolve
from mailrouter.core.ids import new_id
from mailrouter.core.model import (
    Attachment,
    CaseView,
    Decision,
    Disposition,
    Effect,
    Facts,
    MailReceived,
    Message,
    Step,
)
from mailrouter.core.policy.directory import Directory


@dataclass(slots=True)
class Draft:
    """What is decided so far. `case` is the case as it will be once the effects are recorded."""

    steps: list[Step] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    case: CaseView | None = None
    made: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One trigger with everything known about it. Rules read it, and write only to `draft`."""

    facts: Facts
    directory: Directory
    draft: Draft

    @property
    def message(self) -> Message:
        """The message read; a scene without mail has none, and asking for it is a fault of ours."""
        if self.facts.message is None:
            raise ValueError("this trigger carries no mail")
        return self.facts.message

    @property
    def trigger(self) -> MailReceived:
        """The mail trigger."""
        if not isinstance(self.facts.trigger, MailReceived):
            raise ValueError("this trigger is no mail")
        return self.facts.trigger

    @property
    def brings_files(self) -> bool:
        """Whether files hang on the mail that triggered this; the pictures of a signature are none."""
        return any(not f.inline for f in self.new_files)

    @property
    def new_files(self) -> tuple[Attachment, ...]:
        """The files of the mail without pictures of its text (a banner) that are on the case already."""
        files = self.facts.message.attachments if self.facts.message else ()
        seen = {f.sha256 for m in self.draft.case.messages for f in m.files} if self.draft.case else set()
        return tuple(f for f in files if not f.content_id or f.sha256 not in seen)

    @property
    def case(self) -> CaseView:
        """The case this decision is about, with the effects drafted so far."""
        if self.draft.case is None:
            raise ValueError("this decision is about no case")
        return self.draft.case

    def today(self, territory: str = "") -> date:
        """The local date where the case is."""
        return self.facts.now.astimezone(ZoneInfo(self.directory.calendar(territory).zone)).date()

    def step(self, rule: str, matched: bool = True, evidence: str = "", source: str = "") -> bool:
        """Record that `rule` was tried; gives `matched` back so that it can guard an if."""
        self.draft.steps.append(Step(rule=rule, matched=matched, evidence=evidence, source=source))
        return matched

    def do(self, *effects: Effect) -> None:
        """Draft effects, in order; the case evolves with them."""
        for effect in effects:
            self.draft.effects.append(effect)
            self.draft.case = evolve(self.draft.case, effect, self.facts.now)

    def new_id(self, role: str) -> str:
        """The next id of this decision; the same facts give the same ids."""
        self.draft.made += 1
        return new_id(self.facts.seed, role, self.draft.made)

    def decision(self, disposition: Disposition, rule: str, case_id: str = "") -> Decision:
        """The decision as drafted. The version is that of the gathered case: record refuses if it moved on."""
        case_id = case_id or (self.draft.case.id if self.draft.case else "")
        gathered = self.facts.case(case_id)
        return Decision(
            disposition=disposition,
            rule=rule,
            trace=tuple(self.draft.steps),
            effects=tuple(self.draft.effects),
            case_id=case_id,
            version=gathered.version if gathered else None,
            policy_digest=self.facts.policy_digest,
        )


def about(scene: Scene, case: CaseView | None) -> Scene:
    """The same scene, now about `case`."""
    scene.draft.case = case
    return scene


def one_of(values: Sequence[str]) -> str:
    """The only value, or '' when there are none or several."""
    distinct = tuple(dict.fromkeys(values))
    return distinct[0] if len(distinct) == 1 else ""
