"""What a letter states in sentences: most people write one, not a form.

Everything here has a confidence below 1 and the source "prose": it is shown back to be confirmed, and routes nothing by
itself. Who the letter is about is read in prose_people.py; here its numbers, mandate, urgency and organisations.
"""

from __future__ import annotations

import re
from datetime import date

from mailrouter.core.mail.letters import fold, lower_octets
from mailrouter.core.mail.says import dates, daycounts, iban, mask, nir
from mailrouter.core.mail.says.consent import consent_at
from mailrouter.core.mail.says.prose_people import LIKELY, SURE, UNSURE, about
from mailrouter.core.mail.stems import hints
from mailrouter.core.model.mail import Stated

_SCAN = 12_000

_TITLES = frozenset(hints("mme", "madame", "monsieur", "m", "mr", "mlle", "mademoiselle", "mrs", "ms"))
_BIRTHS = frozenset(hints("né", "née", "nee", "born", "naissance"))
_RELATIVES = frozenset(
    hints(
        "fille", "filles", "fils", "enfant", "enfants", "époux", "épouse", "épouses", "mari", "femme", "femmes", "conjoint",
        "conjointe", "conjoints", "conjointes", "mère", "père", "bébé", "frère", "ur", "daughter", "child", "husband", "wife",
    )
)  # fmt: skip
"""The relatives of prose_people.py as words; "ur" is what Latin-1 leaves of "sœur"."""
_THEIR = frozenset(hints("his", "her", "their"))
_MANDATES = frozenset(hints("mandat", "mandats", "mandaté", "mandatée", "mandate", "procuration"))
_CONSENTS = frozenset(
    hints(
        "accord", "consentement", "autorisation", "autorise", "autorisé", "autorisée", "autorisés", "autorisées", "consent", "pouvoir",
        "permission", "agreement", "authorised", "authorized", "authority",
    )
)  # fmt: skip
_URGENCIES = frozenset(
    hints(
        "urgent", "urgente", "urgents", "urgentes", "urgence", "urgences", "urgently", "urgency", "expulsion", "expulsions",
        "expulsé", "expulsée", "expulsés", "expulser", "expulsable", "coupure", "coupures", "rue", "huissier", "huissiers",
        "demeure", "commandement", "manger", "eviction", "saisie",
    )
)  # fmt: skip
_LACK = re.compile("sans (?:ressource|abri|logement|domicile|électricité|chauffage|eau)".encode("latin-1"))
_TELLING = _TITLES | _BIRTHS | _RELATIVES | _THEIR | _MANDATES | _CONSENTS | _URGENCIES | {b"son", b"sans"}
_LEAST_FIGURES = 7  # of the shortest identifier, an allocataire number
# A text as figures (0), the letters of Corsica and what may stand between: what no shape of mask.py can do without.
# "?" is any character outside Latin-1.
_SHAPE = bytes(
    ord("0")
    if chr(code).isdecimal()
    else code
    if code in b"ab?"
    else 32
    if code in b" \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0.-/_"
    else 120
    for code in range(256)
)
_NUMBER = re.compile(rb"0(?:[ ?]{0,2}[0ab?]){6}")
_APART = bytes.maketrans(b".,;:!?()[]<>\"'/*_-\xa0\xab\xbb", b" " * 21)
_CAPITALS = bytes(code if 65 <= code <= 90 else 32 for code in range(256))  # all but A to Z is a space
_FIGURES = b"0123456789"
# A year of birth, or a day with two figures for its year: a name beside it may be a person's (prose_people). Each begins
# with letters that a search skips to: as one expression they took ten times as long.
_LONG_AGO = tuple(re.compile(one) for one in (rb"19[2-9]\d(?!\d)", rb"20[01]\d(?!\d)", rb"/\d\d?/\d\d(?!\d)"))
_MANDATE = re.compile(r"\bmandat\w*\b|\bprocuration\b|\bmandate\b", re.I)
_MANDATE_NO_BEFORE = re.compile(
    r"\b(?:pas|sans|aucun|attend\w*|attente|refus\w+|non|not|no|without|yet|expire|perime)\b(?:(?!\b(?:mais|car|et|donc|or|but|and|qui)\b)[^.!?,;]){0,35}$"
)
_MANDATE_NO_AFTER = re.compile(
    r"^(?:(?!\b(?:car|et|donc|puisque|pour|because|and)\b)[^.!?,;]){0,15}\b(?:n'est pas|n'a pas|n'est toujours pas|pas encore|reste a|en attente|en cours|non signe|expire|perime|doit etre|sera|va etre"
    r"|a (?:faire )?signer|not yet|is not|will be)\b"
)
_MANDATE_YES = re.compile(
    r"\b(?:a (?:bien )?(?:signe|donne|rempli|confie|etabli)|m'a (?:\w+ )?(?:donne|signe|confie|remis)|ai (?:bien )?(?:un|le|son|recu|recueilli|obtenu|fait signer)|avons (?:un|le|son|recu|recueilli|obtenu)"
    r"|dispos\w+ (?:d'un|de son|du)|avec (?:son |un )?mandat|mandat :? ?oui|mandat (?:des deux |du couple |des epoux )?(?:ecrit|signe|oral|recueilli|valide|obtenu|en cours de validite|date du|du \d|ci-joint|joint|est signe)|possed\w+ (?:un|son|le)|en (?:ma|notre) possession|signed|gave (?:me|us)|holds?|have (?:a|his|her|the)|muni)\b"
)
_URGENT = re.compile(
    r"\burgen(?:t|te|ce|ts|tes|ces|tly|cy)\b|\bexpuls\w+|\bcoupures? (?:d['’]\w+|de courant|d['’]électricité|de gaz)|\bsans (?:ressources?|abri|logement|domicile|électricité|chauffage|eau)\b"
    r"|\bà la rue\b|\bhuissier|\bmise en demeure\b|\bcommandement de (?:payer|quitter)|\bplus rien (?:à|pour) manger|\beviction\b|\bsaisie[ -](?:sur|de ses|de son|de sa|attribution|vente|immobilière|administrative|bancaire|des (?:meubles|biens|comptes?|salaires?)|du (?:compte|salaire))\b|\b(?:avis|procédure|menace|risque) de saisie\b",
    re.I,
)
_URGENT_NO = re.compile(r"\b(?:pas|rien|aucune?|n'est|sans|non|no|not|hors)\b[^.!?\n]{0,20}$", re.I)
_NAMES = frozenset(("nom", "prenom", "nom_naissance"))
# Begins with a class of characters, so that a search skips what cannot match.
_ACRONYM = re.compile(
    r"[A-Z](?:[A-Z]{2,6}|(?<=F)rance Travail|(?<=P)[ôo]le [Ee]mploi)(?![A-Za-zÀ-ÿ\d-]|\.\w)"
)
_ASKED_OF = re.compile(
    r"(?:(?<!\w)(?:à|de|par|auprès de|chez|avec|contact\w*|dossier|contre|pour) (?:la |le |l['’])?|(?<!\w)(?:la |le |au |du |l['’]))$",
    re.I,
)
_BENEFITS = frozenset(
    ("APL", "RSA", "AAH", "ASS", "ALS", "ALF", "PCH", "AEEH", "PAJE", "ASPA", "ARE", "APA", "CSS", "CMU", "ACS", "PUMA", "AME", "SMS", "RIB", "NIR", "RDV",
     "CDI", "CDD", "HLM", "URL", "PDF", "SMIC", "TVA", "IBAN", "FSL", "CNI", "ALE", "OQTF", "RAS", "NOM", "SAMU",
     "ASLL", "AVDL", "MASP", "AEMO", "AED", "RQTH", "DALO", "CEJ", "PPA", "ADA", "AJPP", "CMI", "MVA", "ESAT", "EHPAD", "CHRS", "RGPD")
)  # fmt: skip


