"""One service's database: whether it answers, is up to date, knows the time and a key, and its queue moves."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from services.database import Database
from services.doctor.findings import Finding, good, problem, warning
from services.identity import has_access_rows
from services.queue_readings import INBOX, loads
from services.settings import ServiceName, Settings

WITHIN = 10.0
SKEW, SKEWED = 2.0, 30.0
"""Seconds that two clocks may differ, and beyond which signatures and one-time codes begin to fail."""
NOBODY, STUCK = 120.0, 900.0
"""Age of an untried job after which no worker is there, and of a tried one after which nobody takes it."""
MIGRATE = "`gridloop migrate`, with GRIDLOOP_DATABASE_URL as the schemas' owner"
WORDS = {
    "28P01": ("the password is not the role's", "give the service's address the role's password, or " + MIGRATE),
    "28000": ("the role may not sign in", MIGRATE),
    "3D000": ("there is no such database", "make it (`createdb`), or mend the address"),
    "53300": ("it has no connection left", "raise its `max_connections`, or lower GRIDLOOP_POOL_SIZE"),
}


async def database(settings: Settings, service: ServiceName, revisions: Sequence[str]) -> list[Finding]:
    """`revisions` are those this program knows, newest first."""
    made = Database(settings.database_for(service), service, pool_size=1)
    try:
        async with asyncio.timeout(WITHIN), made.unit() as session:
            found = [await _clock(session, service), await _migrations(session, service, revisions)]
            if any(each.check == "migrations" and each.remedy for each in found):
                return [good("database", f"{service}'s database answers"), *found]
            found += [await _access(session, service), *await _queue(session, service)]
    except (SQLAlchemyError, TimeoutError, OSError) as error:
        return [_unreachable(settings, service, error)]
    finally:
        await made.close()
    return [good("database", f"{service}'s database answers"), *found]


def _unreachable(settings: Settings, service: ServiceName, error: Exception) -> Finding:
    url = make_url(settings.database_for(service))
    state = getattr(error.orig, "sqlstate", None) if isinstance(error, DBAPIError) else None
    words = str(error.orig) if isinstance(error, DBAPIError) else ""
    known = state or next((code for code, sign in SIGNS.items() if sign in words), None)
    what, remedy = WORDS.get(known or "", ("nobody answers", "start PostgreSQL, or mend "
                                           f"GRIDLOOP_{service.upper()}_DATABASE_URL"))  # fmt: skip
    return problem("database", f"{service}'s database at {url.host or 'the socket'}:{url.port or 5432}/{url.database}: "
                   f"{what}", remedy)  # fmt: skip


SIGNS = {"28P01": "password authentication failed", "3D000": "does not exist", "53300": "too many"}
"""What a refused sign-in says: psycopg tells no code for it."""


async def _clock(session: AsyncSession, service: ServiceName) -> Finding:
    before = datetime.now(UTC)
    theirs: datetime = (await session.execute(text("SELECT clock_timestamp()"))).scalar_one()
    after = datetime.now(UTC)
    return skew(f"{service}'s database", (theirs - (before + (after - before) / 2)).total_seconds())


def skew(whose: str, seconds: float) -> Finding:
    """How far somebody's clock is from ours."""
    told = f"the clock of {whose} differs from ours by {seconds:+.1f} s"
    remedy = "let both machines take the time from one server (`timedatectl set-ntp true`)"
    if abs(seconds) > SKEWED:
        return problem("clock", told, remedy)
    return warning("clock", told, remedy) if abs(seconds) > SKEW else good("clock", told)


async def _migrations(session: AsyncSession, service: ServiceName, revisions: Sequence[str]) -> Finding:
    there = (await session.execute(text("SELECT to_regclass('alembic_version')"))).scalar_one()
    at = (await session.execute(text("SELECT version_num FROM alembic_version"))).scalar() if there else None
    if at is None:
        return problem("migrations", f"{service}'s schema is empty", MIGRATE)
    if at not in revisions:
        return problem("migrations", f"{service}'s schema is at {at}, which this program does not know",
                       "run the newer version of gridloop that made it")  # fmt: skip
    if at != revisions[0]:
        return problem("migrations", f"{service}'s schema is at {at}; {revisions.index(at)} are pending", MIGRATE)
    return good("migrations", f"{service}'s schema is up to date ({at})")


async def _access(session: AsyncSession, service: ServiceName) -> Finding:
    if await has_access_rows(session):
        return good("access", f"{service} knows keys")
    told = f"{service} knows no key: nobody can sign in"
    if service == "routing":
        return problem("access", told, "`gridloop install` in an empty city")
    return warning("access", told, "start routing's worker (`gridloop work routing`): it tells them")


async def _queue(session: AsyncSession, service: ServiceName) -> list[Finding]:
    found = []
    for name, load in (await loads(session)).items():
        if load.held:
            found.append(warning("queue", f"{load.held} jobs `{name}` of {service} were given up",
                                 f"look at /{service}/admin/queue for the reason and put them back"))  # fmt: skip
        if load.due and not load.tried and load.oldest_seconds > NOBODY:
            found.append(problem("queue", f"{load.due} jobs `{name}` of {service} wait for "
                                 f"{load.oldest_seconds:.0f} s, and nobody tries them",
                                 f"start its worker: `gridloop work {service}`"))  # fmt: skip
        elif load.oldest_seconds > STUCK:
            found.append(problem("queue", f"{load.tried} jobs `{name}` of {service} fail again and again, for "
                                 f"{load.oldest_seconds / 60:.0f} min", _stuck(name)))  # fmt: skip
    waiting, age = (await session.execute(text(INBOX))).one()
    if waiting and float(age) > STUCK:
        found.append(warning("queue", f"{waiting} messages to {service} wait for an earlier one",
                             "look at the senders' queues: it is held or still on its way"))  # fmt: skip
    return found or [good("queue", f"{service}'s queue moves")]


def _stuck(entrypoint: str) -> str:
    _, of, receiver = entrypoint.partition("to_")
    return f"look whether {receiver} answers, and at its log" if of else "look at the worker's log (`job failed`)"
