"""`directory import`: what a CSV changes in the files, with comments and layout kept, or the lines that are wrong."""

from __future__ import annotations

from difflib import unified_diff

import pytest

from mailrouter.core.policy.importing import plan_import

LOT = """\
# The Lot.
territory: lot
default: ask
groups:
  caf-lot:
    organisation: CAF   # since January
    mailbox: "bal@caf46.example"
    readers_agreed: 2026-01-15
    members: [claire@caf46.example, julien@caf46.example]
    managers: [chef@caf46.example]
  fs-lot: { organisation: FS }
"""
PEOPLE = """\
people:
  # helpers first
  - { address: zoe@cahors.example, name: Zoé, aliases: [z@cahors.example] }

  - address: claire@caf46.example
    name: 'Claire'  # in charge of housing
  - { address: julien@caf46.example, name: Julien }
"""
FILES = {"routing/lot.yaml": LOT, "routing/people.yaml": PEOPLE}


def changed(table: str, files: dict[str, str] = FILES) -> tuple[list[str], list[str]]:
    """(changes, changed lines of the files) of an import without faults."""
    plan = plan_import(files, "in.csv", table)
    assert plan.faults == ()
    lines = [
        line.rstrip("\n")
        for name in sorted(plan.texts)
        for line in unified_diff(
            files.get(name, "").splitlines(keepends=True), plan.texts[name].splitlines(keepends=True), n=0
        )
        if line[:1] in "+-" and line[:3] not in ("+++", "---")
    ]
    return [str(change) for change in plan.changes], lines


def test_a_new_person_with_memberships() -> None:
    assert changed("address,name,aliases,groups,manages\nnew@caf46.example,Nouvelle,n@caf46.example;nn@caf46.example,caf-lot;fs-lot,caf-lot\n") == (
        [
            "add person new@caf46.example: Nouvelle",
            "change group caf-lot: members +new@caf46.example",
            "change group fs-lot: members +new@caf46.example",
            "change group caf-lot: managers +new@caf46.example",
        ],
        [
            "-    members: [claire@caf46.example, julien@caf46.example]",
            "-    managers: [chef@caf46.example]",
            "-  fs-lot: { organisation: FS }",
            "+    members: [claire@caf46.example, julien@caf46.example, new@caf46.example]",
            "+    managers: [chef@caf46.example, new@caf46.example]",
            "+  fs-lot: {organisation: FS, members: [new@caf46.example]}",
            "+  - {address: new@caf46.example, name: Nouvelle, aliases: [n@caf46.example, nn@caf46.example]}",
        ],
    )  # fmt: skip


def test_only_what_differs_changes_and_empty_cells_change_nothing() -> None:
    table = "address;name;language;phone;groups\nClaire@caf46.example;Claire Martin;;05 65 00 00 01;\nz@cahors.example;Zoé;;;\n"
    assert changed(table) == (
        ["change person claire@caf46.example: name Claire -> Claire Martin, phone (none) -> 05 65 00 00 01"],
        [
            "-    name: 'Claire'  # in charge of housing",
            "+    name: 'Claire Martin' # in charge of housing",
            "+    phone: 05 65 00 00 01",
        ],
    )


def test_groups_given_are_all_groups() -> None:
    assert changed("address,groups\njulien@caf46.example,fs-lot\n")[0] == [
        "change group caf-lot: members -julien@caf46.example",
        "change group fs-lot: members +julien@caf46.example",
    ]
    assert changed("address,groups\njulien@caf46.example,caf-lot\n") == ([], [])


def test_somebody_leaves_everything() -> None:
    assert changed("address,remove\njulien@caf46.example,true\n") == (
        ["change group caf-lot: members -julien@caf46.example", "remove person julien@caf46.example"],
        [
            "-    members: [claire@caf46.example, julien@caf46.example]",
            "+    members: [claire@caf46.example]",
            "-  - { address: julien@caf46.example, name: Julien }",
        ],
    )


