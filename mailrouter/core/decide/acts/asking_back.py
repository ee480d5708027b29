"""What is said to a writer whose mail was not understood, or not quite: what works now, which act, is it a note."""

from __future__ import annotations

from collections.abc import Sequence

from mailrouter.core.decide.acts.aidant_acts import exclude
from mailrouter.core.decide.acts.states import ENDED, offered
from mailrouter.core.decide.basis import pace
from mailrouter.core.decide.basis.caps import refusal
from mailrouter.core.decide.basis.mails import given, language_of, to_participant
from mailrouter.core.decide.basis.people import party_of
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.cases.excluding import excluded_in, shut
from mailrouter.core.decide.senders.holding import ask_writer
from mailrouter.core.decide.senders.released import PASSED_ON
from mailrouter.core.decide.senders.voice import Voice
from mailrouter.core.decide.words.command import Command, own_lines
from mailrouter.core.decide.words.internal import (
    addresses_colleague,
    kept_from,
    marks_note_below,
    quotes_note,
    resembles_note,
    titles_note,
)
from mailrouter.core.decide.words.mentioned import mentioned
from mailrouter.core.decide.words.several import acts_below, in_order
from mailrouter.core.mail.basesubject import base_subject
from mailrouter.core.model import FINAL_PARTY_STATES, CaseView, Decision, Message


def not_understood(scene: Scene, voice: Voice, why: str = "") -> Decision:
    """Say what would work for this person on this case now, and why this did not."""
    return refused(scene, voice, ((0, why),))


def refused(scene: Scene, voice: Voice, acts: Sequence[tuple[int, str]], *, partly: bool = False) -> Decision:
    """One mail says which acts of a mail were not done and why: `acts` are their places among the own lines, each with
    its reason. `partly`: the rest was done."""
    ended = scene.case.state if scene.case.state in (*ENDED, "closed") else ""
    reasons: dict[str, list[str]] = {}
    for line, why in acts:
        reasons.setdefault(why or ended, []).append(_line_said(scene, line))
    (why, (said, *also)), *more = reasons.items()
    values = {"acts": list(offered(scene, voice.person))}
    values |= given(said=said, why=why, partly=partly, also=also, more=[[x, code] for code, x in more])
    to_participant(scene, "not-understood", voice.person, values, automatic="auto-replied")
    return scene.decision("handled", "not-understood")


def _line_said(scene: Scene, line: int) -> str:
    return next(iter(own_lines(scene.message.visible)[line:]), "")[:80].rstrip(" .,;")


def part_over(scene: Scene, voice: Voice) -> str:
    """Why an act of an agent does nothing when the own organisation has ended its part."""
    party = party_of(scene, voice.person)
    over = party is not None and party.state in FINAL_PARTY_STATES and scene.case.state in ("open", "done")
    return "part-over" if over and voice.person.side == "operator" else ""


def which_act(scene: Scene, voice: Voice, acts: tuple[str, ...]) -> Decision:
    """Two acts that contradict each other: nothing is done until the writer says which."""
    scene.step("two-acts", evidence=", ".join(acts))
    return ask_writer(scene, voice, "which-act", acts)


KEEP_FROM = "keep-from"
# Acts that are in no list of offers, and in one when somebody speaks of them.
_SELDOM = ("hand-over",)


def offer(scene: Scene, voice: Voice, text: str | None) -> None:
    """An act whose words stand in a sentence was relayed as text, and an urgency that a sentence tells hurries nobody: the
    writer is shown the word or the line that does it, at most once a day whatever they write."""
    spoken = mentioned(scene.message.visible if text is None else text, voice.person.side)
    there = (*offered(scene, voice.person), *(_SELDOM if scene.case.state == "open" else ()))
    fitting = [a for a in there if a.startswith(spoken)] if spoken else []
    heard = _urgency_heard(scene, voice)
    if not scene.step("act-inside-text", bool(fitting or heard), evidence=", ".join(spoken)):
        return
    if refusal(scene, "act-inside-text", voice.person.address):
        delay = str(pace.of_case(scene, lambda t: t.urgent_remind)) if heard else ""
        values = {"acts": fitting, **given(heard_urgent=heard, urgent_delay=delay)}
        to_participant(scene, "act-offered", voice.person, values, automatic="auto-replied")


