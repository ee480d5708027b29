"""Replay: what another policy would have done with the mail of the past weeks, before it goes live."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest
from erasing import delete_keys_of_case
from sqlalchemy import delete
from town import AURELIE, CAF_BOX, CLAIRE, FIELDS, JULIEN, STRANGER, ZOE

from mailrouter.cli.replay import other_directory, replayed
from mailrouter.store.rows import rows
from mailrouter.store.tables import DataKey


def lived(town):
    """Two weeks with every kind of trigger: mails of all sorts, dues, a bounce."""
    opened = town.open_case(files=[("avis.pdf", b"%PDF-1.4 x", "application/pdf")])
    town.answer(CLAIRE, opened.to(CLAIRE), "Bonjour,\n\nIl manque une attestation.\n\nClaire")
    town.write(STRANGER, opened.to(CLAIRE).reply_to, "Bonjour", "Et moi ?")
    town.write(ZOE, "lot@aplus.example", "APL", f"Son APL est bloquée.\n\n{FIELDS}Mandat : oui\n")
    town.write(ZOE, "liste@aplus.example", "liste", "liste")
    town.pass_time(days=14)


def policy_beside(town, tmp_path, edit=lambda text: text, name="routing/territories/46-lot.yaml"):
    """A copy of the configuration with one file edited; its directory."""
    folder = tmp_path / "other"
    shutil.copytree(town.app.config_dir, folder)
    path = folder / name
    path.write_text(edit(path.read_text("utf-8")), "utf-8")
    return folder


def replay(town, folder, since=""):
    return replayed(town.app, other_directory(town.app, folder), since)


def test_the_same_policy_changes_nothing(town, tmp_path):
    """Facts decide as they did: whatever differs later is the policy's doing."""
    lived(town)
    found = replay(town, policy_beside(town, tmp_path))
    assert found.changed == ()
    assert found.decisions == found.same >= 7
    assert found.not_replayable == {}


def test_a_member_who_is_gone_gets_nothing_in_the_replay(town, tmp_path):
    """The first mail would have reached one agent less; what was sent to him on the open case would be stopped by the
    leak check, since facts are observations and he was on it."""
    lived(town)
    folder = policy_beside(
        town,
        tmp_path,
        lambda t: t.replace(
            "members: [claire.martin@caf46.example, julien.roques@caf46.example]",
            "members: [claire.martin@caf46.example]",
        ),
    )
    changed = replay(town, folder).changed
    (first,) = [c for c in changed if c.before.disposition == "opened"]
    rest = [c for c in changed if c is not first]
    assert first.trigger == "mail-received" and first.differs == ("mails",)
    assert set(first.before.mails) - set(first.after.mails) == {(JULIEN, "new-case-agent")}
    assert (CAF_BOX, "new-case-mailbox") in first.after.mails
    assert rest and {c.after.rule for c in rest} <= {"ask:leak", "hold:leak", "leak", "digest-not-registered"}


def test_a_rule_that_routes_elsewhere_shows_who_would_be_asked(town, tmp_path):
    """A mail that had to be asked back would go to CPAM at once under the other rules."""
    lived(town)
    folder = policy_beside(
        town,
        tmp_path,
        lambda t: t.replace("    propose: [CAF]", "    route: [CPAM]", 1),
        "routing/rules.yaml",
    )
    (change,) = [c for c in replay(town, folder).changed if "asked" in c.differs or "proposed" in c.differs]
    assert (change.before.proposed, change.after.proposed) == (("CAF",), ())
    assert change.case_number.startswith("2026-")


def test_what_an_address_stands_for_is_recomputed(town, tmp_path):
    """The address is an observation, its territory is the policy's word."""
    lived(town)
    folder = policy_beside(
        town,
        tmp_path,
        lambda t: t.replace("territory: lot\n", "territory: quercy\n").replace('code: "46"\n', ""),
    )
    changed = [c for c in replay(town, folder).changed if c.after.disposition == "opened"]
    assert [(c.differs, c.before.territory, c.after.territory) for c in changed] == [
        (("territory",), "lot", "quercy")
    ] * 2


def test_wiped_decisions_are_counted_not_replayed(town, tmp_path):
    """A destroyed key leaves a count."""
    lived(town)
    before = replay(town, policy_beside(town, tmp_path))
    case = town.case()
    key = town.app.store.read(lambda c: case.id)
    town.app.store.write(lambda c: delete_keys_of_case(c, key) and None)
    from mailrouter.store.casebook.view import CASE

    town.app.store.write(
        lambda c: (
            c.execute(
                delete(rows(DataKey)).where(
                    rows(DataKey).c.id
                    == CASE.select()
                    .with_only_columns(CASE.c.data_key)
                    .where(CASE.c.id == key)
                    .scalar_subquery()
                )
            )
            and None
        )
    )
    found = other_directory(town.app, tmp_path / "other")
    after = replayed(town.app, found, "")
    assert after.decisions == before.decisions
    assert after.not_replayable["wiped"] == before.decisions - after.same > 0


def test_since_looks_back_so_far_only(town, tmp_path):
    """Two weeks ago is not within two days."""
    lived(town)
    folder = policy_beside(town, tmp_path)
    recent = replay(town, folder, "2d")
    assert recent.decisions < replay(town, folder).decisions == replay(town, folder, "30d").decisions


def test_the_command_prints_json_and_refuses_a_faulty_policy(town, tmp_path):
    """Exit 0 with one JSON document; exit 1 with file:line:column; exit 2 without routing."""
    lived(town)
    folder = policy_beside(town, tmp_path, lambda t: t.replace("thomas.garrigues@cpam46.example]", "]"))
    town.app.store.scrub()
    command = [sys.executable, "-m", "mailrouter", "replay", "--config", "config", "--json", "--policy"]
    run = lambda where: subprocess.run(  # noqa: E731
        [*command, where], cwd=tmp_path, capture_output=True, text=True, env=dict(os.environ)
    )
    done = run("other")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["changed"] == []
    (folder / "routing/rules.yaml").write_text("rules:\n  - name: x\n    wen: {}\n", "utf-8")
    refused = run("other")
    assert refused.returncode == 1 and "rules.yaml:3" in refused.stderr and not refused.stdout
    assert run(str(tmp_path / "nowhere")).returncode == 2


@pytest.mark.parametrize("name", ["other", "other/routing"])
def test_the_routing_alone_is_enough(town, tmp_path, name):
    """Operators may keep the draft of a policy without a static file."""
    lived(town)
    folder = policy_beside(town, tmp_path)
    (folder / "mailrouter.yaml").unlink()
    assert replay(town, tmp_path / name).changed == ()
    assert AURELIE in {a for g in other_directory(town.app, folder).policy.groups for a in g.members}
