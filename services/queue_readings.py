"""How full the queue and the inbox are, and how long the oldest waits: for Prometheus and for `gridloop doctor`."""

from typing import NamedTuple

from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


class Load(NamedTuple):
    """One entrypoint's jobs: those whose time has come, those put off, those held, and the age of the oldest due."""

    due: int
    later: int
    held: int
    oldest_seconds: float
    tried: int
    """How many of those that are due were tried before."""


JOBS = """
    SELECT entrypoint,
        count(*) FILTER (WHERE status <> 'failed' AND come) AS due,
        count(*) FILTER (WHERE status <> 'failed' AND NOT come) AS later,
        count(*) FILTER (WHERE status = 'failed') AS held,
        coalesce(extract(epoch FROM clock_timestamp() - min(since) FILTER (WHERE status <> 'failed' AND come)), 0),
        count(*) FILTER (WHERE status <> 'failed' AND come AND attempts > 0) AS tried
    FROM (SELECT entrypoint, status, attempts,
            attempts > 0 OR execute_after <= now() AS come,
            CASE WHEN attempts > 0 THEN created ELSE execute_after END AS since
        FROM pgqueuer) job
    GROUP BY entrypoint ORDER BY entrypoint
"""
"""A job that rests between two attempts is due all the same, and as old as it is."""
INBOX = """
    SELECT count(*), coalesce(extract(epoch FROM clock_timestamp() - min(received_at)), 0)
    FROM inbox WHERE status = 'waiting'
"""


async def loads(session: AsyncSession) -> dict[str, Load]:
    """The queue by entrypoint."""
    rows = await session.execute(text(JOBS))
    return {name: Load(due, later, held, max(0.0, float(age)), tried) for name, due, later, held, age, tried in rows}


async def queue(session: AsyncSession) -> list[Metric]:
    """`gridloop_queue_…` by entrypoint."""
    jobs = GaugeMetricFamily("gridloop_queue_jobs", "Jobs by state: due, later, held", labels=["entrypoint", "state"])
    age = GaugeMetricFamily("gridloop_queue_age_seconds", "Age of the oldest job that is due", labels=["entrypoint"])
    for name, load in (await loads(session)).items():
        for state in ("due", "later", "held"):
            jobs.add_metric([name, state], getattr(load, state))
        age.add_metric([name], load.oldest_seconds)
    return [jobs, age]


async def inbox(session: AsyncSession) -> list[Metric]:
    """Messages that came before what they stand on."""
    number, age = (await session.execute(text(INBOX))).one()
    return [
        GaugeMetricFamily("gridloop_inbox_waiting", "Messages that wait for an earlier one", value=number),
        GaugeMetricFamily("gridloop_inbox_age_seconds", "Age of the oldest of them", value=float(age)),
    ]
