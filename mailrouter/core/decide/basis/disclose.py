"""What one recipient may see of a case: fields, text, files. Computed here and nowhere else; rechecked before the wire."""

from __future__ import annotations

from msgspec.structs import replace

from mailrouter.core.decide.basis.membership import follows
from mailrouter.core.mail.says.mask import mask
from mailrouter.core.model import (
    Attachment,
    Audience,
    CaseMessage,
    CaseView,
    Disclosure,
    Field,
    Frozen,
    Participant,
)
from mailrouter.core.policy.directory import Directory

# The field that holds a line `Exclure : …` of nobody known, until the aidant says who is meant.
EXCLUDE = "exclure"
# Kinds of identifiers that mask() knows, and the usager field each one is.
IDENTIFIER_FIELDS = {
    "nir": "nir",
    "iban": "iban",
    "fiscal": "fiscal",
    "phone": "telephone",
    "allocataire": "allocataire",
}
# Withheld from everyone under `contact prudent` until the aidant is asked (DOMAIN, Situations 9).
CAREFUL_FIELDS = frozenset({"adresse", "telephone"})
# Restricted fields, whoever lists them: masked under `redacted`.
MASKED_FIELDS = frozenset({"nir", "allocataire", "fiscal", "iban"})
# What still goes out once a case is frozen or its mandate withdrawn: the news of it, without content.
PARTING = frozenset({"withdrawn", "wrong-person"})
# The same for an expert, to whom a case is closed as soon as it is not open.
EXPERTS_PARTING = PARTING | {"closed"}
# Mails that hold nothing of a case but its number, to people who need not be on it.
OUTSIDE = frozenset({"operators-notice", "escalation", "challenge", "held-ask", "waiting", "not-understood"})
WIDTH: dict[str, int] = {"notice": 0, "redacted": 1, "full": 2}


class Lens(Frozen, frozen=True, kw_only=True):
    """What a recipient may see: the disclosure, which kinds of identifiers stay readable, which fields are not shown."""

    disclosure: Disclosure
    organisation: str = ""
    keep: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()


def lens(directory: Directory, case: CaseView, person: Participant) -> Lens:
    """The lens of a participant. The helper side sees what its own case holds; operators by group policy."""
    group = directory.groups.get(person.group)
    return _lens(directory, case, person, directory.disclosure(group, person.address) if group else "notice")


def page_lens(directory: Directory, case: CaseView, person: Participant) -> Lens:
    """The lens of a participant on the secure page, where `notice` is what a group reads in full: what its mail may
    hold does not matter there. A group that reads redacted reads redacted there too."""
    group = directory.groups.get(person.group)
    told = group.disclosure if group else "notice"
    return _lens(directory, case, person, "full" if group and told == "notice" else told)


def _lens(directory: Directory, case: CaseView, person: Participant, disclosure: Disclosure) -> Lens:
    group = directory.groups.get(person.group)
    if group is None:
        return Lens(disclosure="notice")
    if person.side == "helper":
        return Lens(
            disclosure="full" if disclosure != "notice" else "notice", keep=frozenset(IDENTIFIER_FIELDS)
        )
    if person.role == "expert":
        # Helps with the procedure: who the person is stays out of it, and so do files, which cannot be masked for sure.
        return Lens(
            disclosure="notice" if disclosure == "notice" else "redacted",
            organisation=group.organisation,
            hidden=CAREFUL_FIELDS | MASKED_FIELDS,
        )
    keep = frozenset(
        kind for kind, name in IDENTIFIER_FIELDS.items() if directory.entitled(group.organisation, name)
    )
    if case.careful:
        keep -= {"phone"}
    return Lens(
        disclosure=disclosure,
        organisation=group.organisation,
        hidden=CAREFUL_FIELDS if case.careful else frozenset(),
        keep=keep if disclosure == "full" else frozenset(),
    )


