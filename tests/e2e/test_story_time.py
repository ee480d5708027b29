"""Stories of time passing: reminders, escalation, silence, closing, holidays, an outage, the change of clocks."""

from __future__ import annotations

import shutil
from datetime import timedelta

import pytest
from story import PARIS, absent, bounce, got, sleep_until, templates, until, well
from town import (
    AURELIE,
    BERNARD,
    CAF_BOX,
    CAF_CHIEF,
    CLAIRE,
    CONFIG,
    JULIEN,
    KARIM,
    OPERATOR,
    THOMAS,
    ZOE,
)
from town import town as open_town

from mailrouter.core.policy.calendar import next_open

NADIA = "nadia.benali@equipe-aplus.example"  # expert of CAF
HELENE = "helene.costes@prefecture46.example"  # territory manager
SYLVIE = "sylvie.fabre@cahors.example"  # manager of France Services Cahors


@pytest.mark.story("good-week")
def test_the_good_week(story):
    """Monday asked, Tuesday taken and answered, Wednesday done, closed with thanks: nobody was reminded of anything."""
    opened = story.open_case()  # Monday 2 March, 10:00
    assert "3 jours ouvrés" in opened.to(ZOE).text
    until(story, "2026-03-03 09:30")
    story.answer(CLAIRE, opened.to(CLAIRE), "Je m'en occupe")
    until(story, "2026-03-03 16:00")
    answered = story.answer(CLAIRE, opened.to(CLAIRE), "Bonjour,\n\nLe droit est rétabli depuis août.")
    assert "rétabli" in answered.to(ZOE).text
    until(story, "2026-03-04 11:00")
    done = story.answer(CLAIRE, opened.to(CLAIRE), "traité")
    closed = story.answer(ZOE, done.to(ZOE), "clore oui\n\nMerci beaucoup, elle est soulagée !")
    assert {to for to, _ in closed.sent()} == {ZOE, CLAIRE, CAF_BOX}
    rest = until(story, "2026-06-30 12:00")
    assert rest.letters == []
    assert (story.case().state, story.case().useful) == ("closed", "yes")


@pytest.mark.story("forgotten-by-everyone")
def test_nobody_answers(story):
    """A case forgotten by everyone: the system does not forget. Each step at its time, none by surprise."""
    story.open_case()
    assert got(until(story, "2026-03-05 09:59")) == []
    first = until(story, "2026-03-05 10:00")
    assert got(first) == [(CAF_BOX, "reminder"), (CLAIRE, "reminder"), (JULIEN, "reminder")]
    monday = until(story, "2026-03-09 10:00")
    assert got(monday) == [(CAF_CHIEF, "escalation"), (NADIA, "escalation")]
    assert "Dupont" not in "".join(x.text for x in monday.letters)
    tuesday = until(story, "2026-03-10 10:00")
    assert got(tuesday) == [(CAF_BOX, "reminder"), (CLAIRE, "reminder"), (JULIEN, "reminder")]
    april = until(story, "2026-04-02 12:00")
    assert (HELENE, "escalation") in got(april)
    may = until(story, "2026-05-15 12:00")
    assert templates(may, CLAIRE)["reminder"] == 3, "seldom, once it is escalated"
    asked = sleep_until(story, "2026-09-03 12:00")
    assert (ZOE, "asked-to-close") in got(asked)
    end = sleep_until(story, "2026-09-20 12:00")
    assert story.case().state == "closed"
    assert (ZOE, "closed") in got(end)


@pytest.mark.story("answered-then-silence")
def test_answered_and_then_silence(story):
    """Ten days after an answer the aidant is asked; fifteen days of silence remind the agent who took it."""
    opened = story.open_case()
    story.answer(
        CLAIRE, opened.to(CLAIRE), "je m'en occupe\n\nJe demande la pièce au service des paiements demain."
    )
    ten = until(story, "2026-03-12 11:00")
    assert got(ten) == [(ZOE, "asked-to-close")]
    fifteen = until(story, "2026-03-17 11:00")
    assert (CLAIRE, "reminder") in got(fifteen)
    assert JULIEN not in {to for to, _ in got(fifteen)}


