"""Our own SPF, DKIM, DMARC and ARC over a table of DNS records, on mails signed with keys made here.

dkimpy signs: another implementation than the one under test. What it refuses to make (From not signed, Ed25519 without
its extra package) is signed by `sign`, below.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from datetime import UTC, datetime
from ipaddress import ip_network

import dkim as dkimpy
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from hypothesis import given
from hypothesis import strategies as st

from mailrouter.checks.canonical import canonical_body, header_octets, selected
from mailrouter.checks.dkim import dkim_verdicts
from mailrouter.checks.own import OwnAuthenticationCheck
from mailrouter.checks.resolver import TableResolver
from mailrouter.checks.trace import Field, split
from mailrouter.core.alignment import aligned
from mailrouter.core.mail.read import read
from mailrouter.core.model import Envelope, Mail, Verdict

NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)
CLIENT = "203.0.113.5"
HEAD = b"From: =?utf-8?q?Zo=C3=A9?= <zoe@cahors.example>\r\nTo: lot@aplus.example\r\nSubject: APL\r\nDate: Tue, 3 Mar 2026 10:00:00 +0100\r\n"
BODY = b"Bonjour,\r\n\r\nle dossier  est bloqu\xc3\xa9. \r\n\r\n"
MAIL = HEAD + b"\r\n" + BODY
SIGNED = [b"from", b"to", b"subject", b"date"]

RSA = rsa.generate_private_key(65537, 1024)
SHORT = rsa.generate_private_key(65537, 1024)
ED = ed25519.Ed25519PrivateKey.generate()


def pem(key=RSA) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )


def public(key=RSA) -> str:
    if isinstance(key, ed25519.Ed25519PrivateKey):
        raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    else:
        der = serialization.Encoding.DER
        raw = key.public_key().public_bytes(der, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(raw).decode()


KEY = f"v=DKIM1; k=rsa; p={public()}"


def zone(**more) -> dict[str, dict[str, list[str]]]:
    """Cahors with a key, SPF for one client and DMARC; `more` replaces or adds names (dots as __)."""
    names = {
        "s._domainkey.cahors.example": {"TXT": [KEY]},
        "cahors.example": {"TXT": ["v=spf1 ip4:203.0.113.7 -all"], "A": ["203.0.113.7"]},
        "_dmarc.cahors.example": {"TXT": ["v=DMARC1; p=reject; rua=mailto:d@cahors.example"]},
    }
    return names | {name.replace("__", "."): kinds for name, kinds in more.items()}


def dkim_sign(
    octets: bytes = MAIL, domain: bytes = b"cahors.example", form=(b"relaxed", b"relaxed"), **options
) -> bytes:
    return (
        dkimpy.dkim_sign(octets, b"s", domain, pem(), canonicalize=form, include_headers=SIGNED, **options)
        + octets
    )


def sign(
    octets: bytes = MAIL,
    *,
    key=RSA,
    algorithm="rsa-sha256",
    names=b"from:to:subject:date",
    tags="",
    body_tags="",
    digest=SHA256(),
) -> bytes:
    """A signature by `key`, of which every tag can be chosen."""
    block = split(octets)
    bh = base64.b64encode(hashlib.sha256(canonical_body(block.body, "relaxed")).digest()).decode()
    spec = (
        f"v=1; a={algorithm}; c=relaxed/relaxed; d=cahors.example; s=s; h={names.decode()}; bh={bh}; {tags}b="
    )
    field = Field(b"dkim-signature", f"DKIM-Signature: {spec}\r\n".encode())
    data = header_octets(selected(block.fields, names.split(b":")), field, "relaxed")
    if isinstance(key, ed25519.Ed25519PrivateKey):
        made = key.sign(hashlib.sha256(data).digest())
    else:
        made = key.sign(data, padding.PKCS1v15(), digest)
    return field.raw.removesuffix(b"\r\n") + base64.b64encode(made) + b"\r\n" + octets


def mail(
    octets: bytes = MAIL,
    *,
    client: str = CLIENT,
    mail_from: str = "zoe@cahors.example",
    door: str = "smtp",
    helo: str = "mx.sender.example",
    **envelope,
) -> Mail:
    given = {
        "mail_from": mail_from,
        "rcpt_to": ("lot@aplus.example",),
        "door": door,
        "received_at": NOW,
        "peer": client,
        "helo": helo,
    }
    return Mail(envelope=Envelope(**given | envelope), octets=octets)


def verdicts(one: Mail, records=None, unavailable=(), **options) -> tuple[Verdict, ...]:
    resolver = TableResolver(zone() if records is None else records, unavailable)
    return asyncio.run(OwnAuthenticationCheck(resolver, **options).verdicts(one))


def results(found) -> dict[str, str]:
    """method -> result; of several signatures the results in order."""
    said: dict[str, str] = {}
    for verdict in found:
        said[verdict.method] = (
            f"{said[verdict.method]} {verdict.result}" if verdict.method in said else verdict.result
        )
    return said


def alignment(one: Mail, found) -> tuple[str, str]:
    message = read(one.octets).message
    said = aligned(message.author, message, found)
    return said.result, said.by


# ---- DKIM

FORMS = [(b"simple", b"simple"), (b"simple", b"relaxed"), (b"relaxed", b"simple"), (b"relaxed", b"relaxed")]
BODIES = {
    "empty": b"",
    "one line end": b"\r\n",
    "no line end": b"Bonjour",
    "trailing white space": b"a \t\r\n b\t c\r\n \r\n\r\n\r\n",
    "8 bit": BODY,
    "big": b"une ligne de texte\r\n" * 10_000,
}


@pytest.mark.parametrize("form", FORMS, ids=lambda form: b"-".join(form).decode())
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_another_implementation_s_signatures_hold(form, body) -> None:
    """Every canonical form of every kind of body verifies as dkimpy made it."""
    found = verdicts(mail(dkim_sign(HEAD + b"\r\n" + body, form=form)))
    assert results(found) == {"spf": "fail", "dkim": "pass", "dmarc": "pass"}
    assert found[1].property("header.d") == "cahors.example"


def test_line_feeds_of_a_pipe_are_line_ends() -> None:
    """A local MTA hands mail over with bare LF; it was signed with CRLF."""
    assert (
        results(verdicts(mail(dkim_sign().replace(b"\r\n", b"\n"), client="", door="pipe")))["dkim"] == "pass"
    )


def test_ed25519() -> None:
    """RFC 8463: the other algorithm that a verifier must know."""
    records = zone(s___domainkey__cahors__example={}) | {
        "s._domainkey.cahors.example": {"TXT": [f"v=DKIM1; k=ed25519; p={public(ED)}"]}
    }
    assert results(verdicts(mail(sign(key=ED, algorithm="ed25519-sha256")), records))["dkim"] == "pass"


def dns_key(record: str | None):
    return zone() | {"s._domainkey.cahors.example": {"TXT": [] if record is None else [record]}}


SIGNATURES = {
    "our own signer's plain signature": (sign(), None, "pass"),
    "body changed": (sign() + b"PS\r\n", None, "fail"),
    "signed field changed": (sign().replace(b"Subject: APL", b"Subject: RSA"), None, "fail"),
    "unsigned field added": (b"X-Note: x\r\n" + sign(), None, "pass"),
    "second Subject on top": (b"Subject: RIB\r\n" + sign(), None, "policy"),
    "second Subject, both signed": (
        sign(b"Subject: RIB\r\n" + MAIL, names=b"from:to:subject:subject:date"),
        None,
        "pass",
    ),
    "second From on top": (b"From: x@evil.example\r\n" + sign(), None, "policy"),
    "From not signed": (sign(names=b"to:subject:date"), None, "policy"),
    "text added behind l=": (dkim_sign(length=True) + b"PS: mon RIB\r\n", None, "policy"),
    "l= over all of it": (dkim_sign(length=True), None, "pass"),
    "rsa-sha1": (sign(algorithm="rsa-sha1", digest=SHA1()), None, "permerror"),
    "expired": (sign(tags="t=1700000000; x=1700000900; "), None, "policy"),
    "expires later": (sign(tags="t=1700000000; x=1900000000; "), None, "pass"),
    "x= before t=": (sign(tags="t=1900000000; x=1890000000; "), None, "policy"),
    "identity elsewhere": (sign(tags="i=zoe@evil.example; "), None, "permerror"),
    "identity below": (sign(tags="i=zoe@x.cahors.example; "), None, "pass"),
    "identity below, refused by t=s": (
        sign(tags="i=zoe@x.cahors.example; "),
        f"t=s; p={public()}",
        "permerror",
    ),
    "another query method": (sign(tags="q=http; "), None, "permerror"),
    "tag twice": (sign(tags="s=t; "), None, "permerror"),
    "no key": (sign(), None, "permerror"),
    "key revoked": (sign(), "v=DKIM1; p=", "permerror"),
    "key of another kind": (sign(), f"k=ed25519; p={public(ED)}", "permerror"),
    "key of another hash": (sign(), f"h=sha1; p={public()}", "permerror"),
    "key for something else than mail": (sign(), f"s=tlsrpt; p={public()}", "permerror"),
    "key unreadable": (sign(), "v=DKIM1; p=Zm9v", "permerror"),
    "key of another version": (sign(), f"v=DKIM2; p={public()}", "permerror"),
    "another key": (sign(), f"p={public(SHORT)}", "fail"),
    "key in testing mode": (sign(), f"t=y; p={public()}", "pass"),
    "a header line that is no field": (sign().replace(b"To: lot", b"no field\r\nTo: lot"), None, "permerror"),
    "no signature": (MAIL, None, "none"),
}


@pytest.mark.parametrize(("octets", "record", "result"), SIGNATURES.values(), ids=SIGNATURES)
def test_dkim(octets, record, result, request) -> None:
    """Each signature gives its result in the words of RFC 8601 2.7.1."""
    records = dns_key(record) if record or "no key" in request.node.name else zone()
    block = split(octets)
    (found,) = asyncio.run(dkim_verdicts(block, "cahors.example", NOW, TableResolver(records)))
    assert found.result == result


def test_a_key_below_1024_bits_is_refused() -> None:
    """RFC 8301 3.2; the signature would hold."""
    weak = serialization.load_der_public_key(base64.b64decode(public())).public_numbers().n >> 512
    short = rsa.RSAPublicNumbers(65537, weak | 1).public_key()
    der = short.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    found = verdicts(mail(sign()), dns_key(f"p={base64.b64encode(der).decode()}"))
    assert (found[1].result, found[1].reason) == ("policy", "key of 512 bits")


def test_the_author_s_signature_is_found_behind_a_pile_of_others() -> None:
    """Only eight signatures are looked at; those of the author's organisation come first."""
    pile = b"".join(
        b"DKIM-Signature: v=1; a=rsa-sha256; d=list%d.example; s=s; h=from; bh=AA==; b=AA==\r\n" % n
        for n in range(20)
    )
    found = [verdict for verdict in verdicts(mail(pile + sign())) if verdict.method == "dkim"]
    assert [found[0].result, len(found)] == ["pass", 8]


