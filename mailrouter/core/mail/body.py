"""From the MIME tree to what people see: the text, the HTML, and the files."""

from __future__ import annotations

import re
from hashlib import sha256

import msgspec

from mailrouter.core.mail.budget import Budget, OverBudget
from mailrouter.core.mail.charset import decode
from mailrouter.core.mail.flowed import unflowed
from mailrouter.core.mail.headers import first
from mailrouter.core.mail.mime import Node
from mailrouter.core.mail.text import html_to_text
from mailrouter.core.mail.tnef import TYPES as TNEF
from mailrouter.core.mail.tnef import unpack
from mailrouter.core.mail.transfer import UU_BEGIN, uu_files
from mailrouter.core.mail.words import header_text
from mailrouter.core.model import Attachment

# Machine parts: read by classify, shown to nobody.
REPORTS = (
    "message/delivery-status",
    "message/disposition-notification",
    "message/feedback-report",
    "message/global-delivery-status",
    "text/rfc822-headers",
    "message/tracking-status",
)
SIGNATURES = ("application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature")
ENRICHED = re.compile(r"<(<)|</?[a-zA-Z-]{1,30}>(?:<param>[^<]*</param>)?")
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
    converted: bool = False  # a text came from HTML
    attachments: list[Attachment] = []
    files: dict[str, bytes] = {}
    defects: list[str] = []


class Gatherer:
    """One pass over the tree of one mail."""

    def __init__(self, budget: Budget) -> None:
        self.content = Content()
        self.budget = budget
        self.read = 0

    def node(self, node: Node, related: bool = False) -> None:
        """Take `node` into the content. `related`: it stands beside a root document (RFC 2387)."""
        if node.children and not node.content:
            self._multipart(node)
        elif node.type in REPORTS or node.type in SIGNATURES:
            return
        elif node.type in TNEF or _name(node).lower() == "winmail.dat":
            self._tnef(node)
        elif _is_body(node) and not related:
            self._text(node)
        else:
            self._file(node, related)

    def _multipart(self, node: Node) -> None:
        children = node.children
        if node.type == "multipart/alternative":
            self._alternative(children)
        elif node.type == "multipart/related":
            root = _root(node)
            self.node(root)
            for child in children:
                if child is not root:
                    self.node(child, related=child.type not in ("text/plain",) or bool(_name(child)))
        else:
            for child in children:
                self.node(child)

    def _alternative(self, children: list[Node]) -> None:
        """Of several forms of one text (RFC 2046 5.1.4) the plain one is the text, unless it is empty;
        HTML is kept beside it; files inside are files."""
        before = len(self.content.texts)
        for child in children:
            if child.type == "text/html" and len(self.content.texts) > before:
                self.content.htmls.append(self._decoded(child))
            elif (
                child.type.startswith("text/")
                and child.type != "text/html"
                and len(self.content.texts) > before
            ):
                if child.type == "text/plain":
                    self.node(child)
            elif child.type.startswith("multipart/") and len(self.content.texts) > before:
                self._beside(child)
            else:
                self.node(child)

    def _beside(self, node: Node) -> None:
        """A multipart that repeats the text: its HTML and files count, its text does not."""
        for child in node.children:
            if child.children and not child.content:
                self._beside(child)
            elif child.type == "text/html":
                self.content.htmls.append(self._decoded(child))
            elif not _is_body(child):
                self.node(child, related=node.type == "multipart/related")

    def _text(self, node: Node) -> None:
        text = self._decoded(node)
        if node.type == "text/html":
            self.content.htmls.append(text)
            text = html_to_text(text)
            if text.strip():
                self.content.converted = True
        elif node.type in ("text/enriched", "text/richtext"):
            text = ENRICHED.sub(r"\1", text)
        elif node.params.get("format", "").lower() == "flowed":
            text = unflowed(text, node.params.get("delsp", "").lower() == "yes")
        if "salvaged" in node.params:
            self.content.salvaged.append(text)
        elif text.strip():
            self.content.texts.append(text)

    def _decoded(self, node: Node) -> str:
        """Text of a text part with "\\n" line ends; uuencoded files in it become attachments. Raises OverBudget."""
        octets = node.content
        if node.type == "text/html" and len(octets) > 100_000:
            octets = DATA_URI.sub(b"", octets)
        elif UU_BEGIN.search(octets):
            octets = self._without_uu(octets)
        self.read += len(octets)
        if self.read > self.budget.text:
            raise OverBudget("text")
        text, defect = decode(octets, node.params.get("charset", ""))
        if defect:
            self.content.defects.append(defect)
        return text.replace("\r\n", "\n") if "\r" in text else text

    def _without_uu(self, octets: bytes) -> bytes:
        out, at = [], 0
        for start, end, name, content in uu_files(octets):
            out.append(octets[at:start])
            self._add(clean_name(name), "application/octet-stream", content)
            at = end
        return b"".join(out) + octets[at:]

    def _tnef(self, node: Node) -> None:
        unpacked = unpack(node.content)
        if unpacked is None:
            self.content.defects.append("tnef-unreadable")
            self._file(node, related=False)
            return
        if not self.content.texts:
            text = unpacked.text or html_to_text(unpacked.html)
            if text.strip():
                self.content.texts.append(text.replace("\r\n", "\n"))
        if unpacked.html:
            self.content.htmls.append(unpacked.html)
        for name, octets in unpacked.files:
            self._add(clean_name(name), "application/octet-stream", octets)

    def _file(self, node: Node, related: bool) -> None:
        name = _name(node)
        content_id = first(node.fields, "content-id").strip("<> ")
        inline = node.disposition != "attachment" and (related or bool(content_id))
        if not name and node.type.startswith("message/"):
            name = header_text(first(node.children[0].fields, "subject")) + ".eml" if node.children else ""
        self._add(clean_name(name), node.type, node.content, inline, content_id)

    def _add(self, name: str, type_: str, octets: bytes, inline: bool = False, content_id: str = "") -> None:
        digest = sha256(octets).hexdigest()
        self.content.files[digest] = octets
        self.content.attachments.append(
            Attachment(
                name=name, type=type_, size=len(octets), sha256=digest, inline=inline, content_id=content_id
            )
        )


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
            if first(child.fields, "content-id").strip("<> ") == start:
                return child
    return node.children[0]


def clean_name(name: str) -> str:
    """A file name as data: no path, no controls, no marks that turn text around (they fake extensions)."""
    name = header_text(name).translate(SPOOF)
    if re.match(r"[A-Za-z]:\\|\\\\|/", name):
        name = re.split(r"[\\/]", name)[-1]
    return name.replace("/", "_").replace("\\", "_").strip(" .")[:255]
