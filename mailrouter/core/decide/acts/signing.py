"""Who of a shared mailbox wrote (docs/decisions/0073). What it writes goes on at once, under the group's name; the
mailbox is asked once a case who signed. Only an act that makes somebody the owner waits for a name."""

from __future__ import annotations

from mailrouter.core.decide.acts.agent_acts import rest_goes_on
from mailrouter.core.decide.acts.handing import OPEN, taken_by, tell_taken
from mailrouter.core.decide.basis.mails import given, thread_of_mail, to_person
from mailrouter.core.decide.basis.pace import kept_until
from mailrouter.core.decide.basis.people import left, named
from mailrouter.core.decide.basis.scene import Scene, about
from mailrouter.core.decide.senders.holding import hold
from mailrouter.core.decide.senders.sender import Sender
from mailrouter.core.decide.senders.voice import Voice
from mailrouter.core.decide.words.command import Command, own_lines, said
from mailrouter.core.decide.words.courtesies import SALUTES, listed
from mailrouter.core.model import (
    FINAL_PARTY_STATES,
    CaseMessage,
    Count,
    Decision,
    Participant,
    Signed,
    TokenRow,
    UseToken,
)
from mailrouter.core.policy.calendar import add
from mailrouter.core.policy.schema import Group
from mailrouter.core.text import folded_words

SIGNED, TAKES = "signed", "takes"
QUESTIONS = (SIGNED, TAKES)
AGAIN = 3
_TEAM = frozenset(
    ("equipe", "l equipe", "toute l equipe", "notre equipe", "le service", "service", "the team", "team")
)
# Words around a name that say nothing of whom: "c'est Claire", "signé : Claire Martin".
_AROUND = listed("c est de par la part signe signed by it is was from madame monsieur mme m mr mrs")
_PARTICLES = listed("de du des la le les d l van von den el al ben da dos")
_CLOSING = listed("merci cordialement bien respectueusement bonne thanks thank regards sincerely")
_MOST_WORDS = 5


def counter(case_id: str, mailbox: str) -> str:
    """The counter that says: this mailbox was asked on this case."""
    return f"who-signed:{case_id}:{mailbox}"


def ask_who_signed(scene: Scene, voice: Voice) -> None:
    """After an unsigned message of a shared mailbox went on: who wrote it, asked once a case and mailbox."""
    case = scene.case
    written = [m for m in case.messages if m.inbound_id == scene.trigger.inbound_id]
    name = counter(case.id, voice.person.address)
    if not voice.unsigned or not written or scene.facts.count(name):
        return
    calendar = scene.directory.calendar(case.territory)
    until = add(calendar, scene.facts.now, scene.directory.policy.retention.open_case)
    scene.do(Count(name=name, until=until))
    scene.step("who-signed", evidence="no member's name")
    _ask(scene, voice.person, SIGNED, scene.trigger.inbound_id)


def ask_who_takes(scene: Scene, voice: Voice, command: Command) -> Decision:
    """`je m'en occupe` without a name: what is written below goes on, an owner waits for the name of a member."""
    message = rest_goes_on(scene, voice, command)
    scene.step("who-takes", evidence="no member's name")
    _ask(scene, voice.person, TAKES, scene.trigger.inbound_id)
    return scene.decision("attached" if message else "handled", "ask:who-takes")


def name_given(scene: Scene, token: TokenRow, sender: Sender) -> Decision:
    """Decide an answer to such a question: a member's name, for who signed another name or `équipe` too."""
    case = scene.facts.case(token.case_id)
    mailbox = case.participant(token.address) if case else None
    group = scene.directory.groups.get(mailbox.group) if mailbox else None
    if case is None or mailbox is None or group is None or case.state not in OPEN:
        scene.step("question-over", evidence="the case moved on")
        return scene.decision("ignored", "question-over")
    about(scene, case)
    line = next(iter(own_lines(scene.message.visible)), "")
    member = _member(scene, group, line, sender)
    if token.question == TAKES and left(case, member) and not case.participant(member):
        member = ""
    name = _name_of(scene, member) or (_free_name(line) if token.question == SIGNED else "")
    team = token.question == SIGNED and " ".join(folded_words(line)) in _TEAM
    if not scene.step("name-given", bool(name) or team, evidence=_kind(member, team)):
        return _again(scene, token, mailbox)
    scene.do(UseToken(row_id=token.row_id))
    if name:
        _sign(scene, token, name)
    if token.question == TAKES and member:
        _take(scene, group, mailbox, member)
    return scene.decision("handled", f"question:{token.question}", case_id=case.id)


