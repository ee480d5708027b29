"""Keys and sealing: what is sealed opens where it belongs and nowhere else, and what is erased is gone."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest
from erasing import delete_key, delete_keys_of_case
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select, text
from sqlalchemy.exc import InternalError

from mailrouter.core.mail.address import decode, encode
from mailrouter.core.model import Envelope, Mail
from mailrouter.store import inbox
from mailrouter.store.blind import address_index, domain_index, message_index, subject_index
from mailrouter.store.keys import KeyFileError, add_address_key, add_master_key, init_keys, load_keys
from mailrouter.store.rows import row, rows
from mailrouter.store.seal import Erased, Sealer, SealError
from mailrouter.store.tables import Case, DataKey

NOW = datetime(2026, 3, 12, 9, 0, tzinfo=UTC)
TODAY = date(2026, 3, 1)


@pytest.fixture
def files(tmp_path):
    paths = (tmp_path / "secrets" / "address.keys", tmp_path / "secrets" / "master.keys")
    assert init_keys(*paths, TODAY) == paths
    return paths


class TestFiles:
    """Key files."""

    def test_they_are_made_private_and_never_replaced(self, files):
        """Made once, whole, mode 0600 in a directory of 0700; a second `--init` changes nothing."""
        before = [path.read_bytes() for path in files]
        assert init_keys(*files, date(2030, 1, 1)) == ()
        assert [path.read_bytes() for path in files] == before
        assert [path.stat().st_mode & 0o777 for path in (*files, files[0].parent)] == [0o600, 0o600, 0o700]
        assert sorted(os.listdir(files[0].parent)) == ["address.keys", "master.keys"]

    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o602, 0o644])
    def test_a_file_that_others_can_touch_is_refused(self, files, mode):
        """With what to do about it."""
        files[1].chmod(mode)
        with pytest.raises(KeyFileError, match=rf"master.keys: mode {mode:04o} .*chmod 600"):
            load_keys(*files)

    def test_a_systemd_credential_may_show_its_acl_mask(self, files, monkeypatch):
        """The group bits of a credential are the mask of its ACL; world-readable is refused all the same."""
        monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(files[0].parent))
        files[1].chmod(0o440)
        assert load_keys(*files).current == "1"
        files[1].chmod(0o444)
        with pytest.raises(KeyFileError, match="0444"):
            load_keys(*files)

    @pytest.mark.parametrize(
        ("name", "content", "message"),
        [
            (0, "", "holds no key"),
            (0, "# only a comment\n", "holds no key"),
            (0, "1 2026-03-01\n", r"address.keys:1: a key line is"),
            (0, "\n1 2026-13-01 AAAA\n", r"address.keys:2: a key line is"),
            (0, "1 2026-03-01 not*base64\n", r"address.keys:1: a key line is"),
            (0, "1 2026-03-01 AAAA\n", "32 octets, this one 3"),
            (0, "32 2026-03-01 {key}\n", "from 0 to 31, not '32'"),
            (0, "x 2026-03-01 {key}\n", "from 0 to 31, not 'x'"),
            (0, "1 2026-03-01 {key}\n1 2026-03-02 {key}\n", "the same id twice"),
            (0, "1 2026-03-01 {key}é\n", "cannot be read"),
            (1, "1 2026-03-01 {key}\n", "needs the line `index`"),
            (1, "index 2026-03-01 {key}\n", "at least one master key"),
        ],
    )
    def test_a_malformed_file_says_where(self, files, name, content, message):
        """Our operator's fault: file, line, and what is wanted; never the key."""
        key = "A" * 43 + "="
        files[name].write_text(content.format(key=key), "utf-8")
        with pytest.raises(KeyFileError, match=message) as fault:
            load_keys(*files)
        assert key not in str(fault.value)

    def test_a_missing_file_says_so(self, tmp_path):
        """No key is ever made up on the way."""
        with pytest.raises(KeyFileError, match=r"a: cannot be read"):
            load_keys(tmp_path / "a", tmp_path / "m")

    def test_keys_are_never_printed(self, files):
        """Not by a traceback either."""
        keys = load_keys(*files)
        secrets = [keys.id_key, keys.blind_key, *keys.master.values(), *keys.address.keys.values()]
        assert not any(repr(secret) in repr(keys) for secret in secrets)
        assert len({*secrets}) == 4

    def test_address_keys_rotate_and_retire(self, files):
        """The new one signs, the old one verifies for 30 months after it was replaced."""
        old = encode(load_keys(*files).address, "everyone", 5)
        assert add_address_key(files[0], TODAY + timedelta(days=100)) == 2
        keys = load_keys(*files).address
        assert keys.current == 2 and encode(keys, "everyone", 5) != old
        assert [decode(keys, token).key_id for token in (old, encode(keys, "everyone", 5))] == [1, 2]
        within = load_keys(*files, today=TODAY + timedelta(days=100 + 30 * 30)).address
        after = load_keys(*files, today=TODAY + timedelta(days=100 + 31 * 31)).address
        assert decode(within, old) is not None and decode(after, old) is None
        assert after.current == 2 and files[0].stat().st_mode & 0o777 == 0o600

    def test_address_key_ids_are_reused_last(self, files):
        """Thirty-two ids; the lowest that was removed comes after the highest never used."""
        made = [add_address_key(files[0], TODAY) for _ in range(30)]
        assert made == list(range(2, 32))
        assert add_address_key(files[0], TODAY) == 0
        with pytest.raises(KeyFileError, match="all 32 ids are taken"):
            add_address_key(files[0], TODAY)

    def test_ids_and_indexes_outlive_a_new_master_key(self, files):
        """They are stored for years; only what seals is replaced."""
        before = load_keys(*files)
        assert add_master_key(files[1], TODAY) == "2"
        after = load_keys(*files)
        assert (after.id_key, after.blind_key) == (before.id_key, before.blind_key)
        assert (after.current, sorted(after.master)) == ("2", ["1", "2"])
        assert after.master["1"] == before.master["1"] != after.master["2"]


