"""Whether a mail bears marks of a machine besides its words: nine of ten mails do not, and skip the rules of marks."""

from __future__ import annotations

from typing import Final

from mailrouter.core.mail.kinds.automatic import LIST_HEADERS, VENDORS, is_autoresponder
from mailrouter.core.mail.kinds.reports import says_no_receipt
from mailrouter.core.mail.kinds.signs import Signs

_TEXTS: Final = frozenset(("text/plain", "text/html"))
# Every header that `declared`, `bulk`, `reports.complaint` or `reports.calendar` looks at, but X-Mailer.
_MARKS: Final = frozenset(name for name, _, _ in VENDORS if name != "x-mailer").union(
    LIST_HEADERS, ("auto-submitted", "precedence", "content-class", "x-ms-exchange-inbox-rules-loop")
)


def marked(signs: Signs) -> bool:
    """Whether anything but words may tell a machine: a part that is no text, a report, a header of automatic mail.

    Without any of them the rules of classify.py that are `of_marks` have nothing to find.
    """
    head, names = signs.head, signs.names
    return (
        not _TEXTS.issuperset([part.type for part in signs.parsed.parts])
        or "report" in signs.content_type
        or "auto" in names
        or "x-ms-exchange-calendar" in names
        or not _MARKS.isdisjoint(head)
        or ("x-mailer" in head and is_autoresponder(head["x-mailer"]))
    )


def answers(signs: Signs) -> bool:
    """Whether a mail that is not `marked` answers one, and no mail system wrote it: it begins with "Re:" in its subject.

    Then the rules of classify.py that are not `of_answers` have nothing to find either.
    """
    return (
        signs.answered
        and says_no_receipt(signs.subject)
        and "x-failed-recipients" not in signs.head
        and signs.parsed.text.lstrip()[:1] != "{"
        and not signs.null_path
        and not signs.daemon
    )
