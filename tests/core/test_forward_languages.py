"""Guarantee: the author, date, subject and text of a forwarded mail are read whatever client and language forwarded it."""

import pytest

from mailrouter.core.mail.fresh.forward import forwarded
from mailrouter.core.model.mail import Forwarded, Parsed, Part

TEXT = "Bonjour,\n\nVotre droit est ouvert.\n\nLa caisse"
WHO = {
    "author": "jean@caf.example",
    "author_name": "Jean Dupont",
    "subject": "Ouverture de droit",
    "text": TEXT,
}
F = "Jean Dupont <jean@caf.example>"
S = "Ouverture de droit"

# Apple Mail marks the whole; the labels in the order it writes them: author, subject, date, recipient.
APPLE = {
    "fr": ("Début du message réexpédié :", "De:", "Objet:", "Date:", "12 mars 2024 à 10:12:33 UTC+1", "À:"),
    "fr new": (
        "Début du message transféré :",
        "De:",
        "Objet:",
        "Date:",
        "12 mars 2024 à 10:12:33 UTC+1",
        "À:",
    ),
    "en": (
        "Begin forwarded message:",
        "From:",
        "Subject:",
        "Date:",
        "March 12, 2024 at 10:12:33 GMT+1",
        "To:",
    ),
    "de": (
        "Anfang der weitergeleiteten Nachricht:",
        "Von:",
        "Betreff:",
        "Datum:",
        "12. März 2024 um 10:12:33 MEZ",
        "An:",
    ),
    "es": (
        "Inicio del mensaje reenviado:",
        "De:",
        "Asunto:",
        "Fecha:",
        "12 de marzo de 2024, 10:12:33 CET",
        "Para:",
    ),
    "it": (
        "Inizio messaggio inoltrato:",
        "Da:",
        "Oggetto:",
        "Data:",
        "12 marzo 2024 alle ore 10:12:33 CET",
        "A:",
    ),
    "nl": (
        "Begin doorgestuurd bericht:",
        "Van:",
        "Onderwerp:",
        "Datum:",
        "12 maart 2024 om 10:12:33 CET",
        "Aan:",
    ),
    "pt": (
        "Início da mensagem reencaminhada:",
        "De:",
        "Assunto:",
        "Data:",
        "12 de março de 2024, 10:12:33",
        "Para:",
    ),
    "da": (
        "Start på videresendt besked:",
        "Fra:",
        "Emne:",
        "Dato:",
        "12. marts 2024 kl. 10.12.33 CET",
        "Til:",
    ),
    "no": ("Videresendt melding:", "Fra:", "Emne:", "Dato:", "12. mars 2024 kl. 10:12:33 CET", "Til:"),
    "sv": ("Vidarebefordrat brev:", "Från:", "Ämne:", "Datum:", "12 mars 2024 10:12:33 CET", "Till:"),
    "fi": (
        "Välitetty viesti alkaa:",
        "Lähettäjä:",
        "Aihe:",
        "Päivämäärä:",
        "12. maaliskuuta 2024 klo 10.12.33",
        "Vastaanottaja:",
    ),
    "pl": (
        "Początek przekazywanej wiadomości:",
        "Od:",
        "Temat:",
        "Data:",
        "12 marca 2024 o 10:12:33 CET",
        "Do:",
    ),
    "cs": (
        "Začátek přeposílané zprávy:",
        "Od:",
        "Předmět:",
        "Datum:",
        "12. března 2024 v 10:12:33 SEČ",
        "Komu:",
    ),
    "sk": (
        "Začiatok preposlanej správy:",
        "Od:",
        "Predmet:",
        "Dátum:",
        "12. marca 2024 o 10:12:33 SEČ",
        "Komu:",
    ),
    "hu": (
        "Továbbított levél kezdete:",
        "Feladó:",
        "Tárgy:",
        "Dátum:",
        "2024. március 12. 10:12:33 CET",
        "Címzett:",
    ),
    "ro": (
        "Începutul mesajului redirecționat:",
        "De la:",
        "Subiect:",
        "Dată:",
        "12 martie 2024 la 10:12:33 EET",
        "Către:",
    ),
    "ru": (
        "Начало переадресованного сообщения:",
        "От:",
        "Тема:",
        "Дата:",
        "12 марта 2024 г., 10:12:33 GMT+1",
        "Кому:",
    ),
    "uk": (
        "Початок листа, що пересилається:",
        "Від кого:",
        "Тема:",
        "Дата:",
        "12 березня 2024 р., 10:12:33",
        "Кому:",
    ),
    "tr": ("İleti başlangıcı:", "Kimden:", "Konu:", "Tarih:", "12 Mart 2024 10:12:33 GMT+1", "Kime:"),
    "hr": (
        "Započni proslijeđenu poruku:",
        "Šalje:",
        "Predmet:",
        "Datum:",
        "12. ožujka 2024. u 10:12:33 CET",
        "Prima:",
    ),
    "el": (
        "Αρχή προωθημένου μηνύματος:",
        "Από:",
        "Θέμα:",
        "Ημερομηνία:",
        "12 Μαρτίου 2024 στις 10:12:33",
        "Προς:",
    ),
    "ja": ("転送されたメッセージ:", "差出人:", "件名:", "日付:", "2024年3月12日 10:12:33 JST", "宛先:"),
    "zh": ("开始转发邮件:", "发件人:", "主题:", "日期:", "2024年3月12日 GMT+8 10:12:33", "收件人:"),
    "ko": (
        "전달된 메시지 시작:",
        "보낸 사람:",
        "제목:",
        "날짜:",
        "2024년 3월 12일 오전 10:12:33",
        "받는 사람:",
    ),
}


