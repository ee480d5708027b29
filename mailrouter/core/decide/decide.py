"""`decide(facts, directory) -> Decision`: the one decision on every trigger. Read top to bottom: each rule either
decides or lets the next one try, and says so in the trace."""

from __future__ import annotations

from msgspec.structs import replace

from mailrouter.core.decide.acts.letters import letter_to, letter_wanted
from mailrouter.core.decide.acts.recalling import RECALLED, recall
from mailrouter.core.decide.advising import advice_offered
from mailrouter.core.decide.basis.caps import bounded, capped
from mailrouter.core.decide.basis.leak import releasable
from mailrouter.core.decide.basis.mails import thread_of_mail, to_person
from mailrouter.core.decide.basis.people import member_of
from mailrouter.core.decide.basis.scene import Draft, Scene, about
from mailrouter.core.decide.cases.drafting import check_draft, is_draft
from mailrouter.core.decide.cases.failing import FULL, mailbox_full, unreachable
from mailrouter.core.decide.cases.opening import open_case, sibling
from mailrouter.core.decide.conversation import on_case
from mailrouter.core.decide.files.enclosed_mails import mails_wait_to_open
from mailrouter.core.decide.files.files import unsafe
from mailrouter.core.decide.files.page import send_code
from mailrouter.core.decide.machines import automatic, loops
from mailrouter.core.decide.questions import answer
from mailrouter.core.decide.senders.aliases import claimed, vouch
from mailrouter.core.decide.senders.aliases import vouched as vouched_earlier
from mailrouter.core.decide.senders.bare import bare
from mailrouter.core.decide.senders.challenging import DISOWNED, challenge
from mailrouter.core.decide.senders.floods import flooded, too_many_cases
from mailrouter.core.decide.senders.holding import (
    ask_writer,
    at_old_address,
    careful_waits,
    colleague_waits,
    hold,
    outside,
    team_reads,
    told_to_wait,
)
from mailrouter.core.decide.senders.operating import expect_operators
from mailrouter.core.decide.senders.released import SAID_ME, let_in, vouched
from mailrouter.core.decide.senders.sender import Sender, sender_of, standing
from mailrouter.core.decide.senders.services import (
    JOINING,
    TO_PEOPLE,
    misaddressed,
    service,
    which_case,
    wiped_away,
)
from mailrouter.core.decide.senders.thread import Thread, find_thread, only_by_number, question_token
from mailrouter.core.decide.senders.voice import Voice
from mailrouter.core.decide.senders.welcome import greet
from mailrouter.core.decide.tick.away import back
from mailrouter.core.decide.tick.timing import on_time
from mailrouter.core.decide.words.substance import says_nothing_new
from mailrouter.core.mail.enclosed.attached import without_placeholders
from mailrouter.core.mail.fresh.visible import answers_only
from mailrouter.core.model import (
    CaseView,
    Decision,
    DeliveryReported,
    Facts,
    Invite,
    MailReceived,
    OperatorAsked,
    PageAsked,
    TimeReached,
)
from mailrouter.core.policy.directory import Directory


def decide(facts: Facts, directory: Directory) -> Decision:
    """What to do about a trigger. Pure: the same facts and policy give the same decision, byte for byte."""
    scene = Scene(facts=_own_words(facts), directory=directory, draft=Draft())
    match facts.trigger:
        case MailReceived():
            author = scene.message.author
            address = directory.canonical(author.address) if author else ""
            return bounded(scene, _mail(scene), address)
        case TimeReached() as trigger:
            return on_time(scene, trigger)
        case DeliveryReported() as trigger:
            return _delivery(scene, trigger)
        case OperatorAsked() as trigger:
            return _operator(scene, trigger)
        case PageAsked() as trigger:
            return send_code(scene, trigger)


def _own_words(facts: Facts) -> Facts:
    """The facts without the lines that the author only quotes: what others wrote is neither relayed nor obeyed."""
    message = facts.message
    if message is None:
        return facts
    if says_nothing_new(facts):
        return replace(facts, message=replace(message, visible="", stated=()))
    visible = without_placeholders(answers_only(message.visible), message.attachments)
    return replace(facts, message=replace(message, visible=visible))


