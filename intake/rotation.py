"""Keys rotate while everything runs: what is wrapped or indexed under an older key is written again, in batches.

What is due is read off the rows themselves, so a run that was killed goes on where it stopped, and a second one beside
it does no harm. Reports taken down meanwhile are under the new key from their first row.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from intake.ciphers import VaultError, suite_of
from intake.models import Reporter
from intake.reporters import INDEXED, index_of, key_of, opened
from intake.vault import Vault, key_id_of
from services import audit
from services.database import Database

BATCH = 500
FIRST = UUID(int=0)


@dataclass
class Rotation:
    """How a run went. `stuck` are rows whose own master key is missing: they stay as they are."""

    rotated: int = 0
    stuck: list[UUID] = field(default_factory=list, repr=False)
    left: int = 0


def due(vault: Vault) -> ColumnElement[bool]:
    """Rows that are not wholly under today's key and suite; never those erased."""
    indexes = [getattr(Reporter, f"{name}_index") for name in INDEXED]
    return and_(
        Reporter.wrapped_key.is_not(None),
        or_(
            _begins_otherwise(Reporter.wrapped_key, vault.current_head),
            *(_begins_otherwise(index, vault.index_head) for index in indexes),
        ),
    )


def _begins_otherwise(column: InstrumentedAttribute[bytes | None], head: bytes) -> ColumnElement[bool]:
    return and_(column.is_not(None), func.substring(column, 1, len(head)) != head)


async def rotate(database: Database, vault: Vault, *, batch: int = BATCH) -> Rotation:
    """Rewrite what is due, `batch` rows to a transaction; rows that somebody holds are left for a second pass."""
    run = Rotation()
    for _ in range(2):
        after = FIRST
        while (last := await _next_batch(database, vault, run, after=after, batch=batch)) is not None:
            after = last
    async with database.unit() as session:
        run.left = await session.scalar(select(func.count()).select_from(Reporter).where(due(vault))) or 0
        await audit.record(
            session, "vault.rotate", "vault", voice="system", rotated=run.rotated, stuck=len(set(run.stuck)),
            left=run.left,
        )  # fmt: skip
    return run


async def _next_batch(database: Database, vault: Vault, run: Rotation, *, after: UUID, batch: int) -> UUID | None:
    """The last id of the batch; None where nothing was left behind `after`."""
    wanted = select(Reporter).where(due(vault), Reporter.id > after).order_by(Reporter.id).limit(batch)
    async with database.unit() as session:
        rows = (await session.scalars(wanted.with_for_update(skip_locked=True))).all()
        done = [row for row in rows if _rewrite(vault, row)]
    run.rotated += len(done)
    run.stuck += [row.id for row in rows if row not in done]
    return rows[-1].id if rows else None


def _rewrite(vault: Vault, row: Reporter) -> bool:
    """The data key under the current master key, the indexes under its index key; the fields stay as they are."""
    try:
        numbers = opened(vault, row, INDEXED)
        indexes = {f"{name}_index": index_of(vault, getattr(numbers, name)) for name in INDEXED}
        row.wrapped_key = vault.rewrap(key_of(row))
    except VaultError:
        return False
    for name, index in indexes.items():
        setattr(row, name, index)
    return True


async def standing(session: AsyncSession) -> Sequence[tuple[str, str, int]]:
    """How many data keys lie under which master key and suite; a key that none lies under may go."""
    heads = select(Reporter.wrapped_key).where(Reporter.wrapped_key.is_not(None))
    found: Counter[tuple[str, str]] = Counter()
    async for wrapped in await session.stream_scalars(heads.execution_options(yield_per=5000)):
        assert wrapped is not None
        found[key_id_of(wrapped), suite_of(wrapped).value] += 1
    return [(key_id, suite, number) for (key_id, suite), number in sorted(found.items())]
