"""Pictures sent before an organisation was asked reach it by the aidant's `envoyer` alone (DOMAIN, Situations 12): a photo
shows more than its sender thinks of, and was meant for who was asked then."""

from __future__ import annotations

from mailrouter.core.decide.basis.disclose import before_they_were_asked, may_read
from mailrouter.core.decide.basis.mails import organisation_label, to_participant, to_person
from mailrouter.core.decide.basis.pace import kept_until
from mailrouter.core.decide.basis.people import agents_of
from mailrouter.core.decide.basis.scene import Scene, about
from mailrouter.core.model import (
    FINAL_PARTY_STATES,
    AppendMessage,
    Attachment,
    Decision,
    Party,
    TokenRow,
    UseToken,
)

QUESTION = "images"


def ask_for_pictures(scene: Scene, party: Party) -> None:
    """After a later organisation was asked: may it have the pictures of before? Nothing is asked when there are none."""
    case = scene.case
    found = _earlier(scene, party)
    creator = case.participant(case.creator)
    if creator is None or not scene.step("pictures-wait", bool(found), evidence=f"{len(found)} of before"):
        return
    to_person(
        scene,
        "held-ask",
        creator.address,
        {
            "reason": QUESTION,
            "acts": ["send"],
            "number": case.number,
            "items": [organisation_label(scene, case, party.organisation)],
        },
        reply="question",
        automatic="auto-generated",
        question=f"{QUESTION}:{party.organisation}",
        words=("send",),
        expires_at=kept_until(scene, scene.case),
        case_id=case.id,
        key=f"{QUESTION}:{party.organisation}",
    )


def send_pictures(scene: Scene, token: TokenRow) -> Decision:
    """`envoyer`: the pictures are a new message of the aidant, to that organisation."""
    case = scene.facts.case(token.case_id)
    party = case.party(token.question.partition(":")[2]) if case else None
    if case is None or party is None or case.state != "open" or party.state in FINAL_PARTY_STATES:
        scene.step("question-over", evidence="the case moved on")
        return scene.decision("ignored", "question-over")
    about(scene, case)
    creator = case.participant(token.address)
    found = _earlier(scene, party)
    if creator is None or not found:
        return scene.decision("ignored", "question-over")
    scene.do(UseToken(row_id=token.row_id))
    scene.do(
        AppendMessage(
            case_id=case.id,
            message_id=scene.new_id("message"),
            author=creator.address,
            author_name=creator.name,
            side="helper",
            group=creator.group,
            attachments=found,
        )
    )
    for person in agents_of(scene, scene.case, party):
        to_participant(scene, "message", person, message=scene.case.messages[-1], automatic="")
    return scene.decision("attached", f"question:{QUESTION}")


def _earlier(scene: Scene, party: Party) -> tuple[Attachment, ...]:
    """The pictures that this organisation would have, had it been asked in time."""
    case = scene.case
    person = next((p for p in case.active("operator") if p.group == party.group and p.role != "expert"), None)
    if person is None:
        return ()
    pictures = (
        f
        for m in case.messages
        if may_read(scene.directory, person, m) and before_they_were_asked(case, person, m)
        if m.audience == "everyone"
        for f in m.files
        if f.type.startswith("image/") and not f.inline
    )
    return tuple({f.sha256: f for f in pictures}.values())
