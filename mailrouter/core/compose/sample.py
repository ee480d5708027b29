"""One invented case, and for every template what a Send would carry: for `template preview`, for `check`, for tests.

Nobody in it exists. The values are as full as they get, so that each branch of a template is rendered.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from msgspec.structs import replace

from mailrouter.core.compose.kit import Kit
from mailrouter.core.compose.sample_values import CASE, NUMBER, STRANGER, VALUES
from mailrouter.core.compose.template import Templates
from mailrouter.core.ids import seed_for
from mailrouter.core.mail.address import AddressKeys
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
from mailrouter.core.policy.slug import slug

Language = Literal["fr", "en"]

NOW: Final = datetime(2026, 3, 12, 9, 5, tzinfo=UTC)
AIDANT: Final = "zoe.durand@cahors.example"
AGENT: Final = "claire.martin@caf46.example"
EXPERT: Final = "nadia.benali@equipe.example"
MAILBOX: Final = "aplus@caf46.example"
OPERATOR: Final = "exploitation@aplus.example"
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
_AGENT: Final = (AGENT, "agent")
_RECIPIENTS: Final[Mapping[str, tuple[str, str]]] = {
    "new-case-agent": _AGENT,
    "new-case-mailbox": (MAILBOX, "mailbox"),
    "new-case-expert": (EXPERT, "expert"),
    "message": _AGENT,
    "note": _AGENT,
    "thanks": _AGENT,
    "declined": _AGENT,
    "held-ask": _AGENT,
    "which-case": _AGENT,
    "who-signed": (MAILBOX, "mailbox"),
    "act-offered": _AGENT,
    "not-understood": _AGENT,
    "reminder": _AGENT,
    "escalation": ("chef@caf46.example", "manager"),
    "page-code": _AGENT,
    "waiting": ("nouvelle.personne@caf46.example", ""),
    "not-registered": (STRANGER, ""),
    "operators-notice": (OPERATOR, "operator"),
    "operators-digest": (OPERATOR, "operator"),
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
        "draft",
        "recalled",
        "account-ending",
        "letter-model",
        "welcome",
        "not-registered",
        "digest",
        "operators-notice",
        "operators-digest",
        "page-code",
    ]
)
_QUESTIONS: Final = frozenset({"held-ask", "challenge", "terms", "who-signed"})
_RELAYED: Final = frozenset(
    [
        "new-case-agent",
        "new-case-mailbox",
        "new-case-expert",
        "answer",
        "advice",
        "message",
        "note",
        "irrelevant",
        "joined",
    ]
)


def sample_send(
    template: str, language: Language = "fr", organisation: str = "CAF", disclosure: Disclosure = "full"
) -> Send:
    """A Send of `template` on the sample case, to whom it usually goes."""
    recipient, role = _RECIPIENTS.get(template, (AIDANT, "creator"))
    agents = role in ("agent", "mailbox", "expert")
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
        CaseMessage(
            id="sample-answer",
            case_id=CASE,
            at=NOW,
            author=AGENT,
            side="operator",
            group="caf-lot",
            organisation="CAF",
        ),
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


def sample_kit(templates: Templates) -> Kit:
    """The templates, with keys that open nothing."""
    keys = AddressKeys(current=1, keys={1: b"sample".ljust(32)})
    return Kit(templates=templates, address_keys=keys, id_key=b"sample".ljust(32), files=FILES)


def sample_directory(organisation: str = "CAF", page_url: str = "") -> Directory:
    """A service in one department: four organisations and `organisation`, one group of agents and one of helpers; with
    a secure page when `page_url` is given."""
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
            organisations=_organisations(organisation),
            groups=(helpers, agents),
            people=(Person(address=AIDANT, name="Zoé Durand"), Person(address=AGENT, name="Claire Martin")),
            operators=(OPERATOR,),
            page_url=page_url,
        )
    )


def _organisations(more: str) -> tuple[Organisation, ...]:
    restricted = {
        more: (),
        "CAF": ("nir", "allocataire"),
        "CPAM": ("nir",),
        "DDFIP": ("fiscal",),
        "MSA": ("nir",),
    }
    operators = tuple(
        Organisation(code=code, slug=slug(code), name=code, side="operator", fields=fields)
        for code, fields in restricted.items()
    )
    return (*operators, Organisation(code="FS", slug="fs", name="France Services", side="helper"))
