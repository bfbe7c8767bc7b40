"""One-time voting codes, handed out so that routing knows the codes and never the voters.

A code is worked out from the deliberation and the place on a sheet, or the notification, under intake's own key: it is
kept nowhere, neither here nor in routing, which is told its digest. Who was sent one is a notification, logged like
every way out of the vault. A grid's households get theirs one way only, so that nobody has two.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from intake import reporters
from intake.models import CodeHandOut, Report, Reporter
from intake.notices import planning
from intake.notices.occasions import Occasion
from intake.vault import Vault
from services import audit
from services.database import Database
from services.events import Envelope
from services.ids import new_id
from services.messages import CodesDue, CodesMade
from services.messaging import tell
from services.one_time_codes import derived, digest_of
from services.queue import enqueue

MAKE = "make_voting_codes"
MOST_DIGESTS = 5_000
"""In one message."""
SHEET, MESSAGE = "sheet", "message"


@dataclass(frozen=True)
class CodeNote:
    """One person's code is to go out: by which notification, for which of their cases."""

    id: UUID
    case_no: str


async def codes_due(session: AsyncSession, message: CodesDue, _: Envelope) -> None:
    """Note what is to be handed out, and the job that makes the codes."""
    rows = [
        {
            "deliberation": message.deliberation, "grid": each.grid.code, "case_no": message.case_no,
            "name": each.grid.name, "path": each.grid.path, "question": message.question,
            "households": each.households, "hand_out": each.hand_out, "closes_at": message.closes_at,
            "made": None, "printed": 0,
        }
        for each in message.grids
    ]  # fmt: skip
    await session.execute(insert(CodeHandOut).values(rows).on_conflict_do_nothing())
    await enqueue(session, MAKE, str(message.deliberation).encode())


def sheet_codes(key: bytes, row: CodeHandOut) -> list[str]:
    """The codes of a grid's sheet, one for each household, the same whenever they are printed."""
    places = (str(place) for place in range(row.households))
    return [derived(key, SHEET, str(row.deliberation), row.grid, place) for place in places]


def sent_code(key: bytes, deliberation: UUID, notification: UUID) -> str:
    return derived(key, MESSAGE, str(deliberation), str(notification))


class CodeMaker:
    """The job behind `codes.due`: makes the codes once, tells routing their digests, and queues those to be sent."""

    def __init__(self, database: Database, key: bytes, vault: Vault) -> None:
        self._database, self._key, self._vault = database, key, vault

    async def __call__(self, payload: bytes) -> None:
        async with self._database.unit() as session:
            wanted = select(CodeHandOut).where(
                CodeHandOut.deliberation == UUID(payload.decode()), CodeHandOut.made.is_(None)
            )
            rows = (await session.scalars(wanted.order_by(CodeHandOut.grid).with_for_update())).all()
            if rows:
                await self._make(session, rows)

    async def _make(self, session: AsyncSession, rows: Sequence[CodeHandOut]) -> None:
        report = await session.get_one(Report, rows[0].case_no, with_for_update=True)
        notes = await _notified(session, self._vault, report, [row for row in rows if row.hand_out == MESSAGE])
        codes = [code for row in rows if row.hand_out == SHEET for code in sheet_codes(self._key, row)]
        codes += [sent_code(self._key, rows[0].deliberation, note.id) for of_grid in notes.values() for note in of_grid]
        for row in rows:
            row.made = row.households if row.hand_out == SHEET else len(notes.get(row.grid, ()))
        for note in (note for of_grid in notes.values() for note in of_grid):
            vote = rows[0].deliberation
            await planning.note(session, note.case_no, Occasion.VOTING_CODE, named=note.id, about=vote)
        digests = tuple(sorted(digest_of(code).hex() for code in codes))
        for first in range(0, len(digests), MOST_DIGESTS):
            report.told += 1
            part = digests[first : first + MOST_DIGESTS]
            made = CodesMade(case_no=report.case_no, deliberation=rows[0].deliberation, digests=part)
            await tell(session, made, sequence=report.told)
        await audit.record(
            session, "codes.made", report.case_no, voice="system", deliberation=str(rows[0].deliberation),
            number=len(digests),
        )  # fmt: skip


async def _notified(
    session: AsyncSession, vault: Vault, report: Report, rows: Sequence[CodeHandOut]
) -> Mapping[str, list[CodeNote]]:
    """For each grid whose codes go by message, those who reported the matter there: each person once."""
    if not rows:
        return {}
    found: dict[str, list[CodeNote]] = {row.grid: [] for row in rows}
    for case_no, path in (await _who_reported(session, vault, report)).items():
        row = next((row for row in rows if (path or report.grid_path or "").startswith(row.path)), None)
        if row is not None and len(found[row.grid]) < row.households:
            found[row.grid].append(CodeNote(new_id(), case_no))
    return found


async def _who_reported(session: AsyncSession, vault: Vault, report: Report) -> dict[str, str | None]:
    """The order's case and those merged into it, with a number to be reached at; of one person's cases the first.

    Indexes are made anew: while keys rotate, those stored can differ for one and the same number.
    """
    of_matter = or_(Report.case_no == report.case_no, Report.merged_into == report.case_no)
    wanted = select(Report.case_no, Report.grid_path, Reporter)
    wanted = wanted.join(Reporter, Reporter.id == Report.reporter).where(of_matter, Reporter.phone.is_not(None))
    first: dict[bytes | str, tuple[str, str | None]] = {}
    for case_no, path, reporter in await session.execute(wanted.order_by(Report.received_at, Report.case_no)):
        phone = reporters.open_field(vault, reporter, "phone")
        first.setdefault(reporters.index_of(vault, phone) or case_no, (case_no, path))
    return dict(first.values())
