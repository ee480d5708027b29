"""Where a door listens: "host:port", "unix:path", "systemd:NAME" (opened by the service manager), or a socket."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from pathlib import Path

Listen = str | socket.socket

FIRST_PASSED = 3  # sd_listen_fds(3)


def open_sockets(listen: Listen) -> list[socket.socket]:
    """Bound sockets for `listen`, one for each address of the name. Raises OSError, ValueError."""
    if isinstance(listen, socket.socket):
        listen.setblocking(False)
        return [listen]
    if listen.startswith("systemd:"):
        passed = passed_sockets(listen.removeprefix("systemd:"), os.environ, os.getpid())
        return [sock for one in passed for sock in open_sockets(one)]
    if listen.startswith("unix:"):
        return [_unix(Path(listen.removeprefix("unix:")))]
    host, port = host_and_port(listen)
    found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return [_bound(family, address) for family, address in dict.fromkeys((f, a) for f, _, _, _, a in found)]


def host_and_port(listen: str) -> tuple[str, int]:
    """("127.0.0.1", 25) of "127.0.0.1:25", ("::1", 25) of "[::1]:25", ("", 25) of ":25". Raises ValueError."""
    host, colon, port = listen.rpartition(":")
    if not colon or not port.isdigit() or int(port) > 65535:
        raise ValueError(f"{listen!r} is not host:port")
    return host.removeprefix("[").removesuffix("]"), int(port)


def _bound(family: int, address: object) -> socket.socket:
    # With the protocol named asyncio turns Nagle's algorithm off; without, each small reply waited 40 ms for an ACK.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.setblocking(False)
        sock.bind(address)  # type: ignore[arg-type]
    except OSError:
        sock.close()
        raise
    return sock


def _unix(path: Path) -> socket.socket:
    """A socket file that user and group may write to; one that a killed process left is replaced."""
    if path.is_socket():
        path.unlink()
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.setblocking(False)
    sock.bind(str(path))
    path.chmod(0o660)
    return sock


def bound_to(sock: socket.socket) -> str:
    """The address of a bound socket, as it would be configured."""
    name = sock.getsockname()
    if isinstance(name, (str, bytes)):
        return f"unix:{name if isinstance(name, str) else name.decode()}"
    return f"[{name[0]}]:{name[1]}" if sock.family == socket.AF_INET6 else f"{name[0]}:{name[1]}"


def passed_sockets(name: str, environment: Mapping[str, str], pid: int) -> list[socket.socket]:
    """The sockets called `name` that systemd opened for process `pid` (sd_listen_fds_with_names(3), the unit's
    FileDescriptorName). Raises ValueError when there is none."""
    names = environment.get("LISTEN_FDNAMES", "").split(":")
    count = int(environment.get("LISTEN_FDS", "0")) if environment.get("LISTEN_PID") == str(pid) else 0
    found = [socket.socket(fileno=FIRST_PASSED + n) for n, given in enumerate(names[:count]) if given == name]
    if not found:
        raise ValueError(f"the service manager passed no socket called {name!r}; it passed {names[:count]}")
    return found
