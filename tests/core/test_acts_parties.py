"""Acts that change who works on a case: hand over, take over, not me, invite, exclude."""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

sys.path.insert(0, str(Path(__file__).parent))

from scenes import AURELIE, CAF_BOX, CLAIRE, JULIEN, KARIM, NOW, OPENED, ZOE, case, directory, facts, person

from mailrouter.core.decide.basis.evolve import after
from mailrouter.core.decide.decide import decide
from mailrouter.core.model import OurMail, Party, PersonState, Send

OPERATOR = "support@equipe-aplus.example"
SYLVIE = "sylvie.fabre@cahors.example"


def act(author, text, on=None, **more):
    """The decision, the case after it, and (recipient, template) of every mail."""
    gathered = facts(author, text, on or case(), **more)
    decision = decide(gathered, directory())
    sent = sorted((e.recipient, e.template) for e in decision.effects if isinstance(e, Send))
    return decision, after(gathered, decision), sent


def test_hand_over_to_a_colleague_on_the_case():
    """The owner changes; the aidant and the colleague are told, the speaker gets an acknowledgement."""
    decision, now, sent = act(CLAIRE, "Passer le relais à Julien Roques")
    assert decision.rule == "act:hand-over"
    assert now.party("CAF").owner == JULIEN
    assert {(ZOE, "taken"), (KARIM, "taken"), (JULIEN, "taken"), (CLAIRE, "acknowledged")} <= set(sent)
    assert now.participant(CLAIRE) is not None


def test_hand_over_brings_a_member_of_the_own_group_in():
    """A colleague who is not on the case joins it and gets the whole notice."""
    without_julien = case(participants=tuple(p for p in case().participants if p.address != JULIEN))
    _, now, sent = act(CLAIRE, f"passer le relais à {JULIEN}", without_julien)
    assert now.party("CAF").owner == JULIEN
    assert (JULIEN, "new-case-agent") in sent


@pytest.mark.parametrize(
    "target", ["Aurélie Vidal", AURELIE, "quelqu'un d'autre", "curieux@ailleurs.example", CLAIRE]
)
def test_hand_over_only_within_the_own_group(target):
    """Another organisation's agent, a stranger, oneself: nothing changes, what would work is said."""
    decision, now, sent = act(CLAIRE, f"passer le relais à {target}")
    assert decision.rule == "not-understood"
    assert now.party("CAF").owner == ""
    assert sent == [(CLAIRE, "not-understood")]


def test_an_aidant_hands_her_case_over():
    """A colleague of the structure becomes the creator; the first one stays on the case."""
    alone = case(participants=tuple(p for p in case().participants if p.address != KARIM))
    _, now, sent = act(ZOE, "passer le relais à Karim", alone)
    assert (now.creator, now.participant(KARIM).role, now.participant(ZOE).role) == (
        KARIM,
        "creator",
        "colleague",
    )
    assert {(KARIM, "joined"), (CLAIRE, "taken"), (ZOE, "acknowledged")} <= set(sent)


def test_a_colleague_takes_the_case_over():
    """`reprendre`: the colleague carries on as creator, everybody is told once."""
    decision, now, sent = act(KARIM, "reprendre")
    assert decision.rule == "act:take-over"
    assert now.creator == KARIM
    assert {(ZOE, "taken"), (CLAIRE, "taken"), (KARIM, "acknowledged")} <= set(sent)


@pytest.mark.parametrize("author", [ZOE, CLAIRE])
def test_taking_over_is_for_others_of_the_structure(author):
    """The creator has it already, and an agent never becomes one."""
    decision, now, _ = act(author, "reprendre")
    assert decision.rule == "not-understood"
    assert now.creator == ZOE


def test_not_me_names_a_colleague():
    """The colleague named takes over, who spoke leaves."""
    _, now, _ = act(CLAIRE, f"pas moi, voir {JULIEN}")
    assert now.party("CAF").owner == JULIEN
    assert now.participant(CLAIRE) is None


def test_not_me_names_an_organisation_which_is_proposed_to_the_aidant():
    """CPAM hears nothing before the aidant agrees."""
    _, now, sent = act(CLAIRE, "Pas moi, c'est la CPAM")
    assert now.proposed == ("CPAM",)
    assert {(ZOE, "suggestion"), (KARIM, "suggestion"), (JULIEN, "declined")} <= set(sent)
    assert AURELIE not in {to for to, _ in sent}


@pytest.mark.parametrize("word", ["CPAM", "ok", "inviter CPAM", "Oui, merci"])
def test_one_word_asks_the_proposed_organisation(word):
    """Its name, or `ok` in answer to the mail that proposed it."""
    ours = (OurMail(outbox_id="o", case_id="c" * 32, recipient=ZOE, template="suggestion", answered=True),)
    _, now, sent = act(ZOE, word, case(proposed=("CPAM",)), ours=ours)
    assert now.party("CPAM") is not None
    assert (AURELIE, "new-case-agent") in sent
    assert now.proposed == ()


