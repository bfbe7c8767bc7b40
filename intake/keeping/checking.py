"""After a restore: whether the master keys fit what is sealed, and that no case number is given twice."""

from collections import Counter

from sqlalchemy import select, text

from intake import reporters
from intake.models import BLOCK, SERIALS, Report, Reporter
from intake.reporters import vault_of
from intake.vault import Vault, VaultError, key_id_of
from services import chains
from services.database import Database
from services.rooms import Checked, Tools

AHEAD = 100_000
"""Case numbers that may have been given since the backup on its day: four days of a big city's reports."""


async def restored(tools: Tools) -> Checked:
    """Chains and keys; every reporter's key is unwrapped and every field opened."""
    number, faults = await chains.broken(tools.database, Report)
    found = Checked([f"intake: {number} timelines verified"], faults)
    await _keys(tools.database, vault_of(tools.settings), found)
    await _skip_numbers(tools.database)
    found.seen.append(f"intake: the next {AHEAD} case numbers are left out, for those given since the backup")
    return found


async def _keys(database: Database, vault: Vault, found: Checked) -> None:
    opened, shut = 0, Counter[str]()
    async with database.unit() as session:
        rows = await session.stream_scalars(
            select(Reporter).where(Reporter.wrapped_key.is_not(None)).execution_options(yield_per=500)
        )
        async for row in rows:
            try:
                reporters.opened(vault, row)
                vault.unlock(reporters.key_of(row))
                opened += 1
            except VaultError:
                shut[key_id_of(row.wrapped_key or b"")] += 1
            session.expunge(row)
    found.seen.append(f"intake: {opened} reporters open with the master keys given")
    found.faults += [
        f"intake: {number} reporters do not open: the master key {key_id} is not given, or is another"
        for key_id, number in sorted(shut.items())
    ]


async def _skip_numbers(database: Database) -> None:
    """One draw after the other: the service's role may draw numbers and set none."""
    async with database.unit() as session:
        drawn = text(f"SELECT count(nextval('{SERIALS.name}')) FROM generate_series(1, :blocks)")  # noqa: S608 (ours)
        await session.execute(drawn, {"blocks": AHEAD // BLOCK})
