"""The commands as a newcomer types them, in a directory of their own."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from services import embedded

GRIDLOOP = (sys.executable, "-m", "services.cli")


def clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("GRIDLOOP_")}


def gridloop(*words: str, answer: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*GRIDLOOP, *words], input=answer, capture_output=True, text=True, timeout=300, env=clean_environment()
    )


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("newcomer") / "data"
    yield folder
    if folder.exists():
        embedded.reset(folder)


@pytest.fixture(scope="module")
def port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def test_the_demo_plays_to_the_end_and_a_second_run_goes_on_with_the_same_data(
    data: Path, port: str, tmp_path: Path
) -> None:
    for run in (1, 2):
        summary = tmp_path / f"{run}.json"
        words = ("--exit", "--json", str(summary), "--port", port, "--data-dir", str(data), "--reports", "12")
        played = gridloop("demo", *words)
        assert played.returncode == 0, played.stderr[-3000:]
        found = json.loads(summary.read_text())
        assert sum(found["posted"].values()) == sum(found["closed"].values()) == 12
        assert (found["lost"], found["duplicated"]) == (0, 0)
        assert found["callbacks"]["recorded"] >= sum(found["closed"].get(end, 0) for end in ("resolved", "unresolved"))
        assert {"dispatched", "triage", "handled_again", "seconds"} <= set(found)
        assert "一件诉求的全过程" in played.stdout
    assert not embedded.running(data)


def test_the_sample_keys_are_for_the_owner_alone(data: Path) -> None:
    for name in ("credentials.json", "secrets.json"):
        assert stat.S_IMODE((data / name).stat().st_mode) == 0o600
    keys = json.loads((data / "credentials.json").read_text())
    roles = "hotline clerk dispatcher officer leader supervisor caller evaluator editor publisher auditor administrator"
    assert set(roles.split()) <= set(keys)
    assert set(roles.split()) <= set(keys["units"])
    assert keys["survey_secret"].startswith("whsec_")


def test_up_serves_all_three_and_a_killed_one_starts_again_with_its_cases(data: Path, port: str) -> None:
    keys = json.loads((data / "credentials.json").read_text())
    key = {"Authorization": f"Bearer {keys['hotline']}"}
    process = started(data, port)
    body = {"channel": "hotline", "item_type": "complaint", "description": "路灯不亮", "external_id": "kill-1"}
    answer = httpx.post(f"http://127.0.0.1:{port}/intake/v1/cases", json=body, headers=key, trust_env=False)
    assert answer.status_code == 201
    process.send_signal(signal.SIGKILL)
    process.wait()
    process = started(data, port)
    again = httpx.post(f"http://127.0.0.1:{port}/intake/v1/cases", json=body, headers=key, trust_env=False)
    assert (again.status_code, again.json()["case_no"]) == (200, answer.json()["case_no"])
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0
    assert not embedded.running(data)


def started(data: Path, port: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [*GRIDLOOP, "up", "--port", port, "--data-dir", str(data)],
        env=clean_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for _ in range(600):
        try:
            urls = [f"http://127.0.0.1:{port}/{service}/readyz" for service in ("intake", "routing", "feedback")]
            if all(httpx.get(url, trust_env=False).is_success for url in urls):
                return process
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError("it did not become ready")


def test_a_second_up_on_the_same_directory_is_refused_in_words(data: Path, port: str) -> None:
    process = started(data, port)
    refused = gridloop("up", "--port", port, "--data-dir", str(data))
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=30)
    assert refused.returncode == 1
    assert "already serves" in refused.stderr


def test_reset_asks_first_and_spares_what_is_not_its_own(data: Path, tmp_path: Path) -> None:
    kept = gridloop("reset", "--data-dir", str(data), answer="n\n")
    assert kept.returncode == 1
    assert data.exists()
    assert gridloop("reset", "--data-dir", str(tmp_path), "--yes").returncode == 1
    assert tmp_path.exists()
    gone = gridloop("reset", "--data-dir", str(data), answer="y\n")
    assert gone.returncode == 0, gone.stderr
    assert not data.exists()
