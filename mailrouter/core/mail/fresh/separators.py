"""Lines that announce a quoted or forwarded mail: "-----Message d'origine-----", "Begin forwarded message:".

A rule of dashes alone announces nothing, nor do dashes around a person's own words ("--- à compléter ---"):
the words between them must say, in some language, that an original or forwarded message follows.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from mailrouter.core.mail.stems import any_of

Separator = Literal["original", "forward", "announce", "above", "rule"]

_MARKS: Final = " \t>*_|\xa0\ufeff\u200b"
_REACH: Final = 90  # characters: the longest marker of the clients measured is 60

# Beside the usual dashes: the hyphen of Unicode (Proton), the bars of tables.
_DASHED = re.compile(r"[-‐–—─━_=~#*]{2,}[ \t\xa0]*([^-‐–—─━_=~#*\s][^\n]{2,70}?)[ \t\xa0]*[-‐–—─━_=~#*]{2,}")
_DASH: Final = frozenset("-‐–—─━_=~#*")
_RULE = re.compile(r"(?:[-‐–—─━_=][ \t]?){8,}$")

# Inflected stems, lower-case: "original message" said by the clients of each language.
_ORIGINAL: Final = (
    "original message|reply message|original appointment|original meeting|message d'origine|message d’origine|"
    "message original|message initial|mail original|mail d'origine|mail d’origine|courriel original|"
    "e-mail d'origine|e-mail d’origine|courrier d'origine|rendez-vous d'origine|message reçu|"
    "ursprüngliche nachricht|originalnachricht|original-nachricht|original nachricht|antwort nachricht|"
    "urspr. nachricht|ursprüngliche mail|originaltermin|mensaje original|mensaje de origen|"
    "messaggio originale|messaggio originario|messaggio di origine|mensagem original|"
    "oorspronkelijk bericht|originele bericht|origineel bericht|oprindelig meddelelse|original meddelelse|"
    "oprindelig besked|opprinnelig melding|original melding|opprinnelig e-post|originalmeddelande|"
    "ursprungligt meddelande|ursprungligt mejl|alkuperäinen viesti|alkuperäinen sähköposti|"
    "wiadomość oryginalna|oryginalna wiadomość|wiadomość pierwotna|původní zpráva|puvodni zprava|původní e-mail|puvodni e-mail|pôvodný e-mail|"
    "pôvodná správa|eredeti üzenet|mesaj original|mesajul original|исходное сообщение|"
    "оригинальное сообщение|оригинал сообщения|первоначальное сообщение|оригінальне повідомлення|"
    "початкове повідомлення|оригинално съобщение|orijinal mesaj|özgün ileti|asıl mesaj|izvorna poruka|"
    "originalna poruka|izvirno sporočilo|αρχικό μήνυμα|algne kiri|algne sõnum|pirminis laiškas|"
    "sākotnējais ziņojums|missatge original|元のメッセージ|オリジナルメッセージ|原始邮件|原始郵件|原始訊息|"
    "原邮件|원본 메시지|원본 메일|원본메시지|thư gốc|tin nhắn gốc|pesan asli|הודעה מקורית|الرسالة الأصلية|"
    "ข้อความต้นฉบับ|ข้อความดั้งเดิม|จดหมายต้นฉบับ|मूल संदेश|پیام اصلی|upprunaleg|jatorrizko mezua|bunteachtaireacht|neges wreiddiol|"
    "mesej asal|оригинална порука|изворна порука|оригинална порака|mesazhi origjinal|зыходнае паведамленне|mensaxe orixinal|"
    "originaal|isvorna poruka|originálna správa|originální zpráva"
)

_FORWARD: Final = (
    "forwarded|message transféré|message transmis|message réexpédié|message réacheminé|message transfere|"
    "mail transféré|mail transmis|courriel transféré|transféré par|réexpédié|transféré :|transmis par|"
    "weitergeleitet|reenviado|reenviada|encaminhad|inoltrat|doorgestuurd|doorgezonden|videresend|"
    "vidarebefordra|vidaresänd|välitetty|edelleen lähetetty|edelleenlähetetty|przekazan|przekazyw|"
    "przesłana dalej|przesłano dalej|przesłanej dalej|přepos|přesměrovan|prepos|továbbít|redirecționat|"
    "redirectionat|transmis mai departe|proslijeđen|proslijedjen|prosleđen|prosledjen|posredovan|"
    "пересылаем|переслан|переадресован|пересилаєт|перенаправлен|препратен|пренасочен|iletilmiş|iletilen|"
    "iletilmis|yönlendir|ileti başlangıcı|προωθ|edastatud|persiųst|pārsūtīt|reenviat|転送|转发|轉寄|轉發|전달|"
    "chuyển tiếp|diteruskan|הועבר|מועברת|معاد توجيه|محولة|محوّلة|معاد إرسال|"
    "ส่งต่อ|अग्रेषित|هدایت|فوروارد|áframsend|birbidali|ar aghaidh|treuzkas|blaenyrr|anfonwyd ymlaen|dipanjangkan|dimajukan|прослеђен|"
    "проследен|пераслан|перасыла|përcjell|ridërguar|გადამისამართებ|գաղափար|վերահասցեագրված|yönləndiril"
)

# Our own and other services' line: "##- Répondez au-dessus de cette ligne -##".
_ABOVE: Final = (
    "above this line|au-dessus de cette ligne|au dessus de cette ligne|über dieser zeile|oberhalb dieser zeile|boven deze regel|boven deze lijn|sopra questa riga|acima desta linha|encima de la línea|ovanför denna rad|ovanför den här raden|over denne linje|encima de esta|"
    "not write below this line|not reply below this line|ne rien écrire sous cette ligne|ne pas écrire sous cette ligne"
)


def _any(stems: str) -> re.Pattern[str]:
    return re.compile(any_of(stems.split("|")))


_SAID_RE = _any(f"{_ORIGINAL}|{_FORWARD}|{_ABOVE}")
_ORIGINAL_RE = _any(_ORIGINAL)
_FORWARD_RE = _any(_FORWARD)
_ABOVE_RE = _any(_ABOVE)


def separator_of(line: str) -> Separator | None:
    """What the line announces, or None.

    `original` and `forward` stand between dashes and suffice alone; `announce` is a forward's first line
    without dashes ("Message transféré :"), which a person may write too: a header block must follow it;
    `above` is "reply above this line"; `rule` a bare rule, which means nothing by itself.
    """
    bare = line.strip(" \t>\xa0\ufeff\u200b")
    if not bare or (bare[0].isalnum() and bare[-1] not in ":：-‐–—─"):
        return None
    if len(bare) > 7 and _RULE.match(bare):
        return "rule"
    if bare[0] in _DASH or bare[1:2] in _DASH:
        dashed = _DASHED.search(bare[:_REACH])
        if dashed is not None and dashed.start() <= 1:
            return _said(dashed[1])
    return "announce" if _announced(bare) else None


def is_framed(line: str) -> bool:
    """Whether the line goes with the header block below it: a rule, words between dashes in any language, or
    "Message d'origine" without dashes (BlackBerry)."""
    bare = line.strip(" \t>\xa0")
    if bare[:1].isalpha():
        return len(bare.split()) <= 4 and _said(bare) is not None
    if len(bare) > _REACH or bare[:2] not in ("--", "==", "__", "##", "~~", "——", "‐‐", "──"):
        return False
    return len(bare) > 7 and bare[-1] == bare[0]


def _said(words: str) -> Separator | None:
    low = _lower(words)
    if _SAID_RE.search(low) is None:
        return None
    if _FORWARD_RE.search(low):
        return "forward"
    if _ORIGINAL_RE.search(low):
        return "original"
    return "above" if _ABOVE_RE.search(low) else None


def _announced(bare: str) -> bool:
    """Apple Mail and MailMate: "Début du message réexpédié :" alone on its line."""
    if len(bare) > _REACH or bare[-1] not in ":：":
        return False
    low = _lower(bare)
    return len(low.split()) <= 7 and _FORWARD_RE.search(low) is not None


def _lower(text: str) -> str:
    return text.replace("İ", "i").lower()  # Turkish: lower() makes two characters of it


def after_marker(line: str) -> str:
    """What stands behind the dashes of a marker on the same line (Yahoo), stripped."""
    bare = line.strip(_MARKS)
    dashed = _DASHED.search(bare[:_REACH])
    return bare[dashed.end() :].strip() if dashed is not None else ""
