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
from mailrouter.core.decide.words.stated import COMPULSORY, USAGER_FIELDS
from mailrouter.core.decide.words.substance import acknowledges, only_courteous, says_something
from mailrouter.core.mail.fresh.subject import prefix_of, unprefixed
from mailrouter.core.mail.says.fields import stated
from mailrouter.core.mail.says.prose_people import LIKELY
from mailrouter.core.model import Message, Parsed, Participant, Stated
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
    the mail that is answered, or only courteous. `name`: the author's. Clients put "Re:" before a subject that stays; one
    that somebody wrote over it is new."""
    message = scene.message
    ours = scene.directory.policy.label.lower() in message.subject.lower()
    answers = ours or prefix_of(message.subject) == "reply"
    subject = _TAG.sub(
        lambda tag: "" if scene.directory.organisation_of(tag[1]) else tag[0], unprefixed(message.subject)
    )
    return "" if answers or only_courteous(subject, name) else " ".join(subject.split())


def heard(scene: Scene, name: str) -> Scene:
    """The scene of a mail on a case with what its subject states: autocompletion offers old addresses, and a new person
    may be named there alone."""
    subject = _own(scene, name)
    more = _stated(scene.message, subject) if subject else ()
    return _with(scene, stated=(*scene.message.stated, *more)) if more else scene


def titled(scene: Scene, name: str, territory: str) -> Scene:
    """The scene of a new request with its subject as the first line of its text, unless that is an act, repeats what the
    text says, or names no more than organisations and the territory."""
    subject = _own(scene, name)
    place = scene.directory.territories[territory]
    if said(subject) is not None or not _adds(scene, subject, (place.name, *place.aliases)):
        return scene
    return _above(scene, subject, "says what the text does not")


def passed_on(scene: Scene) -> Scene:
    """The scene of a new request with what a forwarded mail states, where its author says of nobody who it is about: most
    often the person wrote it. It is understood and no more, and goes out once the aidant has agreed to it."""
    message = scene.message
    original = message.forwarded
    if original is None or not {one.field for one in message.stated}.isdisjoint(COMPULSORY):
        return scene
    told = stated(Parsed(date=message.date), original.text)
    fields = {one.field for one in message.stated}
    heard = tuple(
        replace(one, source="prose", confidence=min(one.confidence, LIKELY))
        for one in told
        if one.field in USAGER_FIELDS and one.field not in fields
    )
    scene.step("forward-heard", bool(heard), evidence=", ".join(dict.fromkeys(one.field for one in heard)))
    return _with(scene, stated=(*message.stated, *heard)) if heard else scene


def subject_alone(scene: Scene, person: Participant) -> Scene:
    """The scene of a mail on a case with its subject for a text, where nothing else says anything: an act of anybody's, or
    what the helper side wrote there. An agent's "Dossier Dupont" must be no answer: such a mail is empty."""
    message = scene.message
    subject = _own(scene, person.name)
    if not subject or message.stated or says_something(message.visible, person.name):
        return scene
    if said(subject) is None and (person.side != "helper" or not _adds(scene, subject, _known(scene))):
        return scene
    return _above(scene, subject, "nothing below it")


def with_title(scene: Scene, person: Participant) -> Scene:
    """The scene of a text on a case with its own subject above it, as in `titled`. What only acknowledges stays that."""
    text, subject = scene.message.visible, _own(scene, person.name)
    silent = not says_something(text, person.name) or acknowledges(text)
    if silent or said(subject) is not None or not _adds(scene, subject, _known(scene)):
        return scene
    return _above(scene, subject, "says what the text does not")


def _own(scene: Scene, name: str) -> str:
    """`own_subject`; "" for a forward, whose subject is that of what is passed on."""
    passed_on = scene.message.forwarded is not None or prefix_of(scene.message.subject) == "forward"
    return "" if passed_on else own_subject(scene, name)


def _known(scene: Scene) -> tuple[str, ...]:
    """Words that say nothing new on the scene's case: the person's."""
    return tuple(f.value for f in scene.case.fields)


def _adds(scene: Scene, subject: str, known: tuple[str, ...]) -> bool:
    left = subject
    for mention in reversed(scene.directory.find_organisations(subject)):
        left = f"{left[: mention.start]} {left[mention.end :]}"
    for number in find_numbers(left):
        left = left.replace(number, " ")
    return not _words(left) <= _words(" ".join((scene.message.visible, *known))) | _PLAIN


def _words(text: str) -> set[str]:
    """The words of `text`; a letter alone is none ("x", where a client asks for a subject)."""
    return set(re.findall(r"[^\W_]{2,}", " ".join(folded_words(text))))


def _above(scene: Scene, subject: str, why: str) -> Scene:
    """The scene with `subject` above the text."""
    message = scene.message
    scene.step("subject-is-text", evidence=why)
    more = _stated(message, subject)
    return _with(scene, visible=f"{subject}\n\n{message.visible}".strip(), stated=(*message.stated, *more))


def _stated(message: Message, subject: str) -> tuple[Stated, ...]:
    """What `subject` states besides the text. Once that says who the person is, nothing more of a person is heard in the
    subject, so that "Mme Dupont, NIR 2 61 …" above a complete form asks for no confirmation."""
    known = {one.field for one in message.stated}
    if not known.isdisjoint(COMPULSORY):
        known.update(USAGER_FIELDS)
    told = stated(Parsed(date=message.date), subject)
    return tuple(one for one in told if one.field not in known)


def _with(scene: Scene, **changed: object) -> Scene:
    message = replace(scene.message, **changed)
    return Scene(facts=replace(scene.facts, message=message), directory=scene.directory, draft=scene.draft)
