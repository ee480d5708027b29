"""The property of test_property_entitlement.py can fail: each mutant below is one mistake in the product, and some
workflow finds it. The leak check is a second layer; where it alone would catch the mistake, the mutant goes without."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace
from town import town
from workflow import Workflow

from mailrouter.core.compose import composing
from mailrouter.core.decide import conversation, decide
from mailrouter.core.decide.acts import agent_acts, asking_back, common_acts, relay
from mailrouter.core.decide.basis import disclose, mails
from mailrouter.core.decide.basis.membership import belongs
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.cases import asking
from mailrouter.core.decide.senders import sender as senders
from mailrouter.core.decide.senders import thread
from mailrouter.core.model import Remove
from mailrouter.store import roster, suspension
from mailrouter.worker import deciding
from mailrouter.worker import post as posting

SEEDS, STEPS = 14, 24
FINDINGS = (" reached ", " in the header ", " in the subject ")
Patch = Callable[[Any], None]


def no_second_look(m: Any) -> None:
    """The leak check is off."""
    m.setattr(deciding, "leaks", lambda *_: ())


def notes_reach_the_aidant(m: Any) -> None:
    """A note goes to the helper side as well, as if it were an answer."""
    no_second_look(m)
    real = relay.relay_note

    def also(scene, voice, message):
        real(scene, voice, message)
        for person in scene.case.active("helper"):
            relay.to_participant(scene, "answer", person, message=message, automatic="")

    m.setattr(conversation, "relay_note", also)


def a_reply_to_a_note_is_an_answer(m: Any) -> None:
    """The audience of the address and of the mail answered is forgotten."""
    m.setattr(thread, "_audience", lambda tokens, candidates: "everyone")


def markers_are_text(m: Any) -> None:
    """A line that resembles an internal marker is relayed."""
    m.setattr(asking_back, "resembles_note", lambda text: False)


def quoted_notes_are_carried(m: Any) -> None:
    """Quoted lines are not cut, and nobody looks for a note's words in them."""
    m.setattr(asking_back, "quotes_note", lambda text, case: False)

    def whole(facts):
        message = facts.message
        return (
            facts
            if message is None
            else replace(facts, message=replace(message, visible=f"{message.visible}\n{message.folded}"))
        )

    m.setattr(decide, "_own_words", whole)


def answers_go_to_every_organisation(m: Any) -> None:
    """CAF's answer reaches CPAM."""
    real = relay.hearing_answer
    for module in (relay, agent_acts):
        m.setattr(
            module, "hearing_answer", lambda scene, voice, to_all=False: real(scene, voice, to_all=True)
        )


def history_shows_everything(m: Any) -> None:
    """Nobody asks who may read a message."""
    for module in (disclose, common_acts):
        if hasattr(module, "may_read"):
            m.setattr(module, "may_read", lambda *_: True)


def the_invited_read_what_was_answered(m: Any) -> None:
    """The first mail to an organisation invited later brings along the other's answers."""
    real = asking.tell_new_case

    def all_of_it(scene, person):
        case = scene.case
        shown = tuple(replace(x, side="helper") if x.audience == "everyone" else x for x in case.messages)
        scene.draft.case = replace(case, messages=shown)
        real(scene, person)
        scene.draft.case = replace(scene.draft.case, messages=case.messages)

    m.setattr(asking, "tell_new_case", all_of_it)


def forgers_are_believed(m: Any) -> None:
    """Whoever writes From is who it says."""
    real = senders.sender_of
    m.setattr(decide, "sender_of", lambda scene: s.with_proof("nothing") if (s := real(scene)) else s)


def strangers_join(m: Any) -> None:
    """Who has the address is a participant."""
    real = senders._outsider

    def anyone(scene, sender, case, token):
        found = real(scene, sender, case, token)
        holder = case.participant(token.address) if token else None
        return senders.Standing(relation="participant", participant=holder) if holder else found

    m.setattr(senders, "_outsider", anyone)


def who_left_still_receives(m: Any) -> None:
    """`pas moi` and `exclure` are acknowledged, and nothing happens."""
    no_second_look(m)
    real = Scene.do
    m.setattr(
        Scene, "do", lambda self, *effects: real(self, *(e for e in effects if not isinstance(e, Remove)))
    )


