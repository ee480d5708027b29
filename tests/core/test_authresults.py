"""The RFC 8601 parser: what relays really write, what the grammar allows, and what must count for nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailrouter.core.mail.authresults import AuthResults, authentication_results
from mailrouter.core.model import Verdict


def said(method, result, reason="", **properties):
    pairs = tuple((name.replace("_", "."), value) for name, value in properties.items())
    return Verdict(method=method, result=result, reason=reason, properties=pairs)


READ = {
    "an id alone": ("mx.example.org", "mx.example.org", ()),
    "no-result": ("mx.example.org 1; none", "mx.example.org", ()),
    "case of the id": (
        "MX.Example.ORG; dmarc=pass header.from=a.fr",
        "mx.example.org",
        (said("dmarc", "pass", header_from="a.fr"),),
    ),
    "quoted id": ('"mx example"; dmarc=pass', "mx example", (said("dmarc", "pass"),)),
    "several methods, final semicolon": (
        "mx; spf=pass smtp.mailfrom=z@a.fr; dkim=fail header.d=b.fr;",
        "mx",
        (said("spf", "pass", smtp_mailfrom="z@a.fr"), said("dkim", "fail", header_d="b.fr")),
    ),
    "folded": (
        "mx;\r\n\tdkim=pass\r\n header.d=a.fr header.i=@a.fr",
        "mx",
        (said("dkim", "pass", header_d="a.fr", header_i="@a.fr"),),
    ),
    "comments, nested and with quoted pairs": (
        r"mx (of (ours)) 1 (one \) two); dkim (why) / 1 (v) = (is) pass (2048-bit; good) header (x) . (y) d = (z) a.fr",
        "mx",
        (said("dkim", "pass", header_d="a.fr"),),
    ),
    "reason, quoted with a semicolon": (
        'mx; dkim=fail reason="bad; body" header.d=a.fr',
        "mx",
        (said("dkim", "fail", "bad; body", header_d="a.fr"),),
    ),
    "Exchange Online's words without ptype": (
        "mx; dmarc=pass action=none header.from=a.fr;compauth=pass reason=100",
        "mx",
        (said("dmarc", "pass", header_from="a.fr"), said("compauth", "pass", "100")),
    ),
    "upper case of method and result": (
        "mx; DMARC=Pass HEADER.From=A.fr",
        "mx",
        (said("dmarc", "pass", header_from="A.fr"),),
    ),
    "quoted local part holds what looks like a result": (
        'mx; spf=pass smtp.mailfrom="x; dmarc=pass header.from=a.fr"@evil.example',
        "mx",
        (said("spf", "pass", smtp_mailfrom="x; dmarc=pass header.from=a.fr@evil.example"),),
    ),
    "repeated property is kept twice": (
        "mx; dmarc=pass header.from=a.fr header.from=b.fr",
        "mx",
        (
            Verdict(
                method="dmarc", result="pass", properties=(("header.from", "a.fr"), ("header.from", "b.fr"))
            ),
        ),
    ),
    "a version of a method that we do not know": ("mx; dmarc/2=pass header.from=a.fr", "mx", ()),
    "local policy and other ptypes": (
        "mx; auth=pass smtp.auth=zoe policy.expired=no; x-ours=hold",
        "mx",
        (said("auth", "pass", smtp_auth="zoe", policy_expired="no"), said("x-ours", "hold")),
    ),
    "angle brackets": (
        "mx; spf=pass smtp.mailfrom=<z@a.fr>",
        "mx",
        (said("spf", "pass", smtp_mailfrom="<z@a.fr>"),),
    ),
    "id beyond ASCII": ("mx.école.fr; none", "mx.école.fr", ()),
}


@pytest.mark.parametrize(("value", "authserv_id", "results"), READ.values(), ids=READ)
def test_reads_the_grammar(value: str, authserv_id: str, results: tuple[Verdict, ...]) -> None:
    """Each form gives exactly its results."""
    assert authentication_results(value) == AuthResults(authserv_id=authserv_id, results=results)


REFUSED = {
    "empty": ("", "no authserv-id"),
    "old Outlook leaves the id out": ("spf=pass smtp.mailfrom=a.fr", "no authserv-id"),
    "another version of the field": ("mx 2; dmarc=pass header.from=a.fr", "authres-version is not 1"),
    "comment left open": ("mx; dmarc=pass (header.from=a.fr", "unbalanced comment"),
    "quote left open": ('mx; dmarc=pass header.from="a.fr', "unbalanced quote or comment"),
    "text between results": ("mx; dmarc=pass, spf=pass", "no ptype"),
    "no equals sign": ("mx; dmarc pass", '"=" is missing'),
    "no result": ("mx; dmarc= ; spf=pass", "no result"),
}


@pytest.mark.parametrize(("value", "defect"), REFUSED.values(), ids=REFUSED)
def test_a_field_that_is_none_counts_for_nothing(value: str, defect: str) -> None:
    """A field that cannot be read for certain gives no result at all, and says why."""
    read = authentication_results(value)
    assert (read.results, read.defect) == ((), defect)


@given(st.text(max_size=200) | st.text(alphabet='mx; =./()"\\dkimpas header.from1\r\n\t', max_size=200))
def test_any_text_is_read_without_fault(value: str) -> None:
    """No text raises, and a defect never comes with results."""
    read = authentication_results(value)
    assert not (read.defect and read.results)
