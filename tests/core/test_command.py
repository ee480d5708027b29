"""A command is the whole first own line, politeness aside; anything else is text. One row, one line somebody writes."""

from __future__ import annotations

import pytest

from mailrouter.core.decide.words.command import ACTS, own_lines, said
from mailrouter.core.decide.words.internal import resembles_note
from mailrouter.core.decide.words.mentioned import mentioned
from mailrouter.core.decide.words.several import contradictory

COMMANDS = [
    # take
    ("je m'en occupe", "take", ""),
    ("Je m’en occupe", "take", ""),
    ("JE M'EN OCCUPE !", "take", ""),
    ("je m en occupe", "take", ""),
    ("je m'en ocupe", "take", ""),
    ("Je m'en occupes", "take", ""),
    ("Bonjour, je m'en occupe.", "take", ""),
    ("Bonjour Zoé, je m'en occupe", "take", ""),
    ("Bonjour Madame Durand, je m'en occupe, cordialement", "take", ""),
    ("ok je m'en occupe", "take", ""),
    ("Oui, je m'en occupe aujourd'hui", "take", "aujourd'hui"),
    ("D'accord, je prends", "take", ""),
    ("je prend", "take", ""),
    ("Je prends le dossier", "take", ""),
    ("je m'en charge, bonne journée", "take", ""),
    ("I'll take it", "take", ""),
    ("I’m on it", "take", ""),
    ("**je m'en occupe**", "take", ""),
    ("- je m'en occupe", "take", ""),
    ("Je prends en charge ce dossier", "take", ""),
    ("Je prends cette demande", "take", ""),
    ("Je m'occupe de cette situation", "take", ""),
    ("Pris en charge", "take", ""),
    ("Nous nous en occupons", "take", ""),
    ("C'est noté, je m'en occupe", "take", ""),
    ("Je m'en occupe demain matin", "take", "demain matin"),
    ("Je m'en occupe dès que possible", "take", "dès que possible"),
    ("I'll take care of it", "take", ""),
    ("JE M'EN OCCUPE CET APRÈS-MIDI", "take", "CET APRÈS-MIDI"),
    ("Je m'en occupe, bonne journée", "take", ""),
    ("Je m'en occupe, bonne fin de semaine", "take", ""),
    ("I'm on it this afternoon", "take", "this afternoon"),
    ("bonjour claire,\nje m'en occupe", "take", ""),
    ("Bonjour Madame Martin,\nje m'en occupe", "take", ""),
    ("Bonjour à toutes et tous,\nje m'en occupe", "take", ""),
    # not me, not us
    ("Je ne suis pas concernée", "not-me", ""),
    ("It's not me", "not-me", ""),
    ("Cela ne nous concerne pas", "not-us", ""),
    ("Cette demande ne relève pas de notre compétence, voir la CPAM", "not-us", "CPAM"),
    ("Pas chez nous", "not-us", ""),
    ("pas moi", "not-me", ""),
    ("Ce n'est pas moi", "not-me", ""),
    ("pas moi, désolée", "not-me", "désolée"),
    ("Pas moi, c'est la CPAM", "not-me", "CPAM"),
    ("pas moi : CPAM", "not-me", "CPAM"),
    ("pas moi, voir avec la MSA svp", "not-me", "MSA"),
    ("pas pour moi mais pour julien.roques@caf46.example", "not-me", "julien.roques@caf46.example"),
    ("not me, it is France Travail", "not-me", "France Travail"),
    ("pas nous", "not-us", ""),
    ("Pas nous, c'est la CPAM", "not-us", "CPAM"),
    ("pas nous (CPAM)", "not-us", "CPAM"),
    ("Nous ne sommes pas compétents", "not-us", ""),
    ("nous ne somme pas compétents", "not-us", ""),
    ("pas compétent, c'est la caisse de MSA", "not-us", "caisse de MSA"),
    ("Ne relève pas de notre compétence", "not-us", ""),
    ("not us", "not-us", ""),
    # done
    ("traité", "done", ""),
    ("Traité.", "done", ""),
    ("TRAITE", "done", ""),
    ("traitée", "done", ""),
    ("traitee", "done", ""),
    ("triaté", "done", ""),
    ("traitté", "done", ""),
    ("C'est traité, merci", "done", ""),
    ("Bonjour,\n\nTraité, merci\n\nClaire", "done", ""),
    ("Dossier traité, bien cordialement", "done", ""),
    ("c'est réglé !", "done", ""),
    ("résolu", "done", ""),
    ("fait", "done", ""),
    ("Done, thank you", "done", ""),
    ("traité ✅", "done", ""),
    ("Bonjour à tous, traité", "done", ""),
    ("[EXTERNE] Ce message provient d'un expéditeur externe.\ntraité", "done", ""),
    ("CAUTION: External email. Do not click.\n\nTraité", "done", ""),
    ("Ce message provient de l'extérieur de l'organisation\n\n> citation\n\ntraité", "done", ""),
    ("Votre demande a bien été traitée.", "done", ""),
    ("J'ai traité le dossier", "done", ""),
    ("La situation est régularisée", "done", ""),
    ("Dossier régularisé, cordialement", "done", ""),
    ("Le nécessaire a été fait", "done", ""),
    ("Traité le 12 mars 2026", "done", "le 12 mars 2026"),
    ("Traité hier", "done", "hier"),
    ("The case has been solved", "done", ""),
    ("Demande traitée, vous pouvez clore", "close", ""),
    # irrelevant
    ("non pertinent. Doublon", "irrelevant", "Doublon"),
    ("Non pertinent ; hors délai", "irrelevant", "hors délai"),
    ("sans objet : le droit est ouvert", "irrelevant", "le droit est ouvert"),
    ("non pertinent", "irrelevant", ""),
    ("Non pertinent : la personne n'est pas allocataire", "irrelevant", "la personne n'est pas allocataire"),
    ("non-pertinent : doublon", "irrelevant", "doublon"),
    ("non pertinente - déjà répondu en mars", "irrelevant", "déjà répondu en mars"),
    ("non pertinent car c'est un doublon", "irrelevant", "c'est un doublon"),
    ("non pertinent (doublon)", "irrelevant", "doublon"),
    ("pas pertinent, doublon", "irrelevant", "doublon"),
    ("irrelevant: duplicate", "irrelevant", "duplicate"),
    # note, to all
    ("note : elle a déjà un indu", "note", "elle a déjà un indu"),
    ("Note:à vérifier", "note", "à vérifier"),
    ("NOTE", "note", ""),
    ("note aux agents : voir avec la trésorerie", "note", "voir avec la trésorerie"),
    ("Bonjour,\nnote : vu avec Julien", "note", "vu avec Julien"),
    ("à tous : la situation est clarifiée", "to-all", "la situation est clarifiée"),
    ("A tous : ok", "to-all", "ok"),
    # close, reopen
    ("clore oui", "close", "yes"),
    ("Clore : oui", "close", "yes"),
    ("clore oui, merci beaucoup", "close", "yes"),
    ("clore non", "close", "no"),
    ("clore, pas utile", "close", "no"),
    ("clore ?", "close", "unknown"),
    ("clore je ne sais pas", "close", "unknown"),
    ("Clore", "close", ""),
    ("clorre oui", "close", "yes"),
    ("clôturer oui", "close", "yes"),
    ("cloturer la demande", "close", ""),
    ("Merci de clore la demande", "close", ""),
    ("Merci de bien vouloir clore", "close", ""),
    ("vous pouvez clore, merci", "close", ""),
    ("je souhaite clore oui", "close", "yes"),
    ("ok clore oui", "close", "yes"),
    ("Close yes", "close", "yes"),
    ("please close", "close", ""),
    ("Merci à tous ! Clore oui", "close", "yes"),
    ("Merci pour tout, vous pouvez clore la demande. C'était très utile.", "close", "yes"),
    ("Merci beaucoup, vous pouvez clore la demande", "close", ""),
    ("Problème résolu, clore oui", "close", "yes"),
    ("Clore oui, très utile", "close", "yes"),
    ("clore, la réponse m'a été utile", "close", "yes"),
    ("Dossier à clore", "close", ""),
    ("rouvrir", "reopen", ""),
    ("Merci de rouvrir ce dossier", "reopen", ""),
    ("Réouvrir la demande svp", "reopen", ""),
    ("reopen", "reopen", ""),
    # invite, exclude, hand over
    ("inviter CPAM", "invite", "CPAM"),
    ("Inviter la CPAM", "invite", "CPAM"),
    ("inviter CAF 69", "invite", "CAF 69"),
    ("inviter la CAF du Val-d'Oise svp", "invite", "CAF du Val-d'Oise"),
    ("invitter CPAM", "invite", "CPAM"),
    ("inviter julien.roques@caf46.example", "invite", "julien.roques@caf46.example"),
    ("inviter <julien.roques@caf46.example>", "invite", "julien.roques@caf46.example"),
    ("Inviter : CPAM, MSA", "invite", "CPAM, MSA"),
    ("merci d'inviter la MSA", "invite", "MSA"),
    ("je voudrais inviter la DDFIP", "invite", "DDFIP"),
    ("please invite CPAM", "invite", "CPAM"),
    ("exclure claire.martin@caf46.example", "exclude", "claire.martin@caf46.example"),
    ("Exclure : Claire Martin", "exclude", "Claire Martin"),
    ("passer le relais à Julien Roques", "hand-over", "Julien Roques"),
    ("Je passe le relais à julien.roques@caf46.example", "hand-over", "julien.roques@caf46.example"),
    ("passer le relai à Karim", "hand-over", "Karim"),
    ("hand over to Karim Haddad", "hand-over", "Karim Haddad"),
    ("reprendre", "take-over", ""),
    ("Je reprends la demande", "take-over", ""),
    ("take over", "take-over", ""),
    # withdraw, wrong person
    ("retrait mandat", "withdraw", ""),
    ("Retrait du mandat.", "withdraw", ""),
    ("mandate withdrawn", "withdraw", ""),
    ("La personne a retiré son mandat", "withdraw", ""),
    ("Révocation du mandat", "withdraw", ""),
    ("retirer mandat", "withdraw", ""),
    ("erreur de personne", "wrong-person", ""),
    ("Erreur de personnes !", "wrong-person", ""),
    ("wrong person", "wrong-person", ""),
    # later
    ("plus tard jeudi", "later", "jeudi"),
    ("plus tard : 12 mars", "later", "12 mars"),
    ("Plus tard dans 3 jours", "later", "dans 3 jours"),
    ("plus tard", "later", ""),
    ("rappeler lundi", "later", "lundi"),
    ("later thursday", "later", "thursday"),
    # list, history, help, forms
    ("liste", "list", ""),
    ("Ma liste svp", "list", ""),
    ("mes demandes", "list", ""),
    ("my cases", "list", ""),
    ("historique", "history", ""),
    ("Historique, s'il vous plaît", "history", ""),
    ("histrique", "history", ""),
    ("history", "history", ""),
    ("aide", "help", ""),
    ("?", "help", ""),
    ("Help please", "help", ""),
    ("mandat", "mandate-form", ""),
    ("formulaire de mandat", "mandate-form", ""),
    ("prêt ?", "check-draft", ""),
    ("Prêt?", "check-draft", ""),
    ("ready ?", "check-draft", ""),
    # answers to questions
    ("ok", "confirm", ""),
    ("OK.", "confirm", ""),
    ("oui", "confirm", ""),
    ("Oui, c'est exact", "confirm", ""),
    ("ok merci", "thanks", ""),
    ("c’est bon", "confirm", ""),
    ("yes", "confirm", ""),
    ("non", "refuse", ""),
    ("J'accepte", "accept-terms", ""),
    ("j’accepte les conditions d’utilisation", "accept-terms", ""),
    ("I accept", "accept-terms", ""),
    ("c'est moi", "its-me", ""),
    ("Oui c'est moi", "its-me", ""),
    ("C’est bien moi, cordialement", "its-me", ""),
    ("envoyer", "send", ""),
    ("Envoyer svp", "send", ""),
    ("inscrire", "register", ""),
    ("suite", "continue", ""),
    ("nouveau", "new", ""),
    ("Nouvelle demande", "new", ""),
    # thanks
    ("merci", "thanks", ""),
    ("Merci beaucoup !", "thanks", ""),
    ("Un grand merci à vous", "thanks", ""),
    ("Bonjour,\n\nMerci pour votre réponse.\n", "thanks", ""),
    ("Thank you very much", "thanks", ""),
    ("Bien reçu, merci", "thanks", ""),
]

