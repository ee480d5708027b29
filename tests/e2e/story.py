"""How stories are told: by dates of the clock on the wall in Paris, and by what each mailbox got."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

from town import Letter, Outcome, Town

from mailrouter.store import dues

PARIS = ZoneInfo("Europe/Paris")


def until(town: Town, when: str) -> Outcome:
    """Live on until `when` ("2026-03-05 10:00", Paris), due by due."""
    end = datetime.fromisoformat(when).replace(tzinfo=PARIS)
    assert end >= town.now, f"{when} is past"
    return town.pass_time(seconds=(end - town.now).total_seconds())


def sleep_until(town: Town, when: str) -> Outcome:
    """The service is down until `when`, then does what fell due meanwhile."""
    town.now = datetime.fromisoformat(when).replace(tzinfo=PARIS)
    return town.settle()


def got(outcome: Outcome, *besides: str) -> list[tuple[str, str]]:
    """(recipient, template) of every mail but digests and `besides`, sorted."""
    return [row for row in outcome.sent() if row[1] not in ("digest", *besides)]


def templates(outcome: Outcome, to: str) -> Counter:
    """How many mails of each template came to `to`."""
    return Counter(letter.template for letter in outcome.letters if letter.to == to)


def absent(town: Town, who: str, letter: Letter, text: str) -> Outcome:
    """The autoresponder of `who` answers `letter`, as RFC 3834 wants it: to its reverse-path, with the null one."""
    return town.write(
        who,
        letter.mail_from,
        f"Absence : {letter.subject}",
        text,
        headers={"Auto-Submitted": "auto-replied", "In-Reply-To": str(letter.message["Message-ID"])},
        mail_from="",
    )


def bounce(town: Town, letter: Letter, status: str, text: str = "user unknown") -> Outcome:
    """A delivery report on `letter` comes back (RFC 3464)."""
    message_id = letter.message["Message-ID"]
    body = (
        "From: MAILER-DAEMON@mx.dest.example\r\n"
        f"To: {letter.mail_from}\r\nSubject: Undelivered Mail Returned to Sender\r\nAuto-Submitted: auto-replied\r\n"
        f"Message-ID: <dsn{town.count}.{int(town.now.timestamp())}@mx.dest.example>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nYour mail could not be delivered.\r\n\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.dest.example\r\n\r\n"
        f"Final-Recipient: rfc822; {letter.to}\r\nAction: failed\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; 550 {status} {text}\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {message_id}\r\n\r\n--b--\r\n"
    )
    town.count += 1
    return town.deliver(body.encode(), "", [letter.mail_from])


def well(town: Town) -> None:
    """What every story ends with: nothing lost, nothing forgotten."""
    assert town.ledger()["balanced"]
    assert town.app.store.read(dues.forgotten) == []
