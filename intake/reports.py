"""A report is taken down: the row, the sealed person, the first entry and the message, all or nothing.

The transaction has at most eight statements, those of an Idempotency-Key included.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, inspect, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from intake import reporters, status_codes
from intake.bridge import changes, translating
from intake.bridge.records import ToldChange, ToldCode
from intake.bridge.translating import Told
from intake.channels import Desk, ItemType
from intake.models import REGISTERED, Report, Reporter
from intake.notices import choices, planning
from intake.notices.choices import Said
from intake.reporters import Identity
from intake.schemas import NewCase, Person
from intake.vault import Vault
from services import audit, timeline, tracing
from services.clocks import now
from services.messages import Location, Place, ReportReceived, Settled
from services.messaging import tell
from services.problems import Conflict, invalid
from services.queue import Entry

CLOCKS_APART = timedelta(minutes=5)
"""How far the clock of a desk may be ahead of ours."""
Hide = Callable[[str, Identity], str]
"""Words cleared of personal data, and of this reporter's own."""
FRESH: Mapping[str, Any] = {
    "state": REGISTERED, "round": 1, "co_units": [], "seen_sequence": 0, "copied": 0,
    "told": 0, "entries": 0, "version": 1,
}  # fmt: skip


class AlreadyPosted(Exception):
    """Somebody with the same key posted this external_id first; look at what it made."""


class ExternalIdTaken(Conflict):
    """This external_id was used for another report."""

    remedy = "Look at the case named here; post another report under another external_id, more words as an amendment."


def digest_of(key: bytes, told: NewCase) -> bytes:
    """A keyed digest of a body, to tell a repeated one from another one."""
    return hmac.new(key, b"case body\0" + told.model_dump_json(exclude_defaults=True).encode(), hashlib.sha256).digest()


async def posted_before(session: AsyncSession, *, by: UUID, external_id: str, digest: bytes) -> Report:
    """The report this person posted under this number. Raises ExternalIdTaken where the body was another one."""
    mine = select(Report).where(Report.by_person == by, Report.external_id == external_id)
    report = (await session.scalars(mine)).one()
    if not hmac.compare_digest(report.body_digest, digest):
        raise ExternalIdTaken(case_no=report.case_no)
    return report


async def register(
    session: AsyncSession,
    *,
    vault: Vault,
    desk: Desk,
    told: NewCase,
    case_no: str,
    digest: bytes,
    besides: Mapping[str, str] | None = None,
) -> Report:
    """Take a report down. `besides` is sealed with the words as they were told, and shown nowhere.

    Raises AlreadyPosted where this person has used the external_id, also at this moment.
    """
    told, codes = await translating.translated(session, desk.actor.person, told)
    drawn = draw_up(desk=desk, told=told, case_no=case_no, digest=digest)
    words = drawn.original | dict(besides or {})
    await receive(
        session, vault=vault, desk=desk, report=drawn.report, identity=drawn.identity, original=words, codes=codes
    )
    await choices.hear(session, vault, said_of(told))
    return drawn.report


@dataclass(frozen=True)
class Drawn:
    """A report as it was told, cleared of its person; and who that is."""

    report: Report
    identity: Identity = field(repr=False)
    original: dict[str, str] = field(repr=False)
    """The words as they were told."""


def draw_up(*, desk: Desk, told: NewCase, case_no: str, digest: bytes, hide: Hide = reporters.hide) -> Drawn:
    """The report of what was told; nothing is written yet. Raises Invalid."""
    at = now()
    item_type = _refuse_unusable(told, at)
    person = told.reporter or Person()
    identity = identity_of(person)
    settled_at = (told.settled.at or at) if told.settled else None
    report = Report(
        **FRESH,
        case_no=case_no,
        channel=told.channel.value,
        external_id=told.external_id,
        body_digest=digest,
        item_type=item_type.value,
        text=hide(told.description or "", identity),
        issue=told.issue_code,
        told_district=told.district_code,
        received_at=at,
        as_of=at,
        confidential=person.confidential,
        by_person=desk.actor.person,
        by_unit=desk.grant.unit,
        by_path=desk.grant.path,
        by_role=desk.grant.role.value,
        settled_done=hide(told.settled.done, identity) if told.settled else None,
        settled_at=settled_at,
        settled_unit=desk.grant.unit if told.settled else None,
        settled_by=desk.grant.role.value if told.settled else None,
    )
    put_place(report, identity, told.address, told.grid_code, told.location, hide=hide)
    original = {"description": told.description, "address": told.address, "done": told.settled and told.settled.done}
    return Drawn(report, identity, {name: text for name, text in original.items() if text})


def identity_of(person: Person) -> Identity:
    return Identity(**person.model_dump(include=set(reporters.FIELDS)))


def said_of(told: NewCase) -> Sequence[Said]:
    """What the person said about notices with this report; nothing where they were not asked or left no number."""
    person = told.reporter or Person()
    if person.phone is None or (person.notices is None and person.wecom_user is None):
        return ()
    return (Said(person.phone, sms=person.notices, wecom=True if person.wecom_user else None),)


