"""Guarantee: the line or block a client writes above a quote is known in the languages of its users."""

import pytest

from mailrouter.core.mail.fresh.visible import visible_text

ABOVE_MARKED = {
    "fr thunderbird": "Le 12/03/2024 à 10:12, Jean Dupont a écrit :",
    "fr gmail": "Le mar. 12 mars 2024 à 10:12, Jean Dupont <jean@caf.example> a écrit :",
    "fr gmail wrapped": "Le mar. 12 mars 2024 à 10:12, Jean Dupont de la Tour <jean@caf.example>\na écrit :",
    "fr gmail wrapped in the address": "Le mar. 12 mars 2024 à 10:12, Jean Dupont <\njean.dupont@caf.example> a écrit :",
    "fr iPhone": "Le 12 mars 2024 à 10:12, Jean Dupont <jean@caf.example> a écrit :",
    "fr eudora": "À 10:12 12/03/2024 +0100, vous avez écrit :",
    "fr squirrelmail": "Le Mar 12 mars 2024 10:12, Jean Dupont a écrit :",
    "fr mutt": "Le mar. 12 mars 2024 à 10:12:33 +0100, Jean Dupont a écrit:",
    "fr lotus": "Jean Dupont <jean@caf.example> a écrit sur 12/03/2024 10:12:33 :",
    "fr old outlook express": '"Jean Dupont" <jean@caf.example> a écrit dans le message de news:abc@caf.example...',
    "fr evolution": "Le mardi 12 mars 2024 à 10:12 +0100, Jean Dupont a écrit :",
    "fr kmail": "Le mardi 12 mars 2024, 10:12:33 CET Jean Dupont a écrit :",
    "en gmail": "On Tue, Mar 12, 2024 at 10:12 AM Jean Dupont <jean@caf.example> wrote:",
    "en apple": "On Mar 12, 2024, at 10:12, Jean Dupont <jean@caf.example> wrote:",
    "en mailmate": "On 12 Mar 2024, at 10:12, Jean Dupont wrote:",
    "en lotus": '"Jean Dupont" <jean@caf.example> wrote on 03/12/2024 10:12:33 AM:',
    "de": "Am Di., 12. März 2024 um 10:12 Uhr schrieb Jean Dupont <jean@caf.example>:",
    "de thunderbird": "Am 12.03.24 um 10:12 schrieb Jean Dupont:",
    "de apple": "Am 12.03.2024 um 10:12 schrieb Jean Dupont <jean@caf.example>:",
    "es": "El mar, 12 mar 2024 a las 10:12, Jean Dupont (<jean@caf.example>) escribió:",
    "it": "Il giorno mar 12 mar 2024 alle ore 10:12 Jean Dupont <jean@caf.example> ha scritto:",
    "pt": "Em ter., 12 de mar. de 2024 às 10:12, Jean Dupont <jean@caf.example> escreveu:",
    "pt portugal": "Jean Dupont <jean@caf.example> escreveu (terça, 12/03/2024 à(s) 10:12):",
    "ca": "Missatge de Jean Dupont <jean@caf.example> del dia dt., 12 de març 2024 a les 10:12:",
    "nl": "Op di 12 mrt 2024 om 10:12 schreef Jean Dupont <jean@caf.example>:",
    "nl apple": "Op 12 mrt. 2024 om 10:12 heeft Jean Dupont <jean@caf.example> het volgende geschreven:",
    "da": "Den tirs. 12. mar. 2024 kl. 10.12 skrev Jean Dupont <jean@caf.example>:",
    "no": "tir. 12. mars 2024 kl. 10:12 skrev Jean Dupont <jean@caf.example>:",
    "sv": "Den tis 12 mars 2024 kl 10:12 skrev Jean Dupont <jean@caf.example>:",
    "fi": "ti 12. maalisk. 2024 klo 10.12 Jean Dupont (jean@caf.example) kirjoitti:",
    "pl": "wt., 12 mar 2024 o 10:12 Jean Dupont <jean@caf.example> napisał(a):",
    "cs": "út 12. 3. 2024 v 10:12 odesílatel Jean Dupont <jean@caf.example> napsal:",
    "sk": "ut 12. 3. 2024 o 10:12 Jean Dupont <jean@caf.example> napísal(a):",
    "hu": "Jean Dupont <jean@caf.example> ezt írta (időpont: 2024. márc. 12., K, 10:12):",
    "ro": "În mar., 12 mar. 2024 la 10:12, Jean Dupont <jean@caf.example> a scris:",
    "ru": "вт, 12 мар. 2024 г. в 10:12, Jean Dupont <jean@caf.example>:",
    "ru thunderbird": "12.03.2024 10:12, Jean Dupont пишет:",
    "uk": "вт, 12 бер. 2024 р. о 10:12 Jean Dupont <jean@caf.example> пише:",
    "bg": "На вт, 12.03.2024 г. в 10:12 Jean Dupont <jean@caf.example> написа:",
    "tr": "Jean Dupont <jean@caf.example>, 12 Mar 2024 Sal, 10:12 tarihinde şunu yazdı:",
    "hr": "uto, 12. ožu 2024. u 10:12 Jean Dupont <jean@caf.example> napisao je:",
    "sl": "V V tor., 12. mar. 2024 ob 10:12 je oseba Jean Dupont <jean@caf.example> napisala:",
    "el": "Στις Τρί 12 Μαρ 2024 στις 10:12 π.μ., ο/η Jean Dupont <jean@caf.example> έγραψε:",
    "et": "Kuupäev T, 12. märts 2024 kell 10:12 kirjutas kasutaja Jean Dupont <jean@caf.example>:",
    "lt": "2024-03-12, an, 10:12 Jean Dupont <jean@caf.example> rašė:",
    "ja": "2024年3月12日(火) 10:12 Jean Dupont <jean@caf.example>:",
    "zh": "Jean Dupont <jean@caf.example> 于2024年3月12日周二 10:12写道：",
    "ko": "2024년 3월 12일 (화) 오전 10:12, Jean Dupont <jean@caf.example>님이 작성:",
    "vi": "Vào Th 3, 12 thg 3, 2024 vào lúc 10:12 Jean Dupont <jean@caf.example> đã viết:",
    "id": "Pada tanggal Sel, 12 Mar 2024 pukul 10.12 Jean Dupont <jean@caf.example> menulis:",
}


