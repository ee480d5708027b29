"""What stands below a person's text by machines' hands: mobile footers, notices and footers of lists."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from mailrouter.core.mail.fresh.adverts import begin_of_scan, gets_a_program, is_clean_notice
from mailrouter.core.mail.fresh.disclaimers import (
    frees_from_answering,
    is_disclaimer,
    list_footer,
    tells_of_data,
)
from mailrouter.core.mail.letters import lowered

TAIL: Final = 60  # lines from the end that are looked at
_RULED: Final = frozenset("-_=*")
_RULED_OR_BLANK: Final = _RULED | frozenset(" \t\xa0")
RULE = re.compile(r"\s*(?:[-_=*] ?){4,}\s*\Z")

# "Envoyé de mon iPhone" in the languages of the clients measured. The device or program must be all that
# follows: "Sent from my desk, is much easier" is a sentence.
_MOBILE = re.compile(
    r"(?:(?:envoyé|envoye|expédié|transmis|réponse envoyée|message envoyé)\s+(?:de(?:puis)?|à partir d(?:e|u|['’])|via|par|avec|"
    r"sur|d['’])\s?.*"
    r"|sent\s+(?:from\s+(?:my|the|mail|outlook|yahoo|samsung|aol|gmail|proton|windows|iphone|ipad|a mobile|mobile|mozilla|[\w ]{2,14}\Z|\w{3,14} \(https?)|"
    r"via|with|using|by)\b.*"
    r"|provenance\s?:\s?courrier.*|yahoo mail\s?[:|].*|envoi depuis .*"
    r"|(?:gesendet|von)\s+(?:mit|von|meinem|aus|über)\b.*|von meinem .* gesendet\W*|diese nachricht wurde von .* gesendet\W*"
    r"|(?:enviado|enviada)\s+(?:desde|do|a partir|de|pelo|por)\b.*|obtener outlook .*|obter o outlook .*"
    r"|inviato\s+(?:da|dal|con)\b.*|scarica outlook .*|(?:verstuurd|verzonden)\s+(?:vanaf|met|vanuit|via)\b.*"
    r"|sendt\s+(?:fra|med)\b.*|skickat?\s+(?:från|med)\b.*|hämta outlook .*|lähetetty\s+.*|hanki outlook .*"
    r"|wysłan[eo]?\s+(?:z|ze)\b.*|odesláno\s+.*|odoslané\s+.*|trimis\s+(?:de|din)\b.*|poslano\s+(?:s|sa|z|iz)\b.*"
    r"|отправлено\s+(?:с|из)\b.*|надіслано\s+з\b.*"
    r"|von (?:outlook|gmx|web\.de|yahoo|samsung)\b.* gesendet\W*|enviat des d.*|đã gửi từ .*|dikirim dari .*|изпратено от .*|נשלח מ.*|أ\u064f?رسلت من .*|ส่งจาก.*"
    r"|this (?:e-?mail|message|mail) (?:was|has been) sent (?:from|using|with|via) .*|nire .* bidalia|στάλθηκε από .*|发自.*|從我的.*傳送|trimis de pe .*|saadetud minu .*|获取 ?outlook .*|outlook .*を入手.*|下载 ?outlook .*)\Z"
)
# The same where the verb comes last: looked for only where one of the verbs stands.
_MOBILE_LAST = re.compile(
    r"(?:.*['’]?(?:umdan|dan|den|imden) gönderildi\W*|.*r[oóöőe]l küldve\W*|.*から送信|.*에서 보냄)\Z"
)
# Two letters that each of them begins with.
_BEGINS: Final = "en ex tr ré me se pr ya vo ge di ob in sc ve sk hä lä ha wy od po от на на en đã iz из th ni στ 发自 從我 sa 获取 ou 下载 נש أر أ\u064f ส่"
_INITIALS: Final = frozenset(_BEGINS.split())
_LAST_VERBS: Final = ("gönderildi", "küldve", "から送信", "에서 보냄")
_MOBILE_WORDS: Final = 9
_LONGEST: Final = 130  # characters of a mobile footer, links in it included
_FRAMED_WORDS: Final = 13  # a whole sentence that only a client writes (K-9, Samsung)
_FRAME: Final = "diese nachricht wurde von"
# "Sent via Superhuman ( https://… )": one name of a program and where to get it, whatever its name.
# K-9 and many a person's setting add it behind the device.
_EXCUSE = re.compile(
    r"(?<=[.!,;]) ?(?:please (?:excuse|forgive|pardon)|excuse|veuillez excuser|merci d['’]excuser|désolée? pour|bitte entschuldig|entschuldig|disculp|perdon|scus|desculp)"
    r"[^.!?]{0,40}\b(?:brevity|shortness|typos?|mistakes|spelling|brièveté|concision|fautes|coquilles|kürze|tippfehler|brevedad|brevità|brevidade)\b[^.!?]{0,20}[.! ]*\Z",
    re.IGNORECASE,
)
_ADVERTISED = re.compile(
    r"\A(?:sent|envoyé) (?:via|with|using|by|from|avec|par|depuis) [A-Z]\w+\s?[(<\[]\s?https?://\S+?\s?(?:[)>\]](?:, [^.!?,]{3,60})?)?\Z",
    re.IGNORECASE,
)
# "Sent from my Verizon, Samsung Galaxy smartphone": the operator, then the make.
_MAKE = re.compile(r"\Asent from my [\w&]+, (?:samsung|lg|moto\w*|htc|an? )[\w ]{0,30}\Z", re.IGNORECASE)
_LINKED = re.compile(r"<[^<>]*>")
_BRAND = re.compile(
    r"iphon|ipad|ipod|android|samsung|galaxy|huawei|xiaomi|redmi|oppo|honor|wiko|nokia|sony|xperia|pixel|blackberry|lumia|windows|"
    r"outlook|yahoo|gmail|proton|orange|la\s?poste|laposte|sfr|free|bouygues|aol|moto|oneplus|fairphone|zimbra|bluemind|verizon|t-mobile|mail\.ru|яндекс|почт|网易|小米|华为|qq|foxmail|vivo|realme|"
    r"wireless|thunderbird|webmail|sparrow|spark\b|tuta(?:nota)?\b|mailo\b|infomaniak|canary\b|edison\b|fairemail|acompli|k-9|bluemail|"
    r"\w+mail\b|mailspring|mailbird|superhuman|mimestream|(?:\A|from )(?:front|nine|shift|hey|spike|missive|newton|postbox|notion|missiveapp)\W*\Z|with shift\W*\Z|appli(?:cation)? (?:mail|courrier)|mail app|app mail",
    re.IGNORECASE,
)
# One's own, or any: "depuis le portail mobile de la CAF" is a place.
_OWN_DEVICE = re.compile(
    r"(?:mobil|smartphone|t[eé]l[eé]phone|phone|handy|portable|tablet|appareil|device|messagerie|courrier|mail|application|app\b|cellulare|m[óo]vil|"
    r"telefon|telem[óo]vel)",
    re.IGNORECASE,
)
_OWN = re.compile(
    r"\b(?:mon|ma|my|mein\w*|meu|minha|mio|mia|mi|mijn|min|mitt|moj\w*|m[ée]ho|mobilu|un|une|an?|from mobile)\b",
    re.IGNORECASE,
)

# "Envoyé par courrier recommandé", "Sent by email yesterday": a person says how or when a paper went.
_SENT_OTHERWISE = re.compile(
    r"\b(?:par|by|per|por|via) (?:la |le |un |une |an? )?(?:e-?mail|mail|courri\w+|poste?|fax|t[ée]l[ée]\w*|phone|sms|texto|lettre|letter|voie|"
    r"porteur|recommandé\w*|correo|posta?|portail|messagerie s[ée]curis[ée]e de)\b(?! (?:pour|for|für|para) )"
    r"|\b(?:hier|avant-hier|aujourd['’]hui|demain|ce (?:jour|matin|soir)|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|"
    r"yesterday|today|tomorrow|this (?:morning|afternoon)|monday|tuesday|wednesday|thursday|friday|gestern|heute|ayer|hoy|ieri|oggi|gisteren)\b"
    r"|\d{1,2}[/.]\d{1,2}\b",
    re.IGNORECASE,
)


# A notice's last word, a paragraph of its own below it.
_THANKS: Final = (
    *("Thank you for your co", "Thank you for your und", "Thank you for your att", "Merci de votre co", "Merci de votre att", "Nous vous remercions de votre"),
    *("Vielen Dank für Ihr Ver", "Gracias por su co", "Grazie per la coll", "Obrigad"),
)  # fmt: skip


def begin_of_footers(lines: Sequence[str], end: int, below: bool = True) -> int:
    """Where the footers begin that end at line `end`, paragraph by paragraph from below; without the blank lines above, also
    when there are none. `below`: no closing formula follows, above which no notice of privacy stands."""
    cut = end
    for _ in range(6):
        cut = trimmed(lines, cut)
        begin = cut
        while begin and cut - begin < TAIL and lines[begin - 1].strip():
            begin -= 1
        if begin < cut and _is_mobile(lines[cut - 1]):
            cut -= 1
        elif begin < cut and (scan := _scanned(lines, begin, cut)) < cut:
            cut = scan
        elif (notice := _notice(lines, begin, cut)) < cut:
            cut = notice
            above = trimmed(lines, notice)
            if above and RULE.match(lines[above - 1]):
                cut = above - 1
        elif below and begin < cut and tells_of_data(lines[begin:cut]):
            cut = begin
        elif begin < cut and (footer := list_footer(lines[begin:cut])) is not None:
            cut = begin + footer
        elif cut > 1 and lines[cut - 1][:1] in _RULED_OR_BLANK and RULE.match(lines[cut - 1]):
            cut -= 1  # drawn between text and quote; says nothing
        else:
            return cut
    return trimmed(lines, cut)


def _scanned(lines: Sequence[str], begin: int, end: int) -> int:
    """Begin of a scanner's word that ends at `end`; `end` when there is none. All of them end in a link, or name the
    scanner's kind."""
    last = lines[end - 1]
    if "www." not in last and "ntivir" not in last and not last.endswith(">"):
        return end
    return begin if is_clean_notice(lines[begin:end]) else begin_of_scan(lines, end)


