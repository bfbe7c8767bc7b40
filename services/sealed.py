"""The roots of the seals as files, to be kept where nobody who owns the database can write: made, read and compared."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path

from services import presets, sealing
from services.database import Database
from services.sealing import Fault, Root
from services.settings import SERVICES, MissingSetting, Settings


async def make(settings: Settings) -> list[Root]:
    """Seal every service whose database this installation can open; all roots there are."""
    zone, kept = presets.load(settings.city_preset).zone, list[Root]()
    for database in _open(settings):
        async with database.unit() as session:
            await sealing.seal(session, zone)
            kept += await sealing.roots(session)
        await database.close()
    return kept


async def compare(settings: Settings, kept: Sequence[Root]) -> list[Fault]:
    """What does not fit the roots that were kept, of the services that can be opened."""
    faults = list[Fault]()
    for database in _open(settings):
        async with database.unit() as session:
            faults += await sealing.against(session, kept)
        await database.close()
    return faults


def _open(settings: Settings) -> list[Database]:
    found = []
    for service in SERVICES:
        try:
            found.append(Database(settings.database_for(service), service, pool_size=1))
        except MissingSetting:
            continue
    return found


def write(file: Path, roots: Sequence[Root]) -> None:
    lines = [json.dumps({**asdict(root), "day": root.day.isoformat()}) for root in roots]
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def read(file: Path) -> list[Root]:
    """Raises ValueError for a file that holds no roots."""
    found = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    try:
        return [Root(each["service"], each["number"], date.fromisoformat(each["day"]), each["root"]) for each in found]
    except (KeyError, TypeError) as error:
        raise ValueError(f"{file.name} holds no roots of seals: {error}") from error


def told(fault: Fault) -> str:
    """One line for a person."""
    if fault.case_no:
        return f"{fault.case_no}: entry {fault.entry} {fault.what} ({fault.service}, seal {fault.seal})"
    return f"{fault.service}: seal {fault.seal} {fault.what}"
