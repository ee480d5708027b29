"""Mail that would make a storm: machines that answer each other without a header that says so, and too much of one
person's. Held, so that nothing is lost; seen by the operators (RFC 3834 section 2, DOMAIN Situations 6)."""

from __future__ import annotations

from datetime import datetime

from mailrouter.core.decide.basis import pace
from mailrouter.core.decide.basis.caps import DAY, capped, words_counter
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.senders.holding import hold
from mailrouter.core.decide.senders.sender import Sender
from mailrouter.core.decide.words.command import said
from mailrouter.core.model import CaseView, Count, Decision
from mailrouter.core.policy.calendar import add


def flooded(scene: Scene, sender: Sender, case: CaseView) -> Decision | None:
    """The same words as before within minutes of our mail, or more mails on one case a day than any person writes."""
    if scene.trigger.released_by or said(scene.message.visible):
        return None
    counter = words_counter(sender.address, scene.message)
    again = bool(counter) and scene.facts.count(counter) > 0
    if scene.step("same-words-at-once", again and _just_written_to(scene, sender, case)):
        return hold(scene, "repeated-words", case)
    yesterday = scene.facts.now - DAY
    today = sum(m.author == sender.address and m.at > yesterday for m in case.messages)
    limit = scene.directory.policy.limits.automatic_per_case
    if scene.step("too-many-on-one-case", today >= limit, evidence=f"{today} of {limit} today"):
        return hold(scene, "flood", case)
    if counter:
        scene.do(Count(name=counter, until=scene.facts.now + DAY))
    return None


def _just_written_to(scene: Scene, sender: Sender, case: CaseView) -> bool:
    """Whether something of ours went to the author within the minutes in which machines answer."""
    moments: list[datetime] = [m.at for m in case.messages if m.author != sender.address]
    moments += [p.since for p in case.participants if p.address == sender.address]
    at_once = pace.of_person(scene, sender.address).acknowledgement
    calendar = scene.directory.calendar(case.territory)
    return any(scene.facts.now <= add(calendar, at, at_once) for at in moments)


def too_many_cases(scene: Scene, sender: Sender) -> bool:
    """Whether this person opened more cases today than anybody does: a loop, or a robbed mailbox."""
    return not capped(scene, f"opened:{sender.address}", scene.directory.policy.limits.cases_per_address)
