"""One-time codes as people read and type them, and the digest by which alone a service knows one.

80 bits in the alphabet of Crockford's base 32: nobody finds one by trying, not even with all digests at hand.
"""

import hashlib
import hmac
import re

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH, GROUP, BITS = 16, 4, 5
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})


def derived(key: bytes, *parts: str) -> str:
    """The code that belongs to these parts, always the same: it need not be kept to be sent or printed again."""
    digest = hmac.new(key, "\0".join(("one-time code", *parts)).encode(), hashlib.sha256).digest()
    number = int.from_bytes(digest) >> (len(digest) * 8 - LENGTH * BITS)
    return written("".join(ALPHABET[number >> (BITS * place) & 31] for place in range(LENGTH)))


def written(code: str) -> str:
    """In groups of four: `7K3M-Q9TW-0A5C-XH2R`."""
    return "-".join(code[place : place + GROUP] for place in range(0, len(code), GROUP))


def read(typed: str) -> str:
    """The code as it was meant: capitals or not, with or without spaces and dashes, o for 0, i or l for 1."""
    return re.sub(r"[\s\-–—_.]", "", typed.upper()).translate(_READ_AS)


def digest_of(code: str) -> bytes:
    return hashlib.sha256(b"one-time code\0" + read(code).encode()).digest()
