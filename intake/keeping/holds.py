"""A case that must not be erased: placed by two supervisors, lifted by two, each time with a reason (留存令)."""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from intake import cases
from intake.keeping.records import Hold
from intake.models import Report
from services import audit
from services.clocks import now
from services.identity import Actor
from services.ids import new_id
from services.problems import Conflict, NotFound, Problem
from services.redaction import redact
from services.roles import Role

ON = ("asked", "held", "lifting")
OVER = (Role.SUPERVISOR,)


class OnHold(Conflict):
    """This case is on hold: nothing of it may be erased until two persons have lifted the hold."""

    remedy = "Look at the holds; a supervisor can ask for its end."


class HeldAlready(Conflict):
    """A hold on this case is on, or was asked for."""

    remedy = "Look at the holds; another supervisor can agree."


class NotToDecide(Conflict):
    """Nothing is to be agreed or refused on this hold as it stands."""

    remedy = "Look at it again: somebody decided it meanwhile."


class SecondPersonNeeded(Problem):
    """Who asked cannot agree as well."""

    status = 403
    title = "Second person needed"
    remedy = "Another supervisor agrees."


async def refuse_held(session: AsyncSession, case_no: str) -> None:
    """Raises OnHold."""
    if await held(session, case_no):
        raise OnHold


async def held(session: AsyncSession, case_no: str) -> bool:
    on = select(Hold.id).where(Hold.case_no == case_no, Hold.state.in_(ON)).limit(1)
    return await session.scalar(on) is not None


async def ask(session: AsyncSession, case_no: str, *, reason: str, by: Actor) -> Hold:
    """The hold, which keeps the case from now on and waits for a second person. Raises NotFound, HeldAlready."""
    await cases.find(session, case_no, actor=by, roles=OVER, lock=True)
    if await held(session, case_no):
        raise HeldAlready
    made = Hold(
        id=new_id(), case_no=case_no, state="asked", reason=redact(reason).text, asked_by=by.person, asked_at=now()
    )
    session.add(made)
    await session.flush()
    await audit.record(session, "hold.asked", case_no, actor=by, hold=str(made.id))
    return made


async def agree(session: AsyncSession, hold: UUID, *, by: Actor) -> Hold:
    """The second person: what was asked, placing or lifting, is so.

    Raises NotFound, SecondPersonNeeded, NotToDecide.
    """
    row = await _to_decide(session, hold, by=by)
    if row.state == "asked":
        row.state, row.agreed_by, row.agreed_at = "held", by.person, now()
    else:
        row.state, row.lift_agreed_by, row.lift_agreed_at = "lifted", by.person, now()
    await audit.record(session, f"hold.{row.state}", row.case_no, actor=by, hold=str(row.id))
    return row


async def refuse(session: AsyncSession, hold: UUID, *, by: Actor) -> Hold:
    """A placing that is refused is over, also by who asked; a lifting that is refused leaves the case held."""
    row = await _to_decide(session, hold, by=by, own=True)
    row.state = "refused" if row.state == "asked" else "held"
    await audit.record(session, "hold.refused", row.case_no, actor=by, hold=str(row.id), now=row.state)
    return row


async def ask_lifting(session: AsyncSession, hold: UUID, *, reason: str, by: Actor) -> Hold:
    """Raises NotFound, NotToDecide where it is not held."""
    row = await _locked(session, hold, by=by)
    if row.state != "held":
        raise NotToDecide(state=row.state)
    row.state, row.lift_reason, row.lift_asked_by, row.lift_asked_at = "lifting", redact(reason).text, by.person, now()
    await audit.record(session, "hold.lifting", row.case_no, actor=by, hold=str(row.id))
    return row


async def listed(session: AsyncSession, *, by: Actor, state: Literal["on", "all"] = "on") -> Sequence[Hold]:
    """Those over cases that the person may see, newest first; at most 200."""
    mine = select(Hold).join(Report, Report.case_no == Hold.case_no)
    mine = mine.where(cases.visible(by, (*OVER, Role.AUDITOR)))
    if state == "on":
        mine = mine.where(Hold.state.in_(ON))
    return (await session.scalars(mine.order_by(Hold.asked_at.desc()).limit(200))).all()


async def _to_decide(session: AsyncSession, hold: UUID, *, by: Actor, own: bool = False) -> Hold:
    row = await _locked(session, hold, by=by)
    asker = {"asked": row.asked_by, "lifting": row.lift_asked_by}.get(row.state)
    if asker is None:
        raise NotToDecide(state=row.state)
    if asker == by.person and not own:
        raise SecondPersonNeeded
    return row


async def _locked(session: AsyncSession, hold: UUID, *, by: Actor) -> Hold:
    """The case is locked before the hold, as an erasing does it."""
    case_no = await session.scalar(select(Hold.case_no).where(Hold.id == hold))
    if case_no is None:
        raise NotFound
    await cases.find(session, case_no, actor=by, roles=OVER, lock=True)
    return await session.get_one(Hold, hold, with_for_update=True)
