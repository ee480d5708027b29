"""Guarantee: a person's own text that looks like a client's is not cut, and nothing is ever deleted."""

import re
from collections import Counter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mailrouter.core.mail.fresh.visible import answers_only, visible_html, visible_text

OWN = [
    "De : Paris\nÀ : Lyon\n\nVoilà le trajet.",
    "De : Paris Gare de Lyon\nÀ : Marseille\nDate : 3 mars 2026\nObjet : soins à l'hôpital\n\nRemboursement possible ?",
    "Trajet demandé :\nDe : Cahors\nÀ : Toulouse\nDate : 03/03/2026\nMerci.",
    "De : Mme Durand, CCAS de Cahors\nÀ : CAF du Lot, service logement\nObjet : dossier Martin\n\nMadame, Monsieur,\n…",
    "Date : 12/03/2026 à 10h30\nLieu : mairie de Cahors\nObjet : rendez-vous\n\nMerci de confirmer.",
    "Le 3 mars, elle m'a écrit que son dossier était clos.",
    "Le 3 mars 2026, elle m'a écrit :\nmon dossier est clos.\n\nEst-ce vrai ?",
    "Le 3 mars 2026 à 14:30, Mme Martin (jeanne.martin@free.example) m'a écrit :\n\nmon dossier est clos.\n\nEst-ce vrai ?",
    "Le 12/03/2026, j'ai écrit à la caisse :\naucune réponse.\nQue faire ?",
    "Le 12/03/2026 à 10:12 la CAF nous a écrit : « il manque le RIB »\nNous l'avons envoyé.",
    "Le 12/03/2026 10:12, la caisse a écrit :\n« Il manque le RIB. »\n\nNous l'avons pourtant envoyé.",
    "Le lundi 9 mars elle a écrit : je n'ai rien reçu.\nDepuis, silence.",
    "Elle a écrit le 3 mars :\nje suis sans ressources.\n\nPouvez-vous l'aider ?",
    "La CAF a écrit :\nvotre droit est suspendu.\n\nPourquoi ?",
    "On Monday he wrote: the file is complete.\nIs it?",
    "On March 3, 2026 he wrote:\nthe file is complete.\n\nIs it?",
    "On 3 March 2026 at 10:30 she wrote to us:\n\nthe file is complete.\n\nIs it?",
    "On the 3rd of March 2026 at 10:30 the office wrote:\n\nthe file is complete.\n\nIs it?",
    "Am Montag schrieb er: alles ist da.\nStimmt das?",
    "Il faut :\n> le RIB\n> le bail\n> une pièce d'identité\nMerci de me les envoyer.",
    "Voir :\n>>> https://caf.example/aide <<<\nMerci.",
    "Son loyer :\n> 700 euros\nest trop élevé.",
    "Menu > Mes démarches > Attestations : rien ne s'affiche.",
    "-----\nSituation\n-----\nElle vit seule.\n-----\nDemande\n-----\nUne avance.",
    "--- Pièces jointes ---\nle RIB et le bail\n--- Fin ---\nMerci.",
    "======== URGENT ========\nExpulsion prévue lundi.\n",
    "Voici le message transféré :\nelle demande une avance de 300 euros.\n\nQue répondre ?",
    "Message transféré par la mairie : elle demande une avance.\nQue répondre ?",
    "Je n'ai pas le message d'origine. Sujet clos pour elle.",
    "Merci de faire suivre à : Mme Petit\nCopie à : M. Grand\nElle attend.",
    "Pour : Mme Martin\nDe la part de : Mme Petit\nBonne fête !",
    "A : oui\nB : non\nC : à voir",
    "Envoyé de mon village, ce courrier a mis dix jours.",
    "Envoyé depuis mon téléphone car l'ordinateur est en panne, merci de rappeler.",
    "Envoyé par La Poste le 3 mars, le dossier n'est pas arrivé.",
    "Sent from my desk, is much easier than my phone.",
    "Ce message est confidentiel : ne le montrez pas à son mari.",
    "Ce courriel m'est parvenu par erreur, il concerne M. Petit.",
    "Attention, ce mail vient de notre partenaire externe, il attend une réponse.",
    "Externe à la commune, elle n'a pas droit à l'aide.\nQue faire ?",
    "-- le RIB\n-- le bail\n-- l'attestation\nTout est joint.",
    "Pièces jointes :\n\n-Attestation Paiement",
    "Voici la liste.\n\n-Attestation de loyer",
    "Cordialement ou non, il faudra répondre à cette dame avant vendredi.",
    "Cordialement,\nZoé\n\nPS : le RIB arrive demain.",
    "Bien à vous,\nZoé\n\nNom : Martin\nPrénom : Jeanne\nDate de naissance : 3/4/1961",
    "Cordialement\n\nEst-ce que le dossier est complet ?",
    "Nom : Martin\nDate : 3/4/1961\nDe : la CAF\nÀ : la CPAM",
    "Objet : aide\nDate : 12/03/2026\nPour : Jeanne Martin",
    "From: my point of view\nTo: be honest\nThis is fine.",
    "Von: Berlin\nAn: München\nDatum: 3. März",
    "Bonjour,\n\nmerci.\n\n--\n\n"
    + "Un long paragraphe qui n'a rien d'une signature et que personne ne veut perdre. " * 3,
    "Il m'a dit : « Le 12/03/2024 à 10:12, Jean Dupont a écrit : bonjour »",
    "Le 3 du mois :\nrien.\nLe 4 du mois :\nrien non plus.",
    "Le Le Le\nLe Le\nLe",
    "1 > 0\n2 > 1",
    "> ",
    "Subject: matter expert needed\nDate: soon\nThanks",
    "jean@caf.example :\nne répond plus.\nzoe@caf.example :\nnon plus.",
    "Documents reçus par écrit le 12/03/2024 :\n> le RIB\n> le bail\nEst-ce suffisant ?",
    "Documents sent on 12/03/2024:\n> the lease\n> the form\nIs that enough?",
    "Je joins\n\n> le RIB\n> le bail\n> 2 photos\n\nEst-ce suffisant ?",
    "Réponse attendue avant le 12/03/2024 par jean@caf.example :\n> le RIB\n> le bail\nMerci.",
    "____________________\nDe : CCAS de Cahors\nÀ : CAF du Lot\nObjet : dossier Martin\n\nMadame, Monsieur,\n…",
    "Cordialement\nZoé\n\nLe RIB est joint",
    "Bien cordialement\nZoé Durand\n\nElle a signé le mandat",
    "Le dossier est prêt.\n\nPensez à imprimer l'attestation avant le rendez-vous de lundi.",
    "Le guichet ferme.\n\nAttention, virus au guichet : prenez un masque pour le rendez-vous.",
    "Attention : le destinataire a changé, elle demande de supprimer l'ancienne adresse, qui figure par erreur.",
    "Important : les pièces jointes sont strictement celles que Madame Martin a reçues par erreur du destinataire.",
    "Mail du 12/03/2024 10:12 de jean@caf.example :\nil demande le bail.\nJe réponds quoi ?",
]


