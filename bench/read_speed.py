"""Reading a mail in full, beside the standard library's bare parse and flanker's, in the same run, by size.

    .venv/bin/python bench/read_speed.py [--json] [--stages] [--rounds 30] [--at-most 3.0]

`read` is everything that `mailrouter read` gives (parsed, classified, new text, forward, what it states); the
other two only build a tree of parts. CPU time, the best of the rounds, the three taken in turn, so that a noisy
machine tilts none. `--stages` tells where our time goes; `--at-most N` ends with 1 when a 3 KB mail costs more
than N times the standard library's parse.
"""

from __future__ import annotations

import argparse
import email
import json
import logging
import random
import sys
import time
from base64 import encodebytes
from collections.abc import Callable
from quopri import encodestring

from mailrouter.core.mail import classify, fields, forward, language, parse, visible
from mailrouter.core.mail.read import read

PHRASES = (
    "Je me permets de vous écrire au sujet de la situation de Mme Martin, dont le dossier reste sans suite.",
    "Malgré deux relances par téléphone, aucune réponse n’est arrivée depuis le 12 février 2026.",
    "Le montant retenu sur la notification (312,40 €) ne correspond pas aux ressources déclarées.",
    "Elle a déménagé à Figeac en janvier et son loyer est de 420 € par mois, charges comprises.",
    "Pourriez-vous nous dire quelles pièces manquent encore, et quand le versement pourra reprendre ?",
    "Vous trouverez ci-joint l’attestation du bailleur ainsi que le dernier avis d’imposition.",
)
HEAD = """Return-Path: <zoe.durand@cahors.example>
Received: from smtp.cahors.example (smtp.cahors.example [192.0.2.7])
\tby mx.aplus.example (Postfix) with ESMTPS id 4F2B01C0A3
\tfor <cas-7hq2m4@aplus.example>; Thu, 12 Mar 2026 10:00:03 +0100 (CET)
Authentication-Results: mx.aplus.example; dkim=pass header.d=cahors.example; dmarc=pass
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=cahors.example; s=s1;
\th=from:to:subject:date:message-id:mime-version; bh=frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=;
\tb=dzdVyOfAKCdLXdJOc9G2q8LoXSlEniSbav+yuU4zGeeruD00lszZVoG4ZHRNiYzR
From: =?utf-8?q?Zo=C3=A9_Durand?= <zoe.durand@cahors.example>
To: =?utf-8?q?Administration+?= <cas-7hq2m4@aplus.example>
Subject: =?utf-8?q?Re=3A_Administration+_CAF_2026-004217-K_=E2=80=93_pi=C3=A8ces?=
Date: Thu, 12 Mar 2026 10:00:00 +0100
Message-ID: <5f0c6b1e-{number}@cahors.example>
In-Reply-To: <n-81c2@aplus.example>
References: <n-77aa@aplus.example>
 <n-81c2@aplus.example>
MIME-Version: 1.0
X-Mailer: Microsoft Outlook 16.0
"""


