"""OAuth2 client credentials: a system shows its key once and gets a short-lived token for all three services."""

import base64
import binascii
from datetime import timedelta
from typing import Annotated, Literal

from fastapi import Depends, Form, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from routing.access_news import tell_signer
from services import audit, passes
from services.guarding import router
from services.identity import Actor, identify
from services.limits_of_use import within_limits
from services.passes import Kind
from services.problems import KeyUnknown, Problem

api = router(tags=["people"])


class InvalidClient(Problem):
    """The client is unknown, its secret is wrong, or it is not a machine."""

    status = 401
    title = "Client not valid"
    remedy = "The client's id is its key's id (`gl_<id>_…`), its secret the whole key; people sign in instead."


class InvalidScope(Problem):
    """The scope asks for more than the client's key may."""

    status = 400
    title = "Scope not valid"
    remedy = "Ask for scopes of the key alone, or for none."


class TokenMade(BaseModel):
    """RFC 6749, 5.1."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a type
    expires_in: int
    scope: str | None


@api.post("/v1/oauth/token", summary="A token for a system", dependencies=[Depends(within_limits)])
async def token(
    request: Request,
    grant_type: Annotated[Literal["client_credentials"], Form()],
    client_id: Annotated[str | None, Form(max_length=64)] = None,
    client_secret: Annotated[str | None, Form(max_length=200)] = None,
    scope: Annotated[str | None, Form(max_length=200)] = None,
) -> JSONResponse:
    """The client is a machine's key: its id, and the whole key as the secret, by HTTP Basic or in the form."""
    state, (sent_id, secret) = request.app.state, _client(request, client_id, client_secret)
    async with state.database.unit() as session:
        try:
            actor = await identify(session, secret)
        except KeyUnknown:
            raise _invalid_client() from None
        if actor.key != sent_id or not actor.machine:
            raise _invalid_client()
        granted = _scope(actor, scope)
        key = passes.signing_key(state.answer_key)
        if signer := await passes.announced(session, key):
            await tell_signer(session, signer)
        await audit.record(session, "token.made", actor.key, actor=actor, scope=granted)
    life = timedelta(minutes=state.settings.token_minutes)
    facts = {"sub": str(actor.person), "key": actor.key, "client_id": actor.key, "scope": granted}
    made = TokenMade(
        access_token=passes.sign(key, Kind.TOKEN, facts, life), expires_in=int(life.total_seconds()), scope=granted
    )
    return JSONResponse(made.model_dump(), headers={"cache-control": "no-store"})


def _client(request: Request, client_id: str | None, client_secret: str | None) -> tuple[str, str]:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            found = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            raise _invalid_client() from None
        return found[0], found[2]
    return client_id or "", client_secret or ""


def _invalid_client() -> InvalidClient:
    return InvalidClient(error="invalid_client", headers={"WWW-Authenticate": "Basic"})


def _scope(actor: Actor, asked: str | None) -> str | None:
    """What is asked for, where the key may it; all the key may, where nothing is."""
    if not asked:
        return actor.scope
    wanted, may = asked.split(), set((actor.scope or "").split())
    roles = {grant.role.value for grant in actor.grants} | {"read"}
    if not set(wanted) <= roles or (may and not set(wanted) <= may) or ("read" in may and "read" not in wanted):
        raise InvalidScope(error="invalid_scope")
    return " ".join(dict.fromkeys(wanted))
