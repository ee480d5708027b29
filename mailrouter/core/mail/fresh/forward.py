"""The original of a forwarded mail: author, date, subject and text, from inline and attached forwards."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from mailrouter.core.mail.fresh.attribution import VERB
from mailrouter.core.mail.fresh.body_lines import body_lines
from mailrouter.core.mail.fresh.header_block import block_at, colonless_at, flat_fields
from mailrouter.core.mail.fresh.html_quote import Marked
from mailrouter.core.mail.fresh.original_date import iso_date
from mailrouter.core.mail.fresh.quoted import Finder, Quote
from mailrouter.core.mail.fresh.separators import after_marker, separator_of
from mailrouter.core.mail.fresh.subject import prefix_of, unprefixed
from mailrouter.core.mail.letters import lowered
from mailrouter.core.mail.wire.parse import parse
from mailrouter.core.model.mail import Forwarded, Parsed

_LINES: Final = 20_000  # lines looked at for the marker of a forward
_LONG: Final = 20  # characters of a rule that closes a header block
_HEAD: Final = 4  # lines of a quote in which its marker and the first field stand
_ATTRIBUTION: Final = 1000  # characters of an attribution, wrapped lines joined
_ADDRESS = re.compile(r"(?:mailto:)?([^\s<>()\[\]\",;:«»]+@[^\s<>()\[\]\",;:«»]+)", re.IGNORECASE)
_NAME_MARKS: Final = " \t\xa0\"'«»“”„‹›*,;:<([-–—"
_END = re.compile(
    r"-{3,} ?(?:end|fin|ende|fine|einde|konec|koniec|конец|кінець|край|fim|slut|loppu|τέλος|sfârșit\w*|vége|kraj)\b[^-]{3,60}-{3,}\Z"
)
_DATE = re.compile(
    r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4},?\s*(?:\w{1,3}\s)?\d{1,2}[:.h]\d\d(?:[:.]\d\d)?(?:\s?[AaPp]\.?[Mm]\b)?"
    r"|(?:[^\W\d_]{2,12}\.?,?\s+)?\d{1,2}\.?\s(?:de\s)?[^\W\d_]{3,12}\.?\s(?:de\s)?\d{4},?(?:\s\S{1,3})?\s\d{1,2}[:.h]\d\d(?:[:.]\d\d)?"
    r"|(?:[^\W\d_]{3,9},\s)?[^\W\d_]{3,9}\.?\s\d{1,2},\s\d{4},?(?:\sat)?\s\d{1,2}:\d\d(?:\s?[AaPp][Mm])?"
)


def forwarded(parsed: Parsed) -> Forwarded | None:
    """The original of a forwarded mail, or None when the mail is not a forward.

    Inline: a forward's own marker decides, or a subject with a forward's prefix (TR:, Fwd:, WG: …) above the
    first header block or attribution. A marker that says "original message" only is a forward unless the mail
    is a reply (prefix or In-Reply-To). Attached: the first message/rfc822 part, reports excepted.
    """
    if parsed.content_type == "multipart/report":
        return None
    return _inline(parsed) or _attached(parsed)


# ---- inline


def _inline(parsed: Parsed) -> Forwarded | None:
    prefix = prefix_of(parsed.subject)
    if prefix == "reply":
        return None
    by_subject = prefix == "forward"
    lines = body_lines(parsed.text)
    if not by_subject and not _has_marker(lines):
        return None
    quotes = Finder(Marked(lines), 0).find()
    if not quotes:
        return None
    quote = quotes[0]
    marker = _marker(lines, quote)
    if not by_subject and not _marked(lines, marker, bool(parsed.in_reply_to)):
        return None
    return _original(lines, quote, marker, parsed.subject)


def _has_marker(lines: Sequence[str]) -> bool:
    """Any line that can announce a forward: a cheap look before quotes are searched."""
    return any(
        separator_of(x) not in (None, "rule", "above")
        for x in lines[:_LINES]
        if "--" in x or (x and x[-1] in ":：-–—=_‐─ ")
    )


def _marked(lines: Sequence[str], marker: int | None, answers: bool) -> bool:
    kind = separator_of(lines[marker]) if marker is not None else None
    return kind in ("forward", "announce") or (kind == "original" and not answers)


def _marker(lines: Sequence[str], quote: Quote) -> int | None:
    """The line that announces the quote, if it is its first: further down it belongs to an older mail."""
    for k in range(quote.begin, min(quote.end, quote.begin + _HEAD)):
        kind = separator_of(lines[k])
        if kind is not None and kind != "rule":
            return k
        if kind is None and lines[k].strip(" \t>\xa0"):
            return None
    return None


def _original(lines: Sequence[str], quote: Quote, marker: int | None, subject: str) -> Forwarded | None:
    flat = flat_fields(after_marker(lines[marker])) if marker is not None else None
    if flat is not None and marker is not None:
        return _from_fields(flat, _body(lines, marker + 1, quote.end), subject)
    begin = quote.begin if marker is None else marker + 1
    for k in range(begin, min(quote.end, begin + _HEAD)):
        block = block_at(lines, k, announced=marker is not None)
        if block is None and marker is not None:
            block = colonless_at(lines, k)
        if block is not None:
            begin = _below_repeated(lines, marker, block.end)
            return _from_fields(block.fields, _body(lines, begin, quote.end), subject)
    attributed = _attributed(lines, quote, subject)
    if attributed is not None or marker is None:
        return attributed
    return Forwarded(subject=unprefixed(subject), text=_body(lines, marker + 1, quote.end))


def _below_repeated(lines: Sequence[str], marker: int | None, begin: int) -> int:
    """`begin`, or below it the line behind what closes the header block: the marker again (Zoho), a long rule (SquirrelMail)."""
    for k in range(begin, min(len(lines), begin + 3)):
        bare = lines[k].strip()
        if marker is not None and bare and bare == lines[marker].strip():
            return k + 1
        if bare:
            return k + 1 if len(bare) > _LONG and not bare.strip("-_=") else begin
    return begin


def _from_fields(fields: dict[str, str], text: str, subject: str) -> Forwarded:
    author, name = _author(fields.get("from", ""))
    return Forwarded(
        author=author,
        author_name=name,
        date=iso_date(fields.get("date", "")),
        subject=" ".join(fields.get("subject", "").split()) or unprefixed(subject),
        text=text,
    )


def _attributed(lines: Sequence[str], quote: Quote, subject: str) -> Forwarded | None:
    """Outlook for Mac forwards under an attribution; the subject is the mail's own without its prefixes."""
    for end in range(quote.begin + 1, min(quote.end, quote.begin + 6) + 1):
        joined = " ".join(" ".join(lines[quote.begin : end]).split())[quote.column :].lstrip("> *")
        if len(joined) > _ATTRIBUTION or not joined.endswith((":", "：", "-", ">>>")):
            continue
        written = _DATE.search(joined)
        author, name = _author(_without_verb(joined, written))
        if not author and not written:
            continue
        return Forwarded(
            author=author,
            author_name=name,
            date=iso_date(written[0]) if written else "",
            subject=unprefixed(subject),
            text=_body(lines, end, quote.end),
        )
    return None