@given(st.binary(max_size=2000), st.text(max_size=20))
def test_what_is_sealed_opens(sealer, data, aad):
    """Any octets, any place."""
    key = sealer.new_key()
    sealed = sealer.seal(key, data, aad)
    assert sealer.open(key, sealed, aad) == data
    assert sealed != sealer.seal(key, data, aad)
    assert len(sealed) == len(data) + 29


@given(st.integers(0, 8 * 60 - 1))
def test_one_altered_bit_does_not_open(sealer, bit):
    """Authenticated: nonce, text and tag; the format octet too."""
    key = sealer.new_key()
    sealed = bytearray(sealer.seal(key, b"x" * 31, "here"))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SealError):
        sealer.open(key, bytes(sealed), "here")


def test_what_is_sealed_does_not_open_elsewhere_nor_by_another_key(sealer):
    """A column copied to another row is noticed."""
    key = sealer.new_key()
    sealed = sealer.seal(key, b"x", "inbound.octets:1")
    for other_key, aad in ((key, "inbound.octets:2"), (sealer.new_key(), "inbound.octets:1")):
        with pytest.raises(SealError):
            sealer.open(other_key, sealed, aad)
    for garbage in (b"", b"\x01", b"\x01" + b"x" * 40, sealed[:-1], b"\x02" + sealed[1:]):
        with pytest.raises(SealError):
            sealer.open(key, garbage, "inbound.octets:1")


