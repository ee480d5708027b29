"""A case that was closed before any organisation was asked takes up where it stopped: something may still be missing, and
nothing goes out until it is there."""

from __future__ import annotations

from msgspec.structs import replace

from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.cases.completing import complete_case, proceed
from mailrouter.core.decide.senders.voice import Voice
from mailrouter.core.decide.words.stated import statement
from mailrouter.core.decide.words.substance import says_something
from mailrouter.core.model import CaseView, ChangeState


def never_asked(case: CaseView) -> bool:
    """Whether a closed case never went to any organisation."""
    return case.state == "closed" and not case.parties


def restart(scene: Scene, voice: Voice, text: str) -> None:
    """The case is incomplete again, `text` of the mail read as if it had come then: everything missing is asked, or with
    nothing missing it goes out."""
    case, message = scene.case, scene.message
    who = voice.person.address
    scene.do(ChangeState(case_id=case.id, to="incomplete", who=who, why="taken up again by the aidant"))
    read = Scene(
        facts=replace(scene.facts, message=replace(message, visible=text)),
        directory=scene.directory,
        draft=scene.draft,
    )
    if says_something(text, voice.name) or scene.brings_files:
        complete_case(read, voice.sender)
    else:
        proceed(read, voice.sender, statement(read, case.territory))
