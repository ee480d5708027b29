"""HTML becomes the lines that a person sees."""

from __future__ import annotations

import pytest

from mailrouter.core.mail.wire.text import html_to_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("simple", "simple"),
        ("a &amp; b&nbsp;: &eacute;&#233;&#x20AC;", "a & b : éé€"),
        ("<p>un</p><p>deux</p>", "un\n\ndeux"),
        ("<div>un</div><div>deux</div>", "un\ndeux"),
        ("<div>un<br>deux<br/>trois</div>fin", "un\ndeux\ntrois\nfin"),
        ("<div>un</div><div><br></div><div>deux</div>", "un\n\ndeux"),
        ('<p class="MsoNormal">un</p><p class=MsoNormal>deux<o:p></o:p></p>', "un\ndeux"),
        ("  un \n\t deux  ", "un deux"),
        ("<b>gr</b>as <i>et</i> <span style='x'>italique</span>", "gras et italique"),
        ("<h1>Titre</h1>texte", "Titre\ntexte"),
        ("<pre>  a\n    b  </pre>c", "  a\n    b\n\nc"),
        (
            "<ul><li>un</li><li>deux<ol><li>a</li><li>b</li></ol></li></ul>fin",
            "- un\n- deux\n  1. a\n  2. b\n\nfin",
        ),
        ("un<hr>deux", "un\n________________________________\ndeux"),
        (
            "<blockquote>cité<br>deux<blockquote>plus</blockquote></blockquote>non",
            "> cité\n> deux\n>\n> > plus\nnon",
        ),
        (
            "<table><tr><td>Nom</td><td>Martin</td></tr><tr><th>Né</th><td></td><td>le 3</td></tr></table>",
            "Nom\tMartin\nNé\t\tle 3",
        ),
        ("<table><tr><td>Nom<br>Prénom</td><td>Martin<br>Léa</td></tr></table>", "Nom\nPrénom\nMartin\nLéa"),
        ("<td>hors table</td>", "hors table"),
        ('<a href="https://x.example/">ici</a>', "ici <https://x.example/>"),
        ('<a href="https://x.example/">x.example</a>', "x.example"),
        (
            '<a href="https://www.x.example/a?b=1&amp;c=2">https://www.x.example/a?b=1&amp;c=2</a>',
            "https://www.x.example/a?b=1&c=2",
        ),
        ('<a href="mailto:z@x.example?subject=a">Zoé</a>', "Zoé <z@x.example>"),
        ('<a href="mailto:z@x.example">z@x.example</a>', "z@x.example"),
        ('<a href="javascript:x()">a</a> <a href="#b">c</a> <a name=d>e</a>', "a c e"),
        (
            '<a href="https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fcaf.example%2Fa&amp;data=z">le site</a>',
            "le site <https://caf.example/a>",
        ),
        ('<a href="https://x.example"><img src="logo.png" alt="Logo"></a>fin', "fin"),
        ('oui <img alt="👍" src="cid:a">', "oui 👍"),
        ('<img alt="a > b" src=x>texte', "texte"),
        ("<style>p{}</style><script>if (a<b) {}</script><title>t</title>corps", "corps"),
        ("<!-- non --><p>oui</p><!--[if mso]>non<![endif]--><![if !mso]>si<![endif]>", "oui\nsi"),
        ('<div style="DISPLAY : none">non<div>non</div></div>oui<span hidden>non</span>', "oui"),
        ('<p style="display:none">non<p>oui', "oui"),
        ('<td style="display:none">non</td>oui<br style="display:none">si', "oui\nsi"),
        ("a\u200bb\u00adc", "abc"),
        ("1 < 2 et 3 > 2", "1 < 2 et 3 > 2"),
        ("<p>jamais fermé <b>gras", "jamais fermé gras"),
        ("</div></td></blockquote></ul>fin", "fin"),
        ("<a href=x", "<a href=x"),
    ],
)
def test_html_is_laid_out_as_people_see_it(html: str, text: str) -> None:
    assert html_to_text(html) == text


def test_links_can_be_left_out() -> None:
    assert html_to_text('<a href="https://x.example/">ici</a>', links=False) == "ici"
