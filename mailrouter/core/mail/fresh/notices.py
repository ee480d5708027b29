"""Confidentiality notices in languages that disclaimers.py has no beginnings for, and notices of privacy in any.

They all say the same: if you (a condition) are not the addressee, please (a request) tell the sender and delete what came
by mistake and is confidential. A paragraph is one when it holds the condition, the request and three of the four
matters; whoever asks to be passed on to the right addressee has one of them.

A notice of privacy tells the reader of their data, by what law they are processed, and which rights they have or where to
read on. Whoever asks to sign or to return something writes to somebody.
"""

from __future__ import annotations

import re
from typing import Final

from mailrouter.core.mail.stems import any_of

_LEAST: Final = 30  # characters: a Chinese notice has 40
_OPENING: Final = 32
_MOST: Final = 2500

# The first words of such notices; of each the first three letters, for a cheap look.
_FIRST_WORDS: Final = (
    "dit|deze|denne|denna|detta|dette|meddel|innehåll|tämä|viesti|tähän|niniejsz|ta wiad|informac|treść|wiadom|jeżeli|jeśli|tato|táto|tento|obsah|pokud|"
    "ez az|ez a|ezen|jelen|a jelen|amenny|acest|aceast|conținut|dacă|настоящ|это|данн|сообщ|информ|если|це |цей|дане|повідом|това|bu |işbu|το |αυτό|εάν|aquest|"
    "ova|ovo|poruka|to spo|sporoč|vsebin|šis|šī |ši |see |käesol|本メ|本電|この|本邮|本郵|本电|此邮|此郵|此电|此電|这封|這封|이 메|이 전|본 메|본 전|הודע|המיד|דואר|هذه|هذا|تحتو|این|"
    "thư|email|e-mail|pesan|diese|dieses|der inh|eventuell|vertrau|confiden|konfiden"
)
_FIRST: Final = frozenset(word[:3] for word in _FIRST_WORDS.split("|"))
# What such notices begin with, in their first words: the message or what it holds.
_ABOUT = re.compile(
    any_of(
        [
            "bericht",
            "e-post",
            "viesti",
            "wiadomo",
            "informacj",
            "zpráv",
            "správ",
            "üzenet",
            "levél",
            "mesaj",
            "сообщени",
            "письм",
            "повідомлен",
            "съобщени",
            "e-posta",
            "ileti",
            "μήνυμα",
            "missatge",
            "mensaxe",
            "meddelande",
            "meddelelse",
            "melding",
            "poruk",
            "sporočil",
            "laišk",
            "kiri",
            "ziņojum",
            "メール",
            "邮件",
            "郵件",
            "메일",
            "הודעה",
            "رسالة",
            "پیام",
            "thư",
            "pesan",
            "nachricht",
            "e-mail",
            "email",
        ]
    )
)
_IF = re.compile(
    r"\b(?:als|indien|mocht|dersom|hvis|om du|om ni|jos|jeżeli|jeśli|pokud|jestliže|ak nie|amennyiben|ha (?:ön|nem|téved)|dacă|если|в случае|якщо|ако|"
    r"eğer|εάν|αν|si (?:l|no|vost|heu|vost)|ukoliko|ako|če|jei|kui|ja |wenn|falls|sollten|jika|apabila|nếu)"
    r"|場合|如果|若您|若你|경우|אם|إذا|اگر"
)
_PLEASE = re.compile(
    r"verzocht|verzoeken|gelieve|vennligst|bedes|venligst|vänligen|ilmoita|poista|prosimy|proszę|prosíme|prosím|kérjük|kérem|vă rugăm|пожалуйста|просим|просьба|"
    r"будь ласка|просимо|моля|lütfen|παρακαλ|us preguem|molimo|prosimo|prašome|palun|lūdz|bitte|harap|mohon|xin vui lòng|vui lòng|ください|お願い|请|請|바랍니다|주십시오|נא |אנא|يرجى|الرجاء|لطفا"
)
_MATTERS: Final = (
    re.compile(
        r"vertrouwelijk|konfiden|fortrolig|luottamuksel|poufn|důvěrn|dôvern|bizalmas|confiden|конфиденц|конфіденц|поверител|gizli|εμπιστευτικ|povjerljiv|zaupn|"
        r"konfidenc|vertraulich|rahasia|bảo mật|機密|秘密|保密|机密|機密|기밀|סודי|חסוי|سري|محرمانه"
    ),
    re.compile(
        r"geadresseerde|bestemd voor|mottaker|mottagar|modtager|vastaanottaj|adresat|adresát|címzett|destinat|адресат|получател|одержувач|alıcı|παραλήπτ|primatelj|"
        r"primaoc|naslovnik|gavėj|adressaa|adresāt|empfänger|penerima|người nhận|受信|宛先|收件|发送给|發送給|수신|נמען|المرسل إليه|گیرنده"
    ),
    re.compile(
        r"niet voor u|niet de (?:juiste|beoogde)|ten onrechte|abusievelijk|ved en fei?l|ikke (?:er )?(?:den )?rett|av misstag|vahingossa|erehdy|omyłk|pomyłk|nie jest|nejste|omylem|nie ste|"
        r"tévedés|nem ön|greșeal|eroare|по ошибке|ошибочно|помилк|по грешка|yanlışlıkla|hatalı|κατά λάθος|δεν είστε|per error|greškom|pomot|per klaid|ekslik|kļūd|irrtüm|nicht der|"
        r"kesalahan|nhầm|誤って|间违|错收|误收|錯收|誤收|잘못|בטעות|בשגגה|عن طريق الخطأ|بالخطأ|اشتباه"
    ),
    re.compile(
        r"verwijder|vernietig|afzender|slett|avsender|radera|avsändare|slet|afsender|poista|lähettäj|usuni|nadawc|smaz|odesílat|vymaz|odosiel|töröl|feladó|șterge|expeditor|удал|отправител|"
        r"видал|відправник|изтри|подател|siliniz|gönderen|διαγράψ|αποστολ|elimin|remitent|izbri|pošiljatelj|ištrin|siuntėj|kustuta|saatja|dzēs|sūtītāj|lösch|absender|"
        r"hapus|pengirim|xóa|người gửi|削除|送信者|删除|刪除|发件人|寄件|삭제|발신|למחוק|לשולח|مسح|حذف|المرسل"
    ),
)
_ASKS = re.compile(r"[?？](?:\s|\Z)")


