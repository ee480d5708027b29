"""What an aidant can say on a case besides writing. Each act gives False when it does not apply now."""

from __future__ import annotations

from mailrouter.core.decide import dues
from mailrouter.core.decide.agent_acts import ActFunction
from mailrouter.core.decide.command import Command
from mailrouter.core.decide.mails import to_participant
from mailrouter.core.decide.opening import append_message
from mailrouter.core.decide.relay import relay_message
from mailrouter.core.decide.scene import Scene
from mailrouter.core.decide.states import close, everyone, reopen
from mailrouter.core.decide.voice import Voice
from mailrouter.core.model import ChangeState, Remove


def close_case(scene: Scene, voice: Voice, command: Command) -> bool:
    """`clore oui | non | ?`: closed, with how useful it was. Text below goes along before the closing."""
    case = scene.case
    if case.state not in ("open", "done"):
        return False
    if len(command.rest.split()) > 3:
        message = append_message(
            scene, voice.sender, scene.directory.groups[voice.person.group], command.rest
        )
        relay_message(scene, voice, message)
    close(scene, voice.person.address, "creator", command.argument or "unknown")
    return True


def reopen_case(scene: Scene, voice: Voice, command: Command) -> bool:
    """`rouvrir`: a case that is done or closed is open again, and everyone on it is told."""
    if scene.case.state not in ("done", "closed"):
        return False
    reopen(scene, voice, "asked by the aidant")
    for person in everyone(scene):
        to_participant(scene, "reopened", person, {"who": voice.person.name})
    if len(command.rest.split()) > 3:
        message = append_message(
            scene, voice.sender, scene.directory.groups[voice.person.group], command.rest
        )
        relay_message(scene, voice, message)
    return True


def withdraw(scene: Scene, voice: Voice, command: Command) -> bool:
    """`retrait mandat`: sending stops, the agents are asked to delete their copies, the case is closed."""
    told = everyone(scene) if scene.case.state != "incomplete" else [voice.person]
    who = voice.person.address
    for person in told:
        to_participant(scene, "withdrawn", person, {"who": voice.person.name})
    dues.ended(scene)
    scene.do(ChangeState(case_id=scene.case.id, to="withdrawn", who=who, why="mandate withdrawn"))
    return True


def exclude(scene: Scene, voice: Voice, command: Command) -> bool:
    """`exclure prenom.nom@…`: that person gets nothing more of this case, and is not told."""
    address = scene.directory.canonical(command.argument)
    person = scene.case.participant(address)
    if person is None or person.side != "operator":
        return False
    who = voice.person.address
    scene.do(Remove(case_id=scene.case.id, addresses=(address,), who=who, why="excluded"))
    to_participant(
        scene,
        "acknowledged",
        voice.person,
        {"act": "exclude", "target": person.name},
        automatic="auto-replied",
    )
    return True


AIDANT_ACTS: dict[str, ActFunction] = {
    "close": close_case,
    "reopen": reopen_case,
    "withdraw": withdraw,
    "exclude": exclude,
}
