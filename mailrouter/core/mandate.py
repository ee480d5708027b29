"""A form to print and sign, as PDF: laid out from the blocks of a template's notation. Pure: the same blocks, language,
day and fonts give the same octets.

Tagged (ISO 32000-1, 14.8): each block is a heading or a paragraph of the structure tree, in reading order, the language
and the title are set and shown. fpdf2 tags only its figures by itself, hence `_Tagged`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from mailrouter.core.compose.notation import Block, Line

if TYPE_CHECKING:
    from fpdf import FPDF

MARGIN: Final = 18.0  # millimetres, as everything here
LABEL: Final = 58.0
BOX: Final = 26.0
SIZE: Final = 10.0  # points
SIZES: Final = {"title": 16.0, "heading": 12.0}
ROLES: Final = {"title": "/H1", "heading": "/H2"}
FAMILY: Final = "form"


class Fonts(NamedTuple):
    """TrueType octets. They must hold the letters of people's names: PDF's own fonts know Latin-1 only."""

    regular: bytes
    bold: bytes


def form(blocks: Iterable[Block], *, title: str, language: str, at: datetime, fonts: Fonts) -> bytes:
    """The PDF, one or more A4 pages. `at` (aware) becomes its date; a fact without a value becomes a line to write on,
    a message an empty box under its label, for a signature."""
    pdf = _document(title, language, at, fonts)
    for block in blocks:
        if block.kind != "footer":
            _block(pdf, block)
    return bytes(pdf.output())


def _document(title: str, language: str, at: datetime, fonts: Fonts) -> FPDF:
    """Loaded here: the library takes half a second to import, and few mails need it."""
    from fpdf import FPDF
    from fpdf.fonts import TTFFont
    from fpdf.prefs import ViewerPreferences

    pdf = FPDF(format="A4")
    for style, octets in (("", fonts.regular), ("B", fonts.bold)):
        key = f"{FAMILY}{style}"
        # The same as add_font, which takes the name of a file only.
        pdf.fonts[key] = TTFFont(pdf, BytesIO(octets), key, style)  # type: ignore[arg-type]
    pdf.set_creation_date(at)
    pdf.set_title(title)
    pdf.set_lang(language)
    pdf.viewer_preferences = ViewerPreferences(display_doc_title=True)
    pdf.set_margin(MARGIN)
    pdf.set_auto_page_break(True, MARGIN)
    pdf.add_page()
    return pdf


def _block(pdf: FPDF, block: Block) -> None:
    if block.kind == "message":
        _box(pdf, block.text)
    elif block.kind == "facts":
        for row in block.rows:
            _fact(pdf, _text(row[0]), _text(row[1]) if len(row) > 1 else "")
        pdf.ln(2)
    else:
        if block.kind == "heading":
            pdf.ln(2)
        sign = "–  " if block.kind == "list" else ""
        for row in block.rows:
            _paragraph(pdf, sign + _text(row[0]), block.kind)
        pdf.ln(2)


def _paragraph(pdf: FPDF, text: str, kind: str) -> None:
    pdf.set_font(FAMILY, "B" if kind in SIZES or kind == "notice" else "", SIZES.get(kind, SIZE))
    height = SIZES.get(kind, SIZE) * 0.5
    with _tagged(pdf, ROLES.get(kind, "/P"), _height(pdf, text, height)):
        pdf.multi_cell(0, height, text, align="L", new_x="LMARGIN", new_y="NEXT")


def _fact(pdf: FPDF, label: str, value: str) -> None:
    """A label and what is known, or a line to write on."""
    pdf.set_font(FAMILY, "", SIZE)
    wide = pdf.w - 2 * MARGIN - LABEL
    with _tagged(pdf, "/P", _height(pdf, value, 7, wide)):
        pdf.cell(LABEL, 7, label)
        if value:
            pdf.set_font(FAMILY, "B", SIZE)
            pdf.multi_cell(wide, 7, value, align="L", new_x="LMARGIN", new_y="NEXT")
        else:
            pdf.line(MARGIN + LABEL, pdf.get_y() + 5.5, pdf.w - MARGIN, pdf.get_y() + 5.5)
            pdf.ln(7)


def _box(pdf: FPDF, label: str) -> None:
    """Room for a signature."""
    pdf.set_font(FAMILY, "", SIZE)
    with _tagged(pdf, "/P", BOX):
        top = pdf.get_y()
        pdf.rect(MARGIN, top, pdf.w - 2 * MARGIN, BOX - 4)
        pdf.set_xy(MARGIN + 2, top + 2)
        pdf.multi_cell(pdf.w - 2 * MARGIN - 4, 5, label, align="L", new_x="LMARGIN", new_y="NEXT")
        pdf.set_xy(MARGIN, top + BOX)


def _height(pdf: FPDF, text: str, height: float, wide: float = 0) -> float:
    lines: Any = pdf.multi_cell(wide, height, text or " ", align="L", dry_run=True, output="LINES")
    return height * len(lines)


@contextmanager
def _tagged(pdf: FPDF, role: str, height: float) -> Iterator[None]:
    """What is drawn inside is one element of the structure tree, on one page."""
    if pdf.will_page_break(height):
        pdf.add_page()
    mcid = pdf.struct_builder.next_mcid_for_page(pdf.page)
    pdf._add_marked_content(struct_type=role, mcid=mcid)
    pdf._out(f"{role} <</MCID {mcid}>> BDC")
    yield
    pdf._out("EMC")


def _text(line: Line) -> str:
    return "".join(span.text for span in line)
