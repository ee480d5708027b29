"""The mails that `read_speed.py` reads, by kind and size: the same octets in every run, no two mails alike.

Authors, correspondents, cases, Message-IDs, traces, signatures and letters are drawn anew for each mail, so that a
cache holds in the benchmark only what it would hold in the mail of a day: the names of charsets and media types, the
service's own name. 120 mails of a kind are read in turn, which is more than fits beside the code in a processor's
first caches, as in a service that reads mail among other work.
"""

from __future__ import annotations

import random
from base64 import b64encode, encodebytes
from quopri import encodestring

import gen

PHRASES = (
    "Je me permets de vous écrire au sujet de la situation de Mme {last}, dont le dossier reste sans suite.",
    "Malgré deux relances par téléphone, aucune réponse n’est arrivée depuis le {day} février 2026.",
    "Le montant retenu sur la notification ({euros},40 €) ne correspond pas aux ressources déclarées.",
    "Elle a déménagé à {town} en janvier et son loyer est de {euros} € par mois, charges comprises.",
    "Pourriez-vous nous dire quelles pièces manquent encore, et quand le versement pourra reprendre ?",
    "Vous trouverez ci-joint l’attestation du bailleur ainsi que le dernier avis d’imposition.",
    *gen.SENTENCES,
)
TOWNS = ("Cahors", "Figeac", "Gourdon", "Souillac", "Gramat", "Prayssac", "Lalbenque", "Bagnac")
OFFICES = ("France Services {town}", "CCAS de {town}", "Mission locale de {town}", "Maison des solidarités")
PROGRAMS = (
    "Microsoft Outlook 16.0",
    "Zimbra 9.0.0_GA_4485",
    "Thunderbird 128.3",
    "BlueMind-webmail",
    "Evolution 3.46",
)
HEAD = """Return-Path: <{address}>
Received: from smtp.{domain} (smtp.{domain} [192.0.2.{octet}])
\tby mx.aplus.example (Postfix) with ESMTPS id {id:010X}
\tfor <cas-{token}@aplus.example>; Thu, 12 Mar 2026 10:00:03 +0100 (CET)
Authentication-Results: mx.aplus.example; dkim=pass header.d={domain}; dmarc=pass
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain}; s=s1;
\th=from:to:subject:date:message-id:mime-version; bh={hash};
\tb={signature}
From: {name} <{address}>
To: =?utf-8?q?Administration+?= <cas-{token}@aplus.example>
Subject: {subject}
Date: Thu, 12 Mar 2026 1{hour}:{minute:02}:00 +0100
Message-ID: <{id:x}.{number}@{domain}>
In-Reply-To: <n-{first:x}@aplus.example>
References: <n-{second:x}@aplus.example>
 <n-{first:x}@aplus.example>
MIME-Version: 1.0
X-Mailer: {program}
"""
ENCODED = "charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"


