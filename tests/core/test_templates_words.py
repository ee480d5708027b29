"""Guarantee: every mail renders for everyone it may reach, says the same in text and HTML and in both languages, and
keeps to the tone and the order that the service promises."""

import re
from email import message_from_bytes
from email.policy import default
from itertools import product
from pathlib import Path

import pytest
from msgspec.structs import replace

from mailrouter import templating
from mailrouter.core.compose import compose
from mailrouter.core.compose import sample as case
from mailrouter.core.compose.context import ACTS, ALWAYS, CONTEXT
from mailrouter.core.decide.senders import operating
from mailrouter.core.decide.words.command import BY_NAME, said
from mailrouter.core.mail.says.fields import labelled
from mailrouter.core.mail.wire.text import html_to_text
from mailrouter.core.text import folded_words

ROOT = Path(__file__).parents[2]
TEMPLATES = templating.load()
KIT = case.sample_kit(TEMPLATES)
DIRECTORY = case.sample_directory()
NAMES = sorted(CONTEXT)
SIDES = {
    "helper": {"recipient": case.AIDANT, "role": "creator", "group": "fs-cahors", "audience": "everyone"},
    "agent": {"recipient": case.AGENT, "role": "agent", "group": "caf-lot"},
}
# What a closed line starts with in a plain act ("clore oui" is the act `close`).
ACT_OF = {
    **dict.fromkeys(("close-yes", "close-unknown", "close-no"), "close"),
    **dict.fromkeys(("disown", "leave"), "not-me"),
    "invite-expert": "invite",
}
ACT_AS = {"disown": "not-me"}


def mail_of(send):
    (mail,) = compose(case.sample_decision(send), case.sample_facts(), DIRECTORY, KIT)
    parsed = message_from_bytes(mail.octets, policy=default)
    return mail, parsed, parsed.get_body(("html",)).get_content()


def every():
    for name, language, side in product(NAMES, ("fr", "en"), SIDES):
        yield replace(case.sample_send(name, language), **(SIDES[side] if name != "note" else {}))


@pytest.fixture(scope="module")
def mails():
    return [(send, *mail_of(send)) for send in every()]


def test_every_template_has_its_row_its_sample_and_its_line_in_the_docs():
    on_disk = {p.name for lang in ("fr", "en") for p in (ROOT / "templates" / lang).iterdir() if p.is_dir()}
    docs = (ROOT / "docs" / "templates.md").read_text()
    assert on_disk == set(CONTEXT) == set(TEMPLATES.names)
    assert [n for n in CONTEXT if f"`{n}`" not in docs] == []
    values = {v for row in CONTEXT.values() for v in (*row.needs, *row.may)} | set(ALWAYS)
    assert sorted(v for v in values if f"`{v}`" not in docs) == []
    assert set(ACTS) <= set(CONTEXT)


def test_every_template_says_in_its_first_line_what_it_may_be_told():
    for name, language in product(NAMES, ("fr", "en")):
        first = (ROOT / "templates" / language / name / "body.txt.j2").read_text().splitlines()[0]
        assert first.startswith("{# ") and first.endswith("#}"), name
        told = set(re.findall(r"\w+", first))
        assert [v for v in (*CONTEXT[name].needs, *CONTEXT[name].may) if v not in told] == [], name


WRITTEN_OUT = re.compile(
    r"\b(?:(?:un|a|one) (?:an|mois|year|month)|(?:deux|trois|six|dix|trente|two|three|ten|thirty|\d+) (?:ans|mois|jours"
    r"|semaines|years|months|days|weeks))\b"
)


def test_no_figure_of_the_yaml_is_written_out_in_a_template():
    """Operators set how old a mandate may be and how long mail is kept: texts name the figure in force."""
    found = {
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in sorted((ROOT / "templates").rglob("*.j2"))
        for match in WRITTEN_OUT.finditer(path.read_text())
    }
    assert found == set()


def test_with_the_fewest_values_every_template_still_renders():
    for send in every():
        needs = CONTEXT[send.template].needs
        least = {k: v for k, v in send.values.items() if k in needs}
        for disclosure in ("full", "notice"):
            mail, _, _ = mail_of(replace(send, values=least, disclosure=disclosure))
            assert mail.text.strip()


def test_subjects_hold_label_number_and_organisation_and_no_word_of_anybody(mails):
    """Free text cannot reach a subject: it is rendered without it. The words here are in every other value."""
    for send, _, parsed, _ in mails:
        subject = parsed["Subject"]
        tag = "[Administration+ 2026-004217-S] " if send.case_id else "[Administration+] "
        assert subject.startswith(tag), send.template
        assert not re.search("Exemple|Ana|loyer|Zoé|Claire|Martin|Durand|expulsion|logement|@|321", subject)
        assert len(subject) < 90
    allowed = {"tag", "label", "number", "about"}
    for path in (ROOT / "templates").rglob("subject.txt.j2"):
        assert set(re.findall(r"{{\s*(\w+)", path.read_text())) <= allowed, path


