"""Likely repeats: of an order, side by side, for whoever merges; and at the desk, before a report is registered."""

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import ColumnElement, false, or_

from routing import orders, repeated
from routing.api.orders import CaseNo
from routing.catalogue import current
from routing.faces import Named
from routing.models import Order
from routing.repeated import Likely, Reported
from routing.schemas import Code
from routing.standing import OF_UNITS, visible
from routing.terms import terms
from services.clocks import now
from services.guarding import router
from services.identity import Actor
from services.messages import Place

api = router(tags=["orders"])
Text = Annotated[str, StringConstraints(strip_whitespace=True)]
HOUR = 3600


class Side(BaseModel):
    """One of the two reports as they stand side by side."""

    case_no: str
    state: str
    issue: Named | None
    grid: Named | None
    address: str | None
    text: str
    received_at: datetime
    merged_into: str | None


class Repeat(Side):
    """`probability` is a neutral score; `agree` and `differ` say in words what the two have in common and what not.

    `parted` is true where a person has undone a merge of these two.
    """

    hours_apart: float
    probability: float
    agree: list[str]
    differ: list[str]
    parted: bool


class Repeats(BaseModel):
    """An order and the open orders that likely tell the same event, the likeliest first."""

    order: Side
    items: list[Repeat]
    merges_from: float | None = Field(description="From which score the matcher merges on arrival; null: never.")


class Heard(BaseModel):
    """What the desk has heard so far. Nothing of it is kept."""

    model_config = ConfigDict(extra="forbid")
    text: Text = Field(max_length=5000, examples=["弄堂口的垃圾桶满出来三天了没人收"])
    issue: Code | None = Field(None, examples=["05-02"])
    address: Text | None = Field(None, max_length=300, examples=["瑞金二路街道永嘉路35弄"])
    grid: Code | None = Field(None, description="Where the grid is known already.", examples=["310101023006"])
    district: Text | None = Field(None, max_length=40)


class AtDesk(BaseModel):
    """An open case that is likely the same: what a desk may know of it, never its words and never who reported it."""

    case_no: str
    state: str
    issue: Named | None
    grid: Named | None
    received_at: datetime
    hours_open: float
    probability: float
    agree: list[str]


class Advice(BaseModel):
    items: list[AtDesk]


@api.get("/v1/orders/{case_no}/repeats", summary="Open orders that likely tell the same event")
async def repeats_of(request: Request, case_no: CaseNo) -> Repeats:
    known, actor = terms(request.app.state.settings), request.state.actor
    async with request.app.state.database.unit() as session:
        order = await orders.find(session, case_no, actor=actor)
        found = await repeated.likely(session, Reported.of(order), known, seen=visible(actor))
    zone = known.calendar.zone
    items = [_repeat(each, order, zone) for each in found]
    return Repeats(order=Side(**_side(order, zone)), items=items, merges_from=known.agreed.repeats.merge_from)


@api.post("/v1/repeats", summary="Is this told already? (before it is registered)")
async def advise(request: Request, heard: Heard) -> Advice:
    known, actor, at = terms(request.app.state.settings), request.state.actor, now()
    async with request.app.state.database.unit() as session:
        catalogue = await current(session)
        place = Place(address=heard.address, grid=heard.grid, district=heard.district)
        grid = catalogue.places.guess(heard.text, place).grid
        asked = Reported(text=heard.text, address=heard.address, grid=grid, issue=heard.issue, at=at)
        found = await repeated.likely(session, asked, known, seen=_near_desk(actor))
    return Advice(items=[told_at_desk(each, known.calendar.zone, at) for each in found])


def _near_desk(actor: Actor) -> ColumnElement[bool]:
    """What an officer sees anyway; at the other desks what lies in a place of theirs, unless it is confidential."""
    places = [grant.path for grant in actor.grants if grant.role not in OF_UNITS]
    over = (
        column.startswith(path, autoescape=True) for path in places for column in (Order.desk_path, Order.lead_path)
    )
    return or_(visible(actor), or_(false(), *over) & Order.confidential.is_(False))


def _side(order: Order, zone: ZoneInfo) -> dict[str, object]:
    return {
        "case_no": order.case_no,
        "state": order.state,
        "issue": Named(code=order.issue, name=order.issue_name) if order.issue else None,
        "grid": Named(code=order.grid, name=order.grid_name) if order.grid else None,
        "address": order.told_address,
        "text": order.text,
        "received_at": order.received_at.astimezone(zone),
        "merged_into": order.merged_into,
    }


def _repeat(found: Likely, order: Order, zone: ZoneInfo) -> Repeat:
    apart = abs((order.received_at - found.order.received_at).total_seconds()) / HOUR
    judgement = found.judgement
    return Repeat.model_validate(
        {
            **_side(found.order, zone),
            "hours_apart": round(apart, 1),
            "probability": round(judgement.probability, 2),
            "agree": list(judgement.agree),
            "differ": list(judgement.differ),
            "parted": found.parted,
        }
    )


def told_at_desk(found: Likely, zone: ZoneInfo, at: datetime) -> AtDesk:
    side = _side(found.order, zone)
    shown = {name: side[name] for name in ("case_no", "state", "issue", "grid", "received_at")}
    return AtDesk.model_validate(
        {
            **shown,
            "hours_open": round((at - found.order.received_at).total_seconds() / HOUR, 1),
            "probability": round(found.judgement.probability, 2),
            "agree": list(found.judgement.agree),
        }
    )
