"""A subscription's secret: worked out from the installation's key and a salt, shown once, kept nowhere."""

import base64
import hashlib
import hmac
import os
from datetime import datetime
from uuid import UUID

from intake.bridge.records import Subscription
from services.signing import WHSEC, sign

SALT_BYTES = 16


def new_salt() -> bytes:
    return os.urandom(SALT_BYTES)


def secret_of(key: bytes, subscription: UUID, salt: bytes) -> str:
    """`whsec_` and 32 bytes in base64, as Standard Webhooks writes it."""
    made = hmac.new(key, b"callback secret\0" + subscription.bytes + salt, hashlib.sha256).digest()
    return WHSEC + base64.b64encode(made).decode()


def signed(key: bytes, row: Subscription, id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers of a callback; while one secret replaces another, with a signature of each."""
    salts = [row.salt, *([row.old_salt] if row.old_salt and row.old_until and row.old_until > at else [])]
    each = [sign(secret_of(key, row.id, salt), id, at, body) for salt in salts]
    return {**each[0], "webhook-signature": " ".join(one["webhook-signature"] for one in each)}
