"""The JSON that goes out: a case as it stands and as it went, in the city's time, and never a person."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from intake.models import OrderEntry, Report
from services import timeline
from services.timeline import Entry


class Named(BaseModel):
    code: str
    name: str | None = None


class Deadlines(BaseModel):
    case_due: datetime | None
    contact_due: datetime | None
    state_due: datetime | None


STATUS_EXAMPLE: dict[str, Any] = {
    "case_no": "2025030100000426",
    "external_id": "SH12345-20250301-000123",
    "channel": "hotline",
    "item_type": "complaint",
    "state": "handle.working",
    "stage": "handle",
    "outcome": None,
    "round": 1,
    "issue": {"code": "0504", "name": "垃圾满溢"},
    "grid": {"code": "310101023006", "name": "永嘉居民区"},
    "unit": {"code": "310101023006", "name": "永嘉居民区"},
    "co_units": [],
    "grade": "simple",
    "deadlines": {
        "case_due": "2025-03-07T18:00:00+08:00",
        "contact_due": "2025-03-03T18:00:00+08:00",
        "state_due": None,
    },
    "received_at": "2025-03-01T09:12:44+08:00",
    "public_answer": None,
    "merged_into": None,
    "split_from": None,
    "as_of": "2025-03-01T09:30:02+08:00",
}


class CaseStatus(BaseModel):
    """How a case stands: `discover.registered` until routing has answered, then the order as of `as_of`."""

    model_config = ConfigDict(json_schema_extra={"examples": [STATUS_EXAMPLE]})
    case_no: str
    external_id: str | None
    channel: str
    item_type: str
    state: str
    stage: str | None
    outcome: str | None
    round: int
    issue: Named | None
    grid: Named | None
    unit: Named | None
    co_units: list[Named]
    grade: str | None
    deadlines: Deadlines
    received_at: datetime
    public_answer: str | None
    merged_into: str | None
    split_from: str | None
    as_of: datetime

    @classmethod
    def of(cls, report: Report, zone: ZoneInfo) -> Self:
        return cls(**_standing(report, zone))


class TimelineEntry(BaseModel):
    """One thing that happened. `source` is who wrote it down; `note` is what the citizen may read of it."""

    at: datetime
    source: str
    move: str
    state: str | None
    note: str | None


class Case(CaseStatus):
    """A case with its words (redacted) and everything that happened to it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **STATUS_EXAMPLE,
                    "description": "永嘉路120弄3号楼下垃圾桶满了三天没人清，夏天味道很大，希望尽快处理。",
                    "timeline": [
                        {
                            "at": "2025-03-01T09:12:44+08:00",
                            "source": "intake",
                            "move": "register",
                            "state": "discover.registered",
                            "note": None,
                        },
                        {
                            "at": "2025-03-01T09:30:02+08:00",
                            "source": "routing",
                            "move": "accept",
                            "state": "handle.working",
                            "note": "网格员已签收",
                        },
                    ],
                }
            ]
        }
    )
    description: str | None
    timeline: list[TimelineEntry]

    @classmethod
    async def told(cls, session: AsyncSession, report: Report, zone: ZoneInfo) -> Self:
        entries = await story(session, report.case_no, zone)
        return cls(**_standing(report, zone), description=report.text or None, timeline=entries)


class CasePage(BaseModel):
    """A page of a list, newest first; `next` is the cursor of the next page."""

    items: list[CaseStatus]
    next: str | None


def _standing(report: Report, zone: ZoneInfo) -> dict[str, Any]:
    stage, _, leaf = report.state.partition(".")
    same = ("case_no", "external_id", "channel", "item_type", "state", "outcome", "round", "grade",
            "public_answer", "merged_into", "split_from")  # fmt: skip
    return {
        **{name: getattr(report, name) for name in same},
        "stage": stage if leaf else None,
        "issue": _named(report.issue, report.issue_name),
        "grid": _named(report.grid_code, report.grid_name),
        "unit": _named(report.lead_code, report.lead_name),
        "co_units": [Named(code=unit["code"], name=unit["name"]) for unit in report.co_units],
        "deadlines": Deadlines(
            case_due=_local(report.case_due, zone),
            contact_due=_local(report.contact_due, zone),
            state_due=_local(report.state_due, zone),
        ),
        "received_at": report.received_at.astimezone(zone),
        "as_of": report.as_of.astimezone(zone),
    }


def _named(code: str | None, name: str | None) -> Named | None:
    return Named(code=code, name=name) if code else None


def _local(at: datetime | None, zone: ZoneInfo) -> datetime | None:
    return at.astimezone(zone) if at else None


async def story(session: AsyncSession, case_no: str, zone: ZoneInfo) -> list[TimelineEntry]:
    """intake's entries and the copies of routing's, in the order of time."""
    ours = [_ours(entry, words) for entry, words in await timeline.entries(session, case_no)]
    copies = select(OrderEntry).where(OrderEntry.case_no == case_no).order_by(OrderEntry.entry)
    theirs = [_theirs(entry) for entry in await session.scalars(copies)]
    return [entry.model_copy(update={"at": entry.at.astimezone(zone)}) for entry in _merged(ours, theirs)]


def _merged(ours: Sequence[TimelineEntry], theirs: Sequence[TimelineEntry]) -> list[TimelineEntry]:
    """Of one instant, intake's entry is first: routing's answers it."""
    return sorted([*ours, *theirs], key=lambda entry: entry.at)


def _ours(entry: Entry, words: Mapping[str, str]) -> TimelineEntry:
    return TimelineEntry(at=entry.at, source="intake", move=entry.move, state=entry.to_state, note=words.get("note"))


def _theirs(entry: OrderEntry) -> TimelineEntry:
    return TimelineEntry(at=entry.at, source="routing", move=entry.move, state=entry.state, note=entry.note)
