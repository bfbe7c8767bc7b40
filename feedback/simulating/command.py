"""`gridloop simulate survey`: a provider beside a running installation."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
import uvicorn

from feedback.simulating.provider import Provider
from feedback.simulating.temper import Temper
from services import standalone
from services.serving import QuietServer

simulate = typer.Typer(help="Play those outside against a running installation.", no_args_is_help=True)


@simulate.callback()
def _group() -> None:
    """Play those outside against a running installation."""


@simulate.command()
def survey(
    url: Annotated[str, typer.Option(help="Where feedback is reached.")] = "http://127.0.0.1:8311",
    port: Annotated[int, typer.Option(help="Where offers are taken: GRIDLOOP_SURVEY_URL names it.")] = 8399,
    data_dir: Annotated[
        Path, typer.Option(envvar="GRIDLOOP_DATA_DIR", help="Where the installation's credentials.json lies.")
    ] = Path(".gridloop"),
    rate: Annotated[float, typer.Option(min=0, max=1, help="How often a call reaches the citizen.")] = 0.55,
    duplicates: Annotated[float, typer.Option(min=0, max=1, help="How often a callback is sent twice.")] = 0.1,
    faults: Annotated[float, typer.Option(min=0, max=1, help="How often one goes wrong first.")] = 0.05,
    hour: Annotated[float, typer.Option(min=0, help="Seconds that an hour of the play takes.")] = 0.2,
    seconds: Annotated[float | None, typer.Option("--for", help="End after so many seconds.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed draws the same answers.")] = 1,
) -> None:
    """Be the survey provider: take signed offers on --port, call nobody, report signed callbacks; Ctrl-C ends it."""
    file = data_dir / standalone.CREDENTIALS
    if not file.exists():
        typer.echo(f"{file} is not there: name the --data-dir of the running installation.", err=True)
        raise typer.Exit(1)
    temper = Temper(rate=rate, duplicates=duplicates, faults=faults, hour=hour, seed=seed)
    asyncio.run(_play(Provider(url, standalone.survey_secret(file), temper), port, seconds, urlsplit(url).netloc))


async def _play(provider: Provider, port: int, seconds: float | None, where: str) -> None:
    ended = asyncio.Event()
    for stop in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(stop, ended.set)
    typer.echo(f"The provider takes offers at http://127.0.0.1:{port}/ and reports to {where}")
    async with serving(provider, port):
        with suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), seconds)
    for what, number in sorted(provider.counts.items()):
        typer.echo(f"{what:16} {number}")


@asynccontextmanager
async def serving(provider: Provider, port: int) -> AsyncIterator[None]:
    """The provider takes offers on this port and reports, until the block ends."""
    server = QuietServer(uvicorn.Config(provider.app, host="127.0.0.1", port=port, access_log=False, log_config=None))
    async with provider.playing():
        listening = asyncio.create_task(server.serve())
        try:
            yield
        finally:
            server.should_exit = True
            await listening
