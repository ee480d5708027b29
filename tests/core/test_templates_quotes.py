"""Guarantee: a reply that quotes one of our mails, in whatever form its client quotes, holds nothing that would be
taken for the writer's own words; and what the writer does insert is found."""

import textwrap
from email import message_from_bytes
from email.policy import default

import pytest

from mailrouter import templating
from mailrouter.core.compose import compose
from mailrouter.core.compose import sample as case
from mailrouter.core.compose.context import CONTEXT
from mailrouter.core.mail.fresh.quote import insertions
from mailrouter.core.mail.wire.text import html_to_text

KIT = case.sample_kit(templating.load())
HEADER = "Le jeu. 12 mars 2026 à 10:05, Administration+ <lot@aplus.example> a écrit :\n\n"
INSERTED = "Elle a déménagé le 3 mars, son nouveau bail est joint."


def quoted(text):
    return HEADER + "".join(f"> {line}\n" for line in text.splitlines())


def wrapped(text):
    return "\n".join(part for line in text.splitlines() for part in textwrap.wrap(line, 70) or [""])


FORMS = {
    "as it is": lambda plain, html: quoted(plain),
    "wrapped": lambda plain, html: quoted(wrapped(plain)),
    "without marks": lambda plain, html: HEADER + plain,
    "from the HTML": lambda plain, html: quoted(html_to_text(html)),
    "from the HTML, links left out": lambda plain, html: quoted(html_to_text(html, links=False)),
}


@pytest.fixture(scope="module")
def mails():
    found = []
    for name in sorted(CONTEXT):
        for language in ("fr", "en"):
            decision = case.sample_decision(case.sample_send(name, language))
            (mail,) = compose(decision, case.sample_facts(), case.sample_directory(), KIT)
            html = message_from_bytes(mail.octets, policy=default).get_body(("html",)).get_content()
            found.append((name, language, mail.text, html))
    return found


@pytest.mark.parametrize("form", FORMS)
def test_nothing_of_our_own_mail_counts_as_new(mails, form):
    taken = {
        (name, language): found
        for name, language, plain, html in mails
        if (found := insertions(FORMS[form](plain, html), (plain,)))
    }
    assert taken == {}


@pytest.mark.parametrize("form", ["as it is", "wrapped", "from the HTML"])
def test_a_line_written_into_our_mail_is_found(mails, form):
    lost = []
    for name, language, plain, html in mails:
        received = FORMS[form](plain, html).split("\n")
        place = next(i for i, line in enumerate(received) if "Administration+ " in line and i > 3)
        received.insert(place, f"> {INSERTED}")
        if insertions("\n".join(received), (plain,)) != INSERTED:
            lost.append((name, language))
    assert lost == []