TEXTS = [
    "Madame a retrouvé du travail, on peut fermer le dossier, merci à tous !",
    "Monsieur ne répond plus, clore",
    "Mme est partie, vous pouvez clore",
    "Bonjour le droit est rouvert, traité",
    "Bonjour, le dossier avance.\n\nnote : indu",
    "Bonjour, elle dort dehors\n\nclore oui",
    "Bonjour, urgent !\ntraité",
    "Votre demande est traitée par la CPAM",
    "J'ai traité la moitié du dossier",
    "Traité le 12 mars mais rien reçu",
    "fait le 12 mars à Cahors",
    "je m'en occupe demain si elle m'envoie le bail",
    "La situation est réglée pour mars seulement",
    "Pouvez-vous inviter la CPAM ?",
    "Merci de clore si tout est réglé",
    "clore pas encore",
    "Traité, mais il manque le RIB",
    "Mme Dupont retire son mandat de location",
    "Prise en charge refusée",
    "Je prends en charge les frais",
    "Merci, il manque le RIB",
    "Bonjour",
    "",
    "   \n\n",
    "Bonjour Madame Martin,",
    "je n'ai pas encore traité",
    "pas traité",
    "non traité",
    "Ce n'est pas traité.",
    "à traiter",
    "A traiter en urgence",
    "merci de traiter",
    "Traité par la CPAM le mois dernier, mais rien n'est arrivé",
    "Le dossier est en cours.",
    "traité ? non, pas encore",
    "Traitement en cours",
    "Je prends connaissance du dossier",
    "je prends bonne note de votre demande",
    "je prends contact avec la CPAM demain matin",
    "ne pas clore",
    "merci de ne pas clore",
    "Clore serait prématuré",
    "il ne faut pas clore la demande",
    "clore oui non",
    "Je ne m'en occupe pas",
    "je m'en occupe pas",
    "je m'en occuperai quand le dossier sera complet",
    "inviter la CPAM serait une bonne idée pour la suite",
    "ne pas inviter la CPAM",
    "Inviter personne pour l'instant, ne rien faire de plus sans mon accord",
    "j'ai déjà invité la CPAM",
    "pas moi qui décide de ces dossiers mais je transmets à ma collègue",
    "non pertinent à mon avis mais je regarde",
    "note de frais jointe",
    "Bonjour à tous",
    "À tous,",
    "Bonjour à tous, voici la réponse",
    "réglé ? je ne crois pas",
    "à régler",
    "envoyé",
    "c'est mois",
    "envoyé hier",
    "ok mais il manque une pièce",
    "oui mais la date est fausse",
    "non, elle habite toujours à Cahors",
    "c'est moi qui ai rempli le formulaire",
    "merci de me rappeler au 06 00 00 00 00 avant la fin de la semaine prochaine",
    "Merci pour votre réponse, mais le paiement n'est toujours pas arrivé",
    "merci de votre retour rapide sur le paiement de mars",
    "aide au logement bloquée",
    "Aide juridictionnelle : quel dossier ?",
    "liste des pièces manquantes",
    "mandat signé en pièce jointe",
    "suite à votre courrier du 3 mars",
    "Suite",
    "> traité",
    "nouveau RIB en pièce jointe",
    "fait le 12 mars à Cahors",
    "historique de paiement joint",
    "rappel : la pièce manque toujours depuis le mois de mars dernier",
    "Close to the deadline",
    "I am not done",
    "not done",
    "do not close",
]


