"""How a test makes itself an installation: a migrated database on the run's own server, and fresh secrets."""

import base64
import os

from sqlalchemy import create_engine, text

from migrations import runner
from services import embedded
from services.settings import SERVICES

Urls = dict[str, str]
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def secret() -> str:
    return base64.b64encode(os.urandom(32)).decode()


def make_database(cluster: embedded.Server, name: str) -> Urls:
    """A migrated database with the three schemas: the owner's address and one for each service's role."""
    engine = create_engine(cluster.url("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    urls = {"owner": cluster.url(name)}
    for service in SERVICES:
        urls[service] = cluster.url(name, user=f"gridloop_{service}", password=f"{service}-{name}")
        runner.upgrade(service, urls["owner"], urls[service])
    return urls