def _kind(member: str, team: bool) -> str:
    return "a member" if member else "the team" if team else "not a member"


def _member(scene: Scene, group: Group, line: str, sender: Sender) -> str:
    """The member that the line names; who writes `c'est moi` from the own address names oneself."""
    command = said(line)
    if command and command.act == "its-me":
        return sender.address if sender.aligned and sender.address in group.members else ""
    if "@" in line:
        return named(scene, group, line)
    words = [w for w in folded_words(line) if w not in _AROUND]
    return named(scene, group, " ".join(words)) if words else ""


def _name_of(scene: Scene, address: str) -> str:
    person = scene.directory.person_of(address) if address else None
    return person.name if person else ""


def _free_name(line: str) -> str:
    """The name of somebody who is not registered: two to five words, each with a capital, nothing else on the line."""
    words = line.strip(" .,;:-").split()
    folded = folded_words(line)
    shaped = all(w[:1].isupper() or w.lower().rstrip("'’") in _PARTICLES for w in words)
    plain = all(c.isalpha() or c in " -'’." for c in line.strip(" .,;:-"))
    polite = not (SALUTES | _CLOSING).isdisjoint(folded)
    if not (2 <= len(words) <= _MOST_WORDS and shaped and plain) or polite or said(line):
        return ""
    return " ".join(words)


def _sign(scene: Scene, token: TokenRow, name: str) -> None:
    """The message asked about has its author's name from now on, in the history of all who read it."""
    message = _message(scene, token)
    if message:
        scene.do(
            Signed(
                case_id=scene.case.id,
                message_id=message.id,
                name=name,
                who=token.address,
                organisation=message.organisation,
            )
        )


def _message(scene: Scene, token: TokenRow) -> CaseMessage | None:
    written = (m for m in scene.case.messages if m.inbound_id == token.inbound_id and not m.author_name)
    return next(written, None)


def _take(scene: Scene, group: Group, mailbox: Participant, member: str) -> None:
    party = scene.case.party(group.organisation)
    if scene.case.state == "open" and party and party.state not in FINAL_PARTY_STATES:
        person, others = taken_by(scene, party, group, member, mailbox.address)
        tell_taken(scene, party, group, person, others)


def _again(scene: Scene, token: TokenRow, mailbox: Participant) -> Decision:
    """No name: nothing happens; asked again a few times, then left to the operators."""
    name = f"question:{token.row_id}"
    if scene.facts.count(name) >= AGAIN or token.expires_at is None:
        return hold(scene, "question-not-answered")
    scene.do(Count(name=name, until=token.expires_at))
    _ask(scene, mailbox, token.question, token.inbound_id, again=True)
    return scene.decision("handled", "question-not-answered", case_id=scene.case.id)


def _ask(scene: Scene, mailbox: Participant, question: str, inbound_id: str, *, again: bool = False) -> None:
    group = scene.directory.groups[mailbox.group]
    members = [m.name for m in scene.directory.members(group.id)]
    values = {"members": members, "acts": [[name, group.name] for name in members]}
    to_person(
        scene,
        "who-signed",
        mailbox.address,
        {**values, **given(takes=question == TAKES, again=again)},
        reply="question",
        question=question,
        expires_at=kept_until(scene, scene.case),
        inbound_id=inbound_id,
        thread=thread_of_mail(scene),
        case_id=scene.case.id,
    )
