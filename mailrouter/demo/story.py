"""The story: each scene is one mail and exactly the mails that must come of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage

from mailrouter.demo.mailbox import letter, reply, small_pdf

ZOE = ("zoe.durand@cahors.example", "Zoé Durand")
CLAIRE = ("claire.martin@caf46.example", "Claire Martin")
JULIEN = ("julien.roques@caf46.example", "Julien Roques")
STRANGER = ("curieux@ailleurs.example", "Un inconnu")
MAILBOX = "aplus@caf46.example"
OPERATOR = "support@equipe-aplus.example"

FIRST_MAIL = """\
Bonjour,

Je me permets de vous écrire pour Mme Dupont : son aide au logement n'est plus versée depuis août, et le
propriétaire parle d'expulsion.

Prénom : Marie
Nom : DUPONT
Date de naissance : 03/04/1961
Mandat : oui
J'accepte les conditions d'utilisation.

Merci d'avance,
Zoé Durand
France Services Cahors
"""
AWAY = """\
Bonjour,

Je suis absent jusqu'au {until} inclus. Pour toute urgence, merci de contacter l'accueil.

Julien Roques
"""
ANSWER = """\
Bonjour,

Le dossier était bloqué par une pièce manquante ; c'est corrigé. Le rappel sera versé sous cinq jours, la notification
est jointe.

Claire Martin
"""


@dataclass(slots=True)
class Stage:
    """What the people of the story have in their mailboxes so far."""

    inbox: dict[str, list[EmailMessage]] = field(default_factory=dict)
    until: str = ""

    def last(self, who: tuple[str, str]) -> EmailMessage:
        """The newest mail of somebody."""
        return self.inbox[who[0]][-1]


@dataclass(frozen=True, slots=True)
class Expected:
    """One mail that must arrive: words that must stand in its text, words that must not, files."""

    to: str
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scene:
    """One mail of the story. `null_path`: sent with the null reverse-path, as machines do."""

    title: str
    mail: Callable[[Stage], EmailMessage]
    disposition: str
    expected: tuple[Expected, ...] = ()
    null_path: bool = False


def _first(stage: Stage) -> EmailMessage:
    return letter(*ZOE, "lot@aplus.example", "Aide au logement bloquée, Mme Dupont", FIRST_MAIL)


def _away(stage: Stage) -> EmailMessage:
    message = letter(
        *JULIEN,
        str(stage.last(JULIEN)["Reply-To"]),
        "Réponse automatique : absence",
        AWAY.format(until=stage.until),
    )
    message["Auto-Submitted"] = "auto-replied"
    message["In-Reply-To"] = str(stage.last(JULIEN)["Message-ID"])
    return message


def _answer(stage: Stage) -> EmailMessage:
    message = reply(*CLAIRE, stage.last(CLAIRE), ANSWER)
    pdf = small_pdf("Notification de versement")
    message.add_attachment(pdf, maintype="application", subtype="pdf", filename="notification.pdf")
    return message


def _curious(stage: Stage) -> EmailMessage:
    return letter(*STRANGER, str(stage.last(CLAIRE)["Reply-To"]), "Bonjour", "Que devient cette dame ?\n")


PRIVATE = ("DUPONT", "expulsion")
STORY: tuple[Scene, ...] = (
    Scene(
        "Zoé, aidante, écrit à lot@ sans nommer d'organisme",
        _first,
        "opened",
        (Expected(ZOE[0], says=("CAF du Lot", "bien arrivée"), never=("DUPONT",)),),
    ),
    Scene(
        "Elle répond d'un mot",
        lambda stage: reply(*ZOE, stage.last(ZOE), "CAF"),
        "attached",
        (
            Expected(ZOE[0], says=("transmise", "2 heures ouvrées")),
            Expected(CLAIRE[0], says=("aide au logement", "DUPONT", "3 avril 1961", "je m'en occupe")),
            Expected(JULIEN[0], says=("aide au logement", "DUPONT")),
            Expected(MAILBOX, says=("aide au logement", "DUPONT", "Claire Martin")),
        ),
    ),
    Scene(
        "Claire, agente, s'en occupe",
        lambda stage: reply(*CLAIRE, stage.last(CLAIRE), "Je m'en occupe"),
        "handled",
        (
            Expected(ZOE[0], says=("Claire Martin",)),
            Expected(JULIEN[0], says=("Claire Martin",)),
            Expected(MAILBOX, says=("Claire Martin",)),
        ),
    ),
    Scene("Julien est en congé : sa messagerie répond", _away, "handled", (), null_path=True),
    Scene(
        "Claire répond, avec un PDF",
        _answer,
        "attached",
        (
            Expected(
                ZOE[0], says=("sous cinq jours",), never=("> ", "a écrit :"), files=("notification.pdf",)
            ),
            Expected(MAILBOX, says=("sous cinq jours",), never=("> ",), files=("notification.pdf",)),
        ),
    ),
    Scene(
        "Un inconnu écrit à l'adresse de la demande",
        _curious,
        "held",
        (Expected(OPERATOR, says=("curieux@ailleurs.example",), never=("dame", *PRIVATE)),),
    ),
    Scene(
        "Claire a traité la demande",
        lambda stage: reply(*CLAIRE, stage.last(CLAIRE), "Traité, merci."),
        "handled",
        (Expected(ZOE[0], says=("clore oui",)),),
    ),
    Scene(
        "Zoé clôt : c'était utile",
        lambda stage: reply(*ZOE, stage.last(ZOE), "Clore oui"),
        "handled",
        (
            Expected(ZOE[0], says=("close",)),
            Expected(CLAIRE[0], says=("close",)),
            Expected(MAILBOX, says=("close",)),
        ),
    ),
)
