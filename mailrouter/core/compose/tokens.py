"""The addresses a mail carries: where a reply goes, where a note goes, and the reverse-path; with their rows.

A recipient has one address per case and audience, the same in every mail, so that a contact kept in an address book
stays right. A question has its own address for each mail, used once.
"""

from __future__ import annotations

from typing import Any, Final

from mailrouter.core.ids import new_id, row_id
from mailrouter.core.mail import address
from mailrouter.core.mail.address import AddressKeys
from mailrouter.core.model import Audience, Frozen, NewToken, Send, TokenKind


class Identity(Frozen, frozen=True, kw_only=True):
    """What makes this mail this mail: the same trigger and send give the same ids, in any process."""

    outbox_id: str
    message_id: str


class Addresses(Frozen, frozen=True, kw_only=True):
    """Addresses of ours for one mail; empty when not offered. `reply` is what Reply-To says, `page` the link to the secure
    page."""

    mail_from: str
    reply: str = ""
    everyone: str = ""
    agents: str = ""
    page: str = ""
    tokens: tuple[NewToken, ...] = ()


def identity_of(send: Send, seed: str, domain: str) -> Identity:
    """The outbox id and the Message-ID: keyed HMACs of trigger, case, template, recipient, audience and key."""
    parts = (send.template, send.case_id, send.recipient, send.audience, send.question, send.key)
    role = "\n".join(parts)
    return Identity(
        outbox_id=new_id(seed, f"outbox\n{role}"),
        message_id=f"<{new_id(seed, f'message-id{chr(10)}{role}')}@{domain}>",
    )


PAGE_PATH: Final = "/lire"
"""Where the door serves the page (inbound/page.py), below `page_url`."""


def page_link(url: str, token: str, language: str) -> str:
    """The link to the page; French when it names no language."""
    return f"{url}{PAGE_PATH}/{token}" + ("" if language == "fr" else f"?l={language}")


class Mint(Frozen, frozen=True, kw_only=True):
    """Makes addresses: `keys` sign them, `id_key` makes row ids, `domain` is ours, `page_url` where the page is."""

    keys: AddressKeys
    id_key: bytes
    domain: str
    page_url: str = ""

    def addresses(self, send: Send, outbox_id: str, on_agents_side: bool, territory: str) -> Addresses:
        """The addresses of one send. ValueError when a reply has nothing to belong to, or a note would leave the
        agents' side."""
        reverse = self._token(send, "reverse-path", ("reverse-path", outbox_id), outbox_id=outbox_id)
        mail_from = f"{address.reverse_path_local_part(self._encoded(reverse))}@{self.domain}"
        match send.reply:
            case "case":
                return self._on_case(send, mail_from, reverse, on_agents_side)
            case "question":
                asked = self._question(send, outbox_id)
                return Addresses(mail_from=mail_from, reply=self._at(asked), tokens=(asked, reverse))
            case "territory":
                local = territory or "contact"
                return Addresses(mail_from=mail_from, reply=f"{local}@{self.domain}", tokens=(reverse,))
            case "list":
                return Addresses(mail_from=mail_from, reply=f"liste@{self.domain}", tokens=(reverse,))
            case "joining":
                return Addresses(mail_from=mail_from, reply=f"inscription@{self.domain}", tokens=(reverse,))
        return Addresses(mail_from=mail_from, tokens=(reverse,))

    def _on_case(self, send: Send, mail_from: str, reverse: NewToken, on_agents_side: bool) -> Addresses:
        if not send.case_id:
            raise ValueError(f"{send.template}: a reply to a case, but no case")
        if send.audience == "agents" and not on_agents_side:
            raise ValueError(f"{send.template}: a note for agents to the helper side")
        everyone = self._case_token(send, "everyone")
        page, link = self._page(send)
        if not on_agents_side:
            at = self._at(everyone)
            return Addresses(
                mail_from=mail_from, reply=at, everyone=at, page=link, tokens=(everyone, *page, reverse)
            )
        agents = self._case_token(send, "agents")
        at, note_at = self._at(everyone), self._at(agents)
        return Addresses(
            mail_from=mail_from,
            reply=note_at if send.audience == "agents" else at,
            everyone=at,
            agents=note_at,
            page=link,
            tokens=(everyone, agents, *page, reverse),
        )

    def _page(self, send: Send) -> tuple[tuple[NewToken, ...], str]:
        """The token of the recipient's link to the secure page, the same in every mail of the case, and the link; nothing
        where there is no page, or nothing on it that the mail has not."""
        if not self.page_url or not (send.disclosure == "notice" or send.page):
            return (), ""
        token = self._token(send, "page", ("page", send.case_id, send.recipient))
        return (token,), page_link(self.page_url, self._encoded(token), send.language)

    def _case_token(self, send: Send, audience: Audience) -> NewToken:
        return self._token(
            send, audience, ("case", send.case_id, send.recipient, audience), audience=audience
        )

    def _question(self, send: Send, outbox_id: str) -> NewToken:
        if not send.question:
            raise ValueError(f"{send.template}: a question's reply, but no question")
        parts = ("question", send.inbound_id or send.case_id, send.question, send.recipient, outbox_id)
        return self._token(
            send,
            "question",
            parts,
            outbox_id=outbox_id,
            inbound_id=send.inbound_id,
            question=send.question,
            words=send.words,
            expires_at=send.expires_at,
        )

    def _token(self, send: Send, kind: TokenKind, parts: tuple[str, ...], **columns: Any) -> NewToken:
        return NewToken(
            row_id=row_id(self.id_key, *parts),
            kind=kind,
            key_id=self.keys.current,
            case_id=send.case_id,
            address=send.recipient,
            **columns,
        )

    def _encoded(self, token: NewToken) -> str:
        return address.encode(self.keys, token.kind, token.row_id)

    def _at(self, token: NewToken) -> str:
        return f"{address.case_local_part(self._encoded(token))}@{self.domain}"