@pytest.mark.parametrize(("text", "act", "argument"), COMMANDS, ids=[c[0][:40] for c in COMMANDS])
def test_said(text, act, argument):
    """Synonyms, accents, slips, politeness, greetings and banners: the same act, with what follows it as written."""
    command = said(text)
    assert command is not None
    assert (command.act, command.argument) == (act, argument)


@pytest.mark.parametrize("text", [t for t in TEXTS if t != "Suite"])
def test_text(text):
    """Negated, inside a sentence, or only alike: text."""
    assert said(text) is None


def test_the_text_below_stays_as_it_was():
    """What follows the command line goes on unchanged, its paragraphs too."""
    command = said(
        "Bonjour,\r\n\r\nTraité\r\n\r\nLe droit est ouvert :\r\n - mars\r\n - avril\r\n\r\nClaire\r\n"
    )
    assert command.rest.replace("\r\n", "\n") == "Le droit est ouvert :\n - mars\n - avril\n\nClaire"


@pytest.mark.parametrize("act", ACTS, ids=lambda a: a.name)
def test_every_phrase_is_its_act(act):
    """No phrase of one act is taken for another, in any case, with typographic apostrophes or polite."""
    behind = {"broad": " : x"}.get(act.argument, "")
    for phrase in act.phrases:
        for text in (phrase, phrase.upper(), phrase.replace("'", "’"), f"Bonjour,\n{phrase}"):
            command = said(text + behind)
            assert command is not None, text
            assert command.act == act.name, text


