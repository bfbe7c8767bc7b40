"""Who stands for a grid (包保, 结对): staff read it, an administrator keeps it for the own subtree."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Path, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from routing.grid_people import relieve, stand, standing_for
from routing.models import DutyRow
from routing.schemas import Code
from services.guarding import router
from services.requests import Answer, Call, perform
from services.texts import printable

api = router(tags=["grids"])
GridCode = Annotated[str, Path(max_length=64)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40), AfterValidator(printable)]


class PersonOfGrid(BaseModel):
    """The name is that of a public role."""

    model_config = ConfigDict(from_attributes=True)
    duty: UUID
    title: str
    name: str
    unit: str
    unit_name: str


class PeopleOfGrid(BaseModel):
    items: list[PersonOfGrid]


class NewDuty(BaseModel):
    """Somebody who stands for a grid, with their title (书记, 楼组长, 包保, 结对) and whose person it is."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"person": "0192d3a0-0000-7000-8000-000000000001", "title": "包保", "unit": "310101023"}]
        },
    )
    person: UUID
    title: Title
    unit: Code


class DutySeen(BaseModel):
    duty: UUID
    person: UUID
    title: str
    unit: str
    grid: str
    ended_at: datetime | None

    @classmethod
    def of(cls, row: DutyRow) -> "DutySeen":
        facts = {name: getattr(row, name) for name in cls.model_fields if name != "duty"}
        return cls(duty=row.id, **facts)


@api.get("/v1/grids/{code}/people", response_model=PeopleOfGrid, summary="Who stands for a grid (包保, 结对)")
async def people_of_grid(request: Request, code: GridCode) -> PeopleOfGrid:
    async with request.app.state.database.unit() as session:
        found = await standing_for(session, code)
    return PeopleOfGrid(items=[PersonOfGrid.model_validate(each) for each in found])


@api.post("/v1/grids/{code}/people", status_code=201, response_model=DutySeen, summary="Give somebody a duty here")
async def give_duty(request: Request, code: GridCode, told: NewDuty) -> Response:
    """A title and a name that people may know; it gives no rights, which follow from roles."""

    async def verb(call: Call) -> Answer:
        facts = told.model_dump()
        return Answer(201, DutySeen.of(await stand(call.session, by=call.actor, grid=code, **facts)))

    return await perform(request, verb)


@api.delete("/v1/grids/{code}/people/{duty}", response_model=DutySeen, summary="End a duty")
async def end_duty(request: Request, code: GridCode, duty: UUID) -> Response:
    async def verb(call: Call) -> Answer:
        return Answer(200, DutySeen.of(await relieve(call.session, by=call.actor, grid=code, duty=duty)))

    return await perform(request, verb)