def stated(text: str, today: date | None, organisations: tuple[str, ...] = ()) -> tuple[Stated, ...]:
    """What the sentences of `text` state. `today` is the mail's own date, `organisations` the names to recognise.

    Costs one look at its words when the text speaks of nobody and of nothing urgent; an organisation alone is
    looked for only among the words given.
    """
    text, today = text[:_SCAN], dates.usable(today)
    low = lower_octets(text)
    words = _TELLING.intersection(low.translate(_APART).split())
    figures = len(low) - len(low.translate(None, _FIGURES))
    births = figures > 0 and (
        not words.isdisjoint(_BIRTHS)
        or b"ne le" in low
        or (figures > 4 and any(one.search(low) for one in _LONG_AGO))
    )
    family = not words.isdisjoint(_RELATIVES) or (b"son" in words and not words.isdisjoint(_THEIR))
    found = about(text, today, births, family) if births or not words.isdisjoint(_TITLES) else []
    if figures >= _LEAST_FIGURES and _NUMBER.search(low.translate(_SHAPE)):
        found += _numbers(text)
    mandate = [] if words.isdisjoint(_MANDATES) else _mandate(text, today)
    found += mandate or ([] if words.isdisjoint(_CONSENTS) else _consent(text, today))
    if not words.isdisjoint(_URGENCIES) or (b"sans" in words and _LACK.search(low) is not None):
        found += _urgency(text, today)
    if organisations or (found and _may_name_organisation(text)):
        people = {word for one in found if one.field in _NAMES for word in one.value.split()}
        found += [one for one in _organisations(text, organisations) if one.value not in people]
    return tuple(found)


