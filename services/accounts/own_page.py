"""The page of one's own account: who one is here, another password, signing out everywhere."""

from collections.abc import Sequence

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession

from services.accounts import cookies, sessions, signing_in
from services.accounts.models import Account
from services.accounts.pages import LIMITED, PAGES, asker
from services.accounts.passwords import fits
from services.callers import SignedIn
from services.passes import ISSUER
from services.problems import Invalid, NotFound
from services.roles import Role
from services.settings import ServiceName
from services.staff_pages import DESKS, ROLES, fields, page_router


def own_page(service: ServiceName) -> APIRouter:
    """The routes, for a service that keeps accounts."""
    routes = page_router(home=service)

    @routes.get("/account", response_model=None)
    async def show(request: Request) -> Response:
        async with request.app.state.database.unit() as session:
            account = await session.get(Account, request.state.actor.person)
        return _page(request, account)

    @routes.post("/account/password", response_model=None, dependencies=LIMITED)
    async def change(request: Request) -> Response:
        """The present password is asked for, and counted like signing in: an open browser is not enough."""
        state, sent, me = request.app.state, await fields(request), _me(request)
        async with state.database.unit() as session:
            account = await session.get(Account, me.actor.person)
            if account is None or account.username is None:
                raise NotFound("You sign in elsewhere: there is no password here.")
            await signing_in.admit(session, account.username, asker(request))
        async with state.database.unit() as session:
            account = await session.get_one(Account, me.actor.person, with_for_update=True)
            fault = None
            if not await fits(sent.get("present", ""), account.password):
                fault = "现在的密码不对"
                await signing_in.refused(session, account.person, "password")
            elif sent.get("password") != sent.get("again"):
                fault = "两次填写的不一样"
            if fault is None:
                fault = await _changed(request, session, account, sent.get("password", ""))
            secret = await _alone(session, me) if fault is None else None
        if fault:
            return _page(request, account, status=422, fault=fault)
        response = _page(request, account, done=True)
        cookies.hand_out(request, response, secret=secret)
        return response

    @routes.post("/account/sign-out-everywhere", response_model=None)
    async def everywhere(request: Request) -> Response:
        async with request.app.state.database.unit() as session:
            await sessions.end_all(session, _me(request).actor.person, voice="person")
        response = RedirectResponse(f"/{service}/sign-in", 303)
        cookies.take_back(request, response)
        return response

    return routes


def _me(request: Request) -> SignedIn:
    """Whoever signed in here. A key has no page of its own, nor has somebody whose session is another service's."""
    found: SignedIn | None = getattr(request.state, "signed_in", None)
    if found is None or found.held is None:
        raise NotFound("This page is for somebody who signed in here.")
    return found


async def _changed(request: Request, session: AsyncSession, account: Account, password: str) -> str | None:
    try:
        await signing_in.change_password(session, account, password, settings=request.app.state.settings)
    except Invalid:
        return "这个密码太短、太常见，或与现在的相同"
    if account.username:
        await signing_in.forgive(session, account.username, asker(request))
    return None


async def _alone(session: AsyncSession, me: SignedIn) -> str:
    """Every other session is over, and this one has a new secret."""
    assert me.held is not None
    await sessions.end_all(session, me.actor.person, but=me.held.row.id, voice="person")
    row = await session.merge(me.held.row)
    return sessions.renew_secret(row)


def _page(
    request: Request, account: Account | None, *, status: int = 200, fault: str | None = None, done: bool = False
) -> Response:
    held = dict.fromkeys((grant.role, grant.unit) for grant in _me(request).actor.grants)
    service = request.app.state.service
    return PAGES.render(
        request,
        "account.html",
        status=status,
        fault=fault,
        wait=None,
        done=done,
        grants=[(ROLES[role], unit) for role, unit in held],
        desks=_desks([role for role, _ in held], service),
        account=account,
        base=f"/{service}/account",
        least=request.app.state.settings.password_length,
    )


def _desks(roles: Sequence[Role], service: ServiceName) -> list[tuple[str, str]]:
    """Where the person works; at an evaluation body of its own only what is there, with its administrator's queue."""
    found = dict.fromkeys(desk for role in roles for desk in DESKS.get(role, ()))
    if service == ISSUER:
        return list(found)
    own = [desk for desk in found if desk[0].startswith(f"/{service}/")]
    return [*own, (f"/{service}/admin/queue", "消息队列")] if Role.ADMINISTRATOR in roles else own
