"""Whose figure counts where organisations have their own (DOMAIN, "Time": per organisation if wanted).

What an organisation is waited for with is that organisation's. What is the case's (asking to close, closing, inactivity)
is the longest among the organisations asked: nobody loses time by being asked beside somebody quicker. What concerns the
helper side is the creator's organisation's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.model import CaseView
from mailrouter.core.policy.calendar import add
from mailrouter.core.policy.schema import Duration, Timing

Figure = Callable[[Timing], Duration]


def of_case(scene: Scene, figure: Figure) -> Duration:
    """The longest `figure` among the organisations of the scene's case, from now on; the service's without any."""
    case, directory = scene.case, scene.directory
    calendar, now = directory.calendar(case.territory), scene.facts.now
    found = [figure(directory.timing(p.organisation)) for p in case.parties]
    return max(found, key=lambda one: add(calendar, now, one), default=figure(directory.timing()))


def of_helper(scene: Scene, figure: Figure) -> Duration:
    """The `figure` of the organisation that the creator of the scene's case writes for."""
    return figure(of_group(scene, scene.case.creator_group))


def of_group(scene: Scene, group_id: str) -> Timing:
    """The figures of the organisation of a group; the service's for an unknown one."""
    group = scene.directory.groups.get(group_id)
    return scene.directory.timing(group.organisation if group else "")


def of_person(scene: Scene, address: str) -> Timing:
    """The figures of the organisation that somebody on the scene's case writes for."""
    person = scene.case.participant(address)
    return of_group(scene, person.group if person else "")


def kept_until(scene: Scene, case: CaseView | None = None) -> datetime:
    """Until when a held mail is kept, and so until when a question about it may be answered (Retention.held)."""
    calendar = scene.directory.calendar(case.territory if case else "")
    return add(calendar, scene.facts.now, scene.directory.policy.retention.held)
