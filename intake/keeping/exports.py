"""A copy of all that is held of a case's reporter (查阅复制): gathered from the three services by intake's worker.

It is sealed under the reporter's own key until it is handed out, so it goes when the person is erased.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from intake import disclosures, reporters
from intake.channels import Desk
from intake.disclosure_report import for_reporter
from intake.disclosures import Receiver
from intake.keeping.erasing import refuse_erased
from intake.keeping.proof import Proof, show
from intake.keeping.records import Export
from intake.models import Notification, OrderEntry, Report, Reporter, SealedWords
from intake.notices import choices
from intake.open311.records import Open311Picture
from intake.vault import Vault
from services import audit, timeline
from services.attempts import Unreachable
from services.clocks import now
from services.database import Database
from services.ids import new_id
from services.messaging import PeerFailed, Peers
from services.problems import NotFound, Problem
from services.queue import enqueue
from services.settings import ServiceName

GATHER = "gather_export"
HELD = "/v1/held/{case_no}"
"""Where the other two say what they hold of a case, to intake's signed call alone."""
PEERS: tuple[ServiceName, ...] = ("routing", "feedback")


class ExportOver(Problem):
    """The time to fetch this export is over."""

    status = 410
    title = "Export over"
    remedy = "Ask for a new one."


async def ask(
    session: AsyncSession, *, vault: Vault, desk: Desk, report: Report, told: Proof, kept_for: timedelta
) -> Export:
    """The export, which the worker gathers. Raises NotTheReporter, ErasedCase."""
    await refuse_erased(session, report.case_no)
    way = await show(session, vault, report, told, desk=desk)
    at = now()
    made = Export(
        id=new_id(), case_no=report.case_no, asked_by=desk.actor.person, asked_at=at, until=at + kept_for, sealed=None
    )
    session.add(made)
    await session.flush()
    await audit.record(
        session, "export.asked", report.case_no, actor=desk.actor, export=str(made.id), known_by=way
    )  # fmt: skip
    await enqueue(session, GATHER, str(made.id).encode())
    return made


async def fetch(
    session: AsyncSession, vault: Vault, case_no: str, export: UUID, *, desk: Desk
) -> tuple[Export, dict[str, Any] | None]:
    """The export and what is in it, None while it is gathered; each fetching is a disclosure, written first.

    It is for who asked for it. Raises NotFound, ExportOver.
    """
    row = await session.get(Export, export)
    if row is None or row.case_no != case_no or row.asked_by != desk.actor.person:
        raise NotFound("There is no such export of yours.")
    if row.until <= now():
        raise ExportOver
    if row.sealed is None:
        return row, None
    reporter = await reporters.of_case(session, case_no)
    fields = [name for name in reporters.FIELDS if getattr(reporter, name) is not None]
    await disclosures.write(
        session, case_no, fields=[*fields, "everything held"], way="export", purpose="the reporter's own request",
        to=Receiver(desk.grant.role.value, desk.actor, desk.grant.unit), until=row.until, export=str(row.id),
    )  # fmt: skip
    found: dict[str, Any] = json.loads(
        vault.open(reporters.key_of(reporter), _field(row), row.sealed, str(reporter.id))
    )
    return row, found


def _field(row: Export) -> str:
    return f"export {row.id}"


class Gatherer:
    """The job behind an export: asks the two others, adds intake's part, seals it; killed on the way, again."""

    def __init__(self, database: Database, peers: Peers, vault: Vault, zone: ZoneInfo) -> None:
        self._database, self._peers, self._vault, self._zone = database, peers, vault, zone

    async def __call__(self, payload: bytes) -> None:
        export = UUID(payload.decode())
        async with self._database.unit() as session:
            row = await session.get(Export, export)
        if row is None or row.sealed is not None:
            return
        theirs: dict[str, Any] = {peer: await self._held_by(peer, row.case_no) for peer in PEERS}
        async with self._database.unit() as session:
            await self._seal(session, export, theirs)

    async def _held_by(self, peer: ServiceName, case_no: str) -> Any:
        try:
            return await self._peers.call(peer, "GET", HELD.format(case_no=case_no), within=15)
        except PeerFailed as failed:
            raise Unreachable(str(failed)) from None

    async def _seal(self, session: AsyncSession, export: UUID, theirs: Mapping[str, Any]) -> None:
        row = await session.get(Export, export, with_for_update=True)
        if row is None:
            return
        reporter = await reporters.of_case(session, row.case_no)
        if reporter.wrapped_key is None:
            return
        held = {**await held_here(session, self._vault, row.case_no, self._zone), **theirs}
        text = json.dumps(held, ensure_ascii=False)
        row.sealed = self._vault.seal(reporter.wrapped_key, _field(row), text, str(reporter.id))


