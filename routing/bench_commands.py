"""`gridloop bench …`: how fast it is on this machine, measured on a synthetic city of full size."""

import json
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated

import typer

from routing import benching
from routing.terms import terms
from services.settings import Settings

app = typer.Typer(help="How fast it is on this machine.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """How fast it is on this machine."""


@app.command("match")
def match_(
    questions: Annotated[int, typer.Option(help="How many by coordinates; a quarter of it by free text.")] = 8000,
    output: Annotated[Path | None, typer.Option("--json", help="Write the figures here.")] = None,
) -> None:
    """Match on 33,614 synthetic micro-grids and 10,000 rows, next to the bare index, the bare model and a rule scan."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as apart:
        model = apart.submit(benching.trained).result()  # training's memory must not count as the city's
    figures = benching.measure(benching.catalogue(model), number=questions, threshold=terms(Settings()).issue_threshold)
    typer.echo(benching.told(figures))
    if output:
        output.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
