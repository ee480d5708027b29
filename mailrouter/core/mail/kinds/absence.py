"""Absence messages: what says "I am away" apart from every other automatic answer, and when no header says so.

Two thresholds. A mail already known to be automatic is an absence when its subject or first words speak of being
away. A mail without any such header is one only when its subject is an autoresponder's, or when a short text both
says that its author is away and speaks as a message left behind does ("à mon retour", "en cas d'urgence, contactez");
a person who mentions a holiday to somebody asks, answers, or speaks of something else besides.
"""

from __future__ import annotations

import re

from mailrouter.core.mail.kinds.returndate import return_date
from mailrouter.core.mail.kinds.signs import TOP, Signs, hinted
from mailrouter.core.model.mail import Classified

_LONG = 1500
"""Characters: a message left behind is short; longer texts were written to somebody."""

AUTOMATIC_REPLY: tuple[str, ...] = (
    "automatic reply", "auto reply", "auto-reply", "autoreply", "autoresponse", "auto response", "auto-response", "autoresponder",
    "automatic response", "automated reply", "automated response", "automatic answer", "vacation reply", "vacation response",
    "out of office:", "out-of-office", "out of the office:", "abwesenheitsnotiz", "fuera de la oficina:", "auto:", "[auto",
    "réponse automatique", "reponse automatique", "réponse auto", "message automatique",
    "automatische antwort", "autoantwort", "automatisch antwoord", "respuesta automática", "respuesta automatica",
    "resposta automática", "resposta automatica", "resposta automàtica", "risposta automatica", "automatyczna odpowiedź",
    "odpowiedź automatyczna", "automatická odpověď", "automatická odpoveď", "automatikus válasz", "răspuns automat",
    "raspuns automat", "автоматический ответ", "автоответ", "автоматична відповідь", "автоматичен отговор", "autosvar",
    "automatiskt svar", "automatisk svar", "automaattinen vastaus", "otomatik yanıt", "αυτόματη απάντηση", "מענה אוטומטי",
    "תשובה אוטומטית", "رد تلقائي", "الرد التلقائي", "自動応答", "自动答复", "自動回覆", "自动回复", "자동 회신", "automatski odgovor",
    "samodejni odgovor", "automatinis atsakymas", "automātiskā atbilde", "automaatne vastus", "automaatvastus",
    "trả lời tự động", "การตอบกลับอัตโนมัติ", "balasan otomatis", "erantzun automatikoa",
)  # fmt: skip
"""How automatic answers begin their subject, in the languages of Outlook, Exchange and the webmails, lower case."""