def hold_leak(facts: Facts, directory: Directory, reasons: tuple[str, ...]) -> Decision:
    """Instead of a decision whose mails would leak: the mail is held, nothing of it goes anywhere."""
    scene = Scene(facts=facts, directory=directory, draft=Draft())
    for reason in reasons:
        scene.step("leak", evidence=reason)
    sender, case = sender_of(scene), find_thread(scene).case
    person = case.participant(sender.address) if case and sender and sender.aligned else None
    if sender and person and releasable(reasons):
        return ask_writer(about(scene, case), Voice(sender=sender, person=person), "leak", ("send",))
    return hold(scene, "leak")


def _mail(scene: Scene) -> Decision:
    message = scene.message
    if scene.step("recalled", RECALLED in scene.trigger.release_word.split()):
        return scene.decision("ignored", "recalled")
    if DISOWNED in scene.trigger.release_word.split():
        return scene.decision("ignored", DISOWNED)
    if message.held:
        return hold(scene, f"budget:{message.held}")
    if looped := loops(scene):
        return looped
    if infected := unsafe(scene):
        return infected
    sender = sender_of(scene)
    if sender and scene.facts.sibling_case and (case := scene.facts.case(scene.facts.sibling_case)):
        return sibling(about(scene, case), sender)
    if machine := automatic(scene, sender):
        return machine
    if sender is None:
        return hold(scene, "author-ambiguous")
    if scene.facts.person(sender.address).suspended:
        return hold(scene, "suspended")
    if token := question_token(scene):
        return answer(scene, token, sender)
    return _person(scene, sender)


def _person(scene: Scene, sender: Sender) -> Decision:
    if sender.alignment.result == "temperror":
        return hold(scene, "authentication-temperror")
    back(scene, sender)
    if recalled := recall(scene, sender):
        return recalled
    thread = find_thread(scene)
    if thread.conflict:
        return hold(scene, "two-cases")
    if thread.case is not None:
        return _on_case(scene, sender, thread, thread.case)
    if thread.token is not None:
        return hold(scene, "token-without-case")
    return _no_case(scene, sender)


def _on_case(scene: Scene, sender: Sender, thread: Thread, case: CaseView) -> Decision:
    """The proof table (ARCHITECTURE 4) for a mail that names a case."""
    about(scene, case)
    if one := claimed(scene, sender, thread.token):
        if not _confirmed(scene, one, new_case=False):
            return challenge(scene, one, "other-address", case)
        sender = one
    trusted = _with_release(scene, sender, new_case=False)
    found = let_in(scene, case, standing(scene, trusted, case, thread.token))
    scene.step(f"standing:{found.relation}", evidence=found.evidence)
    person = found.participant
    if case.state == "wiped" and thread.token and trusted.registered and trusted.aligned:
        return wiped_away(scene, trusted)
    if only_by_number(thread) and found.relation == "stranger":
        # A number is in many hands, and whether it exists is nobody's business: as if it were not there.
        scene.draft.case = None
        return _no_case(scene, sender)
    if found.relation == "removed":
        told_to_wait(scene, trusted, case)
    if waits := at_old_address(scene, trusted, case, thread.token, found):
        return waits
    welcome = found.relation in ("participant", "other-participant", "colleague")
    if welcome and (storm := flooded(scene, trusted, case)):
        return storm
    if found.relation in ("participant", "other-participant") and person:
        return on_case(scene, trusted, person, thread.audience, f"on-case:{thread.evidence}")
    if found.relation == "colleague" and (asked := careful_waits(scene, trusted, case, found)):
        return asked
    if found.relation == "colleague" and found.group:
        joining = member_of(scene, found.group, sender.address)
        scene.do(Invite(case_id=case.id, who=sender.address, participants=(joining,), why="colleague"))
        joined = scene.case.participant(sender.address) or joining
        return on_case(scene, trusted, joined, thread.audience, "on-case:colleague")
    if found.relation == "expert":
        return advice_offered(scene, trusted, case, thread.audience)
    if found.relation == "unaligned":
        return challenge(scene, sender, "unaligned", case)
    if found.relation == "same-organisation":
        return colleague_waits(scene, sender, case, found)
    if found.relation == "stranger" and sender.registered and sender.aligned and _told_by_us(scene, sender):
        outside(scene, sender)
    return hold(scene, "stranger-on-case", case)


def _told_by_us(scene: Scene, sender: Sender) -> bool:
    """Whether the mail answers one of ours to this very person, a manager of the territory say: then they are told that
    they take no part in the case; their text waits for the operators."""
    return any(m.recipient == sender.address for m in scene.facts.ours)


