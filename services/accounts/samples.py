"""The sample people's accounts of an installation on one machine: their passwords stand in `credentials.json`."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.accounts import passwords, second_factor
from services.accounts.keeping import new_account
from services.accounts.models import Account
from services.audit import record
from services.identity import Key
from services.rooms import Sample, Tools


async def make_sample_accounts(tools: Tools, samples: Sequence[Sample]) -> None:
    """An account for each sample that has one to be; those that are there already stay as they are."""
    wanted = [each for each in samples if each.account]
    if not wanted:
        return
    key = tools.settings.need("answer_key", "second factors are sealed with it").encode()
    async with tools.database.unit() as session:
        for sample in wanted:
            await _make(session, sample, key)


async def _make(session: AsyncSession, sample: Sample, key: bytes) -> None:
    person = await session.scalar(select(Key.person).where(Key.id == sample.key_id))
    if person is None or sample.account is None:
        return
    if await session.get(Account, person) is not None:
        return
    hashed = await passwords.hashed(sample.account["password"])
    account = new_account(person, sample.account["username"], hashed, must_change=False)
    if totp := sample.account.get("totp_secret"):
        account.totp = second_factor.seal(key, person, totp)
    session.add(account)
    await record(session, "account.made", str(person), voice="system")
