"""gridloop's command: the composition root, the one file that names the three rooms."""

import asyncio
import shutil
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import typer
from fastapi import FastAPI
from typer.core import TyperGroup

from migrations import runner
from services import backup_commands, embedded, logs, metrics, standalone, tracing
from services.application import mount
from services.audit_commands import audit
from services.contract import contract
from services.database import Database
from services.demo import Doors, Survey
from services.demo import play as play_demo
from services.doctor.examining import examine
from services.doctor.findings import Level, written
from services.house import alone, free_port, local, run, serve_house
from services.messaging import Peers
from services.references import commands_page, settings_page
from services.retention.commands import HELP as RETENTION
from services.retention.commands import retention
from services.rooms import Crew, Room, Tools
from services.settings import SERVICES, ServiceName, Settings


class Rooms(Mapping[ServiceName, Room]):
    """The three rooms, each imported when it is first asked for: who serves one does not wait for the others."""

    def __getitem__(self, name: ServiceName) -> Room:
        match name:
            case "intake":
                from intake.commands import ROOM
            case "routing":
                from routing.commands import ROOM
            case "feedback":
                from feedback.commands import ROOM
        return ROOM

    def __iter__(self) -> Iterator[ServiceName]:
        return iter(SERVICES)

    def __len__(self) -> int:
        return len(SERVICES)


ROOMS = Rooms()


class Whole(TyperGroup):
    """gridloop's own commands, and the rooms' as soon as another one or the list of them all is asked for."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in self.commands:
            self.commands.update(gathered())
        return self.commands.get(cmd_name)

    def list_commands(self, ctx: Any) -> list[str]:
        self.commands.update(gathered())
        return super().list_commands(ctx)


main = typer.Typer(cls=Whole, help=__doc__, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
DataDir = Annotated[Path, typer.Option(envvar="GRIDLOOP_DATA_DIR", help="Where the data of this installation live.")]
Host = Annotated[str, typer.Option(help="The address to listen on.")]


class Service(StrEnum):
    """A service as the command line names it."""

    INTAKE = "intake"
    ROUTING = "routing"
    FEEDBACK = "feedback"

    @property
    def room(self) -> Room:
        return ROOMS[self.value]


Port = Annotated[int, typer.Option(help="The port everything is served on.")]
HERE = Path(".gridloop")


@cache
def gathered() -> Mapping[str, Any]:
    """The rooms' commands by group; groups of one name become one."""
    groups: dict[str, typer.Typer] = {}
    whole_ = typer.Typer()
    for room in ROOMS.values():
        for name, commands in room.commands.items():
            if name not in groups:
                groups[name] = typer.Typer(no_args_is_help=True)
                whole_.add_typer(groups[name], name=name, help=str(commands.info.help))
            groups[name].registered_commands += commands.registered_commands
            groups[name].registered_callback = groups[name].registered_callback or commands.registered_callback
    return typer.main.get_group(whole_).commands


def migrate_all(settings: Settings, services: Sequence[ServiceName] = SERVICES) -> None:
    """Bring the schemas up to date, as the owner."""
    assert settings.database_url
    for service in services:
        runner.upgrade(service, settings.database_url, settings.database_for(service))


def prepare(settings: Settings) -> None:
    """Migrated and filled: ready to serve."""
    migrate_all(settings)
    asyncio.run(fill(settings))


async def fill(settings: Settings) -> None:
    """The starter city where there is none, and the sample keys."""
    for name, room in ROOMS.items():
        if room.starter:
            database = Database(settings.database_for(name), name)
            await room.starter(Tools(settings, database, Peers(settings, name)), standalone.samples(settings))
            await database.close()


def whole(settings: Settings) -> FastAPI:
    """All three services side by side."""
    return mount({name: room.app(settings) for name, room in ROOMS.items()})


@main.command()
def up(data_dir: DataDir = HERE, port: Port = 8311, host: Host = "127.0.0.1") -> None:
    """Serve everything on one port, on the embedded PostgreSQL; an empty directory gets the starter city."""
    with alone(data_dir), standalone.installation(data_dir, ours=True, **local(port)) as settings:
        logs.configure(settings.log_level)
        tracing.configure(settings)
        prepare(settings)

        async def say() -> None:
            doors = Doors(f"http://127.0.0.1:{port}", {})
            await doors.open()
            await doors.close()
            typer.echo(f"gridloop serves http://{host}:{port}/ · sample keys in {data_dir / standalone.CREDENTIALS}")

        run(serve_house(settings, whole(settings), list(ROOMS.values()), host=host, port=port, play=say))


@main.command()
def demo(
    data_dir: DataDir = HERE,
    port: Port = 8311,
    leave: Annotated[bool, typer.Option("--exit", help="End after the play instead of serving on.")] = False,
    json: Annotated[Path | None, typer.Option(help="Write a summary of the play to this file.")] = None,
    reports: Annotated[int | None, typer.Option(min=1, help="Play only so many reports.")] = None,
) -> None:
    """Start everything and play the main job: reports arrive, are handled, checked and judged."""
    from feedback.commands import survey_provider

    theirs, base = free_port(), f"http://127.0.0.1:{port}"
    played = {"notification_adapter": "mute", "survey_url": f"http://127.0.0.1:{theirs}/"}
    with alone(data_dir), standalone.installation(data_dir, ours=True, **local(port), **played) as settings:
        logs.configure("error")
        typer.echo("Preparing the database and the starter city …")
        prepare(settings)

        async def play() -> None:
            keys = standalone.credentials(settings)
            async with survey_provider(base, keys["survey_secret"], theirs) as (citizens, callbacks):
                survey = Survey(citizens, callbacks)
                await play_demo(base, keys, survey, summary=json, stay=not leave, most=reports)
                if not leave:
                    await asyncio.Event().wait()

        rooms = list(ROOMS.values())
        run(serve_house(settings, whole(settings), rooms, host="127.0.0.1", port=port, play=play, stay=not leave))


