"""After a restore: what was erased since the backup is erased again, sign-ins end, and everything is checked."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import delete

from services import sealing
from services.accounts import KEEPERS
from services.accounts.models import Session
from services.backup import Manifest
from services.database import Database
from services.events import Envelope
from services.inbox import Handler, NotYet
from services.messages import ReportErased
from services.messaging import Peers
from services.retention import ledger
from services.retention.ledger import Erased
from services.rooms import Checked, Room, Tools
from services.sealed import told
from services.settings import ServiceName, Settings

TOLD = ("everything", "photos", "survey_photos", "survey_words")


async def put_right(settings: Settings, rooms: Mapping[ServiceName, Room], manifest: Manifest) -> Checked:
    """All rooms, intake first: it owns the log of erasures."""
    erased, all_of = ledger.read(ledger.path(settings)), Checked()
    for name, room in rooms.items():
        database, peers = Database(settings.database_for(name), name, pool_size=2), Peers(settings, name)
        try:
            tools = Tools(settings, database, peers)
            await _room(tools, room, manifest, erased, all_of)
        finally:
            await peers.close()
            await database.close()
    return all_of


async def _room(tools: Tools, room: Room, manifest: Manifest, erased: Sequence[Erased], all_of: Checked) -> None:
    if room.erase_again:
        number = await room.erase_again(tools, erased)
        all_of.seen.append(f"{room.name}: {number} of {len(erased)} noted erasures were made again")
    elif ReportErased.type in (handlers := room.handlers(tools.settings)):
        for each in erased:
            await _tell(tools.database, handlers[ReportErased.type], each)
    if room.name in KEEPERS:
        async with tools.database.unit() as session:
            await session.execute(delete(Session))
        all_of.seen.append(f"{room.name}: every sign-in of the backup's day is over")
    if room.restored:
        checked = await room.restored(tools)
        all_of.seen += checked.seen
        all_of.faults += checked.faults
    async with tools.database.unit() as session:
        mine = [root for root in manifest.roots if root.service == room.name]
        all_of.faults += [told(fault) for fault in await sealing.against(session, mine)]
        all_of.seen.append(f"{room.name}: {len(mine)} seals looked at")


async def _tell(database: Database, handler: Handler, erased: Erased) -> None:
    """As the message would, at once; a case that the backup does not know holds nothing."""
    if erased.part not in TOLD:
        return
    message = ReportErased.model_validate({"case_no": erased.case_no, "parts": [erased.part], "at": erased.at})
    envelope = Envelope("restore", "intake", message.type, message.case_no, 0, datetime.now(UTC))
    try:
        async with database.unit() as session:
            await handler(session, message, envelope)
    except NotYet:
        return
