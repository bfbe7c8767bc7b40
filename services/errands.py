"""An errand: a signed note that somebody's browser carries from one service's page to another service.

It says who comes, for what and until when, and holds for that service and that purpose alone. So a service sends its
own people on without calling the other one, and without anybody else vouching for them.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from services.clocks import now
from services.problems import Problem
from services.settings import ServiceName, Settings

ALGORITHMS = ["HS256"]


class ErrandNotValid(Problem):
    """This note is missing, over, or made for something else."""

    status = 410
    title = "Errand over"
    remedy = "Open the page you came from again: it makes a new one."


@dataclass(frozen=True)
class Errand:
    """Who comes, with what, and the note's own name."""

    person: UUID
    facts: Mapping[str, Any]
    id: str


def write(
    settings: Settings,
    source: ServiceName,
    destination: ServiceName,
    purpose: str,
    *,
    person: UUID,
    until: datetime,
    **facts: str,
) -> str:
    """The note, as text."""
    claims = {"sub": str(person), "exp": int(until.timestamp()), "jti": uuid4().hex, "facts": facts}
    key = _key(settings, source, destination, purpose)
    return jwt.encode({"alg": ALGORITHMS[0]}, claims, key, algorithms=ALGORITHMS)


def read(settings: Settings, source: ServiceName, destination: ServiceName, purpose: str, sent: str) -> Errand:
    """What a note says that holds here and now. Raises ErrandNotValid."""
    try:
        claims = jwt.decode(sent, _key(settings, source, destination, purpose), algorithms=ALGORITHMS).claims
        errand = Errand(UUID(claims["sub"]), dict(claims["facts"]), str(claims["jti"]))
        over = int(claims["exp"]) <= now().timestamp()
    except (JoseError, ValueError, TypeError, KeyError):
        raise ErrandNotValid from None
    if over:
        raise ErrandNotValid
    return errand


def _key(settings: Settings, source: ServiceName, destination: ServiceName, purpose: str) -> OctKey:
    """Derived from the secret that the two share, for one direction and one purpose."""
    secret = settings.link_secret(source, destination).encode()
    made = hmac.new(secret, f"errand {source}>{destination} {purpose}".encode(), hashlib.sha256).digest()
    return OctKey.import_key(made)
