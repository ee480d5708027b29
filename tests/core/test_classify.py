"""The kind of a mail: every machine by its sign, and people who resemble one."""

from __future__ import annotations

import pytest

from mailrouter.core.mail.kinds import classify as room
from mailrouter.core.mail.kinds.classify import RULES, classify
from mailrouter.core.mail.wire.parse import parse
from mailrouter.core.model import Classified, Parsed


def mail(head: str, body: str) -> bytes:
    return (
        "From: Claire Martin <claire.martin@caf46.example>\nTo: cas-0123@aplus.example\n"
        f"Date: Thu, 12 Mar 2026 10:00:00 +0100\nMessage-ID: <m@caf46.example>\n{head}\n"
        f"Content-Type: text/plain; charset=utf-8\n\n{body}"
    ).encode()


# (kind, header lines, text)
KINDS = [
    ("auto-replied", "Subject: Réponse automatique : demande\nAuto-Submitted: auto-replied", "Votre message a bien été reçu par nos services."),
    ("auto-replied", "Subject: Re: demande\nX-Autoreply: yes", "Nous avons bien reçu votre demande."),
    ("auto-replied", "Subject: Re: x\nPrecedence: auto_reply", "merci de votre message"),
    ("auto-replied", "Subject: Re: x\nX-FC-MachineGenerated: true", "Thank you"),
    ("auto-generated", "Subject: Alerte disque\nAuto-Submitted: auto-generated", "Disk usage 95%"),
    ("human", "Subject: Re: demande\nX-Auto-Response-Suppress: All", "Bonjour, le dossier de Mme X est complet, paiement le 25 mars. Cordialement"),
    ("human", "Subject: Re: demande\nAuto-Submitted: no", "Bonjour, le dossier est complet."),
    ("auto-replied", "Subject: Votre demande", "Bonjour,\n\nVotre message a bien été reçu. Une réponse vous sera apportée dans les meilleurs délais.\n\nCordialement,\nCAF du Lot"),
    ("auto-replied", "Subject: Accusé de réception", "Nous accusons réception de votre courriel. Merci de ne pas répondre à ce message automatique."),
    ("human", "Subject: Re: demande", "Bonjour,\n\nNous accusons réception de votre demande. Il manque le RIB de Mme Dupont pour poursuivre.\n\nCordialement"),
    ("human", "Subject: Re: demande", "Votre message a bien été reçu, je m'en occupe."),
    ("human", "Subject: Re: demande", "Je m'en occupe"),
    ("human", "Subject: Re: demande", "Bien reçu, merci."),
    ("bulk", "Subject: Lettre d'information\nList-Id: <info.caf.example>\nList-Unsubscribe: <mailto:u@x.example>", "Les nouveautés du mois"),
    ("bulk", "Subject: x\nPrecedence: list", "texte"),
    ("challenge", "Subject: Confirmez votre message", "Bonjour,\nVotre message à Claire Martin est en attente : pour qu'il soit remis, merci de cliquer sur le lien ci-dessous et de confirmer que vous n'êtes pas un robot.\nhttps://antispam.example/x"),
    ("challenge", "Subject: Re: demande (verification)\nAuto-Submitted: auto-replied", "Your message to claire@x has been held. To have your message delivered, please reply to this e-mail. This is part of our anti-spam verification."),
    ("human", "Subject: espace caf", "Bonjour, pour valider votre compte il faut cliquer sur le lien reçu par message. Cordialement"),
    ("receipt", "Subject: Lu : CAF 2026-004217-K", "Votre message\n\n   À : Claire\n   Objet : CAF\n   Date : 12/03/2026\n\na été lu le 12/03/2026 10:01."),
    ("receipt", "Subject: Non lu : CAF 2026", "Votre message a été supprimé sans être lu le jeudi 12 mars 2026."),
    ("human", "Subject: Lu : et approuvé", "Bonjour, j'ai lu le dossier et il est approuvé."),
    ("auto-replied", "Subject: x\nX-MS-Exchange-Inbox-Rules-Loop: claire.martin@caf46.example", "Merci de votre message, nous le traitons."),
    ("human", "Subject: x\nX-MS-Exchange-Inbox-Rules-Loop: chef@caf46.example", "Bonjour, voici ma réponse sur le dossier."),
    ("auto-generated", "Subject: [GLPI #0012345] Nouveau ticket\nAuto-Submitted: auto-generated", "Votre demande a bien été enregistrée"),
    ("auto-replied", "Subject: x\nX-Autorespond: demande", "merci"),
    ("auto-replied", "Subject: x\nX-Mail-Autoreply: true", "merci"),
    ("auto-replied", "Subject: x\nX-Acme-Autoresponder: on", "merci"),
    ("human", "Subject: x\nX-Autoreply: no", "merci"),
    ("auto-generated", "Subject: Cron <root@srv> backup\nX-Cron-Env: <SHELL=/bin/sh>", "ok"),
    ("auto-generated", "Subject: Votre facture\nAuto-Submitted: auto-notified; owner-email=a@b.example", "voir"),
    ("bulk", "Subject: Infos\nList-Unsubscribe: <https://x.example/u>\nList-Unsubscribe-Post: List-Unsubscribe=One-Click", "Les nouveautés"),
    ("auto-replied", "Subject: Accusé de réception de votre message", "Bonjour,\n\nVotre message a bien été reçu. Il sera traité dans les meilleurs délais.\nNos services sont ouverts du lundi au vendredi de 9h à 12h.\n\nCordialement,\nLa mairie"),
    ("auto-replied", "Subject: Your request", "Thank you for contacting us. We have received your request and will get back to you within 2 business days."),
    ("auto-replied", "Subject: Message reçu", "Bonjour, votre courriel a bien été enregistré sous le numéro 4512. Ceci est un message automatique, merci de ne pas y répondre."),
    ("human", "Subject: Re: demande", "Bonjour, votre mail a bien été reçu. Le paiement partira le 25 mars."),
    ("human", "Subject: Re: demande", "Bonjour,\nNous avons bien reçu votre demande, pouvez-vous nous envoyer le relevé ?"),
    ("auto-replied", "Subject: Re: demande\nAuto-Submitted: auto-replied", "Votre message a bien été reçu. Nos bureaux sont ouverts du lundi au vendredi, fermés le week-end."),
    ("absence", "Subject: Re: demande\nAuto-Submitted: auto-replied", "Notre service est fermé du 9 au 13 mars."),
    ("human", "Subject: Bonjour", "Bonjour, comment ouvrir une demande ?"),
    ("human", "Subject: Re: x\nX-Auto-Response-Suppress: DR, OOF, AutoReply\nX-MS-Has-Attach: yes", "Voici la pièce demandée."),
    ("human", "Subject: Re: x\nReturn-Path: <>", "Bonjour, la situation de Mme Dupont est régularisée."),
    ("human", "Subject: Invitation : réunion", "Bonjour, je vous invite à la réunion de mardi."),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "head", "body"), KINDS)
