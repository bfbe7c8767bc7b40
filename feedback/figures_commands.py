"""`gridloop figures …` and `gridloop bench figures`: what the evaluation body does with figures by hand."""

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from feedback import benching
from services import embedded

bench = typer.Typer(help="How fast it is on this machine.", no_args_is_help=True)


@bench.command("figures")
def bench_figures(
    cases: Annotated[int, typer.Option(min=1000, help="How many synthetic cases, over one year.")] = 200_000,
    data_dir: Annotated[Path | None, typer.Option(help="Where to build it; a temporary place without it.")] = None,
) -> None:
    """A month's figures of a synthetic city: kept totals against the raw count, in the same run, equal or it fails."""
    place = data_dir or Path(tempfile.mkdtemp(prefix="gridloop-bench-"))
    running = embedded.running(place)
    try:
        report = asyncio.run(benching.measure(benching.server_of(place), cases, typer.echo))
        typer.echo(benching.told(report))
    finally:
        if not running:
            embedded.stop(place)
        if data_dir is None:
            embedded.reset(place)
            shutil.rmtree(place, ignore_errors=True)
