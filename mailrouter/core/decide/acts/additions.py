"""What the aidant adds to an open case: usager fields, urgency, prudence, a yes to a proposed organisation."""

from __future__ import annotations

from msgspec.structs import replace

from mailrouter.core.decide.acts.careful import said_of_careful
from mailrouter.core.decide.acts.inviting import groups_named
from mailrouter.core.decide.basis import dues, pace
from mailrouter.core.decide.basis.disclose import CAREFUL_FIELDS
from mailrouter.core.decide.basis.mails import given, to_participant
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.senders.voice import Voice
from mailrouter.core.decide.words.command import Command
from mailrouter.core.decide.words.stated import PROSE, statement
from mailrouter.core.decide.words.substance import says_something
from mailrouter.core.mail.says.fields import labelled
from mailrouter.core.model import FINAL_PARTY_STATES, CaseView, Field, Participant, SetFields
from mailrouter.core.policy.schema import Group
from mailrouter.core.text import fold, folded_words

# The mails that propose an organisation: a bare "ok" counts only in answer to one of them.
PROPOSING = ("suggestion", "not-competent")


# Lines that in a mail without a name may be the writer's own signature; spelt out above it they are the usager's.
_OF_A_FORM = ("adresse", "telephone")
_SPELT_OUT = (
    "adresse",
    "telephone",
    "numero de telephone",
    "portable",
    "son ",
    "sa ",
    "nouvelle ",
    "nouveau ",
    "address",
)


def with_lines_of_a_form(scene: Scene, voice: Voice) -> Scene:
    """The scene of a mail on an open case, with the address and the telephone that lines of it spell out: above the
    writer's name they are the usager's, whoever else the mail names."""
    message, signed = scene.message, set(folded_words(voice.name))
    lines: list[str] = []
    for line in message.visible.splitlines():
        words = folded_words(line)
        if words and signed.issuperset(words):
            break
        lines.append(line if fold(line).strip(" -*•").startswith(_SPELT_OUT) else "")
    known = {s.field for s in message.stated if s.source == "label"}
    found = labelled("\n".join(lines), person=True)
    more = tuple(s for s in found if s.field in _OF_A_FORM and s.field not in known and not s.problem)
    if not more:
        return scene
    told = replace(message, stated=(*message.stated, *more))
    return Scene(facts=replace(scene.facts, message=told), directory=scene.directory, draft=scene.draft)


def news_of_fields(scene: Scene, person: Participant) -> tuple[Field, ...]:
    """The usager fields that labelled lines of this mail add or correct; the case holds them from now on.

    Prose on an open case stays text: only a label says beyond doubt whose telephone that is.
    """
    case = scene.case
    stated = statement(scene, case.territory)
    # On a careful case a withheld field that is stated again is given to the agents who asked for it.
    new = tuple(
        f
        for f in stated.fields
        if f.note != PROSE and (case.field(f.name) != f.value or (case.careful and f.name in CAREFUL_FIELDS))
    )
    # Only who opened the case takes the precaution away.
    careful = stated.careful if stated.careful or person.address == case.creator else None
    urgent = stated.urgent if stated.urgent and not case.urgent else ""
    if not (new or urgent or stated.mandate or careful is not None):
        return ()
    scene.do(
        SetFields(
            case_id=case.id,
            fields=new,
            mandate=stated.mandate,
            urgent=urgent,
            careful=careful,
        )
    )
    if careful is not None:
        said_of_careful(scene, before=case.careful)
    if urgent:
        _sooner(scene)
    return new


def _sooner(scene: Scene) -> None:
    """`urgent` said later: the organisations that are waited for are reminded within hours."""
    for party in scene.case.parties:
        if party.state not in FINAL_PARTY_STATES:
            dues.waiting_for(scene, party.organisation)


def hurried(scene: Scene, voice: Voice, before: CaseView) -> bool:
    """Whether the case is urgent since this mail; who says so is told what follows, and whom to call (DOMAIN, Situations
    8)."""
    if not scene.case.urgent or before.urgent:
        return False
    groups = (scene.directory.groups.get(p.group) for p in scene.case.parties)
    phones = dict.fromkeys(g.urgent_phone for g in groups if g and g.urgent_phone)
    delay = str(pace.of_case(scene, lambda t: t.urgent_remind))
    values = {"act": "urgent", **given(delay=delay, phone=" / ".join(phones))}
    to_participant(scene, "acknowledged", voice.person, values, automatic="auto-replied")
    return True


def agreed_to(scene: Scene, voice: Voice, command: Command | None) -> tuple[Group, ...]:
    """The proposed organisations that this mail agrees to: named on its first line, or by `ok` in answer to the mail
    that proposed them."""
    case = scene.case
    if not case.proposed or case.state not in ("open", "done"):
        return ()
    first = next((line.strip() for line in scene.message.visible.splitlines() if line.strip()), "")
    groups = groups_named(scene, first.strip(" .!")) if len(first) <= 60 else ()
    if command and command.act == "confirm" and not says_something(command.rest, voice.name):
        answers = any(
            m.answered and m.template in PROPOSING and m.case_id == case.id for m in scene.facts.ours
        )
        groups = groups_named(scene, ", ".join(case.proposed)) if answers else ()
    return tuple(g for g in groups if g.organisation in case.proposed and not case.party(g.organisation))
