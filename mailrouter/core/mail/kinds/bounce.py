"""Is this mail a delivery report, and what does it say: failed, delayed or delivered (RFC 3464, RFC 6522, and older).

The structure decides where there is one. Else a report is recognised by two signs that agree: who writes (a mail
system, a null reverse-path) and what is said (subject, first words). A person who speaks of an error, or passes a
report on, gives at most one of them.
"""

from __future__ import annotations

import re

from mailrouter.core.mail.kinds import bounce_text, dsn, original, sns
from mailrouter.core.mail.kinds.signs import SCAN, TOP, Signs, hinted
from mailrouter.core.model.mail import Classified, Delivery, Kind, Parsed

_SUBJECT = re.compile(
    r"^(?:\W{0,4}\[[^\]]{1,40}\]\s*)?\W{0,4}(?:(?:auto|fyi|re)\s?:\s*)?(?:"
    r"undeliver|mail (?:undeliver|delivery|system error|failure|error|could not)|message (?:undeliver|delivery|could not|you sent)"
    r"|delivery (?:status|failure|failed|has failed|report|error|problem|notification|delayed|unsuccessful|to )"
    r"|failure notice|failed (?:mail|delivery|message)|failed to deliver|returned (?:mail|e-?mail|message)|non[- ]?(?:delivery|deliverable)"
    r"|nondelivery|ndn:|ndr:|not delivered|bounced? (?:mail|message|e-?mail)|warning: (?:could not|message|e-?mail)|delayed (?:mail|message)"
    r"|postmaster notify|permanent delivery|could ?n[o']t (?:be )?deliver|unable to deliver|sorry, your message|rejected (?:mail|message)"
    r"|considered unsolicited|email (?:bounced|delivery)|automatically rejected mail|disallowed|message (?:blocked|rejected|not delivered)"
    r"|non[- ]?(?:remis|distribu|delivr)|echec (?:de |d'|dans |a )?(?:la )?(?:remise|distribution|livraison|envoi|l'envoi|transmission|delivrance)"
    r"|(?:message|courriel|courrier|mail|e-?mail) (?:non|pas|n'a pas|retourne|en erreur|rejete|refuse|bloque|differe|retarde)"
    r"|retour (?:de |du )?(?:mail|courriel|courrier|message)|avis de non|rapport de (?:non[- ])?(?:remise|livraison|distribution)"
    r"|(?:votre|le) (?:message|courriel|mail) (?:n'a pas|n'est pas|n'a pu|est en attente|a ete (?:rejete|refuse|bloque|retarde))"
    r"|notification (?:d'etat|de statut|de remise|d'echec|de distribution)|(?:remise|livraison|distribution) (?:differee|retardee|impossible|en echec)"
    r"|retard(?:ee?)? (?:de |dans )|impossible de (?:remettre|distribuer|delivrer)"
    r"|niedostarcz|nie (?:mozna|udalo sie) dostarczyc|nedorucit|kezbesithetetlen|nao (?:(?:foi|e) )?(?:possivel )?entreg|impossivel (?:de )?entregar|(?:kunde|kan) inte levereras|kan ikke leveres|teslim edilem"
    r"|nedorucitel|nepodarilo sa dorucit|kezbesithetetlen|imposibil de livrat|nelivrat|ei voi(?:tu)? toimittaa|toimittamaton|nije moguce isporuciti|nedostavljiv|edastamatu|nepristatyta|nepiegadaj|no es pot lliurar|non recapitabil|impossibile (?:recapitare|consegnare)|khong the (?:gui|chuyen)|error sending message \[|(?:message|mail|e-?mail) (?:bounced|returned|refused|was (?:rejected|refused|not delivered))|your (?:message|e-?mail|mail) (?:was|has been|could not|cannot)"
    r"|(?:(?:o|a|el|la|il|ihre|uw|ditt|din|sua|su) )?(?:messaggio|mensaje|mensagem|bericht|nachricht|meddelande|meddelelse|wiadomosc|zprava|mesaj\w*) (?:non|no|nao|niet|nicht|inte|ikke|nie|ne|nu|devolvid|devuelt|restituit|rejeitad|recusad|rechazad|rifiutat|respint|zwrocon|odrzucon|vracen|geweigerd|retourne)"
    r"|unzustellbar|nicht zugestellt|zustell|no se (?:puede|pudo|ha podido)|mensaje no entregado|(?:avviso di |ricevuta di )?(?:mancata consegna|mancato recapito|non accettazione)|onbestelbaar|olevererbart"
    r")"
)
# Folding leaves nothing of these scripts: looked for in the subject as written.
_SUBJECT_ELSEWHERE = re.compile(
    r"系统退信|配信不能|(?:配信|送信|配送|お届け)(?:が|は)?でき(?:ません|なかった)|届けられません|退信通知|投递失败|寄送失敗"
    r"|无法(?:传递|送达|投递)|未能(?:传递|送达|投递)|無法(?:傳遞|送達)|تعذر (?:ال)?تسليم|לא ניתן למס|ไม่สามารถส่ง|μη παραδ"
    r"|^\W{0,4}(?:退信|退件|无法投递|無法傳遞|無法寄送|未送达|недостав|не (?:может быть |было |удалось )?доставл|(?:сообщение|письмо|повідомлення) не доставл|"
    r"반송|전송 실패|배달되지 않|αδυναμία παράδοσης|δεν παραδόθηκε)"
)
_WORDS = re.compile(
    r"this is (?:the|a|an) (?:mail system|postfix program|qmail-send|mailer-daemon|automatically generated (?:delivery|message from the mail)|mail delivery agent"
    r"|e?mail security gateway|dragonfly mail agent|mime-encapsulated)|(?:message|mail) was created automatically by (?:mail|the|facebook)"
    r"|(?:message|mail|e-?mail|notification|report|it|they)(?: to \S{1,80}| that you sent| you sent)?"
    r" (?:could not be|couldn't be|cannot be|can't be|was not|wasn't|has not (?:yet )?been|hasn't been|were not|is) (?:\w+ )?(?:deliver|relayed|sent|undeliver|delayed|remis)"
    r"|unable to deliver|not able to be delivered|undeliverable|delivery (?:to the following|has failed|failed|attempt|error|failure|of (?:email|your|the|this))"
    r"|did not reach the following|not delivered to|wasn't able to deliver|was not able to deliver|failed to deliver|could not deliver"
    r"|(?:following|recipient) address(?:es|\(es\))? (?:failed|had|were|was)|address(?:\(es\)|es)? (?:failed|had)|had (?:permanent|transient|delivery|fatal)"
    r"|returned (?:below )?(?:could not|to sender)|permanent(?:ly)? (?:error|failure|fatal|failed)|message is delayed|failure reasons|error message below"
    r"|was blocked by|automatically rejected|rejected your message|undelivered|non-deliver|not yet received your message|mailbox (?:is )?full|unknown user"
    r"|user unknown|host unknown|unknown host|status notification|has been (?:returned|rejected|blocked)|problem delivering"
    r"|(?:n'a|n'ont|n'est) (?:pu|pas pu|pas ete|pas encore ete|pas|toujours pas|pas encore)(?: ete| etre)? (?:etre )?(?:remis|distribu|delivr|livr|achemin|transmis|envoy)"
    r"|impossible de (?:remettre|distribuer|delivrer|livrer|transmettre|joindre)|echec (?:de la|de|d') ?(?:remise|distribution|livraison|envoi|la remise)"
    r"|destinataires? suivants?|erreur (?:permanente|temporaire|fatale)|boite (?:aux lettres )?pleine|(?:adresse|utilisateur|destinataire) (?:\w+ )?(?:inconnu|introuvable|invalide)"
    r"|message (?:a ete )?(?:rejete|refuse|retourne|bloque)|non remis|non distribue|could not be delivered to"
    r"|nicht (?:zugestellt|ausgeliefert|ubermittelt) werden|unzustellbar|zustellung .{0,60}fehlgeschlagen|(?:no|nao) (?:se )?(?:pudo|puede|ha podido|fue|pode|foi|podia)(?: ser)?(?: possivel| posible)? entreg"
    r"|non (?:e stato|e stata|puo essere|e stato possibile)(?: possibile)? (?:consegn|recapit|inoltr)|mancata consegna|(?:niet|kon niet)(?: worden)? (?:bezorgd|afgeleverd)|onbestelbaar"
    r"|nie (?:mogla|moze|mozna|udalo sie|zostala|bylo mozliwe).{0,20} (?:dostarcz|doreczon)|kunde inte (?:levereras|skickas)|kunne ikke (?:leveres|afleveres)|nelze dorucit|nebyla? dorucen"
    r"|nu a putut fi (?:livrat|trimis)|nem (?:sikerult )?kezbesit|teslim edilem|gick inte att leverera|kan ikke leveres|ei voitu toimittaa|bounce: rcpt|\bbounced\b|was (?:rejected|refused|returned) by|foi (?:devolvid|rejeitad|recusad)|(?:ha sido|fue) (?:devuelt|rechazad)|e stato (?:respint|rifiutat|restituit)"
)
_DELAY_SUBJECT = re.compile(
    r"\bdelay|\bwarning\b|differe|retard|en attente|still undelivered|verzoger|not yet"
    r"|retrasad|demorad|ritardat|vertraagd|atrasad|opozni|fordroj|forsinke|zpozd|gecik|intarzi|viivasty",
    re.I,
)
_DELAY = re.compile(
    r"(?:this is a )?warning message only|do(?: not|n't) need to resend|has (?:not yet been|been delayed)|is delayed|will (?:keep|be retried|continue (?:to )?try)"
    r"|still undelivered|not yet (?:been )?(?:delivered|received)|delivery attempts will continue|temporary failure report|no need to resend|will retry"
    r"|continue(?:ra|ront)? (?:a|d'|ses) (?:essayer|tenter|tentatives)|pas encore (?:ete|pu|remis)|toujours pas|n'est pas necessaire de (?:le |la )?renvoyer|(?<!aucune )(?<!pas de )nouvelles? tentatives?"
    r"|(?:est|a ete) (?:retarde|differe)|has been delayed"
    r"|noch nicht (?:zugestellt|ausgeliefert|ubermittelt)|(?<!keine )weitere (?:zustell)?versuche|zustellversuche werden|wird (?:weiter|erneut) versuch|(?:aun|todavia) no (?:se )?(?:ha|pud|fue)|(?<!no )se (?:seguira|volvera a|continuara) intent"
    r"|non (?:e stat[oa]|e) ancora|non ancora (?:consegnat|recapitat)|riprovera|(?<!non )(?:saranno|verranno) (?:\w+ )?(?:ulteriori|nuovi|altri) tentativi|nog niet (?:\w+ )?(?:afgeleverd|bezorgd)|blijft .{0,20}proberen|ainda nao (?:foi|pode)|(?<!feitas )(?<!havera )novas tentativas"
    r"|(?:jeszcze|dotad) (?:nie )?(?:dostarcz|zostal)|zostala jeszcze|ponawia|kolejne proby (?!nie)|annu inte|(?<!inga )nya forsok|endnu ikke|enna ikke|dosud (?:ne|nebyl)|henuz|inca nu|fortsatter att|fortsaetter med at"
)
# The same in scripts that folding leaves nothing of, looked for in subject and text as written. "Please send again" is said
# of failures: the system itself must go on trying.
_DELAY_ELSEWHERE = re.compile(
    r"遅延|遅れて|再送(?:を試|を行|いたします|します|され)|再試行(?:します|いたします|され)|まだ配信|延迟|延遲|继续尝试|(?:将|会).{0,8}(?:重试|重新投递)|задерж|затрим|пока не|ещ[её] не доставл|попытки .{0,20}(?:продолж|повтор)|ще не доставл|지연|재시도(?:합|할|됩|될|중)|καθυστ"
)
# "Warning: viruses detected" heads a mail that was stopped for good.
_ENDED = re.compile(
    r"\b(?:was|were|has been|have been) (?:not delivered|rejected|blocked|removed|deleted|stopped|returned)\b"
)
_PERMANENT = re.compile(r"\b55\d[ -](?:5\.\d+\.\d+|permanent)")
_TEMPORARY = re.compile(r"\b4[25]\d[ -]")
_DELIVERED_SUBJECT = re.compile(
    r"^(?:delivered|relayed|expanded|remis|relaye|successful mail delivery|delivery (?:status notification|report)? ?\(?(?:success|relay)|mail delivery status report$)"
    r"|confirmation de (?:remise|distribution)|^(?:accuse|avis) de (?:remise|distribution)"
)
_DELIVERED = re.compile(
    r"successfully (?:delivered|relayed)|was (?:successfully )?delivered to|has been delivered|delivery to these recipients .{0,40}complete"
    r"|(?:a ete|ont ete) (?:bien )?(?:remis|distribue|delivre|relaye)|est complete, mais|remise (?:a ces|aux) destinataires? .{0,40}(?:effectuee|terminee)|relayed to"
)


