"""The subject as somebody's own words: many write the whole request there, above a greeting, a form or a file.

What mails of ours bear as a subject is neutral (compose/frame.py), so that nobody reads the author's there: it goes on as
the first line of the text, and is masked, shown and wiped like it.
"""

from __future__ import annotations

import re

from msgspec.structs import replace

from mailrouter.core.casenumber import find_numbers
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.words.command import said
from mailrouter.core.decide.words.courtesies import GREETINGS, listed
from mailrouter.core.decide.words.stated import COMPULSORY
from mailrouter.core.decide.words.substance import only_courteous, says_something
from mailrouter.core.mail.fresh.subject import prefix_of, unprefixed
from mailrouter.core.mail.says.fields import stated
from mailrouter.core.model import Parsed, Participant
from mailrouter.core.text import folded_words

_TAG = re.compile(r"\[([^\[\]]{2,60})\]")
# Words of nearly every request: a subject of these alone says nothing that its text does not.
_PLAIN = GREETINGS | listed(
    "de du des d la le les l un une et en aux au sur a pour par avec the of for a on about concernant objet sujet relative relatif"
    " demande demandes dossier dossiers situation question usager usagere personne accompagnement suivi aide message mail courriel"
    " transmission information informations renseignement nouvelle nouveau request case question help new"
)


def own_subject(scene: Scene, name: str = "") -> str:
    """The subject in its author's own words, without prefixes and tags of gateways and organisations; "" when it is that of
    the mail that is answered, or only courteous. `name`: the author's. Who answers any mail of ours to reach the address,
    and writes a subject of one's own over ours, has written it: clients put "Re:" before one that stays."""
    message = scene.message
    ours = scene.directory.policy.label.lower() in message.subject.lower()
    answers = ours or prefix_of(message.subject) == "reply"
    subject = _TAG.sub(
        lambda tag: "" if scene.directory.organisation_of(tag[1]) else tag[0], unprefixed(message.subject)
    )
    return "" if answers or only_courteous(subject, name) else " ".join(subject.split())


def titled(scene: Scene, name: str, territory: str) -> Scene:
    """The scene of a new request with its subject as the first line of its text, unless that is an act, repeats what the
    text says, or names no more than organisations and the territory."""
    message = scene.message
    subject = own_subject(scene, name)
    passed_on = message.forwarded is not None and prefix_of(message.subject) == "forward"
    place = scene.directory.territories[territory]
    known = " ".join((message.visible, place.name, *place.aliases))
    if passed_on or said(subject) is not None or not _adds(scene, subject, known):
        return scene
    scene.step("subject-is-text", evidence="says what the text does not")
    return _with_subject(scene, subject)


def subject_alone(scene: Scene, person: Participant) -> Scene:
    """The scene of a mail on a case with its subject for a text, where nothing else says anything: an act of anybody's, or
    what the helper side wrote there. An agent's "Dossier Dupont" must be no answer: such a mail is empty."""
    message = scene.message
    subject = own_subject(scene, person.name)
    passed_on = message.forwarded is not None or prefix_of(message.subject) == "forward"
    if not subject or passed_on or message.stated or says_something(message.visible, person.name):
        return scene
    known = " ".join((message.visible, *(f.value for f in scene.case.fields)))
    if said(subject) is None and (person.side != "helper" or not _adds(scene, subject, known)):
        return scene
    scene.step("subject-is-text", evidence="nothing below it")
    return _with_subject(scene, subject)


def _adds(scene: Scene, subject: str, text: str) -> bool:
    left = subject
    for mention in reversed(scene.directory.find_organisations(subject)):
        left = f"{left[: mention.start]} {left[mention.end :]}"
    for number in find_numbers(left):
        left = left.replace(number, " ")
    return not _words(left) <= _words(text) | _PLAIN


def _words(text: str) -> set[str]:
    """The words of `text`; a letter alone is none ("x", where a client asks for a subject)."""
    return set(re.findall(r"[^\W_]{2,}", " ".join(folded_words(text))))


def _with_subject(scene: Scene, subject: str) -> Scene:
    """What the text states counts before what its subject does; once it says who the person is, only labels count there,
    so that "Mme Dupont, NIR 2 61 …" above a complete form asks for no confirmation."""
    message = scene.message
    known = {one.field for one in message.stated}
    told = stated(Parsed(date=message.date), subject)
    if not known.isdisjoint(COMPULSORY):
        told = tuple(one for one in told if one.source == "label")
    more = tuple(one for one in told if one.field not in known)
    whole = replace(
        message, visible=f"{subject}\n\n{message.visible}".strip(), stated=(*message.stated, *more)
    )
    return Scene(facts=replace(scene.facts, message=whole), directory=scene.directory, draft=scene.draft)
