"""Pictures in the text of a mail (Situations 12): what somebody pasted to show goes on, a signature's logo does not."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from story import well
from town import CLAIRE, JULIEN, ZOE


def picture(width: int, height: int, kind: str = "PNG") -> bytes:
    """A picture of that many pixels."""
    buffer = io.BytesIO()
    Image.effect_noise((width, height), 60).convert("RGB").save(buffer, kind)
    return buffer.getvalue()


def pasted(town, author, letter, text, pictures, below="Claire Martin"):
    """A mail as Outlook writes it: the plain text says "[cid:…]" where the HTML has the picture."""
    where = "\n".join(f"[cid:{name}@01DA]" for name, _ in pictures)
    message = town.letter(
        author, letter.reply_to, f"RE: {letter.subject}", f"{text}\n{where}\n\n{below}\n", answers=letter
    )
    images = "".join(f'<p><img src="cid:{name}@01DA"></p>' for name, _ in pictures)
    message.add_alternative(f"<p>{text}</p>{images}<p>{below}</p>", subtype="html")
    html = message.get_payload()[1]
    for name, octets in pictures:
        html.add_related(octets, "image", "png", cid=f"<{name}@01DA>", filename=name, disposition="inline")
    return town.send(message)


def files_of(letter):
    return [part.get_filename() for part in letter.message.iter_attachments()]


def test_12_a_screenshot_goes_on_and_a_logo_does_not(town):
    """Both stand in the text; one is what the agent wants to show. No mark of the client is read by anybody."""
    opened = town.open_case()
    shown = [("image001.png", picture(900, 500)), ("image002.png", picture(180, 70))]
    out = pasted(town, CLAIRE, opened.to(CLAIRE), "Voici ce que je vois à l'écran :", shown)
    answer = out.to(ZOE, "answer")
    assert files_of(answer) == ["image001.png"]
    assert "[image001.png]" in answer.text and "cid:" not in answer.text
    well(town)


@pytest.mark.parametrize(("width", "height", "goes"), [(900, 110, True), (200, 60, False), (64, 64, False)])
def test_12_a_strip_of_a_screen_goes_on_where_the_text_points_at_it(town, width, height, goes):
    """A captured line of a table is no icon."""
    opened = town.open_case()
    out = pasted(
        town, ZOE, opened.to(ZOE), "La ligne qui bloque :", [("image003.png", picture(width, height))]
    )
    assert files_of(out.to(CLAIRE, "message")) == (["image003.png"] if goes else [])


def test_12_a_banner_is_sent_once_and_makes_no_text_of_an_act(town):
    """A large picture of a signature comes with each mail; on a case it goes on the first time only."""
    opened = town.open_case()
    banner = [("image009.png", picture(700, 260))]
    first = pasted(town, CLAIRE, opened.to(CLAIRE), "Le dossier avance.", banner)
    assert files_of(first.to(ZOE, "answer")) == ["image009.png"]
    second = pasted(town, CLAIRE, opened.to(CLAIRE), "Le rappel part vendredi.", banner)
    assert files_of(second.to(ZOE, "answer")) == []
    third = pasted(town, CLAIRE, opened.to(CLAIRE), "traité", banner)
    assert third.sent() == [(ZOE, "asked-to-close")]


def test_12_a_logo_beside_an_act_is_no_answer(town):
    """`traité` above a signature with its logo: one mail, to the aidant."""
    opened = town.open_case()
    out = pasted(town, CLAIRE, opened.to(CLAIRE), "traité", [("image001.png", picture(180, 70))])
    assert out.sent() == [(ZOE, "asked-to-close")]


@pytest.mark.parametrize(
    ("name", "kind", "octets"),
    [
        ("IMG_0123.jpeg", "image/jpeg", picture(1200, 900, "JPEG")),
        ("bail.pdf", "application/pdf", b"%PDF-1.7 b"),
    ],
)
def test_12_what_a_phone_sends_inline_is_a_file(town, name, kind, octets):
    """Apple Mail marks every attachment `inline`, with a Content-ID, PDF included."""
    opened = town.open_case()
    letter = opened.to(ZOE)
    message = town.letter(ZOE, letter.reply_to, f"Re: {letter.subject}", "Voici.", answers=letter)
    main, _, sub = kind.partition("/")
    message.add_attachment(
        octets, maintype=main, subtype=sub, filename=name, disposition="inline", cid="<4F2A@phone>"
    )
    out = town.send(message)
    assert files_of(out.to(JULIEN, "message")) == [name]
