"""What a decision does: a closed union, each effect a value. store/casebook turns them into rows, compose into mails."""

from __future__ import annotations

from datetime import date as Date
from datetime import datetime
from typing import Any, Literal

import msgspec

from mailrouter.core.model.case import (
    Audience,
    CaseState,
    Due,
    Field,
    Mandate,
    Participant,
    Party,
    PartyState,
    Side,
)
from mailrouter.core.model.mail import Attachment, Frozen

Disclosure = Literal["full", "redacted", "notice"]


class OpenCase(Frozen, frozen=True, kw_only=True, tag="open-case"):
    """A new case. Its parties, participants and dues come as effects of their own."""

    case_id: str
    number: str
    territory: str
    creator: str
    creator_group: str
    state: CaseState
    subject: str = ""
    urgent: str = ""
    careful: bool = False


class AppendMessage(Frozen, frozen=True, kw_only=True, tag="append-message"):
    """A message joins the case's history. `text` is what others will read of it."""

    case_id: str
    message_id: str
    author: str
    author_name: str = ""
    side: Side
    group: str = ""
    organisation: str = ""
    audience: Audience = "everyone"
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    to_all: bool = False
    inbound_id: str = ""


class Signed(Frozen, frozen=True, kw_only=True, tag="signed"):
    """`who`, a shared mailbox, said whose message it was: it bears `name` from now on."""

    case_id: str
    message_id: str
    name: str
    who: str
    organisation: str = ""


class SetFields(Frozen, frozen=True, kw_only=True, tag="set-fields"):
    """Usager fields and mandate stated or corrected; only what is given changes."""

    case_id: str
    fields: tuple[Field, ...] = ()
    mandate: Mandate | None = None
    urgent: str = ""
    careful: bool | None = None
    wanted: tuple[str, ...] | None = None
    proposed: tuple[str, ...] | None = None


class SetMarker(Frozen, frozen=True, kw_only=True, tag="set-marker"):
    """A participant's own marker of the case, for nobody else."""

    case_id: str
    address: str
    marker: str


class ChangeState(Frozen, frozen=True, kw_only=True, tag="change-state"):
    """A transition, of one party (`organisation`) or of the case itself. `to` must follow from the stored state."""

    case_id: str
    to: CaseState | PartyState
    who: str
    why: str = ""
    organisation: str = ""
    useful: str = ""


class SetOwner(Frozen, frozen=True, kw_only=True, tag="set-owner"):
    """`je m'en occupe`: the party's owner; empty when nobody owns it any more."""

    case_id: str
    organisation: str
    owner: str
    who: str


class SetCreator(Frozen, frozen=True, kw_only=True, tag="set-creator"):
    """Somebody of the same helper group carries on as the case's creator; who was it stays on as a colleague."""

    case_id: str
    creator: str
    who: str
    why: str = ""


class Resend(Frozen, frozen=True, kw_only=True, tag="resend"):
    """What was missed while this mailbox was full goes out again: the same octets, once more entitled."""

    address: str


class StopMails(Frozen, frozen=True, kw_only=True, tag="stop-mails"):
    """Mails that wait are not sent: their author recalled them. `forget`: nothing of the message left, so that nobody
    who joins later reads it either."""

    case_id: str
    message_id: str
    outbox_ids: tuple[str, ...] = ()
    forget: bool = False


class Missed(Frozen, frozen=True, kw_only=True, tag="missed"):
    """A mail of ours did not arrive, as the mailbox is full: kept for `Resend`."""

    outbox_id: str
    status: str


class Invite(Frozen, frozen=True, kw_only=True, tag="invite"):
    """A party and/or participants join. Existing ones are left as they are, but for experts, who may
    become agents."""

    case_id: str
    who: str
    party: Party | None = None
    participants: tuple[Participant, ...] = ()
    why: str = ""


class Remove(Frozen, frozen=True, kw_only=True, tag="remove"):
    """Participants leave: their addresses are revoked at once, queued mail to them is cancelled."""

    case_id: str
    addresses: tuple[str, ...]
    who: str
    why: str = ""


