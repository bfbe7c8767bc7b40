"""Signing in with an identity provider: OpenID Connect's code flow with PKCE, state and nonce.

The provider says who somebody is there; who that is here stands in a table that administrators write. A subject that
nobody named is refused: no right ever comes from the provider.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from services.accounts.models import Account, Subject, Trip
from services.clocks import now
from services.problems import Problem
from services.settings import Settings

TRIP = timedelta(minutes=10)
WITHIN = 10.0
ALGORITHMS = ["RS256", "ES256", "PS256", "EdDSA", "Ed25519"]
STRONG = frozenset({"mfa", "otp", "hwk", "sc"})
"""What a provider's `amr` (RFC 8176) says where somebody showed more than a password."""


class ProviderFailed(Problem):
    """The identity provider did not answer, or answered what cannot be relied on."""

    status = 502
    title = "Identity provider failed"
    remedy = "Try again, or sign in with an account of this system."


class TripUnknown(Problem):
    """This browser was not on its way to the identity provider, or for too long."""

    status = 400
    title = "Not on the way"
    remedy = "Begin again at the sign-in page."


class NobodyHere(Problem):
    """The identity provider knows you, and nobody has said who you are here."""

    status = 403
    title = "Nobody here"
    remedy = "Ask your administrator to name your account at the provider."


@dataclass(frozen=True)
class Provider:
    """What the provider says of itself."""

    issuer: str
    authorize: str
    token: str
    keys: str


@dataclass(frozen=True)
class Return:
    """Who came back, where they wanted to go, and whether they showed a second factor there."""

    account: Account
    next: str
    second_factor: bool


def client(transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=transport, timeout=WITHIN, trust_env=False)


async def discover(http: httpx.AsyncClient, settings: Settings) -> Provider:
    """Raises ProviderFailed where it does not answer or calls itself otherwise."""
    issuer = (settings.oidc_issuer or "").rstrip("/")
    told = await _json(http.get(f"{issuer}/.well-known/openid-configuration"))
    if str(told.get("issuer", "")).rstrip("/") != issuer:
        raise ProviderFailed("The provider calls itself by another name than GRIDLOOP_OIDC_ISSUER.")
    try:
        return Provider(told["issuer"], told["authorization_endpoint"], told["token_endpoint"], told["jwks_uri"])
    except KeyError:
        raise ProviderFailed("The provider's description is not whole.") from None


async def _json(sent: Any) -> dict[str, Any]:
    try:
        answer: httpx.Response = await sent
        answer.raise_for_status()
        told: dict[str, Any] = answer.json()
    except (httpx.HTTPError, ValueError):
        raise ProviderFailed from None
    return told


def leave(session: AsyncSession, provider: Provider, settings: Settings, *, back: str, next: str) -> tuple[str, str]:
    """The address to go to, and the state that this browser keeps meanwhile."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    session.add(Trip(state=_digest(state), nonce=nonce, verifier=verifier, next=next, left_at=now()))
    address = prepare_grant_uri(
        provider.authorize,
        client_id=settings.oidc_client_id,
        response_type="code",
        redirect_uri=back,
        scope="openid",
        state=state,
        nonce=nonce,
        code_challenge=create_s256_code_challenge(verifier),
        code_challenge_method="S256",
    )
    return str(address), state


async def back_from(session: AsyncSession, *, sent: str, kept: str) -> Trip:
    """The trip that ends now, for good. Raises TripUnknown unless this very browser left with this very state."""
    if not sent or not secrets.compare_digest(sent.encode(), kept.encode()):
        raise TripUnknown
    gone = delete(Trip).where(Trip.state == _digest(sent), Trip.left_at > now() - TRIP).returning(Trip)
    trip = await session.scalar(gone)
    if trip is None:
        raise TripUnknown
    return trip


async def redeem(
    http: httpx.AsyncClient, provider: Provider, settings: Settings, *, code: str, trip: Trip, back: str
) -> Mapping[str, Any]:
    """The claims of the ID token that the code is worth. Raises ProviderFailed where any check fails."""
    secret = settings.oidc_client_secret
    form = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": trip.verifier,
    }  # fmt: skip
    who = (settings.oidc_client_id or "", secret.get_secret_value() if secret else "")
    told = await _json(http.post(provider.token, data=form, auth=who))
    keys = await _json(http.get(provider.keys))
    return _checked(told.get("id_token"), keys, provider, settings, trip.nonce)


def _checked(
    token: Any, keys: Mapping[str, Any], provider: Provider, settings: Settings, nonce: str
) -> Mapping[str, Any]:
    try:
        found = jwt.decode(str(token), KeySet.import_key_set(cast(KeySetSerialization, keys)), algorithms=ALGORITHMS)
        options = {
            "iss": {"essential": True, "value": provider.issuer},
            "aud": {"essential": True, "value": settings.oidc_client_id},
        }
        told = {"nonce": nonce, "client_id": settings.oidc_client_id}
        claims = CodeIDToken(dict(found.claims), dict(found.header), options, told)
        claims.validate(now=int(now().timestamp()), leeway=60)
    except Exception as error:
        if (
            not isinstance(error, JoseError | ValueError | TypeError | KeyError)
            and "authlib" not in type(error).__module__
        ):
            raise
        raise ProviderFailed("The provider's ID token does not hold.") from None
    return dict(claims)


async def arrived(session: AsyncSession, claims: Mapping[str, Any], provider: Provider, trip: Trip) -> Return:
    """Who that is here. Raises NobodyHere."""
    subject = await session.get(Subject, (provider.issuer.rstrip("/"), str(claims["sub"])))
    account = await session.get(Account, subject.person) if subject else None
    if account is None or account.disabled_at:
        raise NobodyHere
    shown = claims.get("amr") or []
    return Return(account, trip.next, isinstance(shown, list) and bool(STRONG & {str(each) for each in shown}))


def _digest(state: str) -> bytes:
    return hashlib.sha256(state.encode()).digest()


def callback(settings: Settings, service: str) -> str:
    """Where the provider sends people back to: to be registered there."""
    return f"{settings.public_url.rstrip('/')}/{service}/oidc/callback"
