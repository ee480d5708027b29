"""A mail on a case, from somebody who may write on it: an act, or text that goes on to the others."""

from __future__ import annotations

from collections.abc import Mapping

from mailrouter.core.decide import dues
from mailrouter.core.decide.additions import agreed_to, news_of_fields, with_lines_of_a_form
from mailrouter.core.decide.agent_acts import AGENT_ACTS, ActFunction, own_party, rest_goes_on
from mailrouter.core.decide.aidant_acts import AIDANT_ACTS, closing_answer, unclear_answer
from mailrouter.core.decide.appending import append_message
from mailrouter.core.decide.caps import refusal
from mailrouter.core.decide.command import STATEFUL, Command, mentioned, own_lines, said
from mailrouter.core.decide.common_acts import COMMON_ACTS, ask_more
from mailrouter.core.decide.completing import complete_case
from mailrouter.core.decide.enclosed_mails import mails_wait
from mailrouter.core.decide.guards import about_another, propose_careful
from mailrouter.core.decide.holding import ask_writer
from mailrouter.core.decide.internal import marks_note_below, quotes_note, resembles_note
from mailrouter.core.decide.mails import again, given, to_participant
from mailrouter.core.decide.opening import open_case
from mailrouter.core.decide.relay import relay_answer, relay_message, relay_note
from mailrouter.core.decide.released import note_or_send
from mailrouter.core.decide.scene import Scene, about
from mailrouter.core.decide.sender import Sender
from mailrouter.core.decide.services import which_case
from mailrouter.core.decide.several import contradictory, in_order
from mailrouter.core.decide.signing import ask_who_signed, ask_who_takes
from mailrouter.core.decide.stated import ACCEPT, names_conditions, without_labels
from mailrouter.core.decide.states import contested, offered, reopen, tell_nobody_reads, working
from mailrouter.core.decide.substance import says_something
from mailrouter.core.decide.terms import ask_writer_once
from mailrouter.core.decide.thanks import courteous
from mailrouter.core.decide.voice import Voice
from mailrouter.core.model import Audience, CaseView, Decision, Participant


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
    command = _command(scene, voice)
    if case.state == "incomplete" and (command is None or command.act in ("confirm", ACCEPT)):
        return complete_case(scene, voice.sender)
    if (clash := contradictory(text, "helper")) and not scene.trigger.release_word:
        return _which_act(scene, voice, clash)
    if asked := agreed_to(scene, voice, command):
        scene.step("proposal-agreed", evidence=", ".join(g.organisation for g in asked))
        ask_more(scene, voice, asked)
        return scene.decision("handled", "proposal-agreed")
    command = closing_answer(scene, command)
    if command and (command.act in AIDANT_ACTS or command.act in COMMON_ACTS):
        return _act(scene, voice, in_order(command, "helper"), AIDANT_ACTS | COMMON_ACTS)
    if courteous(scene, voice):
        return scene.decision("handled", "thanks")
    if unclear_answer(scene, voice, command):
        return _not_understood(scene, voice)
    if _means_nothing_here(command, voice):
        return _not_understood(scene, voice)
    return _helper_text(scene, voice)


# Plain answers between people, too: "ok" under a question of the other side is text.
_ALSO_TEXT = frozenset({"confirm", "refuse", "thanks"})


def _means_nothing_here(command: Command | None, voice: Voice) -> bool:
    """A lone command that this person cannot give here: answered with what would work, and relayed to nobody."""
    lone = command is not None and not says_something(command.rest, voice.name)
    return lone and command is not None and command.act not in _ALSO_TEXT


def _command(scene: Scene, voice: Voice) -> Command | None:
    """The command of the mail; the one its writer chose when asked which of two was meant."""
    word = scene.trigger.release_word
    if word in STATEFUL:
        return Command(act=word)
    return None if _agrees(scene, voice) else said(scene.message.visible)


def _agrees(scene: Scene, voice: Voice) -> bool:
    """A bare `j'accepte` of who accepted the terms before: an answer to somebody's question."""
    command = said(scene.message.visible)
    bare = command is not None and command.act == ACCEPT and not names_conditions(scene.message.visible)
    return (
        bare
        and scene.facts.person(voice.person.address).terms_version == scene.directory.policy.terms_version
    )


def _as_agent(command: Command | None, text: str) -> Command | None:
    """An agent's "traité, vous pouvez clore" says that the own part is done; only the aidant closes."""
    if command and command.act == "close" and "done" in mentioned(text, "operator"):
        return Command(act="done", rest=command.rest)
    return command


def _helper_text(scene: Scene, voice: Voice) -> Decision:
    return mails_wait(scene, voice) or _to_organisations(scene, voice)


def _to_organisations(scene: Scene, voice: Voice, text: str | None = None) -> Decision:
    """A text of the helper side goes on; `text` when it is not the whole of the mail."""
    reopened = scene.case.state in ("done", "closed")
    if reopened:
        reopen(scene, voice, "a message of the aidant")
    contested(scene, voice)
    scene = with_lines_of_a_form(scene, voice)
    new = news_of_fields(scene, voice.person)
    whole = text is None and _agrees(scene, voice)
    says = whole or scene.brings_files or without_labels(scene.message, scene.message.visible)
    if not new and not says:
        # A marker, urgency or a mandate by themselves: noted, nothing for the organisations to read.
        to_participant(scene, "acknowledged", voice.person, {"act": "fields"}, automatic="auto-replied")
        return scene.decision("handled", "fields-noted")
    group = scene.directory.groups[voice.person.group]
    message = append_message(scene, voice.sender, group, text, whole=whole)
    ask_writer_once(scene, voice.sender)
    relay_message(scene, voice, message, reopened=reopened, new=new)
    dues.after_helper(scene)
    if scene.step("relay-to-organisations", working(scene.case)) is False:
        tell_nobody_reads(scene, voice)
    propose_careful(scene, voice)
    _offer(scene, voice, text)
    return scene.decision("attached", voice.rule)


