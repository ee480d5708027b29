"""`mailrouter read [--body text|html] FILE...`: one JSON line per message, in order (INTERFACE.md)."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from mailrouter.core.model import Message, Reading
from mailrouter.reading import Readers

app = typer.Typer(add_completion=False)


class BodyKind(StrEnum):
    """What a file holds: a whole mail, or a bare body."""

    message = "message"
    text = "text"
    html = "html"


@app.command()
def read(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="mails, or bodies with --body")],
    body: Annotated[
        BodyKind, typer.Option(help="a whole message, or a bare text or HTML body")
    ] = BodyKind.message,
) -> None:
    """Read mails; print one JSON line per message: author, kind, new text, forward, delivery reports."""
    readers = Readers(children=1, start="fork")
    missing = False
    for file in files:
        try:
            octets = file.read_bytes()
        except OSError as error:
            print(f"mailrouter read: {file}: {error.strerror}", file=sys.stderr)
            missing = True
            continue
        line = as_json(os.fsencode(file).decode("utf-8", "replace"), readers.read(octets, body.value))
        sys.stdout.buffer.write(line + b"\n")
        sys.stdout.buffer.flush()
    readers.close()
    raise typer.Exit(1 if missing else 0)


def as_json(file: str, reading: Reading) -> bytes:
    """The JSON object of INTERFACE.md for one reading, in UTF-8; absent values are null or empty."""
    return msgspec.json.encode({"file": file, **fields(reading.message)})


def fields(message: Message) -> dict[str, object]:
    """The keys of INTERFACE.md. `author` is the first named one even when it is not the only one: see `defects`."""
    author = message.author or next(iter(message.authors), None)
    forwarded = message.forwarded
    return {
        "author": author.address if author else None,
        "author_name": author.name if author else "",
        "subject": message.subject,
        "date": message.date,
        "message_id": message.message_id,
        "in_reply_to": message.in_reply_to,
        "references": message.references,
        "kind": message.kind,
        "kind_rule": message.kind_rule,
        "return_date": message.return_date,
        "delivery": [
            {name: getattr(one, name) for name in one.__struct_fields__} for one in message.delivery
        ],
        "original_message_id": message.original_message_id,
        "text": message.text,
        "visible": message.visible,
        "signature": message.signature,
        "folded": message.folded,
        "forwarded": forwarded and {name: getattr(forwarded, name) for name in forwarded.__struct_fields__},
        "stated": [{name: getattr(one, name) for name in one.__struct_fields__} for one in message.stated],
        "language": message.language,
        "attachments": [
            {name: getattr(one, name) for name in one.__struct_fields__} for one in message.attachments
        ],
        "defects": message.defects,
        "held": message.held,
    }
