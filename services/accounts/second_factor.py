"""The second factor: a code of thirty seconds (TOTP, RFC 6238), good once; and ten recovery codes for a lost phone."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import pyotp
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

STEP = 30
AROUND = (0, -1, 1)
"""Steps that are taken beside the present one: clocks differ, and typing takes a while."""
RECOVERY_CODES = 10
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def secret() -> str:
    return pyotp.random_base32()


def address(secret_: str, username: str) -> str:
    """What an authenticator reads from the QR code."""
    return pyotp.TOTP(secret_).provisioning_uri(name=username, issuer_name="gridloop")


def step_of(secret_: str, code: str, at: datetime, *, after: int) -> int | None:
    """The step this code is of, where it is later than the last one used: a code is good once."""
    present = int(at.timestamp()) // STEP
    totp = pyotp.TOTP(secret_)
    digits = "".join(code.split())
    for step in sorted(present + each for each in AROUND):
        if step > after and hmac.compare_digest(totp.generate_otp(step).encode(), digits.encode()):
            return step
    return None


def seal(key: bytes, person: UUID, secret_: str) -> bytes:
    """The secret as it is kept: good for this person alone."""
    nonce = secrets.token_bytes(12)
    return nonce + AESGCM(_sealing(key)).encrypt(nonce, secret_.encode(), person.bytes)


def unseal(key: bytes, person: UUID, sealed: bytes) -> str:
    """Raises SealBroken where the answer key is another than it was sealed under."""
    try:
        return AESGCM(_sealing(key)).decrypt(sealed[:12], sealed[12:], person.bytes).decode()
    except InvalidTag:
        raise SealBroken from None


class SealBroken(Exception):
    """A second factor was sealed under another GRIDLOOP_ANSWER_KEY: reset it for this person."""


def _sealing(key: bytes) -> bytes:
    return HKDF(SHA256(), 32, None, b"gridloop second factor").derive(key)


def recovery_codes() -> list[str]:
    """Ten codes of 49 random bits, to be shown once."""
    made = ["".join(secrets.choice(LETTERS) for _ in range(10)) for _ in range(RECOVERY_CODES)]
    return [f"{code[:5]}-{code[5:]}" for code in made]


def digest(key: bytes, person: UUID, code: str) -> str:
    plain = "".join(letter for letter in code.lower() if letter.isalnum())
    return hmac.new(key, f"recovery\0{person}\0{plain}".encode(), hashlib.sha256).hexdigest()


def without(kept: Sequence[str], used: str) -> list[str] | None:
    """The codes that are left after this one; None where it is none of them."""
    left = [each for each in kept if not hmac.compare_digest(each, used)]
    return left if len(left) < len(kept) else None