def test_groups_from_a_table() -> None:
    table = (
        "group,territory,organisation,mailbox,readers_agreed,members\n"
        "caf-lot,,,,2026-02-01,\n"
        'msa-lot,lot,MSA,,,"claire@caf46.example, julien@caf46.example"\n'
    )
    assert changed(table) == (
        ["change group caf-lot: readers_agreed 2026-01-15 -> 2026-02-01", "add group msa-lot: MSA"],
        [
            "-    readers_agreed: 2026-01-15",
            "+    readers_agreed: 2026-02-01",
            "+  msa-lot:",
            "+    organisation: MSA",
            "+    members: [claire@caf46.example, julien@caf46.example]",
        ],
    )


def test_people_of_a_table_stay_in_it() -> None:
    """Where people live in people.csv, the table is edited: its columns, order and delimiter stay."""
    files = {
        "routing/lot.yaml": LOT,
        "routing/people.csv": "address;name;aliases\nzoe@cahors.example;Zoé;z@cahors.example|zz@cahors.example\n",
    }
    changes, lines = changed(
        "address,name\nzz@cahors.example,Zoé Durand\nnew@caf46.example,Nouvelle\n", files
    )
    assert changes == [
        "change person zz@cahors.example: name Zoé -> Zoé Durand",
        "add person new@caf46.example: Nouvelle",
    ]
    assert lines == [
        "-zoe@cahors.example;Zoé;z@cahors.example|zz@cahors.example",
        "+zoe@cahors.example;Zoé Durand;z@cahors.example|zz@cahors.example",
        "+new@caf46.example;Nouvelle;",
    ]


def test_the_first_person_makes_the_file() -> None:
    plan = plan_import(
        {"routing/lot.yaml": LOT}, "in.csv", "address,name,digest\nnew@caf46.example,Nouvelle,Friday 14\n"
    )
    assert plan.texts == {
        "routing/people.yaml": "people:\n  - {address: new@caf46.example, name: Nouvelle, digest: friday 14}\n"
    }


@pytest.mark.parametrize(
    ("table", "faults"),
    [
        ("address,nmae\na@b.example,A\n", ["in.csv:1:9: unknown column 'nmae'; did you mean 'name'?"]),
        ("address,name\nzoe,Z\n", ["in.csv:2:1: address: 'zoe' is no mail address: an email address must have an @-sign"]),
        ("name\nZ\n", ["in.csv:2:1: 'address' is missing; add `address: …`"]),
        ("address,groups\na@b.example,caf-lto\n", ["in.csv:2:13: groups: there is no group 'caf-lto'; did you mean 'caf-lot'?"]),
        ("address,remove\na@b.example,oui\n", ["in.csv:2:13: remove: 'oui' is neither true nor false; write true or false"]),
        ("address,remove\na@b.example,true\n", ["in.csv:2:1: 'a@b.example' is not in the files; remove this line"]),
        ("address,name\na@b.example,A\nA@b.example,B\n", ["in.csv:3:1: 'a@b.example' is already in line 2; keep one of them"]),
        ("group,organisation\nnew,CAF\n", ["in.csv:2:1: a new group needs its territory; fill in the column `territory`"]),
        ("group,territory\nnew,lott\n", ["in.csv:2:5: there is no territory 'lott'; did you mean 'lot'?"]),
        ("group,territory\nnew,lot\n", ["in.csv:2:1: a new group needs its organisation; fill in the column `organisation`"]),
        ("group,disclosure\ncaf-lot,all\n", ["in.csv:2:9: disclosure: 'all' is not known; write full, redacted or notice"]),
    ],
)  # fmt: skip
def test_one_wrong_line_and_nothing_is_written(table: str, faults: list[str]) -> None:
    plan = plan_import(FILES, "in.csv", table)
    assert [str(f) for f in plan.faults] == faults
    assert plan.texts == {}
