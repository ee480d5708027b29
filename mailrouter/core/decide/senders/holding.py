"""Mail that waits: held with a reason, and the questions that let it go on. Silence towards strangers."""

from __future__ import annotations

from typing import Final

from mailrouter.core.decide.basis.caps import notice, refusal
from mailrouter.core.decide.basis.mails import given, thread_of_mail, to_operators, to_person
from mailrouter.core.decide.basis.pace import kept_until
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.senders.operating import expect_operators
from mailrouter.core.decide.senders.sender import Sender, Standing, of_group
from mailrouter.core.decide.senders.voice import Voice
from mailrouter.core.model import CaseView, Decision, Hold, TokenRow


def hold(scene: Scene, reason: str, case: CaseView | None = None, waits_for: str = "") -> Decision:
    """The mail is held, unseen by anybody but the operators, who see its headers, size and reason. `waits_for`: the
    vouch that lets it go (aliases.py)."""
    case_id, until = case.id if case else "", kept_until(scene, case)
    scene.do(Hold(reason=reason, case_id=case_id, expires_at=until, waits_for=waits_for))
    tell_operators(scene, reason)
    expect_operators(scene)
    return scene.decision("held", f"hold:{reason}", case_id=case.id if case else "")


def tell_operators(scene: Scene, reason: str) -> None:
    """A line of the operators' notice about this mail: who, to which address, when, how large, why. Beyond the day's
    cap the list of held mail tells it."""
    if not notice(scene):
        return
    envelope = scene.trigger.envelope
    author = scene.message.author
    item = {
        "id": scene.trigger.inbound_id,
        "received_at": envelope.received_at.isoformat(),
        "author": author.address if author else envelope.mail_from,
        "recipient": ", ".join(envelope.rcpt_to),
        "size": len(scene.message.text),
        "reason": reason,
        "about": "",
    }
    to_operators(scene, [item], scene.trigger.inbound_id)


def ask_writer(
    scene: Scene,
    voice: Voice,
    reason: str,
    words: tuple[str, ...],
    details: list[str] | None = None,
    items: list[str] | None = None,
) -> Decision:
    """The writer is asked which of `words` is meant; until then the mail goes to nobody. `details`: fields that it is about,
    `items`: lines to show."""
    to_person(
        scene,
        "held-ask",
        voice.person.address,
        {
            "reason": reason,
            "acts": list(words),
            "number": scene.case.number,
            **given(details=details, items=items),
        },
        reply="question",
        question=reason,
        words=words,
        expires_at=kept_until(scene, scene.case),
        inbound_id=scene.trigger.inbound_id,
        thread=thread_of_mail(scene),
        case_id=scene.case.id,
    )
    scene.do(Hold(reason=reason, case_id=scene.case.id, expires_at=kept_until(scene, scene.case)))
    return scene.decision("held", f"ask:{reason}")


def team_reads(scene: Scene, address: str) -> None:
    """Who wrote to the people of the service is told that it waits for them."""
    to_person(scene, "waiting", address, {"why": "team"}, reply="none", thread=thread_of_mail(scene))


def told_to_wait(scene: Scene, sender: Sender, case: CaseView) -> None:
    """Who left a case and writes on it still is told, once a day, that nobody reads it there; who was excluded is told
    nothing, since that was done silently (DOMAIN, Situations 9)."""
    left = [p for p in case.participants if p.address == sender.address]
    silent = any(p.removed_because == "excluded" for p in left) or not sender.registered
    if scene.step("told-to-wait", not silent and refusal(scene, "removed", sender.address)):
        to_person(
            scene, "waiting", sender.address, {"why": "removed"}, reply="none", thread=thread_of_mail(scene)
        )


CAREFUL = "careful-colleague"
EXPERT = "expert-offers"


def careful_waits(scene: Scene, sender: Sender, case: CaseView, found: Standing) -> Decision | None:
    """Somebody of an organisation's group who is not on a case under `contact prudent` (a manager, a new colleague) writes
    on it: nobody joins without the aidant's yes, and nobody reads it meanwhile (DOMAIN, Situations 9). None on any other
    case, for the helper side, and once the yes was given."""
    if found.group is None or found.group.side != "operator" or not case.careful:
        return None
    return _aidant_decides(scene, sender, case, CAREFUL, f"{sender.name} ({found.group.name})")


