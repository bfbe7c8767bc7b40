"""`gridloop campaign …`: the long runs of what the suite runs small, on a database of their own that goes again."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from migrations import runner
from routing import storms, sweeping
from routing.founding import starter
from routing.terms import Terms, terms
from routing.verifying import verify_all
from services import logs, standalone
from services.database import Database
from services.messaging import Peers
from services.queue import Schedule, Worker
from services.rooms import Tools
from services.settings import Settings

app = typer.Typer(help="Long runs: what the suite runs small, in full.", no_args_is_help=True)
SWEEPERS = 2
LOOK = 0.5
"""Seconds between two looks at how far a storm has come."""
PATIENCE = 7200.0


@app.callback()
def _group() -> None:
    """Long runs: what the suite runs small, in full."""


@app.command()
def storm(
    orders: Annotated[int, typer.Option(min=30, help="How many are due in one hour.")] = 50_000,
    output: Annotated[Path | None, typer.Option("--json", help="Write the figures here.")] = None,
) -> None:
    """All due in one hour, two workers, one of them killed half-way: in order, nothing skipped, nothing twice."""
    if "GRIDLOOP_DATABASE_URL" in os.environ:
        typer.echo("GRIDLOOP_DATABASE_URL is set: a storm makes its own database and touches no other.", err=True)
        raise typer.Exit(1)
    with tempfile.TemporaryDirectory(prefix="gridloop-storm-") as folder:
        Path(folder).chmod(0o755)
        with standalone.installation(Path(folder), ours=True) as settings:
            logs.configure("error")
            assert settings.database_url
            runner.upgrade("routing", settings.database_url, settings.database_for("routing"))
            figures = asyncio.run(_storm(settings, orders))
    typer.echo("\n".join(f"{name}: {value}" for name, value in figures.items()))
    if output:
        output.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    if not figures["whole"]:
        raise typer.Exit(1)


async def _storm(settings: Settings, orders: int) -> dict[str, Any]:
    database, peers = Database(settings.database_for("routing"), "routing", pool_size=2), Peers(settings, "routing")
    try:
        await starter(Tools(settings, database, peers), [])
        return await weather(database, settings.database_for("routing"), terms(settings), orders)
    finally:
        await peers.close()
        await database.close()


async def weather(database: Database, url: str, agreed: Terms, orders: int) -> dict[str, Any]:
    """Make the storm, let two workers at it, kill one when half is done, and count."""
    began = time.monotonic()
    end = await storms.brew(database, agreed, orders)
    made = time.monotonic() - began
    workers = [_sweeper(url) for _ in range(SWEEPERS)]
    try:
        first = await _until(database, lambda left: left < orders, workers)
        half = await _until(database, lambda left: left <= orders // 2, workers)
        workers[0].send_signal(signal.SIGKILL)
        workers[0].wait()
        last = await _until(database, lambda left: left == 0, workers[1:])
    finally:
        for worker in workers:
            worker.terminate()
            worker.wait()
    counted = await storms.count(database, end)
    verified, broken = await verify_all(database)
    return {
        **asdict(counted),
        "timelines_verified": verified,
        "broken": len(broken),
        "seconds_to_make": round(made, 1),
        "seconds_to_half_with_two_workers": round(half - first, 1),
        "seconds_to_end_with_one": round(last - half, 1),
        "orders_per_second": round(orders / max(last - first, 0.001), 1),
        "whole": counted.whole and not broken,
    }


async def _until(database: Database, reached: Callable[[int], bool], workers: list[subprocess.Popen[bytes]]) -> float:
    """The moment at which so few are left. Raises where a worker ended by itself, or it takes too long."""
    patience = time.monotonic() + PATIENCE
    while not reached(await storms.remaining(database)):
        if any(worker.poll() is not None for worker in workers) or time.monotonic() > patience:
            raise RuntimeError("a worker of the storm ended, or it takes too long")
        await asyncio.sleep(LOOK)
    return time.monotonic()


def _sweeper(url: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "services.cli", "campaign", "sweeper"]
    return subprocess.Popen(command, env={**os.environ, "GRIDLOOP_ROUTING_DATABASE_URL": url})  # noqa: S603 - ourselves, no shell


@app.command(hidden=True)
def sweeper() -> None:
    """One worker of a storm: routing's clock alone, on the queue, until told to stop."""
    settings = Settings()
    logs.configure("error")
    asyncio.run(_swept(settings))


async def _swept(settings: Settings) -> None:
    database = Database(settings.database_for("routing"), "routing", pool_size=sweeping.LANES)
    worker = Worker(
        settings.database_for("routing"),
        "routing",
        {sweeping.SWEEP: partial(sweeping.lane, database, terms(settings))},
        schedules=[Schedule("clock", "* * * * * */2", partial(sweeping.tick, database))],
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, worker.stop)
    await worker.run()
    await database.close()
