"""A case as the core sees it: parties, participants, fields, dues. Loaded by store/casebook.py, never mutated."""

from __future__ import annotations

from datetime import date as Date
from datetime import datetime
from typing import Literal

from mailrouter.core.model.mail import Attachment, Frozen

# incomplete: something compulsory is missing, nothing went to any organisation yet.
# open: at least one organisation is asked. done: every organisation is done, the aidant is asked to close.
# frozen: `erreur de personne`. withdrawn: mandate withdrawn. wiped: only the tombstone is left.
CaseState = Literal["incomplete", "open", "done", "closed", "frozen", "withdrawn", "wiped"]

# The French terms are: nouvelle, en cours, traitée, non pertinente, pas compétente.
PartyState = Literal["new", "in-progress", "done", "irrelevant", "not-competent"]

Audience = Literal["everyone", "agents"]
Role = Literal["creator", "colleague", "agent", "mailbox", "expert"]
Side = Literal["helper", "operator"]

FINAL_PARTY_STATES: frozenset[PartyState] = frozenset({"done", "irrelevant", "not-competent"})


class Field(Frozen, frozen=True, kw_only=True):
    """One usager field. `name` is canonical (core/mail/says/fields.py); `note` is what is wrong with it, if anything."""

    name: str
    value: str
    note: str = ""


class Mandate(Frozen, frozen=True, kw_only=True):
    """The aidant's statement that the usager gave a mandate; `given_on` at most a year old and never in the future."""

    given_on: Date
    form: Literal["written", "oral", "held", "stated"] = "stated"


class Party(Frozen, frozen=True, kw_only=True):
    """One organisation on the case. Answer, owner, state and dues exist per party."""

    organisation: str
    group: str
    state: PartyState = "new"
    owner: str = ""
    asked_at: datetime
    first_answer_at: datetime | None = None
    last_answer_at: datetime | None = None
    reason: str = ""


class Participant(Frozen, frozen=True, kw_only=True):
    """A mailbox that takes part. `thread` holds the Message-IDs of this recipient's own thread, oldest first."""

    address: str
    name: str = ""
    role: Role
    group: str
    side: Side
    since: datetime
    removed_at: datetime | None = None
    removed_because: str = ""
    thread: tuple[str, ...] = ()

    @property
    def active(self) -> bool:
        """Whether mail of this case may still go there."""
        return self.removed_at is None


class Due(Frozen, frozen=True, kw_only=True):
    """The next act of a case or of one of its parties. `key` is unique: two nodes that tick do it once."""

    key: str
    case_id: str
    kind: str
    at: datetime
    organisation: str = ""
    address: str = ""
    step: int = 0


class Entry(Frozen, frozen=True, kw_only=True):
    """One line of a case's history: an act, who did it, when and why."""

    at: datetime
    who: str
    act: str
    organisation: str = ""
    why: str = ""


EXPERTISE = "expertise"
"""What stands behind an expert's name where others have their group: a word of both languages, for women and men."""


class CaseMessage(Frozen, frozen=True, kw_only=True):
    """A message of a case, as relayed. `audience` agents: never shown to the helper side, not even in a quote.
    `to_all`: an answer that its writer gave to every organisation; others stay with the own one and the helpers.
    `author_name` empty: a shared mailbox wrote and nobody signed. `inbound_id`: the mail it came in."""

    id: str
    case_id: str
    at: datetime
    author: str
    author_name: str = ""
    side: Side
    group: str = ""
    organisation: str = ""
    audience: Audience = "everyone"
    text: str = ""
    files: tuple[Attachment, ...] = ()
    to_all: bool = False
    inbound_id: str = ""

    @property
    def advice(self) -> bool:
        """Whether an expert wrote it, who is of `group`'s side and speaks for no organisation."""
        return self.side == "operator" and not self.organisation

    @property
    def said_by(self) -> str:
        """Whose words these are, as people know them."""
        return f"{self.author_name} ({EXPERTISE})" if self.advice else self.author_name


class CaseView(Frozen, frozen=True, kw_only=True):
    """A case at one version. Record refuses effects that were decided on another version.

    `wanted`: organisations named but not asked yet, as something is missing; `proposed`: to be confirmed first.
    `markers`: each participant's own (`Repère : …`), by address; nobody else's business.
    """

    id: str
    number: str
    version: int = 0
    territory: str
    state: CaseState
    creator: str
    creator_group: str
    opened_at: datetime
    subject: str = ""
    markers: tuple[tuple[str, str], ...] = ()
    fields: tuple[Field, ...] = ()
    mandate: Mandate | None = None
    careful: bool = False
    urgent: str = ""
    parties: tuple[Party, ...] = ()
    wanted: tuple[str, ...] = ()
    proposed: tuple[str, ...] = ()
    participants: tuple[Participant, ...] = ()
    dues: tuple[Due, ...] = ()
    last_human_at: datetime | None = None
    last_creator_at: datetime | None = None
    closed_at: datetime | None = None
    useful: str = ""
    messages: tuple[CaseMessage, ...] = ()

    def field(self, name: str) -> str:
        """The value of field `name`, or ''."""
        return next((f.value for f in self.fields if f.name == name), "")

    def marker(self, address: str) -> str:
        """The own marker of the participant with this address, or ''."""
        return dict(self.markers).get(address, "")

    def participant(self, address: str) -> Participant | None:
        """The active participant with this address, or None."""
        return next((p for p in self.participants if p.address == address and p.active), None)

    def party(self, organisation: str) -> Party | None:
        """The party of this organisation, or None."""
        return next((p for p in self.parties if p.organisation == organisation), None)

    def active(self, side: Side | None = None) -> tuple[Participant, ...]:
        """Participants who may still be written to, of one side if given."""
        return tuple(p for p in self.participants if p.active and (side is None or p.side == side))
