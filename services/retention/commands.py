"""`gridloop retention …`: run the rules now, read what the last runs did, show the rules."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from services import standalone
from services.database import Database
from services.messaging import Peers
from services.retention import rules as rules_
from services.retention import runs
from services.retention.runs import Run
from services.rooms import Room, Tools
from services.settings import MissingSetting, ServiceName, Settings

DataDir = Annotated[Path, typer.Option(envvar="GRIDLOOP_DATA_DIR", help="Where the data of this installation live.")]
HELP = "How long what is kept: the rules, their runs, and what each run erased."


def retention(rooms: Mapping[ServiceName, Room]) -> typer.Typer:
    """The group, over the rooms that the composition root names."""
    app = typer.Typer(help=HELP, no_args_is_help=True)

    @app.command()
    def run(data_dir: DataDir = Path(".gridloop")) -> None:
        """Erase what is due now, in every service this installation can open; the workers do it each night."""
        with standalone.separate(data_dir) as settings:
            _say(asyncio.run(_ran(settings, rooms)))

    @app.command()
    def report(
        last: Annotated[int, typer.Option(min=1, max=400, help="How many runs of each service.")] = 1,
        data_dir: DataDir = Path(".gridloop"),
    ) -> None:
        """What the last runs found due, erased, held back and failed to erase."""
        with standalone.separate(data_dir) as settings:
            _say(asyncio.run(_reported(settings, rooms, last)))

    @app.command()
    def rules(data_dir: DataDir = Path(".gridloop")) -> None:
        """The rules in force: what, how long, after what, ended by what, and on which ground."""
        with standalone.separate(data_dir) as settings:
            for name, rule in rules_.rules(settings).items():
                typer.echo(f"{name}  {rule.keep.days or 1} days after {rule.after}  by {rule.by}  {rule.what}")
                typer.echo(f"    {rule.source}")

    return app


async def _ran(settings: Settings, rooms: Mapping[ServiceName, Room]) -> list[tuple[str, Run]]:
    found: list[tuple[str, Run]] = []
    for tools, room in _open(settings, rooms):
        if room.retain:
            found.append((room.name, await runs.run(tools.database, rules_.rules(settings), room.retain(tools))))
        await _close(tools)
    return found


async def _reported(settings: Settings, rooms: Mapping[ServiceName, Room], number: int) -> list[tuple[str, Run]]:
    found: list[tuple[str, Run]] = []
    for tools, room in _open(settings, rooms):
        async with tools.database.unit() as session:
            found += [(room.name, each) for each in await runs.last(session, number)]
        await _close(tools)
    return found


def _open(settings: Settings, rooms: Mapping[ServiceName, Room]) -> Sequence[tuple[Tools, Room]]:
    """The services whose databases this installation can open."""
    found = []
    for name, room in rooms.items():
        try:
            database = Database(settings.database_for(name), name, pool_size=2)
        except MissingSetting:
            continue
        found.append((Tools(settings, database, Peers(settings, name)), room))
    return found


async def _close(tools: Tools) -> None:
    await tools.peers.close()
    await tools.database.close()


def _say(found: Sequence[tuple[str, Run]]) -> None:
    """One line for each class; a run in which something failed fails the command."""
    failed = 0
    for service, run in found:
        typer.echo(f"{service}  {run.began_at:%Y-%m-%d %H:%M:%S %Z}")
        for each in run.tallies:
            counts = " · ".join(f"{each[name]} {name}" for name in ("due", "erased", "held", "failed"))
            typer.echo(f"  {each['name']:16} {counts}")
            failed += each["failed"]
    if not found:
        typer.echo("no run yet")
    if failed:
        raise typer.Exit(1)
