"""Everything `decide` needs, gathered before it runs: triggers, verdicts, resolved addresses, evidence, counters."""

from __future__ import annotations

from datetime import date as Date
from datetime import datetime
from typing import Literal

from mailrouter.core.model.case import Audience, CaseView, Due
from mailrouter.core.model.mail import Envelope, Frozen, Message

TokenKind = Literal["everyone", "agents", "question", "held", "reverse-path", "page"]
Evidence = Literal["token", "in-reply-to", "references", "number"]


class Verdict(Frozen, frozen=True, kw_only=True):
    """The outcome of one check, in the words of RFC 8601 2.2: method, result, reason, properties (ptype.property)."""

    method: str
    result: str
    reason: str = ""
    properties: tuple[tuple[str, str], ...] = ()

    def property(self, name: str) -> str:
        """The value of property `name` ("header.from"), or ''."""
        return next((v for k, v in self.properties if k == name), "")


class TokenRow(Frozen, frozen=True, kw_only=True):
    """The row behind a token. Case, person, audience and revocation live here, never in the address."""

    row_id: int
    kind: TokenKind
    key_id: int
    case_id: str = ""
    address: str = ""
    audience: Audience = "everyone"
    outbox_id: str = ""
    inbound_id: str = ""
    question: str = ""
    words: tuple[str, ...] = ()
    created_at: datetime
    expires_at: datetime | None = None
    used_at: datetime | None = None
    revoked_at: datetime | None = None


class Target(Frozen, frozen=True, kw_only=True):
    """One of our addresses in the envelope, resolved. `kind` unknown never got past RCPT on SMTP."""

    address: str
    kind: Literal["territory", "service", "token", "unknown"]
    territory: str = ""
    organisation: str = ""
    service: str = ""
    token: TokenRow | None = None


class Candidate(Frozen, frozen=True, kw_only=True):
    """A case that this mail may belong to, and the evidence. `subject_agrees`: same base subject (RFC 5256 2.1)."""

    case_id: str
    evidence: Evidence
    subject_agrees: bool = True
    audience: Audience = "everyone"


class PersonState(Frozen, frozen=True, kw_only=True):
    """What the tables know of a person, beyond the files. `terms_version` is the one accepted last, `terms_asked` the
    one asked for last."""

    address: str
    terms_version: str = ""
    terms_asked: str = ""
    suspended: bool = False
    absent_until: Date | None = None
    suppressed_until: datetime | None = None
    suppressed_because: str = ""
    vouched_until: datetime | None = None
    last_active_at: datetime | None = None


class OurMail(Frozen, frozen=True, kw_only=True):
    """A mail of ours that this one answers or refers to: what it said, to compare a quote with. `answered`: the one
    replied to, by In-Reply-To, else the newest of References; older ones of the thread are not."""

    outbox_id: str
    case_id: str = ""
    recipient: str
    text: str = ""
    template: str = ""
    audience: Audience = "everyone"
    answered: bool = False


class CaseLine(Frozen, frozen=True, kw_only=True):
    """One line of `liste`: no personal data but the author's own marker (`repere`).

    For the reader of a digest: `side`, the `own_organisation` with the state of its part (`own`), whose it is (`owner`:
    "", me or other), `since` when it is waited for, whether it was `answered`; `territory` and whether it is `urgent`.
    """

    case_id: str
    number: str
    state: str
    organisations: tuple[tuple[str, str], ...] = ()
    opened_at: datetime
    repere: str = ""
    side: str = ""
    own: str = ""
    own_organisation: str = ""
    territory: str = ""
    urgent: bool = False
    owner: str = ""
    since: datetime | None = None
    answered: bool = False
    careful: bool = False


class Followed(Frozen, frozen=True, kw_only=True):
    """An open case that `reader`, of an organisation, takes part in."""

    reader: str
    line: CaseLine


class HeldLine(Frozen, frozen=True, kw_only=True):
    """A held mail as operators see it: reverse-path, forward-paths, size in octets, reason. Never content."""

    id: str
    received_at: datetime
    author: str
    recipients: tuple[str, ...] = ()
    size: int
    reason: str
    expires_at: datetime | None = None


class Waiting(Frozen, frozen=True, kw_only=True):
    """What the operators' digest tells: `counts` (reason, mails) and `strangers` (reverse-path, mails, octets) since
    `since`; the newest `held` mails of the `total` that wait for an operator."""

    since: datetime | None = None
    counts: tuple[tuple[str, int], ...] = ()
    strangers: tuple[tuple[str, int, int], ...] = ()
    held: tuple[HeldLine, ...] = ()
    total: int = 0


