"""Which act a mail on a case is, from who wrote it."""

from __future__ import annotations

from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.senders.voice import Voice
from mailrouter.core.decide.words.acts import STATEFUL
from mailrouter.core.decide.words.command import Command, own_lines, said
from mailrouter.core.decide.words.courtesies import POLITE, listed
from mailrouter.core.decide.words.mentioned import mentioned
from mailrouter.core.decide.words.phrases import words_of
from mailrouter.core.decide.words.stated import ACCEPT, names_conditions
from mailrouter.core.decide.words.substance import says_something

# Plain answers between people, too: "ok" under a question of the other side is text.
_ALSO_TEXT = frozenset({"confirm", "refuse", "thanks"})


def means_nothing_here(command: Command | None, voice: Voice) -> bool:
    """A lone command that this person cannot give here: answered with what would work, and relayed to nobody."""
    lone = command is not None and not says_something(command.rest, voice.name)
    return lone and command is not None and command.act not in _ALSO_TEXT


_OUT = listed("stop desabonnement desinscription desabonner desinscrire unsubscribe")


def wants_out(text: str) -> bool:
    """Whether an agent's mail says "STOP" as one says it to a newsletter: what leaves a case is `pas moi`, and the word is
    no answer for anybody."""
    words = {w.text for line in own_lines(text) for w in words_of(line)}
    return not words.isdisjoint(_OUT) and words <= _OUT | POLITE


def command_of(scene: Scene, voice: Voice) -> Command | None:
    """The command of the mail; the one its writer chose when asked which of two was meant."""
    if word := chosen(scene):
        return Command(act=word)
    return None if agrees_again(scene, voice) else said(scene.message.visible)


def chosen(scene: Scene) -> str:
    """The act that its writer chose when asked which of two was meant; '' when nobody was asked."""
    return scene.trigger.told("which-act", *STATEFUL)


def agrees_again(scene: Scene, voice: Voice) -> bool:
    """A bare `j'accepte` of who accepted the terms before: an answer to somebody's question."""
    command = said(scene.message.visible)
    bare = command is not None and command.act == ACCEPT and not names_conditions(scene.message.visible)
    return (
        bare
        and scene.facts.person(voice.person.address).terms_version == scene.directory.policy.terms_version
    )


def as_agent(command: Command | None, text: str) -> Command | None:
    """An agent's "traité, vous pouvez clore" says that the own part is done; only the aidant closes."""
    if command and command.act == "close" and "done" in mentioned(text, "operator"):
        return Command(act="done", rest=command.rest)
    return command
