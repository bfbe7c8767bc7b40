"""The log of what was erased, in a file beside the database: case numbers and parts, so that after the restore of an
older backup the same is erased again. It belongs on another medium than the database."""

import fcntl
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from services.settings import Settings


@dataclass(frozen=True)
class Erased:
    """A part of a case, gone since then."""

    case_no: str
    part: str
    at: datetime


def path(settings: Settings) -> Path:
    return settings.erasure_log or settings.data_dir / "erasures.jsonl"


def read(file: Path) -> list[Erased]:
    """All lines; a last one that was cut off by a crash is left out, it is written again."""
    if not file.exists():
        return []
    *whole, _ = file.read_text("utf-8").split("\n")
    return [_parsed(line) for line in whole if line.strip()]


def last(file: Path) -> datetime | None:
    """When the newest line's part was erased; None for an empty log."""
    return max((each.at for each in read(file)), default=None)


def _parsed(line: str) -> Erased:
    told = json.loads(line)
    return Erased(told["case_no"], told["part"], datetime.fromisoformat(told["at"]))


def append(file: Path, erased: Iterable[Erased]) -> int:
    """Write those that are not in it, to the disk before this returns; how many. Two writers wait for each other."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "a", encoding="utf-8") as out:
        fcntl.flock(out, fcntl.LOCK_EX)
        known = {(each.case_no, each.part) for each in read(file)}
        if file.stat().st_size and not file.read_bytes().endswith(b"\n"):
            _cut_off_last(file)
        new = [each for each in erased if (each.case_no, each.part) not in known]
        for each in new:
            out.write(json.dumps({**asdict(each), "at": each.at.isoformat()}) + "\n")
        out.flush()
        os.fsync(out.fileno())
    return len(new)


def _cut_off_last(file: Path) -> None:
    """Half a line, of a writer that died: its erasure is in the database and comes again."""
    os.truncate(file, file.read_bytes().rfind(b"\n") + 1)
