"""`mailrouter run` and nothing else, but for what a test asks from outside: to stop dead at a boundary.

The production code has no hook for this. Its functions are wrapped here, then the command line runs as always. Run as
a script this is a nursery: it has imported and read everything once, and forks a process for each life that it is asked for
(a line of JSON each), so that a life costs what a start costs and not the loading of Python's modules.

A life looks for its order in a file at each boundary: "kill" sends itself SIGKILL there at the n-th call, "pause"
waits there until the test lets it go on. Beside that a life has only a clock that begins where the test says, and
leases of a second or so instead of five minutes, so that what a dead worker held comes back soon.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from multiprocessing import forkserver
from pathlib import Path
from typing import Any, NamedTuple


class Boundary(NamedTuple):
    """A place between two steps: before or after a call of `target` ("module:attribute"). Only calls that `counts`,
    given the arguments and what came of it, are calls of this boundary."""

    target: str
    when: str
    counts: Callable[[tuple[Any, ...], Any], bool] = lambda _args, _result: True


def _answers_content(args: tuple[Any, ...], _result: Any) -> bool:
    return bool(args[1].text.startswith("Accepted as"))


def _found_some(_args: tuple[Any, ...], result: Any) -> bool:
    return bool(result)


def _mail_waits(args: tuple[Any, ...], _result: Any) -> bool:
    return args[0].exec_driver_sql("SELECT 1 FROM outbox WHERE state = 'queued'").first() is not None


BOUNDARIES: dict[str, Boundary] = {
    # accept
    "accept: nothing written yet": Boundary("mailrouter.app:prepare", "before"),
    "accept: inserted, not committed": Boundary("mailrouter.app:insert", "after"),
    "accept: committed, 250 not said": Boundary("mailrouter.app:App.accept", "after"),
    "accept: 250 said": Boundary("mailrouter.inbound.session:Session.say", "after", _answers_content),
    # record
    "record: claiming, not committed": Boundary("mailrouter.store.pending:claim", "after", _found_some),
    "record: claimed": Boundary("mailrouter.worker.mail:MailWork._handle", "before"),
    "record: number reserved, not committed": Boundary(
        "mailrouter.worker.mail:_numbers", "after", _found_some
    ),
    "record: decided, nothing written": Boundary("mailrouter.worker.deciding:Deciding.decided", "after"),
    "record: written, not committed": Boundary("mailrouter.worker.deciding:record", "after"),
    "record: committed, nobody woken": Boundary(
        "mailrouter.worker.deciding:Deciding.decide_and_record", "after"
    ),
    # settle
    "settle: nothing written yet": Boundary("mailrouter.store.outbox:claim", "before", _mail_waits),
    "settle: attempt written, not committed": Boundary("mailrouter.store.outbox:claim", "after", _found_some),
    "settle: attempt committed, wire untouched": Boundary(
        "mailrouter.worker.post:PostWork._attempt", "before"
    ),
    "settle: on the wire, half": Boundary("mailrouter.outbound.maildir:_write_synced", "after"),
    "settle: on the wire, one of several": Boundary(
        "mailrouter.outbound.maildir:MaildirTransport._write", "after"
    ),
    "settle: delivered, result not written": Boundary(
        "mailrouter.outbound.maildir:MaildirTransport.deliver", "after"
    ),
    "settle: delivered over SMTP, result not written": Boundary(
        "mailrouter.outbound.smtp:SmtpTransport.deliver", "after"
    ),
    "settle: result written, not committed": Boundary("mailrouter.store.outbox:settle_all", "after"),
    "settle: committed": Boundary("mailrouter.worker.post:PostWork._attempt", "after"),
    # dues
    "due: claiming, not committed": Boundary("mailrouter.store.dues:claim", "after", _found_some),
    "due: claimed": Boundary("mailrouter.worker.time:TimeWork._on_due", "before"),
    "due: recorded, not marked as done": Boundary("mailrouter.store.dues:done", "before"),
    "due: done": Boundary("mailrouter.worker.time:TimeWork._on_due", "after"),
    # a mail of ours that failed for good
    "failure: seen": Boundary("mailrouter.worker.time:TimeWork._on_failure", "before"),
    "failure: decided, not marked as reported": Boundary("mailrouter.store.failures:reported", "before"),
    "failure: reported": Boundary("mailrouter.worker.time:TimeWork._on_failure", "after"),
}


class Order:
    """What the test wants of this life, read anew at each boundary: {"boundary", "nth", "do"}."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.given = ""
        self.calls = 0

    def reached(self, boundary: str) -> None:
        try:
            given = self.path.read_text()
        except FileNotFoundError:
            return
        if given != self.given:
            self.given, self.calls = given, 0
        order = json.loads(given)
        if order["boundary"] != boundary:
            return
        self.calls += 1
        if self.calls == order["nth"]:
            self._obey(order["do"], boundary)

    def _obey(self, act: str, boundary: str) -> None:
        self.path.with_suffix(".reached").write_text(boundary)
        if act == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        go_on = self.path.with_suffix(".go")
        while not go_on.exists():
            time.sleep(0.002)
        go_on.unlink()
        self.path.unlink()
        self.path.with_suffix(".reached").unlink()


