"""Units of work: all or nothing each, answered only when durable, on both databases."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from mailrouter.store.engine import Store
from mailrouter.store.rows import rows
from mailrouter.store.tables import Counter

COUNTER = rows(Counter)


def put(name):
    def unit(conn):
        conn.execute(insert(COUNTER).values(name=name, value=1))
        return name

    return unit


def names(store):
    return store.read(lambda conn: sorted(conn.execute(select(COUNTER.c.name)).scalars()))


def test_a_unit_gives_its_result_and_its_rows(store):
    """`write` waits, `submit` gives a future."""
    assert store.write(put("a")) == "a"
    assert store.submit(put("b")).result(10) == "b"
    assert names(store) == ["a", "b"]


def test_a_unit_that_fails_leaves_nothing_and_its_error_reaches_its_caller_only(store):
    """Units fail singly, whoever they share a commit with."""

    def half(name):
        def unit(conn):
            put(name)(conn)
            raise ValueError(name)

        return unit

    futures = [store.submit(half(f"bad {n}") if n % 3 == 0 else put(f"good {n}")) for n in range(30)]
    outcomes = [f.exception(10) for f in futures]
    assert [str(e) if e else None for e in outcomes] == [
        f"bad {n}" if n % 3 == 0 else None for n in range(30)
    ]
    assert names(store) == sorted(f"good {n}" for n in range(30) if n % 3)


def test_a_violated_constraint_fails_its_unit_only(store):
    """An error of the database itself is no different."""
    futures = [store.submit(put(name)) for name in ("a", "a", "b")]
    # PostgreSQL runs them at once: either "a" may come first.
    faults = [type(f.exception(10)) for f in futures]
    assert faults[2] is type(None) and {*faults[:2]} == {type(None), IntegrityError}
    assert names(store) == ["a", "b"]


def test_many_callers_lose_nothing(store):
    """Sixteen threads, each waiting for every one of its units."""
    with ThreadPoolExecutor(16) as pool:
        done = list(pool.map(lambda n: store.write(put(f"{n:04}")), range(320)))
    assert names(store) == done == [f"{n:04}" for n in range(320)]


def test_a_read_sees_one_state(store):
    """What is gathered belongs together, also when something is written meanwhile."""
    store.write(put("a"))

    def twice(conn):
        before = conn.execute(select(COUNTER.c.name)).all()
        store.write(put("b"))
        return before == conn.execute(select(COUNTER.c.name)).all()

    assert store.read(twice) is True
    assert names(store) == ["a", "b"]


def test_a_read_cannot_write(store):
    """Not even by mistake."""
    with pytest.raises(DBAPIError):
        store.read(put("a"))
    assert names(store) == []


def test_a_closed_store_finishes_what_it_took_and_takes_no_more(store):
    """SIGTERM: what was submitted is answered."""
    futures = [store.submit(put(f"{n}")) for n in range(50)]
    store.close()
    assert sorted(f.result(0) for f in futures) == sorted(f"{n}" for n in range(50))
    with pytest.raises(RuntimeError):
        store.submit(put("late"))


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://root@127.0.0.1/test"])
def test_a_database_that_cannot_keep_mail_is_refused(url):
    """Memory keeps nothing; other servers are not known to."""
    with pytest.raises((ValueError, ModuleNotFoundError)):
        Store.open(url)


class TestPostgresql:
    """One transaction per unit, tried again when the server asks for it."""

    @pytest.fixture
    def store(self, postgresql_url):
        opened = Store.open(postgresql_url, connections=4)
        yield opened
        opened.close()

    def test_a_deadlock_is_tried_again(self, store):
        """Two units lock the same rows crosswise: both end well."""
        store.write(put("a"))
        store.write(put("b"))
        together, runs = threading.Barrier(2, timeout=10), []

        def unit(first, second):
            def add(conn):
                runs.append(first)
                touch = text("UPDATE counter SET value = value + 1 WHERE name = :n")
                conn.execute(touch, {"n": first})
                if len(runs) <= 2:
                    together.wait()
                conn.execute(touch, {"n": second})

            return add

        for future in [store.submit(unit("a", "b")), store.submit(unit("b", "a"))]:
            future.result(20)
        assert len(runs) == 3
        assert store.read(lambda conn: conn.execute(select(COUNTER.c.value)).scalars().all()) == [3, 3]

    def test_a_connection_lost_before_the_commit_is_tried_again(self, store):
        """The server restarted: nothing was stored yet, so the unit may run again."""
        runs = []

        def unit(conn):
            put(f"run {len(runs)}")(conn)
            runs.append(1)
            if len(runs) == 1:
                conn.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

        store.write(unit)
        assert names(store) == ["run 1"]

    def test_commits_are_durable_whatever_the_server_s_default(self, postgresql_url):
        """synchronous_commit off may lose acknowledged mail."""
        store = Store.open(postgresql_url + "?options=-csynchronous_commit%3Doff")
        shown = store.write(lambda conn: conn.execute(text("SHOW synchronous_commit")).scalar())
        store.close()
        assert shown == "on"
