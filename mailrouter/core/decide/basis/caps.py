"""How much is sent and asked a day: counters with a window, by name. One place for the names, since the store gathers
them before anything is decided (RFC 3834 section 2: an automatic answer must not become half of a loop)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Literal, get_args

from msgspec.structs import replace

from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.model import Count, Decision, Effect, Message, Send, Target
from mailrouter.core.text import fold

DAY = timedelta(days=1)
NOTICES = "notices"
# Fewer words than this are said twice by people too ("c'est fait, merci").
WORDS = 8
_DIGITS = re.compile(r"\d+")
# What somebody is told about their own new case; bounded by the number of cases a day.
ABOUT_NEW_CASES = frozenset({"receipt", "incomplete", "which-organisation", "no-agent"})


def capped(scene: Scene, counter: str, limit: int) -> bool:
    """Whether one more of `counter` is allowed today; counts it when so. False: the cap is reached."""
    used = scene.facts.count(counter)
    allowed = used < limit
    scene.step("cap", allowed, evidence=f"{counter.partition(':')[0]}: {used} of {limit} today")
    if allowed:
        scene.do(Count(name=counter, until=scene.facts.now + DAY))
    return allowed


Refused = Literal[
    "misaddressed", "act-inside-text", "colleague", "removed", "wiped", "outside", "old-address"
]
"""Why somebody is answered that their mail went no further; each is counted by itself."""


def refusal(scene: Scene, reason: Refused, address: str) -> bool:
    """Whether `address` may be refused once more for `reason` today."""
    return capped(
        scene, f"refusal-{reason}:{address}", scene.directory.policy.limits.refusals_per_address_and_reason
    )


def notice(scene: Scene) -> bool:
    """Whether the operators may be told of one more mail today; all of it is in their list of held mail anyway."""
    return capped(scene, NOTICES, scene.directory.policy.limits.automatic_per_address)


def bounded(scene: Scene, decision: Decision, author: str) -> Decision:
    """The decision without automatic answers to its author beyond the day's cap, and none beyond the service's.

    The cap is one conversation's: two machines that answer each other stay on one case, or on none; a person with forty
    cases gets a receipt and an answer to each act on every one of them (decisions/0075).
    """
    answers = [e for e in decision.effects if _answers(e, author)]
    if not answers:
        return decision
    limits, facts = scene.directory.policy.limits, scene.facts
    about = conversation(author, decision.case_id)
    mine, all_ = facts.count(about), facts.count("automatic")
    if scene.step(
        "automatic-answers-over",
        mine >= limits.automatic_per_address or all_ >= limits.automatic_per_day,
        evidence=f"{mine} to this address in this conversation, {all_} in all today",
    ):
        kept = tuple(e for e in decision.effects if e not in answers)
        return replace(decision, effects=kept, trace=tuple(scene.draft.steps))
    until = facts.now + DAY
    counts = (Count(name=about, until=until), Count(name="automatic", until=until))
    return replace(decision, effects=(*decision.effects, *counts), trace=tuple(scene.draft.steps))


def conversation(author: str, case_id: str) -> str:
    """The counter of automatic answers to `author` on one case; on none when `case_id` is ''."""
    return f"automatic:{author}:{case_id}"


def _answers(effect: Effect, author: str) -> bool:
    return (
        isinstance(effect, Send)
        and effect.automatic == "auto-replied"
        and effect.recipient == author
        and effect.template not in ABOUT_NEW_CASES
    )


def words_counter(author: str, message: Message) -> str:
    """The counter of these very words of this author, numbers apart; '' when they are too few to tell a machine."""
    words = _DIGITS.sub("0", fold(message.visible)).split()
    if len(words) < WORDS:
        return ""
    return f"said:{author}:{hashlib.sha256(' '.join(words).encode()).hexdigest()[:32]}"


def names(
    author: str,
    message: Message,
    targets: Iterable[Target],
    of_hosts: Iterable[str],
    cases: Iterable[str] = (),
) -> list[str]:
    """The counters that a decision on a mail of `author` may ask for. `of_hosts`: those of aliases.py; `cases`: ids of
    the cases it may be about."""
    rows = [t.token for t in targets if t.token]
    asked = [f"question:{r.row_id}" for r in rows if r.kind in ("question", "held")]
    kinds = (
        "neutral",
        "service",
        "opened",
        *(f"refusal-{reason}" for reason in get_args(Refused)),
    )
    own = [f"{kind}:{author}" for kind in kinds if author]
    own += [conversation(author, case_id) for case_id in ("", *cases) if author]
    said = words_counter(author, message)
    return ["neutral", "automatic", NOTICES, *asked, *own, *([said] if said else []), *of_hosts]
