"""feedback for the composition root, and its command: the first administrator of the evaluation body."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from feedback import networks, offers, photos, staff
from feedback.api import create_app
from feedback.inbound import handlers
from feedback.surveys import EXPIRE, expire
from feedback.terms import terms
from services import standalone
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
    return {EXPIRE: partial(expire_survey, tools), offers.SEND: offers.Sender(tools.settings, tools.database)}


def schedules(tools: Tools) -> Sequence[Schedule]:
    """What feedback does by the clock: offer surveys where there is a provider, and forget what is kept for a while."""
    found = [Schedule("forget_in_time", "23 3 * * *", partial(forget_in_time, tools))]
    if tools.settings.survey_url:
        found.append(Schedule("offer_surveys", "* * * * * */5", partial(offer_surveys, tools)))
    return found


async def offer_surveys(tools: Tools) -> None:
    """Until nothing is left to be offered."""
    found = 1
    while found:
        async with tools.database.unit() as session:
            found = await offers.gather(session)


async def forget_in_time(tools: Tools) -> None:
    async with tools.database.unit() as session:
        await networks.forget_old(session)
        await photos.forget_old(session)


async def expire_survey(tools: Tools, payload: bytes) -> None:
    """The job at a survey's last day."""
    async with tools.database.unit() as session:
        await expire(session, UUID(payload.decode()), terms(tools.settings).rule)


async def starter(tools: Tools, samples: Sequence[Sample]) -> None:
    """The sample keys of the evaluation body."""
    async with tools.database.unit() as session:
        await staff.make_samples(session, samples)


ROOM = Room(
    name="feedback",
    app=create_app,
    handlers=handlers,
    commands={"evaluation": app},
    jobs=jobs,
    schedules=schedules,
    starter=starter,
)