HOSTILE = {
    "one line of spaces": (b" " * 1_000_000 + b"x", "fail"),
    "single spaces": (b"a " * 500_000, "fail"),
    "empty lines, which no form counts": (b"\r\n" * 500_000, "pass"),
    "blank lines, which the relaxed form does not count": (b"\t \r\n" * 250_000, "pass"),
}


@pytest.mark.parametrize(("hostile", "result"), HOSTILE.values(), ids=HOSTILE)
def test_white_space_costs_no_time(hostile, result) -> None:
    """A megabyte of white space behind a signed body is hashed like any other (dkimpy: half an hour)."""
    assert verdicts(mail(sign() + hostile))[1].result == result


# ---- SPF's client

SPF_PASS = zone(cahors__example={"TXT": [f"v=spf1 ip4:{CLIENT} -all"]})
RECEIVED = f"Received: from mx.sender.example (mx.sender.example [{CLIENT}])\r\n\tby mx.aplus.example with ESMTP; Tue, 3 Mar 2026 10:00:00 +0100\r\n".encode()
RELAYS = [ip_network("192.0.2.10/32"), ip_network("127.0.0.1/32")]

CLIENTS = {
    "the peer": (mail(), "pass"),
    "a peer that calls itself the client": (mail(RECEIVED + MAIL, client="198.51.100.1"), "fail"),
    "behind a relay, told by XFORWARD": (mail(client="192.0.2.10").envelope, "none"),
    "webhook": (mail(door="webhook"), "none"),
    "pipe, by its MTA's Received": (mail(RECEIVED + MAIL, client="", door="pipe"), "pass"),
    "behind a relay, by its Received": (mail(RECEIVED + MAIL, client="192.0.2.10"), "pass"),
    "behind a relay that wrote none": (mail(client="192.0.2.10"), "none"),
}
CLIENTS["behind a relay, told by XFORWARD"] = (
    Mail(
        envelope=Envelope(
            mail_from="zoe@cahors.example",
            rcpt_to=(),
            door="smtp",
            received_at=NOW,
            peer="192.0.2.10",
            client=CLIENT,
        ),
        octets=MAIL,
    ),
    "pass",
)


