"""One node's worker: mail, time and post, each in a file of its own, over one way to decide."""

from mailrouter.worker.mail import readable, trigger_key
from mailrouter.worker.node import Office, Pace
from mailrouter.worker.worker import Worker

__all__ = ["Office", "Pace", "Worker", "readable", "trigger_key"]
