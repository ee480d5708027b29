"""Facts by hand, for tables of decisions: the sample policy, one case, one mail."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

from mailrouter.configuration import load_configuration
from mailrouter.core.ids import seed_for
from mailrouter.core.mail.read import read
from mailrouter.core.mail.wire.parse import parse
from mailrouter.core.model import (
    CaseMessage,
    CaseView,
    Due,
    Envelope,
    Facts,
    Field,
    MailReceived,
    Mandate,
    Participant,
    Party,
    PersonState,
    Target,
    TokenRow,
    Verdict,
)
from mailrouter.core.policy.directory import Directory

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OPENED = datetime(2026, 2, 25, 9, 0, tzinfo=UTC)
ZOE, KARIM = "zoe.durand@cahors.example", "karim.haddad@cahors.example"
CLAIRE, JULIEN, CAF_BOX = "claire.martin@caf46.example", "julien.roques@caf46.example", "aplus@caf46.example"
AURELIE = "aurelie.vidal@cpam46.example"
NADIA = "nadia.benali@equipe-aplus.example"  # expert of CAF
STRANGER = "curieux@ailleurs.example"
_FIELDS = "Prénom : Marie\nNom : DUPONT\nDate de naissance : 03/04/1961\n"
# First mails of a case: complete, without an organisation, without fields.
COMPLETE_CASE = (
    f"Son APL est bloquée.\n\n{_FIELDS}Organisme : CAF\nMandat : oui\nJ'accepte",
    f"Son APL est bloquée.\n\n{_FIELDS}Mandat : oui\nJ'accepte",
    "Bonjour, une dame a besoin d'aide.",
)
PASS = (
    Verdict(
        method="dmarc",
        result="pass",
        properties=(("authserv-id", "mx.aplus.example"), ("header.from", "")),
    ),
)


@cache
def directory() -> Directory:
    """The sample service."""
    return load_configuration(Path(__file__).parents[2] / "config", {}, NOW).directory()


def person(address: str, role: str, group: str, side: str) -> Participant:
    """A participant since the opening."""
    return Participant(
        address=address, name=address.split(".")[0].title(), role=role, group=group, side=side, since=OPENED
    )


def case(state: str = "open", party: str = "in-progress", **more) -> CaseView:
    """A case of Zoé's, asked of CAF du Lot."""
    values = dict(
        id="c" * 32,
        number="2026-000001-Z",
        version=3,
        territory="lot",
        state=state,
        creator=ZOE,
        creator_group="fs-cahors",
        opened_at=OPENED,
        subject="Aide au logement",
        fields=(
            Field(name="prenom", value="Marie"),
            Field(name="nom", value="DUPONT"),
            Field(name="naissance", value="1961-04-03"),
        ),
        mandate=Mandate(given_on=date(2026, 2, 1)),
        parties=(Party(organisation="CAF", group="caf-lot", state=party, asked_at=OPENED),),
        participants=(
            person(ZOE, "creator", "fs-cahors", "helper"),
            person(KARIM, "colleague", "fs-cahors", "helper"),
            person(CLAIRE, "agent", "caf-lot", "operator"),
            person(JULIEN, "agent", "caf-lot", "operator"),
            person(CAF_BOX, "mailbox", "caf-lot", "operator"),
        ),
        messages=(
            CaseMessage(
                id="m1",
                case_id="c" * 32,
                at=OPENED,
                author=ZOE,
                side="helper",
                group="fs-cahors",
                text="Son APL est bloquée.",
            ),
        ),
        dues=(Due(key="k/CAF/remind//1", case_id="c" * 32, kind="remind", at=NOW, organisation="CAF"),),
        last_human_at=OPENED,
        last_creator_at=OPENED,
    )
    return CaseView(**{**values, **more})


def token(holder: str, audience: str = "everyone", case_id: str = "c" * 32, **more) -> Target:
    """One of the case's addresses, as `holder` was given it."""
    row = TokenRow(
        row_id=7,
        kind=audience,
        key_id=1,
        case_id=case_id,
        address=holder,
        audience=audience,
        created_at=OPENED,
        **more,
    )
    return Target(address="cas-x@aplus.example", kind="token", token=row)


def facts(
    author: str,
    text: str,
    on: CaseView | None = None,
    holder: str = "",
    *,
    aligned: bool = True,
    subject: str = "Re: [Administration+ 2026-000001-Z] CAF du Lot",
    targets: tuple[Target, ...] | None = None,
    headers: str = "",
    mail_from: str | None = None,
    terms: bool = True,
    **more,
) -> Facts:
    """The facts of a mail of `author`; on a case, at the address that `holder` (the author) was given."""
    octets = (
        f"From: {author}\r\nTo: x@aplus.example\r\nSubject: {subject}\r\nMessage-ID: <a@b.example>\r\n"
        f"Date: Mon, 02 Mar 2026 10:00:00 +0100\r\n{headers}Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    ).encode()
    reading = read(octets)
    domain = parse(octets).authors[0].address.partition("@")[2] if parse(octets).authors else ""
    verdict = Verdict(
        method="dmarc",
        result="pass" if aligned else "fail",
        properties=(("authserv-id", "mx.aplus.example"), ("header.from", domain)),
    )
    if targets is None:
        targets = (token(holder or author),) if on else (directory().target_of("lot@aplus.example"),)
    envelope = Envelope(
        mail_from=author if mail_from is None else mail_from,
        rcpt_to=tuple(t.address for t in targets),
        door="smtp",
        received_at=NOW,
        peer="127.0.0.1",
    )
    policy = directory().policy
    people = (PersonState(address=author, terms_version=policy.terms_version),) if terms else ()
    values = dict(
        trigger=MailReceived(inbound_id="i" * 32, envelope=envelope),
        now=NOW,
        seed=seed_for(b"k" * 32, "mail:x"),
        number="2026-000002-X",
        message=reading.message,
        verdicts=(verdict,),
        targets=targets,
        cases=(on,) if on else (),
        people=people,
        policy_digest=policy.digest,
        generation=policy.generation,
    )
    return Facts(**{**values, **more})
