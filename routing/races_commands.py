"""`gridloop campaign races`: every two moves at once on one order, from every standing, on a database of its own."""

import asyncio
import json
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from migrations import runner
from routing.api import create_app
from routing.campaign_commands import app
from routing.campaigns.hands import Hands
from routing.campaigns.races import Result, pairs, run, sample
from routing.founding import starter
from services import standalone
from services.messaging import Peers
from services.rooms import Tools
from services.settings import Settings


@app.command()
def races(
    some: Annotated[int, typer.Option("--sample", help="Only so many pairs; 0 is all.")] = 0,
    seed: Annotated[int, typer.Option(help="Which ones.")] = 1,
    output: Annotated[Path | None, typer.Option("--json", help="Write the figures here.")] = None,
) -> None:
    """Press every pair of moves at once on one order: one wins, the other hears 409 or 412, and all of it holds."""
    with tempfile.TemporaryDirectory() as folder, standalone.installation(Path(folder), ours=True) as settings:
        result = asyncio.run(_raced(settings, some, seed))
    typer.echo(told(result))
    if output:
        output.write_text(json.dumps(vars(result), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    if result.faults:
        raise typer.Exit(1)


async def _raced(settings: Settings, some: int, seed: int) -> Result:
    assert settings.database_url
    await asyncio.to_thread(runner.upgrade, "routing", settings.database_url, settings.database_for("routing"))
    routing = create_app(settings)
    peers = Peers(settings, "routing")
    await starter(Tools(settings, routing.state.database, peers), [])
    hands = await Hands(routing).come()
    try:
        return await run(hands, sample(some, seed) if some else pairs(), typer.echo)
    finally:
        await hands.leave()
        await peers.close()
        await routing.state.database.close()


def told(result: Result) -> str:
    """In a few lines: how many from where, how they were answered, and what did not hold."""
    by_standing = "\n".join(f"  {standing:24} {number:4} pairs" for standing, number in result.by_standing.items())
    answers = ", ".join(f"{word} {number}" for word, number in sorted(result.answers.items()))
    return (
        f"{result.pairs} pairs in {result.seconds:.0f} s\n{by_standing}\n"
        f"answers: {answers}; delivered again after a deadlock: {result.delivered_again}\n"
        f"{len(result.faults)} faults"
    )
