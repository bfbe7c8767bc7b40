"""Who makes a request: by a key, by a system's token, or by a cookie of somebody who signed in.

Grants are read anew for every request, however the caller is known, so that access ends with the responsibility.
What comes by cookie must be meant: an unsafe method needs the session's synchroniser token and our own origin.
"""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import FormData

from services import passes
from services.accounts import KEEPERS, SECOND_FACTOR, sessions
from services.clocks import now
from services.ended_sessions import has_ended
from services.identity import READ, Actor, holder, identify, key_from, narrowed, person_acting
from services.passes import ISSUER, Kind, SignerUnknown, TokenNotValid
from services.problems import KeyMissing, Problem
from services.settings import ServiceName

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
SESSION, PASS = "gridloop_session", "gridloop_pass"
CSRF_HEADER, CSRF_FIELD = "x-csrf-token", "csrf"
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
OwnPerson = Callable[[AsyncSession, UUID], Awaitable[bool]]


class ScopeTooNarrow(Problem):
    """This key or token is for reads alone."""

    status = 403
    title = "Scope too narrow"
    remedy = "Use a key whose scope names the role that may do this."


class NotMeant(Problem):
    """This was sent with the cookie of somebody who signed in, but not from a page of ours."""

    status = 403
    title = "Not sent from our page"
    remedy = "Open the page again and press there; a program sends the page's token as `X-CSRF-Token`."


class NotKnownHere(Problem):
    """routing vouches for this person, and news of them has not arrived here yet."""

    status = 503
    title = "Not known here yet"
    remedy = "Try again in a moment; if it stays, look at routing's worker."


@dataclass(frozen=True)
class SignedIn:
    """Somebody who signed in: as whom, where, and what their forms must carry."""

    actor: Actor
    name: str
    csrf: str
    home: ServiceName
    """The service that keeps the session: signing out is done there."""
    stale: bool = False
    """Whether a page should fetch a new pass before it goes on."""
    held: sessions.Held | None = None


async def caller(request: Request, session: AsyncSession) -> Actor:
    """Raises KeyMissing, KeyUnknown, TokenNotValid, SignerUnknown, NotKnownHere, NotMeant, ScopeTooNarrow."""
    if "authorization" in request.headers or "x-api-key" in request.headers:
        return await by_key(request, session, key_from(request))
    found = await signed_in(request, session)
    if found is None:
        raise KeyMissing(headers={"WWW-Authenticate": "Bearer"})
    request.state.signed_in = found
    if request.method not in SAFE:
        await must_be_meant(request, found.csrf)
    return found.actor


async def by_key(request: Request, session: AsyncSession, sent: str) -> Actor:
    """The actor of a key or of a system's token. Raises KeyUnknown, TokenNotValid, SignerUnknown, ScopeTooNarrow."""
    actor = await (by_token(request, session, sent) if sent.count(".") == 2 else identify(session, sent))
    if READ in (actor.scope or "").split() and request.method not in SAFE:
        raise ScopeTooNarrow
    return actor


async def by_token(request: Request, session: AsyncSession, token: str) -> Actor:
    """The actor of a system's token: its key must still hold."""
    claims = await passes.read(session, token, Kind.TOKEN, audience=request.app.state.service)
    person = _id(claims.get("sub"))
    await _must_be_vouched(request, session, person)
    return narrowed(await holder(session, str(claims.get("key")), person), claims.get("scope"))


async def signed_in(request: Request, session: AsyncSession) -> SignedIn | None:
    """Whose session or pass this is; None where there is neither (any longer)."""
    state = request.app.state
    if state.service in KEEPERS:
        held = await sessions.find(session, request.cookies.get(SESSION), state.settings)
        if held:
            return SignedIn(held.actor, held.name, held.row.csrf, state.service, held=held)
    sent = request.cookies.get(PASS)
    return await _by_pass(request, session, sent) if sent and state.service != ISSUER else None


async def _by_pass(request: Request, session: AsyncSession, sent: str) -> SignedIn | None:
    try:
        claims = await passes.read(session, sent, Kind.PASS, audience=request.app.state.service)
    except TokenNotValid:
        return None
    except SignerUnknown:
        raise NotKnownHere(headers={"Retry-After": "3"}) from None
    person = _id(claims.get("sub"))
    await _must_be_vouched(request, session, person)
    if await has_ended(session, str(claims["sid"])):
        return None
    acting = await person_acting(session, person, key=str(claims["sid"]))
    if acting is None:
        raise NotKnownHere(headers={"Retry-After": "3"})
    if acting[0].has(SECOND_FACTOR) and not claims.get("mfa"):
        return None
    lived, life = now().timestamp() - claims["iat"], claims["exp"] - claims["iat"]
    return SignedIn(*acting, csrf=str(claims["csrf"]), home=ISSUER, stale=lived * 3 > life)


async def _must_be_vouched(request: Request, session: AsyncSession, person: UUID) -> None:
    """A service's own people are not routing's to vouch for."""
    own: OwnPerson | None = getattr(request.app.state, "own_person", None)
    if own and await own(session, person):
        raise TokenNotValid


def _id(text: object) -> UUID:
    try:
        return UUID(str(text))
    except ValueError:
        raise TokenNotValid from None


async def must_be_meant(request: Request, csrf: str) -> None:
    """Raises NotMeant unless the request carries the session's token and comes from our own origin.

    What a form says in place of headers (`once`, `version`) is kept for `requests.perform`.
    """
    await request.body()  # kept, since `requests.perform` digests it after the form was read
    form = await form_of(request)
    sent = request.headers.get(CSRF_HEADER) or _text(form, CSRF_FIELD)
    if not from_our_origin(request) or not hmac.compare_digest(sent.encode(), csrf.encode()):
        raise NotMeant
    told = {"idempotency-key": _text(form, "once"), "if-match": _text(form, "version")}
    request.state.said = {name: value for name, value in told.items() if value}


async def form_of(request: Request) -> FormData | None:
    """The form that was sent, if it was one; FastAPI reads the same one afterwards, and `perform` the body."""
    await request.body()
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return await request.form() if kind in FORMS else None


def _text(form: FormData | None, name: str) -> str:
    found = form.get(name) if form else None
    return found if isinstance(found, str) else ""


def from_our_origin(request: Request) -> bool:
    """Whether the browser says that a page of this host sent it; where it says nothing the token decides alone."""
    origin = request.headers.get("origin")
    if origin is None:
        return request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")
    ours = {request.headers.get("host", ""), urlsplit(request.app.state.settings.public_url).netloc}
    return bool(origin) and urlsplit(origin).netloc in ours - {""}
