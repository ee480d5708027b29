"""Every figure of time that the YAML knows, lived: what happens under the service's figure, and when under another one;
for those that may differ by organisation, another organisation's changes nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from story import PARIS, absent, bounce, well
from town import CAF_BOX, CAF_CHIEF, CLAIRE, COMPLETE, CONFIG, JULIEN, OPERATOR, START, STRANGER, ZOE, Town
from town import town as open_town

from mailrouter.core.policy import inputs
from mailrouter.store import outlived, retention

HELENE = "helene.costes@prefecture46.example"  # territory manager
SYLVIE = "sylvie.fabre@cahors.example"  # manager of France Services Cahors
LETTER = "Bonjour, je vous écris pour une dame en difficulté."
AWAY = "Je suis absente jusqu'au 20 mars 2026 inclus."


def first(place: Town, who: str, template: str, nth: int = 1) -> str:
    """Live on, due by due, until `who` gets the nth mail of `template`; when that is, in Paris."""
    for _ in range(300):
        place.now = max(place.now, place.next_due())
        nth -= sum((x.to, x.template) == (who, template) for x in place.settle().letters)
        if nth <= 0:
            return f"{place.now.astimezone(PARIS):%m-%d %H:%M}"
    raise AssertionError(f"no {template} to {who}")


def asked(who: str, template: str, text: str = "") -> Callable[[Town], str]:
    """A case to CAF, and then nobody writes."""

    def play(place: Town) -> str:
        place.open_case(text)
        return first(place, who, template)

    return play


def answered(text: str, who: str, template: str) -> Callable[[Town], str]:
    """A case to CAF, where Claire says `text`."""

    def play(place: Town) -> str:
        place.answer(CLAIRE, place.open_case().to(CLAIRE), text)
        return first(place, who, template)

    return play


def everybody_away(place: Town, text: str) -> str:
    opened = place.open_case()
    for who in (CLAIRE, JULIEN, CAF_BOX, CAF_CHIEF):
        absent(place, who, opened.to(CLAIRE if who == CAF_CHIEF else who), text)
    return first(place, CLAIRE, "reminder")


def full(place: Town) -> str:
    opened = place.open_case()
    for who in (CLAIRE, JULIEN, CAF_BOX):
        bounce(place, opened.to(who), "5.2.2", "mailbox full")
    return first(place, CAF_CHIEF, "new-case-agent")


def same_words(place: Town) -> str:
    """The same words on two cases, an hour after ours."""
    one, two = (
        place.open_case("Premier dossier, droit bloqué."),
        place.open_case("Second dossier, en attente."),
    )
    place.answer(
        CLAIRE,
        one.to(CLAIRE),
        "Nous revenons vers vous dès que possible avec les éléments du dossier.",
        quote=False,
    )
    place.now += timedelta(hours=1)
    again = place.answer(
        CLAIRE,
        two.to(CLAIRE),
        "Nous revenons vers vous dès que possible avec les éléments du dossier.",
        quote=False,
    )
    return again.disposition


def out_of_the_blue(place: Town) -> str:
    """Fifteen silent days, then a mail without quote and thread fields."""
    opened = place.open_case()
    place.answer(CLAIRE, opened.to(CLAIRE), "Le dossier est à l'étude.")
    place.pass_time(days=15)
    return place.write(
        CLAIRE, opened.to(CLAIRE).reply_to, "Dossier", "Une précision sur le dossier."
    ).disposition


def incomplete(who: str, template: str) -> Callable[[Town], str]:
    def play(place: Town) -> str:
        place.write(ZOE, "lot@aplus.example", "Une dame", LETTER)
        return first(place, who, template)

    return play


def helper_away(nth: int) -> Callable[[Town], str]:
    def play(place: Town) -> str:
        absent(place, ZOE, place.open_case().to(ZOE), AWAY)
        return first(place, SYLVIE, "helper-away", nth)

    return play


def failing(place: Town) -> str:
    """An address that failed, and a case twenty days later."""
    bounce(place, place.open_case().to(CLAIRE), "5.1.1")
    place.now += timedelta(days=20)
    later = place.open_case("Un autre dossier, vingt jours après.")
    return str(CLAIRE in {to for to, _ in later.sent()})


def mandated_in_november(place: Town) -> str:
    body = f"Bonjour,\n\nSon droit est bloqué.\n\n{COMPLETE}".replace(
        "Mandat : oui", "Mandat : oui, le 01/11/2025"
    )
    return place.write(ZOE, "lot+caf@aplus.example", "APL", body).to(ZOE).template


def vouched(to_case: bool, days: int) -> Callable[[Town], str]:
    """Confirmed once from a host, then a mail from there some days later."""

    def play(place: Town) -> str:
        opened = place.open_case()
        case = opened.to(ZOE).reply_to
        held = place.write(ZOE, case, "Re", "Une première précision.", aligned=False)
        place.answer(ZOE, held.to(ZOE, "challenge"), "C'est moi", quote=False)
        place.now += timedelta(days=days)
        if to_case:
            return place.answer(ZOE, opened.to(ZOE), "Une autre précision.", aligned=False).disposition
        text = f"Bonjour,\n\nUn autre droit.\n\n{COMPLETE}"
        return place.write(ZOE, "lot+caf@aplus.example", "AAH", text, aligned=False).disposition

    return play


def stranger(place: Town) -> str:
    place.write(STRANGER, "lot@aplus.example", "Bonjour", "Je cherche de l'aide.")
    return first(place, OPERATOR, "operators-digest")


def gone(what: str, lives: Callable[[Town], object]) -> Callable[[Town], str]:
    """What happened, left alone: the day on which it has outlived its time."""

    def play(place: Town) -> str:
        lives(place)
        for days in range(1, 1200):
            now = START + timedelta(days=days)
            found = place.app.store.read(
                lambda c, now=now: outlived.find(c, kept(place), calendar(place), now)
            )
            if getattr(found, what):
                return f"{now:%Y-%m-%d}"
        raise AssertionError(f"{what} stay")

    return play


def kept(place: Town):
    return place.app.office.directory.policy.retention


def calendar(place: Town):
    return place.app.office.directory.calendar


def closed(place: Town) -> None:
    place.answer(ZOE, place.open_case().to(ZOE), "clore oui")


def on_a_case(place: Town) -> None:
    assert (
        place.answer(STRANGER, place.open_case().to(CLAIRE), "Je voudrais le dossier.").disposition == "held"
    )


def unproven(place: Town) -> None:
    sent = place.write(
        STRANGER, "lot@aplus.example", "Bonjour", "Bonjour", headers={"Auto-Submitted": "auto-replied"}
    )
    assert sent.disposition == "ignored"


def account_ending(nth: int) -> Callable[[Town], str]:
    """The wipe runs each day, as its timer has it."""

    def play(place: Town) -> str:
        closed(place)
        told = 0
        for days in range(600, 800):
            place.now = START + timedelta(days=days)
            retention.run(place.app.store, kept(place), calendar(place), place.now)
            told += sum(x.template == "account-ending" for x in place.settle().letters)
            if told >= nth:
                return f"{place.now:%Y-%m-%d}"
        raise AssertionError("not told")

    return play


def traces(place: Town) -> str:
    """A year after the mail itself was wiped, its traces go."""
    unproven(place)
    for days in range(1, 500):
        place.now = START + timedelta(days=days)
        if retention.run(place.app.store, kept(place), calendar(place), place.now).traces:
            return f"{place.now:%Y-%m-%d}"
    raise AssertionError("traces stay")


@dataclass(frozen=True)
class Row:
    """A figure, another value of it, what is lived, and what comes of it: under the service's own, under the other."""

    figure: str
    value: str
    play: Callable[[Town], str]
    usual: str
    other: str
    besides: str = ""

    def __str__(self) -> str:
        return self.figure


