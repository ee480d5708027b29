"""Whether the domain of From vouches that a mail is its own: the one word `aligned` of every rule.

Two sources speak: our own checks, and a relay whose Authentication-Results count (checks/authres.py marks those
verdicts with the property `authserv-id`). A source says pass by DMARC, or, where nobody knows of a DMARC record, by an
aligned SPF or DKIM pass (RFC 7489 3.1, RFC 9989 4.4, both relaxed). One pass of any source suffices; so does an ARC chain
of configured forwarders that saw the pass, and a connection from a network that vouches for its users.
"""

from __future__ import annotations

from typing import Final, Literal

from mailrouter.core.domains import canonical, domain_of, same_organisation
from mailrouter.core.model import Frozen, Mailbox, Message, Verdict

AUTHSERV_ID: Final = "authserv-id"
"""Property that marks a verdict read from a trusted Authentication-Results field; it has no ptype, so no field forges it."""

TRUSTED_NETWORK: Final = "trusted-network"

_AS_WRITTEN: Final = frozenset({AUTHSERV_ID, "policy.network", "policy.dmarc"})
_DOMAINS: Final = ("header.from", "header.d", "header.i", "smtp.mailfrom", "smtp.helo", "policy.sealer")

Result = Literal["pass", "fail", "none", "temperror"]


class Alignment(Frozen, frozen=True, kw_only=True):
    """Whether the author's domain vouches for the mail.

    `fail`: a check says that it does not. `none`: nothing says either. Both count as unaligned. `temperror`: our own
    check could not be made yet, ask again later. `by` is what decided ("dmarc", "authserv-id", "spf", "dkim", "arc",
    "trusted-network"), `domain` the author's, `evidence` the verdict in one line, without mail text.
    """

    result: Result
    by: str = ""
    domain: str = ""
    evidence: str = ""


def aligned(author: Mailbox | None, message: Message, verdicts: tuple[Verdict, ...]) -> Alignment:
    """The alignment of a mail by `author` (None: not exactly one, then never aligned), from every check's verdicts."""
    if author is None or len(message.authors) > 1:
        return Alignment(result="fail", evidence="not exactly one author")
    domain = domain_of(author.address)
    if not domain:
        return Alignment(result="fail", evidence="the author has no domain")
    vouched = _network(domain, verdicts)
    if vouched:
        return vouched
    own = tuple(v for v in verdicts if not v.property(AUTHSERV_ID))
    relayed = tuple(v for v in verdicts if v.property(AUTHSERV_ID))
    own_says, relay_says = _own_policy(domain, own), _relayed_policy(domain, relayed)
    if "pass" in (own_says.result, relay_says.result):
        return own_says if own_says.result == "pass" else relay_says
    forwarded = _arc(domain, own)
    if forwarded:
        return forwarded
    if own_says.result == relay_says.result == "none":
        found = _without_policy(domain, own, relayed)
        if found:
            return found
    return _first(own_says, relay_says, ("temperror", "fail", "none"))


def _first(own: Alignment, relay: Alignment, order: tuple[Result, ...]) -> Alignment:
    """The alignment with the result that comes first in `order`; with evidence where both say the same."""
    both = sorted((own, relay), key=lambda said: (order.index(said.result), not said.evidence))
    return both[0]


def _network(domain: str, verdicts: tuple[Verdict, ...]) -> Alignment | None:
    for verdict in verdicts:
        if (
            verdict.method == TRUSTED_NETWORK
            and verdict.result == "pass"
            and not verdict.property(AUTHSERV_ID)
        ):
            return _alignment("pass", TRUSTED_NETWORK, domain, verdict)
    return None


def _own_policy(domain: str, verdicts: tuple[Verdict, ...]) -> Alignment:
    """What our own DMARC evaluation says of the author's domain. permerror is as no record (RFC 7489 6.6.3)."""
    for verdict in verdicts:
        if verdict.method == "dmarc" and _only(verdict, "header.from") == domain:
            match verdict.result:
                case "pass" | "fail" | "temperror":
                    return _alignment(verdict.result, "dmarc", domain, verdict)
                case _:
                    return _alignment("none", "", domain, verdict)
    return Alignment(result="none", domain=domain)


