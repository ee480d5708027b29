"""`prêt ?`: a draft is checked without opening anything. It is opened on trial, and only what would be told is told."""

from __future__ import annotations

from typing import Any

from mailrouter.core.decide.basis.disclose import lens
from mailrouter.core.decide.basis.mails import given, thread_of_mail, to_participant, to_person
from mailrouter.core.decide.basis.scene import Draft, Scene
from mailrouter.core.decide.cases.completing import agreeing
from mailrouter.core.decide.cases.opening import open_case
from mailrouter.core.decide.senders.sender import Sender
from mailrouter.core.decide.senders.voice import Voice
from mailrouter.core.decide.words.command import Command, said
from mailrouter.core.decide.words.stated import missing, unconfirmed
from mailrouter.core.model import CaseView, Decision, Send

CHECK = "check-draft"
TEMPLATE = "draft"
_ASKING = ("incomplete", "which-organisation")


def is_draft(scene: Scene) -> bool:
    """Whether this mail asks `prêt ?`, on its first line or in its subject."""
    message = scene.message
    return any(c is not None and c.act == CHECK for c in (said(message.visible), said(message.subject)))


def check_draft(scene: Scene, sender: Sender, territory: str) -> Decision:
    """What would come of the draft: the organisations that would be asked, what was understood, what is missing."""
    trial = Scene(facts=scene.facts, directory=scene.directory, draft=Draft())
    open_case(trial, sender, territory)
    sends = {e.template: e.values for e in trial.draft.effects if isinstance(e, Send)}
    asking = next((sends[name] for name in _ASKING if name in sends), {})
    case = trial.case
    values = {
        "missing": list(asking.get("missing", ("organisation",) if "which-organisation" in sends else ())),
        "asked": [p.organisation for p in case.parties] or list(case.wanted),
        **given(
            wrong=asking.get("wrong"),
            proposed=asking.get("proposed"),
            choices=asking.get("choices"),
            understood=_understood(trial, case, sender),
            refused_cc=sends.get("receipt", {}).get("refused_cc"),
            same_person=next((v["same_person"] for v in sends.values() if "same_person" in v), None),
            unreached=_unreached(sends),
        ),
    }
    lacking = ", ".join(values["missing"])
    scene.step("draft-checked", evidence=f"would ask {', '.join(values['asked'])}; lacks {lacking}")
    to_person(scene, TEMPLATE, sender.address, values, thread=thread_of_mail(scene))
    return scene.decision("handled", "draft-checked")


def _unreached(sends: dict[str, dict[str, Any]]) -> list[str]:
    """The organisations that could not be asked: told alone, or in the receipt beside those that were."""
    alone, receipt = sends.get("no-agent", {}), sends.get("receipt", {})
    return [
        *alone.get("organisations", ()),
        *receipt.get("unreached", ()),
        *(alone.get("not_open") or receipt.get("not_open", ())),
    ]


def _understood(trial: Scene, case: CaseView, sender: Sender) -> list[list[str]]:
    """Fields and mandate as they were read; nothing where this person's mail may hold no content."""
    creator = case.participant(sender.address)
    if creator is None or lens(trial.directory, case, creator).disclosure == "notice":
        return []
    mandate = [["mandat", case.mandate.given_on.isoformat()]] if case.mandate else []
    return [[f.name, f.value] for f in case.fields] + mandate


def check_case(scene: Scene, voice: Voice, command: Command) -> bool:
    """`prêt ?` on an incomplete case: what is still missing; nothing goes out."""
    case = scene.case
    if case.state != "incomplete":
        return False
    values: dict[str, Any] = {"missing": list(missing(scene, case, False)), "again": True}
    understood = [list(pair) for pair in unconfirmed(case)]
    values |= given(understood=understood, proposed=list(case.proposed)) | agreeing(understood)
    to_participant(scene, "incomplete", voice.person, values, automatic="auto-replied")
    return True