@pytest.mark.parametrize("own", ["", "Voici ce qu'elle a reçu.\n\n"])
@pytest.mark.parametrize("words", APPLE.values(), ids=APPLE)
def test_apple_mail(words: tuple[str, ...], own: str) -> None:
    marker, author, subject, date, when, to = words
    rows = [
        marker,
        "",
        f"{author} {F}",
        f"{subject} {S}",
        f"{date} {when}",
        f"{to} zoe@x.example",
        "",
        *TEXT.split("\n"),
    ]
    got = forwarded(Parsed(text=own + "\n".join(f"> {row}".rstrip() for row in rows) + "\n"))
    assert got is not None
    assert {k: getattr(got, k) for k in WHO} == WHO
    assert got.date


DASHED = [
    "---------- Forwarded message ---------",
    "-------- Message transféré --------",
    "-------- Message réexpédié --------",
    "----- Mail transféré -----",
    "----- Message transmis -----",
    "----- Transféré par Zoé Durand/CPAM46/FR le 12/03/2024 11:00 -----",
    "-------- Weitergeleitete Nachricht --------",
    "-------- Mensaje reenviado --------",
    "-------- Messaggio Inoltrato --------",
    "-------- Doorgestuurd bericht --------",
    "-------- Mensagem encaminhada --------",
    "-------- Videresendt meddelelse --------",
    "-------- Videresendt melding --------",
    "-------- Vidarebefordrat meddelande --------",
    "-------- Välitetty viesti --------",
    "--- Treść przekazanej wiadomości ---",
    "-------- Přeposlaná zpráva --------",
    "-------- Preposlaná správa --------",
    "-------- Továbbított üzenet --------",
    "-------- Mesaj redirecționat --------",
    "-------- Перенаправленное сообщение --------",
    "-------- Переслане повідомлення --------",
    "-------- İletilmiş İleti --------",
    "-------- Proslijeđena poruka --------",
    "-------- Προωθημένο μήνυμα --------",
    "-------- Edastatud kiri --------",
    "-------- 転送メッセージ --------",
    "-------- 转发的消息 --------",
    "-------- 전달된 메시지 --------",
]


@pytest.mark.parametrize("marker", DASHED)
@pytest.mark.parametrize("subject", ["", "Fwd: Ouverture de droit"])
def test_a_marker_between_dashes(marker: str, subject: str) -> None:
    block = f"Sujet : \t{S}\nDate : \tTue, 12 Mar 2024 10:12:33 +0100\nDe : \t{F}\nPour : \tzoe@x.example"
    got = forwarded(Parsed(text=f"Voir ci-dessous.\n\n{marker}\n{block}\n\n\n{TEXT}\n", subject=subject))
    assert got == Forwarded(**WHO, date="2024-03-12T10:12:33+01:00")