def test_a_bare_ok_to_something_else_asks_nobody():
    """`ok` under an agent's answer is text between people (Situations 3)."""
    ours = (OurMail(outbox_id="o", case_id="c" * 32, recipient=ZOE, template="answer", answered=True),)
    _, now, _ = act(ZOE, "ok", case(proposed=("CPAM",)), ours=ours)
    assert now.party("CPAM") is None


def test_not_us_proposes_and_ends_the_part():
    """The organisation is not competent; with nobody at the one it names the operators are alerted."""
    _, now, sent = act(CLAIRE, "pas nous, c'est la CPAM")
    assert (now.party("CAF").state, now.state, now.proposed) == ("not-competent", "done", ("CPAM",))
    assert (ZOE, "not-competent") in sent
    _, now, sent = act(CLAIRE, "pas nous, voir avec la CARSAT")
    assert now.proposed == ()
    assert (OPERATOR, "operators-notice") in sent


def test_another_organisation_opens_a_done_case_again():
    """Wrong organisation: the aidant's word asks the right one, and the case is open again."""
    done = case("done", "not-competent", proposed=("CPAM",))
    _, now, sent = act(ZOE, "CPAM", done)
    assert (now.state, now.party("CPAM").state, now.party("CAF").state) == ("open", "new", "not-competent")
    assert (AURELIE, "new-case-agent") in sent
    assert {d.kind for d in now.dues} >= {"remind", "escalate"}


def test_the_last_one_who_leaves_is_replaced():
    """With nobody of the group left on the case its others join at once."""
    alone = case(participants=tuple(p for p in case().participants if p.address not in (JULIEN, CAF_BOX)))
    _, now, sent = act(CLAIRE, "pas moi", alone)
    assert now.participant(JULIEN) is not None
    assert (JULIEN, "new-case-agent") in sent


@pytest.mark.parametrize(
    ("target", "groups"),
    [
        ("CPAM", {"CPAM"}),
        ("la CPAM", {"CPAM"}),
        ("CPAM et MSA", {"CPAM", "MSA"}),
        ("CPAM du Lot", {"CPAM"}),
        ("CPAM 95", {"CPAM"}),
        ("CPAM Val-d'Oise", {"CPAM"}),
        ("CPAM demain", set()),
        ("CPAM 69", set()),
        ("CAF", set()),
        ("FS", set()),
        ("", set()),
        ("la préfecture", set()),
    ],
)
def test_invite_organisations(target, groups):
    """Known organisations and places, nothing else on the line; each that is asked is a party."""
    _, now, _ = act(ZOE, f"inviter {target}")
    assert {p.organisation for p in now.parties} == {"CAF"} | groups


def test_invite_another_territory_reaches_its_group():
    """`inviter CPAM 95` asks that unit; `inviter CAF 95` lets a second unit join the organisation on the case."""
    _, now, _ = act(ZOE, "inviter CPAM 95")
    assert now.party("CPAM").group == "cpam-val-d-oise"
    _, now, sent = act(ZOE, "inviter CAF 95")
    assert [(p.organisation, p.group) for p in now.parties] == [("CAF", "caf-lot")]
    assert now.participant("sophie.nguyen@caf95.example").group == "caf-val-d-oise"
    assert ("sophie.nguyen@caf95.example", "new-case-agent") in sent


@pytest.mark.parametrize(
    ("author", "address", "joins"),
    [
        (ZOE, AURELIE, False),
        (CLAIRE, AURELIE, False),
        (CLAIRE, "sophie.nguyen@caf95.example", False),
        (ZOE, "lucie.marchal@figeac.example", False),
        (ZOE, "curieux@ailleurs.example", False),
    ],
)
def test_invite_people(author, address, joins):
    """People of the own group or of one on the case; nobody else, whoever asks."""
    _, now, _ = act(author, f"inviter {address}")
    assert (now.participant(address) is not None) == joins


def test_who_left_is_not_brought_back_by_agents():
    """Excluded: only the aidant may invite that person again."""
    gone = replace(
        person(JULIEN, "agent", "caf-lot", "operator"), removed_at=OPENED, removed_because="excluded"
    )
    on = case(participants=(*(p for p in case().participants if p.address != JULIEN), gone))
    assert act(CLAIRE, f"inviter {JULIEN}", on)[1].participant(JULIEN) is None
    assert act(ZOE, f"inviter {JULIEN}", on)[1].participant(JULIEN) is not None


def test_excluded_by_name_and_never_told():
    """The owner excluded: nobody owns the part any more; that person hears nothing."""
    on = case(
        parties=(
            Party(organisation="CAF", group="caf-lot", state="in-progress", owner=CLAIRE, asked_at=OPENED),
        )
    )
    _, now, sent = act(ZOE, "exclure Claire", on)
    assert now.participant(CLAIRE) is None
    assert now.party("CAF").owner == ""
    assert CLAIRE not in {to for to, _ in sent}


