"""How long a month's figures take on a synthetic city, kept against counted raw in the same run; both must be equal.

All cases are made by the database itself from random numbers: no text, no person. A year of reports over 16 districts,
234 streets and 6,509 committees, the sizes of Shanghai (National Bureau of Statistics, to June 2023).
"""

import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from feedback import formulas
from feedback.breakdowns import Behind, cases_behind
from feedback.case_lists import case_page
from feedback.fates import Choice
from feedback.figures import kept_by, kept_counts, raw_counts
from feedback.tallies import rebuild, refresh
from migrations import runner
from services import embedded
from services.database import Database
from services.settings import Settings

AS_OF = datetime(2026, 1, 15, tzinfo=UTC)
MONTH = (datetime(2025, 9, 30, 16, tzinfo=UTC), datetime(2025, 10, 31, 16, tzinfo=UTC))
ZONE = "Asia/Shanghai"
MONTH_DAYS, YEAR = 31, datetime(2025, 1, 1, tzinfo=UTC)
STALE = 2000
PAGE = 50
LOAD = (
    "SET session_replication_role = replica",
    "SELECT setseed(0.5)",
    """INSERT INTO dossiers SELECT lpad(n::text, 16, '0'), 0, 0, NULL, 0 FROM generate_series(1, :cases) AS n""",
    """
    INSERT INTO cases
    SELECT lpad(n::text, 16, '0'), 1, CASE WHEN done THEN 'closed' ELSE 'handle.working' END,
        CASE WHEN NOT done THEN NULL WHEN luck < 0.75 THEN 'resolved' WHEN luck < 0.85 THEN 'unreachable'
            WHEN luck < 0.9 THEN 'withdrawn' ELSE 'not_surveyed' END,
        CASE WHEN r1 < 0.1 THEN 2 ELSE 1 END,
        (ARRAY['hotline', 'hotline', 'walk_in', 'visit'])[1 + floor(r5 * 4)::int], 'complaint',
        lpad((1 + floor(r3 * 23))::int::text, 2, '0') || '-' || lpad((1 + floor(r4 * 11))::int::text, 2, '0'),
        'c' || place, path || 'c' || place || '/', 's' || place % 234, path, at, at + interval '5 days',
        at + interval '1 day', CASE WHEN r2 < 0.95 THEN at + interval '1 day' * (r3 * 1.2) END, NULL,
        CASE WHEN done THEN at + interval '1 day' * (r4 * 6) END, NULL, (r5 < 0.05)::int, NULL
    FROM (
        SELECT n, at, luck, place, r1, r2, r3, r4, r5, at < '2025-12-25' AND luck < 0.97 AS done,
            '/31/d' || place % 234 % 16 || '/s' || place % 234 || '/' AS path
        FROM (
            SELECT n, CAST(:start AS timestamptz) + :days * interval '1 day' * random() AS at, random() AS luck,
                random() AS r1, random() AS r2, random() AS r3, random() AS r4, random() AS r5,
                (random() * 6508)::int AS place
            FROM generate_series(1, :cases) AS n
        ) AS thrown
    ) AS made
    """,
    """
    INSERT INTO surveys (id, case_no, round, kind, item_type, public_answer, handled_at, sequence, state, issued_at,
        due_at, link_expires_at, attempts, version)
    SELECT gen_random_uuid(), case_no, round, 'handled', item_type, '-', handled_at, 1,
        CASE WHEN outcome = 'resolved' THEN 'answered' ELSE 'unreachable' END, handled_at, handled_at, handled_at, 0, 1
    FROM cases WHERE outcome IN ('resolved', 'unreachable')
    """,
    """
    INSERT INTO answers (id, survey, via, questions, solved, satisfied, reasons, called_at, recorded_at, late, entry,
        content)
    SELECT id, id, 'callback', '2026.1', (ARRAY['solved', 'solved', 'solved', 'partly', 'unsolved'])[1 + luck % 5],
        (ARRAY['satisfied', 'satisfied', 'mostly', 'dissatisfied'])[1 + luck % 4], '[]', issued_at, issued_at, false,
        1, decode(lpad(to_hex(luck), 8, '0'), 'hex')
    FROM (SELECT id, issued_at, (random() * 1000)::int AS luck FROM surveys WHERE state = 'answered') AS told
    """,
    "SET session_replication_role = origin",
)


