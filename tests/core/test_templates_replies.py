"""Guarantee: a reply to any of our mails, from the clients people use, is read as the new words alone: no header field,
name or word of ours goes on to the others as the writer's."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from html import escape

import pytest

from mailrouter import templating
from mailrouter.core.compose import compose
from mailrouter.core.compose import sample as case
from mailrouter.core.compose.context import CONTEXT
from mailrouter.core.mail.fresh.insertions import with_insertions
from mailrouter.core.mail.read import read

KIT = case.sample_kit(templating.load())
NEW = "C'est noté de notre côté, je vous tiens au courant lundi."
WRITER = "Claire MARTIN <claire.martin@caf46.example>"


class Ours:
    """One of our mails as its recipient's client shows it."""

    def __init__(self, name, language, mail):
        self.name, self.language, self.plain = name, language, mail.text
        message = message_from_bytes(mail.octets, policy=default)
        self.author, self.subject = str(message["From"]), str(message["Subject"])
        self.author_name, self.author_address = self.author.rpartition(" ")[0].strip('"'), "lot@aplus.example"
        self.html = message.get_body(("html",)).get_content()


@pytest.fixture(scope="module")
def mails():
    found = []
    for name in sorted(CONTEXT):
        for language in ("fr", "en"):
            decision = case.sample_decision(case.sample_send(name, language))
            (mail,) = compose(decision, case.sample_facts(), case.sample_directory(), KIT)
            found.append(Ours(name, language, mail))
    return found


def marked(text):
    return "".join(f"> {line}".rstrip() + "\n" for line in text.splitlines())


def block(ours, labels, rule="", written=None):
    author, sent, to, subject = labels
    written = written or f"{ours.author_name} <{ours.author_address}>"
    lines = [
        f"{author} {written}",
        f"{sent} jeudi 12 mars 2026 10:05",
        f"{to} {WRITER}",
        f"{subject} {ours.subject}",
    ]
    return "\n".join(([rule] if rule else []) + lines)


FRENCH = ("De :", "Envoyé :", "À :", "Objet :")
ENGLISH = ("From:", "Sent:", "To:", "Subject:")
TEXT = {
    "Outlook in French": lambda o: f"{block(o, FRENCH)}\n\n{o.plain}",
    "Outlook in English": lambda o: f"{block(o, ENGLISH)}\n\n{o.plain}",
    "Outlook on the web": lambda o: f"________________________________\n{block(o, FRENCH)}\n\n{o.plain}",
    "Outlook, old": lambda o: block(o, FRENCH, "-----Message d'origine-----") + f"\n\n{o.plain}",
    "Outlook, the name alone": lambda o: block(o, FRENCH, written=o.author_name) + f"\n\n{o.plain}",
    "Zimbra": lambda o: (
        block(o, ("De:", "Envoyé:", "À:", "Objet:"), "----- Mail original -----") + f"\n\n{o.plain}"
    ),
    "Gmail": lambda o: (
        f"Le jeu. 12 mars 2026 à 10:05, {o.author_name} <lot@aplus.example> a écrit :\n\n{marked(o.plain)}"
    ),
    "Thunderbird": lambda o: f"Le 12/03/2026 à 10:05, {o.author_name} a écrit :\n{marked(o.plain)}",
    "Apple Mail": lambda o: (
        f"Le 12 mars 2026 à 10:05, {o.author_name} <lot@aplus.example> a écrit :\n\n{marked(o.plain)}"
    ),
    "Gmail in English": lambda o: (
        f"On Thu, 12 Mar 2026 at 10:05, {o.author_name} <lot@aplus.example> wrote:\n\n{marked(o.plain)}"
    ),
    "Roundcube": lambda o: f"Le 2026-03-12 10:05, {o.author_name} a écrit :\n\n{marked(o.plain)}",
}
PAGE = {
    "Outlook": lambda o: (
        '<div class="WordSection1"><p class="MsoNormal">{new}</p><div><div style="border:none;border-top:solid #E1E1E1'
        ' 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal"><b>De&nbsp;:</b> {author} <br><b>Envoyé&nbsp;:</b>'
        " jeudi 12 mars 2026 10:05<br><b>À&nbsp;:</b> {writer}<br><b>Objet&nbsp;:</b> {subject}</p></div></div>{html}</div>"
    ),
    "Outlook on the web": lambda o: (
        '<div class="elementToProof">{new}</div><div id="appendonsend"></div><hr style="display:inline-block;width:98%">'
        '<div id="divRplyFwdMsg" dir="ltr"><font face="Calibri"><b>De :</b> {author}<br><b>Envoyé :</b> jeudi 12 mars'
        " 2026 10:05<br><b>À :</b> {writer}<br><b>Objet :</b> {subject}</font><div>&nbsp;</div></div><div>{html}</div>"
    ),
    "Gmail": lambda o: (
        '<div dir="ltr">{new}</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">Le jeu. 12 mars 2026 à'
        ' 10:05, {author} a écrit :<br></div><blockquote class="gmail_quote">{html}</blockquote></div>'
    ),
    "Thunderbird": lambda o: (
        '<p>{new}</p><div class="moz-cite-prefix">Le 12/03/2026 à 10:05, {author} a écrit :<br></div>'
        '<blockquote type="cite">{html}</blockquote>'
    ),
}


def shown(ours, text, html=""):
    """What the others would read of this reply."""
    reply = EmailMessage(policy=SMTP)
    reply["From"], reply["To"], reply["Subject"] = WRITER, "cas-1@aplus.example", f"RE: {ours.subject}"
    reply["Date"] = "Thu, 12 Mar 2026 11:00:00 +0100"
    reply.set_content(text)
    if html and text:
        reply.add_alternative(html, subtype="html")
    elif html:
        reply.clear_content()
        reply.set_content(html, subtype="html")
    return with_insertions(read(reply.as_bytes()).message, (ours.plain,)).visible.strip()


def page(ours, client):
    form = PAGE[client](ours)
    values = {
        "new": NEW,
        "author": escape(ours.author),
        "writer": escape(WRITER),
        "subject": escape(ours.subject),
    }
    return f"<html><body>{form.format(html=ours.html, **values)}</body></html>"


@pytest.mark.parametrize("client", TEXT)
def test_a_reply_in_text_is_its_new_words(mails, client):
    """The quote is in the client's own form, names and all."""
    wrong = {
        (o.name, o.language): got for o in mails if (got := shown(o, f"{NEW}\n\n{TEXT[client](o)}")) != NEW
    }
    assert wrong == {}


@pytest.mark.parametrize("client", PAGE)
def test_a_reply_in_html_is_its_new_words(mails, client):
    """The same for clients that send HTML alone."""
    wrong = {(o.name, o.language): got for o in mails if (got := shown(o, "", page(o, client))) != NEW}
    assert wrong == {}


@pytest.mark.parametrize("client", ["Outlook", "Outlook on the web"])
def test_a_reply_in_both_is_its_new_words(mails, client):
    """And for those that send text beside it."""
    wrong = {
        (o.name, o.language): got
        for o in mails
        if (
            got := shown(
                o,
                f"{NEW}\n\n{TEXT[client + ' in French' if client == 'Outlook' else client](o)}",
                page(o, client),
            )
        )
        != NEW
    }
    assert wrong == {}
