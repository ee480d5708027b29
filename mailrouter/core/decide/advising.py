"""An expert who was told that a case is stuck offers advice: a conversation that begins with the aidant's word."""

from __future__ import annotations

from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.cases.consulting import consult, tell_of_expert
from mailrouter.core.decide.conversation import on_case
from mailrouter.core.decide.senders.holding import expert_waits, hold
from mailrouter.core.decide.senders.sender import Sender
from mailrouter.core.model import Audience, CaseView, Decision, Send


def advice_offered(scene: Scene, sender: Sender, case: CaseView, audience: Audience) -> Decision:
    """An expert answers the escalation: once the aidant agrees they are on the case, and their words are advice. One mail
    says both; without advice in it (a note, an act) who reads along is told by itself."""
    if asked := expert_waits(scene, sender, case):
        return asked
    aidant = case.participant(case.creator)
    if not (aidant and case.state in ("open", "done") and consult(scene, aidant, sender.address, tell=False)):
        return hold(scene, "stranger-on-case", case)
    expert = next(p for p in scene.case.participants if p.address == sender.address)
    decision = on_case(scene, sender, expert, audience, "on-case:expert")
    if any(isinstance(e, Send) and e.template == "advice" for e in scene.draft.effects):
        return decision
    tell_of_expert(scene, expert, "invited", by=aidant)
    return scene.decision(decision.disposition, decision.rule)
