"""Reading cases: which may be seen, one filter for all of them, and the row that Open311 shows; never a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from intake import numbers
from intake.channels import Channel
from intake.models import CLOSED, OrderEntry, Report
from intake.open311 import standing, times
from intake.open311.arguments import Arguments
from intake.open311.coarsening import coarse, coarse_column, without_building, without_doors, without_house
from intake.open311.jurisdictions import Jurisdiction
from intake.open311.offers import Offer
from intake.open311.records import Open311Post
from services.geodesy import to_wgs84
from services.identity import Actor
from services.messages import Location
from services.problems import invalid

MOST = 1_000
LAST_PAGE = 1_000_000
METRES_OF_A_DEGREE = 111_320.0
RADIUS, WIDEST = 1_000.0, 50_000.0
STATUSES = frozenset({"open", "closed"})
UPDATED = case((Report.state == CLOSED, func.coalesce(Report.closed_at, Report.as_of)), else_=Report.as_of)
"""When a case last changed; of a closed one, when it was closed."""
NOTE = (
    select(OrderEntry.note)
    .where(OrderEntry.case_no == Report.case_no, OrderEntry.note.is_not(None))
    .order_by(OrderEntry.entry.desc())
    .limit(1)
    .scalar_subquery()
)


@dataclass(frozen=True)
class Reader:
    """Who reads, of which part of the city, and when."""

    actor: Actor | None
    jurisdiction: Jurisdiction
    offer: Offer
    zone: ZoneInfo
    at: datetime
    metres: int = 0
    """How coarse the points of others are; 0 is not at all."""

    def owns(self, report: Report) -> bool:
        return self.actor is not None and report.by_person == self.actor.person


def visible(reader: Reader) -> ColumnElement[bool]:
    """What came in by Open311 about a public issue; a key also sees what it posted here itself."""
    public: ColumnElement[bool] = Report.issue.in_(list(reader.offer.by_issue))
    if reader.actor is not None:
        public = or_(public, Report.by_person == reader.actor.person)
    return and_(Report.channel == Channel.OPEN311, public, reader.jurisdiction.cases)


def filtered(told: Arguments, reader: Reader) -> Select[Any]:
    """The cases that are asked for. Numbers override everything else. Raises Invalid."""
    query = select(Report, Open311Post.media_url, NOTE).outerjoin(Open311Post, Open311Post.case_no == Report.case_no)
    query = query.where(visible(reader))
    wanted = told.listed("service_request_id")
    if wanted:
        return query.where(Report.case_no.in_([each for each in wanted[:MOST] if numbers.valid(each)]))
    return query.where(*_codes(told, reader.offer), *_statuses(told), *_times(told, reader), *_near(told, reader))


def _codes(told: Arguments, offer: Offer) -> Sequence[ColumnElement[bool]]:
    wanted = told.listed("service_code")
    issues = [offer.by_code[code].issue for code in wanted if code in offer.by_code]
    return [Report.issue.in_(issues)] if wanted else []


def _statuses(told: Arguments) -> Sequence[ColumnElement[bool]]:
    wanted = {word.lower() for word in told.listed("status")}
    if not wanted <= STATUSES:
        raise invalid("status", "is open or closed", "send one of the two, or both by comma")
    if wanted in (set(), STATUSES):
        return []
    return [Report.state == CLOSED if wanted == {"closed"} else Report.state != CLOSED]


def _times(told: Arguments, reader: Reader) -> Sequence[ColumnElement[bool]]:
    """Received in the span asked for; asked for by change alone, the span is of that."""
    start, end = named(told, "start_date", "end_date", reader)
    after, before = named(told, "updated_after", "updated_before", reader)
    found = []
    if after or before:
        first, last = times.span(after, before, at=reader.at)
        found += [first <= UPDATED, last > UPDATED]
    if start or end or not found:
        first, last = times.span(start, end, at=reader.at)
        found += [first <= Report.received_at, last > Report.received_at]
    return found


def named(told: Arguments, start: str, end: str, reader: Reader) -> tuple[datetime | None, datetime | None]:
    """The two ends of a span, as far as they are told. Raises Invalid."""
    first, last = (told.one(name) for name in (start, end))
    return (
        times.moment(start, first, reader.zone) if first else None,
        times.moment(end, last, reader.zone) if last else None,
    )


def _near(told: Arguments, reader: Reader) -> Sequence[ColumnElement[bool]]:
    """Within `radius` metres of a point, on a plane that is good enough for a city. Raises Invalid."""
    lat, lon = told.number("lat"), told.number("long")
    if lat is None and lon is None:
        return []
    if lat is None or lon is None or abs(lat) > 90 or abs(lon) > 180:
        raise invalid("lat", "is a latitude and comes with a long", "send both lat and long, in degrees")
    radius = min(told.number("radius") or RADIUS, WIDEST)
    here_lon, here_lat = (_searched(column, reader) for column in (Report.lon, Report.lat))
    east = (here_lon - lon) * func.cos(func.radians(lat))
    away = (here_lat - lat) * (here_lat - lat) + east * east
    return [away <= (radius / METRES_OF_A_DEGREE) ** 2]


def _searched(column: Any, reader: Reader) -> Any:
    """What is shown is what is searched: from many searches nothing finer can be told."""
    if not reader.metres:
        return column
    middle = coarse_column(column, reader.metres)
    return case((Report.by_person == reader.actor.person, column), else_=middle) if reader.actor else middle


async def rows(session: AsyncSession, told: Arguments, reader: Reader) -> list[dict[str, Any]]:
    """One page, the newest first; nothing past the last one."""
    size = told.count("page_size", MOST, MOST)
    page = told.count("page", 1, LAST_PAGE)
    query = filtered(told, reader).order_by(Report.received_at.desc(), Report.case_no.desc())
    found = (await session.execute(query.offset((page - 1) * size).limit(size))).all()
    faces = [face(report, url, note, reader) for report, url, note in found]
    if told.yes("extensions"):
        await _extend(session, faces, [report for report, _, _ in found], reader.zone)
    return faces


async def row(session: AsyncSession, case_no: str, told: Arguments, reader: Reader) -> list[dict[str, Any]]:
    """The one case as a list of one; of nothing where it is not to be seen."""
    alone = Arguments({"service_request_id": (case_no,), "extensions": told.several("extensions")}, {})
    return await rows(session, alone, reader)


def face(report: Report, media_url: str | None, note: str | None, reader: Reader) -> dict[str, Any]:
    """A picture's address is its poster's alone: nobody has looked at what lies there."""
    service = reader.offer.by_issue.get(report.issue or "")
    own = reader.owns(report)
    lat, lon = _point(report, 0 if own else reader.metres)
    updated = report.closed_at if report.state == CLOSED and report.closed_at else report.as_of
    return {
        "service_request_id": report.case_no,
        "status": standing.status(report.state),
        "status_notes": without_doors(report.public_answer or note or standing.SAID.get(_word(report), "")) or None,
        "service_name": service.name if service else report.issue_name,
        "service_code": service.code if service else report.issue,
        "description": (report.text if own else without_doors(report.text or "")) or None,
        "agency_responsible": report.lead_name,
        "service_notice": None,
        "requested_datetime": times.w3c(report.received_at, reader.zone),
        "updated_datetime": times.w3c(updated, reader.zone),
        "expected_datetime": times.w3c(report.case_due, reader.zone),
        "address": report.address if own else _address(report, reader.metres),
        "address_id": _place(report, 0 if own else reader.metres),
        "zipcode": None,
        "lat": lat,
        "long": lon,
        "media_url": media_url if own else None,
    }


def _word(report: Report) -> str:
    return standing.extended(report.state, report.outcome, move="judge" if _again(report) else None)


def _again(report: Report) -> bool:
    return report.round > 1 and report.state == "handle.dispatched"


def _address(report: Report, metres: int) -> str | None:
    if report.address is None:
        return None
    return without_house(report.address) if metres else without_doors(report.address)


def _place(report: Report, metres: int) -> str | None:
    return without_building(report.grid_code) if metres else report.told_grid or report.grid_code


def _point(report: Report, metres: int) -> tuple[float | None, float | None]:
    """Latitude and longitude in WGS-84, to a decimetre; the cell's middle where points are coarse."""
    if report.lat is None or report.lon is None:
        return None, None
    there = {"lon": report.lon, "lat": report.lat}
    if metres:
        there = {name: coarse(degrees, metres) for name, degrees in there.items()}
    told = Location.model_validate({**there, "crs": report.crs or "WGS-84"})
    lon, lat = to_wgs84(told)
    return round(lat, 6), round(lon, 6)


async def _extend(
    session: AsyncSession, faces: Sequence[dict[str, Any]], reports: Sequence[Report], zone: ZoneInfo
) -> None:
    """What clients ask for by `extensions=true`: the finer status, and the notes one by one."""
    entries = select(OrderEntry).where(
        OrderEntry.case_no.in_([report.case_no for report in reports]), OrderEntry.note.is_not(None)
    )
    notes: dict[str, list[dict[str, Any]]] = {}
    for entry in await session.scalars(entries.order_by(OrderEntry.case_no, OrderEntry.entry)):
        note = {"datetime": times.w3c(entry.at, zone), "description": without_doors(entry.note or "")}
        notes.setdefault(entry.case_no, []).append(note)
    for told, report in zip(faces, reports, strict=True):
        told["extended_attributes"] = {"detailed_status": _word(report), "round": report.round, "grade": report.grade}
        told["notes"] = notes.get(report.case_no, [])
