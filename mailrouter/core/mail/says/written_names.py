"""How a person's name is written in a letter: words with capitals and the particles between them."""

from __future__ import annotations

import re

UP = r"[A-ZÀ-ÖØ-Þ]"
WORD = UP + r"[\w'’\-]{1,30}"
PARTICLES = frozenset(
    ("de", "du", "des", "d'", "la", "le", "el", "al", "ben", "bin", "van", "von", "da", "dos", "di")
)
_PARTICLE = r"(?:de|du|des|d['’]|la|le|el|al|ben|bin|van|von|da|dos|di)"
NAME = WORD + r"(?:[ \u00a0](?:" + _PARTICLE + r"[ \u00a0]?){0,2}" + WORD + r"){0,3}"
_NOT_A_NAME = frozenset(
    ("Bonjour", "Madame", "Monsieur", "Le", "La", "Les", "Cordialement", "Merci", "Maire", "Directeur", "Directrice", "Président",
     "Présidente", "Préfet", "Et", "Ou", "Je", "Elle", "Il", "Nous", "Objet", "Dossier", "Voici", "Pour", "Concernant", "Suite", "Situation", "Demande",
     "Avec", "Suivi", "Bénéficiaire", "Allocataire", "Patient", "Patiente", "Famille", "Identité", "Nom", "Prénom", "Votre", "Mme", "Usager", "Usagère", "LE", "NÉ", "NÉE", "Né", "Née")
)  # fmt: skip
_ELIDED = re.compile(r"[JLDMSNTCQ]['’][a-zà-ÿ]")


def split_name(name: str) -> list[tuple[str, str]]:
    """[("nom", …), ("prenom", …)] of a name after a title: capitals are the last name, else the last word is."""
    words = name.split()
    capitals = [word for word in words if len(word) > 1 and word.isupper()]
    given = [word for word in words if word not in capitals]
    if not capitals:
        first = len(words) - 1
        while first > 0 and words[first - 1].lower() in PARTICLES:
            first -= 1
        given, capitals = words[:first], words[first:]
    return [(field, " ".join(part)) for field, part in (("nom", capitals), ("prenom", given)) if part]


def stands_alone(text: str, place: int) -> bool:
    """Whether a word begins at `place`."""
    return place == 0 or not (text[place - 1].isalnum() or text[place - 1] in "'’-")


def trimmed(name: str) -> str:
    words = name.replace("\u00a0", " ").split()
    while words and words[-1] in _NOT_A_NAME:
        words.pop()
    while words and _leads_in(words):
        words.pop(0)
    return " ".join(words)


def _leads_in(words: list[str]) -> bool:
    """Whether the first word begins the sentence and not the name: "J'accompagne Luc", "Voici Luc", no "De Luca"."""
    if _ELIDED.match(words[0]):
        return True
    return words[0] in _NOT_A_NAME and not (len(words) > 1 and words[0].lower() in PARTICLES)
