"""Acts said in plain words. A command is the whole first own line after greetings and gateways' banners, politeness
aside; inside a sentence or negated it is text, and only offered. (DOMAIN: "What each person does, in mail".)"""

from __future__ import annotations

from typing import Literal

from mailrouter.core.model import Frozen, Side
from mailrouter.core.text import close_words, fold, folded_words

Argument = Literal["", "reason", "target", "useful", "note", "when"]


class Act(Frozen, frozen=True, kw_only=True):
    """One act. `phrases` are whole folded lines that mean it; `argument` says what may follow the phrase."""

    name: str
    phrases: tuple[str, ...]
    sides: tuple[Side, ...]
    argument: Argument = ""


class Command(Frozen, frozen=True, kw_only=True):
    """An act that was said. `argument` is what followed, as written; `rest` the text below the command line."""

    act: str
    argument: str = ""
    rest: str = ""


BOTH: tuple[Side, ...] = ("helper", "operator")
HELPER: tuple[Side, ...] = ("helper",)
OPERATOR: tuple[Side, ...] = ("operator",)

ACTS: tuple[Act, ...] = (
    Act(
        name="take",
        phrases=(
            "je m'en occupe",
            "je m en occupe",
            "je prends",
            "je prends en charge",
            "je le prends",
            "je prends le dossier",
            "je m'en charge",
            "i take it",
            "i'll take it",
            "taking it",
            "i am on it",
            "mine",
        ),
        sides=OPERATOR,
    ),
    Act(
        name="not-me",
        phrases=(
            "pas moi",
            "ce n'est pas moi",
            "ce n'est pas pour moi",
            "pas pour moi",
            "not me",
            "not for me",
        ),
        sides=OPERATOR,
        argument="target",
    ),
    Act(
        name="not-us",
        phrases=(
            "pas nous",
            "ce n'est pas nous",
            "ce n'est pas pour nous",
            "pas competent",
            "pas competente",
            "nous ne sommes pas competents",
            "pas de notre competence",
            "not us",
            "not ours",
        ),
        sides=OPERATOR,
        argument="target",
    ),
    Act(
        name="done",
        phrases=(
            "traite",
            "traitee",
            "c'est traite",
            "demande traitee",
            "dossier traite",
            "regle",
            "c'est regle",
            "resolu",
            "c'est fait",
            "done",
            "solved",
            "resolved",
            "fait",
        ),
        sides=OPERATOR,
    ),
    Act(
        name="irrelevant",
        phrases=(
            "non pertinent",
            "non pertinente",
            "pas pertinent",
            "pas pertinente",
            "demande non pertinente",
            "irrelevant",
            "not relevant",
        ),
        sides=OPERATOR,
        argument="reason",
    ),
    Act(
        name="note",
        phrases=("note", "note aux agents", "note entre agents", "agents only"),
        sides=OPERATOR,
        argument="note",
    ),
    Act(
        name="close",
        phrases=(
            "clore",
            "cloturer",
            "clos",
            "cloture",
            "clore la demande",
            "cloturer la demande",
            "fermer",
            "je clos",
            "close",
            "close it",
        ),
        sides=HELPER,
        argument="useful",
    ),
    Act(name="reopen", phrases=("rouvrir", "reouvrir", "rouvrir la demande", "reopen"), sides=HELPER),
    Act(name="invite", phrases=("inviter", "invite", "ajouter", "associer"), sides=BOTH, argument="target"),
    Act(name="exclude", phrases=("exclure", "exclude"), sides=HELPER, argument="target"),
    Act(
        name="withdraw",
        phrases=(
            "retrait mandat",
            "retrait du mandat",
            "mandat retire",
            "mandate withdrawn",
            "withdraw mandate",
        ),
        sides=HELPER,
    ),
    Act(
        name="wrong-person",
        phrases=("erreur de personne", "mauvaise personne", "ce n'est pas la bonne personne", "wrong person"),
        sides=BOTH,
    ),
    Act(
        name="hand-over",
        phrases=("passer le relais a", "je passe le relais a", "passer le relais", "hand over to"),
        sides=BOTH,
        argument="target",
    ),
    Act(name="take-over", phrases=("reprendre", "je reprends", "take over"), sides=HELPER),
    Act(name="later", phrases=("plus tard", "rappeler", "later", "remind me"), sides=BOTH, argument="when"),
    Act(name="to-all", phrases=("a tous", "pour tous", "to all"), sides=OPERATOR, argument="note"),
    Act(name="list", phrases=("liste", "mes demandes", "list", "my cases"), sides=BOTH),
    Act(name="history", phrases=("historique", "history"), sides=BOTH),
    Act(name="help", phrases=("aide", "help", "?"), sides=BOTH),
    Act(
        name="mandate-form",
        phrases=("mandat", "formulaire de mandat", "mandate", "mandate form"),
        sides=HELPER,
    ),
    Act(name="check-draft", phrases=("pret ?", "pret?", "ready ?", "ready?"), sides=HELPER),
    Act(
        name="confirm",
        phrases=("ok", "oui", "c'est bon", "c'est correct", "d'accord", "yes", "correct"),
        sides=BOTH,
    ),
    Act(name="refuse", phrases=("non", "no"), sides=BOTH),
    Act(
        name="accept-terms",
        phrases=(
            "j'accepte",
            "j accepte",
            "j'accepte les conditions",
            "j'accepte les conditions d'utilisation",
            "i accept",
        ),
        sides=BOTH,
    ),
    Act(
        name="its-me", phrases=("c'est moi", "c est moi", "c'est bien moi", "it's me", "it is me"), sides=BOTH
    ),
    Act(name="send", phrases=("envoyer", "envoie", "envoyez", "send"), sides=BOTH),
    Act(name="register", phrases=("inscrire", "register"), sides=BOTH),
    Act(name="continue", phrases=("suite", "c'est la suite", "meme demande", "same case"), sides=BOTH),
    Act(name="new", phrases=("nouveau", "nouvelle demande", "c'est nouveau", "new case", "new"), sides=BOTH),
    Act(
        name="thanks",
        phrases=(
            "merci",
            "merci beaucoup",
            "merci bien",
            "merci a vous",
            "merci a tous",
            "un grand merci",
            "mille mercis",
            "merci pour votre aide",
            "merci pour tout",
            "merci pour votre retour",
            "merci pour votre reponse",
            "merci de votre retour",
            "merci de votre reponse",
            "thanks",
            "thank you",
            "thank you very much",
            "many thanks",
        ),
        sides=BOTH,
    ),
)
BY_NAME = {act.name: act for act in ACTS}

