"""How fast the store is: commits and accepts per second at 1, 10 and 50 callers, claims on a backlog.

    python bench/store_speed.py [--mails 3000] [--size 3000] [--postgresql URL]

A database of its own is made and dropped. Figures on standard output; they say the processor and disk of this machine.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg
from sqlalchemy import insert, make_url, text

from mailrouter.core.model import Attempt, Envelope, Mail, OutboundMail
from mailrouter.store import inbox, outbox
from mailrouter.store.engine import Store
from mailrouter.store.keys import init_keys, load_keys
from mailrouter.store.rows import rows
from mailrouter.store.schema import upgrade
from mailrouter.store.seal import Sealer
from mailrouter.store.tables import Counter

CALLERS = (1, 10, 50)
LEASE = timedelta(minutes=5)


def measure(callers: int, total: int, act: Callable[[int], object]) -> float:
    """Acts per second when `callers` threads share `total` of them, each waiting for its own."""
    each = total // callers
    start = threading.Barrier(callers + 1)

    def work(caller: int) -> None:
        start.wait()
        for n in range(each):
            act(caller * each + n)

    threads = [threading.Thread(target=work, args=(c,)) for c in range(callers)]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    return each * callers / (time.perf_counter() - began)


def commits(store: Store, total: int) -> None:
    """One small row a unit."""
    for callers in CALLERS:

        def act(n: int, callers: int = callers) -> object:
            values = {"name": f"bench:{callers}:{n}", "value": 1}
            return store.write(lambda conn: conn.execute(insert(rows(Counter)).values(values)) and None)

        print(f"{store.dialect:<11} commits  {callers:>3} callers {measure(callers, total, act):>8,.0f} /s")


def accepts(store: Store, sealer: Sealer, total: int, size: int) -> None:
    """A whole mail: hashed, sealed, its key, its receipt, the ledger."""
    body = os.urandom(size // 2).hex().encode()
    for callers in CALLERS:

        def act(n: int, callers: int = callers) -> object:
            head = b"Message-ID: <%d.%d@bench>\r\nFrom: a@b\r\n\r\n" % (callers, n)
            envelope = Envelope(
                mail_from="a@b", rcpt_to=("lot@x",), door="smtp", received_at=datetime.now(UTC)
            )
            prepared = inbox.prepare(sealer, Mail(envelope=envelope, octets=head + body))
            return store.write(lambda conn: inbox.insert(conn, sealer, prepared))

        print(f"{store.dialect:<11} accepts  {callers:>3} callers {measure(callers, total, act):>8,.0f} /s")


def claims(store: Store, sealer: Sealer) -> None:
    """Everything that was accepted, claimed and disposed of in batches of 20 by one worker."""
    began, got = time.perf_counter(), 0
    while some := store.write(lambda conn: inbox.claim(conn, sealer, datetime.now(UTC), LEASE, "bench", 20)):
        got += len(some)
        ids = [one.inbound_id for one in some]
        store.write(lambda conn, ids=ids: [inbox.set_disposition(conn, i, "handled") for i in ids] and None)
    print(
        f"{store.dialect:<11} claimed, disposed of {got / (time.perf_counter() - began):>7,.0f} /s (of {got})"
    )


def deliveries(store: Store, sealer: Sealer, total: int, size: int) -> None:
    """Mails enqueued by tens, claimed in batches of 20, settled one by one."""
    now = datetime.now(UTC)
    began = time.perf_counter()
    for start in range(0, total, 10):
        mails = [_mail(n, size) for n in range(start, start + 10)]
        store.write(lambda conn, m=mails, s=start: outbox.enqueue(conn, sealer, m, f"d{s}", now))
    print(f"{store.dialect:<11} enqueued by tens    {total / (time.perf_counter() - began):>8,.0f} /s")
    began, sent = time.perf_counter(), Attempt(outcome="sent", code=250)
    while some := store.write(
        lambda conn: outbox.claim(conn, sealer, now, LEASE, "bench", 20, lambda c, w: None)
    ):
        for one in some:
            settle = lambda conn, o=one: outbox.settle(conn, o.parcel.id, o.parcel.attempt, sent, now)  # noqa: E731
            store.submit(settle).result()
    print(f"{store.dialect:<11} claimed and settled {total / (time.perf_counter() - began):>8,.0f} /s")


def _mail(n: int, size: int) -> OutboundMail:
    return OutboundMail(
        id=f"{n:032}",
        key=str(n),
        recipient=f"p{n}@d{n % 40}.example",
        mail_from="r@x",
        message_id=f"{n}@x",
        octets=b"x" * size,
        template="answer",
    )


@contextmanager
def postgresql(server: str) -> Iterator[str]:
    """A database of this run's own."""
    name = f"mailrouter_bench_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as conn:
        conn.execute(f'CREATE DATABASE "{name}"')
        try:
            yield make_url(server).set(database=name).render_as_string(hide_password=False)
        finally:
            conn.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def run(url: str, sealer: Sealer, options: argparse.Namespace) -> None:
    """Every figure of one database."""
    store = Store.open(url, connections=16)
    upgrade(store)
    commits(store, options.mails)
    accepts(store, sealer, options.mails, options.size)
    claims(store, sealer)
    deliveries(store, sealer, options.mails // 2, options.size)
    store.write(lambda conn: conn.execute(text("DELETE FROM outbox")) and None)
    store.close()


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=3000)
    parser.add_argument("--size", type=int, default=3000, help="octets of a mail")
    parser.add_argument("--postgresql", default="postgresql://postgres@127.0.0.1:5432/postgres")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        init_keys(folder / "a", folder / "m", date.today())
        sealer = Sealer(load_keys(folder / "a", folder / "m"))
        run(f"sqlite:///{folder}/bench.sqlite3", sealer, options)
        with postgresql(options.postgresql) as url:
            run(url, sealer, options)


if __name__ == "__main__":
    main()
