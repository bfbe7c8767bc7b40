"""Reports by the thousand: the same vault, redaction, numbers, outbox and audit as one alone, written by COPY.

What costs time (redaction, above all) is done before the transaction. A racer who posts one of the same numbers at
this moment wins or loses by the table's own rule; then all is looked up again, and written anew.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from intake import reporters, reports
from intake.bridge import translating
from intake.bridge.copying import copy_rows
from intake.bridge.hiding import Hidden, Hiders, Plain
from intake.bridge.lines import Line, open_lines, settle_doubles
from intake.bridge.records import ToldChange, ToldCode
from intake.bridge.translating import CodeMap, Told
from intake.channels import Desk
from intake.models import Report, Reporter
from intake.notices import choices
from intake.notices.choices import Said
from intake.reporters import INDEXED, OPEN_CASES, Identity
from intake.reports import Entered
from intake.schemas import Person
from intake.serials import Serials
from intake.vault import Vault
from services import audit, timeline
from services.database import Database
from services.events import write
from services.problems import Problem
from services.queue import Entry, enqueue_many

ROUTING = "to_routing"
BREATH = 50
"""After how many reports others get a turn in this process."""


@dataclass(frozen=True)
class Made:
    """A report that is drawn up, with all its rows."""

    line: Line
    report: Report
    identity: Identity = field(repr=False)
    rows: Entered = field(repr=False)
    codes: list[Told]
    said: Sequence[Said] = field(repr=False)


class Bulk:
    """One bulk request: drawn up outside the transaction, written inside."""

    def __init__(self, *, database: Database, serials: Serials, vault: Vault, hiders: Hiders, desk: Desk) -> None:
        self._database, self._serials, self._vault, self._hiders = database, serials, vault, hiders
        self._desk = desk
        self._made: list[Made] = []

    async def prepare(self, lines: Sequence[Line]) -> None:
        """Settle what is known; draw up the rest."""
        async with self._database.unit() as session:
            await self._settle_known(session, lines)
            mapping = await translating.mapping_of(session, self._desk.actor.person, translating.INWARDS)
        fresh = open_lines(lines)
        if not fresh:
            return
        waiting = zip(fresh, await self._serials.numbers(len(fresh)), strict=True)
        async with aclosing(self._hiders.hide([_plain(line) for line in fresh])) as pieces:
            async for piece in pieces:
                await self._draw_up_all(piece, waiting, mapping)

    async def _draw_up_all(
        self, piece: Sequence[Hidden], waiting: Iterator[tuple[Line, str]], mapping: CodeMap
    ) -> None:
        for at, (words, (line, case_no)) in enumerate(zip(piece, waiting, strict=False)):
            self._draw_up(line, words, case_no, mapping)
            if at % BREATH == 0:
                await asyncio.sleep(0)

    async def write(self, session: AsyncSession, lines: Sequence[Line]) -> None:
        """Everything that was drawn up and is not known meanwhile, in the session's transaction."""
        await session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:who, 0))"), {"who": self._lock})
        await self._settle_known(session, [made.line for made in self._made])
        fresh = [made for made in self._made if made.line.result is None]
        await self._copy(session, fresh)
        for made in fresh:
            made.line.settle("registered", made.report.case_no)
        settle_doubles(lines)

    @property
    def _lock(self) -> str:
        return f"bulk {self._desk.actor.person}"

    async def _settle_known(self, session: AsyncSession, lines: Sequence[Line]) -> None:
        waiting = {line.external_id: line for line in lines if line.result is None}
        known = await _known(session, self._desk.actor.person, list(waiting))
        for line in lines:
            if line.result is None and line.external_id in known:
                line.same_as(*known[line.external_id])

    def _draw_up(self, line: Line, words: Hidden, case_no: str, mapping: CodeMap) -> None:
        assert line.told
        told, codes = translating.apply(mapping, line.told)
        try:
            drawn = reports.draw_up(
                desk=self._desk, told=told, case_no=case_no, digest=line.digest, hide=lambda text, _: words[text]
            )
        except Problem as problem:
            line.refuse(problem)
        else:
            rows = reports.entered(self._vault, self._desk, drawn.report, drawn.identity, drawn.original)
            self._made.append(Made(line, drawn.report, drawn.identity, rows, codes, reports.said_of(told)))

    async def _copy(self, session: AsyncSession, fresh: Sequence[Made]) -> None:
        others = await reporters.open_cases_of_all(session, self._vault, [made.identity for made in fresh])
        await copy_rows(session, Reporter, [made.rows.reporter for made in fresh])
        await copy_rows(session, Report, [reports.columns(made.report) for made in fresh])
        await copy_rows(session, timeline.Entry, [made.rows.entry for made in fresh])
        await copy_rows(session, timeline.Words, [made.rows.words for made in fresh if made.rows.words])
        await copy_rows(session, audit.AuditEntry, [self._audit(made.report) for made in fresh])
        await copy_rows(session, ToldChange, [made.rows.change for made in fresh if made.rows.change])
        await copy_rows(session, ToldCode, [code.row(made.report) for made in fresh for code in made.codes])
        await choices.hear(session, self._vault, [each for made in fresh for each in made.said])
        told = zip(fresh, _with_earlier(fresh, others), strict=True)
        await enqueue_many(session, [entry for made, open_cases in told for entry in _entries(made, open_cases)])

    def _audit(self, report: Report) -> Mapping[str, object]:
        return audit.entry(
            "register", report.case_no, actor=self._desk.actor, channel=report.channel, split_from=report.split_from
        )


def _plain(line: Line) -> Plain:
    assert line.told
    return Plain.of(line.told, reports.identity_of(line.told.reporter or Person()))


def _with_earlier(fresh: Sequence[Made], others: Sequence[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """The caller's open cases, those of earlier lines of this request first, as if all had come one by one."""
    told: defaultdict[bytes, list[str]] = defaultdict(list)
    for made, known in zip(fresh, others, strict=True):
        indexes = {each for name in INDEXED if (each := made.rows.reporter[f"{name}_index"])}
        earlier = sorted({case_no for index in indexes for case_no in told[index]}, reverse=True)
        yield (*earlier, *known)[:OPEN_CASES]
        for index in indexes:
            told[index].append(made.report.case_no)


def _entries(made: Made, open_cases: tuple[str, ...]) -> list[Entry]:
    """The same two jobs that follow a single report."""
    message = reports.received(made.report, open_cases, translating.unmapped(made.codes))
    return [Entry(ROUTING, write(message, "intake", made.report.told)), *reports.written_to(made.report)]


async def _known(session: AsyncSession, client: UUID, external_ids: Sequence[str]) -> dict[str, tuple[bytes, str]]:
    if not external_ids:
        return {}
    query = """
        SELECT external_id, body_digest, case_no FROM reports
        WHERE by_person = :client AND external_id = ANY(:wanted)
    """
    found = await session.execute(text(query), {"client": client, "wanted": list(external_ids)})
    return {external_id: (digest, case_no) for external_id, digest, case_no in found}
