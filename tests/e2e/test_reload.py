"""Reload: a faulty file keeps the running policy and says so; a switch on one node is followed by the others."""

from __future__ import annotations

from town import AURELIE, CLAIRE, COMPLETE, ZOE
from town import town as open_town


def edit(directory, name: str, old: str, new: str) -> None:
    """Change one configuration file as an operator's editor would."""
    path = directory / "config" / "routing" / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def claire_leaves(directory, place) -> None:
    """A name less in the group's line, and a reload."""
    both, julien = (
        "[claire.martin@caf46.example, julien.roques@caf46.example]",
        "[julien.roques@caf46.example]",
    )
    edit(directory, "territories/46-lot.yaml", f"members: {both}", f"members: {julien}")
    assert place.app.reload() == ()


def test_a_faulty_file_keeps_the_running_policy(tmp_path):
    """The reload tells file:line:column, and the routing stays as it was."""
    with open_town(tmp_path) as place:
        before = place.app.policy_key
        edit(tmp_path, "rules.yaml", "propose: [CPAM]", "propose: [CPMA]")
        faults = place.app.reload()
        assert [f.file.rpartition("/")[2] for f in faults] == ["rules.yaml"]
        assert "CPAM" in faults[0].message
        assert place.app.policy_key == before
        assert place.open_case().disposition == "opened"


def test_a_good_file_routes_from_the_next_mail_on(tmp_path):
    """A rule that now proposes another organisation does so for the next mail."""
    with open_town(tmp_path) as place:
        edit(tmp_path, "rules.yaml", "words: [rsa,", "words: [carte grise, rsa,")
        assert place.app.reload() == ()
        asked = place.write(ZOE, "lot@aplus.example", "Bonjour", f"Sa carte grise est perdue.\n\n{COMPLETE}")
        assert "CAF" in asked.to(ZOE, "which-organisation").text


def test_who_leaves_the_files_gets_nothing_more(tmp_path):
    """From the reload on: queued or new, no mail of the case goes to a person whose membership is gone."""
    with open_town(tmp_path) as place:
        opened = place.open_case()
        claire_leaves(tmp_path, place)
        message = place.answer(ZOE, opened.to(ZOE), "Voici une précision importante.")
        assert CLAIRE not in {to for to, _ in message.sent()}


def test_who_leaves_the_files_and_answers_at_once_is_told_once(tmp_path):
    """Before the case's own due has taken them out: the mail waits, and one mail says so."""
    with open_town(tmp_path) as place:
        opened = place.open_case()
        claire_leaves(tmp_path, place)
        late = place.answer(CLAIRE, opened.to(CLAIRE), "Le versement reprend lundi.")
        assert (late.disposition, late.rule) == ("held", "hold:stranger-on-case")
        assert [t for to, t in late.sent() if to == CLAIRE] == ["waiting"]
        assert ZOE not in {to for to, _ in late.sent()}


def test_the_other_node_follows(tmp_path, postgresql_url):
    """One node switches the policy; the other takes it from the database, at the latest when it is overtaken."""
    with open_town(tmp_path / "a", postgresql_url) as one, open_town(tmp_path / "b", postgresql_url) as other:
        other.app.keys = one.app.keys
        before = other.app.policy_key
        edit(tmp_path / "a", "rules.yaml", "propose: [CPAM]", "propose: [CPAM, MSA]")
        one.app.sealer = other.app.sealer  # nodes of one service share their key files
        assert one.app.reload() == ()
        assert one.app.policy_key != before
        assert other.app.follow()
        assert other.app.policy_key == one.app.policy_key
        assert not other.app.follow()
        assert AURELIE in other.app.office.directory.people
