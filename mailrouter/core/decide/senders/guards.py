"""What is asked before a mail joins a case: is it about this person, is it meant for here (DOMAIN, Situations 1, 10)."""

from __future__ import annotations

import re

from mailrouter.core.decide.basis import pace
from mailrouter.core.decide.basis.mails import to_participant
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.senders.holding import ask_writer
from mailrouter.core.decide.senders.voice import Voice
from mailrouter.core.decide.words.identity import NAMES, agrees
from mailrouter.core.decide.words.stated import (
    COMPULSORY,
    IMPOSSIBLE,
    Statement,
    answers_our_question,
    statement,
    unconfirmed,
)
from mailrouter.core.model import CaseView, Decision, Field, Participant
from mailrouter.core.policy.calendar import add
from mailrouter.core.text import fold, folded_words

# What tells one person from another; a new address or telephone is news of the same person.
IDENTIFIERS = ("nir", "allocataire", "fiscal")
IDENTITY = (*NAMES, "naissance", *IDENTIFIERS)
# In a letter a name or a date alone may be anybody's; both together, or an identifier, are a person's.
IN_PROSE = ("nom", "naissance")
_POSTCODE = re.compile(r"\b(\d{5})\b")


def about_another(scene: Scene, voice: Voice) -> Decision | None:
    """A mail on this case that states another person, or comes out of the blue on a case long silent, is held until
    its writer answers `suite` or `nouveau`: autocompletion offers old case addresses."""
    if scene.trigger.freed or which_case_said(scene) or scene.case.state == "wiped":
        return None
    differing = tuple(dict.fromkeys(_differing(scene, scene.case)))
    if scene.step("other-person", bool(differing), evidence=", ".join(differing)):
        return ask_writer(scene, voice, "other-person", ("continue", "new"), details=list(differing))
    if scene.step("old-thread", _out_of_the_blue(scene)):
        return ask_writer(scene, voice, "old-thread", ("continue", "new"))
    return None


def which_case_said(scene: Scene) -> str:
    """`continue` or `new`, as its writer answered; '' when nobody was asked."""
    words = ("continue", "new")
    return scene.trigger.told("other-person", *words) or scene.trigger.told("old-thread", *words)


def _differing(scene: Scene, case: CaseView) -> list[str]:
    """Names of identity fields that say something else than the case does: any that is labelled; of a letter a name
    with its birth date, or an identifier."""
    known = {f.name: f.value for f in case.fields if f.value and f.note != IMPOSSIBLE}
    stated = [s for s in scene.message.stated if s.field in IDENTITY and s.field in known]
    other = [s for s in stated if not agrees(s.field, s.value, known)]
    prose = [s.field for s in other if s.source == "prose"]
    person = [f for f in prose if f in IN_PROSE] if set(IN_PROSE) <= set(prose) else []
    found = [s.field for s in other if s.source == "label"]
    found += [*person, *(f for f in prose if f in IDENTIFIERS)]
    waiting = {name for name, _ in unconfirmed(case)} if answers_our_question(scene) else set()
    # We asked for corrections of what we had understood: one is no other person, a whole other identity is.
    return found if set(COMPULSORY) <= set(found) else [name for name in found if name not in waiting]


def _out_of_the_blue(scene: Scene) -> bool:
    """No quote, no thread fields, and nobody wrote on this case for a month."""
    case, message = scene.case, scene.message
    if message.in_reply_to or message.references or message.folded.strip() or case.last_human_at is None:
        return False
    old = pace.of_case(scene, lambda t: t.old_thread)
    quiet = add(scene.directory.calendar(case.territory), case.last_human_at, old)
    return quiet <= scene.facts.now


def contradictions(scene: Scene, fields: tuple[Field, ...], territory: str) -> tuple[tuple[str, str], ...]:
    """What in the stated fields cannot be true together: (field, problem code), to be asked before anything is sent.

    A NIR that contradicts the birth date, a postcode outside the territory.
    """
    values = {f.name: f for f in fields}
    found = []
    if "nir" in values and values["nir"].note == "nir-birth":
        found.append(("nir", "nir-birth"))
    place = scene.directory.territories.get(territory)
    postcode = _POSTCODE.search(values["adresse"].value) if "adresse" in values else None
    if place and place.postcodes and postcode and not postcode.group(1).startswith(place.postcodes):
        found.append(("adresse", "postcode"))
    return tuple(found)


VIOLENCE = frozenset({"violence", "violences", "violent", "violente", "frappee", "harcelement", "menacee"})
VIOLENT_PHRASES = ("ordonnance de protection", "sous emprise", "depose plainte", "porte plainte")


def careful_from(scene: Scene, stated: Statement, *, before: bool = False) -> bool | None:
    """`contact prudent` as the aidant states it; else taken up on words of violence, since what was sent cannot be
    taken back, and told in the receipt with the line that lifts it (decisions/0076). None: nothing says so."""
    if stated.careful is not None or before:
        return stated.careful
    message = scene.message
    heard = speaks_of_violence(f"{message.subject}\n{message.visible}")
    return True if scene.step("words-of-violence", heard) else None


def propose_careful(scene: Scene, voice: Voice) -> None:
    """A later message of the helper side speaks of violence: its author is shown the line that takes up the precaution,
    the first time only. Nothing changes by itself on a case that is under way (decisions/0076)."""
    case = scene.case
    if case.careful or not speaks_of_violence(scene.message.visible):
        return
    earlier = [
        m.text for m in case.messages if m.side == "helper" and m.inbound_id != scene.trigger.inbound_id
    ]
    decided = statement(scene, case.territory).careful is not None or any(map(speaks_of_violence, earlier))
    if scene.step("words-of-violence", not decided, evidence="said before" if decided else ""):
        to_participant(scene, "careful-offered", voice.person, automatic="auto-replied")


def careful_kept(scene: Scene, person: Participant) -> bool:
    """Whether somebody tried to lift the precaution who may not: an agent, or a colleague of who opened the case. They
    are told that it stays; without a word they would take it for lifted."""
    case = scene.case
    tried = case.careful and person.address != case.creator
    if not tried or statement(scene, case.territory).careful is not False:
        return False
    scene.step("careful-kept", evidence="only who opened the case lifts it")
    to_participant(scene, "acknowledged", person, {"act": "careful-kept"}, automatic="auto-replied")
    return True


def speaks_of_violence(text: str) -> bool:
    """Whether the words make `contact prudent` worth proposing; the aidant decides."""
    folded = fold(text)
    return bool(VIOLENCE & set(folded_words(text))) or any(phrase in folded for phrase in VIOLENT_PHRASES)
