"""Files as they may go on: locked, encrypted and executable ones do not, pictures lose what their camera wrote."""

from __future__ import annotations

import io
import struct
import zipfile
from functools import cache

import pytest
from fpdf import FPDF
from fpdf.enums import EncryptionMethod
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageOps, PngImagePlugin

from mailrouter.core.mail.enclosed.attached import examined, problem_of
from mailrouter.core.mail.enclosed.metadata import is_heif, pixels, without_metadata
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


def locked_pdf(password: str | None = "u", method: EncryptionMethod = EncryptionMethod.RC4) -> bytes:
    """A PDF with a password for opening, or one against changes alone."""
    page = FPDF()
    page.set_encryption(owner_password="o", user_password=password, encryption_method=method)
    page.add_page()
    return bytes(page.output())


def zip_locked_later() -> bytes:
    """A ZIP whose second entry is encrypted, as its directory says."""
    octets = bytearray(locked_zip())
    octets[6] = 0
    octets[octets.index(b"PK\x01\x02") + 8] |= 1
    return bytes(octets)


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
    "locked further down": (
        Attachment(name="a.zip", type="application/zip", size=1, sha256="x"),
        zip_locked_later(),
        "locked",
    ),
    "locked office": (
        Attachment(name="a.docx", type="application/octet-stream", size=1, sha256="x"),
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"),
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
    "mail": (Attachment(name="Re.eml", type="message/rfc822", size=1, sha256="x"), b"From: a", "message"),
    "plain pdf": (Attachment(name="a.pdf", type="application/pdf", size=1, sha256="x"), b"%PDF-1.7 ...", ""),
    "plain text": (Attachment(name="a.txt", type="text/plain", size=1, sha256="x"), b"a", ""),
}


@pytest.mark.parametrize("row", FILES.values(), ids=FILES)
def test_12_problem(row):
    """Each kind of file and why it must not go on."""
    attachment, octets, expected = row
    assert problem_of(attachment, octets) == expected


@pytest.mark.parametrize("method", list(EncryptionMethod))
def test_12_a_pdf_that_opens_without_a_password_is_not_locked(method):
    """Official letters are often encrypted against changes only; everybody can read them."""
    named = Attachment(name="a.pdf", type="application/pdf", size=1, sha256="x")
    assert problem_of(named, locked_pdf(None, method)) == ""
    assert problem_of(named, locked_pdf("secret", method)) == "locked"
    written = b"%PDF-1.7\n1 0 obj << /Subject (what /Encrypt means) >> endobj trailer << /Root 1 0 R >>"
    assert problem_of(named, written) == ""
    assert problem_of(named, b"%PDF-1.7\ntrailer << /Encrypt 9 0 R >>") == "locked"


SECRETS = (b"TelephoneDeZoe", b"Rue des Lilas", b"commentaire prive", b"FilmCache")


def picture(kind: str, orientation: int = 6) -> bytes:
    """A picture with everything a phone writes: device, place, XMP, comment, profile, something behind its end."""
    shown = Image.new("RGB", (9, 5), "red")
    shown.putpixel((0, 0), (0, 0, 255))
    exif = Image.Exif()
    exif[0x010F] = "TelephoneDeZoe"
    exif[0x0112] = orientation
    exif.get_ifd(0x8825)[29] = "Rue des Lilas"
    more = {
        "JPEG": {"comment": b"commentaire prive", "quality": 80, "progressive": True},
        "PNG": {"pnginfo": _png_text()},
        "WEBP": {"lossless": True, "xmp": b"<x>commentaire prive</x>"},
    }
    buffer = io.BytesIO()
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    shown.save(buffer, kind, exif=exif, icc_profile=profile, **more[kind])
    octets = buffer.getvalue()
    return octets if kind == "WEBP" else octets + b"FilmCache"


def _png_text():
    told = PngImagePlugin.PngInfo()
    told.add_itxt("Comment", "commentaire prive")
    return told


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_12_a_picture_loses_place_device_and_comment_and_stays_the_right_way_up(kind, orientation):
    """All of it goes, the picture's own octets, profile and orientation stay."""
    octets = picture(kind, orientation)
    clean = without_metadata(octets)
    assert [word for word in SECRETS if word in octets]
    assert [word for word in SECRETS if word in clean] == []
    before, after = Image.open(io.BytesIO(octets)), Image.open(io.BytesIO(clean))
    assert after.tobytes() == before.tobytes()
    assert after.info["icc_profile"] == before.info["icc_profile"]
    assert dict(after.getexif()) == ({} if orientation == 1 else {0x0112: orientation})
    assert ImageOps.exif_transpose(after).tobytes() == ImageOps.exif_transpose(before).tobytes()
    assert without_metadata(clean) is clean


def test_a_jpeg_keeps_what_its_colours_need():
    """CMYK of a scanner: Adobe's segment says how to read it."""
    buffer = io.BytesIO()
    Image.new("CMYK", (8, 8), (10, 20, 30, 40)).save(buffer, "JPEG", comment=b"commentaire prive")
    clean = without_metadata(buffer.getvalue())
    assert b"commentaire" not in clean
    assert Image.open(io.BytesIO(clean)).tobytes() == Image.open(buffer).tobytes()


_PICTURES = {kind: picture(kind) for kind in ("JPEG", "PNG", "WEBP")}


