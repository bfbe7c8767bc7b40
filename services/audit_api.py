"""The audit as an auditor searches it: newest first, nothing can be changed by it, and the search itself is kept."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, and_, false, or_, select, true, tuple_

from services import audit
from services.audit import AuditEntry
from services.guarding import router
from services.identity import Actor, RoleGrant, Unit
from services.moments import Moment
from services.problems import invalid
from services.requests import cursor, position, whole
from services.roles import Role


class AuditFilters(BaseModel):
    """What the search is narrowed by; all that is given must hold."""

    model_config = ConfigDict(extra="forbid")
    action: str | None = Field(None, max_length=40, description="How the action begins: `sign_in.`, `case.read`.")
    person: UUID | None = Field(None, description="Whoever did it.")
    key: str | None = Field(None, max_length=64, description="The public half of the key it was done with.")
    subject: str | None = Field(None, max_length=64, description="What it was done to, by its id.")
    case: str | None = Field(None, pattern=r"^\d{16}$", description="A case: read, moved, or shown on a list.")
    since: Moment | None = Field(None, description="At or after.")
    until: Moment | None = Field(None, description="Before.")
    cursor: str | None = Field(None, max_length=400, description="`next` of the page before.")
    limit: int = Field(50, ge=1, le=200)


class AuditSeen(BaseModel):
    """One entry: ids, never names."""

    model_config = ConfigDict(from_attributes=True)
    id: int
    at: datetime
    person: UUID | None
    key: str | None
    voice: str | None
    action: str
    subject: str
    facts: dict[str, Any]
    cases: list[str] | None


class AuditPage(BaseModel):
    """Entries, newest first."""

    items: list[AuditSeen]
    next: str | None


def audit_routes() -> APIRouter:
    """The search in every service: each keeps the audit of what it owns."""
    routes = router(tags=["audit"])

    @routes.get("/v1/audit", summary="Who did, read or was refused what, newest first")
    async def search(request: Request, asked: Annotated[AuditFilters, Query()]) -> AuditPage:
        actor = request.state.actor
        wanted = (
            select(AuditEntry)
            .where(_within(actor), *_narrowed(asked))
            .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        )
        async with request.app.state.database.unit() as session:
            found = (await session.scalars(wanted.limit(asked.limit + 1))).all()
            by = sorted(asked.model_dump(exclude_none=True, exclude_defaults=True, exclude={"cursor", "limit"}))
            await audit.record(session, "audit.searched", asked.case or "audit", actor=actor, by=by)
        rows = found[: asked.limit]
        more = cursor(at=rows[-1].at, id=rows[-1].id) if len(found) > asked.limit else None
        return AuditPage(items=[AuditSeen.model_validate(row) for row in rows], next=more)

    return routes


def _within(actor: Actor) -> ColumnElement[bool]:
    """At the top everything; below it what people of the own subtree did while they were of it.

    Who works elsewhere since then may read what accuses the own unit: that is no longer the own auditor's to see.
    """
    paths = [grant.path for grant in actor.of(Role.AUDITOR)]
    if any(path.count("/") == 2 for path in paths):
        return true()
    below = or_(false(), *(Unit.path.startswith(path, autoescape=True) for path in paths))
    held = select(RoleGrant.person).join(Unit, Unit.code == RoleGrant.unit).where(below)
    then = or_(RoleGrant.ended_at.is_(None), RoleGrant.ended_at >= AuditEntry.at)
    return and_(AuditEntry.person.in_(held), held.where(RoleGrant.person == AuditEntry.person, then).exists())


def _narrowed(asked: AuditFilters) -> list[ColumnElement[bool]]:
    equal = {AuditEntry.person: asked.person, AuditEntry.key: asked.key, AuditEntry.subject: asked.subject}
    wanted: list[ColumnElement[bool]] = [column == value for column, value in equal.items() if value is not None]
    if asked.action:
        wanted.append(AuditEntry.action.startswith(asked.action, autoescape=True))
    if asked.case:
        wanted.append(or_(AuditEntry.subject == asked.case, AuditEntry.cases.contains([asked.case])))
    if asked.since:
        wanted.append(AuditEntry.at >= asked.since)
    if asked.until:
        wanted.append(AuditEntry.at < asked.until)
    if asked.cursor:
        wanted.append(tuple_(AuditEntry.at, AuditEntry.id) < _after(asked.cursor))
    return wanted


def _after(sent: str) -> tuple[datetime, int]:
    found = position(sent)
    try:
        at = datetime.fromisoformat(found["at"]).astimezone(UTC)
    except (KeyError, TypeError, ValueError, OverflowError):
        raise invalid("cursor", "is a `next` value of this list", "start again without a cursor") from None
    return at, whole(found, "id")
