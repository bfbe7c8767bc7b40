"""The collection `orders`: public cases one by one, each in a place that enough others share.

Public one by one are cases that came in by Open311; those of the hotline, the desk and visits never are.
"""

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, or_, select

from routing.maps.asking import Asked
from routing.maps.atlas import Atlas, Conditions, Found, Shown, places, public
from routing.maps.drawing import Box, Feature, feature, middle, of_grid
from routing.models import Order

OWN = ("issue",)
WINDOW = timedelta(days=90)
CHANNEL = "open311"
COLUMNS = (
    Order.case_no, Order.grid_path, Order.issue, Order.issue_name, Order.state, Order.outcome, Order.received_at,
    Order.closed_at,
)  # fmt: skip


async def orders(atlas: Atlas, wanted: Asked) -> Found:
    """Of the last 90 days, the oldest first."""
    shown = await places(atlas, _cases(atlas))
    narrowed = [*_cases(atlas), *_narrowing(wanted, shown, atlas)]
    matched = await atlas.session.scalar(select(func.count()).select_from(Order).where(*narrowed))
    rows = select(*COLUMNS).where(*narrowed).order_by(Order.received_at, Order.case_no)
    page = (await atlas.session.execute(rows.offset(wanted.offset).limit(wanted.limit))).all()
    return Found([_feature(row, shown, atlas) for row in page], matched or 0)


async def order(atlas: Atlas, name: str) -> Feature | None:
    """A name leads back to no number, so those of now are gone through."""
    shown = await places(atlas, _cases(atlas))
    numbers = await atlas.session.scalars(select(Order.case_no).where(*_cases(atlas), Order.grid_path.in_(list(shown))))
    case_no = next((each for each in numbers if name_of(atlas.key, each) == name), None)
    if case_no is None:
        return None
    return _feature((await atlas.session.execute(select(*COLUMNS).where(Order.case_no == case_no))).one(), shown, atlas)


def _cases(atlas: Atlas) -> Conditions:
    return [public(atlas), Order.channel == CHANNEL, Order.received_at >= atlas.at - WINDOW]


def _narrowing(wanted: Asked, shown: Shown, atlas: Atlas) -> Conditions:
    """By what is shown, never by what is hidden: a box sees the place of many, a moment its day."""
    (start, end), box = wanted.span, wanted.box
    paths = [path for path, code in shown.items() if box is None or _lies_in(middle(atlas.city.grid(code)), box)]
    found: list[ColumnElement[bool]] = [Order.grid_path.in_(paths)]
    found += [Order.received_at >= _midnight(start, atlas.zone)] if start else []
    found += [Order.received_at < _midnight(end, atlas.zone) + timedelta(days=1)] if end else []
    if issue := wanted.told("issue"):
        found.append(or_(Order.issue == issue, Order.issue.startswith(f"{issue}-", autoescape=True)))
    return found


def _lies_in(point: dict[str, Any] | None, box: Box) -> bool:
    if point is None:
        return False
    lon, lat = point["coordinates"]
    return bool(box[0] <= lon <= box[2] and box[1] <= lat <= box[3])


def _midnight(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)


def _feature(row: Any, shown: Shown, atlas: Atlas) -> Feature:
    """The day, not the hour; the place of many, not its own; no number, no words."""
    grid = atlas.city.grid(shown[row.grid_path])
    facts = {
        "issue": row.issue,
        "issue_name": row.issue_name,
        "stage": row.state.partition(".")[0],
        "outcome": row.outcome,
        "received": _day(row.received_at, atlas.zone),
        "closed": _day(row.closed_at, atlas.zone),
    }
    return feature(name_of(atlas.key, row.case_no), middle(grid), {**of_grid(grid, atlas.city), **facts})


def name_of(key: bytes, case_no: str) -> str:
    return hmac.new(key, f"map\0{case_no}".encode(), hashlib.sha256).hexdigest()[:20]


def _day(at: datetime | None, zone: ZoneInfo) -> str | None:
    return at.astimezone(zone).date().isoformat() if at else None
