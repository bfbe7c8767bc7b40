"""Signing in, step by step: password, code, a new password where one is due, a second factor where one is needed."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.accounts import SECOND_FACTOR, lockout, passwords, second_factor, sessions
from services.accounts.models import Account, Session, Stage
from services.audit import record
from services.clocks import now
from services.identity import person_acting
from services.problems import Problem, invalid
from services.settings import Settings

VOICE = "sign-in"


class NotSignedIn(Problem):
    """Name, password or code is wrong, or the account is closed."""

    status = 401
    title = "Not signed in"
    remedy = "Try again; ask your administrator where you have forgotten it."


@dataclass(frozen=True)
class Asker:
    """The browser that asks: its address as a name, what it is known by, and the key that digests are made with."""

    key: bytes
    settings: Settings
    address: str
    device: str | None


@dataclass(frozen=True)
class Step:
    """Where signing in stands: the session, its new secret, and the device cookie once it is open."""

    row: Session
    secret: str
    device: str | None = None

    @property
    def stage(self) -> Stage:
        return Stage(self.row.stage)


def normal(username: str) -> str:
    return passwords.normal(username).strip().lower()


async def admit(session: AsyncSession, username: str, asker: Asker) -> None:
    """Count the attempt; to be committed before anything is tried. Raises LockedOut."""
    if await lockout.count(session, _counters(asker, username)):
        person = await session.scalar(select(Account.person).where(Account.username == normal(username)))
        await record(session, "sign_in.locked", str(person) if person else "-", voice=VOICE)


async def forgive(session: AsyncSession, username: str, asker: Asker) -> None:
    """It was the right password after all."""
    await lockout.forgive(session, _counters(asker, username))


def _counters(asker: Asker, username: str) -> list[lockout.Counter]:
    name = normal(username)
    known = lockout.known_device(asker.key, name, asker.device)
    return lockout.counters(asker.key, name, address=asker.address, device=known)


async def by_password(session: AsyncSession, *, username: str, password: str, asker: Asker) -> Step | None:
    """The step after the right password; None (and a line in the audit) after a wrong one."""
    account = await session.scalar(select(Account).where(Account.username == normal(username)))
    known = account is not None and account.disabled_at is None
    right = await passwords.fits(password, account.password if account and known else None)
    if account is None or not right:
        await refused(session, account.person if account else None, "password")
        return None
    return await proceed(session, account, method="password", shown=False, asker=asker)


async def proceed(
    session: AsyncSession, account: Account, *, method: str, shown: bool, asker: Asker, row: Session | None = None
) -> Step | None:
    """The next thing that is due; an open session where nothing is. `shown`: the second factor was, a moment ago."""
    acting = await person_acting(session, account.person, key="")
    if acting is None:
        await refused(session, account.person, "person")
        return None
    actor, _ = acting
    if row is None:
        row, secret = sessions.begin(session, person=account.person, stage=Stage.CODE, method=method)
        row.second_factor = shown
    else:
        row.second_factor, secret = row.second_factor or shown, sessions.renew_secret(row)
    if due := _due(account, row, needs=actor.has(SECOND_FACTOR)):
        row.stage = due.value
        return Step(row, secret)
    secret = sessions.open_up(row, actor, asker.settings)
    await record(
        session, "sign_in.made", str(account.person), voice=VOICE, method=row.method, second_factor=row.second_factor,
        session_id=sessions.voice_of(row.id),
    )  # fmt: skip
    if account.username:
        await forgive(session, account.username, asker)
        return Step(row, secret, lockout.new_device(asker.key, account.username))
    return Step(row, secret)


def _due(account: Account, row: Session, *, needs: bool) -> Stage | None:
    if account.totp and not row.second_factor:
        return Stage.CODE
    if account.must_change and row.method == "password":
        return Stage.PASSWORD
    if needs and not row.second_factor:
        return Stage.ENROL
    return None


async def by_code(session: AsyncSession, row: Session, code: str, *, asker: Asker) -> Step | None:
    """The step after the right code, which is then used up; None after a wrong or a used one."""
    account = await session.get_one(Account, row.person, with_for_update=True)
    if account.disabled_at or not await _code_fits(session, account, code, asker.key):
        await refused(session, account.person, "code")
        return None
    return await proceed(session, account, method=row.method, shown=True, asker=asker, row=row)


async def _code_fits(session: AsyncSession, account: Account, code: str, key: bytes) -> bool:
    if account.totp is None:
        return False
    secret = second_factor.unseal(key, account.person, account.totp)
    step = second_factor.step_of(secret, code, now(), after=account.totp_step)
    if step is not None:
        account.totp_step = step
        return True
    left = second_factor.without(account.recovery, second_factor.digest(key, account.person, code))
    if left is None:
        return False
    account.recovery = left
    await record(session, "recovery_code.used", str(account.person), voice=VOICE, left=len(left))
    return True


async def new_password(session: AsyncSession, row: Session, password: str, *, asker: Asker) -> Step | None:
    """The person's own password instead of the one they were given. Raises Invalid."""
    account = await session.get_one(Account, row.person, with_for_update=True)
    await change_password(session, account, password, settings=asker.settings)
    return await proceed(session, account, method=row.method, shown=False, asker=asker, row=row)


async def change_password(session: AsyncSession, account: Account, password: str, *, settings: Settings) -> None:
    """Raises Invalid where it is too weak or the present one."""
    passwords.check(password, username=account.username or "", least=settings.password_length)
    if await passwords.fits(password, account.password):
        raise invalid("password", "is another than the present one", "think of a new one")
    account.password, account.must_change = await passwords.hashed(password), False
    await record(session, "password.changed", str(account.person), voice="person")


def enrolment(row: Session, key: bytes) -> str:
    """The secret that an authenticator is to take over: the same each time this session asks."""
    if row.pending is None:
        row.pending = second_factor.seal(key, row.person, second_factor.secret())
    return second_factor.unseal(key, row.person, row.pending)


async def enrol(session: AsyncSession, row: Session, code: str, *, asker: Asker) -> tuple[Step, list[str]] | None:
    """The authenticator proves that it has the secret: the open session, and recovery codes to be shown once."""
    account = await session.get_one(Account, row.person, with_for_update=True)
    secret = enrolment(row, asker.key)
    step = second_factor.step_of(secret, code, now(), after=account.totp_step)
    if step is None or account.totp is not None:
        await refused(session, account.person, "enrolment")
        return None
    account.totp, account.totp_step = second_factor.seal(asker.key, account.person, secret), step
    codes = second_factor.recovery_codes()
    account.recovery = [second_factor.digest(asker.key, account.person, each) for each in codes]
    await record(session, "second_factor.enrolled", str(account.person), voice="person")
    await sessions.end_all(session, account.person, but=row.id, voice=VOICE)
    opened = await proceed(session, account, method=row.method, shown=True, asker=asker, row=row)
    return (opened, codes) if opened else None


async def refused(session: AsyncSession, person: UUID | None, what: str) -> None:
    """What was typed is never kept: it may be a password in the wrong field."""
    await record(session, "sign_in.refused", str(person) if person else "-", voice=VOICE, wrong=what)
