"""Whose Authentication-Results count: the tricks that senders try, and the relays that people really have.

Every row is a whole mail that goes through the check, the reader and `aligned`: what is asserted is whether its author
counts as aligned, and by what.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from ipaddress import ip_network

import pytest

from mailrouter.checks.authres import AuthenticationResultsCheck
from mailrouter.checks.build import build_checks
from mailrouter.checks.network import TrustedNetworkCheck
from mailrouter.checks.resolver import TableResolver
from mailrouter.core.alignment import aligned
from mailrouter.core.mail.read import read
from mailrouter.core.model import Envelope, Mail, Verdict

RELAYS = [ip_network("192.0.2.10/32"), ip_network("127.0.0.1/32")]
RELAY = "192.0.2.10"
CLIENT = (("smtp.remote-ip", "203.0.113.5"),)
BY_RELAY = "Received: from mx.sender.example (mx.sender.example [203.0.113.5])\n\tby mx.aplus.example (Postfix) with ESMTPS id 4F; Tue, 3 Mar 2026 10:00:00 +0100\n"
INTERNAL = "Received: from localhost (localhost [127.0.0.1])\n\tby mx.aplus.example (Postfix) with ESMTP id 5A; Tue, 3 Mar 2026 10:00:01 +0100\n"
PASS = "Authentication-Results: mx.aplus.example;\n\tdmarc=pass (p=reject) header.from=cahors.example\n"
FAIL = PASS.replace("dmarc=pass", "dmarc=fail")
FROM = "From: =?utf-8?q?Zo=C3=A9?= <zoe@cahors.example>\n"


def mail(fields: str, *, peer: str = RELAY, door: str = "smtp", client: str = "") -> Mail:
    octets = (fields + "To: lot@aplus.example\nSubject: APL\n\nBonjour\n").replace("\n", "\r\n").encode()
    envelope = Envelope(
        mail_from="zoe@cahors.example",
        rcpt_to=("lot@aplus.example",),
        door=door,
        received_at=datetime(2026, 3, 3, 9, tzinfo=UTC),
        peer=peer,
        client=client,
    )
    return Mail(envelope=envelope, octets=octets)


def check(*, below: bool = False) -> AuthenticationResultsCheck:
    return AuthenticationResultsCheck(["MX.aplus.example"], RELAYS, below_received=below)


def outcome(one: Mail, *, below: bool = False) -> tuple[str, str]:
    """(result, by) of the alignment that comes of the relays' word alone."""
    verdicts = asyncio.run(check(below=below).verdicts(one))
    message = read(one.octets).message
    found = aligned(message.author, message, verdicts)
    return found.result, found.by


COUNTS = {
    "above the relay's Received": (PASS + BY_RELAY + FROM, ("pass", "authserv-id")),
    "authserv-id in other case": (
        PASS.replace("mx.aplus", "MX.Aplus") + BY_RELAY + FROM,
        ("pass", "authserv-id"),
    ),
    "field name in other case": (
        PASS.replace("Authentication-R", "AUTHENTICATION-r") + BY_RELAY + FROM,
        ("pass", "authserv-id"),
    ),
    "two relays of ours, stamped by the first": (INTERNAL + PASS + BY_RELAY + FROM, ("pass", "authserv-id")),
    "stamped field by field": (
        "Authentication-Results: mx.aplus.example; spf=pass smtp.mailfrom=zoe@cahors.example\n"
        "Authentication-Results: mx.aplus.example; dkim=none\n" + PASS + BY_RELAY + FROM,
        ("pass", "authserv-id"),
    ),
    "no DMARC there, aligned DKIM": (
        "Authentication-Results: mx.aplus.example; dkim=pass header.d=cahors.example; dmarc=none\n"
        + BY_RELAY
        + FROM,
        ("pass", "dkim"),
    ),
    "no DMARC there, aligned SPF": (
        "Authentication-Results: mx.aplus.example; spf=pass smtp.mailfrom=cahors.example\n" + BY_RELAY + FROM,
        ("pass", "spf"),
    ),
    "another relay's field between ours": (
        "Authentication-Results: elsewhere.example; dmarc=fail header.from=cahors.example\n"
        + PASS
        + BY_RELAY
        + FROM,
        ("pass", "authserv-id"),
    ),
    "a forged fail further down does no harm": (PASS + BY_RELAY + FAIL + FROM, ("pass", "authserv-id")),
}

