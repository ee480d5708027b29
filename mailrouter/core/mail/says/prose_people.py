"""Who a letter is about: the names, dates of birth and maiden names that its sentences state.

A name counts when a sentence introduces the person ("j'accompagne Mme …", "Marie DUPONT, née le …"); the one greeted, the
one who signs and colleagues are not meant. Two people in one letter halve the confidence, whoever they are.
"""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

from mailrouter.core.mail.letters import fold
from mailrouter.core.mail.says import dates
from mailrouter.core.mail.says.written_names import NAME, UP, WORD, split_name, stands_alone, trimmed
from mailrouter.core.model.mail import Frozen, Stated

SURE = 0.85
LIKELY = 0.7
UNSURE = 0.45


# What may stand between a cue's last word and the name.
_APART = "".join(chr(code) for code in range(0x3001) if chr(code).isspace()) + ",.:!-"


class _Cue(NamedTuple):
    """How a text must end. Every alternative of `pattern` begins with one of `stems`: it is tried at those places only,
    which costs a tenth of a search; and at none when the last word neither ends in one of `last` nor holds one of `inside`."""

    stems: tuple[str, ...]
    pattern: re.Pattern[str]
    last: tuple[str, ...]
    inside: tuple[str, ...]

    def ends(self, text: str) -> bool:
        low = text.lower()
        if len(low) != len(text):  # a letter whose lower case is two
            return self.pattern.search(text) is not None
        bare = low.rstrip(_APART)
        if not bare.endswith(self.last) and not any(map(bare.__contains__, self.inside)):
            return False
        for stem in self.stems:
            at = low.rfind(stem)
            while at >= 0:
                if self.pattern.match(text, at):
                    return True
                at = low.rfind(stem, 0, at)
        return False


def _cue(stems: str, pattern: str, last: str, inside: str = "") -> _Cue:
    return _Cue(
        tuple(stems.split("|")),
        re.compile(pattern, re.IGNORECASE),
        tuple(last.split("|")),
        tuple(inside.split("|")) if inside else (),
    )


