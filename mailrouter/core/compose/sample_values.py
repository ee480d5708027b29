"""What the sends of the sample case carry, by template; as full as it gets, so that each branch is rendered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

CASE: Final = "sample-case"
NUMBER: Final = "2026-004217-S"
STRANGER: Final = "camille@ailleurs.example"

_LINE: Final[Mapping[str, Any]] = {
    "case_id": CASE,
    "number": NUMBER,
    "state": "open",
    "organisations": [["CAF", "in-progress"], ["CPAM", "new"]],
    "opened_at": "2026-03-02T08:30:00+00:00",
    "repere": "logement 3",
}
_PLACES: Final = [["Lot", "lot@aplus.example"], ["Val-d'Oise", "val-d-oise@aplus.example"]]
_NOTICE: Final[Mapping[str, Any]] = {
    "urgent": "expulsion, avant le 16 mars",
    "careful": True,
    "mandate": "2026-03-10",
    "mandate_form": "written",
    "also_asked": ["CPAM"],
    "same_person": [{**_LINE, "careful": True}],
    "withheld": ["adresse", "telephone"],
    "terms": {"version": "1", "again": False},
    "earlier": [
        {
            "at": "2026-03-02T08:30:00+00:00",
            "author": "Zoé Durand",
            "organisation": "",
            "text": "Un mot.\n\nDeux.",
        }
    ],
}
_HELD: Final[Mapping[str, Any]] = {
    "id": "7c1f20",
    "received_at": "2026-03-12T09:00:00+00:00",
    "author": STRANGER,
    "recipient": "lot@aplus.example",
    "size": 48213,
    "reason": "stranger-on-case",
    "about": "",
}

VALUES: Final[Mapping[str, Mapping[str, Any]]] = {
    "page-code": {"minutes": 15},
    "notices": {"answer": [_LINE], "close": [_LINE], "late": [_LINE]},
    "who-signed": {
        "members": ["Claire Martin", "Julien Roques"],
        "acts": [["Claire Martin", "CAF du Lot"], ["Julien Roques", "CAF du Lot"]],
        "again": True,
    },
    "suggestion": {"who": "Julien Roques", "suggested": ["CPAM", "MSA"], "author_group": "CAF du Lot"},
    "helper-away": {
        "who": "Zoé Durand",
        "until": "2026-03-20",
        "states": [["CAF", "in-progress"], ["CPAM", "new"]],
    },
    "receipt": {
        "terms": {"version": "2", "again": True},
        "same_person": [_LINE],
        "asked": ["CAF", "CPAM"],
        "delay": "3 business days",
        "usual": [["CAF", "2 business days"]],
        "urgent": "expulsion, avant le 16 mars",
        "read_by": "2026-03-12T11:05:00+00:00",
        "phone": "05 00 00 00 00",
        "careful": True,
        "wrong": [["nir", "nir-key"], ["repere", "repere-name"]],
        "unreached": ["La Poste"],
        "not_open": ["MSA"],
        "joined": ["Idriss Petit"],
        "refused_cc": ["quelquun@ailleurs.example"],
        "understood": [["prenom", "Ana"], ["nir", "184024601234567"]],
    },
    "which-organisation": {
        "same_person": [_LINE],
        "choices": ["CPAM", "CAF", "MSA", "DDFIP"],
        "proposed": ["CAF"],
        "understood": [["prenom", "Ana"], ["naissance", "1984-02-01"]],
    },
    "incomplete": {
        "same_person": [_LINE],
        "missing": ["prenom", "naissance", "mandate", "organisation", "terms"],
        "wrong": [["nir", "nir-key"], ["naissance", "date-impossible"]],
        "understood": [["nom", "Exemple"], ["nir", "184024601234567"]],
        "proposed": ["CAF"],
        "choices": ["CPAM", "CAF", "MSA", "DDFIP"],
    },
    "no-agent": {
        "organisations": ["MSA"],
        "not_open": ["CAF"],
        "away": True,
        "phone": "05 00 00 00 00",
        "suggested": ["CPAM"],
    },
    "new-case-agent": {**_NOTICE, "invited_by": "Léa Robin"},
    "new-case-mailbox": {**_NOTICE, "members": ["Claire Martin", "Paul Roux"]},
    "answer": {"state": "done", "still_waiting": ["CPAM"]},
    "message": {"urgent": "expulsion, avant le 16 mars", "reopened": True},
    "note": {},
    "joined": {"invited_by": "Zoé Durand", "earlier": _NOTICE["earlier"]},
    "taken": {"who": "Claire Martin"},
    "declined": {"who": "Paul Roux", "left": 2, "suggested": "CPAM", "alerted": True},
    "irrelevant": {"who": "Claire Martin"},
    "not-competent": {"who": "Claire Martin", "suggested": "CPAM"},
    "absence-told": {"organisations": ["CAF"], "return_date": "2026-03-20", "phone": "05 00 00 00 00"},
    "asked-to-close": {
        "why": "answered",
        "states": [["CAF", "done"], ["CPAM", "in-progress"]],
        "since": "2026-03-02",
        "closes_on": "2026-04-11",
    },
    "part-done": {
        "author_group": "CAF du Lot",
        "waiting": ["CPAM"],
        "states": [["CAF", "done"], ["CPAM", "new"]],
    },
    "closed": {"why": "creator", "who": "Zoé Durand", "useful": "yes", "wipe_on": "2026-09-12"},
    "reopened": {"who": "Zoé Durand", "why": "a message of the aidant"},
    "withdrawn": {"who": "Zoé Durand"},
    "wrong-person": {"who": "Claire Martin"},
    "acknowledged": {"act": "invite", "target": "CPAM du Lot", "until": "2026-03-20"},
    "held-ask": {
        "reason": "internal-marker",
        "received_at": "2026-03-12T09:00:00+00:00",
        "address": "nouvelle.personne@caf46.example",
        "numbers": [NUMBER],
        "items": ["message.eml"],
        "details": ["nir"],
        "acts": ["note", "send"],
    },
    "waiting": {"who": "Claire Martin"},
    "challenge": {"received_at": "2026-03-12T09:00:00+00:00"},
    "act-offered": {"acts": ["done", "not-us"]},
    "careful-offered": {},
    "not-understood": {"said": "voir plus tard", "acts": ["take", "done", "history", "help"]},
    "which-case": {"cases": [_LINE]},
    "files": {"problems": [["relevé.pdf", "locked"], ["courrier.zip", "type"]], "sent": True},
    "terms": {"version": "1", "again": False},
    "history": {
        "entries": [
            {
                "at": "2026-03-02T08:30:00+00:00",
                "who": "Zoé Durand",
                "act": "message",
                "organisation": "",
                "why": "Un mot.\n\nDeux.",
                "files": [],
            },
            {
                "at": "2026-03-05T13:02:00+00:00",
                "who": "Claire Martin",
                "act": "message",
                "organisation": "CAF",
                "why": "Il manque l'attestation.",
                "files": ["notification.pdf"],
            },
        ],
        "states": [["CAF", "in-progress"]],
    },
    "listing": {
        "cases": [_LINE, {**_LINE, "number": "2026-004299-Y", "repere": ""}],
        "unread": ["99 clore oui"],
    },
    "account-ending": {"ends_on": "2026-07-12", "again": True},
    "recalled": {"stopped": 2, "gone": ["CAF", ""], "closed": True},
    "thanks": {"who": "Zoé Durand"},
    "draft": {
        "same_person": [_LINE],
        "missing": ["naissance", "mandate", "organisation"],
        "asked": ["CAF"],
        "wrong": [["nir", "nir-key"]],
        "understood": [["nom", "Exemple"], ["nir", "184024601234567"], ["mandate", "2026-03-10"]],
        "proposed": ["CAF"],
        "choices": ["CPAM", "CAF"],
        "refused_cc": ["quelquun@ailleurs.example"],
        "unreached": ["MSA"],
    },
    "letter-model": {
        "letters": ["APL", "RSA"],
        "letter": "APL",
        "papers": ["attestation de loyer", "dernier courrier reçu"],
        "words": "Bonjour,\n\nL'aide au logement est suspendue depuis ……….",
        "missing": ["prenom", "nom", "naissance", "organisation", "mandate"],
        "unknown": "ALP",
        "nearest": "APL",
    },
    "summary": {
        "entries": [
            {"at": "2026-03-02T08:30:00+00:00", "organisation": "", "lines": ["Un mot.", "Deux."]},
            {"at": "2026-03-05T13:02:00+00:00", "organisation": "CAF", "lines": ["Il manque l'attestation."]},
        ],
        "states": [["CAF", "in-progress"], ["CPAM", "done"]],
        "waiting": [["CAF", "2026-03-20"]],
        "over": True,
    },
    "help": {"territories": _PLACES, "phone": "05 00 00 00 00", "today": "2026-03-10"},
    "mandate-form": {"filled": True, "today": "2026-03-10"},
    "welcome": {
        "groups": ["France Services Cahors"],
        "territories": _PLACES,
        "version": "2026-01",
    },
    "not-registered": {"orientation": True},
    "reminder": {
        "since": "2026-03-02T08:30:00+00:00",
        "step": 2,
        "urgent": "expulsion",
        "owner": "Claire Martin",
    },
    "escalation": {
        "why": "urgent",
        "since": "2026-03-02T08:30:00+00:00",
        "members": 3,
        "absent": 1,
        "phone": "05 00 00 00 00",
    },
    "digest": {
        "answer": [_LINE],
        "waiting": [_LINE],
        "close": [_LINE],
        "late": [_LINE],
        "notices": ["Paul Roux est en congé jusqu'au 20 mars."],
        "counts": [["CAF", 12, 2], ["CPAM", 5, 0]],
    },
    "operators-notice": {"items": [_HELD], "total": 4},
    "operators-digest": {
        "since": "2026-03-11T07:00:00+00:00",
        "counts": [["not-registered", 3], ["stranger-on-case", 1], ["fault", 2]],
        "strangers": [[STRANGER, 3, 91234]],
        "items": [{**_HELD, "expires_at": "2026-04-11T09:00:00+00:00"}],
        "total": 4,
    },
}
"""Template: sample values. `core/compose/context.py` says which there may be."""
