"""Guarantee: header fields say exactly what they must in any reader, and nothing can be injected into them."""

from email import message_from_bytes
from email.policy import default

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailrouter.core.compose import headers
from mailrouter.core.mail.wire.parse import parse
from mailrouter.core.model import Mailbox

# Names as people type them into directories and mail clients.
NAMES = [
    ("Zoé Durand", "Zoé Durand"),
    ("  Zoé   DURAND ", "Zoé DURAND"),
    ('Jean "Jeannot" O\'Neill', "Jean Jeannot O'Neill"),
    ("Durand, Zoé", "Durand Zoé"),
    ("Zoé <zoe@ailleurs.example>", "Zoé zoe ailleurs.example"),
    ("Zoé\r\nBcc: x@y.example", "Zoé Bcc x y.example"),
    ("Zoé\u202e\u200bDurand", "Zoé Durand"),
    ("Nguyễn Thị Minh Khai", "Nguyễn Thị Minh Khai"),
    ("", ""),
    ("\x00\x07", ""),
    ("é" * 200, "é" * 70),
]


@pytest.mark.parametrize(("written", "shown"), NAMES)
def test_names_of_people_hold_nothing_that_could_be_read_as_an_address(written, shown):
    assert headers.person_name(written) == shown


def read_back(name: str, value: str):
    octets = headers.field(name, value).encode() + b"\r\n\r\n"
    return message_from_bytes(octets, policy=default)[name]


@settings(deadline=None)  # the first call loads the reader
@given(st.text(max_size=120).map(headers.person_name))
def test_any_name_comes_back_from_a_header_as_it_was(name):
    shown = f"{name} (CAF du Lot) via Administration+".strip()
    # Read by our own reader: the standard library's keeps the blank between two encoded words of a phrase.
    octets = headers.field("From", headers.mailbox(shown, "lot@aplus.example")).encode() + b"\r\n\r\n"
    assert parse(octets).authors == (Mailbox(address="lot@aplus.example", name=shown),)


@given(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=200))
def test_any_subject_comes_back_and_its_lines_are_short(subject):
    value = headers.text(subject)
    assert read_back("Subject", value) == subject
    lines = headers.field("Subject", value).split("\r\n")
    assert max(map(len, lines)) <= 76
    assert all(line.startswith(" ") for line in lines[1:])


@pytest.mark.parametrize("bad", ["a\nb", "a\rb", "a\r\nBcc: x@y", "a\x00b", "a\x85b", "a\u2028b", "a\ud800b"])
def test_a_control_character_is_refused_in_every_value(bad):
    with pytest.raises(ValueError, match="control character in the Subject field"):
        headers.field("Subject", bad)


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "zoe",
        "@x.example",
        "zoe@",
        "a b@x.example",
        "<a@x.example>",
        "a@x.example,b@y.example",
        "a@x\n.example",
    ],
)
def test_what_is_no_address_is_never_written_to(bad):
    with pytest.raises(ValueError, match="not an address"):
        headers.mailbox("", bad)


def test_a_thread_keeps_its_first_and_newest_messages_oldest_first():
    ids = [f"<{n}@x.example>" for n in range(30)]
    fields = dict(headers.thread_fields([*ids, ids[-1], "not an id", "<a b@x>", "<\r\nBcc: y@z>"]))
    assert fields["In-Reply-To"] == "<29@x.example>"
    assert fields["References"].split() == ["<0@x.example>", *ids[11:]]
    assert headers.thread_fields(["", "nothing"]) == []


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("/etc/passwd", "passwd"),
        ("C:\\Users\\zoe\\relevé.pdf", "relevé.pdf"),
        ("..", "document"),
        ("", "document"),
        ("a\r\nb\u202e.pdf", "ab.pdf"),
        ("x" * 300 + ".pdf", "x" * 110 + ".pdf"),
    ],
)
def test_a_files_name_is_data_and_never_a_path(name, written):
    assert headers.file_name(name) == written


@given(st.text(max_size=200))
def test_any_file_name_comes_back_from_its_parameter(name):
    kept = headers.file_name(name)
    head = f"Content-Disposition: attachment;\r\n {headers.parameter('filename', kept)}"
    part = message_from_bytes(head.encode() + b"\r\n\r\n", policy=default)
    assert part.get_filename() == kept
    assert max(map(len, head.split("\r\n"))) <= 78


def test_the_list_of_a_case_is_named_by_its_number():
    value = headers.list_id("Administration+ 2026-004217-S", "2026-004217-s.aplus.example")
    assert value == '"Administration+ 2026-004217-S" <2026-004217-s.aplus.example>'
