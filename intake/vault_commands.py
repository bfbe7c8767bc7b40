"""`gridloop vault …`: a new master key, the rotation to it, and which key still holds what."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from intake import rotation
from intake.key_stores import FakeKeyService
from intake.master_keys import new_master_key
from intake.notices import choices
from intake.reporters import vault_of
from intake.vault import Vault, VaultError
from services import standalone
from services.database import Database

app = typer.Typer(help="The identity vault: its master keys and their rotation.", no_args_is_help=True)
DataDir = Annotated[Path, typer.Option(envvar="GRIDLOOP_DATA_DIR", help="Where the data of this installation live.")]
Found = TypeVar("Found")


@app.callback()
def _group() -> None:
    """The identity vault: its master keys and their rotation."""


@app.command()
def new_key(
    key_id: Annotated[str, typer.Argument(help="A name for it, such as `2026-07`; never used before.")],
    append: Annotated[
        Path | None, typer.Option(help="Append it to this key file in place of printing it: it counts at once.")
    ] = None,
) -> None:
    """Make a master key: a line for the end of the key file, where it is the current one."""
    try:
        line = new_master_key(key_id)
    except VaultError as error:
        raise typer.BadParameter(str(error)) from None
    if append is None:
        typer.echo(line)
        return
    text = append.read_text("ascii") if append.exists() else ""
    if any(each.startswith(f"{key_id}:") for each in text.split()):
        raise typer.BadParameter(f"{append} has a key {key_id} already")
    with append.open("a", encoding="ascii") as file:
        file.write(("" if text.endswith("\n") or not text else "\n") + line + "\n")
    typer.echo(f"{key_id} is the current master key of {append}; now `gridloop vault rotate`")


@app.command()
def rotate(
    batch: Annotated[int, typer.Option(min=1, max=5000, help="Reporters in one transaction.")] = rotation.BATCH,
    data_dir: DataDir = Path(".gridloop"),
) -> None:
    """Bring every data key and blind index under the current master key, while the services run.

    Stopped or killed, it goes on with the next run.
    """
    run = _run(data_dir, lambda database, vault: rotation.rotate(database, vault, batch=batch))
    typer.echo(f"{run.rotated} rotated · {run.left} left")
    if run.stuck:
        typer.echo(f"{len(set(run.stuck))} cannot be opened: the master key that wraps them is not given", err=True)
    if run.left:
        raise typer.Exit(1)


@app.command()
def status(data_dir: DataDir = Path(".gridloop")) -> None:
    """How many data keys lie under which master key; a key that none lies under can be taken out of the file."""

    async def look(database: Database, vault: Vault) -> list[str]:
        async with database.unit() as session:
            told = [f"{key_id}  {suite}  {number}" for key_id, suite, number in await rotation.standing(session)]
            older = await choices.under_other_keys(session, vault)
        waiting = f"{older} notice choices lie under another key, until their people are written to"
        return [*told, waiting] if older else told

    typer.echo("\n".join(_run(data_dir, look)) or "the vault is empty")


@app.command()
def turn_key_service(data_dir: DataDir = Path(".gridloop")) -> None:
    """Let the key service that `GRIDLOOP_KEY_SERVICE=fake` plays make its next key; a real one has its own console."""
    typer.echo(f"{FakeKeyService(data_dir).rotate()} is the key service's current key; now `gridloop vault rotate`")


def _run(data_dir: Path, act: Callable[[Database, Vault], Awaitable[Found]]) -> Found:
    async def go() -> Found:
        database = Database(settings.database_for("intake"), "intake", pool_size=2)
        try:
            return await act(database, vault_of(settings))
        finally:
            await database.close()

    with standalone.separate(data_dir) as settings:
        return asyncio.run(go())
