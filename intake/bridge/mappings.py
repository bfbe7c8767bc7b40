"""Mappings in versions: drafted whole, published by a second person, never changed afterwards."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from intake.bridge import clients
from intake.bridge.mapping_sheets import MOST_ROWS, Pair
from intake.bridge.records import Kind, MappingRow, MappingVersion, ToldCode
from intake.channels import ItemType
from services import audit
from services.clocks import now
from services.identity import Actor, RoleGrant
from services.problems import Conflict, FieldFault, Invalid, NotFound, Problem, invalid
from services.roles import Role

CODE = re.compile(r"[A-Za-z0-9._-]{1,40}")
STATE = re.compile(r"[a-z_]{2,20}(?:\.[a-z_]{2,20})?")
LONGEST = 80
KEEPERS = (Role.ADMINISTRATOR, Role.EDITOR, Role.PUBLISHER, Role.AUDITOR)


class OwnDraft(Problem):
    """A mapping is published by somebody else than who drafted it."""

    status = 403
    title = "Own draft"
    remedy = "Ask another publisher to look at it."


class NotADraft(Conflict):
    """This version is not a draft any more."""

    remedy = "Draft a new version."


async def draft(
    session: AsyncSession, *, actor: Actor, client: UUID, pairs: Sequence[Pair], note: str | None
) -> MappingVersion:
    """A new version with all its rows. Raises Invalid, which names the rows."""
    faults = list(_faults(pairs))
    if faults:
        raise Invalid(faults=faults[:50])
    version = MappingVersion(client=client, state="draft", note=note, made_by=actor.person, made_at=now())
    session.add(version)
    await session.flush()
    rows = [
        {"version": version.number, "line": line, "kind": each.kind, "theirs": each.theirs, "ours": each.ours,
         "name": each.name}
        for line, each in enumerate(pairs, start=1)
    ]  # fmt: skip
    await session.execute(insert(MappingRow), rows)
    await audit.record(session, "draft_mapping", f"mapping {version.number}", actor=actor, rows=len(rows))
    return version


def _faults(pairs: Sequence[Pair]) -> Iterator[FieldFault]:
    if not 1 <= len(pairs) <= MOST_ROWS:
        yield FieldFault("rows", f"has 1 to {MOST_ROWS} rows", "send the whole mapping, not more")
    keys = Counter(_key(each) for each in pairs)
    for number, each in enumerate(pairs, start=1):
        if not (0 < len(each.theirs) <= LONGEST and _fits(each)):
            rule = "has a code of theirs and one of ours that fits its kind"
            yield FieldFault(f"rows.{number}", rule, "look it up in the guide of the bridge")
        elif keys[_key(each)] > 1:
            yield FieldFault(f"rows.{number}", "stands once", "leave one of the two out")


def _key(pair: Pair) -> tuple[str, str]:
    """What must be unique: their code for what comes in, ours for what is told."""
    return pair.kind, pair.ours if pair.kind == Kind.STATE else pair.theirs


def _fits(pair: Pair) -> bool:
    match Kind(pair.kind):
        case Kind.ITEM_TYPE:
            return pair.ours in set(ItemType)
        case Kind.STATE:
            return STATE.fullmatch(pair.ours) is not None
        case _:
            return CODE.fullmatch(pair.ours) is not None


async def publish(session: AsyncSession, number: int, *, actor: Actor) -> MappingVersion:
    """From now on this is the client's mapping. Raises OwnDraft, NotADraft, NotFound."""
    version = await _open(session, number, actor)
    published = MappingVersion.client == version.client, MappingVersion.state == "published"
    await session.execute(update(MappingVersion).where(*published).values(state="replaced"))
    return await _decide(session, version, "published", actor)


async def refuse(session: AsyncSession, number: int, *, actor: Actor, reason: str) -> MappingVersion:
    version = await _open(session, number, actor)
    version.refusal = reason
    return await _decide(session, version, "refused", actor)


async def _open(session: AsyncSession, number: int, actor: Actor) -> MappingVersion:
    version = await session.scalar(_seen(number, actor).with_for_update())
    if version is None:
        raise NotFound
    if version.made_by == actor.person:
        raise OwnDraft
    if version.state != "draft":
        raise NotADraft(state=version.state)
    return version


async def _decide(session: AsyncSession, version: MappingVersion, state: str, actor: Actor) -> MappingVersion:
    version.state, version.decided_by, version.decided_at = state, actor.person, now()
    await audit.record(session, f"mapping_{state}", f"mapping {version.number}", actor=actor)
    return version


def _seen(number: int, actor: Actor) -> Select[MappingVersion]:
    mine = clients.within_reach(actor, KEEPERS, MappingVersion.client)
    return select(MappingVersion).where(MappingVersion.number == number, mine)


async def whose(session: AsyncSession, actor: Actor, client: UUID | None) -> UUID:
    """Whose mapping is meant: a hotline's own, or the one that is named. Raises Invalid, and NotFound where that is no
    hotline of the actor's own part of the tree."""
    if not actor.has(KEEPERS):
        if client not in (None, actor.person):
            raise invalid("client", "is yourself", "leave it out")
        return actor.person
    if client is None:
        raise invalid("client", "is needed", "name the hotline system's person")
    theirs = select(RoleGrant.id).where(RoleGrant.person == client).limit(1)
    if await session.scalar(theirs.where(clients.within_reach(actor, KEEPERS, RoleGrant.person))) is None:
        raise NotFound("There is no hotline system of this id among yours.")
    return client


async def versions(session: AsyncSession, client: UUID) -> Sequence[MappingVersion]:
    mine = select(MappingVersion).where(MappingVersion.client == client)
    return (await session.scalars(mine.order_by(MappingVersion.number.desc()).limit(200))).all()


async def find(session: AsyncSession, number: int, actor: Actor) -> tuple[MappingVersion, Sequence[MappingRow]]:
    version = await session.scalar(_seen(number, actor))
    if version is None:
        raise NotFound
    rows = select(MappingRow).where(MappingRow.version == number).order_by(MappingRow.line)
    return version, (await session.scalars(rows)).all()


@dataclass(frozen=True)
class Unknown:
    """A code that came in and that the mapping of today does not have."""

    kind: str
    code: str
    cases: int
    first_at: datetime
    last_at: datetime
    last_case: str


async def unknown(session: AsyncSession, client: UUID) -> list[Unknown]:
    """The most frequent first; what was mapped meanwhile is not unknown any more."""
    current = select(MappingRow.line).join(MappingVersion, MappingVersion.number == MappingRow.version)
    current = current.where(MappingVersion.client == client, MappingVersion.state == "published")
    mapped = current.where(MappingRow.kind == ToldCode.kind, MappingRow.theirs == ToldCode.code).exists()
    count = func.count()
    found = select(
        ToldCode.kind, ToldCode.code, count, func.min(ToldCode.at), func.max(ToldCode.at), func.max(ToldCode.case_no)
    )
    found = found.where(ToldCode.client == client, ToldCode.ours.is_(None), ~mapped)
    found = found.group_by(ToldCode.kind, ToldCode.code).order_by(count.desc(), ToldCode.kind, ToldCode.code)
    return [Unknown(*row) for row in await session.execute(found.limit(1000))]