TRICKS = {
    "forged below the relay's Received": (BY_RELAY + PASS + FROM, ("none", "")),
    "forged first field where the relay forgot to strip": (
        "Authentication-Results: mx.aplus.example; spf=fail smtp.mailfrom=evil.example\n"
        + BY_RELAY
        + PASS
        + FROM,
        ("none", ""),
    ),
    "forged below a Received that claims to be ours": (BY_RELAY + INTERNAL + PASS + FROM, ("none", "")),
    "forged between Received fields that claim to be ours": (BY_RELAY + PASS + INTERNAL + FROM, ("none", "")),
    "HELO is our relay's address": (
        BY_RELAY.replace("from mx.sender.example (", "from [127.0.0.1] (") + PASS + FROM,
        ("none", ""),
    ),
    "HELO is our relay's address, in Exim's form": (
        "Received: from [203.0.113.5] (helo=[127.0.0.1])\n\tby mx.aplus.example with esmtp; Tue, 3 Mar 2026 10:00:00 +0100\n"
        + PASS
        + FROM,
        ("none", ""),
    ),
    "a relay that names no client": (
        "Received: by mx.aplus.example (Postfix, from userid 33); Tue, 3 Mar 2026 10:00:00 +0100\n"
        + PASS
        + FROM,
        ("none", ""),
    ),
    "no Received at all": (PASS + FROM, ("none", "")),
    "another authserv-id": (PASS.replace("mx.aplus", "mx.evil") + BY_RELAY + FROM, ("none", "")),
    "an authserv-id that begins like ours": (
        PASS.replace("mx.aplus.example", "mx.aplus.example.evil.example") + BY_RELAY + FROM,
        ("none", ""),
    ),
    "our name as version": (
        PASS.replace("mx.aplus.example", "evil.example mx.aplus.example") + BY_RELAY + FROM,
        ("none", ""),
    ),
    "header.from of another domain": (
        PASS.replace("=cahors", "=evil") + BY_RELAY + FROM,
        ("fail", "authserv-id"),
    ),
    "header.from of a parent": (
        PASS + BY_RELAY + FROM.replace("@cahors", "@x.cahors"),
        ("fail", "authserv-id"),
    ),
    "two header.from": (
        PASS.replace("header.from", "header.from=evil.example header.from") + BY_RELAY + FROM,
        ("fail", "authserv-id"),
    ),
    "pass and fail": (PASS + FAIL + BY_RELAY + FROM, ("fail", "authserv-id")),
    "two From fields": (PASS + BY_RELAY + FROM + "From: x@evil.example\n", ("fail", "")),
    "two mailboxes in From": (PASS + BY_RELAY + "From: zoe@cahors.example, x@evil.example\n", ("fail", "")),
    "a group in From": (PASS + BY_RELAY + "From: equipe: zoe@cahors.example;\n", ("fail", "")),
    "a display name with an address": (
        PASS.replace("=cahors", "=evil") + BY_RELAY + 'From: "zoe@cahors.example" <x@evil.example>\n',
        ("pass", "authserv-id"),  # aligned as x@evil.example, who is nobody here: the name decides nothing
    ),
    "an encoded display name with an address": (
        PASS + BY_RELAY + "From: =?utf-8?q?zoe=40cahors=2Eexample?= <x@evil.example>\n",
        ("fail", "authserv-id"),
    ),
    "a reverse-path that looks like a result": (
        'Authentication-Results: mx.aplus.example; spf=pass smtp.mailfrom="x; dmarc=pass header.from=cahors.example"@evil.example\n'
        + BY_RELAY
        + FROM,
        ("none", ""),
    ),
    "a comment that looks like a result": (
        "Authentication-Results: mx.aplus.example; spf=fail (client said; dmarc=pass header.from=cahors.example) smtp.mailfrom=evil.example\n"
        + BY_RELAY
        + FROM,
        ("none", ""),
    ),
    "a field broken by what the sender put in it": (
        "Authentication-Results: mx.aplus.example; spf=fail (client said ( open) smtp.mailfrom=evil.example; dmarc=pass header.from=cahors.example\n"
        + BY_RELAY
        + FROM,
        ("none", ""),
    ),
    "pass of a later version of the method": (
        PASS.replace("dmarc=", "dmarc/2=") + BY_RELAY + FROM,
        ("none", ""),
    ),
    "fields behind a line that is none": (BY_RELAY + "no field\n" + PASS + FROM, ("none", "")),
}


@pytest.mark.parametrize(("fields", "expected"), [*COUNTS.values(), *TRICKS.values()], ids=[*COUNTS, *TRICKS])
def test_what_counts(fields: str, expected: tuple[str, str]) -> None:
    """Each mail of a relay gives its alignment."""
    assert outcome(mail(fields)) == expected


@pytest.mark.parametrize("peer", ["203.0.113.5", "192.0.2.11", "::1", ""])
def test_results_count_from_relays_only(peer: str) -> None:
    """A peer that is no relay may stamp what it likes."""
    assert asyncio.run(check().verdicts(mail(PASS + BY_RELAY + FROM, peer=peer))) == ()


def test_a_relay_by_its_mapped_address() -> None:
    """A dual-stack listener sees IPv4 relays as IPv4-mapped."""
    assert outcome(mail(PASS + BY_RELAY + FROM, peer="::ffff:192.0.2.10")) == ("pass", "authserv-id")


def test_pipe_is_this_machine_s_mta_and_a_webhook_is_no_relay() -> None:
    """The pipe door counts as loopback; behind a webhook stands a proxy on loopback and anybody's mail."""
    assert outcome(mail(PASS + BY_RELAY + FROM, peer="", door="pipe")) == ("pass", "authserv-id")
    assert outcome(mail(PASS + BY_RELAY + FROM, peer="127.0.0.1", door="webhook")) == ("none", "")


