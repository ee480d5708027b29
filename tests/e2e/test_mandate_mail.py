"""The mandate form by mail: asked for, filled in, and the same in `simulate`."""

from __future__ import annotations

from town import COMPLETE, FIELDS, ZOE


def attached(letter):
    """(name, octets) of the files of a letter."""
    return [(p.get_filename(), p.get_content()) for p in letter.message.iter_attachments()]


def test_mandat_by_mail_gives_a_form(town):
    """Blank from mandat@, the aidant's own name on it; filled in when the mail says whose mandate it is."""
    blank = town.write(ZOE, "mandat@aplus.example", "Mandat", "Bonjour, le formulaire s'il vous plaît.")
    ((name, octets),) = attached(blank.to(ZOE, "mandate-form"))
    assert name == "mandat.pdf" and octets.startswith(b"%PDF-")
    assert "Le formulaire de mandat est joint" in blank.to(ZOE).text
    filled = town.write(ZOE, "mandat@aplus.example", "Mandat de Marie", FIELDS)
    ((_, other),) = attached(filled.to(ZOE, "mandate-form"))
    assert other != octets
    assert "déjà rempli" in filled.to(ZOE).text


def test_mandat_on_an_incomplete_case_is_filled_in(town):
    """The case knows the person: the form comes back to sign, and then one line completes the case."""
    asked = town.write(ZOE, "lot+caf@aplus.example", "APL", f"Son APL est bloquée.\n\n{FIELDS}").to(ZOE)
    form = town.answer(ZOE, asked, "mandat")
    assert form.sent() == [(ZOE, "mandate-form")]
    ((name, octets),) = attached(form.to(ZOE))
    assert name == "mandat.pdf" and b"/H2" in octets
    assert "déjà rempli" in form.to(ZOE).text
    assert town.answer(ZOE, asked, COMPLETE).disposition == "attached"
    assert town.case().state == "open"
