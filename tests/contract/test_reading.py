"""Reading in a child: a mail that takes too long costs its own slot, and nothing else."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mailrouter.core.mail.read import read
from mailrouter.core.mail.wire.budget import Budget
from mailrouter.core.model import Message
from mailrouter.reading import Readers

CORPUS = Path(__file__).parents[1] / "corpus"
SMALL = b"From: z@x.example\nSubject: un\nContent-Type: application/pdf; name=a.pdf\n\n%PDF"
SLOW = b"From: z@x.example\nContent-Type: text/html\n\n" + b"<" * 3_900_000
ROOMY = Budget(
    text=4_000_000, tags=4_000_000
)  # far more than is allowed, so that SLOW is over any honest time


@pytest.fixture
def readers() -> Iterator[Readers]:
    pool = Readers(children=2, limit=0.5, budget=ROOMY)
    yield pool
    pool.close()


def test_a_child_reads_what_the_parent_would(readers: Readers) -> None:
    for case in sorted(CORPUS.glob("1[0-4]?.eml")):
        octets = case.read_bytes()
        assert readers.read(octets) == read(octets), case.stem
    assert readers.read("Bonjour\n-- \nZoé".encode(), "text") == read(
        "Bonjour\n-- \nZoé".encode(), body="text"
    )


def test_a_runaway_is_killed_and_the_next_mail_is_read(readers: Readers) -> None:
    assert readers.read(SLOW).message == Message(held="wall-clock")
    assert readers.read(SLOW).message == Message(held="wall-clock")
    assert readers.read(SMALL) == read(SMALL)


def test_a_hostile_mail_does_not_hold_up_the_others(readers: Readers) -> None:
    with ThreadPoolExecutor(6) as threads:
        found = list(threads.map(readers.read, [SLOW, SMALL, SMALL, SLOW, SMALL, SMALL]))
    assert [one.message.held for one in found] == ["wall-clock", None, None, "wall-clock", None, None]
    assert found[1] == read(SMALL)


def test_a_child_that_died_idle_is_replaced_without_a_loss() -> None:
    pool = Readers(children=1)
    assert pool.read(SMALL) == read(SMALL)
    os.kill(pool.all[0].process.pid or 0, signal.SIGKILL)
    pool.all[0].process.join()
    assert pool.read(SMALL) == read(SMALL)
    pool.close()


def test_a_fault_of_ours_holds_the_mail_with_its_place_and_none_of_its_text() -> None:
    pool = Readers(children=1, budget=Budget(octets="wrong"))  # type: ignore[arg-type]
    held = pool.read(SMALL).message.held or ""
    pool.close()
    assert held.startswith("fault: TypeError in parse_files:")
    assert "z@x" not in held


def test_the_command_prints_one_line_for_each_file_and_goes_on(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(SMALL)
    (tmp_path / "b.eml").write_bytes(b"")
    command = [sys.executable, "-m", "mailrouter", "read", "a.eml", "absent.eml", "b.eml"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(line["file"], line["author"], line["subject"]) for line in lines] == [
        ("a.eml", "z@x.example", "un"),
        ("b.eml", None, ""),
    ]
    assert (done.returncode, done.stderr) == (1, "mailrouter read: absent.eml: No such file or directory\n")


def test_the_command_prints_every_key_of_the_interface(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Oui, merci.\n\n-- \nZoé\n", encoding="utf-8")
    command = [sys.executable, "-m", "mailrouter", "read", "--body", "text", "a.txt"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    line = json.loads(done.stdout)
    expected = """file author author_name subject date message_id in_reply_to references kind return_date delivery
        original_message_id text visible signature folded forwarded attachments defects held""".split()
    assert set(expected) <= set(line)
    assert (line["visible"], line["kind"], line["forwarded"], line["held"]) == (
        "Oui, merci.",
        "human",
        None,
        None,
    )
