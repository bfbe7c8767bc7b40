"""Sheets of voting codes for the clerk of the committee: cut, put into envelopes, one for each household.

A sheet is a way to vote: it is printed at a station in the grid, not by the unit whose order is deliberated about, and
every printing is in the audit.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Self
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Request, Response
from pydantic import BaseModel
from sqlalchemy import ColumnElement, false, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from intake.codes import SHEET, sheet_codes
from intake.models import CodeHandOut
from services import audit
from services.clocks import now
from services.guarding import router
from services.identity import Actor
from services.problems import Conflict, NotFound
from services.roles import Role

MOST = 200
api = router(tags=["hand-outs"])


class NoSheetYet(Conflict):
    """The codes of this sheet are not made yet, or the vote is over."""

    remedy = "Try again in a minute; after the end of the vote a code is worth nothing."


class HandOut(BaseModel):
    """A sheet to print and hand out: how many codes, until when, and how often it was printed."""

    deliberation: UUID
    grid: str
    name: str
    question: str
    households: int
    closes_at: datetime
    ready: bool
    printed: int

    @classmethod
    def of(cls, row: CodeHandOut, zone: ZoneInfo) -> Self:
        same = ("deliberation", "grid", "name", "question", "households", "printed")
        told = {name: getattr(row, name) for name in same}
        return cls(**told, closes_at=row.closes_at.astimezone(zone), ready=row.made is not None)


class HandOuts(BaseModel):
    items: list[HandOut]


class Sheet(HandOut):
    """The sheet itself. Whoever holds a code can vote with it: never send it on, never photograph it."""

    codes: list[str]


@api.get("/v1/hand-outs", response_model=HandOuts, summary="Sheets of voting codes to print for your grids")
async def list_hand_outs(request: Request) -> HandOuts:
    async with request.app.state.database.unit() as session:
        rows = await mine(session, request.state.actor)
    return HandOuts(items=[HandOut.of(row, request.app.state.zone) for row in rows])


@api.get(
    "/v1/hand-outs/{deliberation}/{grid}/sheet",
    response_model=Sheet,
    summary="The codes of one sheet; each printing is in the audit",
)
async def sheet(request: Request, response: Response, deliberation: UUID, grid: str) -> Sheet:
    state = request.app.state
    async with state.database.unit() as session:
        row = await printed(session, deliberation, grid, actor=request.state.actor)
    response.headers["Cache-Control"] = "no-store"
    return Sheet(**HandOut.of(row, state.zone).model_dump(), codes=sheet_codes(state.answer_key, row))


async def mine(session: AsyncSession, actor: Actor) -> Sequence[CodeHandOut]:
    """Sheets of the grids that the clerk's own units stand for, those above included, while the vote runs."""
    wanted = select(CodeHandOut).where(_of(actor), CodeHandOut.hand_out == SHEET, CodeHandOut.closes_at > now())
    return (await session.scalars(wanted.order_by(CodeHandOut.closes_at, CodeHandOut.grid).limit(MOST))).all()


async def printed(session: AsyncSession, deliberation: UUID, grid: str, *, actor: Actor) -> CodeHandOut:
    """The sheet, its printing counted and logged. Raises NotFound, NoSheetYet."""
    wanted = select(CodeHandOut).where(CodeHandOut.deliberation == deliberation, CodeHandOut.grid == grid)
    row = await session.scalar(wanted.where(_of(actor), CodeHandOut.hand_out == SHEET).with_for_update())
    if row is None:
        raise NotFound("There is no such sheet, or its grid is not yours.")
    if row.made is None or row.closes_at <= now():
        raise NoSheetYet
    row.printed += 1
    await audit.record(
        session, "codes.printed", row.case_no, actor=actor, deliberation=str(deliberation), grid=grid, time=row.printed
    )
    return row


def _of(actor: Actor) -> ColumnElement[bool]:
    units = [grant.unit for grant in actor.of(Role.CLERK)]
    return or_(false(), *(CodeHandOut.path.contains(f"/{unit}/", autoescape=True) for unit in units))
