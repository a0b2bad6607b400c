"""How is the service doing? Counts and times for Prometheus; nothing of a person, a dwelling or a value."""

from __future__ import annotations

from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 250)


class Metrics:
    """What is counted by one worker."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        kept: Any = {"registry": self.registry, "namespace": "valuation"}
        self.requests = Counter("requests", "Requests answered.", ("route", "method", "status"), **kept)
        self.seconds = Histogram("request_seconds", "Time to answer.", ("route",), buckets=_SECONDS, **kept)
        self.tables = Histogram("table_dwellings", "Dwellings valued as one table.", buckets=_ROWS, **kept)
        self.waiting = Gauge("waiting_dwellings", "Dwellings that wait for their value.", **kept)
        self.model = Gauge("served_model", "The model version that is served.", ("model_version",), **kept)

    def text(self) -> bytes:
        """Return all of it in the format of Prometheus."""
        return generate_latest(self.registry)

    def answered(self, route: str, method: str, status: int, took_s: float) -> None:
        """Count a request that was answered.

        Parameters
        ----------
        route : str
            As the service names it, never the path.
        method : str
        status : int
        took_s : float
        """
        self.requests.labels(route, method if method in _METHODS else "other", str(status)).inc()
        self.seconds.labels(route).observe(took_s)


_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
