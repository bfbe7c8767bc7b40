"""routing as the composition root sees it, and its command on cases: whether the timelines are whole."""

import asyncio
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from routing import bench_commands, lists_commands, repeats_commands
from routing import drafts_commands as drafts_commands  # adds to the lists' commands
from routing import grids_commands as grids_commands  # adds to the lists' commands
from routing import learning_commands as learning_commands  # adds to the lists' commands
from routing.acceptance import DEEM_ACCEPTED, deem_accepted
from routing.api import create_app
from routing.founding import starter
from routing.inbound import handlers
from routing.terms import terms
from routing.verifying import Break, verify_all
from services import standalone
from services.database import Database
from services.queue import Job
from services.rooms import Room, Tools
from services.settings import Settings

cases = typer.Typer(help="Cases: their timelines, repeats and redaction.", no_args_is_help=True)
DataDir = Annotated[Path, typer.Option(envvar="GRIDLOOP_DATA_DIR", help="Where the data of this installation live.")]


@cases.callback()
def _group() -> None:
    """Cases: their timelines, repeats and redaction."""


@cases.command()
def verify(data_dir: DataDir = Path(".gridloop")) -> None:
    """Prove that no timeline entry was changed, removed or exchanged; name the first broken link where one was."""
    with standalone.separate(data_dir) as settings:
        number, broken = asyncio.run(_verified(settings))
    for each in broken:
        typer.echo(f"{each.case_no}: broken at entry {each.entry}", err=True)
    typer.echo(f"{number} timelines, {len(broken)} broken")
    if broken:
        raise typer.Exit(1)


cases.command("evaluate-repeats")(repeats_commands.evaluate_repeats)
cases.command("learn-repeats")(repeats_commands.learn_repeats)


async def _verified(settings: Settings) -> tuple[int, list[Break]]:
    database = Database(settings.database_for("routing"), "routing", pool_size=1)
    try:
        return await verify_all(database)
    finally:
        await database.close()


def jobs(tools: Tools) -> Mapping[str, Job]:
    """What routing's worker does beside carrying messages."""
    return {DEEM_ACCEPTED: partial(_deem_accepted, tools)}


async def _deem_accepted(tools: Tools, payload: bytes) -> None:
    async with tools.database.unit() as session:
        await deem_accepted(session, payload, terms(tools.settings))


ROOM = Room(
    name="routing",
    app=create_app,
    handlers=handlers,
    commands={"lists": lists_commands.app, "cases": cases, "bench": bench_commands.app},
    jobs=jobs,
    starter=starter,
)