def place_boundaries(order: Order) -> None:
    """Wrap every target once, whatever boundaries lie before and after it."""
    for target in dict.fromkeys(b.target for b in BOUNDARIES.values()):
        here = {name: b for name, b in BOUNDARIES.items() if b.target == target}
        holder, name = _resolve(target)
        setattr(holder, name, _wrapped(getattr(holder, name), here, order))


def _resolve(target: str) -> tuple[Any, str]:
    module, _, path = target.partition(":")
    holder: Any = importlib.import_module(module)
    *owners, name = path.split(".")
    for owner in owners:
        holder = getattr(holder, owner)
    return holder, name


def _wrapped(function: Any, here: dict[str, Boundary], order: Order) -> Any:
    def at(when: str, args: tuple[Any, ...], result: Any = None) -> None:
        for name, boundary in here.items():
            if boundary.when == when and boundary.counts(args, result):
                order.reached(name)

    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def waited(*args: Any, **more: Any) -> Any:
            at("before", args)
            result = await function(*args, **more)
            at("after", args, result)
            return result

        return waited

    @functools.wraps(function)
    def called(*args: Any, **more: Any) -> Any:
        at("before", args)
        result = function(*args, **more)
        at("after", args, result)
        return result

    return called


def live(life: dict[str, Any]) -> None:
    """Become the service: environment, clock, leases, boundaries; then the command line."""
    os.chdir(life["directory"])
    log = os.open(life["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.environ.update(life["env"])
    from mailrouter import app, worker

    ahead = timedelta(seconds=life["ahead"])
    assert app.open_app.__kwdefaults__ is not None
    app.open_app.__kwdefaults__["clock"] = lambda: datetime.now(UTC) + ahead
    pace = worker.Pace(
        lease=timedelta(seconds=life["lease"]), poll=0.1, setback=timedelta(seconds=0.2), batch=life["batch"]
    )
    app.Worker = functools.partial(worker.Worker, pace=pace)  # type: ignore[misc]
    place_boundaries(Order(Path(life["order"])))
    from mailrouter.cli import main

    sys.exit(main(life["argv"]))


def _load_what_every_life_needs() -> None:
    """What each would read and start first is there once, for all that are forked from here: templates, configuration,
    the server that makes reading children."""
    from mailrouter import configuration, reading, templating

    templating.load()
    configuration.load_configuration(Path(__file__).parents[2] / "config", {})
    reading.Child("forkserver", reading.DEFAULT)
    forkserver.ensure_running()
    # A life is not its parent and cannot wait for it; it lives as long as this nursery.
    forkserver._forkserver.ensure_running = lambda: None  # type: ignore[attr-defined]


def nursery() -> None:
    """Fork a life for each line of standard input; answer its process id. The dead are nobody's to bury."""
    for module in {b.target.partition(":")[0] for b in BOUNDARIES.values()} | {"mailrouter.cli.run"}:
        importlib.import_module(module)
    _load_what_every_life_needs()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            live(json.loads(line))
        print(child, flush=True)


if __name__ == "__main__":
    nursery()