@pytest.mark.parametrize(
    "word", ["envoye", "envoyezz", "c'est mois", "jaccepte", "inscrite", "nouveaux", "suites", "ouii"]
)
def test_no_slip_releases(word):
    """A word that releases or confirms must be that word (Situations 3)."""
    command = said(word)
    assert command is None or not {
        "send",
        "its-me",
        "accept-terms",
        "register",
        "new",
        "continue",
        "confirm",
    } & {command.act}


@pytest.mark.parametrize(
    ("text", "acts"),
    [
        ("traité\nnon pertinent", ("done", "irrelevant")),
        ("Bonjour,\ntraité et non pertinent", ("done", "irrelevant")),
        ("je m'en occupe / pas moi", ("take", "not-me")),
        ("pas nous, traité", ("not-us", "done")),
        ("traité", ()),
        ("traité\ntraitée", ()),
        ("traité\nIl reste une pièce à fournir.", ()),
        ("Traité, merci", ()),
    ],
)
def test_contradictory(text, acts):
    """Two acts that change the state, on one line or on two, are asked back."""
    assert contradictory(text, "operator") == acts


def test_contradiction_counts_only_what_the_role_may_say():
    """An aidant who writes `traité` and `clore oui` says one act."""
    assert contradictory("traité\nclore oui", "helper") == ()
    assert contradictory("clore oui\nrouvrir", "helper") == ("close", "reopen")


