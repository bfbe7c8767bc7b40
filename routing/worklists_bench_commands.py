"""`gridloop bench worklists`: lists of a million orders, on an embedded PostgreSQL of its own that is removed after."""

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from migrations import runner
from routing.bench_commands import app
from routing.benching import lists
from routing.benching.desks import Desk
from services import standalone
from services.roles import Role


@app.command("worklists")
def worklists_(
    orders: Annotated[int, typer.Option(min=1000, help="How many synthetic orders.")] = 1_000_000,
    rounds: Annotated[int, typer.Option(min=2, help="How often each list is asked for.")] = 10,
    output: Annotated[Path | None, typer.Option("--json", help="Write the figures here.")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Keep the filled database here, and use it again.")] = None,
) -> None:
    """Every list × role × filter that matters through the app, with p50, p95 and how PostgreSQL finds it."""
    if data_dir:
        return _run(data_dir, orders, rounds, output)
    with TemporaryDirectory(prefix="gridloop-bench-") as made:
        return _run(Path(made), orders, rounds, output)


def _run(data: Path, orders: int, rounds: int, output: Path | None) -> None:
    """Who asks is kept beside a kept database: their keys open nothing else."""
    kept = data / "desks.json"
    with standalone.installation(data, ours=True) as settings:
        if not kept.exists():
            runner.upgrade("routing", str(settings.database_url), settings.database_for("routing"))
            made = asyncio.run(lists.prepare(settings, orders))
            kept.write_text(json.dumps([asdict(desk) for desk in made]), "utf-8")
        told = json.loads(kept.read_text("utf-8"))
        desks = [Desk(**{**each, "role": Role(each["role"])}) for each in told]
        figures = {"orders": orders, **asyncio.run(lists.measure(settings, desks, rounds=rounds))}
    typer.echo(lists.told(figures))
    if output:
        output.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