def _relayed_policy(domain: str, verdicts: tuple[Verdict, ...]) -> Alignment:
    """What trusted relays say: pass or fail, each about the author's domain and no other; one fail outweighs all.

    A relay's temperror stays one however often we read it: no reason to wait, other evidence may still count.
    """
    said = [v for v in verdicts if v.method == "dmarc" and v.result in ("pass", "fail")]
    if not said:
        return Alignment(result="none", domain=domain)
    if any(_only(v, "header.from") != domain for v in said):
        line = f"{_line(said[0])}: not exactly one header.from that is the author's domain"
        return Alignment(result="fail", by="authserv-id", domain=domain, evidence=line)
    worst = next((v for v in said if v.result == "fail"), said[0])
    return _alignment("pass" if worst.result == "pass" else "fail", "authserv-id", domain, worst)


def _arc(domain: str, verdicts: tuple[Verdict, ...]) -> Alignment | None:
    """A chain that checks/arc.py found unbroken and sealed by configured forwarders, which saw the author's DMARC pass.

    A chain of theirs that could not be checked yet is worth waiting for.
    """
    for verdict in verdicts:
        if verdict.method == "arc" and verdict.result == "temperror":
            return _alignment("temperror", "arc", domain, verdict)
        seen = (
            verdict.method == "arc"
            and verdict.result == "pass"
            and verdict.property("policy.dmarc") == "pass"
        )
        if seen and _only(verdict, "header.from") == domain:
            return _alignment("pass", "arc", domain, verdict)
    return None


def _without_policy(domain: str, own: tuple[Verdict, ...], relayed: tuple[Verdict, ...]) -> Alignment | None:
    """For domains that publish no DMARC record (DOMAIN.md, situation 14): an aligned DKIM or SPF pass.

    Where only our own check of an aligned identity could not be made, it is worth waiting for.
    """
    passed = _mechanism(domain, own, "pass") or _mechanism(domain, relayed, "pass")
    return passed or _mechanism(domain, own, "temperror")


def _mechanism(
    domain: str, verdicts: tuple[Verdict, ...], result: Literal["pass", "temperror"]
) -> Alignment | None:
    for verdict in verdicts:
        if verdict.result == result and verdict.method in ("dkim", "spf"):
            identity = _dkim_domain(verdict) if verdict.method == "dkim" else _spf_domain(verdict)
            if identity and same_organisation(identity, domain):
                return _alignment(result, verdict.method, domain, verdict)
    return None


def _dkim_domain(verdict: Verdict) -> str:
    """The signing domain: header.d, else the domain of header.i (RFC 8601 2.7.1)."""
    return _only(verdict, "header.d") or _only(verdict, "header.i")


def _spf_domain(verdict: Verdict) -> str:
    """The domain of the reverse-path; the HELO identity only where there is none (RFC 7208 2.4)."""
    return _only(verdict, "smtp.mailfrom" if verdict.property("smtp.mailfrom") else "smtp.helo")


def _only(verdict: Verdict, name: str) -> str:
    """The canonical value of a property that stands there exactly once: a domain, an address's domain, or a word."""
    values = [v for k, v in verdict.properties if k == name]
    if len(values) != 1:
        return ""
    return canonical(values[0].strip("<>").rpartition("@")[2])


def _alignment(result: Result, by: str, domain: str, verdict: Verdict) -> Alignment:
    return Alignment(result=result, by=by, domain=domain, evidence=_line(verdict))


def _line(verdict: Verdict) -> str:
    """The verdict as RFC 8601 would write it, with domains only: a local part names a person."""
    shown = [f"{name}={value}" for name, value in verdict.properties if name in _AS_WRITTEN]
    shown += [f"{name}={_only(verdict, name)}" for name in _DOMAINS if verdict.property(name)]
    return " ".join((f"{verdict.method}={verdict.result}", *shown))
