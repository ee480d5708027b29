"""Guarantee: operators may word mails anew for everyone or for one organisation, and a slip of theirs is told with
file and line before it reaches anybody."""

import sys
import tomllib
from pathlib import Path

import pytest

from mailrouter import templating
from mailrouter.cli import main
from mailrouter.core.compose import compose
from mailrouter.core.compose import sample as case


def write(root, path, text):
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def text_of(templates, name, organisation):
    decision = case.sample_decision(case.sample_send(name, "fr", organisation))
    kit = case.sample_kit(templates)
    (mail,) = compose(decision, case.sample_facts(), case.sample_directory(organisation), kit)
    return mail.text


OWN = '{% extends "letter.j2" %}{% block news %}\n# Propre à nous, {{ number }}\n{% endblock %}'


def test_an_override_replaces_one_mail_for_everyone_or_for_one_organisation(tmp_path):
    write(tmp_path, "organisations/cpam/fr/receipt/body.txt.j2", OWN)
    templates = templating.load(tmp_path)
    assert text_of(templates, "receipt", "CPAM").startswith("Propre à nous, 2026-004217-S\n")
    assert text_of(templates, "receipt", "CAF") == text_of(templating.load(), "receipt", "CAF")
    write(tmp_path, "fr/receipt/body.txt.j2", OWN)
    assert text_of(templating.load(tmp_path), "receipt", "CAF").startswith("Propre à nous, 2026-004217-S\n")


FAULTY = {
    "fr/receipt/body.txt.j2": ("Bonjour\n{{ asqued }}\n", 2, "'asqued' is undefined"),
    "fr/reopened/body.txt.j2": ("{% if who %}\nBonjour\n", 2, "Unexpected end of template"),
    "fr/closed/subject.txt.j2": ("\n\n{{ text }}", 3, "'text' is undefined"),
    "fr/answer/body.txt.j2": (
        "{% if disclosure == 'notice' %}\n{{ nowhere }}{% endif %}",
        2,
        "'nowhere' is undefined",
    ),
    "fr/taken/body.txt.j2": ("{{ why.absent() }}", 1, "has no attribute 'absent'"),
    "fr/waiting/body.txt.j2": ("{% extends 'lettre.j2' %}", 1, "lettre.j2"),
    "pages/gone.html.j2": ("<p>\n{{ nobody }}", 2, "'nobody' is undefined"),
    "organisations/caf/en/note/body.txt.j2": ("{{ number.__class__ }}", 1, "attribute '__class__'"),
}


def test_every_slip_is_told_with_file_and_line(tmp_path):
    files = {str(write(tmp_path, path, text)): (line, said) for path, (text, line, said) in FAULTY.items()}
    found = templating.faults(tmp_path)
    assert {(f.file, f.line, f.severity) for f in found} == {
        (f, line, "error") for f, (line, _) in files.items()
    }
    assert [f.message for f in found if files[f.file][1] not in f.message] == []


def test_a_slip_in_the_words_of_a_language_is_told_too(tmp_path):
    file = write(tmp_path, "fr/words.j2", "\n{% set a = %}")
    (fault,) = templating.faults(tmp_path)
    assert (fault.file, fault.line) == (str(file), 2)


def preview(capfdbinary, *args):
    with pytest.raises(SystemExit) as ended:
        sys.exit(main(["template", *args]))
    return ended.value.code or 0, *capfdbinary.readouterr()


def test_the_preview_prints_subject_text_and_html(capfdbinary, tmp_path):
    code, out, err = preview(
        capfdbinary, "preview", "receipt", "--lang", "en", "--config", str(tmp_path / "none")
    )
    assert (code, err) == (0, b"")
    lines = out.decode().splitlines()
    assert lines[0] == "Subject: [Administration+ 2026-004217-S] CAF du Lot"
    assert "Your case has been passed on" in lines
    assert lines[-1] == "</body></html>"


def test_a_preview_of_what_is_not_there_is_a_usage_error(capfdbinary):
    code, out, err = preview(capfdbinary, "preview", "reciept")
    assert (code, out) == (2, b"")
    assert b"no template 'reciept'" in err


def test_the_list_names_every_template_with_its_values(capfdbinary):
    code, out, _ = preview(capfdbinary, "list")
    assert code == 0
    assert b"challenge: needs received_at; may have word, address\n" in out


def test_the_wheel_takes_along_every_kind_of_file_that_is_loaded():
    """The package's `templates` is a link to the repository's; setuptools follows it for the kinds named here."""
    root = Path(__file__).parents[2]
    project = tomllib.loads((root / "pyproject.toml").read_text())
    kinds = project["tool"]["setuptools"]["package-data"]["mailrouter"]
    assert {f"**/*{suffix}" for suffix in templating.SUFFIXES} <= set(kinds)
    assert templating.shipped().resolve() == root / "templates"
    assert {p.suffix for p in (root / "templates").rglob("*") if p.is_file()} == templating.SUFFIXES
