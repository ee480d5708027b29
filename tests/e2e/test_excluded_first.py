"""Somebody whom a request excludes never reads it: shut out before anybody is asked (DOMAIN, Situations 9)."""

from __future__ import annotations

import pytest
from town import CAF_BOX, CLAIRE, COMPLETE, JULIEN, ZOE

TEXT = "Son aide au logement est bloquée."


def told(done) -> set[str]:
    return {to for to, _ in done.sent()}


@pytest.mark.parametrize(
    "line",
    [
        f"Exclure : {JULIEN}",
        "Exclure : Julien Roques",
        "exclure : M. Roques",
        "Ne pas transmettre à : Julien Roques",
        f"Exclude: {JULIEN}",
        f"exclure {JULIEN}",
    ],
)
def test_a_line_of_the_request_shuts_out(town, line):
    """At opening, in a later invitation, in every message after."""
    opened = town.write(ZOE, "lot+caf@aplus.example", "APL", f"{TEXT}\n{line}\n\n{COMPLETE}")
    assert told(opened) == {ZOE, CLAIRE, CAF_BOX}
    noted = opened.to(ZOE, "acknowledged").text
    assert "Julien Roques" in noted and "CAF du Lot" in noted  # the shared mailbox, which he may read
    assert not any("Roques" in x.text and "xclu" in x.text for x in opened.letters if x.to != ZOE)
    more = town.answer(ZOE, opened.to(ZOE, "receipt"), "Elle attend depuis mars.")
    assert told(more) == {CLAIRE, CAF_BOX}
    answer = town.answer(CLAIRE, opened.to(CLAIRE), "Le dossier est à l'étude.")
    assert JULIEN not in told(answer)
    assert JULIEN not in told(town.pass_time(days=8))


@pytest.mark.parametrize("line", ["Exclure : Julien Rocques", "Exclure : julien@caf46.example"])
def test_nobody_is_asked_while_it_is_not_known_who_is_meant(town, line):
    """A slip of the pen in the one line that protects somebody sends the case to nobody; `ok` is no way around it."""
    opened = town.write(ZOE, "lot+caf@aplus.example", "APL", f"{TEXT}\n{line}\n\n{COMPLETE}")
    assert (
        opened.sent() == [(ZOE, "incomplete")]
        and "nous ne trouvons pas cette personne" in opened.to(ZOE).text
    )
    again = town.answer(ZOE, opened.to(ZOE), "ok")
    assert again.sent() == [(ZOE, "incomplete")]
    done = town.answer(ZOE, again.to(ZOE), f"Exclure : {JULIEN}")
    assert told(done) == {ZOE, CLAIRE, CAF_BOX}


def test_she_may_exclude_nobody_after_all(town):
    """The way out is said in the question."""
    opened = town.write(ZOE, "lot+caf@aplus.example", "APL", f"{TEXT}\nExclure : Juju\n\n{COMPLETE}")
    assert told(town.answer(ZOE, opened.to(ZOE), "Exclure : personne")) == {ZOE, CLAIRE, JULIEN, CAF_BOX}


def test_a_sentence_that_names_a_reader_is_asked_about_first(any_town):
    """The very agent would have read it."""
    text = "Madame refuse que son ex-mari, agent à la CAF (Julien Roques), voie son dossier."
    opened = any_town.write(ZOE, "lot+caf@aplus.example", "APL", f"{TEXT} {text}\n\n{COMPLETE}")
    assert opened.sent() == [(ZOE, "incomplete")] and "ajoutez la ligne Exclure" in opened.to(ZOE).text
    done = any_town.answer(ZOE, opened.to(ZOE), f"Exclure : {JULIEN}")
    assert told(done) == {ZOE, CLAIRE, CAF_BOX}


def test_she_may_say_that_it_is_right(town):
    """A name beside such a word may be harmless."""
    text = "Claire Martin a dit à son mari de rappeler."
    opened = town.write(ZOE, "lot+caf@aplus.example", "APL", f"{TEXT} {text}\n\n{COMPLETE}")
    assert opened.sent() == [(ZOE, "incomplete")]
    assert told(town.answer(ZOE, opened.to(ZOE), "ok")) == {ZOE, CLAIRE, JULIEN, CAF_BOX}


@pytest.mark.parametrize("line", [f"Exclure : {JULIEN}", "Exclure : Julien Roques"])
def test_a_line_below_a_text_on_a_case_excludes_before_it_goes(town, line):
    """Said with the message that the person must not read."""
    opened = town.open_case()
    done = town.answer(ZOE, opened.to(ZOE), f"Son ancien conjoint travaille chez vous.\n{line}")
    assert told(done) == {ZOE, CLAIRE, CAF_BOX}
    assert JULIEN not in told(town.answer(CLAIRE, opened.to(CLAIRE), "C'est noté, dossier à l'étude."))


def test_an_unknown_name_on_a_case_holds_the_message(town):
    """Nothing goes on while it is not known who must not read it."""
    opened = town.open_case()
    asked = town.answer(ZOE, opened.to(ZOE), "Une précision.\nExclure : Juju")
    assert (asked.disposition, asked.sent()) == ("held", [(ZOE, "held-ask")])


def test_a_line_below_an_act_excludes_before_the_text_goes(town):
    """The act is done, and what stands below it goes to whoever is left."""
    opened = town.open_case()
    text = f"inviter CPAM\nSon ancien conjoint travaille chez vous.\nExclure : {JULIEN}"
    done = town.answer(ZOE, opened.to(ZOE), text)
    assert done.rule == "act:invite" and JULIEN not in told(done) and CLAIRE in told(done)
    assert town.case().party("CPAM") is not None
