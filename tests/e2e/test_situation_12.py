"""DOMAIN.md, situation 12: files, through the whole service."""

from __future__ import annotations

import io
import os
import time

from PIL import Image
from reading_room import link_in, room
from town import CLAIRE, ZOE

from mailrouter.reading import Readers


def files_of(letter) -> dict[str, tuple[str, bytes]]:
    """Name: (type, octets) of a letter's attachments."""
    parts = letter.message.iter_attachments()
    return {p.get_filename(): (p.get_content_type(), p.get_payload(decode=True)) for p in parts}


def photo() -> bytes:
    """A phone's picture: HEIC, with device and place."""
    from pillow_heif import register_heif_opener

    register_heif_opener()
    told = Image.Exif()
    told[0x010F] = "TelephoneDeZoe"
    told.get_ifd(0x8825)[29] = "Rue des Lilas"
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), "green").save(buffer, "HEIF", exif=told)
    return buffer.getvalue()


def test_12_a_photo_of_a_phone_arrives_as_jpeg_without_place(town):
    """The agent gets what every office opens; what the phone wrote into it is gone, from the store too."""
    opened = town.open_case(files=[("IMG_0042.HEIC", photo(), "image/heic")])
    ((name, (kind, octets)),) = files_of(opened.to(CLAIRE)).items()
    assert (name, kind) == ("IMG_0042.jpg", "image/jpeg")
    assert Image.open(io.BytesIO(octets)).size == (64, 48)
    assert b"TelephoneDeZoe" not in octets and b"Lilas" not in octets
    (file,) = town.case().messages[0].files
    assert (file.name, file.type, file.size) == ("IMG_0042.jpg", "image/jpeg", len(octets))


def test_12_a_picture_that_takes_too_long_costs_its_child_not_the_mail(town, monkeypatch):
    """A real child: killed at its limit, the picture is told to its sender, text and other file go on."""
    readers = Readers(children=1)
    try:
        assert Image.open(io.BytesIO(readers.picture(photo()))).format == "JPEG"
        assert readers.picture(b"\0\0\0\x18ftypheic" + os.urandom(5000)) == b""
        monkeypatch.setattr("mailrouter.reading.PICTURE_LIMIT", 0.0)
        started = time.monotonic()
        town.app.worker.readers = readers
        files = [("IMG_1.HEIC", photo(), "image/heic"), ("a.pdf", b"%PDF-1.7 a", "application/pdf")]
        opened = town.open_case(files=files)
        assert time.monotonic() - started < 20
        assert list(files_of(opened.to(CLAIRE))) == ["a.pdf"]
        assert "IMG_1.HEIC" in opened.to(ZOE, "files").text and "JPEG" in opened.to(ZOE, "files").text
        assert readers.read(b"From: a@b.example\r\n\r\nBonjour").message.visible == "Bonjour"
    finally:
        readers.close()


def test_12_above_seven_megabytes_the_files_are_on_the_page(tmp_path):
    """The mail brings the text and the way to the files; two of five megabytes each are too much together."""
    large = [(f"piece{n}.pdf", b"%PDF-1.7 " + os.urandom(4_000_000), "application/pdf") for n in (1, 2)]
    with room(tmp_path) as house:
        opened = house.place.open_case("Voici les pièces.", to="lot+msa@aplus.example", files=large)
        (to,) = [x for x in opened.letters if x.to == "emilie.bouyssou@msa-occitanie.example"]
        assert "Voici les pièces." in to.text and files_of(to) == {}
        assert "Vous les trouvez sur la page sécurisée" in to.text
        assert ("files", ZOE) not in [(t, a) for a, t in opened.sent()]
        browser = house.let_in(link_in(to), to.to)
        page = browser.get(link_in(to))
        assert "piece1.pdf" in page.text and "piece2.pdf" in page.text
        assert browser.get(f"{link_in(to)}/fichier/0/1").content == large[1][1]


def test_12_without_a_page_too_large_files_are_told_to_everybody(town):
    """Nothing vanishes without a word: recipients read that files are missing, the sender what works instead."""
    large = [(f"piece{n}.pdf", b"%PDF-1.7 " + os.urandom(4_000_000), "application/pdf") for n in (1, 2)]
    opened = town.open_case("Voici les pièces.", files=large)
    assert files_of(opened.to(CLAIRE)) == {}
    assert "trop volumineux pour un courriel et ne vous ont pas été envoyés" in opened.to(CLAIRE).text
    told = opened.to(ZOE, "files")
    assert "piece1.pdf" in told.text and "piece2.pdf" in told.text and "trop volumineux" in told.text
