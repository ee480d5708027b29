"""Case mail as aidants and agents write it, the same octets for the same number: what the benchmarks send.

    python bench/gen.py --kind new|reply|pdf --count 10 --to DIR

Kinds: `new` (W1: a complete request, text and HTML, about 6 KB on the wire), `reply` (W2: an answer with quote and
threading fields, about 7.5 KB), `pdf` (W3: a request with a file of 1 MiB). Each mail differs in names, numbers and
Message-ID, so that nothing is a duplicate; the headers are those of a mail that passed a relay with DMARC.
"""

from __future__ import annotations

import argparse
import base64
import quopri
import random
from dataclasses import dataclass
from pathlib import Path

FIRST = (
    "Amandine",
    "Bérénice",
    "Cédric",
    "Djamila",
    "Étienne",
    "Françoise",
    "Gaëlle",
    "Hélène",
    "Ismaël",
    "Noémie",
)
LAST = (
    "Aubert",
    "Besançon",
    "Crépin",
    "Delaunoy",
    "Évrard",
    "Ferrière",
    "Grégoire",
    "Hénault",
    "Jolivet",
    "Lefèvre",
)
TOPICS = (
    "pension de réversion",
    "allocation suspendue",
    "attestation de droits",
    "changement d'adresse",
    "trop-perçu",
)
# Sentences of an aidant's letter; a mail takes some of them, in an order of its own.
SENTENCES = (
    "La personne que j'accompagne n'a plus reçu de versement depuis le mois de novembre.",
    "Elle s'est présentée trois fois à l'accueil, où on lui a demandé de patienter.",
    "Nous avons déposé les justificatifs sur l'espace en ligne ; aucun accusé de réception n'est arrivé.",
    "Le dernier courrier qu'elle a reçu évoque une pièce manquante sans dire laquelle.",
    "Son loyer n'est plus couvert et le bailleur s'impatiente, malgré un échéancier déjà signé.",
    "Pourriez-vous nous indiquer ce qui bloque, et la pièce qu'il faudrait ajouter ?",
    "Je reste joignable au bureau tous les matins, et par retour de ce message.",
    "Une avance a été évoquée au téléphone ; nous n'en avons pas trouvé trace depuis.",
    "La situation familiale a changé en février, ce qui pourrait expliquer le recalcul.",
    "Le numéro de dossier figure sur la notification que je tiens à votre disposition.",
    "Elle lit difficilement et préfère que les réponses passent par notre espace France Services.",
    "Merci d'avance de votre aide, car le délai de recours se termine bientôt.",
)
PDF_BYTES = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A mail ready for the wire: reverse-path, forward-path, octets with CRLF line ends."""

    mail_from: str
    rcpt_to: str
    message_id: str
    octets: bytes


def new(n: int, author: str, to: str, *, pdf: bytes = b"") -> Letter:
    """Number `n` of the requests: everything that a case needs is in it; with a file when `pdf` is given."""
    draw = random.Random(f"new {n}")
    topic = draw.choice(TOPICS)
    birth = f"{draw.randrange(1, 29):02}/{draw.randrange(1, 13):02}/{draw.randrange(1940, 2004)}"
    fields = (
        f"Prénom : {draw.choice(FIRST)}",
        f"Nom : {draw.choice(LAST).upper()}{_letters(n)}",
        f"Date de naissance : {birth}",
    )
    paragraphs = [
        "Bonjour,",
        *_paragraphs(draw, 7),
        "\n".join(fields),
        "Mandat : oui",
        "J'accepte les conditions d'utilisation.",
    ]
    return _letter(n, "new", author, to, f"Demande : {topic}", paragraphs, draw, pdf=pdf)


def reply(n: int, author: str, to: str, *, subject: str, message_id: str, quoted: str) -> Letter:
    """Number `n` of the answers to a mail of ours, with its text quoted below."""
    draw = random.Random(f"reply {n}")
    paragraphs = ["Bonjour,", *_paragraphs(draw, 3)]
    quote = [
        f"Le lun. 2 mars 2026 à 10:{n % 60:02}, <{to}> a écrit :",
        *(f"> {line}" for line in quoted.splitlines()),
    ]
    threading = {"In-Reply-To": message_id, "References": message_id}
    return _letter(
        n,
        "reply",
        author,
        to,
        f"Re: {subject}",
        paragraphs,
        draw,
        quote="\n".join(quote),
        threading=threading,
    )


def pdf_octets() -> bytes:
    """A PDF of 1 MiB that no compression shrinks."""
    head = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n2 0 obj<</Length 1000000>>stream\n"
    return (
        head
        + random.Random("pdf").randbytes(PDF_BYTES - len(head) - 30)
        + b"\nendstream endobj\ntrailer<<>>\n%%EOF\n"
    )


def _letters(n: int) -> str:
    """A suffix of letters for a family name, so that two people are not one."""
    text = ""
    while True:
        n, digit = divmod(n, 26)
        text = chr(97 + digit) + text
        if not n:
            return f"-{text.upper()}"


def _paragraphs(draw: random.Random, count: int) -> list[str]:
    return [" ".join(draw.sample(SENTENCES, 3)) for _ in range(count)]


def _letter(
    n: int,
    kind: str,
    author: str,
    to: str,
    subject: str,
    paragraphs: list[str],
    draw: random.Random,
    *,
    quote: str = "",
    threading: dict[str, str] | None = None,
    pdf: bytes = b"",
) -> Letter:
    domain = author.partition("@")[2]
    message_id = f"<{kind}.{n}.{draw.getrandbits(64):016x}@{domain}>"
    marks = f"=_alternative_{draw.getrandbits(48):012x}", f"=_mixed_{draw.getrandbits(48):012x}"
    name = author.partition("@")[0].replace(".", " ").title()
    text = "\n\n".join([*paragraphs, f"Cordialement,\n{name}"]) + "\n"
    fields = {
        "Authentication-Results": f"mx.aplus.example; dmarc=pass header.from={domain}",
        "Received": f"from poste.{domain} ([192.0.2.{n % 250 + 1}]) by mx.aplus.example with ESMTPS; Mon, 2 Mar 2026 10:00:00 +0100",
        "DKIM-Signature": f"v=1; a=rsa-sha256; d={domain}; s=mail; h=from:to:subject:date; b={base64.b64encode(draw.randbytes(180)).decode()}",
        "From": f"{name} <{author}>",
        "To": to,
        "Subject": _encoded(subject),
        "Date": "Mon, 2 Mar 2026 10:00:00 +0100",
        "Message-ID": message_id,
        **(threading or {}),
        "MIME-Version": "1.0",
        "X-Mailer": "Poste de travail 12",
    }
    body = _alternative(marks[0], text + (f"\n{quote}\n" if quote else ""), _html(paragraphs, name, quote))
    content = _mixed(marks[1], body, pdf, n) if pdf else body
    head = "".join(f"{key}: {value}\r\n" for key, value in fields.items())
    return Letter(mail_from=author, rcpt_to=to, message_id=message_id, octets=head.encode() + content)


def _encoded(text: str) -> str:
    return text if text.isascii() else f"=?utf-8?B?{base64.b64encode(text.encode()).decode()}?="


def _html(paragraphs: list[str], name: str, quote: str) -> str:
    inside = "".join("<p>" + p.replace("\n", "<br>") + "</p>\n" for p in paragraphs)
    quoted = quote.replace("\n", "<br>\n")
    return (
        '<html><head><meta charset="utf-8"><style>p{margin:0;font-family:Calibri,sans-serif;font-size:11pt}</style></head>'
        f"<body>{inside}<p>Cordialement,<br><b>{name}</b></p>{f'<blockquote>{quoted}</blockquote>' if quote else ''}</body></html>\n"
    )


def _alternative(mark: str, text: str, html: str) -> bytes:
    parts = "".join(
        f"--{mark}\r\nContent-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        + quopri.encodestring(body.encode()).decode("ascii").replace("\n", "\r\n")
        + "\r\n"
        for subtype, body in (("plain", text), ("html", html))
    )
    return f'Content-Type: multipart/alternative; boundary="{mark}"\r\n\r\n{parts}--{mark}--\r\n'.encode()


def _mixed(mark: str, body: bytes, pdf: bytes, n: int) -> bytes:
    # Each file ends in another comment: equal files would be stored under one digest.
    encoded = base64.encodebytes(pdf + b"%% %d\n" % n).replace(b"\n", b"\r\n")
    head = f'Content-Type: multipart/mixed; boundary="{mark}"\r\n\r\n--{mark}\r\n'.encode()
    file = (
        f'\r\n--{mark}\r\nContent-Type: application/pdf; name="piece-{n}.pdf"\r\nContent-Transfer-Encoding: base64\r\n'
        f'Content-Disposition: attachment; filename="piece-{n}.pdf"\r\n\r\n'
    ).encode()
    return head + body + file + encoded + f"--{mark}--\r\n".encode()


def main() -> None:
    """Write mails to files."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kind", choices=("new", "reply", "pdf"), default="new")
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--author", default="zoe.durand@cahors.example")
    parser.add_argument("--rcpt", default="lot+msa@aplus.example")
    parser.add_argument("--to", type=Path, required=True, help="directory")
    given = parser.parse_args()
    given.to.mkdir(parents=True, exist_ok=True)
    for n in range(given.start, given.start + given.count):
        letter = one(given.kind, n, given.author, given.rcpt)
        (given.to / f"{given.kind}-{n:06}.eml").write_bytes(letter.octets)


def one(kind: str, n: int, author: str, to: str) -> Letter:
    """A mail of a kind; an answer is to a mail that says so many words."""
    if kind == "reply":
        quoted = "\n\n".join(_paragraphs(random.Random("quoted"), 4))
        return reply(n, author, to, subject="Demande", message_id="<a.mail@aplus.example>", quoted=quoted)
    return new(n, author, to, pdf=pdf_octets() if kind == "pdf" else b"")


if __name__ == "__main__":
    main()
