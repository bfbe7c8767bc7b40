"""routing as the composition root sees it, and its command on cases: whether the timelines are whole."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from routing import (
    bench_commands,
    calendar_commands,
    campaign_commands,
    checkup,
    forgetting,
    lifecycle_page,
    lists_commands,
    repeats_commands,
    sweeping,
)
from routing import drafts_commands as drafts_commands  # adds to the lists' commands
from routing import grids_commands as grids_commands  # adds to the lists' commands
from routing import learning_commands as learning_commands  # adds to the lists' commands
from routing import races_commands as races_commands  # adds to the campaigns
from routing import worklists_bench_commands as worklists_bench_commands  # adds to the benches
from routing.abolished import REDIRECT_ABOLISHED, redirect_left_behind, redirect_orders
from routing.api import create_app
from routing.events import feed
from routing.events.asyncapi import document as asyncapi_document
from routing.founding import starter
from routing.inbound import handlers
from routing.models import Order
from routing.terms import terms
from routing.verifying import Break, verify_all
from services import chains, sealed, standalone
from services.accounts.commands import account
from services.database import Database
from services.queue import Job, Schedule
from services.rooms import Checked, Room, Tools
from services.settings import Settings

cases = typer.Typer(help="Cases: their timelines, repeats and redaction.", no_args_is_help=True)
DataDir = Annotated[Path, typer.Option(envvar="GRIDLOOP_DATA_DIR", help="Where the data of this installation live.")]


@cases.callback()
def _group() -> None:
    """Cases: their timelines, repeats and redaction."""


@cases.command()
def verify(
    data_dir: DataDir = Path(".gridloop"),
    against: Annotated[Path | None, typer.Option(help="Roots that were kept elsewhere (`cases seal --out`).")] = None,
) -> None:
    """Prove that no timeline entry was changed, removed or exchanged; name the first broken link where one was."""
    with standalone.separate(data_dir) as settings:
        number, broken = asyncio.run(_verified(settings))
        faults = asyncio.run(sealed.compare(settings, sealed.read(against))) if against else []
    for each in broken:
        typer.echo(f"{each.case_no}: broken at entry {each.entry}", err=True)
    for fault in faults:
        typer.echo(sealed.told(fault), err=True)
    typer.echo(f"{number} timelines, {len(broken)} broken" + (f", {len(faults)} unlike the seals" if against else ""))
    if broken or faults:
        raise typer.Exit(1)


@cases.command("seal")
def seal_(
    out: Annotated[Path, typer.Option(help="Where the roots are written, one a line; keep the file elsewhere.")],
    data_dir: DataDir = Path(".gridloop"),
) -> None:
    """Seal all timelines as they are now, beside the daily seal, and write down every root there is."""
    with standalone.separate(data_dir) as settings:
        kept = asyncio.run(sealed.make(settings))
    sealed.write(out, kept)
    typer.echo(f"{len(kept)} roots in {out}")


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
    return {sweeping.SWEEP: partial(_lane, tools), REDIRECT_ABOLISHED: partial(_redirect_abolished, tools)}


async def _redirect_abolished(tools: Tools, payload: bytes) -> None:
    await redirect_orders(tools.database, payload, terms(tools.settings))


async def _forget_events(tools: Tools) -> None:
    async with tools.database.unit() as session:
        await feed.forget(session, days=tools.settings.events_kept_days)


async def _redirect_left_behind(tools: Tools) -> None:
    await redirect_left_behind(tools.database, terms(tools.settings))


async def _lane(tools: Tools, payload: bytes) -> None:
    await sweeping.lane(tools.database, terms(tools.settings), payload)


def schedules(tools: Tools) -> Sequence[Schedule]:
    """The clock looks every ten seconds whether something is due; orders of units that are gone are looked for too."""
    return [
        Schedule("clock", "* * * * * */10", partial(sweeping.tick, tools.database)),
        Schedule("number_events", "* * * * * */10", partial(feed.number_all, tools.database)),
        Schedule("forget_events", "23 * * * * 0", partial(_forget_events, tools)),
        Schedule("redirect_left_behind", "*/10 * * * *", partial(_redirect_left_behind, tools)),
    ]


def asyncapi() -> str:
    """The text of asyncapi.yaml."""
    return asyncapi_document()


async def _restored(tools: Tools) -> Checked:
    number, faults = await chains.broken(tools.database, Order)
    return Checked([f"routing: {number} timelines verified"], faults)


ROOM = Room(
    name="routing",
    app=create_app,
    handlers=handlers,
    commands={
        "lists": lists_commands.app,
        "cases": cases,
        "bench": bench_commands.app,
        "calendar": calendar_commands.app,
        "campaign": campaign_commands.app,
        "account": account,
    },
    jobs=jobs,
    checks=checkup.checks,
    schedules=schedules,
    retain=forgetting.retain,
    restored=_restored,
    starter=starter,
    pages={"lifecycle.md": lifecycle_page.render},
)
