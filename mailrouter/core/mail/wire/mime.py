"""The MIME tree (RFC 2045, 2046) of a mail, walked in one pass over its octets, within a budget."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import msgspec

from mailrouter.core.mail.wire.budget import Budget, OverBudget
from mailrouter.core.mail.wire.headers import Fields, block, parameters
from mailrouter.core.mail.wire.transfer import decoded

# A delimiter in a multipart that declares none, or another: "--x" before a part's first field.
GUESS = re.compile(rb"^--([^\r\n]{1,200}?)[ \t]*\r?\n(?=[Cc]ontent-[A-Za-z-]+[ \t]*:)", re.MULTILINE)
PLAIN = ("", "7bit", "8bit", "binary")
ENCODED = ("quoted-printable", "base64")
ENCODING = re.compile(r"[\s\"']*([A-Za-z0-9-]+)")
# A header field at the start of an embedded mail: it is not base64, whatever the declaration says.
FIELD_START = re.compile(rb"\s*[A-Za-z-]{2,40}:[ \t]")


class Node(msgspec.Struct, kw_only=True):
    """One entity of the tree. `content` is transfer-decoded; children replace it in a multipart.

    A message/rfc822 has one child, the mail it holds, and keeps its octets in `content`.
    `inside` is the path of the enclosing message/rfc822, '' in the mail itself.
    """

    path: str
    type: str
    inside: str = ""
    fields: Fields = []
    plain: bool = False  # every field is printable ASCII
    first: dict[str, str] = {}  # the first value of each field
    params: Mapping[str, str] = {}
    disposition: str = ""
    disposition_params: Mapping[str, str] = {}
    content: bytes = b""
    children: list[Node] = []

    def leaves(self) -> Iterator[Node]:
        """Every node that holds content, in order; the mail inside a message/rfc822 follows it."""
        if not self.type.startswith("multipart/"):
            yield self
        for child in self.children:
            yield from child.leaves()


class Walk:
    """One walk over one mail: counts what it meets against the budget, collects defects."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.parts = 0
        self.decoded = 0
        self.defects: list[str] = []

    def entity(
        self, data: bytes, path: str, level: int, default: str = "text/plain", inside: str = ""
    ) -> Node:
        """The entity at `data`: its header block, then its body by type. Raises OverBudget."""
        head = block(data, self.budget)
        self.defects += head.defects
        node = self.body(head.fields, data[head.body :], path, level, default, inside)
        node.plain = head.plain
        return node

    def body(
        self,
        fields: Fields,
        body: bytes,
        path: str,
        level: int,
        default: str = "text/plain",
        inside: str = "",
    ) -> Node:
        """The entity with these fields and this still encoded body. Raises OverBudget."""
        self.parts += 1
        if self.parts > self.budget.parts:
            raise OverBudget("parts")
        if level > self.budget.nesting:
            raise OverBudget("nesting")
        node = _described(fields, path, default, inside)
        content = _content(node, body)
        self.decoded += len(content)
        if self.decoded > self.budget.decoded:
            raise OverBudget("decoded")
        if node.type.startswith("multipart/"):
            self._multipart(node, content, level)
        elif node.type in ("message/rfc822", "message/global"):
            node.content = content.lstrip(b"\r\n")
            node.children = [self.entity(node.content, f"{path}.1", level + 1, inside=path)]
        else:
            node.content = content
        return node

    def _multipart(self, node: Node, content: bytes, level: int) -> None:
        pieces = self._pieces(node, content)
        if pieces is None:
            self.defects.append("multipart-without-parts")
            node.type, node.content = "text/plain", content.strip(b"\r\n")
            node.params = {"salvaged": "yes"}
            return
        default = "message/rfc822" if node.type == "multipart/digest" else "text/plain"  # RFC 2046 5.1.5
        node.children = [
            self.entity(piece, f"{node.path}.{number}", level + 1, default, node.inside)
            for number, piece in enumerate(pieces, 1)
        ]

    def _pieces(self, node: Node, content: bytes) -> list[bytes] | None:
        """The parts' octets by the declared boundary, else by the one that is plainly there; None without any."""
        declared = node.params.get("boundary", "").rstrip()
        if declared:
            pieces = self._split(content, declared.encode("utf-8", "surrogateescape"))
            if pieces is not None:
                return pieces
        guess = GUESS.search(content)
        if guess is None:
            return None
        self.defects.append("boundary-guessed")
        return self._split(content, guess[1])

    def _split(self, content: bytes, boundary: bytes) -> list[bytes] | None:
        """Split at the delimiter lines (RFC 2046 5.1.1): the break before one belongs to it; None when there is none.

        Text before the first delimiter and after the last is no part. A missing close delimiter is
        a defect, two delimiters in a row make no part between them.
        """
        mark = b"--" + boundary
        if content.count(b"\n" + mark) > 2 * self.budget.parts:
            raise OverBudget("parts")
        pieces: list[bytes] = []
        start = -1
        for at, after, closing in _delimiters(content, mark):
            if closing and start >= 0 and _declares(content[start:at], boundary + b"--"):
                continue  # the delimiter of a multipart inside, whose boundary is ours and two dashes more
            if start >= 0 and at > start:
                pieces.append(content[start:at])
            start = after
            if closing:
                return pieces
        if start < 0:
            return None
        self.defects.append("boundary-unclosed")
        if content[start:].strip():
            pieces.append(content[start:])
        return pieces