class Answered(Frozen, frozen=True, kw_only=True, tag="answered"):
    """A party answered (human): first and last answer times are set."""

    case_id: str
    organisation: str
    who: str


class ScheduleDue(Frozen, frozen=True, kw_only=True, tag="schedule-due"):
    """A due; replaces an earlier one of the same case, organisation, kind and address."""

    due: Due


class CancelDue(Frozen, frozen=True, kw_only=True, tag="cancel-due"):
    """Dues of these kinds end, of one organisation if given."""

    case_id: str
    kinds: tuple[str, ...]
    organisation: str = ""


class SetPerson(Frozen, frozen=True, kw_only=True, tag="set-person"):
    """What the tables hold of a person changes; None leaves a column as it is."""

    address: str
    terms_version: str | None = None
    terms_asked: str | None = None
    suspended: bool | None = None
    absent_until: Date | None = None
    suppressed_until: datetime | None = None
    suppressed_because: str | None = None
    vouched_until: datetime | None = None
    present: bool = False


class Count(Frozen, frozen=True, kw_only=True, tag="count"):
    """Adds one to a counter with a window (`until`): caps on refusals, challenges, automatic mail. `alone`: what was
    decided holds only if nobody else counted it since the facts were gathered, which must hold this counter."""

    name: str
    until: datetime
    alone: bool = False


class Hold(Frozen, frozen=True, kw_only=True, tag="hold"):
    """The mail waits, visible with its reason, until released or dropped. `waits_for`: the vouch that would let it go."""

    reason: str
    case_id: str = ""
    expires_at: datetime | None = None
    waits_for: str = ""


class UseToken(Frozen, frozen=True, kw_only=True, tag="use-token"):
    """A single-use token is spent."""

    row_id: int


class Release(Frozen, frozen=True, kw_only=True, tag="release"):
    """A held mail goes on: it is decided again with the release as evidence."""

    inbound_id: str
    by: str
    word: str = ""


class ReleaseWaiting(Frozen, frozen=True, kw_only=True, tag="release-waiting"):
    """A vouch was given: every held mail that waits for it is decided again."""

    waits_for: str
    by: str


class Send(Frozen, frozen=True, kw_only=True, tag="send"):
    """A templated mail to one recipient. `values` feed the template (plain JSON values only).

    `reply`: which address of ours it answers to: the recipient's own case address, a question's (`question` and
    the exact `words` that answer it), the territory's, the one for joining, or the one for lists. `message`: id of the case message whose text it carries.
    `page`: the mail leads to the secure page although it has content: something of it is only there.
    """

    template: str
    recipient: str
    role: str = ""
    language: Literal["fr", "en"] = "fr"
    case_id: str = ""
    organisation: str = ""
    group: str = ""
    reply: Literal["case", "question", "territory", "joining", "list", "none"] = "case"
    question: str = ""
    words: tuple[str, ...] = ()
    expires_at: datetime | None = None
    inbound_id: str = ""
    audience: Audience = "everyone"
    message: str = ""
    disclosure: Disclosure = "full"
    fields: tuple[Field, ...] = ()
    text: str = ""
    author_name: str = ""
    files: tuple[Attachment, ...] = ()
    values: dict[str, Any] = msgspec.field(default_factory=dict)
    automatic: Literal["", "auto-replied", "auto-generated"] = "auto-generated"
    thread: tuple[str, ...] = ()
    key: str = ""
    page: bool = False


Effect = (
    OpenCase
    | AppendMessage
    | Signed
    | SetFields
    | SetMarker
    | ChangeState
    | SetOwner
    | SetCreator
    | Resend
    | Missed
    | StopMails
    | Invite
    | Remove
    | Answered
    | ScheduleDue
    | CancelDue
    | SetPerson
    | Count
    | Hold
    | UseToken
    | Release
    | ReleaseWaiting
    | Send
)
