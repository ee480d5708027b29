"""The static configuration as one model: what may stand in mailrouter.yaml, and what decisions need of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from mailrouter.core.policy.inputs import Keys
from mailrouter.core.policy.schema import Charge, Service
from mailrouter.core.policy.values import Address, Domain, Line, Zone
from mailrouter.core.policy.yamltext import Document
from mailrouter.settings.keys import (
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
