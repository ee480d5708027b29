"""Delivery reports in the shapes that mail systems give them, written for this project: kind, recipients, status.

Each row is one dialect. What is asserted: the kind, each recipient with its action and status, and the original's
Message-ID where the report holds one.
"""

from __future__ import annotations

import pytest

from mailrouter.core.mail.fresh.insertions import with_insertions
from mailrouter.core.mail.kinds.classify import classify
from mailrouter.core.mail.read import read
from mailrouter.core.mail.wire.parse import parse

HEAD = """Received: from mta.aplus.example by mx.aplus.example; Thu, 12 Mar 2026 10:00:01 +0100
Date: Thu, 12 Mar 2026 10:00:00 +0100
To: r-0123@aplus.example
Message-ID: <report-1@mta.example>
MIME-Version: 1.0
"""
COPY = """Received: from worker by aplus.example; Thu, 12 Mar 2026 09:59:00 +0100
From: Lot <lot@aplus.example>
To: agent@caf46.example
Message-ID: <case-7@aplus.example>
Subject: CAF 2026-004217-K

Bonjour
"""
GONE = ("agent@caf46.example", "failed", "5.1.1")

TEXTS = {
    "qmail": (
        "From: MAILER-DAEMON@mx.relais.example\nSubject: failure notice\n",
        "Hi. This is the qmail-send program at mx.relais.example.\n"
        "I'm afraid I wasn't able to deliver your message to the following addresses.\n\n"
        "<agent@caf46.example>:\n10.0.0.5 does not like recipient.\n"
        "Remote host said: 550 5.1.1 unknown user\nGiving up on 10.0.0.5.\n\n"
        "--- Below this line is a copy of the message.\n\n" + COPY,
        "failure",
        [GONE],
    ),
    "qmail without code": (
        "From: MAILER-DAEMON@mx.relais.example\nSubject: failure notice\n",
        "Hi. This is the qmail-send program at mx.relais.example.\n\n<agent@caf46.example>:\n"
        "Sorry, no mailbox here by that name.\n\n<autre@caf46.example>:\nThe user's mailbox is full, retry later.\n\n"
        "--- Below this line is a copy of the message.\n\n" + COPY,
        "failure",
        [GONE, ("autre@caf46.example", "failed", "5.2.2")],
    ),
    "Exim": (
        "From: Mail Delivery System <Mailer-Daemon@relais.example>\nX-Failed-Recipients: agent@caf46.example,\n"
        " autre@caf46.example\nAuto-Submitted: auto-replied\nSubject: Mail delivery failed: returning message to sender\n",
        "This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered\n"
        "to one or more of its recipients. This is a permanent error.\nThe following address(es) failed:\n\n"
        "  agent@caf46.example\n    host mx.caf46.example [10.0.0.9]\n    SMTP error from remote mail server after RCPT TO:<agent@caf46.example>:\n"
        "    550 5.1.1 No such person here\n  autre@caf46.example\n    mailbox is full (MTA-imposed quota exceeded while writing to file)\n\n"
        "------ This is a copy of the message, including all the headers. ------\n\n" + COPY,
        "failure",
        [GONE, ("autre@caf46.example", "failed", "5.2.2")],
    ),
    "Exim, warning": (
        "From: Mail Delivery System <Mailer-Daemon@relais.example>\nAuto-Submitted: auto-replied\n"
        "Subject: Warning: message 1tXyZ-000 delayed 24 hours\n",
        "This message was created automatically by mail delivery software.\nA message that you sent has not yet been delivered\n"
        "to one or more of its recipients after more than 24 hours on the queue.\n\nThe address to which the message has not yet been delivered is:\n\n"
        "  agent@caf46.example\n    Delay reason: Connection timed out\n\nNo action is required on your part. Delivery attempts will continue for\nsome time.\n",
        "delay",
        [("agent@caf46.example", "delayed", "4.4.1")],
    ),
    "Gmail": (
        "From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>\nX-Failed-Recipients: agent@caf46.example\n"
        "Subject: Delivery Status Notification (Failure)\n",
        "Delivery to the following recipient failed permanently:\n\n     agent@caf46.example\n\n"
        "The error that the other server returned was:\n552-5.2.2 The recipient's inbox is out of storage space.\n\n----- Original message -----\n\n" + COPY,
        "failure",
        [("agent@caf46.example", "failed", "5.2.2")],
    ),
    "Yahoo": (
        "From: MAILER-DAEMON@yahoo.com\nSubject: Failure Notice\n",
        "Sorry, we were unable to deliver your message to the following address.\n\n<agent@caf46.example>:\n"
        "554: delivery error: dd This user doesn't have an account here [-5]\n\n--- Below this line is a copy of the message.\n\n" + COPY,
        "failure",
        [GONE],
    ),
    "Exchange 5.5": (
        "From: System Administrator <postmaster@dept46.example>\nSubject: Undeliverable: CAF 2026-004217-K\n",
        "Your message\n\n  To:      agent@caf46.example\n  Subject: CAF 2026-004217-K\n  Sent:    Thu, 12 Mar 2026 09:59:00 +0100\n\n"
        "did not reach the following recipient(s):\n\nagent@caf46.example on Thu, 12 Mar 2026 09:59:30 +0100\n"
        "    The recipient name is not recognized\n\tThe MTS-ID of the original message is: c=fr;a= ;p=dept;l=X\n"
        "    MSEXCH:IMS:DEPT46:SITE:SERVEUR 0 (000C05A6) Unknown Recipient\n",
        "failure",
        [GONE],
    ),
    "Notes": (
        "From: Postmaster@dept46.example\nSubject: Undeliverable message\n",
        "------- Failure Reasons  --------\n\nUser not listed in public Name & Address Book\nagent@caf46.example\n\n"
        "------- Returned Message --------\n\n" + COPY,
        "failure",
        [GONE],
    ),
    "Courier": (
        'From: "Courier mail server at relais.example" <postmaster@relais.example>\nSubject: NOTICE: mail delivery status.\n',
        "This is a delivery status notification from relais.example,\nrunning the Courier mail server.\n\n"
        "The original message was received on Thu, 12 Mar 2026 from aplus.example\n\n"
        "---------------------------------------------------------------------------\n\n                           UNDELIVERABLE MAIL\n\n"
        "Your message to the following recipients cannot be delivered:\n\n<agent@caf46.example>:\n"
        "    mx.caf46.example [10.0.0.9]:\n>>> RCPT TO:<agent@caf46.example>\n<<< 550 5.1.1 <agent@caf46.example>... Unknown\n\n"
        "---------------------------------------------------------------------------\n",
        "failure",
        [GONE],
    ),
    "IMail": (
        'From: "Postmaster" <postmaster@relais.example>\nSubject: Undeliverable Mail\n',
        "Unknown host: agent@caf46.example\n\n\nOriginal message follows.\n\n" + COPY,
        "failure",
        [("agent@caf46.example", "failed", "5.4.4")],
    ),
    "OpenSMTPD": (
        "From: Mailer Daemon <MAILER-DAEMON@relais.example>\nSubject: Delivery status notification: error\n",
        "    Hi!\n\n    This is the MAILER-DAEMON, please DO NOT REPLY to this e-mail.\n\n"
        "    An error has occurred while attempting to deliver a message for\n    the following list of recipients:\n\n"
        "agent@caf46.example: 550 5.1.1 no such user\n\n    Below is a copy of the original message:\n\n" + COPY,
        "failure",
        [GONE],
    ),
    "MailMarshal": (
        "From: postmaster@relais.example\nSubject: Undeliverable Mail: CAF 2026-004217-K\n",
        "Your message:\n\n    From:    lot@aplus.example\n    Subject: CAF 2026-004217-K\n\n"
        "Could not be delivered because of\n\n    550 5.1.1 User unknown\n\nThe following recipients were affected:\n\n    agent@caf46.example\n\n"
        "Additional Information\n======================\n",
        "failure",
        [GONE],
    ),
    "MailFoundry": (
        "From: MAILER-DAEMON@relais.example\nSubject: Message delivery has failed\n",
        "Unable to deliver message to: <agent@caf46.example>\nDelivery failed for the following reason:\n"
        "Server mx.caf46.example[10.0.0.9] failed with: 550 <agent@caf46.example> No such user here\n\n"
        "This has been a permanent failure.  No further delivery attempts will be made.\n",
        "failure",
        [GONE],
    ),
    "InterScan": (
        "From: InterScan MSS <postmaster@relais.example>\nSubject: Mail could not be delivered\n",
        "***********************************\n<<< RCPT TO:<agent@caf46.example>\n>>> 550 5.1.1 <agent@caf46.example>... User unknown\n"
        "Unable to deliver message to <agent@caf46.example>\n",
        "failure",
        [GONE],
    ),
    "CommuniGate": (
        "From: <MAILER-DAEMON@relais.example>\nSubject: Undeliverable mail: CAF 2026-004217-K\n",
        "Failed to deliver to '<agent@caf46.example>'\nSMTP module(domain caf46.example) reports:\n host mx.caf46.example says:\n"
        " 550 5.1.1 unknown user account\n",
        "failure",
        [GONE],
    ),
    "a box that is full, said in prose": (
        "From: Postmaster@relais.example\nSubject: Mail Delivery Failure\n",
        'Delivery of email to this address\n\n"agent@caf46.example"\n\nhas failed due to a full mailbox. We have already made\n'
        "numerous attempts to deliver this message.\n",
        "failure",
        [("agent@caf46.example", "failed", "5.2.2")],
    ),
    "sendmail 8 as text": (
        "From: Mail Delivery Subsystem <MAILER-DAEMON@relais.example>\nSubject: Returned mail: User unknown\n",
        "The original message was received at Thu, 12 Mar 2026 09:59:00 +0100\nfrom aplus.example [10.0.0.1]\n\n"
        "   ----- The following addresses had permanent fatal errors -----\n<agent@caf46.example>\n\n"
        "   ----- Transcript of session follows -----\n... while talking to mx.caf46.example.:\n>>> RCPT To:<agent@caf46.example>\n"
        "<<< 550 <agent@caf46.example>... User unknown\n550 <agent@caf46.example>... User unknown\n\n   ----- Original message follows -----\n\n" + COPY,
        "failure",
        [GONE],
    ),
    "French relay, no code": (
        "From: Administrateur de messagerie <postmaster@relais.example>\nSubject: Message non remis : CAF 2026-004217-K\n",
        "Bonjour,\n\nVotre message n'a pas pu être remis aux destinataires suivants :\n\n  agent@caf46.example\n\n"
        "Motif : cet utilisateur est inconnu sur ce serveur.\n\nEn-têtes de message d'origine :\n\n" + COPY,
        "failure",
        [GONE],
    ),
    "French relay, full box": (
        "From: MAILER-DAEMON@relais.example\nSubject: =?utf-8?q?=C3=89chec_de_la_remise?=\n",
        "La remise de votre message à <agent@caf46.example> a échoué :\n la boîte aux lettres du destinataire est pleine.\n",
        "failure",
        [("agent@caf46.example", "failed", "5.2.2")],
    ),
    "French relay, delay": (
        "From: postmaster@relais.example\nSubject: Remise différée : CAF 2026-004217-K\n",
        "Votre message n'a pas encore pu être remis à :\n\n<agent@caf46.example>\n\nLe serveur distant ne répond pas. De nouvelles tentatives auront lieu\n"
        "pendant 4 jours. Il n'est pas nécessaire de le renvoyer.\n",
        "delay",
        [("agent@caf46.example", "delayed", "4.4.1")],
    ),
    "given up for age": (
        "From: MAILER-DAEMON <>\nReturn-Path: <>\nSubject: Mail delivery failed\n",
        "There was an error delivering your mail to <agent@caf46.example>.\n\nCould not deliver for the last 432000 seconds. Giving up.\n\n"
        "Message headers follow.\n\n" + COPY,
        "failure",
        [("agent@caf46.example", "failed", "5.4.7")],
    ),
    "a mailbox's own name in front": (
        "From: Lot CAF <bal@relais.example>\nReturn-Path: <>\nSubject: Undelivered Mail Returned to Sender\n",
        "This is the mail system at host relais.example.\n\nI'm sorry to have to inform you that your message could not\nbe delivered.\n\n"
        "<agent@caf46.example>: host mx.caf46.example[10.0.0.9] said: 550 5.1.1\n    <agent@caf46.example>: Recipient address rejected (in reply to RCPT TO command)\n",
        "failure",
        [GONE],
    ),
    "message too big": (
        "From: postmaster@relais.example\nSubject: Undeliverable: pièces\n",
        "Your message to <agent@caf46.example> could not be delivered.\nReason: the message exceeds the maximum message size of 10 MB.\n",
        "failure",
        [("agent@caf46.example", "failed", "5.3.4")],
    ),
    "relay denied": (
        "From: MAILER-DAEMON@relais.example\nSubject: failure notice\n",
        "<agent@caf46.example>:\nRemote host said: 554 Relay access denied\n",
        "failure",
        [("agent@caf46.example", "failed", "5.7.1")],
    ),
    "temporary reply at the end": (
        "From: MAILER-DAEMON@relais.example\nSubject: failure notice\n",
        "<agent@caf46.example>:\nRemote host said: 452 mailbox full, try later\nI'm not going to try again; this message has been in the queue too long.\n",
        "failure",
        [("agent@caf46.example", "failed", "4.2.2")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TEXTS)
def test_a_report_that_is_only_text_names_recipients_and_status(name: str) -> None:
    head, body, kind, expected = TEXTS[name]
    got = classify(parse((head + HEAD + "Content-Type: text/plain; charset=utf-8\n\n" + body).encode()))
    assert (got.kind, [(d.recipient, d.action, d.status) for d in got.delivery]) == (kind, expected)
    assert got.original_message_id == ("<case-7@aplus.example>" if COPY in body else "")


def report(fields: str, text: str = "Voir le rapport.", type_: str = "message/delivery-status") -> bytes:
    return (
        "From: Mail Delivery System <MAILER-DAEMON@relais.example>\nSubject: Undelivered Mail Returned to Sender\n"
        "Auto-Submitted: auto-replied\n"
        + HEAD
        + "Content-Type: multipart/report; report-type=delivery-status; "
        f'boundary="b1"\n\n--b1\nContent-Type: text/plain; charset=utf-8\n\n{text}\n--b1\nContent-Type: {type_}\n\n'
        f"{fields}\n--b1\nContent-Type: message/rfc822\n\n{COPY}\n--b1--\n"
    ).encode()


MTA = "Reporting-MTA: dns; relais.example\n\n"
FIELDS = {
    "as in the RFC": (
        MTA + "Final-Recipient: rfc822; agent@caf46.example\nAction: failed\nStatus: 5.1.1\n"
        "Diagnostic-Code: smtp; 550 5.1.1 no such user\n",
        "failure",
        [("agent@caf46.example", "failed", "5.1.1", "550 5.1.1 no such user")],
    ),
    "the remote system's code is nearer to the cause": (
        MTA + "Final-Recipient: rfc822; agent@caf46.example\nAction: failed\nStatus: 5.0.0\n"
        "Diagnostic-Code: smtp; 550 5.7.1 refused by policy\n",
        "failure",
        [("agent@caf46.example", "failed", "5.7.1", "550 5.7.1 refused by policy")],
    ),
    "a general remote code does not replace a precise one": (
        MTA + "Final-Recipient: rfc822; agent@caf46.example\nAction: failed\nStatus: 5.2.2\n"
        "Diagnostic-Code: smtp; 550 5.2.0 refused\n",
        "failure",
        [("agent@caf46.example", "failed", "5.2.2", "550 5.2.0 refused")],
    ),
    "expired is a symptom": (
        MTA + "Final-Recipient: rfc822; agent@caf46.example\nAction: failed\nStatus: 4.4.7\n"
        "Diagnostic-Code: smtp; 450 4.7.1 greylisted\n",
        "failure",
        [("agent@caf46.example", "failed", "4.7.1", "450 4.7.1 greylisted")],
    ),
    "folded, lower case, with comments": (
        MTA + "final-recipient: RFC822; <agent@caf46.example>\naction: Failed (permanently)\nstatus: 5.2.2 (mailbox full)\n"
        "diagnostic-code: smtp; 552 5.2.2\n over quota\n",
        "failure",
        [("agent@caf46.example", "failed", "5.2.2", "552 5.2.2 over quota")],
    ),
    "delayed": (
        MTA + "Final-Recipient: rfc822; agent@caf46.example\nAction: delayed\nStatus: 4.4.1\nWill-Retry-Until: Mon, 16 Mar 2026 10:00:00 +0100\n",
        "delay",
        [("agent@caf46.example", "delayed", "4.4.1", "")],
    ),
    "one failed, one delayed: a failure": (
        MTA + "Final-Recipient: rfc822; agent@caf46.example\nAction: failed\nStatus: 5.1.1\n\n"
        "Final-Recipient: rfc822; autre@caf46.example\nAction: delayed\nStatus: 4.2.2\n",
        "failure",
        [("agent@caf46.example", "failed", "5.1.1", ""), ("autre@caf46.example", "delayed", "4.2.2", "")],
    ),
    "delivered": (
        MTA + "Final-Recipient: rfc822; agent@caf46.example\nAction: delivered\nStatus: 2.0.0\nDiagnostic-Code: smtp; 250 2.0.0 Ok\n",
        "delivered",
        [("agent@caf46.example", "delivered", "2.0.0", "250 2.0.0 Ok")],
    ),
    "relayed": (
        MTA + "Final-Recipient: rfc822; agent@caf46.example\nAction: relayed\nStatus: 2.1.9\n",
        "delivered",
        [("agent@caf46.example", "relayed", "2.1.9", "")],
    ),
    "expanded": (
        MTA + "Final-Recipient: rfc822; liste@caf46.example\nAction: expanded\nStatus: 2.1.5\n",
        "delivered",
        [("liste@caf46.example", "expanded", "2.1.5", "")],
    ),
    "all in one block": (
        "Reporting-MTA: dns; relais.example\nAction: failed\nFinal-Recipient: rfc822; agent@caf46.example\nStatus: 5.1.1\n",
        "failure",
        [("agent@caf46.example", "failed", "5.1.1", "")],
    ),
    "no status written": (
        MTA + "Original-Recipient: <agent@caf46.example>\nAction: failed\nDiagnostic-Code: smtp; 550 mailbox full\n",
        "failure",
        [("agent@caf46.example", "failed", "5.2.2", "550 mailbox full")],
    ),
    "final recipient that is no address": (
        MTA + "Original-Recipient: rfc822;agent@caf46.example\nFinal-Recipient: system;<>\nAction: failed\nStatus: 5.0.0\n",
        "failure",
        [("agent@caf46.example", "failed", "5.0.0", "")],
    ),
    "X.400 gateway": (
        MTA + "Original-Recipient: rfc822;agent@caf46.example\nFinal-Recipient: x400; /G=Claire/S=Martin/O=CAF/C=FR\nAction: failed\nStatus: 5.1.1\n"
        "Diagnostic-Code: x400; unable-to-transfer; unrecognised-or-name\n",
        "failure",
        [("agent@caf46.example", "failed", "5.1.1", "unable-to-transfer; unrecognised-or-name")],
    ),
    "source route": (
        MTA + "Final-Recipient: rfc822; @relais.example:agent@caf46.example\nAction: failed\nStatus: 5.1.1\n",
        "failure",
        [("agent@caf46.example", "failed", "5.1.1", "")],
    ),
    "two recipients without a blank line": (
        MTA + "Final-Recipient: rfc822; agent@caf46.example\nAction: failed\nStatus: 5.1.1\n"
        "Final-Recipient: rfc822; autre@caf46.example\nAction: failed\nStatus: 5.2.2\n",
        "failure",
        [("agent@caf46.example", "failed", "5.1.1", ""), ("autre@caf46.example", "failed", "5.2.2", "")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FIELDS)
def test_the_fields_of_a_delivery_report_are_read(name: str) -> None:
    fields, kind, expected = FIELDS[name]
    got = classify(parse(report(fields)))
    assert (got.kind, [(d.recipient, d.action, d.status, d.diagnostic) for d in got.delivery]) == (
        kind,
        expected,
    )
    assert got.original_message_id == "<case-7@aplus.example>"


REQUEST = (
    "Bonjour,\n\nNom : DUPONT\nPrénom : Marie\nDate de naissance : 3/4/1961\nOrganisme : CAF\n\nCordialement,\nZoé Durand\n\n"
    "Le lun. 2 mars 2026 à 10:00, Lot <lot@aplus.example> a écrit :\n> Que manque-t-il ?\n"
)


@pytest.mark.parametrize(
    "octets",
    [
        report(FIELDS["as in the RFC"][0], f"User unknown\n\n{REQUEST}"),
        f"From: MAILER-DAEMON@mx.relais.example\nSubject: failure notice\n{HEAD}\nUser unknown\n\n{REQUEST}".encode(),
        f"From: MAILER-DAEMON@mx.relais.example\nSubject: Delivery delayed\n{HEAD}\nYour message is delayed, will retry.\n\n{REQUEST}".encode(),
    ],
    ids=["by its structure", "by its words", "a delay"],
)
def test_a_report_states_nothing_and_all_of_it_is_shown(octets: bytes) -> None:
    """Labelled lines and a quote in the copy of the original are not what the mail system says of a case."""
    message = read(octets).message
    assert message.kind in ("failure", "delay")
    assert (message.stated, message.forwarded, message.signature, message.folded) == ((), None, "", "")
    assert message.visible == message.text.strip() and "> Que manque-t-il ?" in message.visible
    assert with_insertions(message, (REQUEST,)) is message


def test_an_internationalised_report_undoes_its_escapes() -> None:
    fields = MTA + "Final-Recipient: utf-8; andr\\x{E9}@caf46.example\nAction: failed\nStatus: 5.1.1\n"
    got = classify(parse(report(fields, type_="message/global-delivery-status")))
    assert [(d.recipient, d.status) for d in got.delivery] == [("andré@caf46.example", "5.1.1")]


def test_an_expired_report_takes_the_cause_from_the_human_part() -> None:
    fields = MTA + "Final-Recipient: rfc822; agent@caf46.example\nAction: failed\nStatus: 4.4.7\n"
    text = "The server has stopped trying.\nLast error: 441 4.4.1 connection refused"
    assert [d.status for d in classify(parse(report(fields, text))).delivery] == ["4.4.1"]


def test_fields_without_a_part_of_their_own_are_found_in_the_text() -> None:
    mail = (
        "From: MAILER-DAEMON@relais.example\nSubject: Returned mail\n" + HEAD + "\nTechnical report:\n\n"
        "Reporting-MTA: dns; relais.example\nFinal-Recipient: rfc822; agent@caf46.example\nAction: failed\nStatus: 5.1.1\n"
    )
    assert [(d.recipient, d.status) for d in classify(parse(mail.encode())).delivery] == [
        ("agent@caf46.example", "5.1.1")
    ]


PEOPLE = {
    "passes a report on": (
        "From: Claire Martin <claire.martin@caf46.example>\nSubject: TR: Undelivered Mail Returned to Sender\n",
        "Bonjour,\n\nJ'ai reçu ceci, que faire ?\n\n-----Message d'origine-----\nDe : Mail Delivery System\n\n"
        "This is the mail system at host relais.example.\n\n<zoe@cahors.example>: 550 5.1.1 User unknown\n",
    ),
    "speaks of an error": (
        "From: Claire Martin <claire.martin@caf46.example>\nSubject: Message non remis ?\n",
        "Bonjour,\n\nMon message n'a pas pu être remis à zoe@cahors.example, avez-vous une autre adresse ?\n\nClaire Martin\n",
    ),
    "is a postmaster who writes": (
        "From: Paul Petit <postmaster@caf46.example>\nSubject: Question sur votre service\n",
        "Bonjour,\n\nPouvez-vous ajouter notre domaine à votre liste ? Merci.\n\nPaul Petit\n",
    ),
    "quotes a report in an answer": (
        "From: Claire Martin <claire.martin@caf46.example>\nSubject: Re: Delivery Status Notification (Failure)\n",
        "Bonjour, l'adresse a changé : c.martin@caf46.example.\n\n> Delivery to the following recipient failed permanently:\n"
        ">\n>   claire.martin@caf46.example\n",
    ),
    "writes in a multipart/report without a report": (
        "From: Claire Martin <claire.martin@caf46.example>\nSubject: Documents\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b1"\n',
        "--b1\nContent-Type: text/plain\n\nVoici les documents.\n--b1--\n",
    ),
}


@pytest.mark.parametrize("name", PEOPLE)
def test_a_person_who(name: str) -> None:
    head, body = PEOPLE[name]
    got = classify(parse((HEAD + head + "\n" + body).encode()))
    assert (got.kind, got.delivery) == ("human", ())


def test_a_report_attached_by_a_person_stays_the_persons_mail() -> None:
    inner = report(FIELDS["as in the RFC"][0]).decode()
    mail = (
        HEAD + 'From: Claire Martin <claire.martin@caf46.example>\nSubject: pour info\nContent-Type: multipart/mixed; boundary="b2"\n\n'
        "--b2\nContent-Type: text/plain\n\nVoir ci-joint.\n--b2\nContent-Type: message/rfc822\n\n" + inner + "\n--b2--\n"
    )  # fmt: skip
    assert classify(parse(mail.encode())).kind == "human"


def test_a_notice_in_json_is_read() -> None:
    body = (
        '{"notificationType":"Bounce","bounce":{"bounceType":"Permanent","bouncedRecipients":[{"emailAddress":'
        '"agent@caf46.example","action":"failed","status":"5.1.1","diagnosticCode":"smtp; 550 5.1.1 no"}]},'
        '"mail":{"commonHeaders":{"messageId":"<case-7@aplus.example>"}}}\n\n--\nTo stop these messages, visit the link.\n'
    )
    got = classify(parse((HEAD + "From: no-reply@sns.example\nSubject: Notification\n\n" + body).encode()))
    assert (got.kind, got.original_message_id) == ("failure", "<case-7@aplus.example>")
    assert [(d.recipient, d.status, d.diagnostic) for d in got.delivery] == [
        ("agent@caf46.example", "5.1.1", "550 5.1.1 no")
    ]