@pytest.mark.story("done-never-closed")
def test_done_and_never_closed(story):
    """Asked at once, asked twice, then closed after thirty days: told with the day of the wipe."""
    opened = story.open_case()
    done = story.answer(CLAIRE, opened.to(CLAIRE), "traité")
    assert got(done) == [(ZOE, "asked-to-close")]
    assert "1er avril" in done.to(ZOE).text
    march = until(story, "2026-03-31 23:00")
    assert got(march) == [(ZOE, "asked-to-close"), (ZOE, "asked-to-close")]
    april = until(story, "2026-04-01 23:00")
    assert (ZOE, "closed") in got(april)
    # The closing mail asks everybody for their copies, with the day of the wipe: six months later.
    for letter in (x for x in april.letters if x.template == "closed"):
        assert "supprimer de votre messagerie" in letter.text and "avant le 1er octobre 2026" in letter.text
    assert story.case().state == "closed"


@pytest.mark.story("incomplete-dropped")
def test_incomplete_and_dropped(story):
    """Recalled after one working day, once; dropped after thirty days; nothing ever reached an organisation."""
    asked = story.write(
        ZOE, "lot@aplus.example", "Une dame", "Bonjour, je vous écris pour une dame en difficulté."
    )
    assert got(asked) == [(ZOE, "incomplete")]
    tuesday = until(story, "2026-03-03 12:00")
    assert got(tuesday) == [(ZOE, "incomplete")]
    assert got(until(story, "2026-03-31 12:00")) == []
    dropped = until(story, "2026-04-01 23:00")
    assert got(dropped) == [(ZOE, "closed")]


@pytest.mark.story("week-of-downtime")
def test_a_week_of_downtime(story):
    """The service is off from Tuesday to Tuesday: one reminder, one escalation, no storm, nothing skipped."""
    story.open_case()
    until(story, "2026-03-03 12:00")
    after = sleep_until(story, "2026-03-17 08:30")
    assert templates(after, CLAIRE) in ({"reminder": 1}, {"reminder": 1, "digest": 1})
    assert templates(after, CAF_CHIEF)["escalation"] == 1
    assert story.settle().letters == []
    assert templates(until(story, "2026-03-18 23:00"), CLAIRE)["reminder"] == 0


def test_five_weeks_of_downtime(story):
    """Closings and digests fell due meanwhile: each happens once, in one go, with the day that is true now."""
    done = story.open_case()
    story.answer(CLAIRE, done.to(CLAIRE), "traité")
    number = story.case().number
    story.now += timedelta(minutes=1)
    story.write(ZOE, "lot@aplus.example", "Une dame", "Bonjour, je vous écris pour une dame en difficulté.")
    after = sleep_until(story, "2026-04-08 10:00")
    assert templates(after, ZOE)["closed"] == 2
    assert templates(after, ZOE)["asked-to-close"] <= 1 and templates(after, ZOE)["incomplete"] <= 1
    assert templates(after, ZOE)["digest"] <= 1
    assert story.case(number).state == "closed"
    closed = [x for x in after.letters if x.to == CLAIRE and x.template == "closed"]
    assert "supprimer de votre messagerie" in closed[0].text and "8 octobre 2026" in closed[0].text
    assert story.settle().letters == []


def test_the_clock_changes_in_between(story):
    """Asked on Friday 27 March at 16:30; clocks change on Sunday; the reminder comes on Wednesday at 16:30."""
    until(story, "2026-03-27 16:30")
    story.open_case()
    assert got(until(story, "2026-04-01 16:29")) == []
    assert (CLAIRE, "reminder") in got(until(story, "2026-04-01 16:30"))


def test_public_holidays_do_not_count(story):
    """Asked on Thursday 30 April: 1 May and 8 May are off."""
    until(story, "2026-04-30 10:00")
    story.open_case()
    assert got(until(story, "2026-05-06 09:59")) == []
    assert (CLAIRE, "reminder") in got(until(story, "2026-05-06 10:00"))


@pytest.mark.story("august")
def test_everyone_on_holiday_in_august(story):
    """One after the other answers from the beach: the colleague, the chief, then the aidant is told; September works."""
    until(story, "2026-08-03 10:00")
    opened = story.open_case()
    absent(story, CLAIRE, opened.to(CLAIRE), "Je suis absente jusqu'au 31 août 2026 inclus.")
    absent(story, CAF_BOX, opened.to(CAF_BOX), "Le service est fermé jusqu'au 31 août 2026 inclus.")
    last = absent(story, JULIEN, opened.to(JULIEN), "En congés, de retour le 1er septembre 2026.")
    assert (CAF_CHIEF, "new-case-agent") in last.sent()
    alone = absent(story, CAF_CHIEF, last.to(CAF_CHIEF), "Absent jusqu'au 23 août 2026 inclus.")
    assert (ZOE, "absence-told") in alone.sent()
    assert "05 65 00 46 01" in alone.to(ZOE, "absence-told").text
    assert (OPERATOR, "operators-notice") in alone.sent()
    august = until(story, "2026-08-23 23:00")
    assert not {CLAIRE, JULIEN, CAF_BOX, CAF_CHIEF} & {to for to, _ in got(august)}
    assert story.case().dues
    monday = until(story, "2026-08-24 12:00")
    assert got(monday) == [(CAF_CHIEF, "reminder")], "the chief is back first"
    september = until(story, "2026-09-09 12:00")
    assert (CLAIRE, "reminder") in got(september)


