"""The cookies of somebody who signed in: the session's at the service that keeps it, a pass for the two others."""

from datetime import timedelta

from fastapi import Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services import passes
from services.accounts.models import Session
from services.callers import PASS, SESSION
from services.passes import ISSUER, Kind
from services.settings import SERVICES, Settings

BEFORE, DEVICE = "gridloop_before", "gridloop_device"
DEVICE_DAYS = timedelta(days=180)


async def new_pass(request: Request, session: AsyncSession, row: Session) -> str | None:
    """A pass for the two other services, by routing alone; who signs it is told to them where they do not know yet."""
    state = request.app.state
    if state.service != ISSUER:
        return None
    key = passes.signing_key(state.answer_key)
    if signer := await passes.announced(session, key):
        await state.tell_signer(session, signer)
    facts = {
        "sub": str(row.person), "sid": f"s-{row.id.hex[:16]}", "csrf": row.csrf, "mfa": row.second_factor,
    }  # fmt: skip
    return passes.sign(key, Kind.PASS, facts, timedelta(minutes=state.settings.pass_minutes))


def hand_out(
    request: Request,
    response: Response,
    *,
    secret: str | None = None,
    pass_: str | None = None,
    device: str | None = None,
) -> None:
    """Set what is given. The session's cookie ends with the browser; the server ends it sooner."""
    service, settings = request.app.state.service, request.app.state.settings
    if secret:
        _set(response, settings, SESSION, secret, f"/{service}")
    if device:
        _set(response, settings, DEVICE, device, f"/{service}/sign-in", DEVICE_DAYS)
    for other in SERVICES if pass_ else ():
        if other != service:
            life = timedelta(minutes=settings.pass_minutes)
            _set(response, settings, PASS, str(pass_), f"/{other}", life)


def before(request: Request, response: Response, value: str) -> None:
    """What a browser is known by while nobody has signed in: the form's token is made from it."""
    _set(response, request.app.state.settings, BEFORE, value, f"/{request.app.state.service}")


def take_back(request: Request, response: Response) -> None:
    """Signed out: session and passes go."""
    service = request.app.state.service
    response.delete_cookie(SESSION, path=f"/{service}")
    for other in SERVICES if service == ISSUER else ():
        if other != service:
            response.delete_cookie(PASS, path=f"/{other}")


def _set(
    response: Response, settings: Settings, name: str, value: str, path: str, life: timedelta | None = None
) -> None:
    age = int(life.total_seconds()) if life else None
    response.set_cookie(name, value, path=path, max_age=age, secure=settings.https, httponly=True, samesite="lax")