def test_excluded_agents_are_not_a_reserve():
    """An absence must not bring the person back whom the aidant excluded."""
    gone = replace(
        person(JULIEN, "agent", "caf-lot", "operator"), removed_at=OPENED, removed_because="excluded"
    )
    on = case(participants=(*(p for p in case().participants if p.address not in (JULIEN, CAF_BOX)), gone))
    _, now, _ = act(CLAIRE, "pas moi", on)
    assert now.participant(JULIEN) is None


def test_agents_invite_on_a_careful_case_only_by_the_aidants_yes():
    """Situations 9: proposed, not asked."""
    _, now, sent = act(CLAIRE, "inviter CPAM", case(careful=True))
    assert now.party("CPAM") is None
    assert now.proposed == ("CPAM",)
    assert (ZOE, "suggestion") in sent


def test_fields_added_later_reach_those_entitled():
    """A number stated on an open case is held by the case, shown to CAF, and never stands in free text."""
    gathered = facts(ZOE, "Bonjour,\n\nVoici son numéro.\n\nNuméro d'allocataire : 1610475\n", case())
    decision = decide(gathered, directory())
    now = after(gathered, decision)
    assert now.field("allocataire") == "1610475"
    told = {e.recipient: e for e in decision.effects if isinstance(e, Send)}
    assert [f.value for f in told[CLAIRE].fields] == ["1610475"]
    assert "1610475" not in told[CLAIRE].text


def test_a_marker_alone_is_noted_and_relayed_to_nobody():
    """`Repère : …` by itself is nothing for the organisations to read."""
    decision, now, sent = act(ZOE, "Repère : logement 3")
    assert (decision.rule, now.marker(ZOE)) == ("marker-noted", "logement 3")
    assert sent == [(ZOE, "acknowledged")]


def test_careful_said_later_removes_shared_mailboxes():
    """`Contact prudent : oui` on an open case: named agents only from now on."""
    _, now, _ = act(ZOE, "Contact prudent : oui")
    assert now.careful
    assert now.participant(CAF_BOX) is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("plus tard jeudi", date(2026, 3, 5)),
        ("plus tard : 12 mars", date(2026, 3, 12)),
        ("plus tard dans 3 jours", date(2026, 3, 5)),
        ("plus tard demain", date(2026, 3, 3)),
        ("plus tard", date(2026, 3, 3)),
        ("plus tard 30/04", date(2026, 3, 17)),
        ("later thursday", date(2026, 3, 5)),
        ("plus tard samedi", date(2026, 3, 9)),
    ],
)
def test_later_moves_the_reminder(text, day):
    """To the opening of the day that is named, fifteen days off at most."""
    decision, now, sent = act(CLAIRE, text)
    due = next(d for d in now.dues if d.kind == "remind")
    assert decision.rule == "act:later"
    assert (due.at.date(), due.organisation) == (day, "CAF")
    assert sent == [(CLAIRE, "acknowledged")]


@pytest.mark.parametrize("text", ["plus tard hier", "plus tard 1er mars", "plus tard quand je pourrai"])
def test_later_wants_a_day_to_come(text):
    """A day that is past, or none: said so, nothing moves."""
    decision, now, _ = act(CLAIRE, text)
    assert decision.rule in ("not-understood", "on-case:token")
    assert [d.at for d in now.dues if d.kind == "remind"] in (
        [NOW],
        [d.at for d in now.dues if d.kind == "remind"],
    )
    assert decision.rule != "act:later"


def test_mandate_form_and_terms_on_a_case():
    """`mandat` sends the form back, `j'accepte` is remembered, on an incomplete case too."""
    assert act(ZOE, "mandat")[2] == [(ZOE, "mandate-form")]
    incomplete = case("incomplete", parties=(), mandate=None, participants=case().participants[:2])
    assert act(ZOE, "mandat", incomplete)[2] == [(ZOE, "mandate-form")]
    decision, _, sent = act(CLAIRE, "J'accepte", terms=False)
    assert sent == [(CLAIRE, "acknowledged")]
    assert any(getattr(e, "terms_version", None) for e in decision.effects)


def test_states_of_people_are_honoured():
    """A colleague who is away is no reserve while somebody else is there."""
    away = (PersonState(address=JULIEN, absent_until=date(2026, 4, 1)),)
    alone = case(participants=tuple(p for p in case().participants if p.address not in (JULIEN, CAF_BOX)))
    _, now, sent = act(CLAIRE, "pas moi", alone, people=away)
    assert now.participant(JULIEN) is None
    assert ("chef@caf46.example", "new-case-agent") in sent
    assert isinstance(now.opened_at, datetime)
    assert SYLVIE not in {to for to, _ in sent}
