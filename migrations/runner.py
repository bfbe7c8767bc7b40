"""Bring one service's schema up or down, and give its role what it needs and no more.

The schema belongs to the owner (`GRIDLOOP_DATABASE_URL`); the service's role reads and writes its own tables, and of
append-only ones it can neither change nor delete a row.
"""

import importlib
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, create_engine, text
from sqlalchemy.engine import URL, make_url

from services.accounts import KEEPERS
from services.accounts.models import Base as Accounts
from services.database import Floor
from services.settings import ServiceName

HERE = Path(__file__).parent


def metadata(service: ServiceName) -> list[MetaData]:
    """The floor's tables and the room's own."""
    for name in (
        "audit",
        "audit_chain",
        "identity",
        "limits_of_use",
        "messaging",
        "queue",
        "requests",
        "retention.runs",
        "sealing",
        "timeline",
    ):
        importlib.import_module(f"services.{name}")
    kept = [Accounts.metadata] if service in KEEPERS else []
    return [Floor.metadata, *kept, importlib.import_module(f"{service}.models").Base.metadata]


def config(service: ServiceName, url: str) -> Config:
    """Alembic's configuration for one service: one folder of versions, one history."""
    made = Config()
    made.set_main_option("script_location", str(HERE))
    made.set_main_option("version_locations", str(HERE / service))
    made.set_main_option("path_separator", "os")
    made.attributes.update(service=service, url=url, metadata=metadata(service))
    return made


def upgrade(service: ServiceName, url: str, role: URL | str, *, revision: str = "head") -> None:
    """Migrate to the newest (or given) revision and grant the role its rights; the role is made where it is missing."""
    command.upgrade(config(service, url), revision)
    engine = create_engine(url)
    with engine.begin() as connection:
        _make_role(connection, make_url(role))
        _grant(connection, service, str(make_url(role).username))
    engine.dispose()


def downgrade(service: ServiceName, url: str, *, revision: str = "base") -> None:
    command.downgrade(config(service, url), revision)


def revisions(service: ServiceName) -> list[str]:
    """What this program knows of one service's history, newest first."""
    script = ScriptDirectory.from_config(config(service, "postgresql+psycopg://"))
    # Some migrations name a constraint by `op` as they are read, which needs a dialect and no database.
    with Operations.context(MigrationContext.configure(dialect_name="postgresql")):
        return [each.revision for each in script.walk_revisions()]


def check(service: ServiceName, url: str) -> None:
    """Raises where the models and the migrated schema differ."""
    command.check(config(service, url))


def _make_role(connection: Connection, role: URL) -> None:
    name, password = str(role.username), str(role.password or "")
    known = connection.execute(text("select 1 from pg_roles where rolname = :name"), {"name": name}).first()
    quoted = connection.dialect.identifier_preparer.quote(name)
    literal = password.replace("'", "''")
    verb = "ALTER" if known else "CREATE"
    connection.exec_driver_sql(f"{verb} ROLE {quoted} LOGIN PASSWORD '{literal}'".replace("%", "%%"))


def _grant(connection: Connection, service: ServiceName, role: str) -> None:
    name = connection.dialect.identifier_preparer.quote(role)
    for statement in (
        f"REVOKE ALL ON SCHEMA public FROM {name}",
        f"GRANT USAGE ON SCHEMA {service} TO {name}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {service} TO {name}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {service} TO {name}",
        f"REVOKE ALL ON {service}.alembic_version FROM {name}",
        f"GRANT SELECT ON {service}.alembic_version TO {name}",
    ):
        connection.exec_driver_sql(statement)
    for part in metadata(service):
        for table in part.tables.values():
            if table.info.get("append_only"):
                connection.exec_driver_sql(f"REVOKE UPDATE, DELETE, TRUNCATE ON {service}.{table.name} FROM {name}")
