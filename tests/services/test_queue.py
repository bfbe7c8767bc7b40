"""The queue: jobs live and die with their transaction, and outlive workers and databases."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from services import embedded, queue
from services.database import Database
from services.queue import Job, Retry, Schedule, Unreachable, Worker

Eventually = Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]

SOON = Retry(max_attempts=3, first=timedelta(milliseconds=10), longest=timedelta(milliseconds=50))


async def jobs_of(database: Database) -> list[tuple[str, str]]:
    async with database.unit() as session:
        rows = await session.execute(text("SELECT entrypoint, status::text FROM pgqueuer ORDER BY id"))
        return [(row.entrypoint, row.status) for row in rows]


async def nothing_left(database: Database) -> bool:
    return await jobs_of(database) == []


@asynccontextmanager
async def working(database: Database, jobs: Mapping[str, Job], **options: object) -> AsyncIterator[Worker]:
    worker = Worker(database.url, database.service, jobs, **{"retry": SOON, **options})
    running = asyncio.create_task(worker.run())
    yield worker
    worker.stop()
    await asyncio.wait_for(running, 20)


class Memory:
    """A job that remembers what it was given."""

    def __init__(self) -> None:
        self.seen: list[bytes] = []

    async def job(self, payload: bytes) -> None:
        self.seen.append(payload)


async def test_a_rolled_back_change_leaves_no_job(routing: Database) -> None:
    async def change_and_fail() -> None:
        async with routing.unit() as session:
            await queue.enqueue(session, "count", b"1")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await change_and_fail()
    assert await jobs_of(routing) == []


async def test_a_committed_job_is_done_once_and_leaves(routing: Database, eventually: Eventually) -> None:
    memory = Memory()
    async with routing.unit() as session:
        await queue.enqueue(session, "remember", b"once")
    async with working(routing, {"remember": memory.job}):
        await eventually(lambda: nothing_left(routing))
    assert memory.seen == [b"once"]


async def test_a_job_is_taken_up_at_once_when_it_comes_to_an_idle_worker(
    routing: Database, eventually: Eventually
) -> None:
    memory = Memory()
    async with working(routing, {"remember": memory.job}):
        await asyncio.sleep(1)
        began = time.monotonic()
        async with routing.unit() as session:
            await queue.enqueue(session, "remember", b"now")
        await eventually(lambda: nothing_left(routing))
    assert memory.seen == [b"now"]
    assert time.monotonic() - began < 2


async def test_many_jobs_are_written_by_one_statement(routing: Database, statements: list[str]) -> None:
    async with routing.unit() as session:
        await session.connection()
        statements.clear()
        await queue.enqueue_many(session, [queue.Entry("count", bytes([n])) for n in range(20)])
        assert len(statements) == 1
    assert len(await jobs_of(routing)) == 20


async def test_a_second_job_with_the_same_key_is_left_out(routing: Database, eventually: Eventually) -> None:
    async with routing.unit() as session:
        await queue.enqueue(session, "remind", b"first", dedupe="case-1")
        await queue.enqueue(session, "remind", b"second", dedupe="case-1")
        await queue.enqueue(session, "remind", b"other", dedupe="case-2")
    memory = Memory()
    async with working(routing, {"remind": memory.job}):
        await eventually(lambda: nothing_left(routing))
    assert sorted(memory.seen) == [b"first", b"other"]


async def test_a_delayed_job_waits_for_its_time(routing: Database, eventually: Eventually) -> None:
    memory = Memory()
    began = time.monotonic()
    async with routing.unit() as session:
        await queue.enqueue(session, "remember", b"later", after=timedelta(seconds=1.5))
    async with working(routing, {"remember": memory.job}):
        await eventually(lambda: nothing_left(routing))
    assert time.monotonic() - began >= 1.5
    assert memory.seen == [b"later"]


async def test_a_failing_job_is_tried_again_until_it_succeeds(routing: Database, eventually: Eventually) -> None:
    failures = [ValueError("once"), ValueError("twice")]

    async def stumble(_: bytes) -> None:
        await asyncio.sleep(0.4)
        if failures:
            raise failures.pop()

    async with routing.unit() as session:
        await queue.enqueue(session, "stumble", b"")
    async with working(routing, {"stumble": stumble}):
        began = time.monotonic()
        await eventually(lambda: nothing_left(routing))
        assert time.monotonic() - began < 4  # PgQueuer alone would find it when it next looks, after half a heartbeat
    assert failures == []


async def test_a_job_that_never_succeeds_is_held_listed_and_requeued(routing: Database, eventually: Eventually) -> None:
    calls = 0
    broken = True

    async def work(_: bytes) -> None:
        nonlocal calls
        calls += 1
        if broken:
            raise ValueError("the words of a report")

    async with routing.unit() as session:
        await queue.enqueue(session, "work", b"")
    async with working(routing, {"work": work}):
        await eventually(lambda: is_held(routing))
        assert calls == SOON.max_attempts
        (held,) = await queue.failed(routing)
        assert held.entrypoint == "work"
        assert held.reason.startswith("ValueError at test_queue.py:")
        broken = False
        assert await queue.requeue(routing, [held.id]) == 1
        await eventually(lambda: nothing_left(routing))
    assert calls == SOON.max_attempts + 1
    assert await queue.requeue(routing, [held.id]) == 0


async def is_held(database: Database) -> bool:
    return [status for _, status in await jobs_of(database)] == ["failed"]


async def test_the_words_of_an_error_are_stored_nowhere(routing: Database, eventually: Eventually) -> None:
    async def leak(_: bytes) -> None:
        raise ValueError("13812345678")

    async with routing.unit() as session:
        await queue.enqueue(session, "leak", b"")
    async with working(routing, {"leak": leak}):
        await eventually(lambda: is_held(routing))
    async with routing.unit() as session:
        stored = await session.scalar(text("SELECT string_agg(traceback::text, ' ') FROM pgqueuer_log"))
    assert "ValueError" in stored
    assert "13812345678" not in stored


async def test_a_job_that_finds_nobody_is_never_held(routing: Database, eventually: Eventually) -> None:
    """An outage is no fault of the job, and its length no reason to trouble a person."""
    calls = 0

    async def knock(_: bytes) -> None:
        nonlocal calls
        calls += 1
        if calls <= 2 * SOON.max_attempts:
            raise Unreachable("nobody there")

    async with routing.unit() as session:
        await queue.enqueue(session, "knock", b"")
    async with working(routing, {"knock": knock}):
        await eventually(lambda: nothing_left(routing))
    assert calls == 2 * SOON.max_attempts + 1


def test_the_rest_between_attempts_grows_to_a_minute_and_no_further() -> None:
    rests = [Retry().rest(attempts).total_seconds() for attempts in (0, 3, 9, 50, 5000)]
    for rest, longest in zip(rests, [0.5, 4, 60, 60, 60], strict=True):
        assert 0.8 * longest <= rest <= longest


async def test_a_stopped_worker_finishes_what_it_has_in_hand(routing: Database) -> None:
    started, finished = asyncio.Event(), []

    async def slow(_: bytes) -> None:
        started.set()
        await asyncio.sleep(0.5)
        finished.append(True)

    async with routing.unit() as session:
        await queue.enqueue(session, "slow", b"")
    async with working(routing, {"slow": slow}):
        await asyncio.wait_for(started.wait(), 10)
    assert finished == [True]
    assert await jobs_of(routing) == []


async def test_a_cancelled_job_goes_back_and_is_done(routing: Database, eventually: Eventually) -> None:
    """Whoever ends the event loop cancels what runs in it; PgQueuer alone would then delete the job."""
    tasks: list[asyncio.Task[None] | None] = []

    async def endless_at_first(_: bytes) -> None:
        tasks.append(asyncio.current_task())
        if len(tasks) == 1:
            await asyncio.sleep(60)

    async def begun() -> bool:
        return bool(tasks)

    async with routing.unit() as session:
        await queue.enqueue(session, "endless", b"")
    async with working(routing, {"endless": endless_at_first}):
        await eventually(begun)
        assert tasks[0]
        tasks[0].cancel()
        await eventually(lambda: nothing_left(routing))
    assert len(tasks) == 2


async def test_a_schedule_ticks_once_for_two_workers(routing: Database) -> None:
    ticks: list[float] = []

    async def tick() -> None:
        ticks.append(time.monotonic())

    schedules = [Schedule("tick", "* * * * * *", tick)]
    async with working(routing, {}, schedules=schedules), working(routing, {}, schedules=schedules):
        await asyncio.sleep(4)
    assert 2 <= len(ticks) <= 4


async def test_the_depth_tells_what_waits_and_what_is_held(routing: Database) -> None:
    async with routing.unit() as session:
        await queue.enqueue_many(session, [queue.Entry("to_intake", b"") for _ in range(3)])
        await queue.enqueue(session, "remind", b"")
        await session.execute(
            text("UPDATE pgqueuer SET created = now() - interval '1 min' WHERE entrypoint = 'remind'")
        )
        await session.execute(text("UPDATE pgqueuer SET status = 'failed' WHERE id = (SELECT min(id) FROM pgqueuer)"))
    async with routing.unit() as session:
        depth = await queue.depth(session)
    assert (depth["to_intake"].waiting, depth["to_intake"].held) == (2, 1)
    assert depth["remind"].waiting == 1
    assert 59 < depth["remind"].oldest_seconds < 90


async def test_old_log_rows_are_forgotten_but_for_jobs_that_are_still_there(routing: Database) -> None:
    worker = Worker(routing.url, "routing", {})
    async with routing.unit() as session:
        await queue.enqueue(session, "remind", b"")
        await session.execute(text("UPDATE pgqueuer_log SET created = now() - interval '8 days'"))
        await session.execute(
            text("""INSERT INTO pgqueuer_log (created, job_id, status, priority, entrypoint) VALUES
                 (now() - interval '8 days', 0, 'successful', 0, 'gone'), (now(), 0, 'successful', 0, 'fresh')""")
        )
    await worker.forget_old_log()
    async with routing.unit() as session:
        left = await session.scalars(text("SELECT entrypoint FROM pgqueuer_log ORDER BY entrypoint"))
    assert left.all() == ["fresh", "remind"]


DEADLY = """
import asyncio, os, signal, sys
from datetime import timedelta
from services.queue import Retry, Worker