@pytest.mark.parametrize(("one", "result"), CLIENTS.values(), ids=CLIENTS)
def test_whom_spf_is_asked_about(one, result) -> None:
    """SPF is about the client that brought the mail to us or to our relays, as far as one of ours tells it."""
    assert results(verdicts(one, SPF_PASS, relays=RELAYS))["spf"] == result


def test_null_reverse_path_is_postmaster_of_helo() -> None:
    """RFC 7208 2.4: and the verdict says which identity it was."""
    records = zone() | {"mx.sender.example": {"TXT": [f"v=spf1 ip4:{CLIENT} -all"]}}
    found = verdicts(mail(mail_from=""), records)[0]
    assert (found.result, found.properties) == ("pass", (("smtp.helo", "mx.sender.example"),))


# ---- DMARC

ALIGNED_SPF = {"TXT": [f"v=spf1 ip4:{CLIENT} -all"]}


def dmarc(record: str | None, author: str = "cahors.example", **more) -> dict:
    """Records where SPF of cahors.example passes, with a DMARC record for it."""
    names = {"cahors.example": ALIGNED_SPF, "_dmarc.cahors.example": {"TXT": [record] if record else []}}
    return names | {name.replace("__", "."): kinds for name, kinds in more.items()}


def author(domain: str) -> bytes:
    return MAIL.replace(b"zoe@cahors.example", f"zoe@{domain}".encode())


