"""What every write has in common: one unit of work, `Idempotency-Key`, `ETag`/`If-Match`, cursors for lists."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from fastapi import Request, Response
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse
from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.orm.exc import StaleDataError

from services.clocks import now
from services.database import Database, Floor, rows_changed
from services.identity import Actor
from services.problems import FieldFault, Problem, VersionMissing, VersionStale, invalid

KEPT_FOR = timedelta(hours=24)


class IdempotencyKey(Floor):
    """A key that a client sent once, as a keyed digest, with the answer it got; never the body."""

    __tablename__ = "idempotency_keys"
    digest: Mapped[bytes] = mapped_column(primary_key=True)
    request: Mapped[bytes]
    status: Mapped[int | None]
    headers: Mapped[dict[str, Any] | None]
    answer: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(index=True)


class KeyReused(Problem):
    """This Idempotency-Key was used for another request."""

    status = 422
    title = "Idempotency-Key reused"
    remedy = "Use a new key for a new request; repeat the old request to the letter to get its answer again."


@dataclass
class Answer:
    """What a write answers: never personal data, since it is kept for repeats."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """One write as a verb's endpoint sees it."""

    session: AsyncSession
    actor: Actor
    request: Request


async def perform(request: Request, verb: Callable[[Call], Awaitable[Answer]]) -> Response:
    """Run the verb in one transaction and answer after its commit; the same Idempotency-Key gets the same answer."""
    database: Database = request.app.state.database
    try:
        async with database.unit() as session:
            claim = await _claim(session, request)
            if claim and claim.answer is not None:
                return claim.answer
            answer = await verb(Call(session, request.state.actor, request))
            response = _response(answer)
            if claim:
                await _keep(session, claim, answer)
    except StaleDataError:
        raise VersionStale from None
    return response


@dataclass(frozen=True)
class _Claim:
    digest: bytes
    answer: Response | None


async def _claim(session: AsyncSession, request: Request) -> _Claim | None:
    """Insert the key first: a racer with the same key waits here until the first one is through."""
    key = said(request, "idempotency-key")
    if key is None:
        return None
    if not 1 <= len(key) <= 255:
        raise invalid("Idempotency-Key", "has 1 to 255 characters", "send a UUID, for example")
    digest = _digest(request, request.state.actor.key, key)
    asked = f"{request.url.path}?{request.url.query}"
    wanted = _digest(request, request.method, asked, said(request, "if-match") or "", await request.body())
    row = {"digest": digest, "request": wanted, "created_at": now()}
    claim = insert(IdempotencyKey).values(row).on_conflict_do_nothing().returning(IdempotencyKey.digest)
    if await session.scalar(claim) is not None:
        return _Claim(digest, None)
    kept = await session.get_one(IdempotencyKey, digest)
    if not hmac.compare_digest(kept.request, wanted):
        raise KeyReused(faults=[FieldFault("Idempotency-Key", "belongs to one request", KeyReused.remedy)])
    headers = {**(kept.headers or {}), "Idempotent-Replayed": "true"}
    body = (kept.answer or {}).get("body")
    return _Claim(digest, JSONResponse(body, status_code=kept.status or 200, headers=headers))


def said(request: Request, header: str) -> str | None:
    """What the header says, or what a page's form said in its place (`services.staff_pages`)."""
    told: Mapping[str, str] = getattr(request.state, "said", {})
    return request.headers.get(header, told.get(header))


async def _keep(session: AsyncSession, claim: _Claim, answer: Answer) -> None:
    kept = {"status": answer.status, "headers": answer.headers, "answer": {"body": jsonable_encoder(answer.body)}}
    await session.execute(update(IdempotencyKey).where(IdempotencyKey.digest == claim.digest).values(kept))


def _response(answer: Answer) -> Response:
    return JSONResponse(jsonable_encoder(answer.body), status_code=answer.status, headers=answer.headers)


def _digest(request: Request, *parts: str | bytes) -> bytes:
    secret: bytes = request.app.state.answer_key
    joined = b"\0".join(part.encode() if isinstance(part, str) else part for part in parts)
    return hmac.new(secret, joined, hashlib.sha256).digest()


async def forget_old_keys(session: AsyncSession) -> int:
    """Delete idempotency keys older than a day; the number deleted."""
    result = await session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < now() - KEPT_FOR))
    return rows_changed(result)


def etag(version: int) -> str:
    return f'"{version}"'


def version_wanted(request: Request) -> int:
    """The version of `If-Match`. Raises VersionMissing (428) without one, VersionStale (412) where it is no version."""
    sent = said(request, "if-match")
    if sent is None:
        raise VersionMissing
    digits = sent.strip().strip('"')
    if not digits.isdecimal() or len(digits) > 9:
        raise VersionStale
    return int(digits)


def cursor(**position: Any) -> str:
    """An opaque place in a list."""
    return base64.urlsafe_b64encode(json.dumps(jsonable_encoder(position)).encode()).decode().rstrip("=")


def whole(found: Mapping[str, Any], name: str, *, of: str = "cursor") -> int:
    """A whole number in what `position` found, no larger than PostgreSQL takes. Raises Invalid."""
    number = found.get(name)
    if type(number) is not int or not 0 <= number < 2**63:
        raise invalid(of, "is a `next` value of this list", "start again without a cursor")
    return number


def position(sent: str) -> Mapping[str, Any]:
    """What `cursor` was made of. Raises Invalid for anything else."""
    try:
        found = json.loads(base64.urlsafe_b64decode(sent + "=" * (-len(sent) % 4)))
    except (binascii.Error, ValueError):
        found = None
    if not isinstance(found, dict):
        raise invalid("cursor", "is a `next` value of this list", "start again without a cursor")
    return found
