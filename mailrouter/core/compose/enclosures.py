"""Papers that the service makes itself and encloses: the mandate form, filled in with what is known."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from msgspec.structs import replace

from mailrouter.core.compose.frame import frame_of
from mailrouter.core.compose.kit import Kit
from mailrouter.core.compose.notation import read
from mailrouter.core.mandate import form
from mailrouter.core.model import Attachment, CaseView, Decision, Effect, Facts, Send
from mailrouter.core.policy.directory import Directory

MANDATE: Final = "mandate-form"
PAGE: Final = "/form.txt.j2"
FILE_NAMES: Final[Mapping[str, str]] = {"fr": "mandat.pdf", "en": "mandate.pdf"}
# What of the person stands on the form: who they are and how to reach them, no identifier.
FIELDS: Final = ("prenom", "nom", "nom_naissance", "naissance", "adresse", "telephone")


def enclosed(
    decision: Decision, facts: Facts, directory: Directory, kit: Kit, case: CaseView | None
) -> tuple[Decision, dict[str, bytes]]:
    """The decision with its papers among the files of the sends, and their octets by SHA-256. `case`: as it will be
    after the decision. Without fonts in the kit nothing is made, and the mail's own words say what to do instead."""
    made: dict[str, bytes] = {}

    def with_paper(effect: Effect) -> Effect:
        if not isinstance(effect, Send) or effect.template != MANDATE or kit.fonts is None:
            return effect
        send, octets = _mandate(effect, decision, facts, directory, kit, case)
        made[send.files[0].sha256] = octets
        return send

    if not any(isinstance(e, Send) and e.template == MANDATE for e in decision.effects):
        return decision, made
    return replace(decision, effects=tuple(with_paper(e) for e in decision.effects)), made


def _mandate(
    send: Send, decision: Decision, facts: Facts, directory: Directory, kit: Kit, case: CaseView | None
) -> tuple[Send, bytes]:
    assert kit.fonts is not None
    known = _known(send, facts, directory, case if send.case_id else None)
    book = kit.templates.book(send.language)
    frame = frame_of(send, decision, facts, directory)
    values = _values(send, known, directory, case if send.case_id else None)
    shown = {**values, "label": directory.policy.label, "zone": frame.zone, "names": frame.names}
    blocks = read(book.bodies.get_template(send.template + PAGE).render(shown))
    title = "".join(span.text for span in blocks[0].rows[0][0])
    octets = form(blocks, title=title, language=send.language, at=facts.now, fonts=kit.fonts)
    file = Attachment(
        name=FILE_NAMES[send.language],
        type="application/pdf",
        size=len(octets),
        sha256=hashlib.sha256(octets).hexdigest(),
    )
    # Outside of a case the mail says nothing of one: `notice`, which is for cases, would take the form away.
    disclosure = send.disclosure if send.case_id else "full"
    filled = {**send.values, "filled": bool(known)}
    return replace(send, files=(file,), disclosure=disclosure, values=filled), octets


def _known(send: Send, facts: Facts, directory: Directory, case: CaseView | None) -> dict[str, str]:
    """What is known of the person helped: the case's fields, else what the mail itself states without any doubt. Nothing
    where the recipient's mail may hold no content."""
    if case is not None:
        return {f.name: f.value for f in case.fields if f.name in FIELDS and not f.note}
    groups = directory.groups_of(send.recipient)
    if facts.message is None or not any(directory.disclosure(g, send.recipient) != "notice" for g in groups):
        return {}
    sure = (s for s in facts.message.stated if s.source == "label" and s.confidence == 1 and not s.problem)
    return {s.field: s.value for s in sure if s.field in FIELDS}


def _values(
    send: Send, known: Mapping[str, str], directory: Directory, case: CaseView | None
) -> dict[str, Any]:
    person = directory.person_of(send.recipient)
    groups = directory.groups_of(send.recipient)
    asked = (*(p.organisation for p in case.parties), *case.wanted) if case else ()
    return {
        "fields": {name: known.get(name, "") for name in FIELDS},
        "aidant": person.name if person else "",
        "structure": ", ".join(g.name for g in groups if g.side == "helper"),
        "address": send.recipient,
        "organisations": tuple(dict.fromkeys(asked)),
        "number": case.number if case else "",
        "keep": str(directory.policy.retention.case),
        "domain": directory.policy.domain,
    }
