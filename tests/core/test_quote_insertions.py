"""Guarantee: what a person wrote inside a quote of our own mail is found, and nothing of ours or of others is."""

from typing import Literal

import pytest

from mailrouter.core.mail.fresh.insertions import with_insertions
from mailrouter.core.mail.fresh.quote import insertions
from mailrouter.core.mail.read import read

OURS = """Bonjour Zoé Durand,

Votre demande n'est pas complète. Il manque la date de naissance et le mandat. Complétez le texte ci-dessous et renvoyez-le en répondant à ce message.

Nom : Martin
Prénom :
Date de naissance :
Organisme : CAF
Mandat (oui / non, date) :

Avez-vous le numéro d'allocataire de la personne ?

Répondez « ok » si tout est juste, ou « annuler » pour abandonner.
Suivre la demande : https://aplus.example/d/2026-004217-K
"""

HEADER = "De : lot@aplus.example\nEnvoyé : mardi 12 mars 2024 10:12\nÀ : Zoé Durand\nObjet : Demande 2026-004217-K\n\n"
ATTRIBUTION = "Le mar. 12 mars 2024 à 10:12, Administration+ <lot@aplus.example> a écrit :\n\n"


def quoted(text: str, marks: str = "> ") -> str:
    return "\n".join((marks + line).rstrip() for line in text.split("\n"))


def filled(text: str = OURS) -> str:
    text = text.replace("Prénom :", "Prénom : Jeanne").replace("naissance :", "naissance : 3/4/1961")
    return text.replace("date) :", "date) : oui, le 12/03/2026")


FORM = "Prénom : Jeanne\nDate de naissance : 3/4/1961\nMandat (oui / non, date) : oui, le 12/03/2026"


def wrapped(text: str, width: int, marks: str) -> str:
    rows: list[str] = []
    for line in text.split("\n"):
        row = ""
        for word in line.split(" "):
            if row and len(row) + len(word) + 1 > width:
                rows.append(row)
                row = word
            else:
                row = f"{row} {word}" if row else word
        rows.append(row)
    return "\n".join((marks + row).rstrip() for row in rows)


FILLED = {
    "unmarked below a header block": HEADER + filled(),
    "marked": ATTRIBUTION + quoted(filled()),
    "marked without blank": ATTRIBUTION + quoted(filled(), ">"),
    "wrapped and marked": ATTRIBUTION + wrapped(filled(), 60, "> "),
    "wrapped, unmarked": HEADER + wrapped(filled(), 72, ""),
    "indented": ATTRIBUTION + quoted(filled(), "    "),
    "no-break spaces": HEADER + filled().replace(" :", "\xa0:"),
    "typographic quotes": HEADER + filled().replace("'", "’").replace("« ", "“").replace(" »", "”"),
    "blank lines doubled": HEADER + filled().replace("\n", "\n\n"),
    "blank lines gone": HEADER + filled().replace("\n\n", "\n"),
    "links rewritten": HEADER
    + filled().replace("https://aplus.example/d/", "https://eur03.safelinks.example/?url=x&"),
    "links written out": HEADER + filled().replace("Suivre", "Suivre<https://eur03.safelinks.example/?u=1>"),
    "accents lost": HEADER + filled().replace("é", "e").replace("Jeanne", "Jeanne"),
    "upper case": HEADER + filled().replace("Organisme : CAF", "ORGANISME : CAF"),
    "a disclaimer below": HEADER
    + filled()
    + "\nCe message et ses pièces jointes sont confidentiels et destinés à leurs seuls destinataires.\n",
    "a signature below": HEADER + filled() + "\nCordialement,\nZoé Durand\n05 65 00 00 11\n",
}


@pytest.mark.parametrize("received", FILLED.values(), ids=FILLED)
def test_a_form_completed_inside_the_quote(received: str) -> None:
    expected = FORM
    if "Prenom" in received:
        expected = FORM.replace("é", "e")
    assert insertions(received, OURS).replace("\xa0", " ") == expected