def _numbers(text: str) -> list[Stated]:
    """Identifiers by their shape and check digits; a second one of the same kind makes both unsure."""
    found: dict[str, list[mask.Identifier]] = {}
    for one in mask.identifiers(text):
        if one.kind in ("nir", "fiscal", "allocataire"):
            known = found.setdefault(one.kind, [])
            if one.value not in [other.value for other in known]:
                known.append(one)
    return [
        Stated(
            field=kind,
            value=one.value,
            raw=text[one.start : one.end],
            source="prose",
            confidence=UNSURE if len(all_of_kind) > 1 else 0.95 if not _number_problem(one) else LIKELY,
            problem=_number_problem(one),
        )
        for kind, all_of_kind in found.items()
        for one in all_of_kind
    ]


def _number_problem(one: mask.Identifier) -> str:
    if one.kind == "nir":
        return nir.problem(one.value)
    return iban.fiscal_problem(one.value) if one.kind == "fiscal" else ""


def _mandate(text: str, today: date | None) -> list[Stated]:
    """A mandate said to be given or not, with its date; a negation in the same sentence decides."""
    for sentence in _sentences(text):
        folded = fold(sentence)
        word = _MANDATE.search(folded)
        if word is None:
            continue
        if _MANDATE_NO_BEFORE.search(folded[: word.start()]) or _MANDATE_NO_AFTER.search(
            folded[word.end() :]
        ):
            return [Stated(field="mandat", value="non", raw=sentence, source="prose", confidence=LIKELY)]
        if _MANDATE_YES.search(folded):
            return [_mandate_given(sentence, today)]
    return []


def _mandate_given(sentence: str, today: date | None) -> Stated:
    sentence = daycounts.in_dates(sentence, None)
    place = _MANDATE.search(sentence)
    one = dates.find(sentence, place.end()) if place else None
    if one is None:
        one = next(
            (day for day in [dates.find(sentence)] if day and not dates.is_birth(sentence, day.start)), None
        )
    return _given(sentence, one, today)


def _given(sentence: str, one: dates.Written | None, today: date | None) -> Stated:
    day = None if one is None else dates.birth(one, None) if one.year else dates.past(one, today)
    day = day or dates.days_ago(sentence, today)
    if day is None:
        return Stated(field="mandat", value="oui", raw=sentence, source="prose", confidence=LIKELY)
    return Stated(
        field="mandat", value=f"oui {day.isoformat()}", raw=sentence, source="prose", confidence=SURE
    )


