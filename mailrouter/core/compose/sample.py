"""One invented case, and for every template what a Send would carry: for `template preview`, for `check`, for tests.

Nobody in it exists. The values are as full as they get, so that each branch of a template is rendered.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal

from mailrouter.core.ids import seed_for
from mailrouter.core.model import (
    Attachment,
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

NOW: Final = datetime(2026, 3, 12, 9, 5, tzinfo=UTC)
NUMBER: Final = "2026-004217-S"
CASE: Final = "sample-case"
AIDANT: Final = "zoe.durand@cahors.example"
AGENT: Final = "claire.martin@caf46.example"
MAILBOX: Final = "aplus@caf46.example"
OPERATOR: Final = "exploitation@aplus.example"
STRANGER: Final = "camille@ailleurs.example"
FILE: Final = Attachment(name="attestation de loyer.pdf", type="application/pdf", size=12, sha256="sample-file")
FILES: Final[Mapping[str, bytes]] = {"sample-file": b"%PDF-1.4 ..."}
TEXT: Final = (
    "Bonjour,\n\nL'aide au logement de cette personne est suspendue depuis janvier. Son bailleur a envoyé "
    "l'attestation de loyer deux fois, elle est jointe.\n\nPouvez-vous nous dire ce qui manque encore ?\n\n"
    "Bien à vous,\nZoé Durand"
)
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
        {"at": "2026-03-02T08:30:00+00:00", "author": "Zoé Durand", "organisation": "", "text": "Un mot.\n\nDeux."}
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
    "new-case-agent": {**_NOTICE, "invited_by": "Léa Robin"},
    "new-case-mailbox": {**_NOTICE, "members": ["Claire Martin", "Paul Roux"]},
}
"""Template: sample values. `core/compose/context.py` says which there may be."""

_RECIPIENTS: Final[Mapping[str, tuple[str, str]]] = {
    "new-case-agent": (AGENT, "agent"),
    "new-case-mailbox": (MAILBOX, "mailbox"),
}
"""Template: to whom and as what; the aidant who opened the case for the others."""


def sample_send(
    template: str, language: Literal["fr", "en"] = "fr", organisation: str = "CAF", disclosure: Disclosure = "full"
) -> Send:
    """A Send of `template` on the sample case, to whom it usually goes."""
    recipient, role = _RECIPIENTS.get(template, (AIDANT, "creator"))
    to_agents = role in ("agent", "mailbox")
    return Send(
        template=template,
        recipient=recipient,
        role=role,
        language=language,
        case_id=CASE,
        organisation=organisation,
        group="caf-lot" if to_agents else "fs-cahors",
        message="sample-message",
        disclosure=disclosure,
        fields=FIELDS,
        text=TEXT,
        author_name="Zoé Durand" if to_agents else "Claire Martin",
        files=(FILE,),
        values=dict(VALUES[template]),
        thread=("<first@cahors.example>",),
    )


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
        Participant(address=AIDANT, name="Zoé Durand", role="creator", group="fs-cahors", side="helper", since=NOW),
        Participant(address=AGENT, name="Claire Martin", role="agent", group="caf-lot", side="operator", since=NOW),
    )
    said = CaseMessage(
        id="sample-message", case_id=CASE, at=NOW, author=AIDANT, side="helper", group="fs-cahors", text=TEXT
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
        messages=(said,),
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
