"""`gridloop bench worklists` and `pages`: over a million orders, on an embedded PostgreSQL that is removed after."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

from migrations import runner
from routing.bench_commands import app
from routing.benching import lists, pages
from routing.benching.desks import Desk
from services import embedded, standalone
from services.roles import Role
from services.settings import Settings

Measured = dict[str, Any]
Measure = Callable[[Settings, list[Desk]], Coroutine[Any, Any, Measured]]
ROOMY = {"shared_buffers": "1GB", "work_mem": "16MB"}
"""What docs/worklists.md tells to give a PostgreSQL with a million orders."""
Orders = Annotated[int, typer.Option(min=1000, help="How many synthetic orders.")]
Output = Annotated[Path | None, typer.Option("--json", help="Write the figures here.")]
Kept = Annotated[Path | None, typer.Option(help="Keep the filled database here, and use it again.")]


@app.command("worklists")
def worklists_(
    orders: Orders = 1_000_000,
    rounds: Annotated[int, typer.Option(min=2, help="How often each list is asked for.")] = 10,
    output: Output = None,
    data_dir: Kept = None,
) -> None:
    """Every list × role × filter that matters through the app, with p50, p95 and how PostgreSQL finds it."""

    async def measure(settings: Settings, desks: list[Desk]) -> Measured:
        return await lists.measure(settings, desks, rounds=rounds)

    _told(_measured(data_dir, orders, measure), lists.told, output)


@app.command("pages")
def pages_(
    orders: Orders = 1_000_000,
    rounds: Annotated[int, typer.Option(min=2, help="How often each page is asked for.")] = 20,
    output: Output = None,
    data_dir: Kept = None,
) -> None:
    """Every page of every desk through the app: p50 and p95, also as multiples of a page that shows no order."""

    async def measure(settings: Settings, desks: list[Desk]) -> Measured:
        return await pages.measure(settings, await pages.cases(settings, desks), rounds=rounds)

    _told(_measured(data_dir, orders, measure), pages.told, output)


def _measured(data_dir: Path | None, orders: int, measure: Measure) -> Measured:
    if data_dir:
        return _run(data_dir, orders, measure)
    with TemporaryDirectory(prefix="gridloop-bench-") as made:
        return _run(Path(made), orders, measure)


def _run(data: Path, orders: int, measure: Measure) -> Measured:
    with _filled(data, orders) as (settings, desks):
        return {"orders": orders, **asyncio.run(measure(settings, desks))}


@contextmanager
def _filled(data: Path, orders: int) -> Iterator[tuple[Settings, list[Desk]]]:
    """A running database with that many orders; who asks is kept beside it: their keys open nothing else."""
    kept = data / "desks.json"
    embedded.start(data, options=ROOMY)
    with standalone.installation(data, ours=True) as settings:
        if not kept.exists():
            runner.upgrade("routing", str(settings.database_url), settings.database_for("routing"))
            made = asyncio.run(lists.prepare(settings, orders))
            kept.write_text(json.dumps([asdict(desk) for desk in made]), "utf-8")
        told = json.loads(kept.read_text("utf-8"))
        yield settings, [Desk(**{**each, "role": Role(each["role"])}) for each in told]


def _told(figures: Measured, told: Callable[[Measured], str], output: Path | None) -> None:
    typer.echo(told(figures))
    if output:
        output.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
