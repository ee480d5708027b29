"""Several acts in one mail: done in their order, or asked back when they contradict each other."""

from __future__ import annotations

import re

from msgspec.structs import replace

from mailrouter.core.decide.words.acts import STATEFUL
from mailrouter.core.decide.words.command import BY_NAME, Command, own_lines, said
from mailrouter.core.decide.words.courtesies import listed
from mailrouter.core.model import Side

_BETWEEN = re.compile(r"\s*(?:[;/,]|\.\s|\b(?:et|ou|puis|and|or|then)\b)\s*", re.I)
# Acts that leave their writer on the case and the case open.
_FOLLOWED = listed("take done invite exclude history list help summary letter mandate-form later")


def in_order(command: Command, side: Side) -> tuple[Command, ...]:
    """`command` and the acts on the lines right below it, each alone on its line and for this side: "inviter CPAM" above
    "inviter MSA" is two invitations. An agent's note may end them: it never goes where an answer would."""
    found = [command]
    while found[-1].act in _FOLLOWED:
        following = said(found[-1].rest)
        if following is None or side not in BY_NAME[following.act].sides:
            break
        if following.act not in _FOLLOWED and following.act != "note":
            break
        if (following.act, following.argument) in {(c.act, c.argument) for c in found}:
            found[-1] = replace(found[-1], rest=following.rest)  # said twice
            continue
        found[-1] = replace(found[-1], rest="", followed=True)
        found.append(replace(following, line=len(found)))
    return tuple(found)


def text_last(commands: tuple[Command, ...], side: Side) -> tuple[Command, ...]:
    """The act that the text below goes with is done last: an aidant's invitations, since who is excluded must not read it
    and who is invited reads it in the mail that tells of the case; an agent's `je m'en occupe`, since one mail tells the
    aidant of both. *traité* and a note stay where they are."""
    with_text = "invite" if side == "helper" else "take"
    if any(c.act in ("done", "note") for c in commands):
        return commands
    found = sorted(commands, key=lambda c: c.act == with_text)
    rest, followed = commands[-1].rest, commands[-1].followed
    above = [replace(c, rest="", followed=True) for c in found[:-1]]
    return (*above, replace(found[-1], rest=rest, followed=followed))


def contradictory(text: str, side: Side) -> tuple[str, ...]:
    """The different acts that change the state, when the first own lines are several; on one line or on several."""
    acts: dict[str, None] = {}
    for line in own_lines(text)[:3]:
        for part in _parts(line):
            command = said(part)
            if command and command.act in STATEFUL and side in BY_NAME[command.act].sides:
                acts[command.act] = None
    return tuple(acts) if len(acts) > 1 else ()


def acts_below(text: str, side: Side) -> bool:
    """Whether a line of a note, which is read whole, is an act that changes the state and nothing else."""
    lines = (said(line) for line in own_lines(text)[1:])
    return any(c is not None and c.act in STATEFUL and side in BY_NAME[c.act].sides for c in lines)


def _parts(line: str) -> list[str]:
    """The line, or its pieces when every one of them is a command ("traité et non pertinent")."""
    if len(line) > 120:
        return [line]
    pieces = [p for p in _BETWEEN.split(line) if p.strip()]
    return pieces if len(pieces) > 1 and all(said(p) for p in pieces) else [line]