# The patterns below begin with a letter, so that a search skips what cannot match; `stands_alone` asks the rest.
_TITLED = re.compile(r"M(?:me\.?|lle|adame|ademoiselle|onsieur|rs?|s|\.|\(me\))?[ \u00a0]{1,2}(" + NAME + ")")
_BORN = re.compile(r"[nN][éÉeE]{1,2}(?:\([eE]\)|·e)?[ \u00a0](?:" + WORD + r",?[ \u00a0])?[lL][eE][ \u00a0]")
_BORN_EN = re.compile(r"[bB]orn (?:on )?")
_BIRTH_DATE = re.compile(r"[dD]ate de naissance\W{1,5}")
_MAIDEN = re.compile(r"\bn[ée]e[ \u00a0](" + UP + r"[A-ZÀ-ÖØ-Þ'’\-]{1,30})(?=[ \u00a0,.;)]|$)")
_INTRODUCES = _cue(
    "pour|concern|au sujet|à propos|accompagn|reçoi|reçu|rencontr|situation|dossier|demande|droit|compte|au nom|suis|suivons|aid|orient|usag|bénéficiaire|allocataire|sollicit|cas|about|regarding|behalf|for|assisting|helping",
    r"(?:pour|concernant|concerne|au sujet de|à propos de|accompagne|accompagnons|reçois|reçu|rencontr\w+|situation de|dossier de|demande de|droits? de|compte de"
    r"|pour le compte de|au nom de|suis|suivons|aide|aidons|orient\w+|usager|usagère|bénéficiaire|allocataire|sollicit\w+ pour|cas de|about|regarding|behalf of|for|assisting|helping)"
    r"[ \u00a0,:]{1,2}(?:(?:l['’]|la |le |un |une |cet |cette |notre |mon |ma |the )?(?:usagère?|bénéficiaire|personne|client)[ \u00a0,:]{1,2})?(?:de )?$",
    "pour|concernant|concerne|de|accompagne|accompagnons|reçois|reçu|suis|suivons|aide|aidons|usager|usagèr|usagère|bénéficiaire|allocataire|about|regarding|of|for|assisting|helping|personne|client",
    "rencontr|orient",
)
_GREETS = _cue(
    "bonjour|bonsoir|cher|chère|hello|dear|hi|à l|attn",
    r"(?:bonjour|bonsoir|cher|chère|chers|hello|dear|hi|à l['’]attention de|attn)[ \u00a0,]{0,3}(?:madame|monsieur)?[ \u00a0,]{0,2}$",
    "bonjour|bonsoir|cher|chère|chers|hello|dear|hi|de|attn|madame|monsieur",
)
_SIGNS = _cue(
    "cordialement|salutations|respectueusement|remerci|regards|sincerely|bien à vous",
    r"(?:cordialement|salutations|respectueusement|remerci\w+|regards|sincerely|bien à vous)[\s,.!\-]{0,12}$",
    "cordialement|salutations|respectueusement|regards|sincerely|vous",
    "remerci",
)
_COLLEAGUE = _cue(
    "collègue|conseill|assistant|agent|référent|votre|contact|avec|par|copie|tuteur|tutrice|curat|avocat|docteur|maître|travailleu",
    r"(?:collègue|conseill(?:er|ère)|assistante? sociale?|agente?|référente?|votre|contact(?:er|ez)?|avec|par|copie|tuteur|tutrice|curat\w+|avocate?|docteur|maître|travailleuse?r? sociale?)[ \u00a0,:]{1,2}$",
    "collègue|conseiller|conseillère|social|sociale|agent|agente|référent|référente|votre|contact|contacter|contactez|avec|par|copie|tuteur|tutrice|avocat|avocate|docteur|maître",
    "curat",
)
_BEFORE_BIRTH = re.compile(
    "(" + NAME + r")[ ,(\u00a0]{1,3}(?:(?:et )?je suis )?(?=n[ée]{1,2}(?:\(e\)|·e)?[ \u00a0]|born\b)"
)
# A name with its last name in capitals, and what may stand between it and a day: "DUPONT Marie 03/04/1961", "Jean MARTIN / 12.05.1980".
_BEFORE_DAY = re.compile("(" + NAME + r")(?:[ \u00a0]?[,/(|:–—-]|[ \u00a0])[ \u00a0]?(?=\d)")
_TITLE_BEFORE = re.compile(r"(?<!\w)M(?:me\.?|lle|adame|ademoiselle|onsieur|rs?|s|\.)[ \u00a0]{1,2}\Z")
_AFTER_DAY = re.compile(r"[ \u00a0]?(?:[),;/|.\n–—-]|(?:et|and)\b|\Z)")
# Years since, where the day ends what is said there and inside a sentence: later ones are a letter's or a mandate's.
_YEARS, _YEARS_INSIDE = 3, 15
_NO_PERSON = frozenset(
    ("CAF", "CPAM", "CNAM", "CRAM", "CNAV", "CARSAT", "MSA", "DDFIP", "DRFIP", "ANTS", "URSSAF", "CCAS", "CIAS", "MDPH", "CDAD", "OFII", "OFPRA",
     "CNIL", "TGI", "SIP", "DDETS", "DREETS", "CGSS", "CMSA", "RSI", "SSI", "EDF", "SNCF", "UDAF", "CIDFF", "PMI", "Loi", "Décret", "Arrêté", "Circulaire", "Ordonnance", "Jugement", "Facture", "Avis", "Notification", "Décision", "Bail", "Contrat", "Courrier", "ASE", "APL", "RSA", "AAH", "ALF", "ALS", "CSS")
)  # fmt: skip
_GREETING_LINE = re.compile(r"[ \t]*[,:]?[ \t]*(?:\n|$)")
_FAMILY = re.compile(
    r"\b(?:sa|son|leurs?|ses|cette|l['’])[ ]?(?:fille|fils|enfants?|époux|épouse|mari|femme|conjointe?|mère|père|bébé|frère|sœur)\b|\b(?:her|his|their) (?:son|daughter|child|husband|wife)\b",
    re.I,
)

