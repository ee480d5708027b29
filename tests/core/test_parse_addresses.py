"""Who wrote: exactly one author, or a code that says why nobody can tell."""

from __future__ import annotations

import pytest

from mailrouter.core.mail.read import read
from mailrouter.core.mail.wire.mailboxes import address_field, addresses, author_field
from mailrouter.core.model import Mailbox

ZOE = ("z@x.example", "Zoé")


@pytest.mark.parametrize(
    ("value", "found", "defects"),
    [
        ("", [], []),
        ("z@x.example", [("z@x.example", "")], []),
        ("<z@X.EXAMPLE>", [("z@x.example", "")], []),
        ("Zoé <z@x.example>", [ZOE], []),
        ('"Zoé" <z@x.example>', [ZOE], []),
        ("=?utf-8?q?Zo=C3=A9?= <z@x.example>", [ZOE], []),
        ('"=?utf-8?q?Zo=C3=A9?=" <z@x.example>', [ZOE], []),
        ("z@x.example (Zoé)", [ZOE], []),
        ("CAF 46 (Lot) <caf@x.example>", [("caf@x.example", "CAF 46 (Lot)")], []),
        ("Jean M. Dupont <j@x.example>", [("j@x.example", "Jean M. Dupont")], []),
        (
            '"Durand, Zoé" <z@x.example>, b@y.example',
            [("z@x.example", "Durand, Zoé"), ("b@y.example", "")],
            [],
        ),
        ("Durand, Zoé <z@x.example>", [("z@x.example", "Durand, Zoé")], []),
        (
            "D'Arc, Jeanne <j@x.example>, b@y.example",
            [("j@x.example", "D'Arc, Jeanne"), ("b@y.example", "")],
            [],
        ),
        ("a@x.example; b@y.example", [("a@x.example", ""), ("b@y.example", "")], []),
        ("Équipe : a@x.example, B <b@y.example>;", [("a@x.example", ""), ("b@y.example", "B")], []),
        ("undisclosed-recipients:;", [], []),
        ('"a\\"b" <z@x.example>', [("z@x.example", 'a"b')], []),
        ('"a b"@x.example', [('"a b"@x.example', "")], []),
        ("z@[192.0.2.1]", [("z@[192.0.2.1]", "")], []),
        ("zoé@exämple.example", [("zoé@exämple.example", "")], []),
        (
            "bon@x.example, pas une adresse, Zoé <z@x.example>",
            [("bon@x.example", ""), ("z@x.example", "pas une adresse, Zoé")],
            [],
        ),
        ("postmaster", [], ["address-syntax"]),
        ("Zoé <z@x.example", [ZOE], ["address-syntax"]),
        ("a@x.example <b@y.example>", [("a@x.example", ""), ("b@y.example", "")], ["address-syntax"]),
        ("x" * 2000 + "@x.example", [], ["address-unreadable"]),
        ("(" * 100 + "z@x.example", [], ["address-unreadable"]),
    ],
)
def test_address_fields_are_read_item_by_item(
    value: str, found: list[tuple[str, str]], defects: list[str]
) -> None:
    field = address_field(value)
    assert [(box.address, box.name) for box in field.mailboxes] == found
    assert list(field.defects) == defects
    assert addresses(value) == field.mailboxes


@pytest.mark.parametrize(
    ("value", "found", "defects"),
    [
        ("Zoé <z@x.example>", [ZOE], []),
        ("Durand, Zoé <z@x.example>", [("z@x.example", "Durand, Zoé")], []),
        ("z@x.example (Zoé)", [ZOE], []),
        ("z@x.example <z@x.example>", [("z@x.example", "")], []),
        ("a@x.example, b@y.example", [("a@x.example", ""), ("b@y.example", "")], ["from-several"]),
        ("a@x.example <b@y.example>", [("b@y.example", ""), ("a@x.example", "")], ["from-several"]),
        (
            "a@x.example b@y.example",
            [("a@x.example", ""), ("b@y.example", "")],
            ["from-syntax", "from-several"],
        ),
        (
            "Équipe: a@x.example, b@y.example;",
            [("a@x.example", ""), ("b@y.example", "")],
            ["from-several", "from-group"],
        ),
        ("Équipe: a@x.example;", [("a@x.example", "")], ["from-group"]),
        ("undisclosed:;", [], ["from-none", "from-group"]),
        ("Zoé z@x.example>", [("z@x.example", "")], ["from-syntax"]),
        ("MAILER-DAEMON", [], ["from-none"]),
        ("", [], ["from-none"]),
        ('"b@y.example" <a@x.example>', [("a@x.example", "b@y.example")], ["display-name-address"]),
        ('"a@x.example" <a@x.example>', [("a@x.example", "a@x.example")], []),
        (
            "=?utf-8?q?b=40y=2Eexample?= <a@x.example>",
            [("a@x.example", "b@y.example")],
            ["display-name-address"],
        ),
        (
            "MAILER-DAEMON@x.example (Mail Delivery System)",
            [("MAILER-DAEMON@x.example", "Mail Delivery System")],
            [],
        ),
        ("Mail Delivery Subsystem <MAILER-DAEMON>", [], ["from-none"]),
        ("(" * 60 + " <a@x.example>", [], ["from-unreadable", "from-none"]),
        ("a" * 5000 + "@x.example", [], ["from-unreadable", "from-none"]),
    ],
)
def test_an_author_is_one_mailbox_for_both_readers_or_a_defect(
    value: str, found: list[tuple[str, str]], defects: list[str]
) -> None:
    field = author_field(value)
    assert [(box.address, box.name) for box in field.mailboxes] == found
    assert list(field.defects) == defects


@pytest.mark.parametrize(
    ("head", "author", "defects"),
    [
        ("From: Zoé <z@x.example>", Mailbox(address="z@x.example", name="Zoé"), ("header-8bit",)),
        ("From: z@x.example\nFrom: z@x.example", None, ("from-duplicate",)),
        ("From: z@x.example\nFrom: b@y.example", None, ("from-duplicate", "from-several")),
        ("From: z@x.example, b@y.example", None, ("from-several",)),
        ("From: z@x.example <b@y.example>", None, ("from-several",)),
        ("From: Zo z@x.example>", None, ("from-syntax",)),
        ("Subject: x", None, ("from-none",)),
        ("From: E: z@x.example;", None, ("from-group",)),
        (
            'From: "b@y.example" <z@x.example>',
            Mailbox(address="z@x.example", name="b@y.example"),
            ("display-name-address",),
        ),
    ],
)
def test_nothing_has_an_author_unless_there_is_exactly_one(
    head: str, author: Mailbox | None, defects: tuple[str, ...]
) -> None:
    message = read(f"{head}\nTo: lot@aplus.example\n\nx\n".encode()).message
    assert (message.author, message.defects) == (author, defects)


def test_what_the_display_name_shows_is_never_the_author() -> None:
    value = "=?utf-8?q?=22Claire=22_=3Cclaire=40caf=2Eexample=3E=2C?= <autre@x.example>"
    assert [box.address for box in author_field(value).mailboxes] == ["autre@x.example"]
