"""Confidentiality notices in other languages than French, and what people write in their words."""

from __future__ import annotations

import pytest

from mailrouter.core.mail.fresh.visible import visible_text

NOTICES = [
    "Ai sensi del Regolamento UE 2016/679 si precisa che i contenuti sono riservati e ad uso esclusivo del destinatario. Qualora pervenuto per errore, La preghiamo di eliminarlo.",
    "En virtud de la ley, este mensaje es confidencial; si no es el destinatario, rogamos lo elimine y avise al remitente.",
    "Dit bericht is uitsluitend bestemd voor de geadresseerde. Als dit niet voor u bestemd is, wordt u verzocht dit aan de afzender te melden.",
    "Denne e-posten kan inneholde konfidensiell informasjon. Dersom du ikke er rett mottaker, vennligst slett den.",
    "Tämä viesti on luottamuksellinen. Jos olet saanut sen vahingossa, ilmoita siitä lähettäjälle ja poista se.",
    "Informacje zawarte w tej wiadomości są poufne. Jeżeli nie jesteś adresatem, prosimy o jej usunięcie.",
    "Tato zpráva je určena pouze adresátovi a je důvěrná. Pokud nejste adresátem, prosíme o její smazání.",
    "Ez az üzenet bizalmas. Amennyiben nem Ön a címzett, kérjük, értesítse a feladót és törölje.",
    "Acest mesaj este confidențial. Dacă l-ați primit din greșeală, vă rugăm să îl ștergeți.",
    "Это сообщение конфиденциально. Если вы получили его по ошибке, пожалуйста, удалите его.",
    "Bu e-posta gizli bilgiler içerebilir. Eğer yanlışlıkla aldıysanız, lütfen göndereni bilgilendirin.",
    "Το μήνυμα αυτό είναι εμπιστευτικό. Εάν το λάβατε κατά λάθος, παρακαλούμε διαγράψτε το.",
    "本メールには機密情報が含まれています。誤って受信された場合は、送信者にご連絡の上、削除してください。",
    "本邮件含有保密信息。如果您错收了本邮件，请立即通知发件人并删除！",
    "이 메일은 기밀 정보를 포함할 수 있습니다. 잘못 수신된 경우 발신인에게 알리고 삭제해 주시기 바랍니다.",
    "הודעה זו עשויה להכיל מידע סודי. אם קיבלת אותה בטעות, נא להודיע לשולח ולמחוק אותה.",
    "هذه الرسالة سرية. إذا استلمتها عن طريق الخطأ، يرجى إبلاغ المرسل وحذفها.",
]
SENTENCES = [
    "In accordance with your letter, she will attach the form.",
    "Il contenuto del frigo è finito, per errore hanno tagliato la luce.",
    "Jeśli nie jesteś właściwym adresatem, proszę przekazać tę wiadomość dalej.",
    "Если вы не тот, кто занимается этим, пожалуйста, передайте письмо дальше.",
    "Als dit bericht te lang is, wordt u verzocht mij te bellen.",
    "Wenn Sie diese Nachricht lesen, rufen Sie mich bitte an, es ist vertraulich.",
    "Tento e-mail prosím nemažte, potřebuji odpověď do pátku.",
    "如果您收到这封邮件，请给我打电话，我的房子没有暖气。",
    "Pokud nejste doma, prosím nechte zprávu u sousedky.",
]


PRIVACY = [
    "La Caf de la Gironde traite vos données personnelles dans le respect du RGPD. Vous disposez d'un droit d'accès et de rectification.",
    "En cumplimiento del Reglamento (UE) 2016/679 le informamos de que sus datos son tratados para gestionar su consulta. Puede ejercer sus derechos de acceso escribiendo a dpd@ayto.example.",
    "Administratorem Pani/Pana danych osobowych jest OPS. Szczegóły przetwarzania danych osobowych: www.ops.example/rodo.",
    "Ai sensi del Regolamento UE 2016/679 i suoi dati saranno trattati dal Comune; titolare del trattamento è il Sindaco.",
    "Wij gaan zorgvuldig om met uw gegevens volgens de AVG: lees onze privacyverklaring op www.gemeente.example.",
    "The council processes your personal data under the Data Protection Act. See our privacy notice at www.council.example.",
]
OF_ALL_MAIL = [
    "Riverside Council monitors emails and reserves the right to do so. Any views expressed are not necessarily those of the council.",
    "The Trust does not accept liability for any loss caused by this e-mail or its attachments.",
]
TOLD_OF_DATA = [
    "I was told that the council monitors emails, so please call me at the shelter instead of writing.",
    "La CAF refuse de transmettre les données personnelles au motif du RGPD : il faut passer par www.caf.example et s'y inscrire.",
    "Pour la protection de vos données personnelles (RGPD), nous ne répondons pas par mail : passez par www.ameli.example.",
    "Merci de signer la politique de confidentialité ci-jointe pour que nous traitions vos données personnelles (RGPD).",
    "Mme Sow veut exercer son droit d'accès à vos données, au titre du RGPD, auprès du délégué à la protection des données.",
    "I would like to see my file: the Data Protection Act gives a right of access, and your data about me is wrong.",
]


@pytest.mark.parametrize("notice", NOTICES + PRIVACY + OF_ALL_MAIL)
def test_a_notice_is_no_text(notice: str) -> None:
    found = visible_text(f"Ok.\n\n{notice}\n")
    assert (found.visible, found.signature) == ("Ok.", notice)


def test_a_notices_last_word_goes_with_it() -> None:
    notice = "This message is confidential. If you are not the intended recipient please:\ni) inform the sender;\nii) delete it."
    found = visible_text(f"Ok.\n\n*******\n\n{notice}\n\nThank you for your co-operation.\n")
    assert found.visible == "Ok."
    assert (
        visible_text("Ok.\n\nThank you for your co-operation.").visible
        == "Ok.\n\nThank you for your co-operation."
    )


@pytest.mark.parametrize("sentence", SENTENCES + TOLD_OF_DATA)
def test_who_asks_in_a_notices_words_is_read(sentence: str) -> None:
    assert visible_text(f"Ok.\n\n{sentence}\n").visible == f"Ok.\n\n{sentence}"