# What a sentence says of the person a case is about, and of no agent: needs, means, a roof, an application of theirs.
_MEANS = r"(?:droits?|ressources?|revenus?|logement|électricité|chauffage|eau|gaz|argent|quoi|couverture|mutuelle|titre|papiers|récépissé|travail|emploi|domicile|toit|rien|solution|hébergement|[A-Z]{3,4})\b"
_IN_NEED = re.compile(
    r"[ \u00a0](?:qui )?(?:a (?:un |bien |vraiment |toujours )?(?:grand |urgent |urgemment )?besoin (?:d['’](?:aide|être|un|une|accompagnement|assistance)|de (?:son|sa|ses|soutien|logement))\b"
    r"|(?:n['’]a|ne dispose|ne bénéficie) (?:plus|pas|jamais|toujours pas|aucune?) (?:encore )?(?:de |d['’]|ses |son |sa |à |accès à ses )?"
    + _MEANS
    + r"|ne (?:perçoit|touche|reçoit) (?:plus|pas|rien|toujours|aucune?)\b|n['’]a (?:plus|pas|jamais|toujours pas) (?:encore )?(?:perçu|touché)\b"
    r"|vit (?:seule?|avec|chez|dans|à|sans|en)\b|est (?:actuellement |toujours |aujourd['’]hui )?(?:sans (?:ressource|logement|domicile|emploi|titre|droits?|revenu|abri)|à la rue|hébergée?|allocataire|bénéficiaire|locataire|retraitée?|"
    r"veuve|veuf|enceinte|handicapée?|au chômage|menacée? d|isolée?|en situation|au RSA|expulsable)"
    r"|a perdu (?:son|sa|ses)\b|rencontre (?:de|des) (?:\w+ )?difficultés|risque (?:une?|d['’]|l['’]|la)|a (?:déposé|fait) (?:une|sa) demande|attend (?:son|sa|ses) (?!collègue|réponse)"
    r"|needs (?:help|support|assistance|a |her |his )|has (?:no|lost)\b|lives (?:alone|with|in)\b|is (?:homeless|pregnant|unemployed|disabled))"
)


class Person(Frozen, frozen=True, kw_only=True):
    """One person named in a letter, where, and how surely the letter is about that person."""

    name: str
    start: int
    end: int
    confidence: float


class Birth(Frozen, frozen=True, kw_only=True):
    """One date of birth said: as written, where, and the day, None when the calendar has no such day."""

    raw: str
    place: int
    day: date | None


def about(text: str, today: date | None, born: bool = True, family: bool = True) -> list[Stated]:
    """What `text` says of the one person it is about: `nom`, `prenom`, `nom_naissance`, `naissance`.

    `born` and `family` are False when the text is known to hold no date of birth, no relative.
    """
    beside = _beside_names(text, today) if born else []
    births = (
        sorted([*_births(text, today), *(day for _, day in beside)], key=lambda one: one.place)
        if born
        else []
    )
    people = _people(text, bool(births), [name for name, _ in beside])
    main = max(people, key=lambda one: (one.confidence, -one.start), default=None)
    return [*_names(main, people, births, text, family), *_birth(main, births, text)]


def _people(text: str, births: bool, beside: list[Person]) -> list[Person]:
    """Everybody named with a title or before a date of birth (`beside`: without a word between); not the greeted, the
    signing, nor colleagues."""
    titled = (_titled(text, match) for match in _TITLED.finditer(text) if stands_alone(text, match.start()))
    found = [one for one in titled if one is not None]
    taken = [(one.start, one.end) for one in found]
    for match in _BEFORE_BIRTH.finditer(text) if births else ():
        name = trimmed(match[1])
        relative = _FAMILY.search(text[max(0, match.start() - 25) : match.start()]) is not None
        if (
            len(name.split()) > 1
            and not relative
            and not any(a < match.end(1) and match.start(1) < b for a, b in taken)
        ):
            found.append(Person(name=name, start=match.start(), end=match.end(1), confidence=LIKELY))
    return [*found, *(one for one in beside if not any(a < one.end and one.start < b for a, b in taken))]


def _beside_names(text: str, today: date | None) -> list[tuple[Person, Birth]]:
    """Names with the day that stands right behind them: years ago it is that of birth."""
    found = []
    for match in _BEFORE_DAY.finditer(text):
        words = trimmed(match[1]).split()
        start = match.start() + (match[1].find(words[0]) if words else 0)
        capitals = [word for word in words if len(word) > 1 and word.isupper()]
        titled = _TITLE_BEFORE.search(text, max(0, start - 12), start) is not None
        if not (titled or 0 < len(capitals) < len(words)) or not _NO_PERSON.isdisjoint(words):
            continue
        if not words or not stands_alone(text, match.start()):
            continue
        one = dates.find(text, match.end(), min(len(text), match.end() + 24))
        day = dates.birth(one, today) if one and one.year and one.start == match.end() else None
        if one is None or day is None:
            continue
        least = _YEARS if _AFTER_DAY.match(text, one.end) else _YEARS_INSIDE
        if day.year <= (today or date(2026, 1, 1)).year - least:
            name = Person(name=" ".join(words), start=start, end=match.end(1), confidence=LIKELY)
            found.append((name, Birth(raw=one.raw, place=one.start, day=day)))
    return found