async def job(payload):
    if payload == b"poison":
        os.kill(os.getpid(), signal.SIGKILL)
    await asyncio.sleep(0.1)

retry = Retry(max_deaths=2)
asyncio.run(Worker(sys.argv[1], "routing", {"job": job}, retry=retry, heartbeat=timedelta(seconds=0.4)).run())
"""


async def test_a_job_that_kills_its_worker_is_held_and_its_neighbours_are_done(
    routing: Database, eventually: Eventually
) -> None:
    payloads = [b"good", b"poison", b"good", b"good"]
    async with routing.unit() as session:
        await queue.enqueue_many(session, [queue.Entry("job", payload) for payload in payloads])
    deaths = 0
    while await jobs_of(routing) != [("job", "failed")]:
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", DEADLY, routing.url)
        ended = asyncio.create_task(process.wait())
        await eventually(lambda ended=ended: over(ended, routing))
        deaths += ended.done()
        if not ended.done():
            process.kill()
            await ended
        assert deaths < 8
    assert deaths == 4
    (held,) = await queue.failed(routing)
    assert held.reason.startswith("The worker died")


async def over(ended: asyncio.Task[int], database: Database) -> bool:
    return ended.done() or await jobs_of(database) == [("job", "failed")]


async def test_a_worker_survives_a_restart_of_the_database(
    lone_routing: tuple[Path, Database], eventually: Eventually
) -> None:
    """Its listener is deaf afterwards: not built anew, it would find new jobs only by looking now and then."""
    data, database = lone_routing
    memory = Memory()
    async with working(database, {"remember": memory.job}):
        async with database.unit() as session:
            await queue.enqueue(session, "remember", b"before")
        await eventually(lambda: nothing_left(database))
        await asyncio.to_thread(embedded.stop, data)
        await asyncio.to_thread(embedded.start, data)
        await asyncio.sleep(2)
        began = time.monotonic()
        async with database.unit() as session:
            await queue.enqueue(session, "remember", b"after")
        await eventually(lambda: nothing_left(database))
        assert time.monotonic() - began < 3
    assert memory.seen == [b"before", b"after"]


async def test_a_job_that_fails_while_the_database_is_away_is_not_held(
    lone_routing: tuple[Path, Database], eventually: Eventually
) -> None:
    data, database = lone_routing
    calls = 0

    async def lose_the_database(_: bytes) -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            await asyncio.to_thread(embedded.stop, data)
            raise ValueError

    async with database.unit() as session:
        await queue.enqueue(session, "lose", b"")
    async with working(database, {"lose": lose_the_database}, heartbeat=timedelta(seconds=1)):
        await eventually(lambda: stopped(data))
        await asyncio.sleep(1)
        await asyncio.to_thread(embedded.start, data)
        await eventually(lambda: nothing_left(database))
    assert calls == 2


async def stopped(data: Path) -> bool:
    return not await asyncio.to_thread(embedded.running, data)


def test_the_names_are_not_taken_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TRIGGER", "FUNCTION", "QUEUE_TABLE", "PGQUEUER_PREFIX", "PGQUEUER_SCHEMA", "PGQUEUER_CHANNEL"):
        monkeypatch.setenv(name, "theirs")
    queue.settings_for.cache_clear()
    assert "theirs" not in queue.install_sql("routing")
    assert "ch_routing" in queue.install_sql("routing")
