"""Keyed digests of what must be recognised again but not read."""

import hashlib
import hmac
import json
from typing import Any


def digest(key: bytes, purpose: str, *facts: Any) -> bytes:
    """HMAC-SHA-256 over the facts in one spelling; another purpose gives another digest of the same facts."""
    spelled = json.dumps([purpose, *facts], ensure_ascii=False, separators=(",", ":"))
    return hmac.new(key, spelled.encode(), hashlib.sha256).digest()
