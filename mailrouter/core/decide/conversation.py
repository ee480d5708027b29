"""A mail on a case, from somebody who may write on it: an act, or text that goes on to the others."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from mailrouter.core.decide.acts import careful
from mailrouter.core.decide.acts.additions import agreed_to, hurried, news_of_fields, with_lines_of_a_form
from mailrouter.core.decide.acts.agent_acts import AGENT_ACTS, ActFunction, own_party, rest_goes_on
from mailrouter.core.decide.acts.aidant_acts import AIDANT_ACTS, closing_answer, unclear_answer
from mailrouter.core.decide.acts.asking_back import (
    is_it_a_note,
    keeps_from,
    may_be_a_note,
    not_understood,
    offer,
    offer_in_note,
    part_over,
    refused,
    which_act,
)
from mailrouter.core.decide.acts.commanded import (
    agrees_again,
    as_agent,
    chosen,
    command_of,
    means_nothing_here,
    wants_out,
)
from mailrouter.core.decide.acts.common_acts import COMMON_ACTS
from mailrouter.core.decide.acts.experts import EXPERT_ACTS
from mailrouter.core.decide.acts.inviting import ask_more
from mailrouter.core.decide.acts.marking import marked
from mailrouter.core.decide.acts.relay import relay_answer, relay_message, relay_note
from mailrouter.core.decide.acts.restarting import never_asked, restart
from mailrouter.core.decide.acts.signing import ask_who_signed, ask_who_takes
from mailrouter.core.decide.acts.states import ENDED, OVER, contested, reopen, tell_nobody_reads, working
from mailrouter.core.decide.acts.thanks import courteous
from mailrouter.core.decide.basis import dues
from mailrouter.core.decide.basis.mails import to_participant
from mailrouter.core.decide.basis.scene import Scene, about
from mailrouter.core.decide.cases.appending import append_message
from mailrouter.core.decide.cases.completing import complete_case
from mailrouter.core.decide.cases.opening import open_case
from mailrouter.core.decide.files.enclosed_mails import mails_wait
from mailrouter.core.decide.senders.bare import SERVICES
from mailrouter.core.decide.senders.guards import (
    about_another,
    careful_kept,
    propose_careful,
    which_case_said,
)
from mailrouter.core.decide.senders.released import note_or_send
from mailrouter.core.decide.senders.sender import Sender
from mailrouter.core.decide.senders.services import service, which_case
from mailrouter.core.decide.senders.terms import ask_writer_once
from mailrouter.core.decide.senders.voice import Voice
from mailrouter.core.decide.words.command import Command
from mailrouter.core.decide.words.courtesies import listed
from mailrouter.core.decide.words.several import contradictory, in_order, text_last
from mailrouter.core.decide.words.stated import ACCEPT, without_labels
from mailrouter.core.decide.words.subject_line import heard, subject_alone, with_title
from mailrouter.core.decide.words.substance import is_empty, says_something
from mailrouter.core.model import Audience, Decision, Participant


def on_case(scene: Scene, sender: Sender, person: Participant, audience: Audience, rule: str) -> Decision:
    """Decide a human mail of participant `person` on the scene's case; `audience` is the token's, never wider."""
    voice = Voice(sender=sender, person=person, audience=audience, rule=rule)
    scene = subject_alone(scene, person)
    if asked := about_another(heard(scene, voice.name), voice):
        return asked
    another = which_case_said(scene) == "new"
    if another and person.side == "operator":
        scene.step("another-case", evidence="the writer said so")
        return which_case(scene, sender)
    if another:
        scene.step("new-case-after-all", evidence="the writer said so")
        territory = scene.case.territory
        return open_case(about(scene, None), sender, territory)
    scene, alone = marked(scene, voice)
    if alone:
        return scene.decision("handled", "marker-noted")
    if scene.case.state not in (*ENDED, "incomplete") and is_empty(scene, voice.name):
        return not_understood(scene, voice, "nothing")
    return _helper(scene, voice) if person.side == "helper" else _operator(scene, voice)


def _helper(scene: Scene, voice: Voice) -> Decision:
    case, text = scene.case, scene.message.visible
    command = command_of(scene, voice)
    if case.state in ENDED:
        return _ended(scene, voice, command)
    if case.state == "incomplete" and (command is None or command.act in ("confirm", "exclude", ACCEPT)):
        return complete_case(scene, voice.sender)
    if (clash := contradictory(text, "helper")) and not chosen(scene):
        return which_act(scene, voice, clash)
    if asked := agreed_to(scene, voice, command):
        scene.step("proposal-agreed", evidence=", ".join(g.organisation for g in asked))
        ask_more(scene, voice, asked)
        return scene.decision("handled", "proposal-agreed")
    excludes = command is not None and command.act == "exclude"
    if not excludes and (asked_first := keeps_from(scene, voice)):
        return asked_first
    command = closing_answer(scene, voice, command)
    if command and (command.act in AIDANT_ACTS or command.act in COMMON_ACTS):
        return _act(scene, voice, in_order(command, "helper"), AIDANT_ACTS | COMMON_ACTS)
    if courteous(scene, voice):
        return scene.decision("handled", "thanks")
    if unclear_answer(scene, voice, command):
        return not_understood(scene, voice)
    if means_nothing_here(command, voice):
        return not_understood(scene, voice)
    return _helper_text(scene, voice)


def _ended(scene: Scene, voice: Voice, command: Command | None) -> Decision:
    """A case that takes nothing any more: why, and what works. The list and the help do; a thanks needs no answer."""
    scene.step("case-ended", evidence=scene.case.state)
    if command and command.act in OVER and not says_something(command.rest, voice.name):
        return service(scene, voice.sender, SERVICES[command.act])
    if voice.person.side == "helper" and courteous(scene, voice):
        return scene.decision("handled", "thanks")
    return not_understood(scene, voice)


def _helper_text(scene: Scene, voice: Voice) -> Decision:
    if asked := mails_wait(scene, voice):
        return asked
    scene = with_title(scene, voice.person)
    if scene.step("never-asked", never_asked(scene.case)):
        restart(scene, voice, scene.message.visible)
        return scene.decision("attached", "taken-up-again")
    return _to_organisations(scene, voice)


def _to_organisations(scene: Scene, voice: Voice, text: str | None = None) -> Decision:
    """A text of the helper side goes on; `text` when it is not the whole of the mail."""
    reopened = scene.case.state in ("done", "closed")
    if reopened:
        reopen(scene, voice, "a message of the aidant")
    contested(scene, voice)
    scene = with_lines_of_a_form(scene, voice)
    before, stays = scene.case, careful_kept(scene, voice.person)
    new = news_of_fields(scene, voice.person)
    change = careful.changed(before, scene.case)
    whole = text is None and agrees_again(scene, voice)
    hurry = hurried(scene, voice, before)
    if not (whole or scene.brings_files or without_labels(scene.message, scene.message.visible)) and (
        change or hurry or not new
    ):
        # Prudence and urgency by themselves are for the organisations to read; a marker or a mandate is noted.
        if not (stays or hurry):
            to_participant(scene, "acknowledged", voice.person, {"act": "fields"}, automatic="auto-replied")
        if not ((change or hurry) and working(scene.case)):
            return scene.decision("handled", "careful-kept" if stays else "fields-noted")
    own = scene.directory.groups[voice.person.group]
    message = append_message(scene, voice.sender, own, text, whole=whole)
    ask_writer_once(scene, voice.sender)
    told = tuple({f.name: f for f in (*careful.given_again(scene.case, change), *new)}.values())
    relay_message(scene, voice, message, reopened=reopened, new=told, careful=change, hurry=hurry)
    dues.after_helper(scene)
    if scene.step("relay-to-organisations", working(scene.case)) is False:
        tell_nobody_reads(scene, voice)
    propose_careful(scene, voice)
    offer(scene, voice, text)
    return scene.decision("attached", voice.rule)


def _operator(scene: Scene, voice: Voice) -> Decision:
    case, text = scene.case, scene.message.visible
    command = as_agent(command_of(scene, voice), text)
    if case.state in (*ENDED, "incomplete"):
        return _ended(scene, voice, command)
    if note_or_send(scene) == "note":
        return _note(scene, voice, text)
    if command and command.act == "note":
        return _note(scene, voice, "\n".join(t for t in (command.argument, command.rest) if t))
    if voice.audience == "agents":
        return _note(scene, voice, text)
    if not note_or_send(scene) and may_be_a_note(scene.message, command, case):
        return is_it_a_note(scene, voice)
    table = EXPERT_ACTS if voice.person.role == "expert" else AGENT_ACTS | COMMON_ACTS
    clash = contradictory(text, "operator")
    if clash and table.keys() >= set(clash) and not chosen(scene):
        return which_act(scene, voice, clash)
    if command and command.act == "take" and voice.unsigned and own_party(scene, voice):
        return ask_who_takes(scene, voice, command)
    if command and command.act in table:
        return _act(scene, voice, in_order(command, "operator"), table)
    if means_nothing_here(command, voice) or wants_out(text):
        return not_understood(scene, voice)
    return _operator_text(scene, voice)


def _operator_text(scene: Scene, voice: Voice, text: str | None = None) -> Decision:
    if asked := mails_wait(scene, voice):
        return asked
    if careful_kept(scene, voice.person) and not (
        scene.brings_files or without_labels(scene.message, scene.message.visible)
    ):
        return scene.decision("handled", "careful-kept")
    scene = with_title(scene, voice.person) if text is None else scene
    group = scene.directory.groups[voice.person.group]
    message = append_message(scene, voice.sender, group, text)
    relay_answer(scene, voice, message)
    ask_writer_once(scene, voice.sender)
    scene.step("relay-to-aidant")
    ask_who_signed(scene, voice)
    offer(scene, voice, text)
    return scene.decision("attached", voice.rule)


def _note(scene: Scene, voice: Voice, text: str) -> Decision:
    if asked := mails_wait(scene, voice, "agents"):
        return asked
    scene.step("note", evidence="agents only")
    group = scene.directory.groups[voice.person.group]
    message = append_message(scene, voice.sender, group, text, audience="agents")
    relay_note(scene, voice, message)
    offer_in_note(scene, voice, text)
    ask_writer_once(scene, voice.sender)
    ask_who_signed(scene, voice)
    return scene.decision("attached", "note")


def _act(
    scene: Scene, voice: Voice, commands: tuple[Command, ...], table: Mapping[str, ActFunction]
) -> Decision:
    """Do the acts in their order. Those that cannot be done are answered in one mail, the others are done all the same."""
    last, told, failed = None, False, list[tuple[int, str]]()
    commands = text_last(commands, voice.person.side)
    for place in range(len(commands)):
        if not told and _text_first(scene, voice, commands[place:]):
            told, commands = True, (*commands[:-1], replace(commands[-1], followed=True))
        command = commands[place]
        function = table.get(command.act)
        done = command.act == "note" or (function(scene, voice, command) if function else False)
        if done is not True:
            failed.append((command.line, done or part_over(scene, voice)))
            continue
        last = command
        if command.act != "note":
            _acted(scene, voice, command)
    if last is None:
        return refused(scene, voice, failed, partly=told)
    if failed:
        if commands[-1] is not last:
            _text_below(scene, voice, commands[-1])
        refused(scene, voice, failed, partly=True)
    if last.act == "note":
        return _note(scene, voice, "\n".join(t for t in (last.argument, last.rest) if t))
    return scene.decision("attached" if scene.brings_files or last.rest else "handled", f"act:{last.act}")


def _text_first(scene: Scene, voice: Voice, commands: tuple[Command, ...]) -> bool:
    """An aidant's text below an invitation is relayed before it: who is invited reads it in the one mail that tells of
    the case, the others in theirs."""
    invites = all(command.act == "invite" for command in commands)
    rest = commands[-1].rest
    if not invites or voice.person.side != "helper" or scene.case.state != "open" or scene.brings_files:
        return False
    if not says_something(rest, voice.name) or commands[-1].followed:
        return False
    _to_organisations(scene, voice, rest)
    return True


def _acted(scene: Scene, voice: Voice, command: Command) -> None:
    """After an act: what stands below the command line, if it is more than a greeting, goes on as text."""
    scene.step(f"act:{command.act}")
    ask_who_signed(scene, voice)
    if command.act in _SILENT_ON_TEXT and scene.case.state in ("open", "done", "closed"):
        _text_below(scene, voice, command)


# Acts that do nothing with the text below them: it goes on as it would have by itself.
_SILENT_ON_TEXT = listed("invite exclude history list help later take-over mandate-form summary letter") | {
    ACCEPT
}


def _text_below(scene: Scene, voice: Voice, command: Command) -> None:
    if command.followed or not (scene.brings_files or says_something(command.rest, voice.name)):
        return
    if voice.person.side == "helper":
        _to_organisations(scene, voice, command.rest)
    else:
        rest_goes_on(scene, voice, command)
