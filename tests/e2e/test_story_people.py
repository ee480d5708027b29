"""Stories of people: who leaves, who joins, who is somebody else, who writes from two addresses, who says thank you."""

from __future__ import annotations

import shutil

import pytest
from story import absent, bounce, got, templates, until, well
from town import (
    AURELIE,
    CAF_BOX,
    CAF_CHIEF,
    CLAIRE,
    CONFIG,
    JULIEN,
    KARIM,
    OPERATOR,
    STRANGER,
    ZOE,
)
from town import town as open_town

from mailrouter.store import roster

SYLVIE = "sylvie.fabre@cahors.example"
NEW = "nina.costa@caf46.example"
CAF_MEMBERS = "members: [claire.martin@caf46.example, julien.roques@caf46.example]"
FS_MEMBERS = "members: [zoe.durand@cahors.example, karim.haddad@cahors.example]"


def edited(place, tmp_path, old: str, new: str, name: str = "territories/46-lot.yaml") -> None:
    """The operators edit a file, and the service reloads."""
    path = tmp_path / "config" / "routing" / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    assert place.app.reload() == ()


@pytest.mark.story("agent-leaves")
def test_an_agent_leaves_mid_case(tmp_path):
    """Claire owns the case and leaves the files: nothing more for her from that minute, Julien is told that it waits."""
    with open_town(tmp_path) as place:
        opened = place.open_case()
        place.answer(CLAIRE, opened.to(CLAIRE), "je m'en occupe")
        until(place, "2026-03-03 14:00")
        edited(place, tmp_path, CAF_MEMBERS, "members: [julien.roques@caf46.example]")
        left = place.settle()
        assert got(left) == [(CAF_BOX, "reminder"), (JULIEN, "reminder")]
        assert (place.case().party("CAF").owner, place.case().participant(CLAIRE)) == ("", None)
        late = place.answer(CLAIRE, opened.to(CLAIRE), "Voici finalement la réponse.")
        assert late.disposition == "held"
        more = place.answer(ZOE, opened.to(ZOE), "Bonjour, une précision : elle a déménagé.")
        assert {to for to, _ in more.sent()} == {JULIEN, CAF_BOX}
        rest = until(place, "2026-03-20 12:00")
        assert templates(rest, CLAIRE) == {}
        well(place)


@pytest.mark.story("aidant-leaves")
def test_the_aidant_leaves_her_structure(tmp_path):
    """Her colleague on the case is asked in the same minute; the case stays with the structure."""
    with open_town(tmp_path) as place:
        opened = place.open_case(cc=[KARIM])
        edited(place, tmp_path, FS_MEMBERS, "members: [karim.haddad@cahors.example]")
        asked = place.settle()
        assert got(asked) == [(KARIM, "helper-away")]
        assert "ne fait plus partie" in asked.to(KARIM).text
        place.answer(KARIM, asked.to(KARIM), "Reprendre")
        assert place.case().creator == KARIM
        answer = place.answer(CLAIRE, opened.to(CLAIRE), "Il manque une attestation.")
        assert {to for to, _ in answer.sent() if to not in (JULIEN, CAF_BOX)} == {KARIM}
        well(place)


def test_an_aidant_alone_leaves_her_structure(tmp_path):
    """With nobody on the case the manager is asked, never another helper group; again while nobody carries on."""
    with open_town(tmp_path) as place:
        place.open_case()
        edited(place, tmp_path, FS_MEMBERS, "members: [karim.haddad@cahors.example]")
        assert got(place.settle()) == [(SYLVIE, "helper-away")]
        later = until(place, "2026-03-10 12:00")
        assert (SYLVIE, "helper-away") in got(later)
        handed = place.answer(SYLVIE, later.to(SYLVIE, "helper-away"), "passer le relais à Karim Haddad")
        assert place.case().creator == KARIM
        assert (KARIM, "joined") in handed.sent()
        well(place)


@pytest.mark.story("new-member")
def test_a_new_member_gets_the_open_cases_when_an_operator_says_so(tmp_path):
    """Joining the files opens nothing that is open already; the operator's word does."""
    with open_town(tmp_path) as place:
        opened = place.open_case()
        people = "  - { address: claire.martin@caf46.example, name: Claire Martin }"
        edited(
            place, tmp_path, people, f"{people}\n  - {{ address: {NEW}, name: Nina Costa }}", "people.yaml"
        )
        edited(place, tmp_path, CAF_MEMBERS, f"{CAF_MEMBERS[:-1]}, {NEW}]")
        place.settle()
        before = place.answer(ZOE, opened.to(ZOE), "Une première précision utile.")
        assert NEW not in {to for to, _ in before.sent()}
        app = place.app
        cases = app.store.write(lambda c: roster.join(c, app.sealer, app.office.directory, NEW, place.now))
        assert cases == 1
        assert (NEW, "new-case-agent") in place.settle().sent()
        after = place.answer(ZOE, opened.to(ZOE), "Une seconde précision utile.")
        assert NEW in {to for to, _ in after.sent()}
        well(place)


