"""Answers at a question's own address: a human mail whose first own line is the exact word asked. Single use."""

from __future__ import annotations

from mailrouter.core.decide.acts import signing
from mailrouter.core.decide.basis.mails import thread_of_mail, to_person
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.files import pictures
from mailrouter.core.decide.senders.admit import registered
from mailrouter.core.decide.senders.challenging import IDENTITY, disown
from mailrouter.core.decide.senders.holding import hold
from mailrouter.core.decide.senders.sender import Sender
from mailrouter.core.decide.words.command import said
from mailrouter.core.model import Count, Decision, Release, TokenRow, UseToken

AGAIN = 3


def answer(scene: Scene, token: TokenRow, sender: Sender) -> Decision:
    """Decide a human mail to a question's address. Only the person asked ever saw that address."""
    if scene.facts.person(token.address).suspended:
        return hold(scene, "suspended")
    if not registered(token.address, scene.directory):
        # Asked of somebody who left the files since: their word counts no more, and their mailbox gets nothing.
        return hold(scene, "token-revoked")
    expired = token.expires_at is not None and token.expires_at < scene.facts.now
    if token.used_at or token.revoked_at or expired:
        scene.step("question-over", evidence="used" if token.used_at else "expired")
        return scene.decision("ignored", "question-over")
    if token.question in signing.QUESTIONS:
        return signing.name_given(scene, token, sender)
    command = said(scene.message.visible)
    word = command.act if command else ""
    if not scene.step(
        "question-answered", word in token.words, evidence=f"{token.question}: {word or 'no word'}"
    ):
        return _ask_again(scene, token)
    if token.question == IDENTITY and word == "not-me":
        return disown(scene, token, sender)
    if token.question.partition(":")[0] == pictures.QUESTION:
        return pictures.send_pictures(scene, token)
    scene.do(UseToken(row_id=token.row_id))
    scene.do(Release(inbound_id=token.inbound_id, by=token.address, word=f"{token.question}:{word}"))
    return scene.decision("handled", f"question:{token.question}", case_id=token.case_id)


def _ask_again(scene: Scene, token: TokenRow) -> Decision:
    """Anything but the word asked releases nothing; the person is told which words would, a few times."""
    counter = f"question:{token.row_id}"
    if scene.facts.count(counter) >= AGAIN or token.expires_at is None:
        return hold(scene, "question-not-answered")
    scene.do(Count(name=counter, until=token.expires_at))
    to_person(
        scene,
        "not-understood",
        token.address,
        {"acts": ["its-me", "disown"] if token.question == IDENTITY else list(token.words)},
        reply="question",
        question=token.question,
        words=token.words,
        expires_at=token.expires_at,
        inbound_id=token.inbound_id,
        case_id=token.case_id,
        thread=thread_of_mail(scene),
    )
    return scene.decision("handled", "question-not-answered")
