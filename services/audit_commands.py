"""The audit from the command line: whether its chains hold, and letting go of what is over by the rule of its class."""

import asyncio
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from services import audit_chain, audit_cover, presets, standalone
from services.audit_chain import Kept
from services.audit_cover import Uncovered
from services.clocks import now
from services.database import Database
from services.retention.rules import rules
from services.settings import SERVICES, MissingSetting, Settings

DataDir = Annotated[Path, typer.Option(envvar="GRIDLOOP_DATA_DIR", help="Where the data of this installation live.")]
HERE = Path(".gridloop")
audit = typer.Typer(help="The audit: who did, read or was refused what.", no_args_is_help=True)


@audit.callback()
def _group() -> None:
    """The audit: who did, read or was refused what."""


@audit.command()
def verify(data_dir: DataDir = HERE) -> None:
    """Check the audit's chain of every service that can be opened, and what neither chain nor seal covers yet.

    Ends with 1 where a chain is broken, or where something is covered by nothing for longer than a seal takes.
    """
    with standalone.separate(data_dir) as settings:
        whole = asyncio.run(verified(settings))
    for line, _ in whole:
        typer.echo(line)
    raise typer.Exit(0 if all(holds for _, holds in whole) else 1)


async def verified(settings: Settings) -> list[tuple[str, bool]]:
    """For each service a line for a person, and whether all is well; what is not linked yet is linked first."""
    told = []
    for service in SERVICES:
        try:
            database = Database(settings.database_for(service), service, pool_size=1)
        except MissingSetting:
            continue
        states = await _looked_at(database, settings)
        told.append((f"{service}: {'; '.join(words for words, _ in states)}", all(holds for _, holds in states)))
        await database.close()
    return told


async def _looked_at(database: Database, settings: Settings) -> list[tuple[str, bool]]:
    async with database.unit() as session:
        waited = await audit_cover.unlinked(session)
        await audit_chain.link(session)
    async with database.unit() as session:
        number, broken = await audit_chain.verify(session, _kept(settings))
        missed, bare = await audit_cover.unlinked(session), await audit_cover.unsealed(session)
    state = f"broken at link {broken.number}: {broken.what}" if broken else f"{number} entries, all in their chain"
    zone = presets.load(settings.city_preset).zone
    return [
        (state, broken is None),
        *_told("were in no chain until now", waited, zone),
        *_told("are missing from the chain", missed, zone),
        *_told("are under no seal yet", bare, zone),
    ]


def _told(what: str, found: Uncovered, zone: ZoneInfo) -> list[tuple[str, bool]]:
    """Nothing where there is none of it."""
    if found.since is None:
        return []
    late = found.late(now())
    since = found.since.astimezone(zone).isoformat(timespec="seconds")
    return [(f"{found.number} {what}, the oldest of {since}" + (" (late)" if late else ""), not late)]


@audit.command()
def forget(data_dir: DataDir = HERE) -> None:
    """Delete what is over by the retention rules `audit` and `audit_everyday` (as the owner)."""
    with standalone.separate(data_dir) as settings:
        for service, number in asyncio.run(forgotten(settings)).items():
            typer.echo(f"{service}: {number} entries are over and gone")


def _kept(settings: Settings) -> Kept:
    return Kept.by(rules(settings))


async def forgotten(settings: Settings) -> dict[str, int]:
    """How many entries each service has let go of."""
    if not settings.database_url:
        raise MissingSetting("database_url", "no service's own role may delete from the audit")
    gone = dict[str, int]()
    for service in SERVICES:
        database = Database(settings.database_url, service, pool_size=1)
        async with database.unit() as session:
            gone[service] = await audit_chain.forget(session, _kept(settings))
        await database.close()
    return gone
