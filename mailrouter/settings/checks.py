"""Cross checks of the static file: keys of another transport, networks that overlap, secrets in the open."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address, ip_network

from mailrouter.core.domains import is_free_mail
from mailrouter.core.policy.faults import Fault, fault, warning
from mailrouter.core.policy.yamltext import Document, Path
from mailrouter.settings.environment import PREFIX
from mailrouter.settings.keys import RelayIn
from mailrouter.settings.model import Settings

_KEYS_OF = {
    "maildir": {"path"},
    "memory": set[str](),
    "smtp": {*RelayIn.model_fields, "relays"},
    "postmark": {"token_file", "token", "stream", "api_url", "content"},
}
_SECRETS: tuple[Path, ...] = (("transport", "password"), ("transport", "token"), ("webhook", "password"))


def checks(settings: Settings, document: Document) -> Iterator[Fault]:
    """Every fault that one key alone does not show."""
    for check in (_transport, _smarthosts, _networks, _alignment, _webhook, _page, _secrets, _domain):
        yield from check(settings, document)


def _transport(settings: Settings, document: Document) -> Iterator[Fault]:
    transport = settings.transport
    for key in sorted(transport.model_fields_set - {"kind"} - _KEYS_OF[transport.kind]):
        kinds = [kind for kind, keys in _KEYS_OF.items() if key in keys]
        message = f"{key!r} is for {kinds[0]}, but kind is {transport.kind}; it has no effect"
        yield warning(document.key(("transport", key)), message)
    if transport.kind == "smtp" and not transport.smarthosts():
        yield fault(document.key(("transport",)), "smtp needs a smarthost; add `host:`")
    if transport.kind == "smtp" and transport.host and transport.relays:
        at = document.key(("transport", "relays"))
        yield fault(at, "both `host` and `relays`; write the first host as first of `relays`")
    if transport.kind == "postmark" and not (transport.token_file or transport.token):
        yield fault(document.key(("transport",)), "postmark needs a token; add `token_file:`")


def _smarthosts(settings: Settings, document: Document) -> Iterator[Fault]:
    for i, relay in enumerate(settings.transport.smarthosts()):
        path: Path = ("transport", "relays", i) if settings.transport.relays else ("transport",)
        if relay.starttls == "none" and not _loopback(relay.host):
            message = f"mail to {relay.host} would travel in the clear; write `starttls: required`"
            yield fault(document.at((*path, "starttls")), message)
        if relay.user and not (relay.password_file or relay.password):
            yield fault(document.at((*path, "user")), "a user without a password; add `password_file:`")


def _loopback(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _networks(settings: Settings, document: Document) -> Iterator[Fault]:
    """A relay speaks for others, a trusted network for its users: one peer cannot be both."""
    authentication = settings.authentication
    for i, trusted in enumerate(authentication.trusted_networks):
        at = document.at(("authentication", "trusted_networks", i))
        for relay in authentication.relays:
            if _overlap(trusted, relay):
                yield fault(
                    at, f"{trusted} overlaps the relay {relay}; every sender there would count as aligned"
                )
        if ip_network(trusted).prefixlen == 0:
            yield fault(at, f"{trusted} is everybody; write the networks that vouch for their users")
    for i, relay in enumerate(authentication.relays):
        if ip_network(relay).prefixlen == 0:
            at = document.at(("authentication", "relays", i))
            yield fault(
                at, f"{relay} is everybody, and anybody could forge results; write the relays' own addresses"
            )


def _overlap(a: str, b: str) -> bool:
    one, other = ip_network(a), ip_network(b)
    return one.version == other.version and one.overlaps(other)


def _alignment(settings: Settings, document: Document) -> Iterator[Fault]:
    authentication = settings.authentication
    at = document.key(("authentication",))
    if authentication.trusted_authserv_ids and not authentication.relays:
        yield warning(at, "trusted_authserv_ids count only from a peer in `relays`; add the relay's network")
    if authentication.relays and not authentication.trusted_authserv_ids and not authentication.own_dns:
        yield warning(
            at, "relays whose results are not trusted; add `trusted_authserv_ids:` or `own_dns: true`"
        )
    if not (authentication.trusted_authserv_ids or authentication.trusted_networks or authentication.own_dns):
        yield warning(
            at, "no sender can ever be proven; add `trusted_authserv_ids:` and `relays:`, or `own_dns: true`"
        )


def _webhook(settings: Settings, document: Document) -> Iterator[Fault]:
    webhook = settings.webhook
    if webhook is None:
        return
    at = document.key(("webhook",))
    if settings.listen.http is None:
        yield fault(at, "webhooks need the HTTP door; set `listen: { http: … }`")
    if not (webhook.password_file or webhook.password):
        yield fault(at, "webhooks need a password; add `password_file:`")
    if not webhook.allowed_networks:
        yield warning(at, "no network may call; add `allowed_networks:`")


def _page(settings: Settings, document: Document) -> Iterator[Fault]:
    if settings.page is not None and settings.listen.http is None:
        yield fault(document.key(("page",)), "the secure page needs the HTTP door; set `listen: { http: … }`")


def _secrets(settings: Settings, document: Document) -> Iterator[Fault]:
    """A secret in the file ends up in backups and version control."""
    relays: tuple[Path, ...] = tuple(
        ("transport", "relays", i, "password") for i in range(len(settings.transport.relays))
    )
    for path in (*_SECRETS, *relays):
        if path in document.places and not document.places[path].file.startswith(PREFIX):
            name, variable = path[-1], PREFIX + "__".join(str(step).upper() for step in path)
            yield fault(document.at(path), f"a secret in the file; write `{name}_file:`, or set {variable}")


def _domain(settings: Settings, document: Document) -> Iterator[Fault]:
    if is_free_mail(settings.domain):
        message = f"{settings.domain!r} is a provider's domain; write the service's own"
        yield fault(document.at(("domain",)), message)