def expert_waits(scene: Scene, sender: Sender, case: CaseView) -> Decision | None:
    """An expert answers the escalation that told them of a case: it is the aidant's to let them in, and nobody reads it
    meanwhile (decisions/0098). None once the yes was given."""
    return _aidant_decides(scene, sender, case, EXPERT, sender.name)


def _aidant_decides(scene: Scene, sender: Sender, case: CaseView, reason: str, who: str) -> Decision | None:
    """The mail waits for the aidant's `envoyer`; its sender is told. None once it was given, by the operators' too."""
    if scene.trigger.freed or scene.trigger.told(reason, "send"):
        return None
    creator = case.participant(case.creator)
    if creator and refusal(scene, "colleague", sender.address):
        to_person(
            scene,
            "held-ask",
            creator.address,
            {"reason": reason, "items": [who], "number": case.number, "acts": ["send"]},
            reply="question",
            automatic="auto-generated",
            question=reason,
            words=("send",),
            expires_at=kept_until(scene, case),
            inbound_id=scene.trigger.inbound_id,
            case_id=case.id,
        )
        to_person(
            scene, "waiting", sender.address, {"why": "aidant"}, reply="none", thread=thread_of_mail(scene)
        )
    return hold(scene, reason, case)


OLD_ADDRESS: Final = "old-address"


def at_old_address(
    scene: Scene, sender: Sender, case: CaseView, token: TokenRow | None, found: Standing
) -> Decision | None:
    """A mail at the case address of somebody who takes part no more: their mailbox is forwarded, and a colleague answered
    from there. That address lets nobody in and carries nothing. Who takes part in the case by themselves is asked for
    one word, and the mail goes on as theirs; who else is of that organisation is told, once a day, that nobody reads
    them there. None once the word was given, at the own address, and at one that holds."""
    if token is None or token.revoked_at is None:
        return None
    if found.relation == "participant" or scene.trigger.told(OLD_ADDRESS, "send"):
        return None
    if found.relation == "other-participant" and found.participant:
        return ask_writer(scene, Voice(sender=sender, person=found.participant), OLD_ADDRESS, ("send",))
    holder = next((p for p in case.participants if p.address == token.address), None)
    group = scene.directory.groups.get(holder.group) if holder else None
    near = group is not None and sender.address != token.address and of_group(scene, sender, group)
    if scene.step("near-old-address", near and refusal(scene, OLD_ADDRESS, sender.address)):
        values = {"why": OLD_ADDRESS}
        to_person(scene, "waiting", sender.written, values, reply="none", thread=thread_of_mail(scene))
    return hold(scene, "token-revoked", case)


def outside(scene: Scene, sender: Sender) -> None:
    """Who is told of a case without taking part in it (an expert, a manager of the territory) writes on it: told, once a
    day, that it waits for the people of the service."""
    if refusal(scene, "outside", sender.address):
        values = {"why": "outside"}
        to_person(scene, "waiting", sender.address, values, reply="none", thread=thread_of_mail(scene))


def colleague_waits(scene: Scene, sender: Sender, case: CaseView, found: Standing) -> Decision:
    """Somebody of the participant's organisation, aligned but not registered: participant and managers decide.

    The colleague is told that it waits; nothing of the text is shown to anyone (DOMAIN, Situations 7).
    """
    group, holder = found.group, found.participant
    if group is None or holder is None:
        return hold(scene, "stranger-on-case", case)
    if not refusal(scene, "colleague", sender.address):
        return hold(scene, "colleague-not-registered", case)
    for address in dict.fromkeys((holder.address, *group.managers)):
        to_person(
            scene,
            "held-ask",
            address,
            {
                "reason": "colleague",
                "address": sender.written,
                "number": case.number,
                "acts": ["send", "register"],
            },
            reply="question",
            automatic="auto-generated",
            question="colleague",
            words=("send", "register"),
            expires_at=kept_until(scene, case),
            inbound_id=scene.trigger.inbound_id,
            case_id=case.id,
        )
    to_person(scene, "waiting", sender.written, reply="none", thread=thread_of_mail(scene))
    return hold(scene, "colleague-not-registered", case)
