"""Guarantee: the secure page shows a case to who may read it now, once they showed that they read their own mailbox, and
to nobody else; scanners that fetch its links use nothing up and learn nothing."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reading_room import Room, code_in, forget_caps, link_in, room
from town import AURELIE, BERNARD, CAF_BOX, CAF_CHIEF, CLAIRE, COMPLETE, DDFIP_BOX, JULIEN, KARIM, ZOE

from mailrouter.store import audit, suspension

NADIA = "nadia.benali@equipe-aplus.example"  # expert of CAF
SECRET = "Son bailleur menace d'expulsion"
NIR = "2 61 04 75 116 002 04"
PDF = ("avis.pdf", b"%PDF-1.7 avis", "application/pdf")


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """One town with a page for all tables; each test opens a case of its own."""
    with room(tmp_path_factory.mktemp("room")) as place:
        yield place


@pytest.fixture
def opened(house: Room):
    """A case of Zoé's to CAF, who reads on the page only; caps are over."""
    forget_caps(house.place)
    return house.place.open_case(SECRET + ".", files=[PDF])


def entries(house: Room, act: str) -> int:
    """How many entries of this act the audit log has."""
    from sqlalchemy import text

    query = text("SELECT count(*) FROM audit WHERE act = :act")
    return house.place.app.store.read(lambda c: c.execute(query, {"act": act}).scalar())


def gone(answer) -> None:
    """The one page for whatever is not there: nothing of any case."""
    assert answer.status_code == 404
    assert "n'existe pas ou n'est plus accessible" in answer.text.replace("&#39;", "'")
    assert not re.search(r"\d{4}-\d{6}", answer.text)


def test_a_notice_leads_to_the_page_in_one_code_and_the_next_one_in_one_click(house, opened):
    """Link, code by mail, the case with fields and file; the same browser reads the next case without any code."""
    notice = opened.to(CLAIRE)
    assert SECRET not in notice.text and "DUPONT" not in notice.raw.decode()
    browser = house.let_in(link_in(notice), CLAIRE)
    page = browser.get(link_in(notice))
    assert SECRET in page.text.replace("&#39;", "'") and "DUPONT" in page.text
    (href,) = re.findall(r'href="(/lire/[^"]+/fichier/[^"]+)"', page.text)
    file = browser.get(href)
    assert file.content == PDF[1]
    assert file.headers["content-type"] == "application/pdf"
    assert file.headers["content-disposition"].startswith('attachment; filename="avis.pdf"')
    following = house.place.open_case("Une autre demande.")
    page = browser.get(link_in(following.to(CLAIRE)))
    assert (page.status_code, "Une autre demande." in page.text) == (200, True)
    assert house.mailed().letters == []


def test_whoever_fetches_the_link_uses_nothing_up_and_learns_nothing(house, opened):
    """A scanner GETs, HEADs and prefetches link, code page and file many times; then the reader's one code works."""
    link = link_in(opened.to(CLAIRE))
    before = entries(house, "page-read")
    for _ in range(3):
        for path in (link, f"{link}/code", f"{link}?l=en"):
            scanned = house.browser().get(path)
            assert scanned.status_code == 200 and "set-cookie" not in scanned.headers
            assert not re.search(r"Zo|DUPONT|Claire|caf46|2026-\d{6}", scanned.text)
            assert house.browser().head(path).status_code == 200
        gone(house.browser().get(f"{link}/fichier/0/0"))
    assert house.mailed().letters == []
    browser = house.browser()
    assert browser.post(f"{link}/code").status_code == 303
    for _ in range(3):
        assert browser.get(f"{link}/code").status_code == browser.head(link).status_code == 200
    assert browser.post(link, data={"code": house.code_to(CLAIRE)}).status_code == 303
    assert entries(house, "page-read") == before
    assert browser.get(link, headers={"Sec-Purpose": "prefetch"}).status_code == 503
    assert browser.head(link).status_code == 200
    assert entries(house, "page-read") == before
    assert "DUPONT" in browser.get(link).text
    assert entries(house, "page-read") == before + 1


