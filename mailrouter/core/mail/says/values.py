"""The value of a labelled line: normalised, with what does not hold said as a code, never refused.

Dates become ISO 8601, numbers lose their separators, `mandat` becomes "oui", "non" or "oui 2026-03-12".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from mailrouter.core.mail.letters import fold
from mailrouter.core.mail.says import dates, iban, mask, nir
from mailrouter.core.model.mail import Stated

_EMPTY = re.compile(
    r"[\s.…_\-–—*xX?/:|]*|j{1,2}\W?m{1,2}\W?a{2,4}|dd\W?mm\W?y{2,4}|[\[(<{].{0,40}(?:compl[ée]ter|optionnel|facultatif|fill|optional|préciser).{0,20}[\])>}]"
    r"|\(?motif,? [ée]ch[ée]ance\)?|(?:oui|yes),? (?:le|on)|(?:[àa] (?:compl[ée]ter|pr[ée]ciser|renseigner))|n/?a|n[ée]ant|inconnue?|non (?:connue?|communiqu[ée]e?|renseign[ée]e?)|unknown|none|\?+",
    re.I,
)
_CIVILITY = re.compile(r"^(?:(?:m|mr|mme|mlle|mrs|ms|monsieur|madame|mademoiselle)\b\.?\s*){1,2}", re.I)
_CHECKED = re.compile(r"(?:☒|☑|✓|✔|✅|\[[xX]\]|\([xX]\))\s*(\w+)")
_NO = re.compile(
    r"^\W*(?:non|no|pas\b|aucun|ne\b|n'|sans\b|jamais|en (?:cours|attente)|a (?:venir|signer|faire|recueillir)|not\b|pending|refus)|\bpas (?:encore|ete|de)\b|\bnon (?:signe|obtenu|recu)|n'a pas|not yet"
)
_YES = re.compile(
    r"^\W*(?:oui|yes|ok\b|signe|ecrit|obtenu|recueilli|donne|recu|valide|oral|verbal|x\b|vu\b|fait\b|le \d|\d{1,2}[/.\- ]|du \d|ci-joint|joint|conforme|written|signed|given|held)|\boui\b|\byes\b"
)
_REPERE = 20


def is_empty(value: str) -> bool:
    """Whether a value is a placeholder left as it was: dots, underscores, "JJ/MM/AAAA", "à compléter", or the "oui, le"
    that our own form begins the mandate with: nobody has said yes by leaving it there."""
    return _EMPTY.fullmatch(value.strip()) is not None


def stated(field: str, raw: str, today: date | None) -> tuple[Stated, ...]:
    """What a labelled line states. `raw` is the value as written, not empty; `today` the mail's own date."""
    text = " ".join(raw.split()).strip(" ;,*|_").lstrip("=->→ ")
    if len(text) > 2 and text[0] in '"«“' and text[-1] in '"»”':
        text = text[1:-1].strip()  # Nom : « Sow »
    if text[:1] == "(" and text.find(")") == len(text) - 1:
        text = text[1:-1].strip()  # Nom : (Sow)
    if not text or is_empty(text):
        return ()
    return _READERS.get(field, _plain)(field, text, today)


def person(field: str, text: str, _: date | None = None) -> tuple[Stated, ...]:
    """A first and a last name written together. Capitals mark the last name; else the label's order, less surely.

    Words that are no name ("Concerne : demande d'APL") state nothing.
    """
    words = _name(text).split()
    capitals = [word for word in words if len(word) > 1 and word.isupper()]
    others = [word for word in words if word not in capitals]
    if not _is_name(words):
        return ()
    if capitals and others:
        last, first, sure = capitals, others, 1.0
    elif len(words) < 2:
        last, first, sure = words, [], 1.0
    elif field == "identite_nom" and not _CIVILITY.match(text):
        last, first, sure = words[:1], words[1:], 0.8 if len(words) == 2 else 0.6
    else:
        first, last, sure = words[:-1], words[-1:], 0.8 if len(words) == 2 else 0.6
    found = [("nom", last), ("prenom", first)]
    return tuple(
        Stated(field=name, value=" ".join(value), raw=text, confidence=sure) for name, value in found if value
    )


_MOST_WORDS = 6
_PARTICLES = frozenset(
    (
        "de",
        "du",
        "des",
        "d'",
        "la",
        "le",
        "el",
        "al",
        "ben",
        "bin",
        "van",
        "von",
        "da",
        "dos",
        "di",
        "et",
        "épouse",
    )
)


def _is_name(words: list[str]) -> bool:
    """A few words with capitals, particles aside; or two or three without any capital, as phones type them."""
    if not 0 < len(words) <= _MOST_WORDS or not all(word[0].isalpha() for word in words):
        return False
    small = [word for word in words if word[0].islower() and word.lower() not in _PARTICLES]
    return not small or (len(small) == len(words) <= 2)


def _name(text: str) -> str:
    cleaned = _CIVILITY.sub("", text)
    return re.split(r"[,;(\d]", cleaned.replace(" / ", " "))[0].strip(" .-:")


def _of_name(field: str, text: str, _: date | None) -> tuple[Stated, ...]:
    value = _name(text)
    if not value or len(value.split()) > _MOST_WORDS:
        return ()
    return (Stated(field=field, value=value, raw=text),)


