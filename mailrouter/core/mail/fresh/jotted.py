"""What people jot down below their name: what is due, when, how much, who will do it. No line of a signature has these."""

from __future__ import annotations

import re

from mailrouter.core.mail.stems import any_of

_MATTER_BEGINS = re.compile(
    r"\W{0,3}(?:urgent|rdv|relance|copies? (?:à|de|pour)|p\.?j\b|pi[èe]ces?\b|dossier\b|mandat\b|loyer|dette|indu\b|expulsion|coupure|rappel(?:er|ez)?\b|appel(?:er|ez)\b|"
    r"voir\b|contacter|envoyer|attendre|attente|relancer|prévoir|suite à|réponse|délai|nouvelle adresse|nouveau (?:numéro|t[ée]l)|retour (?:le|avant|souhait))"
)
# How somebody is or lives, said of one person: offices name such people in the plural, or the matter itself.
_STATE = (
    r"enceinte|allergique|malade|hospitalisée?|veuve|veuf|divorcée?|séparée?|hébergée? (?:chez|par)|reconnue? (?:travailleur|handicapée?|invalide)|sous (?:curatelle|tutelle)"
    r"|(?:mère|père|maman|papa) (?:de|d['’]|seule?|isolée?)|au chômage|en arrêt|invalide|diabétique|aveugle|sourde?|malentendante?|réfugiée?|insalubre|à la rue|en danger|impayée?s?|menacée?|expulsée?|pregnant|disabled|single (?:mother|father|parent)|homeless"
)
_MATTER_INSIDE = re.compile(
    r"\burgen(?:t|ce)\b|\b(?:avant|depuis|dès|après|pour) (?:le \d|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|demain|hier|\d)|\b(?:demain|hier)\b"
    r"|\ble \d{1,2}(?:er)? ?(?:janv|févr|mars|avr|mai|juin|juil|août|sept|oct|nov|déc)|\d ?€|\d euros\b|\b(?:prévu|souhaité|manquant)e?s?\b"
    r"|\b(?:sans|plus de|seule?|aucune?)\b|\d enfants?\b|\b(?:"
    + _STATE
    + r")\b|(?<!\ble )(?<!\bau )\b(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)\W?\Z"
)
# One of these, or a digit, stands wherever the expression above finds something.
_HINTS = (
    "urgen|avant |depuis |dès |après |pour |demain|hier|prévu|souhaité|manquant|sans|plus de|seul|aucun"
    "|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|enceinte|allergi|malade|hospitalis|veu|divorc|sépar|héberg|reconnu|sous |mère |père |maman |papa "
    "|chômage|en arrêt|invalide|diabét|aveugle|sourd|malentend|réfugi|insalubre|à la rue|en danger|impay|menac|expuls|pregnan|disabled|single |homeless"
)
_MATTER_HINT = re.compile(any_of(_HINTS.split("|")))
# Of somebody else, or of what somebody will do; seen with its capitals, for "Rivera" is a name.
_TELLS = re.compile(
    r"(?<=\S )(?:Mme|M\.|Madame|Monsieur|Mlle) [A-ZÀ-Þ]|\b[a-zé]{3,}(?:era|eront|ira|iront|erait)\b"
)
_DIGIT = re.compile(r"\d")


def is_matter(low: str) -> bool:
    """Whether a line, in lower case, says what is due, when, how much or how many."""
    if _MATTER_BEGINS.match(low) is not None:
        return True
    hinted = _DIGIT.search(low) is not None or _MATTER_HINT.search(low) is not None
    return hinted and _MATTER_INSIDE.search(low) is not None


def tells(bare: str) -> bool:
    """Whether a line, with its capitals, speaks of somebody else or of what somebody will do."""
    hinted = " M" in bare or "ra" in bare or "ront" in bare  # nothing that tells does without
    return hinted and _TELLS.search(bare) is not None
