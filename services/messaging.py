"""The links between the services: told in the transaction of the change, carried by the worker, signed, over HTTP.

`tell` writes the outbox, `Courier` empties it, `messages_endpoint` receives, `Peers` makes signed calls beside it.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx
from fastapi import APIRouter, Request
from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from services.attempts import Unreachable
from services.database import Database, service_of
from services.events import BATCH_TYPE, MESSAGES_PATH, Envelope, Line, id_of, write
from services.inbox import Handler, Handlers, Inbox, MayNotSay, NotYet, receive, receive_batch, retry_waiting
from services.messages import ROUTES, Message
from services.problems import BodyTooLarge, Problem, WrongMediaType
from services.queue import Entry, Job, enqueue_many
from services.settings import SERVICES, ServiceName, Settings
from services.signing import sign_link, verify_link

__all__ = [
    "Courier", "Envelope", "Handler", "Inbox", "Line", "MayNotSay", "NotYet", "Peers", "PeerFailed",
    "messages_endpoint", "receive", "retry_waiting", "tell",
]
BATCH_EVENTS, BATCH_BYTES = 200, 4 * 2**20
"""What one POST may bring."""
POST_EVENTS, POST_BYTES, LINGER = 50, 2**20, 0.01
"""What one POST of ours carries, and how many seconds it waits to fill."""
LINES = TypeAdapter(list[Line])


class MessageTooLarge(ValueError):
    """A message is larger than a receiver takes."""


class NotTaken(Exception):
    """The receiver could not take this message."""


class PeerFailed(Exception):
    """Another service did not answer a call, or refused it; `status` is what it answered, if it did."""

    def __init__(self, peer: ServiceName, status: int | None = None) -> None:
        super().__init__(f"{peer} answered {status}" if status else f"{peer} did not answer")
        self.peer, self.status = peer, status


class NoBatch(Problem):
    """The body is not a JSON list of at most 200 CloudEvents."""

    status = 422
    title = "Not a batch"


async def tell(session: AsyncSession, message: Message, *, sequence: int, traceparent: str | None = None) -> None:
    """Write the message to the outbox, for everybody ROUTES names, in the session's transaction: one statement.

    Raises MayNotSay where this service is not the one that says such things.
    """
    source, destinations = ROUTES[type(message)]
    if source != service_of(session):
        raise MayNotSay(f"{service_of(session)} does not say {message.type}")
    event = write(message, source, sequence, traceparent)
    if len(event) > POST_BYTES:
        raise MessageTooLarge(f"{message.type} has {len(event)} bytes")
    await enqueue_many(session, [Entry(f"to_{destination}", event) for destination in destinations])


class Courier:
    """Carries the outbox: jobs of one destination travel together, and each is settled by its own line."""

    def __init__(
        self,
        settings: Settings,
        service: ServiceName,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        timeout: float = 15.0,
    ) -> None:
        self._settings, self._service = settings, service
        self._client = httpx.AsyncClient(transport=transport, timeout=timeout, trust_env=False)
        self._bags = {name: _Bag(partial(self._post, name)) for name in SERVICES if name != service}

    def jobs(self) -> Mapping[str, Job]:
        return {f"to_{name}": partial(self._carry, name) for name in self._bags}

    async def close(self) -> None:
        await self._client.aclose()

    async def _carry(self, destination: ServiceName, event: bytes) -> None:
        """Raises NotTaken where the receiver's line says so, Unreachable where there is no answer to go by."""
        lines = await self._bags[destination].put(event)
        line = lines.get(id_of(json.loads(event)))
        if line is None or line.status == "failed":
            raise NotTaken(line.detail if line else "no line")

    async def _post(self, destination: ServiceName, events: list[bytes]) -> dict[str, Line]:
        body = b"[" + b",".join(events) + b"]"
        signed = sign_link(self._settings, self._service, destination, "POST", MESSAGES_PATH, body)
        url = f"{self._settings.peer_url(destination)}/{destination}{MESSAGES_PATH}"
        try:
            answer = await self._client.post(url, content=body, headers={"content-type": BATCH_TYPE, **signed})
        except httpx.HTTPError as error:
            raise Unreachable(f"{destination}: {type(error).__name__}") from None
        if answer.status_code != httpx.codes.OK:
            raise Unreachable(f"{destination} answered {answer.status_code}")
        return {line.id: line for line in LINES.validate_json(answer.content)}


class _Bag:
    """Events for one destination until there are enough of them, or for a moment."""

    def __init__(self, post: Callable[[list[bytes]], Awaitable[dict[str, Line]]]) -> None:
        self._post = post
        self._events: list[bytes] = []
        self._bytes = 0
        self._trip: asyncio.Task[dict[str, Line]] | None = None

    async def put(self, event: bytes) -> dict[str, Line]:
        """The lines of the POST that carried this event; what it raises, raises here for each of its events."""
        if self._trip is None or len(self._events) == POST_EVENTS or self._bytes + len(event) > POST_BYTES:
            self._events, self._bytes = [], 0
            self._trip = asyncio.create_task(self._leave(self._events))
        self._events.append(event)
        self._bytes += len(event)
        return await asyncio.shield(self._trip)
