"""mySociety's updates: what routing did with public cases, told in order; and what a client adds to its own ones."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from intake import cases, followups, reporters
from intake.channels import Channel, Desk
from intake.models import CLOSED, OrderEntry, Report
from intake.open311 import listing, standing, times
from intake.open311.arguments import Arguments
from intake.open311.coarsening import without_doors
from intake.open311.listing import MOST, Reader
from intake.open311.posting import TAG
from intake.open311.records import Open311Update
from intake.reporters import Identity
from intake.schemas import Amendment, Appeal
from intake.vault import Vault
from services.identity import Actor
from services.problems import FieldFault, Invalid, NotFound, invalid
from services.roles import Role

LONGEST, LONGEST_ID = 1_900, 100
WANTED = ("service_request_id", "update_id", "status", "updated_datetime", "description")
PLAIN = frozenset({"OPEN", "UNCHANGED", "REOPEN"})
"""Statuses that say nothing beside the words; another one is told to the officer with them."""


async def told_since(session: AsyncSession, told: Arguments, reader: Reader) -> list[dict[str, Any]]:
    """One page of updates, the oldest first. Their ids stay the same for ever. Raises Invalid."""
    first, last = times.span(*listing.named(told, "start_date", "end_date", reader), at=reader.at)
    query = (
        select(OrderEntry)
        .join(Report, Report.case_no == OrderEntry.case_no)
        .where(listing.visible(reader), OrderEntry.at >= first, OrderEntry.at < last)
        .order_by(OrderEntry.at, OrderEntry.case_no, OrderEntry.entry)
    )
    size, page = told.count("page_size", MOST, MOST), told.count("page", 1, listing.LAST_PAGE)
    entries = await session.scalars(query.offset((page - 1) * size).limit(size))
    return [_face(entry, reader) for entry in entries]


def _face(entry: OrderEntry, reader: Reader) -> dict[str, Any]:
    word = standing.extended(entry.state, entry.outcome, move=entry.move)
    return {
        "update_id": f"{entry.case_no}-{entry.entry}",
        "service_request_id": entry.case_no,
        "status": word.lower(),
        "updated_datetime": times.w3c(entry.at, reader.zone),
        "description": without_doors(entry.note or standing.SAID.get(word, "")),
        "media_url": None,
        "external_status_code": entry.state,
    }


async def take(session: AsyncSession, *, vault: Vault, actor: Actor, told: Arguments, reader: Reader) -> dict[str, Any]:
    """REOPEN of a closed case is an appeal, anything else a note. The same update again does nothing.

    Raises NotFound where the case is not one that this key posted by Open311, Invalid for what is missing or wrong.
    """
    said = _checked(told, reader)
    report = await _own(session, said["service_request_id"], actor)
    facts = {"by_person": actor.person, "case_no": report.case_no, "update_id": said["update_id"]}
    first = insert(Open311Update).values(**facts, entry=0).on_conflict_do_nothing().returning(Open311Update.entry)
    if await session.scalar(first) is None:
        known = await session.get_one(Open311Update, tuple(facts.values()))
        return _taken(report, known.entry)
    await _follow_up(session, vault, Desk.at(actor, [Role.HOTLINE], like=report.by_role), report, said, told)
    row = update(Open311Update).filter_by(**facts).values(entry=report.entries)
    await session.execute(row)
    return _taken(report, report.entries)


def _taken(report: Report, entry: int) -> dict[str, Any]:
    """`c` for client: no number of routing's entries is ever the same."""
    return {"update_id": f"{report.case_no}-c{entry}"}


def _checked(told: Arguments, reader: Reader) -> dict[str, str]:
    said = {name: told.one(name) or "" for name in WANTED}
    missing = [FieldFault(name, "is needed", "send it with the update") for name, text in said.items() if not text]
    if missing:
        raise Invalid(faults=missing)
    if said["status"].upper() not in standing.WORDS:
        raise invalid("status", "is a status of an update", f"send one of {', '.join(sorted(standing.WORDS))}")
    if len(said["description"]) > LONGEST:
        raise invalid("description", f"has at most {LONGEST} characters", "shorten it")
    if len(said["update_id"]) > LONGEST_ID:
        raise invalid("update_id", f"has at most {LONGEST_ID} characters", "shorten it")
    times.moment("updated_datetime", said["updated_datetime"], reader.zone)
    return {**said, "status": said["status"].upper()}


async def _own(session: AsyncSession, case_no: str, actor: Actor) -> Report:
    report = await cases.find(session, case_no, actor=actor, roles=[Role.HOTLINE], lock=True)
    if report.channel != Channel.OPEN311:
        raise NotFound
    return report


async def _follow_up(
    session: AsyncSession, vault: Vault, desk: Desk, report: Report, said: Mapping[str, str], told: Arguments
) -> None:
    words = _words(said, told)
    if said["status"] == "REOPEN" and report.state == CLOSED:
        await followups.appeal(session, vault=vault, desk=desk, report=report, told=Appeal(reason=words))
    else:
        await followups.amend(session, vault=vault, desk=desk, report=report, told=Amendment(description=words))
    await session.flush()


def _words(said: Mapping[str, str], told: Arguments) -> str:
    """Without the person who wrote the update: it need not be the reporter, and nobody has to know."""
    name = "".join(part for part in (told.one("last_name"), told.one("first_name")) if part)
    writer = Identity(name or None, told.one("phone"))
    words = reporters.hide(TAG.sub("", said["description"]).strip(), writer) or "（无文字）"
    return words if said["status"] in PLAIN else f"{words}\n（来源系统状态：{said['status']}）"
