"""Acts said in plain words. A command is the whole first own line after greetings and gateways' banners, politeness
aside; inside a sentence or negated it is text, and only offered. (DOMAIN: "What each person does, in mail".)"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from mailrouter.core.decide.words.acts import ACTS as ACTS
from mailrouter.core.decide.words.acts import BY_NAME as BY_NAME
from mailrouter.core.decide.words.acts import Act
from mailrouter.core.decide.words.courtesies import (
    COURTEOUS,
    GRATEFUL,
    GREETINGS,
    LEADS,
    NEGATIONS,
    OBJECTS,
    POLITE,
    RECEIVED,
    SALUTES,
    THANKED,
    THANKFUL,
    THANKS_WORDS,
    TIMES,
    USEFUL,
    listed,
)
from mailrouter.core.decide.words.phrases import Word, candidates, says, stands, words_of
from mailrouter.core.model import Frozen
from mailrouter.core.text import fold

TARGET_WORDS = 5
# With one of these a line that begins with a title is a sentence: "Mme Dupont est décédée".
_VERBS = listed("est sont etait ont avait va vont veut peut doit attend vit dort part ne n pas is has was")
_TITLES = listed("madame monsieur mesdames messieurs mme mr")
_BESIDE_USEFUL = listed(
    "reponse answer c etait est la a ete m nous tres bien ok bcp was very the it helpful avis ca cela vraiment"
)
WHEN_WORDS = 6
_SMALL_WORDS = 3  # in small letters behind "bonjour": a name, "à toute l'équipe"
_BANNERS = (
    "[extern",
    "[ext]",
    "caution:",
    "caution :",
    "attention : ce",
    "attention: ce",
    "ce message provient d",
)
_MARK = re.compile(
    r"\s*(?::|=>|->|→|-|–|—|,|;|\.|\(|\bcar\b|\bparce que\b|\bpuisque\b|\bdu fait\b|\ben raison\b|\bbecause\b|\bsince\b)\s*",
    re.I,
)
# Clauses of a line: "Merci à tous ! Clore oui".
_CLAUSE = re.compile(r"\s*[,.!;]+\s+")
# Acts on the case itself, which may be named behind them: "je prends ce dossier", "résumé de la demande".
_ON_CASE = listed("take done close reopen take-over history summary wrong-person withdraw")
# Acts that say when: "je m'en occupe demain", "traité hier".
_TIMED = listed("take done")
_CLOSING = (["done", "close"], ["close", "done"])
_DAYS = TIMES - listed(
    "ce cet cette des que au plus tot tres tout de dans la le les debut fin d ici en on as since now"
)
_WISHING = listed("bonne bon belle excellente agreable douce nice good")
# Acts that may be asked for: "historique ?".
_ASKED_FOR = listed("help list history summary mandate-form letter")
# Words that may stand before or between the name of a target and say nothing of whom.
_FILLERS = listed(
    "c est mais plutot voir avec voyez demander demandez a au aux pour la le les l du de des d et ou the to with"
    " plutot aupres contacter contactez adressez adresser vous il faut competent competente it is please also aussi"
)


class Command(Frozen, frozen=True, kw_only=True):
    """An act that was said. `argument` is what followed, as written; `rest` the text below the command line; `line` which
    of the own lines it is; `followed`: by another act, which the text and the files of the mail go with."""

    act: str
    argument: str = ""
    rest: str = ""
    line: int = 0
    followed: bool = False


@lru_cache(maxsize=8)  # of one mail: ten places ask the same text; the next mail's texts take their place
def said(text: str) -> Command | None:
    """The command on the first own line of `text` (the new text of a mail), or None when it is plain text.

    An act without argument must be the whole line; one with an argument must be followed by what it takes.
    """
    for line, rest in _own(text):
        words = words_of(line)
        if not words:
            continue
        if not (words[0].text in GREETINGS and all(w.text in GREETINGS for w in words)):
            if command := _command(line, words):
                return Command(act=command.act, argument=command.argument, rest=rest)
            if not _greeting(line, words):
                return None
    return None


def own_lines(text: str) -> list[str]:
    """The lines of `text` without blanks, gateway banners ("[EXTERNE] …") and a greeting on a line of its own."""
    lines = [line for line, _ in _own(text)]
    while lines and _greeting(lines[0], words_of(lines[0])) and not _command(lines[0], words_of(lines[0])):
        lines.pop(0)
    return lines


def _own(text: str) -> Iterator[tuple[str, str]]:
    """Each own line with the text below it. Quoted lines and banners are nobody's word here."""
    text = text if text.isascii() else unicodedata.normalize("NFC", text)
    place, size = 0, len(text)
    while place < size:
        end = text.find("\n", place)
        end = size if end < 0 else end
        line = text[place:end].strip(" \t\r\xa0\u202f*-–—•_#")
        place = end + 1
        if line and line[0] != ">" and not fold(line[:40]).startswith(_BANNERS):
            yield line, text[place:].strip()