def test_the_kind_of_a_mail(kind: str, head: str, body: str) -> None:
    assert classify(parse(mail(head, body))).kind == kind


def multipart(type_: str, *parts: str, head: str = "Subject: x") -> bytes:
    joined = "".join(f"--b1\n{part}\n" for part in parts)
    return (
        "From: Claire Martin <claire.martin@caf46.example>\nMessage-ID: <m@caf46.example>\nMIME-Version: 1.0\n"
        f'{head}\nContent-Type: {type_}; boundary="b1"\n\n{joined}--b1--\n'
    ).encode()


ORIGINAL = "Content-Type: message/rfc822\n\nMessage-ID: <case-7@aplus.example>\nSubject: CAF\n\nBonjour\n"
TEXT = "Content-Type: text/plain\n\nVoir ci-dessous."


def test_a_disposition_notification_says_who_read_what() -> None:
    fields = (
        "Content-Type: message/disposition-notification\n\nReporting-UA: poste.example; Outlook\n"
        "Final-Recipient: rfc822;agent@caf46.example\nOriginal-Message-ID: <case-7@aplus.example>\n"
        "Disposition: manual-action/MDN-sent-manually; displayed\n"
    )
    got = classify(parse(multipart("multipart/report; report-type=disposition-notification", TEXT, fields)))
    assert (got.kind, got.original_message_id) == ("receipt", "<case-7@aplus.example>")
    assert [(d.recipient, d.diagnostic) for d in got.delivery] == [("agent@caf46.example", "displayed")]


def test_a_feedback_report_says_whom_it_is_about() -> None:
    fields = (
        "Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: Boucle/1\nVersion: 1\n"
        "Original-Rcpt-To: <agent@caf46.example>\n"
    )
    got = classify(parse(multipart("multipart/report; report-type=feedback-report", TEXT, fields, ORIGINAL)))
    assert (got.kind, got.original_message_id) == ("complaint", "<case-7@aplus.example>")
    assert [(d.recipient, d.diagnostic) for d in got.delivery] == [("agent@caf46.example", "abuse")]


INVITATION = "Content-Type: text/calendar; method=REQUEST; charset=utf-8\n\nBEGIN:VCALENDAR\nMETHOD:REQUEST\nEND:VCALENDAR\n"
ATTACHED = (
    'Content-Type: text/calendar; name="rdv.ics"\nContent-Disposition: attachment; filename="rdv.ics"\n\n'
    "BEGIN:VCALENDAR\nMETHOD:PUBLISH\nEND:VCALENDAR\n"
)


def test_an_invitation_is_calendar_and_an_attached_calendar_file_is_not() -> None:
    assert classify(parse(multipart("multipart/alternative", TEXT, INVITATION))).kind == "calendar"
    assert classify(parse(multipart("multipart/mixed", TEXT, ATTACHED))).kind == "human"


def test_an_invitation_forwarded_as_a_file_stays_the_persons_mail() -> None:
    inner = multipart("multipart/alternative", TEXT, INVITATION).decode()
    attached = f"Content-Type: message/rfc822\n\n{inner.replace('b1', 'b2')}"
    assert classify(parse(multipart("multipart/mixed", TEXT, attached))).kind == "human"


def test_every_rule_has_a_name_of_its_own_a_reason_and_a_check() -> None:
    names = [rule.name for rule in RULES]
    assert len(set(names)) == len(names)
    assert [rule.name for rule in RULES if not rule.why.endswith(".") or not callable(rule.check)] == []


def test_a_mail_without_anything_is_a_persons() -> None:
    assert room.classify(Parsed()) == Classified(kind="human", rule="nothing-automatic")


def test_the_automatic_subject_of_every_mail_program_is_known() -> None:
    for subject in (
        "Automatyczna odpowiedź: x",
        "Автоматический ответ: x",
        "自動応答: x",
        "Automatisch antwoord: x",
    ):
        assert classify(Parsed(subject=subject, text="toto")).kind == "auto-replied"
