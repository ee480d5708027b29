"""Files: infected or not scanned ones go nowhere; the sender is told at once what works instead."""

from __future__ import annotations

from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.senders.holding import hold
from mailrouter.core.model import Decision

METHOD = "antivirus"


def unsafe(scene: Scene) -> Decision | None:
    """A mail that the scanner refused, or that it could not look at in half a day, is held: never passed unscanned."""
    found = next(
        (v for v in scene.facts.verdicts if v.method == METHOD and v.result not in ("pass", "none")), None
    )
    if (
        not scene.step("antivirus", found is not None, evidence=found.result if found else "")
        or found is None
    ):
        return None
    return hold(scene, "infected" if found.result == "fail" else "not-scanned")
