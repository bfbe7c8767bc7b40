"""How a test makes itself an installation: a migrated database on the run's own server, and fresh secrets."""

import base64
import os
import secrets
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from migrations import runner
from services import embedded
from services.settings import SERVICES, ServiceName, Settings

Urls = dict[str, str]
ROLE_PASSWORDS = {service: secrets.token_hex(8) for service in SERVICES}  # roles belong to the server, not a database
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def secret() -> str:
    return base64.b64encode(os.urandom(32)).decode()


def create(cluster: embedded.Server, name: str, template: str = "template1") -> str:
    """A new database, a copy of another; the owner's address of it."""
    engine = create_engine(cluster.url("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    engine.dispose()
    return cluster.url(name)


@cache
def migrated(cluster: embedded.Server, roles: tuple[tuple[ServiceName, str, str], ...]) -> str:
    """The name of a database with these services' schemas, each with its role and password; made once, to be copied."""
    name = f"template_{secrets.token_hex(4)}"
    owner = create(cluster, name)
    for service, role, password in roles:
        runner.upgrade(service, owner, cluster.url(name, user=role, password=password))
    return name


def make_database(cluster: embedded.Server, name: str) -> Urls:
    """A migrated database with the three schemas: the owner's address and one for each service's role."""
    roles = tuple((service, f"gridloop_{service}", ROLE_PASSWORDS[service]) for service in SERVICES)
    urls = {"owner": create(cluster, name, migrated(cluster, roles))}
    return urls | {service: cluster.url(name, user=role, password=password) for service, role, password in roles}


def settings_of(urls: Urls, data: Path, **more: Any) -> Settings:
    """Settings of a whole installation, with secrets of its own."""
    links = ("link_intake_routing", "link_routing_feedback", "link_intake_feedback", "answer_key")
    given = {f"{service}_database_url": urls[service] for service in SERVICES} | {name: secret() for name in links}
    return Settings(
        **given,
        database_url=urls["owner"],
        data_dir=data,
        survey_secret=f"whsec_{secret()}",
        master_keys=f"m1:{secret()}",
        pool_size=5,
        **more,
    )
