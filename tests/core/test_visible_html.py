"""Guarantee: in HTML the structure decides what is quoted, and a structure that lies costs no text."""

import pytest

from mailrouter.core.mail.fresh.visible import visible, visible_html
from mailrouter.core.model.mail import Parsed

Q = "<div>Bonjour,</div><div>et le bail ?</div>"
AT = "Le 12/03/2024 à 10:12, Jean Dupont &lt;jean@caf.example&gt; a écrit :"
HEAD = "<b>De :</b> Jean<br><b>Envoyé :</b> mardi 12 mars 2024 10:12<br><b>À :</b> Zoé<br><b>Objet :</b> bail<br>"
WEAK = "<b>De :</b> Jean<br><b>À :</b> Zoé<br><b>Objet :</b> bail<br>"  # no date: the structure must tell

ONLY_OUI = {
    "cited blockquote without attribution": f'<p>Oui.</p><blockquote type="cite">{Q}</blockquote>',
    "cited by message id": f'<p>Oui.</p><blockquote cite="mid:abc@x.example">{Q}</blockquote>',
    "bare blockquote under an attribution": f"<p>Oui.</p><p>{AT}</p><blockquote>{Q}</blockquote>",
    "bare blockquote around an attribution": f"<p>Oui.</p><blockquote><p>{AT}</p>{Q}</blockquote>",
    "gmail_quote without blockquote": f'<p>Oui.</p><div class="gmail_quote">{AT}<br>{Q}</div>',
    "gmail in upper case": f'<P>Oui.</P><DIV CLASS="gmail_quote">{AT}<BLOCKQUOTE CLASS="gmail_quote">{Q}</BLOCKQUOTE></DIV>',
    "gmail rewritten by Outlook": f'<p>Oui.</p><div class="x_gmail_quote"><div class="x_gmail_attr">{AT}</div><blockquote class="x_gmail_quote">{Q}</blockquote></div>',
    "attribution over two elements": f"<p>Oui.</p><div>Le 12/03/2024 à 10:12, <b>Jean Dupont</b></div><div>&lt;jean@caf.example&gt; a écrit :</div><blockquote>{Q}</blockquote>",
    "outlook border, weak block": f'<p>Oui.</p><div style="border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p>{WEAK}</p></div>{Q}',
    "outlook web, weak block": f'<div>Oui.</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg">{WEAK}</div>{Q}',
    "outlook web seen by outlook": f'<div>Oui.</div><hr><div id="x_divRplyFwdMsg">{WEAK}</div>{Q}',
    "outlook mac section": f'<div>Oui.</div><span id="OLK_SRC_BODY_SECTION"><div>{WEAK}</div>{Q}</span>',
    "rule over a block": f"<div>Oui.<hr>{HEAD}<br>{Q}</div>",
    "block without a rule": f"<p>Oui.</p><p>{HEAD}</p>{Q}",
    "yahoo container": f'<div>Oui.</div><div id="yahoo_quoted_1" class="yahoo_quoted"><div>{Q}</div></div>',
    "proton container": f'<div>Oui.</div><div class="protonmail_quote">{AT}<blockquote class="protonmail_quote" type="cite">{Q}</blockquote></div>',
    "tutanota container": f'<div>Oui.</div><blockquote class="tutanota_quote" type="cite">{Q}</blockquote>',
    "zoho container": f'<div>Oui.</div><div class="zmail_extra">---- {AT[:-2]} ----{Q}</div>',
    "zimbra without headers": f'<div>Oui.</div><div data-marker="__QUOTED_TEXT__">{Q}</div>',
    "typed marks": "<div>Oui.<br><br>&gt; Bonjour,<br>&gt; et le bail ?</div>",
    "marker in text": f"<p>Oui.</p><p>-----Message d'origine-----<br>De : Jean</p>{Q}",
    "tables of fields": f"<p>Oui.</p><table><tr><td>De :</td><td>Jean</td></tr><tr><td>Envoyé :</td><td>mardi 12 mars 2024 10:12</td></tr><tr><td>Objet :</td><td>x</td></tr></table>{Q}",
    "no body element, unclosed": f'<div>Oui.<blockquote type="cite">{Q}',
    "comment and script around": f'<!-- <blockquote> --><style>p{{}}</style><p>Oui.</p><!--[if mso]>x<![endif]--><blockquote type="cite">{Q}</blockquote>',
}


@pytest.mark.parametrize("html", ONLY_OUI.values(), ids=ONLY_OUI)
def test_only_what_the_person_wrote_is_new(html: str) -> None:
    got = visible_html(html)
    assert got.visible == "Oui."
    assert "et le bail ?" in got.folded


