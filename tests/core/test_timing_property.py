"""Silence is never an end state: over random lives every case that is open has a next due act, and ends at last."""

from __future__ import annotations

import random
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

sys.path.insert(0, str(Path(__file__).parent))

from scenes import AURELIE, CAF_BOX, CLAIRE, COMPLETE_CASE, JULIEN, KARIM, ZOE, directory, facts, token

from mailrouter.core.decide.basis.evolve import after
from mailrouter.core.decide.decide import decide
from mailrouter.core.ids import seed_for
from mailrouter.core.model import CaseView, DeliveryReported, Facts, PersonState, SetPerson, TimeReached

OPEN = ("incomplete", "open", "done")
SAID = {
    ZOE: [
        "Bonjour, une précision utile sur ce dossier.", "clore oui", "clore ?", "rouvrir", "inviter CPAM", "ok",
        f"exclure {JULIEN}", "merci", "retrait mandat", "passer le relais à Karim", "plus tard jeudi", "historique",
        "Prénom : Marie\nNom : DUPONT\nDate de naissance : 03/04/1961\nMandat : oui\nJ'accepte", "CAF",
        "Urgent : expulsion demain", "Contact prudent : oui",
    ],
    KARIM: ["reprendre", "clore non", "Je complète : elle a déménagé en mars."],
    CLAIRE: [
        "Bonjour, le dossier avance, il manque une pièce.", "je m'en occupe", "traité", "pas moi", "plus tard demain",
        "pas nous, c'est la CPAM", "non pertinent : doublon", "note : à vérifier", "passer le relais à Julien Roques",
        "à tous : pour votre information", "erreur de personne",
    ],
    JULIEN: ["pas moi, c'est la MSA", "traité", "je m'en occupe"],
    CAF_BOX: ["pas nous", "Nous avons bien noté votre demande et la traitons."],
    AURELIE: ["traité", "pas moi", "Voici notre réponse au sujet de ses droits."],
}  # fmt: skip


class Life:
    """One case, lived step by step with the real decision; what the tables know of people is kept beside it."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.people: dict[str, PersonState] = {}
        opening = facts(ZOE, self.dice.choice(COMPLETE_CASE), terms=self.dice.random() < 0.5)
        self.now = opening.now
        self.steps = 0
        self.case: CaseView = self._decided(opening)

    def _decided(self, gathered: Facts) -> CaseView:
        self.steps += 1
        known = tuple(
            p for p in self.people.values() if p.address not in {x.address for x in gathered.people}
        )
        gathered = replace(
            gathered,
            now=self.now,
            seed=seed_for(b"k" * 32, f"{self.steps}"),
            people=(*gathered.people, *known),
        )
        decision = decide(gathered, directory())
        for effect in decision.effects:
            if isinstance(effect, SetPerson):
                self._person(effect)
        found = after(gathered, decision)
        return found if found is not None else self.case

    def _person(self, effect: SetPerson) -> None:
        state = self.people.get(effect.address, PersonState(address=effect.address))
        if effect.present:
            state = replace(state, absent_until=None, suppressed_until=None, suppressed_because="")
        for name in ("absent_until", "suppressed_until", "suppressed_because"):
            if (value := getattr(effect, name)) is not None:
                state = replace(state, **{name: value})
        self.people[effect.address] = state

    def live(self) -> None:
        """One step: somebody writes, is absent, cannot be reached, or the next due comes."""
        writers = [p.address for p in self.case.participants if p.address in SAID]
        act = self.dice.random()
        if act < 0.45 and writers:
            self.now += timedelta(hours=self.dice.choice([1, 5, 30, 100]))
            self._catch_up()
            self._write(self.dice.choice(writers))
        elif act < 0.55:
            who = self.dice.choice(self.case.participants).address
            status = self.dice.choice(["5.1.1", "5.2.2"])
            report = DeliveryReported(outbox_id="o", recipient=who, case_id=self.case.id, status=status)
            self.case = self._decided(Facts(trigger=report, now=self.now, seed="", cases=(self.case,)))
        else:
            self._next_due()

    def _write(self, who: str) -> None:
        text = self.dice.choice(SAID[who])
        away = self.dice.random() < 0.15
        headers = "Auto-Submitted: auto-replied\r\n" if away else ""
        text = "Je suis absente jusqu'au 31 décembre 2027 inclus." if away else text
        mail = facts(who, text, self.case, headers=headers, targets=(token(who, case_id=self.case.id),))
        self.case = self._decided(mail)

    def _catch_up(self) -> None:
        while self.case.dues and min(d.at for d in self.case.dues) <= self.now and self.case.state in OPEN:
            self._next_due()

    def _next_due(self) -> None:
        due = min(self.case.dues, key=lambda d: d.at, default=None)
        if due is None:
            return
        self.now = max(self.now, due.at)
        gathered = Facts(trigger=TimeReached(due=due), now=self.now, seed="", cases=(self.case,))
        self.case = self._decided(gathered)
        self.case = replace(self.case, dues=tuple(d for d in self.case.dues if d.key != due.key))

    def check(self) -> None:
        """The invariants."""
        if self.case.state in OPEN:
            assert self.case.dues, f"a case that is {self.case.state} has nothing due"
        else:
            assert not [d for d in self.case.dues if d.kind not in ("roster", "join")]
        slots = [(d.organisation, d.kind, d.address) for d in self.case.dues]
        assert len(slots) == len(set(slots))


@pytest.mark.parametrize("seed", range(60))
def test_every_open_case_has_a_next_due_act(seed):
    """Forty random steps of everybody, dues in their order: never without a due, never one left when it is over."""
    life = Life(seed)
    life.check()
    for _ in range(40):
        life.live()
        life.check()


@pytest.mark.parametrize("seed", range(12))
def test_left_alone_every_case_ends(seed):
    """Ten random steps, then nobody writes any more: within the cap it is closed, by its dues alone."""
    life = Life(seed)
    for _ in range(10):
        life.live()
    for _ in range(400):
        if life.case.state not in OPEN:
            break
        life._next_due()
    assert life.case.state not in OPEN
    assert life.now < life.case.opened_at + timedelta(days=800)