def _with_release(scene: Scene, sender: Sender, *, new_case: bool) -> Sender:
    """The sender with the alignment that a release stands for, now or earlier from the same host."""
    if sender.aligned or not sender.registered or not _confirmed(scene, sender, new_case=new_case):
        return sender
    return sender.with_proof("released")


def _confirmed(scene: Scene, sender: Sender, *, new_case: bool) -> bool:
    """Whether the registered mailbox (or an operator) said that this author is its owner; remembered when it says so."""
    if not vouched(scene):
        return vouched_earlier(scene, sender.address, sender.written, new_case=new_case)
    scene.step("identity-confirmed", evidence="by the registered mailbox or an operator")
    if scene.trigger.release_word.endswith(SAID_ME):
        vouch(scene, sender.address, sender.written)
    return True


def _no_case(scene: Scene, sender: Sender) -> Decision:
    sender = _with_release(scene, sender, new_case=True)
    territory = next((t.territory for t in scene.facts.targets if t.kind == "territory"), "")
    word = next((t.service for t in scene.facts.targets if t.kind == "service"), "")
    if sender.registered and not sender.aligned:
        return challenge(scene, sender, "unaligned")
    helper = bool(sender.registered and sender.of_side("helper"))
    if helper and word not in TO_PEOPLE and (wanted := letter_wanted(scene)):
        return letter_to(scene, sender, wanted)
    if sender.registered and word:
        return service(scene, sender, word)
    if helper and territory and is_draft(scene):
        return check_draft(scene, sender, territory)
    if sender.registered and territory and (decided := bare(scene, sender)):
        return decided
    if helper and territory:
        if too_many_cases(scene, sender):
            return hold(scene, "too-many-cases")
        return mails_wait_to_open(scene, sender) or open_case(scene, sender, territory)
    if sender.registered and sender.of_side("operator") and territory:
        return which_case(scene, sender)
    if sender.registered:
        return misaddressed(scene, sender)
    return _stranger(scene, sender, territory or word)


def _stranger(scene: Scene, sender: Sender, addressed: str) -> Decision:
    """Not registered: one neutral answer when aligned, capped; silence otherwise. Nothing of the text goes anywhere; what
    was written to the people of the service themselves (RFC 2142, a question about one's data, a wish to join) waits
    for them."""
    limits = scene.directory.policy.limits
    if not sender.aligned and addressed in TO_PEOPLE:
        return hold(scene, f"for-operators:{addressed}")
    if not sender.aligned or not addressed:
        return hold(scene, "stranger-unaligned" if not sender.aligned else "stranger")
    expect_operators(scene)
    answered = capped(scene, f"neutral:{sender.address}", limits.neutral_per_address)
    if addressed in TO_PEOPLE or addressed == JOINING:
        if answered and capped(scene, "neutral", limits.neutral_per_day):
            team_reads(scene, sender.written)
        return hold(scene, f"for-operators:{addressed}")
    if not answered:
        return scene.decision("ignored", "stranger-capped")
    if not capped(scene, "neutral", limits.neutral_per_day):
        return hold(scene, "stranger")
    to_person(scene, "not-registered", sender.written, {"orientation": True}, thread=thread_of_mail(scene))
    return scene.decision("handled", "not-registered")


def _delivery(scene: Scene, trigger: DeliveryReported) -> Decision:
    """An attempt of ours ended for good: the same as a believed report."""
    about(scene, scene.facts.case(trigger.case_id))
    scene.step("delivery", trigger.permanent, evidence=trigger.status)
    if trigger.permanent and FULL in trigger.status:
        mailbox_full(scene, trigger.outbox_id, trigger.recipient, trigger.status)
        return scene.decision("handled", "delivery-delayed")
    if trigger.permanent:
        unreachable(scene, trigger.recipient, "bounced", trigger.status)
    return scene.decision("handled", "delivery-failed" if trigger.permanent else "delivery-delayed")


def _operator(scene: Scene, trigger: OperatorAsked) -> Decision:
    """Operators' acts that change a case or a person; held mail is released through its own trigger."""
    about(scene, scene.facts.case(trigger.case_id))
    scene.step(f"operator:{trigger.act}", evidence=trigger.reason)
    if trigger.act == "welcome":
        return greet(scene, trigger.address)
    if trigger.act == "bounced":
        unreachable(scene, trigger.address, "bounced", trigger.reason)
    return scene.decision("handled", f"operator:{trigger.act}")