@pytest.mark.parametrize(
    ("text", "side", "acts"),
    [
        ("Bonjour, je n'ai pas encore traité le dossier.", "operator", ("done",)),
        ("Je vous laisse clore la demande quand vous voulez.", "helper", ("close",)),
        ("Il n'y a rien à dire ici.", "operator", ()),
        ("je m'en occupe si elle m'envoie son bail la semaine prochaine", "operator", ("take",)),
        ("Le dossier est régularisé, le rappel part vendredi.", "operator", ("done",)),
        ("Merci pour tout, et à bientôt", "operator", ()),
        ("Ce dossier ne relève pas de la CAF mais de la MSA.", "operator", ("not-us",)),
        ("Erreur de destinataire, merci de ne plus m'écrire", "operator", ("not-me",)),
        ("Transmis à ma collègue Julien.", "operator", ("hand-over",)),
        ("Dossier clôturé chez nous.", "operator", ("done",)),
        ("Dossier clôturé chez nous.", "helper", ()),
        ("Annulez ma demande svp", "helper", ("close",)),
        ("Je n'ai plus mandat pour cette dame", "helper", ("withdraw",)),
        ("Je me suis trompée de personne !!", "helper", ("wrong-person",)),
        ("Pouvez-vous aussi interroger la CPAM ?", "helper", ("invite",)),
        ("Je pars demain, Karim prend le relais", "helper", ("hand-over",)),
        ("Elle mandate son fils pour cela", "helper", ()),
    ],
)
def test_mentioned(text, side, acts):
    """Inside a sentence an act is offered, for those who may say it."""
    assert mentioned(text, side) == acts


