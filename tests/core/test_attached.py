"""Files as they may go on: locked, encrypted and executable ones do not, pictures lose what their camera wrote."""

from __future__ import annotations

import io
import zipfile

import pytest

from mailrouter.core.mail.attached import examined, problem_of, without_camera
from mailrouter.core.mail.read import read
from mailrouter.core.model import Attachment


def locked_zip() -> bytes:
    """A ZIP whose first entry says that it is encrypted (flag bit 0)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.txt", "x")
    octets = bytearray(buffer.getvalue())
    octets[6] |= 1
    return bytes(octets)


def locked_pdf() -> bytes:
    """A PDF with a password."""
    from fpdf import FPDF

    page = FPDF()
    page.set_encryption(owner_password="o", user_password="u")
    page.add_page()
    return bytes(page.output())


FILES = {
    "S/MIME": (
        Attachment(name="smime.p7m", type="application/pkcs7-mime", size=1, sha256="x"),
        b"0",
        "encrypted",
    ),
    "rpmsg": (
        Attachment(name="message.rpmsg", type="application/octet-stream", size=1, sha256="x"),
        b"0",
        "encrypted",
    ),
    "locked zip": (
        Attachment(name="a.zip", type="application/zip", size=1, sha256="x"),
        locked_zip(),
        "locked",
    ),
    "locked pdf": (
        Attachment(name="a.pdf", type="application/pdf", size=1, sha256="x"),
        locked_pdf(),
        "locked",
    ),
    "program": (
        Attachment(name="facture.pdf.exe", type="application/pdf", size=1, sha256="x"),
        b"MZ",
        "type",
    ),
    "program by its octets": (
        Attachment(name="photo.jpg", type="image/jpeg", size=1, sha256="x"),
        b"MZ\x90",
        "type",
    ),
    "mail": (Attachment(name="Re.eml", type="message/rfc822", size=1, sha256="x"), b"From: a", "type"),
    "plain pdf": (Attachment(name="a.pdf", type="application/pdf", size=1, sha256="x"), b"%PDF-1.7 ...", ""),
    "plain text": (Attachment(name="a.txt", type="text/plain", size=1, sha256="x"), b"a", ""),
}


@pytest.mark.parametrize("row", FILES.values(), ids=FILES)
def test_problem(row):
    """Each kind of file and why it must not go on."""
    attachment, octets, expected = row
    assert problem_of(attachment, octets) == expected


def test_a_picture_loses_place_and_device():
    """EXIF goes, the picture stays the same, octet for octet of its data."""
    from PIL import Image

    picture = Image.new("RGB", (8, 8), "red")
    exif = Image.Exif()
    exif[0x010F] = "TelephoneDeZoe"
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", exif=exif)
    octets = buffer.getvalue()
    clean = without_camera(octets)
    assert b"TelephoneDeZoe" in octets and b"TelephoneDeZoe" not in clean
    assert Image.open(io.BytesIO(clean)).tobytes() == Image.open(io.BytesIO(octets)).tobytes()
    assert without_camera(clean) is clean


@pytest.mark.parametrize(
    "octets", [b"", b"\xff\xd8\xff", b"\xff\xd8\xff\xe1\x00\x01", b"\xff\xd8\xff\xe1\xff\xff" + b"x" * 9]
)
def test_an_odd_picture_raises_nothing(octets):
    """Whatever follows the first octets of a JPEG."""
    assert isinstance(without_camera(octets), bytes)


def test_a_detached_signature_is_no_attachment():
    """smime.p7s is dropped; the rest keeps its place."""
    mail = (
        b"From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
        b"--x\r\nContent-Type: text/plain\r\n\r\nbonjour\r\n"
        b'--x\r\nContent-Type: application/pkcs7-signature; name="smime.p7s"\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n'
        b'--x\r\nContent-Type: application/pdf; name="a.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0=\r\n--x--\r\n'
    )
    assert [a.name for a in examined(read(mail)).message.attachments] == ["a.pdf"]