async def held_here(session: AsyncSession, vault: Vault, case_no: str, zone: ZoneInfo) -> dict[str, Any]:
    """intake's own part, with the plaintext of everything the vault has of this reporter."""
    report = await session.get_one(Report, case_no)
    reporter = await session.get_one(Reporter, report.reporter)
    identity = reporters.opened(vault, reporter)
    return {
        "case_no": case_no,
        "made_at": _told(now(), zone),
        "reporter": {name: value for name in reporters.FIELDS if (value := getattr(identity, name))},
        "as_told": await _as_told(session, vault, reporter),
        "report": _report(report, zone),
        "intake": {
            "timeline": await _timeline(session, case_no, zone),
            "news": await _news(session, case_no, zone),
            "pictures": len((await session.scalars(_pictures(case_no))).all()),
            "notices": await _notices(session, case_no, zone),
            "notices_wanted": await _wanted(session, vault, identity.phone),
            "seen": (await for_reporter(session, case_no, zone)).model_dump(mode="json")["disclosures"],
        },
    }


def _told(at: datetime | None, zone: ZoneInfo) -> str | None:
    return at.astimezone(zone).isoformat(timespec="seconds") if at else None


async def _as_told(session: AsyncSession, vault: Vault, reporter: Reporter) -> list[Any]:
    """The words as they were told, before redaction: with the report, and later."""
    if reporter.wrapped_key is None:
        return []
    key, subject = vault.unlock(reporter.wrapped_key), str(reporter.id)
    later = await session.scalars(
        select(SealedWords).where(SealedWords.reporter == reporter.id).order_by(SealedWords.entry)
    )
    found = [json.loads(key.open("original", reporter.original, subject))] if reporter.original else []
    return found + [json.loads(key.open(f"words {row.entry}", row.sealed, subject)) for row in later]


def _report(report: Report, zone: ZoneInfo) -> dict[str, Any]:
    same = ("channel", "external_id", "item_type", "text", "address", "lon", "lat", "crs", "confidential", "state",
            "outcome", "issue_name", "grid_name", "lead_name", "public_answer")  # fmt: skip
    times = {name: _told(getattr(report, name), zone) for name in ("received_at", "handled_at", "closed_at")}
    return {name: getattr(report, name) for name in same if getattr(report, name) is not None} | times


async def _timeline(session: AsyncSession, case_no: str, zone: ZoneInfo) -> Sequence[Any]:
    return [
        {"at": _told(entry.at, zone), "move": entry.move, "by": entry.by_role, "words": dict(words)}
        for entry, words in await timeline.entries(session, case_no)
    ]


async def _news(session: AsyncSession, case_no: str, zone: ZoneInfo) -> Sequence[Any]:
    rows = await session.scalars(select(OrderEntry).where(OrderEntry.case_no == case_no).order_by(OrderEntry.entry))
    return [
        {"at": _told(row.at, zone), "move": row.move, "state": row.state, "note": row.note} for row in rows if row.note
    ]


async def _notices(session: AsyncSession, case_no: str, zone: ZoneInfo) -> Sequence[Any]:
    rows = await session.scalars(select(Notification).where(Notification.case_no == case_no))
    return [{"at": _told(row.at, zone), "kind": row.kind, "result": row.result} for row in rows]


async def _wanted(session: AsyncSession, vault: Vault, phone: str | None) -> dict[str, Any]:
    """What the person said about notices, whatever case it was said with."""
    return asdict(await choices.of_phone(session, vault, phone)) if phone else {}


def _pictures(case_no: str) -> Any:
    return select(Open311Picture.number).where(Open311Picture.case_no == case_no)
