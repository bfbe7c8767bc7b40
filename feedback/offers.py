"""Surveys offered to the provider: signed batches that go out, once in effect, and are called back when a survey ends.

What goes out is case number, round, kind, the questions and a relay handle, never a person and never a number. A batch
is settled in the database before it is sent and keeps its id over all retries, by which the provider knows a repeat.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from feedback.models import Answer as Rating
from feedback.models import Offer, State, Survey, Via
from feedback.questionnaires import questionnaire
from services import tracing
from services.attempts import Unreachable
from services.clocks import now
from services.database import Database
from services.ids import new_id
from services.outbox import enqueue
from services.settings import Settings
from services.signing import sign

SEND = "send_offers"
OFFERED, CLOSED = "survey.offered", "survey.closed"
MOST = 100
"""How many surveys go in one batch."""
WITHIN = 15.0


async def gather(session: AsyncSession) -> int:
    """Put what is not offered yet, and what ended without the provider, in batches of their own; how many surveys."""
    offered, closed = await _unoffered(session), await _ended_elsewhere(session)
    if offered:
        batch = new_id()
        rows = [{"survey": each, "batch": batch, "made_at": now(), "sent_at": None} for each in offered]
        await session.execute(insert(Offer), rows)
        await enqueue(session, SEND, str(batch).encode())
    if closed:
        batch = new_id()
        await session.execute(update(Offer).where(Offer.survey.in_(closed)).values(closed_batch=batch))
        await enqueue(session, SEND, str(batch).encode())
    return len(offered) + len(closed)


async def _unoffered(session: AsyncSession) -> Sequence[UUID]:
    """Open surveys with a handle; what another worker gathers just now is left to it."""
    made = select(Offer.survey).where(Offer.survey == Survey.id).exists()
    waiting = select(Survey.id).where(Survey.state == State.OPEN, Survey.relay.is_not(None), ~made)
    return (await session.scalars(waiting.order_by(Survey.id).limit(MOST).with_for_update(skip_locked=True))).all()


async def _ended_elsewhere(session: AsyncSession) -> Sequence[UUID]:
    by_provider = select(Rating.id).where(Rating.survey == Survey.id, Rating.via == Via.CALLBACK, ~Rating.late)
    over = select(Offer.survey).join(Survey, Survey.id == Offer.survey)
    over = over.where(Offer.closed_batch.is_(None), Survey.state.not_in([State.OPEN, State.UNREACHABLE]))
    over = over.where(~by_provider.exists()).order_by(Offer.survey).limit(MOST)
    return (await session.scalars(over.with_for_update(of=Offer, skip_locked=True))).all()


class Sender:
    """The job that sends a batch; where the provider does not take it, it comes again for as long as it takes."""

    def __init__(
        self, settings: Settings, database: Database, *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._settings, self._database, self._transport = settings, database, transport

    async def __call__(self, payload: bytes) -> None:
        """Raises Unreachable where the provider is away or answers with anything but 2xx."""
        batch = UUID(payload.decode())
        async with self._database.unit() as session:
            events = await _events(session, batch)
        if events and self._settings.survey_url:
            await self._post(self._settings.survey_url, batch, events)
        async with self._database.unit() as session:
            await session.execute(update(Offer).where(Offer.batch == batch).values(sent_at=now()))

    async def _post(self, url: str, batch: UUID, events: list[dict[str, Any]]) -> None:
        body = json.dumps(events, ensure_ascii=False).encode()
        secret = self._settings.need("survey_secret", "offers to the survey provider are signed with it").split()[0]
        headers = {"content-type": "application/json", **sign(secret, f"msg_{batch.hex}", datetime.now(UTC), body)}
        try:
            with tracing.calling("feedback", "survey provider", **_of_traces(events)) as carried:
                async with httpx.AsyncClient(transport=self._transport, trust_env=False, timeout=WITHIN) as client:
                    answer = await client.post(url, content=body, headers={**headers, **carried})
        except httpx.HTTPError as error:
            raise Unreachable(f"the survey provider: {type(error).__name__}") from None
        if not answer.is_success:
            raise Unreachable(f"the survey provider answered {answer.status_code}")


def _of_traces(events: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A batch about one trace's surveys belongs to that trace; one about several, to its own, with a link to each."""
    traces = list(dict.fromkeys(event.get("traceparent") for event in events))
    return {"parent": traces[0] if len(traces) == 1 else None, "links": traces, "count": len(events)}


async def _events(session: AsyncSession, batch: UUID) -> list[dict[str, Any]]:
    """What the batch says now: a survey that ended before its offer could be sent is left out."""
    first = select(Survey).join(Offer, Offer.survey == Survey.id).where(Offer.batch == batch).order_by(Survey.id)
    offered = (await session.scalars(first.where(Survey.state == State.OPEN))).all()
    over = select(Survey).join(Offer, Offer.survey == Survey.id).where(Offer.closed_batch == batch).order_by(Survey.id)
    closed = (await session.scalars(over)).all()
    return [_offered(survey) for survey in offered] + [_event(CLOSED, survey) for survey in closed]


def _offered(survey: Survey) -> dict[str, Any]:
    asked = questionnaire(survey.questions).model_dump(exclude={"photo"})
    facts = {"relay": survey.relay, "until": survey.due_at.isoformat(), "asked": asked}
    return _event(OFFERED, survey, **facts)


def _event(kind: str, survey: Survey, **facts: Any) -> dict[str, Any]:
    named = {"case_no": survey.case_no, "round": survey.round, "kind": survey.kind}
    carried = {"traceparent": survey.traceparent} if survey.traceparent else {}
    return {"type": kind, "timestamp": now().isoformat(), **carried, "data": {**named, **facts}}
