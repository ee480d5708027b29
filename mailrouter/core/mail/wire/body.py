"""From the MIME tree to what people see: the text, the HTML, and the files."""

from __future__ import annotations

import re
from hashlib import sha256

import msgspec

from mailrouter.core.mail.wire.budget import Budget, OverBudget
from mailrouter.core.mail.wire.charset import decode
from mailrouter.core.mail.wire.flowed import unflowed
from mailrouter.core.mail.wire.mime import Node
from mailrouter.core.mail.wire.text import html_to_text
from mailrouter.core.mail.wire.tnef import TYPES as TNEF
from mailrouter.core.mail.wire.tnef import unpack
from mailrouter.core.mail.wire.transfer import UU_BEGIN, uu_files
from mailrouter.core.mail.wire.words import header_text
from mailrouter.core.model import Attachment

# Machine parts, which are read elsewhere and shown to nobody; signatures, which are no attachments (DOMAIN.md 12).
UNSEEN = frozenset(
    (
        "message/delivery-status",
        "message/global-delivery-status",
        "message/disposition-notification",
        "message/feedback-report",
        "message/tracking-status",
        "text/rfc822-headers",
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "application/pgp-signature",
        "application/applefile",
    )
)
STUB = re.compile(r"\bHTML\b", re.IGNORECASE)
META = re.compile(rb"<meta\b[^>]*?charset\s*=\s*[\"']?([\w.:-]{2,40})", re.IGNORECASE)
ENRICHED = re.compile(r"<(<)|</?[a-zA-Z-]{1,30}>(?:<param>[^<]*</param>)?")
NAME = 150  # characters of a file name
MEDIA = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,80}")
DATA_URI = re.compile(rb"data:[\w/+.;=-]{1,80},[A-Za-z0-9+/=%]{100,}")
SPOOF = {
    **dict.fromkeys(range(32)),
    **dict.fromkeys((0x7F, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))),
}


class Content(msgspec.Struct):
    """What was gathered: texts in order, the HTML, the files."""

    texts: list[str] = []
    htmls: list[str] = []
    salvaged: list[str] = []
    laid_out: list[bool] = []  # of each text, whether it comes from HTML
    attachments: list[Attachment] = []
    files: dict[str, bytes] = {}
    defects: list[str] = []