KEPT = {
    "indentation": (
        '<p>Voici :</p><blockquote style="margin:0 0 0 40px"><p>le texte</p></blockquote>',
        "Voici :\n\nle texte",
    ),
    "gmail's own quote button": (
        '<div>Voici :<blockquote class="gmail_quote">le texte</blockquote>Merci</div>',
        "Voici :\nle texte\nMerci",
    ),
    "forward only, in gmail_quote": (
        '<div class="gmail_quote">---------- Forwarded message ---------<br>De : Jean<br>Date: 12/03/2024 10:12<br>Objet : x<br><br>Texte</div>',
        "---------- Forwarded message ---------\nDe : Jean\nDate: 12/03/2024 10:12\nObjet : x\n\nTexte",
    ),
    "all inside a cited blockquote": (
        '<blockquote type="cite"><p>Bonjour</p><p>Oui.</p></blockquote>',
        "> Bonjour\n>\n> Oui.",
    ),
    "answer typed below the quote": (f'<blockquote type="cite">{Q}</blockquote><p>Oui.</p>', "Oui."),
    "answer typed inside gmail_quote, above the attribution": (
        f'<div class="gmail_quote"><div>Oui.</div><div class="gmail_attr">{AT}</div><blockquote class="gmail_quote">{Q}</blockquote></div>',
        "Oui.",
    ),
    "answer typed inside gmail_quote, below the blockquote": (
        f'<div class="gmail_quote"><div class="gmail_attr">{AT}</div><blockquote class="gmail_quote">{Q}</blockquote><div>Oui.</div></div>',
        "Oui.",
    ),
    "answer typed in the signature element": (
        '<div id="Signature"><p>Oui, le dossier est complet et Madame Martin viendra signer le mandat vendredi prochain à dix heures.</p></div><p>Zoé</p>',
        "Oui, le dossier est complet et Madame Martin viendra signer le mandat vendredi prochain à dix heures.\n\nZoé",
    ),
    "a form in a signature element": (
        '<p>Voici.</p><div class="gmail_signature"><div>Nom : Martin</div><div>Prénom : Jeanne</div></div>',
        "Voici.\nNom : Martin\nPrénom : Jeanne",
    ),
    "border-top of a person's table": (
        '<p>Oui.</p><div style="border-top:solid #ccc 1.0pt"><p>Situation : locataire</p></div>',
        "Oui.\n\nSituation : locataire",
    ),
    "a rule between paragraphs": (
        "<p>Oui.</p><hr><p>Autre sujet : le bail.</p>",
        "Oui.\n________________________________\n\nAutre sujet : le bail.",
    ),
    "empty": ("", ""),
    "only markup": ("<html><body><blockquote></blockquote></body></html>", ""),
}


@pytest.mark.parametrize(("html", "expected"), KEPT.values(), ids=KEPT)
def test_a_persons_text_is_kept_whatever_the_structure(html: str, expected: str) -> None:
    assert visible_html(html).visible == expected


SIGNED = {
    "gmail": '<div>Oui.</div>-- <br><div dir="ltr" class="gmail_signature" data-smartmail="gmail_signature"><div>Zoé Durand<br>France services</div></div>',
    "thunderbird": '<p>Oui.</p><div class="moz-signature">Zoé Durand<br>France services</div>',
    "outlook web": '<div>Oui.</div><div id="Signature"><p>Zoé Durand</p><p>France services</p></div>',
    "zimbra": '<div>Oui.</div><div data-marker="__SIG_PRE__"><div>Zoé Durand</div><div>France services</div></div>',
}


@pytest.mark.parametrize("html", SIGNED.values(), ids=SIGNED)
def test_signature_elements(html: str) -> None:
    got = visible_html(html)
    assert got.visible == "Oui."
    assert got.signature.replace("\n\n", "\n").removeprefix("--\n") == "Zoé Durand\nFrance services"


def test_links_of_the_text_stay_and_those_of_a_signature_go() -> None:
    got = visible_html(
        '<p>Voir <a href="https://caf.example/a">ici</a>.</p><div class="gmail_signature">Zoé <a href="https://x.example/z">blog</a></div>'
    )
    assert got.visible == "Voir ici <https://caf.example/a>."
    assert got.signature == "Zoé blog"


def test_text_decides_when_it_marks_its_quote() -> None:
    parsed = Parsed(
        text=f"Oui.\n\n{AT.replace('&lt;', '<').replace('&gt;', '>')}\n> Bonjour\n",
        html=f"<p>Oui!</p><blockquote>{Q}</blockquote>",
    )
    assert visible(parsed).visible == "Oui."


def test_html_decides_when_the_text_part_lost_the_marks() -> None:
    parsed = Parsed(
        text="Oui.\n\nBonjour,\net le bail ?\n", html=f'<p>Oui.</p><blockquote type="cite">{Q}</blockquote>'
    )
    assert visible(parsed).visible == "Oui."


def test_html_decides_when_there_is_no_text_part() -> None:
    html = f'<p>Oui.</p><blockquote type="cite">{Q}</blockquote>'
    assert (
        visible(Parsed(text="Oui.\n\n> Bonjour,\n> et le bail ?", text_from_html=True, html=html)).visible
        == "Oui."
    )
    assert visible(Parsed(text="  \n", html=html)).visible == "Oui."