class Recalled(Frozen, frozen=True, kw_only=True):
    """The mail that this one recalls: what of it waits (outbox ids) and whom it is `gone` to (organisations, '' for the
    helper side); `first`: it opened the case. Or the mail is `held` (its receipt), and nobody has read it."""

    case_id: str = ""
    message_id: str = ""
    held: str = ""
    waiting: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    first: bool = False


class MailReceived(Frozen, frozen=True, kw_only=True, tag="mail-received"):
    """A mail was accepted. `released_by`: who let it go on the last time it was held. `release_word`: all that was said
    of it while it was held, in order: `<question>:<word>` of who was asked, `release` of an operator, or a word of our
    own. What was said once is not forgotten when it is held again for another reason."""

    inbound_id: str
    envelope: Envelope
    released_by: str = ""
    release_word: str = ""

    def told(self, question: str, *words: str) -> str:
        """The last of `words` that was said to `question`; '' when none was."""
        said = [one.partition(":")[2] for one in self.release_word.split() if one.startswith(f"{question}:")]
        return next((word for word in reversed(said) if word in words), "")

    @property
    def freed(self) -> bool:
        """Whether an operator let it go."""
        return "release" in self.release_word.split()


class TimeReached(Frozen, frozen=True, kw_only=True, tag="time-reached"):
    """A due came."""

    due: Due


class DeliveryReported(Frozen, frozen=True, kw_only=True, tag="delivery-reported"):
    """An attempt of ours ended for good, or a believed report says so."""

    outbox_id: str
    recipient: str
    case_id: str = ""
    permanent: bool = True
    status: str = ""
    diagnostic: str = ""


class OperatorAsked(Frozen, frozen=True, kw_only=True, tag="operator-asked"):
    """An operator's act: `release`, `drop`, `retry`, `close`, `suspend`, `join-open-cases`, `recompose`…"""

    act: str
    operator: str
    reason: str = ""
    inbound_id: str = ""
    case_id: str = ""
    address: str = ""


class PageAsked(Frozen, frozen=True, kw_only=True, tag="page-asked"):
    """Somebody with the link that `link` (a participant) was sent asks for the code of the secure page. `named`: who
    they say they are, where the link went to a shared mailbox; `ask` is the id of their question (store/pages.py)."""

    ask: str
    case_id: str
    link: str
    named: str = ""


Trigger = MailReceived | TimeReached | DeliveryReported | OperatorAsked | PageAsked


class Facts(Frozen, frozen=True, kw_only=True):
    """Observations only; memberships are computed from the policy. `seed` makes every new id (core/ids.py);
    `number` is the case number reserved for this trigger; `counts` what was already sent today, by counter name; `tallies`: (organisation, open parts, late ones) of the groups a manager answers for; `usual`: (group, median of its first answers in business days), where there are enough; `namesakes`: the author's own open cases of the person that this mail is about; `followed`: those that people of the organisations it may ask take part in; `waiting` what operators are told of; `looped`: the mail bears our own installation's loop mark."""

    trigger: Trigger
    now: datetime
    seed: str
    number: str = ""
    message: Message | None = None
    verdicts: tuple[Verdict, ...] = ()
    targets: tuple[Target, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    cases: tuple[CaseView, ...] = ()
    people: tuple[PersonState, ...] = ()
    counts: tuple[tuple[str, int], ...] = ()
    ours: tuple[OurMail, ...] = ()
    listed: tuple[CaseLine, ...] = ()
    namesakes: tuple[CaseLine, ...] = ()
    followed: tuple[Followed, ...] = ()
    tallies: tuple[tuple[str, int, int], ...] = ()
    waiting: Waiting | None = None
    usual: tuple[tuple[str, int], ...] = ()
    recalled: Recalled | None = None
    looped: bool = False
    sibling_of: str = ""
    sibling_case: str = ""
    policy_digest: str = ""
    generation: str = ""

    def case(self, case_id: str) -> CaseView | None:
        """The gathered case with this id, or None."""
        return next((c for c in self.cases if c.id == case_id), None)

    def count(self, name: str) -> int:
        """How often `name` happened in its window."""
        return next((n for k, n in self.counts if k == name), 0)

    def person(self, address: str) -> PersonState:
        """What the tables know of `address`; an empty state when nothing."""
        return next((p for p in self.people if p.address == address), PersonState(address=address))
