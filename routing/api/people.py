"""Units, people, roles and keys: what an administrator keeps of the own subtree."""

from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import Header, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from routing import keys, people, units
from routing.city import Level
from routing.people import Wanted
from routing.schemas import Code
from services.guarding import router
from services.identity import READ, Key, Person, RoleGrant
from services.moments import Moment
from services.requests import Answer, Call, perform
from services.roles import Role
from services.texts import printable

api = router(tags=["people"])
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), AfterValidator(printable)]
SCOPES = frozenset({READ, *Role})


def _scope(text: str) -> str:
    """Each name once, in order."""
    asked = dict.fromkeys(text.split())
    if not asked or not SCOPES.issuperset(asked):
        raise ValueError(f"names of {', '.join(sorted(SCOPES))}, with spaces between")
    return " ".join(asked)


Scope = Annotated[str, StringConstraints(max_length=200), AfterValidator(_scope)]
OnceKey = Annotated[
    str | None, Header(alias="Idempotency-Key", description="The same key and body get the same answer for a day.")
]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


def example(**fields: Any) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [fields]})


class NewUnit(Body):
    """A unit below one of the own subtree. With a function it is an office, without it stands for a grid."""

    model_config = example(
        code="310101023P05", name="嘉善片区工作站", level="area", parent="310101023", grid="310101023"
    )
    code: Code
    name: Name
    level: Level
    parent: Code
    grid: Code
    function: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{0,39}$")] | None = None


class UnitMade(BaseModel):
    code: str
    name: str
    level: str
    parent: str | None
    path: str
    version: int


class NewGrant(Body):
    """A role in a unit. Callers and evaluators are appointed in feedback."""

    model_config = example(role="officer", unit="310101023006")
    role: Role
    unit: Code

    def wanted(self) -> Wanted:
        return Wanted(self.role, self.unit)


class NewPerson(Body):
    """Somebody, or a machine, with at least one role: without one nobody would answer for them."""

    model_config = example(name="永嘉·网格员", machine=False, grants=[{"role": "officer", "unit": "310101023006"}])
    name: Name
    machine: bool = False
    grants: Annotated[tuple[NewGrant, ...], Field(min_length=1, max_length=20)]