def trimmed(lines: Sequence[str], end: int) -> int:
    """`end` without the blank lines right above it."""
    while end and not lines[end - 1].strip():
        end -= 1
    return end


def _notice(lines: Sequence[str], begin: int, end: int) -> int:
    """Begin of the disclaimer that ends the paragraph [begin, end), `end` when none does. Servers put it between
    rules directly below the last line, so one may stand inside the paragraph."""
    if begin < end and is_disclaimer(lines[begin:end]):
        return begin
    if end - begin == 1 and lines[begin].startswith(_THANKS):
        above = trimmed(lines, begin)
        notice = _paragraph(lines, above)
        return notice if notice < above and is_disclaimer(lines[notice:above]) else end
    ruled = begin < end and lines[end - 1][:1] in _RULED_OR_BLANK and RULE.match(lines[end - 1])
    stop = end - 1 if ruled else end
    for i in range(stop - 1, begin - 1, -1):
        if lines[i][:1] not in _RULED_OR_BLANK:
            continue
        bare = lines[i].strip()
        if bare[:1] in _RULED and (RULE.match(bare) or bare in ("--", "---")):
            return i + 1 if i + 1 < stop and is_disclaimer(lines[i + 1 : stop]) else end
    return begin if stop < end and begin < stop and is_disclaimer(lines[begin:stop]) else end