def _greeting(line: str, words: tuple[Word, ...]) -> bool:
    """A salute with at most a name or a few ("Bonjour Madame Martin", "bonjour claire"), nothing else on the line:
    "Bonjour, le dossier avance" is a sentence."""
    if not words or len(words) > 6 or words[0].text not in SALUTES:
        return False
    if any(w.text in _VERBS for w in words):
        return False
    others = [w for w in words[1:] if w.text not in GREETINGS and not line[w.start].isupper()]
    if not others:
        return len(words) <= 4 or all(w.text in GREETINGS for w in words)
    # A name in small letters stands right behind the salute, and ends the line.
    name_only = len(others) <= 2 and words[-len(others) :] == tuple(others) and words[0].text not in _TITLES
    name_only = name_only and all(w.text in GREETINGS for w in words[1 : -len(others)])
    return name_only and len(words) <= 4 and not set(line[: others[-1].end]) & set(",.!:;")


def _command(line: str, words: tuple[Word, ...]) -> Command | None:
    """The command that a line is, wherever its politeness ends."""
    for start in _starts(line, words):
        if command := _at(line, words, start):
            return command
    return Command(act="thanks") if _only_thanks(words) else _among_courtesies(line)


def _among_courtesies(line: str) -> Command | None:
    """The act of a line whose other clauses are courtesies alone: "Merci à tous ! Clore oui"; of one that says that it is
    done and may be closed: "Traité, vous pouvez clore"."""
    clauses = [(clause, words_of(clause)) for clause in _CLAUSE.split(line, maxsplit=3)]
    if len(clauses) == 1:
        return None
    told = [(c, w) for c, w in clauses if not _courteous(c, w)]
    found = [next((f for start in _starts(c, w) if (f := _at(c, w, start))), None) for c, w in told]
    if len(found) == 1:
        return found[0]
    if len(found) == 2 and found[0] and found[0].act == "close" and not found[0].argument:
        # "Vous pouvez clore. C'était très utile."
        useful = _useful(told[1][1])
        return Command(act="close", argument=useful) if useful else None
    acts = [one.act if one else "" for one in found]
    return next((f for f in found if f and f.act == "close"), None) if acts in _CLOSING else None


def _courteous(clause: str, words: tuple[Word, ...]) -> bool:
    """Whether a clause is a courtesy, or a thanks to somebody by name: "merci Claire", "thank you Marc"."""
    others = [w for w in words if w.text not in COURTEOUS and w.text not in RECEIVED]
    thanks = bool(words) and words[0].text in THANKED
    return not others or (thanks and len(others) <= 2 and all(clause[w.start].isupper() for w in others))


def _only_thanks(words: tuple[Word, ...]) -> bool:
    """Whether a line says thanks, for what, to whom, and not one word more: "Merci beaucoup pour votre aide !"."""
    return len(words) <= THANKS_WORDS and words[0].text in THANKFUL and all(w.text in GRATEFUL for w in words)


def _starts(line: str, words: tuple[Word, ...]) -> Iterator[int]:
    """Where the act may begin: at once, behind a salute, behind a polite turn."""
    yield 0
    behind = _behind_salute(line, words)
    if behind:
        yield behind
    for _ in range(3):
        first = words[behind].text if behind < len(words) else ""
        lead = next((d for d in LEADS.get(first, ()) if stands(words, behind, d)), None)
        if lead is None:
            return
        behind += len(lead)
        yield behind


def _behind_salute(line: str, words: tuple[Word, ...]) -> int:
    """How many words greet: up to a comma near by ("Bonjour Claire, …"), else those that only ever greet."""
    if not words or words[0].text not in SALUTES:
        return 0
    for n in range(1, min(len(words), 6)):
        if set(line[words[n - 1].end : words[n].start]) & set(",!.:;–—\n"):
            return n if _salutes(line, words[:n]) else 0
    return next((n for n, w in enumerate(words) if w.text not in GREETINGS), 0)