def _consent(text: str, today: date | None) -> list[Stated]:
    """The first sentence that says that consent was given to who writes, with its day: see consent.py."""
    before = ""
    for sentence in _sentences(text):
        folded = fold(sentence)
        end = consent_at(folded, before, asked=f"{sentence} ?" in text or f"{sentence}?" in text)
        before = folded
        if end >= 0:
            return [
                _given(sentence, _day_of_consent(sentence, end if len(folded) == len(sentence) else 0), today)
            ]
    return []


def _day_of_consent(sentence: str, end: int) -> dates.Written | None:
    """The date right behind the word of consent, which ends at `end`, else one before it; any other is another matter's."""
    one = dates.find(sentence, end, end + _CONSENT_REACH)
    if one is not None and _CONSENT_DATED.fullmatch(sentence, end, one.start):
        return one
    one = dates.find(sentence, 0, end)
    return None if one is None or dates.is_birth(sentence, one.start) else one


_CONSENT_REACH = 50
_CONSENT_DATED = re.compile(
    r"(?: (?:par écrit|par ecrit|écrit|ecrit|oral|signé|signe|par mail|par courriel|en date|daté|explicite|formel|ce jour|(?:à|pour) (?:cette|la|ma|notre) démarche))*,?(?: (?:le|du|en date du|on|of))? ?",
    re.I,
)
_SENTENCE_END = re.compile(r"(?<![ .][A-Z])(?<!Mme)(?<! M)[.!?](?=\s|$)|\n\s*\n|\n(?=[-•*])")


def _sentences(text: str) -> list[str]:
    """The sentences of `text`, each on one line."""
    return [flat for part in _SENTENCE_END.split(text)[:300] if (flat := " ".join(part.split()))]


def _urgency(text: str, today: date | None) -> list[Stated]:
    """The first sentence that speaks of urgency and does not deny it, with the day it names."""
    for match in _URGENT.finditer(text):
        if _URGENT_NO.search(text[max(0, match.start() - 40) : match.start()]):
            continue
        sentence = next((one for one in _sentences(text) if match[0] in one), match[0])[:300]
        found = None if today is None else dates.due(sentence, sentence.find(match[0]), today)
        told = _matter(text, match)
        value = told if found is None else f"{told} {found[1].isoformat()}"
        return [Stated(field="urgent", value=value, raw=sentence, source="prose", confidence=LIKELY)]
    return []


def _matter(text: str, match: re.Match[str]) -> str:
    """What is urgent, in few words: the rest of a line that "URGENT" begins ("URGENT : coupure demain"), else the word."""
    word = match[0].lower()
    begins, ends = text.rfind("\n", 0, match.start()) + 1, text.find("\n", match.end())
    rest = " ".join(text[match.end() : ends if ends >= 0 else None].split()).strip(_SIGNS)
    alone = word.startswith("urgen") and not text[begins : match.start()].strip(_SIGNS)
    return rest if alone and 0 < len(rest.split()) <= _MATTER_WORDS and dates.find(rest) is None else word


_SIGNS = "[]!*:,. –—-"
_MATTER_WORDS = 8


def _may_name_organisation(text: str) -> bool:
    """Whether three capitals stand together somewhere, or one of the two names without: cheaper than the search."""
    capitals = text.encode("latin-1", "replace").translate(_CAPITALS).split()
    return max(map(len, capitals), default=0) > 2 or "France T" in text or ("le " in text and "mploi" in text)


def _organisations(text: str, names: tuple[str, ...]) -> list[Stated]:
    """Organisations named: the caller's words, longest first, else acronyms that something is asked of or blocked at."""
    if names:
        wanted = sorted(names, key=len, reverse=True)
        pattern = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, wanted)) + r")(?!\w)", re.I)
        words = [match[0] for match in pattern.finditer(text)]
    else:
        found = (match for match in _ACRONYM.finditer(text) if match[0] not in _BENEFITS)
        words = [m[0] for m in found if _ASKED_OF.search(text, max(0, m.start() - 25), m.start())]
    unique = list({fold(word): word for word in reversed(words)}.values())[::-1][:8]
    confidence = LIKELY if names and len(unique) == 1 else 0.5 if len(unique) == 1 else 0.4
    return [
        Stated(field="organisme", value=word, raw=word, source="prose", confidence=confidence)
        for word in unique
    ]