def _of_birth(field: str, text: str, today: date | None) -> tuple[Stated, ...]:
    one = dates.find(text)
    if one is None:
        digits = re.fullmatch(r"(\d\d)(\d\d)(\d{4})", text.strip())
        if not digits:
            compact = re.match(r"(\d{1,2})\s+(\d{1,2})\s+(\d{4}|\d\d)\b", text)
            if not compact:
                return (Stated(field=field, value=text, raw=text, problem="date-impossible"),)
            digits = compact
        one = dates.Written(day=int(digits[1]), month=int(digits[2]), year=int(digits[3]))
    day = dates.birth(one, today)
    if day is None:
        return (Stated(field=field, value=text, raw=text, problem="date-impossible"),)
    problem = "date-future" if today is not None and day > today else ""
    problem = problem or ("date-old" if today is not None and today.year - day.year > 125 else "")
    return (Stated(field=field, value=day.isoformat(), raw=text, problem=problem),)


def _of_nir(field: str, text: str, _: date | None) -> tuple[Stated, ...]:
    written = re.sub(r"(?i)\bcl[ée]\b|\bkey\b|[():]", " ", text)
    found = next((one for one in mask.identifiers(text) if one.kind == "nir"), None)
    value = found.value if found else nir.compact(written)
    return (Stated(field=field, value=value, raw=text, problem=nir.problem(value)),)


def _of_allocataire(field: str, text: str, _: date | None) -> tuple[Stated, ...]:
    match = re.match(r"\D{0,20}(\d(?:[ .\-]?\d)*)\s?([A-Za-z])?(?![A-Za-z])", text)
    if match is None:
        return (Stated(field=field, value=text, raw=text, problem="allocataire-length"),)
    value = re.sub(r"\D", "", match[1])
    return (
        Stated(field=field, value=value, raw=text, problem="" if len(value) == 7 else "allocataire-length"),
    )


def _of_fiscal(field: str, text: str, _: date | None) -> tuple[Stated, ...]:
    value = re.sub(r"\D", "", text)
    return (Stated(field=field, value=value or text, raw=text, problem=iban.fiscal_problem(value)),)


def _of_phone(field: str, text: str, _: date | None) -> tuple[Stated, ...]:
    found = next((one for one in mask.identifiers(text) if one.kind == "phone"), None)
    value = found.value if found else mask.phone(text)
    return (Stated(field=field, value=value or text, raw=text, problem="" if found else "phone-shape"),)


def _of_mandate(field: str, text: str, today: date | None) -> tuple[Stated, ...]:
    """ "oui", "non", or "oui" with the day it was given; how old it may be is the policy's affair."""
    answer = _yes_or_no(text)
    if answer is None:
        return (Stated(field=field, value=text, raw=text, confidence=0.5, problem="mandat-unclear"),)
    one = dates.find(text) if answer == "oui" else None
    if one is None:
        day = dates.days_ago(text, today) if answer == "oui" else None
        return (Stated(field=field, value=f"{answer} {day}" if day else answer, raw=text),)
    day = dates.past(one, today) if not one.year else dates.birth(one, None)
    if day is None:
        return (Stated(field=field, value=answer, raw=text, problem="date-impossible"),)
    return (Stated(field=field, value=f"oui {day.isoformat()}", raw=text),)


def _yes_or_no(text: str) -> str | None:
    """ "oui", "non", or None when the words say neither; a ticked box decides."""
    ticked = _CHECKED.search(text)
    folded = fold(ticked[1] if ticked else text)
    if _NO.search(folded):
        return "non"
    return "oui" if _YES.search(folded) else None


def _of_yes_no(field: str, text: str, _: date | None) -> tuple[Stated, ...]:
    answer = _yes_or_no(text)
    return (Stated(field=field, value=answer or text, raw=text, confidence=1.0 if answer else 0.6),)


def _of_urgency(field: str, text: str, today: date | None) -> tuple[Stated, ...]:
    """The reason as written, with the day it is due, when one is said, as a full date: "expulsion, le 2026-03-20"."""
    if re.match(r"\W*(?:non|no)\b\W*$", fold(text)):
        return (Stated(field=field, value="non", raw=text),)
    found = None if today is None else dates.due(text, 0, today)
    if found is None:
        return (Stated(field=field, value=text, raw=text),)
    one, day = found
    value = f"{text[: one.start]}{day.isoformat()}{text[one.end :]}".strip(" .")
    return (Stated(field=field, value=value, raw=text),)


def _of_mark(field: str, text: str, _: date | None) -> tuple[Stated, ...]:
    problem = "repere-long" if len(text) > _REPERE else ""
    return (Stated(field=field, value=text[:_REPERE], raw=text, problem=problem),)


def _of_file(field: str, text: str, _: date | None) -> tuple[Stated, ...]:
    return (Stated(field=field, value=text, raw=text),) if any(ch.isdigit() for ch in text) else ()


def _plain(field: str, text: str, _: date | None) -> tuple[Stated, ...]:
    return (Stated(field=field, value=text, raw=text),)


_READERS: dict[str, Callable[[str, str, date | None], tuple[Stated, ...]]] = {
    "prenom": _of_name,
    "nom": _of_name,
    "nom_naissance": _of_name,
    "identite": person,
    "identite_nom": person,
    "identite_prenom": person,
    "naissance": _of_birth,
    "nir": _of_nir,
    "allocataire": _of_allocataire,
    "fiscal": _of_fiscal,
    "telephone": _of_phone,
    "mandat": _of_mandate,
    "contact_prudent": _of_yes_no,
    "urgent": _of_urgency,
    "repere": _of_mark,
    "dossier": _of_file,
}
