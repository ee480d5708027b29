"""A case is completed: everything missing is asked in one mail, and with nothing missing it goes out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from mailrouter.core.decide.basis import dues, pace
from mailrouter.core.decide.basis.mails import given, to_participant
from mailrouter.core.decide.basis.people import available, works_for
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.cases.appending import append_message
from mailrouter.core.decide.cases.asking import ask_organisation, nobody_there, unreachable
from mailrouter.core.decide.cases.excluding import doubts, keep_out, tell_shut_out
from mailrouter.core.decide.cases.route import choices, reach, route
from mailrouter.core.decide.senders.guards import careful_from, careful_kept, contradictions
from mailrouter.core.decide.senders.sender import Sender
from mailrouter.core.decide.senders.terms import accept, asking, never_accepted
from mailrouter.core.decide.senders.thread import case_tokens
from mailrouter.core.decide.words.command import own_lines
from mailrouter.core.decide.words.identity import same_person
from mailrouter.core.decide.words.stated import (
    PROSE,
    Statement,
    agreed,
    answers_our_question,
    missing,
    settled,
    statement,
    unconfirmed,
    without_labels,
)
from mailrouter.core.decide.words.substance import says_something
from mailrouter.core.model import ChangeState, Decision, Field, Participant, SetFields, SetMarker
from mailrouter.core.policy.schema import Duration, Group


def complete_case(scene: Scene, sender: Sender) -> Decision:
    """A further mail of the helper side on an incomplete case: missing lines, an organisation, `ok`, or more text."""
    case = scene.case
    stated = statement(scene, case.territory)
    named = _named_now(scene, sender)
    more = _besides(scene, stated, sender.name)
    if stated.confirms or _answers_us(scene, stated, named):
        # That confirms what was shown as understood; organisations are named one by one, never by a bare ok.
        stated = agreed(case, stated)
    person = case.participant(sender.address)
    if person and careful_kept(scene, person):
        stated = replace(stated, careful=None)
    wanted = named or case.wanted or (case.proposed if stated.confirms and len(case.proposed) == 1 else ())
    scene.do(
        SetFields(
            case_id=case.id,
            fields=settled(stated),
            mandate=stated.mandate,
            urgent=stated.urgent,
            careful=careful_from(scene, stated, before=case.careful),
            wanted=wanted,
            proposed=() if wanted else None,
        )
    )
    mark(scene, sender, stated)
    group = scene.directory.groups.get(case.creator_group) or own_group(sender, case.territory)
    if more or scene.brings_files or (scene.message.forwarded and scene.message.forwarded.text):
        append_message(scene, sender, group, more)
    keep_out(scene, sender.address)
    if stated.accepts_terms:
        accept(scene, sender.address)
    proceed(scene, sender, stated)
    return scene.decision("attached", "complete-case")


def mark(scene: Scene, sender: Sender, stated: Statement) -> None:
    """The own marker that the mail states, for its author."""
    if stated.repere:
        scene.do(SetMarker(case_id=scene.case.id, address=sender.address, marker=stated.repere))


def _named_now(scene: Scene, sender: Sender) -> tuple[str, ...]:
    """Organisations named by this mail: a labelled line or tag, or a first line that is nothing but names."""
    explicit = route(scene, sender, scene.case.territory).named
    return tuple(dict.fromkeys((*_by_word(scene), *explicit)))


def _by_word(scene: Scene) -> tuple[str, ...]:
    """The organisations that the first line names, when it says little else."""
    first = next((line.strip() for line in scene.message.visible.splitlines() if line.strip()), "")
    found = scene.directory.find_organisations(first) if len(first) <= 60 else ()
    few = len(first.split()) <= 3 * max(1, len(found))
    return tuple(dict.fromkeys(m.key for m in found)) if few else ()


def _answers_us(scene: Scene, stated: Statement, named: tuple[str, ...]) -> bool:
    """Whether this mail completes what we asked for in the mail that it answers: that one said what we had understood,
    and that such an answer without a correction agrees to it."""
    by_label = any(f.note != PROSE for f in stated.fields)
    completes = bool(named or stated.mandate or stated.accepts_terms or by_label)
    # The case's address alone says it too where a client lost the thread: until now nothing else bore it.
    return completes and (answers_our_question(scene) or bool(case_tokens(scene)))


def _besides(scene: Scene, stated: Statement, name: str) -> str:
    """What the mail says besides the lines asked for, the `ok` and the name of an organisation: a text for the
    organisations to read; '' when it is a greeting, a thanks or a name at most."""
    text = without_labels(scene.message, scene.message.visible)
    answer = next(iter(own_lines(scene.message.visible)), "") if stated.confirms or _by_word(scene) else ""
    rest = "\n".join(line for line in text.splitlines() if not answer or line.strip() != answer).strip()
    return rest if says_something(rest, name) else ""


def proceed(scene: Scene, sender: Sender, stated: Statement) -> None:
    """Ask the organisations when nothing is missing; else ask the aidant, everything in one mail."""
    case = scene.case
    lacking = missing(scene, case, never_accepted(scene, sender.address))
    understood = unconfirmed(case)
    wrong = () if stated.confirms else contradictions(scene, case.fields, case.territory)
    wrong += doubts(scene, sender, confirmed=stated.confirms)
    if not lacking and not _to_confirm(understood) and not wrong:
        launch(scene, sender, stated)
        return
    scene.step(
        "incomplete", evidence=", ".join((*lacking, *(f"confirm {n}" for n, _ in (*understood, *wrong))))
    )
    dues.incomplete(scene)
    creator = case.participant(sender.address) or case.participants[0]
    options = list(choices(scene.directory, sender.of_side("helper"), case.territory))
    values: dict[str, Any] = {
        "proposed": [code for code in case.proposed if code in options],
        "choices": options,
        "understood": [list(pair) for pair in understood],
        **given(
            nobody=[code for code in case.proposed if code not in options],
            same_person=same_person(scene, creator),
            reply=scene.facts.case(case.id) is not None,
        ),
    }
    told = _told_once((*stated.wrong, *wrong))
    if lacking == ("organisation",) and not wrong:
        values |= given(wrong=told)
        to_participant(scene, "which-organisation", creator, values, automatic="auto-replied")
    else:
        asked = {"missing": list(lacking), "wrong": told, **agreeing(understood, wrong)}
        to_participant(scene, "incomplete", creator, {**values, **asked}, automatic="auto-replied")


def agreeing(understood: Sequence[object], wrong: Sequence[object] = ()) -> dict[str, list[str]]:
    """The acts of a question for more: `ok` is offered where there is something to agree to."""
    return {} if understood or wrong else {"acts": ["mandate-form", "close", "help"]}


def _told_once(wrong: tuple[tuple[str, str], ...]) -> list[list[str]]:
    return [list(pair) for pair in dict.fromkeys(wrong)]


def _to_confirm(understood: tuple[tuple[str, str], ...]) -> list[str]:
    """What must be confirmed before anything goes out. An urgency need not: nobody in need waits for it; the receipt
    asks."""
    return [name for name, _ in understood if name != "urgent"]


def launch(scene: Scene, sender: Sender, stated: Statement) -> None:
    """Nothing is missing: the wanted organisations are asked, and the aidant gets the receipt."""
    case = scene.case
    asked = reach(scene, sender, case.territory, case.wanted)
    dues.cancel(scene, *dues.INCOMPLETE)
    heard = case.field("urgent")
    scene.do(
        SetFields(
            case_id=case.id, wanted=(), proposed=(), fields=(Field(name="urgent", value=""),) if heard else ()
        )
    )
    scene.do(ChangeState(case_id=case.id, to="open", who=sender.address, why="complete"))
    for group in asked.groups:
        ask_organisation(scene, group, sender.address)
    dues.active(scene)
    dues.capped(scene)
    reached = [g.organisation for g in asked.groups]
    creator = scene.case.participant(case.creator)
    if creator and reached:
        nobody, not_open = unreachable(scene, asked.unreached)
        values = given(wrong=_told_once(stated.wrong), unreached=nobody, not_open=not_open)
        _receipt(scene, creator, reached, heard, values)
        tell_shut_out(scene, creator)
    if asked.unreached:
        nobody_there(scene, asked.unreached, told=bool(reached))


def _receipt(
    scene: Scene, creator: Participant, reached: list[str], heard: str, more: dict[str, Any]
) -> None:
    case = scene.case
    urgent_delay = str(pace.of_case(scene, lambda t: t.urgent_remind))
    there = [code for code in reached if _somebody_there(scene, code)]
    joined = [p.name for p in case.active("helper") if p.role == "colleague"]
    values: dict[str, Any] = {
        "asked": reached,
        "joined": joined,
        "refused_cc": refused_cc(scene),
        **more,
    }
    if there:  # else the aidant is told in a mail of its own that nobody is, and until when
        values["delay"] = urgent_delay if case.urgent else str(pace.of_case(scene, lambda t: t.remind))
    values |= given(urgent=case.urgent, careful=case.careful, usual=_usual(scene))
    values |= given(same_person=same_person(scene, creator), terms=asking(scene, creator.address))
    if heard and not case.urgent:
        values |= {"heard_urgent": heard, "urgent_delay": urgent_delay}
    if case.urgent:
        values |= _read_by(scene, there)
    to_participant(scene, "receipt", creator, values, automatic="auto-replied")


def _usual(scene: Scene) -> list[list[str]]:
    """[organisation, how soon it usually answers], of those whose figures tell."""
    days = dict(scene.facts.usual)
    return [
        [p.organisation, str(Duration(count=days[p.group], unit="business days"))]
        for p in scene.case.parties
        if p.group in days
    ]


def refused_cc(scene: Scene) -> list[str]:
    """Addresses in To and Cc that are neither ours nor on the case: they get nothing, and the receipt names them."""
    named = (*scene.message.to, *scene.message.cc)
    others = [m.address for m in named if not m.address.endswith("@" + scene.directory.policy.domain)]
    return [a for a in others if scene.case.participant(scene.directory.canonical(a)) is None]


def _somebody_there(scene: Scene, organisation: str) -> bool:
    party = scene.case.party(organisation)
    own = [p for p in scene.case.active("operator") if party and works_for(scene, p, party)]
    return any(available(scene, p.address) for p in own)


def _read_by(scene: Scene, there: list[str]) -> dict[str, str]:
    """When an urgent case will be read at the latest by those organisations where somebody is, and whom to call."""
    case, directory = scene.case, scene.directory
    moments = [directory.answer_by(case.territory, code, scene.facts.now, urgent=True) for code in there]
    groups = [scene.directory.groups.get(p.group) for p in scene.case.parties]
    phones = [g.urgent_phone for g in groups if g and g.urgent_phone]
    return given(read_by=min(moments).isoformat() if moments else "", phone=" / ".join(phones))


def own_group(sender: Sender, territory: str) -> Group:
    """The helper group the sender writes for: one of that territory before another."""
    groups = sender.of_side("helper")
    return next((g for g in groups if territory in g.territories), groups[0])