@pytest.mark.parametrize("text", OWN)
def test_a_persons_own_words_are_not_cut(text: str) -> None:
    body = f"Bonjour,\n\n{text}"
    got = visible_text(body)
    assert (got.visible, got.signature, got.folded) == (body.rstrip(), "", "")


@pytest.mark.parametrize("text", OWN)
def test_nor_are_they_above_a_real_quote(text: str) -> None:
    body = f"Bonjour,\n\n{text}"
    quote = "Le 12/03/2024 à 10:12, Jean Dupont <jean@caf.example> a écrit :\n\n> Bonjour,\n> et le bail ?"
    got = visible_text(f"{body}\n\n{quote}\n")
    assert (got.visible, got.signature, got.folded) == (body.rstrip(), "", quote)


STYLES = [
    "Le 12/03/2024 à 10:12, Jean Dupont <jean@caf.example> a écrit :\n> Bonjour",
    "Le mar. 12 mars 2024 à 10:12, Jean\nDupont <jean@caf.example> a écrit :\n\nBonjour",
    "Jean Dupont <jean@caf.example> a écrit sur 12/03/2024 10:12:33 :\n\n> Bonjour",
    "À 10:12 12/03/2024 +0100, vous avez écrit :\n> Bonjour\n> Jean",
    "De : Jean <jean@caf.example>\nEnvoyé : mardi 12 mars 2024 10:12\nÀ : Zoé\nObjet : bail\n\nBonjour",
    "-----Message d'origine-----\nDe : DUPONT Jean\nEnvoyé : mardi 12 mars 2024 10:12\n\nBonjour",
]


@pytest.mark.parametrize("quote", STYLES)
@pytest.mark.parametrize("text", OWN)
def test_in_front_of_any_style_of_quote(text: str, quote: str) -> None:
    body = f"Bonjour,\n\n{text}".rstrip()
    got = visible_text(f"{body}\n\n{quote}\n")
    assert (got.visible, got.folded) == (body, quote)


WHOLE = [
    "> Bonjour\n> Jean",
    "Le 12/03/2024 à 10:12, Jean Dupont a écrit :\n> Bonjour\n> Jean",
    "De : Jean <jean@caf.example>\nEnvoyé : mardi 12 mars 2024 10:12\nÀ : Zoé\nObjet : bail\n\nBonjour",
    "---------- Forwarded message ---------\nDe : Jean <jean@caf.example>\nDate: mar. 12 mars 2024 à 10:12\n\nBonjour",
    "-- \nZoé Durand\nFrance services",
    "Envoyé de mon iPhone",
    "Cordialement,\nZoé",
    "[EXTERNE]",
]


