"""What an expert can say on a case besides giving advice."""

from __future__ import annotations

from mailrouter.core.decide.acts.agent_acts import ActFunction
from mailrouter.core.decide.acts.common_acts import COMMON_ACTS
from mailrouter.core.decide.acts.relay import relay_note
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.decide.cases.appending import append_message
from mailrouter.core.decide.cases.consulting import tell_of_expert
from mailrouter.core.decide.senders.voice import Voice
from mailrouter.core.decide.words.command import Command
from mailrouter.core.decide.words.substance import says_something
from mailrouter.core.model import Remove


def leave(scene: Scene, voice: Voice, command: Command) -> bool:
    """`pas moi`: the expert leaves, and both sides know that nobody advises them any more; another word behind it is not
    understood. What is said below goes to the agents alone, as with an agent who leaves."""
    if command.argument:
        return False
    if says_something(command.rest, voice.name) or scene.brings_files:
        group = scene.directory.groups[voice.person.group]
        relay_note(scene, voice, append_message(scene, voice.sender, group, command.rest, audience="agents"))
    address = voice.person.address
    scene.do(Remove(case_id=scene.case.id, addresses=(address,), who=address, why="not-me"))
    tell_of_expert(scene, voice.person, "left")
    return True


EXPERT_ACTS: dict[str, ActFunction] = {
    "not-me": leave,
    **{name: COMMON_ACTS[name] for name in ("history", "list", "help", "accept-terms")},
}
