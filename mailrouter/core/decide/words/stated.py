"""What the aidant stated, as fields and mandate of a case; and what is still missing for it to go out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.words.command import own_lines, said
from mailrouter.core.decide.words.courtesies import NEGATIONS
from mailrouter.core.decide.words.marker import is_marker, marker_of
from mailrouter.core.mail.says.fields import beside_labels, labelled
from mailrouter.core.mail.says.labels import field_of
from mailrouter.core.model import CaseView, Field, Frozen, Mandate, Message, Stated
from mailrouter.core.policy.calendar import add
from mailrouter.core.text import fold, folded_words

COMPULSORY = ("prenom", "nom", "naissance")
USAGER_FIELDS = (
    *COMPULSORY,
    "nom_naissance",
    "nir",
    "allocataire",
    "fiscal",
    "dossier",
    "adresse",
    "telephone",
    "autre",
)
PROSE = "prose"
IMPOSSIBLE = "date-impossible"  # a birth on 31 February is none
ACCEPT = "accept-terms"
# One of these is left of "accept", whatever one slip of the pen did to it: nine of ten lines need no closer look.
_ACCEPTING = ("acc", "ept", "acecpt")
_CONDITIONS = frozenset({"conditions", "cgu", "terms"})
# What may stand around a value without being a word.
_AROUND = " \t:=|;,.-–—•*>()[]\u00a0"
_BEHIND = re.compile(r"(?<=\w\w[.!?;])\s+(?=[^\W\d_])")
# The mails that say what was understood.
ASKING = ("incomplete", "which-organisation")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_CHUNKS = re.compile(r"\s*[,;]\s+")
_SAYING = 3  # words: fewer beside an acceptance are a thanks or a name
# A line of a form for it, folded: "Conditions d'utilisation : acceptées".
_ACCEPTED = re.compile(
    r"\W*(?:les )?(?:conditions|cgu|terms)\b[^:]{0,40}:\s*(?:(?:ok|oui|yes|vu|lu(?:es)?)\b|j'accepte|i accept|accept)"
)


class Statement(Frozen, frozen=True, kw_only=True):
    """What one mail states. `wrong`: (field, problem code), said back kindly."""

    fields: tuple[Field, ...] = ()
    mandate: Mandate | None = None
    urgent: str = ""
    careful: bool | None = None
    repere: str = ""
    accepts_terms: bool = False
    confirms: bool = False
    wrong: tuple[tuple[str, str], ...] = ()


def statement(scene: Scene, territory: str) -> Statement:
    """Everything stated by the mail of this scene."""
    message = scene.message
    one = {s.field: s for s in reversed(message.stated)}
    mandate, problem = _mandate(scene, one.get("mandat"), territory)
    understood = _understood(one, mandate)
    if "mandat" in one and one["mandat"].source == PROSE:
        mandate = None
    wrong = [(s.field, s.problem) for s in message.stated if s.problem and s.field in USAGER_FIELDS]
    case = scene.draft.case
    marker = marker_of(scene, message.stated, {f.name: f.value for f in case.fields} if case else {})
    first = said(message.visible)
    return Statement(
        fields=(*(_field(one[name]) for name in USAGER_FIELDS if name in one), *understood),
        mandate=mandate,
        urgent=one["urgent"].value if "urgent" in one and one["urgent"].source == "label" else "",
        careful=_careful(one.get("contact_prudent")),
        repere=marker,
        accepts_terms=accepts(message.visible),
        confirms=first is not None and first.act == "confirm",
        wrong=(
            *wrong,
            *_several_people(message.stated),
            *((("mandat", problem),) if problem else ()),
            *((("repere", "repere-name"),) if "repere" in one and not marker else ()),
        ),
    )


def _several_people(stated: tuple[Stated, ...]) -> tuple[tuple[str, str], ...]:
    """Where a mail names more than one person: a case is about one, and nothing of the other is kept."""
    for name in ("naissance", "prenom"):
        if len({s.value.casefold() for s in stated if s.field == name and not s.problem}) > 1:
            return ((name, "several"),)
    return ()


def _field(stated: Stated) -> Field:
    """What prose says is only understood: it waits for the aidant's `ok` (note "prose")."""
    # Two different values under one label are no more than that either: the reader marks them with half confidence.
    unsure = stated.source == "prose" or stated.confidence < 1
    return Field(name=stated.field, value=stated.value, note=PROSE if unsure else stated.problem)


