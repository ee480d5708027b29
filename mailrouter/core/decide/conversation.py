"""A mail on a case, from somebody who may write on it: an act, or text that goes on to the others."""

from __future__ import annotations

from mailrouter.core.decide import dues
from mailrouter.core.decide.additions import agreed_to, news_of_fields
from mailrouter.core.decide.agent_acts import AGENT_ACTS, own_party, rest_goes_on
from mailrouter.core.decide.aidant_acts import AIDANT_ACTS
from mailrouter.core.decide.appending import append_message
from mailrouter.core.decide.caps import refusal
from mailrouter.core.decide.command import STATEFUL, Command, contradictory, mentioned, said, says_something
from mailrouter.core.decide.common_acts import COMMON_ACTS, ask_more
from mailrouter.core.decide.completing import complete_case
from mailrouter.core.decide.enclosed_mails import mails_wait
from mailrouter.core.decide.guards import about_another
from mailrouter.core.decide.holding import ask_writer
from mailrouter.core.decide.internal import quotes_note, resembles_note
from mailrouter.core.decide.mails import given, to_participant
from mailrouter.core.decide.opening import open_case
from mailrouter.core.decide.relay import relay_answer, relay_message, relay_note
from mailrouter.core.decide.released import note_or_send
from mailrouter.core.decide.scene import Scene, about
from mailrouter.core.decide.sender import Sender
from mailrouter.core.decide.services import which_case
from mailrouter.core.decide.signing import ask_who_signed, ask_who_takes
from mailrouter.core.decide.stated import without_labels
from mailrouter.core.decide.states import offered, reopen
from mailrouter.core.decide.thanks import THANKS, pass_on
from mailrouter.core.decide.voice import Voice
from mailrouter.core.model import Audience, Decision, Participant


def on_case(scene: Scene, sender: Sender, person: Participant, audience: Audience, rule: str) -> Decision:
    """Decide a human mail of participant `person` on the scene's case; `audience` is the token's, never wider."""
    voice = Voice(sender=sender, person=person, audience=audience, rule=rule)
    if asked := about_another(scene, voice):
        return asked
    if scene.trigger.release_word == "new" and person.side == "operator":
        scene.step("another-case", evidence="the writer said so")
        return which_case(scene, sender)
    if scene.trigger.release_word == "new":
        scene.step("new-case-after-all", evidence="the writer said so")
        territory = scene.case.territory
        return open_case(about(scene, None), sender, territory)
    if person.side == "helper":
        return _helper(scene, voice)
    return _operator(scene, voice)


def _helper(scene: Scene, voice: Voice) -> Decision:
    case, text = scene.case, scene.message.visible
    if case.state in ("wiped", "frozen", "withdrawn"):
        scene.step("case-ended", evidence=case.state)
        return _not_understood(scene, voice)
    command = _command(scene)
    if case.state == "incomplete" and (command is None or command.act in ("confirm", "accept-terms")):
        return complete_case(scene, voice.sender)
    if (clash := contradictory(text, "helper")) and not scene.trigger.release_word:
        return _which_act(scene, voice, clash)
    if asked := agreed_to(scene, voice, command):
        scene.step("proposal-agreed", evidence=", ".join(g.organisation for g in asked))
        ask_more(scene, voice, asked)
        return scene.decision("handled", "proposal-agreed")
    if command and (act := AIDANT_ACTS.get(command.act) or COMMON_ACTS.get(command.act)):
        return _acted(scene, voice, command, act(scene, voice, command))
    if command and command.act == THANKS and not command.rest and not scene.message.attachments:
        scene.step("thanks", evidence="a bare thanks changes nothing")
        pass_on(scene, voice, command)
        return scene.decision("handled", "thanks")
    if _means_nothing_here(command):
        return _not_understood(scene, voice)
    return _helper_text(scene, voice)


# Plain answers between people, too: "ok" under a question of the other side is text.
_ALSO_TEXT = frozenset({"confirm", "refuse", "thanks"})


def _means_nothing_here(command: Command | None) -> bool:
    """A lone command that this person cannot give here: answered with what would work, and relayed to nobody."""
    return command is not None and command.act not in _ALSO_TEXT and len(command.rest.split()) < 4


def _command(scene: Scene) -> Command | None:
    """The command of the mail; the one its writer chose when asked which of two was meant."""
    word = scene.trigger.release_word
    return Command(act=word) if word in STATEFUL else said(scene.message.visible)


def _helper_text(scene: Scene, voice: Voice) -> Decision:
    return mails_wait(scene, voice) or _to_organisations(scene, voice)


def _to_organisations(scene: Scene, voice: Voice, text: str | None = None) -> Decision:
    """A text of the helper side goes on; `text` when it is not the whole of the mail."""
    reopened = scene.case.state in ("done", "closed")
    if reopened:
        reopen(scene, voice, "a message of the aidant")
    new = news_of_fields(scene, voice.person)
    if not new and not scene.message.attachments and not without_labels(scene.message, scene.message.visible):
        # A marker, urgency or a mandate by themselves: noted, nothing for the organisations to read.
        to_participant(scene, "acknowledged", voice.person, {"act": "fields"}, automatic="auto-replied")
        return scene.decision("handled", "fields-noted")
    group = scene.directory.groups[voice.person.group]
    message = append_message(scene, voice.sender, group, text)
    relay_message(scene, voice, message, reopened=reopened, new=new)
    dues.after_helper(scene)
    scene.step("relay-to-organisations")
    _offer(scene, voice)
    return scene.decision("attached", voice.rule)


