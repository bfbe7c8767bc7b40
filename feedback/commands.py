"""feedback for the composition root, and its command: the first administrator of the evaluation body."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from feedback import figures_commands, staff
from feedback.api import create_app
from feedback.formulas import formulas
from feedback.inbound import handlers
from feedback.public_totals import publish_due
from feedback.surveys import EXPIRE, expire
from feedback.tallies import BATCH, refresh
from feedback.terms import terms
from services import presets, standalone
from services.accounts.samples import make_sample_accounts
from services.clocks import now
from services.database import Database
from services.queue import Job, Schedule
from services.roles import Role
from services.rooms import Room, Sample, Tools
from services.settings import Settings

app = typer.Typer(help="The evaluation body: who calls back, and the figures.", no_args_is_help=True)
DataDir = Annotated[Path, typer.Option(envvar="GRIDLOOP_DATA_DIR", help="Where the data of this installation live.")]


@app.command()
def appoint(
    name: Annotated[str, typer.Argument(help="How the administrator is called in lists.")],
    data_dir: DataDir = Path(".gridloop"),
) -> None:
    """Make an administrator of the evaluation body and show its key, once: it appoints callers and evaluators."""
    with standalone.separate(data_dir) as settings:
        key = asyncio.run(_appointed(settings, name))
    typer.echo(key)


async def _appointed(settings: Settings, name: str) -> str:
    database = Database(settings.database_for("feedback"), "feedback", pool_size=1)
    async with database.unit() as session:
        await staff.make_samples(session, [])
        person, _ = await staff.appoint(session, name=name, roles=[Role.ADMINISTRATOR])
        _, key = await staff.hand_key(session, person=person)
    await database.close()
    return key


def jobs(tools: Tools) -> Mapping[str, Job]:
    """What feedback's worker does beside carrying messages."""
    return {EXPIRE: partial(expire_survey, tools)}


async def expire_survey(tools: Tools, payload: bytes) -> None:
    """The job at a survey's last day."""
    async with tools.database.unit() as session:
        await expire(session, UUID(payload.decode()), terms(tools.settings).rule)


def schedules(tools: Tools) -> Sequence[Schedule]:
    """The figures' clocks: stale lines every ten seconds, the public totals once a day."""
    return (
        Schedule("refresh_figures", "* * * * * */10", partial(refresh_figures, tools)),
        Schedule("publish_totals", "30 3 * * * 0", partial(publish_totals, tools)),
    )


async def refresh_figures(tools: Tools) -> None:
    """Make the lines of all stale cases anew, some at a time."""
    zone = presets.load(tools.settings.city_preset).zone.key
    while True:
        async with tools.database.unit() as session:
            taken = await refresh(session, as_of=now(), zone=zone)
        if taken < BATCH // 2:
            return


async def publish_totals(tools: Tools) -> None:
    """Publish the newest month whose time has come, once."""
    zone = presets.load(tools.settings.city_preset).zone
    async with tools.database.unit() as session:
        await publish_due(session, formulas(tools.settings), zone)


async def starter(tools: Tools, samples: Sequence[Sample]) -> None:
    """The sample keys of the evaluation body, and its people's accounts."""
    async with tools.database.unit() as session:
        await staff.make_samples(session, samples)
    await make_sample_accounts(tools, [each for each in samples if each.unit == staff.CENTRE])


ROOM = Room(
    name="feedback",
    app=create_app,
    handlers=handlers,
    commands={"evaluation": app, "figures": figures_commands.app, "bench": figures_commands.bench},
    jobs=jobs,
    schedules=schedules,
    starter=starter,
)