class Gatherer:
    """One pass over the tree of one mail."""

    def __init__(self, budget: Budget) -> None:
        self.content = Content()
        self.budget = budget
        self.read = 0  # octets of text so far
        self.tags = 0
        self.named: Node | None = None

    def mail(self, tree: Node) -> None:
        """Take the whole mail. A text part with a file name is the body when there is no other text: some mailers
        name every part. It stays a file as well, unless it is the only part."""
        if tree.type in ("text/plain", "text/html") and tree.disposition != "attachment":
            self._text(tree)
            return
        self.node(tree)
        if self.named is not None and not (self.content.texts or self.content.salvaged):
            self._text(self.named)

    def node(self, node: Node, related: bool = False) -> None:
        """Take `node` into the content. `related`: it stands beside a root document (RFC 2387)."""
        if node.type.startswith("multipart/"):
            self._multipart(node)
        elif node.type in UNSEEN:
            return
        elif node.type in TNEF or _name(node).lower() == "winmail.dat":
            self._tnef(node)
        elif _is_body(node) and not related:
            self._text(node)
        else:
            self._file(node, related)

    def _multipart(self, node: Node) -> None:
        if node.type == "multipart/alternative":
            self._alternative(node.children)
        elif node.type == "multipart/related" and node.children:
            root = _root(node)
            self.node(root)
            for child in node.children:
                if child is not root:
                    self.node(child, related=child.type != "text/plain" or bool(_name(child)))
        else:
            for child in node.children:
                self.node(child)

    def _alternative(self, children: list[Node]) -> None:
        """Of several forms of one text (RFC 2046 5.1.4) the plain one is the text, whatever the order, unless it is
        empty or only says that there is HTML; the HTML is kept beside it, and files inside are files."""
        before = len(self.content.texts)
        for child in sorted(children, key=_plainness):
            told = len(self.content.texts) > before
            if told and child.type == "text/html":
                self._html_beside(self._decoded(child))
            elif told and child.type.startswith("multipart/"):
                self._beside(child)
            elif child.type in ("text/plain", "text/html") or not _is_body(child):
                self.node(child)
            elif not told:
                self._text(child)

    def _html_beside(self, html: str) -> None:
        """HTML whose plain form stands before it; that one gives way when it only says that there is HTML."""
        self.content.htmls.append(html)
        told = self.content.texts[-1]
        if len(told) < 300 and STUB.search(told):
            text = html_to_text(html)
            if len(text) > 3 * len(told):
                self.content.texts[-1] = text
                self.content.laid_out[-1] = True

    def _beside(self, node: Node) -> None:
        """A multipart that repeats the text: its HTML and files count, its text does not."""
        for child in node.children:
            if child.type.startswith("multipart/"):
                self._beside(child)
            elif child.type == "text/html":
                self._html_beside(self._decoded(child))
            elif not _is_body(child):
                self.node(child, related=node.type == "multipart/related")

    def _text(self, node: Node) -> None:
        text = self._decoded(node)
        if node.type == "text/html":
            self._html(text)
            return
        if node.type in ("text/enriched", "text/richtext"):
            text = ENRICHED.sub(r"\1", text)
        elif node.params.get("format", "").lower() == "flowed":
            text = unflowed(text, node.params.get("delsp", "").lower() == "yes")
        if "salvaged" in node.params:
            self.content.salvaged.append(text)
        elif text.strip():
            self._add_text(text)

    def _add_text(self, text: str, laid_out: bool = False) -> None:
        self.content.texts.append(text)
        self.content.laid_out.append(laid_out)

    def _html(self, html: str) -> None:
        """An HTML body; when the same words stand before it as plain text (sent as mixed, not alternative) it is no
        second text."""
        self.content.htmls.append(html)
        text = html_to_text(html)
        if not text or any(_letters(text) == _letters(told) for told in self.content.texts):
            return
        self._add_text(text, laid_out=True)

    def _decoded(self, node: Node) -> str:
        """Text of a text part with "\\n" line ends; uuencoded files in it become attachments. Raises OverBudget."""
        octets = node.content
        if node.type == "text/html" and len(octets) > 100_000:
            octets = DATA_URI.sub(b"", octets)
        elif b"begin" in octets and UU_BEGIN.search(octets):
            octets = self._without_uu(octets)
        self.read += len(octets)
        if self.read > self.budget.text:
            raise OverBudget("text")
        if node.type == "text/html":
            self.tags += octets.count(b"<")
            if self.tags > self.budget.tags:
                raise OverBudget("tags")
        charset = node.params.get("charset", "")
        if not charset and node.type == "text/html" and (meta := META.search(octets, 0, 2048)):
            charset = meta[1].decode("ascii")
        text, defect = decode(octets, charset)
        if defect and not octets.isascii():
            self.content.defects.append(defect)
        return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text

    def _without_uu(self, octets: bytes) -> bytes:
        out, at = [], 0
        for start, end, name, content in uu_files(octets):
            out.append(octets[at:start])
            self._add(clean_name(name), "application/octet-stream", content)
            at = end
        return b"".join(out) + octets[at:]

    def _tnef(self, node: Node) -> None:
        unpacked = unpack(node.content)
        if unpacked is not None and not any(unpacked) and self.content.texts:
            return  # only properties of Outlook beside the text
        if unpacked is None or not any(unpacked):
            self.content.defects.append("tnef-unreadable")
            self._file(node, related=False)
            return
        if not self.content.texts:
            text = unpacked.text or html_to_text(unpacked.html)
            if text.strip():
                self._add_text(text.replace("\r\n", "\n"), laid_out=not unpacked.text)
        if unpacked.html:
            self.content.htmls.append(unpacked.html)
        for file in unpacked.files:
            inline = bool(file.content_id) and file.content_id in unpacked.html
            media = file.type if MEDIA.fullmatch(file.type) else "application/octet-stream"
            self._add(clean_name(file.name), media, file.octets, inline, file.content_id)

    def _file(self, node: Node, related: bool) -> None:
        name = _name(node)
        if (
            self.named is None
            and node.type == "text/plain"
            and node.disposition != "attachment"
            and not related
        ):
            self.named = node
        content_id = node.first.get("content-id", "").strip("<> ")
        inline = node.disposition != "attachment" and (related or bool(content_id))
        if not name and node.type.startswith("message/"):
            subject = header_text(node.children[0].first.get("subject", "")) if node.children else ""
            name = f"{subject or 'message'}.eml"
        self._add(clean_name(name), node.type, node.content, inline, content_id)

    def _add(self, name: str, type_: str, octets: bytes, inline: bool = False, content_id: str = "") -> None:
        if len(self.content.attachments) >= self.budget.parts:
            raise OverBudget("parts")
        digest = sha256(octets).hexdigest()
        self.content.files[digest] = octets
        self.content.attachments.append(
            Attachment(
                name=name, type=type_, size=len(octets), sha256=digest, inline=inline, content_id=content_id
            )
        )


def _plainness(node: Node) -> int:
    if node.type.startswith("text/"):
        return 3 if node.type == "text/html" else 0 if node.type == "text/plain" else 4
    return 2 if node.type.startswith("multipart/") else 5


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def _is_body(node: Node) -> bool:
    """Whether a leaf is text that people read: text/* that is not declared or named as a file."""
    if not node.type.startswith("text/") or node.type in (
        "text/calendar",
        "text/vcard",
        "text/x-vcard",
        "text/directory",
    ):
        return False
    return node.disposition != "attachment" and not _name(node)


def _name(node: Node) -> str:
    """The file name (RFC 2183 2.3), else the older `name` of Content-Type (RFC 2046 4.5.1)."""
    return node.disposition_params.get("filename", "") or node.params.get("name", "")


def _root(node: Node) -> Node:
    """The root of a multipart/related: the part its `start` names, else the first (RFC 2387 3.2)."""
    start = node.params.get("start", "").strip("<> ")
    if start:
        for child in node.children:
            if child.first.get("content-id", "").strip("<> ") == start:
                return child
    return node.children[0]


def clean_name(name: str) -> str:
    """A file name as data: no path, no controls, no marks that turn text around (they fake extensions), of a length
    that file systems take, with its extension."""
    name = header_text(name).translate(SPOOF)
    if re.match(r"[A-Za-z]:\\|\\\\|/", name):
        name = re.split(r"[\\/]", name)[-1]
    name = name.replace("/", "_").replace("\\", "_").strip(" .")
    stem, dot, extension = name.rpartition(".")
    return name if len(name) <= NAME else stem[: NAME - 10] + dot + extension[:9] if stem else name[:NAME]
