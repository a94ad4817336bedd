"""What is counted. No label ever holds a name, a path or an address (REST contract, 16.7)."""

from __future__ import annotations

import os

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from u1tray.server.admin.shared_metrics import VARIABLE

_METHODS = frozenset({"GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS"})


class Metrics:
    """The metrics of one server, in a registry of their own."""

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        self._of_route: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self.requests = Counter(
            "u1_http_requests",
            "Requests answered.",
            ["method", "route", "status"],
            registry=registry,
        )
        self.request_seconds = Histogram(
            "u1_http_request_seconds", "Time to answer.", ["route"], registry=registry
        )
        self.content_bytes = Counter(
            "u1_content_bytes", "Bytes of content moved.", ["direction"], registry=registry
        )
        self.oauth_failures = Counter(
            "u1_oauth_failures", "Signed requests refused.", ["code"], registry=registry
        )
        self.quota_refusals = Counter(
            "u1_quota_refusals", "Requests refused for want of space.", registry=registry
        )
        # The modes say what is shown for several processes: what the living have, or said last.
        self.change_streams = Gauge(
            "u1_change_streams",
            "Open change streams.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self.stored_bytes = Gauge(
            "u1_stored_bytes",
            "Bytes that all accounts use.",
            registry=registry,
            multiprocess_mode="mostrecent",
        )

    def count_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """One answered request; `route` is its pattern."""
        known = method if method in _METHODS else "other"
        counters = self._of_route.get((known, route, status))
        if counters is None:
            # Kept, because finding them by their labels takes half of a request's counting.
            counters = self._of_route[known, route, status] = (
                self.requests.labels(method=known, route=route, status=str(status)),
                self.request_seconds.labels(route=route),
            )
        counters[0].inc()
        counters[1].observe(seconds)

    def text(self) -> bytes:
        """Prometheus text, of all processes that count together."""
        folder = os.environ.get(VARIABLE)
        if folder is None:
            return generate_latest(self._registry)
        together = CollectorRegistry()
        MultiProcessCollector(together, folder)  # type: ignore[no-untyped-call]
        return generate_latest(together)