REJECT = "v=DMARC1; p=reject; sp=quarantine"
# octets, reverse-path, records -> result, what the record asks for, where it stands
DMARC = {
    "own record, SPF of itself": (MAIL, "zoe@cahors.example", dmarc(REJECT), ("pass", "reject", "cahors.example")),
    "SPF of another domain": (MAIL, "x@other.example", dmarc(REJECT, other__example=ALIGNED_SPF), ("fail", "reject", "cahors.example")),
    "SPF of a subdomain, relaxed": (MAIL, "x@m.cahors.example", dmarc(REJECT, m__cahors__example=ALIGNED_SPF), ("pass", "reject", "cahors.example")),
    "SPF of a subdomain, strict": (
        MAIL,
        "x@m.cahors.example",
        dmarc("v=DMARC1; p=reject; aspf=s", m__cahors__example=ALIGNED_SPF),
        ("fail", "reject", "cahors.example"),
    ),
    "author below the record": (author("m.cahors.example"), "x@cahors.example", dmarc(REJECT, m__cahors__example=ALIGNED_SPF), ("pass", "quarantine", "cahors.example")),
    "author below, sp left out": (author("m.cahors.example"), "x@other.example", dmarc("v=DMARC1; p=reject", m__cahors__example={"A": ["192.0.2.1"]}), ("fail", "reject", "cahors.example")),
    "author's name does not exist": (author("no.cahors.example"), "x@other.example", dmarc("v=DMARC1; p=none; np=reject"), ("fail", "reject", "cahors.example")),
    "author's name exists": (author("m.cahors.example"), "x@other.example", dmarc("v=DMARC1; p=none; np=reject", m__cahors__example={"A": ["192.0.2.1"]}), ("fail", "none", "cahors.example")),
    "no record": (MAIL, "zoe@cahors.example", dmarc(None), ("none", "", "")),
    "two records": (MAIL, "x@other.example", dmarc(None, _dmarc__cahors__example={"TXT": [REJECT, REJECT]}), ("none", "", "")),
    "another record beside it": (MAIL, "x@other.example", dmarc(None, _dmarc__cahors__example={"TXT": ["v=spf1 -all", REJECT]}), ("fail", "reject", "cahors.example")),
    "version not first": (MAIL, "x@other.example", dmarc("p=reject; v=DMARC1"), ("none", "", "")),
    "no valid p, nobody to report to": (MAIL, "x@other.example", dmarc("v=DMARC1; p=refuse"), ("none", "", "")),
    "no valid p, reports asked for": (MAIL, "x@other.example", dmarc("v=DMARC1; p=refuse; rua=mailto:a@b.example"), ("fail", "none", "cahors.example")),
    "spaces and unknown tags": (MAIL, "x@other.example", dmarc("v = DMARC1 ;p= Reject; x=1;; fo"), ("fail", "reject", "cahors.example")),
    "several From fields": (b"From: x@evil.example\r\n" + MAIL, "zoe@cahors.example", dmarc(REJECT), ("permerror", "", "")),
    "several mailboxes in From": (author("cahors.example>, <x@evil.example"), "zoe@cahors.example", dmarc(REJECT), ("permerror", "", "")),
    "no From": (MAIL.replace(b"From:", b"Form:"), "zoe@cahors.example", dmarc(REJECT), ("permerror", "", "")),
    "From with an address literal": (author("[203.0.113.5]"), "zoe@cahors.example", dmarc(REJECT), ("permerror", "", "")),
}  # fmt: skip


