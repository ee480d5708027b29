"""Mail to a territory that opens no case: a bare word that works without one ("liste", "aide"), an act that needs a
case and names none, thanks, nothing at all. Whatever holds a text, a forward or a file opens a case, and so does a
subject that says something above a thanks or a signature."""

from __future__ import annotations

from mailrouter.core.decide.basis.mails import thread_of_mail, to_person
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.senders.sender import Sender
from mailrouter.core.decide.senders.services import listed, service
from mailrouter.core.decide.words.command import said
from mailrouter.core.decide.words.subject_line import own_subject
from mailrouter.core.decide.words.substance import is_empty, only_courteous, says_something
from mailrouter.core.model import Decision

# Acts that are services too, with an address of their own.
SERVICES = {"list": "liste", "help": "aide", "mandate-form": "mandat"}
# Acts on a case: an aidant who says one without a case gets the list of hers (an agent is asked, and the mail held).
ON_A_CASE = frozenset({"close", "reopen", "history", "summary", "withdraw", "hand-over"})


def bare(scene: Scene, sender: Sender) -> Decision | None:
    """What a registered, aligned sender wants who wrote one word, or nothing; None for a mail with something to read."""
    message = scene.message
    forwards = message.forwarded is not None and bool(message.forwarded.text.strip())
    if scene.brings_files or forwards or scene.trigger.release_word:
        return None
    text = message.visible.strip()
    command = said(text or message.subject)
    act = command.act if command and not says_something(command.rest, sender.name) else ""
    if not act and only_courteous(text, sender.name):
        act = "thanks"
    if act and not (act == "thanks" and own_subject(scene, sender.name)):
        return _word(scene, sender, act)
    if not message.subject.strip() and not message.folded.strip() and is_empty(scene, sender.name):
        scene.step("nothing-said")
        return service(scene, sender, "aide")
    return None


def _word(scene: Scene, sender: Sender, act: str) -> Decision | None:
    if act in SERVICES:
        scene.step(f"bare:{act}")
        return service(scene, sender, SERVICES[act])
    if act == "thanks":
        scene.step("thanks", evidence="a bare thanks opens nothing")
        return scene.decision("handled", "thanks")
    if act in ON_A_CASE and sender.of_side("helper"):
        scene.step(f"bare:{act}", evidence="on no case")
        to_person(scene, "which-case", sender.address, {"cases": listed(scene)}, thread=thread_of_mail(scene))
        return scene.decision("handled", "which-case")
    return None
