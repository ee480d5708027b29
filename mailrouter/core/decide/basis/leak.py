"""The leak check: an independent look at the final bytes of every mail of a case, against the entitlements as they will
be stored. It shares no code with what chose the recipients, so that one mistake does not pass both."""

from __future__ import annotations

import re

from mailrouter.core.casenumber import find_numbers
from mailrouter.core.decide.basis.disclose import IDENTIFIER_FIELDS, OUTSIDE
from mailrouter.core.mail.says.mask import identifiers
from mailrouter.core.model import CaseView, Facts, MailReceived, OutboundMail, Participant, TimeReached
from mailrouter.core.policy.directory import Directory

UNCOVERED = "no membership covers the recipient"
_LISTS = ("digest", "listing", "notices", "which-case")
# What tells an aidant of other cases of her own (identity.py).
_TOLD_OF_OWN = ("receipt", "incomplete", "which-organisation", "draft")
_TOLD_OF_FOLLOWED = ("new-case-agent", "new-case-mailbox")
_NEWS_OF_THE_END = ("closed", "withdrawn", "wrong-person")
_HEADER_END = b"\r\n\r\n"
_NAMING = (b"to:", b"cc:", b"bcc:", b"from:", b"reply-to:", b"sender:")
_ADDRESS = re.compile(rb"[\w.+%-]+@[\w.-]+\w")


def leaks(case: CaseView | None, mails: tuple[OutboundMail, ...], directory: Directory) -> tuple[str, ...]:
    """Why any of `mails` must not leave, one reason each, without content; empty when all may.

    `case` as it will be once the decision is recorded. Mails without a case, and those that hold nothing but its
    number, are not of its content.
    """
    return tuple(
        f"{mail.template}: {why}"
        for mail in mails
        if mail.case_id and mail.template not in OUTSIDE
        for why in _reasons(case, mail, directory)
    )


def strange_numbers(facts: Facts, mails: tuple[OutboundMail, ...], directory: Directory) -> tuple[str, ...]:
    """Why a list (digest, `liste`, bundled notices, "which case?") must not leave: it names a case that is neither its
    reader's nor in their charge. Lists belong to no case, so `leaks` has nothing to say of them. And why what tells an
    author of an own case of the same person must not: somebody else would read it."""
    told = tuple(
        f"{mail.template}: a case that its reader may not see"
        for mail in mails
        if mail.template in _TOLD_OF_OWN
        and mail.recipient != _listed_for(facts, directory)
        and _of_the_author(facts, mail) & set(find_numbers(mail.text))
    )
    told += tuple(
        f"{mail.template}: a case that its reader does not follow"
        for mail in mails
        if mail.template in _TOLD_OF_FOLLOWED and _followed_by_others(facts, mail)
    )
    return told + tuple(
        f"{mail.template}: a case of others"
        for mail in mails
        if mail.template in _LISTS
        and not set(find_numbers(_unechoed(facts, mail, directory)))
        <= _own_numbers(facts, mail.recipient, directory)
    )


def _unechoed(facts: Facts, mail: OutboundMail, directory: Directory) -> str:
    """A list without the lines that are its reader's own, said back because they were not understood: who writes the
    number of another's case is answered as for one that there is not, and learns nothing of it."""
    if facts.message is None or mail.recipient != _listed_for(facts, directory):
        return mail.text
    own = {line.strip() for line in facts.message.visible.splitlines()}
    return "\n".join(line for line in mail.text.splitlines() if line.removeprefix("- ").strip() not in own)


def _of_the_author(facts: Facts, mail: OutboundMail) -> set[str]:
    """Numbers of other cases that only the author of the mail being decided may be told of."""
    return {line.number for line in facts.namesakes if line.case_id != mail.case_id}


def _followed_by_others(facts: Facts, mail: OutboundMail) -> bool:
    """Whether a mail to somebody of an organisation names an open case of the same person that others follow and its
    reader does not; unless the aidant's own words name it."""
    own = {f.line.number for f in facts.followed if f.reader == mail.recipient}
    written = f"{facts.message.subject}\n{facts.message.visible}" if facts.message else ""
    others = {f.line.number for f in facts.followed} - own - set(find_numbers(written))
    return bool(others & set(find_numbers(mail.text)))


