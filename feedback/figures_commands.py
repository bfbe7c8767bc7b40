"""`gridloop figures …` and `gridloop bench figures`: what the evaluation body does with figures by hand."""

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from feedback import benching, report_page, report_pdf
from feedback.formulas import formulas
from feedback.monthly import gather
from feedback.public_totals import TooEarly, publish
from feedback.tallies import rebuild
from services import embedded, presets, standalone
from services.clocks import now
from services.database import Database
from services.settings import Settings

app = typer.Typer(help="Figures: the monthly report, what is published, and the kept totals.", no_args_is_help=True)
bench = typer.Typer(help="How fast it is on this machine.", no_args_is_help=True)
DataDir = Annotated[Path, typer.Option(envvar="GRIDLOOP_DATA_DIR", help="Where the data of this installation live.")]
MonthName = Annotated[str, typer.Option("--month", help="The month, as 2026-10.")]
Work = Callable[[AsyncSession, Settings], Awaitable[None]]


@app.command()
def report(
    month: MonthName,
    out: Annotated[Path, typer.Option(help="The folder to write to.")] = Path(),
    unit: Annotated[str | None, typer.Option(help="Of this unit and all below it; without it, of all.")] = None,
    data_dir: DataDir = Path(".gridloop"),
) -> None:
    """Write a month's report (月报) in Chinese, as a page and as a PDF to send around."""
    day = _month(month)

    async def written(session: AsyncSession, settings: Settings) -> None:
        zone = presets.load(settings.city_preset).zone
        facts = await gather(session, day, formulas(settings), zone, unit=unit, as_of=now())
        out.mkdir(parents=True, exist_ok=True)
        for ending, body in (("html", report_page.page(facts).encode()), ("pdf", report_pdf.pdf(facts))):
            file = out / f"report-{month}.{ending}"
            file.write_bytes(body)
            typer.echo(f"Wrote {file}")

    _with_session(data_dir, written)


@app.command("publish")
def publish_(month: MonthName, data_dir: DataDir = Path(".gridloop")) -> None:
    """Publish a month's totals per street; the worker does it by itself three weeks after the month's end."""
    day = _month(month)

    async def published(session: AsyncSession, settings: Settings) -> None:
        zone = presets.load(settings.city_preset).zone
        try:
            new = await publish(session, day, formulas(settings), zone)
        except TooEarly as problem:
            typer.echo(f"{month}: {problem.detail}", err=True)
            raise typer.Exit(1) from None
        typer.echo(f"{month} is published" + ("" if new else " already, and stays as it is"))

    _with_session(data_dir, published)


@app.command("rebuild")
def rebuild_(data_dir: DataDir = Path(".gridloop")) -> None:
    """Throw the kept lines and totals away and make them from the raw rows (after a change of the city's zone)."""

    async def rebuilt(session: AsyncSession, settings: Settings) -> None:
        await rebuild(session, as_of=now(), zone=presets.load(settings.city_preset).zone.key)
        typer.echo("Lines and totals are made anew")

    _with_session(data_dir, rebuilt)


@bench.command("figures")
def bench_figures(
    cases: Annotated[int, typer.Option(min=1000, help="How many synthetic cases, over one year.")] = 200_000,
    month_only: Annotated[bool, typer.Option("--month-only", help="Make only the month's share of the year.")] = False,
    data_dir: Annotated[Path | None, typer.Option(help="Where to build it; a temporary place without it.")] = None,
) -> None:
    """A month's figures of a synthetic city: kept totals against the raw count, in the same run, equal or it fails."""
    place = data_dir or Path(tempfile.mkdtemp(prefix="gridloop-bench-"))
    running = embedded.running(place)
    try:
        measured = benching.measure(benching.server_of(place), cases, typer.echo, month_only=month_only)
        typer.echo(benching.told(asyncio.run(measured)))
    finally:
        if not running:
            embedded.stop(place)
        if data_dir is None:
            embedded.reset(place)
            shutil.rmtree(place, ignore_errors=True)


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise typer.BadParameter("is a month, as 2026-10", param_hint="--month") from None


def _with_session(data_dir: Path, work: Work) -> None:
    async def done(settings: Settings) -> None:
        database = Database(settings.database_for("feedback"), "feedback", pool_size=1)
        try:
            async with database.unit() as session:
                await work(session, settings)
        finally:
            await database.close()

    with standalone.separate(data_dir) as settings:
        asyncio.run(done(settings))