PREFIXES = [
    "TR: ",
    "TR : ",
    "Tr : ",
    "FW: ",
    "Fwd: ",
    "WG: ",
    "RV: ",
    "I: ",
    "ENC: ",
    "Doorst: ",
    "VB: ",
    "VL: ",
    "PD: ",
    "[EXTERNE] TR: ",
    "TR: RE: ",
]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_outlook_has_no_marker_its_subject_tells(prefix: str) -> None:
    block = f"De : {F}\nEnvoyé : mardi 12 mars 2024 10:12\nÀ : zoe@x.example\nObjet : {S}"
    got = forwarded(Parsed(text=f"Que répondre ?\n\n{block}\n\n{TEXT}\n", subject=prefix + S))
    assert got == Forwarded(**WHO, date="2024-03-12T10:12:00")


ATTRIBUTIONS = {
    "fr": "Le 12/03/2024 10:12, « Jean Dupont » <jean@caf.example> a écrit :",
    "en": 'On 12/03/2024 10:12, "Jean Dupont" <jean@caf.example> wrote:',
    "de": 'Am 12.03.24, 10:12 schrieb "Jean Dupont" <jean@caf.example>:',
    "es": 'El 12/03/2024 10:12, "Jean Dupont" <jean@caf.example> escribió:',
    "it": 'Il 12/03/2024, 10:12 "Jean Dupont" <jean@caf.example> ha scritto:',
    "nl": "Op 12/03/2024 10:12 heeft Jean Dupont <jean@caf.example> geschreven:",
    "pl": "Dnia 12/03/2024, 10:12 użytkownik „Jean Dupont” <jean@caf.example> napisał:",
    "fi": "Jean Dupont <jean@caf.example> kirjoitti 12/03/2024 10.12:",
    "tr": '"Jean Dupont" <jean@caf.example>, 12/03/2024 10:12 tarihinde şunu yazdı:',
}


@pytest.mark.parametrize("line", ATTRIBUTIONS.values(), ids=ATTRIBUTIONS)
def test_outlook_for_mac_forwards_under_an_attribution(line: str) -> None:
    body = "\n".join(f"    {x}".rstrip() for x in TEXT.split("\n"))
    got = forwarded(
        Parsed(text=f"Que répondre ?\n\n\ufeff{line}\n\n{body}\n", subject="TR: Ouverture de droit")
    )
    assert got is not None
    assert (got.author, got.subject, got.date) == ("jean@caf.example", S, "2024-03-12T10:12:00")
    assert got.author_name.removeprefix("heeft ") == "Jean Dupont"
    assert got.text.split() == TEXT.split()


YAHOO = {
    "fr": '----- Message transmis ----- De : {f}À : "z" <z@x.example>Cc : a <a@x.example>; b <b@x.example>Envoyé : mardi 12 mars 2024, 10:12:05 UTC+1Objet : {s}',
    "fr new": '----- Message transféré ----- De : {f}À : "z" <z@x.example>Envoyé : mardi 12 mars 2024 à 10:12:05 UTC+1Objet : {s}',
    "en": '----- Forwarded Message ----- From: {f}To: "z" <z@x.example>Sent: Tuesday, March 12, 2024 at 10:12:05 AM GMT+1Subject: {s}',
    "de": '----- Weitergeleitete Nachricht ----- Von: {f}An: "z" <z@x.example>Gesendet: Dienstag, 12. März 2024 um 10:12:05 GMT+1Betreff: {s}',
    "es": '----- Mensaje reenviado ----- De: {f}Para: "z" <z@x.example>Enviado: martes, 12 de marzo de 2024, 10:12:05 GMT+1Asunto: {s}',
    "it": '----- Messaggio inoltrato ----- Da: {f}A: "z" <z@x.example>Inviato: martedì 12 marzo 2024, 10:12:05 GMT+1Oggetto: {s}',
    "nl": '----- Doorgestuurd bericht ----- Van: {f}Aan: "z" <z@x.example>Verzonden: dinsdag 12 maart 2024 om 10:12:05 GMT+1Onderwerp: {s}',
}


@pytest.mark.parametrize("line", YAHOO.values(), ids=YAHOO)
def test_yahoo_glues_marker_and_fields(line: str) -> None:
    got = forwarded(Parsed(text=f"Voir.\n   {line.format(f=F, s=S)}\n {TEXT}\n"))
    assert got == Forwarded(**WHO, date="2024-03-12T10:12:05+01:00")