GREETINGS = frozenset(
    [
        "bonjour",
        "bonsoir",
        "salut",
        "hello",
        "hi",
        "dear",
        "cher",
        "chere",
        "chers",
        "cheres",
        "madame",
        "monsieur",
        "mesdames",
        "messieurs",
        "mme",
        "mr",
        "m",
        "bonne",
        "journee",
        "reponse",
        "re",
        "tous",
        "toutes",
        "a",
        "collegue",
        "collegues",
    ]
)
POLITE = frozenset(
    [
        "svp",
        "stp",
        "merci",
        "please",
        "cordialement",
        "bien",
        "cdt",
        "cdlt",
        "bonne",
        "journee",
        "s'il",
        "vous",
        "plait",
        "te",
        "bonjour",
        "bonsoir",
    ]
)
NEGATIONS = frozenset(["pas", "ne", "n'ai", "n'est", "n'a", "jamais", "not", "never", "n't", "plus"])


def own_lines(text: str) -> list[str]:
    """The lines of `text` without blanks, gateway banners ("[EXTERNE] …") and a greeting on a line of its own."""
    lines = [line.strip(" \t*-–—•>") for line in text.splitlines()]
    lines = [line for line in lines if line and not _banner(line)]
    while lines and _greeting(lines[0]):
        lines.pop(0)
    return lines


def _banner(line: str) -> bool:
    folded = fold(line)
    return folded.startswith(
        ("[extern", "[ext]", "caution:", "attention : ce", "attention: ce", "ce message provient d")
    )


def _greeting(line: str) -> bool:
    words = folded_words(line)
    if not words or len(words) > 5:
        return False
    return words[0] in GREETINGS and (len(words) <= 3 or all(w in GREETINGS for w in words))


def _polite_tail(words: tuple[str, ...]) -> bool:
    return all(w in POLITE or w.lstrip("s'") in POLITE for w in words)


def _strip_polite(words: tuple[str, ...]) -> tuple[str, ...]:
    kept = words
    while len(kept) > 1 and kept[-1] in POLITE:
        kept = kept[:-1]
    while len(kept) > 1 and (kept[0] in GREETINGS or kept[0] in POLITE):
        kept = kept[1:]
    return kept


def _split(text: str) -> tuple[str, ...]:
    return tuple(w for w in folded_words(text.replace("'", " ").replace("’", " ")))


def _starts(words: tuple[str, ...], phrase: tuple[str, ...]) -> bool:
    return len(words) >= len(phrase) and all(close_words(a, b) for a, b in zip(words, phrase, strict=False))