@pytest.mark.parametrize("line", ABOVE_MARKED.values(), ids=ABOVE_MARKED)
def test_an_attribution_above_a_marked_quote_is_folded_with_it(line: str) -> None:
    got = visible_text(f"Merci, c'est noté.\n\n{line}\n\n> Bonjour,\n> voici la réponse.\n")
    assert got.visible == "Merci, c'est noté."
    assert got.folded == f"{line}\n\n> Bonjour,\n> voici la réponse."


UNMARKED = [
    "fr gmail",
    "fr iPhone",
    "fr lotus",
    "en gmail",
    "en apple",
    "de",
    "de apple",
    "es",
    "it",
    "pt",
    "nl",
    "nl apple",
    "da",
    "no",
    "sv",
    "fi",
    "pl",
    "cs",
    "sk",
    "hu",
    "ro",
    "tr",
    "hr",
    "el",
    "uk",
    "zh",
    "ko",
]


@pytest.mark.parametrize("name", UNMARKED)
def test_an_attribution_with_an_address_suffices_above_an_unmarked_quote(name: str) -> None:
    line = ABOVE_MARKED[name]
    got = visible_text(f"Merci, c'est noté.\n\n{line}\n\nBonjour,\nvoici la réponse.\n")
    assert got.visible == "Merci, c'est noté."
    assert got.folded == f"{line}\n\nBonjour,\nvoici la réponse."


