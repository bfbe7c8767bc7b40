"""Routes that know the caller before they read the body; who may use which is the table in `access`."""

from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from services import limits_of_use, watching
from services.access import roles_for
from services.callers import caller
from services.passes import TokenNotValid
from services.problems import KeyUnknown, Problem, WrongRole
from services.tracing import about


class GuardedRoute(APIRoute):
    """A route that knows the caller before it reads the body; roles come from the table in `access`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            try:
                await self.admit(request)
                response = await handle(request)
            except Problem as problem:
                await watching.refused(request, self.path, problem)
                raise
            await watching.answered(request, self.path, response)
            return response

        return guarded

    async def admit(self, request: Request) -> None:
        """Whoever asks, as `request.state.actor`. Raises KeyMissing, KeyUnknown, WrongRole and their like."""
        about(request.path_params.get("case_no"))
        state = request.app.state
        wanted = roles_for(state.service, request.method, self.path)
        if wanted is None:
            return
        await limits_of_use.address_within_limits(request)
        try:
            async with state.database.unit() as session:
                actor = await caller(request, session)
        except (KeyUnknown, TokenNotValid):
            await limits_of_use.guess_within_limits(request)
            raise
        await limits_of_use.key_within_limits(request, actor.key)
        request.state.actor = actor
        if not actor.has(wanted):
            raise WrongRole(roles=sorted(wanted))


def router(**options: Any) -> APIRouter:
    """A router whose routes are guarded."""
    return APIRouter(route_class=GuardedRoute, **options)


def refuse_unguarded(service: str, routes: Iterable[BaseRoute]) -> None:
    """Fails where a route is guarded by nobody: neither public nor in the table, or not a GuardedRoute at all."""
    for route in routes:
        if isinstance(route, APIRoute):
            for method in route.methods or ():
                if roles_for(service, method, route.path) is not None and not isinstance(route, GuardedRoute):
                    raise LookupError(f"{route.path} does not check the key: make its router with `router()`")
        elif included := getattr(route, "original_router", None):
            refuse_unguarded(service, included.routes)