_SUBJECT = re.compile(
    r"^\W{0,3}(?:out of (?:the )?office|ooo\b|vacation(?:\s?[:\-]|\W*$)|away from (?:my |the )?(?:mail|desk|office)|absence du bureau|absente?s? (?:du bureau|jusqu|du \d|le \d|pour)|absente?\s*[:\-]|message d'absence"
    r"|notification d'absence|avis d'absence|reponse d'absence|je suis absente?|absence de (?:m|mme|m\.|madame|monsieur) |en conges?\b|conges?\s*[:\-]|vacances?\s*[:\-]"
    r"|hors du bureau|abwesen\w*|urlaub\b|fuera de (?:la )?oficina|fora do escritorio|fuori (?:sede|ufficio)|assent[ei]\b|assenza\b"
    r"|afwezig\w*|niet (?:aanwezig|op kantoor)|franvar\w*|fravaer\w*|nieobecn\w*|ausente|ausencia|fermeture (?:annuelle|estivale|exceptionnelle|d[eu] fin|(?:du|de la|des) (?:service|bureau|secretariat|mairie|ccas))|absences?\W*$"
    r"|on (?:annual |maternity |sick )?leave|i am (?:away|out)|on vacation)"
)
_AWAY = re.compile(
    r"\babsente?s?\b|\babsences?\b|\b(?:en|mes|de|aux?|mon|ses|pour) (?:cong\w*|vacances|rtt|arret|deplacement|formation|repos)\b|\bconges?\b"
    r"|\bindisponibles?\b|\binjoignables?\b|ne (?:suis|serai|serons|sommes) pas (?:\w+ )?(?:joignable|disponible|present|au bureau|la\b|en mesure)"
    r"|hors du bureau|pas au bureau|(?:\bretour|\breprise) (?:le|prevu|au|a|lundi|mardi|mercredi|jeudi|vendredi|demain|la semaine)|a mon retour|mon retour"
    r"|\bferm(?:e|ee|es|ees|eture)\b[^.!?]{0,60}(?:jusqu|\bdu (?:\w+ )?\d|\ble (?:\w+ )?\d|pour (?:le |la |les |l'|cause |raison )?(?:conge|travaux|vacances|inventaire|pont|fete|ferie|demenage|reunion|formation)|exceptionnel|annuel|a compter|a partir|reouv|rouvr)"
    r"|out of (?:the |my )?office|\booo\b|on (?:\w+ )?(?:leave|vacation|holidays?)|\baway (?:from|until|on|for)\b|not in the office|i(?: am|'m) (?:away|out)\b|i will be (?:away|out)|\boff (?:work|sick|duty|until|till|from|on|for)\b|not (?:at work|working)"
    r"|currently (?:away|out|unavailable)|(?:back|return|returning) (?:in|to|on|from|tomorrow|monday) ?|when i return|limited access to (?:my )?e?-?mail"
    r"|abwesen|urlaub|nicht im (?:buro|bueros?|hause?|dienst)|nicht am arbeitsplatz|wieder (?:im|erreichbar|zuruck)|elternzeit|mutterschutz"
    r"|fuera de la oficina|ausente|ausencia|vacaciones|de (?:baja|permiso)|fuori (?:ufficio|sede)|\bferie\b|assente|assenza|al (?:mio )?rientro"
    r"|afwezig|op vakantie|met vakantie|verlof|niet (?:aanwezig|op kantoor)|fora do escritorio|\bferias\b|\bbaixa\b|licenca"
    r"|franvar|inte (?:pa kontoret|pa plats)|pa semester|foraldraledig|fravaer|ikke (?:pa kontoret|til stede)|nieobecn|na urlopie|poza biurem"
    r"|dovolen[ae]|szabadsag"
    r"|(?:prendr(?:ai|ons) connaissance|(?:repondr|traiter|consulter|lir)(?:ai|ons)\b)[^.!?]{0,80}(?:a partir|a compter|des) (?:du |de |le )?(?:lundi|mardi|mercredi|jeudi|vendredi|demain|mon|notre|\d)"
    r"|(?:de|a) nouveau (?:disponible|joignable|present)|\b(?:disponible|joignable)s? (?:a partir|a compter|des) "
    # gone for good: an absence that nothing ends
    r"|ne (?:fai[st]|faisons) plus partie|\bquitte (?:mes|ses|mon|son|la|le|les|l'|notre) ?(?:fonctions?|postes?|service|structure|organisme|etablissement|association|collectivite|caisse|caf|cpam|msa|mairie|ccas|entreprise|equipe)"
    r"|(?:n'exerce|ne (?:travaille|suis)) plus (?:\w+ ){0,2}(?:en (?:poste|fonction|activite)|au sein|dans|a la|au|chez|mes fonctions|pour)|(?:depart|partie?) (?:a la|en) retraite"
    r"|no longer (?:with|work(?:s|ing)? (?:for|at|here|with)|employed)|(?:have|has) left the (?:company|organi[sz]ation|team|council|office)|nicht mehr (?:im unternehmen|bei|fur|tatig)|(?:unternehmen|firma|behorde|team) (?:zum \S+ )?verlassen|dejado (?:de trabajar|la empresa)|ya no trabajo|non lavoro piu|ja nao trabalho|werk niet (?:meer|langer)|niet (?:meer|langer) werkzaam"
)
# Looked for in the text as written (folding takes Hangul apart), and only in mail already known to be automatic.
_AWAY_ELSEWHERE = re.compile(
    r"отпуск|отсутству|вне офиса|не в офисе|відпуст|відсутн|отсъств|izin(?:li|de)|tatilde|ofis(?:te değil| dışında)|απουσ|άδεια|εκτός (?:του )?γραφείου"
    r"|休暇|不在|お休み|休假|出差|휴가|부재|출장|lomalla|poissa|vapaalla|ute av kontoret|borte fra kontoret|på ferie|mimo kancelář|dovolen|nepřítom|neprítom"
    r"|concediu|lipsesc|nu sunt la birou|godišnj|odsut|dopust|puhkusel|atostog|atvaļinājum|חופש|לא במשרד|إجازة|خارج المكتب|nghỉ phép|sedang cuti"
)
_FIRST_PERSON = re.compile(
    r"\b(?:je (?:suis|serai|ne suis|ne serai|sera)|nous (?:sommes|serons)|etant|actuellement|i am|i'm|i will|i'll|we are|currently"
    r"|ich bin|ich werde|wir sind|estoy|estare|me encuentro|sono|saro|mi trovo|ik ben|estou|estarei|encontro-me|jag ar|jeg er"
    r"|(?:le |notre |nos |votre )?(?:service|bureaux?|secretariat|mairie|ccas|accueil|agence|etablissement|cabinet|association|structure|permanence|antenne|centre|point d'acces|maison|entreprise)s? (?:est|sera|sont|seront))\b[^.!?]{0,60}"
    r"(?:absent|conge|vacances|rtt|indisponible|injoignable|arret|formation|deplacement|ferme|pas (?:\w+ )?(?:joignable|disponible|au bureau|present)|hors du bureau"
    r"|out of|ooo\b|away|leave|vacation|holiday|not in the office|unavailable|abwesend|urlaub|nicht im|ausente|fuera|vacaciones|fuori|assente|in ferie"
    r"|afwezig|vakantie|verlof|niet (?:aanwezig|op kantoor)|ferias|fora do escritorio|baixa|inte pa|borta|semester|ikke pa|ferie|bortrest)"
    r"|^\W*(?:bonjour,? )?(?:absente?|en conges?|en vacances|out of office|indisponible)\b"
)
_LEFT_BEHIND = re.compile(
    r"(?:votre|vos|your|ihre|su) (?:message|mail|e-?mail|courriel|demande|courrier|mensaje|nachricht)s?\b[^.!?]{0,80}(?:retour|return|ruckkehr|regreso|lu\b|traite|transfere|redirig|suivi|read|forward)"
    r"|(?:repondr\w*|traiter\w*|connaissance|reviendr\w*|lirai|reponse)[^.!?]{0,80}(?:a|des|au|a compter de|lors de) (?:mon|notre) retour|a mon retour|des mon retour"
    r"|(?:en cas d'urgence|(?:pour )?toute urgence|(?:en cas de |pour toute )?(?:demande|question|affaire|besoin) urgente?s?|si (?:c'est |votre demande est )?urgent|urgences?)[^.!?]{0,140}"
    r"(?:contact|adress|joindre|appel|tel|ecri|envoy|merci|veuillez|vous pouvez|@|\d\d[ .]\d\d)"
    r"|(?:merci de|veuillez|vous pouvez|n'hesitez pas a|je vous invite a) (?:\w+ ){0,3}(?:contacter|joindre|adresser|vous adresser|appeler|ecrire|transmettre)\b"
    r"|(?:reponse|message) automatique|automatic(?:ally)? (?:reply|response|generated)|for (?:any )?(?:urgent|immediate)|if (?:it is|this is|your \w+ is) urgent|in (?:case of|my absence)"
    r"|(?:respond|reply|get back) to (?:you|your)[^.!?]{0,60}(?:return|as soon|when)|(?:when|upon|on|after) (?:i|my) return|in dringenden|vertretung|wenden sie sich"
    r"|nicht weitergeleitet|nach meiner (?:ruckkehr|abwesenheit)|en caso de urgencia|asuntos urgentes|a mi (?:regreso|vuelta)"
    r"|in caso di urgenza|per (?:le |questioni |motivi )?urgenz|al (?:mio )?rientro|al mio ritorno|em caso de urgencia|assuntos urgentes|(?:no|ao) meu regresso"
    r"|(?:voor|bij) (?:dringende|spoed)|na (?:mijn )?(?:terugkomst|vakantie)|neem (?:dan )?contact op|vid bradskande|kontakta garna"
    r"|(?:pendant|durant|en) mon absence|mail(?:s)? (?:ne )?(?:sera|seront|sont|est)[^.!?]{0,30}(?:lus?|consult|relev|transfer)"
)
_RETURNS = re.compile(
    r"\b(?:i (?:will|shall) (?:be back|return)|i'll be back|i am back|returning|je (?:serai|suis) de retour|retour (?:le|prevu)|rientr(?:o|ero)|regress(?:o|arei)"
    r"|bin (?:ich )?(?:ab|wieder)|ben (?:ik )?weer|back (?:in|on)|(?:reponse|message) automatique|automatic)\b"
)
_RANGE = re.compile(
    r"\b(?:du|from|vom|del|dal|van) (?:\w+ )?\d.{0,20} (?:au|to|until|bis|al|tot|t/m) (?:\w+ )?\d|jusqu'au "
)
_SPEAKS_OF_A_CASE = re.compile(
    r"\b(?:usagere?|dossier (?:de|n)|ci-?joint|en piece jointe|vous trouverez|suite a votre|comme convenu|je (?:vous )?(?:transmets|confirme|souhaite|voudrais|viens|demande|reviens vers))\b"
    r"|\b(?:merci|veuillez|pouvez-vous|pourriez-vous) (?:de )?(?:bien vouloir )?(?:me|nous) (?:confirmer|dire|repondre|retourner|renvoyer|communiquer|indiquer)\b"
)


