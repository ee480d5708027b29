"""Guarantee: what a person wrote is never notation: no link, heading, row or footer can come out of a value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailrouter.core.compose.notation import Block, Span, marked, read
from mailrouter.core.compose.plain import text_of

SIGNS = ["# titre", "## titre", "- point", "> cité", "| a | b", "= a | b | c", "! attention", "~ Nom :", "--"]
INSIDE = ["**gras**", "[ici](https://piege.example/)", " | ", "\ue000x\ue001", "<b>x</b>", "{{ 7 * 7 }}"]


@pytest.mark.parametrize("value", SIGNS + INSIDE)
def test_a_value_is_shown_as_it_is_wherever_it_stands(value):
    shown = value.replace("\ue000", "").replace("\ue001", "")
    value = marked(value)
    assert read(value) == (Block("paragraph", (((Span(shown),),),)),)
    assert read(f"# {value}") == (Block("title", (((Span(shown),),),)),)
    assert read(f"| {value} | {value}") == (Block("facts", (((Span(shown),), (Span(shown),)),)),)
    assert read(f"**{value}**") == (Block("paragraph", (((Span(shown, strong=True),),),)),)


@given(st.text(max_size=60))
def test_any_value_gives_one_paragraph_of_its_own_words(text):
    blocks = read(marked(text))
    assert [b.kind for b in blocks] == ["paragraph"]
    (span,) = blocks[0].rows[0][0] or (Span(""),)
    assert span.href == "" and not span.strong
    assert "\n" not in span.text


@given(st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=60))
def test_a_message_keeps_its_lines(text):
    """Whatever it holds; a line or paragraph separator (U+2028, U+2029) is read as the end of a line."""
    (block,) = read("> " + marked(f"{text}\r\n\n\x00# {text}"))
    assert block == Block("message", text=f"{text}\n\n# {text}")


def test_blocks_are_what_the_page_says():
    source = "# Un\n\nDeux\ntrois **quatre**\n\n## Cinq\n\n- a\n- b\n\n! six\n\n~ Nom :\n\n= m | d | mailto:x@y | l\n\n--\n\nsept"
    assert [b.kind for b in read(source)] == [
        "title",
        "paragraph",
        "heading",
        "list",
        "notice",
        "form",
        "acts",
        "footer",
        "paragraph",
    ]
    assert text_of(read(source), " : ") == (
        "Un\n\nDeux trois quatre\n\nCinq\n\n- a\n- b\n\nsix\n\nNom :\n\n- m : d\n\nsept\n"
    )


def test_a_link_says_where_it_leads_but_not_the_ready_made_words():
    source = "[écrire](mailto:lot@aplus.example) [agir](mailto:lot@aplus.example?body=ok) [voir](https://x.example/)"
    assert text_of(read(source), " : ") == (
        "écrire : lot@aplus.example agir : lot@aplus.example voir : https://x.example/\n"
    )
