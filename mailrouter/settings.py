"""The static configuration: mailrouter.yaml, overridden by MAILROUTER_<KEY> (double underscore for nesting).

Relative paths (database, mail, secrets) are relative to the directory that holds the configuration directory:
with `--config /srv/aplus/config` the path `var/mail` is /srv/aplus/var/mail, whatever the current directory.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from mailrouter.core.policy.faults import Fault, ordered
from mailrouter.core.policy.inputs import Keys
from mailrouter.core.policy.schema import Charge, Service
from mailrouter.core.policy.validate import validate
from mailrouter.core.policy.values import Address, Domain, Line, Zone
from mailrouter.core.policy.yamltext import Document, read_yaml
from mailrouter.environment import overridden
from mailrouter.settings_checks import checks
from mailrouter.settings_keys import (
    SQLITE,
    AntivirusIn,
    AuthenticationIn,
    Charged,
    ChargeIn,
    DatabaseUrl,
    LimitsIn,
    ListenIn,
    PageIn,
    SecretsIn,
    TransportIn,
    WebhookIn,
)

STATIC_FILE = "mailrouter.yaml"
NO_DOMAIN = "missing.invalid.example"


class Settings(BaseSettings):
    """mailrouter.yaml with the environment's overrides, checked; paths as written until `resolved`."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix="MAILROUTER_", env_nested_delimiter="__"
    )

    domain: Domain = Field(description="Domain of the service's addresses.")
    label: Line = Field("Administration+", description="Name of the service in subjects and senders.")
    terms_version: Line = Field("1", description="Version of the terms of use; a new one is asked for again.")
    time_zone: Zone = Field("Europe/Paris", description="Zone of the service's own days.")
    listen: ListenIn = Field(ListenIn.model_construct(), description="The doors.")
    database: DatabaseUrl = Field(
        "sqlite:///var/mailrouter.sqlite3", description="SQLite file or PostgreSQL URL."
    )
    transport: TransportIn = Field(TransportIn.model_construct(), description="How mail leaves.")
    authentication: AuthenticationIn = Field(
        AuthenticationIn.model_construct(), description="Whose word on senders counts."
    )
    protected_domains: tuple[Domain, ...] = Field((), description="Destinations whose TLS was verified.")
    secrets: SecretsIn = Field(SecretsIn.model_construct(), description="Files of keys.")
    limits: LimitsIn = Field(LimitsIn.model_construct(), description="What the doors allow.")
    webhook: WebhookIn | None = Field(None, description="Who may call the webhooks.")
    page: PageIn | None = Field(None, description="The secure page; without it mail says number only.")
    antivirus: AntivirusIn = Field(AntivirusIn.model_construct(), description="The scanner of attachments.")
    templates: Path | None = Field(None, description="Directory of templates that replace the shipped ones.")
    operators: tuple[Address, ...] = Field((), description="People who handle held mail.")
    experts: tuple[Charged, ...] = Field((), description="People who help on stuck cases.")
    territory_managers: tuple[Charged, ...] = Field((), description="People who see counts of territories.")
    observers: tuple[Address, ...] = Field((), description="People who see statistics.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what it is given: file and environment are merged before, where their places are known."""
        return (init_settings,)

    @classmethod
    def load(
        cls, config_dir: Path, env: Mapping[str, str]
    ) -> tuple[Settings | None, Service, tuple[Fault, ...]]:
        """(settings with absolute paths or None, what decisions need of them, faults) of a directory.

        Names in faults are relative to the directory. Never raises: a file that is missing or unreadable is a fault.
        """
        document, faults = _read(config_dir / STATIC_FILE)
        document, strange = overridden(document, cls, env)
        settings, sound, wrong = validate(document, cls)
        faults = (*faults, *strange, *wrong)
        if settings is None:
            # Without a domain nothing can be used, but the rest is still looked at: all faults at once.
            settings, sound, _ = validate(_with_domain(sound), cls)
        if settings is None:
            return None, Service(domain=NO_DOMAIN), ordered(faults)
        found = ordered((*faults, *checks(settings, sound)))
        usable = all(fault.severity == "warning" for fault in found)
        return settings.resolved(config_dir) if usable else None, settings.service(sound), found

    def resolved(self, config_dir: Path) -> Settings:
        """The same with every path absolute, relative ones from the parent of the configuration directory."""
        root = config_dir.absolute().parent
        url = self.database
        if url.startswith(SQLITE) and not url.startswith((SQLITE + "/", SQLITE + ":memory:")):
            url = f"{SQLITE}{root / url.removeprefix(SQLITE)}"
        return self.model_copy(update={**_rooted(self, root), "database": url})

    def service(self, document: Document) -> Service:
        """What the policy takes from the static file; charges with their places in `document`."""
        return Service(
            domain=self.domain,
            label=self.label,
            terms_version=self.terms_version,
            operators=self.operators,
            experts=_charges(document, "experts", self.experts),
            territory_managers=_charges(document, "territory_managers", self.territory_managers),
            observers=self.observers,
            protected_domains=self.protected_domains,
            all_protected=self.transport.kind in ("maildir", "memory"),
            carries_content=self.transport.kind != "postmark" or self.transport.content,
            page_url=self.page.url if self.page else "",
        )


def _read(path: Path) -> tuple[Document, tuple[Fault, ...]]:
    try:
        return read_yaml(STATIC_FILE, path.read_text(encoding="utf-8"))
    except OSError as error:
        message = f"cannot be read: {error.strerror or error}"
    except UnicodeDecodeError:
        message = "is not UTF-8; save it as UTF-8"
    empty = Document(name=STATIC_FILE, value={}, places={}, keys={})
    return empty, (Fault(file=STATIC_FILE, line=1, column=1, message=message),)


def _with_domain(document: Document) -> Document:
    value = document.value if isinstance(document.value, dict) else {}
    return Document(
        name=document.name,
        value={**value, "domain": NO_DOMAIN},
        places=document.places,
        keys=document.keys,
        dropped=document.dropped,
        trimmed=document.trimmed,
    )


def _rooted(model: BaseModel, root: Path) -> dict[str, Any]:
    """The fields of `model` that hold paths, at any depth, with these made absolute."""
    changed: dict[str, Any] = {}
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, Path):
            changed[name] = root / value
        elif isinstance(value, Keys):
            changed[name] = value.model_copy(update=_rooted(value, root))
        elif isinstance(value, tuple):
            items = (v.model_copy(update=_rooted(v, root)) if isinstance(v, Keys) else v for v in value)
            changed[name] = tuple(items)
    return changed


def _charges(document: Document, key: str, charges: tuple[ChargeIn, ...]) -> tuple[Charge, ...]:
    return tuple(
        Charge(
            address=charge.address,
            territories=charge.territories,
            organisations=charge.organisations,
            source=f"{(at := document.at((key, i))).file}:{at.line}:{at.column}",
        )
        for i, charge in enumerate(charges)
    )
