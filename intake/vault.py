"""The identity vault's envelope: a data key per reporter seals each field, a master key wraps the data key.

Every blob begins with a version byte and its suite, so blobs of both suites stay readable when the setting changes.
No error and no repr shows a key or a plaintext.
"""

import os
import re
import unicodedata
from functools import cache
from typing import NewType, NoReturn

from cryptography.hazmat.primitives import hashes

from intake.ciphers import (
    CODES,
    KEY_BYTES_OF,
    VERSION,
    MalformedBlob,
    NotSealedHere,
    Suite,
    VaultError,
    bound,
    decrypt,
    derive,
    encode,
    encrypt,
    hash_of,
    suite_of,
)
from intake.master_keys import KEY_BYTES, KEY_ID, KeyWrapper, MasterKeys, UnknownMasterKey, new_master_key

__all__ = [
    "DataKey",
    "KeyWrapper",
    "MalformedBlob",
    "MasterKeys",
    "NotSealedHere",
    "NothingToIndex",
    "Suite",
    "UnknownMasterKey",
    "Vault",
    "VaultError",
    "WrappedKey",
    "key_id_of",
    "new_master_key",
]

WrappedKey = NewType("WrappedKey", bytes)
"""A reporter's data key as it is stored: version, suite, master key id, nonce, ciphertext and tag."""


OF_A_PHONE = frozenset({"phone", "notices"})
"""Kinds of blind index that are made of a number; each matches its own kind alone."""


class NothingToIndex(VaultError):
    """A blind index needs a value: nothing was left of this one after normalising."""


class Vault:
    """Seals and opens a reporter's fields. `subject` is the reporter's id: a blob opens for no other."""

    def __init__(self, master_keys: KeyWrapper, suite: Suite) -> None:
        self._master = master_keys
        self._suite = suite

    def new_data_key(self) -> WrappedKey:
        return self._wrap(os.urandom(KEY_BYTES))

    def unlock(self, wrapped: bytes) -> "DataKey":
        """The reporter's data key, unwrapped once for several fields: with a key service each time is a call."""
        return DataKey(self._unwrap(wrapped), self._suite)

    def seal(self, wrapped: bytes, field: str, text: str, subject: str) -> bytes:
        return self.unlock(wrapped).seal(field, text, subject)

    def open(self, wrapped: bytes, field: str, blob: bytes, subject: str) -> str:
        """The text; any blob or key that does not belong here raises a `VaultError`."""
        return self.unlock(wrapped).open(field, blob, subject)

    def rewrap(self, wrapped: bytes) -> WrappedKey:
        """The same data key under the current master key and suite; what it sealed stays as it is."""
        return self._wrap(self._unwrap(wrapped))

    @property
    def current_head(self) -> bytes:
        """How every wrapped key of today begins: a stored one that begins otherwise is due for `rewrap`."""
        return self._head(self._master.current)

    @property
    def index_head(self) -> bytes:
        """How every blind index of today begins: one that begins otherwise is of an older key or of the other suite."""
        return _index_head(self._suite, self._master.current)

    def _head(self, key_id: str) -> bytes:
        return bytes((VERSION, CODES[self._suite], len(key_id))) + key_id.encode("ascii")

    def blind_index(self, kind: str, value: str) -> bytes:
        """A keyed digest under the current master key, equal for equivalent spellings; 38 bytes."""
        return self._index(self._suite, self._master.current, kind, _normalised(kind, value))

    def blind_indexes(self, kind: str, value: str) -> tuple[bytes, ...]:
        """The digests under every key and suite, to search for while rows still carry older ones."""
        plain = _normalised(kind, value)
        return tuple(self._index(suite, key_id, kind, plain) for key_id in self._master.ids for suite in Suite)

    def _index(self, suite: Suite, key_id: str, kind: str, plain: str) -> bytes:
        return _index_head(suite, key_id) + self._master.mac(suite, key_id, bound(kind, plain))

    def _wrap(self, data_key: bytes) -> WrappedKey:
        key_id = self._master.current  # asked once: it may change between two questions
        head = self._head(key_id)
        return WrappedKey(head + self._master.wrap(self._suite, key_id, data_key, head))

    def _unwrap(self, wrapped: bytes) -> bytes:
        suite, key_id = suite_of(wrapped), key_id_of(wrapped)
        end = 3 + len(key_id)
        return self._master.unwrap(suite, key_id, wrapped[end:], wrapped[:end])

    def __repr__(self) -> str:
        return f"<Vault {self._suite}; current {self._master.current}>"


class DataKey:
    """One reporter's key in the plain, for as long as a verb needs it."""

    def __init__(self, key: bytes, suite: Suite) -> None:
        self._key, self._suite = key, suite
        self._field_keys: dict[Suite, bytes] = {}

    def seal(self, field: str, text: str, subject: str) -> bytes:
        head = bytes((VERSION, CODES[self._suite]))
        return head + encrypt(self._suite, self._of(self._suite), encode(text), bound(head, field, subject))

    def open(self, field: str, blob: bytes, subject: str) -> str:
        head, suite = blob[:2], suite_of(blob)
        plain = decrypt(suite, self._of(suite), blob[2:], bound(head, field, subject))
        return plain.decode("utf-8", "surrogatepass")

    def _of(self, suite: Suite) -> bytes:
        if suite not in self._field_keys:
            self._field_keys[suite] = derive(suite, self._key, "field", KEY_BYTES_OF[suite])
        return self._field_keys[suite]

    def __repr__(self) -> str:
        return "<DataKey>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a data key is never written down")


def key_id_of(wrapped: bytes) -> str:
    """The id of the master key that wrapped it. Raises MalformedBlob."""
    suite_of(wrapped)
    found = wrapped[3 : 3 + wrapped[2]].decode("ascii", "replace") if len(wrapped) > 2 else ""
    if not KEY_ID.fullmatch(found):
        raise MalformedBlob
    return found


@cache
def _index_head(suite: Suite, key_id: str) -> bytes:
    digest = hashes.Hash(hash_of(suite))
    digest.update(key_id.encode("ascii"))
    return bytes((VERSION, CODES[suite])) + digest.finalize()[:4]


def _normalised(kind: str, value: str) -> str:
    folded = unicodedata.normalize("NFKC", value).casefold()
    plain = _phone(folded) if kind in OF_A_PHONE else re.sub(r"[\s-]", "", folded)
    if not plain:
        raise NothingToIndex
    return plain


def _phone(text: str) -> str:
    """Digits as dialled inside the country: `+86 138…`, `0138…`, `138…` are one; so are `+86 21…` and `021…`."""
    digits = re.sub(r"[^0-9]", "", text)
    inland = re.sub(r"^(?:00)?86(?=\d{10})", "", digits)
    mobile = re.fullmatch(r"0?(1[3-9]\d{9})", inland)
    if mobile:
        return mobile[1]
    return inland if inland == digits or inland.startswith("0") else "0" + inland