def report(signs: Signs) -> Classified | None:
    """The delivery report that this mail is, or None."""
    parsed = signs.parsed
    fields = _fields(signs)
    if fields:
        found = dsn.deliveries(fields, context=original.split(parsed.text[:SCAN])[0])
        if found:
            return _classified(_kind_of(found), "delivery-status-fields", found, signs, fields)
    notice = sns.notice(parsed.text) if parsed.text.lstrip()[:1] == "{" else None
    if notice is not None:
        return notice
    rule = _recognised(signs, bool(fields))
    return None if not rule else _from_words(signs, rule, fields)


def _fields(signs: Signs) -> str:
    """The text that holds RFC 3464 fields: a delivery-status part, else the body of a mail that looks like a report."""
    parts = signs.own_parts(*dsn.TYPES)
    if parts:
        return "\n\n".join(part.content[:SCAN].decode("utf-8", "replace") for part in parts)
    if not (signs.daemon or signs.null_path or "multipart/report" in signs.content_type):
        return ""
    for text in (signs.parsed.text[:SCAN], *_other_texts(signs)):
        if dsn.has_fields(text):
            return text
    return ""


def _other_texts(signs: Signs) -> list[str]:
    return [
        part.content[:SCAN].decode("utf-8", "replace") for part in signs.parsed.parts if part.type in _TEXTS
    ][:5]


