"""Which case a mail belongs to, from evidence gathered by the store. Evidence for two cases is a conflict: held.

Thread-Index and Thread-Topic are no evidence (they survive when a user starts anew from an old mail)."""

from __future__ import annotations

from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.model import Audience, Candidate, CaseView, Evidence, Frozen, TokenRow

# How strongly each evidence speaks; References alone need the same base subject (RFC 5256 2.1).
_STRENGTH: tuple[Evidence, ...] = ("token", "in-reply-to", "references", "number")


CASE_KINDS = ("everyone", "agents", "reverse-path")


class Thread(Frozen, frozen=True, kw_only=True):
    """The case found, by which evidence, and how far the audience goes at most. `conflict`: two cases claimed."""

    case: CaseView | None = None
    evidence: Evidence | None = None
    audience: Audience = "everyone"
    token: TokenRow | None = None
    conflict: bool = False


def find_thread(scene: Scene) -> Thread:
    """The case this mail proves to belong to (RFC 5322 3.6.4 for the fields), or none, or a conflict."""
    tokens = case_tokens(scene)
    speaking = [c for c in scene.facts.candidates if speaks(c)]
    found = {t.case_id for t in tokens} | {c.case_id for c in speaking}
    if len(found) > 1:
        scene.step("two-cases", evidence=f"{len(found)} cases by {_kinds(tokens, speaking)}")
        return Thread(conflict=True)
    if not found:
        scene.step("no-thread", False)
        return Thread()
    evidence: Evidence = min((c.evidence for c in speaking), key=_STRENGTH.index, default="token")
    if tokens:
        evidence = "token"
    scene.step("thread", evidence=f"by {evidence}")
    token = tokens[0] if tokens else None
    return Thread(
        case=scene.facts.case(found.pop()),
        evidence=evidence,
        audience=_audience(tokens, speaking),
        token=token,
    )


def speaks(candidate: Candidate) -> bool:
    """Whether this evidence counts: References alone need the same base subject (RFC 5256 2.1)."""
    return candidate.evidence != "references" or candidate.subject_agrees


def case_tokens(scene: Scene) -> list[TokenRow]:
    """The case tokens among the forward-paths, in order. A reverse-path counts too: absences go there (RFC 3834 4),
    and some clients answer to it."""
    rows = (t.token for t in scene.facts.targets if t.kind == "token")
    return [r for r in rows if r is not None and r.kind in CASE_KINDS and r.case_id]


def question_token(scene: Scene) -> TokenRow | None:
    """The first question or held-item token among the forward-paths."""
    rows = (t.token for t in scene.facts.targets if t.kind == "token")
    return next((r for r in rows if r is not None and r.kind in ("question", "held")), None)


def only_by_number(thread: Thread) -> bool:
    """Whether nothing but a case number, which anybody may know or guess, speaks for the case."""
    return thread.evidence == "number"


def _audience(tokens: list[TokenRow], candidates: list[Candidate]) -> Audience:
    """Agents only when the address is for agents or the mail answered was: a reply to a note is a note.

    The mail answered is what In-Reply-To names, else the newest of References: an older note further up in a thread
    does not turn every later answer into one.
    """
    answered = [c for c in candidates if c.evidence == "in-reply-to"] or [
        c for c in candidates if c.evidence == "references"
    ]
    narrow = any(t.audience == "agents" for t in tokens) or any(c.audience == "agents" for c in answered)
    return "agents" if narrow else "everyone"


def _kinds(tokens: list[TokenRow], candidates: list[Candidate]) -> str:
    kinds = {"token"} if tokens else set()
    return ", ".join(sorted(kinds | {c.evidence for c in candidates}))
