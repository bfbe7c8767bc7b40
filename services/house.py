"""Apps and workers of this process served until told to stop, with what they hold finished at the end."""

import asyncio
import fcntl
import importlib
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer
import uvicorn
from fastapi import FastAPI

from services.rooms import Crew, Room
from services.serving import QuietServer
from services.settings import Settings


class Server(QuietServer):
    """uvicorn without its own signal handling, which ends the process before the workers have finished."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.answers = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.answers.set()


async def serve_house(
    settings: Settings,
    app: FastAPI,
    rooms: Sequence[Room],
    *,
    host: str,
    port: int,
    play: Callable[[], Awaitable[None]] | None = None,
    stay: bool = True,
    ended: asyncio.Event | None = None,
) -> None:
    """Serve until told to stop; the workers run beside the apps and finish what they hold at the end.

    `play` runs once everything answers; without `stay` its end is the end of it all.
    """
    refuse_taken(host, port)
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        access_log=False,
        log_config=None,
        proxy_headers=False,  # who asks is `limits_of_use`'s to say, by the setting `trusted_proxy` alone
        timeout_graceful_shutdown=5,
        timeout_keep_alive=75,
    )
    server = Server(config)
    crews = [Crew(room, settings) for room in rooms]
    ended = ended or asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    tasks = [asyncio.create_task(each.run()) for each in crews]
    serving = asyncio.create_task(server.serve())
    playing = asyncio.create_task(_played(server, play, stay, ended))
    try:
        await asyncio.wait({serving, playing, asyncio.create_task(ended.wait())}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        playing.cancel()
        server.should_exit = True
        for each in crews:
            each.stop()
        results = await asyncio.gather(serving, playing, *tasks, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, asyncio.CancelledError):
            raise result


def free_port() -> int:
    """A port of this machine that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def refuse_taken(host: str, port: int) -> None:
    """Say it plainly where something else listens on the port."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            typer.echo(f"Cannot listen on {host}:{port} ({error.strerror}): name another --port.", err=True)
            raise typer.Exit(1) from None


async def _played(server: Server, play: Callable[[], Awaitable[None]] | None, stay: bool, ended: asyncio.Event) -> None:
    await server.answers.wait()
    if play:
        await play()
    if stay:
        await ended.wait()


@contextmanager
def alone(data: Path) -> Iterator[None]:
    """Only one `up` or `demo` for a data directory."""
    data.mkdir(parents=True, exist_ok=True)
    with (data / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            typer.echo(f"Another gridloop already serves {data}: stop it, or name another --data-dir.", err=True)
            raise typer.Exit(1) from None
        yield


def local(port: int) -> dict[str, str]:
    """All services at this port of this machine, unless the environment says otherwise."""
    names = ("intake_url", "routing_url", "feedback_url", "public_url")
    return {name: f"http://127.0.0.1:{port}" for name in names if f"GRIDLOOP_{name.upper()}" not in os.environ}


def run(serving: Coroutine[Any, Any, None]) -> None:
    """On uvloop where there is one."""
    factory = None if sys.platform == "win32" else importlib.import_module("uvloop").new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner_:
        runner_.run(serving)