@main.command()
def serve(service: Service, data_dir: DataDir = HERE, port: Port = 8311, host: Host = "127.0.0.1") -> None:
    """Serve one service alone, under its prefix; its queue worker is `gridloop work`."""
    with separate(data_dir) as settings:
        app = mount({service.value: service.room.app(settings)})
        run(serve_house(settings, app, [], host=host, port=port))


@main.command()
def work(
    service: Service,
    data_dir: DataDir = HERE,
    metrics_port: Annotated[int | None, typer.Option(help="Let Prometheus ask this worker at this port.")] = None,
    host: Host = "127.0.0.1",
) -> None:
    """Run one service's queue worker: it delivers messages and keeps the clocks."""
    with separate(data_dir) as settings, metrics.served(service.value, host, metrics_port):
        crew = Crew(service.room, settings)

        async def until_told() -> None:
            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, crew.stop)
            await crew.run()

        run(until_told())


@main.command()
def migrate(
    data_dir: DataDir = HERE, service: Annotated[Service | None, typer.Option(help="This one only.")] = None
) -> None:
    """Bring the database up to date and give each service's role its rights (needs the owner's address)."""
    with separate(data_dir) as settings:
        names: Sequence[ServiceName] = [service.room.name] if service else SERVICES
        migrate_all(settings, names)
        typer.echo(f"Up to date: {', '.join(names)}")


@main.command()
def install(data_dir: DataDir = HERE) -> None:
    """Migrate, import the starter city into an empty installation, write the sample keys to `credentials.json`."""
    with separate(data_dir) as settings:
        prepare(settings)
        typer.echo(f"Ready. Sample keys: {settings.data_dir / standalone.CREDENTIALS}")


@main.command()
def doctor(
    data_dir: DataDir = HERE,
    port: Port = 8311,
    host: Host = "127.0.0.1",
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Find what is wrong with this installation and say what to do; fails where something has to be mended."""
    logs.configure("error")
    known = {name: runner.revisions(name) for name in SERVICES}
    found = asyncio.run(examine(data_dir, rooms=ROOMS, revisions=known, host=host, port=port, **local(port)))
    typer.echo(written(found, as_json=as_json))
    if any(each.level is Level.PROBLEM for each in found):
        raise typer.Exit(1)


@main.command()
def reset(data_dir: DataDir = HERE, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Delete the data directory: database, secrets and keys. Asks first."""
    if not data_dir.exists():
        typer.echo(f"{data_dir} does not exist: nothing to do.")
        return
    if not (data_dir / standalone.SECRETS).exists():
        typer.echo(f"{data_dir} is not a gridloop data directory (it has no {standalone.SECRETS}).", err=True)
        raise typer.Exit(1)
    if not yes:
        typer.confirm(f"Delete everything in {data_dir.resolve()}: all cases, keys and secrets?", abort=True)
    with alone(data_dir):
        embedded.reset(data_dir)
    shutil.rmtree(data_dir)
    typer.echo(f"{data_dir} is gone.")


@main.command()
def openapi(file: Annotated[Path, typer.Argument(help="Where to write it.")] = Path("openapi.yaml")) -> None:
    """Write the contract of all three services, as the code serves it."""
    file.write_text(described(), encoding="utf-8")
    typer.echo(f"Wrote {file}")


@main.command()
def asyncapi(file: Annotated[Path, typer.Argument(help="Where to write it.")] = Path("asyncapi.yaml")) -> None:
    """Write the contract of the events for others (AsyncAPI 3), from the code's event models."""
    from routing.commands import asyncapi as events_contract

    file.write_text(events_contract(), encoding="utf-8")
    typer.echo(f"Wrote {file}")


@main.command()
def docs(folder: Annotated[Path, typer.Argument(help="The folder of the guides.")] = Path("docs")) -> None:
    """Write the reference pages that come from the code: settings, commands, the lifecycle with its diagram."""
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")
        typer.echo(f"Wrote {folder / name}")


def described() -> str:
    """The text of openapi.yaml."""
    return contract({name: room.app for name, room in ROOMS.items()})


def pages() -> dict[str, str]:
    """The generated pages by file name."""
    group = typer.main.get_group(main)
    group.commands.update(gathered())
    found = {"settings.md": settings_page(), "commands.md": commands_page(group)}
    return found | {name: write() for room in ROOMS.values() for name, write in room.pages.items()}


@contextmanager
def separate(data: Path) -> Iterator[Settings]:
    """The settings of a process of its own, with its logs set up."""
    with standalone.separate(data) as settings:
        logs.configure(settings.log_level)
        tracing.configure(settings)
        yield settings


main.add_typer(audit, name="audit")
main.add_typer(retention(ROOMS), name="retention", help=RETENTION)
backup_commands.attach(main, ROOMS, migrate_all)

if __name__ == "__main__":
    main()