def _own_numbers(facts: Facts, reader: str, directory: Directory) -> set[str]:
    listed = {line.number for line in facts.listed} if _listed_for(facts, directory) == reader else set()
    return listed | {case.number for case in facts.cases if _concerned(case, reader, directory)}


def _listed_for(facts: Facts, directory: Directory) -> str:
    """Whose list was gathered: the author's of a mail, or the person's whose digest is due."""
    if isinstance(facts.trigger, TimeReached):
        return facts.trigger.due.address
    author = facts.message.author if facts.message else None
    return directory.canonical(author.address) if author else ""


def _concerned(case: CaseView, reader: str, directory: Directory) -> bool:
    """On the case, or manager, expert or territory manager of an organisation that is asked."""
    if _participant(case, reader):
        return True
    groups = [g for party in case.parties if (g := directory.groups.get(party.group))]
    charged = [
        address
        for party in case.parties
        for look_up in (directory.experts_for, directory.territory_managers_for)
        for address in look_up(case.territory, party.organisation)
    ]
    return reader in charged or any(reader in group.managers for group in groups)


def releasable(found: tuple[str, ...]) -> bool:
    """Whether a word of the writer or an operator may let these go: somebody whom no membership covers would read it.
    A note to the helper side, another's address or an identifier is never let go."""
    return bool(found) and all(reason.endswith(UNCOVERED) for reason in found)


def let_go(facts: Facts, found: tuple[str, ...]) -> bool:
    """Whether the word was given for this very mail."""
    trigger = facts.trigger
    if not isinstance(trigger, MailReceived) or not trigger.released_by:
        return False
    return (trigger.freed or bool(trigger.told("leak", "send"))) and releasable(found)


def _reasons(case: CaseView | None, mail: OutboundMail, directory: Directory) -> list[str]:
    person = _participant(case, mail.recipient)
    if case is None or person is None:
        return ["recipient is not on the case"]
    found = []
    if mail.audience == "agents" and person.side != "operator":
        found.append("a note for agents to the helper side")
    if person.role == "expert":
        if not _charged(person, case, mail.template, directory):
            found.append("not an expert's case")
    elif not _covered(person, directory):
        found.append(UNCOVERED)
    if _others_in_headers(mail, directory):
        found.append("another person's address in the header")
    hidden = _not_entitled(person, mail, directory)
    if hidden:
        found.append(f"identifiers not for this organisation: {', '.join(sorted(hidden))}")
    return found


def _participant(case: CaseView | None, address: str) -> Participant | None:
    people = case.participants if case else ()
    return next((p for p in people if p.address == address and p.removed_at is None), None)


def _covered(person: Participant, directory: Directory) -> bool:
    """Member, manager or mailbox of the group they take part for, in the directory as it is now."""
    group = directory.groups.get(person.group)
    return group is not None and person.address in (*group.members, *group.managers, group.mailbox)


def _charged(person: Participant, case: CaseView, template: str, directory: Directory) -> bool:
    """In charge, as an expert, of the organisation that is helped, where a case is that is not over or just ends."""
    group = directory.groups.get(person.group)
    charged = directory.experts_for(case.territory, group.organisation) if group else ()
    return person.address in charged and (case.state in ("open", "done") or template in _NEWS_OF_THE_END)


def _others_in_headers(mail: OutboundMail, directory: Directory) -> bool:
    """Any address in a field that names people which is neither the recipient's nor of the service's own domain."""
    own = f"@{directory.policy.domain}".encode()
    fields = re.split(rb"\r\n(?![ \t])", mail.octets.partition(_HEADER_END)[0])
    naming = [f for f in fields if f.lower().startswith(_NAMING)]
    found = (a.lower() for f in naming for a in _ADDRESS.findall(f))
    return any(a != mail.recipient.lower().encode() and not a.endswith(own) for a in found)


def _not_entitled(person: Participant, mail: OutboundMail, directory: Directory) -> set[str]:
    """Kinds of identifiers that stand readable in the text although the organisation is not entitled to them."""
    group = directory.groups.get(person.group)
    if group is None or person.side == "helper":
        return set()
    kinds = {i.kind for i in identifiers(mail.text)}
    if person.role == "expert":
        return {k for k in kinds if k in IDENTIFIER_FIELDS}
    return {
        k
        for k in kinds
        if k in IDENTIFIER_FIELDS and not directory.entitled(group.organisation, IDENTIFIER_FIELDS[k])
    }