@given(st.sampled_from(["JPEG", "PNG", "WEBP"]), st.data())
@settings(max_examples=200, deadline=None)
def test_broken_pictures_raise_nothing_and_are_not_made_worse(kind, data):
    """Octets cut and altered anywhere: cleaned, or left as they are."""
    octets = bytearray(_PICTURES[kind])
    for _ in range(data.draw(st.integers(0, 4))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    broken = bytes(octets[: data.draw(st.integers(0, len(octets)))])
    clean = without_metadata(broken)
    assert len(clean) <= len(broken) + 64
    assert isinstance(pixels(broken), int)
    assert not is_heif(broken)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_the_size_of_a_picture_is_read_without_decoding_it(kind):
    """A bomb says its size in its header; it goes nowhere and is never decoded."""
    for save in ({}, {"lossless": True}) if kind == "WEBP" else ({},):
        buffer = io.BytesIO()
        Image.new("RGB", (31, 17)).save(buffer, kind, **save)
        assert pixels(buffer.getvalue()) == 31 * 17
    bomb = bytearray(_PICTURES["PNG"])
    bomb[16:24] = struct.pack(">II", 60_000, 60_000)
    named = Attachment(name="p.png", type="image/png", size=1, sha256="x")
    assert problem_of(named, bytes(bomb)) == "picture"


@pytest.mark.parametrize(
    "octets", [b"", b"\xff\xd8\xff", b"\xff\xd8\xff\xe1\x00\x01", b"\xff\xd8\xff\xe1\xff\xff" + b"x" * 9]
)
def test_an_odd_picture_raises_nothing(octets):
    """Whatever follows the first octets of a JPEG."""
    assert without_metadata(octets) == octets


def test_12_a_detached_signature_is_no_attachment():
    """smime.p7s is dropped; the rest keeps its place."""
    mail = (
        b"From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
        b"--x\r\nContent-Type: text/plain\r\n\r\nbonjour\r\n"
        b'--x\r\nContent-Type: application/pkcs7-signature; name="smime.p7s"\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n'
        b'--x\r\nContent-Type: application/pdf; name="a.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0=\r\n--x--\r\n'
    )
    assert [a.name for a in examined(read(mail), lambda _: b"").message.attachments] == ["a.pdf"]


@cache
def gif_film() -> bytes:
    """Two pictures one after the other, with a comment and a repetition."""
    buffer = io.BytesIO()
    frames = [Image.new("RGB", (30, 20), colour) for colour in ("red", "green")]
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:], loop=4, comment=b"Rue des Lilas")
    return buffer.getvalue()


@cache
def tiff_scan(pages: int = 2) -> bytes:
    """A scan of several pages, whose scanner says who, with what and where."""
    told = Image.Exif()
    told[0x010E], told[0x010F], told[0x013B] = "Dossier de Marie", "ScannerDuLot", "Zoe Durand"
    told[0x8298] = "Rue des Lilas"
    buffer = io.BytesIO()
    sheets = [Image.effect_noise((60, 40 + n), 90).convert("L") for n in range(pages)]
    sheets[0].save(buffer, "TIFF", save_all=True, append_images=sheets[1:], exif=told, compression="tiff_lzw")
    return buffer.getvalue()


def test_12_a_gif_loses_its_comment_and_stays_a_film():
    """Frame for frame the same, as often as before."""
    octets = gif_film()
    clean = without_metadata(octets)
    assert b"Lilas" in octets and b"Lilas" not in clean
    before, after = Image.open(io.BytesIO(octets)), Image.open(io.BytesIO(clean))
    assert (after.n_frames, after.info["loop"]) == (before.n_frames, 4) == (2, 4)
    for n in range(2):
        before.seek(n), after.seek(n)
        assert before.tobytes() == after.tobytes()
    assert without_metadata(clean) is clean


def test_12_a_tiff_loses_who_what_and_where_on_every_page():
    """Page for page the same; the file keeps its length, since it points from place to place."""
    octets = tiff_scan()
    clean = without_metadata(octets)
    for word in (b"Marie", b"ScannerDuLot", b"Durand", b"Lilas"):
        assert word in octets and word not in clean
    assert len(clean) == len(octets)
    before, after = Image.open(io.BytesIO(octets)), Image.open(io.BytesIO(clean))
    assert after.n_frames == before.n_frames == 2
    for n in range(2):
        before.seek(n), after.seek(n)
        assert before.tobytes() == after.tobytes()
    assert without_metadata(clean) is clean


def test_12_a_tiff_loses_the_place_it_was_taken_at():
    """The directory of GPS values is emptied with the values it points to; the entries that stay keep their order."""
    pointed = b"48/1 51/1 Rue des Lilas\0"
    entries = [(0x0100, 3, 1, 1), (0x8825, 4, 1, 50), (0x0112, 3, 1, 6)]
    entries.sort()
    head = b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", 3)
    head += b"".join(struct.pack("<HHII", *entry) for entry in entries) + struct.pack("<I", 0)
    place = struct.pack("<H", 1) + struct.pack("<HHII", 0x001D, 2, len(pointed), 68) + struct.pack("<I", 0)
    octets = head + place + pointed
    clean = without_metadata(octets)
    assert b"Lilas" not in clean and len(clean) == len(octets)
    assert struct.unpack_from("<H", clean, 8) == (2,)
    assert [struct.unpack_from("<H", clean, 10 + 12 * n)[0] for n in range(2)] == [0x0100, 0x0112]


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_12_a_gif_or_tiff_that_is_damaged_is_never_worse(data):
    """Cut or altered anywhere: nothing is raised, and a loop in its directories ends."""
    octets = bytearray(data.draw(st.sampled_from((gif_film(), tiff_scan()))))
    for _ in range(data.draw(st.integers(0, 4))):
        octets[data.draw(st.integers(6, len(octets) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(octets[: data.draw(st.integers(8, len(octets)))])
    assert isinstance(without_metadata(cut), bytes)