def test_a_code_holds_for_its_browser_its_link_a_quarter_of_an_hour_and_once(house, opened):
    """Each way to use a code that is not this one."""
    place, link, other = house.place, link_in(opened.to(CLAIRE)), link_in(opened.to(JULIEN))
    browser = house.browser()
    browser.post(f"{link}/code")
    code = house.code_to(CLAIRE)
    assert house.browser().post(link, data={"code": code}).status_code == 200, "another browser"
    assert browser.post(other, data={"code": code}).status_code == 200, "another link"
    refused = browser.post(link, data={"code": f"{(int(code.replace(' ', '')) + 1) % 10**6:06}"})
    assert refused.status_code == 200 and 'role="alert"' in refused.text and "DUPONT" not in refused.text
    assert browser.post(link, data={"code": code}).status_code == 303
    again = house.browser()
    again.cookies.update({k: v for k, v in browser.cookies.items() if "ask" in k})
    assert again.post(link, data={"code": code}).status_code == 200, "used"
    late = house.browser()
    late.post(f"{link}/code")
    code = house.code_to(CLAIRE)
    was, place.now = place.now, place.now + timedelta(minutes=15)
    assert late.post(link, data={"code": code}).status_code == 200, "too old"
    place.now = was
    fresh = house.browser()
    fresh.post(f"{link}/code")
    code = house.code_to(CLAIRE)
    for _ in range(5):
        assert fresh.post(link, data={"code": "000 000"}).status_code == 200
    assert fresh.post(link, data={"code": code}).status_code == 200, "after five wrong ones"


def test_a_shared_mailbox_names_its_reader_and_tells_nobody_who_is_registered(house):
    """The code goes to the member named, if they take part; the page says the same for anybody; the reader sees what
    that member may see."""
    place = house.place
    forget_caps(place)
    sent = place.write(
        ZOE,
        ["lot+ddfip@aplus.example", "lot+caf@aplus.example"],
        "Impôts",
        f"Bonjour,\n\nSon avis est contesté.\n\nNIR : {NIR}\n{COMPLETE}",
    )
    link = link_in(sent.to(DDFIP_BOX))
    said = set()
    for name in (BERNARD, "curieux@ailleurs.example", CLAIRE, DDFIP_BOX, "", "x" * 300):
        browser = house.browser()
        asked = browser.post(f"{link}/code", data={"adresse": name})
        told = browser.get(f"{link}/code")
        said.add((asked.status_code, asked.headers["location"], told.status_code, told.text))
        letters = house.mailed().letters
        assert [x.to for x in letters] == ([BERNARD] if name == BERNARD else [])
        assert not letters or "DUPONT" not in letters[0].raw.decode()
    assert len(said) == 1
    reader = house.let_in(link, BERNARD, named=BERNARD.upper())
    page = reader.get(link).text
    assert "avis est contesté" in page and "Bernard Lacoste" in page
    assert "116 002" not in page, "tax people are not entitled to the NIR"
    assert "Numéro de sécurité sociale" not in page


def test_who_is_mailed_no_code_has_none_to_guess(house):
    """Naming somebody else of the case at a shared mailbox's link asks for a code that does not exist: even the digits
    that the question would give are refused."""
    from mailrouter.core.compose.kit import page_code
    from mailrouter.store.pages import ask_id

    place = house.place
    forget_caps(place)
    opened = place.open_case("Les deux.", to=["lot+ddfip@aplus.example", "lot+caf@aplus.example"])
    link, app = link_in(opened.to(DDFIP_BOX)), place.app
    for name, accepted in ((CLAIRE, 200), (DDFIP_BOX, 200), (BERNARD, 303)):
        browser = house.browser()
        browser.post(f"{link}/code", data={"adresse": name})
        code = page_code(app.keys.id_key, ask_id(app.sealer, browser.cookies["__Host-mailrouter-ask"]))
        assert browser.post(link, data={"code": code}).status_code == accepted, name
    house.mailed()


