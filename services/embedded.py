"""PostgreSQL 18 from a wheel, for one machine: started, stopped and emptied by its data directory (Linux and macOS).

The server outlives whoever started it; a start after any kill finds it again or recovers it. The superuser comes in
by the socket alone and only as the user that started it; every other role comes by password over 127.0.0.1.
"""

import fcntl
import os
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

import psycopg

from services import cluster as clusters
from services.cluster import Cluster
from services.host import socket_directory

DATABASE = "gridloop"
PATIENCE = 60  # seconds for a start, a recovery or a stop
ATTEMPTS = 4


class PortTaken(RuntimeError):
    """The port that was asked for is used by somebody else."""


class ServerDidNotStart(RuntimeError):
    """PostgreSQL did not start; its own words follow."""


class ServerDidNotStop(RuntimeError):
    """PostgreSQL did not stop; its own words follow."""


@dataclass(frozen=True)
class Server:
    """A running server: the data directory it serves, and the two doors to it."""

    data: Path
    socket: Path
    port: int

    def url(self, database: str = DATABASE, user: str = "postgres", password: str | None = None) -> str:
        """With a password over TCP; without one, the superuser through the socket."""
        name, base = quote(user, safe=""), quote(database, safe="")
        if password is None:
            return f"postgresql+psycopg://{name}@/{base}?host={quote(str(self.socket), safe='')}&port={self.port}"
        return f"postgresql+psycopg://{name}:{quote(password, safe='')}@127.0.0.1:{self.port}/{base}"


def start(data: Path, *, port: int | None = None, options: Mapping[str, str] = MappingProxyType({})) -> Server:
    """Start the server of this data directory, or return the one that runs, with the port and options it has.

    Without `port` it is last time's, or a free one where that is taken; `options` are PostgreSQL's own settings.
    """
    data.mkdir(parents=True, exist_ok=True)
    data = data.resolve()
    with _one_at_a_time(data):
        cluster = clusters.settle(data)
        server = _alive(cluster) or _launch(cluster, port, options)
        _ensure_database(server)
        return server


def running(data: Path) -> bool:
    """Whether the server of this data directory takes a connection now."""
    cluster = clusters.find(data.resolve())
    server = cluster and _noted(cluster)
    with suppress(psycopg.OperationalError):
        return bool(cluster and server and _serves(server, cluster))
    return False


def stop(data: Path) -> None:
    """Stop the server; what is not committed is rolled back. Where none runs, nothing happens."""
    data = data.resolve()
    if clusters.find(data):
        with _one_at_a_time(data):
            _halt(data)


def reset(data: Path) -> None:
    """Stop the server and remove all it stored."""
    data = data.resolve()
    if os.path.lexists(data / "postgres"):
        with _one_at_a_time(data):
            _halt(data)
            clusters.clear(data)


@contextmanager
def _one_at_a_time(data: Path) -> Iterator[None]:
    handle = os.open(data / "postgres.lock", os.O_RDONLY | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _halt(data: Path) -> None:
    cluster = clusters.find(data)
    if cluster and _alive(cluster):
        done = cluster.pg_ctl("stop", "-m", "fast", "-w", "-t", str(PATIENCE))
        if done.returncode != 0:
            raise ServerDidNotStop(f"{ServerDidNotStop.__doc__} {done.stderr.strip()}")


def _launch(cluster: Cluster, port: int | None, options: Mapping[str, str]) -> Server:
    """Try again where a port was snatched meanwhile, or a killed server's last processes are not gone yet."""
    cluster.forget_postmaster()
    began = cluster.log.stat().st_size
    for attempt in range(ATTEMPTS):
        time.sleep(attempt * 0.5)
        cluster.configure(socket_directory(cluster.place, cluster.account), _port(cluster, port), options)
        tried = cluster.pg_ctl("start", "-w", "-t", str(PATIENCE), "-l", cluster.log.name)
        if server := _alive(cluster):
            return server
    words = tried.stderr + cluster.log.read_bytes()[began:].decode(errors="replace")
    raise ServerDidNotStart(f"{ServerDidNotStart.__doc__}\n{words[-2000:]}")


def _port(cluster: Cluster, wanted: int | None) -> int:
    if wanted is not None and not _free(wanted):
        raise PortTaken(f"{wanted}: {PortTaken.__doc__}")
    remembered = wanted or cluster.remembered_port()
    return remembered if remembered and _free(remembered) else _any_port()


def _free(port: int) -> bool:
    with socket.socket() as probe, suppress(OSError):
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
        return True
    return False


def _any_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _noted(cluster: Cluster) -> Server | None:
    """The server of postmaster.pid if anybody listens at its socket; the process number alone proves nothing."""
    note = cluster.postmaster()
    with socket.socket(socket.AF_UNIX) as probe, suppress(OSError):
        if note:
            probe.connect(str(note.socket / f".s.PGSQL.{note.port}"))
            return Server(cluster.data, note.socket, note.port)
    return None


def _alive(cluster: Cluster) -> Server | None:
    """The running server, waited for while it starts or recovers."""
    deadline = time.monotonic() + PATIENCE
    while server := _noted(cluster):
        try:
            return server if _serves(server, cluster) else None
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
    return None


def _serves(server: Server, cluster: Cluster) -> bool:
    """A copied data directory notes the original's server."""
    with _connect(server) as connection:
        row = connection.execute("SHOW data_directory").fetchone()
    return row is not None and Path(row[0]).resolve() == cluster.files.resolve()


def _ensure_database(server: Server) -> None:
    with _connect(server) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
        if found is None:
            connection.execute(f"CREATE DATABASE {DATABASE}")


def _connect(server: Server) -> psycopg.Connection:
    """The superuser's, each statement committed by itself."""
    return psycopg.connect(
        host=str(server.socket),
        port=server.port,
        user="postgres",
        dbname="postgres",
        autocommit=True,
        connect_timeout=5,
    )
