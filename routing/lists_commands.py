"""`gridloop lists …`: how well the matcher reads issues and places, measured on a file of texts."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from routing import evaluating
from routing.catalogue import Catalogue, current
from routing.terms import terms
from services import standalone
from services.database import Database
from services.secret_files import told_outside
from services.settings import Settings

app = typer.Typer(help="The issue list and the responsibility list.", no_args_is_help=True)
DataDir = Annotated[Path, typer.Option(envvar="GRIDLOOP_DATA_DIR", help="Where the data of this installation live.")]


@app.callback()
def _group() -> None:
    """The issue list and the responsibility list."""


@app.command()
def evaluate(
    issues: Annotated[Path | None, typer.Option(help="Lines `{id, text, l1, also?}`.", exists=True)] = None,
    places: Annotated[
        Path | None, typer.Option(help="Lines `{id, text, hint_district?, expect}`.", exists=True)
    ] = None,
    output: Annotated[Path | None, typer.Option("--json", help="Write the figures and the single cases here.")] = None,
    data_dir: DataDir = Path(".gridloop"),
) -> None:
    """Measure the matcher on texts with known answers, without a server; an empty directory means the starter city."""
    if not (issues or places):
        raise typer.BadParameter("name --issues FILE, --places FILE or both")
    with snapshot(data_dir) as (catalogue, threshold):
        figures: dict[str, Any] = {}
        if issues:
            figures |= evaluating.issues(catalogue, evaluating.lines(issues), threshold)
        if places:
            found = evaluating.places(catalogue, evaluating.lines(places))
            cases = figures.get("cases", []) + found["cases"]
            figures = {**figures, **found, "cases": cases}
    typer.echo(evaluating.told(figures))
    if output:
        output.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


@contextmanager
def snapshot(data: Path) -> Iterator[tuple[Catalogue, float]]:
    """The catalogue of the installation, or the starter city's where the directory holds none; and the threshold."""
    if not (data / standalone.SECRETS).exists() and not told_outside("routing_database_url"):
        yield Catalogue.starter(), terms(Settings()).issue_threshold
        return
    with standalone.separate(data) as settings:
        yield asyncio.run(_current(settings)), settings.issue_threshold


async def _current(settings: Settings) -> Catalogue:
    database = Database(settings.database_for("routing"), "routing", pool_size=1)
    try:
        async with database.unit() as session:
            return await current(session)
    finally:
        await database.close()