@pytest.mark.story("two-addresses")
def test_the_person_behind_two_addresses(story):
    """Zoé writes from her alias: the same person, the same case, the answers go to her own address."""
    opened = story.open_case(author="zdurand@cahors.example")
    assert story.case().creator == ZOE
    until(story, "2026-03-03 09:00")
    more = story.write(
        "zdurand@cahors.example",
        opened.to(ZOE).reply_to,
        "Re: dossier",
        "Voici la pièce demandée hier.",
        answers=opened.to(ZOE),
    )
    assert (CLAIRE, "message") in more.sent()
    answer = story.answer(CLAIRE, opened.to(CLAIRE), "Bien reçue, le droit est rétabli.")
    assert "zdurand@cahors.example" not in {to for to, _ in answer.sent()}
    closed = story.write(
        "zdurand@cahors.example", opened.to(ZOE).reply_to, "Re: dossier", "clore oui", answers=opened.to(ZOE)
    )
    assert closed.rule == "act:close"


@pytest.mark.story("note-quoted")
def test_reply_all_with_the_quote_of_a_note(story):
    """Julien answers above a note's quote; later Claire forwards the note to Zoé past the service, and Zoé replies to
    everybody with it below. Nothing of it reaches an aidant through us, neither from the agent nor from her."""
    opened = story.open_case(cc=[KARIM])
    note = story.answer(CLAIRE, opened.to(CLAIRE), "note : SECRETNOTE elle a un indu en cours")
    assert {to for to, _ in note.sent()} == {JULIEN, CAF_BOX}
    quoted = "\n".join(f"> {line}" for line in note.to(JULIEN).text.splitlines())
    said = "Le lun. 2 mars 2026 à 10:00, Claire a écrit :"
    body = f"Bonjour Zoé, le dossier avance bien.\n\n{said}\n{quoted}\n"
    answer = story.write(JULIEN, opened.to(JULIEN).reply_to, "Re: dossier", body, answers=opened.to(JULIEN))
    assert "avance bien" in answer.to(ZOE).text
    assert "SECRETNOTE" not in "".join(x.raw.decode("utf-8", "replace") + x.text for x in answer.letters)
    until(story, "2026-03-03 09:00")
    body = f"Bonjour, je découvre cet échange. Que faut-il faire ?\n\n{said}\n{quoted}\n"
    everybody = [opened.to(ZOE).reply_to, KARIM, CLAIRE]
    again = story.write(ZOE, everybody, "Re: dossier", body, answers=answer.to(ZOE))
    assert {(KARIM, "message"), (CLAIRE, "message")} <= set(again.sent())
    assert "SECRETNOTE" not in "".join(x.raw.decode("utf-8", "replace") + x.text for x in again.letters)
    for who in (ZOE, KARIM):
        history = story.answer(who, again.to(KARIM) if who == KARIM else opened.to(ZOE), "historique")
        assert "SECRETNOTE" not in history.to(who).text


@pytest.mark.story("reopened-after-a-month")
def test_reopened_after_a_month(story):
    """Closed in March; in April the payment is still missing: everybody works on, and is reminded again."""
    opened = story.open_case()
    story.answer(CLAIRE, opened.to(CLAIRE), "je m'en occupe")
    done = story.answer(CLAIRE, opened.to(CLAIRE), "traité")
    story.answer(ZOE, done.to(ZOE), "clore oui")
    thanks = story.answer(CLAIRE, opened.to(CLAIRE), "Avec plaisir, bon courage à elle.")
    assert (thanks.disposition, story.case().state) == ("attached", "closed")
    until(story, "2026-04-07 10:00")
    again = story.answer(ZOE, opened.to(ZOE), "Bonjour, le paiement de mars n'est pas arrivé.")
    assert story.case().state == "open"
    assert "reprend" in again.to(CLAIRE).text
    reminded = until(story, "2026-04-10 12:00")
    assert (CLAIRE, "reminder") in got(reminded)


def test_an_answer_after_closing(story):
    """An agent's message after closing is relayed, and does not reopen."""
    opened = story.open_case()
    story.answer(ZOE, opened.to(ZOE), "clore non")
    assert story.case().dues == ()
    late = story.answer(CLAIRE, opened.to(CLAIRE), "Voici enfin la réponse.")
    assert late.disposition == "attached" and story.case().state == "closed"
    assert "Voici enfin la réponse." in late.to(ZOE).text


@pytest.mark.story("excluded-silently")
def test_excluded_silently(story):
    """The neighbour works at CAF: excluded, never told, and never a reserve when the others are away."""
    opened = story.open_case()
    excluded = story.answer(ZOE, opened.to(ZOE), f"exclure {JULIEN}")
    assert got(excluded) == [(ZOE, "acknowledged")]
    for who in (CLAIRE, CAF_BOX):
        absent(story, who, opened.to(who), "Absence jusqu'au 31 mars 2026 inclus.")
    assert story.case().participant(CAF_CHIEF) is not None
    rest = until(story, "2026-03-13 12:00")
    assert templates(rest, JULIEN) == {}


