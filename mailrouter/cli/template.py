"""`mailrouter template list`, `template preview NAME`: every mail as people will see it, without sending one."""

from __future__ import annotations

import os
import sys
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from mailrouter import templating
from mailrouter.configuration import load_configuration
from mailrouter.core.compose import compose
from mailrouter.core.compose.context import CONTEXT
from mailrouter.core.compose.sample import (
    sample_decision,
    sample_directory,
    sample_facts,
    sample_kit,
    sample_send,
)
from mailrouter.core.model import OutboundMail
from mailrouter.settings import CONFIG_VARIABLE

app = typer.Typer(add_completion=False, no_args_is_help=True)


class Lang(StrEnum):
    """A language of the templates."""

    fr = "fr"
    en = "en"


class Shown(StrEnum):
    """What the preview prints."""

    all = "all"
    text = "text"
    html = "html"
    mail = "mail"


class Disclosed(StrEnum):
    """How much the recipient may be told."""

    full = "full"
    redacted = "redacted"
    notice = "notice"


Config = Annotated[Path, typer.Option("--config", help="configuration directory", envvar=CONFIG_VARIABLE)]


@app.command("list")
def list_() -> None:
    """Name every template, with the values it needs and may be given."""
    for name, values in sorted(CONTEXT.items()):
        print(
            f"{name}: needs {', '.join(values.needs) or 'nothing'}; may have {', '.join(values.may) or 'nothing'}"
        )


@app.command()
def preview(
    name: Annotated[str, typer.Argument(metavar="NAME", help="a template, as `template list` names it")],
    lang: Annotated[Lang, typer.Option(help="language")] = Lang.fr,
    organisation: Annotated[
        str, typer.Option(help="organisation (code): its own wording, if it has one")
    ] = "CAF",
    disclosure: Annotated[
        Disclosed, typer.Option(help="how much the recipient may be told")
    ] = Disclosed.full,
    show: Annotated[
        Shown, typer.Option(help="subject, text and HTML; or only one of them; or the whole mail")
    ] = Shown.all,
    config: Config = Path("config"),
) -> None:
    """Render a template on an invented case: subject, text, HTML. Exit 2 for a template that does not exist."""
    if name not in CONTEXT:
        print(
            f"mailrouter template: no template {name!r}; `mailrouter template list` names them",
            file=sys.stderr,
        )
        raise typer.Exit(2)
    kit = sample_kit(templating.load(*_overrides(config)))
    send = sample_send(name, lang.value, organisation, disclosure.value)
    (mail,) = compose(sample_decision(send), sample_facts(), sample_directory(organisation), kit)
    sys.stdout.buffer.write(shown(mail, show))


def _overrides(config: Path) -> tuple[Path, ...]:
    """The operators' own templates, when there is a configuration that names some."""
    if not config.is_dir():
        return ()
    settings = load_configuration(config, os.environ).settings
    return (settings.templates,) if settings and settings.templates else ()


def shown(mail: OutboundMail, show: Shown) -> bytes:
    """The part of a mail that was asked for, as UTF-8 text or as the mail's own octets."""
    parsed = message_from_bytes(mail.octets, _class=EmailMessage, policy=default)
    html = parsed.get_body(("html",))
    page = html.get_content() if html else ""
    match show:
        case Shown.mail:
            return mail.octets
        case Shown.text:
            return mail.text.encode()
        case Shown.html:
            return str(page).encode()
    return f"Subject: {parsed['Subject']}\nFrom: {parsed['From']}\n\n{mail.text}\n{page}".encode()