def test_blind_indexes_agree_and_keep_kinds_apart(sealer, files):
    """Equal values meet, columns and installations do not."""
    assert address_index(sealer, " Zoe@Cahors.example") == address_index(sealer, "zoe@cahors.EXAMPLE")
    assert message_index(sealer, "<A@b>") == message_index(sealer, "A@b") != message_index(sealer, "a@b")
    assert domain_index(sealer, "zoe@cahors.example") == domain_index(sealer, "luc@CAHORS.example")
    assert (message_index(sealer, ""), message_index(sealer, "<>"), subject_index(sealer, "")) == ("", "", "")
    assert len({sealer.blind(kind, value) for kind, value in (("a", "bc"), ("ab", "c"), ("", "abc"))}) == 3
    assert address_index(sealer, "zoe@x") != address_index(Sealer(load_keys(*files)), "zoe@x")


def mail(octets=b"Message-ID: <m@b>\r\nFrom: a@b\r\n\r\nNIR 1 84 12 46 042 123 45"):
    envelope = Envelope(mail_from="zoe@cahors.example", rcpt_to=("lot@x",), door="smtp", received_at=NOW)
    return Mail(envelope=envelope, octets=octets)


def open_case(conn, sealer, case_id="c" * 32):
    key_id, key = sealer.create_key(conn)
    values = row(
        Case,
        id=case_id,
        number=case_id[:6],
        territory="lot",
        state="open",
        creator_index="",
        data_key=key_id,
        opened_at=NOW,
    )
    conn.execute(insert(rows(Case)).values(values))
    return key_id, key


def test_a_mail_s_key_goes_from_the_master_to_its_case(store, sealer):
    """At accept wrapped by the master key, at record by the case's; content is not touched."""

    def given(conn):
        receipt = inbox.accept(conn, sealer, mail())
        before = conn.execute(text("SELECT sealed FROM octets")).scalar()
        key_id, _ = open_case(conn, sealer)
        inbox.give_to_case(conn, sealer, receipt.inbound_id, "c" * 32)
        return receipt.inbound_id, key_id, before

    inbound_id, key_id, before = store.write(given)
    by = store.read(lambda conn: sorted(conn.execute(text("SELECT wrapped_by FROM data_key")).scalars()))
    assert by == ["case:" + "c" * 32, "master:1"]
    assert store.read(lambda conn: conn.execute(text("SELECT sealed FROM octets")).scalar()) == before
    assert store.read(lambda conn: inbox.load_mail(conn, sealer, inbound_id)) == mail()
    assert store.write(lambda conn: delete_key(conn, key_id)) is True
    with pytest.raises(Erased):
        store.read(lambda conn: inbox.load_mail(conn, sealer, inbound_id))
    assert store.write(lambda conn: delete_key(conn, key_id)) is False


def test_erasing_is_effective_at_once_and_takes_everything_of_the_case(store, sealer):
    """No key is remembered anywhere: the next read fails, also for rows nobody deleted yet."""

    def make(conn):
        key_id, key = open_case(conn, sealer)
        child, child_key = sealer.create_key(conn, "case:" + "c" * 32)
        return key_id, key, child, child_key

    key_id, key, child, child_key = store.write(make)
    assert store.read(lambda conn: sealer.load_key(conn, child)) == child_key
    assert store.read(lambda conn: sealer.case_key(conn, "c" * 32)) == key
    store.write(lambda conn: delete_key(conn, key_id))
    for gone in (key_id, child, "nobody"):
        with pytest.raises(Erased):
            store.read(lambda conn, gone=gone: sealer.load_key(conn, gone))
    with pytest.raises(Erased):
        store.read(lambda conn: sealer.case_key(conn, "c" * 32))
    assert store.write(lambda conn: delete_keys_of_case(conn, "c" * 32)) == 1
    assert store.read(lambda conn: conn.execute(select(rows(DataKey))).all()) == []


