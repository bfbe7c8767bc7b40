"""The person of a report: sealed when it is taken down, opened by the few verbs that must, shown to nobody here."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, LargeBinary, bindparam, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from intake.key_stores import key_store
from intake.models import CLOSED, Report, Reporter, SealedWords
from intake.vault import NothingToIndex, Suite, Vault, VaultError
from services.clocks import now
from services.ids import new_id
from services.redaction import redact
from services.settings import Settings

OPEN_CASES = 50
"""How many open cases of one caller are named to routing; the newest ones."""


@dataclass(frozen=True)
class Identity:
    """Name and number in the plain, for as long as a verb needs them; never in a repr."""

    name: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    other_phone: str | None = field(default=None, repr=False)
    id_number: str | None = field(default=None, repr=False)
    home: str | None = field(default=None, repr=False)
    wecom_user: str | None = field(default=None, repr=False)


FIELDS = tuple(Identity.__dataclass_fields__)
INDEXED = ("phone", "other_phone")
DOOR = re.compile(r"(?:[0-9A-Za-z-]{1,6}|[一二三四五六七八九十百零〇]{1,5})[室户房座]?$")
"""The end of a home address that only its own people share: the place before it stays readable."""
MARKS = (("id_number", 6, "[证件号]"), ("phone", 7, "[电话]"), ("other_phone", 7, "[电话]"), ("name", 2, "[姓名]"))
"""What stands for a field in words that others read, and how long it must be to be looked for."""


class Erased(VaultError):
    """The reporter was erased: there is no key any more."""


def vault_of(settings: Settings) -> Vault:
    """The vault of this installation; it refuses to be without a proper master key."""
    return Vault(key_store(settings), Suite(settings.cipher_suite))


def sealed(vault: Vault, identity: Identity, original: Mapping[str, str], status_code: str) -> dict[str, Any]:
    """A reporter's row: each field sealed under a new data key. `original` are the words as they were told."""
    row_id, wrapped = new_id(), vault.new_data_key()
    key = vault.unlock(wrapped)

    def seal(name: str, plain: str | None) -> bytes | None:
        return key.seal(name, plain, str(row_id)) if plain else None

    indexes = {f"{name}_index": index_of(vault, getattr(identity, name)) for name in INDEXED}
    return {
        "id": row_id,
        "wrapped_key": wrapped,
        **{name: seal(name, getattr(identity, name)) for name in FIELDS},
        "original": seal("original", json.dumps(dict(original), ensure_ascii=False) if original else None),
        "status_code": seal("status_code", status_code),
        **indexes,
    }


def index_of(vault: Vault, phone: str | None) -> bytes | None:
    """The blind index of a number; None where nothing of it is left to index."""
    try:
        return vault.blind_index("phone", phone) if phone else None
    except NothingToIndex:
        return None


def key_of(reporter: Reporter) -> bytes:
    """The wrapped data key. Raises Erased."""
    if reporter.wrapped_key is None:
        raise Erased
    return reporter.wrapped_key


def opened(vault: Vault, reporter: Reporter, fields: Iterable[str] = FIELDS) -> Identity:
    """The fields asked for; nothing of somebody who was erased."""
    blobs = {name: blob for name in fields if (blob := getattr(reporter, name))}
    if not blobs:
        return Identity()
    key = vault.unlock(key_of(reporter))
    return Identity(**{name: key.open(name, blob, str(reporter.id)) for name, blob in blobs.items()})


def open_field(vault: Vault, reporter: Reporter, name: str) -> str | None:
    found: str | None = getattr(opened(vault, reporter, (name,)), name)
    return found


async def of_case(session: AsyncSession, case_no: str) -> Reporter:
    found = select(Reporter).join(Report, Report.reporter == Reporter.id).where(Report.case_no == case_no)
    return (await session.scalars(found)).one()


