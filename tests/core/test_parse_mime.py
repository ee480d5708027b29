"""The MIME tree: as the standard library sees well-formed mail, and as people meant the rest."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage, Message

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailrouter.core.mail.wire.parse import parse, parse_files

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=60)
LINES = st.lists(TEXT, min_size=1, max_size=5).map(lambda lines: "\n".join(lines) + "\n")
FILES = st.tuples(st.binary(max_size=200), st.sampled_from(["a.pdf", "pièce jointe.pdf", "x" * 90 + "é.pdf"]))


@st.composite
def mails(draw: st.DrawFn, depth: int = 0) -> EmailMessage:
    """A well-formed mail as the standard library writes it: text, HTML, files, nested mails."""
    mail = EmailMessage(policy=email.policy.SMTP)
    mail["From"], mail["Subject"] = "z@x.example", draw(TEXT).strip()
    mail.set_content(draw(LINES), cte=draw(st.sampled_from(["8bit", "quoted-printable", "base64"])))
    if draw(st.booleans()):
        mail.add_alternative(f"<p>{draw(st.sampled_from(['a', 'é']))}</p>\n", subtype="html")
    for octets, name in draw(st.lists(FILES, max_size=2)):
        mail.add_attachment(octets, maintype="application", subtype="pdf", filename=name)
    if depth < 2 and draw(st.booleans()):
        mail.add_attachment(draw(mails(depth=depth + 1)))
    return mail


def leaves(message: Message) -> list[tuple[str, bytes | None]]:
    """(type, octets) of each leaf as the standard library reads them; the mail inside a mail follows its part."""
    if message.get_content_type() == "message/rfc822":
        (inner,) = message.get_payload()
        return [("message/rfc822", None), *leaves(inner)]
    if message.is_multipart():
        return [leaf for part in message.get_payload() for leaf in leaves(part)]
    return [(message.get_content_type(), message.get_payload(decode=True))]


@settings(max_examples=60, deadline=None)
@given(mails())
def test_well_formed_mail_has_the_parts_that_the_standard_library_finds(mail: EmailMessage) -> None:
    octets = mail.as_bytes()
    parsed = parse(octets)
    ours = [(part.type, None if part.type == "message/rfc822" else part.content) for part in parsed.parts]
    assert ours == leaves(email.message_from_bytes(octets))
    assert parsed.held is None
    written = [part.get_filename() for part in mail.iter_attachments()]
    found = [None if file.type == "message/rfc822" else file.name for file in parsed.attachments]
    assert found == written


def test_paths_tell_where_a_part_stands_and_in_which_mail() -> None:
    inner = b"Content-Type: multipart/mixed; boundary=i\n\n--i\n\nun\n--i\nContent-Type: a/b\n\ndeux\n--i--\n"
    octets = (
        b"Content-Type: multipart/mixed; boundary=o\n\n--o\n\nzero\n--o\nContent-Type: message/rfc822\n\n"
        + inner
    )
    parsed = parse(octets + b"--o--\n")
    assert [(part.path, part.type, part.inside, part.content) for part in parsed.parts] == [
        ("1.1", "text/plain", "", b"zero"),
        ("1.2", "message/rfc822", "", inner[:-1]),
        ("1.2.1.1", "text/plain", "1.2", b"un"),
        ("1.2.1.2", "a/b", "1.2", b"deux"),
    ]
    assert parsed.text == "zero"


def test_the_octets_of_attachments_are_found_by_their_digest() -> None:
    octets = b"Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\nJVBERg==\n"
    parsed, files = parse_files(octets)
    assert [(a.name, a.size) for a in parsed.attachments] == [("a.pdf", 4)]
    assert files == {parsed.attachments[0].sha256: b"%PDF"}


@pytest.mark.parametrize(
    ("octets", "text", "defects"),
    [
        # RFC 2046 5.1.1: what stands before the first delimiter and after the last is no part
        (b"Content-Type: multipart/mixed; boundary=b\n\navant\n--b\n\nun\n--b--\napres\n", "un", ()),
        # two delimiters in a row hold no part between them
        (b"Content-Type: multipart/mixed; boundary=b\n\n--b\n--b\n\nun\n--b--\n", "un", ()),
        # a delimiter is a whole line
        (
            b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nun --b\n --b\n--bb\n--b--\n",
            "un --b\n --b\n--bb",
            (),
        ),
        # an inner multipart never closed ends where the outer goes on
        (
            b"Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: multipart/alternative; boundary=i\n\n"
            b"--i\n\nun\n--o\n\ndeux\n--o--\n",
            "un\ndeux",
            ("boundary-unclosed",),
        ),
        # no delimiter anywhere: the words are kept when there are no others
        (
            b"Content-Type: multipart/mixed; boundary=b\n\nles seuls mots\n",
            "les seuls mots",
            ("multipart-without-parts",),
        ),
        # a type that is none is text (RFC 2045 5.2)
        (b"Content-Type: texte\n\nun\n", "un\n", ()),
        (b"Content-Type: text\n\nun\n", "un\n", ()),
        # composite types are never encoded, whatever they declare (RFC 2045 6.4)
        (
            b"Content-Type: multipart/mixed; boundary==C3\nContent-Transfer-Encoding: quoted-printable\n\n--=C3\n\nun\n--=C3--\n",
            "un",
            (),
        ),
        (b"Content-Transfer-Encoding: x-inconnu\n\nun\n", "un\n", ()),
        (
            b"Content-Transfer-Encoding: Quoted-Printable (oui)\n\n=C3=A9t=C3=A9=\n !\n",
            "été !\n",
            ("charset-undeclared",),
        ),
        (b"Content-Type: text/plain\n", "", ()),
    ],
)
def test_odd_structures_are_read_as_meant(octets: bytes, text: str, defects: tuple[str, ...]) -> None:
    parsed = parse(b"From: z@x.example\n" + octets)
    assert (parsed.text, parsed.defects, parsed.held) == (text, defects, None)


@pytest.mark.parametrize(
    ("value", "iso"),
    [
        ("Thu, 12 Mar 2026 10:00:00 +0100", "2026-03-12T10:00:00+01:00"),
        ("12 Mar 2026 10:00 -0000", "2026-03-12T10:00:00+00:00"),
        ("Thu, 12 Mar 2026 10:00:00 +0100 (CET)", "2026-03-12T10:00:00+01:00"),
        ("Thu, 12 Mar 26 10:00:00 GMT", "2026-03-12T10:00:00+00:00"),
        ("Thu Mar 12 10:00:00 2026", "2026-03-12T10:00:00+00:00"),
        ("Fri, 31 Feb 2026 10:00:00 +0100", None),
        ("Thu, 12 Mar 2026 10:00:00 +9999", None),
        ("12 Abc 2026 10:00:00 +0100", None),
        ("hier", None),
        ("", None),
        ("1" * 5000, None),
    ],
)
def test_dates_are_aware_or_absent(value: str, iso: str | None) -> None:
    date = parse(f"Date: {value}\n\n".encode()).date
    assert (date and date.isoformat()) == iso


@pytest.mark.parametrize(
    ("field", "found"),
    [
        ("<a@b.example>", "<a@b.example>"),
        (" a@b.example ", "<a@b.example>"),
        ("<a@b.example> (note)", "<a@b.example>"),
        ("", ""),
    ],
)
def test_a_message_id_keeps_its_angle_brackets(field: str, found: str) -> None:
    assert parse(f"Message-ID: {field}\n\n".encode()).message_id == found