NOT = {
    "reply": Parsed(
        subject="Re: x",
        text=f"Oui.\n\nDe : {F}\nEnvoyé : mardi 12 mars 2024 10:12\nÀ : Zoé\nObjet : x\n\nBonjour",
    ),
    "reply with marker": Parsed(
        subject="RE : x",
        text=f"Oui.\n\n-----Message d'origine-----\nDe : {F}\nEnvoyé : mardi 12 mars 2024 10:12\n\nB",
    ),
    "reply without prefix": Parsed(
        subject="x",
        in_reply_to=("<a@b>",),
        text=f"Oui.\n\n-----Message d'origine-----\nDe : {F}\nEnvoyé : mardi 12 mars 2024 10:12\n\nB",
    ),
    "reply to a forward": Parsed(
        subject="Re: TR: x",
        text=f"Oui.\n\n---------- Forwarded message ---------\nDe : {F}\nDate: 12/03/2024 10:12\n\nB",
    ),
    "quote of a forward": Parsed(
        text=f"Oui.\n\nLe 12/03/2024 à 10:12, Zoé a écrit :\n> ---------- Forwarded message ---------\n> De : {F}\n> \n> B"
    ),
    "sentence": Parsed(text="Bonjour,\nVoici le message transféré :\nelle demande une avance.\n"),
    "prefix alone": Parsed(subject="TR: dossier Martin", text="Bonjour,\nque faire pour ce dossier ?\n"),
    "empty": Parsed(),
    "report": Parsed(
        content_type="multipart/report", text=f"x\n\n---------- Forwarded message ---------\nDe : {F}\n\nB"
    ),
}


@pytest.mark.parametrize("parsed", NOT.values(), ids=NOT)
def test_what_is_not_forwarded(parsed: Parsed) -> None:
    assert forwarded(parsed) is None


EML = b"From: Jean Dupont <jean@CAF.example>\r\nSubject: =?utf-8?q?d=C3=A9cision?=\r\nDate: Tue, 12 Mar 2024 10:12:33 +0100\r\n\r\nBonjour\r\n"


@pytest.mark.parametrize(
    "part",
    [
        Part(path="1.2", type="message/rfc822", content=EML),
        Part(path="1.2", type="application/octet-stream", content=EML, name="Décision.EML"),
    ],
)
def test_an_attached_mail_is_a_forward(part: Part) -> None:
    got = forwarded(Parsed(text="Voici.", parts=(part,)))
    assert got == Forwarded(
        author="jean@caf.example",
        author_name="Jean Dupont",
        date="2024-03-12T10:12:33+01:00",
        subject="décision",
        text="Bonjour",
    )


def test_a_mail_attached_inside_an_attached_mail_is_not_the_forward() -> None:
    inner = Part(path="1.2.1.2", type="message/rfc822", content=EML, inside="1.2")
    assert forwarded(Parsed(text="Voici.", parts=(inner,))) is None


AUTHORS = {
    "Jean Dupont <jean@caf.example>": ("jean@caf.example", "Jean Dupont"),
    '"DUPONT, Jean" <jean@CAF.example>': ("jean@caf.example", "DUPONT, Jean"),
    "Jean Dupont [mailto:jean@caf.example]": ("jean@caf.example", "Jean Dupont"),
    "Jean Dupont<mailto:jean@caf.example>": ("jean@caf.example", "Jean Dupont"),
    "jean@caf.example": ("jean@caf.example", ""),
    "jean@caf.example <jean@caf.example>": ("jean@caf.example", ""),
    "Jean Dupont (jean@caf.example)": ("jean@caf.example", "Jean Dupont"),
    "a@b.example [mailto:a@b.example] De la part de Jean": ("a@b.example", ""),
    "DUPONT Jean (CAF 46)": ("", "DUPONT Jean (CAF 46)"),
}


@pytest.mark.parametrize(("written", "expected"), AUTHORS.items(), ids=AUTHORS)
def test_authors_as_clients_write_them(written: str, expected: tuple[str, str]) -> None:
    text = f"-----Message transféré-----\nDe : {written}\nEnvoyé : mardi 12 mars 2024 10:12\nÀ : z\nObjet : x\n\nB"
    got = forwarded(Parsed(text=text))
    assert got is not None
    assert (got.author, got.author_name) == expected
