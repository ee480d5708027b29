"""The nested keys of mailrouter.yaml and what their values may be; settings.py puts them together."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from mailrouter.core.policy.inputs import Keys
from mailrouter.core.policy.values import Address, Count, Domain, Line, Slug, Truth

SQLITE = "sqlite:///"


def endpoint(text: str) -> str:
    """Where to listen: "127.0.0.1:2525", "[::1]:25", ":25", "unix:/run/x.sock", or "systemd:NAME" for a passed one."""
    kind, _, rest = text.partition(":")
    host, _, port = text.rpartition(":")
    if kind in ("unix", "systemd") and rest:
        return text
    if (
        ":" not in text
        or not port.isdigit()
        or int(port) > 65535
        or (":" in host and not host.startswith("["))
    ):
        raise ValueError(f"{text!r} is no place to listen; write host:port, such as 127.0.0.1:2525")
    return text


def network(text: str) -> str:
    """A network in CIDR notation, in its one spelling; a lone address is a network of one."""
    try:
        return str(ipaddress.ip_network(text))
    except ValueError:
        pass
    try:
        meant = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"{text!r} is no network; write it as 192.0.2.0/24") from None
    raise ValueError(f"{text!r} has bits beyond its prefix; write {meant}")


def database_url(text: str) -> str:
    """A URL of SQLite or PostgreSQL; the PostgreSQL driver is always psycopg 3."""
    for plain in ("postgresql://", "postgres://"):
        if text.startswith(plain):
            return f"postgresql+psycopg://{text.removeprefix(plain)}"
    if not text.startswith((SQLITE, "postgresql+psycopg://")):
        raise ValueError(
            f"{text.split(':')[0]!r} is no known database; write sqlite:///path or postgresql://…"
        )
    return text


def _charge(given: Any) -> Any:
    return {"address": given} if isinstance(given, str) else given


def _starttls(given: Any) -> Any:
    return {"true": "required", "false": "none"}.get(str(given).lower(), given)


Endpoint = Annotated[str, AfterValidator(endpoint)]
Network = Annotated[str, AfterValidator(network)]
StartTls = Annotated[Literal["required", "none", "implicit"], BeforeValidator(_starttls)]
Port = Annotated[int, Field(ge=1, le=65535)]


class ListenIn(Keys):
    """The doors; null closes one."""

    smtp: Endpoint | None = Field("127.0.0.1:2525", description="SMTP.")
    lmtp: Endpoint | None = Field(None, description="LMTP (RFC 2033).")
    http: Endpoint | None = Field("127.0.0.1:8025", description="Webhooks, /healthz, /metrics.")
    tls_certificate: Path | None = Field(
        None, description="Certificate chain (PEM): SMTP and LMTP offer STARTTLS."
    )
    tls_key: Path | None = Field(None, description="Its private key, when it is not in the same file.")
    tls_required: Truth = Field(False, description="Refuse mail that comes without TLS.")
    proxies: tuple[Network, ...] = Field((), description="HTTP proxies whose X-Forwarded-For is believed.")


class RelayIn(Keys):
    """One smarthost."""

    host: Line = Field(description="Name or address.")
    port: Port = Field(25, description="Port; 587 for submission.")
    starttls: StartTls = Field(
        "required", description="required, none (loopback only) or implicit (port 465)."
    )
    user: Line | None = Field(None, description="User of SMTP AUTH.")
    password_file: Path | None = Field(None, description="File with its password.")
    password: SecretStr | None = Field(None, description="Its password; from the environment only.")
    ca_file: Path | None = Field(None, description="Certificates to trust instead of the system's.")
    requiretls: Truth = Field(False, description="Only when the relay offers REQUIRETLS (RFC 8689).")


class TransportIn(Keys):
    """How mail leaves."""

    kind: Literal["maildir", "memory", "smtp", "postmark"] = Field("maildir", description="Which transport.")
    path: Path = Field(Path("var/mail"), description="maildir: its directory.")
    host: Line | None = Field(None, description="smtp: the smarthost.")
    port: Port = Field(25, description="smtp: its port.")
    starttls: StartTls = Field("required", description="smtp: required, none (loopback only) or implicit.")
    user: Line | None = Field(None, description="smtp: user of SMTP AUTH.")
    password_file: Path | None = Field(None, description="smtp: file with its password.")
    password: SecretStr | None = Field(None, description="smtp: its password; from the environment only.")
    ca_file: Path | None = Field(None, description="smtp: certificates to trust instead of the system's.")
    requiretls: Truth = Field(False, description="smtp: only when the relay offers REQUIRETLS (RFC 8689).")
    relays: tuple[RelayIn, ...] = Field((), description="smtp: several smarthosts, tried in this order.")
    token_file: Path | None = Field(None, description="postmark: file with the server token.")
    token: SecretStr | None = Field(None, description="postmark: the token; from the environment only.")
    stream: Line = Field("outbound", description="postmark: message stream.")
    api_url: Line | None = Field(None, description="postmark: another address of its interface.")
    content: Truth = Field(False, description="postmark: send content although the provider keeps it.")

    def smarthosts(self) -> tuple[RelayIn, ...]:
        """The relays in order: `relays`, else the one of `host`."""
        if self.relays or not self.host:
            return self.relays
        own = {name: getattr(self, name) for name in RelayIn.model_fields}
        return (RelayIn.model_construct(**own),)


class AuthenticationIn(Keys):
    """Whose word on senders counts."""

    trusted_authserv_ids: tuple[Line, ...] = Field((), description="Whose Authentication-Results count.")
    relays: tuple[Network, ...] = Field((), description="Peers that write them.")
    trusted_networks: tuple[Network, ...] = Field((), description="Peers that vouch for their users.")
    own_dns: Truth = Field(False, description="Evaluate SPF, DKIM and DMARC ourselves.")
    trusted_forwarders: tuple[Domain, ...] = Field((), description="Domains whose ARC seals count.")
    nameservers: tuple[Line, ...] = Field((), description="Resolvers instead of the system's.")
    results_below_received: Truth = Field(
        False, description="The relay writes its results beneath its own Received, and strips others' first."
    )


class SecretsIn(Keys):
    """Files of keys, made by `run --init`."""

    address_key_file: Path = Field(Path("var/secrets/address.key"), description="Keys of signed addresses.")
    master_key_file: Path = Field(Path("var/secrets/master.key"), description="Key that wraps data keys.")


class LimitsIn(Keys):
    """What the doors allow; octets, counts, seconds."""

    message_bytes: Count = Field(26_214_400, description="Size of a mail, announced and measured.")
    recipients: Count = Field(50, description="Recipients of one mail.")
    connections: Count = Field(200, description="Connections in all.")
    connections_per_peer: Count = Field(20, description="Connections of one peer that is no relay.")
    memory_bytes: Count = Field(536_870_912, description="Mails in flight together.")
    errors: Count = Field(20, description="Errors after which a session ends.")
    command_bytes: Count = Field(4_096, description="Length of a command line.")
    idle_seconds: float = Field(300.0, gt=0, description="Silence after which a session ends.")
    accept_seconds: float = Field(120.0, gt=0, description="Time for making a mail durable.")


class WebhookIn(Keys):
    """Who may call the webhooks."""

    user: Line = Field("mailrouter", description="User of basic authentication.")
    password_file: Path | None = Field(None, description="File with its password.")
    password: SecretStr | None = Field(None, description="Its password; from the environment only.")
    allowed_networks: tuple[Network, ...] = Field((), description="Networks that may call; empty: nobody.")


def page_url(text: str) -> str:
    """The address of the page from outside, scheme and host alone: https, or http on this machine. A host of its own, so
    that its cookies reach nobody else."""
    parts = urlsplit(text)
    local = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if parts.scheme != "https" and not (parts.scheme == "http" and local):
        raise ValueError(f"{text!r} is no protected address; write https://…")
    if not parts.hostname or parts.path not in ("", "/") or parts.query or parts.fragment or parts.username:
        raise ValueError(f"{text!r} is more than a host; write https://name alone")
    return f"{parts.scheme}://{parts.netloc}"


class PageIn(Keys):
    """The secure page."""

    url: Annotated[str, AfterValidator(page_url)] = Field(
        description="Its address from outside; the proxy there passes /lire/ to the HTTP door."
    )


class AntivirusIn(Keys):
    """The scanner of attachments."""

    clamd: Line | None = Field(None, description="clamd's socket, unix:/path or host:port; null: no scanner.")
    seconds: float = Field(60.0, gt=0, description="Time for one scan.")


class ChargeIn(Keys):
    """A person in charge beyond one group; an address alone is in charge everywhere."""

    address: Address = Field(description="The person.")
    territories: tuple[Slug, ...] = Field((), description="Where; empty: everywhere.")
    organisations: tuple[Line, ...] = Field((), description="For which organisations; empty: all.")


DatabaseUrl = Annotated[str, AfterValidator(database_url)]
Charged = Annotated[ChargeIn, BeforeValidator(_charge)]
