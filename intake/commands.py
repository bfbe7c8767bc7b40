"""intake as the composition root sees it, and its command on cases: how well redaction works on known texts."""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from intake import checkup, vault_commands
from intake.api import create_app
from intake.bridge import bench_commands
from intake.bridge.callbacks import CALL_BACK, Caller
from intake.codes import MAKE, SEND, CodeMaker, CodeSender
from intake.inbound import HANDLERS
from intake.keeping import checking, noting, sweeping
from intake.keeping.erasing import LEDGER
from intake.keeping.exports import GATHER, Gatherer
from intake.notifications import JOB, NOTIFIERS, LinkSender
from intake.relay import BIND, RELAYS, UNBIND, Binder
from intake.reporters import vault_of
from intake.status_notices import SEND_CODE, StatusCodeSender
from services import presets
from services.queue import Job, Schedule
from services.redaction.evaluating import evaluate
from services.rooms import Room, Tools

cases = typer.Typer(help="Cases: their timelines, repeats and redaction.", no_args_is_help=True)
File = Annotated[Path, typer.Argument(help="Lines `{id, text, must_hide, must_keep}`.", exists=True)]
DataDir = Annotated[
    Path, typer.Option(envvar="GRIDLOOP_DATA_DIR", help="As for every command; nothing in it is read or written.")
]


@cases.callback()
def _group() -> None:
    """Cases: their timelines, repeats and redaction."""


@cases.command()
def evaluate_redaction(
    file: File,
    output: Annotated[Path | None, typer.Option("--json", help="Write the figures and the single misses here.")] = None,
    data_dir: DataDir = Path(".gridloop"),
) -> None:
    """Measure redaction on texts with known answers: what had to be hidden and is, what had to stay and does."""
    measured = evaluate(_lines(file))
    for miss in measured["misses"]:
        typer.echo(f"{miss['id']}  {miss['promise']}  {miss['string']}  |  {miss['redacted']}")
    asked = measured["asked"]
    typer.echo(
        f"{measured['texts']} texts · recall {_told(measured['recall'])} of {asked['must_hide']} · "
        f"kept {_told(measured['kept'])} of {asked['must_keep']} · {measured['absent']} strings not in their text"
    )
    if output:
        output.write_text(json.dumps(measured, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _lines(file: Path) -> list[dict[str, Any]]:
    """The cases, one a line; the first line that is none is named."""
    found = []
    for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            case = json.loads(line)
            case = {"id": case.get("id", number), "text": str(case["text"]), **_strings(case)}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise typer.BadParameter(f"line {number} is no case: {error!r}") from None
        found.append(case)
    return found


def _strings(case: Mapping[str, Any]) -> dict[str, list[str]]:
    return {name: [str(string) for string in case.get(name) or ()] for name in ("must_hide", "must_keep")}


def _told(share: float | None) -> str:
    return "-" if share is None else f"{share:.4f}"


def jobs(tools: Tools) -> Mapping[str, Job]:
    """What intake's worker does beside carrying messages."""
    notifier = NOTIFIERS[tools.settings.notification_adapter]()
    key, vault = tools.settings.need("answer_key", "voting codes are made with it").encode(), vault_of(tools.settings)
    binder = Binder(tools.database, vault, RELAYS[tools.settings.relay_adapter]())
    return {
        JOB: LinkSender(tools.database, tools.peers, vault, notifier),
        SEND_CODE: StatusCodeSender(tools.database, vault, notifier, tools.settings.public_url),
        MAKE: CodeMaker(tools.database, key, vault),
        SEND: CodeSender(tools.database, key, vault, notifier),
        BIND: binder.bind,
        UNBIND: binder.unbind,
        GATHER: Gatherer(tools.database, tools.peers, vault, presets.load(tools.settings.city_preset).zone),
        LEDGER: partial(_note_erasures, tools),
        CALL_BACK: _caller(tools),
    }


async def _note_erasures(tools: Tools, _: bytes) -> None:
    await noting.note(tools.database, tools.settings)


def _caller(tools: Tools) -> Caller:
    return Caller(tools.settings, tools.database, presets.load(tools.settings.city_preset).zone)


def schedules(tools: Tools) -> Sequence[Schedule]:
    """Intake's own clock: subscribers hear of a change some two seconds after its commit."""
    return [Schedule("callbacks_due", "* * * * * */2", _caller(tools).see_what_is_due)]


ROOM = Room(
    name="intake",
    app=create_app,
    handlers=lambda _: HANDLERS,
    commands={"cases": cases, "vault": vault_commands.app, "bench": bench_commands.app},
    jobs=jobs,
    checks=checkup.checks,
    retain=sweeping.retain,
    erase_again=lambda tools, erased: noting.erase_again(tools.database, erased),
    restored=checking.restored,
    schedules=schedules,
)
