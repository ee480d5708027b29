"""`modèle APL`: a letter about a common subject, with the papers to have at hand. The letters are the operators'."""

from __future__ import annotations

from typing import Any

from mailrouter.core.decide.basis.mails import given, thread_of_mail, to_participant, to_person
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.senders.sender import Sender
from mailrouter.core.decide.senders.voice import Voice
from mailrouter.core.decide.words.command import Command, said
from mailrouter.core.decide.words.substance import says_something
from mailrouter.core.model import Decision
from mailrouter.core.policy.directory import Directory
from mailrouter.core.policy.slug import nearest, slug

LETTER = "letter"
TEMPLATE = "letter-model"
# What a new case needs besides the letter's own words.
LINES = ("prenom", "nom", "naissance", "organisation", "mandate")
# Of what was asked for and is not known, no more is said back.
_SHOWN = 60


def letter_wanted(scene: Scene) -> Command | None:
    """The request for a letter that this mail is, by its first line or, with no text, by its subject."""
    message = scene.message
    command = said(message.visible) or (None if message.visible.strip() else said(message.subject))
    return command if command and command.act == LETTER and not says_something(command.rest) else None


def letter_to(scene: Scene, sender: Sender, command: Command) -> Decision:
    """The letter, or the list, in answer to a mail that is on no case."""
    values = _values(scene, command)
    to_person(scene, TEMPLATE, sender.address, values, thread=thread_of_mail(scene))
    return scene.decision("handled", "letter")


def letter_on_case(scene: Scene, voice: Voice, command: Command) -> bool:
    """The same in reply on a case."""
    to_participant(scene, TEMPLATE, voice.person, _values(scene, command), automatic="auto-replied")
    return True


def _values(scene: Scene, command: Command) -> dict[str, Any]:
    directory = scene.directory
    found = directory.letter_about(command.argument)
    scene.step("letter", found is not None, source=found.source if found else "")
    values: dict[str, Any] = {"letters": list(directory.letters)}
    if found:
        values |= {"letter": found.name, "papers": list(found.papers), "words": found.text}
        values["missing"] = list(LINES)
    elif not directory.letter_names.find(command.argument):
        values |= given(unknown=command.argument[:_SHOWN], nearest=_nearest(directory, command.argument))
    return values


def _nearest(directory: Directory, asked: str) -> str:
    """The letter that was most likely meant, by its name or an alias: "ALP" is "APL"; '' when there is none."""
    known = {slug(name): x.name for x in directory.letters.values() for name in (x.name, *x.aliases)}
    return known.get(nearest(slug(asked), known) or "", "")
