"""intake as the composition root sees it, and its command on cases: how well redaction works on known texts."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from intake import checkup, vault_commands
from intake.api import create_app
from intake.bridge import bench_commands
from intake.bridge.callbacks import CALL_BACK, Caller
from intake.codes import MAKE, CodeMaker
from intake.inbound import HANDLERS
from intake.keeping import checking, noting, sweeping
from intake.keeping.erasing import LEDGER
from intake.keeping.exports import GATHER, Gatherer
from intake.notices import commands as notices_commands
from intake.notices.contents import Contents
from intake.notices.planning import JOB
from intake.notices.providers import notifiers_of
from intake.notices.sending import Sender
from intake.notices.wording import wording_of
from intake.relay import BIND, RELAYS, UNBIND, Binder
from intake.reporters import vault_of
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


@cases.command()
def learn_redaction(
    output: Annotated[Path, typer.Argument(help="Where to write the weights.")],
    files: Annotated[list[Path], typer.Argument(help="Lines `{id, text, must_hide, must_keep}`.", exists=True)],
    data_dir: DataDir = Path(".gridloop"),
) -> None:
    """Learn what redaction's judge weighs; a line that names only its text is one in which nobody is named."""
    from services.redaction.learning import learn  # what only reads texts needs no scikit-learn

    known = [case for file in files for case in _lines(file)]
    weights = learn(known)
    output.write_text(json.dumps(asdict(weights), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    typer.echo(
        f"{len(known)} texts · {len(weights.name)} weights for names, {len(weights.door)} for doors, in {output}"
    )


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
    key, vault = tools.settings.need("answer_key", "voting codes are made with it").encode(), vault_of(tools.settings)
    binder = Binder(tools.database, vault, RELAYS[tools.settings.relay_adapter]())
    return {
        JOB: sender(tools),
        MAKE: CodeMaker(tools.database, key, vault),
        BIND: binder.bind,
        UNBIND: binder.unbind,
        GATHER: Gatherer(tools.database, tools.peers, vault, presets.load(tools.settings.city_preset).zone),
        LEDGER: partial(_note_erasures, tools),
        CALL_BACK: _caller(tools),
    }


def sender(tools: Tools) -> Sender:
    """The one way to reporters, as this installation's settings make it."""
    settings, vault = tools.settings, vault_of(tools.settings)
    key = settings.need("answer_key", "voting codes are made with it").encode()
    contents = Contents(tools.database, tools.peers, vault, key=key, public_url=settings.public_url)
    return Sender(
        tools.database, vault, contents=contents, notifiers=notifiers_of(settings), wording=wording_of(settings),
        consent=settings.notice_consent,
    )  # fmt: skip


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
    commands={
        "cases": cases,
        "vault": vault_commands.app,
        "notices": notices_commands.app,
        "bench": bench_commands.app,
    },
    jobs=jobs,
    checks=checkup.checks,
    retain=sweeping.retain,
    erase_again=lambda tools, erased: noting.erase_again(tools.database, vault_of(tools.settings), erased),
    restored=checking.restored,
    schedules=schedules,
)