def test_results_below_received_only_where_told() -> None:
    """Milters that insert at index 1: counted on request, up to the first field that no milter writes."""
    stamped = BY_RELAY + "Received-SPF: pass\n" + PASS + FROM
    assert (outcome(mail(stamped)), outcome(mail(stamped), below=True)) == (
        ("none", ""),
        ("pass", "authserv-id"),
    )
    forged = BY_RELAY + "X-Mailer: any\n" + PASS + FROM
    assert outcome(mail(forged), below=True) == ("none", "")


def test_the_summary_says_what_was_ignored() -> None:
    """An operator reads in the trace that a mail carried results that nobody of ours wrote."""
    verdicts = asyncio.run(check().verdicts(mail(BY_RELAY + PASS + PASS + FROM)))
    assert verdicts == (
        Verdict(
            method="authres",
            result="policy",
            reason="0 counted; 2 ignored below the relay's Received field",
            properties=CLIENT,
        ),
    )
    broken = asyncio.run(check().verdicts(mail(PASS.replace("(p=reject)", "(p=") + BY_RELAY + FROM)))
    assert broken == (
        Verdict(
            method="authres",
            result="pass",
            reason="1 counted; mx.aplus.example: unbalanced comment",
            properties=CLIENT,
        ),
    )
    nothing = asyncio.run(check().verdicts(mail(BY_RELAY + FROM)))
    assert nothing == (Verdict(method="authres", result="none", reason="0 counted", properties=CLIENT),)


def test_marked_verdicts_keep_what_the_relay_wrote() -> None:
    """Method, result, reason and properties arrive as they stand, behind the mark of the relay."""
    stamp = 'Authentication-Results: mx.aplus.example; dkim=fail reason="body hash" header.d=cahors.example\n'
    first, *_ = asyncio.run(check().verdicts(mail(stamp + BY_RELAY + FROM)))
    marked = (("authserv-id", "mx.aplus.example"), ("header.d", "cahors.example"))
    assert first == Verdict(method="dkim", result="fail", reason="body hash", properties=marked)


NETWORKS = {
    "the client itself": ({"peer": "10.1.2.3"}, "10.0.0.0/8"),
    "IPv6": ({"peer": "fd00::7"}, "fd00::/8"),
    "somebody else": ({"peer": "203.0.113.9"}, None),
    "a client that the relay told": ({"peer": RELAY, "client": "10.9.9.9"}, "10.0.0.0/8"),
    "a client that a stranger told": ({"peer": "203.0.113.9", "client": "10.9.9.9"}, None),
    "the relay's Received names another client": ({"peer": RELAY}, None),
    "an unavailable client": ({"peer": RELAY, "client": "[UNAVAILABLE]"}, None),
    "webhook": ({"peer": "10.1.2.3", "door": "webhook"}, None),
}


@pytest.mark.parametrize(("where", "network"), NETWORKS.values(), ids=NETWORKS)
def test_trusted_networks(where, network) -> None:
    """Mail from a trusted network is vouched for, behind a relay by the client that it took the mail from."""
    one = TrustedNetworkCheck([ip_network("10.0.0.0/8"), ip_network("fd00::/8")], RELAYS)
    expected = (
        (Verdict(method="trusted-network", result="pass", properties=(("policy.network", network),)),)
        if network
        else ()
    )
    assert asyncio.run(one.verdicts(mail(BY_RELAY + FROM, **where))) == expected


def test_trusted_network_by_the_relay_s_received() -> None:
    """Without XFORWARD the relay's own Received field tells the client; one with two addresses in it tells none."""
    one = TrustedNetworkCheck([ip_network("10.0.0.0/8")], RELAYS)
    inside = BY_RELAY.replace("203.0.113.5", "10.4.4.4")
    unclear = BY_RELAY.replace("from mx.sender.example (", "from [10.4.4.4] (")
    assert [
        len(asyncio.run(one.verdicts(mail(fields + FROM)))) for fields in (inside, INTERNAL + inside, unclear)
    ] == [1, 1, 0]


def test_overlap_of_relays_and_trusted_networks_is_refused() -> None:
    """All mail comes through the relay: were it trusted, everybody would be aligned."""
    with pytest.raises(ValueError, match=r"10\.0\.0\.0/8 overlaps the relay 10\.1\.1\.1/32"):
        build_checks(relays=["10.1.1.1/32"], trusted_networks=["10.0.0.0/8"])


def test_build_checks() -> None:
    """The checks of a configuration, in order."""
    both = {"relays": ["127.0.0.1/32"], "trusted_authserv_ids": ["mx.aplus.example"]}
    resolver = TableResolver({})
    built = build_checks(
        **both, trusted_networks=["10.0.0.0/8"], own_dns=True, resolver=resolver, antivirus="127.0.0.1:3310"
    )
    assert [one.name for one in built] == ["trusted-network", "authres", "own", "antivirus"]
    assert [one.name for one in build_checks(**both)] == ["authres"]
    assert build_checks(trusted_authserv_ids=["mx.aplus.example"]) == ()
    with pytest.raises(ValueError, match="own_dns needs a resolver"):
        build_checks(own_dns=True)
