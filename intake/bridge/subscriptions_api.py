"""Subscriptions: made, looked at, tried out, given a new secret, ended; and the dead letters of each."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import Header, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, StringConstraints

from intake.bridge import subscriptions
from intake.bridge.callbacks import Caller
from intake.bridge.changes import ChangeKind
from intake.bridge.guard import hosts_of, refuse_unsafe
from intake.bridge.records import Change, DeadLetter, Subscription
from intake.bridge.secrets import secret_of
from intake.schemas import In
from services import audit
from services.guarding import router
from services.requests import Answer, Call, perform

api = router(tags=["hotline bridge"])
OnceKey = Annotated[str | None, Header(alias="Idempotency-Key")]
BASE = "/v1/subscriptions"


class NewSubscription(In):
    """Where to call back, and for what; all kinds where none is named. An administrator names the `client`."""

    url: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    kinds: tuple[ChangeKind, ...] = ()
    client: UUID | None = None


class SubscriptionSeen(BaseModel):
    """A subscription. `trouble` is why the last callback was not taken; `failures` how often it has been tried."""

    id: UUID
    client: UUID
    url: str
    kinds: list[ChangeKind]
    made_at: datetime
    delivered: str | None = Field(description="The last change that is settled.")
    failures: int
    trouble: str | None
    rest_until: datetime | None
    old_secret_until: datetime | None
    ended_at: datetime | None
    end_reason: str | None

    @classmethod
    def of(cls, row: Subscription, **more: Any) -> Self:
        same = ("id", "client", "url", "kinds", "made_at", "failures", "trouble", "rest_until", "ended_at")
        told = {name: getattr(row, name) for name in (*same, "end_reason")}
        settled = f"chg_{row.delivered}" if row.delivered else None
        return cls(**told, delivered=settled, old_secret_until=row.old_until, **more)


class SubscriptionMade(SubscriptionSeen):
    """With its secret, this one time."""

    secret: str | None


class Subscriptions(BaseModel):
    items: list[SubscriptionSeen]


class Rotation(In):
    overlap_hours: int = Field(24, ge=0, le=168, description="How long callbacks carry a signature of both secrets.")


class Tried(BaseModel):
    """What became of the test event."""

    delivered: bool
    status: int | None
    reason: str


class DeadLetterSeen(BaseModel):
    """A callback that was given up."""

    id: str
    kind: ChangeKind
    case_no: str
    attempts: int
    reason: str
    dead_at: datetime
    waiting: bool = Field(description="Whether it was put back and is on its way again.")

    @classmethod
    def of(cls, letter: DeadLetter, change: Change) -> Self:
        same = {name: getattr(letter, name) for name in ("attempts", "reason", "dead_at")}
        told = {"kind": change.kind, "case_no": change.case_no, "waiting": letter.again_at is not None}
        return cls.model_validate({"id": f"chg_{change.position}", **same, **told})


class DeadLetters(BaseModel):
    items: list[DeadLetterSeen]


class Requeue(In):
    """Which to send again; all where none is named."""

    ids: list[Annotated[str, StringConstraints(pattern=r"^chg_[0-9]{1,18}$")]] = Field([], max_length=1000)


class Requeued(BaseModel):
    requeued: int


@api.post(BASE, status_code=201, summary="Be called back; the secret is shown once", response_model=SubscriptionMade)
async def subscribe(request: Request, told: NewSubscription, _: OnceKey = None) -> Response:
    refuse_unsafe(told.url, hosts_of(request.app.state.settings.callback_hosts))

    async def made(call: Call) -> Subscription:
        return await subscriptions.subscribe(call.session, actor=call.actor, **told.model_dump())

    return await _with_secret(request, made)


@api.post(f"{BASE}/{{subscription}}/rotation", status_code=201, summary="A new secret", response_model=SubscriptionMade)
async def rotate_secret(request: Request, subscription: UUID, told: Rotation, _: OnceKey = None) -> Response:
    async def rotated(call: Call) -> Subscription:
        row = await subscriptions.find(call.session, call.actor, subscription, open_=True)
        overlap = timedelta(hours=told.overlap_hours)
        await subscriptions.rotate(call.session, row, actor=call.actor, overlap=overlap)
        return row

    return await _with_secret(request, rotated)


async def _with_secret(request: Request, act: Any) -> Response:
    """What is kept for repeats has no secret in it; the secret joins the answer after the commit."""
    shown: list[SubscriptionMade] = []

    async def verb(call: Call) -> Answer:
        row = await act(call)
        secret = secret_of(request.app.state.answer_key, row.id, row.salt)
        shown.append(SubscriptionMade.of(row, secret=secret))
        headers = {"Location": f"/intake{BASE}/{row.id}"}
        return Answer(201, SubscriptionMade.of(row, secret=None), headers)

    answer = await perform(request, verb)
    if not shown:
        return answer
    return JSONResponse(
        shown[0].model_dump(mode="json"), status_code=201, headers={"Location": answer.headers["location"]}
    )


@api.get(BASE, summary="The subscriptions that are yours")
async def subscriptions_listed(request: Request) -> Subscriptions:
    async with request.app.state.database.unit() as session:
        rows = await subscriptions.seen(session, request.state.actor)
    return Subscriptions(items=[SubscriptionSeen.of(row) for row in rows])


@api.get(f"{BASE}/{{subscription}}", summary="One subscription")
async def subscription_shown(request: Request, subscription: UUID) -> SubscriptionSeen:
    async with request.app.state.database.unit() as session:
        return SubscriptionSeen.of(await subscriptions.find(session, request.state.actor, subscription))


@api.delete(f"{BASE}/{{subscription}}", summary="End it", response_model=SubscriptionSeen)
async def unsubscribe(request: Request, subscription: UUID, _: OnceKey = None) -> Response:
    async def verb(call: Call) -> Answer:
        row = await subscriptions.find(call.session, call.actor, subscription, open_=True)
        await subscriptions.end(call.session, row, actor=call.actor)
        return Answer(200, SubscriptionSeen.of(row))

    return await perform(request, verb)


@api.post(f"{BASE}/{{subscription}}/test", summary="Send a test event now", response_model=Tried)
async def try_subscription(request: Request, subscription: UUID, _: OnceKey = None) -> Response:
    """The event goes out before the transaction, so that none waits for somebody else's server."""
    state = request.app.state
    async with state.database.unit() as session:
        row = await subscriptions.find(session, request.state.actor, subscription, open_=True)
    caller: Caller = state.callback_caller
    outcome = await caller.send(caller.test_letter(row))

    async def verb(call: Call) -> Answer:
        await audit.record(call.session, "test_callback", str(row.id), actor=call.actor, status=outcome.status)
        return Answer(200, Tried(delivered=outcome.taken, status=outcome.status, reason=outcome.reason))

    return await perform(request, verb)


@api.get(f"{BASE}/{{subscription}}/dead-letters", summary="Callbacks that were given up")
async def dead_letters(request: Request, subscription: UUID) -> DeadLetters:
    async with request.app.state.database.unit() as session:
        row = await subscriptions.find(session, request.state.actor, subscription)
        found = await subscriptions.dead_letters(session, row)
    return DeadLetters(items=[DeadLetterSeen.of(letter, change) for letter, change in found])


@api.post(f"{BASE}/{{subscription}}/dead-letters/requeue", summary="Send them again", response_model=Requeued)
async def requeue_callbacks(request: Request, subscription: UUID, told: Requeue, _: OnceKey = None) -> Response:
    async def verb(call: Call) -> Answer:
        row = await subscriptions.find(call.session, call.actor, subscription, open_=True)
        positions = [int(each.removeprefix("chg_")) for each in told.ids]
        count = await subscriptions.requeue(call.session, row, actor=call.actor, positions=positions)
        return Answer(200, Requeued(requeued=count))

    return await perform(request, verb)
