"""Accounts end after two years without a word; their people are told twice before (DOMAIN, "Personal data")."""

from __future__ import annotations

from datetime import datetime

from mailrouter.core.decide.basis.mails import given, to_person
from mailrouter.core.decide.basis.scene import Scene
from mailrouter.core.model import Decision, Due
from mailrouter.core.policy.calendar import add, before
from mailrouter.core.policy.schema import Calendar, Retention

ACCOUNT = "account"


def moments(retention: Retention, last: datetime) -> tuple[datetime, datetime, datetime]:
    """(first reminder, second, end) of an account of which `last` was the last sign."""
    calendar = Calendar()
    end = add(calendar, last, retention.account)
    first = before(calendar, end, retention.account_remind)
    return first, add(calendar, first, retention.account_remind_again), end


def account_ends(scene: Scene, due: Due) -> Decision:
    """Remind somebody that the account ends; whoever wrote meanwhile, left, or is suspended is left alone."""
    address, state = due.address, scene.facts.person(due.address)
    retention = scene.directory.policy.retention
    if not scene.directory.roles(address) or state.suspended:
        return scene.decision("ignored", "account-not-registered")
    heard = state.last_active_at
    if heard is not None and moments(retention, heard)[0] > scene.facts.now:
        return scene.decision("ignored", "account-active")
    end = add(Calendar(), due.at, retention.account_remind)
    if due.step > 1:
        end -= add(Calendar(), due.at, retention.account_remind_again) - due.at
    values = {"ends_on": end.date().isoformat(), **given(again=due.step > 1)}
    to_person(scene, "account-ending", address, values, automatic="auto-generated", reply="list", key=due.key)
    return scene.decision("handled", "account-ends")