def test_the_aidant_hears_who_is_back_first(story):
    """The agents are back on the 6th and 9th, the chief on the 21st: she is told the first of these days, and a mailbox
    that failed beside does not make it "no longer arrives"."""
    opened = story.open_case(to="lot+cpam@aplus.example")
    absent(story, AURELIE, opened.to(AURELIE), "Absente jusqu'au 8 mars 2026 inclus.")
    chief = absent(story, THOMAS, opened.to(THOMAS), "Absent jusqu'au 5 mars 2026 inclus.").letters[0]
    told = bounce(story, chief, "5.1.1").to(ZOE, "absence-told")
    assert "sont absentes : CPAM" in told.text and "Premier retour attendu le 6 mars 2026" in told.text


@pytest.mark.story("urgent-everybody-away")
def test_urgent_with_everybody_away_tells_the_aidant_at_once(story):
    """The group's absence is known; an urgent case says so in the same minute, with the number to call."""
    first = story.open_case()
    for who in (CLAIRE, JULIEN, CAF_BOX):
        absent(story, who, first.to(who), "Absence jusqu'au 13 mars 2026 inclus.")
    chief = story.case().participant(CAF_CHIEF)
    assert chief is not None
    absent(story, CAF_CHIEF, first.to(CLAIRE), "Absence jusqu'au 13 mars 2026 inclus.")
    urgent = story.open_case("Urgent : expulsion, 03/03/2026\n")
    told = urgent.to(ZOE, "absence-told")
    assert "05 65 00 46 01" in told.text and "Premier retour attendu le 16 mars 2026" in told.text, "a Monday"
    receipt = urgent.to(ZOE, "receipt").text
    assert "expulsion, 3 mars 2026" in receipt and "sera lu" not in receipt and "est attendue" not in receipt


@pytest.mark.story("mailbox-full-three-days")
def test_mailbox_full_for_three_days(story):
    """5.2.2 is a delay: nobody is replaced, and once she writes, what she missed is sent again, the same mail."""
    opened = story.open_case(to="lot+cpam@aplus.example")
    letter = opened.to(AURELIE)
    assert bounce(story, letter, "5.2.2", "mailbox full").letters == []
    more = story.answer(ZOE, opened.to(ZOE), "Voici une pièce qui manquait au dossier.")
    assert bounce(story, more.to(AURELIE), "5.2.2", "mailbox full").letters == []
    until(story, "2026-03-05 09:00")
    back = story.answer(AURELIE, letter, "Bonjour, ma boîte était pleine, je regarde.", quote=False)
    assert sent_twice(story, AURELIE) == {
        letter.message["Message-ID"],
        more.to(AURELIE).message["Message-ID"],
    }
    assert (ZOE, "answer") in back.sent()


def sent_twice(story, who) -> set[str]:
    """The Message-IDs that `who` was sent twice."""
    ids = [str(x.message["Message-ID"]) for x in story_letters(story) if x.to == who]
    return {i for i in ids if ids.count(i) == 2}


@pytest.mark.story("mailbox-full-too-long")
def test_mailbox_full_for_too_long(story):
    """After five days it counts as failing, and the case goes on with others."""
    opened = story.open_case(to="lot+ddfip@aplus.example")
    for who in (BERNARD, "aplus@ddfip46.example"):
        bounce(story, opened.to(who), "4.2.2", "mailbox full") if False else bounce(
            story, opened.to(who), "5.2.2"
        )
    later = until(story, "2026-03-09 09:00")
    assert ("isabelle.serres@ddfip46.example", "new-case-agent") in got(later)