def _operator(scene: Scene, voice: Voice) -> Decision:
    case, text = scene.case, scene.message.visible
    if case.state in ("wiped", "frozen", "withdrawn", "incomplete"):
        scene.step("case-ended", evidence=case.state)
        return _not_understood(scene, voice)
    command = _as_agent(_command(scene, voice), text)
    if note_or_send(scene) == "note":
        return _note(scene, voice, text)
    if command and command.act == "note":
        return _note(scene, voice, "\n".join(t for t in (command.argument, command.rest) if t))
    if voice.audience == "agents":
        return _note(scene, voice, text)
    if not note_or_send(scene) and _may_be_a_note(text, command, case):
        return _is_it_a_note(scene, voice)
    if (clash := contradictory(text, "operator")) and not scene.trigger.release_word:
        return _which_act(scene, voice, clash)
    if command and command.act == "take" and voice.unsigned and own_party(scene, voice):
        return ask_who_takes(scene, voice, command)
    if command and (command.act in AGENT_ACTS or command.act in COMMON_ACTS):
        return _act(scene, voice, in_order(command, "operator"), AGENT_ACTS | COMMON_ACTS)
    if _means_nothing_here(command, voice):
        return _not_understood(scene, voice)
    return _operator_text(scene, voice)


def _operator_text(scene: Scene, voice: Voice, text: str | None = None) -> Decision:
    if asked := mails_wait(scene, voice):
        return asked
    group = scene.directory.groups[voice.person.group]
    message = append_message(scene, voice.sender, group, text)
    relay_answer(scene, voice, message)
    ask_writer_once(scene, voice.sender)
    scene.step("relay-to-aidant")
    ask_who_signed(scene, voice)
    _offer(scene, voice, text)
    return scene.decision("attached", voice.rule)


def _offer(scene: Scene, voice: Voice, text: str | None) -> None:
    """An act whose words stand in a sentence was relayed as text; its writer is shown the word that does it, at most
    once a day whatever they write."""
    spoken = mentioned(scene.message.visible if text is None else text, voice.person.side)
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
    ask_writer_once(scene, voice.sender)
    ask_who_signed(scene, voice)
    return scene.decision("attached", "note")


def _is_it_a_note(scene: Scene, voice: Voice) -> Decision:
    """A first line that resembles an internal marker: relayed to nobody until the writer says which."""
    scene.step("resembles-note")
    return ask_writer(scene, voice, "internal-marker", ("note", "send"))


def _may_be_a_note(text: str, command: Command | None, case: CaseView) -> bool:
    """Whether a line of the mail looks like an internal marker, or repeats a note. A note right below an act is read as
    one (`in_order`)."""
    below = command.rest if command else text
    if command:
        last = in_order(command, "operator")[-1]
        below = "" if last.act == "note" else f"{command.act}\n{last.rest}"
    return resembles_note(text) or quotes_note(text, case) or marks_note_below(below)


def _act(
    scene: Scene, voice: Voice, commands: tuple[Command, ...], table: Mapping[str, ActFunction]
) -> Decision:
    """Do the acts in their order. One that cannot be done is answered, the others are done all the same."""
    decision = None
    for command in commands:
        if command.act == "note":
            return _note(scene, voice, "\n".join(t for t in (command.argument, command.rest) if t))
        function = table.get(command.act)
        done = function(scene, voice, command) if function else False
        decision = _acted(scene, voice, command, done, partly=len(commands) > 1)
    return decision or _not_understood(scene, voice)


def _acted(scene: Scene, voice: Voice, command: Command, done: bool | str, *, partly: bool) -> Decision:
    """After an act: what stands below the command line, if it is more than a greeting, goes on as text. `done`: True, or
    why it was not. `partly`: it is one of several."""
    if done is not True:
        return _not_understood(scene, voice, done or "", line=command.line, partly=partly)
    scene.step(f"act:{command.act}")
    ask_who_signed(scene, voice)
    if command.act in _SILENT_ON_TEXT and scene.case.state in ("open", "done", "closed"):
        _text_below(scene, voice, command)
    return scene.decision(
        "attached" if scene.brings_files or command.rest else "handled", f"act:{command.act}"
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
        "letter",
        ACCEPT,
    }
)


def _text_below(scene: Scene, voice: Voice, command: Command) -> None:
    if command.followed or not (scene.brings_files or says_something(command.rest, voice.name)):
        return
    if voice.person.side == "helper":
        _to_organisations(scene, voice, command.rest)
    else:
        rest_goes_on(scene, voice, command)


def _not_understood(
    scene: Scene, voice: Voice, why: str = "", *, line: int = 0, partly: bool = False
) -> Decision:
    """Say what would work for this person on this case now, and why this did not. `partly`: the rest was done."""
    first = next(iter(own_lines(scene.message.visible)[line:]), "")[:80]
    why = why or ("closed" if scene.case.state == "closed" else "")
    values = {"acts": list(offered(scene.case, voice.person)), **given(said=first, why=why, partly=partly)}
    key = again(scene, "not-understood", voice.person.address)
    to_participant(scene, "not-understood", voice.person, values, automatic="auto-replied", key=key)
    return scene.decision("handled", "not-understood")


def _which_act(scene: Scene, voice: Voice, acts: tuple[str, ...]) -> Decision:
    scene.step("two-acts", evidence=", ".join(acts))
    return ask_writer(scene, voice, "which-act", acts)
