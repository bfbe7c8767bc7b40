"""Who posts: by the key in a header, in the query or in the form; reads need none, and have no limit with one."""

from fastapi import APIRouter, Request

from intake.open311.arguments import arguments
from services import limits_of_use
from services.access import roles_for
from services.callers import by_key
from services.guarding import GuardedRoute
from services.identity import Actor, key_from
from services.limits_of_use import within_limits
from services.passes import TokenNotValid
from services.problems import KeyMissing, KeyUnknown, Problem, WrongRole

HEADERS = ("authorization", "x-api-key")


class KeyWanted(KeyMissing):
    """A post needs a key, and none was sent."""

    remedy = "Send it as `api_key` in the form or the query, or as `Authorization: Bearer …`."


class Open311Route(GuardedRoute):
    """A guarded route that also takes the key as `api_key`."""

    async def admit(self, request: Request) -> None:
        """The actor, or None for a reader without a key that holds. Raises KeyWanted, KeyUnknown, WrongRole …"""
        wanted = roles_for(request.app.state.service, request.method, self.path)
        if wanted is None:
            request.state.actor = await _reader(request)
            return
        await limits_of_use.address_within_limits(request)
        sent = await _sent(request)
        if sent is None:
            raise KeyWanted
        try:
            actor = await _holder(request, sent)
        except (KeyUnknown, TokenNotValid):
            await limits_of_use.guess_within_limits(request)
            raise
        await limits_of_use.key_within_limits(request, actor.key)
        request.state.actor = actor
        if not actor.has(wanted):
            raise WrongRole(roles=sorted(wanted))


def router() -> APIRouter:
    return APIRouter(route_class=Open311Route, tags=["open311"])


async def _sent(request: Request) -> str | None:
    if any(request.headers.get(name, "").strip() for name in HEADERS):
        return key_from(request)
    return (await arguments(request)).one("api_key")


async def _holder(request: Request, sent: str) -> Actor:
    async with request.app.state.database.unit() as session:
        return await by_key(request, session, sent)


async def _reader(request: Request) -> Actor | None:
    """A key that does not hold is nobody's: the reader sees what everybody sees. Raises TooManyRequests."""
    try:
        sent = await _sent(request)
        actor = await _holder(request, sent) if sent else None
    except Problem:
        actor = None
    if actor is None:
        await within_limits(request)
    return actor