@dataclass(frozen=True)
class Timed:
    """Medians in milliseconds, kept and raw, of one question."""

    question: str
    kept: float
    raw: float

    @property
    def ratio(self) -> float:
        return self.raw / self.kept


@dataclass(frozen=True)
class Report:
    cases: int
    in_month: int
    loaded: float
    rebuilt: float
    totals: int
    refreshed: float
    timed: tuple[Timed, ...]


class NotEqual(AssertionError):
    """What is kept is not what the raw rows say."""


async def measure(
    server: embedded.Server, cases: int, say: Callable[[str], None] = lambda _: None, *, month_only: bool = False
) -> Report:
    """Load, build the lines and totals, ask; the database is dropped afterwards. `month_only` makes of the year's cases
    those of the month asked for: what its figures read is then of full size."""
    made = round(cases * MONTH_DAYS / 365) if month_only else cases
    spread = {"start": MONTH[0], "days": MONTH_DAYS} if month_only else {"start": YEAR, "days": 365}
    async with _city(server) as database:
        loaded = await _seconds(_loaded(database, {"cases": made, **spread}))
        say(f"{made:,} cases loaded in {loaded:.0f} s")
        rebuilt = await _seconds(_rebuilt(database))
        say(f"lines and totals built in {rebuilt:.0f} s")
        async with database.unit() as session:
            month = (await raw_counts(session, Choice(*MONTH), as_of=AS_OF)).total()
            totals = await session.scalar(text("SELECT count(*) FROM figure_totals"))
            timed = [await _timed(session, name, choice) for name, choice in _questions()]
            timed.append(await _by_district(session))
            timed += [await _listed(session, *each) for each in _lists()]
        refreshed = await _refreshed(database, timed, say)
    return Report(cases, month, loaded, rebuilt, int(totals or 0), refreshed, tuple(timed))


def told(report: Report) -> str:
    """The report in lines for people."""
    lines = [
        f"{report.cases:,} cases in a year, {report.in_month:,} in the month asked for",
        f"lines and totals: built in {report.rebuilt:.0f} s, {report.totals:,} totals",
        f"a refresh of {STALE:,} stale cases: {report.refreshed:.2f} s",
    ]
    lines += [
        f"{each.question}: kept {each.kept:.1f} ms, raw {each.raw:.0f} ms, ratio {each.ratio:.0f}"
        for each in report.timed
    ]
    return "\n".join([*lines, "kept and raw were equal in every question"])


def _questions() -> list[tuple[str, Choice]]:
    whole = Choice(*MONTH)
    return [
        ("the city's month", whole),
        ("a district's month", whole.within(grid="d3")),
        ("a street's month", whole.within(unit="s17")),
        ("a class of issues in a district", whole.within(grid="d3", issue="08")),
        ("an issue in the city's units", whole.within(unit="31", issue="08-04")),
        ("an issue led by a street", whole.within(unit="s17", issue="08-04")),
        ("a channel of a district", whole.within(unit="d3", channel="visit")),
        ("a class of issues by a channel", whole.within(issue="08", channel="hotline")),
        ("a class of issues in the city's units", whole.within(unit="31", issue="08")),
    ]


async def _timed(session: AsyncSession, question: str, choice: Choice) -> Timed:
    kept, fast = await _median(lambda: kept_counts(session, choice, as_of=AS_OF), 9)
    started = time.perf_counter()
    raw = await raw_counts(session, choice, as_of=AS_OF)
    slow = (time.perf_counter() - started) * 1000
    if kept != raw:
        raise NotEqual(question)
    return Timed(question, fast, slow)


async def _by_district(session: AsyncSession) -> Timed:
    whole = Choice(*MONTH)
    kept, fast = await _median(lambda: kept_by(session, whole, "grid", "31", as_of=AS_OF), 5)
    sums = {code: await kept_counts(session, whole.within(grid=code), as_of=AS_OF) for code in kept}
    started = time.perf_counter()
    await raw_counts(session, whole, as_of=AS_OF)
    slow = (time.perf_counter() - started) * 1000
    if sums != kept:
        raise NotEqual("districts")
    return Timed("all 16 districts' month", fast, slow)


