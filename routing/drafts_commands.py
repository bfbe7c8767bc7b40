"""`gridloop lists …` on whole lists: export, template, import, the coverage proof, the replay of past orders.

All but a real import only read. Without an installation in the data directory they work on the starter city.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from routing import coverage, drafts, past_orders, shelves
from routing.catalogue import NoCatalogue
from routing.city import City
from routing.city import starter as starter_city
from routing.list_files import Unreadable, read_lists, write_lists
from routing.list_shelves import lists_at
from routing.lists import ListFaults, Lists, starter_lists
from routing.lists.workbook import template as empty_workbook
from routing.lists_commands import DataDir, app
from routing.models import CatalogueState
from routing.publishing import told as coverage_told
from routing.replay import Differences, replay
from routing.replay.differences import PastOrder
from routing.terms import terms
from services import standalone
from services.clocks import now
from services.database import Database
from services.problems import Problem
from services.secret_files import told_outside
from services.settings import Settings

Found = TypeVar("Found")
HERE = Path(".gridloop")
MOST_LINES = 17
"""Of findings; with the totals, the rest and the rows that lead astray they fill 20 lines."""
Number = Annotated[int | None, typer.Option("--version", help="A version; without it the published one.")]
Figures = Annotated[Path | None, typer.Option("--json", help="Write the figures here.")]


@app.command()
def export(
    target: Annotated[Path, typer.Argument(help="A file .xlsx, or a directory for two CSV files.")],
    version: Number = None,
    data_dir: DataDir = HERE,
) -> None:
    """Write both lists as a workbook, or as issues.csv and responsibilities.csv into a directory."""
    with _told_plainly():
        _, lists = _city_and_lists(data_dir, version)
        write_lists(lists, target)
    typer.echo(f"{target}: {_size(lists)}")


@app.command()
def template(file: Annotated[Path, typer.Argument(help="The workbook to write.")]) -> None:
    """Write an empty workbook to fill in, with an explanation and one example row each."""
    file.write_bytes(empty_workbook())
    typer.echo(f"Wrote {file}")


Source = Annotated[Path, typer.Argument(exists=True, help="A file .xlsx, one list as .csv, or a directory with both.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Read and compare only; nothing is kept.")]


@app.command(name="import")
def import_(source: Source, dry_run: DryRun = False, data_dir: DataDir = HERE) -> None:
    """Make a draft from a file, all or nothing; each fault names sheet, row, column, value, rule and remedy."""
    with _told_plainly():
        before = _city_and_lists(data_dir, None)[1]
        lists = read_lists(source, before)
        typer.echo(_size(lists))
        for sheet, change in asdict(drafts.changes(before, lists)).items():
            typer.echo(f"  {sheet}: " + ", ".join(f"{len(names)} {what}" for what, names in change.items()))
        if dry_run:
            typer.echo("Dry run: nothing was kept.")
        elif not _installed(data_dir):
            raise Unreadable("there is no installation here to keep a draft; `gridloop install` makes one")
        else:
            number = _asked(data_dir, lambda session, _: _made(session, lists, source.name))
            typer.echo(f"Draft {number}. Next: check it, then let a publisher publish it.")


async def _made(session: AsyncSession, lists: Lists, name: str) -> int:
    return (await drafts.make(session, lists, actor=None, source=name)).number


@app.command()
def check(
    version: Number = None,
    file: Annotated[Path | None, typer.Option(exists=True, help="Lists that are not imported yet.")] = None,
    output: Figures = None,
    data_dir: DataDir = HERE,
) -> None:
    """Prove that every issue has exactly one lead in every grid on every day from today on, or list the gaps."""
    with _told_plainly():
        city, lists = _city_and_lists(data_dir, None if file else version)
        lists = read_lists(file, lists) if file else lists
    day = now().astimezone(terms(Settings()).calendar.zone).date()
    found = coverage.check(lists, city, day=day)
    typer.echo(f"{_size(lists)}: {found.pairs} pairs of issue and grid, {len(found.intervals)} intervals from {day}")
    for line in found.told(MOST_LINES):
        typer.echo(line)
    if found.astray:
        typer.echo(f"{len(found.astray)} rows name a grid that does not exist: {', '.join(found.astray[:10])}")
    if output:
        _write(output, coverage_told(found, day, 0))
    if not found.ok:
        raise typer.Exit(1)
    typer.echo("Every pair has exactly one lead.")


@app.command(name="replay")
def replay_(
    draft: Annotated[str, typer.Option(help="The number of a version, or a file.")],
    limit: Annotated[int, typer.Option(min=1, help="So many of the newest orders.")] = past_orders.MOST,
    output: Figures = None,
    data_dir: DataDir = HERE,
) -> None:
    """Decide past orders again under a draft and show what would change; nothing is written."""
    with _told_plainly():
        if not _installed(data_dir):
            raise Unreadable("there are no past orders here; `gridloop up` or `gridloop demo` makes an installation")
        number = int(draft) if draft.isdigit() else None
        city, before = _city_and_lists(data_dir, None)
        after = _city_and_lists(data_dir, number)[1] if number else read_lists(Path(draft), before)
        orders = _asked(data_dir, lambda session, settings: _past(session, settings, limit))
    found = replay(orders, before, after, city)
    for line in found.told(city, MOST_LINES):
        typer.echo(line)
    if output:
        _write(output, TypeAdapter(Differences).dump_python(found, mode="json"))


async def _past(session: AsyncSession, settings: Settings, limit: int) -> list[PastOrder]:
    return await past_orders.newest(session, terms(settings).calendar.zone, limit=limit)


def _installed(data: Path) -> bool:
    return (data / standalone.SECRETS).exists() or told_outside("routing_database_url")


def _city_and_lists(data: Path, version: int | None) -> tuple[City, Lists]:
    """Of the installation, or the starter city's where the directory holds none."""
    if _installed(data):
        return _asked(data, lambda session, _: _kept(session, version))
    if version not in (None, 1):
        raise Unreadable(f"there is no installation here, and so no version {version}")
    return starter_city(), starter_lists()


async def _kept(session: AsyncSession, version: int | None) -> tuple[City, Lists]:
    if await session.get(CatalogueState, 1) is None:
        raise NoCatalogue
    if version is not None:
        await drafts.find(session, version)
    city = shelves.city_of(await shelves.read_city(session))
    if version is not None:
        return city, await lists_at(session, version)
    return city, shelves.lists_of(await shelves.read_lists(session))


def _asked(data: Path, question: Callable[[AsyncSession, Settings], Awaitable[Found]]) -> Found:
    """The answer of the installation's database, in one transaction."""

    async def answer(settings: Settings) -> Found:
        database = Database(settings.database_for("routing"), "routing", pool_size=1)
        try:
            async with database.unit() as session:
                return await question(session, settings)
        finally:
            await database.close()

    with standalone.separate(data) as settings:
        return asyncio.run(answer(settings))


@contextmanager
def _told_plainly() -> Iterator[None]:
    """What is wrong with a file or a number, as lines on the terminal."""
    try:
        yield
    except ListFaults as broken:
        for fault in broken.faults[:20]:
            typer.echo(str(fault), err=True)
        typer.echo(f"{len(broken.faults)} faults; nothing was kept.", err=True)
        raise typer.Exit(1) from None
    except (Unreadable, Problem, NoCatalogue) as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(1) from None


def _size(lists: Lists) -> str:
    return f"{len(lists.issues)} issues, {len(lists.responsibilities.rows)} rows of responsibility"


def _write(file: Path, figures: dict[str, Any]) -> None:
    file.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