@pytest.mark.story("handed-over")
def test_handed_over_for_a_holiday(story):
    """Before leaving, Claire hands her part to Julien; the answers come from him."""
    opened = story.open_case()
    story.answer(CLAIRE, opened.to(CLAIRE), "je m'en occupe")
    handed = story.answer(CLAIRE, opened.to(CLAIRE), "Passer le relais à Julien Roques")
    assert (JULIEN, "taken") in handed.sent()
    more = story.answer(ZOE, opened.to(ZOE), "Voici l'attestation de loyer.")
    assert {to for to, _ in more.sent()} == {JULIEN, CAF_BOX}


@pytest.mark.story("mandate-withdrawn")
def test_mandate_withdrawn(story):
    """Everything stops: nothing goes anywhere any more, the agents are asked to delete their copies."""
    opened = story.open_case()
    out = story.answer(ZOE, opened.to(ZOE), "Retrait du mandat")
    assert {t for _, t in out.sent()} == {"withdrawn"}
    assert {to for to, _ in out.sent()} == {ZOE, CLAIRE, JULIEN, CAF_BOX}
    late = story.answer(CLAIRE, opened.to(CLAIRE), "Voici la réponse complète.")
    assert ZOE not in {to for to, _ in late.sent()}
    assert got(until(story, "2026-06-01 12:00")) == []


def test_a_stranger_an_absence_and_a_forged_bounce(story):
    """What is not proven changes nothing: no silence is imposed on anybody from outside."""
    opened = story.open_case()
    stranger = story.write(
        STRANGER,
        opened.to(CLAIRE).reply_to,
        "Absence",
        "Claire est absente jusqu'en mai.",
        headers={"Auto-Submitted": "auto-replied"},
    )
    assert {to for to, _ in stranger.sent()} <= {OPERATOR}
    forged = (
        bounce(story, opened.to(CLAIRE), "5.1.1")
        if False
        else story.write(
            CLAIRE,
            "lot@aplus.example",
            "Absence",
            "Je suis absente jusqu'au 1er mai 2026.",
            headers={"Auto-Submitted": "auto-replied"},
            aligned=False,
            mail_from="",
        )
    )
    assert forged.disposition == "ignored"
    thursday = until(story, "2026-03-05 10:00")
    assert (CLAIRE, "reminder") in got(thursday)
    assert AURELIE not in {to for to, _ in thursday.sent()}


def test_wednesday_people_prefer_another_day(tmp_path):
    """A digest comes on the day and hour its reader chose."""
    shutil.copytree(CONFIG, tmp_path / "own")
    people = tmp_path / "own" / "routing" / "people.yaml"
    people.write_text(
        people.read_text().replace(
            "{ address: claire.martin@caf46.example, name: Claire Martin }",
            "{ address: claire.martin@caf46.example, name: Claire Martin, digest: wednesday 14 }",
        )
    )
    with open_town(tmp_path, config=tmp_path / "own") as place:
        place.open_case()
        assert "digest" not in templates(until(place, "2026-03-04 13:59"), CLAIRE)
        assert templates(until(place, "2026-03-04 14:00"), CLAIRE)["digest"] == 1
        well(place)


@pytest.mark.story("list-by-line")
def test_a_list_is_answered_by_line(tmp_path):
    """`1 clore oui` and `2 plus tard jeudi` in one reply: each on its own case; a stranger's number does nothing, and
    what was not understood is told."""
    with open_town(tmp_path) as place:
        for n in range(3):
            place.now = place.now.replace(minute=n)
            place.open_case(f"Dossier {n} : le droit est bloqué.")
        thursday = until(place, "2026-03-05 23:00")
        listing = place.write(ZOE, "liste@aplus.example", "liste", "liste").to(ZOE)
        out = place.answer(ZOE, listing, "1 clore oui\n3 : clore non\n77 clore oui", to="liste@aplus.example")
        assert out.rule == "answered-by-line"
        told = out.to(ZOE, "listing").text
        assert "- 77 clore oui" in told and "- 1 clore" not in told, "what was not understood is said"
        states = {int(c.number.split("-")[1]): (c.state, c.useful) for c in cases(place)}
        assert states == {1: ("closed", "yes"), 2: ("open", ""), 3: ("closed", "no")}
        taken = place.answer(CLAIRE, thursday.to(CLAIRE, "notices"), "2 je m'en occupe\n1 traité")
        assert taken.letters and (ZOE, "taken") in taken.sent()
        assert next(c for c in cases(place) if c.state == "open").party("CAF").owner == CLAIRE
        foreign = place.write(AURELIE, "liste@aplus.example", "liste", "2 traité")
        assert foreign.sent() == [(AURELIE, "listing")]
        well(place)


def cases(place):
    """Every case, as it is."""
    from sqlalchemy import select

    from mailrouter.store.casebook.view import CASE, load_case

    read = place.app.store.read
    ids = read(lambda c: c.execute(select(CASE.c.id).order_by(CASE.c.number)).scalars().all())
    return [read(lambda c, i=i: load_case(c, place.app.sealer, i)) for i in ids]
