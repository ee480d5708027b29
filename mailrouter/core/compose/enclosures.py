"""Papers that the service makes itself and encloses, as PDF: the mandate form, filled in with what is known, and the
summary to print for the person helped."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from mailrouter.core.compose.frame import frame_of
from mailrouter.core.compose.kit import Kit
from mailrouter.core.compose.notation import read
from mailrouter.core.mandate import form
from mailrouter.core.model import Attachment, CaseView, Decision, Effect, Facts, Send
from mailrouter.core.policy.directory import Directory

MANDATE: Final = "mandate-form"
SUMMARY: Final = "summary"
# What of the person stands on the form: who they are and how to reach them, no identifier.
FIELDS: Final = ("prenom", "nom", "nom_naissance", "naissance", "adresse", "telephone")


class Paper(NamedTuple):
    """The page of a template that becomes a PDF, and the file's names by language."""

    page: str
    names: Mapping[str, str]


PAPERS: Final[Mapping[str, Paper]] = {
    MANDATE: Paper("/form.txt.j2", {"fr": "mandat.pdf", "en": "mandate.pdf"}),
    SUMMARY: Paper("/paper.txt.j2", {"fr": "resume.pdf", "en": "summary.pdf"}),
}


def enclosed(
    decision: Decision, facts: Facts, directory: Directory, kit: Kit, case: CaseView | None
) -> tuple[Decision, dict[str, bytes]]:
    """The decision with its papers among the files of the sends, and their octets by SHA-256. `case`: as it will be
    after the decision. Without fonts in the kit nothing is made, and the mail's own words say what to do instead."""
    made: dict[str, bytes] = {}

    def with_paper(effect: Effect) -> Effect:
        if not isinstance(effect, Send) or effect.template not in PAPERS or kit.fonts is None:
            return effect
        if effect.template == SUMMARY and effect.disclosure == "notice":
            return effect  # its content may not go where this mail goes
        send, octets = _paper(effect, decision, facts, directory, kit, case)
        made[send.files[0].sha256] = octets
        return send

    if not any(isinstance(e, Send) and e.template in PAPERS for e in decision.effects):
        return decision, made
    return replace(decision, effects=tuple(with_paper(e) for e in decision.effects)), made


def _paper(
    send: Send, decision: Decision, facts: Facts, directory: Directory, kit: Kit, case: CaseView | None
) -> tuple[Send, bytes]:
    assert kit.fonts is not None
    case = case if send.case_id else None
    paper, frame = PAPERS[send.template], frame_of(send, decision, facts, directory)
    book = kit.templates.book(send.language)
    filled = send
    if send.template == MANDATE:
        known = _known(send, facts, directory, case)
        values = _on_the_form(send, known, directory, case)
        # Outside of a case the mail says nothing of one: `notice`, which is for cases, would take the form away.
        disclosure = send.disclosure if send.case_id else "full"
        filled = replace(send, disclosure=disclosure, values={**send.values, "filled": bool(known)})
    else:
        values = _on_the_sheet(send, facts, directory, case)
    shown = {**values, "label": directory.policy.label, "zone": frame.zone, "names": frame.names}
    blocks = read(book.bodies.get_template(send.template + paper.page).render(shown))
    title = "".join(span.text for span in blocks[0].rows[0][0])
    octets = form(blocks, title=title, language=send.language, at=facts.now, fonts=kit.fonts)
    file = Attachment(
        name=paper.names[send.language],
        type="application/pdf",
        size=len(octets),
        sha256=hashlib.sha256(octets).hexdigest(),
    )
    return replace(filled, files=(file,)), octets


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


def _on_the_form(
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
        "mandate_age": str(directory.timing().mandate_age),
        "domain": directory.policy.domain,
    }


def _on_the_sheet(send: Send, facts: Facts, directory: Directory, case: CaseView | None) -> dict[str, Any]:
    """What the summary tells; identifiers are masked in it already (decide/summary.py)."""
    creator = directory.person_of(case.creator) if case else None
    return {
        "entries": send.values["entries"],
        "states": send.values.get("states", ()),
        "waiting": send.values.get("waiting", ()),
        "over": send.values.get("over", False),
        "asked": [p.organisation for p in case.parties] if case else [],
        "aidant": creator.name if creator else "",
        "number": case.number if case else "",
        "today": facts.now.isoformat(),
    }