_TEXTS = (
    "text/plain",
    "text/rfc822-headers",
    "message/rfc822",
    "message/delivery-status",
    "multipart/report",
)


def _recognised(signs: Signs, fields: bool) -> str:
    """Name of the rule that takes this mail for a report without usable fields, or ''."""
    if "x-failed-recipients" in signs.head:
        return "failed-recipients-header"
    daemon = signs.daemon
    if not daemon and not signs.null_path:
        return "" if signs.forwarded or signs.answered else _by_words_alone(signs)
    answers = signs.automatic == "auto-replied" and not daemon
    if fields and not answers:
        return "report-without-recipient"
    subject = _says_undelivered(signs)
    words = _WORDS.search(signs.flat) is not None
    if answers:  # gateways of offices call their reports so too
        return "null-path-and-wording" if signs.null_path and subject and words else ""
    if signs.surely_daemon and not signs.forwarded:
        return "mail-daemon"
    if signs.office and not signs.null_path:
        return "office-and-wording" if subject and words and not _PERSONAL.search(signs.flat[:400]) else ""
    if daemon and (subject or words):
        return "daemon-and-wording"
    if daemon and _REPLY_LINE.search(signs.parsed.text[:2500]) and not _PERSONAL.search(signs.flat[:400]):
        return "daemon-and-reply"
    return "null-path-and-wording" if subject and words else ""


