"""Random workflows of aidants, agents, notes, invitations and departures, with an oracle of who may read what. The oracle
is written from DOMAIN.md and shares nothing with the product."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from functools import partial

from story import bounce
from town import (
    AURELIE,
    CAF_BOX,
    CAF_CHIEF,
    CLAIRE,
    COMPLETE,
    JULIEN,
    KARIM,
    OPERATOR,
    STRANGER,
    THOMAS,
    ZOE,
    Letter,
    Town,
)

from mailrouter.store import suspension

HELPERS = {ZOE, KARIM}
CAF = {CLAIRE, JULIEN, CAF_BOX, CAF_CHIEF}
CPAM = {AURELIE, THOMAS, "cadre.aplus@cpam46.example"}
EXPERTS = {"nadia.benali@equipe-aplus.example"}  # of CAF
SIDES = {"helper": HELPERS, "CAF": CAF, "CPAM": CPAM, "expert": EXPERTS}
EVERYBODY = HELPERS | CAF | CPAM | EXPERTS
AGENTS = CAF | CPAM | EXPERTS
# What experts never read: who the person is.
PERSON = ("2 61 04 46 042 123 45", "261044604212345", "06 11 22 33 44", "0611223344", "rue des Lilas")
# Mails that are about a question or the service: the next answer goes to the case all the same.
BESIDE = (
    "operators-notice",
    "operators-digest",
    "challenge",
    "held-ask",
    "not-understood",
    "not-registered",
    "who-signed",
    "digest",
    "notices",
    "listing",
    "waiting",
)
SUBJECT = "SUJETSECRET"


def side_of(who: str) -> str:
    """The side somebody writes for; '' for nobody's."""
    return next((name for name, people in SIDES.items() if who in people), "")


def noted_for(side: str) -> set[str]:
    """Whom a note is for: every agent; between an expert and agents those of the organisation that is helped."""
    return {"CAF": CAF | CPAM | EXPERTS, "expert": CAF | EXPERTS}.get(side, CAF | CPAM)


def readable(letter: Letter) -> str:
    """All of a mail that anybody could read: header, texts, names and octets of files."""
    parts = [p for p in letter.message.walk() if not p.is_multipart()]
    texts = [p.get_payload(decode=True).decode("utf-8", "replace") for p in parts]
    names = [p.get_filename() or "" for p in parts]
    fields = [f"{k}: {v}" for k, v in letter.message.items()]
    return "\n".join([*fields, *texts, *names])