def test_what_each_side_reads_is_what_their_mail_would_say(house, opened):
    """Notes never reach the helper side; another organisation's answer stays with it; a helper reads the answers."""
    place = house.place
    place.answer(CLAIRE, opened.to(CLAIRE), "note : penser au rappel de droits")
    place.answer(CLAIRE, opened.to(CLAIRE), "Il manque la quittance.")
    caf = house.let_in(link_in(opened.to(JULIEN)), JULIEN)
    page = caf.get(link_in(opened.to(JULIEN))).text
    assert "penser au rappel" in page and "Note entre agents" in page and "quittance" in page
    invited = place.answer(ZOE, opened.to(ZOE), "inviter DDFIP")
    link = link_in(invited.to(DDFIP_BOX))
    page = house.let_in(link, BERNARD, named=BERNARD).get(link).text
    assert "expulsion" in page and "quittance" not in page
    assert "penser au rappel" in page, "a note is for every agent"


def test_a_helper_whose_mailbox_is_not_protected_reads_there_too_but_no_note(tmp_path):
    """Her domain is not verified: she gets notices, and on the page everything but notes."""
    from reading_room import URL

    with room(tmp_path) as house:
        place = house.place
        open_ = place.app.office.directory.policy
        from msgspec.structs import replace

        from mailrouter.core.policy.directory import Directory
        from mailrouter.worker import Office

        narrow = replace(open_, all_protected=False, protected_domains=("caf46.example",))
        place.app.office = Office(directory=Directory.of(narrow), kit=place.app.office.kit)
        opened = place.open_case(SECRET)
        place.answer(CLAIRE, opened.to(CLAIRE), "note : à vérifier avec le contrôleur")
        answered = place.answer(CLAIRE, opened.to(CLAIRE), "Le droit est rétabli.")
        notice = answered.to(ZOE)
        assert "rétabli" not in notice.text and URL in notice.text
        page = house.let_in(link_in(notice), ZOE).get(link_in(notice)).text
        assert "rétabli" in page and "contrôleur" not in page and "Écrire une note" not in page


@pytest.mark.parametrize("how", ["left", "excluded", "suspended", "frozen", "withdrawn", "policy"])
def test_who_may_not_read_any_more_finds_nothing_and_a_live_session_dies_at_once(house, opened, how):
    """Whatever ends the right to read: link, code page, file and a code on its way all end, the page is the one for
    links that never were."""
    notice = opened.to(CLAIRE)
    link = link_in(notice)
    live = house.let_in(link, CLAIRE)
    assert "DUPONT" in live.get(link).text
    asking = house.browser()
    asking.post(f"{link}/code")
    code = house.code_to(CLAIRE)
    undo = END[how](house, opened)
    gone(live.get(link))
    gone(live.get(f"{link}/fichier/0/0"))
    gone(house.browser().get(link))
    gone(house.browser().get(f"{link}/code"))
    gone(house.browser().post(f"{link}/code"))
    gone(asking.post(link, data={"code": code}))
    assert [x for x in house.mailed().letters if x.template == "page-code"] == []
    never = house.browser().get(f"/lire/{link.rpartition('/')[2][::-1]}")
    assert never.text.partition("<main")[2] == live.get(link).text.partition("<main")[2]
    undo()


def nothing() -> None:
    """Nothing to put back."""


def suspend(house: Room, opened):
    place = house.place
    store, now = place.app.store, place.now
    store.write(lambda c: suspension.suspend(c, place.app.sealer, CLAIRE, "op", "lost phone", now))

    def back() -> None:
        store.write(lambda c: suspension.reinstate(c, place.app.sealer, CLAIRE, "op", "found", now))
        other = house.place.open_case("Encore une.")
        assert (
            "Encore une"
            in house.let_in(link_in(other.to(CLAIRE)), CLAIRE).get(link_in(other.to(CLAIRE))).text
        )

    return back


