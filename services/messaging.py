"""The links between the services: told in the transaction of the change, carried by the worker, signed, over HTTP.

`tell` writes the outbox, `Courier` empties it, `messages_endpoint` receives, `Peers` makes signed calls beside it.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

import httpx
from fastapi import APIRouter, Request
from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from services import tracing
from services.attempts import Unreachable
from services.database import service_of
from services.events import BATCH_TYPE, MESSAGES_PATH, Envelope, Line, id_of, write
from services.inbox import Handler, Handlers, Inbox, MayNotSay, NotYet, receive, receive_batch, retry_waiting
from services.messages import ROUTES, Message
from services.outbox import Beside
from services.problems import BodyTooLarge, Problem, WrongMediaType
from services.queue import Entry, Job, enqueue_many
from services.settings import SERVICES, ServiceName, Settings
from services.signing import sign_link, verify_link

__all__ = ["Courier", "Envelope", "Handler", "Inbox", "Line", "MayNotSay", "NotYet", "PeerFailed", "Peers"]
__all__ += ["messages_endpoint", "receive", "retry_waiting", "tell"]
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


async def tell(
    session: AsyncSession,
    message: Message,
    *,
    sequence: int,
    also: Sequence[Entry] = (),
    beside: Beside | None = None,
) -> None:
    """Write the message to the outbox, for everybody ROUTES names, in the session's transaction: one statement.

    `also` are jobs of the service's own that go with it, `beside` a row.

    Raises MayNotSay where this service is not the one that says such things.
    """
    source, destinations = ROUTES[type(message)]
    if source != service_of(session):
        raise MayNotSay(f"{service_of(session)} does not say {message.type}")
    event = write(message, source, sequence, tracing.traceparent())
    if len(event) > POST_BYTES:
        raise MessageTooLarge(f"{message.type} has {len(event)} bytes")
    await enqueue_many(
        session, [*(Entry(f"to_{destination}", event) for destination in destinations), *also], beside=beside
    )


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
            with tracing.calling(self._service, destination, links=_others(events), count=len(events)) as carried:
                headers = {"content-type": BATCH_TYPE, **signed, **carried}
                answer = await self._client.post(url, content=body, headers=headers)
        except httpx.HTTPError as error:
            raise Unreachable(f"{destination}: {type(error).__name__}") from None
        if answer.status_code != httpx.codes.OK:
            raise Unreachable(f"{destination} answered {answer.status_code}")
        try:
            return {line.id: line for line in LINES.validate_json(answer.content)}
        except ValueError:
            raise Unreachable(f"{destination} did not answer with lines") from None


def _others(events: Sequence[bytes]) -> list[str | None]:
    """The traces of those that travel along: the POST belongs to the first one's."""
    return [json.loads(event).get("traceparent") for event in events[1:]] if tracing.exporting() else []


class _Bag:
    """Events for one destination, until there are enough of them or a moment has passed."""

    def __init__(self, post: Callable[[list[bytes]], Awaitable[dict[str, Line]]]) -> None:
        self._post = post
        self._events: list[bytes] = []
        self._trip: asyncio.Task[dict[str, Line]] | None = None

    async def put(self, event: bytes) -> dict[str, Line]:
        """The lines of the POST that carried this event; what went wrong with it is raised for each of its events."""
        if self._trip is None or not self._has_room(event):
            self._events = []
            self._trip = asyncio.create_task(self._leave(self._events))
            self._trip.add_done_callback(lambda trip: trip.cancelled() or trip.exception())
        self._events.append(event)
        return await asyncio.shield(self._trip)

    def _has_room(self, event: bytes) -> bool:
        return len(self._events) < POST_EVENTS and sum(map(len, self._events)) + len(event) <= POST_BYTES

    async def _leave(self, events: list[bytes]) -> dict[str, Line]:
        await asyncio.sleep(LINGER)
        if self._events is events:
            self._trip = None
        return await self._post(events)


def messages_endpoint(handlers: Handlers) -> APIRouter:
    """`POST /v1/messages` of a service; its name, settings and database are those of its app (`app.state`)."""
    router = APIRouter(tags=["messages"])

    @router.post(MESSAGES_PATH, summary="Messages from the other services, signed", openapi_extra=BATCH_BODY)
    async def messages(request: Request) -> list[Line]:
        state = request.app.state
        body = await _signed_body(request)
        source = _link_source(state.settings, state.service, request, body)
        return await receive_batch(state.database, handlers, source, _events(request, body))

    return router


async def _signed_body(request: Request) -> bytes:
    body = await request.body()
    if len(body) > BATCH_BYTES:
        raise BodyTooLarge(f"This route takes bodies of up to {BATCH_BYTES} bytes.", limit=BATCH_BYTES)
    return body


def _events(request: Request, body: bytes) -> list[Any]:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != BATCH_TYPE:
        raise WrongMediaType(f"This route reads {BATCH_TYPE}.")
    try:
        events = json.loads(body)
    except ValueError:
        raise NoBatch from None
    if not isinstance(events, list) or len(events) > BATCH_EVENTS:
        raise NoBatch
    return events


def _link_source(settings: Settings, service: ServiceName, request: Request, body: bytes) -> ServiceName:
    query = request.scope["query_string"]
    target = request.scope.get("raw_path", request.scope["path"].encode()) + (b"?" + query if query else b"")
    return verify_link(settings, service, request.method, target.decode("ascii", "replace"), request.headers, body)


class Peers:
    """Signed calls between the services beside the queue: advice and one-time links, never what must happen."""

    def __init__(
        self, settings: Settings, service: ServiceName, *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._settings, self._service = settings, service
        self._client = httpx.AsyncClient(transport=transport, trust_env=False)

    async def call(
        self, destination: ServiceName, method: str, path: str, payload: Any = None, *, within: float = 3.0
    ) -> Any:
        """What the peer answers, as JSON; `path` starts after its prefix. Raises PeerFailed."""
        body = b"" if payload is None else json.dumps(payload).encode()
        target = httpx.URL(f"http://{destination}/{destination}{path}").raw_path.decode()
        headers = sign_link(self._settings, self._service, destination, method, target, body)
        if body:
            headers["content-type"] = "application/json"
        url = self._settings.peer_url(destination) + target
        try:
            with tracing.calling(self._service, destination) as carried:
                answer = await self._client.request(
                    method, url, content=body, headers={**headers, **carried}, timeout=within
                )
            answer.raise_for_status()
            return answer.json() if answer.content else None
        except httpx.HTTPStatusError as error:
            raise PeerFailed(destination, error.response.status_code) from None
        except (httpx.HTTPError, ValueError):
            raise PeerFailed(destination) from None

    async def signed_source(self, request: Request) -> ServiceName:
        """The service that makes this call. Raises BadSignature."""
        return _link_source(self._settings, self._service, request, await request.body())

    async def close(self) -> None:
        await self._client.aclose()


BATCH_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {BATCH_TYPE: {"schema": {"type": "array", "maxItems": BATCH_EVENTS, "items": {"type": "object"}}}},
    }
}
