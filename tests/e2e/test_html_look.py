"""Guarantee: every mail reads on a desktop and on a phone of 360 points, in light and dark and on paper: nothing to
scroll sideways, contrast of WCAG 2.1 AA (RGAA 3.2), a language, headings in order, links that say what they do."""

import os
import shutil
from email import message_from_bytes
from email.policy import default

import pytest

from mailrouter import templating
from mailrouter.core.compose import compose
from mailrouter.core.compose import sample as case
from mailrouter.core.compose.context import CONTEXT

pytestmark = pytest.mark.browser

DESKTOP, PHONE = 1280, 360

# Each text node with its contrast against the first opaque background behind it (WCAG 2.1, relative luminance).
CONTRASTS = """
const channel = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
const luminance = c => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
const parse = s => s.match(/[\\d.]+/g).map(Number);
function behind(element) {
  for (let e = element; e; e = e.parentElement) {
    const c = parse(getComputedStyle(e).backgroundColor);
    if (c.length < 4 || c[3] === 1) return c;
  }
  return [255, 255, 255];
}
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const found = [];
while (walker.nextNode()) {
  const text = walker.currentNode.textContent.trim();
  if (!text) continue;
  const element = walker.currentNode.parentElement, style = getComputedStyle(element);
  const [a, b] = [luminance(parse(style.color)), luminance(behind(element))].sort((x, y) => y - x);
  found.push([text.slice(0, 40), (a + 0.05) / (b + 0.05), parseFloat(style.fontSize)]);
}
return found;
"""
STRUCTURE = """
const levels = [...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(h => Number(h.tagName[1]));
const links = [...document.querySelectorAll('a')].map(a => [
  a.textContent.trim(), a.getAttribute('aria-label') || a.textContent.trim(), a.href]);
return {
  lang: document.documentElement.lang, inner: document.querySelector('.page').lang, title: document.title,
  levels, links, width: document.documentElement.scrollWidth, shown: window.innerWidth,
  acts: [...document.querySelectorAll('.act')].map(e => e.getBoundingClientRect().height),
  column: document.querySelector('.page').getBoundingClientRect().width,
};
"""


@pytest.fixture(scope="module")
def browser():
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (chromium and driver):
        if os.environ.get("CI"):
            pytest.fail("CI needs Chromium (Debian: chromium, chromium-driver)")
        pytest.skip("Chromium is not installed (Debian: chromium, chromium-driver)")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--hide-scrollbars",
    ):
        options.add_argument(flag)
    session = webdriver.Chrome(options=options, service=Service(driver))
    yield session
    session.quit()


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The HTML of every mail in both languages, as files: (name, language) -> URL."""
    folder = tmp_path_factory.mktemp("pages")
    kit, found = case.sample_kit(templating.load()), {}
    for name in sorted(CONTEXT):
        for language in ("fr", "en"):
            send = case.sample_send(name, language)
            (mail,) = compose(case.sample_decision(send), case.sample_facts(), case.sample_directory(), kit)
            parsed = message_from_bytes(mail.octets, policy=default)
            file = folder / f"{name}-{language}.html"
            file.write_text(parsed.get_body(("html",)).get_content(), encoding="utf-8", newline="")
            found[name, language] = file.as_uri()
    return found


def screen(browser, width, **media):
    size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    features = [{"name": "prefers-color-scheme", "value": media.get("scheme", "light")}]
    browser.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"media": media.get("media", ""), "features": features}
    )


def check_links(links, name):
    """Each link's accessible name holds its visible text, and one name leads to one place."""
    plain = [(text.replace("\u00a0", " "), label.replace("\u00a0", " "), href) for text, label, href in links]
    assert [row for row in plain if not row[0] or row[0] not in row[1]] == [], name
    places = {}
    for _, label, href in plain:
        places.setdefault(label, set()).add(href)
    assert {label: hrefs for label, hrefs in places.items() if len(hrefs) > 1} == {}, name


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_every_mail_fits_its_screen_and_is_built_for_reading_aloud(browser, pages, width):
    screen(browser, width)
    for (name, language), url in pages.items():
        browser.get(url)
        seen = browser.execute_script(STRUCTURE)
        assert seen["width"] <= seen["shown"] == width, (name, language)
        assert seen["column"] == min(width, 664), name
        assert (seen["lang"], seen["inner"]) == (language, language)
        assert seen["title"].startswith("[Administration+")
        assert seen["levels"][0] == 1 and set(seen["levels"][1:]) <= {2}, name
        check_links(seen["links"], name)
        assert [h for h in seen["acts"] if h < (44 if width == PHONE else 24)] == [], name


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_word_has_enough_contrast_and_size(browser, pages, scheme):
    screen(browser, PHONE, scheme=scheme)
    for (name, language), url in pages.items():
        if language == "fr":
            browser.get(url)
            words = browser.execute_script(CONTRASTS)
            assert len(words) > 3
            assert [w for w in words if w[1] < 4.5 or w[2] < 14] == [], name


def test_on_paper_a_mail_has_no_colour_behind_its_words(browser, pages):
    screen(browser, DESKTOP, media="print")
    browser.get(pages["new-case-agent", "fr"])
    grounds = (
        "return [...document.querySelectorAll('body, body *')].map(e => getComputedStyle(e).backgroundColor)"
    )
    assert set(browser.execute_script(grounds)) <= {"rgb(255, 255, 255)", "rgba(0, 0, 0, 0)"}


def test_clients_that_drop_the_style_sheet_still_show_the_design(browser, pages):
    """Webmails that keep only inline styles: same column, same contrast."""
    screen(browser, PHONE)
    browser.get(pages["new-case-agent", "fr"])
    browser.execute_script("document.querySelectorAll('style').forEach(s => s.remove())")
    assert [w for w in browser.execute_script(CONTRASTS) if w[1] < 4.5] == []
    assert browser.execute_script(STRUCTURE)["width"] == PHONE
