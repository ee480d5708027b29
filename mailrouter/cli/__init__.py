"""The command line. Each command is a room of its own in this package; `main` puts them together."""

from __future__ import annotations

import importlib
import sys

COMMANDS = {
    # command: module that holds its `main(argv) -> int`; loaded only when asked for, so that
    # `read` starts without the store and `run` without the reports.
}
