"""How a case is opened: every way of naming the organisation, neighbours, networks, helpers of several groups,
forwarded letters."""

from __future__ import annotations

import shutil

import pytest
from town import CAF_BOX, CLAIRE, COMPLETE, CONFIG, JULIEN, OPERATOR, ZOE
from town import town as open_town

SOPHIE = "sophie.nguyen@caf95.example"
OLIVIER = "olivier.petit@caf95.example"
LOT = "territories/46-lot.yaml"
VAL_D_OISE = "territories/95-val-d-oise.yaml"
LETTER = f"Bonjour,\n\nSon aide au logement est bloquée depuis août.\n\n{COMPLETE}"


@pytest.mark.parametrize(
    ("to", "subject", "line"),
    [
        ("lot+caf@aplus.example", "x", ""),
        ("caf.lot@aplus.example", "x", ""),
        ("46@aplus.example", "[CAF] une question", ""),
        ("cahors@aplus.example", "x", "Organisme : CAF\n"),
        ("lot@aplus.example", "x", "Organisme : la Caisse d'allocations familiales\n"),
    ],
)
def test_the_organisation_is_named_in_many_ways(town, to, subject, line):
    """Subaddress, prefix, subject tag and labelled line, at the territory, its code or an alias: CAF du Lot is asked."""
    sent = town.write(ZOE, to, subject, LETTER + line)
    assert {a for a, t in sent.sent() if t.startswith("new-case")} == {CLAIRE, JULIEN, CAF_BOX}


def test_what_contradicts_itself_is_asked_back(town):
    """CAF in the address, CPAM on the line: nobody is guessed."""
    asked = town.write(ZOE, "lot+caf@aplus.example", "x", f"{LETTER}Organisme : CPAM\n")
    assert {a for a, _ in asked.sent()} == {ZOE}


def edited(tmp_path, *changes):
    """A copy of the sample configuration with these changes: (file, old, new)."""
    shutil.copytree(CONFIG, tmp_path / "own")
    for name, old, new in changes:
        path = tmp_path / "own" / "routing" / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))
    return tmp_path / "own"


def test_another_territory_is_reached_by_neighbours_only(tmp_path):
    """Lot writes to Val-d'Oise: no agent there for her, said to her and alerted; with `neighbours` its CAF is asked."""
    with open_town(tmp_path / "a", config=CONFIG) as place:
        refused = place.write(ZOE, "val-d-oise+caf@aplus.example", "x", LETTER)
        assert {(ZOE, "no-agent"), (OPERATOR, "operators-notice")} <= set(refused.sent())
        assert SOPHIE not in {a for a, _ in refused.sent()}
    own = edited(tmp_path, (VAL_D_OISE, "holidays: FR\n", "holidays: FR\nneighbours: [lot]\n"))
    with open_town(tmp_path / "b", config=own) as place:
        sent = place.write(ZOE, "val-d-oise+caf@aplus.example", "x", LETTER)
        assert {(SOPHIE, "new-case-agent"), (OLIVIER, "new-case-agent"), (ZOE, "receipt")} <= set(sent.sent())
        assert place.case().territory == "val-d-oise"


def test_a_group_of_a_network_answers_its_helpers_alone(tmp_path):
    """CAF du Lot takes cases of one network: another's aidant is told that nobody is there for her."""
    figeac = "    name: France Services Figeac\n    network: "
    other = (LOT, f"{figeac}france-services", f"{figeac}maisons-du-departement")
    closed = (LOT, "    organisation: CAF\n", "    organisation: CAF\n    network: maisons-du-departement\n")
    with open_town(tmp_path / "a", config=edited(tmp_path, other, closed)) as place:
        assert (ZOE, "no-agent") in place.write(ZOE, "lot+caf@aplus.example", "x", LETTER).sent()
    shutil.rmtree(tmp_path / "own")
    same = (LOT, "    organisation: CAF\n", "    organisation: CAF\n    network: france-services\n")
    with open_town(tmp_path / "b", config=edited(tmp_path, same)) as place:
        assert (CLAIRE, "new-case-agent") in place.write(ZOE, "lot+caf@aplus.example", "x", LETTER).sent()


def test_a_helper_of_several_groups_writes_for_the_one_of_the_territory(tmp_path):
    """Zoé also works in Cergy: there she writes for Cergy, whose colleagues may join, and at home for Cahors."""
    both = (
        VAL_D_OISE,
        "members: [fatou.diallo@cergy.example,",
        f"members: [{ZOE}, fatou.diallo@cergy.example,",
    )
    with open_town(tmp_path / "a", config=edited(tmp_path, both)) as place:
        there = place.write(
            ZOE, "val-d-oise+caf@aplus.example", "x", LETTER, cc=["fatou.diallo@cergy.example"]
        )
        assert (SOPHIE, "new-case-agent") in there.sent()
        assert place.case().creator_group == "fs-cergy"
        assert place.case().participant("fatou.diallo@cergy.example") is not None
        place.now = place.now.replace(minute=30)
        place.write(ZOE, "lot+caf@aplus.example", "x", LETTER)
        assert place.case().creator_group == "fs-cahors"


def test_a_forwarded_letter_opens_a_case_with_its_author_named(town):
    """She forwards what a volunteer wrote to her: agents read whose words they are, and when they were written."""
    text = (
        f"Je vous transmets ce message d'un bénévole.\n\n{COMPLETE}\n"
        "-------- Message transféré --------\n"
        "Sujet : Aide au logement\nDate : Fri, 27 Feb 2026 14:05:00 +0100\n"
        "De : Paul Bénévole <paul@entraide.example>\nPour : zoe.durand@cahors.example\n\n"
        "Bonjour Zoé, cette dame ne touche plus son aide au logement depuis août.\n"
    )
    opened = town.write(ZOE, "lot+caf@aplus.example", "TR : Aide au logement", text)
    notice = opened.to(CLAIRE, "new-case-agent").text
    assert "Paul Bénévole" in notice and "ne touche plus son aide" in notice
    assert town.case().creator == ZOE
    assert "paul@entraide.example" not in {a for a, _ in opened.sent()}
