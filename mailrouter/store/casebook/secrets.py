"""What is sealed in a case's own columns, as one value each."""

from __future__ import annotations

import msgspec

from mailrouter.core.model import Field, Frozen, Mandate
from mailrouter.store.seal import Sealer


class CaseSecrets(Frozen, frozen=True, kw_only=True):
    """`case.fields_sealed`: everything personal that was stated. `markers`: by address."""

    fields: tuple[Field, ...] = ()
    mandate: Mandate | None = None
    wanted: tuple[str, ...] = ()
    proposed: tuple[str, ...] = ()
    urgent: str = ""
    markers: tuple[tuple[str, str], ...] = ()


class AuthorSecrets(Frozen, frozen=True, kw_only=True):
    """`message.author_sealed`: who wrote, and whether to every organisation."""

    address: str
    name: str = ""
    to_all: bool = False


class CaseBox:
    """Seals and opens the columns of one case. `aad` binds a value to its place."""

    def __init__(self, sealer: Sealer, case_id: str, key: bytes) -> None:
        self.sealer, self.case_id, self.key = sealer, case_id, key

    def seal(self, place: str, text: str) -> bytes:
        """Seal a text for the column `place`."""
        return self.sealer.seal(self.key, text.encode(), f"{place}:{self.case_id}")

    def open(self, place: str, data: bytes | None) -> str:
        """The text of column `place`; '' for NULL."""
        return "" if data is None else self.sealer.open(self.key, data, f"{place}:{self.case_id}").decode()

    def seal_value(self, place: str, value: object) -> bytes:
        """Seal a value as JSON."""
        return self.sealer.seal(self.key, msgspec.json.encode(value), f"{place}:{self.case_id}")

    def seal_thread(self, thread: tuple[str, ...]) -> bytes:
        """Seal a participant's thread."""
        return self.seal_value("participant.thread", thread)

    def secrets(self, data: bytes | None) -> CaseSecrets:
        """The case's secrets; empty for NULL."""
        text = self.open("case.fields", data)
        return msgspec.json.decode(text, type=CaseSecrets) if text else CaseSecrets()

    def thread(self, data: bytes | None) -> tuple[str, ...]:
        """A participant's thread."""
        text = self.open("participant.thread", data)
        return msgspec.json.decode(text, type=tuple[str, ...]) if text else ()

    def author(self, data: bytes | None) -> AuthorSecrets:
        """A message's author."""
        text = self.open("message.author", data)
        return msgspec.json.decode(text, type=AuthorSecrets) if text else AuthorSecrets(address="")


def blind_address(sealer: Sealer, address: str) -> str:
    """The blind index of a mailbox address (canonical, lower case); '' for ''."""
    return sealer.blind("address", address.lower()) if address else ""
