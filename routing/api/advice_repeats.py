"""For intake's walk-in desk while a clerk writes: is this told already? Signed, by intake alone; nothing of it is kept.

A road of its own beside the advice: where comparing takes long, the form has the rest of it in time.
"""

from fastapi import Request
from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, and_, or_

from routing import repeated
from routing.api.advice import NotIntake
from routing.api.repeats import Advice, Heard, told_at_desk
from routing.catalogue import current
from routing.models import Order
from routing.repeated import Reported
from routing.terms import terms
from services.clocks import now
from services.guarding import router
from services.messages import Place
from services.messaging import Peers

MOST = 3
api = router(tags=["links"])


class RepeatsWanted(BaseModel):
    """What the clerk has heard, without the person and without the caller's other cases; and the station's place."""

    heard: Heard
    desk: str = Field(max_length=200, description="The path of the clerk's unit.", examples=["/31/310101/310101023/"])


@api.post("/v1/advice/repeats", summary="For intake's desk: open cases that are likely the same")
async def repeats_at_desk(request: Request, wanted: RepeatsWanted) -> Advice:
    peers: Peers = request.app.state.peers
    if await peers.signed_source(request) != "intake":
        raise NotIntake
    known, at, heard = terms(request.app.state.settings), now(), wanted.heard
    async with request.app.state.database.unit() as session:
        catalogue = await current(session)
        place = Place(address=heard.address, grid=heard.grid, district=heard.district)
        grid = catalogue.places.guess(heard.text, place).grid
        asked = Reported(text=heard.text, address=heard.address, grid=grid, issue=heard.issue, at=at)
        found = await repeated.likely(session, asked, known, seen=_of_desk(wanted.desk))
    return Advice(items=[told_at_desk(each, known.calendar.zone, at) for each in found[:MOST]])


def _of_desk(path: str) -> ColumnElement[bool]:
    """What lies in the desk's own place and is not confidential."""
    here = (column.startswith(path, autoescape=True) for column in (Order.desk_path, Order.lead_path))
    return and_(or_(*here), Order.confidential.is_(False))
