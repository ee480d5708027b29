"""Reports that say so in their structure: feedback (RFC 5965), disposition (RFC 8098), calendar (RFC 5546).

Each also comes without its structure from some programs; then the subject has to say it and the text to agree.
"""

from __future__ import annotations

import re

from mailrouter.core.mail.kinds import original
from mailrouter.core.mail.kinds.bounce import original_message_id
from mailrouter.core.mail.kinds.dsn import address_in
from mailrouter.core.mail.kinds.signs import Signs
from mailrouter.core.model.mail import Classified, Delivery

_FIELD = re.compile(r"^([A-Za-z][A-Za-z\-]{2,40})[ \t]?:[ \t]*(.*)$", re.M)
_COMPLAINT_SUBJECT = re.compile(
    r"^complaint about message from \d|^(?:e?mail )?(?:abuse|feedback) report\b|^signalement d'abus"
)
_UNSUBSCRIBED = re.compile(
    r"sent this (?:e?mail|message) to unsubscribe|a envoye ce (?:message|courriel|mail|e-mail) pour (?:se|vous) desabonner"
)
_MDN_SUBJECT = re.compile(
    r"^(?:\W{0,3}(?:lu|non lu|read|not read|gelesen|nicht gelesen|ungelesen|leid[oa]|no leid[oa]|lett[oa]|non letto|lid[oa]|gelezen|niet gelezen|last|laest|lest|przeczytano) ?:|(?:re ?: ?)?(?:accuse|confirmation|avis|notification) de (?:lecture|reception \(affiche)"
    r"|return receipt|disposition notification|read receipt|message disposition|retour d'affichage|lesebestatigung|confirmacion de lectura|conferma di lettura|leesbevestiging|confirmacao de leitura)"
)
_MDN_WORDS = re.compile(
    r"(?:was|has been) (?:read|displayed|opened|deleted without being read)|return receipt|read receipt"
    r"|(?:a ete|message a ete) (?:\w+ )?(?:lu|affiche|ouvert|supprime sans)|accuse de (?:lecture|reception)|n'a pas ete lu|gelesen|gelöscht|(?:ha sido|fue|se ha|se) ley?[oi]d?[oa]?|e stat[oa] lett[oa]|foi lid[oa]|gelezen op|is gelezen|lastes|blev laest|ble lest"
    r"|wurde .{0,40}angezeigt|votre message\b.{0,300}\b(?:lu|affiche) (?:le|a)"
)
_CALENDAR_SUBJECT = re.compile(
    r"^(?:\[[^\]]{1,30}\]\s*)?(?:accepte|refuse|provisoire|provisoirement accepte|accepted|declined|tentative|tentatively accepted|canceled|cancelled|annule|invitation(?: mise a jour)?|updated invitation|nouvelle heure proposee|new time proposed|zugesagt|abgesagt|aceptado|rechazado) ?:"
)
_METHODS = frozenset(("request", "reply", "cancel", "counter", "declinecounter", "refresh", "add", "publish"))


def complaint(signs: Signs) -> Classified | None:
    """A feedback report: RFC 5965 structure, Microsoft's older form without it, a client's automatic unsubscribe."""
    parts = signs.own_parts("message/feedback-report")
    if parts or "feedback-report" in signs.content_type:
        return _feedback(signs, "\n".join(part.content[:20_000].decode("utf-8", "replace") for part in parts))
    if not signs.subject.startswith(
        ("complaint", "abuse", "email", "mail", "feedback", "unsub", "signal", "dés", "des")
    ):
        return None
    if _COMPLAINT_SUBJECT.search(signs.flat_subject) and any(
        p.type == "message/rfc822" for p in signs.parsed.parts
    ):
        return _feedback(signs, "")
    if signs.automatic and _UNSUBSCRIBED.search(signs.flat):
        return Classified(kind="complaint", rule="automatic-unsubscribe")
    return None


def _feedback(signs: Signs, fields: str) -> Classified:
    told = {name.lower(): value.strip() for name, value in reversed(_FIELD.findall(fields))}
    recipient = address_in(told.get("original-rcpt-to", "") or told.get("removal-recipient", ""))
    recipient = recipient or address_in(signs.head.get("x-hmxmroriginalrecipient", ""))
    about = (
        (Delivery(recipient=recipient, diagnostic=told.get("feedback-type", "abuse")),) if recipient else ()
    )
    return Classified(
        kind="complaint",
        rule="feedback-report",
        delivery=about,
        original_message_id=original_message_id(signs),
    )


def receipt(signs: Signs) -> Classified | None:
    """A disposition notification (RFC 8098): its part, its report type, or subject and words of programs without them."""
    parts = signs.own_parts("message/disposition-notification")
    if parts:
        return _disposition(signs, parts[0].content[:20_000].decode("utf-8", "replace"))
    if "disposition-notification" in signs.content_type and "report" in signs.content_type:
        return _disposition(signs, "")
    if (
        not (signs.answered and says_no_receipt(signs.subject))
        and _MDN_SUBJECT.match(signs.flat_subject)
        and _MDN_WORDS.search(signs.flat)
        and len(signs.parsed.text) < 3000
    ):
        return Classified(
            kind="receipt", rule="disposition-wording", original_message_id=original_message_id(signs)
        )
    return None


def says_no_receipt(subject: str) -> bool:
    """Whether what follows "re:" cannot begin a receipt's subject, told by its first two letters: a cheap look."""
    begins = subject.partition(":")[2].lstrip()[:2]
    return begins.isascii() and begins not in ("ac", "av", "co", "no")


def _disposition(signs: Signs, fields: str) -> Classified:
    told = {name.lower(): value.strip() for name, value in reversed(_FIELD.findall(fields))}
    reader = address_in(told.get("final-recipient", "") or told.get("original-recipient", ""))
    done = told.get("disposition", "").rpartition(";")[2].strip()
    message_id = original.message_id(fields) or original_message_id(signs)
    return Classified(
        kind="receipt",
        rule="disposition-notification",
        delivery=(Delivery(recipient=reader, diagnostic=done),) if reader or done else (),
        original_message_id=message_id,
    )


def calendar(signs: Signs) -> Classified | None:
    """A calendar message (RFC 5546, RFC 6047): a text/calendar body with a method, or a client's answer to one.

    A calendar file that a person attached is a file: it is named, declared an attachment, and has no method.
    """
    for part in signs.own_parts("text/calendar"):
        method = next((value.lower() for name, value in part.params if name == "method"), "")
        invites = method in _METHODS or (
            b"METHOD:" in part.content[:600] and part.disposition != "attachment"
        )
        if invites and part.disposition != "attachment":
            return Classified(kind="calendar", rule="calendar-method")
    if signs.head.get("content-class", "").startswith("urn:content-classes:calendarmessage"):
        return Classified(kind="calendar", rule="calendar-class")
    if _CALENDAR_SUBJECT.match(signs.flat_subject) and "x-ms-exchange-calendar" in signs.names:
        return Classified(kind="calendar", rule="calendar-subject")
    return None