def test_text_and_html_say_the_same_words_in_the_same_order(mails):
    """A reply quotes what its writer's client showed: words that only the HTML has would count as theirs."""
    for send, mail, _, html in mails:
        shown = iter(folded_words(mail.text))
        lacking = [word for word in folded_words(html_to_text(html, links=False)) if word not in shown]
        assert lacking == [], (send.template, send.language)


def test_what_is_new_comes_first_then_acts_then_context_then_the_footer(mails):
    for send, mail, _, html in mails:
        heading = TEMPLATES.book(send.language).words["acts_heading"]
        blocks = mail.text.strip().split("\n\n")
        footer = [n for n, block in enumerate(blocks) if block.startswith("Administration+ ")][-2:]
        assert blocks[0] not in ("", heading) and footer == [len(blocks) - 2, len(blocks) - 1]
        told = [blocks.index(send.text.split("\n\n")[1])] if send.text else []
        acts = [blocks.index(heading)] if heading in blocks else []
        context = [
            blocks.index(b) for b in blocks if b.startswith(("La personne concernée", "The person concerned"))
        ]
        order = [0, *told, *acts, *context, *footer]
        assert order == sorted(order), (send.template, send.language)
        assert re.findall("<h1|<p|<ul|<h2|<div class=.message", html)[0] == "<h1" and html.count("<h1") == 1


def offered(send, text: str) -> list[str]:
    """The names of the acts whose words the mail lists."""
    words = TEMPLATES.book(send.language).words
    shown = {
        words["quoted"].format(word): ACT_AS.get(name, name) for name, (word, *_) in words["acts"].items()
    }
    shown[words["quoted"].format(words["invite_someone"])] = "invite"
    rows = [line[2:] for line in text.splitlines() if line.startswith("- ")]
    return [name for row in rows for start, name in shown.items() if row.startswith(start)]


def test_both_languages_offer_the_same_acts_in_the_same_order(mails):
    seen = {}
    for send, mail, _, html in mails:
        acts = offered(send, mail.text)
        seen.setdefault((send.template, send.recipient), []).append(acts)
        assert html.count('class="word"') >= len(acts)
    assert {k: v for k, v in seen.items() if v[0] != v[1]} == {}
    assert seen["new-case-agent", case.AGENT][0] == list(ACTS["new-case-agent"][1])
    assert seen["held-ask", case.AGENT][0] == ["note", "send"]
    assert seen["challenge", case.AIDANT][0] == ["its-me", "not-me"]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_word_offered_is_understood_as_the_act_it_stands_for(language):
    acts = TEMPLATES.book(language).words["acts"]
    assert set(acts) == {*BY_NAME, *ACT_OF}
    understood = {}
    for name, (word, _, *_written) in acts.items():
        command = said(f"{word}\n")
        understood[name] = command.act if command else None
    assert understood == {name: ACT_OF.get(name, name) for name in acts}


def test_the_words_that_a_link_writes_are_the_act_itself():
    """A link that stops before an argument is completed by hand; the others are the whole answer."""
    words = TEMPLATES.book("fr").words["acts"]
    assert said(words["close-yes"][0]).argument == "yes"
    assert said(words["close-unknown"][0]).argument == "unknown"
    assert said(words["close-no"][0]).argument == "no"
    for name, example in {
        "irrelevant": "hors sujet",
        "note": "à vérifier",
        "invite": "CAF 69",
        "exclude": "a@b.fr",
    }.items():
        written = words[name][2]
        command = said(f"{written}{example}")
        assert (command.act, command.argument) == (name, example)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_form_that_a_link_writes_is_read_back_as_fields(language):
    send = case.sample_send("incomplete", language)
    _, _, html = mail_of(send)
    book = TEMPLATES.book(language)
    given = {
        "prenom": "Ana",
        "nom": "Exemple",
        "naissance": "01/02/1984",
        "mandate": "10/03/2026",
        "organisation": "CAF",
    }
    hints, colon = book.words["form_hints"], book.words["colon"]
    form = "\n".join(
        f"{label}{colon}{hints.get(n, '')}{given[n]}" for n, label in book.words["form_labels"].items()
    )
    found = {s.field: (s.value, s.problem) for s in labelled(form, case.NOW.date())}
    assert found == {
        "prenom": ("Ana", ""),
        "nom": ("Exemple", ""),
        "naissance": ("1984-02-01", ""),
        "mandat": ("oui 2026-03-10", ""),
        "organisme": ("CAF", ""),
    }
    assert "%0D%0A" in html


