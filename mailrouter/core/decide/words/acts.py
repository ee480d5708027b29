"""The table of acts: what each is called in plain words, who may say it, and what may follow.

A phrase is folded words (no accents, no case, apostrophes and hyphens are blanks). Longer phrases win."""

from __future__ import annotations

from typing import Literal

from mailrouter.core.model import Frozen, Side

# What may follow the phrase on its line. reason: behind a mark (":", "-", "car"). note: the same, or nothing.
# broad: behind a colon only, as it widens the audience. target: a name or address. useful: yes, no, unknown.
Argument = Literal["", "reason", "target", "useful", "note", "broad", "when"]


class Act(Frozen, frozen=True, kw_only=True):
    """One act. `exact`: a word that releases or confirms something, so that no typing slip may make it."""

    name: str
    phrases: tuple[str, ...]
    sides: tuple[Side, ...]
    argument: Argument = ""
    exact: bool = False


BOTH: tuple[Side, ...] = ("helper", "operator")
HELPER: tuple[Side, ...] = ("helper",)
OPERATOR: tuple[Side, ...] = ("operator",)


def _act(
    name: str, sides: tuple[Side, ...], phrases: str, argument: Argument = "", *, exact: bool = False
) -> Act:
    said = tuple(p.strip() for p in phrases.split("|"))
    return Act(name=name, phrases=said, sides=sides, argument=argument, exact=exact)


# "Votre demande a bien été traitée", "j'ai traité le dossier": who and how before what is done.
_SUBJECTS = (
    "la demande", "votre demande", "cette demande", "le dossier", "votre dossier", "ce dossier", "la situation",
    "sa situation", "le probleme", "c'", "tout",
)  # fmt: skip
_HAS_BEEN = ("est", "est bien", "a ete", "a bien ete")
_DONE = ("traite", "regle", "resolu", "regularise", "termine")
_DONE_SENTENCES = " | ".join(
    (
        *(f"{who} {how} {what}{e}" for who in _SUBJECTS for how in _HAS_BEEN for what in _DONE for e in ("", "e")),
        *(f"{who} {what}" for who in ("j'ai", "nous avons", "j'ai bien", "nous avons bien") for what in _DONE),
        *(f"{what} {done}{e}" for what in ("dossier", "demande", "situation", "probleme") for done in _DONE for e in ("", "e")),
        *(f"{who} {how} {what}" for who in ("the case", "the request", "it") for how in ("is", "has been") for what in
          ("done", "solved", "resolved", "handled", "settled")),
        "regularise | regularisee | c'est regularise | le necessaire a ete fait | le necessaire est fait | vu et traite",
        "all done | it's been done | completed | sorted | dealt with | finished | c'est fini",
    )
)  # fmt: skip