@pytest.mark.parametrize("text", WHOLE)
def test_nothing_is_cut_when_nothing_would_remain(text: str) -> None:
    got = visible_text(f"\n{text}\n\n")
    assert (got.visible, got.signature, got.folded) == (text, "", "")


def test_an_empty_reply_shows_its_signature_rather_than_the_quote() -> None:
    got = visible_text(
        "\n\nEnvoyé de mon iPhone\n\nLe 12/03/2024 à 10:12, Jean a écrit :\n> Bonjour\n> Jean\n"
    )
    assert got.visible == "Envoyé de mon iPhone"
    assert got.folded == "Le 12/03/2024 à 10:12, Jean a écrit :\n> Bonjour\n> Jean"


def test_whoever_relays_can_leave_the_context_of_answers_out() -> None:
    got = visible_text(
        "Le 12/03/2024 à 10:12, Jean a écrit :\n> Le RIB ?\nOui.\n> Le bail ?\nNon.\n> Merci\n"
    )
    assert got.visible == "Le 12/03/2024 à 10:12, Jean a écrit :\n> Le RIB ?\nOui.\n> Le bail ?\nNon."
    assert answers_only(got.visible) == "Oui.\n\nNon."
    assert answers_only("Il faut :\n> le RIB\n> le bail") == "Il faut :\n> le RIB\n> le bail"
    assert answers_only("> Bonjour\n> Jean") == "> Bonjour\n> Jean"


LINES = st.sampled_from(
    [
        "",
        "",
        "Bonjour,",
        "> et le bail ?",
        ">> Bonjour",
        "Oui.",
        "-- ",
        "Cordialement,",
        "Zoé Durand",
        "Envoyé de mon iPhone",
        "Le 12/03/2024 à 10:12, Jean <jean@caf.example> a écrit :",
        "De : Jean <jean@caf.example>",
        "Envoyé : mardi 12 mars 2024 10:12",
        "À : Zoé",
        "Objet : bail",
        "-----Message d'origine-----",
        "________________________________",
        "merci On Wed, Apr 4, 2012 at 3:59 PM, bob@x.example wrote:",
        "[EXTERNE] Ce message provient de l'extérieur",
        "Ce message est confidentiel et réservé à ses destinataires, détruisez-le en cas d'erreur.",
        "---------- Forwarded message ---------",
        ">>> Jean <j@x.example> 12/03/2024 10:12 >>>",
    ]
)
WORD = re.compile(r"[^\W_]+")


@settings(max_examples=400, deadline=None)
@given(st.lists(LINES, max_size=24) | st.lists(st.text(max_size=40), max_size=12))
@example(["> a", "", "b", "> c"])
def test_every_word_is_shown_or_kept(lines: list[str]) -> None:
    text = "\n".join(lines)
    got = visible_text(text)
    kept = Counter(WORD.findall("\n".join((got.visible, got.signature, got.folded))))
    cleaned = re.sub("[\ufeff\u200b\u200e\u200f\u2060\u00ad]", "", text)
    assert kept == Counter(WORD.findall(cleaned.replace("\r", "\n")))
    assert bool(got.visible.strip()) == bool(cleaned.strip())


@example(
    [
        '<blockquote type="cite">',
        "</blockquote>",
        "Le 12/03/2024 à 10:12, Jean &lt;jean@caf.example&gt; a écrit :",
    ]
)
@example(
    ['<blockquote type="cite">', "</blockquote>"] * 2
    + ["Le 12/03/2024 à 10:12, Jean &lt;jean@caf.example&gt; a écrit :"]
)
@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "<blockquote>",
                "</blockquote>",
                '<blockquote type="cite">',
                '<div class="gmail_quote">',
                '<div class="yahoo_quoted">',
                '<div class="gmail_signature">',
                "<div>",
                "</div>",
                "<p>",
                "<hr>",
                "<br>",
                "Oui.",
                "Le 12/03/2024 à 10:12, Jean &lt;jean@caf.example&gt; a écrit :",
                "De : Jean &lt;jean@caf.example&gt;<br>Envoyé : mardi 12 mars 2024 10:12<br>Objet : x<br>",
                "\ue2f1",
            ]
        ),
        max_size=20,
    )
)
def test_no_html_empties_a_mail_that_says_something(parts: list[str]) -> None:
    html = "".join(parts)
    got = visible_html(html)
    kept = Counter(WORD.findall("\n".join((got.visible, got.signature, got.folded))))
    assert kept == Counter(
        WORD.findall(re.sub("<[^>]*>", " ", html).replace("&lt;", " ").replace("&gt;", " "))
    )
    assert bool(got.visible.strip("> ")) or not WORD.search(re.sub("<[^>]*>", " ", html))