@dataclass
class Oracle:
    """Who may read each marked text; who has gone; how many texts arrived where they should."""

    readers: dict[str, set[str]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    arrived: int = 0

    def said(self, mark: str, who: str, kind: str) -> None:
        """`who` wrote `mark`: who may read it, now and when invited later."""
        side = side_of(who)
        if kind == "held" or not side or who in self.gone:
            self.readers[mark] = set()
        elif kind == "note":
            self.readers[mark] = noted_for(side)
        elif side == "expert":
            self.readers[mark] = HELPERS | CAF | EXPERTS
        elif side == "CAF":
            self.readers[mark] = HELPERS | CAF | EXPERTS
        elif side == "helper":
            self.readers[mark] = set(EVERYBODY)
        else:
            self.readers[mark] = HELPERS | SIDES[side]

    def check(self, letters: list[Letter]) -> None:
        """No mark where it must not be, none in a subject, no address of another in a header."""
        for letter in letters:
            whole, subject = readable(letter), letter.subject
            words = [word for word in self.readers if word in subject]
            assert not words, f"{words} in the subject of a mail to {letter.to}"
            header = "\n".join(str(v) for k, v in letter.message.items() if k not in ("To", "DKIM-Signature"))
            others = [a for a in EVERYBODY - {letter.to} if a in header]
            assert not others, f"{others} in the header of a mail to {letter.to}"
            told = [word for word in PERSON if letter.to in EXPERTS and word in whole]
            assert not told, f"{told} reached {letter.to}, an expert"
            for mark, readers in self.readers.items():
                if mark in whole:
                    assert letter.to in readers, f"{mark} reached {letter.to} by {letter.template}"
                    assert letter.to not in self.gone, f"{mark} reached {letter.to}, who left"
                    self.arrived += 1


ACTS = (
    *("text",) * 4, *("note",) * 3, *("quote",) * 2, "take", "invite", "not-me", "done", "history", "stranger", "forged",
    "leaver-writes", "reply-all", "list", "exclude", "suspend", "leaves-group", "bounce", "time", "marker",
    *("expert",) * 3, "close",
)  # fmt: skip


class Workflow:
    """One case, and what people do with it. `step` is one random act; every mail of it is checked."""

    def __init__(self, place: Town, seed: int) -> None:
        self.place, self.dice, self.oracle = place, random.Random(seed), Oracle()
        self.n, self.left_group = 0, False
        self.done: Counter[str] = Counter()
        self.oracle.said("marque0q", ZOE, "text")
        self.oracle.said(SUBJECT, ZOE, "text")  # part of her text, in no subject of ours
        opened = place.write(
            ZOE,
            "lot+caf@aplus.example",
            f"{SUBJECT} de Mme Dupont",
            f"Bonjour, voici sa situation marque0q ({PERSON[0]}, {PERSON[2]}).\n\n{COMPLETE}"
            f"NIR : {PERSON[0]}\nTéléphone : {PERSON[2]}\nAdresse : 12 {PERSON[4]}, 46000 Cahors\n",
            cc=[KARIM],
        )
        self.letters: dict[str, Letter] = {}
        self.notes: dict[str, Letter] = {}
        self._took(opened.letters)

    def _took(self, letters: list[Letter]) -> None:
        self.oracle.check(letters)
        for letter in letters:
            if letter.template == "note":
                self.notes[letter.to] = letter
            if letter.template not in BESIDE and side_of(letter.to):
                self.letters[letter.to] = letter

    def _mark(self) -> str:
        self.n += 1
        return f"marque{self.n}q"

    def _answer(self, who: str, kind: str, words: str, **more) -> None:
        """`who` answers the newest mail they got; what they say is `kind`."""
        letter, mark = self.letters[who], self._mark()
        ended = self.place.case().state in ("frozen", "withdrawn")
        self.oracle.said(mark, who, "held" if ended else kind)
        if kind == "text" and side_of(who) != "helper" and self.oracle.readers[mark]:
            if letter.template == "note":
                self.oracle.readers[mark] = noted_for(side_of(who))  # a reply to a note is a note
            elif letter.template == "history":
                self.oracle.readers[mark] |= noted_for(
                    side_of(who)
                )  # a transcript with notes is answered by a note
        out = self.place.answer(who, letter, words.format(mark), **more)
        self._took(out.letters)

    def step(self) -> None:
        """One act of somebody, and whatever comes of it."""
        act = self.dice.choice(ACTS)
        who = self.dice.choice(sorted(set(self.letters)))
        agent = side_of(who) != "helper"
        text = partial(self._answer, who, "text", quote=self.dice.random() < 0.5)
        self.done[act] += 1
        match act:
            case "note" if agent:
                self._answer(who, "note", "note : entre nous {}")
            case "marker" if agent:
                self._answer(who, "held", "Note interne - entre nous {}")
            case "take":
                text("je m'en occupe\n\nJe vous réponds vite sur ce point {}")
            case "done" if agent:
                text("traité\n\nVoici le détail de notre traitement {}")
            case "history" | "list":
                self._took(
                    self.place.answer(
                        who, self.letters[who], "historique" if act == "history" else "liste"
                    ).letters
                )
            case "invite":
                self._took(self.place.answer(who, self.letters[who], "inviter CPAM").letters)
            case "expert":
                self._expert(who)
            case "close":
                self._close()
            case "quote" if agent and who in self.notes:
                self._quote_a_note(who)
            case "reply-all" if who in self.notes:
                self._reply_all(who)
            case "stranger":
                self._beside(STRANGER, who, "Qui suis-je {} ?")
            case "forged":
                self._beside(who, who, "Je suis bien moi {}", aligned=False)
            case "not-me" | "exclude" | "suspend" | "leaves-group":
                self._departure(act, who)
            case "leaver-writes" if self.oracle.gone & set(self.letters):
                self._answer(
                    min(self.oracle.gone & set(self.letters)), "text", "Je reviens sur ce dossier {}"
                )
            case "bounce":
                self._took(bounce(self.place, self.letters[who], "4.2.2", "mailbox full").letters)
            case "time":
                self._took(self.place.pass_time(days=self.dice.choice((1, 3, 8))).letters)
            case _:
                text("Bonjour, voici la suite du dossier {}.")

    def _beside(self, author: str, holder: str, words: str, **more) -> None:
        """A stranger or a forger writes to the address that `holder` was given."""
        mark = self._mark()
        self.oracle.said(mark, author, "held")
        self._took(self.place.answer(author, self.letters[holder], words.format(mark), **more).letters)

    def _quote_a_note(self, who: str) -> None:
        """An agent answers the aidant's thread with a note's text quoted between the lines."""
        note, mark = self.notes[who], self._mark()
        self.oracle.said(mark, who, "note")  # it may be held, or go to agents: never to the helper side
        quoted = "\n".join(f"> {line}" for line in note.text.splitlines())
        to = self.letters[who].reply_to
        body = (
            f"Voici ma réponse {mark}.\n\nLe lun. 2 mars 2026 à 10:00, Administration+ a écrit :\n{quoted}\n"
        )
        if self.letters[who].template not in ("note", "history"):
            self.oracle.readers[mark] |= HELPERS
        out = self.place.write(who, to, "Re: dossier", body, answers=self.letters[who])
        self._took(out.letters)

    def _reply_all(self, who: str) -> None:
        """A reply to a note goes to both addresses that the agent has: the narrower one counts."""
        note, mark = self.notes[who], self._mark()
        self.oracle.said(mark, who, "note")
        to = list(dict.fromkeys([note.reply_to, self.letters[who].reply_to]))
        self._took(self.place.answer(who, note, f"Je réponds à tous {mark}", to=to).letters)

    def _departure(self, how: str, who: str) -> None:
        """The aidant writes, and before it is delivered somebody leaves: not even what is queued reaches them."""
        staying = sorted(
            p for p in self.letters if p in AGENTS and p not in self.oracle.gone and p != CAF_BOX
        )
        if len(staying) < 2 or (how == "leaves-group" and self.left_group):
            return
        leaver = staying[-1] if how == "leaves-group" else self.dice.choice(staying)
        if how == "leaves-group" and leaver not in (CLAIRE, JULIEN):
            return
        self.place.post_stopped = True
        self._answer(ZOE, "text", "Une précision de dernière minute {}")
        {
            "not-me": self._not_me,
            "exclude": self._exclude,
            "suspend": self._suspend,
            "leaves-group": self._leave,
        }[how](leaver)
        self.place.post_stopped = False
        # Delivery may come before any due of the departure is looked at.
        self._took(self.place.post())
        self._took(self.place.settle().letters)

    def _expert(self, who: str) -> None:
        """Somebody asks for an expert's advice: who left on purpose is not brought back by that word."""
        out = self.place.answer(who, self.letters[who], "inviter expert")
        self.oracle.gone -= {to for to, template in out.sent() if template == "new-case-expert"}
        self._took(out.letters)

    def _close(self) -> None:
        """The aidant closes; a later text of hers takes it up again. An expert is out until somebody invites again."""
        self._took(self.place.answer(ZOE, self.letters[ZOE], "clore ?").letters)
        if self.place.case().state == "closed":
            self.oracle.gone |= EXPERTS
            self.done["closed"] += 1

    def _not_me(self, who: str) -> None:
        if self.place.answer(who, self.letters[who], "pas moi").rule == "act:not-me":
            self._gone(who, "not-me")

    def _exclude(self, who: str) -> None:
        if self.place.answer(ZOE, self.letters[ZOE], f"exclure {who}").rule == "act:exclude":
            self._gone(who, "exclude")

    def _gone(self, who: str, how: str) -> None:
        self.oracle.gone.add(who)
        self.done[f"gone:{how}"] += 1

    def _suspend(self, who: str) -> None:
        place = self.place
        place.app.store.write(
            lambda c: suspension.suspend(c, place.app.sealer, who, "op", "départ", place.now)
        )
        self._gone(who, "suspend")

    def _leave(self, who: str) -> None:
        """A line less in the routing files, and a reload."""
        file = self.place.app.config_dir / "routing" / "territories" / "46-lot.yaml"
        kept = [a for a in (CLAIRE, JULIEN) if a != who]
        written = file.read_text()
        assert f"[{CLAIRE}, {JULIEN}]" in written
        file.write_text(written.replace(f"[{CLAIRE}, {JULIEN}]", f"[{', '.join(kept)}]"))
        assert self.place.app.reload() == ()
        self.left_group = True
        self._gone(who, "leaves-group")


__all__ = ["OPERATOR"]
