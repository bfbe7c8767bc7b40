"""The master keys that wrap the reporters' data keys: several by id, the last one current, so that they can rotate.

`KeyWrapper` is what the vault needs of them; a key management service fits behind it as well as these do.
"""

import base64
import binascii
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Protocol, Self

from cryptography.hazmat.primitives import hmac

from intake.ciphers import KEY_BYTES_OF, Suite, VaultError, decrypt, derive, encrypt, hash_of

KEY_BYTES = 32
KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,32}")


class WrongKeySize(VaultError):
    """A master key is exactly 32 bytes; make one with `openssl rand -base64 32`."""


class PlaceholderKey(VaultError):
    """A master key must be random: all-zero, repeated, counted-up and typed keys are refused."""


class MalformedMasterKeys(VaultError):
    """Master keys are lines `id:base64`, the last one current; ids are unique, of letters, digits and `._-`."""


class UnknownMasterKey(VaultError):
    """The master key that wrapped this data key is not among those given."""


class KeyWrapper(Protocol):
    """Who holds the master keys: these in memory, or a key management service. `bound` is authenticated data."""

    @property
    def current(self) -> str: ...
    @property
    def ids(self) -> tuple[str, ...]: ...
    def wrap(self, suite: Suite, key_id: str, data_key: bytes, bound: bytes) -> bytes: ...
    def unwrap(self, suite: Suite, key_id: str, wrapped: bytes, bound: bytes) -> bytes: ...
    def mac(self, suite: Suite, key_id: str, message: bytes) -> bytes: ...


@dataclass(frozen=True, repr=False)
class MasterKeys:
    """Master keys by id, held in memory; older ones stay so that what they wrapped can be opened and rewrapped."""

    keys: Mapping[str, bytes]
    current: str

    def __post_init__(self) -> None:
        if self.current not in self.keys or not all(KEY_ID.fullmatch(key_id) for key_id in self.keys):
            raise MalformedMasterKeys
        for key in self.keys.values():
            _refuse_weak(key)
        object.__setattr__(self, "keys", MappingProxyType(dict(self.keys)))

    @classmethod
    def parse(cls, text: str) -> Self:
        """From lines `id:base64`; the last is current, `#` begins a comment."""
        pairs = [_key_line(word) for line in text.splitlines() for word in line.partition("#")[0].split()]
        keys = dict(pairs)
        if not pairs or len(keys) != len(pairs):
            raise MalformedMasterKeys
        return cls(keys, pairs[-1][0])

    @classmethod
    def from_file(cls, path: Path) -> Self:
        try:
            return cls.parse(path.read_text("ascii"))
        except UnicodeDecodeError:
            raise MalformedMasterKeys from None

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(self.keys)

    def wrap(self, suite: Suite, key_id: str, data_key: bytes, bound: bytes) -> bytes:
        return encrypt(suite, self._derived(suite, key_id, "wrap", KEY_BYTES_OF[suite]), data_key, bound)

    def unwrap(self, suite: Suite, key_id: str, wrapped: bytes, bound: bytes) -> bytes:
        return decrypt(suite, self._derived(suite, key_id, "wrap", KEY_BYTES_OF[suite]), wrapped, bound)

    def mac(self, suite: Suite, key_id: str, message: bytes) -> bytes:
        keyed = hmac.HMAC(self._derived(suite, key_id, "index", KEY_BYTES), hash_of(suite))
        keyed.update(message)
        return keyed.finalize()

    def _derived(self, suite: Suite, key_id: str, purpose: str, size: int) -> bytes:
        if key_id not in self.keys:
            raise UnknownMasterKey
        return derive(suite, self.keys[key_id], f"master {purpose}", size)

    def __repr__(self) -> str:
        return f"<MasterKeys {', '.join(self.ids)}; current {self.current}>"


def new_master_key(key_id: str) -> str:
    """A fresh `id:base64` line for the end of a key file."""
    if not KEY_ID.fullmatch(key_id):
        raise MalformedMasterKeys
    return f"{key_id}:{base64.b64encode(os.urandom(KEY_BYTES)).decode('ascii')}"


def _key_line(word: str) -> tuple[str, bytes]:
    key_id, colon, encoded = word.partition(":")
    try:
        key = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise MalformedMasterKeys from None
    if not colon or not KEY_ID.fullmatch(key_id):
        raise MalformedMasterKeys
    return key_id, key


def _refuse_weak(key: bytes) -> None:
    if len(key) != KEY_BYTES:
        raise WrongKeySize
    steps = {(after - before) % 256 for before, after in pairwise(key)}
    typed = all(32 <= byte < 127 for byte in key)
    # 32 random bytes with fewer than 16 different ones: some once in 10^14 keys.
    if len(set(key)) < 16 or len(steps) == 1 or typed:
        raise PlaceholderKey