def _says_undelivered(signs: Signs) -> bool:
    if _SUBJECT.search(signs.flat_subject):
        return True
    return not signs.subject.isascii() and _SUBJECT_ELSEWHERE.search(signs.subject) is not None


def _by_words_alone(signs: Signs) -> str:
    """A report passed on under a person's or a mailbox's address: its own first words, and its subject or structure."""
    opening = signs.low[:600]
    if _PHRASES.search(opening) and _STRONG.search(signs.flat[:300]):
        return "report-wording"
    report = "multipart/report" in signs.content_type
    if not (report or _says_undelivered(signs)) or not _OPENINGS.search(opening):
        return ""
    if not report and not _WORDS.search(signs.flat):
        return ""  # "Retour de courrier" is the matter itself
    if _CARRIER.search(signs.flat_subject) or _CARRIER.search(signs.flat[:600]):
        return ""
    return "" if _PERSONAL.search(signs.flat[:400]) else "report-wording"


_REPLY_LINE = re.compile(r"^[ \t<>*-]{0,6}[45]\d\d[ -]\S", re.M)
_PHRASES = hinted("this is the", "created automatically", "invalid user address", "unable to deliver")
_OPENINGS = hinted(
    "deliver",
    "recipient",
    "address",
    "qmail",
    "undeliver",
    "destinataire",
    "remis",
    "distribu",
    "failed",
    "adresse",
)
_PERSONAL = re.compile(r"\b(?:bonjour|mon|ma|mes|je|j'ai|merci|cordialement|hello|dear|my|thanks)\b|\?")
# Goods fail to be delivered too: a shop or a carrier says so in the words of a mail system.
_CARRIER = re.compile(
    r"\b(?:parcels?|packages?|shipments?|couriers?|carriers?|tracking|colis|livreurs?|transporteurs?|chronopost|colissimo|paket|sendung|lieferung|pakket|paquetes?|pacco|encomenda|(?:your|votre) (?:order|commande))\b"
)
_STRONG = re.compile(
    r"^\W*(?:hi\. )?this is the (?:qmail-send program|mail system at host|postfix program)|^\W*this message was created automatically by mail delivery"
    r"|^\W*error: invalid user address|^\W*(?:message from \S+ )?unable to deliver message to the following"
)