def leave_directory(house: Room, opened):
    """She is taken out of the files; the reload alone ends her reading, before any due is worked on."""
    from msgspec.structs import replace

    from mailrouter.core.policy.directory import Directory
    from mailrouter.worker import Office

    app = house.place.app
    before = app.office
    groups = tuple(
        replace(g, members=tuple(m for m in g.members if m != CLAIRE)) for g in before.directory.policy.groups
    )
    directory = Directory.of(replace(before.directory.policy, groups=groups))
    app.office = Office(directory=directory, kit=before.kit)

    def back() -> None:
        app.office = before

    return back


def said(author: str, words: str, act: str):
    def end(house: Room, opened):
        outcome = house.place.answer(author, opened.to(author), words)
        assert (outcome.disposition, outcome.rule) == ("handled", f"act:{act}")
        return nothing

    return end


END = {
    "left": said(CLAIRE, "pas moi", "not-me"),
    "excluded": said(ZOE, f"exclure {CLAIRE}", "exclude"),
    "frozen": said(ZOE, "erreur de personne", "wrong-person"),
    "withdrawn": said(ZOE, "retrait mandat", "withdraw"),
    "suspended": suspend,
    "policy": leave_directory,
}


def test_an_expert_reads_there_without_who_the_person_is_and_only_while_it_is_open(house, opened):
    """Where mail carries no content the page does; it masks like the mail, gives no file, and ends with the case."""
    place = house.place
    place.answer(
        ZOE,
        opened.to(ZOE),
        "Son numéro est 2 61 04 46 042 123 45, son téléphone 06 12 34 56 78.",
        files=[PDF],
    )
    asked = place.answer(CLAIRE, opened.to(CLAIRE), "inviter expert").to(NADIA, "new-case-expert")
    assert "DUPONT" not in asked.text and "Son numéro" not in asked.text
    link = link_in(asked)
    browser = house.let_in(link, NADIA)
    page = browser.get(link).text
    assert "Son numéro est" in page and "DUPONT" in page
    assert not [secret for secret in ("2 61 04", "06 12 34", "avis.pdf", "/fichier/") if secret in page]
    gone(browser.get(f"{link}/fichier/1/0"))
    place.answer(ZOE, opened.to(ZOE), "clore oui")
    gone(browser.get(link))


def test_a_wiped_case_is_gone_and_so_are_its_questions(tmp_path):
    """After retention nothing of the case is reachable, and rows of the page are erased with it or when their time is over."""
    from sqlalchemy import text

    from mailrouter.store import retention

    with room(tmp_path) as house:
        place = house.place
        opened = place.open_case(SECRET)
        link = link_in(opened.to(CLAIRE))
        live = house.let_in(link, CLAIRE)
        place.answer(ZOE, opened.to(ZOE), "clore oui")
        assert SECRET in live.get(link).text.replace("&#39;", "'"), "closed, not yet wiped"
        place.pass_time(days=200)
        directory = place.app.office.directory
        wiped = retention.run(place.app.store, directory.policy.retention, directory.calendar, place.now)
        assert wiped.complete and len(wiped.cases) == 1
        gone(live.get(link))
        gone(house.browser().get(link))
        for table in ("page_ask", "page_session"):
            assert (
                place.app.store.read(lambda c: c.execute(text(f"SELECT count(*) FROM {table}")).scalar()) == 0
            )


def test_a_session_ends_after_eight_hours_and_when_its_reader_leaves(house, opened):
    """Then a new code is asked for; the link still works."""
    place, link = house.place, link_in(opened.to(CLAIRE))
    first, second = house.let_in(link, CLAIRE), house.let_in(link, CLAIRE)
    left = first.post("/lire/quitter")
    assert left.status_code == 200 and "quitt" in left.text
    assert "DUPONT" not in first.get(link).text
    assert "DUPONT" in second.get(link).text
    was, place.now = place.now, place.now + timedelta(hours=8)
    page = second.get(link)
    place.now = was
    assert (page.status_code, "DUPONT" in page.text) == (200, False)