@pytest.mark.story("dead-address")
def test_a_dead_address_goes_to_the_others_at_once(story):
    """A permanent failure of both agents: the manager gets the case in the same minute, the address is marked."""
    opened = story.open_case(to="lot+cpam@aplus.example")
    assert got(bounce(story, opened.to(AURELIE), "5.1.1")) == []
    second = bounce(story, opened.to(THOMAS), "5.1.1")
    assert ("cadre.aplus@cpam46.example", "new-case-agent") in second.sent()
    message = story.answer(ZOE, opened.to(ZOE), "Une précision sur ce dossier.")
    assert {to for to, _ in message.sent()} == {"cadre.aplus@cpam46.example"}


@pytest.mark.story("one-mail-a-day")
def test_one_bundled_mail_a_day(story):
    """Eight cases opened on one morning: on Thursday one mail each, not eight; answered by line."""
    for n in range(8):
        story.now = story.now.replace(minute=n)
        story.open_case(f"Dossier numéro {n} de la matinée, droit bloqué.")
    thursday = until(story, "2026-03-05 23:00")
    assert templates(thursday, CLAIRE) == {"notices": 1}
    assert templates(thursday, CAF_BOX) == {"notices": 1}
    bundle = thursday.to(CLAIRE)
    places = [bundle.text.find(number) for number in sorted(_numbers(story))]
    assert len(places) == 8 and -1 not in places and places == sorted(places), "all of them, the oldest first"
    assert "DUPONT" not in bundle.text and "Marie" not in bundle.text
    friday = until(story, "2026-03-06 23:00")
    assert got(friday) == []


def test_weekly_digests_by_role_and_preference(story):
    """Monday at eight: agents and aidant; the chief and the territory's manager get counts; who has nothing gets nothing."""
    story.open_case()
    week = until(story, "2026-03-09 08:00")
    digests = {x.to: x.text for x in week.letters if x.template == "digest"}
    number = story.case().number
    assert set(digests) == {ZOE, CLAIRE, JULIEN, CAF_CHIEF, HELENE}
    assert number in digests[CLAIRE] and number in digests[ZOE]
    for manager in (CAF_CHIEF, HELENE):
        assert number not in digests[manager] and "1 en cours" in digests[manager]
    story.answer(ZOE, story_receipt(week, story), "clore oui", quote=False)
    after = until(story, "2026-03-23 12:00")
    assert after.letters == []


def story_receipt(outcome, story):
    """Any letter of the case to Zoé: her digest is none, so the closing is written to the case's own address."""
    asked = story.write(ZOE, "liste@aplus.example", "liste", "liste")
    assert asked.sent() == [(ZOE, "listing")]
    return next(x for x in story_letters(story) if x.to == ZOE and x.template == "receipt")


def story_letters(story):
    """Everything that was ever delivered."""
    return [story._letter(i) for i in story.app.worker.transport.delivered]


def _numbers(story) -> list[str]:
    from sqlalchemy import select

    from mailrouter.store.casebook.view import CASE

    return list(story.app.store.read(lambda c: c.execute(select(CASE.c.number)).scalars().all()))


@pytest.mark.story("aidant-away")
def test_the_aidant_is_away_for_two_weeks(story):
    """After two days her colleague on the case is asked and carries on; the answers come to him."""
    opened = story.open_case(cc=[KARIM])
    absent(story, ZOE, opened.to(ZOE), "Je suis absente jusqu'au 20 mars 2026 inclus.")
    wednesday = until(story, "2026-03-04 12:00")
    assert (KARIM, "helper-away") in got(wednesday)
    taken = story.answer(KARIM, wednesday.to(KARIM, "helper-away"), "reprendre")
    assert story.case().creator == KARIM
    assert (CLAIRE, "taken") in taken.sent()
    answer = story.answer(CLAIRE, opened.to(CLAIRE), "Il manque une attestation de loyer.")
    assert KARIM in {to for to, _ in answer.sent()}


def test_an_aidant_alone_who_is_away(story):
    """With no colleague on the case the manager of her structure is asked."""
    opened = story.open_case()
    absent(story, ZOE, opened.to(ZOE), "Je suis absente jusqu'au 20 mars 2026 inclus.")
    wednesday = until(story, "2026-03-04 12:00")
    assert (SYLVIE, "helper-away") in got(wednesday)
    back = story.answer(ZOE, opened.to(ZOE), "Je suis rentrée plus tôt, voici la pièce.")
    assert (CLAIRE, "message") in back.sent()
    assert got(until(story, "2026-03-20 12:00"), "reminder", "escalation", "asked-to-close") == []