@pytest.mark.parametrize(
    "text",
    [
        "Note interne - elle a déjà fraudé",
        "à ne pas transmettre",
        "À ne pas transmettre à l'aidant",
        "Interne : indu en cours",
        "ne pas diffuser",
        "Confidentiel",
        "note de service ci-jointe",
        "réservé aux agents",
        "Bonjour,\n\nEntre nous, ce dossier est bizarre",
        "internal only",
        "INTERNE CAF - ne pas communiquer à l'aidant : suspicion de fraude",
        "Merci de ne pas transmettre cette info : contrôle en cours",
        "CAF, ne pas divulguer",
        "Confidentiel : un contrôle de situation est en cours depuis janvier, je vous en dis plus demain",
        "Suspicion de fraude, pas à l'aidant",
    ],
)
def test_resembles_a_note(text):
    """Situations 2: what looks like an internal marker and is none goes to nobody before the writer is asked."""
    assert resembles_note(text)


@pytest.mark.parametrize(
    "text",
    [
        "Bonjour, le dossier avance",
        "Il faut noter que le délai est long",
        "Le droit est ouvert",
        "",
        "Notre réponse",
        "Le formulaire interne de la mairie ne suffit pas, il faut aussi l'attestation du bailleur",
        "Merci de transmettre le bail",
    ],
)
def test_does_not_resemble_a_note(text):
    """Ordinary answers are not asked about."""
    assert not resembles_note(text)


def test_own_lines_leave_out_banners_greetings_and_quotes():
    """The lines that a person wrote for others to read."""
    text = "[EXTERNE] attention\nBonjour Claire,\n\n> cité\nPremière ligne\n  - seconde\n"
    assert own_lines(text) == ["Première ligne", "seconde"]


def test_decomposed_accents_are_accents():
    """Mail of some systems types accents apart (NFD)."""
    assert said("Traite\u0301e").act == "done"


def test_long_and_hostile_lines_are_text():
    """A megabyte without a word, or with a million of them, is no command and costs little."""
    for text in ("a" * 1_000_000, "a " * 500_000, "\n" * 1_000_000, ">" * 1_000_000, "é" * 100_000):
        assert said(text) is None


@pytest.mark.parametrize(
    ("text", "thanks"),
    [
        ("Merci beaucoup pour votre aide !", True),
        ("Merci à vous pour votre réactivité.", True),
        ("Un grand merci à toutes et tous pour votre travail", True),
        ("Je vous remercie vivement pour votre aide et votre écoute.", True),
        ("Thank you so much for your quick reply!", True),
        ("Merci de regarder ce dossier", False),
        ("Merci pour votre aide, mais rien n'est versé", False),
        ("Merci de votre aide pour Mme Dupont", False),
        ("Vous pour votre aide", False),
    ],
)
def test_a_thanks_is_thanks_and_not_one_word_more(text, thanks):
    """A request that begins with "merci" is a request."""
    command = said(text)
    assert (command is not None and command.act == "thanks") == thanks


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Mme Dupont est décédée.", 1),
        ("MADAME EST DÉCÉDÉE", 1),
        ("Monsieur a déménagé", 1),
        ("Madame attend", 1),
        ("Bonjour claire", 0),
        ("Bonjour Madame martin,", 0),
        ("Madame, Monsieur,", 0),
        ("Chère Claire", 0),
    ],
)
def test_a_title_begins_a_sentence_or_greets(text, kept):
    """A sentence about somebody is never taken for a greeting."""
    assert len(own_lines(text)) == kept


def test_taking_in_english():
    """As people say it."""
    assert said("Hello,\n\nI take care of it\n\nRegards").act == "take"
