"""A match as a dry run: who would be responsible, and why."""

from typing import Any

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field

from routing.api.catalogue import Named, catalogue_of, grid_at, named, today
from routing.catalogue import Catalogue
from routing.matching import Match, Question, match
from routing.schemas import Code
from routing.states import ItemType
from routing.terms import terms
from services.guarding import router
from services.messages import Location, Place
from services.problems import invalid

api = router(tags=["lists"])


class Asked(BaseModel):
    """A report as far as it is known; nothing of it is kept."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "description": "楼道里堆满了电动车，有人飞线充电，怕着火。",
                    "address": "瑞金二路街道永嘉居委会",
                    "item_type": "complaint",
                }
            ]
        },
    )
    description: str = Field("", max_length=10_000)
    issue_code: Code | None = None
    address: str | None = Field(None, max_length=300)
    grid_code: Code | None = None
    district_code: Code | None = None
    location: Location | None = None
    item_type: ItemType | None = None

    def question(self) -> Question:
        place = Place(address=self.address, grid=self.grid_code, district=self.district_code, location=self.location)
        return Question(text=self.description, issue=self.issue_code, place=place, item_type=self.item_type)


class Answered(BaseModel):
    """Who would get it, and why. Where `sure` is false a dispatcher decides; `candidates` are what it could be."""

    sure: bool
    confidence: float
    issue: Named | None
    grid: Named | None
    chain: list[Named]
    lead: Named | None
    co_units: list[Named]
    grade: str | None
    limit: str | None
    power: str | None
    issue_candidates: list[Named]
    grid_candidates: list[Named]
    explanation: dict[str, Any]


@api.post("/v1/matches", response_model=Answered, summary="Who would be responsible, and why? (a dry run)")
async def matches(request: Request, asked: Asked) -> Answered:
    if not (asked.description or asked.issue_code):
        raise invalid("description", "is told, or an issue_code", "send the words of the report")
    catalogue = await catalogue_of(request)
    _check(asked, catalogue)
    known = terms(request.app.state.settings)
    found = match(asked.question(), catalogue, day=today(request), threshold=known.issue_threshold)
    return answered(found, catalogue)


def _check(asked: Asked, catalogue: Catalogue) -> None:
    """Raises Invalid for an issue or a grid that does not exist; an unknown district is no help and no fault."""
    if asked.issue_code and asked.issue_code not in catalogue.lists.issues:
        raise invalid("issue_code", "is a code of the issue list", "look it up under /v1/issues")
    if asked.grid_code and not grid_at(asked.grid_code, catalogue):
        raise invalid("grid_code", "is the code of a grid", "look it up under /v1/grids")


def known_only(asked: Asked, catalogue: Catalogue) -> Asked:
    """Without codes that there are none of: advice on a form must not fail for them."""
    issue = asked.issue_code if asked.issue_code in catalogue.lists.issues else None
    grid = asked.grid_code if asked.grid_code and grid_at(asked.grid_code, catalogue) else None
    return asked.model_copy(update={"issue_code": issue, "grid_code": grid})


def answered(found: Match, catalogue: Catalogue) -> Answered:
    city, issues = catalogue.city, catalogue.lists.issues
    chain = city.chain(found.grid) if found.grid else ()
    issue = issues.find(found.issue) if found.issue else None
    guessed = [code for code, _ in found.guess.candidates] if found.guess else []
    limit = found.duty_limit or (issue.limit if issue else None)
    return Answered(
        sure=found.sure,
        confidence=found.confidence,
        issue=named(issue),
        grid=named(chain[0]) if chain else None,
        chain=[Named(code=each.code, name=each.name) for each in chain],
        lead=named(city.unit(found.lead)) if found.lead else None,
        co_units=[Named(code=code, name=city.unit(code).name) for code in found.co_units],
        grade=found.grade,
        limit=str(limit) if limit else None,
        power=found.power,
        issue_candidates=[Named(code=code, name=issues.find(code).name) for code in guessed if code in issues],
        grid_candidates=[Named(code=code, name=city.grid(code).name) for code in found.place.candidates],
        explanation=found.explanation,
    )