_GOES_ON = re.compile(
    r"[ \xa0]+(?!re\b|fwd?\b|tr\b|aw\b|d['’]absence|absence|[àa] votre|(?:to|from|for)\b|no[- ]reply)[a-zà-ÿ]"
)


def says_automatic(signs: Signs) -> bool:
    """The subject begins as an autoresponder's does, and does not go on as a sentence about one ("réponse automatique de
    la CAF ?")."""
    subject = signs.subject.lstrip(" \"'«")
    if not subject.startswith(AUTOMATIC_REPLY):
        return False
    return not _sentence(subject)


def _sentence(subject: str) -> bool:
    """Whether words follow the autoresponder's own, other than those that say to what it answers."""
    opening = max((words for words in AUTOMATIC_REPLY if subject.startswith(words)), key=len)
    return opening[-1].isalpha() and _GOES_ON.match(subject, len(opening)) is not None


def says_away(signs: Signs) -> bool:
    """The subject itself is that of an absence."""
    return signs.subject[:1] in _SUBJECT_INITIALS and _SUBJECT.match(signs.flat_subject) is not None


def of_automatic(signs: Signs) -> Classified | None:
    """The absence that a mail known to be automatic is, or None when it speaks of nothing like it."""
    if says_away(signs):
        return _absence(signs, "automatic-away-subject")
    return _absence(signs, "automatic-away-wording") if _speaks_of_being_away(signs) else None