async def erase(session: AsyncSession, reporter: Reporter) -> None:
    """Destroy the key and everything under it; the row stays, so that the case stays as a case of somebody."""
    for name in (*FIELDS, "original", "status_code", "wrapped_key", *(f"{name}_index" for name in INDEXED)):
        setattr(reporter, name, None)
    reporter.erased_at = now()
    await session.execute(delete(SealedWords).where(SealedWords.reporter == reporter.id))


def hide(text: str, identity: Identity) -> str:
    """The words redacted, and free of the reporter's own name, numbers and home whatever stands around them."""
    if identity.home and len(identity.home) >= 4:
        text = text.replace(identity.home, DOOR.sub("[门牌]", identity.home))
    text = redact(text).text
    for name, shortest, mark in MARKS:
        known = getattr(identity, name)
        if known and len(known) >= shortest:
            text = text.replace(known, mark)
    return text


async def keep_words(
    session: AsyncSession, vault: Vault, reporter: Reporter, entry: int, told: Mapping[str, str]
) -> None:
    """Words that redaction changed, sealed as they were told, beside the timeline entry that shows them redacted.

    Of somebody who was erased they are not kept at all.
    """
    plain = json.dumps(dict(told), ensure_ascii=False)
    if reporter.wrapped_key is None:
        return
    blob = vault.seal(reporter.wrapped_key, f"words {entry}", plain, str(reporter.id))
    session.add(SealedWords(reporter=reporter.id, entry=entry, sealed=blob))


async def open_cases(session: AsyncSession, vault: Vault, identity: Identity, *, besides: str = "") -> tuple[str, ...]:
    """The numbers of the same caller's open cases, newest first, found by the blind index alone."""
    indexes = {index for name in INDEXED for index in _indexes(vault, getattr(identity, name))}
    if not indexes:
        return ()
    same = or_(Reporter.phone_index.in_(indexes), Reporter.other_phone_index.in_(indexes))
    found = await session.scalars(
        select(Report.case_no)
        .join(Reporter, Reporter.id == Report.reporter)
        .where(same, Report.state != CLOSED, Report.case_no != besides)
        .order_by(Report.received_at.desc(), Report.case_no.desc())
        .limit(OPEN_CASES)
    )
    return tuple(found)


async def open_cases_of_all(
    session: AsyncSession, vault: Vault, identities: Sequence[Identity]
) -> list[tuple[str, ...]]:
    """`open_cases` for many callers in one statement; what they tell at this moment is not among them."""
    wanted = [{index for name in INDEXED for index in _indexes(vault, getattr(each, name))} for each in identities]
    known = await _open_by_index(session, set().union(*wanted))
    cases = [set[tuple[datetime, str]]().union(*(known.get(index, ()) for index in each)) for each in wanted]
    return [tuple(case_no for _, case_no in sorted(each, reverse=True)[:OPEN_CASES]) for each in cases]


async def _open_by_index(session: AsyncSession, indexes: set[bytes]) -> Mapping[bytes, set[tuple[datetime, str]]]:
    columns = (Reporter.phone_index, Reporter.other_phone_index)
    found: defaultdict[bytes, set[tuple[datetime, str]]] = defaultdict(set)
    for column in columns if indexes else ():
        cases = select(column, Report.received_at, Report.case_no).join(Report, Report.reporter == Reporter.id)
        cases = cases.where(column == func.any(_array(indexes)), Report.state != CLOSED)
        for index, received_at, case_no in await session.execute(cases):
            assert index is not None
            found[index].add((received_at, case_no))
    return found


def _array(indexes: set[bytes]) -> ColumnElement[Any]:
    """As one parameter: a list of thousands would be as many."""
    return bindparam(None, list(indexes), type_=ARRAY(LargeBinary))


def _indexes(vault: Vault, phone: str | None) -> tuple[bytes, ...]:
    try:
        return vault.blind_indexes("phone", phone) if phone else ()
    except NothingToIndex:
        return ()
