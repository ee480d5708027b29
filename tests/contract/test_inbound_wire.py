"""The content after DATA: however the network cuts it, it is the same mail, and it ends at the same place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailrouter.inbound.wire import Content, bare_line_ends

LINES = st.lists(
    st.sampled_from([b"", b".", b"..", b".x", b"x", b"x.", b"\r", b"\n", b".\r", b"\n.", b"\xff\x00"])
)


def stuffed(octets: bytes) -> bytes:
    """RFC 5321 4.5.2, the client's side, said in another way than in the reader."""
    return b"\r\n".join(b"." + line if line.startswith(b".") else line for line in octets.split(b"\r\n"))


def fed(wire: bytes, cuts: list[int], limit: int = 10_000) -> tuple[Content, bytes | None]:
    content = Content(limit)
    places = sorted({0, len(wire), *(cut % (len(wire) + 1) for cut in cuts)})
    for start, end in zip(places, places[1:], strict=False):
        rest = content.feed(wire[start:end])
        if rest is not None:
            return content, rest + wire[end:]
    return content, None


@given(
    lines=LINES,
    cuts=st.lists(st.integers(0, 200)),
    ahead=st.sampled_from([b"", b"QUIT\r\n", b".\r\n", b"\r\n.\r\n"]),
)
def test_what_was_stuffed_comes_out_however_it_is_cut(
    lines: list[bytes], cuts: list[int], ahead: bytes
) -> None:
    octets = b"".join(line + b"\r\n" for line in lines)
    content, rest = fed(stuffed(octets) + b".\r\n" + ahead, cuts)
    assert (content.octets(), rest, content.too_big, content.size) == (octets, ahead, False, len(octets))


@given(lines=LINES, cuts=st.lists(st.integers(0, 200)), limit=st.integers(0, 60))
def test_the_limit_counts_the_octets_of_the_mail_and_the_end_is_still_found(
    lines: list[bytes], cuts: list[int], limit: int
) -> None:
    octets = b"".join(line + b"\r\n" for line in lines)
    content, rest = fed(stuffed(octets) + b".\r\nNOOP\r\n", cuts, limit)
    assert (content.too_big, rest) == (len(octets) > limit, b"NOOP\r\n")


@given(
    st.lists(
        st.sampled_from([b"\n.\n", b"\r.\r", b"\n.\r\n", b"\r\n.\n", b"\r.\r\n", b"\r\n.\r", b"x"]),
        max_size=8,
    )
)
def test_only_crlf_dot_crlf_ends_a_mail(pieces: list[bytes]) -> None:
    wire = b"a" + b"a".join(pieces) + b"a"
    assert fed(wire, [])[1] is None
    assert fed(wire + b"\r\n.\r\n", [])[1] == b""


@pytest.mark.parametrize(
    ("octets", "bare"),
    [
        (b"", False),
        (b"a\r\nb\r\n", False),
        (b"a\nb", True),
        (b"a\rb", True),
        (b"\r\r\n", True),
        (b"\r\n\n", True),
        (b"\n\r", True),
    ],
)
def test_cr_or_lf_alone_is_seen(octets: bytes, bare: bool) -> None:
    assert bare_line_ends(octets) is bare
