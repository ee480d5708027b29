"""What is decided: a disposition, the rules that were tried, and the effects."""

from __future__ import annotations

from typing import Literal

from mailrouter.core.model.effects import Effect
from mailrouter.core.model.mail import Frozen

Disposition = Literal["opened", "attached", "handled", "held", "ignored", "duplicate"]


class Step(Frozen, frozen=True, kw_only=True):
    """One rule that was tried. `source` is the config position when a configured rule spoke; `evidence` holds
    rule names, configured words and digests, never mail text."""

    rule: str
    matched: bool
    evidence: str = ""
    source: str = ""


class Decision(Frozen, frozen=True, kw_only=True):
    """The one decision on a trigger. Decide everything, then apply everything."""

    disposition: Disposition
    rule: str
    trace: tuple[Step, ...] = ()
    effects: tuple[Effect, ...] = ()
    case_id: str = ""
    version: int | None = None
    policy_digest: str = ""
