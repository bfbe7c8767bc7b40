"""`gridloop lists export-grids` and `import-grids`: the grids as files, at the machine itself."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from routing import grids
from routing.catalogue import NoCatalogue
from routing.city import City, UnknownCode
from routing.city import starter as starter_city
from routing.grid_files import Changes, Form, read, write
from routing.list_files import Unreadable
from routing.lists import ListFaults
from routing.lists_commands import DataDir, app
from routing.terms import terms
from services import standalone
from services.clocks import now
from services.database import Database
from services.secret_files import told_outside
from services.settings import Settings

Found = TypeVar("Found")
HERE = Path(".gridloop")
MOST_FAULTS = 20
SUFFIXES = {
    ".geojson": Form.GEOJSON,
    ".json": Form.GEOJSON,
    ".csv": Form.CSV,
    ".xlsx": Form.XLSX,
    ".gpkg": Form.GEOPACKAGE,
    ".zip": Form.SHAPEFILE,
}
File = Annotated[Path, typer.Argument(help="A file .geojson, .gpkg, .csv or .xlsx; to import also a Shapefile's .zip.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Read and compare only; nothing is kept.")]


@app.command()
def export_grids(
    file: File,
    under: Annotated[str | None, typer.Option(help="Only this grid and those below it.")] = None,
    data_dir: DataDir = HERE,
) -> None:
    """Write the grids to a file; a workbook has their addresses as a second sheet."""
    with _told_plainly():
        city = _city(data_dir)
        if under:
            city.grid(under)
        file.write_bytes(write(city, _written(file), under))
    typer.echo(f"Wrote {file}")


@app.command()
def import_grids(file: File, dry_run: DryRun = False, data_dir: DataDir = HERE) -> None:
    """Change the grids by a file, all or nothing; what it leaves out below a grid it names ends today."""
    with _told_plainly():
        form, day = _form(file), now().astimezone(terms(Settings()).calendar.zone).date()
        if not dry_run and not _installed(data_dir):
            raise Unreadable("there is no installation here to change; `gridloop install` makes one")
        data = file.read_bytes()
        if dry_run:
            typer.echo(_told(read(data, form, _city(data_dir), day=day)))
            typer.echo("Dry run: nothing was kept.")
            return

        async def change(session: AsyncSession) -> tuple[Changes, grids.Effects]:
            await grids.lock(session)
            city, _ = await grids.kept(session)
            changes = read(data, form, city, day=day)
            return changes, await grids.apply(session, changes, day=day, actor=None)

        changes, effects = _asked(data_dir, change)
        typer.echo(_told(changes))
        typer.echo(_units(effects))


def _told(changes: Changes) -> str:
    return (
        f"{len(changes.added)} grids added, {len(changes.changed)} changed, {len(changes.ended)} ended, "
        f"{changes.unchanged} unchanged; {len(changes.addresses)} with other addresses"
    )


def _units(effects: grids.Effects) -> str:
    units = effects.units
    told = f"{len(units.opened)} units opened, {len(units.changed)} changed, {len(units.closed)} closed"
    if effects.open_orders:
        told += f"\n{effects.open_orders} open orders are led by a closed unit: the worker redirects them."
    if effects.rows_astray:
        told += f"\nRows of responsibility that lead astray now: {', '.join(effects.rows_astray)}"
    return told


def _form(file: Path) -> Form:
    if file.suffix.lower() not in SUFFIXES:
        raise Unreadable(f"{file.name} is no .geojson, .gpkg, .csv, .xlsx or .zip")
    return SUFFIXES[file.suffix.lower()]


def _written(file: Path) -> Form:
    form = _form(file)
    if form is Form.SHAPEFILE:
        raise Unreadable("a Shapefile is read, not written; write a .gpkg, which QGIS opens as well")
    return form


def _installed(data: Path) -> bool:
    return (data / standalone.SECRETS).exists() or told_outside("routing_database_url")


def _city(data: Path) -> City:
    """Of the installation, or the starter city where the directory holds none."""
    return _asked(data, grids.kept)[0] if _installed(data) else starter_city()


def _asked(data: Path, question: Callable[[AsyncSession], Awaitable[Found]]) -> Found:
    async def answer(settings: Settings) -> Found:
        database = Database(settings.database_for("routing"), "routing", pool_size=1)
        try:
            async with database.unit() as session:
                return await question(session)
        finally:
            await database.close()

    with standalone.separate(data) as settings:
        return asyncio.run(answer(settings))


@contextmanager
def _told_plainly() -> Iterator[None]:
    try:
        yield
    except ListFaults as broken:
        for fault in broken.faults[:MOST_FAULTS]:
            typer.echo(str(fault), err=True)
        typer.echo(f"{len(broken.faults)} faults; nothing was kept.", err=True)
        raise typer.Exit(1) from None
    except (Unreadable, UnknownCode, NoCatalogue, OSError) as problem:
        typer.echo(str(problem) or type(problem).__doc__, err=True)
        raise typer.Exit(1) from None
