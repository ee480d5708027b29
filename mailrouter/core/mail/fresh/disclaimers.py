"""Text that machines put below a person's: confidentiality notices, pleas not to print, list footers. What they put
above is found in banners.py."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from mailrouter.core.mail.fresh import notices
from mailrouter.core.mail.letters import lowered

# ---- confidentiality, "think before printing", virus scanners

_NOTICE = re.compile(
    r"\W{0,12}(?:(?:ce|cet|le présent|ces|tout)\s?(?:message|courriel|mail|e-?mail|courrier|document)|"
    r"les informations|l['’]information|l['’]intégrité|le contenu de ce|si vous (?:n['’]êtes|avez reçu|recevez ce)|"
    r"confidential|avis|avertissement|disclaimer|mentions? légales?|notice|attention|rgpd|vos données|les données|droit à la déconnexion|"
    r"conformément|this (?:e-?mail|message|communication|transmission)|the (?:information|content|contents)|"
    r"if you (?:are not|have received)|privileged|important|diese (?:e-?mail|nachricht)|der inhalt|este (?:mensaje|correo)|"
    r"la información|en (?:cumplimiento|virtud) de|de conformidad con|el contenido de|nos termos d|o conteúdo d|ai (?:sensi|fini) d|in ottemperanza|in conformità|il (?:presente|contenuto)|si (?:precisa|informa)|under the|in accordance with|sollten sie|esta mensagem|este e-?mail|le informazioni|questo messaggio|questa e-?mail|dit bericht|"
    r"de informatie|denne e-?mail|detta (?:e-?post|meddelande)|ta wiadomość|niniejsza wiadomość|tato zpráva|"
    r"antes de imprimir|prima di stampare|any (?:views|opinions)|please note that e-?mails|registered (?:office|in england)|"
    r"hinweise zum datenschutz|datenschutzhinweise|informationen zum datenschutz|bitte prüfen|por favor,? (?:considere|piense)|piense|rispetta|pensa |"
    r"pensez|merci de penser|merci de n|avant d['’]imprimer|n['’]imprimez|imprimez|adopt(?:ez|ons)|soyons|ayez|bitte denken|denk aan|ensemble|préservons|"
    r"afin de (?:contribuer|préserver|limiter|respecter)|dans un souci|par (?:respect|souci)|pour (?:préserver|protéger)|protégeons|"
    r"soucieux|limit(?:ez|ons)|évit(?:ez|ons)|pensons|n['’]imprimer|"
    r"please consider|think before|save paper|before printing|l['’]absence de virus|garanti sans virus|"
    r"cet e-?mail a été vérifié|ce courrier électronique ne contient|virus-free|p (?:pensez|avant|please))"
)
_BEGINS: Final = 80  # characters: the longest beginning above has 50
_STEMS: Final = (
    "confiden|destinataire|strictement|pièces jointes|pièce jointe|par erreur|détrui|supprim|divulg|expéditeur|"
    "intégrité|décline|responsabilité|altér|usage exclusif|diffusion|virus|antivirus|avast|"
    "recipient|intended|privileged|attachment|in error|delete|disclos|sender|prohibited|liab|addressee|"
    "vertraulich|empfänger|irrtümlich|vernicht|löschen|destinatario|riservat|errore|cancellar|destinatári|"
    "exclusivement|non autorisée|reproduction|interdite|unauthori|copying|unbefugt|untersagt|no autorizad|prohibid|vietat|non autorizzat|"
    "données personnelles|caractère personnel|protection des données|droits? d['’]accès|rectification|personal data|data protection|"
    "remitente|remetente|mittente|absender|avsändare|afsender|afzender|nadawc|elimin|bórr|borrar|adjunto|allegat|anexo|"
    "exclusiva|esclusiv|destinate|ausschließlich|uitsluitend|wyłącznie|únicamente|por error|por engano|per abuis|ved en fejl|adressat|radera|slette|usunięci|"
    "responsable de son contenu|sur internet|views or opinions|solely|represent those|"
    "vertrouwelijk|geadresseerde|verwijder|fortrolig|modtager|konfidentiell|mottagare|poufne|adresat|důvěrn"
)
_STEM = re.compile(_STEMS)
_PROMISES = re.compile(r"[\w'’ -]{2,40} s['’]engage(?:nt)? à protéger")
_LONG_ENOUGH: Final = 24  # characters of the first line of a notice: signatures have shorter ones
# One sentence that is about all mail of an office says enough.
_OF_ALL_MAIL = re.compile(
    r"\A\W{0,8}any (?:views?|opinions?)(?: or opinions?)? (?:expressed|presented).{0,160}(?:not necessarily|solely)|e-?mails? (?:may|might|can) be (?:monitored|recorded)|scanned for (?:viruses|spam|malware)"
    r"|\A(?:hinweise zum datenschutz|datenschutzhinweise|informationen zum datenschutz)\b.{0,80}(?:www\.|https?:)"
)
PERSONAL = re.compile(
    r"\b(?:je|j['’]|mon|ma|madame|monsieur|mme|m\.|elle|i(?!\))|my|she|he|demande|souhaite|exerce)(?!\w)"
)
_I_IS_NOBODY = re.compile(
    r"\W{0,12}(?:niniejsz|ta wiadomo|detta |denne |le informazioni|quest|ai (?:sensi|fini) d|il (?:presente|contenuto)|in (?:ottemp|conform)|si (?:precisa|informa))"
)  # "i" is "and", "in" or "the" there
_ASKS = re.compile(r"\?(?:\s|\Z)")
# Notices address whoever reads, forbid or disclaim; "ce courrier confidentiel, arrivé par erreur, nomme un autre
# destinataire" only tells.
_ORDERS = re.compile(
    r"\bsi (?:vous|ce|cet|le|tel)\b|\bif (?:you|this|the)\b|wenn sie|falls sie|si usted|si no es|se (?:non|ricev|não|você|o)|indien u|als u|om du|hvis du|jeśli|jeżeli|pokud|si (?:lo )?ha recibido|se lo avete|rogamos|preghiamo|prosimy|vänligen|bedes du|solely"
    r"|destinée?s?\b|adressée?s?\b|exclusi|strict|interdi|prohibi|intended|toute\b|aucun|peu(?:ven)?t (?:contenir|être|constituer)|susceptible|may (?:contain|be)|veuillez|merci de|prière|nous vous"
    r"|s['’]engage|please|must not|should not|décline|ne saur|ne peut|n['’]engage|garanti|conformément|disposez|bitte|vietat|proib|prohíb|verboden|untersagt|unbefugt|vertraulich|riservat|reservad|confidencial|vertrouwelijk"
)
# "Pensez à imprimer l'attestation" is a person's, and so is "Attention, l'environnement de M. Sow est bruyant": these
# speak of the planet and of paper, or of this very message.
_PLANET = re.compile(
    r"environnement|environment|planète|planet\b|éco-?(?:geste|attitude|responsab)|forêt|umwelt|\bambiente|het milieu|medioambiente"
    r"|\barbres\b|\btrees\b|bäume|árvores|árboles|\balberi\b|\bbomen\b|drzew"
)
_PAPER = re.compile(r"imprim|impress|print|papier|paper|drucken|ausdruck|afdruk|stampare")
_THINK = re.compile(
    r"\W{0,12}(?:p )?(?:pensez|pensons|ayez|ayons|adoptez|adoptons|ensemble|préservons|protégeons|please consider|think)"
)
_PRINTING = re.compile(
    r"n['’]imprim.{0,80}nécess|(?:de )?ne pas imprimer (?:ce|cet) (?:mail|message|e-?mail|courriel)|only if necessary|(?:d['’]imprimer|n['’]imprimez|n['’]imprimer|before printing|printing this) (?:ce|cet|this|e-?mail)|save paper"
)
_PICTURE = re.compile(
    r"(?:<https?://[^<>]*>|\[[^\[\]]{0,80}\](?:<[^<>]*>)?)\s*"
)  # a scanner's logo, and where it leads
_SCANNED = re.compile(
    r"\bavast\b|\bavg\b|(?:absence de|aucun) (?:virus|logiciel malveillant)"
    r"|anti-?virus.{0,80}(?:vérifi|analys|check|scan)|(?:vérifi|analys|check|scan).{0,80}anti-?virus"
)


def is_disclaimer(paragraph: Sequence[str]) -> bool:
    """Whether a paragraph is a notice of the sender's organisation, not the person's sentence.

    It must begin as notices do and hold at least three of their stems (one for printing and virus notices):
    "ce message m'est parvenu par erreur" has one.
    """
    first = paragraph[0].lstrip()
    if first[:1] in "<[":
        first = _PICTURE.sub("", first, count=1)
    opening = lowered(first[:_BEGINS])
    if not _NOTICE.match(opening) and not ("engag" in opening and _PROMISES.match(opening)):
        if len(opening) <= _LONG_ENOUGH:
            return False
        return notices.opens(opening) and notices.is_notice(lowered(" ".join(paragraph)))
    text = " ".join(paragraph)
    if len(text) < 30:
        return False
    low = text.lower()
    if notices.opens(opening) and notices.is_notice(low):
        return True  # before one looks for "je", which is "is" in Czech
    said = low.replace(" i ", " ") if _I_IS_NOBODY.match(low) else low
    if PERSONAL.search(said) or _ASKS.search(low):
        return False
    if _OF_ALL_MAIL.search(low) is not None or notices.is_privacy(low):
        return True
    if len(text) < 260 and (_is_eco(low) or _SCANNED.search(low) or frees_from_answering(low)):
        return True
    return len(set(_STEM.findall(low))) >= 3 and _ORDERS.search(low) is not None


# In French the pronouns tell a person from an office; elsewhere "i" and "mi" are other words.
_WRITES = re.compile(
    r"\b(?:je|j['’]|mon|ma|mes|madame|monsieur|mme|m\.|elle|il (?:est|a|faut|ne|doit|veut)|demande|souhaite|exerce)(?!\w)|\b(?:i (?:am|have|need|would|want|will)|my|she|he|his|her|ich|mein\w*|herr|frau|señor\w*|sig\.)(?= )"
)


# What an office says of all its mail, its own name first.
_OF_OFFICE_MAIL = re.compile(
    r"\bmonitors? (?:all |its |incoming |outgoing )*e-?mails?\b|e-?mails? .{0,40}(?:may|might|can|will) be (?:monitored|recorded)|"
    r"(?:views?|opinions?)\b.{0,60}\bnot necessarily\b|do(?:es)? not accept (?:any )?(?:liability|responsibility) for"
)


def tells_of_data(paragraph: Sequence[str]) -> bool:
    """Whether a paragraph tells the reader how their data are processed, or of all mail of an office, whatever it begins with."""
    if sum(map(len, paragraph)) < notices.PRIVACY_LEAST:
        return False
    low = lowered(" ".join(paragraph))
    if "mail" in low and _OF_OFFICE_MAIL.search(low) is not None:
        return PERSONAL.search(low) is None and _ASKS.search(low) is None
    return notices.is_privacy(low) and _WRITES.search(low) is None


def _is_eco(low: str) -> bool:
    """The plea not to print: of the planet and of paper, or of the planet alone in the words that such pleas begin with."""
    if _PLANET.search(low):
        return _PAPER.search(low) is not None or (len(low) < 90 and _THINK.match(low) is not None)
    return _PRINTING.search(low) is not None


# Many public bodies add by decree that nobody must answer outside working hours.
_HOURS = re.compile(
    r"(?:en dehors|hors|outside|au-delà|outwith) (?:de |d['’] ?|of )?(?:(?:vos|tes|les|your|own|normal|usual|the|their) ){0,3}"
    r"(?:heures|horaires|jours|temps|plages|working|work|office|business)"
)
_NO_NEED = re.compile(
    r"(?:\bpas|\bni|aucune?|sans|\bnot|n['’]t|\bno)\b.{0,60}(?:tenue?|oblig|répon|immédiat|urgence|repl|respond|respon[sc]e|expect|action)"
)


def frees_from_answering(low: str) -> bool:
    """Whether a text says that nobody need answer outside working hours."""
    return _HOURS.search(low) is not None and _NO_NEED.search(low) is not None


_SUBSCRIBED = re.compile(
    r"(?:you (?:received|are receiving|have received) this (?:message|e-?mail|mail) because|vous (?:recevez|avez reçu) ce(?:t|tte)? (?:message|e-?mail|mail|courriel),? (?:car|parce)|"
    r"sie (?:erhalten|haben) diese (?:nachricht|e-?mail)(?: erhalten)?,? weil|(?:has recibido|recibes|recibe|ha recibido) este (?:mensaje|correo) porque|"
    r"hai ricevuto questo messaggio perché|recebeu esta mensagem porque|u (?:ontvangt|hebt) dit bericht(?: ontvangen)? omdat)"
)
_ADDRESSES: Final = ("You ", "Vous ", "Sie ", "Has ", "Ha ", "Hai ", "Rec", "U ")
_LEAVE = re.compile(
    r"unsubscri|désabonn|désinscri|abmelden|abbestell|suscripci|disiscri|anul|afmeld|@\S+\+unsubscribe"
)
_LIST = re.compile(
    r"(?:mailman/listinfo|mailing list|liste de diffusion|to unsubscribe|se désabonner|se désinscrire|désinscription|"
    r"unsubscribe|sympa/|groups\.google\.com|you received this message because)",
    re.IGNORECASE,
)


_LIST_LINES: Final = 8
_LIST_LONG: Final = (
    20  # a rule inside a paragraph is a list's when it is as long as Mailman's; people draw short ones
)
_RULED: Final = frozenset("-_=")
_RULED_OR_BLANK: Final = frozenset("-_= \t\xa0")
_LIST_RULE = re.compile(r"\s*[-_=]{5,}\s*\Z")


def list_footer(paragraph: Sequence[str]) -> int | None:
    """Index of the first line of the footer a list adds (a rule of dashes, then its name or the way to leave it).

    Lists put their rule directly below the last line of the mail, so it may stand inside the paragraph.
    """
    if paragraph[0].startswith(_ADDRESSES) and _SUBSCRIBED.match(lowered(paragraph[0])) is not None:
        low = lowered(" ".join(paragraph))
        return 0 if _LEAVE.search(low) and "?" not in low else None
    for i in range(max(0, len(paragraph) - _LIST_LINES), len(paragraph)):
        if paragraph[i][:1] not in _RULED_OR_BLANK:
            continue
        rule = paragraph[i].strip()
        if rule[:1] in _RULED and _LIST_RULE.match(rule) and (i == 0 or len(rule) > _LIST_LONG):
            return i if _LIST.search("\n".join(paragraph[i + 1 :])) else None
    return None