def _urgency_heard(scene: Scene, voice: Voice) -> str:
    """What a sentence of the aidant's says is urgent, on a case that is waited for and not urgent yet."""
    told = next((s for s in scene.message.stated if s.field == "urgent" and s.source == "prose"), None)
    waited = scene.case.state == "open" and not scene.case.urgent
    return told.value if told and waited and voice.person.side == "helper" else ""


def offer_in_note(scene: Scene, voice: Voice, text: str) -> None:
    """A note is read whole; a line of it that is an act and nothing else is offered."""
    if acts_below(text, "operator"):
        offer(scene, voice, text)


def is_it_a_note(scene: Scene, voice: Voice) -> Decision:
    """A first line that resembles an internal marker: relayed to nobody until the writer says which. A note that is
    passed on goes to agents or to nobody."""
    passed_on = scene.message.forwarded.text if scene.message.forwarded else ""
    if scene.step("passes-note-on", quotes_note(passed_on, scene.case)):
        return ask_writer(scene, voice, PASSED_ON, ("note",))
    scene.step("resembles-note")
    return ask_writer(scene, voice, "internal-marker", ("note", "send"))


def keeps_from(scene: Scene, voice: Voice) -> Decision | None:
    """An aidant's sentence that keeps something from an agent of the case by name would go to that very agent: it goes to
    nobody, and she is told the act that excludes silently (DOMAIN, Situations 9)."""
    if scene.trigger.told(KEEP_FROM, "send"):
        return None
    if unknown := [one for one in excluded_in(scene.message) if not _excluded(scene, voice, one)]:
        return ask_writer(scene, voice, KEEP_FROM, ("send",), items=unknown)
    agents = [(p.address, p.name) for p in scene.case.active("operator") if p.role != "mailbox"]
    named = kept_from(scene.message.visible, agents)
    if not scene.step("keep-from", bool(named), evidence=f"{len(named)} named"):
        return None
    act = "exclude" if language_of(scene, voice.person.address) == "en" else "exclure"
    return ask_writer(scene, voice, KEEP_FROM, ("send",), items=[f"{act} {address}" for address in named])


def _excluded(scene: Scene, voice: Voice, called: str) -> bool:
    """Whether somebody whom a line of the mail excludes ("Exclure : Julien Roques") is out: of the case, or before they are
    asked."""
    done = exclude(scene, voice, Command(act="exclude", argument=called))
    return done is True or shut(scene, called, voice.person.address)


def may_be_a_note(message: Message, command: Command | None, case: CaseView) -> bool:
    """Whether a line of the mail looks like an internal marker, or repeats a note, in what it passes on too. A note
    right below an act is read as one (`in_order`)."""
    text, passed_on = message.visible, message.forwarded.text if message.forwarded else ""
    below = command.rest if command else text
    if command:
        last = in_order(command, "operator")[-1]
        below = "" if last.act == "note" else f"{command.act}\n{last.rest}"
    titled = titles_note(base_subject(message.subject))
    marked = resembles_note(text) or marks_note_below(below) or marks_note_below(f"x\n{passed_on}")
    return titled or marked or quotes_note(f"{text}\n{passed_on}", case) or _to_a_colleague(message, case)


def _to_a_colleague(message: Message, case: CaseView) -> bool:
    """Whether the mail speaks to another agent of the case by name."""
    author = message.author.address if message.author else ""
    agents = (p.name for p in case.active("operator") if p.role != "mailbox" and p.address != author)
    return addresses_colleague(message.visible, agents, (p.name for p in case.active("helper")))
