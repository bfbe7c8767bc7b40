"""One machine: the embedded PostgreSQL, the secrets it makes for itself, and the sample keys, all in one directory."""

import base64
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url

from services import embedded
from services.accounts import SECOND_FACTOR, passwords, second_factor
from services.identity import digest, mint
from services.roles import Role
from services.rooms import Sample
from services.secret_files import outside, told_outside
from services.settings import SERVICES, Settings

SECRETS = "secrets.json"
CREDENTIALS = "credentials.json"
CITY, STREET, CENTRE = "31", "310101023", "EVAL"
SAMPLES: Mapping[Role, tuple[str, str]] = {
    Role.HOTLINE: (CITY, "12345 市民服务热线系统"),
    Role.CLERK: (STREET, "样例·接待员"),
    Role.DISPATCHER: (CITY, "样例·派单员"),
    Role.OFFICER: (STREET, "样例·网格员"),
    Role.LEADER: (STREET, "样例·负责人"),
    Role.SUPERVISOR: (CITY, "样例·督查员"),
    Role.CALLER: (CENTRE, "样例·回访员"),
    Role.EVALUATOR: (CENTRE, "样例·测评员"),
    Role.EDITOR: (CITY, "样例·清单编辑"),
    Role.PUBLISHER: (CITY, "样例·清单发布"),
    Role.AUDITOR: (CITY, "样例·审计员"),
    Role.ADMINISTRATOR: (CITY, "样例·管理员"),
}
EVALUATION_ADMINISTRATOR = "evaluation_administrator"


@contextmanager
def installation(data: Path, *, ours: bool = False, **overrides: Any) -> Iterator[Settings]:
    """The settings of a data directory with its PostgreSQL running.

    A server that this process started, or that is `ours` alone, is stopped at the end.
    """
    data.mkdir(parents=True, exist_ok=True)
    named = outside("database_url")
    leave = named is not None or (embedded.running(data) and not ours)
    owner = named or embedded.start(data).url()
    try:
        yield settings_for(data, owner, **overrides)
    finally:
        if not leave:
            embedded.stop(data)


def apart() -> bool:
    """Whether the environment names a service's database: then each service is an installation of its own."""
    return any(told_outside(f"{name}_database_url") for name in SERVICES)


@contextmanager
def separate(data: Path) -> Iterator[Settings]:
    """Settings for a process of its own: the environment's where it names a database, else the data directory's."""
    if apart():
        yield Settings(data_dir=data)
        return
    with installation(data) as settings:
        yield settings


def settings_for(data: Path, owner: str, **overrides: Any) -> Settings:
    """Settings from the directory's own secrets; what the environment says goes before them."""
    made = _secrets(data)
    passwords = made.pop("passwords")
    given = {"database_url": owner, "data_dir": data, **made}
    for service in SERVICES:
        given[f"{service}_database_url"] = _role_url(data, owner, f"gridloop_{service}", passwords[service])
    if any(map(told_outside, ("master_keys_file", "key_service"))):
        del given["master_keys"]  # they are somewhere else
    unset = {name: value for name, value in given.items() if not told_outside(name)}
    return Settings(**unset, **overrides)


def _role_url(data: Path, owner: str, user: str, password: str) -> str:
    """A role's address: over TCP to the embedded server, or the owner's address with another name."""
    if owner != outside("database_url"):
        return embedded.start(data).url(user=user, password=password)
    return make_url(owner).set(username=user, password=password).render_as_string(hide_password=False)


def _secrets(data: Path) -> dict[str, Any]:
    def make() -> dict[str, Any]:
        links = ("link_intake_routing", "link_routing_feedback", "link_intake_feedback", "answer_key")
        return {
            **{name: _random() for name in links},
            "survey_secret": f"whsec_{_random()}",
            "master_keys": f"m1:{_random()}",
            "passwords": {service: secrets.token_urlsafe(24) for service in SERVICES},
        }

    return _kept(data / SECRETS, make)


def _random() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _kept(path: Path, make: Any) -> dict[str, Any]:
    """What the file says, or what `make` makes, written once: to the end or not at all, for the owner's eyes alone."""
    if not path.exists():
        _write(path, make())
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _write(path: Path, facts: Mapping[str, Any]) -> None:
    draft = path.with_suffix(".new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(facts, file, ensure_ascii=False, indent=2)
    draft.replace(path)


def credentials(settings: Settings) -> dict[str, Any]:
    """The sample keys, made on first use: each role's key, the units beside them, the survey provider's secret."""

    def make() -> dict[str, Any]:
        return {
            **{role.value: mint()[0] for role in SAMPLES},
            EVALUATION_ADMINISTRATOR: mint()[0],
            "survey_secret": settings.need("survey_secret", "the survey provider signs with it"),
            "units": {
                **{role.value: unit for role, (unit, _) in SAMPLES.items()},
                EVALUATION_ADMINISTRATOR: CENTRE,
            },
        }

    return _kept(settings.data_dir / CREDENTIALS, make)


def sample_accounts(settings: Settings) -> dict[str, dict[str, str]]:
    """The sample people's accounts in `credentials.json`, by role; made on first use, also beside older keys."""
    found = credentials(settings)
    if "accounts" not in found:
        people = [role.value for role in SAMPLES if role is not Role.HOTLINE]
        made = {label: _account(label) for label in (*people, EVALUATION_ADMINISTRATOR)}
        _write(settings.data_dir / CREDENTIALS, {**found, "accounts": made})
        return made
    kept: dict[str, dict[str, str]] = found["accounts"]
    return kept


def _account(label: str) -> dict[str, str]:
    """A random password, and an authenticator's secret where the role needs a second factor."""
    role = Role.ADMINISTRATOR if label == EVALUATION_ADMINISTRATOR else Role(label)
    factor = {"totp_secret": second_factor.secret()} if role in SECOND_FACTOR else {}
    return {"username": label, "password": passwords.invented(), **factor}


def survey_secret(file: Path) -> str:
    """The survey provider's secret, from the `credentials.json` that it was handed."""
    return str(json.loads(file.read_text(encoding="utf-8"))["survey_secret"])


def samples(settings: Settings) -> list[Sample]:
    """The sample keys as the rooms write them: by their digests."""
    accounts = sample_accounts(settings) if settings.answer_key else {}
    found = credentials(settings)
    wanted = [(role.value, role, unit, name) for role, (unit, name) in SAMPLES.items()]
    wanted.append((EVALUATION_ADMINISTRATOR, Role.ADMINISTRATOR, CENTRE, "样例·测评管理员"))
    return [
        Sample(
            role=role,
            unit=unit,
            name=name,
            key_id=found[label].split("_")[1],
            digest=digest(found[label]),
            account=accounts.get(label),
        )
        for label, role, unit, name in wanted
    ]