def _speaks_of_being_away(signs: Signs) -> bool:
    if _AWAY.search(signs.flat) or _AWAY.search(signs.flat_subject):
        return True
    return _AWAY_ELSEWHERE.search(f"{signs.subject} {signs.parsed.text[:TOP]}".lower()) is not None


def of_subject(signs: Signs) -> Classified | None:
    """An autoresponder's subject without any header: an absence when it or the text says so, else automatic."""
    if signs.answered:
        return None  # it begins with "Re:", and no subject of theirs does
    if says_automatic(signs):
        if _speaks_of_being_away(signs):
            return _absence(signs, "autoresponder-away")
        return Classified(kind="auto-replied", rule="autoresponder-subject")
    if (
        (says_away(signs) or signs.subject.startswith(AUTOMATIC_REPLY))
        and _AWAY.search(f"{signs.flat} {signs.flat_subject}")
        and _is_message_left(signs, said=True)
    ):
        return _absence(signs, "away-subject")
    return None


_SUBJECT_INITIALS = frozenset("[(*<\"'«aroijecvfwhàénu")
_HINTS = hinted(
    "absent", "congé", "conge", "vacances", "indisponible", "injoignable", "out of", "away", "leave", "retour", "bureau",
    "fermé", "holiday", "abwesend", "urlaub", "ausente", "vacaciones", "assente", "ferie", "rientr", "afwezig", "vakantie",
    "férias", "semester",
)  # fmt: skip


def of_wording(signs: Signs) -> Classified | None:
    """An absence that neither header nor subject tells: short, first person, and left behind for whoever writes."""
    if len(signs.parsed.text) > 6000 or signs.forwarded or "?" in signs.own:
        return None
    if not _HINTS.search(signs.low, 0, 500) or not _is_message_left(signs):
        return None
    return _absence(signs, "away-wording")


def _is_message_left(signs: Signs, said: bool = False) -> bool:
    """`said`: the subject already speaks of being away, so that a return suffices in the text."""
    first = signs.flat_first
    speaks = _FIRST_PERSON.search(first) is not None or (
        said and (_RETURNS.search(first) is not None or _RANGE.search(signs.flat_subject) is not None)
    )
    own = signs.flat_own if speaks else ""
    return (
        speaks
        and len(own) <= _LONG
        and "?" not in own
        and _SPEAKS_OF_A_CASE.search(own) is None
        and (
            (len(own) < 260 and (said or _SUBJECT.match(signs.flat_subject) is not None))
            or _LEFT_BEHIND.search(own) is not None
        )
    )


def _absence(signs: Signs, rule: str) -> Classified:
    parsed = signs.parsed
    today = parsed.date.date() if parsed.date else None
    back = return_date(signs.own, today) or return_date(parsed.subject, today)
    return Classified(kind="absence", rule=rule, return_date=back)
