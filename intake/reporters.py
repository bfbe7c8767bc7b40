"""The person of a report: sealed when it is taken down, opened by the few verbs that must, shown to nobody here."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from intake.models import CLOSED, Report, Reporter, SealedWords
from intake.vault import MasterKeys, NothingToIndex, Suite, Vault
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


def vault_of(settings: Settings) -> Vault:
    """The vault of this installation; it refuses to be without a proper master key."""
    if settings.master_keys_file:
        keys = MasterKeys.from_file(settings.master_keys_file)
    else:
        keys = MasterKeys.parse(settings.need("master_keys", "the reporters' data keys are wrapped with it"))
    return Vault(keys, Suite(settings.cipher_suite))


def sealed(vault: Vault, identity: Identity, original: Mapping[str, str], status_code: str) -> dict[str, Any]:
    """A reporter's row: each field sealed under a new data key. `original` are the words as they were told."""
    row_id, key = new_id(), vault.new_data_key()

    def seal(name: str, plain: str | None) -> bytes | None:
        return vault.seal(key, name, plain, str(row_id)) if plain else None

    return {
        "id": row_id,
        "wrapped_key": key,
        "name": seal("name", identity.name),
        "phone": seal("phone", identity.phone),
        "original": seal("original", json.dumps(dict(original), ensure_ascii=False) if original else None),
        "status_code": seal("status_code", status_code),
        "phone_index": vault.blind_index("phone", identity.phone) if identity.phone else None,
    }


def opened(vault: Vault, reporter: Reporter) -> Identity:
    def plain(name: str, blob: bytes | None) -> str | None:
        return vault.open(reporter.wrapped_key, name, blob, str(reporter.id)) if blob else None

    return Identity(plain("name", reporter.name), plain("phone", reporter.phone))


def hide(text: str, identity: Identity) -> str:
    """The words redacted, and free of the reporter's own name and number whatever stands around them."""
    text = redact(text).text
    for known, shortest, mark in ((identity.phone, 7, "[电话]"), (identity.name, 2, "[姓名]")):
        if known and len(known) >= shortest:
            text = text.replace(known, mark)
    return text


async def keep_words(
    session: AsyncSession, vault: Vault, reporter: Reporter, entry: int, told: Mapping[str, str]
) -> None:
    """Words that redaction changed, sealed as they were told, beside the timeline entry that shows them redacted."""
    plain = json.dumps(dict(told), ensure_ascii=False)
    blob = vault.seal(reporter.wrapped_key, f"words {entry}", plain, str(reporter.id))
    session.add(SealedWords(reporter=reporter.id, entry=entry, sealed=blob))


async def open_cases(session: AsyncSession, vault: Vault, phone: str | None, *, besides: str = "") -> tuple[str, ...]:
    """The numbers of the same caller's open cases, newest first, found by the blind index alone."""
    try:
        indexes = vault.blind_indexes("phone", phone) if phone else ()
    except NothingToIndex:
        indexes = ()
    if not indexes:
        return ()
    found = await session.scalars(
        select(Report.case_no)
        .join(Reporter, Reporter.id == Report.reporter)
        .where(Reporter.phone_index.in_(indexes), Report.state != CLOSED, Report.case_no != besides)
        .order_by(Report.received_at.desc(), Report.case_no.desc())
        .limit(OPEN_CASES)
    )
    return tuple(found)
