"""Closing formulas of letters: those that stand alone on their line or before a name, and those that take courtesies.

Only what nobody begins a letter with: "Pozdrav" and "Salam" greet as well, "Merci" is often all that is said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from mailrouter.core.mail.letters import lowered

_FORMULAS: Final = (
    # French, English
    "restant à votre disposition|restant à votre entière disposition|restant à disposition|dans l'attente de vous lire|bien respectueusement|"
    "bàv|cordialement à tous|très bonne journée|très belle journée|très bonne soirée|bonnes salutations|meilleurs messages|"
    "best|all my best|my best|warmly|kindly|with kind regards|with best regards|with warm regards|with regards|with best wishes|"
    "many thanks and best wishes|thanks and regards|thanks & regards|thank you and kind regards|kind wishes|very best|respectfully yours|"
    "best regards to all|br|rgds|"
    # German, Dutch, Nordic
    "liebe grüße|liebe grüsse|lg|vg|herzliche grüße|herzliche grüsse|schöne grüße|schöne grüsse|freundliche grüsse|beste grüsse|viele grüsse|"
    "mit freundlichen grüssen|mit besten grüßen|mit besten grüssen|mit freundlichem gruss|gruß|gruss|hochachtungsvoll|mit herzlichen grüßen|"
    "mvg|m.v.g|groet|groeten|hartelijke groet|hartelijke groeten|hartelijke groetjes|vr.gr|vr. gr|hoogachtend|met hartelijke groet|"
    "venlig hilsen|venlige hilsner|med venlige hilsner|de bedste hilsner|mange hilsner|bedste hilsner|vh|kh|hilsen|beste hilsen|"
    "med hilsen|med vennlig hilsen|hälsningar|vänliga hälsningar|bästa hälsningar|med vänliga hälsningar|vänligen|"
    "ystävällisesti|parhain terveisin|terveisin|terv|kveðja|bestu kveðjur|með kveðju|með bestu kveðju|"
    # Romance
    "un cordial saludo|reciba un cordial saludo|reciban un cordial saludo|saludos cordiales|cordiales saludos|cordialmente|un abrazo|"
    "muy atentamente|quedo a su disposición|gracias y un saludo|gracias y saludos|un saluto|un cordiale saluto|cordialmente saluto|"
    "con i migliori saluti|i migliori saluti|migliori saluti|grazie e saluti|grazie e cordiali saluti|distintamente|buon lavoro|"
    "att|abraço|abraços|um abraço|melhores cumprimentos|com os meus melhores cumprimentos|respeitosamente|grato|"
    "cu respect|cu deosebită stimă|cu drag|o zi bună|cu considerație|salutacions|salutacions cordials|atentament|cordialment|ben cordialment|"
    "saúdos|un saúdo|"
    # Slavic, Baltic, Hungarian
    "z wyrazami szacunku|serdeczne pozdrowienia|z serdecznymi pozdrowieniami|serdecznie pozdrawiam|pozdrowienia|z pozdrowieniami|łączę pozdrowienia|s přátelským pozdravem|zdravím|s úctou|"
    "s pozdravom|s priateľským pozdravom|srdačan pozdrav|lijep pozdrav|srdačno|lp|lep pozdrav|lepo pozdravljeni|s spoštovanjem|"
    "срдачан поздрав|с поштовањем|с уважение|поздрави|сърдечни поздрави|с наилучшими пожеланиями|всего доброго|всего хорошего|"
    "з найкращими побажаннями|всього найкращого|з павагай|со почит|поздрав|"
    "üdvözlettel|tisztelettel|üdv|köszönettel|pagarbiai|ar cieņu|lugupidamisega|parimate soovidega|tervitades|"
    # Greek, Turkish, Basque, Celtic, and others
    "φιλικά|με φιλικούς χαιρετισμούς|με εκτίμηση|μετά τιμής|saygılar|saygılarımızla|iyi çalışmalar|iyi günler|kolay gelsin|"
    "adeitasunez|agur bero bat|begirunez|is mise le meas|le gach dea-ghuí|cofion|cofion cynnes|yn gywir|me respekt|përshëndetje|"
    "hormat saya|hormat kami|trân trọng|trân trọng kính chào|thân mến|ขอแสดงความนับถือ|ด้วยความเคารพ|"
    "よろしくお願いいたします|よろしくお願い致します|宜しくお願いいたします|宜しくお願い致します|よろしくお願いします|何卒よろしくお願いいたします|敬具|以上|草々|"
    "此致|敬礼|此致敬礼|祝好|顺祝商祺|顺颂商祺|敬上|謹啟|敬啟|"
    "드림|مع أطيب التحيات|مع خالص التحية|مع فائق الاحترام|مع تحياتي|تحياتي|בברכה|בכבוד רב|با احترام|با تشکر|सादर|भवदीय"
)
CLOSINGS: Final = frozenset(_FORMULAS.split("|")) | frozenset(_FORMULAS.replace("'", "’").split("|"))
_MARKS: Final = " \t,.!;:*_~–—-。、！，"
LONGEST: Final = max(map(len, CLOSINGS)) + 6
"""Characters: no line this long is one."""


def is_formula(low: str) -> bool:
    """Whether a line, in lower case, is such a formula and nothing else."""
    return low.strip(_MARKS) in CLOSINGS


# Words of a sentence in the languages above, which names, offices and addresses do without. French and English have
# theirs in signature.py.
_SAID = re.compile(
    r"\b(?:ich|wir|mir|mein\w*|ist|sind|habe|haben|bitte|nicht|kein\w*|"
    r"yo|tengo|estoy|está|están|hay|ayer|mañana|por favor|necesito|gracias|mi (?:padre|madre|hij[oa]|marido|mujer|casa)|"
    r"sono|abbiamo|prego|grazie|domani|ieri|non (?:ho|è|posso|abbiamo|sono)|"
    r"eu|não|estou|tenho|obrigad[oa]|amanhã|ontem|preciso|"
    r"ik|wij|niet|heb|graag|morgen|gisteren|jag|inte|är|imorgon|jeg|ikke|venligst|olen|minun|ei ole|"
    r"nie|jest|mam|proszę|jutro|dziękuję|nemám|jsem|prosím|zítra|děkuji|nem|van egy|kérem|köszönöm|"
    r"nu am|vă rog|mulțumesc|sunt|nemam|hvala|molim|sam|nisam|yok|lütfen|teşekkür\w*|değil|"
    r"я|мне|меня|нет|пожалуйста|спасибо|завтра|мені|немає|дякую|моля|благодаря|δεν|είναι|έχω|παρακαλώ|ευχαριστώ)\b"
    r"|です|ます|ません|ください|[我你您]|请|没有|입니다|습니다|주세요|ليس|أنا|شكرا|من فضلك|אני|אין|תודה"
)


def told_elsewhere(below: Sequence[str]) -> bool:
    """Whether the lines below a closing hold a sentence in another language than French and English: its words, a point at
    its end, or seven words of which most begin small."""
    return any(_is_sentence(bare) for x in below if (bare := x.strip()))


def _is_sentence(line: str) -> bool:
    words = line.split()
    if len(words) > 1 and line[-1] in ".!?…":
        return True
    if len(words) > 6 and not any(map(str.isdigit, line)) and sum(word[0].islower() for word in words) > 5:
        return True
    return (len(words) > 2 or not line.isascii()) and _SAID.search(lowered(line)) is not None


# ---- French, English and the usual ones of others, with names and courtesies behind them

# Closing formulas, lower-case, at the start of a short line. "Merci" is none: it is often all that is said.
_CLOSING = re.compile(
    r"(?:(?:bien|très|tres|trés)\s+)?(?:cordialement|amicalement|sincèrement|respectueusement|fraternellement|"
    r"confraternellement|chaleureusement|cdlt|cdt|cldt|bien à (?:vous|toi)|bien a vous|à vous|sincères salutations|"
    r"salutations|meilleures salutations|(?:mes )?sentiments|belle journée|bonne journée|bonne soirée|bon week-end|"
    r"(?:excellente|bonne fin de) (?:journée|soirée|semaine)|bon(?:ne)? après-midi|bonne réception(?=(?: et (?:bonne|belle|excellente) \w+)?[\s,.!]*\Z)|"
    r"bien sincèrement|(?:avec )?(?:mes|nos) (?:\w+ )?(?:salutations|respects)|veuillez (?:agréer|recevoir|croire|accepter)|"
    r"je vous prie (?:d['’]agréer|de croire|de recevoir)|nous vous prions (?:d['’]agréer|de croire)|"
    r"(?:many thanks and )?(?:kind|best|warm|warmest|many)?\s?regards|best wishes|all the best|yours (?:sincerely|faithfully|truly)|"
    r"sincerely|respectfully|cheers|mit freundlichen grüßen|mit freundlichem gruß|freundliche grüße|"
    r"viele grüße|beste grüße|mfg|saludos|un saludo|atentamente|cordiali saluti|distinti saluti|saluti|"
    r"met vriendelijke groet(?:en)?|vriendelijke groet(?:en)?|mvh|med vänlig(?:a)? hälsning(?:ar)?|"
    r"med venlig hilsen|(?:med )?vennlig hilsen|ystävällisin terveisin|terveisin|pozdrawiam|z poważaniem|s pozdravem|"
    r"с уважением|з повагою|atenciosamente|cumprimentos|com os melhores cumprimentos|üdvözlettel|cu stimă|"
    r"saygılarımla|s poštovanjem|lep pozdrav|με εκτίμηση)"
    r"(?=\W|$)"
)
# Two letters that each of these begins with: most lines of a signature begin otherwise.
_BEGINS: Final = "bi tr co am si re fr ch cd cl à_ a_ sa me se be bo ex av no ve je ma ki wa al yo mi vi mf un at di vr mv ys te po z_ s_ с_ з_ cu üd le με"
_INITIALS: Final = frozenset(two.replace("_", " ") for two in _BEGINS.split())
_CLOSING_WORDS: Final = 9  # after the formula: a name; formal ones ("Veuillez agréer, Madame, …") have more
FORMAL: Final = ("veuillez", "je vous prie", "nous vous prions")

_FORMAL_WORDS = re.compile(
    r"agréer|salutation|sentiment|considération|respect|hommage|expression|assurance|dévou"
)
_PHONE = re.compile(r"(?:\+33|0)[ .]?\d(?:[ .]?\d\d){4}")
_REST_WORD = re.compile(r"[^\W_][\w.-]*")
# What people say behind a closing formula, besides names: wishes, thanks, to whom.
_COURTESIES: Final = (
    "à a vous toi tous toutes tout toute et ainsi que bonne bon belle excellente agréable douce très journée journee soirée semaine "
    "week-end weekend fin après-midi de du des d la le les l en au aux part notre nos votre vôtre vos mes mon ma distinguées distingués "
    "meilleures meilleurs respectueuses sincères dévouées cordiales cordialement amitiés pensées salutations sentiments bien vacances "
    "fêtes continuation courage année bientôt plus compréhension collaboration confiance attention retour réponse aide avance merci pour "
    "toute l'équipe équipe service secrétariat pôle accueil direction mairie "
    "to you your all the team and thanks thank again many kind kindest warm best regards wishes truly yours for help time in advance "
    "an alle aus und ihr ihre euch schönen tag noch einen schönes wochenende todos un una y e o muy buen día para usted tutti buona giornata "
    "het van een fijne dag ha en bra god os serdecznie"
)
_COURTESY: Final = frozenset(_COURTESIES.split())


def is_closing(bare: str, low: str) -> bool:
    """Whether a line, also given in lower case, is a closing formula with names and courtesies behind it at most:
    "Cordialement, merci de rappeler Mme Sow" says something."""
    found = _CLOSING.match(low) if low[:2] in _INITIALS else None
    if found is None:
        if len(low) >= _SIGNED:
            return False
        if (low[:2] in _HEADS or low[0] in _MARKS) and (is_formula(low) or _signed_at_once(bare)):
            return True
        return "/" in low and _in_two_languages(bare, low)
    if low.startswith(FORMAL):
        return len(low) < 260 and _FORMAL_WORDS.search(low) is not None
    rest = bare[found.end() :]
    if rest in ("", ",", ".", ":", ",:"):
        return True
    rest = _PHONE.sub("", rest)
    words = _REST_WORD.findall(rest)
    if len(words) > _CLOSING_WORDS or rest.rstrip().endswith("?") or ":" in rest:
        return False
    names = [word for word in words if word.lower() not in _COURTESY]
    return all(word[0].isupper() for word in names) and not (len(names) > 3 and rest.isupper())


# "Best" begins a hotel's name as well, "Vänligen" a request: a comma must tell.
_ALSO_WORDS: Final = frozenset(
    ("best", "att", "kindly", "warmly", "br", "my best", "all my best", "vänligen", "grato", "groet")
)
_SIGNING_WORDS: Final = 3
_SIGNED: Final = LONGEST + 20  # characters of a formula and a name
_FIRST_WORDS: Final = frozenset(formula.split()[0].rstrip(_MARKS) for formula in CLOSINGS)
_HEADS: Final = frozenset(formula[:2] for formula in CLOSINGS)


def _signed_at_once(bare: str) -> bool:
    """Whether a formula is followed by a name on its line: "VG Tom", "Groet, Bas"."""
    head = bare
    if bare.partition(" ")[0].lower().rstrip(_MARKS) not in _FIRST_WORDS:
        return False
    for _ in range(_SIGNING_WORDS):
        head, _, last = head.rstrip(" .").rpartition(" ")
        if not head or not last[:1].isupper():
            return False
        said = head.lower()
        if is_formula(said) and (said.strip(_MARKS) not in _ALSO_WORDS or head[-1] == ","):
            return True
    return False


def _in_two_languages(bare: str, low: str) -> bool:
    """ "A galon / Cordialement": one formula that is known, beside few words of another language."""
    parts = list(zip(bare.split("/"), low.split("/"), strict=True))
    few = all(
        0 < len(said.split()) <= _SIGNING_WORDS + 1 and not any(map(str.isdigit, said)) for _, said in parts
    )
    return few and len(parts) == 2 and any(is_closing(one.strip(), said.strip()) for one, said in parts)