def opens(low: str) -> bool:
    """Whether a paragraph, in lower case, begins as such notices do and speaks of a message at once: a cheap look."""
    return (low[:3] in _FIRST or low[:2] in _FIRST) and _ABOUT.search(low, 0, _OPENING) is not None


def is_notice(low: str) -> bool:
    """Whether a paragraph on one line, in lower case, is such a notice."""
    if not _LEAST <= len(low) <= _MOST or _IF.search(low) is None or _PLEASE.search(low) is None:
        return False
    if _ASKS.search(low) is not None:
        return False
    return sum(matter.search(low) is not None for matter in _MATTERS) >= 3


# ---- privacy

PRIVACY_LEAST: Final = 80  # characters
_YOURS = re.compile(
    r"vos données|données (?:à caractère )?personnel\w* vous concernant|your (?:personal )?(?:data|information)|process(?:es|ed)? personal data|ihre[rn]? (?:personenbezogenen )?daten|"
    r"(?:sus|tus) datos|(?:suoi|vostri|tuoi|i) dati (?:personali|saranno|sono)|seus dados|uw (?:persoons)?gegevens|danych osobowych|dane osobowe|"
    r"personuppgifter|person(?:op|oppl)lysninger|personoplysninger|henkilötie|osobn[íý]ch údaj|osobní údaje|személyes adat|datele (?:dumneavoastră|cu caracter)|datelor cu caracter|"
    r"персональн\w+ дан|προσωπικ\w+ δεδομ|kişisel veri|dades personals|個人情報|个人信息|個人資料|개인정보"
)
_LAW = re.compile(
    r"\brgpd\b|\bgdpr\b|ds-?gvo|\bavg\b|\brodo\b|\blopd(?:gdd)?\b|2016/679|informatique et libertés|152-фз|\bkvkk\b|data protection (?:act|regulation)|protection des données|protección de datos|"
    r"protezione dei dati|proteção de dados|datenschutz|dataskydd|databeskyttelse|personvern|tietosuoja|ochron\w+ danych|ochran\w+ osobn|adatvédel|protecția datelor|gegevensbescherming|przetwarzani\w+ danych"
)
# One of these stands in whatever _YOURS finds: a cheap look ("dat" alone would find every "date").
_OF_DATA = re.compile(
    any_of(
        [
            *(
                "données",
                "data",
                "daten",
                "datos",
                "dati",
                "dados",
                "dades",
                "datele",
                "datelor",
                "adat",
                "information",
                "gegevens",
                "danych",
                "dane os",
            ),
            *(
                "uppgifter",
                "lysninger",
                "henkil",
                "údaj",
                "veri",
                "дан",
                "δεδ",
                "個人",
                "个人",
                "個人",
                "개인",
            ),
        ]
    )
)
# A right or who answers for it: a page to go to is what offices answer with ("pour vos données, passez par www…").
_RIGHTS = re.compile(
    r"droits? (?:d['’](?:accès|opposition|effacement)|de (?:rectification|suppression))|exercer (?:vos|ces|ses|votre) droit|délégué à la protection|\bdpo\b|\bdpd\b|\biod\b|"
    r"rights? (?:of|to) (?:access|object|eras|rectif)|exercise your rights|your rights|privacy (?:policy|notice|statement)|politique de (?:confidentialité|protection)|"
    r"rechte auf|ihre rechte|datenschutzerklärung|datenschutzhinweis|verantwortlich\w* (?:stelle|für die)|sus derechos|derechos? de|responsable del tratamiento|política de priva|"
    r"diritt[oi] (?:di|all)|suoi diritti|titolare del trattamento|informativa (?:privacy|sul|completa)|direitos? de|política de privacidade|privacyverklaring|uw rechten|"
    r"administratorem|administrator danych|prawo (?:dostępu|do)|rättigheter|rettigheter|rettigheder|oikeu|práv[oa] na|jogai|dreptul"
)
_RETURNED = re.compile(
    r"\bsign(?:er|ez|ed|ature)?\b|retourn|renvo[iy]|ci-joint|\breturn (?:it|the)|attached|unterschr|zurücksend|beigefügt|firmar|firme\b|firmare|allegat|assinar|podpis|ondertek"
)


def is_privacy(low: str) -> bool:
    """Whether a paragraph on one line, in lower case, tells the reader of the processing of their data."""
    if not PRIVACY_LEAST <= len(low) <= _MOST or _OF_DATA.search(low) is None:
        return False
    if _YOURS.search(low) is None or _LAW.search(low) is None:
        return False
    return _RIGHTS.search(low) is not None and _RETURNED.search(low) is None and _ASKS.search(low) is None