def _operator(scene: Scene, voice: Voice) -> Decision:
    case, text = scene.case, scene.message.visible
    if case.state in ("wiped", "frozen", "withdrawn", "incomplete"):
        scene.step("case-ended", evidence=case.state)
        return _not_understood(scene, voice)
    command = _command(scene)
    if note_or_send(scene) == "note":
        return _note(scene, voice, text)
    if command and command.act == "note":
        return _note(scene, voice, "\n".join(t for t in (command.argument, command.rest) if t))
    if voice.audience == "agents":
        return _note(scene, voice, text)
    if not note_or_send(scene) and (resembles_note(text) or quotes_note(text, case)):
        return _is_it_a_note(scene, voice)
    if (clash := contradictory(text, "operator")) and not scene.trigger.release_word:
        return _which_act(scene, voice, clash)
    if command and command.act == "take" and voice.unsigned and own_party(scene, voice):
        return ask_who_takes(scene, voice, command)
    if command and (act := AGENT_ACTS.get(command.act) or COMMON_ACTS.get(command.act)):
        return _acted(scene, voice, command, act(scene, voice, command))
    if _means_nothing_here(command):
        return _not_understood(scene, voice)
    return _operator_text(scene, voice)


def _operator_text(scene: Scene, voice: Voice, text: str | None = None) -> Decision:
    if asked := mails_wait(scene, voice):
        return asked
    group = scene.directory.groups[voice.person.group]
    message = append_message(scene, voice.sender, group, text)
    relay_answer(scene, voice, message)
    scene.step("relay-to-aidant")
    ask_who_signed(scene, voice)
    _offer(scene, voice)
    return scene.decision("attached", voice.rule)


def _offer(scene: Scene, voice: Voice) -> None:
    """An act whose words stand in a sentence was relayed as text; its writer is shown the word that does it, at most
    once a day whatever they write."""
    spoken = mentioned(scene.message.visible, voice.person.side)
    fitting = [a for a in offered(scene.case, voice.person) if a.startswith(spoken)] if spoken else []
    if not scene.step("act-inside-text", bool(fitting), evidence=", ".join(spoken)):
        return
    if refusal(scene, "act-inside-text", voice.person.address):
        to_participant(scene, "act-offered", voice.person, {"acts": fitting}, automatic="auto-replied")


def _note(scene: Scene, voice: Voice, text: str) -> Decision:
    if asked := mails_wait(scene, voice):
        return asked
    scene.step("note", evidence="agents only")
    group = scene.directory.groups[voice.person.group]
    message = append_message(scene, voice.sender, group, text, audience="agents")
    relay_note(scene, voice, message)
    ask_who_signed(scene, voice)
    return scene.decision("attached", "note")


def _is_it_a_note(scene: Scene, voice: Voice) -> Decision:
    """A first line that resembles an internal marker: relayed to nobody until the writer says which."""
    scene.step("resembles-note")
    return ask_writer(scene, voice, "internal-marker", ("note", "send"))


def _acted(scene: Scene, voice: Voice, command: Command, done: bool) -> Decision:
    """After an act: what stands below the command line, if it is more than a greeting, goes on as text."""
    if not done:
        return _not_understood(scene, voice)
    scene.step(f"act:{command.act}")
    ask_who_signed(scene, voice)
    if command.act in _SILENT_ON_TEXT and scene.case.state in ("open", "done", "closed"):
        _text_below(scene, voice, command)
    return scene.decision(
        "attached" if scene.message.attachments or command.rest else "handled", f"act:{command.act}"
    )


# Acts that do nothing with the text below them: it goes on as it would have by itself.
_SILENT_ON_TEXT = frozenset(
    {
        "invite",
        "exclude",
        "history",
        "list",
        "help",
        "later",
        "hand-over",
        "take-over",
        "mandate-form",
        "summary",
    }
)


def _text_below(scene: Scene, voice: Voice, command: Command) -> None:
    files = any(not file.inline for file in scene.message.attachments)
    if not files and not any(map(says_something, command.rest.splitlines())):
        return
    if voice.person.side == "helper":
        _to_organisations(scene, voice, command.rest)
    else:
        rest_goes_on(scene, voice, command)


def _not_understood(scene: Scene, voice: Voice) -> Decision:
    """Say what would work for this person on this case now."""
    first = next(iter(scene.message.visible.strip().splitlines()), "")[:80]
    values = {"acts": list(offered(scene.case, voice.person)), **given(said=first)}
    to_participant(scene, "not-understood", voice.person, values, automatic="auto-replied")
    return scene.decision("handled", "not-understood")


def _which_act(scene: Scene, voice: Voice, acts: tuple[str, ...]) -> Decision:
    scene.step("two-acts", evidence=", ".join(acts))
    return ask_writer(scene, voice, "which-act", acts)
