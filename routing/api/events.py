"""The feed of case events over HTTP: pulled by a cursor, or as server-sent events on the same cursor."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Annotated

from fastapi import Header, Query, Request, Response
from fastapi.responses import StreamingResponse

from routing.events import feed
from routing.events.schemas import (
    DIGITS,
    LONGEST_STREAM,
    MOST_OF_A_PAGE,
    TYPE,
    CaseEventSeen,
    CaseMoved,
    EventsPage,
)
from routing.models import CaseEvent
from services.callers import caller
from services.database import Database
from services.guarding import router
from services.identity import Actor
from services.problems import Problem, invalid

PAGE = 200
POLL, HEARTBEAT = 1.0, 15.0
"""Seconds between two looks, and between two signs of life."""
Cursor = Annotated[
    str | None,
    Query(
        pattern=rf"^[0-9]{{1,{DIGITS}}}$",
        description="The `sequence` of the last event you have, or `next`. Without it the oldest event that is kept.",
    ),
]
Seconds = Annotated[int, Query(ge=0, le=LONGEST_STREAM, description="It ends after so long; come back then.")]
LastEventId = Annotated[
    str | None, Header(alias="Last-Event-ID", description="Sent by event sources when they come back; before `after`.")
]
api = router(tags=["events"])


@api.get("/v1/events", summary="What moved since your cursor, without anything personal")
async def pull(
    request: Request, after: Cursor = None, limit: Annotated[int, Query(ge=1, le=MOST_OF_A_PAGE)] = PAGE
) -> EventsPage:
    position = _position(after)
    rows, reached = await _look(request.app.state.database, request.state.actor, position, limit)
    return EventsPage(items=[_seen(row) for row in rows], next=_written(reached), more=len(rows) == limit)


@api.get(
    "/v1/events/stream",
    response_class=StreamingResponse,
    summary="The same as server-sent events",
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
async def stream(
    request: Request,
    after: Cursor = None,
    last_event_id: LastEventId = None,
    seconds: Seconds = LONGEST_STREAM,
) -> Response:
    """Each event's `id` is its `sequence`; a key that no longer holds ends the stream at the next sign of life."""
    position = _position(last_event_id if last_event_id else after)
    first = await _look(request.app.state.database, request.state.actor, position, PAGE)
    told = _told(request, first, seconds)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(told, media_type="text/event-stream", headers=headers)


Looked = tuple[Sequence[CaseEvent], int]


async def _told(request: Request, looked: Looked, seconds: int) -> AsyncIterator[bytes]:
    """What there is, then what comes. A key that no longer holds, or a line that was cut, just ends it: who comes back
    is told why."""
    yield b"retry: 2000\n\n"
    with suppress(Problem):
        async for piece in _pieces(request, looked, seconds):
            yield piece


async def _pieces(request: Request, looked: Looked, seconds: int) -> AsyncIterator[bytes]:
    """The caller is looked up anew while it is quiet."""
    database: Database = request.app.state.database
    actor: Actor = request.state.actor
    until, quiet = time.monotonic() + seconds, time.monotonic()
    while True:
        rows, reached = looked
        for row in rows:
            yield _written_event(row)
        if len(rows) < PAGE:
            if time.monotonic() >= until:
                return
            if time.monotonic() - quiet >= HEARTBEAT:
                async with database.unit() as session:
                    actor = await caller(request, session)
                quiet = time.monotonic()
                yield b": still here\n\n"
            await asyncio.sleep(POLL)
        looked = await _look(database, actor, reached, PAGE)


async def _look(database: Database, actor: Actor, position: int | None, limit: int) -> Looked:
    """Number what is new, then read: the events, and how far the reader has come.

    Where fewer than the limit are the reader's own, the cursor goes to the end of the line as it was before the look.
    """
    async with database.unit() as session:
        await feed.number(session)
    async with database.unit() as session:
        start, last = await feed.ends(session, position)
        rows = await feed.after(session, start, actor=actor, limit=limit)
    if len(rows) == limit:
        return rows, rows[-1].position
    return rows, max(start, last, rows[-1].position if rows else 0)


def _position(sent: str | None) -> int | None:
    if sent is None:
        return None
    if not sent.isdecimal() or not sent.isascii() or len(sent) > DIGITS or int(sent) >= 2**63:
        raise invalid("Last-Event-ID", "is the id of an event of this feed", "leave it out to begin anew")
    return int(sent)


def _written(position: int) -> str:
    return f"{position:0{DIGITS}d}"


def _seen(row: CaseEvent) -> CaseEventSeen:
    return CaseEventSeen(
        id=row.id,
        subject=row.case_no,
        time=row.at,
        sequence=_written(row.position),
        data=CaseMoved.model_validate(row.data),
    )


def _written_event(row: CaseEvent) -> bytes:
    told = json.dumps(_seen(row).model_dump(mode="json"), ensure_ascii=False, separators=(",", ":"))
    return f"id: {_written(row.position)}\nevent: {TYPE}\ndata: {told}\n\n".encode()
