"""Two mails on one case at the same instant: both were decided on the same case before either is recorded. What comes of
it is what comes of one after the other, in one of the two orders: nothing is lost, nobody is told twice."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parents[1] / "crash"))
sys.path.append(str(Path(__file__).parent))
from installation import standing  # noqa: E402
from places import databases, engine, found, found_place, nursery, secrets  # noqa: E402, F401
from town import CLAIRE, FIELDS, JULIEN, START, ZOE, Outcome, Town, town  # noqa: E402

from mailrouter.core.model import Envelope, Mail  # noqa: E402
from mailrouter.worker import Pace, Worker  # noqa: E402
from mailrouter.worker.deciding import Deciding  # noqa: E402

ROUNDS = 4
Letter = tuple[str, bytes]  # author, octets


class Meeting(Deciding):
    """Once the first mail is decided, waits until the other worker has decided one too."""

    barrier: threading.Barrier
    met = False

    @classmethod
    def of(cls, worker: Worker, barrier: threading.Barrier, name: str) -> Worker:
        """Another worker on the same store."""
        own = {f.name: getattr(worker, f.name) for f in fields(Worker) if f.init}
        made = Worker(**{**own, "name": name, "pace": Pace(batch=1)})
        made.mail.deciding = made.deciding = cls(made)
        made.deciding.barrier = barrier
        return made

    def decided(self, facts: Any, files: Any) -> Any:
        decision = super().decided(facts, files)
        if not self.met:
            self.met = True
            self.barrier.wait(30)
        return decision


# Each pair: how the case got there, and the two mails, written before either arrives.
Pair = Callable[[Town], tuple[Letter, Letter]]


def done_and_new_message(place: Town) -> tuple[Letter, Letter]:
    """The agent says it is done while the aidant writes more."""
    opened = place.open_case()
    return (
        reply(place, CLAIRE, opened, "traité"),
        reply(place, ZOE, opened, "Il manque encore le mois de mai, pouvez-vous vérifier ?"),
    )


def two_take_it(place: Town) -> tuple[Letter, Letter]:
    """Two agents say at once that they see to it."""
    opened = place.open_case()
    return reply(place, CLAIRE, opened, "je m'en occupe"), reply(place, JULIEN, opened, "je m'en occupe")


def two_completions(place: Town) -> tuple[Letter, Letter]:
    """An incomplete case gets what is missing in two mails; the organisation is asked once."""
    text = "Bonjour,\n\nSon aide au logement est bloquée depuis août.\n"
    opened = place.write(ZOE, "lot+caf@aplus.example", "Aide au logement", text)
    return (
        reply(place, ZOE, opened, FIELDS),
        reply(place, ZOE, opened, "Mandat : oui\nJ'accepte les conditions d'utilisation."),
    )


def close_and_answer(place: Town) -> tuple[Letter, Letter]:
    """The aidant closes while the agent answers."""
    opened = place.open_case()
    done = place.answer(CLAIRE, opened.to(CLAIRE), "Bonjour,\n\nC'est corrigé.\n\nClaire")
    return (
        reply(place, ZOE, done, "clore oui"),
        reply(place, CLAIRE, opened, "Une précision : le rappel sera versé jeudi sur son compte."),
    )


PAIRS: dict[str, Pair] = {
    p.__name__: p for p in (done_and_new_message, two_take_it, two_completions, close_and_answer)
}


def reply(place: Town, author: str, outcome: Outcome, text: str) -> Letter:
    """An answer to the mail that `author` got, as the relay hands it over."""
    original = next(letter for letter in outcome.letters if letter.to == author)
    message = place.letter(author, original.reply_to, f"Re: {original.subject}", text, answers=original)
    stamp = (
        f"Authentication-Results: mx.aplus.example; dmarc=pass header.from={author.partition('@')[2]}\r\n"
        "Received: from client.example ([192.0.2.10]) by mx.aplus.example with ESMTP;"
        " Mon, 02 Mar 2026 09:00:00 +0000\r\n"
    )
    return author, stamp.encode() + bytes(message)


def accept(place: Town, letter: Letter) -> str:
    """The mail is in the inbox; its id."""
    author, octets = letter
    to = [line for line in octets.split(b"\r\n") if line.startswith(b"To: ")][0][4:].decode()
    envelope = Envelope(mail_from=author, rcpt_to=(to,), door="smtp", received_at=place.now, peer="127.0.0.1")
    return place.run(place.app.accept(Mail(envelope=envelope, octets=octets))).id


@dataclass
class Result:
    """All that came of a pair."""

    standing: dict[str, Any]
    arrived: Counter[tuple[str, str]]
    balanced: bool


def result(place: Town) -> Result:
    place.settle()
    delivered = place.app.worker.transport.delivered
    arrived = Counter((parcel.recipient, place.template(i)) for i, parcel in delivered.items())
    return Result(standing(place.app.store), arrived, place.ledger()["balanced"])


Towns = Callable[..., AbstractContextManager[Town]]


@pytest.fixture
def towns(tmp_path: Path) -> Towns:
    """Towns in directories of their own."""
    numbers = iter(range(100))

    def one(database: str = "") -> AbstractContextManager[Town]:
        folder = tmp_path / f"town{next(numbers)}"
        folder.mkdir()
        return town(folder, database, at=START)

    return one


def one_after_the_other(towns: Towns, pair: Pair) -> Iterator[Result]:
    """What comes of the two orders."""
    for first in (0, 1):
        with towns() as place:
            letters = pair(place)
            for n in (first, 1 - first):
                accept(place, letters[n])
                place.settle()
            yield result(place)


def at_once(place: Town, pair: Pair) -> None:
    """Two workers, a mail each; neither records before both have decided."""
    ids = {accept(place, letter) for letter in pair(place)}
    assert len(ids) == 2
    barrier = threading.Barrier(2)
    workers = [Meeting.of(place.app.worker, barrier, f"node{n}") for n in range(2)]
    with ThreadPoolExecutor(2) as pool:
        handled = list(pool.map(lambda w: asyncio.run(w.handle_next()), workers))
    assert handled == [1, 1] and all(w.deciding.met for w in workers)


@pytest.mark.parametrize("pair", PAIRS)
def test_at_the_same_instant(towns, engine, request, pair):  # noqa: F811
    """Serialised: the outcome is one of the two orders', in the case, its history, its dues and everybody's mailbox."""
    orders = list(one_after_the_other(towns, PAIRS[pair]))
    for _ in range(ROUNDS):
        database = request.getfixturevalue("databases").take() if engine == "postgresql" else ""
        with towns(database) as place:
            at_once(place, PAIRS[pair])
            assert result(place) in orders
        if database:
            request.getfixturevalue("databases").free.append(database)
