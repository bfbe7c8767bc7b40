"""The containers, as far as they can be proven without an engine: who gets which secret, what the image holds."""

import os
import re
import shutil
import stat
import subprocess
import sys
import threading
import tomllib
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.cli import ROOMS
from services.events import MESSAGES_PATH
from services.rooms import Crew
from services.settings import SERVICES, ServiceName, Settings

ROOT = Path(__file__).parents[2]
PREFIX = "GRIDLOOP_"
COMPOSE = (ROOT / "docker/compose.yaml").read_text(encoding="utf-8")
CONTAINERS: dict[str, Any] = yaml.safe_load(COMPOSE)["services"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES = [name.rstrip("*") for name in PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]]
PROCESSES = [*SERVICES, *(f"{service}-worker" for service in SERVICES)]
DOCKERFILE = (ROOT / "docker/Dockerfile").read_text(encoding="utf-8")
OWN = {"intake": {"master_keys"}, "routing": set[str](), "feedback": {"survey_secret"}}


def settings_in(container: str) -> set[str]:
    return {name.removeprefix(PREFIX).lower() for name in CONTAINERS[container]["environment"]}


def secrets_of(container: str) -> set[str]:
    """The variables of docker/.env that a container sees."""
    return set(re.findall(r"\$\{(\w+):\?\}", str(CONTAINERS[container]["environment"])))


def of(container: str) -> ServiceName:
    return next(service for service in SERVICES if container.startswith(service))


def test_there_are_a_database_a_migration_three_services_three_workers_and_a_proxy() -> None:
    assert set(CONTAINERS) == {"postgres", "migrate", *PROCESSES, "proxy"}
    assert [CONTAINERS[name]["command"][:2] for name in PROCESSES] == [
        [verb, service] for verb in ("serve", "work") for service in SERVICES
    ]


@pytest.mark.parametrize("container", ["migrate", *PROCESSES])
def test_a_container_is_given_only_settings_that_exist(container: str) -> None:
    assert all(name.startswith(PREFIX) for name in CONTAINERS[container]["environment"])
    assert settings_in(container) <= set(Settings.model_fields)


@pytest.mark.parametrize("container", PROCESSES)
def test_a_process_is_given_its_own_database_and_secrets_and_no_others(container: str) -> None:
    service = of(container)
    addresses = {"intake_url", "routing_url", "feedback_url", "public_url", "trusted_proxy"}
    links = {name for name in Settings.model_fields if name.startswith("link_") and service in name}
    expected = {f"{service}_database_url", "answer_key"} | links | OWN[service]
    assert settings_in(container) == addresses | expected


def test_two_services_share_the_secret_of_their_link_and_nothing_else() -> None:
    for one, other in (("intake", "routing"), ("routing", "feedback"), ("intake", "feedback")):
        assert secrets_of(one) & secrets_of(other) == {f"LINK_{one}_{other}".upper()}


def test_only_the_migration_has_the_owners_address_and_no_key_to_the_vault_or_a_link() -> None:
    assert [name for name in CONTAINERS if "OWNER_PASSWORD" in str(CONTAINERS[name])] == ["postgres", "migrate"]
    assert settings_in("migrate") == {"database_url", "survey_secret"} | {f"{name}_database_url" for name in SERVICES}


@pytest.mark.parametrize("container", ["migrate", *PROCESSES])
def test_what_runs_our_image_can_write_to_tmp_and_its_volumes_alone(container: str) -> None:
    found = CONTAINERS[container]
    assert found["read_only"] is True
    assert found["tmpfs"] == ["/tmp"]
    assert found["cap_drop"] == ["ALL"]
    assert ("volumes" in found) == (container in ("migrate", "intake-worker"))


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of docker/ with a .env made by secrets.sh."""
    copy = tmp_path_factory.mktemp("install") / "docker"
    shutil.copytree(ROOT / "docker", copy, ignore=shutil.ignore_patterns(".env*"))
    subprocess.run([copy / "secrets.sh"], check=True, capture_output=True)
    return copy / ".env"


def variables(env: Path) -> dict[str, str]:
    lines = env.read_text(encoding="ascii").splitlines()
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


def test_secrets_sh_writes_every_variable_that_compose_requires(secrets: Path) -> None:
    required = set(re.findall(r"\$\{(\w+):\?\}", COMPOSE))
    made = {name: value for name, value in variables(secrets).items() if name != "COMPOSE_PROJECT_NAME"}
    assert set(made) == required
    assert len(set(made.values())) == len(made)
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600


def test_secrets_sh_never_overwrites(secrets: Path) -> None:
    before = secrets.read_bytes()
    again = subprocess.run([secrets.parent / "secrets.sh"], capture_output=True, text=True, check=False)
    assert again.returncode == 1
    assert "exists already" in again.stderr
    assert secrets.read_bytes() == before


def test_secrets_are_neither_committed_nor_sent_to_the_engine() -> None:
    assert "docker/.env" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    sent = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in sent if not line.startswith("#")]
    assert rules[0] == "*"
    assert {rule[1:] for rule in rules if rule.startswith("!")} == copied()


@pytest.mark.parametrize("container", PROCESSES)
async def test_a_process_starts_with_what_compose_gives_it(
    container: str, secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = variables(secrets) | {"GRIDLOOP_PUBLIC_URL:-http://localhost:8311": "http://localhost:8311"}
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    for name, value in CONTAINERS[container]["environment"].items():
        monkeypatch.setenv(name, re.sub(r"\$\{(.+?)(:\?)?\}", lambda found: given[found[1]], value))
    settings, room = Settings(), ROOMS[of(container)]
    if CONTAINERS[container]["command"][0] == "work":
        Crew(room, settings)
    else:
        assert room.app(settings).title
    for peer in set(SERVICES) - {room.name}:
        assert settings.peer_url(peer) == f"http://{peer}:8311"
        assert settings.link_secret(room.name, peer)


@pytest.mark.skipif(
    shutil.which("docker-compose") is None, reason="needs docker-compose (Debian package docker-compose)"
)
def test_docker_compose_accepts_the_file(secrets: Path) -> None:
    command = ["docker-compose", "-f", str(secrets.parent / "compose.yaml"), "config"]
    env = {"PATH": os.environ["PATH"], "HOME": str(secrets.parent)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    assert done.returncode == 0, done.stderr
    assert set(yaml.safe_load(done.stdout)["services"]) == set(CONTAINERS)
    assert "${" not in done.stdout


@pytest.fixture
def answering(request: pytest.FixtureRequest) -> Iterator[int]:
    """The port of something that answers /intake/readyz with the status asked for."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(request.param if self.path == "/intake/readyz" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.mark.parametrize(("answering", "healthy"), [(200, True), (503, False)], indirect=["answering"])
