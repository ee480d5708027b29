"""Postmark's events as ProviderEvents: delivered, bounced, complained, deferred; the raw type stays in the diagnostic."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Literal

from mailrouter.ports import ProviderEvent

_OUTBOX = "outbox"  # outbound/postmark_mail.py puts our id there
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_Kind = Literal["delivered", "bounced", "complained", "deferred"]
# Type -> (kind, whether sending to the recipient is over, status when none is told). Types that say nothing of a
# delivery (AutoResponder, AddressChange, Subscribe, ChallengeVerification…) are not here: their mail was delivered.
_BOUNCES: dict[str, tuple[_Kind, bool, str]] = {
    "HardBounce": ("bounced", True, "5.1.1"),
    "BadEmailAddress": ("bounced", True, "5.1.3"),
    "ManuallyDeactivated": ("bounced", True, "5.2.1"),
    "Unsubscribe": ("complained", True, "5.7.1"),
    "SpamComplaint": ("complained", True, "5.7.1"),
    "SpamNotification": ("bounced", False, "5.7.1"),
    "VirusNotification": ("bounced", False, "5.7.1"),
    "Blocked": ("bounced", False, "5.7.1"),
    "DMARCPolicy": ("bounced", False, "5.7.1"),
    "SoftBounce": ("bounced", False, "4.2.2"),
    "DnsError": ("bounced", False, "4.4.3"),
    "SMTPApiError": ("bounced", False, "5.5.0"),
    "Unknown": ("bounced", False, "5.0.0"),
    "Transient": ("deferred", False, "4.0.0"),
}


def event_of(posted: dict[str, Any]) -> ProviderEvent | None:
    """The event, or None when the post says nothing of a delivery."""
    record = str(posted.get("RecordType") or "")
    if record == "Delivery":
        return _event(posted, "delivered", False, "2.0.0", "DeliveredAt")
    if record == "SubscriptionChange":
        stops = bool(posted.get("SuppressSending"))
        return _event(posted, "complained", True, "5.7.1", "ChangedAt") if stops else None
    known = _BOUNCES.get(str(posted.get("Type") or record))
    if record not in ("Bounce", "SpamComplaint") or known is None:
        return None
    kind, permanent, status = known
    return _event(posted, kind, permanent or bool(posted.get("Inactive")), status, "BouncedAt")


def _event(posted: dict[str, Any], kind: _Kind, permanent: bool, status: str, when: str) -> ProviderEvent:
    words = " ".join(
        str(posted.get(k) or "") for k in ("Type", "SuppressionReason", "Description", "Details")
    ).split()
    told = _STATUS.search(" ".join(words))
    metadata = posted.get("Metadata")
    return ProviderEvent(
        provider_id=str(posted.get("MessageID") or ""),
        outbox_id=str(metadata.get(_OUTBOX) or "") if isinstance(metadata, dict) else "",
        recipient=str(posted.get("Recipient") or posted.get("Email") or ""),
        kind=kind,
        permanent=permanent,
        status=told[1] if told and kind != "delivered" else status,
        diagnostic=" ".join(words)[:500],
        at=_moment(posted.get(when)),
    )


def _moment(text: object) -> datetime | None:
    """ISO 8601 with seven digits of fraction; None when it cannot be read."""
    try:
        found = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", str(text)))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
