"""What is counted. No label ever holds a name, a path or an address (REST contract, 16.7)."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_METHODS = frozenset({"GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS"})


class Metrics:
    """The metrics of one server, in a registry of their own."""

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
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
        self.change_streams = Gauge("u1_change_streams", "Open change streams.", registry=registry)
        self.stored_bytes = Gauge(
            "u1_stored_bytes", "Bytes that all accounts use.", registry=registry
        )

    def count_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """One answered request; `route` is its pattern."""
        known = method if method in _METHODS else "other"
        self.requests.labels(method=known, route=route, status=str(status)).inc()
        self.request_seconds.labels(route=route).observe(seconds)

    def text(self) -> bytes:
        """Prometheus text."""
        return generate_latest(self._registry)
