"""Prefixes of a subject: replies, forwards, gateways' tags; and the subject as written without them.

For comparing conversations see basesubject.py; here the words stay as the author wrote them.
"""

from __future__ import annotations

import re
from typing import Final, Literal

# Lower-case, as the clients of each language write them before the colon.
_FORWARD = re.compile(
    r"tr|fw|fwd\.?|trans|transf|transfert|réexp|wg|weitergeleitet|rv|reenv|reenviado|enc|encaminhad[oa]|res-enc|i|"
    r"inoltr[oa]|inoltrat[oa]|doorst|doorgestuurd|vb|vs|vl|vidarebefordrat|videresendt?|pd|przek|przekaz|"
    r"továbbítás|tov|ilt\.?|i̇lt|přep|předáno|preposlané|prosl|proslijeđeno|redirec[țţt]ionat|пересл|пересылка|"
    r"переслано|пд|πρθ|προωθ|转发|轉寄|轉發|転送|전달|fs|trs|הועבר|továbbítva|tovább|pārs|pers|edast|birbidali|doorsturen|proslj|proslij|posred|пренасочено|препр"
)
_REPLY = re.compile(
    r"re|ré|rép|rep|réf|aw|antw|antwort|sv|r|rif|res|resp|odp|ynt|yan|vá|válasz|на|ha|отв|ответ|відп|απ|σχετ|bls|atb|ts|"
    r"odg|回复|回覆|答复|返信|回信|답장|השב|trả|reply"
)
_PREFIX = re.compile(r"\s*([^\W\d_]{1,16}[.̇]?[^\W\d_]{0,3}\.?)\s?(?:\[\d{1,3}\]|\(\d{1,3}\))?\s?[:：]\s*")
_TAG = re.compile(
    r"\s*\[(?:externe?|external|ext|spam|\*+spam\*+|mail externe|courriel externe)\]\s*:?\s*", re.IGNORECASE
)
_BRACKETED = re.compile(r"\s*\[(?:fwd|tr|fw)\s?: (.*)\]\s*\Z", re.IGNORECASE)
_PLAIN_PREFIX: Final = 16  # characters in which a prefix of plain letters and its colon stand
_MOST: Final = 30  # prefixes taken off one subject


def prefix_of(subject: str) -> Literal["forward", "reply", ""]:
    """What the first prefix says: forwarded ("TR : RE: …", "[Fwd: …]"), a reply ("RE : TR: …"), or nothing."""
    head, colon, _ = subject[:_PLAIN_PREFIX].partition(":")
    word = head.removesuffix(" ")
    if colon and word.isascii() and word.isalpha():
        first = word.lower()  # as nearly every subject begins: the expressions below say the same, dearly
    else:
        subject = _untagged(subject)
        first = _first(subject)
        if _BRACKETED.match(subject) is not None:
            return "forward"
    if _FORWARD.fullmatch(first) is not None:
        return "forward"
    return "reply" if _REPLY.fullmatch(first) is not None else ""


def unprefixed(subject: str) -> str:
    """The subject without the prefixes of replies and forwards and the tags of gateways."""
    rest = " ".join(subject.split())
    for _ in range(_MOST):
        bare = _untagged(rest)
        bracketed = _BRACKETED.match(bare)
        if bracketed is not None:
            rest = bracketed[1]
            continue
        found = _PREFIX.match(bare)
        if found is None or not (_FORWARD.fullmatch(found[1].lower()) or _REPLY.fullmatch(found[1].lower())):
            return bare.strip()
        rest = bare[found.end() :]
    return rest.strip()


def _first(subject: str) -> str:
    found = _PREFIX.match(subject)
    return found[1].lower() if found is not None else ""


def _untagged(subject: str) -> str:
    for _ in range(_MOST):
        found = _TAG.match(subject)
        if found is None:
            return subject
        subject = subject[found.end() :]
    return subject