def test_the_tone_is_calm_and_readable_aloud(mails):
    """No exclamation, no midpoint spelling, no rule of signs, no template left over, nothing double."""
    for send, mail, _, html in mails:
        own = mail.text.replace(send.text, "…") if send.text else mail.text
        assert not re.search(r"!|·|\(e\)|[-_=*~#]{3,}|{{|}}|{%|None|\*\*|\(\)", own), send.template
        assert not re.search(r"  |\n\n\n| ,| \.|:\s*:|\.\.(?!\.)|\bde Administration", own), (
            send.template,
            own,
        )
        assert "on*=" not in html and "<script" not in html and "<img" not in html
        assert html.count(f'lang="{send.language}"') == 2


def test_emergency_numbers_are_listed_only_when_it_is_urgent():
    calm = dict(case.sample_send("receipt").values, urgent="")
    numbers = {n for n in ("115", "112", "17 :", "15 :") if n in mail_of(case.sample_send("receipt"))[0].text}
    assert numbers == {"115", "112", "17 :", "15 :"}
    text = mail_of(replace(case.sample_send("receipt"), values=calm))[0].text
    assert [n for n in ("115", "112", "17 :", "15 :") if n in text] == []


def test_what_was_understood_is_said_back_with_identifiers_masked():
    for name in ("incomplete", "receipt"):
        mail, _, html = mail_of(case.sample_send(name))
        assert "…567" in mail.text and "184024601234567" not in mail.text + html


def test_with_few_choices_each_organisation_is_a_link_and_with_many_only_the_proposed():
    send = case.sample_send("which-organisation")
    many = [f"ORG{n}" for n in range(30)]

    def links(**values):
        html = mail_of(replace(send, values=values))[2]
        return re.findall(r"&amp;body=([^\"]+)\"", html)

    assert links(choices=["CPAM", "CAF"], proposed=["CAF"]) == ["CAF"]
    assert links(choices=["CPAM", "CAF"]) == ["CPAM", "CAF"]
    assert links(choices=many) == []
    assert "ORG29" in mail_of(replace(send, values={"choices": many}))[0].text


def test_what_people_write_is_shown_and_never_becomes_markup():
    evil = "<script>x</script> **gras** [ici](https://piege.example/)\n# titre\n| a | b\n{{ 7 * 7 }}\n--\n= a | b | c"
    send = replace(case.sample_send("answer"), text=evil, author_name='Zoé <b>"x"</b>')
    mail, parsed, html = mail_of(send)
    assert evil in mail.text
    assert "<script" not in html and "piege.example/&quot;" not in html and 'href="https://piege' not in html
    assert html.count("<h1") == 1 and "&lt;script&gt;" in html and "49" not in mail.text
    assert parsed["From"].addresses[0].display_name == "Zoé b x /b (CAF du Lot) via Administration+"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_reason_to_hold_has_its_words(language):
    """Operators read why a mail is held in words: whatever stands in the code as a reason is in `held_reasons`."""
    decide = Path(__file__).parents[2] / "mailrouter/core/decide"
    code = "".join(path.read_text("utf-8") for path in sorted(decide.rglob("*.py")))
    found = set(re.findall(r'\bhold\(\s*scene, f?"([a-z-]+)', code))
    found |= set(re.findall(r'\bhold\(\s*scene, f?"[^)]*? else f?"([a-z-]+)"', code))
    found |= set(re.findall(r'\bask_writer\(\s*scene, voice, "([a-z-]+)"', code)) | {"messages-attached"}
    found |= (
        set(re.findall(r'challenge\(scene, \w+, "([a-z-]+)"', code))
        | set(operating.STRANGERS)
        | set(operating.ASKED)
    )
    assert len(found) > 25
    words = TEMPLATES.book(language).words["held_reasons"]
    assert found <= set(words), found - set(words)


def test_a_day_in_the_reason_of_an_urgency_keeps_its_article():
    """Reading takes "le 16 mars" for the date; what is shown is a sentence all the same."""
    for value, shown in (
        ("expulsion, avant 2026-03-16", "expulsion, avant le 16 mars 2026"),
        ("coupure prévue 2026-03-16", "coupure prévue le 16 mars 2026"),
        ("d'une dame née 1961-04-03", "d'une dame née le 3 avril 1961"),
        ("expulsion 2026-03-16", "expulsion 16 mars 2026"),
        ("avant 2026-99-99", "avant 2026-99-99"),
    ):
        send = case.sample_send("new-case-agent")
        mail, _, _ = mail_of(replace(send, values={**send.values, "urgent": value}))
        assert f"Urgent : {shown}\r\n" in mail.text or f"Urgent : {shown}\n" in mail.text, value
