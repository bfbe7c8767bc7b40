"""feedback for the composition root, and its command: the first administrator of the evaluation body."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from feedback import figures_commands, forgetting, networks, offers, staff
from feedback.anomalies.reviewing import last_month, look
from feedback.anomalies.synthetic import rehearse
from feedback.api import create_app
from feedback.formulas import formulas
from feedback.inbound import handlers
from feedback.models import Dossier
from feedback.public_totals import publish_due
from feedback.recomputing import Differs, recompute
from feedback.simulating import Provider, Scripted
from feedback.simulating.command import serving, simulate
from feedback.surveys import EXPIRE, expire
from feedback.tallies import BATCH, refresh
from feedback.terms import terms
from services import chains, presets, standalone
from services.accounts.samples import make_sample_accounts
from services.clocks import now
from services.database import Database
from services.presets import load
from services.queue import Job, Schedule
from services.roles import Role
from services.rooms import Checked, Room, Sample, Tools
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


@app.command()
def recompute_verdicts(data_dir: DataDir = Path(".gridloop")) -> None:
    """Decide every verdict again under the rule it names; the ones that differ are told, and fail the command."""
    with standalone.separate(data_dir) as settings:
        number, differing = asyncio.run(_recomputed(settings))
    for each in differing:
        typer.echo(f"{each.case_no}  was {each.was}, its rule says {each.now}")
    typer.echo(f"{number} verdicts, {len(differing)} differ")
    if differing:
        raise typer.Exit(1)


async def _recomputed(settings: Settings) -> tuple[int, list[Differs]]:
    database = Database(settings.database_for("feedback"), "feedback", pool_size=1)
    number, after, more = 0, None, True
    differing: list[Differs] = []
    while more:
        async with database.unit() as session:
            seen, found, after = await recompute(session, after=after)
        number, differing, more = number + seen, differing + found, after is not None
    await database.close()
    return number, differing


@app.command()
def find_anomalies(
    start: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day.")] = None,
    end: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="The day after the last.")] = None,
    data_dir: DataDir = Path(".gridloop"),
) -> None:
    """Search a period (without one: last month) for what is too good to be true; what is found waits for a reviewer."""
    with standalone.separate(data_dir) as settings:
        typer.echo(f"{asyncio.run(_found(settings, start, end))} new findings")


async def _found(settings: Settings, start: datetime | None, end: datetime | None) -> int:
    zone = load(settings.city_preset).zone
    first, last = last_month(now(), zone)
    first = start.replace(tzinfo=zone) if start else first
    last = end.replace(tzinfo=zone) if end else last
    database = Database(settings.database_for("feedback"), "feedback", pool_size=1)
    async with database.unit() as session:
        number = await look(session, first, last)
    await database.close()
    return number


@app.command()
def rehearse_anomalies(
    histories: Annotated[int, typer.Option(min=1, help="How many honest months, and as many with gaming.")] = 100,
    seed: Annotated[int, typer.Option(help="Where the histories begin.")] = 1,
) -> None:
    """Measure the tests for gaming on synthetic months: how much they find, and how many false alarms."""
    for name, rates in rehearse(histories, seed=seed).items():
        told = " · ".join(f"{what.replace('_', ' ')} {rate:.2f}" for what, rate in rates.items())
        typer.echo(f"{name:20} {told}")


@asynccontextmanager
async def survey_provider(url: str, secret: str, port: int) -> AsyncIterator[tuple[Scripted, Counter[str]]]:
    """A simulated provider with its ordinary duplicates and faults: what it is to say, and what it counts."""
    manners = Scripted()
    provider = Provider(url, secret, manners)
    async with serving(provider, port):
        yield manners, provider.counts


def jobs(tools: Tools) -> Mapping[str, Job]:
    """What feedback's worker does beside carrying messages."""
    return {EXPIRE: partial(expire_survey, tools), offers.SEND: offers.Sender(tools.settings, tools.database)}


def schedules(tools: Tools) -> Sequence[Schedule]:
    """What feedback does by the clock: surveys go to the provider, figures follow, and what was kept is forgotten."""
    found = [
        Schedule("refresh_figures", "* * * * * */10", partial(refresh_figures, tools)),
        Schedule("publish_totals", "30 3 * * * 0", partial(publish_totals, tools)),
        Schedule("forget_in_time", "23 3 * * *", partial(forget_in_time, tools)),
        Schedule("find_anomalies", "41 3 * * *", partial(find_last_months, tools)),
    ]
    if tools.settings.survey_url:
        found.append(Schedule("offer_surveys", "* * * * * */2", partial(offer_surveys, tools)))
    return found


async def offer_surveys(tools: Tools) -> None:
    """Until nothing is left to be offered."""
    found = 1
    while found:
        async with tools.database.unit() as session:
            found = await offers.gather(session)


async def find_last_months(tools: Tools) -> None:
    """Each night, since answers of the month can be corrected; what was found already stays as it is."""
    async with tools.database.unit() as session:
        await look(session, *last_month(now(), load(tools.settings.city_preset).zone))


async def forget_in_time(tools: Tools) -> None:
    async with tools.database.unit() as session:
        await networks.forget_old(session)


async def expire_survey(tools: Tools, payload: bytes) -> None:
    """The job at a survey's last day."""
    async with tools.database.unit() as session:
        await expire(session, UUID(payload.decode()), terms(tools.settings).rule)


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


async def restored(tools: Tools) -> Checked:
    """Whether the chains are whole after a restore."""
    number, faults = await chains.broken(tools.database, Dossier)
    return Checked([f"feedback: {number} timelines verified"], faults)


ROOM = Room(
    name="feedback",
    app=create_app,
    handlers=handlers,
    commands={
        "evaluation": app,
        "figures": figures_commands.app,
        "bench": figures_commands.bench,
        "simulate": simulate,
    },
    jobs=jobs,
    schedules=schedules,
    retain=forgetting.retain,
    restored=restored,
    starter=starter,
)