ANSWER, URGENT = "Je demande la pièce au service des paiements.", "Urgent : expulsion, demain\n"
# Asked on Monday 2 March 2026 at 10:00 in Paris.
CAF_S = (
    Row("remind", "1 business day", asked(CLAIRE, "reminder"), "03-05 10:00", "03-03 10:00"),
    Row("escalate", "4 business days", asked(CAF_CHIEF, "escalation"), "03-09 10:00", "03-06 10:00"),
    Row("silence", "4 days", answered(ANSWER, CLAIRE, "reminder"), "03-17 10:00", "03-06 10:00"),
    Row("silence_escalate", "2 days", asked(HELENE, "escalation"), "03-24 10:00", "03-11 10:00"),
    Row("put_off", "5 days", answered("plus tard 12 mars", CLAIRE, "reminder"), "03-12 09:00", "03-09 09:00"),
    Row("urgent_remind", "3 working hours", asked(CLAIRE, "reminder", URGENT), "03-02 12:00", "03-02 13:00"),
    Row("urgent_escalate", "6 working hours", asked(CAF_CHIEF, "escalation", URGENT), "03-02 14:00", "03-02 16:00"),
    Row("mailbox_full", "2 days", full, "03-09 09:00", "03-04 10:00"),
    Row("acknowledgement", "2 hours", same_words, "attached", "held"),
    Row("ask_to_close", "5 days", answered(ANSWER, ZOE, "asked-to-close"), "03-12 10:00", "03-09 09:00"),
    Row("close_unanswered", "20 days", answered("traité", ZOE, "closed"), "04-01 10:00", "03-23 09:00"),
    Row("inactive", "2 months", asked(ZOE, "asked-to-close"), "09-02 10:00", "05-04 09:00"),
    Row("inactive_notice", "5 days", asked(ZOE, "closed"), "09-17 10:00", "09-07 10:00"),
    Row("old_thread", "10 days", out_of_the_blue, "attached", "held"),
)  # fmt: skip
AIDANT_S = (
    Row("incomplete", "3 business days", incomplete(ZOE, "incomplete"), "03-03 10:00", "03-05 10:00"),
    Row("helper_absent", "4 days", helper_away(1), "03-04 10:00", "03-06 10:00"),
    Row("helper_absent_again", "2 business days", helper_away(2), "03-11 10:00", "03-06 10:00"),
)
SERVICE_S = (
    Row("absent", "6 days", lambda p: everybody_away(p, "Je suis absente."), "03-05 10:00", "03-09 09:00"),
    Row("failing", "10 days", failing, "False", "True"),
    Row("mandate_age", "3 months", mandated_in_november, "receipt", "incomplete"),
    Row("vouch", "10 days", vouched(True, 20), "attached", "held"),
    Row("vouch_new_case", "3 days", vouched(False, 2), "held", "opened"),
    Row("digest", "wednesday 14", asked(CLAIRE, "digest"), "03-09 08:00", "03-04 14:00"),
    Row("operators_digest", "friday 7", stranger, "03-03 08:00", "03-06 07:00"),
)
THREE = "open_case: 3 months"
RETENTION = (
    Row("case", "1 month", gone("cases", closed), "2026-09-02", "2026-04-02"),
    Row("open_case", "2 months", asked(ZOE, "closed"), "06-02 10:00", "05-02 10:00", THREE),
    Row("open_case_warn", "40 days", asked(ZOE, "asked-to-close"), "04-03 10:00", "04-23 10:00", THREE),
    Row("open_case_warn_again", "7 days", lambda p: p.open_case() and first(p, ZOE, "asked-to-close", 2),
        "05-19 10:00", "05-26 10:00", THREE),
    Row("account", "1 year", gone("accounts", closed), "2028-03-02", "2027-03-02"),
    Row("account_remind", "100 days", account_ending(1), "2027-11-01", "2027-11-23"),
    Row("account_remind_again", "10 days", account_ending(2), "2027-12-02", "2027-11-11"),
    Row("trace", "1 month", traces, "2027-03-03", "2026-04-01"),
    Row("incomplete", "10 days", incomplete(ZOE, "closed"), "04-01 10:00", "03-12 10:00"),
    Row("held", "5 days", gone("mails", on_a_case), "2026-04-01", "2026-03-07"),
    Row("ignored", "2 days", gone("mails", unproven), "2026-03-09", "2026-03-04"),
)  # fmt: skip


