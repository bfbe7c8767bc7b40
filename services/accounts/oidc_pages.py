"""To the identity provider and back."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from services.accounts import cookies, oidc, sessions, signing_in
from services.accounts.models import Stage, Trip
from services.accounts.pages import LIMITED, asker, go_on, next_of
from services.callers import SESSION
from services.problems import NotFound
from services.staff_pages import page_router, safe_next

STATE = "gridloop_oidc"


def oidc_pages() -> APIRouter:
    """The two routes, for a service that keeps accounts; without GRIDLOOP_OIDC_ISSUER there is nothing there."""
    routes = page_router()
    routes.add_api_route("/oidc/start", _start, methods=["GET"], response_model=None, dependencies=LIMITED)
    routes.add_api_route("/oidc/callback", _callback, methods=["GET"], response_model=None, dependencies=LIMITED)
    return routes


async def _start(request: Request) -> Response:
    state = request.app.state
    if not state.settings.oidc_issuer:
        raise NotFound
    back = oidc.callback(state.settings, state.service)
    async with oidc.client() as http:
        provider = await oidc.discover(http, state.settings)
    async with state.database.unit() as session:
        address, kept = oidc.leave(session, provider, state.settings, back=back, next=next_of(request))
    response = RedirectResponse(address, 303)
    response.set_cookie(
        STATE, kept, path=f"/{state.service}/oidc", max_age=int(oidc.TRIP.total_seconds()), httponly=True,
        secure=state.settings.https, samesite="lax",
    )  # fmt: skip
    return response


async def _callback(request: Request) -> Response:
    """What the provider's redirect brings is believed for nothing but the code, and that only with our own state."""
    state = request.app.state
    if not state.settings.oidc_issuer:
        raise NotFound
    sent = request.query_params
    async with state.database.unit() as session:
        trip = await oidc.back_from(session, sent=sent.get("state", ""), kept=request.cookies.get(STATE, ""))
    if "code" not in sent:
        raise oidc.ProviderFailed("The provider did not sign you in.")
    async with oidc.client() as http:
        provider = await oidc.discover(http, state.settings)
        back = oidc.callback(state.settings, state.service)
        claims = await oidc.redeem(http, provider, state.settings, code=sent["code"], trip=trip, back=back)
    try:
        response = await _in(request, claims, provider, trip)
    except oidc.NobodyHere:
        async with state.database.unit() as session:
            await signing_in.refused(session, None, "subject")
        raise
    response.delete_cookie(STATE, path=f"/{state.service}/oidc")
    return response


async def _in(request: Request, claims: Mapping[str, Any], provider: oidc.Provider, trip: Trip) -> Response:
    async with request.app.state.database.unit() as session:
        found = await oidc.arrived(session, claims, provider, trip)
        step = await signing_in.proceed(
            session, found.account, method="oidc", shown=found.second_factor, asker=asker(request)
        )
        if step:
            await sessions.end(session, request.cookies.get(SESSION))
        opened = step is not None and step.stage is Stage.OPEN
        pass_ = await cookies.new_pass(request, session, step.row) if step and opened else None
    if step is None:
        raise oidc.NobodyHere
    return go_on(request, step, pass_=pass_, next=safe_next(trip.next, f"/{request.app.state.service}/account"))
