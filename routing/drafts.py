"""Drafts of the two lists: made as a whole, changed row by row, discarded. What is published never changes."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from routing.catalogue import NoCatalogue
from routing.list_shelves import duty_row, issue_row, lists_at, put_lists
from routing.lists import Issue, IssueList, ListFaults, Lists, Responsibility, ResponsibilityList
from routing.lists.workbook import SheetFault, read_csv, write_csv
from routing.models import LIST_NUMBERS, IssueRow, ListState, ListVersion, ResponsibilityRow
from services import audit
from services.clocks import now
from services.identity import Actor
from services.problems import Conflict, FieldFault, Invalid, NotFound, VersionStale

MOST_FAULTS = 200
"""Of a file with more, the first ones are told, and how many there are."""
OPEN = (ListState.DRAFT, ListState.CHECKED)
Table = type[IssueRow] | type[ResponsibilityRow]


class ListRefused(Invalid):
    """The lists break their own rules; nothing of them was kept."""

    title = "Lists refused"
    remedy = "Mend the cells named here and send the whole again."

    def __init__(self, broken: ListFaults) -> None:
        told = broken.faults[:MOST_FAULTS]
        faults = [FieldFault(f"{each.sheet}:{each.row}:{each.column}", each.rule, each.remedy) for each in told]
        super().__init__(faults=faults, faults_found=len(broken.faults), cells=list(map(_cell, told)))


def _cell(fault: Any) -> dict[str, Any]:
    """Lists hold no personal data: the value that was typed helps to find it."""
    told = {name: getattr(fault, name) for name in ("sheet", "row", "column", "value", "rule", "remedy")}
    return {**told, "breach": fault.breach.value if isinstance(fault, SheetFault) else None}


class NotADraft(Conflict):
    """This version is published or superseded: what was in force stays as it was."""

    remedy = "Make a draft as a copy of it: POST /v1/lists with `from`."


@dataclass(frozen=True)
class Change:
    """What one list has that the other has not, by code or row name."""

    added: list[str]
    removed: list[str]
    changed: list[str]


@dataclass(frozen=True)
class Changes:
    issues: Change
    responsibilities: Change


def changes(old: Lists, new: Lists) -> Changes:
    """What publishing the new lists in place of the old would change."""
    rows = ({row.row: row for row in each.responsibilities.rows} for each in (old, new))
    issues = ({issue.code: issue for issue in each.issues} for each in (old, new))
    return Changes(_change(*issues), _change(*rows))


def _change(old: dict[str, Any], new: dict[str, Any]) -> Change:
    return Change(
        added=[name for name in new if name not in old],
        removed=[name for name in old if name not in new],
        changed=[name for name, row in new.items() if name in old and old[name] != row],
    )


async def make(session: AsyncSession, lists: Lists, *, actor: Actor | None, source: str) -> ListVersion:
    """A draft with all rows of these lists. Without an actor it was made at the machine itself."""
    at = now()
    number = await session.scalar(select(LIST_NUMBERS.next_value()))
    version = ListVersion(
        number=number, state=ListState.DRAFT, author=actor.person if actor else None, editors=[], made_at=at,
        changed_at=at,
    )  # fmt: skip
    session.add(version)
    await session.flush()
    await put_lists(session, version.number, lists)
    voice = None if actor else "system"
    await audit.record(session, "list.drafted", str(number), actor=actor, voice=voice, source=source)
    return version


async def copy(session: AsyncSession, number: int, *, actor: Actor | None) -> ListVersion:
    """A draft that begins as another version."""
    await find(session, number)
    return await make(session, await lists_at(session, number), actor=actor, source=f"copy of {number}")


async def find(session: AsyncSession, number: int) -> ListVersion:
    found = await session.get(ListVersion, number)
    if found is None:
        raise NotFound("There is no such version of the lists.")
    return found


async def published(session: AsyncSession) -> ListVersion:
    found = await session.scalar(select(ListVersion).where(ListVersion.state == ListState.PUBLISHED))
    if found is None:
        raise NoCatalogue
    return found


async def find_open(session: AsyncSession, number: int, *, revision: int | None = None) -> ListVersion:
    """A draft, checked or not, locked until the end of the transaction.

    Raises NotFound, NotADraft, and VersionStale where it is not the revision that was read.
    """
    wanted = select(ListVersion).where(ListVersion.number == number).with_for_update()
    version = await session.scalar(wanted.execution_options(populate_existing=True))
    if version is None:
        raise NotFound("There is no such version of the lists.")
    if version.state not in OPEN:
        raise NotADraft(state=version.state)
    if revision is not None and version.revision != revision:
        raise VersionStale
    return version


async def discard(session: AsyncSession, number: int, *, actor: Actor) -> None:
    version = await find_open(session, number)
    for table in (ResponsibilityRow, IssueRow):
        await session.execute(delete(table).where(table.version == number))
    await session.delete(version)
    await audit.record(session, "list.discarded", str(number), actor=actor)


async def put_issue(
    session: AsyncSession, number: int, issue: Issue, *, actor: Actor, revision: int | None = None
) -> ListVersion:
    """Add an issue, or replace the one of this code."""

    def changed(lists: Lists) -> Lists:
        return _with_issues(lists, _put(lists.issues.issues, issue, lambda each: each.code))

    version, after = await _edit(session, number, changed, actor=actor, revision=revision)
    await _keep(session, IssueRow, issue_row(after.issues.find(issue.code), number, 0), IssueRow.code == issue.code)
    await audit.record(session, "list.edited", str(number), actor=actor, issue=issue.code)
    return version


async def remove_issue(
    session: AsyncSession, number: int, code: str, *, actor: Actor, revision: int | None = None
) -> ListVersion:
    """Refused while rows of responsibility or a second level still name it."""

    def changed(lists: Lists) -> Lists:
        if code not in lists.issues:
            raise NotFound("This version has no such issue.")
        return _with_issues(lists, tuple(each for each in lists.issues if each.code != code))

    version, _ = await _edit(session, number, changed, actor=actor, revision=revision)
    await session.execute(delete(IssueRow).where(IssueRow.version == number, IssueRow.code == code))
    await audit.record(session, "list.edited", str(number), actor=actor, issue_removed=code)
    return version


async def put_row(
    session: AsyncSession, number: int, row: Responsibility, *, actor: Actor, revision: int | None = None
) -> ListVersion:
    """Add a row of responsibility, or replace the one of this name."""

    def changed(lists: Lists) -> Lists:
        return _with_rows(lists, _put(lists.responsibilities.rows, row, lambda each: each.row))

    version, after = await _edit(session, number, changed, actor=actor, revision=revision)
    kept = duty_row(after.responsibilities.find(row.row), number, 0)
    await _keep(session, ResponsibilityRow, kept, ResponsibilityRow.row == row.row)
    await audit.record(session, "list.edited", str(number), actor=actor, row=row.row)
    return version


async def remove_row(
    session: AsyncSession, number: int, name: str, *, actor: Actor, revision: int | None = None
) -> ListVersion:
    def changed(lists: Lists) -> Lists:
        left = tuple(each for each in lists.responsibilities.rows if each.row != name)
        if len(left) == len(lists.responsibilities.rows):
            raise NotFound("This version has no such row.")
        return _with_rows(lists, left)

    version, _ = await _edit(session, number, changed, actor=actor, revision=revision)
    gone = delete(ResponsibilityRow).where(ResponsibilityRow.version == number, ResponsibilityRow.row == name)
    await session.execute(gone)
    await audit.record(session, "list.edited", str(number), actor=actor, row_removed=name)
    return version


async def _edit(
    session: AsyncSession, number: int, changed: Callable[[Lists], Lists], *, actor: Actor, revision: int | None
) -> tuple[ListVersion, Lists]:
    """The lists as they are after the change, by the same rules as a whole file; what was checked must be again."""
    version = await find_open(session, number, revision=revision)
    lists = changed(await lists_at(session, number))
    try:
        after = await asyncio.to_thread(lambda: read_csv(*write_csv(lists)))
    except ListFaults as broken:
        raise ListRefused(broken) from None
    version.state, version.checked_at, version.coverage, version.model = ListState.DRAFT, None, None, None
    version.changed_at = now()
    if actor.person != version.author and str(actor.person) not in version.editors:
        version.editors = [*version.editors, str(actor.person)]
    await session.flush()
    return version, after


def _put(rows: tuple[Any, ...], row: Any, name: Callable[[Any], str]) -> tuple[Any, ...]:
    if any(name(each) == name(row) for each in rows):
        return tuple(row if name(each) == name(row) else each for each in rows)
    return (*rows, row)


def _with_issues(lists: Lists, issues: tuple[Issue, ...]) -> Lists:
    known = IssueList(issues)
    return Lists(known, replace(lists.responsibilities, issues=known))


def _with_rows(lists: Lists, rows: tuple[Responsibility, ...]) -> Lists:
    return replace(lists, responsibilities=ResponsibilityList(lists.issues, rows))


async def _keep(session: AsyncSession, table: Table, row: dict[str, Any], same: Any) -> None:
    """In the place of the row it replaces, else at the end."""
    place = await session.scalar(select(table.position).where(table.version == row["version"], same))
    if place is None:
        last = await session.scalar(select(func.max(table.position)).where(table.version == row["version"]))
        place = 0 if last is None else last + 1
    await session.execute(delete(table).where(table.version == row["version"], same))
    await session.execute(insert(table).values({**row, "position": place}))
