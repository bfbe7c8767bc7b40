"""Settings from files, as containers are given their secrets: `GRIDLOOP_<NAME>_FILE`, or a directory of them.

With `GRIDLOOP_SECRETS_DIR=/run/secrets` each setting may lie there as `gridloop_<name>`; what the environment says
itself goes first. A file that is named and not there is an error, never a default.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource

PREFIX = "GRIDLOOP_"
FOLDER = "GRIDLOOP_SECRETS_DIR"


class SecretFiles(PydanticBaseSettingsSource):
    """The source of settings that lie in files."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        found = file_of(field_name, self.settings_cls.model_fields)
        return (_read(found) if found else None), field_name, False

    def __call__(self) -> dict[str, Any]:
        names = self.settings_cls.model_fields
        return {name: _read(found) for name in names if (found := file_of(name, names))}


def file_of(name: str, known: Iterable[str] = ()) -> Path | None:
    """The file that holds a setting, if one is named or lies in the directory of secrets."""
    named = os.environ.get(f"{PREFIX}{name.upper()}_FILE")
    if named and f"{name}_file" not in known:
        return Path(named)
    folder = os.environ.get(FOLDER)
    lying = Path(folder) / f"{PREFIX}{name}".lower() if folder else None
    return lying if lying and lying.is_file() else None


def outside(name: str) -> str | None:
    """What the environment says that a setting is, by itself or by a file."""
    said, found = os.environ.get(f"{PREFIX}{name.upper()}"), file_of(name)
    return _read(found) if said is None and found else said


def told_outside(name: str) -> bool:
    """Whether the environment says what a setting is."""
    return f"{PREFIX}{name.upper()}" in os.environ or file_of(name) is not None


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8").rstrip("\r\n")