_HEAD = 2_000  # octets of a part in which its header is looked for


def _delimiters(content: bytes, mark: bytes) -> Iterator[tuple[int, int, bool]]:
    """(end of what stands before, start of what follows, closing) of each delimiter line."""
    at = 0 if content.startswith(mark) else content.find(b"\n" + mark) + 1 or -1
    while at >= 0:
        end = content.find(b"\n", at + len(mark))
        end = len(content) if end < 0 else end
        rest = content[at + len(mark) : min(end, at + len(mark) + 200)].rstrip(b" \t\r")
        if rest in (b"", b"--"):
            before = at - (content[at - 2 : at] == b"\r\n") - (at > 0)
            yield max(before, 0), min(end + 1, len(content)), bool(rest)
        at = content.find(b"\n" + mark, end) + 1 or -1


def _declares(piece: bytes, boundary: bytes) -> bool:
    """Whether the entity `piece` declares `boundary` in its header. A cheap look, asked of a last part only."""
    head = piece[:_HEAD]
    head = head[: min(at for mark in (b"\n\n", b"\r\n\r\n") if (at := (head + mark).find(mark)) >= 0)]
    return (
        boundary in head
        and re.search(rb"boundary=\"?" + re.escape(boundary) + rb"(?:[\"\s;]|\Z)", head) is not None
    )


def _described(fields: Fields, path: str, default: str, inside: str) -> Node:
    """A node with what its fields declare (RFC 2045 5, RFC 2183); an unusable type is text/plain (RFC 2045 5.2)."""
    first = dict(reversed(fields))
    declared, params = parameters(first.get("content-type", ""))
    if declared.count("/") != 1:
        declared = "text/plain" if declared else default
    disposition: str = ""
    disposition_params: Mapping[str, str] = {}
    if "content-disposition" in first:
        disposition, disposition_params = parameters(first["content-disposition"])
    return Node(
        path=path,
        type=declared,
        inside=inside,
        fields=fields,
        first=first,
        params=params,
        disposition=disposition,
        disposition_params=disposition_params,
    )


def _content(node: Node, body: bytes) -> bytes:
    """The transfer-decoded body. A composite type must not be encoded (RFC 2045 6.4): one that plainly is
    not, whatever it declares, is taken as it stands."""
    encoding = node.first.get("content-transfer-encoding", "")
    if encoding in PLAIN:
        return body
    if encoding not in ENCODED:
        declared = ENCODING.match(encoding)
        encoding = declared[1].lower() if declared else ""
    if node.type.startswith("multipart/"):
        boundary = node.params.get("boundary", "").encode("utf-8", "surrogateescape")
        if boundary and b"--" + boundary in body:
            return body
    elif node.type.startswith("message/") and FIELD_START.match(body):
        return body
    return decoded(body, encoding)
