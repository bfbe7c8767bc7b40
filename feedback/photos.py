"""A citizen's picture, one per answer, made anew (`services.pictures`) and kept for a while (`KEPT_FOR`)."""

from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from feedback.models import Photo
from services.clocks import now
from services.database import rows_changed
from services.pictures import FORMATS, LONGEST_SIDE, NotAPicture, Picture, renewed

__all__ = ["FORMATS", "KEPT_FOR", "LONGEST_SIDE", "NotAPicture", "Picture", "forget_old", "renewed"]
KEPT_FOR = timedelta(days=180)


async def forget_old(session: AsyncSession) -> int:
    """Delete the pictures that were kept long enough; the number deleted."""
    result = await session.execute(delete(Photo).where(Photo.at < now() - KEPT_FOR))
    return rows_changed(result)
