"""The command line. Each command is one module of this package with a typer `app`, loaded only when asked for.

Exit codes: 0 done, 1 the answer is no, 2 usage; `pipe` uses sysexits. With `--json` only JSON is on standard
output, messages go to standard error.
"""

from __future__ import annotations

import importlib
import sys

# command: (module of this package, one line of help)
COMMANDS: dict[str, tuple[str, str]] = {
    "pipe": ("pipe", "one message on standard input; sysexits codes, 0 only when it is durable"),
    "run": ("run", "serves until SIGTERM; SIGHUP reloads the routing"),
    "demo": (
        "demo",
        "plays one case from the first mail to its closing, over real SMTP, and checks every mail",
    ),
    "cases": ("cases", "cases: list, show NUMBER"),
    "held": ("held", "held mail with its reasons: list, show, release, retry, drop"),
    "ledger": ("ledger", "what became of every accepted mail, and whether the sums agree"),
    "privacy": (
        "privacy",
        "find, export, erase a usager's cases; wipe what outlived its time; incident CASE",
    ),
    "audit": ("audit", "list; verify: whether the audit log is whole, or where it breaks"),
    "backup": ("backup", "FILE: every row at one instant, beside the running service"),
    "restore": ("restore", "FILE: a backup into an empty database, SQLite or PostgreSQL"),
    "keys": ("keys", "the key files: init, list, new address|master, rewrap"),
    "db": ("db", "the database's schema: upgrade, check"),
    "explain": ("explain", "why a mail went where it went: inbound id, Message-ID or case number"),
    "simulate": ("simulate", "the decision that live handling of a mail would store, and its mails"),
    "check": ("check", "everything wrong with the configuration, with file:line:column"),
    "coverage": ("coverage", "territory x organisation: covered, by how many living agents, gaps"),
    "directory": (
        "directory",
        "people and groups: list, show, import from CSV, suspend, join, welcome, terms",
    ),
    "replay": ("replay", "past decisions that another policy would change: --policy DIR, --since 30d"),
    "stats": ("stats", "the figures the service is measured by; --json, --csv, --public, --report DIR"),
    "template": ("template", "list, preview NAME: subject, text and HTML of a mail on an invented case"),
    "read": ("read", "one JSON line per message: author, kind, new text, forwards, delivery reports"),
}


def main(argv: list[str] | None = None) -> int:
    """Run the command line; gives the exit code."""
    args = sys.argv[1:] if argv is None else argv
    if not args or args[0] in ("-h", "--help", "help"):
        print(usage())
        return 0 if args else 2
    if args[0] in ("--version", "version"):
        from importlib.metadata import version

        print(f"mailrouter {version('mailrouter')}")
        return 0
    if args[0] not in COMMANDS:
        print(f"mailrouter: no command {args[0]!r}\n\n{usage()}", file=sys.stderr)
        return 2
    module = importlib.import_module(f"mailrouter.cli.{COMMANDS[args[0]][0]}")
    code = module.app(args=args[1:], prog_name=f"mailrouter {args[0]}", standalone_mode=True)
    return int(code or 0)


def usage() -> str:
    """The list of commands."""
    width = max(map(len, COMMANDS))
    rows = "\n".join(f"  {name:<{width}}  {help_}" for name, (_, help_) in COMMANDS.items())
    return f"usage: mailrouter COMMAND ... (mailrouter COMMAND --help tells its options)\n\n{rows}"