@pytest.mark.parametrize("discovery", ["tree-walk", "suffix-list"])
@pytest.mark.parametrize(("octets", "mail_from", "records", "expected"), DMARC.values(), ids=DMARC)
def test_dmarc(octets, mail_from, records, expected, discovery) -> None:
    """Each mail gives its result with the policy that applies, however the organisational domain is found."""
    found = verdicts(mail(octets, mail_from=mail_from), records, discovery=discovery)[-1]
    assert (found.result, found.property("policy.dmarc"), found.property("policy.domain")) == expected


GOUV = {"lot.gouv.fr": ALIGNED_SPF, "m.lot.gouv.fr": ALIGNED_SPF, "evil.gouv.fr": ALIGNED_SPF}
# author, SPF domain, records -> (tree walk, suffix list)
TREES = {
    "a suffix without psd=y aligns nobody below it": (
        "lot.gouv.fr", "evil.gouv.fr", GOUV | {"_dmarc.gouv.fr": {"TXT": ["v=DMARC1; p=reject"]}}, ("fail", "none"),
    ),
    "a suffix with psd=y speaks for what has no record": (
        "m.lot.gouv.fr", "lot.gouv.fr", GOUV | {"_dmarc.gouv.fr": {"TXT": ["v=DMARC1; p=reject; psd=y"]}}, ("pass", "none"),
    ),
    "psd=n makes an organisation of a part": (
        "a.m.caf.fr", "b.caf.fr", {"b.caf.fr": ALIGNED_SPF, "_dmarc.caf.fr": {"TXT": ["v=DMARC1; p=none"]}, "_dmarc.m.caf.fr": {"TXT": ["v=DMARC1; p=reject; psd=n"]}},
        ("fail", "pass"),
    ),
    "record in the middle": (
        "a.b.caf.fr", "c.b.caf.fr", {"c.b.caf.fr": ALIGNED_SPF, "_dmarc.b.caf.fr": {"TXT": ["v=DMARC1; p=reject"]}}, ("pass", "none"),
    ),
    "a name of ten labels": (
        "a.b.c.d.e.f.g.h.caf.fr", "caf.fr", {"caf.fr": ALIGNED_SPF, "_dmarc.caf.fr": {"TXT": ["v=DMARC1; p=reject"]}}, ("pass", "pass"),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("name", "spf", "records", "expected"), TREES.values(), ids=TREES)
def test_tree_walk_and_suffix_list(name, spf, records, expected) -> None:
    """Where RFC 9989 and RFC 7489 differ, each gives its own result; neither aligns two registered domains."""
    one = mail(author(name), mail_from=f"x@{spf}")
    assert (
        tuple(verdicts(one, records, discovery=how)[-1].result for how in ("tree-walk", "suffix-list"))
        == expected
    )


def test_a_tree_walk_asks_eight_times_at_most() -> None:
    """A name of many labels is no way to make us ask DNS many times (RFC 9989 4.10)."""

    class Counting(TableResolver):
        asked: list[str] = []

        async def query(self, name, kind):
            self.asked.append(name)
            return await super().query(name, kind)

    long = ".".join("abcdefghijklmnopqrst") + ".example"
    asyncio.run(
        OwnAuthenticationCheck(Counting({})).verdicts(mail(author(long), mail_from="x@other.example"))
    )
    walked = [name for name in Counting.asked if name.startswith("_dmarc.")]
    assert walked[0] == f"_dmarc.{long}" and walked[1:] == [
        "_dmarc." + long.split(".", n)[n] for n in range(14, 21)
    ]


def test_hyphens_are_part_of_a_domain() -> None:
    """cahors-ville and cahors-evil share a stem and nothing else (authheaders reads both as "cahors")."""
    records = {"cahors-evil.example": ALIGNED_SPF, "_dmarc.cahors-ville.example": {"TXT": [REJECT]}}
    one = mail(author("cahors-ville.example"), mail_from="x@cahors-evil.example")
    assert alignment(one, verdicts(one, records)) == ("fail", "dmarc")


# ---- waiting

WAITS = {
    "policy": ({"_dmarc.cahors.example"}, sign(), ("temperror", "dmarc")),
    "aligned key": ({"s._domainkey.cahors.example"}, sign(), ("temperror", "dmarc")),
    "SPF record": ({("cahors.example", "TXT")}, MAIL, ("temperror", "dmarc")),
    "SPF record, but DKIM passes": ({("cahors.example", "TXT")}, sign(), ("pass", "dmarc")),
}


@pytest.mark.parametrize(("unavailable", "octets", "expected"), WAITS.values(), ids=WAITS)
def test_dns_that_does_not_answer_makes_the_mail_wait(unavailable, octets, expected) -> None:
    """temperror: asked again later. A mail that passes anyhow need not wait."""
    one = mail(octets)
    assert alignment(one, verdicts(one, unavailable=unavailable)) == expected


def test_situation_14_domains_without_dmarc() -> None:
    """An aligned SPF or DKIM pass is aligned; one of the provider is not; a key that cannot be asked is waited for."""
    spf, key, foreign = (
        mail(mail_from="zoe@cahors.example"),
        mail(sign(), mail_from="x@other.example"),
        mail(mail_from="x@other.example"),
    )
    records = dmarc(None, s___domainkey__cahors__example={"TXT": [KEY]}, other__example=ALIGNED_SPF)
    records["s._domainkey.cahors.example"] = {"TXT": [KEY]}
    assert [alignment(one, verdicts(one, records)) for one in (spf, key, foreign)] == [
        ("pass", "spf"),
        ("pass", "dkim"),
        ("none", ""),
    ]
    waiting = verdicts(key, records, unavailable={"s._domainkey.cahors.example"})
    assert alignment(key, waiting) == ("temperror", "dkim")


def test_webhooks_are_judged_by_dkim_alone() -> None:
    """Postmark's RawEmail: our own DKIM, else not aligned; whatever it says of SPF is another's word."""
    for octets, expected in ((sign(), ("pass", "dmarc")), (MAIL, ("fail", "dmarc"))):
        one = mail(octets, client="127.0.0.1", door="webhook")
        assert alignment(one, verdicts(one, SPF_PASS, doors=["webhook"])) == expected
    assert verdicts(mail(), SPF_PASS, doors=["webhook"]) == ()


# ---- ARC


def forward(octets: bytes, sealer: bytes, seen: bytes) -> bytes:
    """`octets` as a forwarder passes them on: results stamped and sealed, by dkimpy's ARC."""
    stamped = b"Authentication-Results: mx." + sealer + b"; " + seen + b"\r\n" + octets
    fields = dkimpy.arc_sign(stamped, b"s", sealer, pem(), b"mx." + sealer, include_headers=SIGNED)
    return b"".join(fields) + stamped


SEEN = b"arc=none; dmarc=pass header.from=cahors.example"
ARC_ZONE = zone() | {
    f"s._domainkey.{name}": {"TXT": [KEY]} for name in ("lists.example", "x.lists.example", "other.example")
}
LISTED = forward(MAIL, b"lists.example", SEEN)
CHAINS = {
    "configured forwarder": (LISTED, {"lists.example"}, ("pass", "arc")),
    "its subdomain": (forward(MAIL, b"x.lists.example", SEEN), {"lists.example"}, ("pass", "arc")),
    "no forwarder configured": (LISTED, set(), ("fail", "dmarc")),
    "another forwarder": (LISTED, {"other.example", "ists.example"}, ("fail", "dmarc")),
    "body changed afterwards": (LISTED + b"PS\r\n", {"lists.example"}, ("fail", "dmarc")),
    "Subject changed afterwards": (LISTED.replace(b"Subject: APL", b"Subject: RIB"), {"lists.example"}, ("fail", "dmarc")),
    "second Subject on top": (b"Subject: RIB\r\n" + LISTED, {"lists.example"}, ("fail", "dmarc")),
    "results changed afterwards": (
        forward(MAIL, b"lists.example", SEEN.replace(b"pass", b"fail")).replace(b"dmarc=fail", b"dmarc=pass"),
        {"lists.example"},
        ("fail", "dmarc"),
    ),
    "forwarder saw a fail": (forward(MAIL, b"lists.example", SEEN.replace(b"pass", b"fail")), {"lists.example"}, ("fail", "dmarc")),
    "forwarder saw another author": (forward(MAIL, b"lists.example", SEEN.replace(b"cahors", b"evil")), {"lists.example"}, ("fail", "dmarc")),
    "two forwarders, both ours": (
        forward(LISTED, b"other.example", b"arc=pass; dmarc=fail header.from=cahors.example"),
        {"lists.example", "other.example"},
        ("pass", "arc"),
    ),
    "two forwarders, the first is a stranger": (
        forward(LISTED, b"other.example", b"arc=pass; dmarc=fail header.from=cahors.example"),
        {"other.example"},
        ("fail", "dmarc"),
    ),
    "two forwarders, the newest is a stranger": (
        forward(LISTED, b"other.example", b"arc=pass; dmarc=pass header.from=cahors.example"),
        {"lists.example"},
        ("fail", "dmarc"),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("octets", "forwarders", "expected"), CHAINS.values(), ids=CHAINS)
def test_arc(octets, forwarders, expected) -> None:
    """What a configured forwarder saw counts where the mail is as it sealed it, back to the first stranger in the chain."""
    one = mail(octets, mail_from="bounce@lists.example")
    assert alignment(one, verdicts(one, ARC_ZONE, arc_forwarders=forwarders)) == expected


def test_arc_that_cannot_be_asked_waits_for_configured_forwarders_only() -> None:
    """A stranger's chain makes nobody wait: its key is not even asked for."""
    one = mail(LISTED, mail_from="bounce@lists.example")
    down = {"s._domainkey.lists.example"}
    assert alignment(one, verdicts(one, ARC_ZONE, down, arc_forwarders={"lists.example"})) == (
        "temperror",
        "arc",
    )
    assert alignment(one, verdicts(one, ARC_ZONE, down, arc_forwarders={"other.example"})) == (
        "fail",
        "dmarc",
    )


# ---- whole outcomes


def test_every_verdict_of_one_mail() -> None:
    """The verdicts in order, with the properties of RFC 8601."""
    octets = sign(tags="i=zoe@cahors.example; ")
    signature = octets.split(b"b=")[-1][:8].decode()
    assert verdicts(mail(octets)) == (
        Verdict(method="spf", result="fail", properties=(("smtp.mailfrom", "zoe@cahors.example"),)),
        Verdict(
            method="dkim",
            result="pass",
            properties=(
                ("header.d", "cahors.example"),
                ("header.i", "zoe@cahors.example"),
                ("header.a", "rsa-sha256"),
                ("header.s", "s"),
                ("header.b", signature),
            ),
        ),
        Verdict(
            method="dmarc",
            result="pass",
            properties=(
                ("header.from", "cahors.example"),
                ("policy.dmarc", "reject"),
                ("policy.domain", "cahors.example"),
            ),
        ),
    )


def test_a_header_block_beyond_reason_is_not_authenticated() -> None:
    """300 KB of header fields are no mail; DNS is not asked about it."""
    found = verdicts(mail(b"X-A: " + b"a" * 300_000 + b"\r\n" + MAIL))
    assert found == (Verdict(method="dmarc", result="permerror", reason="header block too long"),)


PIECES = st.sampled_from(
    [b"DKIM-Signature: ", b"ARC-Seal: ", b"ARC-Message-Signature: ", b"ARC-Authentication-Results: ", b"From: ", b"Received: "]
    + [b"v=1; ", b"a=rsa-sha256; ", b"d=cahors.example; ", b"s=s; ", b"h=from; ", b"bh=AA==; ", b"b=AA==", b"i=1; ", b"cv=none; "]
    + [b"l=", b"x=", b"t=9", b"c=relaxed/", b"[203.0.113.5] by x", b"zoe@cahors.example", b"\r\n", b"\n", b" ", b"\xff", b";", b"="]
)  # fmt: skip


@given(st.lists(PIECES, max_size=40).map(b"".join))
def test_any_octets_get_verdicts(octets) -> None:
    """No mail makes a check raise, and none of these is signed by anybody."""
    one = mail(octets, client="192.0.2.10")
    found = verdicts(one, ARC_ZONE, relays=RELAYS, arc_forwarders={"cahors.example"})
    assert all(verdict.result != "pass" for verdict in found if verdict.method in ("dkim", "arc"))


@given(
    st.lists(st.sampled_from([b" ", b"\t", b"\r\n", b"a", b"\r", b"  b" * 9]), max_size=60).map(b"".join),
    st.integers(1, 9),
)
def test_a_body_in_pieces_is_the_body(body, size) -> None:
    """However the body is cut for its relaxed form, the form is the same as in one piece."""
    whole = canonical_body(body, "relaxed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mailrouter.checks.canonical.THREAD_OCTETS", size)
        assert canonical_body(body, "relaxed") == whole
