"""Accounts from the command line, for whoever runs the machine: the first administrator's above all."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services import standalone
from services.accounts import keeping
from services.accounts.models import Account
from services.accounts.signing_in import normal
from services.database import Database
from services.problems import NotFound, Problem
from services.settings import ServiceName, Settings

DataDir = Annotated[Path, typer.Option(envvar="GRIDLOOP_DATA_DIR", help="Where the data of this installation live.")]
Username = Annotated[str, typer.Argument(help="The name they sign in with.")]
Evaluation = Annotated[bool, typer.Option("--evaluation", help="Somebody of the evaluation body, in feedback.")]
HERE = Path(".gridloop")
account = typer.Typer(help="Accounts: how people sign in.", no_args_is_help=True)


@account.callback()
def _group() -> None:
    """Accounts: how people sign in."""


@account.command()
def make(
    person: Annotated[UUID, typer.Argument(help="The person's id.")],
    username: Username,
    evaluation: Evaluation = False,
    data_dir: DataDir = HERE,
) -> None:
    """An account for a person; prints the password to begin with, once."""

    async def verb(session: AsyncSession, _: Settings) -> str:
        return await keeping.make(session, person=person, username=username)

    _say(data_dir, evaluation, verb)


@account.command()
def reset(
    username: Username,
    second_factor: Annotated[bool, typer.Option(help="Also the authenticator: a lost phone.")] = False,
    evaluation: Evaluation = False,
    data_dir: DataDir = HERE,
) -> None:
    """A new password to begin with; every session is over, every lock open."""

    async def verb(session: AsyncSession, settings: Settings) -> str:
        key = settings.need("answer_key", "failures are counted under it").encode()
        who = await _named(session, username)
        return await keeping.reset(session, person=who, key=key, second_factor_too=second_factor)

    _say(data_dir, evaluation, verb)


@account.command()
def close(username: Username, evaluation: Evaluation = False, data_dir: DataDir = HERE) -> None:
    """Nobody signs in by it any longer."""

    async def verb(session: AsyncSession, _: Settings) -> str:
        await keeping.close(session, person=await _named(session, username))
        return "closed"

    _say(data_dir, evaluation, verb)


async def _named(session: AsyncSession, username: str) -> UUID:
    person = await session.scalar(select(Account.person).where(Account.username == normal(username)))
    if person is None:
        raise NotFound("Nobody has this username.")
    return person


def _say(data_dir: Path, evaluation: bool, verb: Callable[[AsyncSession, Settings], Awaitable[str]]) -> None:
    service: ServiceName = "feedback" if evaluation else "routing"
    with standalone.separate(data_dir) as settings:
        try:
            typer.echo(asyncio.run(_done(settings, service, verb)))
        except Problem as problem:
            typer.echo(problem.detail, err=True)
            raise typer.Exit(1) from None


async def _done(
    settings: Settings, service: ServiceName, verb: Callable[[AsyncSession, Settings], Awaitable[str]]
) -> str:
    database = Database(settings.database_for(service), service, pool_size=1)
    try:
        async with database.unit() as session:
            return await verb(session, settings)
    finally:
        await database.close()