def test_a_session_is_its_persons_and_opens_what_that_person_may_read(house, opened):
    """A colleague's link with my session shows my view; somebody on no case sees the offer of a code."""
    mine, hers = link_in(opened.to(JULIEN)), link_in(opened.to(CLAIRE))
    browser = house.let_in(mine, JULIEN)
    assert "Julien Roques" in browser.get(hers).text
    other = house.place.open_case("Pour la CPAM.", to="lot+ddfip@aplus.example")
    page = browser.get(link_in(other.to(DDFIP_BOX)))
    assert (page.status_code, "CPAM" in page.text, "Recevoir un code" in page.text) == (200, False, True)


def test_every_answer_forbids_storing_framing_scripts_and_referrers(house, opened):
    """Headers of every state, file and style sheet; cookies are out of reach of scripts and bound to this host."""
    link = link_in(opened.to(CLAIRE))
    browser = house.browser()
    asked = browser.post(f"{link}/code")
    entered = browser.post(link, data={"code": house.code_to(CLAIRE)})
    answers = [
        asked,
        entered,
        browser.get(link),
        browser.get(f"{link}/fichier/0/0"),
        browser.get("/lire/rien"),
    ]
    for answer in answers:
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        assert "<script" not in answer.text and "<style" not in answer.text and " style=" not in answer.text
    cookies = [c.lower() for c in (asked.headers["set-cookie"], entered.headers["set-cookie"])]
    assert all(
        c.startswith("__host-") and "httponly" in c and "secure" in c and "path=/" in c for c in cookies
    )
    assert ["strict" in cookies[0], "lax" in cookies[1]] == [True, True]
    assert browser.get("/lire/style.css").headers["content-type"].startswith("text/css")


def test_a_form_of_another_site_does_nothing(house, opened):
    """Fetch metadata or Origin of another site: no mail, no session."""
    link = link_in(opened.to(CLAIRE))
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://ailleurs.example"}):
        for path in (f"{link}/code", link, "/lire/quitter"):
            assert house.browser().post(path, headers=headers).status_code == 403
    assert house.mailed().letters == []


def test_files_are_downloads_whatever_they_say_they_are(house):
    """A page with a script is never shown by the browser as a page; names keep their accents and lose their tricks."""
    place = house.place
    forget_caps(place)
    trick = ('relevé"; x=.txt', b"<html><script>alert(1)</script>", "text/html")
    opened = place.open_case("Voir.", files=[trick])
    browser = house.let_in(link_in(opened.to(CLAIRE)), CLAIRE)
    hrefs = re.findall(r'href="(/lire/[^"]+/fichier/[^"]+)"', browser.get(link_in(opened.to(CLAIRE))).text)
    for href in hrefs:
        file = browser.get(href)
        assert file.headers["content-type"] == "application/octet-stream"
        assert file.headers["content-disposition"].startswith("attachment;")
        assert "sandbox" in file.headers["content-security-policy"]
    assert hrefs


def test_caps_stop_machines_with_one_answer(house, opened):
    """Codes of a link, wrong codes, and the mails to one person are bounded; the reader's own session goes on."""
    link = link_in(opened.to(CLAIRE))
    reader = house.let_in(link, CLAIRE)
    answers = [house.browser().post(f"{link}/code").status_code for _ in range(25)]
    assert answers == [303] * 19 + [429] * 6
    assert len(house.mailed().letters) == 19
    assert "DUPONT" in reader.get(link).text
    forget_caps(house.place)
    wrong = house.browser()
    for n in range(35):
        if n % 5 == 0:
            wrong.post(f"{link}/code")
        last = wrong.post(link, data={"code": "1"})
    assert last.status_code == 429
    assert len(house.mailed().letters) <= 20


def test_every_reading_is_in_the_audit_log_without_content(house, opened):
    """Question, session, page and file are entries of the chain; a person is a blind index there, a case its id."""
    from sqlalchemy import text

    link = link_in(opened.to(CLAIRE))
    browser = house.let_in(link, CLAIRE)
    browser.get(link)
    browser.get(f"{link}/fichier/0/0")
    store = house.place.app.store
    rows = store.read(
        lambda c: c.execute(text("SELECT who, act, object, reason FROM audit ORDER BY seq")).all()
    )
    acts = [r.act for r in rows[-4:]]
    assert acts == ["page-code-asked", "page-session-opened", "page-read", "page-read"]
    assert {r.object for r in rows[-4:]} == {house.place.case().id}
    assert rows[-1].reason == "0.0"
    assert store.read(audit.verify) is None
    assert not re.search("claire|DUPONT|caf46", str(rows))


