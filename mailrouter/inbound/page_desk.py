"""What happens at the secure page, apart from HTTP: links are looked up, codes asked for and tried, cases read. Every
request asks anew whether its reader may read; nothing that was true a minute ago is believed."""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from msgspec.structs import replace
from sqlalchemy import Connection

from mailrouter.core.compose.kit import page_code
from mailrouter.core.decide.files.page import MINUTES, Sight, code_goes_to, reader_of, shared, sight
from mailrouter.core.ids import row_id
from mailrouter.core.mail.address import AddressKeys, case_local_part, decode, encode
from mailrouter.core.mail.enclosed.readable import readable
from mailrouter.core.model import Attachment, Frozen, PageAsked, TokenKind
from mailrouter.core.policy.directory import Directory
from mailrouter.store import pages
from mailrouter.store.blind import address_index
from mailrouter.store.casebook.files import load_files
from mailrouter.store.casebook.view import load_case, load_standing
from mailrouter.store.engine import Store
from mailrouter.store.pages import Link
from mailrouter.store.seal import Sealer

SESSION: Final = timedelta(hours=8)
CODE: Final = timedelta(minutes=MINUTES)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
# Caps. A whole administration may sit behind one address, so the network's is wide: it stops machines, not an office.
ASKS_OF_LINK: Final = 20
WRONG_OF_LINK: Final = 30
WRONG_OF_PERSON: Final = 30
ASKS_OF_NETWORK: Final = 300
WRONG_OF_NETWORK: Final = 150
READS_OF_PERSON: Final = 600


class Gone(Exception):
    """There is nothing at this link: never was, or not any more. The reader is told the same either way."""


class Busy(Exception):
    """A cap is reached."""


class Asking(Frozen, frozen=True, kw_only=True):
    """A link that a code opens. `shared`: its reader must say who they are; `asked`: this browser has asked already."""

    shared: bool
    asked: bool


class Reading(Frozen, frozen=True, kw_only=True):
    """A case that is read. `everyone` and `agents`: the reader's own addresses of the case, '' where none was given."""

    sight: Sight
    everyone: str = ""
    agents: str = ""


