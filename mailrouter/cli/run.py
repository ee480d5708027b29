"""`mailrouter run`: serve until SIGTERM; SIGHUP reloads the routing."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable
from typing import Annotated

import structlog
import typer

from mailrouter.cli.opening import DEFAULT_CONFIG, Config, opened
from mailrouter.serving import ROLES, serve

app = typer.Typer(add_completion=False)


@app.command()
def run(
    config: Config = DEFAULT_CONFIG,
    only: Annotated[str, typer.Option(help="Some of inbound,worker,outbound; all when absent.")] = "",
    init: Annotated[bool, typer.Option("--init", help="Make missing key files.")] = False,
) -> None:
    """Serve until SIGTERM; what was accepted is finished. SIGHUP reloads the routing."""
    log_to_stderr()
    roles = frozenset(filter(None, (r.strip() for r in only.split(",")))) or frozenset(ROLES)
    if strange := roles - set(ROLES):
        print(
            f"mailrouter run: no role {', '.join(sorted(strange))}; roles are {', '.join(ROLES)}",
            file=sys.stderr,
        )
        raise typer.Exit(2)
    with opened(config, init=init, migrate=True) as service:
        if only and service.store.dialect == "sqlite":
            print(
                "mailrouter run: --only needs PostgreSQL; with SQLite one process does it all",
                file=sys.stderr,
            )
            raise typer.Exit(2)
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(serve(service, roles))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop where it is installed (a third less CPU per mail), else the standard loop."""
    try:
        import uvloop
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


def log_to_stderr() -> None:
    """One line of key=value per event on standard error, for the journal. No personal data is ever logged."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
