"""Over random workflows no text reaches a mailbox that is not entitled to it at that time, and no subject of ours holds
an aidant's words. The oracle below is written from DOMAIN.md and shares nothing with the product."""

from __future__ import annotations

import random

import pytest
from town import (
    AURELIE,
    CAF_BOX,
    CLAIRE,
    COMPLETE,
    JULIEN,
    KARIM,
    OPERATOR,
    STRANGER,
    THOMAS,
    ZOE,
    town,
)

HELPERS = {ZOE, KARIM}
CAF, CPAM = {CLAIRE, JULIEN, CAF_BOX}, {AURELIE, THOMAS}
SIDES = {"helper": HELPERS, "CAF": CAF, "CPAM": CPAM}


class Oracle:
    """Who may read each marked text, kept as the workflow goes."""

    def __init__(self) -> None:
        self.on_case: set[str] = set()
        self.may_read: dict[str, set[str]] = {}
        self.closed_to: dict[str, set[str]] = {}

    def side_of(self, who: str) -> str:
        return next((name for name, people in SIDES.items() if who in people), "")

    def said(self, mark: str, who: str, kind: str) -> None:
        """`who` wrote `mark`: who may read it, now and when invited later."""
        side = self.side_of(who)
        if kind == "held" or not side:
            self.may_read[mark] = set()
        elif kind == "note":
            self.may_read[mark] = CAF | CPAM
        elif side == "helper":
            self.may_read[mark] = HELPERS | CAF | CPAM
        else:
            self.may_read[mark] = HELPERS | SIDES[side]

    def check(self, letters, gone: set[str]) -> None:
        for letter in letters:
            for mark, readers in self.may_read.items():
                if mark in letter.raw.decode("utf-8", "replace") or mark in letter.text:
                    assert letter.to in readers, f"{mark} reached {letter.to} by {letter.template}"
                    assert letter.to not in gone, f"{mark} reached {letter.to}, who left"
            assert "SUJETSECRET" not in letter.subject


@pytest.mark.parametrize("seed", range(12))
def test_no_text_reaches_whom_it_must_not(tmp_path, seed):
    """Twenty random acts of aidants, agents, strangers and forgers; every mail of each is checked."""
    dice = random.Random(seed)
    oracle = Oracle()
    with town(tmp_path) as place:
        mark = "marque0"
        oracle.said(mark, ZOE, "text")
        opened = place.write(
            ZOE,
            "lot+caf@aplus.example",
            "SUJETSECRET de Mme Dupont",
            f"Bonjour, voici sa situation {mark}.\n\n{COMPLETE}",
            cc=[KARIM],
        )
        gone: set[str] = set()
        oracle.check(opened.letters, gone)
        address = {letter.to: letter for letter in opened.letters}
        for n in range(1, 21):
            mark = f"marque{n}x"
            who = dice.choice(sorted(address))
            act = dice.choice(
                [
                    "text",
                    "text",
                    "text",
                    "note",
                    "take",
                    "invite",
                    "not-me",
                    "stranger",
                    "forged",
                    "done",
                    "history",
                    "all",
                    "quote",
                ]
            )
            side = oracle.side_of(who)
            if who == OPERATOR or not side:
                continue
            if act == "note" and side == "helper":
                act = "text"
            sending = {"aligned": True}
            author, letter = who, address[who]
            if act == "stranger":
                author, body, kind = STRANGER, f"Qui suis-je {mark} ?", "held"
            elif act == "forged":
                body, kind, sending = f"Je suis {who} {mark}", "held", {"aligned": False}
            elif act == "note":
                body, kind = f"note : entre nous {mark}", "note"
            elif act == "take":
                body, kind = f"je m'en occupe\n\nJe vous réponds vite sur ce point {mark}", "text"
            elif act == "invite":
                body, kind = "inviter CPAM", "act"
            elif act == "not-me":
                body, kind = "pas moi", "act"
            elif act == "done":
                body, kind = f"traité\n\nVoici le détail de notre traitement {mark}", "text"
            elif act == "history":
                body, kind = "historique", "act"
            elif act == "all":
                body, kind = f"Information générale à lire {mark}", "text"
            else:
                body, kind = f"Bonjour, voici la suite du dossier {mark}.", "text"
            # A careless client sends a note's quote along: the quote must stay folded.
            quoting = act == "quote" or dice.random() < 0.5
            if kind != "act":
                oracle.said(mark, author, kind)
                if author in gone:
                    oracle.may_read[mark] = set()
                elif place.case().state in ("frozen", "withdrawn"):
                    oracle.may_read[mark] = set()
                elif kind != "held" and side != "helper" and letter.template == "note":
                    oracle.may_read[mark] = CAF | CPAM  # a reply to a note is a note
                elif kind != "held" and side != "helper" and letter.template == "history":
                    oracle.may_read[mark] |= CAF | CPAM  # a transcript with notes is answered by a note
            out = place.answer(author, letter, body, quote=quoting, **sending)
            oracle.check(out.letters, gone)
            if act == "not-me" and side != "helper" and out.rule == "act:not-me" and who != CAF_BOX:
                gone.add(who)
            for new in out.letters:
                if new.template not in (
                    "operators-notice",
                    "challenge",
                    "held-ask",
                    "not-understood",
                    "not-registered",
                ):
                    address[new.to] = new
        assert place.ledger()["balanced"]