@dataclass(kw_only=True)
class Desk:
    """`directory` gives the policy in force, `now` aware UTC; `send_code` has the mail decided, after the answer is given,
    so that its time tells nothing."""

    store: Store
    sealer: Sealer
    keys: AddressKeys
    id_key: bytes
    directory: Callable[[], Directory]
    now: Callable[[], datetime]
    send_code: Callable[[PageAsked], None]

    def open(self, token: str, asked: str, session: str) -> Asking | Reading:
        """What this browser sees at a link. Raises Gone, Busy. Nothing is used up."""
        link = self.store.read(lambda conn: self._link(conn, token))
        if session and (seen := self._read(link, session)):
            return seen
        return Asking(shared=self._shared(link), asked=bool(asked and self._asked(link, asked)))

    def ask(self, token: str, named: str, network: str) -> str:
        """Ask for a code; gives the cookie of the asking browser. Raises Gone, Busy."""
        link = self.store.read(lambda conn: self._link(conn, token))
        self._count({f"page-ask:{link.row_id}": ASKS_OF_LINK}, DAY)
        self._count({f"page-ask-from:{network}": ASKS_OF_NETWORK}, HOUR)
        cookie, now = secrets.token_urlsafe(32), self.now()
        ask = pages.ask_id(self.sealer, cookie)
        reads = self.directory().canonical(named) if self._shared(link) else link.address
        index = address_index(self.sealer, reads)
        # Who gets no code by mail has none to guess either: what stands there no digits can be.
        mailed = self.store.read(lambda conn: self._is_sent_a_code(conn, link, reads))
        code = page_code(self.id_key, ask) if mailed else secrets.token_hex(16)
        self.store.write(lambda conn: pages.ask(conn, self.sealer, link, index, ask, code, now, now + CODE))
        self.send_code(PageAsked(ask=ask, case_id=link.case_id, link=link.address, named=reads))
        return cookie

    def enter(self, token: str, asked: str, code: str, network: str) -> str:
        """Try a code; gives the cookie of the session, '' when it is not accepted. Raises Gone, Busy."""
        link = self.store.read(lambda conn: self._link(conn, token))
        wrong = {
            f"page-wrong:{link.row_id}": WRONG_OF_LINK,
            f"page-wrong-of:{self._asked(link, asked)}": WRONG_OF_PERSON,
            f"page-wrong-from:{network}": WRONG_OF_NETWORK,
        }
        session, now = secrets.token_urlsafe(32), self.now()
        if self.store.read(lambda conn: pages.reached(conn, self.sealer, wrong, now)):
            raise Busy
        until, digits = now + SESSION, _digits(code)
        right = self.store.write(
            lambda conn: pages.enter(conn, self.sealer, asked, link.row_id, digits, session, now, until)
        )
        if not right:
            self.store.write(lambda conn: pages.within(conn, self.sealer, wrong, DAY, now))
        return session if right else ""

    def file(self, token: str, session: str, position: int, n: int) -> tuple[Attachment, bytes]:
        """A file of the case and its octets. Raises Gone (not for this reader, or not there), Busy."""
        link = self.store.read(lambda conn: self._link(conn, token))
        seen = self._read(link, session, f"{position}.{n}") if session else None
        found = seen.sight.file(position, n) if seen else None
        if found is None:
            raise Gone
        stored = self.store.read(lambda conn: load_files(conn, self.sealer, link.case_id, (found.sha256,)))
        if found.sha256 not in stored:
            raise Gone
        return found, readable(stored[found.sha256], found)

    def leave(self, session: str) -> None:
        """End a session."""
        self.store.write(lambda conn: pages.end_session(conn, self.sealer, session, self.now()))

    def _link(self, conn: Connection, token: str) -> Link:
        """The link behind a token whose participant may still read the case. Raises Gone."""
        decoded = decode(self.keys, token)
        link = (
            pages.find_link(conn, self.sealer, decoded.row_id) if decoded and decoded.kind == "page" else None
        )
        if link is None:
            raise Gone
        case = load_standing(conn, self.sealer, link.case_id, link.address).case
        if reader_of(self.directory(), case, link.address) is None:
            raise Gone
        return link

    def _is_sent_a_code(self, conn: Connection, link: Link, reads: str) -> bool:
        """What the decision on the mail will say; asked in the same time for everybody."""
        linked = load_standing(conn, self.sealer, link.case_id, link.address).case
        named = load_standing(conn, self.sealer, link.case_id, reads).case
        if linked is None or named is None:
            return False
        both = replace(linked, participants=(*linked.participants, *named.participants))
        return code_goes_to(self.directory(), both, link.address, reads) is not None

    def _asked(self, link: Link, cookie: str) -> str:
        """The blind index of who would read, of a question that this browser may still answer."""
        return self.store.read(lambda conn: pages.asked(conn, self.sealer, cookie, link.row_id, self.now()))

    def _shared(self, link: Link) -> bool:
        case = self.store.read(lambda conn: load_standing(conn, self.sealer, link.case_id, link.address)).case
        person = case.participant(link.address) if case else None
        return person is not None and shared(self.directory(), person)

    def _read(self, link: Link, session: str, what: str = "") -> Reading | None:
        """The case as the session's person may see it now, the reading noted; None when it is not for them."""
        index = self.store.read(lambda conn: pages.reader(conn, self.sealer, session, self.now()))
        seen = self.store.read(lambda conn: self._sight(conn, link, index)) if index else None
        if seen is not None:
            self._count({f"page-read:{index}": READS_OF_PERSON}, HOUR)
            self.store.write(lambda conn: pages.note_reading(conn, index, link.case_id, what, self.now()))
        return seen

    def _sight(self, conn: Connection, link: Link, index: str) -> Reading | None:
        case = load_case(conn, self.sealer, link.case_id)
        person = pages.participant_at(self.sealer, case, index) if case else None
        reader = reader_of(self.directory(), case, person.address) if person else None
        if case is None or reader is None:
            return None
        return Reading(
            sight=sight(self.directory(), case, reader),
            everyone=self._address(conn, case.id, reader.address, "everyone"),
            agents=self._address(conn, case.id, reader.address, "agents")
            if reader.side == "operator"
            else "",
        )

    def _address(self, conn: Connection, case_id: str, reader: str, audience: TokenKind) -> str:
        row = row_id(self.id_key, "case", case_id, reader, audience)
        if not pages.answer_token(conn, row):
            return ""
        return f"{case_local_part(encode(self.keys, audience, row))}@{self.directory().policy.domain}"

    def _count(self, limits: dict[str, int], window: timedelta) -> None:
        if not self.store.write(lambda conn: pages.within(conn, self.sealer, limits, window, self.now())):
            raise Busy


def network_of(address: str | None) -> str:
    """The network that a cap counts: /24 of IPv4, /56 of IPv6; one word for a Unix socket and for nonsense."""
    if not address:
        return "local"
    ip = ipaddress.ip_address(address)
    return str(ipaddress.ip_network(f"{ip}/{24 if ip.version == 4 else 56}", strict=False))


def _digits(code: str) -> str:
    return "".join(c for c in code if c in "0123456789")[:12]
