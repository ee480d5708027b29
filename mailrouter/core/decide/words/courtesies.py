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
# A thanks says why and to whom in words like these; one word more may be a request.
THANKS_WORDS = 14
THANKFUL = listed("merci mille un grand tres super parfait encore je nous thanks thank many")
THANKED = listed("merci thanks thank mercis mercii mci thx tks remercie remercions")
GRATEFUL = THANKFUL | listed(
    "mercis beaucoup bien infiniment vivement sincerement chaleureusement vous a tous toutes toi remercie remercions"
    " pour de d du votre vos ton ta tes cette ce ces l la le et par avance aide soutien travail efficacite rapidite"
    " reactivite retour reponse reponses precision precisions information informations explication explications"
    " disponibilite ecoute intervention mobilisation diligence professionnalisme toute tout"
    " you very much so a lot your the help support quick reply answer work all for"
)
_WISHES = listed(
    "bonne bon belle excellente agreable douce fin de journee soiree semaine apres midi week end weekend continuation"
    " courage annee fetes vacances nuit et a vous toi tous toutes tout le monde bientot demain lundi mardi mercredi"
    " jeudi vendredi prochaine nice good great day evening weekend week see you soon have"
)
CIVIL = listed("madame monsieur mme mr m mesdames messieurs chere cher collegue collegues equipe team")
# What acknowledges and asks nothing.
RECEIVED = listed(
    "ok okay d accord bien recu recue c est note notee noted compris entendu received understood super parfait perfect"
    " top genial great cool nickel tres impeccable bcp merci"
)
# Greetings, thanks, wishes: a line of these alone says nothing.
COURTEOUS = (
    POLITE
    | GREETINGS
    | GRATEFUL
    | _WISHES
    | CIVIL
    | listed(
        "bcp mci mercii thx tks rapide rapides precieuse precieux efficace complete claire patience gentillesse elle lui"
        " eux elles"
    )
)
# Words that name the case behind an act on it.
OBJECTS = listed(
    "ce cet cette le la les l de du dossier dossiers demande demandes situation cas votre vos ma mon notre case request"
    " this the it of"
)
# Words that say when; days and years are figures.
TIMES = listed(
    "ce cet cette jour hier demain matin midi apres soir semaine journee lundi mardi mercredi jeudi vendredi prochaine"
    " prochain prochains prochaines jours des aujourd hui que possible rapidement vite au plus tot tres prochainement"
    " immediatement suite tout de dans la le les debut fin depuis d ici en heure heures janvier fevrier mars avril mai"
    " juin juillet aout septembre octobre novembre decembre now tomorrow today yesterday this week morning afternoon soon"
    " asap as possible monday tuesday wednesday thursday friday next on since"
)