class Writer:
    """Somebody who writes one mail: everything about them and their mail is drawn from `rng`."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.first, self.last = rng.choice(gen.FIRST), rng.choice(gen.LAST)
        self.town = rng.choice(TOWNS)
        self.name = f"{self.first} {self.last}"
        self.domain = f"{self.town.lower()}-{rng.randrange(100)}.example"
        self.address = f"{plain(self.first)}.{plain(self.last)}@{self.domain}"

    def phrase(self) -> str:
        """One sentence, with details of its own."""
        draw = self.rng
        return draw.choice(PHRASES).format(
            last=draw.choice(gen.LAST),
            town=draw.choice(TOWNS),
            day=draw.randrange(1, 28),
            euros=draw.randrange(90, 900),
        )

    def signed(self) -> str:
        """A closing and a signature."""
        return f"Cordialement,\n{self.name}\n{self.rng.choice(OFFICES).format(town=self.town)}\n"

    def head(self) -> str:
        """The header block, without the fields of the content."""
        draw = self.rng
        case = f"2026-{draw.randrange(10_000):06}-{draw.choice('ABCDEFGHJKLMNPQRSTVWXYZ')}"
        return HEAD.format(
            address=self.address,
            domain=self.domain,
            name=word(self.name),
            subject=word(f"Re: Administration+ CAF {case} – {draw.choice(gen.TOPICS)}"),
            token="".join(draw.choices("0123456789abcdefghjkmnpqrstvwxyz", k=31)),
            hash=b64encode(draw.randbytes(32)).decode(),
            signature=folded(b64encode(draw.randbytes(192)).decode()),
            octet=draw.randrange(1, 255),
            hour=draw.randrange(10),
            minute=draw.randrange(60),
            id=draw.getrandbits(40),
            number=draw.random(),
            first=draw.getrandbits(48),
            second=draw.getrandbits(48),
            program=draw.choice(PROGRAMS),
        )

    def letter(self, size: int) -> str:
        """A French reply of about `size` characters: new text, signature, quoted history."""
        paragraphs: list[str] = []
        while sum(map(len, paragraphs)) < size * 0.55:
            paragraphs.append(f"{self.phrase()} {self.phrase()}")
        new = "Bonjour,\n\n" + "\n\n".join(paragraphs) + f"\n\n{self.signed()}"
        quoted = "".join(f"> {self.phrase()}\n" for _ in range(max(1, int(size * 0.35) // 100)))
        other = Writer(self.rng)
        day = self.rng.randrange(1, 12)
        return f"{new}\nLe {day} mars 2026 à 16:2{day % 10}, {other.name} <{other.address}> a écrit :\n\n{quoted}"


def plain(name: str) -> str:
    """A name as it stands in addresses."""
    return name.lower().translate(str.maketrans("éèëçôîïâ", "eeecoiia"))


def word(text: str) -> str:
    """`text` as one encoded word (RFC 2047), the way most clients write it whatever its length."""
    quoted = (
        encodestring(text.encode(), header=True)
        .decode()
        .replace("=\n", "")
        .replace("?", "=3F")
        .replace(":", "=3A")
    )
    return f"=?utf-8?q?{quoted}?="


def folded(text: str) -> str:
    """A long value over several lines."""
    return "\n\t".join(text[at : at + 70] for at in range(0, len(text), 70))


def page(text: str) -> str:
    """The same letter as Outlook would send it in HTML."""
    lines = "".join(f'<p class="MsoNormal">{line or "&nbsp;"}</p>\n' for line in text.split("\n"))
    style = "p.MsoNormal{margin:0cm;font-size:11.0pt;font-family:Calibri,sans-serif}"
    return f'<html><head><style>{style}</style></head><body lang="FR">{lines}</body></html>\n'


def plain_mail(rng: random.Random, size: int) -> bytes:
    """One text/plain mail of about `size` octets."""
    writer = Writer(rng)
    head = writer.head()
    body = writer.letter(int((size - len(head)) * 0.86))
    return f"{head}Content-Type: text/plain; {ENCODED}".encode() + encodestring(body.encode())


def both_mail(rng: random.Random, size: int, attached: int = 0) -> bytes:
    """One multipart/alternative mail of about `size` octets, with a file of `attached` octets beside it."""
    writer = Writer(rng)
    head = writer.head()
    body = writer.letter(max(int((size - attached * 1.37 - len(head) - 700) * 0.34), 150))
    mark, outer = (f"=_{rng.getrandbits(64):016x}" for _ in range(2))
    parts = "".join(
        f"--{mark}\nContent-Type: {kind}; {ENCODED}{encodestring(text.encode()).decode()}\n"
        for kind, text in (("text/plain", body), ("text/html", page(body)))
    )
    alternative = f'Content-Type: multipart/alternative; boundary="{mark}"\n\n{parts}--{mark}--\n'
    if not attached:
        return (head + alternative).encode()
    file = encodebytes(b"%PDF-1.7\n" + rng.randbytes(attached)).decode()
    disposition = "Content-Disposition: attachment; filename*=utf-8''pi%C3%A8ce.pdf\n"
    return (
        f'{head}Content-Type: multipart/mixed; boundary="{outer}"\n\n--{outer}\n{alternative}\n--{outer}\n'
        f"Content-Type: application/pdf\n{disposition}Content-Transfer-Encoding: base64\n\n{file}\n--{outer}--\n"
    ).encode()


def answer_mail(rng: random.Random) -> bytes:
    """A short answer as Exchange sends it: most of its 3 KB is header, the quote has a block of fields."""
    writer, other = Writer(rng), Writer(rng)
    trace = "".join(
        f"Received: from mail{n}.{writer.domain} (mail{n}.{writer.domain} [192.0.2.{n}])\n\tby relay{n}.aplus.example with"
        f" ESMTPS id {rng.getrandbits(40):010X};\n\tThu, 12 Mar 2026 10:00:0{n} +0100\n"
        for n in range(3)
    )
    vendor = (
        "Thread-Topic: Administration+ CAF\nAccept-Language: fr-FR, en-US\nContent-Language: fr-FR\n"
        f"Thread-Index: {b64encode(rng.randbytes(27)).decode()}\nX-MS-Has-Attach:\nX-MS-TNEF-Correlator:\n"
        f"x-originating-ip: [10.4.2.{rng.randrange(250)}]\n"
        f"X-Exchange-Antispam-Report: BCL:0;ARA:{'13230040;1800799024;' * 8}\n"
    )
    history = f"De : {other.name} <{other.address}>\nEnvoyé : mercredi 11 mars 2026 16:20\nÀ : {writer.last}\nObjet : Dossier\n"
    body = f"Bonjour,\n\n{writer.phrase()}\n\n{writer.signed()}\n{history}\n{other.phrase()}\n"
    kind = f"Content-Type: text/plain; {ENCODED}"
    return (trace + vendor + writer.head() + kind).encode() + encodestring(body.encode())


def report_mail(rng: random.Random) -> bytes:
    """A delivery report with the headers of a notice of ours, as the relay in front of a mailbox that is gone sends it."""
    writer = Writer(rng)
    host, case, queued = f"smtp.{writer.domain}", rng.randrange(10_000), f"{rng.getrandbits(40):010X}"
    mark = f"{queued}/{host}"
    said = f"host mx.{writer.domain}[192.0.2.{rng.randrange(1, 255)}] said: 550 5.1.1 <{writer.address}>: Recipient address rejected: User unknown"
    notice = (
        f"Return-Path: <r-{rng.getrandbits(60):015x}@aplus.example>\nReceived: from aplus.example (unknown [192.0.2.9])\n"
        f"\tby {host} (Postfix) with ESMTP id {queued}\n\tfor <{writer.address}>; Thu, 12 Mar 2026 10:00:03 +0100 (CET)\n"
        f"From: {word('CAF du Lot via Administration+')} <lot@aplus.example>\nTo: {writer.address}\n"
        f"Subject: =?utf-8?q?Administration+_CAF_2026-{case:06}-K?=\nDate: Thu, 12 Mar 2026 10:00:00 +0100\n"
        f"Message-ID: <n-{rng.getrandbits(64):x}@aplus.example>\nMIME-Version: 1.0\nContent-Type: multipart/alternative;\n"
        f' boundary="=_{rng.getrandbits(64):016x}"\n'
    )
    parts = (
        (
            "text/plain; charset=us-ascii",
            f"This is the mail system at host {host}.\n\nI'm sorry to have to inform you that your message could not\n"
            "be delivered to one or more recipients. It's attached below.\n\nFor further assistance, please send mail to"
            f" postmaster.\n\n                   The mail system\n\n<{writer.address}>: {said} (in reply to RCPT TO command)\n",
        ),
        (
            "message/delivery-status",
            f"Reporting-MTA: dns; {host}\nX-Postfix-Queue-ID: {queued}\nArrival-Date: Thu, 12 Mar 2026 10:00:03 +0100 (CET)\n\n"
            f"Final-Recipient: rfc822; {writer.address}\nAction: failed\nStatus: 5.1.1\nRemote-MTA: dns; mx.{writer.domain}\n"
            f"Diagnostic-Code: smtp; 550 5.1.1 <{writer.address}>: Recipient address\n    rejected: User unknown\n",
        ),
        ("text/rfc822-headers", notice),
    )
    body = "".join(f"--{mark}\nContent-Type: {kind}\n\n{text}\n" for kind, text in parts)
    return (
        f"Return-Path: <>\nReceived: by {host} (Postfix)\n\tid {rng.getrandbits(40):010X}; Thu, 12 Mar 2026 10:00:04 +0100 (CET)\n"
        f"Date: Thu, 12 Mar 2026 10:00:04 +0100 (CET)\nFrom: MAILER-DAEMON@{host} (Mail Delivery System)\n"
        "Subject: Undelivered Mail Returned to Sender\nTo: r-0123456789abcdef@aplus.example\nAuto-Submitted: auto-replied\n"
        f'MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status;\n\tboundary="{mark}"\n'
        f"Message-ID: <{rng.getrandbits(40):x}.{queued}@{host}>\n\nThis is a MIME-encapsulated message.\n\n{body}--{mark}--\n"
    ).encode()


def loads(mails: int = 120) -> dict[str, list[bytes]]:
    """Mails by name of the load: `mails` of each small kind, fewer of the large ones. W1 and W2 are gen.py's."""
    rng = random.Random(46)
    author, to = "zoe.durand@cahors.example", "lot+msa@aplus.example"
    return {
        "3 KB answer": [answer_mail(rng) for _ in range(mails)],
        "3 KB text": [plain_mail(rng, 3_100) for _ in range(mails)],
        "3 KB text and HTML": [both_mail(rng, 3_600) for _ in range(mails)],
        "3 KB delivery report": [report_mail(rng) for _ in range(mails)],
        "6 KB W1, text and HTML": [gen.one("new", n, author, to).octets for n in range(mails)],
        "7 KB W2, with a quote": [gen.one("reply", n, author, to).octets for n in range(mails)],
        "50 KB text and HTML": [both_mail(rng, 50_000) for _ in range(mails // 8)],
        "1 MB with a PDF": [both_mail(rng, 1_000_000, 700_000) for _ in range(mails // 40)],
    }
