"""Whether words beside an act, an answer or a thanks are worth passing on. One answer for every act: a line too much is
a small fault, a sentence lost a great one."""

from __future__ import annotations

import re
import unicodedata

from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.words.command import own_lines
from mailrouter.core.decide.words.courtesies import CIVIL, COURTEOUS, RECEIVED, THANKED, listed
from mailrouter.core.decide.words.phrases import Word, words_of
from mailrouter.core.mail.fresh.footers import begin_of_footers
from mailrouter.core.mail.fresh.quote import compared
from mailrouter.core.mail.fresh.visible import above_quote, answers_only
from mailrouter.core.model import Facts
from mailrouter.core.text import fold, folded_words

# A name, a mayor's office or a unit: so many words, each with a capital but for these.
_NAME_WORDS = 5
# In capitals from here on a line is a sentence ("RAPPEL DE MARS PAYÉ") rather than a name.
_SENTENCE = 3
_PARTICLES = listed("de du des d la le les l von van el al et en aux au sur sous a and of the")
# Where a client says that a picture stands: the file itself is looked at (Scene.brings_files).
_PICTURE = re.compile(r"\[[^\]\n]+\.\w{3,4}\]")


def says_something(text: str, name: str = "") -> bool:
    """Whether `text` holds anything to be read besides greetings, thanks, closing formulas and a signature. `name`: its
    author's, where a signature begins."""
    signed = set(folded_words(name))
    for line in own_lines(text):
        words = words_of(line)
        if signed and words and all(w.text in signed for w in words):
            return False
        if _tells(line, words):
            return True
    return False


def _tells(line: str, words: tuple[Word, ...]) -> bool:
    aside = _PICTURE.fullmatch(line) or all(w.text in COURTEOUS for w in words)
    return not aside and not _is_name(line, words)


def _is_name(line: str, words: tuple[Word, ...]) -> bool:
    """A person's or an office's name: capitals but for particles, no sentence's end, no figure."""
    if len(words) > _NAME_WORDS or line.rstrip()[-1] in ".!?…:;" or any(c.isdigit() for c in line):
        return False
    if len(words) >= _SENTENCE and line.isupper():
        return False
    return all(w.text in _PARTICLES or line[w.start].isupper() for w in words)


# Where a client, a form or a template of answers shows that a text is to be written.
_TO_BE_WRITTEN = frozenset(
    tuple(folded_words(told))
    for told in [
        "Préparer une réponse",
        "Rédiger une réponse",
        "Rédigez votre réponse",
        "Votre réponse",
        "Votre réponse ici",
        "Votre texte",
        "Votre texte ici",
        "Votre message",
        "Votre message ici",
        "Texte de la réponse",
        "Texte à compléter",
        "Réponse à compléter",
        "À compléter",
        "Texte",
        "Écrire un message",
        "Écrivez votre message",
        "Écrivez votre réponse",
        "Tapez votre message",
        "Tapez votre texte",
        "Tapez votre texte ici",
        "Saisir votre texte",
        "Saisissez votre texte",
        "Saisissez votre texte ici",
        "Saisissez votre message",
        "Saisissez votre réponse",
        "Cliquez ici pour entrer du texte",
        "Cliquez ici pour taper du texte",
        "Cliquez ou appuyez ici pour entrer du texte",
        "Répondre ici",
        "Répondez ici",
        "Lorem ipsum",
        "Prepare a reply",
        "Draft a reply",
        "Write a reply",
        "Write your reply",
        "Your reply",
        "Your reply here",
        "Your text here",
        "Your message here",
        "Type your message",
        "Type your message here",
        "Enter your text here",
        "Click here to enter text",
        "Click or tap here to enter text",
        "To be completed",
    ]
)
# How a letter begins and ends; thanks, wishes and "bien reçu" say something.
_BEGINS = listed("bonjour bonsoir salut hello hi coucou dear cher chere chers cheres")
_ENDS = listed(
    "bien cordialement cordiales cdt cdlt bav salutations distinguees sinceres sincerement amicalement"
    " respectueusement meilleures mes nos a vous best kind regards sincerely yours"
)
# A line below a signature's name that is longer and ends so is a sentence.
_SENTENCE_WORDS = 5


def sent_by_mistake(text: str, name: str = "") -> bool:
    """Whether a mail says nothing at all: a greeting, an end of a letter, its author's signature, signs, a client's own
    footer, or the words that stand where a text is to be written. `name`: its author's."""
    signed = set(folded_words(name))
    lines = [line for x in text.splitlines() if (line := x.strip()) and not line.startswith(">")]
    for place, line in enumerate(lines):
        words = tuple(w.text for w in words_of(line))
        if signed and words and set(words) <= signed:
            return not any(_is_sentence(below) for below in lines[place + 1 :])
        if not _is_frame(line, words):
            return False
    return True


def _is_frame(line: str, words: tuple[str, ...]) -> bool:
    if not words:
        return "?" not in line and all(unicodedata.category(sign)[0] in "PZC" for sign in line)
    crossed = len(words) == 1 and set(words[0]) == {"x"}
    begins = words[0] in _BEGINS and not own_lines(line)
    civil = line.endswith(",") and set(words) <= CIVIL
    ends = set(words) <= _ENDS and words != ("bien",)
    framed = begins or civil or ends or words in _TO_BE_WRITTEN or crossed
    return framed or begin_of_footers((line,), 1) == 0