def test_no_row_holds_a_code_or_a_cookie(house, opened):
    """What opens the page is nowhere in the database: neither in columns nor in the decisions' sealed content."""
    link = link_in(opened.to(CLAIRE))
    browser = house.let_in(link, CLAIRE)
    code = "".join(re.findall(r"\d", code_of_last_mail(house)))
    from mailrouter.store.explain import explain

    place = house.place
    decided = place.app.store.read(lambda c: explain(c, place.app.sealer, place.case().number, True))
    asked = [d for d in decided if d.trigger == "page-asked"]
    assert [d.rule for d in asked] == ["page-code"]
    assert code not in str(asked[-1].facts) + str(asked[-1].effects)
    raw = b"".join(path.read_bytes() for path in place.app.store.files())
    for value in browser.cookies.values():
        assert value.encode() not in raw


def code_of_last_mail(house: Room) -> str:
    """The code in the newest mail of the page."""
    delivered = house.place.app.worker.transport.delivered
    letters = [house.place._letter(i) for i in delivered if house.place.template(i) == "page-code"]
    return code_in(letters[-1])


def test_the_mailbox_whose_readers_agreed_reads_as_itself(house, opened):
    """Its link needs no name: the code comes to the mailbox."""
    link = link_in(opened.to(CAF_BOX))
    page = house.let_in(link, CAF_BOX).get(link)
    assert SECRET in page.text.replace("&#39;", "'")


def test_english_readers_get_the_page_in_english(house, opened):
    """The language goes along from page to page and is marked."""
    link = link_in(opened.to(CLAIRE))
    browser = house.browser()
    page = browser.get(f"{link}?l=en")
    assert '<html lang="en">' in page.text and f'action="{link}/code?l=en"' in page.text
    asked = browser.post(f"{link}/code?l=en")
    assert asked.headers["location"] == f"{link}/code?l=en"
    entered = browser.post(f"{link}?l=en", data={"code": house.code_to(CLAIRE)})
    assert "The person concerned" in browser.get(entered.headers["location"]).text


def test_without_a_page_mails_are_as_before_and_its_addresses_are_not_there(town):
    """No setting, no route, no link; `check` warns (tests/core/test_policy_faults.py)."""
    from mailrouter.serving import page_routes

    async def routes():
        return page_routes(town.app)

    assert town.run(routes()) == []
    assert "/lire/" not in town.open_case().to(CLAIRE).text


def test_a_pages_token_is_no_address(house, opened):
    """Nobody can write to it, and an address opens no page."""
    from mailrouter.core.model import PeerInfo

    token = link_in(opened.to(CLAIRE)).rpartition("/")[2]
    answers = {
        str(house.place.app.admit(ZOE, f"cas-{t}@aplus.example", PeerInfo(door="smtp")))
        for t in (token, token[::-1])
    }
    assert len(answers) == 1 and answers.pop().startswith("550")
    gone(house.browser().get(f"/lire/{opened.to(CLAIRE).reply_to.partition('@')[0].removeprefix('cas-')}"))
    assert {KARIM, CAF_CHIEF, AURELIE}.isdisjoint(x.to for x in opened.letters)


