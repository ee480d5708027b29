"""The kind of a mail: a person's, or which machine's (RFC 3834, 3464, 8098, 5965, 5546, 2919 and what came before).

A rule is a name, a reason and a check. They are asked in order, the first that answers decides; each begins with a
test that costs next to nothing, for nine of ten mails are a person's and pass them all.
"""

from __future__ import annotations

from collections.abc import Callable

from mailrouter.core.mail.kinds import absence, automatic, bounce, marks, reports
from mailrouter.core.mail.kinds.signs import Signs
from mailrouter.core.model.mail import Classified, Frozen, Parsed


class Rule(Frozen, frozen=True, kw_only=True):
    """One rule: `check` gives what the mail is, or None. The answer names the finer rule that decided."""

    name: str
    why: str
    check: Callable[[Signs], Classified | None]
    of_marks: bool = False  # has nothing to find in a mail that is not `marks.marked`
    of_answers: bool = False  # may find something in a mail that `marks.answers`


RULES: tuple[Rule, ...] = (
    Rule(
        name="complaint",
        why="A feedback report is a multipart/report of its own type; it comes before all that it may hold.",
        check=reports.complaint,
        of_marks=True,
    ),
    Rule(
        name="receipt",
        why="A disposition notification is told by its part; the rest of it resembles a delivery report.",
        check=reports.receipt,
    ),
    Rule(
        name="delivery-report",
        why="Delivery reports carry Auto-Submitted too, so they are told before other automatic mail.",
        check=bounce.report,
    ),
    Rule(
        name="calendar",
        why="An invitation or its answer; a file of a calendar that somebody attached is none.",
        check=reports.calendar,
        of_marks=True,
    ),
    Rule(
        name="challenge",
        why="A box that asks before it delivers often marks its question as automatic: what it asks decides.",
        check=automatic.challenge,
    ),
    Rule(
        name="declared",
        why="Headers that say so, RFC 3834 first; an absence when the words are those of one.",
        check=automatic.declared,
        of_marks=True,
    ),
    Rule(
        name="autoresponder-subject",
        why="Outlook, Zimbra and webmails put it at the start of the subject, in the language of their user.",
        check=absence.of_subject,
    ),
    Rule(
        name="bulk",
        why="Lists and newsletters; after absences, since old vacation programs use Precedence as well.",
        check=automatic.bulk,
        of_marks=True,
    ),
    Rule(
        name="away-wording",
        why="Gateways strip headers and subjects are rewritten: then only the whole text tells.",
        check=absence.of_wording,
        of_answers=True,
    ),
    Rule(
        name="acknowledgement",
        why="Shared mailboxes answer by rules that set no header; such a mail must never be a first answer.",
        check=automatic.acknowledgement,
        of_answers=True,
    ),
)


_CHECKS = tuple(rule.check for rule in RULES)
_CHECKS_OF_WORDS = tuple(rule.check for rule in RULES if not rule.of_marks)
_CHECKS_OF_ANSWERS = tuple(rule.check for rule in RULES if rule.of_answers)


def classify(parsed: Parsed) -> Classified:
    """The kind of `parsed`, with the rule that decided, the return date of an absence and what a report says.

    Never raises. A mail that was held (over budget) is judged by its headers alone.
    """
    signs = Signs(parsed)
    words = _CHECKS_OF_ANSWERS if marks.answers(signs) else _CHECKS_OF_WORDS
    for check in _CHECKS if marks.marked(signs) else words:
        found = check(signs)
        if found is not None:
            return found
    return Classified(kind="human", rule="nothing-automatic")
