"""A backup of the three schemas at one moment, as a directory: PostgreSQL's own dump and a manifest; never a key.

Restored, it is migrated to this version, erased again by the log outside it, and checked: digests of the file, chains,
seals, keys.
"""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, create_engine, make_url, text

from services import host
from services.clocks import now
from services.host import Account
from services.sealing import Root
from services.settings import SERVICES

DUMP, MANIFEST, FORMAT = "database.dump", "manifest.json", 1
PG = {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "host": "PGHOST", "port": "PGPORT"}
WHOLE = ("--no-owner", "--no-privileges")


class BackupFailed(Exception):
    """PostgreSQL's own program failed; its words follow."""


class NoBackup(Exception):
    """This directory is no backup, or its dump is not the one that was written."""


class NotEmpty(Exception):
    """The database has these schemas already: `--replace` destroys what is in them."""


@dataclass(frozen=True)
class Manifest:
    """What a backup is: when, of which versions, how many rows there were just after it, which dump, and the seals as
    they stood before it."""

    made_at: datetime
    heads: Mapping[str, str]
    rows: Mapping[str, int]
    sha256: str
    roots: Sequence[Root]
    format: int = FORMAT


def make(owner: str, folder: Path, roots: Sequence[Root]) -> Path:
    """The directory of a new backup in `folder`, readable for who made it alone. Raises BackupFailed."""
    at = now()
    place = folder / f"gridloop-{at:%Y%m%dT%H%M%SZ}"
    draft = place.with_suffix(".part")
    draft.mkdir(parents=True, mode=0o700)
    try:
        return _written(owner, draft, place, at, roots)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def _written(owner: str, draft: Path, place: Path, at: datetime, roots: Sequence[Root]) -> Path:
    schemas = [part for service in SERVICES for part in ("--schema", service)]
    _run("pg_dump", owner, "--format=custom", *WHOLE, *schemas, "--file", str(draft / DUMP))
    (draft / DUMP).chmod(0o600)
    with _connected(owner) as connection:
        heads: dict[str, str] = {service: _head(connection, service) for service in SERVICES}
        rows = {name: _count(connection, name) for name in ("intake.reports", "routing.orders", "feedback.surveys")}
    made = Manifest(at, heads, rows, _sha256(draft / DUMP), roots)
    (draft / MANIFEST).write_text(json.dumps(asdict(made), default=str, indent=1) + "\n", encoding="utf-8")
    draft.rename(place)
    return place


def read(place: Path) -> Manifest:
    """The manifest of a backup whose dump is still the one that was written. Raises NoBackup."""
    try:
        told = json.loads((place / MANIFEST).read_text(encoding="utf-8"))
        roots = [Root(each["service"], each["number"], date.fromisoformat(each["day"]), each["root"])
                 for each in told["roots"]]  # fmt: skip
        found = Manifest(
            datetime.fromisoformat(told["made_at"]), told["heads"], told["rows"], told["sha256"], roots, told["format"]
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NoBackup(f"{place}: {NoBackup.__doc__}") from error
    if found.format != FORMAT or not (place / DUMP).exists() or _sha256(place / DUMP) != found.sha256:
        raise NoBackup(f"{place}: {NoBackup.__doc__}")
    return found


def load(owner: str, place: Path, *, replace: bool = False) -> Manifest:
    """Put a backup's schemas into the database, all or nothing.

    With `replace` what is there is dropped before that, for good. Raises NoBackup, NotEmpty, BackupFailed.
    """
    manifest = read(place)
    with _connected(owner) as connection:
        there = [service for service in SERVICES if _exists(connection, service)]
        if there and not replace:
            raise NotEmpty(f"{', '.join(there)}: {NotEmpty.__doc__}")
        for service in there:
            connection.execute(text(f"DROP SCHEMA {service} CASCADE"))
    _run("pg_restore", owner, *WHOLE, "--single-transaction", "--exit-on-error", "--dbname", _name(owner),
         str(place / DUMP))  # fmt: skip
    return manifest


def _run(program: str, owner: str, *arguments: str) -> None:
    """PostgreSQL 18's own, from the wheel; the password goes by the environment, which only this process sees."""
    binary = host.programs(Account.of(os.geteuid())) / program
    done = subprocess.run(  # noqa: S603 (fixed programs, no shell)
        [binary, *arguments], env=_environment(make_url(owner)), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise BackupFailed(f"{BackupFailed.__doc__} {program}: {done.stderr.strip()[-2000:]}")


def _environment(url: URL) -> dict[str, str]:
    given: dict[str, Any] = {"PGHOST": url.host, "PGPORT": url.port, "PGUSER": url.username, "PGPASSWORD": url.password,
                             "PGDATABASE": url.database}  # fmt: skip
    given |= {PG[name]: value for name, value in url.query.items() if name in PG}
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C"} | {name: str(value) for name, value in given.items() if value}


def _name(owner: str) -> str:
    return str(make_url(owner).database)


@contextmanager
def _connected(owner: str) -> Iterator[Connection]:
    """A connection in one transaction."""
    engine = create_engine(owner)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def _exists(connection: Connection, service: str) -> bool:
    named = text("SELECT 1 FROM pg_namespace WHERE nspname = :name")
    return connection.execute(named, {"name": service}).first() is not None


def _head(connection: Connection, service: str) -> str:
    found = text(f"SELECT version_num FROM {service}.alembic_version")  # noqa: S608 (one of SERVICES)
    return str(connection.execute(found).scalar_one())


def _count(connection: Connection, table: str) -> int:
    return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())  # noqa: S608 (named by `make`)


def _sha256(file: Path) -> str:
    with file.open("rb") as dump:
        return hashlib.file_digest(dump, "sha256").hexdigest()