def test_a_corrected_value_comes_with_its_label() -> None:
    received = ATTRIBUTION + quoted(OURS.replace("Nom : Martin", "Nom : Martinez"))
    assert insertions(received, OURS) == "Nom : Martinez"


def test_answers_on_their_own_lines_marked_or_not() -> None:
    question = "Avez-vous le numéro d'allocataire de la personne ?"
    below = OURS.replace(question, f"{question}\nOui : 1234567, mais elle n'est pas sûre.")
    assert insertions(HEADER + below, OURS) == "Oui : 1234567, mais elle n'est pas sûre."
    between = quoted(OURS).replace("personne ?", "personne ?\n\nOui : 1234567, mais elle n'est pas sûre.\n")
    assert insertions(ATTRIBUTION + between, OURS) == "Oui : 1234567, mais elle n'est pas sûre."


def test_an_answer_behind_our_question_comes_with_it() -> None:
    received = HEADER + OURS.replace("personne ?", "personne ? Non, elle ne le connaît pas.")
    assert (
        insertions(received, OURS)
        == "Avez-vous le numéro d'allocataire de la personne ? Non, elle ne le connaît pas."
    )


def test_words_behind_a_sentence_of_ours_come_alone() -> None:
    received = HEADER + OURS.replace(
        "répondant à ce message.", "répondant à ce message. JE N'AI PAS LE MANDAT ENCORE"
    )
    assert insertions(received, OURS) == "JE N'AI PAS LE MANDAT ENCORE"


def test_text_below_the_whole_quote_is_new() -> None:
    received = ATTRIBUTION + quoted(OURS) + "\n\nElle n'a pas encore signé le mandat.\n"
    assert insertions(received, OURS) == "Elle n'a pas encore signé le mandat."


@pytest.mark.parametrize(
    "received",
    [
        OURS,
        HEADER + OURS,
        ATTRIBUTION + quoted(OURS),
        wrapped(OURS, 50, ">> "),
        "Bonjour Zoé,\n\nvoici les papiers.\n\nCordialement",
        "",
        HEADER + "Un tout autre courrier.\nNom : Petit\nqui n'est pas de nous.",
        HEADER + OURS[:200],
        HEADER + OURS + "\n[cid:image001.png@01DA]\n<https://www.example>\n",
    ],
)
def test_nothing_new(received: str) -> None:
    assert insertions(received, OURS) == ""


def test_older_mails_below_ours_are_not_new() -> None:
    older = "\nDe : Zoé Durand <zoe@cahors.example>\nEnvoyé : lundi 11 mars 2024 09:00\nÀ : lot@aplus.example\nObjet : x\n\nBonjour,\nvoici une demande pour Madame Martin.\n"
    assert insertions(HEADER + filled() + older, OURS) == FORM
    deeper = (
        quoted(filled())
        + "\n> \n> Le lun. 11 mars 2024 à 09:00, Zoé <zoe@cahors.example> a écrit :\n> \n>> Bonjour,\n>> voici une demande.\n"
    )
    assert insertions(ATTRIBUTION + deeper, OURS) == FORM


def test_two_of_our_mails_in_one_thread() -> None:
    second = (
        "Bonjour Zoé Durand,\n\nMerci, il ne manque plus que le mandat de la personne.\n\nMandat signé le :\n"
    )
    first_reply = "\nDe : Zoé Durand <zoe@cahors.example>\nEnvoyé : lundi 11 mars 2024 09:00\nÀ : lot@aplus.example\nObjet : x\n\nvoici\n\n"
    received = HEADER + second.replace("le :", "le : 12/03/2026") + first_reply + HEADER + OURS
    assert insertions(received, (second, OURS)) == "Mandat signé le : 12/03/2026"


def test_labels_in_table_cells_of_an_html_quote() -> None:
    cells = filled().replace(" : ", "\t").replace(" :", "\t")
    assert insertions(HEADER + cells, OURS).split("\n") == [
        "Prénom\tJeanne",
        "Date de naissance\t3/4/1961",
        "Mandat (oui / non, date)\toui, le 12/03/2026",
    ]


