"""Consent that a letter states without the word mandate: "elle m'a donné son accord par écrit le 3 mars".

What is agreed to must be that its author acts: who narrates says "son accord" of a landlord and of an office as well. A
negation, a future, a condition, a question, or another matter behind the word ("son accord pour l'échéancier") states nothing.
"""

from __future__ import annotations

import re
from typing import Final

_WORD: Final = r"(?:accord|consentement|autorisation|aval|feu vert)"
_GIVEN = re.compile(
    r"\b(?:m'|nous |vous )(?:a|ont) (?:bien |deja |egalement |aussi |toutes? (?:les )?)?(?:donne|confirme|transmis|remis|signe|confie|formule|exprime|renouvele)e?s?"
    r"(?: (?:par ecrit|par oral|oralement|ce jour|hier|le [^,;.]{3,18}?|verbalement|ce matin))? (?:son|leur|l'|un|une|tout) ?(?:" + _WORD + r"|pouvoir)\b"
    r"|\b(?:m'|nous )(?:a|ont) (?:bien |expressement |formellement )?(?:autorisee?s?|mandatee?s?|habilitee?s?) (?:a|pour)\b|\bm'autorise(?:nt)? (?:a|par)\b|\bnous autorise(?:nt)? a\b"
    r"|\b(?:j'ai|nous avons|ai|avons) (?:bien |deja |egalement )?(?:(?:recueilli|obtenu|recu|eu) )?(?:son|leur|l') ?" + _WORD + r"\b"
    r"|\b(?:a|ont) (?:bien )?donne (?:son|leur) " + _WORD + r" (?:ecrit|par ecrit|signe|pour que (?:j|nous)|(?:pour|a) (?:cette|la|ma|notre|mes|nos|les|ces) demarche)"
    r"|\b(?:est|sont) (?:bien |tout a fait )?d'accord pour que (?:je|j'|nous)|\bconsent(?:ent)? a ce que (?:je|j'|nous)"
    r"|\b(?:she|he|they|who) (?:has |have )?(?:given|gave) (?:me|us) (?:(?:her|his|their) )?(?:written |verbal |full )?(?:consent|permission|agreement|authority)\b"
    r"|\b(?:i|we) have (?:her|his|their) (?:written |verbal |full )?(?:consent|permission|agreement|authority)\b|\b(?:has|have) authori[sz]ed (?:me|us) to\b"
)  # fmt: skip
# With what is done for somebody in the same sentence, or alone.
_WITH = re.compile(
    r"\b(?:avec (?:son|leur|l') ?"
    + _WORD
    + r"|with (?:her|his|their) (?:written |verbal |full )?(?:consent|permission|agreement))\b"
)
_ACTING = re.compile(
    r"\b(?:je|nous) (?:(?:me|nous) permet\w+|(?:vous|t') ?(?:ecri|contact|sollicit|sais|transmet|adress|demand|envoi|envoy|joi|appel|inform|expos|fai[ts] (?:part|suivre))\w*"
    r"|(?:fai[st]|faisons|effectu\w+|realis\w+|engage\w*|entrepren\w+|mene\w*|sollicit\w+|represent\w+|accompagn\w+|aid\w+|interv\w+|agi\w+|formul\w+|depos\w+|saisi\w+)\b)"
    r"|\bj'(?:agis|interviens|accompagne|aide|effectue|engage|entreprends|adresse)\b|\b(?:je|nous) l'(?:accompagn|aid|assist|represent)\w+"
    r"|\b(?:i am|i'm|we are|i|we) (?:writing|write|contact(?:ing)?|act(?:ing)?)\b"
)
_ALONE = re.compile(r"\W*(?:ceci |cela |et |le tout )?avec (?:son|leur|l') ?" + _WORD + r"(?: (?:ecrit|oral|signe|par ecrit|explicite|prealable|formel))?(?:,? (?:du|le|en date du|date du) [^,;]{3,24})?\W*\Z")  # fmt: skip
_DENIED = re.compile(
    r"\b(?:ne|n'|pas|sans|jamais|aucun|refus\w*|retir\w*|revenue? sur|attend\w*|attente|demander|demandons|obtenir|avoir|si|s'il\w*|dès|des qu\w*|une fois|quand|lorsqu\w*|avant|tant qu\w*|sous reserve|a condition|afin|pour que|faut|faudra\w*|"
    r"not|without|never|if|until|unless|once|when|before|yet|perime|expire|caduc|annul\w*)\b"
)
_DENIED_AFTER = re.compile(
    r"\b(?:mais (?:pas|seulement|uniquement|que)|sauf|uniquement|seulement|retir|revenue? sur|annul|perime|expire|n'est plus|a change d'avis|withdr\w+|revoked)"
)
# What nobody but the author's user can agree to, or else the accord is about something else.
_ELSE = re.compile(
    r"\W{0,2}(?:amiable|collectif|de principe|de (?:prise|financement|paiement|pret|separation|divorce|la (?:caf|cpam|msa|mairie|prefecture|banque|commission|direction))|du (?:bailleur|proprietaire|juge|medecin|maire|directeur)"
    r"|sur |au |aux |a (?:la|l'|le|son|sa|une?|ce|cet|cette)(?!\w)(?! ?(?:demarche|presente|transmission|communication|partage|echange|demande))|pour (?:un|une|le|la|les|l'|des|ce|cet|cette|son|sa|ses|payer|rembours\w+|quitter|demenag\w+|signer|partir|vendre|divorcer)\b(?! ?(?:demarche|transmission|communication|partage|echange|demande|consultation|suivi|saisine|prise de contact|aide)))"
)
# Others whose accord a case needs too: an office, a landlord, a doctor.
_OTHERS = (
    r"(?:proprietaire|bailleur|bailleresse|agence|banque|caf|cpam|msa|carsat|prefecture|mairie|ccas|mdph|departement|directeur|directrice|direction|responsable|medecin|docteur|juge|avocate?|collegue|"
    r"conseillere?|employeur|patron|ecole|college|hopital|commission|service|assurance|mutuelle|huissier|creancier|voisine?|maire|notaire|office|organisme|association|tresor|tresorerie|curateur|curatrice|landlord|council|doctor|bank)s?"
)
_OF_OTHERS = re.compile(
    r"\b(?:la|le|les|l'|mon|ma|notre|son|sa|leur|un|une|du|the|her|his)(?: \w+)?? ?"
    + _OTHERS
    + r"\b(?:[^,;:]{0,60}|[^;:]{0,50}, (?:qui|who) )\Z"
)
_BEGINS_WITH_OTHERS = re.compile(
    r"\W*(?:(?:mais|et|car|or) )?(?:la|le|les|l'|mon|ma|notre|son|sa|leur|un|une|the|her|his) ?(?:\w+ )?"
    + _OTHERS
    + r"\b"
)
_HE = re.compile(r"\W*(?:(?:mais|et|car|or) )?(?:il|elle|ils|elles|he|she|they)\b")


def consent_at(sentence: str, before: str = "", asked: bool = False) -> int:
    """Where the word of consent ends in `sentence` (folded: lower case, no accents), -1 when none is given there. `before`
    is the sentence above, folded; `asked` whether a question mark ends this one."""
    if asked:
        return -1
    found = _GIVEN.search(sentence)
    if found is None:
        found = _WITH.search(sentence)
        if found is None or not (_ACTING.search(sentence) or _ALONE.match(sentence)):
            return -1
    head, tail = sentence[: found.start()], sentence[found.end() :]
    clause = re.split(r"[,;:]| mais | car | donc ", head)[-1]
    if _DENIED.search(clause) or _DENIED_AFTER.search(tail) or _ELSE.match(tail):
        return -1
    if _OF_OTHERS.search(head) or (_HE.match(sentence) and _BEGINS_WITH_OTHERS.match(before)):
        return -1
    return found.end()
