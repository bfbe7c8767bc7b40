"""What routing holds of a case, for the export at its reporter's request: the words without the person, as handled."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from routing.models import Order, Photo
from services.retention.held import entries

TOLD = (
    "text", "told_address", "lon", "lat", "crs", "grid_name", "issue_name", "lead_name", "state", "outcome",
    "settled_done", "done", "public_answer", "evidence", "open_cases",
)  # fmt: skip


async def held(session: AsyncSession, case_no: str) -> Mapping[str, Any]:
    order = await session.get(Order, case_no)
    if order is None:
        return {}
    photos = await session.scalar(select(func.count()).select_from(Photo).where(Photo.case_no == case_no))
    told = {name: value for name in TOLD if (value := getattr(order, name)) not in (None, "", [])}
    return told | {"photos": photos or 0, "timeline": await entries(session, case_no)}
