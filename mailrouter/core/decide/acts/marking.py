"""`Repère : …` on a case: whoever writes it has a marker of their own for it, told to nobody else."""

from __future__ import annotations

from msgspec.structs import replace

from mailrouter.core.decide.acts.states import ENDED
from mailrouter.core.decide.basis.mails import to_participant
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.senders.voice import Voice
from mailrouter.core.decide.words.marker import marker_line, marker_of
from mailrouter.core.decide.words.substance import says_something
from mailrouter.core.model import SetMarker, Stated


def marked(scene: Scene, voice: Voice) -> tuple[Scene, bool]:
    """The scene without the line of the marker, which is kept for its author, and whether that was all the mail said: then
    they are told so. One that is not kept is told in any case."""
    case, message = scene.case, scene.message
    # An aidant writes forms; in an agent's answer a long line behind that word is part of it.
    value, rest = marker_line(scene, message.visible, any_length=voice.person.side == "helper")
    if not value or case.state in (*ENDED, "incomplete"):
        return scene, False
    known = {f.name: f.value for f in case.fields}
    marker = marker_of(scene, (Stated(field="repere", value=value),), known)
    if scene.step("marker", bool(marker), evidence="" if marker else "names the person"):
        scene.do(SetMarker(case_id=case.id, address=voice.person.address, marker=marker))
    others = tuple(s for s in message.stated if s.field != "repere")
    forwards = message.forwarded is not None and message.forwarded.text
    alone = not (others or scene.brings_files or forwards or says_something(rest, voice.name))
    if alone or not marker:
        act = "marker" if marker else "marker-names"
        values = {"act": act, "target": marker}
        to_participant(scene, "acknowledged", voice.person, values, automatic="auto-replied")
    told = replace(message, visible=rest, stated=others)
    return Scene(
        facts=replace(scene.facts, message=told), directory=scene.directory, draft=scene.draft
    ), alone
