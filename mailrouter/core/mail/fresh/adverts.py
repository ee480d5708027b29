"""What programs write about themselves below a mail: "Get Outlook for iOS", "Virus-free. www.avast.com".

An advert is made of nothing but its own words, in whatever order the language puts them: a verb of getting, a mail
program and a device. One word more, and it is a person's sentence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from mailrouter.core.mail.letters import lowered

_WORDS: Final = 8
_PROGRAMS: Final = (
    *("outlook", "yahoo", "bluemail", "typeapp", "aquamail", "aqua", "spark", "gmail", "proton"),
    *("mymail", "tuta", "k-9", "fairemail"),
)
_DEVICES: Final = ("android", "ios", "iphone", "ipad", "windows", "mac", "mobil", "linux")
_KNOWN: Final = _PROGRAMS + _DEVICES
# With their endings, for Finnish and Hungarian put the case there.
_GETTING: Final = (
    "get download obtenir obtenez télécharge installe holen laden herunterladen beziehen obten obtén obter obtenha obtenga descarga "
    "baixe baixar transfer scarica ottieni downloaden hämta hent få hanki lataa pobierz získat získajte stáhn "
    "beszerz letölt szerezze obțin obtin descărc edinin indir yükle скачай скачать получ установ завантаж отрима изтегл λήψη "
    "αποκτήστε κατεβάστε הורד קבל احصل تنزيل 获取 獲取 下载 下載 取得 入手 ダウンロード 다운로드 받기 ดาวน์โหลด รับ tải nhận "
    "dapatkan unduh preuzm prenes aconsegu baixa hangi laadi"
)
_GET: Final = tuple(_GETTING.split())
_LITTLE: Final = (
    "for the app mail l'app l’app pour sur de du sie sich für auf die das para o el la los il per su voor til till på för az a "
    "pro na dla program programu systemu aplikacji aplikaci aplikaciju aplikacije aplicația pentru aplicatia için uygulamasını для "
    "приложение за το για on على من עבור את ל 的 版 适用于 適用於 สำหรับ cho your an un una di"
)
_BETWEEN: Final = frozenset(_LITTLE.split())
_LINK = re.compile(r"<[^<>]*>|\[?https?://\S+")
_LETTERS = re.compile(r"[^\s.,;:!()\[\]|*_\"«»„“”]+")


def gets_a_program(low: str) -> bool:
    """Whether the line, in lower case, invites to get a mail program and says nothing else."""
    words = _LETTERS.findall(_LINK.sub(" ", low))
    if not 2 < len(words) <= _WORDS and not (words and len(words) <= 2 and not low.isascii()):
        return False
    got = [word for word in words if any(map(word.__contains__, _GET))]
    program = any(word.startswith(_PROGRAMS) or word in _PROGRAMS for word in words)
    if not (got and program):
        return False
    return all(word in _BETWEEN or word.startswith(_KNOWN) or word in got for word in words)


# ---- scanners

_SCANNER: Final = r"(?:avast|avg|eset|nod32|kaspersky|norton|bitdefender|malwarebytes|mcafee|avira|f-secure|g ?data|trend micro|sophos|dr\.web)"
_DOMAIN = re.compile(rf"\b{_SCANNER}\.(?:com|net|org|fr|de)\b")
_CLEAN = re.compile(
    r"(?:virus-? ?free|garanti sans virus|sans virus|virenfrei|libre de virus|sin virus|sense virus|não contém vírus|livre de vírus|sem vírus|"
    r"privo di virus|senza virus|wolny od wirusów|bez wirusów|virusvrij|neobsahuje|bez vir|vírusmentes|virusmentes|virusfri|viruston|"
    r"fără virus|fara virus|virüs içermez|virüssüz|без вирус|не содержит вирус|проверено на вирус|без віру|χωρίς ιούς|ללא וירוס|خال من الفيروس|"
    r"ウイルス|病毒|바이러스|không có vi|bebas virus)"
)
_PICTURE = re.compile(r"(?:<[^<>]*>|\[[^\[\]]{0,80}\])\s*")  # the scanner's logo, and where it leads
_FRAMED = re.compile(rf"_{{5,}}\s*\S.*\b{_SCANNER}\b.*_{{5,}}\s*\Z")
_FRAMED_LINES: Final = 10
_FRAMED_REACH: Final = 400  # characters of such a line: what looks for it is quadratic


def is_clean_notice(paragraph: Sequence[str]) -> bool:
    """A scanner's word that the mail is free of viruses: it begins with that, and names the scanner's own site."""
    text = " ".join(paragraph)
    if len(text) > 600 or "www." not in text or _DOMAIN.search(low := lowered(text)) is None:
        return False
    said = _PICTURE.sub("", low).lstrip(" *_|-")
    return _CLEAN.match(said) is not None and len(said) < 90


def begin_of_scan(lines: Sequence[str], end: int) -> int:
    """Where the report of a scanner begins, a line of its own between long rules that names it; `end` when there is none."""
    for i in range(end - 1, max(-1, end - _FRAMED_LINES), -1):
        if (
            lines[i].startswith("_____")
            and len(lines[i]) < _FRAMED_REACH
            and _FRAMED.match(lowered(lines[i])) is not None
        ):
            return i
    return end
