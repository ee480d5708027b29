"""The labels of a request and every way people write them: one literal table, looked up with tolerance for typing.

A label is compared as its bare words: no accents, no case, no articles, no "(e)" or "(facultatif)", "n°" as "numero".
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from mailrouter.core.mail.letters import fold

LABELS: dict[str, tuple[str, ...]] = {
    "prenom": ("prenom", "prenoms", "prenom usuel", "first name", "firstname", "given name", "given names", "forename"),
    "nom": (
        "nom", "nom famille", "nom usage", "nom usuel", "nom epouse", "nom marital", "last name", "lastname", "surname",
        "family name", "noms",
    ),
    "identite_nom": ("nom prenom", "nom prenoms", "nom et prenom", "nom et prenoms", "last name first name"),
    "identite": (
        "name", "full name", "nom complet", "identite",
        "usager", "usagere", "beneficiaire", "personne", "personne concernee", "personne accompagnee", "demandeur",
        "demandeuse", "administre", "concerne", "person",
    ),
    "identite_prenom": ("prenom nom", "prenom et nom", "prenoms nom", "first and last name"),
    "naissance": (
        "date naissance", "naissance", "ne", "nee", "ne nee", "nee ne", "ne e", "date naiss", "ddn", "date birth", "birth date", "birthdate",
        "birthday", "dob", "born", "born on", "date naissance jj mm aaaa",
    ),
    "nom_naissance": (
        "nom naissance", "nom jeune fille", "nom patronymique", "birth name", "maiden name", "nom naissance jeune fille",
        "name at birth",
    ),
    "nir": (
        "nir", "securite sociale", "numero securite sociale", "numero secu", "secu", "secu sociale", "securite soc",
        "numero ss", "nss", "numero insee", "insee", "immatriculation", "numero immatriculation", "social security",
        "social security number", "numero assure", "numero assure social", "assure social", "carte vitale",
        "numero carte vitale", "numero nir", "nir securite sociale",
    ),
    "allocataire": (
        "allocataire", "alloc", "alloc caf", "numero alloc", "numero allocataire", "allocataire caf", "numero allocataire caf", "numero caf", "matricule caf",
        "matricule", "caf allocataire", "dossier caf", "numero dossier caf", "identifiant caf", "allocataire msa", "family benefits number", "benefits number",
    ),
    "fiscal": (
        "fiscal", "numero fiscal", "fiscal reference", "numero fiscal reference", "identifiant fiscal", "spi", "numero spi",
        "tax number", "tax id", "numero impots", "numero impot", "numero contribuable",
    ),
    "dossier": (
        "dossier", "numero dossier", "reference dossier", "ref dossier", "numero demande", "reference demande",
        "file number", "case number", "dossier reference", "numero identifiant dossier", "numero dossier france travail",
        "identifiant france travail", "identifiant pole emploi", "numero etranger", "agdref",
    ),
    "adresse": (
        "adresse", "adresse postale", "domicile", "adresse complete", "adresse domicile", "address", "postal address",
        "home address", "demeurant",
    ),
    "telephone": (
        "telephone", "tel", "numero telephone", "portable", "mobile", "tel portable", "telephone portable", "tel mobile",
        "tel fixe", "telephone fixe", "phone", "phone number", "gsm", "numero portable", "numero tel", "telephone usager",
    ),
    "autre": (
        "autre", "autres", "autres informations", "autre information", "informations complementaires", "complement",
        "observations", "remarque", "remarques", "precisions", "other", "other information", "further detail", "further details", "autre precision", "autres precisions",
    ),
    "organisme": (
        "organisme", "organismes", "organisation", "organisations", "organisme concerne", "organismes concernes",
        "organisme demande", "organisme destinataire", "organisme sollicite", "administration", "administration concernee",
        "organization", "agency", "operateur",
    ),
    "mandat": (
        "mandat", "mandats", "mandat usager", "mandat signe", "mandat ecrit", "mandate", "mandat donne", "mandat obtenu",
        "mandat recueilli", "avez vous mandat", "mandat oui non",
    ),
    "urgent": ("urgent", "urgence", "urgente", "motif urgence", "degre urgence", "caractere urgent", "urgency"),
    "contact_prudent": ("contact prudent", "contact avec prudence", "prudence", "contact discret", "safe contact", "careful contact"),
    "repere": ("repere", "mon repere", "memo", "my label", "mark", "marker"),
    "territoire": ("territoire", "departement", "territory", "department"),
    "langue": ("langue", "langue reponse", "language"),
    "exclure": ("exclure", "exclude", "ne pas envoyer", "ne pas associer", "ne pas transmettre"),
}  # fmt: skip
"""Canonical field -> labels in their bare form. `identite…` hold a first and a last name together, in that order."""

_DROPPED = frozenset(
    ("de", "d", "du", "des", "la", "le", "l", "les", "son", "sa", "ses", "votre", "mon", "ma", "notre", "the", "of", "un", "une", "his", "her", "your", "my", "a", "au", "aux", "en")
)  # fmt: skip
_NUMERO = frozenset(("n", "no", "num", "nro", "numero", "numeros", "nb", "number", "nr"))
_ASIDE = re.compile(r"\([^()]{0,40}\)|\[[^\[\]]{0,40}\]|\*+|_{2,}")
_WORDS = re.compile(r"[a-z0-9]+")
_TAILS = (
    "usager", "usagere", "personne", "personne concernee", "personne accompagnee", "beneficiaire", "demandeur", "demandeuse",
    "administre", "administree", "interesse", "interessee", "assure", "assuree", "person", "mme", "monsieur", "madame", "client",
)  # fmt: skip
_TAIL = re.compile(" (?:" + "|".join(sorted(_TAILS, key=len, reverse=True)) + ")$")
_LONGEST = 60
_ARTICLES = 3  # words that are looked at for one that is none
_USUAL = 30  # characters of a label that is remembered


def field_of(label: str, tolerant: bool = False) -> str:
    """The canonical field that `label` names, or ''. `tolerant` allows one typing error, two in long labels."""
    if not 1 < len(label) <= _LONGEST:
        return ""
    return _remembered(label, tolerant) if len(label) <= _USUAL else _field_of(label, tolerant)


@lru_cache(maxsize=512)
def _remembered(label: str, tolerant: bool) -> str:
    """As `_field_of`, kept for short labels: every form repeats them, and a look-up costs ten times the reading of a line."""
    return _field_of(label, tolerant)


def _field_of(label: str, tolerant: bool) -> str:
    bare = bare_words(label)
    if not bare:
        return ""
    index = _index()
    found = index.get(bare) or index.get(bare.removeprefix("numero ")) or index.get(_TAIL.sub("", bare), "")
    if not found and bare.startswith("numero ") and len(bare) > 9:
        found = index.get(_TAIL.sub("", bare.removeprefix("numero ")), "")
    return found or (_nearly(bare.replace(" ", "")) if tolerant else "")


def may_begin(line: str) -> bool:
    """Whether `line` may begin with a label: the cheap question asked of every line. Behind articles, which labels do
    without ("Le montant …"), the first other word must be one of a label too."""
    first = _edges()[0]
    bare = _bare(line.partition(" ")[0].partition("\t")[0])
    if bare not in _DROPPED:
        return bare in first
    for word in line.split(None, _ARTICLES)[:_ARTICLES]:
        bare = _bare(word)
        if bare not in _DROPPED or not word.isalpha():
            return bare in first or not (word.isalpha() and bare.isalpha())
    return True


def may_end(word: str) -> bool:
    """Whether a label ends with `word`."""
    return _bare(word) in _edges()[1]


def _bare(word: str) -> str:
    folded = word.lower().replace("(e)", "").replace("(s)", "").strip("()*.°º:·-_,")
    return folded if folded.isascii() else fold(folded)


@cache
def _edges() -> tuple[frozenset[str], frozenset[str]]:
    """The first and the last words of all labels, as written with articles and numero in any form."""
    first = {word for label in _index() for word in label.split()[:2]} | _NUMERO | _DROPPED
    last = {label.split()[-1] for label in _index()} | {word for tail in _TAILS for word in tail.split()[-1:]}
    return frozenset(first | {"e", "avez"}), frozenset(last | {"e", "le", "on", "a"})


def bare_words(label: str) -> str:
    """The words of `label` without articles, asides, accents and case; any way to write "number" as `numero`."""
    folded = fold(_ASIDE.sub(" ", label.replace("°", " ").replace("º", " ")))
    words = [("numero" if word in _NUMERO else word) for word in _WORDS.findall(folded)]
    kept = [word for word in words if word not in _DROPPED]
    if kept[:2] == ["numero", "numero"]:
        kept = kept[1:]
    return " ".join(kept)


def _nearly(squeezed: str) -> str:
    """The field whose label differs by a typing error; the first letter must be right and short labels exact."""
    if not 5 <= len(squeezed) <= 32:
        return ""
    shelf = _by_initial()
    for length in range(len(squeezed) - 2, len(squeezed) + 3):
        allowed = 2 if length >= 10 else 1
        if abs(length - len(squeezed)) <= allowed:
            for label, name in shelf.get((squeezed[0], length), ()):
                if _distance(label, squeezed, allowed) <= allowed:
                    return name
    return ""


def _distance(one: str, other: str, limit: int) -> int:
    """Edits (with neighbours swapped as one) between two short words; above `limit` any larger number."""
    if len(set(one) ^ set(other)) > 2 * limit:
        return limit + 1
    start = _common(one, other)
    one, other = one[start:], other[start:]
    end = _common(one[::-1], other[::-1])
    one, other = one[: len(one) - end], other[: len(other) - end]
    if limit == 1 and max(len(one), len(other)) > 2:
        return 2
    return _edits(one, other, limit)


def _common(one: str, other: str) -> int:
    return next(
        (n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def _edits(one: str, other: str, limit: int) -> int:
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        older, before, row = before, row, [i]
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and b == one[i - 2]:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
    return row[-1]


@cache
def _index() -> dict[str, str]:
    return {bare_words(label): name for name, labels in LABELS.items() for label in labels}


@cache
def _by_initial() -> dict[tuple[str, int], tuple[tuple[str, str], ...]]:
    """(first letter, length) -> (squeezed label, field); labels under five letters must be typed right."""
    grouped: dict[tuple[str, int], list[tuple[str, str]]] = {}
    for label, name in _index().items():
        squeezed = label.replace(" ", "")
        if len(squeezed) >= 5:
            grouped.setdefault((squeezed[0], len(squeezed)), []).append((squeezed, name))
    return {key: tuple(rows) for key, rows in grouped.items()}