def test_a_simulated_notice_is_the_recorded_one(house):
    """Link and token are fixed before record: `simulate` gives the octets of live handling."""
    from mailrouter.cli.simulate import simulated
    from mailrouter.core.model import Envelope, Mail

    place, to = house.place, "lot+caf@aplus.example"
    octets = (
        b"Authentication-Results: mx.aplus.example; dmarc=pass header.from=cahors.example\r\n"
        b"Received: from c ([192.0.2.10]) by mx.aplus.example with ESMTP; Mon, 02 Mar 2026 09:00:00 +0000\r\n"
        + place.letter(ZOE, to, "Sujet", f"Bonjour,\n\n{SECRET}\n\n{COMPLETE}").as_bytes()
    )
    envelope = Envelope(
        mail_from=ZOE,
        rcpt_to=(to,),
        door="smtp",
        received_at=place.now,
        peer="127.0.0.1",
        helo="mx.aplus.example",
    )
    _, _, mails = place.run(simulated(place.app, Mail(envelope=envelope, octets=octets)))
    lived = place.deliver(octets, ZOE, [to])
    delivered = place.app.worker.transport.delivered
    assert {m.id: m.octets for m in mails} == {m.id: delivered[m.id].octets for m in mails}
    assert link_in(lived.to(CLAIRE)).encode() in next(m.octets for m in mails if m.recipient == CLAIRE)


def test_the_72_hour_file_names_who_read_on_the_page(house, opened):
    """`privacy incident` counts a reading as a receipt: who, when, the page or which file."""
    from mailrouter.store import usager

    link = link_in(opened.to(CLAIRE))
    browser = house.let_in(link, CLAIRE)
    browser.get(link)
    browser.get(f"{link}/fichier/0/0")
    app, case = house.place.app, house.place.case()
    read = app.store.read(lambda c: usager.read_on_page(c, app.sealer, case.id))
    assert [(r["reader"], r["file"]) for r in read] == [(CLAIRE, ""), (CLAIRE, "0.0")]


def test_the_page_reads_the_same_on_postgresql(tmp_path, postgresql_url):
    """Ask, wrong code, right code, read, leave."""
    with room(tmp_path, postgresql_url) as house:
        opened = house.place.open_case(SECRET)
        link = link_in(opened.to(CLAIRE))
        browser = house.browser()
        browser.post(f"{link}/code")
        code = house.code_to(CLAIRE)
        assert browser.post(link, data={"code": "1"}).status_code == 200
        assert browser.post(link, data={"code": code}).status_code == 303
        assert "DUPONT" in browser.get(link).text
        browser.post("/lire/quitter")
        assert "DUPONT" not in browser.get(link).text
        assert house.place.app.store.read(audit.verify) is None


PATHS = st.sampled_from(
    ["", "/", "/code", "/fichier/0/0", "/fichier/9999999999999999999/1", "/fichier/x/y", "/%00", "/../x"]
)
TOKENS = st.sampled_from(["LINK", "", "quitter", "style.css", "é%20", "%2e%2e", "a" * 3000]) | st.text(
    max_size=40
)
COOKIES = st.dictionaries(
    st.sampled_from(["__Host-mailrouter-ask", "__Host-mailrouter-session", "x"]),
    st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=';,\\"'), max_size=120),
)
BODIES = st.binary(max_size=200) | st.sampled_from(
    [b"code=" + b"1" * 5000, b"adresse=%ff%fe@x", b"&" * 100, b"code=1&code=2"]
)
LANGUAGE = st.sampled_from(["", "?l=en", "?l=xx", "?l=en&l=fr", "?%00"])


@given(
    method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"]),
    token=TOKENS, path=PATHS, language=LANGUAGE, cookies=COOKIES, body=BODIES,
    peer=st.sampled_from(["198.51.100.7", "2001:db8::1"]),
)  # fmt: skip
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_no_request_is_a_fault_of_ours(house, method, token, path, language, cookies, body, peer):
    """Anything at any place: refused, not found or answered, never a 5xx, never a word of a case."""
    if not hasattr(house, "standing"):
        house.standing = link_in(house.place.open_case(SECRET).to(CLAIRE)).rpartition("/")[2]
    forget_caps(house.place)
    where = f"/lire/{quote(house.standing if token == 'LINK' else token, safe='%')}{path}{language}"
    browser = house.browser(peer)
    browser.cookies.update(cookies)
    answer = browser.request(method, where, content=body if method == "POST" else None)
    assert answer.status_code < 500, (method, where)
    assert not re.search(r"expulsion|DUPONT|Claire|caf46", answer.text)