def _refuse_unusable(told: NewCase, at: datetime) -> ItemType:
    if told.description is None and told.issue_code is None:
        raise invalid("description", "is needed where there is no issue_code", "say what it is about")
    if told.settled and told.settled.at and told.settled.at > at + CLOCKS_APART:
        raise invalid("settled.at", "does not lie in the future", "leave it out or check your clock")
    if told.item_type is None:
        raise invalid("item_type", "is needed where there is no hotline_codes.item_type", "say what the person wants")
    return told.item_type


def put_place(
    report: Report,
    identity: Identity,
    address: str | None,
    grid: str | None,
    location: Location | None,
    *,
    hide: Hide = reporters.hide,
) -> None:
    """Write the parts of a place that were told; the others stay."""
    if address is not None:
        report.address = hide(address, identity)
    if grid is not None:
        report.told_grid = grid
    if location is not None:
        report.lon, report.lat, report.crs = location.lon, location.lat, location.crs


async def receive(
    session: AsyncSession,
    *,
    vault: Vault,
    desk: Desk,
    report: Report,
    identity: Identity,
    original: Mapping[str, str],
    codes: Sequence[Told] = (),
) -> None:
    """Write a new report with its reporter, its first entry and its message: six statements, and one for its codes."""
    tracing.about(report.case_no)
    rows = entered(vault, desk, report, identity, original)
    others = await reporters.open_cases(session, vault, identity, besides=report.split_from or "")
    await session.execute(insert(timeline.Entry), rows.entry)
    if rows.words:
        await session.execute(insert(timeline.Words), rows.words)
    await _insert(session, report, rows)
    await audit.record(
        session, "register", report.case_no, actor=desk.actor, channel=report.channel, split_from=report.split_from
    )
    if codes:
        await session.execute(insert(ToldCode), [code.row(report) for code in codes])
    unmapped = translating.unmapped(codes)
    await tell(session, received(report, others, unmapped), sequence=report.told, also=written_to(report))


@dataclass(frozen=True)
class Entered:
    """The rows of a new report beside its own."""

    reporter: dict[str, Any] = field(repr=False)
    entry: dict[str, Any]
    words: dict[str, Any] | None
    change: dict[str, Any] | None


def entered(vault: Vault, desk: Desk, report: Report, identity: Identity, original: Mapping[str, str]) -> Entered:
    """The person sealed, the first entry, the first change; the report knows its reporter and its code from here on."""
    code = status_codes.new_code()
    reporter = reporters.sealed(vault, identity, original, code)
    report.status_digest = status_codes.digest_of(report.case_no, code)
    report.reporter, report.reachable, report.told = reporter["id"], identity.phone is not None, 1
    shown = {"description": report.text, "address": report.address, "done": report.settled_done}
    entry, words = timeline.drawn_up(
        report, "register", **desk.signature, at=report.as_of, to_state=REGISTERED,
        facts={"channel": report.channel, "item_type": report.item_type, "issue": report.issue,
               "grid": report.told_grid, "district": report.told_district, "split_from": report.split_from},
        words={name: text for name, text in shown.items() if text},
    )  # fmt: skip
    report.entries, report.chain = entry["number"], entry["digest"]
    change = changes.registered(report) if changes.concerns_a_client(report) else None
    return Entered(reporter, entry, words, change)


def written_to(report: Report) -> list[Entry]:
    """Who can be reached is told number and code."""
    return [planning.registered(report.case_no)] if report.reachable else []


async def _insert(session: AsyncSession, report: Report, rows: Entered) -> None:
    """Person, report and first change in one statement.

    A racer with the same external_id waits here and then finds it taken.
    """
    person = insert(cast(Table, Reporter.__table__)).values(**rows.reporter).cte("person")
    row = insert(cast(Table, Report.__table__)).values(**columns(report)).add_cte(person)
    if rows.change:
        row = row.add_cte(insert(cast(Table, ToldChange.__table__)).values(**rows.change).cte("change"))
    once = row.on_conflict_do_nothing(index_elements=["external_id", "by_person"])
    if await session.scalar(once.returning(Report.case_no)) is None:
        raise AlreadyPosted


def columns(report: Report) -> dict[str, Any]:
    return {name: value for name, value in inspect(report).dict.items() if name in Report.__table__.columns}


def received(report: Report, others: tuple[str, ...], unmapped: tuple[str, ...] = ()) -> ReportReceived:
    """What routing is told of a new report."""
    return ReportReceived(
        case_no=report.case_no,
        channel=report.channel,
        item_type=report.item_type,
        text=report.text,
        issue=report.issue,
        place=_told_place(report),
        received_at=report.received_at,
        confidential=report.confidential,
        reporter=report.reachable,
        open_cases=others,
        settled=_settled(report),
        split_from=report.split_from,
        unmapped=unmapped,
    )


def _settled(report: Report) -> Settled | None:
    if report.settled_done is None:
        return None
    facts = {"done": report.settled_done, "at": report.settled_at, "unit": report.settled_unit}
    return Settled.model_validate({**facts, "by": report.settled_by})


def _told_place(report: Report) -> Place:
    point = None
    if report.lon is not None:
        point = Location.model_validate({"lon": report.lon, "lat": report.lat, "crs": report.crs})
    return Place(address=report.address, grid=report.told_grid, district=report.told_district, location=point)
