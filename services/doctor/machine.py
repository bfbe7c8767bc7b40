"""The machine itself: the data directory and who may read it, room on the disk, and the port."""

import os
import shutil
import stat
from pathlib import Path

import httpx

from services.doctor.findings import Finding, good, problem, warning
from services.settings import SERVICES
from services.standalone import CREDENTIALS, SECRETS

FULL, NARROW = 200 * 2**20, 2 * 2**30
"""Bytes left, below which the disk is full, and below which it soon is."""
WITHIN = 2.0


def data_directory(data: Path) -> list[Finding]:
    """Whether it is there, ours to write, and closed to others where it holds secrets."""
    if not data.exists():
        return [warning("data directory", f"{data} does not exist: nothing is installed there",
                        "`gridloop up` makes it; or name the right one with --data-dir")]  # fmt: skip
    if not os.access(data, os.W_OK | os.X_OK):
        return [problem("data directory", f"{data} cannot be written by this user",
                        f"run as its owner, or `chown` it: {_owner(data)} owns it now")]  # fmt: skip
    found = [_closed(data, 0o022, "others may write in it", "go-w")]
    kept = (data / name for name in (SECRETS, CREDENTIALS) if (data / name).exists())
    found += [_closed(path, 0o077, "others may read the keys in it", "go-rwx") for path in kept]
    return [each for each in found if each] or [good("data directory", f"{data} is closed to others")]


def _closed(path: Path, bits: int, what: str, mode: str) -> Finding | None:
    if not stat.S_IMODE(path.stat().st_mode) & bits:
        return None
    return problem("data directory", f"{path}: {what}", f"`chmod {mode} {path}`")


def _owner(path: Path) -> str:
    return f"user number {path.stat().st_uid}"


def disk(data: Path) -> Finding:
    """Room where the data lie; a full disk stops PostgreSQL."""
    there = next(path for path in (data.resolve(), *data.resolve().parents) if path.exists())
    free = shutil.disk_usage(there).free
    left = f"{free / 2**30:.1f} GiB are left on the disk of {there}"
    if free < FULL:
        return problem("disk", left, "make room or move the data directory: PostgreSQL stops when it can write no more")
    if free < NARROW:
        return warning("disk", left, "make room before it is full")
    return good("disk", left)


async def port(host: str, number: int) -> Finding | None:
    """Who listens where gridloop would; None where nobody does."""
    address = f"http://{host}:{number}"
    async with httpx.AsyncClient(trust_env=False, timeout=WITHIN) as client:
        for service in SERVICES:
            try:
                answer = await client.get(f"{address}/{service}/healthz")
            except httpx.ConnectError:
                return None
            except httpx.HTTPError:
                break
            if answer.text == "ok\n":
                return good("port", f"gridloop answers at {address}")
    return problem("port", f"something else listens at {address}",
                   "stop it, or name another port: `gridloop up --port 8312`")  # fmt: skip