BLOCKS = {
    "fr": "De : Jean <jean@caf.example>\nEnvoyé : mardi 12 mars 2024 10:12\nÀ : Zoé\nObjet : RE: bail",
    "fr names only": "De : DUPONT Jean\nEnvoyé : mardi 12 mars 2024 10:12\nÀ : DURAND Zoé\nCc : X\nObjet : RE: bail",
    "fr nbsp": "De\xa0: Jean <jean@caf.example>\nEnvoyé\xa0: mardi 12 mars 2024 10:12\nÀ\xa0: Zoé\nObjet\xa0: RE: bail",
    "fr stars": "*De :* Jean [mailto:jean@caf.example]\n*Envoyé :* mardi 12 mars 2024 10:12\n*À :* Zoé\n*Objet :* bail",
    "fr de la part de": "De : x@y.example [mailto:x@y.example] De la part de Jean\nEnvoyé : mardi 12 mars 2024 10:12\nÀ : Z\nObjet : b",
    "fr long recipients": "De : Jean <jean@caf.example>\nEnvoyé : mardi 12 mars 2024 10:12\nÀ : A <a@x.example>; B\n<b@x.example>; C <c@x.example>\nObjet : bail",
    "fr expéditeur": "Expéditeur: Jean <jean@caf.example>\nDate: 12 mars 2024 10:12\nDestinataire: Zoé\nObjet: bail",
    "en": "From: Jean <jean@caf.example>\nSent: Tuesday, March 12, 2024 10:12 AM\nTo: Zoé\nSubject: RE: lease",
    "en mac": "From: Jean <jean@caf.example>\nDate: Tuesday, March 12, 2024 at 10:12 AM\nTo: Zoé\nSubject: Re: lease",
    "de": "Von: Jean <jean@caf.example>\nGesendet: Dienstag, 12. März 2024 10:12\nAn: Zoé\nBetreff: AW: x",
    "es": "De: Jean <jean@caf.example>\nEnviado: martes, 12 de marzo de 2024 10:12\nPara: Zoé\nAsunto: RE: x",
    "it": "Da: Jean <jean@caf.example>\nInviato: martedì 12 marzo 2024 10:12\nA: Zoé\nOggetto: R: x",
    "pt": "De: Jean <jean@caf.example>\nEnviado: 12 de março de 2024 10:12\nPara: Zoé\nAssunto: RE: x",
    "nl": "Van: Jean <jean@caf.example>\nVerzonden: dinsdag 12 maart 2024 10:12\nAan: Zoé\nOnderwerp: RE: x",
    "da": "Fra: Jean <jean@caf.example>\nSendt: 12. marts 2024 10:12\nTil: Zoé\nEmne: SV: x",
    "sv": "Från: Jean <jean@caf.example>\nSkickat: den 12 mars 2024 10:12\nTill: Zoé\nÄmne: SV: x",
    "fi": "Lähettäjä: Jean <jean@caf.example>\nLähetetty: tiistai 12. maaliskuuta 2024 10.12\nVastaanottaja: Z\nAihe: VS: x",
    "pl": "Od: Jean <jean@caf.example>\nWysłano: wtorek, 12 marca 2024 10:12\nDo: Zoé\nTemat: RE: x",
    "cs": "Od: Jean <jean@caf.example>\nOdesláno: úterý 12. března 2024 10:12\nKomu: Zoé\nPředmět: RE: x",
    "hu": "Feladó: Jean <jean@caf.example>\nElküldve: 2024. március 12., kedd 10:12\nCímzett: Zoé\nTárgy: RE: x",
    "ro": "De la: Jean <jean@caf.example>\nTrimis: marți, 12 martie 2024 10:12\nCătre: Zoé\nSubiect: RE: x",
    "ru": "От: Jean <jean@caf.example>\nОтправлено: вторник, 12 марта 2024 г. 10:12\nКому: Zoé\nТема: RE: x",
    "uk": "Від: Jean <jean@caf.example>\nНадіслано: вівторок, 12 березня 2024 р. 10:12\nКому: Zoé\nТема: RE: x",
    "tr": "Kimden: Jean <jean@caf.example>\nGönderildi: 12 Mart 2024 Salı 10:12\nKime: Zoé\nKonu: RE: x",
    "el": "Από: Jean <jean@caf.example>\nΣτάλθηκε: Τρίτη, 12 Μαρτίου 2024 10:12\nΠρος: Zoé\nΘέμα: RE: x",
    "ja": "差出人: Jean <jean@caf.example>\n送信日時: 2024年3月12日 10:12\n宛先: Zoé\n件名: RE: x",
    "zh": "发件人：Jean <jean@caf.example>\n发送时间：2024年3月12日 10:12\n收件人：Zoé\n主题：RE: x",
    "ko": "보낸 사람: Jean <jean@caf.example>\n보낸 날짜: 2024년 3월 12일 화요일 10:12\n받는 사람: Zoé\n제목: RE: x",
}


