"""Photos of the handling: kept with the order, seen by whoever may see it, and named as evidence when it is done."""

import hashlib
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from routing.models import Order, Photo
from routing.states import Stage
from services import audit
from services.clocks import now
from services.identity import Actor
from services.ids import new_id
from services.pictures import Picture
from services.problems import Conflict, NotFound

MOST = 20
"""Of one order."""


class NotBeingHandled(Conflict):
    """Photos are added while an order is being handled."""

    remedy = "Look at how the order stands; what was handed in is looked at by others now."


class TooManyPhotos(Conflict):
    """An order has twenty photos at most."""

    remedy = "Hand in what is there; a few good ones say more."


async def keep(session: AsyncSession, order: Order, picture: Picture, sent: bytes, *, actor: Actor) -> UUID:
    """The photo's id; the same one where these very bytes were sent before. Raises NotBeingHandled, TooManyPhotos."""
    digest = hashlib.sha256(sent).digest()
    same = select(Photo.id).where(Photo.case_no == order.case_no, Photo.digest == digest)
    if before := await session.scalar(same):
        return before
    if not order.state.startswith(f"{Stage.HANDLE}."):
        raise NotBeingHandled
    kept = await session.scalar(select(func.count()).select_from(Photo).where(Photo.case_no == order.case_no))
    if (kept or 0) >= MOST:
        raise TooManyPhotos
    row = {
        "id": new_id(), "case_no": order.case_no, "district": order.district, "digest": digest, "jpeg": picture.jpeg,
        "width": picture.width, "height": picture.height, "round": order.round, "by_person": actor.person, "at": now(),
    }  # fmt: skip
    made: UUID | None = await session.scalar(insert(Photo).values(row).on_conflict_do_nothing().returning(Photo.id))
    if made is None:
        return (await session.scalars(same)).one()
    await audit.record(session, "photo.kept", order.case_no, actor=actor, photo=str(made))
    return made


async def of_order(session: AsyncSession, case_no: str) -> Sequence[Photo]:
    """Without the pictures themselves, in the order they came."""
    return (await session.scalars(select(Photo).where(Photo.case_no == case_no).order_by(Photo.at, Photo.id))).all()


async def picture(session: AsyncSession, case_no: str, photo: UUID) -> Photo:
    """With its picture. Raises NotFound."""
    wanted = select(Photo).where(Photo.case_no == case_no, Photo.id == photo).options(undefer(Photo.jpeg))
    found = await session.scalar(wanted)
    if found is None:
        raise NotFound
    return found
