"""The files of one embedded PostgreSQL, all under `data/postgres`: cluster, configuration, socket, log and port."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from services import host
from services.host import Account

# What failed may hold words about people: the log keeps neither the statement nor the row.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "log_checkpoints": "off",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
HBA = """\
local all postgres peer map=gridloop
host  all postgres all reject
local all all scram-sha-256
host  all all 127.0.0.1/32 scram-sha-256
"""
INITDB = (
    *("--username=postgres", "--auth-local=peer", "--auth-host=scram-sha-256"),
    *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
)


class ClusterIsGone(RuntimeError):
    """The data directory points to a cluster that is no longer there; reset it to begin anew."""


class CopiedDataDirectory(RuntimeError):
    """This data directory is a copy whose cluster belongs to the original; copy by dump and restore."""


@dataclass(frozen=True)
class Postmaster:
    """What a running server notes about itself; a killed one leaves the note behind."""

    pid: int
    port: int
    socket: Path


@dataclass(frozen=True)
class Cluster:
    """One cluster: the data directory it serves, the place of its files, the account it runs as."""

    data: Path
    place: Path
    account: Account

    @property
    def files(self) -> Path:
        return self.place / "cluster"

    @property
    def log(self) -> Path:
        return self.place / "postgres.log"

    def pg_ctl(self, *command: str) -> subprocess.CompletedProcess[str]:
        """pg_ctl hands paths to a shell: they go by the environment and by a relative name, which need no quoting."""
        program = host.programs(self.account) / "pg_ctl"
        return self.account.run(program, *command, cwd=self.place, PGDATA=str(self.place / "conf"))

    def postmaster(self) -> Postmaster | None:
        try:
            lines = (self.files / "postmaster.pid").read_text().splitlines()
            return Postmaster(int(lines[0]), int(lines[3]), Path(lines[4]))
        except (FileNotFoundError, IndexError, ValueError):
            return None

    def forget_postmaster(self) -> None:
        """PostgreSQL refuses to start while another process of the same account wears the noted number."""
        (self.files / "postmaster.pid").unlink(missing_ok=True)

    def remembered_port(self) -> int | None:
        with suppress(FileNotFoundError, ValueError):
            return int((self.place / "port").read_text())
        return None

    def configure(self, socket: Path, port: int, options: Mapping[str, str]) -> None:
        """Write what the next start reads; the port is remembered for the one after."""
        fixed = {"data_directory": str(self.files), "port": str(port), "unix_socket_directories": _listed(socket)}
        settings = {**SETTINGS, **options, **fixed}
        people = dict.fromkeys((self.account.name, Account.of(os.geteuid()).name, Account.of(0).name))
        self.write("conf/postgresql.conf", "".join(f"{name} = {_quoted(value)}\n" for name, value in settings.items()))
        self.write("conf/pg_hba.conf", HBA)
        self.write("conf/pg_ident.conf", "".join(f'gridloop "{name}" postgres\n' for name in people))
        self.write("port", f"{port}\n")

    def write(self, name: str, text: str) -> None:
        # A new file that replaces the old one: never a link followed, never a file half written.
        target = self.place / name
        handle, draft = tempfile.mkstemp(dir=target.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            os.fchmod(handle, 0o644)
        host.owner(self.data).own(Path(draft))
        Path(draft).replace(target)


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def _listed(directory: Path) -> str:
    return '"' + str(directory).replace('"', '""') + '"'


def find(data: Path) -> Cluster | None:
    """The cluster that the data directory remembers."""
    place = (data / "postgres").resolve()
    if not (place / "cluster").exists():
        return None
    return Cluster(data, place, host.owner(place / "cluster"))


def settle(data: Path) -> Cluster:
    """The cluster of this data directory, made where there is none yet."""
    link = data / "postgres"
    if not os.path.lexists(link):
        host.new_place(link, host.account_for(data))
    if not link.exists():
        raise ClusterIsGone(f"{link}: {ClusterIsGone.__doc__}")
    cluster = find(data) or _initdb(Cluster(data, link.resolve(), host.account_for(data)))
    _refuse_copy(cluster)
    _furnish(cluster)
    return cluster


def _initdb(cluster: Cluster) -> Cluster:
    """Under another name first: what a killed initdb left is not a cluster."""
    draft = cluster.place / "cluster.new"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    cluster.account.own(draft)
    done = cluster.account.run(host.programs(cluster.account) / "initdb", "-D", draft, *INITDB)
    if done.returncode != 0:
        raise RuntimeError(f"initdb failed: {done.stderr.strip()}")
    draft.rename(cluster.files)
    return cluster


def _refuse_copy(cluster: Cluster) -> None:
    """A copied link leads to the original's cluster; a moved one is the only one left."""
    note = cluster.place / "serves"
    served = Path(note.read_text(encoding="utf-8")) if note.exists() else cluster.data
    if served != cluster.data and (served / "postgres").resolve() == cluster.place:
        raise CopiedDataDirectory(f"{served}: {CopiedDataDirectory.__doc__}")
    cluster.write("serves", str(cluster.data))


def _furnish(cluster: Cluster) -> None:
    conf = cluster.place / "conf"
    if not conf.exists():
        conf.mkdir()
        conf.chmod(0o755)
        host.owner(cluster.data).own(conf)
    os.close(os.open(cluster.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600))
    cluster.account.own(cluster.log)


def clear(data: Path) -> None:
    """Remove every file of a stopped cluster, wherever it lies."""
    link, cluster = data / "postgres", find(data)
    if cluster:
        shutil.rmtree(host.socket_directory(cluster.place, cluster.account))
    if link.exists():
        shutil.rmtree(link.resolve())
    if link.is_symlink():
        link.unlink()
