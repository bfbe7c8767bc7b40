"""`gridloop bench register`: single requests against bulk, on this machine."""

import asyncio
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

from intake.bridge import benching
from migrations import runner
from services import standalone

app = typer.Typer(help="How fast it is on this machine.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """How fast it is on this machine."""


@app.command("register")
def register_(
    singles: Annotated[int, typer.Option(min=10, help="Single requests in a round.")] = 1000,
    bulk: Annotated[int, typer.Option(min=10, max=10_000, help="Lines of a bulk request.")] = 10_000,
    rounds: Annotated[int, typer.Option(min=1, help="How often both are measured, in turns.")] = 3,
    output: Annotated[Path | None, typer.Option("--json", help="Write the figures here.")] = None,
) -> None:
    """Register reports one by one and in bulk, on a database of its own, and print both rates and their ratio."""
    with TemporaryDirectory(prefix="gridloop-bench-") as made:
        figures = _run(Path(made), singles=singles, bulk=bulk, rounds=rounds)
    typer.echo(benching.told(figures))
    if output:
        output.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _run(data: Path, **size: int) -> dict[str, Any]:
    with standalone.installation(data, ours=True) as settings:
        runner.upgrade("intake", str(settings.database_url), settings.database_for("intake"))
        return asyncio.run(benching.measure(settings, **size))
