"""A confidential case: the handler asks, a supervisor over the case who is not of its team grants it or refuses."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from intake import cases
from intake.holding import Field, Purpose
from intake.models import Report, RevealRequest
from services import audit
from services.clocks import now
from services.identity import Actor, Grant, RoleGrant
from services.ids import new_id
from services.problems import Conflict, NotFound, Problem
from services.redaction import redact
from services.roles import Role

GRANTED_FOR = timedelta(hours=24)
"""How long a grant can be used; each use of it is shown for a quarter of an hour and logged by itself."""


class OwnTeam(Problem):
    """Somebody of the team that handles the case cannot grant that its reporter is shown."""

    status = 403
    title = "Own team"
    remedy = "A supervisor above the team decides."


class SamePerson(Problem):
    """Who asked cannot grant it as well."""

    status = 403
    title = "Second person needed"
    remedy = "Another supervisor decides."


class DecidedAlready(Conflict):
    """This request was decided."""

    remedy = "Look at the case's disclosures; the handler can ask again."


async def request(
    session: AsyncSession,
    case_no: str,
    *,
    by: Actor,
    unit: str,
    fields: Collection[Field],
    purpose: Purpose,
    reason: str,
) -> RevealRequest:
    """The request, or the one of this person that waits already. The case's row is locked."""
    waiting = select(RevealRequest).where(RevealRequest.case_no == case_no, RevealRequest.person == by.person)
    found = await session.scalar(waiting.where(RevealRequest.state == "pending"))
    if found:
        return found
    made = RevealRequest(
        id=new_id(), case_no=case_no, person=by.person, unit=unit, fields=list(fields), purpose=purpose.value,
        reason=reason, asked_at=now(), state="pending",
    )  # fmt: skip
    session.add(made)
    await session.flush()
    await audit.record(
        session, "reveal.request", case_no, actor=by, request=str(made.id), fields=made.fields, purpose=purpose
    )
    return made


async def usable(
    session: AsyncSession, case_no: str, *, by: Actor, fields: Collection[Field], purpose: Purpose
) -> RevealRequest | None:
    """The newest grant for these fields and this purpose that still holds."""
    mine = select(RevealRequest).where(RevealRequest.case_no == case_no, RevealRequest.person == by.person)
    open_ = mine.where(RevealRequest.state == "granted", RevealRequest.decided_at > now() - GRANTED_FOR)
    rows = await session.scalars(open_.where(RevealRequest.purpose == purpose).order_by(RevealRequest.asked_at.desc()))
    return next((row for row in rows if set(fields) <= set(row.fields)), None)


async def waiting(session: AsyncSession, *, by: Actor) -> Sequence[RevealRequest]:
    """The requests that this supervisor could decide, oldest first; at most 200."""
    mine = select(RevealRequest).join(Report, Report.case_no == RevealRequest.case_no)
    mine = mine.where(RevealRequest.state == "pending", RevealRequest.person != by.person)
    mine = mine.where(cases.visible(by, (Role.SUPERVISOR,))).order_by(RevealRequest.asked_at).limit(200)
    return (await session.scalars(mine)).all()


async def grant(session: AsyncSession, request_id: UUID, *, by: Actor) -> RevealRequest:
    """Raises NotFound, SamePerson, OwnTeam, DecidedAlready."""
    return await _decide(session, request_id, by=by, state="granted")


async def refuse(session: AsyncSession, request_id: UUID, *, by: Actor, reason: str) -> RevealRequest:
    """Raises NotFound, SamePerson, OwnTeam, DecidedAlready."""
    row = await _decide(session, request_id, by=by, state="refused")
    row.refusal = redact(reason).text
    return row


async def _decide(session: AsyncSession, request_id: UUID, *, by: Actor, state: str) -> RevealRequest:
    row = await session.get(RevealRequest, request_id, with_for_update=True)
    if row is None:
        raise NotFound
    report = await cases.find(session, row.case_no, actor=by, roles=(Role.SUPERVISOR,))
    if row.person == by.person:
        raise SamePerson
    await _refuse_own_team(session, report, by)
    if row.state != "pending":
        raise DecidedAlready(state=row.state)
    row.state, row.decided_by, row.decided_at = state, by.person, now()
    await audit.record(session, f"reveal.{state}", row.case_no, actor=by, request=str(row.id), person=str(row.person))
    return row


async def _refuse_own_team(session: AsyncSession, report: Report, by: Actor) -> None:
    """Belonging to the lead or a co-unit, in any role. Raises OwnTeam, also where nobody leads any longer."""
    team = {report.lead_code, *(unit["code"] for unit in report.co_units)}
    mine = select(RoleGrant.unit).where(RoleGrant.person == by.person, RoleGrant.ended_at.is_(None))
    above: tuple[Grant, ...] = tuple(each for each in by.of(Role.SUPERVISOR) if each.covers(report.lead_path))
    if not above or team & set(await session.scalars(mine)):
        raise OwnTeam
