"""Views: a list with its filters under a name of one's own. They are theirs alone and hold no words about others."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from routing.list_filters import Narrowing
from routing.models import SavedView
from routing.words import hidden
from services.clocks import now
from services.identity import Actor
from services.ids import new_id
from services.problems import Conflict, NotFound

MOST = 50
"""Views that one person can keep."""


class ViewNameTaken(Conflict):
    """You have a view of this name already."""

    remedy = "Choose another name, or delete the old view first."


class TooManyViews(Conflict):
    """You have as many views as can be kept."""

    remedy = "Delete one that you no longer need."


async def of(session: AsyncSession, actor: Actor) -> Sequence[SavedView]:
    mine = select(SavedView).where(SavedView.person == actor.person).order_by(SavedView.name)
    return (await session.scalars(mine)).all()


async def save(session: AsyncSession, *, actor: Actor, name: str, filters: Narrowing) -> SavedView:
    """Words to search for are redacted like the texts they are searched in. Raises ViewNameTaken, TooManyViews."""
    held = select(func.count()).select_from(SavedView).where(SavedView.person == actor.person)
    if int(await session.scalar(held) or 0) >= MOST:
        raise TooManyViews(most=MOST)
    kept = filters.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    if filters.q:
        kept["q"] = hidden(filters.q)
    row = {"id": new_id(), "person": actor.person, "name": hidden(name), "filters": kept, "created_at": now()}
    made = insert(SavedView).values(row).on_conflict_do_nothing(index_elements=["person", "name"])
    view: SavedView | None = await session.scalar(made.returning(SavedView))
    if view is None:
        raise ViewNameTaken
    return view


async def remove(session: AsyncSession, view: UUID, *, actor: Actor) -> None:
    """Raises NotFound for what is not the actor's."""
    mine = delete(SavedView).where(SavedView.id == view, SavedView.person == actor.person)
    if await session.scalar(mine.returning(SavedView.id)) is None:
        raise NotFound("You have no such view.")
