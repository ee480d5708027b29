"""Other addresses of one person, and addresses whose domain proves nothing: confirmed once by the registered mailbox,
then vouched for while they come from the same host (DOMAIN, Situations 14).

A vouch is a counter with a window, named by person, address as written and host: nothing of it stands in any table."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from ipaddress import ip_address, ip_network

from msgspec.structs import replace

from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.senders.sender import Sender
from mailrouter.core.model import Count, Envelope, ReleaseWaiting, SetPerson, Target, TokenRow, Verdict
from mailrouter.core.policy.calendar import add
from mailrouter.core.policy.localpart import canonical_address
from mailrouter.core.text import folded_words

REMOTE_IP = "smtp.remote-ip"
"""The client that brought the mail to us or to our relay (RFC 8617 10.2), as checks/authres.py found it."""


def host_of(envelope: Envelope, verdicts: Iterable[Verdict]) -> str:
    """The host that brought the mail, as far as it is certain: told by a relay of ours, or our own peer; else ''."""
    if envelope.client:
        return envelope.client
    behind = [v for v in verdicts if v.method == "authres"]
    if behind:
        return next((found for v in behind if (found := v.property(REMOTE_IP))), "")
    return envelope.peer if envelope.door in ("smtp", "lmtp") else ""


def vouch_names(author: str, written: str, host: str, targets: Iterable[Target]) -> list[str]:
    """The counters of vouches that a mail may rest on: for the author's own address, or as another one of the person
    whose case address it was written to."""
    if not host or not written:
        return []
    people = dict.fromkeys([author, *(t.token.address for t in targets if t.token and t.token.address)])
    return [_name(kind, person, written, host) for person in people for kind in ("vouched", "vouched-new")]


def _name(kind: str, person: str, written: str, host: str) -> str:
    return f"{kind}:{person}:{canonical_address(written)}:{host}"


def challenge_names(author: str, host: str, targets: Iterable[Target]) -> list[str]:
    """The counters of questions "is this mail yours?" that a mail from `host` may ask for: to its author, and to those
    whose addresses it was written to."""
    near = network(host)
    people = dict.fromkeys([author, *(t.token.address for t in targets if t.token and t.token.address)])
    return [
        f"{kind}:{p}" for p in people if p for kind in ("challenge", *(f"{k}/{near}" for k in _BY_NETWORK))
    ]


_BY_NETWORK = ("challenge", "asked-about", "disowned")


def network(host: str) -> str:
    """The network of a host, as one customer has it: an IPv4 /24, an IPv6 /48 (RFC 6177 2); what is no address as it
    is."""
    try:
        version = ip_address(host).version
    except ValueError:
        return host
    return str(ip_network(f"{host}/{24 if version == 4 else 48}", strict=False))


def network_of_mail(scene: Scene) -> str:
    """The network of the host that brought the mail being decided; '' when nothing says which."""
    return network(host_of(scene.trigger.envelope, scene.facts.verdicts))


def vouched(scene: Scene, person: str, written: str, *, new_case: bool) -> bool:
    """Whether `written` was confirmed as `person` from this very host: 90 days ago at most on a case's address, one
    day for a new case (Timing.vouch, vouch_new_case)."""
    host = host_of(scene.trigger.envelope, scene.facts.verdicts)
    kind = "vouched-new" if new_case else "vouched"
    known = bool(host) and scene.facts.count(_name(kind, person, written, host)) > 0
    return scene.step("vouched", known, evidence="confirmed earlier, same host") if known else False


def vouch(scene: Scene, person: str, written: str) -> None:
    """The registered mailbox said `c'est moi`: remembered for this address from this host."""
    host = host_of(scene.trigger.envelope, scene.facts.verdicts)
    if not host:
        return
    timing, calendar = scene.directory.timing(), scene.directory.calendar("")
    until: datetime = add(calendar, scene.facts.now, timing.vouch)
    soon = add(calendar, scene.facts.now, timing.vouch_new_case)
    scene.do(Count(name=_name("vouched", person, written, host), until=until))
    scene.do(Count(name=_name("vouched-new", person, written, host), until=soon))
    scene.do(SetPerson(address=person, vouched_until=until))
    # The same person's other mails from there, held meanwhile beyond the one question a day: nobody asks about them.
    by = f"vouched:{scene.facts.now.isoformat()}"
    scene.do(ReleaseWaiting(waits_for=_name("vouched", person, written, host), by=by))


def vouch_awaited(scene: Scene, person: str, written: str) -> str:
    """The name of the vouch that would let this mail go; '' when nothing says which host brought it."""
    host = host_of(scene.trigger.envelope, scene.facts.verdicts)
    return _name("vouched", person, written, host) if host else ""


def claimed(scene: Scene, sender: Sender, token: TokenRow | None) -> Sender | None:
    """The registered person that an unknown, aligned author says to be: the name of the one whose own case address was
    written to. What is claimed is still to be confirmed. None when nobody is claimed."""
    if token is None or sender.registered or not sender.aligned or scene.message.author is None:
        return None
    person = scene.directory.person_of(token.address)
    said = set(folded_words(scene.message.author.name))
    if person is None or len(said) < 2 or said != set(folded_words(person.name)):
        return None
    return replace(
        sender,
        address=person.address,
        name=person.name,
        person=person,
        groups=scene.directory.groups_of(person.address),
        registered=True,
    )
