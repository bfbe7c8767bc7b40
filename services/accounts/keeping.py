"""What administrators do with accounts: make, reset, close; and say who a provider's subject is.

A password they hand out is good for one sign-in: the first thing it does is ask for another.
"""

from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.accounts import lockout, passwords, sessions
from services.accounts.models import Account, Subject
from services.accounts.signing_in import normal
from services.audit import record
from services.clocks import now
from services.identity import Actor, Person
from services.problems import Conflict, NotFound, invalid

LONGEST_NAME = 64


class UsernameTaken(Conflict):
    """Another person has this username."""

    title = "Username taken"
    remedy = "Choose another one."


class HasAccount(Conflict):
    """This person has an account already."""

    title = "Has an account"
    remedy = "Reset it where the password is forgotten."


class NoMachine(Conflict):
    """A machine does not sign in: it has a key."""

    title = "Machines have keys"
    remedy = "Make a key: POST /v1/keys."


class SubjectTaken(Conflict):
    """This subject of the provider is another person here."""

    title = "Subject taken"
    remedy = "Remove it there first."


async def make(session: AsyncSession, *, person: UUID, username: str, by: Actor | None = None) -> str:
    """An account for a person, and the password to begin with. Raises UsernameTaken, HasAccount, NoMachine.

    NotFound where nobody has this id.
    """
    name = checked(username)
    await _nobody_has(session, person, name)
    password = passwords.invented()
    session.add(new_account(person, name, await passwords.hashed(password)))
    await record(session, "account.made", str(person), actor=by, voice=_voice(by))
    return password


def checked(username: str) -> str:
    name = normal(username)
    if not 2 <= len(name) <= LONGEST_NAME or not all(c.isalnum() or c in "._-@" for c in name):
        raise invalid("username", "has 2 to 64 letters, digits or . _ - @", "take the work number, for example")
    return name


async def _nobody_has(session: AsyncSession, person: UUID, name: str) -> None:
    somebody = await session.get(Person, person, with_for_update=True)
    if somebody is None or not somebody.active:
        raise NotFound("Nobody here has this id.")
    if somebody.machine:
        raise NoMachine
    if await session.scalar(select(Account.person).where(Account.username == name, Account.person != person)):
        raise UsernameTaken
    found = await session.get(Account, person)
    if found is not None:
        raise HasAccount


def new_account(person: UUID, name: str | None, hashed: str | None, *, must_change: bool = True) -> Account:
    return Account(
        person=person, username=name, password=hashed, must_change=must_change, totp=None, totp_step=0, recovery=[],
        made_at=now(), disabled_at=None,
    )  # fmt: skip


async def reset(
    session: AsyncSession, *, person: UUID, key: bytes, second_factor_too: bool, by: Actor | None = None
) -> str:
    """A new password to begin with; every session is over, every lock is open. Raises NotFound."""
    account = await found(session, person)
    password = passwords.invented()
    account.password, account.must_change, account.disabled_at = await passwords.hashed(password), True, None
    if second_factor_too:
        account.totp, account.recovery = None, []
    if account.username:
        await lockout.forgive(session, lockout.counters(key, account.username, address="", device=None))
    await sessions.end_all(session, person, by=by, voice=_voice(by))
    await record(
        session, "account.reset", str(person), actor=by, voice=_voice(by), second_factor=second_factor_too
    )  # fmt: skip
    return password


async def close(session: AsyncSession, *, person: UUID, by: Actor | None = None) -> None:
    """Nobody signs in by it any longer; what was done stays as it is. Raises NotFound."""
    account = await found(session, person)
    if account.disabled_at is None:
        account.disabled_at = now()
        await sessions.end_all(session, person, by=by, voice=_voice(by))
        await record(session, "account.closed", str(person), actor=by, voice=_voice(by))


async def found(session: AsyncSession, person: UUID) -> Account:
    account = await session.get(Account, person, with_for_update=True)
    if account is None:
        raise NotFound("This person has no account.")
    return account


async def name_subject(session: AsyncSession, *, person: UUID, issuer: str, subject: str, by: Actor) -> None:
    """Who the provider calls so is this person here. Raises SubjectTaken, NotFound."""
    if await session.get(Person, person) is None:
        raise NotFound("Nobody here has this id.")
    row = {"issuer": issuer, "subject": subject, "person": person, "made_at": now()}
    await session.execute(insert(Subject).values(row).on_conflict_do_nothing())
    held = await session.get_one(Subject, (issuer, subject))
    if held.person != person:
        raise SubjectTaken
    if await session.get(Account, person) is None:
        session.add(new_account(person, None, None, must_change=False))
    await record(session, "subject.named", str(person), actor=by, issuer=issuer)


async def unname_subjects(session: AsyncSession, *, person: UUID, by: Actor) -> None:
    """The provider brings this person in no longer."""
    gone = (await session.execute(delete(Subject).where(Subject.person == person).returning(Subject.issuer))).all()
    if gone:
        await sessions.end_all(session, person, by=by)
        await record(session, "subject.unnamed", str(person), actor=by)


def _voice(by: Actor | None) -> str | None:
    return None if by else "system"
