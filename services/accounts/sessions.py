"""Sessions: rows of the server behind a random cookie; over when idle, when old, when ended, when the person is."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.accounts import SECOND_FACTOR
from services.accounts.lockout import forget_old
from services.accounts.models import Session, Stage, Trip
from services.audit import record
from services.clocks import now
from services.database import service_of
from services.identity import Actor, person_acting
from services.messages import SessionsEnded
from services.messaging import tell
from services.passes import ISSUER
from services.settings import Settings

BEGUN = timedelta(minutes=10)
"""How long somebody may take from the password to the code."""
NOTED_EVERY = timedelta(minutes=1)
GRACE = timedelta(seconds=30)
"""How long the secret before a rotation still holds: requests that are on their way."""


@dataclass
class Held:
    """A session as a request holds it; `secret` is there where the cookie is to be set anew."""

    row: Session
    actor: Actor
    name: str
    secret: str | None = None


def digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def voice_of(session_id: UUID) -> str:
    """What the audit calls a session by, where a key's id would stand."""
    return f"s-{session_id.hex[:16]}"


def begin(session: AsyncSession, *, person: UUID, stage: Stage, method: str) -> tuple[Session, str]:
    """A session that does not act yet, and its secret."""
    at, secret = now(), secrets.token_urlsafe(32)
    row = Session(
        id=uuid4(), digest=digest(secret), old_digest=None, rotated_at=at, person=person, stage=stage.value,
        method=method, second_factor=False, csrf=secrets.token_urlsafe(32), rights="", pending=None,
        made_at=at, seen_at=at, ends_at=at + BEGUN,
    )  # fmt: skip
    session.add(row)
    return row, secret


async def unfinished(session: AsyncSession, secret: str | None, stage: Stage) -> Session | None:
    """The session that waits for this stage, locked."""
    wanted = select(Session).where(Session.digest == digest(secret or ""), Session.stage == stage.value)
    return await session.scalar(wanted.where(Session.ends_at > now()).with_for_update())


def renew_secret(row: Session, *, overlap: bool = False) -> str:
    """Another secret for the same session: after every step of signing in, and where rights change."""
    secret = secrets.token_urlsafe(32)
    row.old_digest = row.digest if overlap else None
    row.digest, row.rotated_at = digest(secret), now()
    return secret


def open_up(row: Session, actor: Actor, settings: Settings) -> str:
    """Signed in from here on: its rights, its limits, a new secret and a new synchroniser token."""
    row.stage, row.pending, row.rights = Stage.OPEN.value, None, rights(actor)
    row.csrf, row.seen_at = secrets.token_urlsafe(32), now()
    row.ends_at = row.seen_at + timedelta(hours=settings.session_hours)
    return renew_secret(row)


def rights(actor: Actor) -> str:
    """A digest of what the actor may: another one means that the session's secret is to be changed."""
    held = sorted(f"{grant.role} {grant.unit}" for grant in actor.grants)
    return hashlib.sha256("\n".join(held).encode()).hexdigest()[:32]


async def find(session: AsyncSession, secret: str | None, settings: Settings) -> Held | None:
    """The open session of this secret, with whoever it acts for, as they are now; None where there is none.

    Who needs a second factor by now and did not show one is not signed in.
    """
    if not secret:
        return None
    wanted, at, idle = digest(secret), now(), timedelta(minutes=settings.session_idle_minutes)
    held = (Session.old_digest == wanted) & (Session.rotated_at > at - GRACE)
    row = await session.scalar(
        select(Session).where(
            or_(Session.digest == wanted, held),
            Session.stage == Stage.OPEN.value,
            Session.ends_at > at,
            Session.seen_at > at - idle,
        )
    )
    acting = await person_acting(session, row.person, key=voice_of(row.id)) if row else None
    if row is None or acting is None or (acting[0].has(SECOND_FACTOR) and not row.second_factor):
        return None
    if row.seen_at <= at - NOTED_EVERY:
        row.seen_at = at
    return Held(row, *acting)


def rotate_where_rights_changed(held: Held) -> None:
    """A session keeps its secret no longer than its rights."""
    if held.row.rights != rights(held.actor):
        held.row.rights = rights(held.actor)
        held.secret = renew_secret(held.row, overlap=True)


async def end(session: AsyncSession, secret: str | None) -> None:
    """Signed out. What was never begun, or is over, is left in peace."""
    gone = delete(Session).where(Session.digest == digest(secret or "")).returning(Session.person, Session.id)
    ended = (await session.execute(gone)).all()
    await _tell(session, [session_id for _, session_id in ended])
    for person, session_id in ended:
        await record(session, "session.ended", str(person), voice="person", session_id=voice_of(session_id))


async def end_all(
    session: AsyncSession, person: UUID, *, but: UUID | None = None, by: Actor | None = None, voice: str | None = None
) -> int:
    """Every session of the person is over, except one; how many ended."""
    gone = delete(Session).where(Session.person == person)
    gone = gone.where(Session.id != but) if but else gone
    ended = (await session.scalars(gone.returning(Session.id))).all()
    await _tell(session, ended)
    if ended:
        await record(session, "session.all_ended", str(person), actor=by, voice=voice, ended=len(ended))
    return len(ended)


async def _tell(session: AsyncSession, ended: Sequence[UUID]) -> None:
    """The two others, where passes of these sessions may be out."""
    if ended and service_of(session) == ISSUER:
        at = now()
        message = SessionsEnded(voices=tuple(voice_of(each) for each in ended), at=at)
        await tell(session, message, sequence=round(at.timestamp() * 1000))


async def forget_all_that_is_over(session: AsyncSession, settings: Settings) -> None:
    """Delete sessions that are over, trips that nobody came back from, and failures of long ago."""
    at = now()
    idle = at - timedelta(minutes=settings.session_idle_minutes)
    await session.execute(delete(Session).where(or_(Session.ends_at <= at, Session.seen_at <= idle)))
    await session.execute(delete(Trip).where(Trip.left_at <= at - timedelta(hours=1)))
    await forget_old(session)