def _understood(one: Mapping[str, Stated], mandate: Mandate | None) -> tuple[Field, ...]:
    """A mandate and an urgency that sentences speak of: kept beside the fields until the aidant says that it is so."""
    found = []
    if mandate and one["mandat"].source == PROSE:
        found.append(Field(name="mandat", value=mandate.given_on.isoformat(), note=PROSE))
    if "urgent" in one and one["urgent"].source == PROSE:
        found.append(Field(name="urgent", value=one["urgent"].value, note=PROSE))
    return tuple(found)


def _careful(stated: Stated | None) -> bool | None:
    if stated is None or stated.source != "label":
        return None
    return fold(stated.value).startswith(("oui", "yes"))


def _mandate(scene: Scene, stated: Stated | None, territory: str) -> tuple[Mandate | None, str]:
    """The mandate and what is wrong with it. `oui` means today; at most a year old, never in the future."""
    if stated is None or not fold(stated.value).startswith(("oui", "yes")):
        return None, ""
    if stated.problem:
        return None, stated.problem
    today = scene.today(territory)
    found = _DATE.search(stated.value)
    given = date.fromisoformat(found.group()) if found else today
    if given > today:
        return None, "mandate-future"
    calendar = scene.directory.calendar(territory)
    since = datetime.combine(given, time(12), tzinfo=ZoneInfo(calendar.zone))
    if add(calendar, since, scene.directory.timing().mandate_age) < scene.facts.now:
        return None, "mandate-too-old"
    return Mandate(given_on=given, form=_form(stated.raw)), ""


def _form(raw: str) -> Literal["written", "oral", "held", "stated"]:
    folded = fold(raw)
    if "ecrit" in folded or "written" in folded or "signe" in folded:
        return "written"
    if "oral" in folded:
        return "oral"
    return "held" if "structure" in folded or "detenu" in folded else "stated"


def without_labels(message: Message, text: str) -> str:
    """`text` without its labelled lines and the line that accepts the terms: what they say is shown to each reader as
    fields, by entitlement, and must not stand in free text beside them. Whatever else stands on such a line stays."""
    values = sorted(
        {s.raw for s in message.stated if s.source == "label" and len(s.raw) > 1}, key=len, reverse=True
    )
    lines = (_own_words(line, values) for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line for line in lines if line is not None)).strip()


def _own_words(line: str, values: Sequence[str]) -> str | None:
    """What a line says that is no part of the form; None for a line of the form alone."""
    if _accepts(line):
        return (
            _BEHIND.split(line, maxsplit=1)[1] if _BEHIND.search(line) else _besides_accepting(line) or None
        )
    found = labelled(line)
    if any(s.problem == "repere-long" for s in found) and not is_marker(line):
        return line  # "Mémo : la dame ne se déplace plus" is a sentence
    if found or _of_the_form(line, values):
        return _besides_accepting(beside_labels(line)) or _behind_number(line) or None
    return line


def _besides_accepting(line: str) -> str:
    """What a line says beside accepting the terms: "J'accepte les conditions, son APL est bloquée"."""
    chunks = _CHUNKS.split(line)
    kept = [chunk for chunk in chunks if not _accepts(chunk)]
    if len(kept) == len(chunks):
        return line
    return ", ".join(kept) if sum(len(chunk.split()) for chunk in kept) >= _SAYING else ""


_NUMBERS = ("telephone", "nir", "allocataire", "fiscal")
_NUMBER = re.compile(r"^[+\d][\d\s./()-]*")