def may_read(directory: Directory, person: Participant, message: CaseMessage) -> bool:
    """Whether a message of the case is for this person at all: what was relayed to them, or would have been.

    Notes are for every agent, between an expert and agents for those of the organisation helped; an organisation's
    answer for the helper side and its own group, for others only when it was given to all or where the YAML shares it.
    """
    if message.audience == "agents":
        everyone = person.role != "expert" and not message.advice
        return person.side == "operator" and (everyone or _of_one_organisation(directory, person, message))
    if message.side == "helper" or person.side == "helper" or message.to_all:
        return True
    writing, reading = directory.groups.get(message.group), directory.groups.get(person.group)
    if writing is None or reading is None:
        return False
    return writing.id == reading.id or reading.organisation in writing.shares_with


def _of_one_organisation(directory: Directory, person: Participant, message: CaseMessage) -> bool:
    writing, reading = directory.groups.get(message.group), directory.groups.get(person.group)
    return writing is not None and reading is not None and writing.organisation == reading.organisation


def visible_text(lens: Lens, text: str) -> str:
    """`text` as this recipient may read it."""
    return "" if lens.disclosure == "notice" else mask(text, lens.keep)


def visible_files(
    lens: Lens, case: CaseView, person: Participant, message: CaseMessage
) -> tuple[Attachment | None, ...]:
    """The files of `message`, each as this reader may have it or None, in the message's order without its inline
    pictures: none but under `full`. Names are text too ("1610475 rib.pdf") and masked like it."""
    late = before_they_were_asked(case, person, message)
    return tuple(
        None
        if lens.disclosure != "full" or (late and f.type.startswith("image/"))
        else replace(
            f, name=mask(f.name, lens.keep), keep=tuple(sorted(lens.keep)) if lens.organisation else None
        )
        for f in message.files
        if not f.inline
    )


def before_they_were_asked(case: CaseView, person: Participant, message: CaseMessage) -> bool:
    """Whether the reader's organisation was asked after others, and after this message: its pictures reach them by the
    aidant's `envoyer` alone (DOMAIN, Situations 12)."""
    if person.side == "helper":
        return False
    asked = [p.asked_at for p in case.parties]
    joined = min((p.asked_at for p in case.parties if p.group == person.group), default=person.since)
    return bool(asked) and min(asked) < joined and message.at < joined


def visible_fields(directory: Directory, lens: Lens, fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """The usager fields this recipient may see: entitled ones, identifiers masked unless disclosure is full."""
    if lens.disclosure == "notice":
        return ()
    shown = []
    for one in fields:
        if lens.organisation and not directory.entitled(lens.organisation, one.name):
            continue
        # Whom a line excludes and nobody could find yet is for the aidant alone.
        if one.name in lens.hidden or one.name == EXCLUDE:
            continue
        hide = lens.organisation and lens.disclosure == "redacted" and one.name in MASKED_FIELDS
        shown.append(Field(name=one.name, value="…" + one.value[-3:]) if hide else one)
    return tuple(shown)


def withheld(case: CaseView) -> list[str]:
    """Names of fields that are there and shown to no organisation until the aidant is asked."""
    return sorted(f.name for f in case.fields if case.careful and f.name in CAREFUL_FIELDS)


def shut_out(directory: Directory, case: CaseView, person: Participant, template: str) -> bool:
    """Whether a mail may not go to an expert any more: one who is none now, or of a case that is over; the news of its end
    still goes."""
    if person.role != "expert" or template in EXPERTS_PARTING:
        return False
    return not follows(directory, case, person)


def still_entitled(
    directory: Directory,
    case: CaseView | None,
    recipient: str,
    audience: Audience,
    disclosure: str,
    template: str,
) -> str:
    """Why a queued mail of `case` may no longer go to `recipient`, or '' when it may.

    Asked in the attempt's own transaction: participation, mandate, audience and disclosure may have narrowed since
    the bytes were fixed. Bytes are never edited: such a mail is cancelled and decided anew.
    """
    if template in OUTSIDE:
        return ""
    if case is None or (case.state in ("frozen", "withdrawn", "wiped") and template not in PARTING):
        return "the case is closed to all"
    person = case.participant(recipient)
    if person is None:
        return "no longer on the case"
    if person.side == "helper":
        return "note for agents" if audience == "agents" else ""
    if directory.groups.get(person.group) is None:
        return "group gone"
    if shut_out(directory, case, person, template):
        return "the case is not open to an expert"
    now = lens(directory, case, person).disclosure
    return "disclosure narrowed" if WIDTH[now] < WIDTH.get(disclosure, 0) else ""