def test_later_on_thursday_week(story):
    """`plus tard` moves reminder and escalation once; silence after it is escalated as ever."""
    opened = story.open_case()
    story.answer(CLAIRE, opened.to(CLAIRE), "plus tard 12 mars")
    assert got(until(story, "2026-03-12 08:59")) == []
    assert (CLAIRE, "reminder") in got(until(story, "2026-03-12 09:00"))
    assert (CAF_CHIEF, "escalation") in got(until(story, "2026-03-13 12:00"))


@pytest.mark.story("open-too-long")
def test_open_as_long_as_any_case_may_be(tmp_path):
    """Somebody writes now and then; near the cap (two months here) the aidant is warned twice, then it is closed."""
    shutil.copytree(CONFIG, tmp_path / "short")
    timing = tmp_path / "short" / "routing" / "timing.yaml"
    timing.write_text(timing.read_text().replace("open_case: 24 months", "open_case: 3 months"))
    with open_town(tmp_path, config=tmp_path / "short") as place:
        opened = place.open_case()
        warned = []
        for day in ("03-30", "05-04", "05-25"):
            warned += until(place, f"2026-{day} 10:00").letters
            place.answer(CLAIRE, opened.to(CLAIRE), f"Le dossier est à l'étude, merci de patienter ({day}).")
        last = until(place, "2026-06-02 12:00")
        caps = [
            x for x in warned if x.template == "asked-to-close" and "reste ouverte 3 mois au plus" in x.text
        ]
        assert len(caps) == 2
        assert "2 juin 2026" in caps[0].text
        assert (ZOE, "closed") in got(last)
        assert place.case().state == "closed"
        well(place)


def test_every_open_case_has_a_next_due_act_and_a_command_names_those_without(story, capsys, monkeypatch):
    """The store refuses a decision that would leave a case without one; `db check` names a case whose dues are gone."""
    from mailrouter.cli import main
    from mailrouter.store.casebook import record as recording

    opened = story.open_case()
    config = str(story.app.config_dir)

    def checked() -> int:
        with pytest.raises(SystemExit) as ended:
            main(["db", "check", "--config", config])
        return ended.value.code

    assert checked() == 0
    without = lambda scene, due: None  # noqa: E731  a due that schedules nothing after itself
    from mailrouter.core.decide.tick import timing

    for kind in ("remind", "escalate", "inactive", "cap-notice", "cap"):
        monkeypatch.setitem(timing.ON_TIME, kind, without)
    last = story.case().dues
    story.app.store.write(
        lambda c: c.exec_driver_sql("UPDATE due SET done_at = at WHERE kind NOT IN ('remind')") and None
    )
    until(story, "2026-03-05 12:00")
    waiting = story.app.store.read(
        lambda c: c.exec_driver_sql(
            "SELECT kind, fault FROM due WHERE done_at IS NULL AND case_id != ''"
        ).all()
    )
    assert len(last) > 3 and [kind for kind, _ in waiting] == ["remind"]
    assert recording.Forgotten.__name__ in waiting[0][1]
    story.app.store.write(lambda c: c.exec_driver_sql("UPDATE due SET done_at = at") and None)
    capsys.readouterr()
    assert checked() == 1
    assert f"case {story.case().number} is open and has no next due act" in capsys.readouterr().err
    monkeypatch.undo()
    answer = story.answer(CLAIRE, opened.to(CLAIRE), "Le droit est rétabli.")
    assert (ZOE, "answer") in answer.sent()
    assert checked() == 0


def test_nobody_is_written_to_while_nobody_works(story):
    """Asked on a Wednesday at noon, answered that night: fifteen days later is a night too, ten days a Saturday, then
    Sundays and holidays come; every mail that time brings comes in working hours, but the digests' own hour."""
    opened = story.open_case()
    until(story, "2026-03-04 22:40")
    story.answer(CLAIRE, opened.to(CLAIRE), "Je demande la pièce au service des paiements.")
    moments = []
    while (due := story.next_due()) and story.case().state == "open":
        story.now = max(story.now, due)
        moments += [
            (story.now.astimezone(PARIS), x) for x in story.settle().letters if x.template != "digest"
        ]
    assert len(moments) > 12
    calendar = story.app.office.directory.calendar("lot")
    assert [f"{at:%a %d %b %H:%M} {x.template}" for at, x in moments if next_open(calendar, at) != at] == []
