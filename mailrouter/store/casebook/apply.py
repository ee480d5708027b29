"""Effects become rows: one function for each kind of effect, all inside record's transaction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mailrouter.core.model import (
    Answered,
    AppendMessage,
    CancelDue,
    CaseView,
    ChangeState,
    Count,
    Effect,
    Hold,
    Invite,
    Missed,
    OpenCase,
    Release,
    ReleaseWaiting,
    Remove,
    Resend,
    ScheduleDue,
    Send,
    SetCreator,
    SetFields,
    SetMarker,
    SetOwner,
    SetPerson,
    Signed,
    StopMails,
    UseToken,
)
from mailrouter.store.casebook.case_effects import (
    answered,
    append_message,
    change_state,
    open_case,
    set_creator,
    set_fields,
    set_marker,
    set_owner,
    signed,
)
from mailrouter.store.casebook.people_effects import invite, remove, set_person
from mailrouter.store.casebook.queue_effects import (
    cancel_due,
    missed,
    release,
    release_waiting,
    resend,
    schedule_due,
    stop_mails,
    use_token,
)
from mailrouter.store.casebook.unit import Applier


def _nothing(a: Applier, e: Count | Hold | Send, after: CaseView | None) -> None:
    """Hold is the receipt's disposition, Send an outbox row, Count comes last: record writes them."""


APPLY: dict[type, Callable[[Applier, Any, CaseView | None], None]] = {
    OpenCase: open_case,
    AppendMessage: append_message,
    Signed: signed,
    SetFields: set_fields,
    SetMarker: set_marker,
    ChangeState: change_state,
    SetOwner: set_owner,
    SetCreator: set_creator,
    Missed: missed,
    StopMails: stop_mails,
    Resend: resend,
    Answered: answered,
    Invite: invite,
    Remove: remove,
    ScheduleDue: schedule_due,
    CancelDue: cancel_due,
    SetPerson: set_person,
    Count: _nothing,
    UseToken: use_token,
    Release: release,
    ReleaseWaiting: release_waiting,
    Hold: _nothing,
    Send: _nothing,
}


def apply(a: Applier, effect: Effect, after: CaseView | None) -> None:
    """One effect becomes rows; `after` is the case as it is to be (core/decide/basis/evolve.py)."""
    APPLY[type(effect)](a, effect, after)