def test_boxes_ticked_in_a_list_of_ours() -> None:
    ours = "Quelle situation correspond à celle de la personne ?\n\n[ ] dossier envoyé sans réponse\n[ ] dossier refusé par la caisse\n[ ] autre situation\n"
    received = ATTRIBUTION + quoted(ours.replace("[ ] dossier refusé", "[x] dossier refusé"))
    assert insertions(received, ours) == "[x] dossier refusé par la caisse"


def test_one_text_or_several_are_the_same() -> None:
    received = ATTRIBUTION + quoted(filled())
    assert insertions(received, OURS) == insertions(received, (OURS,)) == insertions(received, ("", OURS))


@pytest.mark.parametrize(
    "unit",
    [
        "Le ",
        "> > > ",
        "nom : x\n",
        "le mandat ",
        "a:\n",
        OURS,
        "Le 3 mars 2024 a écrit :\n",
        "\n",
        "https://x.example ",
    ],
)
def test_hostile_repetition_ends(unit: str) -> None:
    big = unit * (60_000 // len(unit))
    assert isinstance(insertions(big, OURS), str)
    assert isinstance(insertions(OURS, big), str)
    assert insertions(big, big) == ""


def page(form: str) -> str:
    lines = "".join(f'<p class="MsoNormal">{line or "&nbsp;"}</p>' for line in form.split("\n"))
    fields = "<b>De :</b> lot@aplus.example<br><b>Envoyé :</b> mardi 12 mars 2024 10:12<br><b>À :</b> Zoé<br><b>Objet :</b> x"
    return f'<div style="border:none;border-top:solid #E1E1E1 1.0pt">{fields}</div>{lines}'


RED = page(filled().replace("Jeanne", '<span style="color:red">Jeanne</span>'))


@pytest.mark.parametrize(
    ("body", "kind", "visible"),
    [
        (ATTRIBUTION + quoted(filled()), "text", FORM),
        (HEADER + filled(), "text", FORM),
        (RED, "html", FORM),
        ("<p>Mes réponses en rouge.</p>" + RED, "html", "Mes réponses en rouge.\n\n" + FORM),
        (
            "Voici.\n\n" + ATTRIBUTION + quoted(filled()) + "\nElle passera lundi.\n",
            "text",
            f"Voici.\n\nElle passera lundi.\n\n{FORM}",
        ),
        (
            ATTRIBUTION + quoted(OURS).replace("personne ?", "personne ?\n\nOui, 1234567.\n"),
            "text",
            "Oui, 1234567.",
        ),
    ],
    ids=[
        "marked, nothing above",
        "header, nothing above",
        "HTML, nothing above",
        "HTML in red",
        "below too",
        "between",
    ],
)
def test_of_our_mail_only_what_was_inserted_is_shown(
    body: str, kind: Literal["text", "html"], visible: str
) -> None:
    message = with_insertions(read(body.encode(), body=kind).message, (OURS,))
    assert message.visible == visible


def test_an_answer_in_our_own_words_keeps_the_quote_around_it() -> None:
    body = ATTRIBUTION + quoted(OURS).replace("Organisme : CAF", "Organisme : CAF\n\nOrganisme : CAF\n")
    message = read(body.encode(), body="text").message
    assert with_insertions(message, (OURS,)).visible == message.visible


def test_a_value_below_its_label_comes_with_it() -> None:
    below = OURS.replace("Prénom :", "Prénom :\nJeanne").replace("naissance :", "naissance :\n\n=> 3/4/1961")
    assert insertions(HEADER + below, OURS) == "Prénom : Jeanne\nDate de naissance : => 3/4/1961"
    message = with_insertions(read(f"Voici.\n\n{HEADER}{below}".encode(), body="text").message, (OURS,))
    assert [(one.field, one.value) for one in message.stated] == [
        ("prenom", "Jeanne"),
        ("naissance", "1961-04-03"),
    ]