def _without_verb(joined: str, written: re.Match[str] | None) -> str:
    """The name and address of an attribution: what stands on the address's side of the date, without "wrote"."""
    side = joined
    if written is not None:
        before, after = joined[: written.start()], joined[written.end() :]
        side = before if "@" in before and "@" not in after else after
    low = side.lower()
    if len(low) == len(side) and (found := VERB.search(low)):
        side = f"{side[: found.start()]} {side[found.end() :]}"
    return side.strip(_NAME_MARKS)


def _author(value: str) -> tuple[str, str]:
    """Address (domain in lower case) and display name of a From value as clients write it.

    "X <a@b>", "X [mailto:a@b]", "X<mailto:a@b> <a@b<mailto:a@b>> on behalf of …", "« X » <a@b>", "a@b", "X".
    """
    found = _ADDRESS.search(value)
    if found is None:
        return "", value.strip(_NAME_MARKS + ">]")
    local, _, domain = found[1].rstrip(".>").rpartition("@")
    name = value[: found.start()].strip(_NAME_MARKS)
    return f"{local}@{domain.lower()}", name


def _body(lines: Sequence[str], begin: int, end: int) -> str:
    """The forwarded text, without one level of marks when it has them."""
    body = list(lines[begin:end])
    last = next((k for k in range(len(body) - 1, -1, -1) if body[k].strip()), -1)
    if last >= 0 and _END.match(lowered(body[last].strip())):
        del body[last:]  # "----- End forwarded message -----" (mutt, IMP)
    first = next((x for x in body if x.strip(" \t>\xa0")), "")
    if first.lstrip().startswith(">"):
        body = [_unmarked(x) for x in body]
    return "\n".join(x.rstrip() for x in body).strip("\n ")


def _unmarked(line: str) -> str:
    bare = line.lstrip()
    return bare[1:].removeprefix(" ") if bare.startswith(">") else line


# ---- attached


def _attached(parsed: Parsed) -> Forwarded | None:
    for part in parsed.parts:
        if part.inside or not (part.type == "message/rfc822" or part.name.lower().endswith(".eml")):
            continue
        original = parse(part.content)
        if original.held or not (original.authors or original.subject or original.text):
            continue
        author = original.authors[0] if original.authors else None
        return Forwarded(
            author=author.address if author else "",
            author_name=author.name if author else "",
            date=original.date.isoformat() if original.date else original.header("date"),
            subject=original.subject,
            text=original.text.strip("\n"),
        )
    return None
