"""Accounts as administrators keep them, over JSON: made, reset, closed, and named to the identity provider.

Whose accounts an administrator keeps is the room's to say (`may_keep`): routing's of the own subtree, feedback's of
the evaluation body.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, HttpUrl
from sqlalchemy.ext.asyncio import AsyncSession

from services.accounts import keeping
from services.guarding import router
from services.identity import Actor
from services.requests import Answer, Call, perform

MayKeep = Callable[[AsyncSession, Actor, UUID], Awaitable[None]]
OnceKey = Annotated[
    str | None, Header(alias="Idempotency-Key", description="The same key and body get the same answer for a day.")
]


class NewAccount(BaseModel):
    """A person's account."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"username": "w10234"}]})
    username: str = Field(min_length=2, max_length=64, description="Letters, digits and . _ - @; case is ignored.")


class Reset(BaseModel):
    """What is reset beside the password."""

    model_config = ConfigDict(extra="forbid")
    second_factor: bool = Field(False, description="Also the authenticator and the recovery codes: a lost phone.")


class NewSubject(BaseModel):
    """Who the identity provider's subject is."""

    model_config = ConfigDict(extra="forbid")
    issuer: HttpUrl = Field(description="As in GRIDLOOP_OIDC_ISSUER.")
    subject: str = Field(min_length=1, max_length=255, description="The provider's `sub` for this person.")


class Handed(BaseModel):
    """`password` is in the first answer only; the first sign-in asks for another."""

    person: UUID
    username: str | None
    password: str | None


def account_routes(may_keep: MayKeep, *, tag: str) -> APIRouter:
    """The four routes, for a service that keeps accounts."""
    api = router(tags=[tag])

    @api.post("/v1/people/{person}/account", status_code=201, summary="An account", response_model=Handed)
    async def make(request: Request, person: UUID, told: NewAccount, _: OnceKey = None) -> Response:
        async def verb(call: Call) -> tuple[str | None, str]:
            password = await keeping.make(call.session, person=person, username=told.username, by=call.actor)
            return keeping.checked(told.username), password

        return await _handed(request, person, 201, may_keep, verb)

    @api.post("/v1/people/{person}/account/reset", summary="A password to begin with again", response_model=Handed)
    async def reset(request: Request, person: UUID, told: Reset, _: OnceKey = None) -> Response:
        """Every session of the person is over and every lock open."""

        async def verb(call: Call) -> tuple[str | None, str]:
            key: bytes = request.app.state.answer_key
            password = await keeping.reset(
                call.session, person=person, key=key, second_factor_too=told.second_factor, by=call.actor
            )
            return (await keeping.found(call.session, person)).username, password

        return await _handed(request, person, 200, may_keep, verb)

    @api.delete("/v1/people/{person}/account", summary="Close an account", response_model=Handed)
    async def close(request: Request, person: UUID, _: OnceKey = None) -> Response:
        async def verb(call: Call) -> Answer:
            await may_keep(call.session, call.actor, person)
            await keeping.close(call.session, person=person, by=call.actor)
            return Answer(200, Handed(person=person, username=None, password=None))

        return await perform(request, verb)

    @api.put("/v1/people/{person}/subject", summary="Who the identity provider's subject is", response_model=Handed)
    async def name_subject(request: Request, person: UUID, told: NewSubject, _: OnceKey = None) -> Response:
        async def verb(call: Call) -> Answer:
            await may_keep(call.session, call.actor, person)
            issuer = str(told.issuer).rstrip("/")
            await keeping.name_subject(call.session, person=person, issuer=issuer, subject=told.subject, by=call.actor)
            return Answer(200, Handed(person=person, username=None, password=None))

        return await perform(request, verb)

    @api.delete("/v1/people/{person}/subject", summary="The provider brings them in no longer", response_model=Handed)
    async def unname_subjects(request: Request, person: UUID, _: OnceKey = None) -> Response:
        async def verb(call: Call) -> Answer:
            await may_keep(call.session, call.actor, person)
            await keeping.unname_subjects(call.session, person=person, by=call.actor)
            return Answer(200, Handed(person=person, username=None, password=None))

        return await perform(request, verb)

    return api


async def _handed(
    request: Request,
    person: UUID,
    status: int,
    may_keep: MayKeep,
    make: Callable[[Call], Awaitable[tuple[str | None, str]]],
) -> Response:
    """What is kept for repeats has no password in it; it joins the answer after the commit and is gone with it."""
    shown: list[Handed] = []

    async def verb(call: Call) -> Answer:
        await may_keep(call.session, call.actor, person)
        username, password = await make(call)
        shown.append(Handed(person=person, username=username, password=password))
        return Answer(status, Handed(person=person, username=username, password=None))

    answer = await perform(request, verb)
    if not shown:
        return answer
    headers = {"cache-control": "no-store"}
    return JSONResponse(shown[0].model_dump(mode="json"), status_code=status, headers=headers)