def _from_words(signs: Signs, rule: str, fields: str) -> Classified:
    text = fields or signs.parsed.text[:SCAN]
    kind = _kind_by_words(signs)
    failed = bounce_text.failed_recipients(signs.head.get("x-failed-recipients", ""))
    own = _not_recipients(signs.parsed)
    found = bounce_text.deliveries(original.split(text)[0], failed, own, kind == "delay")
    if not found[0].recipient:
        found = bounce_text.deliveries(original.split_at_headers(text)[0], failed, own, kind == "delay")
    if kind == "delivered":
        found = tuple(
            Delivery(recipient=one.recipient, action="delivered", status="2.0.0", diagnostic=one.diagnostic)
            for one in found
        )
    return _classified(kind, rule, found, signs, fields)


def _kind_by_words(signs: Signs) -> Kind:
    if _DELIVERED_SUBJECT.search(signs.flat_subject) and _DELIVERED.search(signs.flat):
        return "delivered"
    if _PERMANENT.search(signs.flat) and not _TEMPORARY.search(signs.flat):
        return "failure"  # systems head refusals for good with the warning they use for delays
    if _DELAY.search(signs.flat) or (
        _DELAY_SUBJECT.search(signs.flat_subject)
        and "failure" not in signs.flat_subject
        and not _ENDED.search(signs.flat)
    ):
        return "delay"
    text = signs.parsed.text[:TOP]
    if not text.isascii() and _DELAY_ELSEWHERE.search(f"{signs.subject} {text.lower()}"):
        return "delay"
    return "failure"


def _kind_of(found: tuple[Delivery, ...]) -> Kind:
    actions = {one.action for one in found}
    if "failed" in actions:
        return "failure"
    return "delay" if "delayed" in actions else "delivered"


def _not_recipients(parsed: Parsed) -> frozenset[str]:
    people = (*parsed.authors, *parsed.to, *parsed.cc, *parsed.reply_to)
    return frozenset(one.address.lower() for one in people)


def _classified(kind: Kind, rule: str, found: tuple[Delivery, ...], signs: Signs, fields: str) -> Classified:
    return Classified(
        kind=kind, rule=rule, delivery=found, original_message_id=original_message_id(signs, fields)
    )


def original_message_id(signs: Signs, fields: str = "") -> str:
    """The Message-ID of the mail that a report is about: from the returned mail or its headers, a field of the report,
    the text, else the report's own In-Reply-To or last Reference (RFC 5322 3.6.4). '' when nothing tells."""
    parsed = signs.parsed
    for part in parsed.parts:
        if part.type in ("text/rfc822-headers", "message/rfc822", "message/global", "message/global-headers"):
            found = original.message_id(part.content[:SCAN].decode("utf-8", "replace"))
            if found:
                return found
        found = next(
            (value for name, value in part.headers if part.inside and name.lower() == "message-id"), ""
        )
        if found:
            return found.strip()
    told = dsn.original_message_id(fields)
    told = (
        told
        or original.message_id(original.split(parsed.text[:SCAN])[1])
        or original.message_id(parsed.text[:SCAN])
    )
    return told or next(iter((*parsed.in_reply_to, *parsed.references[-1:])), "")