class GrantSeen(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: UUID
    role: str
    unit: str
    ended_at: datetime | None


class PersonSeen(BaseModel):
    id: UUID
    name: str
    machine: bool
    active: bool
    grants: list[GrantSeen]

    @classmethod
    def of(cls, person: Person, grants: list[RoleGrant]) -> "PersonSeen":
        seen = [GrantSeen.model_validate(grant) for grant in grants]
        return cls(id=person.id, name=person.name, machine=person.machine, active=person.active, grants=seen)


class PeoplePage(BaseModel):
    items: list[PersonSeen]
    next: str | None


class NewKey(Body):
    """A key for a person of the own subtree. `scope` narrows it: role names and `read`, with spaces between."""

    model_config = example(
        person="01956a2e-7c00-7000-8000-000000000001", expires_at="2026-03-01T00:00:00+08:00", scope="auditor read"
    )
    person: UUID
    expires_at: Moment | None = None
    scope: Scope | None = None


class KeyRotation(Body):
    """How long the old key still holds beside the new one."""

    model_config = example(overlap_hours=24)
    overlap_hours: int = Field(24, ge=0, le=720)


class KeySeen(BaseModel):
    id: str
    person: UUID
    scope: str | None
    expires_at: datetime | None
    revoked_at: datetime | None


class KeyHeld(KeySeen):
    """`used_at` is the last use in routing, to the minute; the other services note their own."""

    used_at: datetime | None


class KeyMade(KeySeen):
    """`key` is shown in the first answer only: it is kept nowhere, so a repeated request has null here."""

    key: str | None


class PeopleFilters(Body):
    unit: str | None = Field(None, max_length=64, description="With a role in this unit or below it.")
    role: Role | None = None
    cursor: str | None = Field(None, max_length=400, description="`next` of the page before.")
    limit: int = Field(50, ge=1, le=200)


@api.post("/v1/units", status_code=201, summary="A new unit", response_model=UnitMade)
async def add_unit(request: Request, told: NewUnit, _: OnceKey = None) -> Response:
    async def verb(call: Call) -> Answer:
        unit = await units.add(call.session, by=call.actor, **told.model_dump())
        made = {name: getattr(unit, name) for name in UnitMade.model_fields}
        return Answer(201, UnitMade(**made), {"Location": f"/routing/v1/units/{unit.code}"})

    return await perform(request, verb)


@api.get("/v1/people", summary="People of your subtree")
async def list_people(request: Request, filters: Annotated[PeopleFilters, Query()]) -> PeoplePage:
    async with request.app.state.database.unit() as session:
        rows, following = await people.page(session, by=request.state.actor, **filters.model_dump())
    return PeoplePage(items=[PersonSeen.of(person, grants) for person, grants in rows], next=following)


@api.post("/v1/people", status_code=201, summary="A new person with their first roles", response_model=PersonSeen)
async def appoint(request: Request, told: NewPerson, _: OnceKey = None) -> Response:
    async def verb(call: Call) -> Answer:
        wanted = [grant.wanted() for grant in told.grants]
        person, grants = await people.appoint(
            call.session, by=call.actor, name=told.name, machine=told.machine, wanted=wanted
        )
        return Answer(201, PersonSeen.of(person, grants))

    return await perform(request, verb)


@api.post("/v1/people/{person}/grants", status_code=201, summary="One more role", response_model=GrantSeen)
async def grant(request: Request, person: UUID, told: NewGrant, _: OnceKey = None) -> Response:
    async def verb(call: Call) -> Answer:
        made = await people.grant(call.session, by=call.actor, person=person, wanted=told.wanted())
        return Answer(201, GrantSeen.model_validate(made))

    return await perform(request, verb)


@api.delete("/v1/people/{person}/grants/{grant}", summary="End a role", response_model=GrantSeen)
async def end_grant(request: Request, person: UUID, grant: UUID, _: OnceKey = None) -> Response:
    async def verb(call: Call) -> Answer:
        ended = await people.end_grant(call.session, by=call.actor, person=person, grant_id=grant)
        return Answer(200, GrantSeen.model_validate(ended))

    return await perform(request, verb)


@api.post("/v1/keys", status_code=201, summary="A key, shown once", response_model=KeyMade)
async def make_key(request: Request, told: NewKey, _: OnceKey = None) -> Response:
    """What is kept for repeats has no key in it; the key joins the answer after the commit and is gone with it."""
    shown: list[KeyMade] = []

    async def verb(call: Call) -> Answer:
        key, plain = await keys.make(call.session, by=call.actor, **told.model_dump())
        shown.append(KeyMade(**_key(key), key=plain))
        return Answer(201, KeyMade(**_key(key), key=None))

    answer = await perform(request, verb)
    return JSONResponse(shown[0].model_dump(mode="json"), status_code=201) if shown else answer


@api.get("/v1/keys", summary="The keys of a person, and when they were last used")
async def list_keys(request: Request, person: UUID) -> list[KeyHeld]:
    async with request.app.state.database.unit() as session:
        rows = await keys.held(session, by=request.state.actor, person=person)
    return [KeyHeld(**_key(key), used_at=used_at) for key, used_at in rows]


@api.post("/v1/keys/{key}/rotation", status_code=201, summary="A new key for an old one", response_model=KeyMade)
async def rotate_key(request: Request, key: str, told: KeyRotation, _: OnceKey = None) -> Response:
    """Both hold for the overlap, so that a system can change over without a gap."""
    shown: list[KeyMade] = []

    async def verb(call: Call) -> Answer:
        overlap = timedelta(hours=told.overlap_hours)
        made, plain = await keys.rotate(call.session, by=call.actor, key_id=key, overlap=overlap)
        shown.append(KeyMade(**_key(made), key=plain))
        return Answer(201, KeyMade(**_key(made), key=None))

    answer = await perform(request, verb)
    return JSONResponse(shown[0].model_dump(mode="json"), status_code=201) if shown else answer


@api.delete("/v1/keys/{key}", summary="Revoke a key", response_model=KeySeen)
async def revoke_key(request: Request, key: str, _: OnceKey = None) -> Response:
    async def verb(call: Call) -> Answer:
        revoked = await keys.revoke(call.session, by=call.actor, key_id=key)
        return Answer(200, KeySeen(**_key(revoked)))

    return await perform(request, verb)


def _key(key: Key) -> dict[str, Any]:
    return {name: getattr(key, name) for name in KeySeen.model_fields}
