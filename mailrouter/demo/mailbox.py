"""The demo's people: they write ordinary mails and open their own Maildir."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from urllib.parse import quote

import aiosmtplib


class Mailroom:
    """Every mailbox of the demo, and the way to the relay."""

    def __init__(self, path: Path, port: int) -> None:
        self.path, self.port = path, port
        self._seen: set[Path] = set()

    def mailbox(self, address: str) -> Path:
        """The Maildir of an address."""
        return self.path / quote(address, safe="")

    def everybody(self) -> list[str]:
        """Addresses that got mail."""
        from urllib.parse import unquote

        return (
            sorted(unquote(p.name) for p in self.path.iterdir() if p.is_dir()) if self.path.exists() else []
        )

    def fetch(self) -> dict[str, list[EmailMessage]]:
        """What arrived since the last look, by address, oldest first."""
        found: dict[str, list[EmailMessage]] = {}
        for address in self.everybody():
            files = [p for part in ("new", "cur") for p in (self.mailbox(address) / part).glob("*")]
            for file in sorted(set(files) - self._seen, key=lambda p: p.stat().st_mtime_ns):
                self._seen.add(file)
                message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
                assert isinstance(message, EmailMessage)
                found.setdefault(address, []).append(message)
        return found

    async def send(self, message: EmailMessage, mail_from: str | None = None) -> str:
        """Send over SMTP; gives the server's answer."""
        author = str(message["From"].addresses[0].addr_spec)
        _, text = await aiosmtplib.send(
            message,
            sender=author if mail_from is None else mail_from,
            hostname="127.0.0.1",
            port=self.port,
            start_tls=False,
        )
        return text


def letter(author: str, name: str, to: str, subject: str, text: str) -> EmailMessage:
    """A new mail."""
    message = EmailMessage()
    message["From"] = f"{name} <{author}>"
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = formatdate(localtime=True)
    message["Message-ID"] = make_msgid(domain=author.partition("@")[2])
    message.set_content(text)
    return message


def reply(author: str, name: str, original: EmailMessage, text: str) -> EmailMessage:
    """A reply, with the quote below as most clients put it."""
    to = original["Reply-To"] or original["From"]
    message = letter(author, name, str(to), f"Re: {original['Subject']}", "")
    message["In-Reply-To"] = str(original["Message-ID"])
    message["References"] = f"{original.get('References', '')} {original['Message-ID']}".strip()
    message.set_content(
        f"{text}\n\nLe lun. 23 nov. 2026 à 10:00, {original['From']} a écrit :\n{quoted(original)}"
    )
    return message


def quoted(original: EmailMessage) -> str:
    """The text of a mail with quote marks."""
    return "\n".join(f"> {line}" for line in text_of(original).splitlines())


def text_of(message: EmailMessage) -> str:
    """The plain text of a mail."""
    body = message.get_body(("plain",))
    return str(body.get_content()) if body else ""


def small_pdf(text: str) -> bytes:
    """A one-page PDF that says `text`."""
    from fpdf import FPDF

    page = FPDF()
    page.add_page()
    page.set_font("helvetica", size=14)
    page.cell(text=text)
    return bytes(page.output())
