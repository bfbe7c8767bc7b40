"""谁负责: who is responsible here for this? Anybody's question. Nothing of it is kept, and no person is named."""

from typing import Annotated, Literal

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from routing.api.catalogue import Named, catalogue_of, today
from routing.api.places import StationSeen, station_seen
from routing.catalogue import Catalogue
from routing.matching import Match, Question, match
from routing.public_answers import HOTLINE, likely_grids, likely_issues, limit_of, sentence, station_of
from routing.schemas import Code
from routing.terms import terms
from services.guarding import router
from services.limits_of_use import within_limits
from services.messages import Location, Place
from services.problems import invalid

api = router(tags=["lists"])
Told = StringConstraints(strip_whitespace=True)


class Inquiry(BaseModel):
    """What it is about, and where; the words may tell both."""

    model_config = ConfigDict(extra="forbid")
    text: Annotated[str, Told] = Field(
        "",
        max_length=500,
        description="What it is about, in anybody's words; never kept and never logged. Leave names and numbers out.",
        examples=["楼道里堆满了电动车，有人飞线充电，怕着火。"],
    )
    issue: Code | None = Field(None, description="Or its code in the issue list.", examples=["08-04"])
    address: Annotated[str, Told] = Field(
        "", max_length=300, description="Where, in words.", examples=["瑞金二路街道永嘉居委会"]
    )
    lon: float | None = Field(None, ge=-180, le=180, allow_inf_nan=False, description="Or a point, in degrees.")
    lat: float | None = Field(None, ge=-90, le=90, allow_inf_nan=False)
    crs: Literal["WGS-84", "CGCS2000", "GCJ-02", "BD-09"] = Field(
        "WGS-84", description="What the point is measured in: phones tell WGS-84, 高德 and 腾讯 GCJ-02, 百度 BD-09."
    )
    grid: Code | None = Field(None, description="Or the code of a grid.", examples=["310101023011"])

    def question(self) -> Question:
        point = None
        if self.lon is not None and self.lat is not None:
            point = Location(lon=self.lon, lat=self.lat, crs=self.crs)
        place = Place(address=self.address or None, grid=self.grid, location=point)
        return Question(text=self.text, issue=self.issue, place=place)


class Responsible(BaseModel):
    """The unit that leads: never a person."""

    name: str
    level: str


class Spot(Named):
    """A grid that it could be, and what it lies in."""

    within: str


class Answer(BaseModel):
    """Where `sure` is false nobody is named: `issue_candidates` and `grid_candidates` are what it could be (ask again
    with a code), and `call` is the number to call."""

    sure: bool
    sentence: str
    issue: Named | None
    grid: Named | None
    chain: list[str] = Field(description="Names of the place, from the grid up to the city.")
    lead: Responsible | None
    co_units: list[str]
    limit: str | None
    station: StationSeen | None = Field(description="Where to walk in; the phone is the office's.")
    issue_candidates: list[Named]
    grid_candidates: list[Spot]
    call: str | None


@api.get(
    "/v1/responsible",
    response_model=Answer,
    summary="谁负责？Who is responsible here for this? (no key)",
    dependencies=[Depends(within_limits)],
)
async def responsible(request: Request, response: Response, asked: Annotated[Inquiry, Query()]) -> Answer:
    """Needs no key; one address may ask so many times a minute (429 with `Retry-After`)."""
    response.headers["Cache-Control"] = "no-store"
    return await answer_to(request, asked)


async def answer_to(request: Request, asked: Inquiry) -> Answer:
    """Who is responsible, or what is open. Raises Invalid."""
    catalogue = await catalogue_of(request)
    _check(asked, catalogue)
    known = terms(request.app.state.settings)
    found = match(asked.question(), catalogue, day=today(request), threshold=known.issue_threshold)
    return _answer(found, catalogue)


def _check(asked: Inquiry, catalogue: Catalogue) -> None:
    """Raises Invalid where nothing is asked, half a point is told, or a code does not exist."""
    if not (asked.text or asked.issue):
        raise invalid("text", "is told, or an issue", "说一说是什么事, or send a code of /routing/v1/issues")
    for one, other in (("lon", "lat"), ("lat", "lon")):
        if getattr(asked, one) is not None and getattr(asked, other) is None:
            raise invalid(other, f"is told together with {one}", "send both, or neither")
    if not (asked.text or asked.address or asked.grid or asked.lon is not None):
        raise invalid("address", "is told, or lon and lat, or a grid", "说一说在哪里: street and committee are best")
    if asked.issue and asked.issue not in catalogue.lists.issues:
        raise invalid("issue", "is a code of the issue list", "leave it out and send the words as `text`")
    if asked.grid and asked.grid not in catalogue.city:
        raise invalid("grid", "is the code of a grid", "leave it out and send the place as `address`")


def _answer(found: Match, catalogue: Catalogue) -> Answer:
    city, issues = catalogue.city, catalogue.lists.issues
    chain = city.chain(found.grid) if found.grid else ()
    issue = issues.find(found.issue) if found.issue and found.issue_sure else None
    lead = city.unit(found.lead) if found.lead else None
    station = station_of(found.grid, city) if found.grid else None
    limit = limit_of(found, catalogue)
    return Answer(
        sure=found.sure,
        sentence=sentence(found, catalogue),
        issue=Named(code=issue.code, name=issue.name) if issue else None,
        grid=Named(code=chain[0].code, name=chain[0].name) if chain else None,
        chain=[each.name for each in chain],
        lead=Responsible(name=lead.name, level=lead.level) if lead else None,
        co_units=[city.unit(code).name for code in found.co_units],
        limit=str(limit) if limit else None,
        station=station_seen(station) if station else None,
        issue_candidates=[Named(code=each.code, name=each.name) for each in likely_issues(found, catalogue)],
        grid_candidates=[
            Spot(code=each.code, name=each.name, within=within) for each, within in likely_grids(found, city)
        ],
        call=None if found.sure else HOTLINE,
    )
