"""`aligned`: one table of verdicts and what they make of an author; and whose domains are one organisation."""

from __future__ import annotations

import pytest

from mailrouter.core.alignment import Alignment, aligned
from mailrouter.core.domains import (
    canonical,
    is_free_mail,
    is_public_suffix,
    organisational_domain,
    same_organisation,
)
from mailrouter.core.model import Mailbox, Message, Verdict

ZOE = Mailbox(address="zoe@cahors.example", name="Zoé")


def own(method, result, **properties):
    pairs = tuple((name.replace("_", "."), value) for name, value in properties.items())
    return Verdict(method=method, result=result, properties=pairs)


def relayed(method, result, *pairs, **properties):
    named = tuple((name.replace("_", "."), value) for name, value in properties.items())
    return Verdict(
        method=method, result=result, properties=(("authserv-id", "mx.aplus.example"), *pairs, *named)
    )


def arc(result="pass", dmarc="pass", author="cahors.example"):
    return own("arc", result, policy_sealer="lists.example", policy_dmarc=dmarc, header_from=author)


NETWORK = own("trusted-network", "pass", policy_network="10.0.0.0/8")
OWN_PASS = own("dmarc", "pass", header_from="cahors.example")
OWN_FAIL = own("dmarc", "fail", header_from="cahors.example")
OWN_NONE = own("dmarc", "none", header_from="cahors.example")