def _paragraph(lines: Sequence[str], end: int) -> int:
    """The first line of the paragraph that ends at `end`."""
    begin = end
    while begin and end - begin < TAIL and lines[begin - 1].strip():
        begin -= 1
    return begin


# What British offices add of the hours at which they write, often without a blank line above.
_OWN_HOURS = re.compile(
    r"(?:i (?:sometimes |often )?work flexib|my (?:normal |usual )?working (?:day|hours|pattern)|i(?: am|['’]m) sending this|while it suits me|please (?:do not|don['’]t) feel)"
)


def _is_mobile(line: str) -> bool:
    bare = line.strip(" \t\xa0*_>[]().\ufeff")
    if len(bare) > _LONGEST and (len(bare) > 200 or "hours" not in bare):
        return False
    low = lowered(bare)
    if "hours" in low and _OWN_HOURS.match(low) is not None and frees_from_answering(low):
        return True
    if len(bare) > _LONGEST or not _sent_from(low):
        # No advert does without one of these.
        named = "outlook" in low or "android" in low or "ios" in low or "iphone" in low
        return named and len(low) < 90 and gets_a_program(low)
    if excuse := _EXCUSE.search(bare):
        bare = bare[: excuse.start()].rstrip(".,;! ")
    words = bare.split("<", 1)[0].split("(", 1)[0].split("http", 1)[0].split()
    longest = _FRAMED_WORDS if low.startswith(_FRAME) else _MOBILE_WORDS
    return 0 < len(words) <= longest and "," not in words[-1] and _told(bare)


def _sent_from(low: str) -> bool:
    return (low[:2] in _INITIALS and _MOBILE.match(low) is not None) or (
        any(map(low.__contains__, _LAST_VERBS)) and _MOBILE_LAST.match(low) is not None
    )


def _told(bare: str) -> bool:
    """The line names a device or program and says nothing more."""
    head = bare.split("<", 1)[0]
    if _ADVERTISED.search(bare) is not None:
        return True
    if (", " in head and _MAKE.search(head) is None) or _SENT_OTHERWISE.search(head) is not None:
        return False
    if _BRAND.search(_LINKED.sub(" ", bare)) is not None:
        return True
    return _OWN_DEVICE.search(head) is not None and _OWN.search(head) is not None
