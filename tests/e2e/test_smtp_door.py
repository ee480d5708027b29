"""What a transcript cannot show: connections cut, uploads that are slow, caps over connections, TLS, stopping.

Every test runs on asyncio and on uvloop.
"""

from __future__ import annotations

import asyncio
import ssl
import subprocess
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
import uvloop

sys.path.append(str(Path(__file__).parents[1] / "doors"))
from door_under_test import Peer, Town, door  # noqa: E402

from mailrouter.inbound.sockets import host_and_port, passed_sockets

Run = Callable[[Coroutine[Any, Any, Any]], Any]


@pytest.fixture(params=[asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    return request.param


async def gone(town: Town, opened: Any) -> None:
    """Wait until the door has noticed that its peers are gone."""
    for _ in range(200):
        if not opened.crowd.connections:
            return
        await asyncio.sleep(0.01)


def test_a_peer_that_leaves_during_the_commit_neither_loses_nor_doubles(run: Run) -> None:
    async def story() -> None:
        town = Town()
        async with door(town) as opened:
            peer = await Peer.at(opened)
            await peer.begin()
            peer.send("SLOW", ".")
            await town.committing.wait()
            peer.close()
            await asyncio.sleep(0.02)
            town.go_on.set()
            await gone(town, opened)
            assert [m.octets for m in town.mails] == [b"SLOW\r\n"]
            again = await Peer.at(opened)
            await again.begin()
            assert await again.say("SLOW", ".") == "250 2.0.0 Accepted as in-1"
            assert len(town.mails) == 1

    run(story())


def test_a_peer_that_leaves_inside_its_mail_leaves_nothing(run: Run) -> None:
    async def story() -> None:
        town = Town()
        async with door(town) as opened:
            peer = await Peer.at(opened)
            await peer.begin()
            peer.send("half a mail", "")
            await asyncio.sleep(0.02)
            peer.close()
            await gone(town, opened)
            assert (town.mails, opened.crowd.connections, opened.crowd.octets) == ([], 0, 0)

    run(story())


def test_a_peer_that_sent_all_and_closed_its_side_is_still_heard(run: Run) -> None:
    async def story() -> None:
        town = Town()
        async with door(town) as opened:
            peer = await Peer.at(opened)
            peer.send(
                "HELO a", "MAIL FROM:<a@x.example>", "RCPT TO:<lot@aplus.example>", "DATA", "x", ".", "QUIT"
            )
            peer.writer.write_eof()
            said = (await peer.reader.read()).decode().splitlines()
            assert [line[:3] for line in said] == ["220", "250", "250", "250", "354", "250", "221"]
            assert len(town.mails) == 1

    run(story())


def test_an_upload_that_lives_is_never_cut(run: Run) -> None:
    async def story() -> str:
        town = Town()
        async with door(town, limits={"idle_seconds": 0.2}) as opened:
            peer = await Peer.at(opened)
            await peer.begin()
            for _ in range(12):
                peer.send("a line every now and then")
                await asyncio.sleep(0.05)
            return await peer.say(".")

    assert run(story()) == "250 2.0.0 Accepted as in-1"


def test_a_commit_is_not_cut_by_the_peers_patience(run: Run) -> None:
    async def story() -> str:
        town = Town()
        async with door(town, limits={"idle_seconds": 0.1}) as opened:
            peer = await Peer.at(opened)
            await peer.begin()
            peer.send("SLOW", ".")
            await town.committing.wait()
            await asyncio.sleep(0.2)
            town.go_on.set()
            return await peer.reply()

    assert run(story()) == "250 2.0.0 Accepted as in-1"


@pytest.mark.parametrize("size", [998, 1_001, 70_000, 3_000_000])
def test_lines_of_any_length_are_taken(run: Run, size: int) -> None:
    async def story() -> None:
        town = Town()
        async with door(town) as opened:
            peer = await Peer.at(opened)
            await peer.begin()
            line = b"." + b"x" * (size - 1)
            peer.send(b"." + line + b"\r\n.\r\n")
            assert await peer.reply() == "250 2.0.0 Accepted as in-1"
            assert town.mails[0].octets == line + b"\r\n"
            assert opened.crowd.octets == 0

    run(story())


def test_connections_over_the_limit_are_told_to_come_again(run: Run) -> None:
    async def story() -> list[str]:
        async with door(Town(), limits={"connections": 2}) as opened:
            peers = [await Peer.at(opened) for _ in range(3)]
            said = [await peer.line() for peer in peers]
            peers[0].close()
            for _ in range(200):
                if opened.crowd.connections < 2:
                    break
                await asyncio.sleep(0.01)
            said.append(await (await Peer.at(opened)).line())
            return said

    welcome = "220 mx.aplus.example ESMTP mailrouter"
    assert run(story()) == [welcome, welcome, "421 4.3.2 Too many connections, try again later", welcome]


@pytest.mark.parametrize(
    ("relay", "third"),
    [
        (False, "421 4.7.0 Too many connections from your address"),
        (True, "220 mx.aplus.example ESMTP mailrouter"),
    ],
)
def test_one_peer_may_not_take_all_connections_unless_it_is_a_relay(
    run: Run, relay: bool, third: str
) -> None:
    async def story() -> str:
        async with door(Town(), relay=relay, limits={"connections_per_peer": 2}) as opened:
            peers = [await Peer.at(opened) for _ in range(3)]
            return [await peer.line() for peer in peers][-1]

    assert run(story()) == third


def test_a_flood_is_cut_when_it_goes_on_for_four_times_the_limit(run: Run) -> None:
    async def story() -> None:
        town = Town()
        async with door(town, limits={"message_bytes": 1000}) as opened:
            peer = await Peer.at(opened)
            await peer.begin()
            peer.send(b"x" * 2_000_000)
            assert await peer.line() == "552 5.3.4 Message is larger than this service takes"
            assert opened.crowd.octets == 0
            assert town.mails == []

    run(story())


def test_stopping_lets_a_mail_under_way_finish_and_takes_no_new_ones(run: Run) -> None:
    async def story() -> None:
        town = Town()
        async with door(town) as opened:
            busy, idle = await Peer.at(opened), await Peer.at(opened)
            await idle.line()
            await busy.begin()
            host, port = host_and_port(opened.addresses[0])
            stop = asyncio.ensure_future(opened.stop(grace_seconds=5))
            assert await idle.line() == "421 4.3.2 Service stops, try again soon"
            assert await idle.line() == ""
            assert await busy.say("x", ".") == "250 2.0.0 Accepted as in-1"
            assert await busy.line() == "421 4.3.2 Service stops, try again soon"
            await stop
            with pytest.raises(OSError):
                await asyncio.open_connection(host, port)
            assert len(town.mails) == 1

    run(story())


def test_stopping_waits_for_a_commit_whose_peer_is_gone(run: Run) -> None:
    async def story() -> None:
        town = Town()
        async with door(town) as opened:
            peer = await Peer.at(opened)
            await peer.begin()
            peer.send("SLOW", ".")
            await town.committing.wait()
            peer.close()
            stop = asyncio.ensure_future(opened.stop(grace_seconds=0))
            await asyncio.sleep(0.1)
            assert not stop.done()
            town.go_on.set()
            await stop
            assert len(town.mails) == 1

    run(story())


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost, signed by itself."""
    made = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
        + [
            "-addext",
            "subjectAltName=DNS:localhost,IP:127.0.0.1",
            "-keyout",
            made / "key.pem",
            "-out",
            made / "cert.pem",
        ],
        check=True,
        capture_output=True,
    )
    return made


def server_tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    return context


def test_starttls_begins_the_session_anew_and_protects_it(run: Run, certificate: Path) -> None:
    async def story() -> None:
        town = Town()
        async with door(town, tls=server_tls(certificate)) as opened:
            peer = await Peer.at(opened)
            await peer.reply()
            peer.send("EHLO in-the-clear.example")
            clear = [await peer.line() for _ in range(8)]
            assert "250-STARTTLS" in clear
            assert await peer.say("STARTTLS") == "220 2.0.0 Ready to start TLS"
            await peer.writer.start_tls(
                ssl.create_default_context(cafile=str(certificate / "cert.pem")), server_hostname="localhost"
            )
            assert await peer.say("MAIL FROM:<a@x.example>") == "503 5.5.1 Greet first"
            peer.send("EHLO protected.example")
            protected = [await peer.line() for _ in range(7)]
            assert not any("STARTTLS" in line for line in protected)
            assert await peer.say("STARTTLS") == "502 5.5.1 STARTTLS is not offered now"
            peer.send("MAIL FROM:<a@x.example>", "RCPT TO:<lot@aplus.example>", "DATA")
            assert [(await peer.line())[:3] for _ in range(3)] == ["250", "250", "354"]
            big = b"y" * 900 + b"\r\n"
            assert await peer.say(big * 500, ".") == "250 2.0.0 Accepted as in-1"
            assert town.mails[0].octets == big * 500
            assert (town.asked[0][2].tls, town.mails[0].envelope.helo) == (True, "protected.example")

    run(story())


def test_what_is_sent_ahead_of_tls_ends_the_session(run: Run, certificate: Path) -> None:
    async def story() -> list[str]:
        async with door(Town(), tls=server_tls(certificate)) as opened:
            peer = await Peer.at(opened)
            await peer.reply()
            await peer.say("EHLO a")
            peer.send("STARTTLS", "MAIL FROM:<injected@x.example>")
            return [await peer.line(), await peer.line()]

    assert run(story()) == ["554 5.5.0 Nothing may be sent ahead of TLS", ""]


def test_a_door_that_requires_tls_takes_no_mail_without(run: Run, certificate: Path) -> None:
    async def story() -> list[str]:
        async with door(Town(), tls=server_tls(certificate), require_tls=True) as opened:
            peer = await Peer.at(opened)
            await peer.reply()
            return [
                await peer.say("EHLO a"),
                await peer.say("MAIL FROM:<a@x.example>"),
                await peer.say("NOOP"),
            ]

    assert run(story()) == ["250 HELP", "530 5.7.0 Say STARTTLS first", "250 2.0.0 Ok"]


def test_lmtp_over_a_unix_socket_is_a_relay_of_the_files_group(run: Run, tmp_path: Path) -> None:
    async def story() -> None:
        town = Town()
        path = tmp_path / "lmtp.sock"
        async with door(town, protocol="lmtp") as opened:
            await opened.start(f"unix:{path}")
            assert opened.addresses[1] == f"unix:{path}"
            assert path.stat().st_mode & 0o777 == 0o660
            peer = Peer(*await asyncio.open_unix_connection(str(path)))
            await peer.begin(hello="LHLO")
            assert await peer.say("x", ".") == "250 2.0.0 Accepted as in-1"
            assert (town.asked[0][2].relay, town.mails[0].envelope.peer) == (True, "")

    run(story())


def test_what_the_door_did_is_counted() -> None:
    async def story() -> str:
        town = Town()
        async with door(town) as opened:
            peer = await Peer.at(opened)
            await peer.begin()
            await peer.say("once", ".")
            for content in ("once", "BROKEN"):
                for line in ("MAIL FROM:<a@x.example>", "RCPT TO:<lot@aplus.example>", "DATA"):
                    await peer.say(line)
                await peer.say(content, ".")
            return opened.metrics.exposition().decode()

    lines = asyncio.run(story()).splitlines()
    wanted = [
        'mailrouter_accepted_total{door="smtp",duplicate="false"} 1.0',
        'mailrouter_accepted_total{door="smtp",duplicate="true"} 1.0',
        'mailrouter_accept_faults_total{door="smtp"} 1.0',
        'mailrouter_connections{door="smtp"} 1.0',
        'mailrouter_replies_total{code="451",door="smtp"} 1.0',
    ]
    assert [line for line in wanted if line not in lines] == []


@pytest.mark.parametrize(
    ("listen", "place"),
    [("127.0.0.1:25", ("127.0.0.1", 25)), ("[::1]:2525", ("::1", 2525)), (":25", ("", 25))],
)
def test_where_a_door_listens(listen: str, place: tuple[str, int]) -> None:
    assert host_and_port(listen) == place


@pytest.mark.parametrize("listen", ["25", "localhost", "localhost:smtp", "x:70000"])
def test_a_place_without_a_port_is_an_error(listen: str) -> None:
    with pytest.raises(ValueError, match="is not host:port"):
        host_and_port(listen)


def test_sockets_of_the_service_manager_are_taken_by_name() -> None:
    """As systemd does it: descriptors from 3 on, their names in LISTEN_FDNAMES, for one process only."""
    child = """
import os
from mailrouter.inbound.sockets import bound_to, open_sockets
os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "2", "LISTEN_FDNAMES": "smtp:lmtp"}
lmtp = open_sockets("systemd:lmtp")
print(bound_to(lmtp[0]), bound_to(open_sockets("systemd:smtp")[0]), len(lmtp))
"""
    script = f"""
import os, socket, sys
a, b = (socket.create_server(("127.0.0.1", 0)) for _ in range(2))
print("127.0.0.1:%d 127.0.0.1:%d 1" % (b.getsockname()[1], a.getsockname()[1]), flush=True)
os.dup2(a.fileno(), 20), os.dup2(b.fileno(), 21)
os.dup2(20, 3), os.dup2(21, 4)
os.execv(sys.executable, [sys.executable, "-c", {child!r}])
"""
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    meant, found = said.splitlines()
    assert found == meant


@pytest.mark.parametrize(
    "environment", [{}, {"LISTEN_PID": "1", "LISTEN_FDS": "1", "LISTEN_FDNAMES": "smtp"}]
)
def test_sockets_that_were_passed_to_nobody_or_another_process_are_not_taken(
    environment: dict[str, str],
) -> None:
    with pytest.raises(ValueError, match="passed no socket called 'smtp'"):
        passed_sockets("smtp", environment, 2)
