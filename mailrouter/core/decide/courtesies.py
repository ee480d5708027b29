"""Words beside an act that say nothing of it: greetings, polite turns, negations; slips that are words of their own."""

from __future__ import annotations


def listed(text: str) -> frozenset[str]:
    """The words of `text` as a set."""
    return frozenset(text.split())


# A line of these alone greets; before an act they are aside ("Bonjour à tous, traité").
GREETINGS = listed(
    "bonjour bonsoir salut hello hi coucou dear cher chere chers cheres madame monsieur mesdames messieurs mme mr m"
    " bonne bon journee soiree reponse re tous toutes a et collegue collegues"
)
# The words that a greeting begins with: only behind one of these is a name aside, up to the comma.
SALUTES = listed(
    "bonjour bonsoir salut hello hi coucou dear cher chere chers cheres madame monsieur mesdames messieurs mme mr"
)
# Words before an act that add nothing: "ok, je m'en occupe", "merci de clore".
_LEADS = (
    "merci de bien vouloir",
    "je vous prie de bien vouloir",
    "je vous prie de",
    "je vous remercie de",
    "merci d",
    "merci de",
    "veuillez",
    "je souhaite",
    "je souhaiterais",
    "je voudrais",
    "je veux",
    "svp",
    "please",
    "i would like to",
    "i want to",
    "ok",
    "oui",
    "d accord",
    "entendu",
    "bien recu",
    "tres bien",
    "bien note",
    "parfait",
    "merci",
    "yes",
    "thanks",
    "thank you",
    "alors",
    "finalement",
    "donc",
)
LEADS: dict[str, tuple[tuple[str, ...], ...]] = {
    first: tuple(tuple(lead.split()) for lead in _LEADS if lead.split()[0] == first)
    for first in {lead.split()[0] for lead in _LEADS}
}
# Words behind an act that add nothing.
POLITE = listed(
    "svp stp merci d avance par beaucoup please cordialement bien cdt cdlt bonne bon journee soiree fin de apres midi"
    " week end reception vous a toi te plait si s il bonjour bonsoir sinceres salutations respectueusement bientot"
    " thanks thank you very much in advance regards kind best sincerely yours tout le monde ce jour today"
    " aujourd hui mes meilleures sincerement amicalement"
)
NEGATIONS = listed("pas ne n ni non jamais plus surtout aucun aucune not never don t no without sans")
# One slip away from an act's word, and a word of its own: "à traiter" is not "traité", "j'ai invité" not "inviter".
NOT_SLIPS = listed(
    "traiter traitez traitons traitent traits traiteur regler reglez regles reglent reouvert rouvert rouverte cloturee"
    " fermee ferme ferment ajoute ajoutee associe associee exclu exclue exclues retire reprend reprendra later liste"
    " listes rappele rappelee relais terminer terminez finir demande demandes note notes noter notez"
)
USEFUL = {
    "oui": "yes",
    "yes": "yes",
    "utile": "yes",
    "useful": "yes",
    "non": "no",
    "no": "no",
    "inutile": "no",
    "useless": "no",
    "?": "unknown",
    "nsp": "unknown",
}
