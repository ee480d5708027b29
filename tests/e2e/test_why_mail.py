"""DOMAIN.md, "Why mail": what users of the web version suffer from, each with the test that it does not happen here."""

from __future__ import annotations

import re

from story import absent, got, templates, until
from town import CAF_BOX, CLAIRE, JULIEN, KARIM, STRANGER, ZOE


def test_login_links_that_come_late_expire_or_are_eaten_by_link_scanners(story):
    """No mail has a link that does anything: acts are replies; what links there are prepare a mail."""
    opened = story.open_case()
    for letter in opened.letters:
        links = re.findall(r'href="([^"]+)"', letter.html)
        assert links, letter.template
        assert all(link.startswith("mailto:") for link in links), (letter.template, links)
    answer = story.answer(CLAIRE, opened.to(CLAIRE), "Le droit est rétabli.")
    assert all(x.startswith("mailto:") for x in re.findall(r'href="([^"]+)"', answer.to(ZOE).html))
    much_later = until(story, "2026-05-20 12:00")
    assert much_later.letters
    assert story.answer(ZOE, opened.to(ZOE), "Toujours bloqué, hélas.").disposition == "attached"


def test_two_mails_and_two_clicks_to_read_one_message(story):
    """The answer is in the mail: one mail, no click."""
    opened = story.open_case()
    answer = story.answer(CLAIRE, opened.to(CLAIRE), "Le droit est rétabli depuis août.")
    assert [t for to, t in answer.sent() if to == ZOE] == ["answer"]
    assert "Le droit est rétabli depuis août." in answer.to(ZOE).text


def test_mails_that_must_not_be_answered(story):
    """Every mail to a participant can be answered, and says where."""
    opened = story.open_case()
    out = [*opened.letters, *story.answer(CLAIRE, opened.to(CLAIRE), "je m'en occupe").letters]
    out += until(story, "2026-03-10 12:00").letters
    for letter in out:
        assert letter.message["Reply-To"], letter.template
        assert "noreply" not in letter.raw.decode().lower()
        replied = story.answer(letter.to, letter, "aide")
        assert letter.to in {to for to, _ in replied.sent()}, (letter.template, replied.rule)


def test_too_many_notices(story):
    """Five cases opened on one day, nobody answers: one mail a day at most for each person, and the week's digest."""
    for n in range(5):
        story.now = story.now.replace(minute=n)
        story.open_case(f"Dossier {n} : le droit est bloqué depuis longtemps.")
    for day in range(3, 14):
        told = templates(until(story, f"2026-03-{day:02d} 23:00"), CLAIRE)
        assert sum(count for name, count in told.items() if name != "digest") <= 1, (day, told)


def test_wrong_recipients(story):
    """Nobody is guessed: without a named organisation she is asked, and nothing goes anywhere before."""
    asked = story.open_case(to="lot@aplus.example")
    assert {to for to, _ in asked.sent()} == {ZOE}
    assert not story.case().parties


def test_absence_and_turnover_unseen(story):
    """An absence is read: the colleague works on, and when nobody is left the aidant knows in the same minute."""
    opened = story.open_case(to="lot+msa@aplus.example")
    only = next(letter for letter in opened.letters if letter.template == "new-case-agent")
    told = absent(story, only.to, only, "Je suis absente jusqu'au 20 mars 2026 inclus.")
    assert (ZOE, "absence-told") in told.sent()
    assert "23 mars 2026" in told.to(ZOE, "absence-told").text


def test_agents_never_reminded(story):
    """Three business days without an answer: reminded; five: the manager knows."""
    story.open_case()
    assert (CLAIRE, "reminder") in got(until(story, "2026-03-05 12:00"))
    assert ("chef@caf46.example", "escalation") in got(until(story, "2026-03-09 12:00"))


def test_cases_left_open(story):
    """Done, and the aidant forgets to close: asked twice, then closed, told to everybody."""
    opened = story.open_case()
    story.answer(CLAIRE, opened.to(CLAIRE), "traité")
    until(story, "2026-04-02 12:00")
    assert (story.case().state, story.case().dues) == ("closed", ())


def test_personal_data_typed_in_subjects(story):
    """Her subject names the person and a number; no subject of ours does, not in any reply of any round."""
    opened = story.write(
        ZOE,
        "lot+caf@aplus.example",
        "Mme SECRETNOM 2 61 04 46 042 008 15",
        "Bonjour, son APL est bloquée.\n\nPrénom : Marie\nNom : SECRETNOM\nDate de naissance : 03/04/1961\n"
        "Mandat : oui\nJ'accepte les conditions d'utilisation.\n",
    )
    out = [*opened.letters]
    answer = story.answer(CLAIRE, opened.to(CLAIRE), "C'est rétabli.", subject="Re: Mme SECRETNOM 2 61 04 46")
    out += [*answer.letters, *until(story, "2026-03-20 12:00").letters]
    assert out
    assert not [x.subject for x in out if "SECRETNOM" in x.subject or "2 61" in x.subject]


def test_unknown_addresses_refused_without_a_word(story):
    """At RCPT the nearest address is named; a registered person's slip is answered in words; a stranger is oriented."""
    from mailrouter.core.decide.senders.admit import admit

    office = story.app.office
    refused = admit("", "lott@aplus.example", office.directory, office.kit.address_keys)
    assert (refused.code, "lot@aplus.example" in refused.text) == (550, True)
    slip = story.write(
        ZOE, "lott@aplus.example", "Bonjour", "Une dame a besoin d'aide.", rcpt=["lott@aplus.example"]
    )
    assert slip.sent() == [(ZOE, "help")]
    oriented = story.write(STRANGER, "lot@aplus.example", "Mon dossier", "Où en est mon dossier ?")
    assert oriented.sent() == [(STRANGER, "not-registered")]
    assert {CAF_BOX, JULIEN, KARIM}.isdisjoint(to for to, _ in oriented.sent())
