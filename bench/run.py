"""Every benchmark, one after the other: `make bench`, or `make bench ARGS="--only whole --quick"`.

    python bench/run.py [--only read,compose,store,door,whole] [--quick] [--databases sqlite,postgresql]

Each is a script of its own with options of its own (`--help`). Nothing is asserted: figures depend on the machine, so
the machine and its load are printed first. docs/bench.md tells how to read them and holds some that were measured.
"""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3
import subprocess
import sys
from pathlib import Path

import psycopg

HERE = Path(__file__).parent
SERVER = os.environ.get("MAILROUTER_TEST_DATABASE_URL", "postgresql://postgres@127.0.0.1:5432/postgres")

# name: (script, options, options when quick); {databases} is what there is.
BENCHES: dict[str, tuple[str, list[str], list[str]]] = {
    "read": ("read_speed.py", [], ["--rounds", "5"]),
    "compose": ("compose_speed.py", [], ["--rounds", "3"]),
    "store": ("store_speed.py", ["--postgresql", SERVER], ["--postgresql", SERVER, "--mails", "500"]),
    "door": ("door_speed.py", [], ["--seconds", "0.5"]),
    "whole": (
        "whole.py",
        ["--databases", "{databases}"],
        ["--databases", "{databases}", "--stored", "100", "--mails", "60"],
    ),
}


def main() -> int:
    """Run them; 1 when one could not be run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default=",".join(BENCHES), help="some of " + ",".join(BENCHES))
    parser.add_argument("--quick", action="store_true", help="a glance: fewer rounds, 100 stored cases only")
    parser.add_argument("--databases", default="")
    given = parser.parse_args()
    names = given.only.split(",")
    if strange := set(names) - set(BENCHES):
        parser.error(f"no benchmark {', '.join(sorted(strange))}")
    databases = given.databases or there_are()
    if "postgresql" not in databases and "store" in names:
        names.remove("store")
        print(f"store: skipped, it needs a PostgreSQL at {SERVER}")
    print(machine(), flush=True)
    return max([run(name, given.quick, databases) for name in names], default=0)


def run(name: str, quick: bool, databases: str) -> int:
    """One benchmark, its figures on standard output; gives its exit code."""
    script, full, fast = BENCHES[name]
    options = [option.format(databases=databases) for option in (fast if quick else full)]
    print(f"\n== {name}: python bench/{' '.join([script, *options])}", flush=True)
    return subprocess.run([sys.executable, str(HERE / script), *options], check=False).returncode


def there_are() -> str:
    """The databases that can be measured here."""
    try:
        psycopg.connect(SERVER, connect_timeout=3).close()
    except psycopg.OperationalError:
        print(f"no PostgreSQL answers at {SERVER}; set MAILROUTER_TEST_DATABASE_URL")
        return "sqlite"
    return "sqlite,postgresql"


def machine() -> str:
    """What the figures were measured on."""
    load = ", ".join(f"{n:.1f}" for n in os.getloadavg())
    return (
        f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()} {platform.release()}, "
        f"CPython {platform.python_version()}, SQLite {sqlite3.sqlite_version}; load before: {load}"
    )


if __name__ == "__main__":
    sys.exit(main())
