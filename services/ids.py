"""Names of rows."""

import os
from uuid import UUID

from services.clocks import now


def new_id() -> UUID:
    """A UUIDv7: milliseconds first, so that a list by id is a list by time."""
    milliseconds = int(now().timestamp() * 1000).to_bytes(6, "big")
    rest = bytearray(os.urandom(10))
    rest[0] = rest[0] & 0x0F | 0x70
    rest[2] = rest[2] & 0x3F | 0x80
    return UUID(bytes=milliseconds + bytes(rest))
