"""Pictures through the library that decodes them: HEIC becomes JPEG, without what the phone wrote into it."""

from __future__ import annotations

import io
from email.message import EmailMessage

from PIL import Image

from mailrouter import pictures
from mailrouter.core.mail.enclosed.attached import examined
from mailrouter.core.mail.enclosed.metadata import is_heif
from mailrouter.core.mail.read import read
from mailrouter.pictures import jpeg_of


def heic(width: int = 64, height: int = 48, **exif) -> bytes:
    """A HEIC picture, as a phone writes it."""
    from pillow_heif import register_heif_opener

    register_heif_opener()
    told = Image.Exif()
    told[0x010F] = "TelephoneDeZoe"
    told.get_ifd(0x8825)[29] = "Rue des Lilas"
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "green").save(buffer, "HEIF", exif=told, quality=60)
    return buffer.getvalue()


def test_12_heic_becomes_jpeg_without_place_and_device():
    """What phones write and offices cannot open; the colours stay."""
    octets = heic()
    assert is_heif(octets) and b"TelephoneDeZoe" in octets
    made = jpeg_of(octets)
    shown = Image.open(io.BytesIO(made))
    assert (shown.format, shown.size) == ("JPEG", (64, 48))
    red, green, blue = shown.getpixel((30, 20))
    assert red < 30 and 100 < green < 160 and blue < 30
    assert b"TelephoneDeZoe" not in made and b"Lilas" not in made and not shown.getexif()


def test_12_avif_becomes_jpeg_too():
    """The same container with another picture inside, which as few offices can open."""
    told = Image.Exif()
    told[0x010F] = "TelephoneDeZoe"
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), "green").save(buffer, "AVIF", exif=told, quality=60)
    octets = buffer.getvalue()
    assert is_heif(octets) and b"TelephoneDeZoe" in octets
    made = jpeg_of(octets)
    shown = Image.open(io.BytesIO(made))
    assert (shown.format, shown.size) == ("JPEG", (64, 48))
    assert b"TelephoneDeZoe" not in made and not shown.getexif()


def test_12_heic_that_cannot_be_converted_is_told(monkeypatch):
    """Cut short, altered, or over the budget of pixels, which is asked before anything is decoded."""
    octets = heic()
    assert jpeg_of(octets[: len(octets) // 2]) is None
    monkeypatch.setattr(pictures, "PIXELS", 64 * 48 - 1)
    assert jpeg_of(octets) is None


def test_12_files_of_a_mail_are_judged_converted_and_named():
    """Each gets its own verdict; the twenty-first HEIC of one mail is not converted."""
    octets = heic()
    sent = EmailMessage()
    sent["From"] = "a@b.example"
    sent.set_content("Voici.")
    for n in range(21):
        sent.add_attachment(octets + bytes([n]), maintype="image", subtype="heic", filename=f"IMG_{n}.HEIC")
    sent.add_attachment(jpeg(), maintype="image", subtype="jpeg", filename="photo.jpg")
    found = examined(read(sent.as_bytes()), lambda o: b"\xff\xd8\xff made of " + o[-1:])
    shown = [(a.name, a.type, a.problem) for a in found.message.attachments]
    assert shown[0] == ("IMG_0.jpg", "image/jpeg", "")
    assert shown[20] == ("IMG_20.HEIC", "image/heic", "picture")
    assert shown[21] == ("photo.jpg", "image/jpeg", "")
    assert found.files[found.message.attachments[5].sha256] == b"\xff\xd8\xff made of \x05"
    assert b"TelephoneDeZoe" not in found.files[found.message.attachments[21].sha256]


def jpeg() -> bytes:
    """A JPEG with its device."""
    told = Image.Exif()
    told[0x010F] = "TelephoneDeZoe"
    buffer = io.BytesIO()
    Image.new("RGB", (9, 5), "red").save(buffer, "JPEG", exif=told)
    return buffer.getvalue()


def test_after_three_failures_no_further_picture_of_the_mail_is_tried():
    """Each may have cost its whole time; the mail must not wait for twenty of them."""
    sent, tried = EmailMessage(), []
    sent["From"] = "a@b.example"
    sent.set_content("Voici.")
    for n in range(6):
        sent.add_attachment(heic() + bytes([n]), maintype="image", subtype="heic", filename=f"{n}.HEIC")
    found = examined(read(sent.as_bytes()), lambda octets: tried.append(octets) or b"")
    assert [a.problem for a in found.message.attachments] == ["picture"] * 6
    assert len(tried) == 3
