"""Acts that a text speaks of without being a command: offered to its writer, never done."""

from __future__ import annotations

from mailrouter.core.decide.words.acts import STATEFUL
from mailrouter.core.decide.words.command import own_lines
from mailrouter.core.decide.words.phrases import EXACT, words_of
from mailrouter.core.model import Side

# What sentences say that comes to an act, and is no command by itself: folded words, an elision is a blank.
_SPOKEN: tuple[tuple[str, Side, str], ...] = (
    (
        "done",
        "operator",
        "dossier cloture | demande cloturee | dossier clos | dossier solde | est regularisee | est regularise"
        " | a ete regularisee | a ete regularise",
    ),
    (
        "not-us",
        "operator",
        "ne releve pas de la | ne releve pas de l | ne releve pas du | ne depend pas de | n est pas de la competence"
        " | n est pas competent | n est pas competente | ne sommes pas competents",
    ),
    (
        "not-me",
        "operator",
        "erreur de destinataire | ne plus m ecrire | plus en charge de ce | plus en charge du | ne suis plus en charge"
        " | change de service | change de poste | pas a moi qu il faut | a la retraite depuis | me desabonner | desabonnez moi | me desinscrire | retirez moi | unsubscribe",
    ),
    (
        "hand-over",
        "operator",
        "transmis a ma collegue | transmis a mon collegue | transmis a un collegue | transmis a une collegue"
        " | transmets a ma collegue | transmets a mon collegue | transmets a un collegue | prend le relais"
        " | prendra le relais | reprend le dossier | reprendra le dossier",
    ),
    (
        "hand-over",
        "helper",
        "prend le relais | prendra le relais | reprend le dossier | reprendra le dossier | assurera le suivi",
    ),
    (
        "close",
        "helper",
        "annulez ma demande | annuler ma demande | annuler la demande | annulez la demande | annulation de ma demande"
        " | n est plus d actualite | plus donner suite | retire ma demande | abandonne sa demande | plus besoin de votre aide | cancel my request | no longer needed",
    ),
    (
        "withdraw",
        "helper",
        "retrait | plus mandat | plus de mandat | plus son mandat | n ai plus le mandat | ne souhaite plus que je | ne veut plus que je"
        " | ne souhaite plus etre accompagnee | ne souhaite plus etre accompagne | refuse que je",
    ),
    (
        "wrong-person",
        "helper",
        "trompee de personne | trompe de personne | trompee de dossier | trompe de dossier | trompee d usager"
        " | trompe d usager | pas la bonne dame | confondu avec | confondue avec | mauvais dossier",
    ),
    (
        "history",
        "helper",
        "l etat de ma demande | ou en est on | ou en est ma | ou en est sa | ou en est son | qui suit ce dossier | qui suit la demande",
    ),
    (
        "invite",
        "helper",
        "aussi interroger | interroger aussi | aussi solliciter | solliciter aussi | aussi saisir | saisir aussi"
        " | egalement saisir | egalement solliciter | egalement interroger | suivre aussi | en copie",
    ),
)
_PHRASES = tuple(
    (act, side, tuple(f" {phrase.strip()} " for phrase in told.split("|"))) for act, side, told in _SPOKEN
)
_OFFERABLE = STATEFUL | {"invite", "exclude", "hand-over", "wrong-person", "take-over"}
# Words that are an act by themselves: any other word alone stands in too many sentences.
_TELLING = frozenset(("traite", "traitee", "clore", "cloturer", "close", "resolu", "inviter"))


def mentioned(text: str, side: Side) -> tuple[str, ...]:
    """Acts of `side` whose words stand inside `text` without being a command, or that its sentences come to."""
    words = tuple(w.text for line in own_lines(text)[:6] for w in words_of(line))
    found = [
        act.name
        for start, word in enumerate(words)
        for act, phrase in EXACT.get(word, ())
        if (len(phrase) > 1 or word in _TELLING)
        and act.name in _OFFERABLE
        and side in act.sides
        and words[start : start + len(phrase)] == phrase
    ]
    told = f" {' '.join(words)} "
    found += [act for act, whose, phrases in _PHRASES if side == whose and any(p in told for p in phrases)]
    return tuple(dict.fromkeys(found))