def lived(tmp_path: Path, row: Row, timing: dict | None = None, retained: dict | None = None) -> str:
    """What comes of `row` in a town with these figures besides the sample's."""
    shutil.copytree(CONFIG, tmp_path / "its")
    path = tmp_path / "its" / "routing" / "timing.yaml"
    figures = yaml.safe_load(path.read_text())
    for code, own in (timing or {}).pop("organisations", {}).items():
        figures["timing"]["organisations"][code] = own
    figures["timing"].update(timing or {})
    figures["retention"].update(
        {**dict([row.besides.split(": ")] if row.besides else []), **(retained or {})}
    )
    path.write_text(yaml.safe_dump(figures, allow_unicode=True))
    with open_town(tmp_path, config=tmp_path / "its") as place:
        found = row.play(place)
        well(place)
        return found


@pytest.mark.parametrize("row", CAF_S, ids=str)
def test_an_organisation_s_own_figure_is_its_own(tmp_path, row):
    """CAF's figure counts for CAF; the same figure of CPAM's leaves CAF as it is."""
    for code, expected in (("CAF", row.other), ("CPAM", row.usual)):
        (tmp_path / code).mkdir()
        own = {"organisations": {code: {row.figure: row.value}}}
        assert lived(tmp_path / code, row, own) == expected, code


@pytest.mark.parametrize("row", AIDANT_S, ids=str)
def test_a_figure_of_the_aidant_s_organisation(tmp_path, row):
    """What concerns the aidant is the figure of her organisation, not of the one that is asked."""
    for code, expected in (("FS", row.other), ("CAF", row.usual)):
        (tmp_path / code).mkdir()
        own = {"organisations": {code: {row.figure: row.value}}}
        assert lived(tmp_path / code, row, own) == expected, code


@pytest.mark.parametrize("row", SERVICE_S, ids=str)
def test_a_figure_of_the_service(tmp_path, row):
    """Set for the service, it counts from the start."""
    for name, figures, expected in (("usual", {}, row.usual), ("other", {row.figure: row.value}, row.other)):
        (tmp_path / name).mkdir()
        assert lived(tmp_path / name, row, figures) == expected, name


@pytest.mark.parametrize("row", RETENTION, ids=str)
def test_a_figure_of_retention(tmp_path, row):
    """How long what is kept, lived to the day."""
    for name, figures, expected in (("usual", {}, row.usual), ("other", {row.figure: row.value}, row.other)):
        (tmp_path / name).mkdir()
        assert lived(tmp_path / name, row, retained=figures) == expected, name


def test_every_figure_has_its_row():
    """A figure that is added to the YAML is lived here too."""
    own = set(inputs.FiguresIn.model_fields)
    assert {row.figure for row in (*CAF_S, *AIDANT_S)} == own
    assert {row.figure for row in SERVICE_S} == set(inputs.TimingIn.model_fields) - own - {"organisations"}
    assert {row.figure for row in RETENTION} == set(inputs.RetentionIn.model_fields)
