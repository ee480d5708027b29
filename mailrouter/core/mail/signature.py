"""Where a person's text ends and the apparatus below it begins: signature, mobile footer, disclaimer, list footer.

Everything found here is kept (`VisibleText.signature`), nothing is deleted. When in doubt a line is the
person's: a signature shown is a small fault, a sentence hidden a great one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from mailrouter.core.mail.disclaimers import is_disclaimer, list_footer
from mailrouter.core.mail.labels import field_of
from mailrouter.core.mail.letters import lowered

_DELIMITED_LINES: Final = (
    40  # below "-- " (RFC 3676 4.3) everything is signature; more is a text with a rule in it
)
_BLOCK_LINES: Final = 14  # lines of a block below "Cordialement": name, office, address, telephones, slogan
_BLOCK_WORDS: Final = 14
_ROUNDS: Final = 6  # signature, mobile footer, disclaimer, list footer: each may stand below the other
_TAIL: Final = 60  # lines from the end that are looked at

_DELIMITERS: Final = frozenset({"--", "—", "–", "__", "- -", "***", "-- *"})

# "Envoyé de mon iPhone" in the languages of the clients measured. The device or program must be all that
# follows: "Sent from my desk, is much easier" is a sentence.
_MOBILE = re.compile(
    r"(?:(?:envoyé|envoye|expédié|transmis|réponse envoyée|message envoyé)\s+(?:de(?:puis)?|à partir d(?:e|u|['’])|via|par|avec|"
    r"sur|d['’])\s?.*"
    r"|sent\s+(?:from\s+(?:my|the|mail|outlook|yahoo|samsung|aol|gmail|proton|windows|iphone|ipad|a mobile|mobile)|"
    r"via|with|using|by)\b.*"
    r"|(?:obtenir|obtenez|télécharge[rz]|get|download|installe[rz]|holen sie sich|laden sie|obt[eé]n|obtenga|scarica|"
    r"download|baixe|obtenha|pobierz|hämta|hent)\s+(?:outlook|yahoo|bluemail|aqua\s?mail|spark|the app|l['’]app)\b.*"
    r"|provenance\s?:\s?courrier.*|yahoo mail\s?[:|].*|envoi depuis .*"
    r"|(?:gesendet|von)\s+(?:mit|von|meinem|aus|über)\b.*|von meinem .* gesendet\W*|diese nachricht wurde von .* gesendet\W*"
    r"|(?:enviado|enviada)\s+(?:desde|do|a partir|de|pelo|por)\b.*|obtener outlook .*|obter o outlook .*"
    r"|inviato\s+(?:da|dal|con)\b.*|scarica outlook .*|(?:verstuurd|verzonden)\s+(?:vanaf|met|vanuit|via)\b.*"
    r"|sendt\s+(?:fra|med)\b.*|skickat?\s+(?:från|med)\b.*|hämta outlook .*|lähetetty\s+.*|hanki outlook .*"
    r"|wysłane?\s+(?:z|ze)\b.*|odesláno\s+.*|odoslané\s+.*|trimis\s+(?:de|din)\b.*|poslano\s+(?:s|sa|z|iz)\b.*"
    r"|отправлено\s+(?:с|из)\b.*|надіслано\s+з\b.*|.*['’]?(?:umdan|dan|den|imden) gönderildi\W*|.*[-\s]r[oó]l küldve\W*"
    r"|στάλθηκε από .*|.*から送信|发自我的.*|從我的.*傳送|.*에서 보냄|trimis de pe .*|saadetud minu .*|获取 ?outlook .*|outlook .*を入手.*|下载 ?outlook .*)\Z"
)
_MOBILE_WORDS: Final = 9
# "Sent via Superhuman ( https://… )": one name of a program and where to get it, whatever its name.
_ADVERTISED = re.compile(
    r"\A(?:sent|envoyé) (?:via|with|using|by|avec|par) [A-Z]\w+\s?[(<\[]\s?https?://\S+\s?[)>\]]?\Z",
    re.IGNORECASE,
)
_DEVICE = re.compile(
    r"iphon|ipad|ipod|android|samsung|galaxy|huawei|xiaomi|redmi|oppo|honor|wiko|nokia|sony|xperia|pixel|"
    r"blackberry|lumia|windows|outlook|yahoo|gmail|proton|orange|la\s?poste|laposte|sfr|free|bouygues|aol|mail|"
    r"courrier|messagerie|mobile|smartphone|t[eé]l[eé]phone|phone|handy|portable|tablette|tablet|appareil|application|"
    r"app\b|moto|oneplus|fairphone|zimbra|bluemind|verizon|t-mobile|wireless|thunderbird|webmail|sparrow|spark\b|tuta(?:nota)?\b|mailo\b|infomaniak|canary\b|edison\b|fairemail|acompli|device",
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

# Closing formulas, lower-case, at the start of a short line. "Merci" is none: it is often all that is said.
_CLOSING = re.compile(
    r"(?:(?:bien|très|tres|trés)\s+)?(?:cordialement|amicalement|sincèrement|respectueusement|fraternellement|"
    r"confraternellement|chaleureusement|cdlt|cdt|cldt|bien à (?:vous|toi)|bien a vous|à vous|sincères salutations|"
    r"salutations|meilleures salutations|(?:mes )?sentiments|belle journée|bonne journée|bonne soirée|bon week-end|"
    r"bien sincèrement|(?:avec )?(?:mes|nos) (?:\w+ )?(?:salutations|respects)|veuillez (?:agréer|recevoir|croire|accepter)|"
    r"je vous prie (?:d['’]agréer|de croire|de recevoir)|nous vous prions (?:d['’]agréer|de croire)|"
    r"(?:kind|best|warm|warmest|many)?\s?regards|best wishes|all the best|yours (?:sincerely|faithfully|truly)|"
    r"sincerely|respectfully|cheers|mit freundlichen grüßen|mit freundlichem gruß|freundliche grüße|"
    r"viele grüße|beste grüße|mfg|saludos|un saludo|atentamente|cordiali saluti|distinti saluti|saluti|"
    r"met vriendelijke groet(?:en)?|vriendelijke groet(?:en)?|mvh|med vänlig(?:a)? hälsning(?:ar)?|"
    r"med venlig hilsen|(?:med )?vennlig hilsen|ystävällisin terveisin|terveisin|pozdrawiam|z poważaniem|s pozdravem|"
    r"с уважением|з повагою|atenciosamente|cumprimentos|com os melhores cumprimentos|üdvözlettel|cu stimă|"
    r"saygılarımla|s poštovanjem|lep pozdrav|με εκτίμηση)"
    r"(?=\W|$)"
)
_CLOSING_WORDS: Final = 9  # after the formula: a name; formal ones ("Veuillez agréer, Madame, …") have more
_FORMAL = ("veuillez", "je vous prie", "nous vous prions")

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
_RULE = re.compile(r"\s*[-_=*]{4,}\s*\Z")
_LABELLED = re.compile(r"[^\W\d_][^:\n]{1,38}\s?:\s?\S")
_POSTSCRIPT = re.compile(r"(?:p\.?\s?s|n\.?\s?b|post-scriptum|p\.-s)\b")
# Words of a sentence, which no name, office or address has. A slogan that has one stays visible.
_SENTENCE = re.compile(
    r"\b(?:je|j['’]|vous|tu|il|elle|ils|elles|on|est|sont|était|ai|avez|avons|ont|sera|merci|pouvez|peut|veuillez|svp|"
    r"ci-joint\w*|joint|jointe|pas|i|you|we|he|she|is|are|was|will|have|has|please|attached|not)\b"
)
_DASHED_NAME = re.compile(r"[-–—]\s?(?:[A-ZÀ-Þ][a-zß-ÿ'’-]+\s){1,2}[A-ZÀ-Þ][a-zß-ÿ'’-]+\Z")


def begin_of_signature(lines: Sequence[str], hint: int | None = None) -> int:
    """Index of the first line of the apparatus at the end of `lines`; len(lines) when there is none.

    `hint`: the line where the HTML says that the signature begins. People type inside it, so what follows
    must look like a signature.
    """
    end = _trim(lines, len(lines))
    if not end:
        return len(lines)
    if hint is not None and hint < end and _short_block(lines, hint, _trim(lines, _footers(lines, end))):
        above = _trim(lines, hint)
        return above - 1 if above and lines[above - 1].strip() in _DELIMITERS else hint
    cut = _delimited(lines, end)
    for _ in range(_ROUNDS):
        before = cut
        cut = _trim(lines, _footers(lines, cut))
        cut = _trim(lines, _closed(lines, cut))
        if cut == before:
            break
    cut = _dashed_name(lines, cut)
    return len(lines) if cut == end else cut


def _trim(lines: Sequence[str], end: int) -> int:
    while end and not lines[end - 1].strip():
        end -= 1
    return end


def _delimited(lines: Sequence[str], end: int) -> int:
    """Begin of what "-- " announces: the first delimiter that has little enough below it."""
    low = max(0, end - _TAIL)
    footers = -1
    for i in range(low, end):
        line = lines[i]
        if len(line) < 6 and line.strip() in _DELIMITERS:
            footers = _footers(lines, end) if footers < 0 else footers
            if _is_delimiter(lines, i, max(footers, i + 1)):
                return i
    return end


def _is_delimiter(lines: Sequence[str], i: int, end: int) -> bool:
    below = [x.strip() for x in lines[i + 1 : end] if x.strip()]
    if any(_IDENTIFIES.search(lowered(x)) for x in below):
        return False
    if sum(":" in x and field_of(x.partition(":")[0]) in _CASE_FIELDS for x in below) >= 2:
        return False  # a form below a person's own rule
    if lines[i].startswith("-- ") or lines[i].startswith("--\xa0"):
        return len(below) <= _DELIMITED_LINES
    # Gateways strip the blank that makes "-- " a delimiter; then what follows must look like a signature.
    return len(below) <= _BLOCK_LINES + 6 and all(len(x.split()) <= _BLOCK_WORDS for x in below)


def _short_block(lines: Sequence[str], begin: int, end: int) -> bool:
    block = [bare for x in lines[begin:end] if (bare := x.strip(" \t\xa0*_>"))]
    return len(block) <= _BLOCK_LINES and all(
        _fits_block(x, low := lowered(x)) or _is_closing(low) for x in block
    )


def _footers(lines: Sequence[str], end: int) -> int:
    """Cut mobile footers, disclaimers and list footers, paragraph by paragraph from below."""
    cut = end
    for _ in range(6):
        cut = _trim(lines, cut)
        begin = cut
        while begin and cut - begin < _TAIL and lines[begin - 1].strip():
            begin -= 1
        notice = _notice(lines, begin, cut)
        if begin < cut and _is_mobile(lines[cut - 1]):
            cut -= 1
        elif notice < cut:
            cut = notice
            above = _trim(lines, notice)
            if above and _RULE.match(lines[above - 1]):
                cut = above - 1
        elif begin < cut and (footer := list_footer(lines[begin:cut])) is not None:
            cut = begin + footer
        elif cut > 1 and _RULE.match(lines[cut - 1]):
            cut -= 1  # drawn between text and quote; says nothing
        else:
            break
    return cut


def _notice(lines: Sequence[str], begin: int, end: int) -> int:
    """Begin of the disclaimer that ends the paragraph [begin, end), `end` when none does. Servers put it between
    rules directly below the last line, so one may stand inside the paragraph."""
    if begin < end and is_disclaimer(lines[begin:end]):
        return begin
    stop = end - 1 if begin < end and _RULE.match(lines[end - 1]) else end
    for i in range(stop - 1, begin - 1, -1):
        if _RULE.match(lines[i]):
            return i + 1 if i + 1 < stop and is_disclaimer(lines[i + 1 : stop]) else end
    return begin if stop < end and begin < stop and is_disclaimer(lines[begin:stop]) else end


def _is_mobile(line: str) -> bool:
    bare = line.strip(" \t\xa0*_>[]().\ufeff")
    if len(bare) > 130 or not _MOBILE.match(lowered(bare)):
        return False
    words = bare.split("<", 1)[0].split("(", 1)[0].split("http", 1)[0].split()
    return len(words) <= _MOBILE_WORDS and "," not in words[-1] and _told(bare)


def _told(bare: str) -> bool:
    """The line names a device or program and says nothing more."""
    head = bare.split("<", 1)[0]
    if ", " in head or _SENT_OTHERWISE.search(head) is not None:
        return False
    return _DEVICE.search(head) is not None or _ADVERTISED.search(bare) is not None


def _closed(lines: Sequence[str], end: int) -> int:
    """Begin of "Cordialement" and the short lines below it that reach the end; `end` when there are none."""
    below = 0
    for i in range(end - 1, max(-1, end - _TAIL), -1):
        bare = lines[i].strip(" \t\xa0*_>")
        if not bare:
            continue
        low = lowered(bare)
        if _is_closing(low):
            return i
        below += 1
        if below > _BLOCK_LINES or not (_fits_block(bare, low) or _RULE.match(bare)):
            break
    return end


def _is_closing(low: str) -> bool:
    found = _CLOSING.match(low)
    if found is None:
        return False
    if low.startswith(_FORMAL):
        return len(low) < 260
    rest = low[found.end() :]
    return len(rest.split()) <= _CLOSING_WORDS and not rest.rstrip().endswith("?") and ":" not in rest


def _fits_block(bare: str, low: str) -> bool:
    """Whether a line, also given in lower case, may stand below a closing: no sentence, no field of a case."""
    if len(bare) > 160 or bare[-1] == "?":
        return False
    if bare[:1] in "-•*" or len(bare) > 110 or len(bare.split()) > _BLOCK_WORDS:
        return _OFFICE.search(bare) is not None
    if _SENTENCE.search(low) or _POSTSCRIPT.match(low):
        return False
    if (":" in low and _is_labelled(bare, low)) or (_DIGIT.search(low) and _IDENTIFIES.search(low)):
        return False
    return bare[-1] not in ".!" or len(bare.split()) <= 6 or _OFFICE.search(bare) is not None


def _is_labelled(bare: str, low: str) -> bool:
    """A field of a case ("Nom : Martin"), not a contact ("Tél. : 05 …")."""
    if _LABELLED.match(low) is None or _CONTACT.match(low) is not None:
        return False
    return "@" not in bare and "http" not in bare and "www." not in bare


def _dashed_name(lines: Sequence[str], end: int) -> int:
    """ "-Jean Dupont" as the last line, below a blank one and a finished sentence; "-Attestation" is a list."""
    cut = _trim(lines, end)
    if cut < 3 or lines[cut - 2].strip() or not _DASHED_NAME.match(lines[cut - 1].strip()):
        return end
    above = _trim(lines, cut - 1)
    return cut - 1 if above and lines[above - 1].rstrip().endswith((".", "!", "?")) else end