ACTS: tuple[Act, ...] = (
    _act(
        "take",
        OPERATOR,
        "je m'occupe | je prends celui ci | je prends celle ci | pris en charge | prise en charge | "
        "c'est pris en charge | je suis dessus | je m'y mets | je traite | on s'en occupe | "
        "nous nous en occupons | nous prenons en charge | nous prenons la demande en charge | "
        "je men occupe | jm'en occupe | je me charge | i'll take this one | i'll take care of it | "
        "i will take care of it | i will take care of this | i'm taking it | i'm taking care of it | "
        "i'm taking this | i take care of it | i take care of this | i am taking care of it | on it | taken | "
        "je m'en occupe | je m'occupe de la demande | je m'occupe de ce dossier | je m'occupe du dossier | je prends"
        " | je prends en charge | je prends la demande en charge | je prends ce dossier en charge | je le prends"
        " | je la prends | je prends le dossier | je prends la demande | je prends ce dossier | je m'en charge"
        " | je me charge de la demande | je prends la main | c'est pour moi | je gere | i take it | i'll take it"
        " | i will take it | taking it | i'm on it | i am on it | i'll handle it | i will handle it | mine",
    ),
    _act(
        "not-me",
        OPERATOR,
        "ce n'est plus moi | pas mon dossier | ce n'est pas mon dossier | pas mon secteur | "
        "ce n'est pas mon secteur | je ne suis pas concerne | je ne suis pas concernee | "
        "je ne suis pas la bonne interlocutrice | je ne suis plus la bonne personne | not my case | "
        "it's not me | it's not for me | this isn't for me | this is not for me | "
        "pas moi | ce n'est pas moi | c'est pas moi | ce n'est pas pour moi | c'est pas pour moi | pas pour moi"
        " | je ne suis pas la bonne personne | je ne suis pas le bon interlocuteur | not me | not for me"
        " | i'm not the right person | i am not the right person",
        "target",
    ),
    _act(
        "not-us",
        OPERATOR,
        "pas chez nous | ce n'est pas chez nous | ne nous concerne pas | cela ne nous concerne pas | "
        "ca ne nous concerne pas | nous ne sommes pas concernes | pas de notre ressort | "
        "ce n'est pas de notre ressort | hors competence | hors de notre perimetre | "
        "cette demande ne releve pas de notre competence | la demande ne releve pas de notre competence | "
        "ce dossier ne releve pas de notre competence | cela ne releve pas de notre competence | "
        "votre demande ne releve pas de notre competence | cette demande ne nous concerne pas | "
        "ce dossier ne nous concerne pas | this is not for us | it's not for us | not our department | "
        "not within our remit | "
        "pas nous | ce n'est pas nous | c'est pas nous | ce n'est pas pour nous | c'est pas pour nous | pas pour nous"
        " | pas competent | pas competente | pas competents | non competent | incompetent"
        " | nous ne sommes pas competents | nous ne sommes pas competent | nous sommes incompetents"
        " | organisme non competent | pas de notre competence | hors de notre competence"
        " | ce n'est pas de notre competence | ne releve pas de notre competence | not us | not ours | not for us",
        "target",
    ),
    _act(
        "done",
        OPERATOR,
        "traite | traitee | c'est traite | demande traitee | dossier traite | la demande est traitee"
        " | le dossier est traite | regle | reglee | c'est regle | dossier regle | demande reglee | resolu | resolue"
        " | c'est resolu | c'est fait | termine | c'est termine | done | it's done | it is done | solved | resolved"
        " | handled | settled | fait | " + _DONE_SENTENCES,
    ),
    _act(
        "irrelevant",
        OPERATOR,
        "sans objet | demande sans objet | irrecevable | demande irrecevable | hors sujet | "
        "non pertinent | non pertinente | pas pertinent | pas pertinente | demande non pertinente"
        " | ce n'est pas pertinent | la demande n'est pas pertinente | irrelevant | not relevant",
        "reason",
    ),
    _act(
        "note",
        OPERATOR,
        "note | note aux agents | note entre agents | note pour les agents | agents only | note to agents",
        "note",
    ),
    _act(
        "close",
        HELPER,
        "je ferme | je ferme le dossier | a clore | a cloturer | a fermer | dossier a clore | "
        "demande a clore | demande a cloturer | vous pouvez fermer | on peut fermer | je souhaite clore | "
        "closing | "
        "clore | cloturer | clos | close | cloture | clore la demande | cloturer la demande | clore le dossier"
        " | cloturer le dossier | fermer | fermer la demande | fermer le dossier | je clos | je cloture"
        " | je clos la demande | vous pouvez clore | vous pouvez cloturer | on peut clore | on peut cloturer"
        " | close it | close the case | you can close | you may close",
        "useful",
    ),
    _act(
        "reopen",
        HELPER,
        "re ouvrir | reouverture | rouvrez | reouvrez | re open | open again | please reopen | "
        "rouvrir | reouvrir | rouvrir la demande | reouvrir la demande | rouvrir le dossier | je rouvre"
        " | a rouvrir | reopen | reopen the case | reopen it",
    ),
    _act(
        "invite",
        BOTH,
        "inviter | invite | invitez | j'invite | ajouter | ajoutez | associer | associez | add",
        "target",
    ),
    _act("exclude", HELPER, "exclure | excluez | j'exclus | retirer | exclude | remove", "target"),
    _act(
        "withdraw",
        HELPER,
        "la personne a retire son mandat | madame retire son mandat | monsieur retire son mandat | "
        "mme retire son mandat | madame a retire son mandat | monsieur a retire son mandat | "
        "mme a retire son mandat | retire son mandat | a retire son mandat | retirer mandat | "
        "revocation du mandat | revoquer le mandat | mandat revoque | fin de mandat | fin du mandat | "
        "annuler le mandat | annulation du mandat | she withdraws her mandate | he withdraws his mandate | "
        "revoke mandate | revoke the mandate | mandate revoked | "
        "retrait mandat | retrait du mandat | retrait de mandat | retirer le mandat | mandat retire"
        " | le mandat est retire | la personne retire son mandat | elle retire son mandat | il retire son mandat"
        " | mandate withdrawn | withdraw mandate | withdraw the mandate | the mandate is withdrawn",
    ),
    _act(
        "wrong-person",
        BOTH,
        "erreur de la personne | erreur personne | ce n'est pas la personne | "
        "il y a erreur sur la personne | erreur d'usager | erreur de beneficiaire | "
        "c'est une erreur de personne | "
        "erreur de personne | erreur sur la personne | mauvaise personne | ce n'est pas la bonne personne"
        " | wrong person | this is the wrong person",
    ),
    _act(
        "hand-over",
        BOTH,
        "passer le relais a | je passe le relais a | je passe la main a | passer la main a | passer le relais"
        " | je passe le relais | relais a | transmettre le relais a | hand over to | i hand over to | handing over to",
        "target",
    ),
    _act(
        "take-over",
        HELPER,
        "reprendre | je reprends | je reprends la demande | je reprends le dossier | je reprends la suite"
        " | reprendre la demande | reprendre le dossier | take over | i take over | taking over",
    ),
    _act(
        "later",
        BOTH,
        "plus tard | rappeler | rappelez moi | me rappeler | rappel | later | remind me | snooze",
        "when",
    ),
    _act("to-all", OPERATOR, "a tous | pour tous | a tous les organismes | to all | for all", "broad"),
    _act(
        "list",
        BOTH,
        "liste | ma liste | mes demandes | liste de mes demandes | mes dossiers | list | my cases",
    ),
    _act("history", BOTH, "historique | l'historique | historique de la demande | history"),
    _act("help", BOTH, "aide | a l'aide | mode d'emploi | help | ?"),
    _act(
        "mandate-form",
        HELPER,
        "mandat | formulaire de mandat | formulaire mandat | modele de mandat | mandat a imprimer | mandate"
        " | mandate form",
    ),
    _act(
        "letter",
        HELPER,
        "modele | modele de lettre | modele de courrier | un modele | lettre type | courrier type | lettre modele"
        " | template letter | letter template | model letter",
        "target",
    ),
    _act(
        "summary",
        HELPER,
        "resume pour l'usager | le resume pour la personne | resume pour madame | resume pour monsieur | "
        "resume | un resume | resume de la demande | resume a imprimer | resume pour la personne | le resume | summary"
        " | a summary | summary to print",
    ),
    _act(
        "check-draft",
        HELPER,
        "pret ? | prete ? | est ce pret ? | c'est pret ? | brouillon | ready ? | is it ready ? | draft",
    ),
    _act(
        "confirm",
        BOTH,
        "ok | oui | c'est bon | c'est bon pour moi | bon pour moi | tout est ok | c'est correct | c'est exact | exact | tout est exact | tout est correct | correct"
        " | tout est bon | d'accord | je confirme | confirme | oui c'est bon | oui c'est exact | oui c'est correct"
        " | oui je confirme | ok c'est bon | ok pour moi | yes | yes correct | i confirm | confirmed | agreed",
        exact=True,
    ),
    _act("refuse", BOTH, "non | no | non merci | no thanks", exact=True),
    _act(
        "accept-terms",
        BOTH,
        "j'accepte | j'accepte les conditions | j'accepte les conditions d'utilisation"
        " | j'accepte les conditions generales | j'accepte les conditions generales d'utilisation | j'accepte les cgu"
        " | oui j'accepte | i accept | i accept the terms | i accept the terms of use",
        exact=True,
    ),
    _act(
        "its-me",
        BOTH,
        "c'est moi | c'est bien moi | oui c'est moi | oui c'est bien moi | it's me | it is me | yes it's me",
        exact=True,
    ),
    _act("send", BOTH, "envoyer | envoie | envoyez | send | send it", exact=True),
    _act("register", BOTH, "inscrire | inscrivez | register", exact=True),
    _act(
        "continue",
        BOTH,
        "suite | c'est la suite | la suite | meme demande | c'est la meme demande | same case | continue",
        exact=True,
    ),
    _act(
        "new",
        BOTH,
        "nouveau | nouvelle | nouvelle demande | c'est nouveau | c'est une nouvelle demande | new case | new"
        " | it's new",
        exact=True,
    ),
    _act(
        "thanks",
        BOTH,
        "merci | merci beaucoup | merci bien | merci a vous | merci a tous | merci a toutes et tous"
        " | merci infiniment | un grand merci | grand merci | mille mercis | mille merci | merci pour votre aide"
        " | merci de votre aide | merci pour tout | merci pour votre retour | merci pour ce retour"
        " | merci pour votre reponse | merci de votre retour | merci de votre reponse | merci pour votre reactivite"
        " | bien recu merci | c'est note merci | bien note merci | parfait merci | ok merci | super merci"
        " | merci pour elle | merci pour lui | je vous remercie | nous vous remercions | avec mes remerciements"
        " | thanks | thanks a lot | thank you | thank you very much | thank you so much | many thanks"
        " | thanks for your help | thank you for your help",
    ),
)
BY_NAME = {act.name: act for act in ACTS}

STATEFUL = frozenset({"take", "not-me", "not-us", "done", "irrelevant", "close", "reopen", "withdraw"})
