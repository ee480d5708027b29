"""SPF over a table of records: our own vectors, so that the evaluator is tested where the published suite is absent."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailrouter.checks.resolver import Answer, TableResolver
from mailrouter.checks.spf import Outcome, check_host, spf_verdict
from mailrouter.checks.spf_macro import Identity, expand
from mailrouter.checks.spf_record import SyntaxFault, parse_record
from mailrouter.checks.trace import literal
from mailrouter.core.model import Verdict

CLIENT = "192.0.2.5"
HOSTS = {
    "mx.caf.example": {"A": ["192.0.2.5"], "AAAA": ["2001:db8::5"]},
    "far.caf.example": {"A": ["198.51.100.1"]},
    "pass.example": {"TXT": ["v=spf1 +all"]},
    "fail.example": {"TXT": ["v=spf1 -all"]},
    "bad.example": {"TXT": ["v=spf1 nonsense"]},
    "5.2.0.192.in-addr.arpa": {"PTR": ["far.caf.example", "mx.caf.example"]},
    "zoe.5.2.0.192.in-addr.caf.example": {"A": ["127.0.0.2"]},
}


def check(
    record: str | list[str],
    *,
    client: str = CLIENT,
    sender: str = "zoe@caf.example",
    helo: str = "mx.caf.example",
    unavailable=(),
    **more,
) -> Outcome:
    own = {
        "TXT": [record] if isinstance(record, str) else record,
        "MX": ["far.caf.example", "mx.caf.example"],
    }
    zone = HOSTS | {"caf.example": own} | {name.replace("__", "."): kinds for name, kinds in more.items()}
    return asyncio.run(check_host(client, sender, helo, TableResolver(zone, unavailable)))


RECORDS = {
    "v=spf1 -all": "fail",
    "v=spf1 ~all": "softfail",
    "v=spf1": "neutral",
    "v=spf10 +all": "none",
    "V=SPF1 IP4:192.0.2.0/24 -ALL": "pass",
    "v=spf1 ip4:192.0.2.6 -all": "fail",
    "v=spf1 ip6:2001:db8::/32 ?all": "neutral",
    "v=spf1 a:mx.caf.example -all": "pass",
    "v=spf1 a:far.caf.example/8 -all": "fail",
    "v=spf1 mx -all": "pass",
    "v=spf1 mx:fail.example ~all": "softfail",
    "v=spf1 ptr:caf.example -all": "pass",
    "v=spf1 exists:%{l}.%{ir}.%{v}.%{d} -all": "pass",
    "v=spf1 exists:%{l}.5.2.0.192.in-addr.%{d} -all": "pass",
    "v=spf1 exists:%{l}.%{ir}.%{v}.%{o1} -all": "fail",
    "v=spf1 include:pass.example -all": "pass",
    "v=spf1 include:fail.example ?all": "neutral",
    "v=spf1 include:none.example +all": "permerror",
    "v=spf1 include:bad.example +all": "permerror",
    "v=spf1 redirect=pass.example": "pass",
    "v=spf1 redirect=none.example": "permerror",
    "v=spf1 -all redirect=pass.example": "fail",
    "v=spf1 redirect=pass.example redirect=fail.example": "permerror",
    "v=spf1 exp=none.example x-note=a -all": "fail",
    "v=spf1 exp=%{r}.example -all": "permerror",
    "v=spf1 a:%{z}.example -all": "permerror",
    "v=spf1 a:%{d0}.example -all": "permerror",
    "v=spf1 ip4:192.0.2.5/33 -all": "permerror",
    "v=spf1 ip4 -all": "permerror",
    "v=spf1 all:caf.example": "permerror",
    "v=spf1 a: -all": "permerror",
    "v=spf1 a:caf -all": "permerror",
    "v=spf1 a:n1.example a:n2.example ip4:192.0.2.5 -all": "pass",
    "v=spf1 a:n1.example a:n2.example a:n3.example ip4:192.0.2.5 -all": "permerror",
    "v=spf1 " + "a:far.caf.example " * 10 + "ip4:192.0.2.5": "pass",
    "v=spf1 " + "a:far.caf.example " * 11 + "ip4:192.0.2.5": "permerror",
    "v=spf1 redirect=caf.example": "permerror",
}  # fmt: skip


@pytest.mark.parametrize(("record", "result"), RECORDS.items())
def test_records(record: str, result: str) -> None:
    """Each record gives its result for one client."""
    assert check(record).result == result


def test_macros_become_the_names_that_are_asked_for() -> None:
    """Letters, parts, reversal, delimiters, URL escapes (RFC 7208 7.4's ways)."""
    asked: list[str] = []

    class Listening(TableResolver):
        async def query(self, name, kind):
            asked.append(name)
            return await super().query(name, kind)

    specs = [
        "%{s}.x.example",
        "%{o1r}.%{l1r-}.x.example",
        "%{d2}.%{v}.x.example",
        "%{ir}.x.example",
        "%{p}.x.example",
        "%{H}%%%_%-.x.example",
    ]
    for spec in specs:
        zone = HOSTS | {"a.caf.example": {"TXT": [f"v=spf1 exists:{spec} -all"]}}
        asyncio.run(check_host(CLIENT, "strong-bad@a.caf.example", "my helo", Listening(zone)))
    assert [name for name in asked if name.endswith("x.example")] == [
        "strong-bad@a.caf.example.x.example",
        "a.strong.x.example",
        "caf.example.in-addr.x.example",
        "5.2.0.192.x.example",
        "mx.caf.example.x.example",
        "my%20helo% %20.x.example",
    ]


def test_ipv6_by_nibbles() -> None:
    """An IPv6 client is matched by AAAA and spelt as 32 nibbles."""
    assert check("v=spf1 a:mx.caf.example -all", client="2001:db8::5").result == "pass"
    nibbles = "5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2"
    more = {f"{nibbles}.ip6.caf.example": {"A": ["127.0.0.2"]}}
    zone = HOSTS | {"caf.example": {"TXT": ["v=spf1 exists:%{ir}.%{v}.%{d} -all"]}} | more
    assert asyncio.run(check_host("2001:db8::5", "z@caf.example", "h", TableResolver(zone))).result == "pass"


WHO = {
    "a client nobody knows": ({"client": ""}, Outcome("none", "client address unknown")),
    "no client at all": ({"client": "[UNAVAILABLE]"}, Outcome("none", "client address unknown")),
    "mapped IPv4": ({"client": "::ffff:192.0.2.5"}, Outcome("pass")),
    "null reverse-path": ({"sender": "", "helo": "caf.example"}, Outcome("pass")),
    "null reverse-path, HELO is no domain": (
        {"sender": "", "helo": "pc-zoe"},
        Outcome("none", "no domain name"),
    ),
    "an address literal": ({"sender": "zoe@[192.0.2.5]"}, Outcome("none", "no domain name")),
    "no answer": ({"unavailable": ["caf.example"]}, Outcome("temperror", "TXT caf.example: no answer")),
    "two records": ({"record": ["v=spf1 +all", "v=spf1 +all"]}, Outcome("permerror", "2 SPF records")),
}


@pytest.mark.parametrize(("options", "outcome"), WHO.values(), ids=WHO)
def test_who_is_asked_about(options, outcome) -> None:
    """The identities, and what stands in their way."""
    assert check(**{"record": "v=spf1 ip4:192.0.2.5 -all"} | options) == outcome


def test_a_domain_beyond_ascii() -> None:
    """RFC 7208 4.3: U-labels are asked for as A-labels."""
    zone = {"xn--cole-9oa.fr": {"TXT": ["v=spf1 ip4:192.0.2.5 -all"]}}
    assert asyncio.run(check_host(CLIENT, "zoe@école.fr", "h", TableResolver(zone))).result == "pass"


def test_a_slow_domain_is_temperror(monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 7208 4.6.4: the whole evaluation has a limit (here made short)."""

    class Slow:
        async def query(self, name, kind):
            await asyncio.sleep(30)
            return Answer()

    monkeypatch.setattr("mailrouter.checks.spf.SECONDS", 0.01)
    assert asyncio.run(check_host(CLIENT, "z@caf.example", "h", Slow())).result == "temperror"


def test_the_verdict_names_the_identity() -> None:
    """smtp.mailfrom, or smtp.helo for the null reverse-path, with the reason of an error."""
    resolver = TableResolver({"caf.example": {"TXT": ["v=spf1 a:"]}})
    found = asyncio.run(spf_verdict(CLIENT, "zoe@caf.example", "h", resolver))
    assert found == Verdict(
        method="spf",
        result="permerror",
        reason="domain-spec",
        properties=(("smtp.mailfrom", "zoe@caf.example"),),
    )
    assert asyncio.run(spf_verdict(CLIENT, "", "h.example", resolver)).properties == (
        ("smtp.helo", "h.example"),
    )


@given(st.text(alphabet="v=spf1 a:mx/%{lr}.-~?+%_ip46exitsdrc0123\x00é\t", max_size=80))
def test_any_record_is_terms_or_a_fault(text: str) -> None:
    """No text raises anything else, and what is accepted has at most one term per word."""
    try:
        record = parse_record(f"v=spf1 {text}")
    except SyntaxFault:
        return
    assert len(record.directives) <= len(text.split(" "))


@pytest.mark.parametrize(
    ("labels", "kept"),
    [(["a" * 63] * 3 + ["b" * 61], 4), (["a" * 63] * 4, 3), (["a" * 60] * 40_000, 4), (["a" * 300], 0)],
)
def test_long_names_lose_labels_on_the_left(labels, kept) -> None:
    """253 octets and whole labels (RFC 7208 7.3), also of a name of megabytes."""
    name = ".".join(labels)
    who = Identity(literal(CLIENT), "zoe", "caf.example", "h")
    expanded = asyncio.run(expand(name, "caf.example", who, None))
    assert expanded == ".".join(labels[len(labels) - kept :] if kept else [])
