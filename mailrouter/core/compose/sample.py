"""One invented case, and for every template what a Send would carry: for `template preview`, for `check`, for tests.

Nobody in it exists. The values are as full as they get, so that each branch of a template is rendered.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from msgspec.structs import replace

from mailrouter.core.ids import seed_for
from mailrouter.core.model import (
    Attachment,
    Audience,
    CaseMessage,
    CaseView,
    Decision,
    Disclosure,
    Envelope,
    Facts,
    Field,
    MailReceived,
    Participant,
    Party,
    Send,
)
from mailrouter.core.policy.directory import Directory
from mailrouter.core.policy.schema import Group, Organisation, Person, Policy, Territory

Language = Literal["fr", "en"]

NOW: Final = datetime(2026, 3, 12, 9, 5, tzinfo=UTC)
NUMBER: Final = "2026-004217-S"
CASE: Final = "sample-case"
AIDANT: Final = "zoe.durand@cahors.example"
AGENT: Final = "claire.martin@caf46.example"
MAILBOX: Final = "aplus@caf46.example"
OPERATOR: Final = "exploitation@aplus.example"
STRANGER: Final = "camille@ailleurs.example"
FILE: Final = Attachment(
    name="attestation de loyer.pdf", type="application/pdf", size=12, sha256="sample-file"
)
FILES: Final[Mapping[str, bytes]] = {"sample-file": b"%PDF-1.4 ..."}
TEXT: Final = (
    "Bonjour,\n\nL'aide au logement de cette personne est suspendue depuis janvier. Son bailleur a envoyé "
    "l'attestation de loyer deux fois, elle est jointe.\n\nPouvez-vous nous dire ce qui manque encore ?\n\n"
    "Bien à vous,\nZoé Durand"
)
ANSWER: Final = (
    "Bonjour,\n\nIl manque la page 2 de l'attestation de loyer. Dès que nous l'avons, le versement reprend, avec le "
    "rappel depuis janvier.\n\nCordialement,\nClaire Martin"
)
EXPIRY: Final = timedelta(days=7)
FIELDS: Final = (
    Field(name="prenom", value="Ana"),
    Field(name="nom", value="Exemple"),
    Field(name="naissance", value="1984-02-01"),
    Field(name="allocataire", value="…321"),
)
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
    "withheld": ["adresse", "telephone"],
    "earlier": [
        {
            "at": "2026-03-02T08:30:00+00:00",
            "author": "Zoé Durand",
            "organisation": "",
            "text": "Un mot.\n\nDeux.",
        }
    ],
}

VALUES: Final[Mapping[str, Mapping[str, Any]]] = {
    "receipt": {
        "asked": ["CAF", "CPAM"],
        "delay": "3 business days",
        "urgent": "expulsion, avant le 16 mars",
        "read_by": "2026-03-12T11:05:00+00:00",
        "phone": "05 00 00 00 00",
        "careful": True,
        "joined": ["Idriss Petit"],
        "refused_cc": ["quelquun@ailleurs.example"],
        "understood": [["prenom", "Ana"], ["nir", "184024601234567"]],
    },
    "which-organisation": {
        "choices": ["CPAM", "CAF", "MSA", "DDFIP"],
        "proposed": ["CAF"],
        "understood": [["prenom", "Ana"], ["naissance", "1984-02-01"]],
    },
    "incomplete": {
        "missing": ["prenom", "naissance", "mandate", "organisation", "terms"],
        "wrong": [["nir", "nir-key"], ["naissance", "date-impossible"]],
        "understood": [["nom", "Exemple"], ["nir", "184024601234567"]],
        "proposed": ["CAF"],
        "choices": ["CPAM", "CAF", "MSA", "DDFIP"],
    },
    "no-agent": {"organisations": ["MSA"], "phone": "05 00 00 00 00", "suggested": ["CPAM"]},
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
            },
            {
                "at": "2026-03-05T13:02:00+00:00",
                "who": "Claire Martin",
                "act": "message",
                "organisation": "CAF",
                "why": "Il manque l'attestation.",
            },
        ],
        "states": [["CAF", "in-progress"]],
    },
    "listing": {"cases": [_LINE, {**_LINE, "number": "2026-004299-Y", "repere": ""}]},
    "help": {"territories": _PLACES, "phone": "05 00 00 00 00"},
    "mandate-form": {"filled": True},
    "welcome": {"groups": ["France Services Cahors"], "territories": _PLACES},
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
    "operators-notice": {
        "items": [
            {
                "id": "7c1f20",
                "received_at": "2026-03-12T09:00:00+00:00",
                "author": STRANGER,
                "recipient": "lot@aplus.example",
                "size": 48213,
                "reason": "stranger-on-case",
            }
        ],
        "total": 4,
    },
}
"""Template: sample values. `core/compose/context.py` says which there may be."""

_AGENT: Final = (AGENT, "agent")
_RECIPIENTS: Final[Mapping[str, tuple[str, str]]] = {
    "new-case-agent": _AGENT,
    "new-case-mailbox": (MAILBOX, "mailbox"),
    "message": _AGENT,
    "note": _AGENT,
    "declined": _AGENT,
    "held-ask": _AGENT,
    "which-case": _AGENT,
    "not-understood": _AGENT,
    "reminder": _AGENT,
    "escalation": ("chef@caf46.example", "manager"),
    "waiting": ("nouvelle.personne@caf46.example", ""),
    "not-registered": (STRANGER, ""),
    "operators-notice": (OPERATOR, "operator"),
}
"""Template: to whom and as what; the aidant who opened the case for the others."""

_WITHOUT_CASE: Final = frozenset(
    [
        "waiting",
        "challenge",
        "which-case",
        "terms",
        "listing",
        "help",
        "mandate-form",
        "welcome",
        "not-registered",
        "digest",
        "operators-notice",
    ]
)
_QUESTIONS: Final = frozenset({"held-ask", "challenge"})
_RELAYED: Final = frozenset(
    {"new-case-agent", "new-case-mailbox", "answer", "message", "note", "irrelevant", "joined"}
)


def sample_send(
    template: str, language: Language = "fr", organisation: str = "CAF", disclosure: Disclosure = "full"
) -> Send:
    """A Send of `template` on the sample case, to whom it usually goes."""
    recipient, role = _RECIPIENTS.get(template, (AIDANT, "creator"))
    agents = role in ("agent", "mailbox")
    send = Send(
        template=template,
        recipient=recipient,
        role=role,
        language=language,
        organisation=organisation,
        group="caf-lot" if agents else "fs-cahors",
        disclosure=disclosure,
        values=dict(VALUES[template]),
    )
    if template in _RELAYED:
        send = _relaying(send, agents)
    if template in _WITHOUT_CASE:
        return replace(send, **{"reply": "territory", "organisation": "", **_question(template)})
    thread = ("<first@cahors.example>",)
    audience: Audience = "agents" if template == "note" else "everyone"
    return replace(send, case_id=CASE, thread=thread, audience=audience, **_question(template))


def _relaying(send: Send, to_agents: bool) -> Send:
    return replace(
        send,
        message="sample-message" if to_agents else "sample-answer",
        text=TEXT if to_agents else ANSWER,
        author_name="Zoé Durand" if to_agents else "Claire Martin",
        fields=FIELDS if to_agents else (),
        files=(FILE,),
        automatic="",
    )


def _question(template: str) -> dict[str, Any]:
    if template not in _QUESTIONS:
        return {}
    return {
        "reply": "question",
        "question": template,
        "inbound_id": "sample-inbound",
        "expires_at": NOW + EXPIRY,
    }


def sample_decision(*sends: Send) -> Decision:
    """A decision that sends these."""
    return Decision(disposition="opened", rule="sample", effects=sends, case_id=CASE)


def sample_facts() -> Facts:
    """Facts with the sample case gathered."""
    envelope = Envelope(mail_from=AIDANT, rcpt_to=("lot@aplus.example",), door="smtp", received_at=NOW)
    return Facts(
        trigger=MailReceived(inbound_id="sample-inbound", envelope=envelope),
        now=NOW,
        seed=seed_for(b"sample", "sample"),
        cases=(_case(),),
    )


def _case() -> CaseView:
    people = (
        Participant(
            address=AIDANT, name="Zoé Durand", role="creator", group="fs-cahors", side="helper", since=NOW
        ),
        Participant(
            address=AGENT, name="Claire Martin", role="agent", group="caf-lot", side="operator", since=NOW
        ),
    )
    said = (
        CaseMessage(
            id="sample-message", case_id=CASE, at=NOW, author=AIDANT, side="helper", group="fs-cahors"
        ),
        CaseMessage(id="sample-answer", case_id=CASE, at=NOW, author=AGENT, side="operator", group="caf-lot"),
    )
    return CaseView(
        id=CASE,
        number=NUMBER,
        territory="lot",
        state="open",
        creator=AIDANT,
        creator_group="fs-cahors",
        opened_at=NOW,
        parties=(Party(organisation="CAF", group="caf-lot", asked_at=NOW),),
        participants=people,
        messages=said,
    )


def sample_directory() -> Directory:
    """A service in one department, with two organisations and one helper group."""
    helpers = Group(
        id="fs-cahors",
        name="France Services Cahors",
        organisation="FS",
        side="helper",
        territories=("lot",),
        members=(AIDANT,),
    )
    agents = Group(
        id="caf-lot",
        name="CAF du Lot",
        organisation="CAF",
        side="operator",
        territories=("lot",),
        mailbox=MAILBOX,
        members=(AGENT,),
    )
    return Directory.of(
        Policy(
            digest="",
            generation="",
            domain="aplus.example",
            territories=(Territory(slug="lot", name="Lot", of="du Lot", code="46"),),
            organisations=_organisations(),
            groups=(helpers, agents),
            people=(Person(address=AIDANT, name="Zoé Durand"), Person(address=AGENT, name="Claire Martin")),
            operators=(OPERATOR,),
        )
    )


def _organisations() -> tuple[Organisation, ...]:
    restricted = {"CAF": ("nir", "allocataire"), "CPAM": ("nir",), "DDFIP": ("fiscal",), "MSA": ("nir",)}
    operators = tuple(
        Organisation(code=code, slug=code.lower(), name=code, side="operator", fields=fields)
        for code, fields in restricted.items()
    )
    return (*operators, Organisation(code="FS", slug="fs", name="France Services", side="helper"))
