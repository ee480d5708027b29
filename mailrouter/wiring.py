"""From settings to transports, checks and doors: literal registries, one line for each kind."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from ipaddress import ip_network
from pathlib import Path

import msgspec
from pydantic import SecretStr

from mailrouter.checks.build import build_checks
from mailrouter.checks.resolver import DnsResolver
from mailrouter.inbound.limits import Limits, Network
from mailrouter.outbound.maildir import MaildirTransport
from mailrouter.outbound.memory import MemoryTransport
from mailrouter.outbound.postmark import PostmarkTransport
from mailrouter.outbound.relay import Relay, Tls
from mailrouter.outbound.smtp import SmtpTransport
from mailrouter.ports import Check, Transport
from mailrouter.settings import Settings
from mailrouter.settings.keys import RelayIn

STARTTLS: dict[str, Tls] = {"required": "auto", "none": "none", "implicit": "implicit"}


class MissingSecret(Exception):
    """A password or token is configured nowhere; the message says where it may stand."""


def secret(value: SecretStr | None, file: Path | None, name: str) -> str:
    """A secret from the environment or from its file. MissingSecret when neither says it."""
    if value is not None:
        return value.get_secret_value()
    if file is None:
        raise MissingSecret(f"{name}: give {name}_file, or MAILROUTER_{name.replace('.', '__').upper()}")
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise MissingSecret(f"{name}_file {file}: {error.strerror or error}") from None


def _smtp(settings: Settings) -> Transport:
    hosts = settings.transport.smarthosts()
    relays = [_relay(host, n) for n, host in enumerate(hosts)]
    return SmtpTransport(relays, hostname=settings.domain)


def _relay(host: RelayIn, priority: int) -> Relay:
    return Relay(
        host=host.host,
        port=host.port,
        priority=priority,
        tls=STARTTLS[host.starttls],
        username=host.user or "",
        password_file=host.password_file if host.user else None,
        password=host.password.get_secret_value() if host.user and host.password else "",
        ca_file=host.ca_file,
        requiretls=host.requiretls,
    )


def _postmark(settings: Settings) -> Transport:
    keys = settings.transport
    token = secret(keys.token, keys.token_file, "transport.token")
    return PostmarkTransport(token, stream=keys.stream, api_url=keys.api_url)


TRANSPORTS: dict[str, Callable[[Settings], Transport]] = {
    "maildir": lambda settings: MaildirTransport(settings.transport.path),
    "memory": lambda settings: MemoryTransport(),
    "smtp": _smtp,
    "postmark": _postmark,
}


def transport_of(settings: Settings) -> Transport:
    """The configured transport. MissingSecret when its password or token is nowhere."""
    return TRANSPORTS[settings.transport.kind](settings)


def checks_of(settings: Settings) -> tuple[Check, ...]:
    """The configured checks, in the order their verdicts are listed."""
    keys, scanner = settings.authentication, settings.antivirus
    looks_up = keys.own_dns or settings.webhook is not None
    return build_checks(
        trusted_authserv_ids=keys.trusted_authserv_ids,
        relays=keys.relays,
        trusted_networks=keys.trusted_networks,
        own_dns=keys.own_dns,
        resolver=DnsResolver(keys.nameservers) if looks_up else None,
        trusted_forwarders=keys.trusted_forwarders,
        results_below_received=keys.results_below_received,
        antivirus=scanner.clamd or "",
        antivirus_seconds=scanner.seconds,
    )


def tls_of(settings: Settings) -> ssl.SSLContext | None:
    """What the doors offer as STARTTLS, or None without a certificate. OSError when its files cannot be used."""
    listen = settings.listen
    if listen.tls_certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(listen.tls_certificate, listen.tls_key)
    return context


def limits_of(settings: Settings) -> Limits:
    """What the doors allow."""
    return msgspec.convert(settings.limits.model_dump(), Limits)


def networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Configured networks."""
    return tuple(ip_network(text) for text in texts)
