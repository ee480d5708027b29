"""The secure page of a town, over HTTP in this process: browsers with their own cookies, and the codes they are sent."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.testclient import TestClient
from town import CONFIG, Letter, Outcome, Town, town

from mailrouter.serving import page_routes

URL = "https://lire.aplus.example"
LOT = Path("config/routing/territories/46-lot.yaml")
# CAF reads on the page only; DDFIP's mailbox has readers who did not agree.
CHANGES = (
    (
        "managers: [chef@caf46.example]\n    disclosure: full",
        "managers: [chef@caf46.example]\n    disclosure: notice",
    ),
    ("    readers_agreed: 2026-02-02\n", ""),
)


class Room:
    """A town with its page. `browser()` is a new one each time."""

    def __init__(self, place: Town) -> None:
        self.place = place

        async def application() -> Starlette:
            return Starlette(routes=page_routes(place.app))

        self.application = place.run(application())

    def browser(self, peer: str = "198.51.100.7") -> TestClient:
        """A browser that keeps its cookies and follows no redirect by itself."""
        return TestClient(self.application, base_url=URL, client=(peer, 50000), follow_redirects=False)

    def mailed(self) -> Outcome:
        """Wait for codes that were asked for, and let the mail go out."""
        self.place.app.codes.submit(lambda: None).result()
        return self.place.settle()

    def code_to(self, address: str) -> str:
        """The code that was just mailed to `address`, and to nobody else."""
        letters = self.mailed().letters
        assert [(x.to, x.template) for x in letters] == [(address, "page-code")]
        return code_in(letters[0])

    def let_in(
        self, link: str, address: str, named: str = "", browser: TestClient | None = None
    ) -> TestClient:
        """A browser that asked for a code with `link` and entered the one mailed to `address`."""
        browser = browser or self.browser()
        asked = browser.post(f"{link}/code", data={"adresse": named} if named else {})
        assert asked.status_code == 303, asked.text
        entered = browser.post(link, data={"code": self.code_to(address)})
        assert (entered.status_code, entered.headers["location"]) == (303, link)
        return browser


def code_in(letter: Letter) -> str:
    """The six digits of a code's mail, as they are written."""
    found = re.search(r"\b(\d{3} \d{3})\b", letter.text)
    assert found, letter.text
    return found.group(1)


def link_in(letter: Letter, url: str = URL) -> str:
    """The path of the page's link in a notice."""
    (found,) = set(re.findall(rf"{re.escape(url)}(/lire/[^\s)]+)", letter.text))
    return found


def write_config(folder: Path, url: str = URL) -> Path:
    """The sample configuration with a page and groups that read there."""
    config = folder / "given" / "config"
    shutil.copytree(CONFIG, config)
    static = config / "mailrouter.yaml"
    static.write_text(static.read_text() + f'\npage: {{ url: "{url}" }}\n')
    lot = folder / "given" / LOT
    text = lot.read_text()
    for before, after in CHANGES:
        assert before in text
        text = text.replace(before, after)
    lot.write_text(text)
    return config


@contextmanager
def room(folder: Path, database: str = "", url: str = URL) -> Iterator[Room]:
    """A town with a page, in `folder`."""
    config = write_config(folder, url)
    (folder / "town").mkdir()
    with town(folder / "town", database, config) as place:
        yield Room(place)


def forget_caps(place: Town) -> None:
    """As if an hour and a day had passed for every cap; the clock stays."""
    from sqlalchemy import delete

    from mailrouter.store.rows import rows
    from mailrouter.store.tables import Counter

    counter = rows(Counter)
    place.app.store.write(lambda c: c.execute(delete(counter).where(counter.c.until.is_not(None))))
