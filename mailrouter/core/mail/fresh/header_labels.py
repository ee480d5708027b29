"""The words that mail clients put before the fields of a mail they quote or forward ("De :", "Sent:", "Betreff:").

Source: the header blocks that Outlook, Thunderbird, Apple Mail, Zimbra, Yahoo, Gmail, Domino, Orange and
La Poste write in their translations. A label alone proves nothing ("De : Paris"): header_block.py asks for
several of them with values that only a client writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

FIELDS: Final = ("from", "date", "to", "cc", "subject")


class Language(NamedTuple):
    """The labels of one language, lower-case, the usual one first; `date` holds "sent" and "date" alike."""

    code: str
    author: tuple[str, ...]
    date: tuple[str, ...]
    to: tuple[str, ...]
    cc: tuple[str, ...]
    subject: tuple[str, ...]


def _row(code: str, author: str, date: str, to: str, cc: str, subject: str) -> Language:
    a, d, t, c, s = (tuple(x.split("|")) for x in (author, date, to, cc, subject))
    return Language(code, a, d, t, c, s)


LANGUAGES: Final[tuple[Language, ...]] = (
    _row(
        "fr",
        "de|expéditeur|expediteur|émetteur|de la part de",
        "envoyé|date|envoyé le|envoye|envoye le|date d'envoi|date d’envoi|message du",
        "à|a|pour|destinataire|destinataires|envoyé à",
        "cc|copie|copie à|copie a|cci|copie cachée",
        "objet|sujet",
    ),
    _row("en", "from|sender", "sent|date|sent on|sent at|date sent", "to|sent to", "cc|bcc", "subject"),
    _row("de", "von|absender", "gesendet|datum|gesendet am", "an|empfänger", "cc|kopie|bcc", "betreff"),
    _row(
        "es",
        "de|remitente",
        "enviado|fecha|enviado el|enviado a las|enviada el",
        "para|a",
        "cc|copia|cco",
        "asunto",
    ),
    _row("it", "da|mittente", "inviato|data|inviato il|data invio", "a|destinatario", "cc|ccn", "oggetto"),
    _row(
        "pt",
        "de|remetente",
        "enviado|data|enviada|enviado em|enviada em",
        "para|destinatário",
        "cc|cco",
        "assunto",
    ),
    _row("nl", "van|afzender", "verzonden|datum|verstuurd|verzonden op", "aan", "cc|kopie", "onderwerp"),
    _row("da", "fra", "sendt|dato", "til", "cc|kopi", "emne"),
    _row("no", "fra|avsender", "sendt|dato", "til", "kopi|cc", "emne"),
    _row("sv", "från", "skickat|datum|skickades", "till", "kopia|cc", "ämne"),
    _row("fi", "lähettäjä", "lähetetty|päivämäärä|pvm|päiväys", "vastaanottaja", "kopio|cc", "aihe"),
    _row(
        "pl",
        "od|nadawca",
        "wysłano|data|wysłane|data wysłania",
        "do|adresat",
        "dw|kopia|do wiadomości|udw",
        "temat",
    ),
    _row("cs", "od|odesílatel", "odesláno|datum|posláno", "komu|příjemce|pro", "kopie|cc", "předmět"),
    _row("sk", "od|odosielateľ", "odoslané|dátum|poslané", "komu|pre|príjemca", "kópia|cc", "predmet"),
    _row(
        "hu",
        "feladó|küldő|feladja",
        "elküldve|dátum|küldve|küldés dátuma|küldés ideje",
        "címzett|címzettek",
        "másolat|másolatot kap|cc",
        "tárgy",
    ),
    _row("ro", "de la|expeditor", "trimis|dată|data", "către|la", "cc|copie", "subiect"),
    _row("ru", "от|от кого|отправитель", "отправлено|дата|отправлен", "кому", "копия|cc", "тема"),
    _row("uk", "від|від кого|відправник", "відправлено|дата|надіслано", "кому", "копія|cc", "тема"),
    _row("bg", "от", "изпратено|дата", "до", "копие|cc", "относно|тема"),
    _row(
        "tr",
        "kimden|gönderen",
        "gönderilen|tarih|gönderildi|gönderme tarihi",
        "kime|alıcı",
        "bilgi|cc",
        "konu",
    ),
    _row(
        "hr",
        "šalje|od|pošiljatelj",
        "poslano|datum|poslato|datum slanja",
        "prima|za|primatelj|primalac",
        "kopija|cc",
        "predmet|naslov",
    ),
    _row("sl", "od|pošiljatelj", "poslano|datum", "za|prejemnik", "kp|cc", "zadeva"),
    _row("el", "από", "στάλθηκε|ημερομηνία|εστάλη", "προς", "κοιν.|κοινοποίηση|cc", "θέμα"),
    _row("ca", "de", "enviat|data", "per a|a", "cc|a/c", "assumpte"),
    _row(
        "et", "saatja|kellelt", "saadetud|kuupäev|saatmisaeg", "adressaat|saaja|kellele", "koopia|cc", "teema"
    ),
    _row("lt", "nuo", "išsiųsta|data", "kam|gavėjas", "kopija|cc", "tema"),
    _row("lv", "no|sūtītājs", "nosūtīts|datums", "kam|adresāts", "kopija|cc", "temats|tēma"),
    _row("vi", "từ|người gửi", "đã gửi|ngày|vào", "đến|tới|người nhận", "cc", "chủ đề|tiêu đề"),
    _row("ja", "差出人|送信元|送信者", "送信日時|日付|日時|送信", "宛先|送信先", "cc|ｃｃ", "件名"),
    _row(
        "zh",
        "发件人|寄件者|寄件人|發件人",
        "发送时间|日期|发送日期|寄件日期|傳送時間|已傳送|时间|時間",
        "收件人|收件者",
        "抄送|副本|抄送人",
        "主题|主旨|標題|主題",
    ),
    _row(
        "ko",
        "보낸 사람|보낸사람|발신자",
        "보낸 날짜|날짜|보냄|보낸날짜",
        "받는 사람|받는사람|수신자",
        "참조",
        "제목",
    ),
    _row("ar", "من", "تاريخ|مرسل|التاريخ|تم الإرسال|أُرسلت|أرسل", "إلى", "نسخة|نسخة إلى", "الموضوع|موضوع"),
    _row("he", "מאת", "נשלח|תאריך", "אל", "עותק", "נושא"),
    _row("id", "dari", "dikirim|tanggal", "kepada|ke", "cc", "perihal|subjek"),
    _row("ms", "daripada", "dihantar|tarikh", "kepada", "sk|cc", "subjek|perkara"),
    _row("th", "จาก", "ส่ง|วันที่|ส่งเมื่อ", "ถึง", "สำเนาถึง|สำเนา|cc", "เรื่อง|หัวเรื่อง"),
    _row("fa", "از|فرستنده", "ارسال شده|ارسال‌شده|تاریخ", "به|گیرنده", "رونوشت", "موضوع"),
    _row("hi", "प्रेषक|से|द्वारा", "भेजा गया|दिनांक|तारीख|भेजने का समय", "प्रति|प्राप्तकर्ता", "प्रतिलिपि|cc", "विषय"),
    _row("is", "frá", "sent|dagsetning", "til", "afrit|cc", "efni"),
    _row(
        "eu", "nork|bidaltzailea|nondik", "data|bidalia|bidaltze-data", "nori|hartzailea|nora", "cc", "gaia"
    ),
    _row("ga", "ó", "seolta|dáta", "chuig", "cc", "ábhar"),
    _row("cy", "oddi wrth", "anfonwyd|dyddiad", "at", "cc", "pwnc|testun"),
    _row("sr", "од|шаље|пошиљалац", "послато|датум", "за|прима|прималац", "копија", "предмет|тема|наслов"),
    _row("be", "ад|ад каго", "адпраўлена|дата", "каму", "копія", "тэма"),
    _row("sq", "nga", "dërguar|data", "për", "cc", "subjekti|tema"),
    _row("az", "kimdən", "göndərilib|tarix", "kimə", "cc", "mövzu"),
    _row("hy", "ուղարկող|ումից", "ուղարկվել է|ամսաթիվ", "ում", "պատճենը", "թեմա"),
    _row("ka", "გამომგზავნი|ვისგან", "გაგზავნილია|თარიღი", "ვის|ადრესატი", "ასლი", "თემა"),
)

# Fields that stand in such blocks but prove nothing by themselves.
_OTHERS: Final = (
    "reply-to|reply to|répondre à|répondre a|antwort an|importance|importancia|priorité|priority|wichtigkeit|"
    "attachments|pièces jointes|pièce jointe|anlagen|organization|organisation|resent-from|resent-to|"
    "message-id|return-path|x-mailer|delivered-to|mailed-by|signed-by"
)


def _labels() -> dict[str, str]:
    found: dict[str, str] = dict.fromkeys(_OTHERS.split("|"), "other")
    for row in LANGUAGES:
        for field, words in zip(FIELDS, row[1:], strict=True):
            for word in words:
                found.setdefault(word.casefold(), field)  # Greek: a final sigma is none
    return found


LABELS: Final[Mapping[str, str]] = MappingProxyType(_labels())
