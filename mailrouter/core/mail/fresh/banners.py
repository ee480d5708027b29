"""What gateways put above a mail from outside: "[EXTERNE] Ce message provient de l'extérieur", Outlook's safety tip."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from mailrouter.core.mail.fresh.disclaimers import PERSONAL
from mailrouter.core.mail.fresh.separators import separator_of
from mailrouter.core.mail.letters import lowered

_BANNER = re.compile(
    r"\W{0,8}(?:"
    r"(?:courriel |message |e-?mail |mail )?(?:externe?|external)(?: (?:e-?mail|sender|message))?\] ?\S"
    r"|"
    r"\[?(?:externe|external|ext|courriel externe|mail externe|email externe|message externe|externer? absender|extern)"
    r"\]?\W{0,4}\Z"
    r"|(?:(?:attention|avertissement|prudence|caution|warning|important|alerte|externe|external|rappel|message externe|"
    r"e-?mail externe|courriel externe|external (?:e-?mail|sender|message)|achtung|vorsicht)\W{0,5}\s*)?"
    r"(?:(?:ce|cet)\s(?:message|mail|e-?mail|courriel|courrier)(?: électronique)?\s(?:provient|vient|a été (?:envoyé|émis)|est (?:issu|externe)|"
    r"émane)\b|(?:message|mail|e-?mail|courriel) (?:provenant|en provenance|externe|venant)\b|expéditeur externe|"
    r"this (?:e-?mail|message) (?:originated|comes?|came|was sent|is) from\b|external (?:sender|e-?mail|message)\b|"
    r"diese (?:e-?mail|nachricht) (?:stammt|kommt|wurde)\b)"
    r"|(?:\[?vous (?:n['’]obtenez|ne recevez) pas souvent|\[?certaines personnes qui ont reçu|"
    r"\[?you don['’]t often get|\[?some people who received this)"
    r")"
)
# In other languages: a word that warns, the outside, and what not to do; or the link of Outlook's tip, whatever its words.
_ASKS = re.compile(r"\?(?:\s|\Z)")
_WARNS = re.compile(
    r"\W{0,8}\[[^\[\]\n]{3,30}\]|\W{0,8}(?:atenci[óo]n|precauci[óo]n|cuidado|aviso|attenzione|avviso|aten[çc][ãa]o|let op|waarschuwing|achtung|vorsicht|warnung|hinweis|uwaga|ostrzeżenie|"
    r"pozor|upozornění|varning|obs|advarsel|huomio|varoitus|figyelem|atenție|dikkat|внимание|увага|προσοχή|注意|警告|주의)\b"
)
_FROM_OUTSIDE = re.compile(
    r"fuera de|exterior|externo|externa|esterno|esterna|fora d[aeo]|buiten (?:de|onze|uw)|außerhalb|spoza|zewnętrzn|mimo |externí|utanför|uden for|utenfor|ulkopuol|"
    r"kívülről|külső|din afara|dışından|harici|внешн|зовнішн|εξωτερικ|外部|외부"
)
_DO_NOT = re.compile(
    r"\bno (?:haga|abra|pulse)|\bnon (?:cliccare|aprire|fare clic|fate clic)|\bnão (?:clique|abra)|(?:klik|open)\w* (?:niet|geen|ikke|inte)\b|klicken sie (?:nicht|keine|auf keine)|öffnen sie (?:nicht|keine)|"
    r"\bnie (?:klikaj|otwieraj)|neklik|neotv[íi]r|(?:klicka|öppna) inte|åbn ikke|\bikke (?:klikk?|åpne|åbn)|\binte (?:klicka|öppna)|\bniet (?:klikken|openen)|älä (?:klikkaa|avaa)|ne kattintson|ne nyissa|\bnu (?:faceți|deschideți|accesați)|tıklamayın|açmayın|"
    r"\bне (?:переход|открыв|наж|відкрив)|μην |クリックしない|開かない|请勿|請勿|不要点击|클릭하지"
)
_OF_THE_MAIL = re.compile(
    r"correo|mensaje|e-?mail|\bmail|messaggio|mensagem|bericht|nachricht|wiadomo|zpráv|správ|mejl|e-post|meddel|melding|viesti|üzenet|levél|mesaj|ileti|письм|сообщ|лист|повідомл|μήνυμα|メール|邮件|郵件|메일"
)
_TIP_LINK: Final = "aka.ms/learnaboutsenderidentification"
# Outlook's tip names the sender ("… à partir de mon.nom@x.fr"), so that words of a person may stand in it.
_TIP = re.compile(
    r"pas souvent (?:d['’] ?|de )?(?:e-?mail|mail|courri|message)|often get (?:e-?mail|mail|message)",
    re.IGNORECASE,
)
# The warning says where the mail comes from in a machine's words, or tells to be careful with something external:
# "ce mail vient de notre partenaire externe" is a person's.
_OUTSIDE = re.compile(
    r"extérieur|exterieur|d['’]internet|hors de|outside|external (?:sender|e-?mail|source)|"
    rf"{_TIP.pattern}|"
    r"certaines personnes|some people|inconnu|unknown|außerhalb"
    r"|extern\w*\b.*(?:clique|click|link|attachment|pruden|vigilan|caution|n['’]ouvr|d['’]ouvr|open|vérifi|verify)"
    r"|\A\W*[\w -]{3,18}\W*\Z",
    re.IGNORECASE,
)
# What such a warning goes on with in lines or a paragraph of its own: what not to do, and a button for suspicions.
_ADVICE = re.compile(
    r"\W{0,6}(?:ne cliquez|n['’]ouvrez|ne répondez pas|(?:soyez|restez) (?:prudent|vigilant)|en cas de doute|do not (?:click|open|reply)|don['’]t (?:click|open)|"
    r"be (?:careful|cautious)|(?:please )?(?:use|exercise|take) (?:caution|care)|if you (?:suspect|are unsure|do not recogni)|klicken sie|öffnen sie|seien sie|"
    r"bitte (?:klicken|öffnen|seien)|no (?:haga|abra)|non (?:cliccare|aprire)|não (?:clique|abra)|(?:klik|open) (?:niet|geen)|unless you)\b"
    r".*(?:\bliens?\b|\blinks?\b|pièces? jointes?|attachment|expéditeur|sender|anhäng|anhang|absender|enlace|adjunt|allegat|anexo|bijlage)"
)
_ADVICE_REACH: Final = 400  # characters of such a line
_BUTTON = re.compile(
    r"\W*(?:report (?:suspicious|phishing|this (?:message|e-?mail))|learn (?:why this is important|more)|signaler (?:ce message|comme suspect)|en savoir plus|"
    r"découvrez pourquoi (?:ceci|cela|c['’]est) est important|pourquoi (?:ceci|cela|c['’]est) est important)\W*(?:<[^<>]*>)?\W*\Z"
)
# Proofpoint leaves the marks between which it put its warning.
_MARK_BEGIN: Final = "ZjQcmQRYFpfptBannerStart"
_MARK_END: Final = "ZjQcmQRYFpfptBannerEnd"
_MARKED_LINES: Final = 14
_BANNER_LINES: Final = 6


def end_of_banner(lines: Sequence[str]) -> int:
    """Number of lines at the top that a gateway wrote ("[EXTERNE] Ce message provient de l'extérieur …")."""
    end = i = 0
    for _ in range(3):
        while i < len(lines) and not lines[i].strip(" \t\xa0*_-=#>|\ufeff"):
            i += 1
        if i < len(lines) and ("-" in lines[i] or "##" in lines[i]) and separator_of(lines[i]) == "above":
            end = i = i + 1  # "##- Reply above this line -##" with nothing above: a ticket system's own mail
            continue
        stop = i
        while stop < len(lines) and stop - i < _BANNER_LINES and lines[stop].strip():
            stop += 1
        used = _banner_lines(lines, i, stop, above=end > 0)
        if not used:
            return end
        end = i = i + used
    return end


def _banner_lines(lines: Sequence[str], begin: int, stop: int, above: bool) -> int:
    """How many lines of the paragraph are the warning: the sentence may wrap, the person's text may follow. `above`: a
    warning stands above, which this paragraph may go on with."""
    if begin >= stop:
        return 0
    if _MARK_BEGIN in lines[begin]:
        marked = range(begin, min(len(lines), begin + _MARKED_LINES))
        return next((k + 1 - begin for k in marked if _MARK_END in lines[k]), 0)
    first = lowered(lines[begin])
    if not _BANNER.match(first):
        if above and (advised := _advice(lines, begin, stop)) > begin:
            return advised - begin
        told = ":" in first or "]" in first or "!" in first or "：" in first or "aka.ms" in first
        if not told and not (begin + 1 < stop and "aka.ms" in lines[begin + 1]):
            return 0
        return _banner_elsewhere(lines[begin:stop], first)
    for i in range(begin, stop):
        if _ends_sentence(lines, i, stop) and _is_from_outside(" ".join(lines[begin : i + 1])):
            return _advice(lines, i + 1, stop) - begin
    return 0


def _ends_sentence(lines: Sequence[str], i: int, stop: int) -> bool:
    """Whether line `i` ends what it says: by a mark, or because it is short and the next one begins anew."""
    if i + 1 == stop or lines[i].rstrip(" *_\xa0]")[-1:] in (".", "!", "]", ">"):
        return True
    return len(lines[i]) < 60 and not lines[i + 1].lstrip()[:1].islower()


def _is_from_outside(text: str) -> bool:
    text = text[:400]
    if _OUTSIDE.search(text) is None:
        return False
    return PERSONAL.search(lowered(text)) is None or _TIP.search(text[:200]) is not None


def _advice(lines: Sequence[str], begin: int, stop: int) -> int:
    """The first line from `begin` on that goes on with no warning."""
    while begin < stop and len(lines[begin]) < _ADVICE_REACH:
        low = lowered(lines[begin])
        going_on = _ADVICE.match(low) or (_BANNER.match(low) and _OUTSIDE.search(low))
        if not (going_on or _BUTTON.match(low)) or (PERSONAL.search(low) or "?" in low):
            break
        begin += 1
    return begin


def _banner_elsewhere(paragraph: Sequence[str], first: str) -> int:
    """How many lines of the paragraph are a warning in another language: as many as it takes to say all its parts."""
    if "aka.ms" in first or (len(paragraph) > 1 and "aka.ms" in paragraph[1]):
        return next((k + 1 for k, x in enumerate(paragraph[:3]) if _TIP_LINK in lowered(x)), 0)
    if _WARNS.match(first) is None:
        return 0
    said = ""
    for k, line in enumerate(paragraph):
        said += f" {lowered(line)}"
        if _FROM_OUTSIDE.search(said) and _DO_NOT.search(said) and _OF_THE_MAIL.search(said):
            return k + 1 if not _ASKS.search(said) else 0
    return 0