# verdicts -> (result, by)
TABLE = {
    "nobody says anything": ((), ("none", "")),
    "own DMARC passes": ((OWN_PASS,), ("pass", "dmarc")),
    "own DMARC fails": ((OWN_FAIL, own("spf", "pass", smtp_mailfrom="x@cahors.example")), ("fail", "dmarc")),
    "own DMARC of another domain says nothing": (
        (own("dmarc", "pass", header_from="evil.example"),),
        ("none", ""),
    ),
    "own DMARC could not be asked": (
        (own("dmarc", "temperror", header_from="cahors.example"),),
        ("temperror", "dmarc"),
    ),
    "a record that is none is no record": (
        (
            own("dmarc", "permerror", header_from="cahors.example"),
            own("dkim", "pass", header_d="cahors.example"),
        ),
        ("pass", "dkim"),
    ),
    "relay says pass": ((relayed("dmarc", "pass", header_from="cahors.example"),), ("pass", "authserv-id")),
    "relay says pass, in capitals": (
        (relayed("dmarc", "pass", header_from="CAHORS.Example"),),
        ("pass", "authserv-id"),
    ),
    "relay says pass of another domain": (
        (relayed("dmarc", "pass", header_from="evil.example"),),
        ("fail", "authserv-id"),
    ),
    "relay says pass of a subdomain": (
        (relayed("dmarc", "pass", header_from="x.cahors.example"),),
        ("fail", "authserv-id"),
    ),
    "relay says pass of two domains": (
        (relayed("dmarc", "pass", ("header.from", "cahors.example"), ("header.from", "evil.example")),),
        ("fail", "authserv-id"),
    ),
    "relay says pass of the domain twice": (
        (relayed("dmarc", "pass", ("header.from", "cahors.example"), ("header.from", "cahors.example")),),
        ("fail", "authserv-id"),
    ),
    "relay says pass without header.from": ((relayed("dmarc", "pass"),), ("fail", "authserv-id")),
    "relays disagree": (
        (
            relayed("dmarc", "pass", header_from="cahors.example"),
            relayed("dmarc", "fail", header_from="cahors.example"),
        ),
        ("fail", "authserv-id"),
    ),
    "relay says fail, though an SPF pass looks aligned": (
        (
            relayed("dmarc", "fail", header_from="cahors.example"),
            relayed("spf", "pass", smtp_mailfrom="x@cahors.example"),
        ),
        ("fail", "authserv-id"),
    ),
    "relay could not ask, DKIM passed": (
        (
            relayed("dmarc", "temperror", header_from="cahors.example"),
            relayed("dkim", "pass", header_d="cahors.example"),
        ),
        ("pass", "dkim"),
    ),
    "relay could not ask, nothing else: no use in waiting": (
        (relayed("dmarc", "temperror", header_from="cahors.example"),),
        ("none", ""),
    ),
    "own DMARC fails where the relay saw it pass": (
        (OWN_FAIL, relayed("dmarc", "pass", header_from="cahors.example")),
        ("pass", "authserv-id"),
    ),
    "own DMARC fails: the relay's bare DKIM is not enough": (
        (OWN_FAIL, relayed("dkim", "pass", header_d="cahors.example")),
        ("fail", "dmarc"),
    ),
    "no DMARC, aligned DKIM": (
        (OWN_NONE, own("dkim", "pass", header_d="mail.cahors.example")),
        ("pass", "dkim"),
    ),
    "no DMARC, DKIM by i= alone": ((relayed("dkim", "pass", header_i="@cahors.example"),), ("pass", "dkim")),
    "no DMARC, DKIM of the mail's provider": (
        (OWN_NONE, own("dkim", "pass", header_d="provider.example")),
        ("none", ""),
    ),
    "no DMARC, aligned SPF": (
        (OWN_NONE, own("spf", "pass", smtp_mailfrom="bounce@cahors.example")),
        ("pass", "spf"),
    ),
    "no DMARC, SPF of a domain without address": (
        (relayed("spf", "pass", smtp_mailfrom="cahors.example"),),
        ("pass", "spf"),
    ),
    "no DMARC, SPF of the provider": (
        (OWN_NONE, own("spf", "pass", smtp_mailfrom="x@provider.example")),
        ("none", ""),
    ),
    "no DMARC, null reverse-path, HELO aligned": (
        (OWN_NONE, own("spf", "pass", smtp_helo="mx.cahors.example")),
        ("pass", "spf"),
    ),
    "HELO does not count beside a reverse-path": (
        (OWN_NONE, own("spf", "pass", smtp_mailfrom="x@evil.example", smtp_helo="mx.cahors.example")),
        ("none", ""),
    ),
    "no DMARC, softfail": (
        (OWN_NONE, own("spf", "softfail", smtp_mailfrom="x@cahors.example")),
        ("none", ""),
    ),
    "no DMARC, the aligned key could not be asked": (
        (OWN_NONE, own("dkim", "temperror", header_d="cahors.example")),
        ("temperror", "dkim"),
    ),
    "no DMARC, a stranger's key could not be asked": (
        (OWN_NONE, own("dkim", "temperror", header_d="evil.example")),
        ("none", ""),
    ),
    "forwarded by a configured forwarder": ((OWN_FAIL, arc()), ("pass", "arc")),
    "forwarder saw no pass": ((OWN_FAIL, arc(dmarc="fail")), ("fail", "dmarc")),
    "forwarder saw another author": ((OWN_FAIL, arc(author="evil.example")), ("fail", "dmarc")),
    "chain broken": ((OWN_FAIL, arc(result="fail")), ("fail", "dmarc")),
    "chain could not be asked": ((OWN_FAIL, arc(result="temperror")), ("temperror", "arc")),
    "a relay's word on ARC is not a chain": (
        (OWN_FAIL, relayed("arc", "pass", policy_dmarc="pass", header_from="cahors.example")),
        ("fail", "dmarc"),
    ),
    "trusted network": ((NETWORK,), ("pass", "trusted-network")),
    "trusted network outweighs DMARC": ((OWN_FAIL, NETWORK), ("pass", "trusted-network")),
    "a relay cannot speak for a network": ((relayed("trusted-network", "pass"),), ("none", "")),
}


@pytest.mark.parametrize(("verdicts", "expected"), TABLE.values(), ids=TABLE)
def test_table(verdicts, expected) -> None:
    """Each set of verdicts gives its result, by what decided it, for the author's domain."""
    found = aligned(ZOE, Message(author=ZOE, authors=(ZOE,)), verdicts)
    assert (found.result, found.by, found.domain) == (*expected, "cahors.example")


