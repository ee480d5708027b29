"""DOMAIN.md, situation 12: files, through the whole service."""

from __future__ import annotations

import io
import os
import time

from PIL import Image
from reading_room import link_in, room
from town import CLAIRE, EMILIE, ZOE

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


EML = (
    "Re dossier Martin.eml",
    b"From: x@y.example\r\nSubject: Martin\r\n\r\nSecret de M. Martin",
    "application/octet-stream",
)


def test_12_a_mail_inside_a_mail_goes_on_only_by_its_senders_word(town):
    """Answer and aidant's message wait for `envoyer`; anything else sends nothing."""
    opened = town.open_case()
    for author, reader in ((CLAIRE, ZOE), (ZOE, CLAIRE)):
        held = town.answer(author, opened.to(author), "Voici l'échange.", files=[EML])
        assert (held.disposition, held.rule) == ("held", "ask:messages-attached")
        assert [x.to for x in held.letters] == [author]
        assert "d'autres messages en pièces jointes" in held.letters[0].text
        unsure = town.answer(author, held.to(author), "je ne sais pas", quote=False)
        assert [x.to for x in unsure.letters] == [author]
        sent = town.answer(author, held.to(author), "envoyer", quote=False)
        assert "Voici l'échange." in sent.to(reader).text
        (name,) = files_of(sent.to(reader))
        assert name == "Re dossier Martin.eml"
        assert b"Secret de M. Martin" in files_of(sent.to(reader))[name][1]


def test_12_a_mail_inside_the_first_mail_waits_too(town):
    """Nothing is opened until the aidant says so; then the case has it."""
    town.open_case()
    held = town.open_case("Je vous transfère son message.", files=[EML])
    assert (held.disposition, held.rule, held.sent()) == (
        "held",
        "ask:messages-attached",
        [(ZOE, "held-ask")],
    )
    sent = town.answer(ZOE, held.to(ZOE), "envoyer", quote=False)
    assert list(files_of(sent.to(CLAIRE))) == [EML[0]]


def test_12_an_act_does_not_wait_for_the_mail_inside_it(town):
    """`traité` is done; the mail inside stays behind, and its sender is told."""
    opened = town.open_case()
    done = town.answer(CLAIRE, opened.to(CLAIRE), "traité\nTout est réglé.", files=[EML])
    assert done.rule == "act:done"
    assert "Re dossier Martin.eml" in done.to(CLAIRE, "files").text
    assert all(files_of(x) == {} for x in done.letters)


def test_12_pictures_of_before_reach_later_invitees_only_by_the_aidants_word(town):
    """The CPAM, invited later, gets text and PDF; the aidant is asked; `envoyer` sends the picture to the CPAM alone."""
    jpeg = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(jpeg, "JPEG")
    files = [("bail.jpg", jpeg.getvalue(), "image/jpeg"), ("bail.pdf", b"%PDF-1.7 bail", "application/pdf")]
    opened = town.open_case(files=files)
    assert sorted(files_of(opened.to(CLAIRE))) == ["bail.jpg", "bail.pdf"]
    town.pass_time(hours=1)
    invited = town.answer(ZOE, opened.to(ZOE), "inviter MSA")
    assert list(files_of(invited.to(EMILIE))) == ["bail.pdf"]
    asked = invited.to(ZOE, "held-ask")
    assert "MSA" in asked.text and "Faut-il les envoyer ?" in asked.text
    sent = town.answer(ZOE, asked, "envoyer", quote=False)
    assert sent.sent() == [(EMILIE, "message")]
    assert files_of(sent.to(EMILIE)) == {"bail.jpg": ("image/jpeg", jpeg.getvalue())}
    again = town.answer(ZOE, asked, "envoyer", quote=False)
    assert (again.rule, again.sent()) == ("question-over", [])


def test_12_nobody_is_asked_about_pictures_of_who_was_there_from_the_start(town):
    """Organisations asked together, and a case completed later, get everything at once."""
    jpeg = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(jpeg, "JPEG")
    both = ["lot+caf@aplus.example", "lot+msa@aplus.example"]
    opened = town.open_case(to=both, files=[("bail.jpg", jpeg.getvalue(), "image/jpeg")])
    assert [list(files_of(opened.to(who))) for who in (CLAIRE, EMILIE)] == [["bail.jpg"], ["bail.jpg"]]
    assert "held-ask" not in {t for _, t in opened.sent()}
