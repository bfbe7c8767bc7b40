"""`gridloop backup` and `gridloop restore`: the three schemas at one moment, and back again, checked."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from services import backup as backups
from services import sealed, standalone
from services.restoring import put_right
from services.rooms import Checked, Room
from services.settings import ServiceName, Settings

DataDir = Annotated[Path, typer.Option(envvar="GRIDLOOP_DATA_DIR", help="Where the data of this installation live.")]
Found = TypeVar("Found")
FAILURES = (backups.BackupFailed, backups.NoBackup, backups.NotEmpty)


def attach(main: typer.Typer, rooms: Mapping[ServiceName, Room], migrate: Callable[[Settings], None]) -> None:
    """The two commands, over the rooms that the composition root names."""

    @main.command()
    def backup(
        folder: Annotated[Path, typer.Argument(help="Where the backup's directory is made.")],
        data_dir: DataDir = Path(".gridloop"),
    ) -> None:
        """Back up the three schemas at one moment, while they run (needs the owner's address). Keys are not in it."""
        with standalone.separate(data_dir) as settings:
            typer.echo(f"{_told(lambda: made(settings, folder))}")

    @main.command()
    def restore(
        place: Annotated[Path, typer.Argument(help="The backup's directory.", exists=True, file_okay=False)],
        replace: Annotated[bool, typer.Option("--replace", help="Destroy what the database holds now.")] = False,
        data_dir: DataDir = Path(".gridloop"),
    ) -> None:
        """Restore a backup, erase again what was erased since, and check chains, seals and keys. Stop all else first.

        The master keys and the log of erasures are given from where they are kept (docs/backup.md).
        """
        with standalone.separate(data_dir) as settings:
            checked = _told(lambda: put_back(settings, place, rooms, migrate, replace=replace))
        for line in checked.seen:
            typer.echo(line)
        for line in checked.faults:
            typer.echo(line, err=True)
        if checked.faults:
            raise typer.Exit(1)
        typer.echo("restored; everything that was checked is as it should be")


def made(settings: Settings, folder: Path) -> Path:
    """Sealed first, so that the manifest holds the roots the restored timelines are compared with."""
    owner = settings.database_url
    if owner is None:
        raise typer.BadParameter("GRIDLOOP_DATABASE_URL is not set: a backup is the owner's")
    return backups.make(owner, folder, asyncio.run(sealed.make(settings)))


def put_back(
    settings: Settings,
    place: Path,
    rooms: Mapping[ServiceName, Room],
    migrate: Callable[[Settings], None],
    *,
    replace: bool = False,
) -> Checked:
    """Loaded, migrated to this version with the roles' rights, put right and checked."""
    owner = settings.database_url
    if owner is None:
        raise typer.BadParameter("GRIDLOOP_DATABASE_URL is not set: a restore is the owner's")
    manifest = backups.load(owner, place, replace=replace)
    migrate(settings)
    return asyncio.run(put_right(settings, rooms, manifest))


def _told(act: Callable[[], Found]) -> Found:
    """What went wrong, in a line."""
    try:
        return act()
    except FAILURES as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
