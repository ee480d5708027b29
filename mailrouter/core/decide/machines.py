"""Mail that no person wrote: delivery reports, absences, receipts, lists, loops. It never changes a state by itself
and never counts as an answer (RFC 3834, RFC 3464, RFC 8098, RFC 5965)."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from mailrouter.core.decide.basis.scene import Scene, about
from mailrouter.core.decide.cases.failing import FULL, mailbox_full, unreachable
from mailrouter.core.decide.senders.sender import Sender
from mailrouter.core.decide.senders.thread import find_thread
from mailrouter.core.domains import domain_of, same_organisation
from mailrouter.core.model import Decision, OurMail, SetPerson
from mailrouter.core.policy.calendar import add


def loops(scene: Scene) -> Decision | None:
    """Our own mail come back: our loop mark (keyed, so another installation's is none), or our address as author."""
    author = scene.message.author
    domain = "@" + scene.directory.policy.domain
    ours = author is not None and author.address.endswith(domain)
    if scene.step(
        "loop", ours or scene.facts.looped, evidence="our address as author" if ours else "our loop header"
    ):
        return scene.decision("ignored", "loop")
    return None


def automatic(scene: Scene, sender: Sender | None) -> Decision | None:
    """The decision for anything but a person's mail; None when a person wrote."""
    kind = scene.message.kind
    null_path = not scene.trigger.envelope.mail_from and scene.trigger.envelope.door != "pipe"
    if kind == "human" and not null_path:
        return None
    scene.step(f"kind:{kind}", evidence=scene.message.kind_rule or "null reverse-path")
    if kind in ("failure", "delay"):
        return _report(scene, sender, permanent=kind == "failure")
    if kind == "absence" and sender and sender.registered:
        return _absence(scene, sender)
    if kind in ("delivered", "receipt", "complaint"):
        return scene.decision("handled", f"kind:{kind}")
    return scene.decision("ignored", f"kind:{kind}")


def reported(scene: Scene, sender: Sender | None) -> OurMail | None:
    """The mail of ours that a report is about: by our reverse-path token, or by a Message-ID that we sent when the
    domain of the mail's own recipient stands behind the report.

    Anything else is not believed: a forged report must not silence anybody. A Message-ID alone is no secret: whoever is
    in copy of an agent's answer reads it in In-Reply-To (decisions/0094).
    """
    paths = [t.token.outbox_id for t in scene.facts.targets if t.token and t.token.kind == "reverse-path"]
    by_path = next((m for m in scene.facts.ours if m.outbox_id in paths), None)
    if by_path or scene.trigger.envelope.mail_from:
        # Reports come with the null reverse-path (RFC 5321 4.5.5); what does not must come to the mail's own address.
        return by_path
    if sender is None or not sender.aligned:
        return None
    own = (
        m for m in scene.facts.ours if same_organisation(domain_of(sender.written), domain_of(m.recipient))
    )
    return next(own, None)


def _report(scene: Scene, sender: Sender | None, permanent: bool) -> Decision:
    ours = reported(scene, sender)
    if not scene.step("report-of-ours", ours is not None) or ours is None:
        return scene.decision("ignored", "report-not-ours")
    about(scene, scene.facts.case(ours.case_id))
    rows = [d for d in scene.message.delivery if d.action in ("", "failed", "delayed")]
    status = next((d.status for d in rows if d.status), "5.0.0" if permanent else "4.0.0")
    # 4.2.2 and 5.2.2: the mailbox is full; that is a delay for some days, not the end (DOMAIN, Situations 13).
    if FULL in status and permanent:
        mailbox_full(scene, ours.outbox_id, ours.recipient, status)
    if not permanent or FULL in status:
        return scene.decision("handled", "delivery-delayed")
    unreachable(scene, ours.recipient, "bounced", status)
    return scene.decision("handled", "delivery-failed")


def _absence(scene: Scene, sender: Sender) -> Decision:
    """An absence suspends what waits for that person, and the case goes to those who are there.

    Automatic replies are often unaligned. Then one is believed only as a machine sends it: with the null reverse-path
    to the reverse-path of a mail to that very person (RFC 3834 4). The case's address, which people forward, is no
    proof: else anybody who saw it could silence an agent.
    """
    thread = find_thread(scene)
    returned = [t.token.address for t in scene.facts.targets if t.token and t.token.kind == "reverse-path"]
    proven = sender.aligned or (not scene.trigger.envelope.mail_from and sender.address in returned)
    if not scene.step("absence-proven", proven):
        return scene.decision("ignored", "absence-unproven")
    returns = scene.message.return_date
    until = returns or _guessed(scene)
    scene.do(SetPerson(address=sender.address, absent_until=until))
    case = thread.case
    if case is None or case.participant(sender.address) is None:
        return scene.decision("handled", "absence")
    about(scene, case)
    unreachable(scene, sender.address, "absent", returns.isoformat() if returns else "")
    return scene.decision("handled", "absence")


def _guessed(scene: Scene) -> date:
    """The return of somebody whose absence names no day."""
    calendar = scene.directory.calendar("")
    return (
        add(calendar, scene.facts.now, scene.directory.timing().absent)
        .astimezone(ZoneInfo(calendar.zone))
        .date()
    )