def who_left_is_still_heard(m: Any) -> None:
    """A leaver's mail is relayed as before."""
    real = senders.standing

    def gone_too(scene, sender, case, token):
        found = real(scene, sender, case, token)
        left = next((p for p in case.participants if p.address == sender.address), None)
        back = found.relation == "removed" and left
        return senders.Standing(relation="participant", participant=left) if back else found

    m.setattr(decide, "standing", gone_too)


def the_suspended_get_what_is_queued(m: Any) -> None:
    """Suspension holds for new mail only."""
    real = posting.load_standing
    m.setattr(posting, "load_standing", lambda *of: replace(real(*of), suspended=False))
    m.setattr(posting.suspension, "is_suspended", lambda *_: False)
    m.setattr(suspension, "update", lambda *_: _Nothing())


def leavers_of_a_group_get_what_is_queued(m: Any) -> None:
    """A reload forgets the queue."""
    m.setattr(roster, "_cancel_queued", lambda *_: None)


def experts_read_who_the_person_is(m: Any) -> None:
    """An expert's lens is that of the organisation that is helped."""
    no_second_look(m)
    real = disclose._lens

    def like_an_agent(directory, case, person, told):
        return real(directory, case, replace(person, role="agent"), told)

    m.setattr(disclose, "_lens", like_an_agent)


def experts_follow_a_case_that_is_over(m: Any) -> None:
    """The end of a case is not the end of an expert's part in it."""
    no_second_look(m)
    m.setattr(mails, "shut_out", lambda *_: False)
    m.setattr(disclose, "shut_out", lambda *_: False)
    m.setattr(senders, "follows", belongs)


def the_aidants_subject_is_ours(m: Any) -> None:
    """A subject repeats the words of the aidant's."""
    real = composing.frame_of

    def with_words(send, decision, facts, directory):
        frame = real(send, decision, facts, directory)
        case = facts.case(send.case_id) if send.case_id else None
        return replace(frame, about=case.subject if case else frame.about)

    m.setattr(composing, "frame_of", with_words)


def one_header_for_all(m: Any) -> None:
    """Everybody on the case stands in Cc."""
    no_second_look(m)
    real = composing.fields_of

    def with_others(send, frame, identity, at, subject, facts, policy, id_key):
        case = facts.case(send.case_id) if send.case_id else None
        others = ", ".join(p.address for p in case.active()) if case else ""
        found = real(send, frame, identity, at, subject, facts, policy, id_key)
        return [*found, ("Cc", others)] if others else found

    m.setattr(composing, "fields_of", with_others)


class _Nothing:
    """An update that changes no row."""

    def where(self, *_):
        return self

    def values(self, **_):
        from sqlalchemy import text

        return text("SELECT 1 WHERE 1 = 0")


# Each with the workflow that finds it first: the others are tried when that one does not any more.
MUTANTS: dict[Patch, int] = {
    notes_reach_the_aidant: 0,
    a_reply_to_a_note_is_an_answer: 1,
    markers_are_text: 1,
    quoted_notes_are_carried: 1,
    answers_go_to_every_organisation: 2,
    history_shows_everything: 1,
    the_invited_read_what_was_answered: 2,
    forgers_are_believed: 0,
    strangers_join: 0,
    who_left_still_receives: 0,
    who_left_is_still_heard: 0,
    the_suspended_get_what_is_queued: 2,
    leavers_of_a_group_get_what_is_queued: 2,
    experts_read_who_the_person_is: 0,
    experts_follow_a_case_that_is_over: 0,
    the_aidants_subject_is_ours: 0,
    one_header_for_all: 0,
}


def fails(folder, seed: int) -> bool:
    """Whether the property fails on this workflow."""
    with town(folder) as place:
        try:
            flow = Workflow(place, seed)
            for _ in range(STEPS):
                flow.step()
        except AssertionError as fault:
            return any(found in str(fault) for found in FINDINGS)
    return False


@pytest.mark.parametrize("mutant", MUTANTS, ids=[m.__name__ for m in MUTANTS])
def test_the_property_finds(tmp_path, monkeypatch, mutant):
    """One of the workflows ends with text where it must not be."""
    mutant(monkeypatch)
    for seed in sorted(range(SEEDS), key=lambda seed: (seed != MUTANTS[mutant], seed)):
        (tmp_path / str(seed)).mkdir()
        if fails(tmp_path / str(seed), seed):
            return
    raise AssertionError(f"survived {SEEDS} workflows: {mutant.__doc__}")
