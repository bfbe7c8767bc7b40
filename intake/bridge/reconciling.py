"""Reconciliation: a client says which numbers and states it holds, and hears what differs. Pure but for one query."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field, StringConstraints, model_validator
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from intake.bridge.translating import CodeMap
from intake.schemas import ExternalId, In
from services.moments import Moment
from services.problems import Problem

MOST = 10_000
ANSWERED = 3 * MOST
"""Cases that one answer is made of: all that are named, and of a time at least as many again."""
CaseNumber = Annotated[str, StringConstraints(pattern=r"^[0-9]{16}$")]
State = Annotated[str, StringConstraints(min_length=1, max_length=80)]


class Held(In):
    """A case as the client has it: by our number or its own; the state in its code, or as ours (`closed.resolved`)."""

    case_no: CaseNumber | None = None
    external_id: ExternalId | None = None
    state: State

    @model_validator(mode="after")
    def _has_a_number(self) -> Self:
        if self.case_no is None and self.external_id is None:
            raise ValueError("a case is named by case_no or external_id")
        return self


class Reconciliation(In):
    """What the client holds. With a time from and to, also cases of its own that it does not hold are named."""

    cases: list[Held] = Field(max_length=MOST)
    received_from: Moment | None = None
    received_to: Moment | None = None


class Standing(BaseModel):
    """A case as it stands here."""

    case_no: str
    external_id: str | None
    state: str
    outcome: str | None
    status: str | None = Field(description="Your own code of this state, where the mapping has one.")
    as_of: datetime


class Difference(Standing):
    """A case that stands otherwise here than the client said."""

    said: str


class Reconciled(BaseModel):
    """`unknown` are places in the list that was sent (from 0): no case of yours, or two numbers of unlike cases."""

    checked: int
    same: int
    differs: list[Difference]
    unknown: list[int]
    missing: list[Standing]


class TooManyCases(Problem):
    """There are more of your cases in this time than one answer is made of."""

    status = 413
    title = "Too many cases"
    remedy = "Ask for a shorter time, and for the next one after it."


async def reconcile(
    session: AsyncSession, client: UUID, told: Reconciliation, *, codes: CodeMap, zone: ZoneInfo
) -> Reconciled:
    """Raises TooManyCases."""
    ours = [_standing(row, codes, zone) for row in await _own(session, client, told)]
    by_number = {each.case_no: each for each in ours}
    by_external = {each.external_id: each for each in ours if each.external_id}
    differs, unknown, held = list[Difference](), list[int](), set[str]()
    for place, each in enumerate(told.cases):
        found = _named(each, by_number, by_external)
        if found is None:
            unknown.append(place)
            continue
        held.add(found.case_no)
        if each.state not in _names(found):
            differs.append(Difference(**found.model_dump(), said=each.state))
    checked = len(told.cases)
    missing = [each for each in ours if each.case_no not in held and _within(told)]
    return Reconciled(
        checked=checked, same=checked - len(unknown) - len(differs), differs=differs, unknown=unknown, missing=missing
    )


def _named(each: Held, by_number: Mapping[str, Standing], by_external: Mapping[str, Standing]) -> Standing | None:
    """The case of all the numbers given; two that name unlike cases name none."""
    found = [by_number.get(each.case_no)] if each.case_no else []
    found += [by_external.get(each.external_id)] if each.external_id else []
    return found[0] if all(one is not None and one == found[0] for one in found) else None


def _names(found: Standing) -> set[str]:
    """What the client may call this state."""
    exact = f"{found.state}.{found.outcome}" if found.outcome else found.state
    return {found.state, exact, *([found.status] if found.status else [])}


def _within(told: Reconciliation) -> bool:
    return told.received_from is not None or told.received_to is not None


async def _own(session: AsyncSession, client: UUID, told: Reconciliation) -> Sequence[Any]:
    """The client's cases that are named, and those of the time asked for."""
    query = """
        SELECT case_no, external_id, state, outcome, as_of FROM reports WHERE by_person = :client AND (
            case_no = ANY(:numbers) OR external_id = ANY(:own) OR (:within AND
                (CAST(:start AS timestamptz) IS NULL OR received_at >= :start) AND
                (CAST(:stop AS timestamptz) IS NULL OR received_at < :stop)))
        ORDER BY case_no LIMIT :most
    """
    asked = {
        "client": client,
        "numbers": [each.case_no for each in told.cases if each.case_no],
        "own": [each.external_id for each in told.cases if each.external_id],
        "within": _within(told),
        "start": told.received_from,
        "stop": told.received_to,
        "most": ANSWERED + 1,
    }
    found = (await session.execute(text(query), asked)).all()
    if len(found) > ANSWERED:
        raise TooManyCases(limit=ANSWERED)
    return found


def _standing(row: Any, codes: CodeMap, zone: ZoneInfo) -> Standing:
    status = codes.state(row.state, row.outcome)
    return Standing(
        case_no=row.case_no, external_id=row.external_id, state=row.state, outcome=row.outcome, status=status,
        as_of=row.as_of.astimezone(zone),
    )  # fmt: skip