def test_a_service_is_healthy_when_it_says_it_is_ready(answering: int, healthy: bool) -> None:
    how, program, *arguments = CONTAINERS["intake"]["healthcheck"]["test"]
    assert (how, program) == ("CMD", "python")
    probe = [part.replace("8311", str(answering)) for part in arguments]
    env = {"http_proxy": "http://127.0.0.1:9"}
    done = subprocess.run([sys.executable, *probe], capture_output=True, check=False, env=env)
    assert (done.returncode == 0) is healthy


def test_every_service_has_the_check_and_the_proxy_waits_for_it() -> None:
    for service in SERVICES:
        assert CONTAINERS[service]["healthcheck"]["test"][-1] == service
    assert CONTAINERS["proxy"]["depends_on"] == {name: {"condition": "service_healthy"} for name in SERVICES}


def test_the_proxy_leads_to_each_service_and_keeps_their_messages_and_metrics_inside() -> None:
    text = (ROOT / "docker/Caddyfile").read_text(encoding="utf-8")
    inside = re.search(r"@internal path (.*)", text)
    assert inside
    assert {f"/{name}{MESSAGES_PATH}*" for name in SERVICES} | {"*/metrics"} <= set(inside[1].split())
    assert re.findall(r"reverse_proxy (\S+) (\S+)", text) == [(f"/{name}/*", f"{name}:8311") for name in SERVICES]


def test_the_proxy_is_the_only_door_and_its_log_holds_no_question_and_no_key() -> None:
    """Whoever could reach a service past the proxy could say which address it asks from."""
    assert [name for name in CONTAINERS if "ports" in CONTAINERS[name]] == ["proxy"]
    text = (ROOT / "docker/Caddyfile").read_text(encoding="utf-8")
    assert 'request>uri regexp "[?].*" "?"' in text
    assert "request>headers delete" in text


def copied() -> set[str]:
    """What the Dockerfile takes from the project."""
    lines = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    return {name for line in lines for name in line.split()}


def test_the_image_is_made_of_the_packages_and_the_hashed_lock() -> None:
    assert copied() == {*PACKAGES, "pyproject.toml", "README.md", "requirements.lock"}
    assert "--require-hashes -r requirements.lock" in DOCKERFILE
    assert "USER 10001" in DOCKERFILE


def test_the_image_leaves_the_tools_of_the_tests_out() -> None:
    tools = {re.split(r"[<>=]", each)[0] for each in PROJECT["project"]["optional-dependencies"]["dev"]}
    removed = re.search(r"pip uninstall --yes ([^&]*)", DOCKERFILE)
    assert removed
    wanted = {name for name in tools - {"setuptools"} if not name.startswith("types-")}
    needs_a_tool = {"hypothesis-graphql"}  # it came with one: left behind, `pip check` would miss its own
    assert wanted | needs_a_tool == set(removed[1].replace("\\", "").split())


def ours() -> list[str]:
    """Every file of the packages that git knows or would."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", *PACKAGES]
    found = subprocess.run(listing, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return [name for name in found.split("\0") if name and (ROOT / name).exists()]


def test_the_wheel_holds_every_file_of_the_packages(tmp_path: Path) -> None:
    wanted = ours()
    for name in [*wanted, "pyproject.toml", "README.md"]:
        (tmp_path / "source" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, tmp_path / "source" / name)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-index"]
    build = [*pip, "--no-deps", "--no-build-isolation", "--wheel-dir", str(tmp_path), str(tmp_path / "source")]
    done = subprocess.run(build, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("gridloop-*.whl")
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert held == set(wanted)
    assert {Path(name).suffix for name in held} >= {".csv", ".jsonl", ".sql", ".mako", ".html", ".css", ".yaml"}
