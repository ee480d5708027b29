"""The table of docs/security.md, made of the docstrings of the attacks. `python tests/attacks/page.py` writes it there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "security.md"
BEGIN, END = "<!-- attacks: made by tests/attacks/page.py -->\n", "<!-- end of attacks -->\n"
FIELDS = ("Attacker", "Victim", "Operator")


def attacks() -> list[tuple[str, str, dict[str, str]]]:
    """(test, what it imitates, what each sees) of every attack, in the files' order. ValueError for one that does not
    say it."""
    found = []
    for file in sorted(HERE.glob("test_attack_*.py")):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                found.append((f"{file.stem}::{node.name}", *_read(node)))
    return found


def _read(node: ast.FunctionDef) -> tuple[str, dict[str, str]]:
    text = " ".join((ast.get_docstring(node) or "").split())
    what, *_ = re.split(r" (?=Attacker: )", text)
    sees = {f: m[1] for f in FIELDS if (m := re.search(rf"{f}: (.*?)(?= (?:{'|'.join(FIELDS)}): |$)", text))}
    if set(sees) != set(FIELDS):
        raise ValueError(f"{node.name} does not say what {', '.join(set(FIELDS) - set(sees))} sees")
    return what, sees


def table() -> str:
    """The table as Markdown."""
    lines = [
        "| imitates | the attacker sees | the victim sees | the operator sees | test |",
        "|---|---|---|---|---|",
    ]
    for name, what, sees in attacks():
        cells = (what, *(sees[f].replace("-", "-") for f in FIELDS), f"`{name.partition('::')[2]}`")
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def written(page: str) -> str:
    """The page with its table made anew."""
    head, _, rest = page.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n{table()}\n{END}{tail}"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
