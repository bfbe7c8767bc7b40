"""Standard Webhooks signatures: on the links between the services and on what the outside calls back.

On a link the key is derived from the shared secret for one direction, method and path, so that a request that was
overheard is good for nothing but itself; the inbox makes a repeat of that harmless. Old signatures are refused.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import cast
from uuid import uuid4

from standardwebhooks import Webhook, WebhookVerificationError

from services.problems import Problem
from services.settings import SERVICES, ServiceName, Settings

SOURCE_HEADER = "gridloop-source"
WHSEC = "whsec_"


class BadSignature(Problem):
    """The signature is missing, wrong, more than five minutes old, or made for something else."""

    status = 401
    title = "Signature not valid"
    remedy = "Sign the body as sent, by Standard Webhooks, with the secret of this link and the present time."


def sign(secret: str | bytes, id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three `webhook-…` headers. `secret` is `whsec_` and base64, or any text, or the key itself."""
    moment = at.astimezone(UTC)
    return {
        "webhook-id": id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": _webhook(secret).sign(id, moment, body.decode()),
    }


def verify(secrets: str | bytes | Sequence[str | bytes], headers: Mapping[str, str], body: bytes) -> None:
    """Raises BadSignature unless one of the secrets made the signature; several serve while one replaces another."""
    accepted = [secrets] if isinstance(secrets, str | bytes) else secrets
    if not any(_fits(secret, headers, body) for secret in accepted):
        raise BadSignature


def sign_link(
    settings: Settings, source: ServiceName, destination: ServiceName, method: str, path: str, body: bytes
) -> dict[str, str]:
    """Headers for a request from one service to another; `path` without the destination's own prefix."""
    key = _link_key(settings, source, destination, method, path)
    return {SOURCE_HEADER: source, **sign(key, str(uuid4()), datetime.now(UTC), body)}


def verify_link(
    settings: Settings, destination: ServiceName, method: str, path: str, headers: Mapping[str, str], body: bytes
) -> ServiceName:
    """The service that sent this request. Raises BadSignature."""
    source = headers.get(SOURCE_HEADER)
    if source not in SERVICES or source == destination:
        raise BadSignature
    verify(_link_key(settings, source, destination, method, path), headers, body)
    return source


def _link_key(settings: Settings, source: ServiceName, destination: ServiceName, method: str, path: str) -> bytes:
    secret = settings.link_secret(source, destination).encode()
    purpose = f"{source}>{destination} {method} {path.removeprefix(f'/{destination}')}"
    return hmac.new(secret, purpose.encode(), hashlib.sha256).digest()


def _webhook(secret: str | bytes) -> Webhook:
    plain = isinstance(secret, str) and not secret.startswith(WHSEC)
    return Webhook(cast(str, secret).encode() if plain else secret)


def _fits(secret: str | bytes, headers: Mapping[str, str], body: bytes) -> bool:
    """What cannot even be read (no base64, no UTF-8) raises ValueError in the library."""
    try:
        _webhook(secret).verify(body, dict(headers), json_parse=False)
    except (WebhookVerificationError, ValueError):
        return False
    return True
