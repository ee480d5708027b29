"""format=flowed paragraphs put together again (RFC 3676)."""

from __future__ import annotations


def unflowed(text: str, delsp: bool) -> str:
    """`text` with flowed lines joined (RFC 3676 4.1-4.4); quoted lines keep their marks, as ">> text".

    A line flows on when it ends in a space, unless it is the signature separator "-- " (4.3), and only
    into a line of the same quote depth (4.5). With DelSp the space is dropped (4.1).
    """
    out: list[str] = []
    paragraph: list[str] = []
    open_depth = -1
    for line in text.split("\n"):
        content = line.lstrip(">")
        depth = len(line) - len(content)
        content = content[1:] if content[:1] == " " else content
        signature = content == "-- "
        flows = content[-1:] == " " and not signature
        if depth != open_depth or signature:
            out.append("".join(paragraph))
            paragraph = [">" * depth + " "] if depth else []
        paragraph.append(content[:-1] if delsp and flows else content)
        open_depth = depth if flows else -1
    out.append("".join(paragraph))
    return "\n".join(out[1:])
