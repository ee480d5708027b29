"""Is this mail yours? Asked at the registered mailbox about a mail in that person's name that nothing proves: so rarely
that no forger floods the mailbox, and so that no forger uses up the question for its owner (decisions/0092)."""

from __future__ import annotations

from mailrouter.core.decide.basis.caps import DAY
from mailrouter.core.decide.basis.mails import given, to_person
from mailrouter.core.decide.basis.pace import kept_until
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.senders.aliases import (
    network_of_mail,
    vouch,
    vouch_awaited,
)
from mailrouter.core.decide.senders.holding import hold
from mailrouter.core.decide.senders.sender import Sender
from mailrouter.core.decide.senders.thread import case_tokens
from mailrouter.core.model import (
    CaseView,
    Count,
    Decision,
    Release,
    ReleaseWaiting,
    TokenRow,
    UseToken,
)

IDENTITY = "identity"
DISOWNED = "disowned"
# One forger's network, and the owner's own.
NETWORKS = 2


def challenge(scene: Scene, sender: Sender, reason: str, case: CaseView | None = None) -> Decision:
    """A registered person is claimed without proof: held unseen, and asked about at the registered address.

    The question's address and the exact word release the mail, whatever the answer's own alignment: only the
    mailbox of the registered person ever saw that address.
    """
    if scene.step("challenge", _may_ask(scene, sender.address), evidence="one a day for each network"):
        _ask(scene, sender, sender.written if reason == "other-address" else "", case)
    return hold(scene, reason, case, vouch_awaited(scene, sender.address, sender.written))


def _may_ask(scene: Scene, person: str) -> bool:
    """One question a day about mails from one network, two in all; a third when the mail was written to an address of a
    case that nobody but this person was given. What the person disowned from there does not count."""
    near, count = network_of_mail(scene), scene.facts.count
    limit = scene.directory.policy.limits.challenges_per_address
    disowned = count(f"disowned/{near}:{person}")
    own = any(token.address == person for token in case_tokens(scene))
    in_all = limit * (NETWORKS + own)
    return (
        count(f"challenge/{near}:{person}") - disowned < limit
        and count(f"challenge:{person}") - disowned < in_all
    )


def _ask(scene: Scene, sender: Sender, other: str, case: CaseView | None) -> None:
    person, until = sender.address, scene.facts.now + DAY
    near, expires_at = network_of_mail(scene), kept_until(scene, case)
    scene.do(Count(name=f"challenge:{person}", until=until))
    scene.do(Count(name=f"challenge/{near}:{person}", until=until))
    scene.do(Count(name=f"asked-about/{near}:{person}", until=expires_at))
    to_person(
        scene,
        "challenge",
        person,
        {
            "received_at": scene.trigger.envelope.received_at.isoformat(),
            "acts": ["its-me", "disown"],
            **given(address=other),
        },
        reply="question",
        automatic="auto-generated",
        question=IDENTITY,
        words=("its-me", "not-me"),
        expires_at=expires_at,
        inbound_id=scene.trigger.inbound_id,
    )


def disown(scene: Scene, token: TokenRow, sender: Sender) -> Decision:
    """`pas moi` at the question's own address: that mail is dropped. The answer itself came from the registered person,
    who alone knows the address: so the host that brought it is theirs, and what waits from there goes on. Unless a
    question was about a mail from that very network: then it is asked about the next one."""
    person = token.address
    scene.do(UseToken(row_id=token.row_id))
    scene.do(Release(inbound_id=token.inbound_id, by=person, word=DISOWNED))
    if sender.address == person and not sender.aligned:
        near = network_of_mail(scene)
        mixed = not near or scene.facts.count(f"asked-about/{near}:{person}") > 0
        if scene.step("host-of-the-answer", not mixed, evidence="nothing disowned from there"):
            vouch(scene, person, sender.written)
        else:
            _ask_about_the_next(scene, sender, near)
    return scene.decision("handled", f"question:{DISOWNED}")


def _ask_about_the_next(scene: Scene, sender: Sender, near: str) -> None:
    scene.do(Count(name=f"disowned/{near}:{sender.address}", until=scene.facts.now + DAY))
    if waits_for := vouch_awaited(scene, sender.address, sender.written):
        by = f"{DISOWNED}:{scene.facts.now.isoformat()}"
        scene.do(ReleaseWaiting(waits_for=waits_for, by=by))