def letter(rng: random.Random, size: int) -> str:
    """A French reply of about `size` characters: new text, signature, quoted history."""
    paragraphs: list[str] = []
    while sum(map(len, paragraphs)) < size * 0.55:
        paragraphs.append(" ".join(rng.sample(PHRASES, 2)))
    new = "Bonjour,\n\n" + "\n\n".join(paragraphs) + "\n\nCordialement,\nZoé Durand\nFrance Services Cahors\n"
    quoted = [rng.choice(PHRASES) for _ in range(max(1, int(size * 0.35) // 100))]
    lines = "".join(f"> {line}\n" for line in quoted)
    return f"{new}\nLe 11 mars 2026 à 16:20, Claire Martin <claire.martin@caf46.example> a écrit :\n\n{lines}"


def page(text: str) -> str:
    """The same letter as Outlook would send it in HTML."""
    lines = "".join(f'<p class="MsoNormal">{line or "&nbsp;"}</p>\n' for line in text.split("\n"))
    style = "p.MsoNormal{margin:0cm;font-size:11.0pt;font-family:Calibri,sans-serif}"
    return f'<html><head><style>{style}</style></head><body lang="FR">{lines}</body></html>\n'


def plain_mail(rng: random.Random, size: int) -> bytes:
    """One text/plain mail of about `size` octets."""
    head = HEAD.format(number=rng.random())
    body = letter(rng, int((size - len(head)) * 0.86))
    kind = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
    return (head + kind).encode() + encodestring(body.encode())


def both_mail(rng: random.Random, size: int, attached: int = 0) -> bytes:
    """One multipart/alternative mail of about `size` octets, with a file of `attached` octets beside it."""
    head = HEAD.format(number=rng.random())
    body = letter(rng, int((size - attached * 1.37 - len(head) - 700) * 0.34))
    parts = "".join(
        f"--=_alt\nContent-Type: {kind}; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
        f"{encodestring(text.encode()).decode()}\n"
        for kind, text in (("text/plain", body), ("text/html", page(body)))
    )
    alternative = f'Content-Type: multipart/alternative; boundary="=_alt"\n\n{parts}--=_alt--\n'
    if not attached:
        return (head + alternative).encode()
    file = encodebytes(b"%PDF-1.7\n" + rng.randbytes(attached)).decode()
    disposition = "Content-Disposition: attachment; filename*=utf-8''pi%C3%A8ce.pdf\n"
    return (
        f'{head}Content-Type: multipart/mixed; boundary="=_mix"\n\n--=_mix\n{alternative}\n--=_mix\n'
        f"Content-Type: application/pdf\n{disposition}Content-Transfer-Encoding: base64\n\n{file}\n--=_mix--\n"
    ).encode()


def reply_mail(rng: random.Random) -> bytes:
    """A short answer as Exchange sends it: most of its 3 KB is header."""
    trace = "".join(
        f"Received: from mail{n}.caf46.example (mail{n}.caf46.example [192.0.2.{n}])\n\tby relay{n}.aplus.example with"
        f" ESMTPS id {rng.getrandbits(40):010X};\n\tThu, 12 Mar 2026 10:00:0{n} +0100\n"
        for n in range(3)
    )
    vendor = (
        "Thread-Topic: Administration+ CAF 2026-004217-K\nThread-Index: AQHZq0xX8j1kT0a9\nAccept-Language: fr-FR, en-US\n"
        "Content-Language: fr-FR\nX-MS-Has-Attach:\nX-MS-TNEF-Correlator:\nx-originating-ip: [10.4.2.7]\n"
        f"X-Exchange-Antispam-Report: BCL:0;ARA:{'13230040;1800799024;' * 6}\n"
    )
    body = f"Bonjour,\n\n{rng.choice(PHRASES)}\n\nCordialement,\nClaire Martin\nCAF du Lot\n"
    kind = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
    history = f"\nDe : Zoé Durand <zoe.durand@cahors.example>\nEnvoyé : mercredi 11 mars 2026 16:20\nÀ : CAF\nObjet : Dossier\n\n{rng.choice(PHRASES)}\n"
    return (trace + vendor + HEAD.format(number=rng.random()) + kind).encode() + encodestring(
        (body + history).encode()
    )


def loads() -> dict[str, list[bytes]]:
    """Mails by name of the load."""
    rng = random.Random(46)
    return {
        "3 KB answer": [reply_mail(rng) for _ in range(40)],
        "3 KB text": [plain_mail(rng, 3_000) for _ in range(40)],
        "3 KB text and HTML": [both_mail(rng, 3_600) for _ in range(40)],
        "50 KB text and HTML": [both_mail(rng, 50_000) for _ in range(10)],
        "1 MB with a PDF": [both_mail(rng, 1_000_000, 700_000) for _ in range(3)],
    }


def flanker_parser() -> Callable[[bytes], object]:
    """flanker's MIME parser, without its log."""
    logging.getLogger("flanker").setLevel(logging.CRITICAL + 1)
    for name in ("flanker.addresslib._parser.parser", "flanker.addresslib._parser.lexer"):
        logging.getLogger(name).disabled = True
    from flanker.mime import from_string

    return from_string


def best(
    contestants: dict[str, Callable[[bytes], object]], mails: list[bytes], rounds: int
) -> dict[str, float]:
    """Seconds of CPU for one mail, the best round of each contestant, in turn."""
    found = dict.fromkeys(contestants, float("inf"))
    for _ in range(rounds):
        for name, function in contestants.items():
            begin = time.process_time()
            for octets in mails:
                function(octets)
            found[name] = min(found[name], (time.process_time() - begin) / len(mails))
    return found


def stages(mails: list[bytes], rounds: int) -> dict[str, float]:
    """Microseconds of CPU for one mail by stage of `read`."""
    read_ahead = [(parsed := parse.parse(octets), visible.visible(parsed).visible) for octets in mails]
    ahead = dict(zip(mails, read_ahead, strict=True))
    found = best(
        {
            "parse": parse.parse,
            "visible": lambda octets: visible.visible(ahead[octets][0]),
            "classify": lambda octets: classify.classify(ahead[octets][0]),
            "forward": lambda octets: forward.forwarded(ahead[octets][0]),
            "stated": lambda octets: fields.stated(*ahead[octets], ahead[octets][0].html),
            "language": lambda octets: language.language_of(ahead[octets][1]),
        },
        mails,
        rounds,
    )
    return {name: round(seconds * 1e6, 1) for name, seconds in found.items()}


def measure(rounds: int, with_stages: bool) -> dict[str, dict[str, object]]:
    """Figures by load: mails per second of each reader, our cost over the standard library's."""
    readers: dict[str, Callable[[bytes], object]] = {
        "read": read,
        "stdlib": email.message_from_bytes,
        "flanker": flanker_parser(),
    }
    figures: dict[str, dict[str, object]] = {}
    for name, mails in loads().items():
        seconds = best(readers, mails, rounds)
        row: dict[str, object] = {"octets": sum(map(len, mails)) // len(mails)}
        row |= {f"{reader} mails/s": round(1 / cost) for reader, cost in seconds.items()}
        row["read / stdlib"] = round(seconds["read"] / seconds["stdlib"], 2)
        if with_stages:
            row["stages µs"] = stages(mails, rounds)
        figures[name] = row
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--stages", action="store_true")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--at-most", type=float, default=0.0)
    asked = parser.parse_args()
    figures = measure(asked.rounds, asked.stages)
    if asked.json:
        print(json.dumps(figures, ensure_ascii=False))
    else:
        for name, row in figures.items():
            print(f"{name:<22}", "  ".join(f"{key} {value}" for key, value in row.items()))
    small = [float(str(row["read / stdlib"])) for name, row in figures.items() if name.startswith("3 KB")]
    return int(bool(asked.at_most) and max(small) > asked.at_most)


if __name__ == "__main__":
    sys.exit(main())
