"""The play: 200 and more reports over three channels, worked to their end by everybody who has a part in it."""

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from services.demo.doors import Doors, Json, stamp
from services.demo.stories import Story
from services.demo.telling import tell

STREET = "310101023"


class Citizens(Protocol):
    """Those whom the survey provider reaches: what each says about the own case is written down beforehand."""

    def write(self, case_no: str, calls: Sequence[Json]) -> None: ...


@dataclass(frozen=True)
class Survey:
    """The provider that plays beside: whom it reaches, and its count of what became of its lines."""

    citizens: Citizens
    callbacks: Mapping[str, int]


async def play(
    base: str,
    credentials: Mapping[str, Any],
    survey: Survey,
    *,
    summary: Path | None,
    stay: bool,
    most: int | None = None,
) -> Json:
    """Play the main job (or its first `most` reports) on a running installation; what came of it, also in `summary`."""
    console, doors, started = Console(highlight=False), Doors(base, credentials, tries=4), time.monotonic()
    try:
        await doors.open()
        for role in ("dispatcher", "supervisor"):
            await doors.hire(role, "31")
        stories = [Story(doors, script, f"{stamp()}-{script['n']:03}") for script in scripts()[:most]]
        with _progress(console) as bar:
            await _post(stories, survey.citizens, bar)
            await _live(stories, bar)
        result = await _summary(doors, stories, time.monotonic() - started)
        result["callbacks"] = dict(survey.callbacks)
        if summary:
            text = json.dumps(result, ensure_ascii=False, indent=2) + "\n"
            await asyncio.to_thread(summary.write_text, text, encoding="utf-8")
        await tell(console, doors, stories, result, base=base, stay=stay)
        return result
    finally:
        await doors.close()


def scripts() -> list[Json]:
    """The reports with their scripts, in a fixed mixed order."""
    text = files("services.demo").joinpath("reports.jsonl").read_text(encoding="utf-8")
    found: list[Json] = [json.loads(line) for line in text.splitlines() if line.strip()]
    random.Random(12345).shuffle(found)  # noqa: S311 - an order, not a secret
    return found


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description:<10}"), BarColumn(40), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console)


async def _post(stories: Sequence[Story], citizens: Citizens, bar: Progress) -> None:
    task, gate = bar.add_task("受理 posted", total=len(stories)), asyncio.Semaphore(8)

    async def one(story: Story) -> None:
        async with gate:
            await story.post()
            citizens.write(story.case_no, story.calls)
        bar.advance(task)

    await asyncio.gather(*map(one, stories))


async def _live(stories: Sequence[Story], bar: Progress) -> None:
    task, gate = bar.add_task("办结 closed", total=len(stories)), asyncio.Semaphore(24)

    async def one(story: Story) -> None:
        async with gate:
            await story.live()
        bar.advance(task)

    await asyncio.gather(*map(one, stories))


async def _summary(doors: Doors, stories: Sequence[Story], seconds: float) -> Json:
    """Counted through the doors when intake's copies have caught up: what was posted, and what became of each."""
    cases = [await _caught_up(doors, story) for story in stories]
    held = Counter(order["case_no"] for order in await doors.every("auditor", "/routing/v1/orders"))
    return {
        "posted": dict(Counter(story.script["channel"] for story in stories)),
        "dispatched": sum(story.dispatched for story in stories),
        "triage": sum(story.was_triaged for story in stories),
        "closed": dict(Counter(case["outcome"] for case in cases if case["state"] == "closed")),
        "handled_again": sum(story.order["round"] > 1 for story in stories),
        "lost": sum(
            held[story.case_no] == 0 or case["state"] != "closed" for story, case in zip(stories, cases, strict=True)
        ),
        "duplicated": sum(max(held[number] - 1, 0) for number in {story.case_no for story in stories})
        + len(stories)
        - len({story.case_no for story in stories}),
        "seconds": round(seconds, 1),
        "requests": doors.requests,
    }


async def _caught_up(doors: Doors, story: Story) -> Json:
    """The case as the citizen's side shows it, once the last message has arrived (or a minute has passed)."""
    since = time.monotonic()
    while True:
        case = await doors.read("auditor", f"/intake/v1/cases/{story.case_no}")
        if case["state"] == story.order["state"] or time.monotonic() - since > 60:
            return case
        await asyncio.sleep(0.1)
