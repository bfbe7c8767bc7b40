"""Short-lived signed tokens (JWT, Ed25519) by which intake and feedback take routing's word for who is asking.

A *pass* is a signed-in person's, in a cookie; a *token* is a system's, by OAuth2 client credentials. routing alone
can make them; the public half of its key travels in `access.changed`. Grants are in neither: each service reads them
anew, so that access ends with the responsibility.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from joserfc.jws import extract_compact
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.clocks import now
from services.identity import Signer
from services.problems import Problem
from services.settings import SERVICES, ServiceName

ISSUER: ServiceName = "routing"
ALGORITHMS = ["Ed25519"]
SKEW = timedelta(seconds=30)
"""How far the clocks of two machines may differ."""


class Kind(StrEnum):
    """Its `typ`: what is signed for one purpose is good for no other."""

    PASS = "pass+jwt"  # noqa: S105 - a type
    TOKEN = "at+jwt"  # noqa: S105 - a type


class TokenNotValid(Problem):
    """The token is wrong, over, or made for something else."""

    status = 401
    title = "Token not valid"
    remedy = "Get a new one: `POST /routing/v1/oauth/token`, or sign in again."


class SignerUnknown(Problem):
    """The token's signer is not known here: routing tells of it within seconds."""

    status = 401
    title = "Signer unknown"
    remedy = "Try again in a moment; if it stays, look at routing's worker."


def signing_key(secret: bytes) -> OKPKey:
    """routing's key, derived from its own secret: it is kept nowhere, and a new secret makes a new key."""
    seed = HKDF(SHA256(), 32, None, b"gridloop passes and tokens").derive(secret)
    private = Ed25519PrivateKey.from_private_bytes(seed)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return OKPKey.import_key(pem)


def signer_of(key: OKPKey) -> Signer:
    """The row that tells others of the key."""
    public = str(key.as_dict(private=False)["x"])
    return Signer(id=_kid(public), public=public, ended_at=None, version=1)


def _kid(public: str) -> str:
    return hashlib.sha256(public.encode()).hexdigest()[:16]


async def announced(session: AsyncSession, key: OKPKey) -> Signer | None:
    """Write the signer down where it is new: the row then, to be told to the others; None where it was known."""
    signer = signer_of(key)
    row = {"id": signer.id, "public": signer.public, "version": 1}
    made = insert(Signer).values(row).on_conflict_do_nothing().returning(Signer.id)
    return signer if await session.scalar(made) else None


def sign(key: OKPKey, kind: Kind, facts: Mapping[str, Any], life: timedelta) -> str:
    """A token with these facts, for all three services."""
    at = now()
    header = {"alg": ALGORITHMS[0], "typ": kind.value, "kid": signer_of(key).id}
    claims = {"iss": ISSUER, "aud": list(SERVICES), "iat": _seconds(at), "exp": _seconds(at + life), **facts}
    return jwt.encode(header, claims, key, algorithms=ALGORITHMS)


async def read(session: AsyncSession, token: str, kind: Kind, *, audience: ServiceName) -> dict[str, Any]:
    """The facts of a token that holds here and now. Raises TokenNotValid, SignerUnknown."""
    headers = {"WWW-Authenticate": "Bearer"}
    try:
        header, claims = await _opened(session, token)
    except (JoseError, ValueError, TypeError, KeyError):
        raise TokenNotValid(headers=headers) from None
    at = now()
    holds = (
        header.get("typ") == kind.value
        and claims.get("iss") == ISSUER
        and audience in claims.get("aud", ())
        and isinstance(claims.get("exp"), int)
        and _seconds(at) < claims["exp"]
        and claims.get("iat", 0) <= _seconds(at + SKEW)
    )
    if not holds:
        raise TokenNotValid(headers=headers)
    return claims


async def _opened(session: AsyncSession, token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    kid = str(extract_compact(token.encode()).protected["kid"])
    signer = await session.get(Signer, kid) if kid.isalnum() else None
    if signer is None or signer.ended_at is not None:
        raise SignerUnknown
    key = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": signer.public})
    found = jwt.decode(token, key, algorithms=ALGORITHMS)
    return dict(found.header), dict(found.claims)


def _seconds(at: datetime) -> int:
    return int(at.timestamp())
