"""Who wants to be called back, and where: made by the client itself or by an administrator for it."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from intake.bridge import changes, clients
from intake.bridge.changes import ChangeKind
from intake.bridge.records import Change, DeadLetter, Subscription
from intake.bridge.secrets import new_salt
from services import audit
from services.clocks import now
from services.database import rows_changed
from services.identity import Actor, RoleGrant
from services.ids import new_id
from services.problems import Conflict, NotFound, invalid
from services.roles import Role

KEEPERS = (Role.ADMINISTRATOR,)
MOST = 20
"""Open subscriptions of one client."""


class TooManySubscriptions(Conflict):
    """A client has at most 20 subscriptions that have not ended."""

    remedy = "End one that is no longer used."


class SubscriptionOver(Conflict):
    """This subscription has ended."""

    remedy = "Make a new one; what happened meanwhile is under /v1/changes."


async def subscribe(
    session: AsyncSession, *, actor: Actor, client: UUID | None, url: str, kinds: Sequence[ChangeKind]
) -> Subscription:
    """A subscription to what happens from now on. Raises Invalid, TooManySubscriptions."""
    whose = await _client(session, actor, client)
    await changes.number(session)  # also the lock under which nobody else counts
    mine = select(func.count()).where(Subscription.client == whose, Subscription.ended_at.is_(None))
    if (await session.scalar(mine) or 0) >= MOST:
        raise TooManySubscriptions
    row = Subscription(
        id=new_id(), client=whose, made_by=actor.person, made_at=now(), url=url,
        kinds=[kind.value for kind in kinds or ChangeKind], salt=new_salt(),
        delivered=await changes.last_position(session), failures=0,
    )  # fmt: skip
    session.add(row)
    await audit.record(session, "subscribe", str(row.id), actor=actor, client=str(whose), kinds=row.kinds)
    return row


async def _client(session: AsyncSession, actor: Actor, named: UUID | None) -> UUID:
    """A hotline's own cases; an administrator says whose."""
    if actor.has([Role.HOTLINE]) and named in (None, actor.person):
        return actor.person
    if not actor.has([Role.ADMINISTRATOR]):
        raise invalid("client", "is yourself", "leave it out")
    if named is None:
        raise invalid("client", "is needed from an administrator", "name the hotline system's person")
    known = select(RoleGrant.id).where(RoleGrant.person == named, RoleGrant.role == Role.HOTLINE)
    mine = clients.within_reach(actor, KEEPERS, RoleGrant.person)
    if await session.scalar(known.where(RoleGrant.ended_at.is_(None), mine).limit(1)) is None:
        raise invalid("client", "holds the role hotline", "name the hotline system's person")
    return named


async def seen(session: AsyncSession, actor: Actor) -> Sequence[Subscription]:
    """Those that are the actor's to see, oldest first."""
    mine = clients.within_reach(actor, KEEPERS, Subscription.client)
    return (await session.scalars(select(Subscription).where(mine).order_by(Subscription.id))).all()


async def find(session: AsyncSession, actor: Actor, subscription: UUID, *, open_: bool = False) -> Subscription:
    """Raises NotFound; SubscriptionOver where it must be open and is not. Locks the row where it must be open."""
    mine = select(Subscription).where(Subscription.id == subscription)
    mine = mine.where(clients.within_reach(actor, KEEPERS, Subscription.client))
    row = await session.scalar(mine.with_for_update() if open_ else mine)
    if row is None:
        raise NotFound
    if open_ and row.ended_at is not None:
        raise SubscriptionOver
    return row


async def end(session: AsyncSession, row: Subscription, *, actor: Actor) -> None:
    row.ended_at, row.end_reason = now(), "ended by a person"
    await audit.record(session, "unsubscribe", str(row.id), actor=actor)


async def rotate(session: AsyncSession, row: Subscription, *, actor: Actor, overlap: timedelta) -> None:
    """A new secret; for the overlap every callback carries a signature of both."""
    row.old_salt, row.old_until, row.salt = row.salt, now() + overlap, new_salt()
    hours = overlap / timedelta(hours=1)
    await audit.record(session, "rotate_secret", str(row.id), actor=actor, overlap_hours=hours)


async def dead_letters(session: AsyncSession, row: Subscription) -> Sequence[tuple[DeadLetter, Change]]:
    found = select(DeadLetter, Change).join(Change, Change.position == DeadLetter.position)
    found = found.where(DeadLetter.subscription == row.id).order_by(DeadLetter.position).limit(1000)
    return [(letter, change) for letter, change in await session.execute(found)]


async def requeue(session: AsyncSession, row: Subscription, *, actor: Actor, positions: Sequence[int]) -> int:
    """Send dead letters again, before what is next; all of them where none is named. How many."""
    letters = update(DeadLetter).where(DeadLetter.subscription == row.id, DeadLetter.again_at.is_(None))
    if positions:
        letters = letters.where(DeadLetter.position.in_(positions))
    count = rows_changed(await session.execute(letters.values(again_at=now())))
    row.rest_until = None
    await audit.record(session, "requeue_callbacks", str(row.id), actor=actor, letters=count)
    return count
