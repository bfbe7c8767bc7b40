"""What Prometheus reads: requests by app, jobs and messages by service and process, the database when it is asked.

A label is a route, a move, a code of ours: never an address, a name or a case.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, start_http_server
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from services.database import Database
from services.settings import SERVICES
from services.tracing import METHODS, OTHER

REGISTRIES: dict[str, CollectorRegistry] = {service: CollectorRegistry() for service in SERVICES}
"""What a process counts beside requests, for each service that runs in it."""
Reading = Callable[[AsyncSession], Awaitable[Sequence[Metric]]]
"""Gauges that are read from the database."""
FRESH, WITHIN = 5.0, 3.0
"""Seconds for which a reading serves, and seconds that it may take."""


class Metrics:
    """A registry of one app: requests by route and status, and their time in seconds."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self.requests = Counter("gridloop_requests", "Requests answered", labels, registry=self.registry)
        self.seconds = Histogram(
            "gridloop_request_seconds", "Time to answer", ("method", "route"), registry=self.registry
        )

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        named = method if method in METHODS else OTHER
        self.requests.labels(named, route, str(status)).inc()
        self.seconds.labels(named, route).observe(seconds)


class Work:
    """Jobs and received messages of one service in this process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.jobs = Counter("gridloop_jobs", "Jobs tried", ("entrypoint", "result"), registry=registry)
        self.job_seconds = Histogram("gridloop_job_seconds", "Time of a job", ("entrypoint",), registry=registry)
        self.messages = Counter(
            "gridloop_messages", "Messages received, by what became of them", ("kind", "result"), registry=registry
        )

    @contextmanager
    def trying(self, entrypoint: str) -> Iterator[None]:
        """Count and time one attempt at a job."""
        began, result = time.perf_counter(), "failed"
        try:
            yield
            result = "done"
        finally:
            self.jobs.labels(entrypoint, result).inc()
            self.job_seconds.labels(entrypoint).observe(time.perf_counter() - began)


WORK = {service: Work(registry) for service, registry in REGISTRIES.items()}
"""By service."""


class Readings:
    """What one app reads of its database for Prometheus; often asked, seldom read. A silent database is a figure."""

    def __init__(self, database: Database, readings: Sequence[Reading]) -> None:
        self._database, self._lock = database, asyncio.Lock()
        self.readings = list(readings)
        self._kept: tuple[float, list[Metric]] = (-FRESH, [])

    async def text(self) -> bytes:
        async with self._lock:
            if time.monotonic() - self._kept[0] >= FRESH:
                self._kept = (time.monotonic(), await self._read())
        registry = CollectorRegistry()
        registry.register(_Read(self._kept[1]))
        return generate_latest(registry)

    async def _read(self) -> list[Metric]:
        found: list[Metric] = []
        try:
            async with asyncio.timeout(WITHIN), self._database.unit() as session:
                for reading in self.readings:
                    found += await reading(session)
            answers = 1
        except (SQLAlchemyError, TimeoutError, OSError):
            found, answers = [], 0
        up = GaugeMetricFamily(
            "gridloop_database_up", "Whether the service's database answered what was asked", value=answers
        )
        return [up, *found]


class _Read(Collector):
    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        yield from self._families


@contextmanager
def served(service: str, host: str, port: int | None) -> Iterator[None]:
    """What a worker counts, on a port of its own: it has no app. Without a port, nowhere."""
    if port is None:
        yield
        return
    server, thread = start_http_server(port, host, REGISTRIES[service])
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


async def exposition(metrics: Metrics, readings: Readings, service: str) -> bytes:
    """All of it as text."""
    return generate_latest(metrics.registry) + generate_latest(REGISTRIES[service]) + await readings.text()
