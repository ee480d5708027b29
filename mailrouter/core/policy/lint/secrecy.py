"""Checks of disclosure: whom mail will tell no more than a number, while there is no secure page to read the rest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from mailrouter.core.policy.draft import Draft, Part
from mailrouter.core.policy.faults import Fault
from mailrouter.core.policy.inputs import GroupIn
from mailrouter.core.policy.localpart import domain_of


def readers(draft: Draft, today: date) -> Iterator[Fault]:
    """Agreement of readers: of a mailbox that exists, on a day that has come."""
    for group in draft.groups:
        agreed = group.model.readers_agreed
        if agreed and agreed > today:
            yield group.fault(
                f"{agreed} has not come yet; write the day the readers agreed", "readers_agreed"
            )
        if agreed and not group.model.mailbox:
            yield group.warning("there is no mailbox whose readers could agree; remove it", "readers_agreed")


def notices(draft: Draft, today: date) -> Iterator[Fault]:
    """Every group with a recipient whose mail holds the number only, and why; none where the page has the rest."""
    if draft.service.page_url:
        return
    for group in draft.groups:
        if group.model.disclosure == "notice":
            yield group.warning(_told(group, "its mails hold the number only"), "disclosure")
        elif not draft.service.carries_content:
            yield group.warning(
                _told(group, "the transport's provider keeps mail, so they hold the number only")
            )
        else:
            yield from _narrowed(draft, group)


def _narrowed(draft: Draft, group: Part[GroupIn]) -> Iterator[Fault]:
    if group.model.mailbox and not group.model.readers_agreed:
        yield group.warning(
            _told(group, "without `readers_agreed` its mailbox is told the number only"), "mailbox"
        )
    if draft.service.all_protected:
        return
    mailbox = (group.model.mailbox,) if group.model.mailbox else ()
    used = {domain_of(address) for address in (*group.model.members, *mailbox)}
    open_ = sorted(used - set(draft.service.protected_domains))
    if open_:
        yield group.warning(
            _told(
                group,
                f"mail to {', '.join(open_)} may travel unencrypted; add to `protected_domains` once verified",
            )
        )


def _told(group: Part[GroupIn], why: str) -> str:
    return f"the group {group.id!r} gets notices: {why}; there is no secure page yet to read the rest"
