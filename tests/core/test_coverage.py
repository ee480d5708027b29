"""Coverage: a set counts as covered when somebody living answers for one of its organisations."""

from __future__ import annotations

from datetime import date

from mailrouter.configuration import shipped_tables
from mailrouter.core.policy.coverage import coverage, coverage_sets
from mailrouter.core.policy.directory import Directory
from mailrouter.core.policy.load import load
from mailrouter.core.policy.schema import Service

TEXT = """\
territories:
  - territory: lot
    default: ask
    groups:
      caf: { organisation: CAF, members: [a@x.example, b@x.example] }
      caf-2: { organisation: CAF, members: [b@x.example, c@x.example] }
      drfip: { organisation: DRFIP, members: [d@x.example] }
      cnav: { organisation: CNAV, mailbox: bal@x.example }
      fs: { organisation: FS, members: [e@x.example] }
  - { territory: gers, default: ask }
"""
POLICY = load({"x.yaml": TEXT}, Service(domain="aplus.example"), shipped_tables(), date(2026, 3, 2)).policy
assert POLICY is not None
DIRECTORY = Directory.of(POLICY)


def test_the_nine_sets() -> None:
    """The sets of DOMAIN.md, from the shipped table."""
    assert DIRECTORY.policy.organisations and set(coverage_sets(DIRECTORY.policy.organisations).values()) == {
        ("DDFIP", "DRFIP"),
        ("CPAM", "CNAM", "CRAM"),
        ("CARSAT", "CNAV"),
        ("ANTS", "Préf"),
        ("CAF",),
        ("CDAD",),
        ("La Poste",),
        ("MSA",),
        ("France Travail",),
    }


def test_one_organisation_of_a_set_suffices_and_people_count_once() -> None:
    found = coverage(DIRECTORY)
    lot = {row.name: row for row in found.sets if row.territory == "lot"}
    assert {name: row.agents for name, row in lot.items() if row.covered} == {"CAF": 3, "DDFIP/DRFIP": 1}
    assert lot["CAF"].groups == ("caf", "caf-2") and lot["DDFIP/DRFIP"].groups == ("drfip",)
    assert lot["CARSAT/CNAV"].mailbox_only and not lot["CARSAT/CNAV"].covered
    assert len(found.sets) == 18 and len(found.gaps) == 16 and round(found.share, 3) == 0.111
    assert {row.territory for row in found.gaps} == {"lot", "gers"}


def test_who_cannot_answer_does_not_cover() -> None:
    """Suspended or unreachable agents are handed in: a group of the gone is a gap."""
    found = coverage(DIRECTORY, frozenset({"d@x.example", "a@x.example"}))
    lot = {row.name: row.agents for row in found.sets if row.territory == "lot"}
    assert (lot["CAF"], lot["DDFIP/DRFIP"]) == (2, 0)


def test_every_answering_organisation_has_a_row_and_helpers_none() -> None:
    rows = {row.name: row.agents for row in coverage(DIRECTORY).organisations if row.territory == "lot"}
    assert rows["CAF"] == 3 and rows["URSSAF"] == 0
    assert not {"FS", "Association", "Hôpital"} & rows.keys()
    assert len(rows) == sum(o.side == "operator" for o in DIRECTORY.policy.organisations)
