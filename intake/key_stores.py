"""Where the master keys are: in the settings, in a file that is read again when it changes, or in a key service."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from intake.ciphers import Suite, VaultError
from intake.master_keys import KeyWrapper, MasterKeys, new_master_key
from services.settings import Settings


class KeyFile:
    """A key file as it is now: a line appended to it counts at once, in every process that reads it.

    Half-written or broken, the file changes nothing: what was read last stays.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._print = path, self._stamp(path)
        self._keys = MasterKeys.from_file(path)

    @staticmethod
    def _stamp(path: Path) -> tuple[int, int, int]:
        found = path.stat()
        return found.st_mtime_ns, found.st_size, found.st_ino

    @property
    def _now(self) -> MasterKeys:
        try:
            seen = self._stamp(self._path)
            if seen != self._print:
                self._keys = MasterKeys.from_file(self._path)
                self._print = seen
        except (OSError, VaultError):
            pass
        return self._keys

    @property
    def current(self) -> str:
        return self._now.current

    @property
    def ids(self) -> tuple[str, ...]:
        return self._now.ids

    def wrap(self, suite: Suite, key_id: str, data_key: bytes, bound: bytes) -> bytes:
        return self._now.wrap(suite, key_id, data_key, bound)

    def unwrap(self, suite: Suite, key_id: str, wrapped: bytes, bound: bytes) -> bytes:
        return self._now.unwrap(suite, key_id, wrapped, bound)

    def mac(self, suite: Suite, key_id: str, message: bytes) -> bytes:
        return self._now.mac(suite, key_id, message)

    def __repr__(self) -> str:
        return f"<KeyFile {self._keys!r}>"


class KeyService(KeyWrapper, Protocol):
    """A key management service: the same as any store, and it makes its own next key. Adapters are named below."""

    def rotate(self) -> str:
        """Make a new key and use it from now on; its id."""


class FakeKeyService:
    """Plays a key management service: its keys never leave it, and it counts what it is asked for.

    They lie in a file of its own, so that the processes of one installation ask the same service.
    """

    FILE = "key-service.json"

    def __init__(self, folder: Path) -> None:
        self._path = folder / self.FILE
        self.calls = 0
        if not self._path.exists():
            self._write([new_master_key("k1")])

    @property
    def current(self) -> str:
        return self._keys().current

    @property
    def ids(self) -> tuple[str, ...]:
        return self._keys().ids

    def wrap(self, suite: Suite, key_id: str, data_key: bytes, bound: bytes) -> bytes:
        self.calls += 1
        return self._keys().wrap(suite, key_id, data_key, bound)

    def unwrap(self, suite: Suite, key_id: str, wrapped: bytes, bound: bytes) -> bytes:
        self.calls += 1
        return self._keys().unwrap(suite, key_id, wrapped, bound)

    def mac(self, suite: Suite, key_id: str, message: bytes) -> bytes:
        self.calls += 1
        return self._keys().mac(suite, key_id, message)

    def rotate(self) -> str:
        lines = self._lines()
        key_id = f"k{len(lines) + 1}"
        self._write([*lines, new_master_key(key_id)])
        return key_id

    def _keys(self) -> MasterKeys:
        return MasterKeys.parse("\n".join(self._lines()))

    def _lines(self) -> list[str]:
        found: list[str] = json.loads(self._path.read_text("ascii"))
        return found

    def _write(self, lines: list[str]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".new")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            json.dump(lines, file)
        draft.replace(self._path)

    def __repr__(self) -> str:
        return "<FakeKeyService>"


KEY_SERVICES: Mapping[str, type[FakeKeyService]] = {"fake": FakeKeyService}


def key_store(settings: Settings) -> KeyWrapper:
    """What the settings name. Raises MissingSetting where they name nothing: there is no vault without a master key."""
    if settings.key_service:
        return KEY_SERVICES[settings.key_service](settings.data_dir)
    if settings.master_keys_file:
        return KeyFile(settings.master_keys_file)
    return MasterKeys.parse(settings.need("master_keys", "the reporters' data keys are wrapped with it"))
