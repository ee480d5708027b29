"""An act said on a line of a list, when its turn comes (lines.py): done as if its writer had replied on the case."""

from __future__ import annotations

from mailrouter.core.alignment import Alignment
from mailrouter.core.decide.acts.agent_acts import AGENT_ACTS
from mailrouter.core.decide.acts.aidant_acts import AIDANT_ACTS
from mailrouter.core.decide.acts.common_acts import COMMON_ACTS
from mailrouter.core.decide.acts.states import offered
from mailrouter.core.decide.basis.mails import given, to_participant
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.senders.sender import Sender
from mailrouter.core.decide.senders.voice import Voice
from mailrouter.core.decide.words.command import Command
from mailrouter.core.model import Due


def say(scene: Scene, due: Due) -> None:
    """Do what a line asked for, if its writer is still on the case and may; else say what would work."""
    person = scene.case.participant(due.address)
    if person is None:
        return
    _, act, argument = due.kind.split(":", 2)
    registered = scene.directory.person_of(due.address)
    groups = scene.directory.groups_of(due.address) + scene.directory.mailbox_groups(due.address)
    sender = Sender(
        address=due.address,
        written=due.address,
        name=person.name,
        person=registered,
        groups=groups,
        registered=True,
        alignment=Alignment(result="pass", by="the list that was answered"),
    )
    table = AIDANT_ACTS if person.side == "helper" else AGENT_ACTS
    function = table.get(act) or COMMON_ACTS.get(act)
    done = (
        function(scene, Voice(sender=sender, person=person), Command(act=act, argument=argument))
        if function
        else False
    )
    if not scene.step(f"act:{act}", done is True):
        values = {
            "acts": list(offered(scene, person)),
            **given(why=done or ""),
        }
        to_participant(scene, "not-understood", person, values, automatic="auto-replied")