def _titled(text: str, match: re.Match[str]) -> Person | None:
    before = text[max(0, match.start() - 70) : match.start()]
    name = trimmed(match[1])
    if not name or any(reason.ends(before) for reason in (_SIGNS, _COLLEAGUE)):
        return None
    greeted = _GREETS.ends(before)
    if greeted and not (before[-1] == "\n" and _IN_NEED.match(text, match.end())):
        return None  # but "Bonjour,\nMme Diop a besoin …" is meant
    introduced = _INTRODUCES.ends(before)
    if not introduced and before[-1:] in ("", "\n") and _GREETING_LINE.match(text, match.end()):
        return None  # "Madame Martin," alone on its line
    after = text[match.end() : match.end() + 30].lstrip(" ,(\u00a0").removeprefix("qui ").removeprefix("est ")
    born = _BORN.match(after) is not None
    if introduced or born:
        sure = SURE
    else:
        sure = LIKELY if _IN_NEED.match(text, match.end()) else UNSURE
    return Person(name=name, start=match.start(), end=match.end(), confidence=sure)


def _births(text: str, today: date | None) -> list[Birth]:
    """Birth dates said in sentences, in order."""
    found: list[Birth] = []
    for cue in (_BORN, _BORN_EN, _BIRTH_DATE):
        for match in cue.finditer(text):
            one = dates.find(text, match.end(), min(len(text), match.end() + 30))
            if one is not None and one.start - match.end() <= 4 and stands_alone(text, match.start()):
                found.append(Birth(raw=one.raw, place=one.start, day=dates.birth(one, today)))
    return sorted(found, key=lambda one: one.place)


def _names(
    main: Person | None, people: list[Person], births: list[Birth], text: str, family: bool
) -> list[Stated]:
    """First and last name of the one person the letter is about; nothing when nobody is introduced among several."""
    others = [one for one in people if main and not _same(one, main)]
    if main is None or (main.confidence < LIKELY and others):
        return []
    full = max((one for one in people if _same(one, main)), key=lambda one: len(one.name))
    rivals = any(one.confidence >= LIKELY for one in others)
    unsure = rivals or len({one.day for one in births}) > 1 or (family and _FAMILY.search(text) is not None)
    confidence = min(main.confidence, UNSURE) if unsure else main.confidence
    found = [_said(name, value, full.name, confidence) for name, value in split_name(full.name)]
    maiden = _MAIDEN.search(text, full.end, full.end + 60)
    return [*found, _said("nom_naissance", maiden[1], maiden[0], confidence)] if maiden else found


def _same(one: Person, other: Person) -> bool:
    if one.name == other.name:
        return True
    mine, its = set(fold(one.name).split()), set(fold(other.name).split())
    return mine <= its or its <= mine


def _birth(main: Person | None, births: list[Birth], text: str) -> list[Stated]:
    """The date of birth of the one meant; of two dates the one right after that person's name, half as surely."""
    if not births:
        return []
    chosen = min(births, key=lambda one: _distance(text, main, one.place)) if main else births[0]
    alone = len({one.day for one in births}) == 1 and not _of_family(text, chosen.place)
    value = chosen.day.isoformat() if chosen.day else chosen.raw
    problem = "" if chosen.day else "date-impossible"
    return [_said("naissance", value, chosen.raw, SURE if alone else UNSURE, problem)]


def _distance(text: str, main: Person, place: int) -> tuple[bool, bool, int]:
    """How far a date of birth is from the person meant: one of the family named just before it counts as far."""
    return _of_family(text, place), place < main.end, place - main.end


def _of_family(text: str, place: int) -> bool:
    before = text[max(0, place - 70) : place]
    return _FAMILY.search(before, max(before.rfind(". "), before.rfind("\n")) + 1) is not None


def _said(field: str, value: str, raw: str, confidence: float, problem: str = "") -> Stated:
    return Stated(field=field, value=value, raw=raw, source="prose", confidence=confidence, problem=problem)
