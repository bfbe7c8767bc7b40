"""Callbacks to subscribers: one after the other for each, in the order of the changes, signed, until they are taken.

A subscriber that does not answer is waited for as long as it takes, and nothing passes what waits. One that answers
with a refusal is tried a number of times; then that change is a dead letter, and the next one goes out.
"""

import asyncio
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import structlog
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from intake.bridge import changes
from intake.bridge.faces import ChangeSeen
from intake.bridge.guard import NOWHERE, Forbidden, GuardedTransport, hosts_of
from intake.bridge.records import Change, DeadLetter, Kind, Subscription
from intake.bridge.secrets import signed
from intake.bridge.translating import mapping_of
from intake.models import Report
from services import audit, tracing
from services.attempts import Retry
from services.clocks import now
from services.database import Database
from services.queue import Entry, enqueue_many
from services.roles import Role
from services.settings import Settings

log = structlog.get_logger()
CALL_BACK, TEST = "call_back", "gridloop.test"
EVENT_TYPE = "application/cloudevents+json"
WITHIN, ALTOGETHER = 10.0, 30.0
"""Seconds for each step of a callback (finding, connecting, sending, the answer), and for all of it."""
LEASE = timedelta(seconds=60)
"""How long a callback is in one worker's hand; longer than it can take."""
REST = Retry(first=timedelta(seconds=2), longest=timedelta(minutes=10))
AWAY = frozenset({408, 425, 429, 502, 503, 504})
"""Answers that say that nobody is there now."""
GONE = 410
MOST = 20
"""Callbacks to one subscriber before another gets its turn."""


@dataclass(frozen=True)
class Letter:
    """One callback, ready to go."""

    row: Subscription
    id: str
    body: bytes
    position: int = 0
    dead: bool = False
    traceparent: str | None = None
    """The trace in which it happened: the callback ends it."""


@dataclass(frozen=True)
class Outcome:
    """What became of a sending: an answer's status, or none."""

    status: int | None
    reason: str

    @property
    def taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def refused(self) -> bool:
        return self.status is not None and not self.taken and self.status not in AWAY


