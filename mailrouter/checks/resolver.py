"""DNS as the checks see it: one question, one answer, behind a protocol that tests replace."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Literal, NamedTuple, Protocol

import dns.asyncresolver
import dns.exception
import dns.name
import dns.resolver
from dns.rdata import Rdata
from dns.rdtypes.ANY.MX import MX
from dns.rdtypes.ANY.TXT import TXT

Kind = Literal["A", "AAAA", "MX", "PTR", "TXT"]

ALIASES = 8
"""CNAMEs followed in a row; RFC 1034 3.6.2 sets no figure, resolvers stop at 8 to 16."""


class Answer(NamedTuple):
    """`records` as the server ordered them; TXT: the joined octets as Latin-1 text; MX: hosts, most preferred first.

    `exists` is False for a name that does not exist (NXDOMAIN); empty records of one that does is NODATA.
    Names have no final dot.
    """

    records: tuple[str, ...] = ()
    exists: bool = True


NO_SUCH_NAME = Answer((), exists=False)


class DnsUnavailable(Exception):
    """Nobody answered, or with a failure (timeout, SERVFAIL, a CNAME loop): ask again later. Becomes `temperror`."""


class Resolver(Protocol):
    """Answers DNS questions.

    `query` is called by checks while a mail is examined. A name that cannot be asked for (a label over 63
    octets, an empty one) does not exist. It raises DnsUnavailable when the answer is not known, and nothing else.
    """

    async def query(self, name: str, kind: Kind) -> Answer:
        """The records of `kind` at `name`, CNAMEs followed."""
        ...


class DnsResolver:
    """The real one: dnspython, with its cache. `nameservers` and `port` instead of the system's for tests and
    for a validating resolver on this machine; `lifetime` in seconds, of one question with its retries."""

    def __init__(self, nameservers: Sequence[str] = (), *, port: int = 53, lifetime: float = 5.0) -> None:
        self._asker = dns.asyncresolver.Resolver(configure=not nameservers)
        if nameservers:
            self._asker.nameservers = list(nameservers)
            self._asker.port = port
        self._asker.lifetime = lifetime
        self._asker.cache = dns.resolver.LRUCache(10_000)

    async def query(self, name: str, kind: Kind) -> Answer:
        """See Resolver."""
        try:
            # Labels, not text: a backslash in an SPF macro's value must not become an escape.
            asked = dns.name.Name([label.encode() for label in (*name.removesuffix(".").split("."), "")])
            found = await self._asker.resolve(asked, kind, raise_on_no_answer=False)
        except (dns.resolver.NXDOMAIN, dns.name.LabelTooLong, dns.name.EmptyLabel, dns.name.NameTooLong):
            return NO_SUCH_NAME
        except (dns.exception.DNSException, OSError) as fault:
            raise DnsUnavailable(f"{kind} {name}: {type(fault).__name__}") from fault
        return Answer(_texts(found))


class TableResolver:
    """Answers from a table {name: {kind: records}}: for tests, and for a demo without DNS.

    A CNAME is a kind of its own with one record. A name above another one exists without records of its own.
    `unavailable`: names, or (name, kind), of which no answer comes. Names are case-insensitive.
    """

    def __init__(
        self,
        zone: Mapping[str, Mapping[str, Sequence[str]]],
        unavailable: Collection[str | tuple[str, str]] = (),
    ) -> None:
        self._zone = {
            _key(name): {kind: tuple(records) for kind, records in kinds.items()}
            for name, kinds in zone.items()
        }
        self._unavailable = {
            _key(one) if isinstance(one, str) else (_key(one[0]), one[1]) for one in unavailable
        }

    async def query(self, name: str, kind: Kind) -> Answer:
        """See Resolver."""
        key = _key(name)
        if not all(0 < len(label) <= 63 for label in key.split(".")) or len(key) > 253:
            return NO_SUCH_NAME
        for _ in range(ALIASES):
            here = self._zone.get(key, {})
            if key in self._unavailable or (key, kind) in self._unavailable:
                raise DnsUnavailable(f"{kind} {name}: no answer")
            if "CNAME" not in here:
                return Answer(here.get(kind, ()), exists=self._exists(key))
            key = _key(here["CNAME"][0])
        raise DnsUnavailable(f"{kind} {name}: CNAME loop")

    def _exists(self, key: str) -> bool:
        return any(name == key or name.endswith(f".{key}") for name in self._zone)


def _key(name: str) -> str:
    return name.removesuffix(".").lower()


def _texts(rdatas: Iterable[Rdata]) -> tuple[str, ...]:
    """Records as the checks want them; MX by preference."""
    exchanges = sorted((one for one in rdatas if isinstance(one, MX)), key=lambda one: int(one.preference))
    if exchanges:
        return tuple(str(one.exchange).removesuffix(".") for one in exchanges)
    return tuple(
        b"".join(one.strings).decode("latin-1") if isinstance(one, TXT) else one.to_text().removesuffix(".")
        for one in rdatas
    )
