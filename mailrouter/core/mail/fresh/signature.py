"""Where a person's text ends and their signature begins. What machines put below it is found in footers.py.

Everything found here is kept (`VisibleText.signature`), nothing is deleted. When in doubt a line is the
person's: a signature shown is a small fault, a sentence hidden a great one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from mailrouter.core.mail.fresh.closings import FORMAL, is_closing, told_elsewhere
from mailrouter.core.mail.fresh.disclaimers import is_disclaimer
from mailrouter.core.mail.fresh.footers import RULE, TAIL, begin_of_footers, trimmed
from mailrouter.core.mail.fresh.jotted import is_matter, tells
from mailrouter.core.mail.fresh.own_name import begin_of_frame, begin_of_own_name
from mailrouter.core.mail.letters import lowered
from mailrouter.core.mail.says.labels import field_of

_DELIMITED_LINES: Final = (
    40  # below "-- " (RFC 3676 4.3) everything is signature; more is a text with a rule in it
)
_BLOCK_LINES: Final = 14  # lines of a block below "Cordialement": name, office, address, telephones, slogan
_BLOCK_WORDS: Final = 14
_LONG: Final = 60  # characters: closing formulas are shorter, the formal ones excepted
_LONG_SENTENCE: Final = 110  # characters
_ROUNDS: Final = 6  # signature, mobile footer, disclaimer, list footer: each may stand below the other

_FRAMING: Final = frozenset("-=*_―─━＝－")
_DELIMITERS: Final = frozenset({"--", "—", "–", "__", "- -", "***", "-- *"})

# Their sentences are known by `_SENTENCE`; those of other languages by `told_elsewhere`.
_FRENCH_BEGINS: Final = (
    "cordialement|bien |très |tres |trés |avec |excellente |bonne |bon |belle |amicalement|sinc|respect|frat|confrat|chaleur|cdlt|cdt|cldt|à |a vous|"
    "salutations|meilleur|mes |nos |sentiments|veuillez|je vous|nous vous|kind|best|warm|many|all |yours|cheers|regards|restant|dans l"
)
_FRENCH: Final = tuple(_FRENCH_BEGINS.split("|"))
_CASE_FIELDS: Final = frozenset(
    (
        "nom",
        "prenom",
        "naissance",
        "nom_naissance",
        "nir",
        "allocataire",
        "fiscal",
        "dossier",
        "organisme",
        "mandat",
    )
)
_CONTACT = re.compile(
    r"(?:t[ée]l[ée]?(?:phone|copie)?|tel|port(?:able)?|mob(?:ile)?|fixe|fax|phone|m[ée]l|e-?mail|courriel|mail|site|web|"
    r"adresse|bureau|standard|ligne directe|horaires|permanence|accueil|internet|direct|secrétariat|antenne|www)\b"
)
# Only addresses and opening hours of an office have these: a telephone, a postcode before a town, two hours.
_OFFICE = re.compile(
    r"(?<!\d)0\d(?:[ .]\d\d){4}(?!\d)|\b\d{5} [A-ZÀ-Þ]|\b\d{1,2} ?h(?:\d\d)? ?(?:à|-|–|/) ?\d{1,2} ?h|https?://|\bwww\."
)
# Who a case is about, which nobody signs with: a birth, a full date, a NIR, a number of a case or a beneficiary.
_IDENTIFIES = re.compile(
    r"\bn[ée]e? (?:le|en) \d|(?<!\d)\d{1,2}[/.-]\d{1,2}[/.-](?:19|20)\d\d(?!\d)|(?<![\d+])[12] ?\d\d ?[0-3]\d ?[\dab]{2} ?\d{3} ?\d{3}\b"
    r"|\b(?:allocataire|usag[eè]re?|b[ée]n[ée]ficiaire|dossier|matricule|s[ée]cu(?:rit[ée] sociale)?|fiscal)\b[^\n@]{0,12}\d{4}"
)
_DIGIT = re.compile(r"\d")
_LABELLED = re.compile(r"[^\W\d_][^:\n]{1,38}\s?:\s?\S")
# Networks and days at work, which offices print and no letter tells below its closing.
_OF_OFFICES = re.compile(
    r"(?:(?:suivez|retrouvez|rejoignez)[- ]nous|(?:follow|find) us|folgen sie uns|síguenos|seguici|siga-nos|volg ons)\b.{0,20}(?:facebook|twitter|linkedin|instagram|youtube|\bx\b|http|www\.|@)"
    r"|(?:mes |nos )?(?:jours?|horaires?) (?:de |d['’])?(?:présence|travail|travaillés|permanence|ouverture|accueil)\s?:|(?:my )?(?:working|office) (?:days|hours)(?: are)?\s?:|sprechzeiten|öffnungszeiten"
)
# Days and hours, which offices print behind a label in any language.
_DAYS: Final = (
    "lun mar mer jeu ven sam dim lundi mardi mercredi jeudi vendredi samedi dimanche mon tue wed thu fri sat sun tues thurs monday tuesday wednesday thursday friday "
    "mo di mi do fr sa so montag dienstag mittwoch donnerstag freitag samstag ma wo vr za zo maandag dinsdag woensdag donderdag vrijdag "
    "lunes martes miércoles jueves viernes sábado l m x j v lunedì martedì mercoledì giovedì venerdì gio segunda terça quarta quinta sexta feira "
    "pn wt śr czw pt sob h uhr uur am pm bis au à a et to al von de du le and und en y e tot les l après-midi matin"
)
_HOURS: Final = frozenset(_DAYS.split()) | {""}
_HOURS_APART = re.compile(r"[\s\d,.:;/&–—-]+|(?<=\d)h(?=\d|\b)")
_PRONOUNS = re.compile(r"\((?:she|he|they|elle|il|iel)/[\w/]{2,12}\)")
_POSTSCRIPT = re.compile(r"(?:p\.?\s?s|n\.?\s?b|post-scriptum|p\.-s)\b")
# Words of a sentence, which no name, office or address has. A slogan that has one stays visible.
_SENTENCE = re.compile(
    r"\b(?:je|j['’]|(?<!rendez-)vous|tu|il|elle|ils|elles|on|est|sont|était|ai|avez|avons|ont|sera|merci|pouvez|peut|veuillez|svp|"
    r"ci-joint\w*|joint|jointe|pas|i(?!\.)|you|we|he|she|is|are|was|will|have|has|please|attached|not)\b"
)
_ASKED = re.compile(r"\bmy\b|\b(?:call|tell|let|ring|text) (?:me|us|him|her)\b")
_SPOKEN = re.compile(
    r"\b(?:je|j['’](?:ai|attends|aimerais)|mme|(?:elle|il|elles|ils) (?:est|sont|a|ont|faut|sera|doit|va|ne)|merci (?:de|d['’])|pouvez|pourriez|pas|jointe?s?)\b|\?\s*\Z"
)
_QUOTED: Final = '«"“„'  # a motto begins so
_QUOTE_ENDS: Final = '»"”“'
_SAYS = re.compile(
    r"\b(?:ne|est|sont|sera|était|ai|ont|avez|doit|faut|va)\b|\bn['’]"
)  # slogans in English have "is"
_DASHES: Final = " -–—_*"
_DASHED_NAME = re.compile(r"[-–—]\s?(?:[A-ZÀ-Þ][a-zß-ÿ'’-]+\s){1,2}[A-ZÀ-Þ][a-zß-ÿ'’-]+\Z")


def begin_of_signature(lines: Sequence[str], hint: int | None = None, author: str = "") -> int:
    """Index of the first line of the apparatus at the end of `lines`; len(lines) when there is none.

    `author`: who wrote, "Name <address>", "" when unknown. `hint`: the line where the HTML says that the signature begins. People type inside it, so what follows
    must look like a signature.
    """
    end = trimmed(lines, len(lines))
    if not end:
        return len(lines)
    if (
        hint is not None
        and hint < end
        and _short_block(lines, hint, trimmed(lines, begin_of_footers(lines, end)))
    ):
        above = trimmed(lines, hint)
        return above - 1 if above and lines[above - 1].strip() in _DELIMITERS else hint
    cut = _delimited(lines, end)
    if lines[end - 1][:1] in _FRAMING:
        cut = min(cut, begin_of_frame(lines, end, _fits_block))
    formula = False
    for _ in range(_ROUNDS):
        before = cut
        if formula and cut and _is_letter(lines[cut - 1]):
            break
        cut = begin_of_footers(lines, cut, not formula)
        if cut != end and cut and _is_plain_sentence(lines[cut - 1]):
            break  # no closing formula: what stands above is the letter
        closing = _closed(lines, cut)
        formula, cut = formula or closing < cut, trimmed(lines, closing)
        if cut == before:
            break
    cut = _dashed_name(lines, cut)
    if author and cut and not formula:
        cut = begin_of_own_name(lines, trimmed(lines, cut), author, _fits_block)
    return len(lines) if cut == end else cut


def _is_letter(line: str) -> bool:
    """A cheap look above a closing formula: whether a long sentence stands there, which is of no mail and so no notice."""
    if len(line) <= _LONG_SENTENCE or not _is_plain_sentence(line):
        return False
    return not ("mail" in line or "essage" in line or "ourriel" in line or "imprim" in line)


def _is_plain_sentence(line: str) -> bool:
    """A long line that ends as a sentence does and begins as no formal closing does."""
    return len(line) > _LONG and line[-1] in ".!?" and not lowered(line[:20]).startswith(FORMAL)


def _delimited(lines: Sequence[str], end: int) -> int:
    """Begin of what "-- " announces: the first delimiter that has little enough below it."""
    low = max(0, end - TAIL)
    footers = -1
    for i in range(low, end):
        line = lines[i]
        if len(line) < 6 and line.strip() in _DELIMITERS:
            footers = begin_of_footers(lines, end) if footers < 0 else footers
            if _is_delimiter(lines, i, max(footers, i + 1)):
                return i
    return end


def _is_delimiter(lines: Sequence[str], i: int, end: int) -> bool:
    below = [x.strip() for x in lines[i + 1 : end] if x.strip()]
    if any(_IDENTIFIES.search(lowered(x)) for x in below):
        return False
    if sum(":" in x and field_of(x.partition(":")[0]) in _CASE_FIELDS for x in below) >= 2:
        return False  # a form below a person's own rule
    if _told_below(lines, i, end):
        return False
    if lines[i].startswith("-- ") or lines[i].startswith("--\xa0"):
        return len(below) <= _DELIMITED_LINES
    # Gateways strip the blank that makes "-- " a delimiter; then what follows must look like a signature.
    if any(_SPOKEN.search(low) or _SAYS.search(low) for low in map(lowered, below)):
        return False
    return len(below) <= _BLOCK_LINES + 6 and all(len(x.split()) <= _BLOCK_WORDS for x in below)


def _told_below(lines: Sequence[str], begin: int, end: int) -> bool:
    """Whether a paragraph below the first one under a delimiter is a person's: clients put the signature first, and some
    people write on below it."""
    name = next(
        (k for k in range(begin + 1, end) if not lines[k].strip() and lines[k - 1].strip(_DASHES)), end
    )
    return any(
        is_matter(low := lowered(bare))
        or tells(bare)
        or _SPOKEN.search(low)
        or (bare[0] not in _QUOTED and _SAYS.search(low))
        or _is_labelled(bare, low)
        for x in lines[name:end]
        if (bare := x.strip())
    )


def _short_block(lines: Sequence[str], begin: int, end: int) -> bool:
    block = [bare for x in lines[begin:end] if (bare := x.strip(" \t\xa0*_>"))]
    return len(block) <= _BLOCK_LINES and all(
        _fits_block(x, low := lowered(x)) or is_closing(x, low) for x in block
    )


def _closed(lines: Sequence[str], end: int) -> int:
    """Begin of "Cordialement" and the short lines below it that reach the end; `end` when there are none."""
    below = 0
    for i in range(end - 1, max(-1, end - TAIL), -1):
        bare = lines[i].strip(" \t\xa0*_>")
        if not bare:
            continue
        low = lowered(bare)
        if is_closing(bare, low):
            return end if not low.startswith(_FRENCH) and told_elsewhere(lines[i + 1 : end]) else i
        below += 1
        if below > _BLOCK_LINES or not (_fits_block(bare, low) or _is_printed(bare, low)):
            break
    return end


def _is_printed(bare: str, low: str) -> bool:
    """What is no line of a person though it says something: a rule, networks, days at work, the plea not to print."""
    if low[0] in "-_=":
        return RULE.match(bare) is not None
    if (":" in low or "us" in low or "uns" in low) and _OF_OFFICES.match(low) is not None:
        return _SPOKEN.search(low) is None
    return ("mprim" in low or "print" in low or "druck" in low or "stamp" in low) and is_disclaimer([bare])


def _fits_block(bare: str, low: str) -> bool:
    """Whether a line, also given in lower case, may stand below a closing: no sentence, no field of a case."""
    if len(bare) > 160 or bare[-1] == "?":
        return False
    if bare[:1] in "-•*" or len(bare) > 110 or len(bare.split()) > _BLOCK_WORDS:
        return _has_office(bare)
    if "/" in low:
        low = _PRONOUNS.sub("", low)
    if ("my " in low or " me" in low) and _ASKED.search(low):
        return False
    if bare[0] in _QUOTED and bare[-1] in _QUOTE_ENDS and not _SPOKEN.search(low) and not _DIGIT.search(low):
        return True  # a motto
    if _SENTENCE.search(low) or _POSTSCRIPT.match(low) or is_matter(low) or tells(bare):
        return False
    if (":" in low and _is_labelled(bare, low)) or (_DIGIT.search(low) and _IDENTIFIES.search(low)):
        return False
    return bare[-1] not in ".!" or len(bare.split()) <= 6 or _has_office(bare)


def _has_office(bare: str) -> bool:
    told = "http" in bare or "www." in bare or _DIGIT.search(bare) is not None
    return told and _OFFICE.search(bare) is not None


def _is_labelled(bare: str, low: str) -> bool:
    """A field of a case ("Nom : Martin"), not a contact ("Tél. : 05 …")."""
    if _LABELLED.match(low) is None or _CONTACT.match(low) is not None:
        return False
    if _HOURS.issuperset(_HOURS_APART.split(low[low.index(":") + 1 :].replace("\xa0", " "))):
        return False  # "Aanwezig: ma, di, do", "Mo-Do: 8-16 Uhr"
    return "@" not in bare and "http" not in bare and "www." not in bare


def _dashed_name(lines: Sequence[str], end: int) -> int:
    """ "-Jean Dupont" as the last line, below a blank one and a finished sentence; "-Attestation" is a list."""
    cut = trimmed(lines, end)
    if cut < 3 or lines[cut - 2].strip() or not _DASHED_NAME.match(lines[cut - 1].strip()):
        return end
    above = trimmed(lines, cut - 1)
    return cut - 1 if above and lines[above - 1].rstrip().endswith((".", "!", "?")) else end
