"""Guarantee: a real browser goes from a notice to the case and its file with one code, on a phone of 360 points and on a
desktop, in light and dark; what it shows is built for reading aloud (WCAG 2.1 AA, RGAA 4.1)."""

from __future__ import annotations

import asyncio
import socket
import threading
import time

import pytest
from reading_room import Room, code_in, link_in, room
from test_html_look import CONTRASTS, DESKTOP, PHONE, browser, screen
from town import CLAIRE, DDFIP_BOX

from mailrouter.inbound.http import HttpDoor
from mailrouter.metrics import Metrics
from mailrouter.serving import page_routes

__all__ = ["browser"]
pytestmark = pytest.mark.browser

STRUCTURE = """
const controls = [...document.querySelectorAll('input, button, .acts a, .list a')];
const named = e => e.tagName !== 'INPUT' || [...e.labels].some(l => l.textContent.trim());
return {
  lang: document.documentElement.lang, title: document.title,
  levels: [...document.querySelectorAll('h1,h2,h3,h4')].map(h => Number(h.tagName[1])),
  landmarks: ['header', 'main', 'footer'].map(n => document.querySelectorAll(n).length),
  first: document.querySelector('a').getAttribute('href'),
  unnamed: controls.filter(e => !named(e)).length,
  small: controls.filter(e => e.getBoundingClientRect().height < 24).map(e => e.outerHTML),
  described: [...document.querySelectorAll('[aria-describedby]')].every(
    e => e.getAttribute('aria-describedby').split(' ').every(id => document.getElementById(id))),
  ids: [...document.querySelectorAll('[id]')].map(e => e.id),
  width: document.documentElement.scrollWidth, shown: window.innerWidth,
  elsewhere: performance.getEntriesByType('resource').map(r => r.name).filter(n => !n.startsWith(location.origin)),
  styled: document.styleSheets.length,
};
"""


class Served:
    """The room's HTTP door on a port of its own, in a thread."""

    def __init__(self, house: Room, port: int) -> None:
        self.loop, self.house, self.port = asyncio.new_event_loop(), house, port
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    def __enter__(self) -> Served:
        self.thread.start()
        asyncio.run_coroutine_threadsafe(self._open(), self.loop).result(10)
        return self

    async def _open(self) -> None:
        self.door = HttpDoor(metrics=Metrics(), routes=page_routes(self.house.place.app))
        await self.door.start(f"127.0.0.1:{self.port}")

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self.door.stop(), self.loop).result(40)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with room(tmp_path_factory.mktemp("browser"), url=url) as house, Served(house, port):
        yield house, url


def look(browser, folder, name: str) -> None:
    """Phone and desktop, light and dark: it fits, is named, ordered and legible; nothing is loaded from elsewhere."""
    for width in (DESKTOP, PHONE):
        for scheme in ("light", "dark"):
            screen(browser, width, scheme=scheme)
            browser.save_screenshot(str(folder / f"{name}-{width}-{scheme}.png"))
            seen = browser.execute_script(STRUCTURE)
            assert seen["width"] <= seen["shown"] == width, name
            assert seen["lang"] == "fr" and "Administration+" in seen["title"]
            assert seen["levels"][0] == 1 and seen["levels"].count(1) == 1
            assert all(b - a <= 1 for a, b in zip(seen["levels"], seen["levels"][1:], strict=False)), name
            assert (seen["landmarks"], seen["first"], seen["styled"]) == ([1, 1, 1], "#contenu", 1)
            assert (seen["unnamed"], seen["small"], seen["described"], seen["elsewhere"]) == (0, [], True, [])
            assert len(seen["ids"]) == len(set(seen["ids"]))
            words = browser.execute_script(CONTRASTS)
            assert [w for w in words if w[1] < 4.5 or w[2] < 14] == [], (name, scheme)


def test_from_the_notice_to_the_file_in_a_browser(browser, served, tmp_path):
    """Link, ask, wrong code, right code, case, download, next case in one click, leave."""
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import WebDriverWait

    house, url = served
    downloads = tmp_path / "downloads"
    behaviour = {"behavior": "allow", "downloadPath": str(downloads)}
    browser.execute_cdp_cmd("Browser.setDownloadBehavior", behaviour)
    long = "Son aide au logement est suspendue depuis août, son bailleur menace d'expulsion.\n\nMerci de votre aide."
    opened = house.place.open_case(
        long, files=[("attestation de loyer.pdf", b"%PDF-1.7 loyer", "application/pdf")]
    )

    def press(selector: str, leads_to: str = "") -> None:
        browser.find_element(By.CSS_SELECTOR, selector).click()
        WebDriverWait(browser, 20).until(lambda b: leads_to in b.title)

    def enter(code: str, leads_to: str) -> None:
        browser.find_element(By.ID, "code").send_keys(code)
        press("form.ask button", leads_to)

    browser.get(url + link_in(opened.to(CLAIRE), url))
    look(browser, tmp_path, "ask")
    press("form.ask button", "Entrer le code")
    look(browser, tmp_path, "code")
    code = code_in(house.mailed().to(CLAIRE, "page-code"))
    enter("000 000" if code != "000 000" else "000 001", "Erreur")
    look(browser, tmp_path, "refused")
    enter(code, "Demande 2026-")
    text = browser.find_element(By.TAG_NAME, "main").text
    assert "menace d'expulsion" in text and "DUPONT" in text and "3 avril 1961" in text
    look(browser, tmp_path, "case")
    press(".list a")
    file = downloads / "attestation de loyer.pdf"
    for _ in range(100):
        if file.exists() and file.read_bytes() == b"%PDF-1.7 loyer":
            break
        time.sleep(0.1)
    assert file.read_bytes() == b"%PDF-1.7 loyer"
    following = house.place.open_case("La demande suivante.")
    browser.get(url + link_in(following.to(CLAIRE), url))
    assert "La demande suivante." in browser.find_element(By.TAG_NAME, "main").text
    press("form.leave button", "Vous avez quitté")
    look(browser, tmp_path, "left")
    browser.get(url + link_in(following.to(CLAIRE), url))
    assert "La demande suivante." not in browser.page_source
    assert [e for e in browser.get_log("browser") if e["level"] == "SEVERE"] == []


def test_the_other_states_of_the_page_look_alike(browser, served, tmp_path):
    """A shared mailbox's question, and what is not there."""
    house, url = served
    opened = house.place.open_case("Avis contesté.", to="lot+ddfip@aplus.example")
    browser.delete_all_cookies()
    browser.get(url + link_in(opened.to(DDFIP_BOX), url))
    look(browser, tmp_path, "shared")
    browser.get(f"{url}/lire/nothing")
    look(browser, tmp_path, "gone")