def _behind_number(line: str) -> str:
    """What a labelled line says behind its number: "Téléphone : 06 12 34 56 78, appelez entre 9h et 10h"."""
    found = labelled(line, person=True)
    if not found or found[-1].field not in _NUMBERS:
        return ""
    rest = _NUMBER.sub("", found[-1].raw).strip(" ,;:.–—-()")
    return rest if len(rest.split()) > 1 else ""


def _of_the_form(line: str, values: Sequence[str]) -> bool:
    """A label alone, the value below it, a row of them, or one beside a label that counts only in a form ("Adresse")."""
    left = line
    for value in values:
        left = left.replace(value, " ")
    bare = left.strip(_AROUND)
    if left == line:
        return line.rstrip().endswith((":", "：")) and bool(field_of(bare))
    return not bare or bool(field_of(bare))


def accepts(text: str) -> bool:
    """Whether a line of one's own accepts the terms: by the act's own words, or by a sentence that begins so and names
    the conditions. "J'accepte mal ce refus" is about something else."""
    return any(_accepts(line) or (labelled(line) and _accepts_among(line)) for line in own_lines(text))


def _accepts_among(line: str) -> bool:
    """Whether a line of a form accepts beside what it states: "Mandat : oui, j'accepte"."""
    return any(map(_accepts, _CHUNKS.split(line)))


def _accepts(line: str) -> bool:
    low = line.lower()
    if ":" in low and _ACCEPTED.match(fold(line)):
        return True
    if not any(map(low.__contains__, _ACCEPTING)):
        return False
    sentence = _BEHIND.split(line, maxsplit=1)[0]
    command = said(sentence)
    if command is not None and command.act == ACCEPT:
        return True
    begins = fold(sentence).strip().startswith(("j'accepte", "i accept"))
    return begins and names_conditions(sentence) and not set(folded_words(sentence)) & NEGATIONS


def names_conditions(text: str) -> bool:
    """Whether the text speaks of the terms of use by name."""
    return bool(set(folded_words(text)) & _CONDITIONS)


def missing(scene: Scene, case: CaseView, terms_needed: bool) -> tuple[str, ...]:
    """What the case still lacks before anything may go to an organisation, in the order it is asked."""
    known = {f.name for f in case.fields if f.value and f.note != IMPOSSIBLE}
    lacking = [name for name in COMPULSORY if name not in known]
    if case.mandate is None and not case.field("mandat"):
        lacking.append("mandate")
    if not case.parties and not case.wanted:
        lacking.append("organisation")
    if terms_needed:
        lacking.append("terms")
    return tuple(lacking)


def answers_our_question(scene: Scene) -> bool:
    """Whether this mail answers one of ours that said what we had understood of this case and what is missing."""
    return any(m.template in ASKING and m.case_id == scene.case.id for m in scene.facts.ours)


def unconfirmed(case: CaseView) -> tuple[tuple[str, str], ...]:
    """What was understood from prose and waits for an `ok`: (field, value)."""
    return tuple((f.name, f.value) for f in case.fields if f.note == PROSE)


def agreed(case: CaseView, stated: Statement) -> Statement:
    """`stated` with all that was understood and shown before, which the aidant agrees to: what this mail says itself
    comes before it."""
    shown = dict(unconfirmed(case))
    given_on = shown.pop("mandat", "")
    urgent = shown.pop("urgent", "")
    confirmed = tuple(Field(name=name, value=value) for name, value in shown.items())
    repeated = {(f.name, f.value) for f in case.fields if f.note == PROSE}
    new = tuple(f for f in stated.fields if (f.name, f.value) not in repeated)
    return replace(
        stated,
        fields=(*confirmed, *new),
        mandate=stated.mandate or (Mandate(given_on=date.fromisoformat(given_on)) if given_on else None),
        urgent=stated.urgent or urgent,
    )


def settled(stated: Statement) -> tuple[Field, ...]:
    """The fields to store: a mandate and an urgency that are certain now are no longer fields that wait."""
    certain = (("mandat", stated.mandate), ("urgent", stated.urgent))
    over = {name for name, value in certain if value}
    kept = (f for f in stated.fields if f.name not in over)
    return (*kept, *(Field(name=name, value="") for name in sorted(over)))