def _salutes(line: str, words: tuple[Word, ...]) -> bool:
    """Whether the words before a comma greet: "Madame Martin, …", "bonjour claire, …"; "Madame a retrouvé du travail, …" tells."""
    small = [w.text for w in words[1:] if w.text not in GREETINGS and not line[w.start].isupper()]
    most = 0 if words[0].text in _TITLES else _SMALL_WORDS
    return len(small) <= most and not any(w in _VERBS for w in small)


def _at(line: str, words: tuple[Word, ...], start: int) -> Command | None:
    count = len(words)
    if start >= count:
        return None
    for act, phrase in candidates(words[start].text):
        end = start + len(phrase)
        if end > count or not says(act, words, start, phrase):
            continue
        argument = _argument(act, line, words[end:], words[end - 1].end)
        if argument is not None:
            return Command(act=act.name, argument=argument)
    return None


def _argument(act: Act, line: str, tail: tuple[Word, ...], end: int) -> str | None:
    """What follows the phrase, or None when the line is a sentence rather than the command."""
    if act.argument == "broad":
        return line[end:].lstrip(" :\xa0").strip() if line[end:].lstrip().startswith(":") else None
    if act.argument in ("", "useful", "when"):
        tail = _before_thanks(line, tail)
    if act.name in _TIMED and _says_when(tail):
        return line[tail[0].start : tail[-1].end].strip(" .,;:!()")
    if all(w.text in POLITE for w in tail):
        return ""
    if act.name in _ASKED_FOR and all(w.text in POLITE or w.text == "?" for w in tail):
        return ""
    if act.name in _ON_CASE and all(w.text in OBJECTS or w.text in POLITE for w in tail):
        return ""
    match act.argument:
        case "useful":
            return _useful(tail)
        case "reason" | "note":
            mark = _MARK.match(line, end)
            return line[mark.end() :].strip().removesuffix(")") if mark else None
        case "target":
            return _target(line, tail)
        case "when":
            return line[tail[0].start :].strip(" .!)") if len(tail) <= WHEN_WORDS else None
        case _:
            return None


def _before_thanks(line: str, tail: tuple[Word, ...]) -> tuple[Word, ...]:
    """The tail without a thanks to somebody that ends it: "clore oui merci Claire"."""
    start = next((n for n, w in enumerate(tail) if w.text in THANKED), len(tail))
    return tail[:start] if _courteous(line, tail[start:]) else tail


def _says_when(tail: tuple[Word, ...]) -> bool:
    """Whether a tail names a day or a time ("demain matin", "le 12 mars") and says nothing else but whom it greets."""
    if _WISHING & {w.text for w in tail} or not any(w.text in _DAYS or w.text.isdigit() for w in tail):
        return False
    return all(w.text in TIMES or w.text in OBJECTS or w.text in POLITE or w.text.isdigit() for w in tail)


def usefulness(line: str) -> str:
    """What a line says of an answer's usefulness and nothing else ("Oui, très utile", "pas utile"): `yes`, `no`,
    `unknown`, or ''. A yes or a no alone may answer anything."""
    words = words_of(line)
    return (_useful(words) or "") if not _USEFUL_WORDS.isdisjoint(w.text for w in words) else ""


_USEFUL_WORDS = listed("utile inutile useful useless")


def _useful(tail: tuple[Word, ...]) -> str | None:
    """yes, no or unknown; None for anything else, and for both at once."""
    told = " ".join(w.text for w in tail if w.text not in POLITE)
    if told in ("pas utile", "non utile", "not useful"):
        return "no"
    if "sais pas" in told or "sait pas" in told or told in ("don t know", "i don t know"):
        return "unknown"
    found = {USEFUL[w] for w in told.split() if w in USEFUL}
    extra = [w for w in told.split() if w not in USEFUL and w not in _BESIDE_USEFUL and w not in OBJECTS]
    return next(iter(found), "") if len(found) <= 1 and not extra else None


def _target(line: str, tail: tuple[Word, ...]) -> str | None:
    """A name, address or organisation, its articles and turns of phrase aside; nothing longer, nothing negated."""
    while tail and (tail[-1].text in POLITE or tail[-1].text == "?"):
        tail = tail[:-1]
    kept = [w for w in tail if w.text not in _FILLERS]
    if not kept or len(kept) > TARGET_WORDS or any(w.text in NEGATIONS for w in tail):
        return None
    return line[kept[0].start : tail[-1].end].strip(" .,;:<>()")