def _lists() -> list[tuple[str, Choice, Behind]]:
    whole = Choice(*MONTH)
    return [
        ("the first page of unsolved in the city", whole, Behind("resolution", "unsolved")),
        ("the first page of a part that nothing is in", whole, Behind("recheck", "differed")),
        ("the first page of unsolved of an issue in a district", whole.within(unit="d3", issue="08-04"),
         Behind("resolution", "unsolved")),
    ]  # fmt: skip


async def _listed(session: AsyncSession, question: str, choice: Choice, behind: Behind) -> Timed:
    method = formulas.formulas(Settings(city_preset="shanghai"))
    page = partial(case_page, session, choice, behind, method, start=None, as_of=AS_OF, limit=PAGE)
    (kept, _), fast = await _median(page, 5)
    started = time.perf_counter()
    raw = (await session.execute(cases_behind(choice, behind, method, as_of=AS_OF).limit(PAGE))).all()
    slow = (time.perf_counter() - started) * 1000
    if [row.case_no for row in kept] != [row.case_no for row in raw]:
        raise NotEqual(question)
    return Timed(question, fast, slow)


async def _refreshed(database: Database, timed: list[Timed], say: Callable[[str], None]) -> float:
    """Some cases change: asked while they are stale, and the time of making their lines anew."""
    some = "SELECT case_no FROM cases WHERE received_at >= :at LIMIT :n"
    change = f"UPDATE cases SET disputes = 1 WHERE case_no IN ({some})"  # noqa: S608 (words of our own)
    async with database.unit() as session:
        await session.execute(text(change), {"at": MONTH[0], "n": STALE})
    async with database.unit() as session:
        timed.append(await _timed(session, f"the city's month while {STALE:,} cases are stale", Choice(*MONTH)))
    started = time.perf_counter()
    async with database.unit() as session:
        await refresh(session, as_of=AS_OF, zone=ZONE, most=STALE)
    seconds = time.perf_counter() - started
    async with database.unit() as session:
        timed.append(await _timed(session, "the city's month after it", Choice(*MONTH)))
    say("changed and asked again")
    return seconds


async def _median(ask: Callable[[], Awaitable[Any]], times: int) -> tuple[Any, float]:
    found, spent = await ask(), []
    for _ in range(times):
        started = time.perf_counter()
        found = await ask()
        spent.append((time.perf_counter() - started) * 1000)
    return found, median(spent)


async def _seconds(work: Awaitable[None]) -> float:
    started = time.perf_counter()
    await work
    return time.perf_counter() - started


async def _loaded(database: Database, city: dict[str, Any]) -> None:
    async with database.unit() as session:
        for statement in LOAD:
            used = {name: value for name, value in city.items() if f":{name}" in statement}
            await session.execute(text(statement), used)
    await _analyzed(database)


async def _rebuilt(database: Database) -> None:
    async with database.unit() as session:
        await session.execute(text("SET LOCAL work_mem = '256MB'"))
        await rebuild(session, as_of=AS_OF, zone=ZONE)
    await _analyzed(database)


async def _analyzed(database: Database) -> None:
    async with database.engine.connect() as connection:
        alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await alone.execute(text("VACUUM ANALYZE"))


@asynccontextmanager
async def _city(server: embedded.Server) -> AsyncIterator[Database]:
    """A migrated database of its own, as its owner, dropped at the end."""
    name = f"bench_{secrets.token_hex(4)}"
    engine = create_async_engine(server.url("postgres"), isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(f"CREATE DATABASE {name}"))
    role = f"{name}_role"
    runner.upgrade("feedback", server.url(name), server.url(name, user=role, password=secrets.token_hex(8)))
    database = Database(server.url(name), "feedback", pool_size=1)
    try:
        yield database
    finally:
        await database.close()
        async with engine.connect() as connection:
            await connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
            await connection.execute(text(f"DROP ROLE {role}"))
        await engine.dispose()


def server_of(data: Path) -> embedded.Server:
    """The embedded server of a directory, with the memory a benchmark wants where it is not running yet."""
    return embedded.start(data, options={"shared_buffers": "512MB", "max_wal_size": "4GB", "synchronous_commit": "off"})