class Caller:
    """The clock that sees what is due, and the job that sends it."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        zone: ZoneInfo,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._database, self._zone = database, zone
        self._key = settings.need("answer_key", "secrets of callbacks are made with it").encode()
        self._attempts, self._allowed = settings.max_attempts, hosts_of(settings.callback_hosts)
        self._transport = transport

    async def see_what_is_due(self) -> None:
        """Number what has happened; a job for each subscriber that something waits for."""
        async with self._database.unit() as session:
            await changes.number(session)
        async with self._database.unit() as session:
            due = (await session.scalars(text(DUE), {"now": now(), "role": Role.HOTLINE.value})).all()
            await enqueue_many(session, [Entry(CALL_BACK, str(id).encode(), dedupe=f"{CALL_BACK} {id}") for id in due])

    async def __call__(self, payload: bytes) -> None:
        """The job: what waits for one subscriber, in order, until it is away or nothing is left."""
        subscription = UUID(payload.decode())
        for _ in range(MOST):
            async with self._database.unit() as session:
                letter = await self._next(session, subscription)
            if letter is None:
                return
            outcome = await self.send(letter)
            async with self._database.unit() as session:
                if not await self._settle(session, letter, outcome):
                    return

    async def send(self, letter: Letter) -> Outcome:
        """One POST; the answer's words are never read."""
        with tracing.calling("intake", "hotline", parent=letter.traceparent) as carried:
            return await self._sent(letter, carried)

    async def _sent(self, letter: Letter, carried: dict[str, str]) -> Outcome:
        signature = signed(self._key, letter.row, letter.id, now(), letter.body)
        headers = {"content-type": EVENT_TYPE, **signature, **carried}
        transport = self._transport or GuardedTransport(self._allowed)
        try:
            async with (
                asyncio.timeout(ALTOGETHER),
                httpx.AsyncClient(transport=transport, trust_env=False, timeout=WITHIN) as client,
            ):
                request = client.build_request("POST", letter.row.url, content=letter.body, headers=headers)
                answer = await client.send(request, stream=True)
                await answer.aclose()
        except Forbidden:
            return Outcome(None, NOWHERE)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            return Outcome(None, f"no answer ({type(error).__name__})")
        return Outcome(answer.status_code, f"answered {answer.status_code}")

    def test_letter(self, row: Subscription) -> Letter:
        """What the test button sends: no case."""
        id = f"test_{row.id.hex}_{int(now().timestamp() * 1000)}"
        return Letter(row, id, event(id, TEST, str(row.id), now(), {"subscription": str(row.id)}))

    async def _next(self, session: AsyncSession, subscription: UUID) -> Letter | None:
        """The next callback, in this worker's hand from now on; None where there is none to send now."""
        row = await session.get(Subscription, subscription, with_for_update=True)
        if row is None or row.ended_at or _later(row.rest_until) or _later(row.leased_until):
            return None
        found, dead = await self._requeued(session, row), True
        if found is None:
            following = await changes.after(session, row.client, row.delivered, kinds=row.kinds)
            found, dead = (following[0] if following else None), False
        if found is None:
            return None
        row.leased_until = now() + LEASE
        codes = await mapping_of(session, row.client, [Kind.STATE])
        data = ChangeSeen.of(*found, codes, self._zone).model_dump(mode="json")
        body = event(data["id"], data["kind"], data["case_no"], found[0].at, data, found[0].position)
        return Letter(row, data["id"], body, found[0].position, dead, found[0].traceparent)

    async def _requeued(self, session: AsyncSession, row: Subscription) -> tuple[Change, Report] | None:
        found = select(Change, Report).join(DeadLetter, DeadLetter.position == Change.position)
        found = found.join(Report, Report.case_no == Change.case_no)
        found = found.where(DeadLetter.subscription == row.id, DeadLetter.again_at.is_not(None))
        first = (await session.execute(found.order_by(Change.position).limit(1))).first()
        return (first[0], first[1]) if first else None

    async def _settle(self, session: AsyncSession, letter: Letter, outcome: Outcome) -> bool:
        """Note what became of it; whether the next one may go at once."""
        row = await session.get_one(Subscription, letter.row.id, with_for_update=True)
        row.leased_until = None
        if outcome.taken:
            await self._taken(session, row, letter)
            return True
        row.failures, row.trouble = row.failures + 1, outcome.reason
        log.warning("callback not taken", subscription=str(row.id), failures=row.failures, reason=outcome.reason)
        if outcome.status == GONE:
            row.ended_at, row.end_reason = now(), "the subscriber answered 410 Gone"
            await audit.record(session, "unsubscribe", str(row.id), voice="subscriber")
            return False
        if outcome.refused and row.failures >= self._attempts:
            await self._give_up(session, row, letter, outcome)
            return True
        row.rest_until = now() + REST.rest(row.failures - 1)
        return False

    async def _taken(self, session: AsyncSession, row: Subscription, letter: Letter) -> None:
        row.failures, row.trouble, row.rest_until = 0, None, None
        if letter.dead:
            await session.delete(await session.get_one(DeadLetter, (row.id, letter.position)))
        else:
            row.delivered = letter.position

    async def _give_up(self, session: AsyncSession, row: Subscription, letter: Letter, outcome: Outcome) -> None:
        if letter.dead:
            kept = await session.get_one(DeadLetter, (row.id, letter.position))
            kept.attempts, kept.reason, kept.again_at = kept.attempts + row.failures, outcome.reason, None
        else:
            facts = {"attempts": row.failures, "reason": outcome.reason, "dead_at": now()}
            session.add(DeadLetter(subscription=row.id, position=letter.position, **facts))
            row.delivered = letter.position
        row.failures, row.rest_until = 0, None


def _later(at: datetime | None) -> bool:
    return at is not None and at > now()


def event(id: str, kind: str, subject: str, at: datetime, data: dict[str, Any], position: int | None = None) -> bytes:
    """One CloudEvent in structured JSON; `sequence` grows with the changes of one client."""
    attributes = {
        "id": id, "source": "/intake", "type": kind, "subject": subject, "time": at,
        "datacontenttype": "application/json", **({} if position is None else {"sequence": f"{position:020d}"}),
    }  # fmt: skip
    return JSONFormat().write(CloudEvent(attributes, json.loads(json.dumps(data))))


DUE = """
    SELECT id FROM subscriptions AS mine
    WHERE ended_at IS NULL AND (rest_until IS NULL OR rest_until <= :now)
        AND (leased_until IS NULL OR leased_until <= :now)
        AND EXISTS (SELECT 1 FROM grants WHERE person = mine.client AND role = :role AND ended_at IS NULL)
        AND (EXISTS (SELECT 1 FROM dead_letters WHERE subscription = mine.id AND again_at IS NOT NULL)
            OR EXISTS (SELECT 1 FROM case_changes
                WHERE client = mine.client AND position > mine.delivered AND mine.kinds ? kind))
"""
"""Nothing goes to one who is the city's hotline no longer; should it be again, what happened meanwhile follows."""
