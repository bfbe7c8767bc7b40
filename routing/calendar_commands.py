"""`gridloop calendar …`: the State Council's yearly notice comes in, and what is known of a year is shown."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from routing import notices_kept
from routing.terms import terms
from services import standalone
from services.calendars import Calendar
from services.database import Database
from services.settings import Settings

app = typer.Typer(help="Which days are worked: the State Council's notices.", no_args_is_help=True)
DataDir = Annotated[Path, typer.Option(envvar="GRIDLOOP_DATA_DIR", help="Where the data of this installation live.")]
Found = TypeVar("Found")


@app.callback()
def _group() -> None:
    """Which days are worked: the State Council's notices."""


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A table of date, kind (off or work), name, source.")],
    year: Annotated[int, typer.Option(min=2001, max=2099, help="The year the notice is for.")],
    data_dir: DataDir = Path(".gridloop"),
) -> None:
    """Import the yearly notice (节假日安排); it replaces what was known of that year, in every process."""
    try:
        days = notices_kept.days_of(file, year)
    except (ValueError, OSError) as error:
        typer.echo(f"Not imported: {error}", err=True)
        raise typer.Exit(1) from None

    async def keep(session: AsyncSession, _: Settings) -> None:
        await notices_kept.keep(session, year, days)

    _run(data_dir, keep)
    worked = sum(day.working for day in days.values())
    typer.echo(f"{year}: {len(days) - worked} days off, {worked} worked instead")


@app.command()
def show(
    year: Annotated[int, typer.Argument(min=2001, max=2099, help="Which year.")],
    data_dir: DataDir = Path(".gridloop"),
) -> None:
    """The days of a year that differ from their weekday, with their source; an estimated year is marked."""

    async def look(session: AsyncSession, settings: Settings) -> Calendar:
        await notices_kept.refresh(session, at_once=True)
        return terms(settings).calendar

    calendar = _run(data_dir, look)
    known = "estimated (预估): no notice is known" if calendar.estimated(year) else "by notice"
    typer.echo(f"{year}: {known}")
    for day in days_of(year):
        if special := calendar.special(day):
            typer.echo(f"{day} {'work' if special.working else 'off '} {special.name} · {special.source}")


def days_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=number) for number in range((date(year + 1, 1, 1) - first).days)]


def _run(data_dir: Path, verb: Callable[[AsyncSession, Settings], Awaitable[Found]]) -> Found:
    async def run(settings: Settings) -> Found:
        database = Database(settings.database_for("routing"), "routing", pool_size=1)
        try:
            async with database.unit() as session:
                return await verb(session, settings)
        finally:
            await database.close()

    with standalone.separate(data_dir) as settings:
        return asyncio.run(run(settings))