@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS)
@pytest.mark.parametrize("rule", ["", "________________________________\n", "-----Message d'origine-----\n"])
def test_a_header_block_folds_everything_below_it(block: str, rule: str) -> None:
    got = visible_text(f"Merci, c'est noté.\n\n{rule}{block}\n\nBonjour,\nvoici la réponse.\n")
    assert got.visible == "Merci, c'est noté."
    assert got.folded == f"{rule}{block}\n\nBonjour,\nvoici la réponse."


SEPARATORS = [
    "-----Message d'origine-----",
    "----- Message d’origine -----",
    "----- Mail original -----",
    "-------- Message original --------",
    "-----Original Message-----",
    "-----Ursprüngliche Nachricht-----",
    "-----Mensaje original-----",
    "-----Messaggio originale-----",
    "-----Mensagem original-----",
    "-----Oorspronkelijk bericht-----",
    "-----Oprindelig meddelelse-----",
    "-----Ursprungligt meddelande-----",
    "-----Alkuperäinen viesti-----",
    "-----Wiadomość oryginalna-----",
    "-----Původní zpráva-----",
    "-----Eredeti üzenet-----",
    "-----Mesaj original-----",
    "-----Исходное сообщение-----",
    "-----Orijinal Mesaj-----",
    "-----邮件原件-----\n发件人: Jean <jean@caf.example>\n日期: 2024年3月12日 10:12",
    "------------------ 原始邮件 ------------------",
    "-----원본 메시지-----",
]


@pytest.mark.parametrize("separator", SEPARATORS)
def test_original_message_between_dashes_suffices(separator: str) -> None:
    got = visible_text(f"Merci, c'est noté.\n{separator}\nBonjour\n")
    assert got.visible == "Merci, c'est noté."


FOOTERS = [
    "Envoyé de mon iPhone",
    "Envoyé de mon iPad",
    "Envoyé depuis mon téléphone Orange",
    "Envoyé depuis mon appareil Galaxy",
    "Envoyé depuis mon mobile Huawei",
    "Envoyé à partir de Outlook pour Android<https://aka.ms/x>",
    "Envoyé à partir d’Outlook pour iOS",
    "Envoyé de mon smartphone Wiko",
    "Envoyé via l'application Mail Orange",
    "Envoyé depuis l'application La Poste",
    "Obtenir Outlook pour iOS<https://aka.ms/o0ukef>",
    "Télécharger Outlook pour Android",
    "Envoyé avec Yahoo Mail pour iPhone",
    "Provenance : Courrier pour Windows",
    "Sent from my iPhone",
    "Sent from my Samsung Galaxy smartphone.",
    "Sent from Outlook for Android",
    "Sent from Yahoo Mail on Android",
    "Sent with Proton Mail secure email.",
    "Get Outlook for iOS<https://aka.ms/o0ukef>",
    "Von meinem iPhone gesendet",
    "Gesendet mit der GMX Mail App",
    "Enviado desde mi iPhone",
    "Inviato da iPhone",
    "Verstuurd vanaf mijn iPhone",
    "Sendt fra min iPhone",
    "Skickat från min iPhone",
    "Lähetetty iPhonesta",
    "Wysłane z iPhone'a",
    "Odesláno z iPhonu",
    "Enviado do meu iPhone",
    "Отправлено с iPhone",
    "iPhone'umdan gönderildi",
    "iPhoneから送信",
    "发自我的iPhone",
    "나의 iPhone에서 보냄",
]


@pytest.mark.parametrize("footer", FOOTERS)
def test_a_mobile_footer_is_no_text(footer: str) -> None:
    got = visible_text(f"Le bail arrive demain.\n\n{footer}\n")
    assert (got.visible, got.signature, got.folded) == ("Le bail arrive demain.", footer, "")