def test_a_new_master_key_takes_over_row_by_row(store, files):
    """Both keys open until every row is wrapped anew; then the old line may go."""
    old = Sealer(load_keys(*files))
    inbound_ids = [
        store.write(lambda conn, n=n: inbox.accept(conn, old, mail(b"n: %d\r\n\r\n" % n)).inbound_id)
        for n in range(5)
    ]
    store.write(lambda conn: open_case(conn, old))
    store.write(lambda conn: inbox.give_to_case(conn, old, inbound_ids[0], "c" * 32))
    add_master_key(files[1], TODAY)
    both = Sealer(load_keys(*files))
    turns = [store.write(lambda conn: both.rotate(conn, limit=2)) for _ in range(4)]
    assert turns == [2, 2, 1, 0]
    lines = files[1].read_text().splitlines(keepends=True)
    files[1].write_text("".join(line for line in lines if not line.startswith("1 ")))
    new = Sealer(load_keys(*files))
    for n, inbound_id in enumerate(inbound_ids):
        loaded = store.read(lambda conn, i=inbound_id: inbox.load_mail(conn, new, i))
        assert loaded.octets == b"n: %d\r\n\r\n" % n
    with pytest.raises(SealError, match="no master key for 'master:1'"):
        new.unwrap(b"", "master:1")


def raw_octets(store, database_url):
    """Everything of the database that lies on the disk."""
    if store.dialect == "sqlite":
        path = database_url.removeprefix("sqlite:///")
        return b"".join(open(path + end, "rb").read() for end in ("", "-wal") if os.path.exists(path + end))

    def files(conn):
        conn.exec_driver_sql("CHECKPOINT")
        tables = ("data_key", "inbound", "octets", "case")
        sql = text("SELECT pg_read_binary_file(pg_relation_filepath(quote_ident(:t)::regclass))")
        return b"".join(bytes(conn.execute(sql, {"t": name}).scalar()) for name in tables)

    return when_it_can(lambda: store.write(files))


def when_it_can(read, tries=120):
    """`read`, which has the server write all it holds to the disk: that fails while another test keeps a disk of the same
    server full."""
    for _ in range(tries):
        try:
            return read()
        except InternalError:
            time.sleep(0.5)
    return read()


def test_nothing_readable_and_no_erased_key_is_left_on_the_disk(store, sealer, database_url):
    """The plain text was never there; after erase and scrub the wrapped key is not there either."""
    secret = mail(b"Message-ID: <m@b>\r\nFrom: a@b\r\n\r\n" + b"NIR 1 84 12 46 042 123 45 " * 400)
    receipt = store.write(lambda conn: inbox.accept(conn, sealer, secret))
    keep = store.write(lambda conn: sealer.create_key(conn))[0]
    key_id, _ = store.write(lambda conn: open_case(conn, sealer))
    store.write(lambda conn: inbox.give_to_case(conn, sealer, receipt.inbound_id, "c" * 32))

    def wrapped(key):
        found = select(rows(DataKey).c.wrapped).where(rows(DataKey).c.id == key)
        return store.read(lambda conn: bytes(conn.execute(found).scalar()))

    gone, kept = wrapped(key_id), wrapped(keep)
    on_disk = raw_octets(store, database_url)
    assert gone in on_disk and kept in on_disk
    assert not any(plain in on_disk for plain in (b"NIR 1 84", b"zoe@cahors", b"m@b"))
    store.write(lambda conn: delete_key(conn, key_id))
    assert store.scrub() is True
    after = raw_octets(store, database_url)
    assert gone not in after and kept in after
    assert wrapped(keep) == kept


def test_a_snapshot_that_still_reads_an_erased_key_is_told(store, sealer, database_url):
    """A backup under way keeps the octets in the files: that is no finished erasure; it is once the backup ends."""
    key_id, _ = store.write(lambda conn: open_case(conn, sealer))
    with closing(reader_of(store, database_url)):
        store.write(lambda conn: delete_key(conn, key_id))
        assert store.scrub() is False
    assert store.scrub() is True


def reader_of(store, database_url):
    """A connection in the midst of a reading transaction."""
    if store.dialect == "sqlite":
        reader = sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None)
        reader.execute("BEGIN")
    else:
        reader = psycopg.connect(database_url.replace("+psycopg", ""))
        reader.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    reader.execute("SELECT count(*) FROM inbound").fetchall()
    return reader
