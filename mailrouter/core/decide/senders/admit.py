"""What the peer is told at RCPT, while it waits (RFC 5321 3.3). Pure; knows the policy and the keys, not the store.

A token whose MAC holds is accepted even when revoked, frozen or wiped: `decide` answers kindly or holds. All wrong
tokens get one identical reply, so that guessing learns nothing."""

from __future__ import annotations

from mailrouter.core.mail.address import AddressKeys, decode
from mailrouter.core.model import Reply
from mailrouter.core.policy.directory import TOKEN_PREFIXES, Directory
from mailrouter.core.policy.localpart import domain_of, local_of

OK = Reply(code=250, enhanced="2.1.5", text="OK")
WRONG_TOKEN = Reply(
    code=550, enhanced="5.1.1", text="No such address here; please copy it from our mail, or reply to it"
)
RELAYING = Reply(
    code=550, enhanced="5.7.1", text="Relaying denied: this server takes mail for its own domain only"
)


def admit(mail_from: str, rcpt: str, directory: Directory, keys: AddressKeys) -> Reply:
    """250 for an address of ours, else a permanent refusal that names the nearest known address (RFC 3463 X.1.1).

    A registered reverse-path is not refused for a misspelt or unopened territory: it is answered in words by
    `decide` (DOMAIN, Situations 17). `mail_from` is the reverse-path, '' when null.
    """
    if domain_of(rcpt) != directory.policy.domain:
        return RELAYING
    local = local_of(rcpt).lower()
    if local.startswith(TOKEN_PREFIXES):
        token = decode(keys, local.partition("-")[2])
        # The token of a page's link is no address: nobody can be written to there.
        return OK if token is not None and token.kind != "page" else WRONG_TOKEN
    if directory.target_of(rcpt).kind != "unknown":
        return OK
    if (
        mail_from
        and registered(mail_from, directory)
        and (directory.nearest(rcpt) or directory.unopened(local))
    ):
        return OK
    return _unknown(rcpt, directory)


def registered(address: str, directory: Directory) -> bool:
    """Whether an address belongs to a registered person, a shared mailbox or a role."""
    return directory.person_of(address) is not None or bool(directory.roles(address))


def _unknown(rcpt: str, directory: Directory) -> Reply:
    near = directory.nearest(rcpt)
    place = directory.unopened(local_of(rcpt))
    if near:
        return Reply(code=550, enhanced="5.1.1", text=f"No such address here; did you mean {near}?")
    if place:
        return Reply(
            code=550, enhanced="5.1.1", text=f"The service is not open in this territory ({place.slug})"
        )
    aide = f"aide@{directory.policy.domain}"
    return Reply(code=550, enhanced="5.1.1", text=f"No such address here; write to {aide} for the list")
