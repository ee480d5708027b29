"""Attacks on the secure page. Each docstring says what it imitates and what attacker, victim and operator see of it:
docs/security.md is made of them."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

sys.path.append(str(Path(__file__).parents[1] / "e2e"))

from reading_room import Room, forget_caps, link_in, room
from town import AURELIE, BERNARD, CLAIRE, DDFIP_BOX, STRANGER, ZOE

SECRET = "Expulsion prévue vendredi"


@pytest.fixture(scope="module")
def _house(tmp_path_factory):
    with room(tmp_path_factory.mktemp("besieged")) as house:
        yield house


@pytest.fixture
def house(_house: Room) -> Room:
    """The service with its page, on a day on which nothing was asked yet."""
    forget_caps(_house.place)
    _house.mailed()
    return _house


def audited(house: Room) -> list[tuple[str, str]]:
    """(who, act) of every entry of the audit log, oldest first."""
    query = text("SELECT who, act FROM audit ORDER BY seq")
    return house.place.app.store.read(lambda c: [tuple(r) for r in c.execute(query).all()])


def blind(answer) -> bool:
    """Whether an answer shows nothing of any case or person."""
    return not re.search(r"Expulsion|DUPONT|Claire|Bernard|caf46|ddfip46|2026-\d{6}", answer.text)


def test_a_link_scanner(house):
    """A gateway's scanner opens every link of a notice, and every link behind it, again and again.

    Attacker: the offer of a code, always the same; no cookie, no file.
    Victim: nothing; the link still opens with one code.
    Operator: nothing: a look is no act.
    """
    link = link_in(house.place.open_case(SECRET).to(CLAIRE))
    before, seen, waiting = len(audited(house)), set(), [link]
    while waiting:
        path = waiting.pop()
        for method in ("GET", "HEAD"):
            answer = house.browser().request(method, path)
            assert blind(answer) and "set-cookie" not in answer.headers
        seen.add(path)
        found = re.findall(r'(?:href|action)="(/[^"]+)"', house.browser().get(path).text)
        waiting += [p for p in found if p not in seen and p not in waiting]
    assert len(audited(house)) == before and house.mailed().letters == []
    assert "DUPONT" in house.let_in(link, CLAIRE).get(link).text


def test_a_forwarded_notice(house):
    """An agent forwards her notice; who gets it opens the link and asks for a code.

    Attacker: the same words as anybody; the code is not theirs.
    Victim: a code that she did not ask for, and what to do about it; no content.
    Operator: the question and the wrong codes in the audit log, under her blind index.
    """
    link = link_in(house.place.open_case(SECRET).to(CLAIRE))
    stranger = house.browser("203.0.113.9")
    assert stranger.post(f"{link}/code").status_code == 303
    (letter,) = house.mailed().letters
    assert (letter.to, letter.template) == (CLAIRE, "page-code")
    assert "Vous n'avez rien demandé ?" in letter.text and SECRET not in letter.text
    assert blind(stranger.post(link, data={"code": "123456"}))
    assert [act for _, act in audited(house)[-2:]] == ["page-code-asked", "page-code-refused"]


def test_a_brute_forced_code(house):
    """A stolen link, and a machine that tries codes from many browsers and networks.

    Attacker: the same refusal each time, then that there were too many tries; at most thirty guesses a day among a million.
    Victim: at most twenty codes by mail; her open session goes on.
    Operator: every question and refusal in the audit log.
    """
    link = link_in(house.place.open_case(SECRET).to(CLAIRE))
    reader = house.let_in(link, CLAIRE)
    guesses = 0
    for n in range(40):
        machine = house.browser(f"203.0.{n}.9")
        machine.post(f"{link}/code")
        for guess in range(8):
            answer = machine.post(link, data={"code": f"{n:03}{guess:03}"})
            assert blind(answer)
            guesses += answer.status_code == 200
    # Tries beyond a question's five are refused unlooked at, and count like any other.
    assert guesses == 30 and answer.status_code == 429
    letters = house.mailed().letters
    assert {x.to for x in letters} == {CLAIRE} and len(letters) <= 20
    assert "DUPONT" in reader.get(link).text


def test_a_code_taken_from_the_mailbox(house):
    """Somebody reads the victim's code over her shoulder and enters it in a browser of their own.

    Attacker: the code is not accepted: it belongs to the browser that asked.
    Victim: her code still works.
    Operator: nothing more than her own question.
    """
    link = link_in(house.place.open_case(SECRET).to(CLAIRE))
    hers, theirs = house.browser(), house.browser("203.0.113.9")
    hers.post(f"{link}/code")
    code = house.code_to(CLAIRE)
    assert blind(theirs.post(link, data={"code": code}))
    theirs.post(f"{link}/code")
    assert blind(theirs.post(link, data={"code": code}))
    assert hers.post(link, data={"code": code}).status_code == 303


def test_the_session_of_a_leaver(house):
    """An agent leaves the case, and keeps the page open, its files' addresses, and a code on its way.

    Attacker: the page for links that never were, for each of them, from the same minute.
    Victim: nothing to do.
    Operator: `left` in the case's history; no reading after it in the audit log.
    """
    opened = house.place.open_case(SECRET, files=[("bail.pdf", b"%PDF-1.7", "application/pdf")])
    link = link_in(opened.to(CLAIRE))
    browser = house.let_in(link, CLAIRE)
    assert "DUPONT" in browser.get(link).text
    house.place.answer(CLAIRE, opened.to(CLAIRE), "pas moi")
    before = audited(house)
    for path in (link, f"{link}/fichier/0/0", f"{link}/code"):
        answer = browser.get(path)
        assert answer.status_code == 404 and blind(answer)
    assert audited(house) == before


def test_asking_a_shared_mailbox_who_is_registered(house):
    """Somebody with a shared mailbox's link types addresses, to learn who is registered or on the case.

    Attacker: the same words for every address, in the same time: the mail is decided after the answer.
    Victim: a member on the case gets a code; nobody else gets anything.
    Operator: each question in the audit log.
    """
    link = link_in(house.place.open_case(SECRET, to="lot+ddfip@aplus.example").to(DDFIP_BOX))
    said = set()
    for address in (BERNARD, AURELIE, ZOE, STRANGER, DDFIP_BOX, "isabelle.serres@ddfip46.example", "nobody"):
        browser = house.browser()
        answer = browser.post(f"{link}/code", data={"adresse": address})
        said.add((answer.status_code, answer.headers["location"], browser.get(f"{link}/code").text))
        letters = house.mailed().letters
        assert [x.to for x in letters] == [BERNARD] * (address == BERNARD)
    assert len(said) == 1


def test_another_sites_form(house):
    """A page elsewhere posts to a known link in the victim's browser, to have codes mailed or end her session.

    Attacker: 403, nothing done.
    Victim: nothing; her session goes on.
    Operator: nothing.
    """
    link = link_in(house.place.open_case(SECRET).to(CLAIRE))
    browser = house.let_in(link, CLAIRE)
    for path in (f"{link}/code", link, "/lire/quitter"):
        for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://ailleurs.example"}):
            assert browser.post(path, headers=headers).status_code == 403
    assert house.mailed().letters == []
    assert "DUPONT" in browser.get(link).text


def test_a_copy_of_the_database(house):
    """Somebody has the database and its write-ahead log, without the key files.

    Attacker: blind indexes of cookies and hashes of codes; neither opens the page, nor do the links' rows.
    Victim: nothing.
    Operator: nothing; a backup holds no more.
    """
    link = link_in(house.place.open_case(SECRET).to(CLAIRE))
    browser = house.let_in(link, CLAIRE)
    octets = b"".join(path.read_bytes() for path in house.place.app.store.files())
    for value in (*browser.cookies.values(), link.rpartition("/")[2], SECRET):
        assert value.encode() not in octets
    ids = house.place.app.store.read(lambda c: c.execute(text("SELECT id FROM page_session")).scalars().all())
    forger = house.browser()
    for name in list(browser.cookies):
        for value in ids:
            forger.cookies.set(name, value)
            assert blind(forger.get(link))
