"""What each template is told. One row per template: the values its Send must carry, and those it may carry.

Values are plain JSON: organisations as codes, dates and instants as ISO 8601 text, durations as `str(Duration)`,
fields by canonical name, acts by their name in the table of acts. Templates put them into words.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mailrouter.core.model import Frozen, Send


class Values(Frozen, frozen=True, kw_only=True):
    """The values of one template: `needs` must be there, `may` are filled with these defaults when absent."""

    needs: tuple[str, ...] = ()
    may: Mapping[str, Any] = {}


# Every template may be given these.
ALWAYS: Final[Mapping[str, Any]] = {
    "acts": (),
    "author_group": "",
    "territory": "",
    "number": "",
    "organisation": "",
}

_NOTICE: Final[Mapping[str, Any]] = {
    "urgent": "",
    "careful": False,
    "mandate": "",
    "mandate_form": "",
    "also_asked": (),
    "invited_by": "",
    "members": (),
    "withheld": (),
    "earlier": (),
    "same_person": (),
    "terms": {},
}

CONTEXT: Final[Mapping[str, Values]] = {
    # To the aidant, about a new case
    "receipt": Values(
        needs=("asked",),
        may={
            "delay": "",
            "usual": (),
            "urgent": "",
            "heard_urgent": "",
            "urgent_delay": "",
            "read_by": "",
            "phone": "",
            "careful": False,
            "wrong": (),
            "unreached": (),
            "not_open": (),
            "joined": (),
            "refused_cc": (),
            "understood": (),
            "same_person": (),
            "terms": {},
        },
    ),
    "incomplete": Values(
        needs=("missing",),
        may={
            "wrong": (),
            "understood": (),
            "proposed": (),
            "nobody": (),
            "choices": (),
            "again": False,
            "reply": False,
            "same_person": (),
        },
    ),
    "which-organisation": Values(
        needs=("choices",),
        may={"proposed": (), "nobody": (), "wrong": (), "understood": (), "reply": False, "same_person": ()},
    ),
    "no-agent": Values(
        needs=("organisations",), may={"not_open": (), "away": False, "phone": "", "suggested": ()}
    ),
    # To organisations, about a new case
    "new-case-agent": Values(may=_NOTICE),
    "new-case-mailbox": Values(may=_NOTICE),
    "new-case-expert": Values(
        needs=("invited_by",),
        may={"urgent": "", "careful": False, "also_asked": (), "earlier": (), "terms": {}},
    ),
    # What people write to each other
    "answer": Values(may={"state": "", "still_waiting": (), "taken": "", "said": ""}),
    "message": Values(may={"urgent": "", "reopened": False, "careful": "", "hurry": False}),
    "note": Values(),
    "advice": Values(may={"joined": False}),
    "expert": Values(needs=("who", "why"), may={"invited_by": ""}),
    "joined": Values(may={"invited_by": "", "earlier": ()}),
    # What happened
    "taken": Values(needs=("who",), may={"why": "", "said": "", "given_by": "", "helper": False}),
    "declined": Values(needs=("who",), may={"left": 0, "suggested": "", "alerted": False}),
    "irrelevant": Values(may={"who": ""}),
    "not-competent": Values(may={"who": "", "suggested": "", "alone": False}),
    "suggestion": Values(needs=("who", "suggested")),
    "helper-away": Values(needs=("who",), may={"gone": False, "until": "", "states": ()}),
    "absence-told": Values(needs=("organisations",), may={"return_date": "", "phone": "", "why": "absent"}),
    "asked-to-close": Values(
        needs=("why",), may={"states": (), "since": "", "closes_on": "", "answer": False}
    ),
    "part-done": Values(needs=("waiting",), may={"states": ()}),
    "closed": Values(needs=("why",), may={"who": "", "useful": "", "wipe_on": "", "unasked": False}),
    "reopened": Values(may={"who": "", "why": ""}),
    "withdrawn": Values(may={"who": "", "unsent": False, "unasked": False}),
    "wrong-person": Values(may={"who": "", "unsent": False}),
    "acknowledged": Values(
        needs=("act",), may={"target": "", "until": "", "most": "", "mailbox": "", "delay": "", "phone": ""}
    ),
    "recalled": Values(needs=("stopped", "gone"), may={"closed": False}),
    "thanks": Values(needs=("who",)),
    # Questions
    "held-ask": Values(
        needs=("reason",),
        may={"received_at": "", "address": "", "numbers": (), "items": (), "details": ()},
    ),
    "who-signed": Values(needs=("members",), may={"takes": False, "again": False}),
    "waiting": Values(may={"who": "", "why": ""}),
    "challenge": Values(needs=("received_at",), may={"word": "c'est moi", "address": ""}),
    "not-understood": Values(may={"said": "", "why": "", "partly": False, "also": (), "more": ()}),
    "act-offered": Values(needs=("acts",), may={"heard_urgent": "", "urgent_delay": ""}),
    "careful-offered": Values(),
    "which-case": Values(needs=("cases",)),
    "files": Values(needs=("problems",), may={"sent": False}),
    "terms": Values(needs=("version",), may={"again": False, "waits": True}),
    "page-code": Values(needs=("minutes",)),
    # Asked for
    "history": Values(needs=("entries",), may={"states": ()}),
    "listing": Values(needs=("cases",), may={"unread": (), "unsent": False}),
    "help": Values(
        may={"territories": (), "phone": "", "today": "", "unsent": False, "unknown": "", "nearest": ""}
    ),
    "mandate-form": Values(may={"filled": False, "today": ""}),
    "draft": Values(
        needs=("missing", "asked"),
        may={
            "wrong": (),
            "understood": (),
            "proposed": (),
            "choices": (),
            "refused_cc": (),
            "unreached": (),
            "same_person": (),
        },
    ),
    "letter-model": Values(
        needs=("letters",),
        may={"letter": "", "papers": (), "words": "", "missing": (), "unknown": "", "nearest": ""},
    ),
    "summary": Values(needs=("entries",), may={"states": (), "waiting": (), "over": False}),
    "welcome": Values(may={"groups": (), "territories": (), "version": ""}),
    "not-registered": Values(may={"orientation": False}),
    # Time
    "reminder": Values(
        needs=("since",), may={"step": 1, "urgent": "", "owner": "", "answered": False, "expert": False}
    ),
    "escalation": Values(
        needs=("why", "since"),
        may={"members": 0, "absent": 0, "urgent": "", "phone": "", "answered": False},
    ),
    "account-ending": Values(needs=("ends_on",), may={"again": False}),
    "notices": Values(may={"answer": (), "close": (), "late": ()}),
    "digest": Values(may={"answer": (), "waiting": (), "close": (), "late": (), "notices": (), "counts": ()}),
    # Operators
    "operators-notice": Values(needs=("items",), may={"total": 0}),
    "operators-digest": Values(needs=("counts", "strangers", "items", "total"), may={"since": ""}),
}


_ON_CASE: Final = ("history", "help")
_HANDLE: Final = ("take", "done", "not-me", "not-us", "irrelevant", "note", "invite")

# The acts a mail offers when its Send names none: to the helper side, to the agents' side.
ACTS: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "receipt": (("invite", "withdraw", *_ON_CASE), ()),
    "incomplete": (("confirm", "mandate-form", "close", "help"), ()),
    "no-agent": (("invite", "close-no", "help"), ()),
    "new-case-agent": ((), (*_HANDLE, "help")),
    "new-case-mailbox": ((), ("take", "done", "not-us", "irrelevant", "note", "help")),
    "new-case-expert": ((), ("note", "leave", *_ON_CASE)),
    "advice": (_ON_CASE, ("take", "done", "note", "history")),
    "expert": (_ON_CASE, ("note", "history")),
    "answer": (("close-yes", "close-unknown", "close-no", "summary", *_ON_CASE), ("note", *_ON_CASE)),
    "message": (_ON_CASE, ("take", "done", "not-us", "note", *_ON_CASE)),
    "note": ((), ("history",)),
    "joined": (_ON_CASE, (*_HANDLE, "history")),
    "taken": (_ON_CASE, ("take", "note", "history")),
    "declined": ((), ("take", "done", "not-us", "note")),
    "irrelevant": (("invite", "close-yes", "close-unknown", "close-no"), ()),
    "not-competent": (("invite", "close-no"), ()),
    "suggestion": (("invite", "close-no"), ()),
    "helper-away": (("take-over", "history"), ()),
    "absence-told": (("invite", "history"), ()),
    "asked-to-close": (("close-yes", "close-unknown", "close-no", "summary", "history"), ()),
    "part-done": (("close-yes", "close-unknown", *_ON_CASE), ()),
    "closed": (("reopen", "summary", "history"), ("history",)),
    "reopened": (_ON_CASE, ("take", "done", "note", "history")),
    "reminder": (("close-yes", "help"), (*_HANDLE, "later")),
    "history": (("help",), ("note", "help")),
    "acknowledged": (("history",), ("history",)),
    "challenge": (("its-me", "disown"), ("its-me", "disown")),
    "terms": (("accept-terms",), ("accept-terms",)),
}


# What works for an expert, of the acts a mail offers to the agents' side.
EXPERT_ACTS: Final = frozenset({"note", "leave", *_ON_CASE})


def values_of(send: Send) -> dict[str, Any]:
    """The send's values with every optional one filled in. KeyError for an unknown template or a missing value,
    ValueError for a value that the template does not know: both are faults of ours and say which."""
    row = CONTEXT[send.template]
    missing = [name for name in row.needs if name not in send.values]
    if missing:
        raise KeyError(f"template {send.template} needs {', '.join(missing)}")
    unknown = set(send.values) - set(row.needs) - set(row.may) - set(ALWAYS)
    if unknown:
        raise ValueError(f"template {send.template} does not know {', '.join(sorted(unknown))}")
    return {**ALWAYS, **row.may, **send.values}
