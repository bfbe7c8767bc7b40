"""`gridloop lists learn` and `publish-model`: the next model from what people decided, and letting it serve."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from routing import learning
from routing.learning import Lesson
from routing.lists_commands import DataDir, app
from routing.terms import terms
from services import standalone
from services.database import Database
from services.problems import Problem
from services.settings import Settings

Found = TypeVar("Found")


@app.command()
def learn(
    output: Annotated[Path | None, typer.Option("--json", help="Write the comparison here.")] = None,
    data_dir: DataDir = Path(".gridloop"),
) -> None:
    """Make the next issue model from list, corpus and decided cases; it serves only once it is published."""
    with standalone.separate(data_dir) as settings:
        threshold = terms(settings).issue_threshold
        lesson = _done(settings, lambda session: learning.learn(session, threshold=threshold))
    typer.echo(told(lesson))
    if output:
        output.write_text(json.dumps(asdict(lesson), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


@app.command("publish-model")
def publish_model(
    version: Annotated[str, typer.Argument(help="As `gridloop lists learn` told it.")],
    data_dir: DataDir = Path(".gridloop"),
) -> None:
    """Let a model serve; every running process loads it by itself. Recorded in the audit."""
    with standalone.separate(data_dir) as settings:
        before = _done(settings, lambda session: learning.publish_model(session, version))
    typer.echo(f"{version} serves now, in place of {before}")


def told(lesson: Lesson) -> str:
    """The comparison for a terminal."""
    lines = [f"{lesson.model}: a candidate from {lesson.examples} decided cases; {lesson.serving} serves"]
    if lesson.candidate is None or lesson.current is None:
        return "\n".join([*lines, "no new cases were held back, so there is nothing to compare on"])
    lines += [
        f"{name:>10}  candidate {value}  serving {lesson.current[name]}" for name, value in lesson.candidate.items()
    ]
    return "\n".join(lines)


def _done(settings: Settings, verb: Callable[[AsyncSession], Awaitable[Found]]) -> Found:
    """The verb in a transaction of its own; a rule against it in words."""

    async def do() -> Found:
        database = Database(settings.database_for("routing"), "routing", pool_size=1)
        try:
            async with database.unit() as session:
                return await verb(session)
        finally:
            await database.close()

    try:
        return asyncio.run(do())
    except Problem as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(1) from None
