"""The handler is shown fields of the reporter: asked for with a purpose, logged, then shown for a quarter of an hour.

Two steps, so that nothing can be shown that is not in the log: the first commits the disclosure and has no plaintext;
the second opens what that row names, for that person, while it lasts and the task is still held.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints
from pydantic import Field as Parameter
from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from intake import cases, disclosures, grants, holding, relay, reporters
from intake.disclosures import Receiver
from intake.holding import Field, Purpose
from intake.models import Disclosure, Report, RevealRequest
from intake.relay import Relay
from intake.vault import Vault
from services import audit
from services.clocks import now
from services.identity import Actor, Grant, Person, RoleGrant, Unit
from services.problems import Conflict, NotFound, Problem
from services.redaction import redact
from services.roles import Role

SHOWN_FOR = timedelta(minutes=15)
MOST = 10
"""How often one person may be shown something of one case, or be put through, in a day."""
SHOWN, RELAY = "shown", "relay"
Why = Annotated[str, StringConstraints(strip_whitespace=True, min_length=4, max_length=200)]


class RevealOver(Problem):
    """The time for which this was shown is over."""

    status = 410
    title = "No longer shown"
    remedy = "Ask again, with the purpose of now."


class NothingLeft(Conflict):
    """The reporter left none of this, or was erased."""

    remedy = "Note on the order that the person cannot be reached."


class TooManyReveals(Conflict):
    """For this case you were shown as much as one day allows."""

    remedy = "Use what you noted; a supervisor can look into it."


class NewReveal(BaseModel):
    """Which fields, for what, and why in a few words."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"fields": ["phone"], "purpose": "first_contact", "reason": "约时间看现场"}]},
    )
    fields: Annotated[list[Field], Parameter(min_length=1, max_length=len(Field))]
    purpose: Purpose
    reason: Why


class NewCall(BaseModel):
    """Why the reporter is to be rung through the relay."""

    model_config = ConfigDict(extra="forbid")
    purpose: Purpose = Purpose.FIRST_CONTACT
    reason: Why


@dataclass(frozen=True)
class Call:
    """What was logged, and what the relay may now be told."""

    disclosure: UUID
    handle: str
    number: str
    until: datetime

    def __repr__(self) -> str:
        return f"<Call {self.handle}>"


async def ask(session: AsyncSession, case_no: str, told: NewReveal, *, by: Actor) -> Disclosure | RevealRequest:
    """The disclosure, which shows nothing yet; for a confidential case without a grant, the request for one.

    Raises NotFound, NotTheHandler, NeverACompany, NotForThis, NothingLeft, TooManyReveals.
    """
    report, grant = await held(session, case_no, by=by, lock=True)
    holding.refuse_unneeded(told.purpose, told.fields)
    reporter = await reporters.of_case(session, case_no)
    fields = [each for each in Field if each in told.fields and getattr(reporter, each) is not None]
    if not fields:
        raise NothingLeft
    await _refuse_too_many(session, case_no, by)
    reason = redact(told.reason).text
    granted = None
    if report.confidential:
        granted = await grants.usable(session, case_no, by=by, fields=fields, purpose=told.purpose)
        if granted is None:
            return await grants.request(
                session, case_no, by=by, unit=grant.unit, fields=fields, purpose=told.purpose, reason=reason
            )
    made = await disclosures.write(
        session, case_no, fields=fields, way=SHOWN, purpose=told.purpose, reason=reason,
        to=Receiver(grant.role.value, by, grant.unit), until=now() + SHOWN_FOR, request=granted.id if granted else None,
    )  # fmt: skip
    return await session.get_one(Disclosure, made)


async def look(session: AsyncSession, case_no: str, disclosure: UUID, *, by: Actor) -> Disclosure:
    """That the person may look now, with its audit entry; to be committed before `shown`.

    Raises NotFound, RevealOver, and what `held` raises where the task has gone to another.
    """
    await held(session, case_no, by=by)
    row = await session.get(Disclosure, disclosure)
    if row is None or row.case_no != case_no or row.person != by.person or row.way != SHOWN or row.survey:
        raise NotFound("Nothing of this case is shown to you under this id.")
    if row.until <= now():
        raise RevealOver
    await audit.record(session, "disclosure.look", case_no, actor=by, disclosure=str(row.id), fields=row.fields)
    return row


async def shown(session: AsyncSession, vault: Vault, row: Disclosure) -> dict[str, str]:
    """The plaintext of the fields a committed disclosure names. Raises NothingLeft where they were erased."""
    reporter = await reporters.of_case(session, row.case_no)
    opened = reporters.opened(vault, reporter, row.fields)
    found = {name: text for name in row.fields if (text := getattr(opened, name)) is not None}
    if not found:
        raise NothingLeft
    return found


async def call(session: AsyncSession, case_no: str, told: NewCall, *, vault: Vault, through: Relay, by: Actor) -> Call:
    """The disclosure of a call through the relay, which alone gets the number; to be committed before it is used."""
    _, grant = await held(session, case_no, by=by, lock=True)
    await _refuse_too_many(session, case_no, by)
    reporter = await reporters.of_case(session, case_no)
    number = reporters.open_field(vault, reporter, "phone")
    if number is None:
        raise NothingLeft
    until = now() + SHOWN_FOR
    made = await disclosures.write(
        session, case_no, fields=["phone"], way=RELAY, purpose=told.purpose, reason=redact(told.reason).text,
        to=Receiver(grant.role.value, by, grant.unit), until=until, adapter=through.name,
    )  # fmt: skip
    return Call(made, relay.new_handle(), number, until)


async def held(session: AsyncSession, case_no: str, *, by: Actor, lock: bool = False) -> tuple[Report, Grant]:
    """The case and the grant by which the person works it. Raises NotFound, NotTheHandler, NeverACompany."""
    report = await cases.find(session, case_no, actor=by, roles=(Role.OFFICER,), lock=lock)
    units = await unit_names(session, by)
    return report, holding.handler(report, by, units=units, still=await _still_works(session, report))


async def unit_names(session: AsyncSession, by: Actor) -> Sequence[str]:
    """Of every unit the person belongs to, whatever the key's scope leaves of it."""
    mine = select(Unit.name).join(RoleGrant, RoleGrant.unit == Unit.code)
    return (await session.scalars(mine.where(RoleGrant.person == by.person, RoleGrant.ended_at.is_(None)))).all()


async def _still_works(session: AsyncSession, report: Report) -> bool:
    """Whether the officer the order names is active and still an officer over its lead unit."""
    holds = (
        select(RoleGrant.id)
        .join(Person, Person.id == RoleGrant.person)
        .join(Unit, Unit.code == RoleGrant.unit)
        .where(RoleGrant.person == report.officer, RoleGrant.role == Role.OFFICER, RoleGrant.ended_at.is_(None))
        .where(Person.active, Unit.closed_at.is_(None), func.starts_with(report.lead_path or "", Unit.path))
    )
    return bool(await session.scalar(select(exists(holds))))


async def _refuse_too_many(session: AsyncSession, case_no: str, by: Actor) -> None:
    mine = select(func.count()).select_from(Disclosure).where(Disclosure.case_no == case_no)
    today = mine.where(Disclosure.person == by.person, Disclosure.at > now() - timedelta(days=1))
    if (await session.scalar(today) or 0) >= MOST:
        raise TooManyReveals(most=MOST)