_PHRASES: tuple[tuple[Act, tuple[str, ...]], ...] = tuple(
    sorted(((act, _split(p)) for act in ACTS for p in act.phrases), key=lambda row: -len(row[1]))
)


def said(text: str) -> Command | None:
    """The command on the first own line of `text` (the new text of a mail), or None when it is plain text.

    An act without argument must be the whole line; one with an argument must be followed by what it takes.
    """
    lines = own_lines(text)
    if not lines:
        return None
    first, rest = lines[0], "\n".join(lines[1:])
    whole = _split(first)
    command = _matched(first, whole, rest)
    return command or _matched(first, _strip_polite(whole), rest)


def _matched(first: str, words: tuple[str, ...], rest: str) -> Command | None:
    for act, phrase in _PHRASES:
        if not _starts(words, phrase):
            continue
        tail = words[len(phrase) :]
        if not tail or _polite_tail(tail):
            return Command(act=act.name, argument="", rest=rest)
        argument = _argument(act, first, len(phrase), tail)
        if argument is not None:
            return Command(act=act.name, argument=argument, rest=rest)
    return None


USEFUL = {
    "oui": "yes",
    "yes": "yes",
    "non": "no",
    "no": "no",
    "?": "unknown",
    "ne": "unknown",
    "sais": "unknown",
}


def _argument(act: Act, line: str, taken: int, tail: tuple[str, ...]) -> str | None:
    """What follows the phrase, or None when the line is a sentence rather than the command."""
    if act.argument == "":
        return None
    if act.argument == "useful":
        return next((USEFUL[w] for w in tail if w in USEFUL), None) if len(tail) <= 4 else None
    if act.argument in ("reason", "note"):
        # A colon or dash after the phrase is what tells the command from a sentence that begins alike.
        head, mark, after = _at_mark(line)
        return after if mark and len(_strip_polite(_split(head))) <= taken else None
    return _after(line, taken) if len(tail) <= 12 else None


def _at_mark(line: str) -> tuple[str, str, str]:
    found = min(((line.find(m), m) for m in (":", " - ", " – ", ",") if m in line), default=None)
    if found is None:
        return line, "", ""
    head, mark, after = line.partition(found[1])
    return head, mark, after.strip()


def _after(line: str, words: int) -> str:
    """What is left of `line` after its first `words` words (counted as `_split` counts)."""
    flat = line.replace("'", " ").replace("’", " ")
    pieces = flat.split()
    seen, used = 0, 0
    for piece in pieces:
        if seen >= words:
            break
        used += 1
        if _split(piece) and not (seen == 0 and set(_split(piece)) <= (GREETINGS | POLITE)):
            seen += len(_split(piece))
    return (
        " ".join(line.replace("’", "'").replace("'", "' ").split()[used:]).replace("' ", "'").strip(" :,-–")
    )


def mentioned(text: str, side: Side) -> tuple[str, ...]:
    """Acts whose words stand inside the text without being a command: offered, never done."""
    words = _split("\n".join(own_lines(text)[:6]))
    found: list[str] = []
    for act, phrase in _PHRASES:
        if len(phrase) == 1 and phrase[0] not in ("traite", "traitee", "clore", "cloturer", "resolu"):
            continue
        spots = range(len(words) - len(phrase) + 1)
        hit = any(words[i : i + len(phrase)] == phrase for i in spots)
        if hit and side in act.sides and act.name not in found:
            found.append(act.name)
    return tuple(found)


def resembles_note(text: str) -> bool:
    """Whether the first own line looks like an internal marker that is not the recognised `note :`.

    Such a mail is relayed to nobody: the writer is asked `note` or `envoyer` (DOMAIN, Situations 2).
    """
    lines = own_lines(text)
    if not lines:
        return False
    words = _split(lines[0])
    marks = ("interne", "confidentiel", "internal", "internally")
    if words[:1] == ("note",) and len(words) > 1:
        return True
    if len(words) <= 8 and any(m in words for m in marks):
        return True
    return (len(words) <= 12 and words[:2] == ("a", "ne") and "transmettre" in words) or words[:3] == (
        "ne",
        "pas",
        "transmettre",
    )


def contradictory(text: str, side: Side) -> tuple[str, ...]:
    """The acts of a mail whose first two own lines are two different commands that change the state."""
    acts = []
    for line in own_lines(text)[:3]:
        command = said(line)
        if (
            command
            and side in BY_NAME[command.act].sides
            and command.act in STATEFUL
            and command.act not in acts
        ):
            acts.append(command.act)
    return tuple(acts) if len(acts) > 1 else ()


STATEFUL = frozenset({"take", "not-me", "not-us", "done", "irrelevant", "close", "reopen", "withdraw"})