def test_no_single_author_is_never_aligned() -> None:
    """Not even from a trusted network: nothing is decided from an ambiguous From."""
    two = Message(authors=(ZOE, Mailbox(address="x@evil.example")))
    nobody = Alignment(result="fail", evidence="not exactly one author")
    assert aligned(None, two, (NETWORK, OWN_PASS)) == nobody
    assert aligned(ZOE, two, (NETWORK, OWN_PASS)) == nobody


def test_evidence_names_domains_and_no_person() -> None:
    """The trace gets the verdict with its domains; local parts and free text stay out."""
    verdict = relayed(
        "dmarc", "pass", header_from="cahors.example", smtp_mailfrom="marie.curie@cahors.example"
    )
    assert aligned(ZOE, Message(author=ZOE), (verdict,)).evidence == (
        "dmarc=pass authserv-id=mx.aplus.example header.from=cahors.example smtp.mailfrom=cahors.example"
    )


def test_situation_14_international_domain() -> None:
    """An address with a name beyond ASCII and its A-label are one domain (RFC 6531, RFC 8601 2.3)."""
    author = Mailbox(address="zoe@école.fr")
    said = relayed("dmarc", "pass", header_from="xn--cole-9oa.fr")
    assert canonical("école.fr") == "xn--cole-9oa.fr"
    assert aligned(author, Message(author=author), (said,)).result == "pass"


CANONICAL = {
    "Cahors.EXAMPLE.": "cahors.example",
    "école.fr": "xn--cole-9oa.fr",
    "_dmarc.a.fr": "_dmarc.a.fr",
    "a..b": "",
    "-a.fr": "",
    "a b.fr": "",
    "[192.0.2.1]": "",
    "": "",
    "a" * 64 + ".fr": "",
    "a." * 200 + "fr": "",
}


@pytest.mark.parametrize(("written", "name"), CANONICAL.items())
def test_one_spelling(written: str, name: str) -> None:
    """A domain has one spelling; what is no host name has none."""
    assert canonical(written) == name


ORGANISATIONS = [
    ("caf.fr", "mail.CAF.fr", True),
    ("lot.gouv.fr", "interieur.gouv.fr", False),
    ("x.lot.gouv.fr", "lot.gouv.fr", True),
    ("a.github.io", "b.github.io", False),
    ("fr", "caf.fr", False),
    ("caf.fr", "", False),
    ("", "", False),
    ("caf.fr", "caf.fr.evil.example", False),
]


@pytest.mark.parametrize(("one", "other", "same"), ORGANISATIONS)
def test_one_organisation(one: str, other: str, same: bool) -> None:
    """Domains are one organisation below one registered domain; public suffixes are nobody's."""
    assert (same_organisation(one, other), same_organisation(other, one)) == (same, same)


def test_public_suffixes() -> None:
    """gouv.fr is a suffix, so that two prefectures are two organisations."""
    assert [is_public_suffix(name) for name in ("fr", "gouv.fr", "caf.fr", "")] == [True, True, False, False]
    assert [organisational_domain(name) for name in ("a.b.caf.fr", "gouv.fr", "")] == [
        "caf.fr",
        "gouv.fr",
        "",
    ]


FREE = [
    "gmail.com",
    "Orange.FR",
    "wanadoo.fr",
    "laposte.net",
    "sub.free.fr",
    "hotmail.be",
    "yahoo.co.uk",
    "mail.pf",
]
ORGANISED = [
    "caf.fr",
    "lot.gouv.fr",
    "outlook.evilcorp.com",
    "yahoo",
    "notgmail.com",
    "gmail.com.evil.example",
    "laposte.fr",
    "",
]


@pytest.mark.parametrize(("domain", "free"), [(d, True) for d in FREE] + [(d, False) for d in ORGANISED])
def test_free_mail(domain: str, free: bool) -> None:
    """Domains where anybody has an address are known, French ones too; names that contain theirs are not taken for them."""
    assert is_free_mail(domain) is free