def _is_sentence(line: str) -> bool:
    return len(words_of(line)) >= _SENTENCE_WORDS and line.rstrip()[-1] in ".!?"


def is_empty(scene: Scene, name: str) -> bool:
    """Whether a mail holds nothing at all for anybody: no word of its author's (`name`) but a greeting, a signature or the
    words that stand where a text is to be written; no file, forward or line of a form."""
    message = scene.message
    forwards = message.forwarded is not None and bool(message.forwarded.text.strip())
    said = message.stated or scene.trigger.release_word or not sent_by_mistake(message.visible, name)
    return not (said or forwards or scene.brings_files or message.attachments)


def says_nothing_new(facts: Facts) -> bool:
    """Whether a mail is a quote of ours and nothing else: sent back with a file, or by mistake. The reader shows such a
    quote whole rather than nothing; whoever relays must not, since it holds what its reader alone was shown."""
    message = facts.message
    if message is None or not facts.ours or (message.forwarded and message.forwarded.text):
        return False
    if above_quote(message.visible) != "" or answers_only(message.visible) != message.visible:
        return False
    found = compared(message.visible, tuple(m.text for m in facts.ours if m.text))
    return found.quotes and not found.inserted.strip()


def only_thanks(text: str, names: str = "") -> bool:
    """Whether `text` is thanks and courtesies alone, whoever of `names` they greet: "Merci Claire, bonne journée"."""
    return _only(text, names, COURTEOUS) and any(w.text in THANKED for w in _words(text))


def only_courteous(text: str, names: str = "") -> bool:
    """Whether `text` asks and tells nothing: thanks, wishes, an acknowledgement ("C'est noté", "ok")."""
    return _only(text, names, COURTEOUS | RECEIVED)


_RECEIPT = THANKED | listed("recu recue received note notee noted")


# A sentence of an acknowledgement, folded: that a mail has come, that it will be looked at and answered some day.
_REST = r"(?:(?! (?:et|mais|car|donc|qui|or|and|but)\b)[^.!?\d,]){0,40}?"
_SOME_DAY = _REST + r"(?:delais|possible|prochainement|rapidement|bientot|peu|plus tard)"
_ACKNOWLEDGEMENT = re.compile(
    "|".join(
        (
            r"(?:(?:je|nous) (?:vous )?confirm\w+|(?:j'|(?:je|nous) (?:vous )?)?accus\w+) (?:la )?(?:bonne )?reception(?: (?:de|du)\b"
            + _REST
            + ")?",
            r"(?:j'ai|nous avons|ai) bien recu (?:votre|vos|ta|la|le|les|ce|cette)\b" + _REST,
            r"(?:votre|la|ta|cette|elle|il|ce|le) ?(?:demande|message|mail|courriel|dossier)? ?(?:sera|seront|va etre)"
            r" (?:etudie|traite|examine|pris|analyse|instruit)\w*" + _SOME_DAY,
            r"(?:je|nous|on) (?:reviens|reviendrai|revenons|reviendrons|revient|vous repon\w+|vous recontact\w+)"
            r"(?: vers (?:vous|toi))?" + _SOME_DAY,
            r"(?:je|nous) (?:vous )?(?:tiens|tenons|tiendrai|tiendrons)(?: vous)? (?:informee?s?|au courant)",
            r"(?:we|i) (?:have )?(?:acknowledge|confirm|received) (?:the )?(?:receipt of )?(?:your|the) (?:request|message|e-?mail|case)",
            r"(?:we|i)(?:'ll| will) (?:get back to you|come back to you|reply)" + _REST,
        )
    )
)
_SENTENCES = re.compile(r"(?<=[.!?;,])\s+")


def acknowledges(text: str) -> bool:
    """Whether an agent's text says that a mail has come, or thanks for it, and nothing else: "Bien reçu, merci", "Votre
    demande sera étudiée dans les meilleurs délais", a thumb. An "ok" may answer a question."""
    if only_courteous(text):
        words = _words(text)
        return not words or any(w.text in _RECEIPT for w in words)
    said = [
        one
        for n, line in enumerate(own_lines(text))
        if not (n and _is_name(line, words_of(line)))
        for one in _SENTENCES.split(line)
    ]
    told = [fold(one).strip(" .!;,") for one in said if not only_courteous(one)]
    return bool(told) and all(_ACKNOWLEDGEMENT.fullmatch(one) for one in told)


def _only(text: str, names: str, known: frozenset[str]) -> bool:
    allowed = known | set(folded_words(names))
    lines = [(line, words_of(line)) for line in own_lines(text)]
    return bool(lines) and all(
        "?" not in line and (all(w.text in allowed for w in words) or (n > 0 and _is_name(line, words)))
        for n, (line, words) in enumerate(lines)
    )


def _words(text: str) -> list[Word]:
    return [word for line in own_lines(text) for word in words_of(line)]
