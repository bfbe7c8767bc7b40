"""The vault's two suites: AES-256-GCM with SHA-256, or the national SM4-GCM with SM3; and what they refuse.

Ciphertexts are nonce, text and tag. `bound` is data that is authenticated with the text but not stored in it.
"""

import os
from enum import StrEnum

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

VERSION = 1
NONCE_BYTES = 12
TAG_BYTES = 16


class Suite(StrEnum):
    AES = "aes"
    SM = "sm"


CODES = {Suite.AES: 1, Suite.SM: 2}
_SUITES = {code: suite for suite, code in CODES.items()}
KEY_BYTES_OF = {Suite.AES: 32, Suite.SM: 16}


class VaultError(Exception):
    """The vault refused."""

    def __init__(self) -> None:
        super().__init__(" ".join((type(self).__doc__ or "").split()))


class MalformedBlob(VaultError):
    """This is not a blob of the vault, or it is of a later version."""


class NotSealedHere(VaultError):
    """The blob was altered, or was sealed under another key, for another field or for another person."""


def encrypt(suite: Suite, key: bytes, plain: bytes, bound: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    cipher = Cipher(_algorithm(suite, key), modes.GCM(nonce)).encryptor()
    cipher.authenticate_additional_data(bound)
    return nonce + cipher.update(plain) + cipher.finalize() + cipher.tag


def decrypt(suite: Suite, key: bytes, blob: bytes, bound: bytes) -> bytes:
    if len(blob) < NONCE_BYTES + TAG_BYTES:
        raise MalformedBlob
    nonce, tag = blob[:NONCE_BYTES], blob[-TAG_BYTES:]
    cipher = Cipher(_algorithm(suite, key), modes.GCM(nonce, tag)).decryptor()
    cipher.authenticate_additional_data(bound)
    try:
        return cipher.update(blob[NONCE_BYTES:-TAG_BYTES]) + cipher.finalize()
    except InvalidTag:
        raise NotSealedHere from None


def _algorithm(suite: Suite, key: bytes) -> algorithms.AES | algorithms.SM4:
    return algorithms.AES(key) if suite is Suite.AES else algorithms.SM4(key)


def hash_of(suite: Suite) -> hashes.HashAlgorithm:
    return hashes.SHA256() if suite is Suite.AES else hashes.SM3()


def derive(suite: Suite, key: bytes, purpose: str, size: int) -> bytes:
    return HKDF(hash_of(suite), size, None, f"gridloop vault {purpose} {suite}".encode()).derive(key)


def suite_of(blob: bytes) -> Suite:
    if len(blob) < 2 or blob[0] != VERSION or blob[1] not in _SUITES:
        raise MalformedBlob
    return _SUITES[blob[1]]


def bound(*parts: str | bytes) -> bytes:
    """The parts with their lengths, so that no two lists of parts are the same bytes."""
    raw = [encode(part) if isinstance(part, str) else part for part in parts]
    return b"".join(len(part).to_bytes(4, "big") + part for part in raw)


def encode(text: str) -> bytes:
    # A lone surrogate must not raise: a UnicodeEncodeError carries the whole text.
    return text.encode("utf-8", "surrogatepass")
