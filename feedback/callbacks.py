"""What the survey provider tells us, line by line: each good line is taken in a transaction of its own.

Retries, repeats, late and faulty lines are a provider's ordinary day: each gets its own result, none stops the others.
"""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from feedback.answers import Desk, Missed, Said, Source, answer, miss
from feedback.dossiers import find
from feedback.faces import LineResult
from feedback.models import Via
from feedback.schemas import ANSWERED, Called, Event, fault
from feedback.surveys import of_round
from services.database import Database
from services.problem_answers import BadJson
from services.problems import invalid

MOST_LINES = 500
"""What one callback may bring."""


def lines(body: bytes) -> list[Any]:
    """The events of a body: one object, or a list of at most 500. Raises BadJson or Invalid."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise BadJson from None
    events = found if isinstance(found, list) else [found]
    if not isinstance(found, list | dict) or not 1 <= len(events) <= MOST_LINES:
        raise invalid("(body)", f"is one event or a list of 1 to {MOST_LINES} events", "send more in further callbacks")
    return events


async def take(database: Database, events: Sequence[Any], *, message: str, desk: Desk) -> list[LineResult]:
    """The result of every line, in their order. `message` is the provider's own id of this callback."""
    told: Counter[tuple[str, int, str]] = Counter()
    results = []
    for number, raw in enumerate(events, start=1):
        read = _read(number, raw)
        if isinstance(read, LineResult):
            results.append(read)
            continue
        about = (read.case_no, read.round, read.kind)
        told[about] += 1
        # Counted per survey, not per body: a retry without another survey's line still names the same lines.
        source = Source(Via.CALLBACK, f"{message}#{told[about]}")
        async with database.unit() as session:
            taken = await _take(session, read, source, desk)
        results.append(LineResult(line=number, case_no=read.case_no, result=taken))
    return results


def _read(number: int, raw: Any) -> Called | LineResult:
    if isinstance(raw, dict) and raw.get("type", ANSWERED) != ANSWERED:
        return LineResult(line=number, result="ignored")
    try:
        event = Event.model_validate(raw)
    except ValidationError as error:
        return LineResult(line=number, result="invalid", errors=[fault(each) for each in error.errors()])
    return event.data.model_copy(update={"called_at": event.data.called_at or event.timestamp})


async def _take(
    session: AsyncSession, called: Called, source: Source, desk: Desk
) -> Literal["recorded", "duplicate", "late", "cancelled", "unknown"]:
    dossier = await find(session, called.case_no)
    survey = await of_round(session, called.case_no, called.round, called.kind) if dossier else None
    if dossier is None or survey is None or survey.on_site:
        return "unknown"
    assert called.called_at
    if called.solved is None:
        missed = Missed(called.result or "no_answer", called.called_at)
        return (await miss(session, dossier, survey, missed, source, desk)).value
    said = Said(
        called.solved, called.satisfied, called.called_at, called.reasons, called.words,
        unit_contacted=called.unit_contacted,
    )  # fmt: skip
    return (await answer(session, dossier, survey, said, source, desk)).value
