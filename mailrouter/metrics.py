"""What the service counts, as one value with a registry of its own (several may live in one process)."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """Counters of the doors; others add gauges of their own, or collectors on `registry`."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.replies = Counter(
            "mailrouter_replies", "Replies of the doors, by code", ("door", "code"), registry=self.registry
        )
        self.accepted = Counter(
            "mailrouter_accepted", "Mails made durable", ("door", "duplicate"), registry=self.registry
        )
        self.accept_faults = Counter(
            "mailrouter_accept_faults",
            "Mails not accepted for a fault of ours",
            ("door",),
            registry=self.registry,
        )
        self.accept_seconds = Histogram(
            "mailrouter_accept_seconds",
            "From the last octet to the commit",
            ("door",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.accepted_bytes = Counter(
            "mailrouter_accepted_bytes", "Octets made durable", ("door",), registry=self.registry
        )
        self.connections = Gauge(
            "mailrouter_connections", "Open sessions of a door", ("door",), registry=self.registry
        )

    def gauge(self, name: str, text: str, value: Callable[[], float]) -> None:
        """A figure that is asked for when it is looked at, such as the depth of a queue."""
        Gauge(name, text, registry=self.registry).set_function(value)

    def exposition(self) -> bytes:
        """All figures in the Prometheus text format."""
        return generate_latest(self.registry)
