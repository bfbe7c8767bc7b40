"""`gridloop retention`: what is due is erased now, the last runs can be read, a failure fails the command."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from front_desk import House
from installation import Urls
from test_erasing import closed
from typer.testing import CliRunner

from services.cli import ROOMS
from services.clocks import now, stopped
from services.retention.commands import retention

Say = Callable[..., tuple[int, str]]


@pytest.fixture
def say(house: House, urls: Urls, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Say:
    """The command in an installation that can open intake alone."""
    settings = house.app.state.settings
    monkeypatch.setenv("GRIDLOOP_INTAKE_DATABASE_URL", urls["intake"])
    monkeypatch.setenv("GRIDLOOP_MASTER_KEYS", settings.need("master_keys", "the vault"))
    monkeypatch.setenv("GRIDLOOP_ERASURE_LOG", str(tmp_path / "log" / "erased.jsonl"))

    def say_(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(retention(ROOMS), [*words, "--data-dir", str(tmp_path)])
        return done.exit_code, done.output

    return say_


async def test_a_run_erases_what_is_due_and_is_reported(house: House, say: Say, tmp_path: Path) -> None:
    await closed(house)
    assert await asyncio.to_thread(say, "report") == (0, "no run yet\n")
    with stopped(now() + timedelta(days=2000)):
        code, told = await asyncio.to_thread(say, "run")
    assert code == 0
    lines = [" ".join(line.split()) for line in told.splitlines()]
    assert "reporter 1 due · 1 erased · 0 held · 0 failed" in lines
    assert "erasure_log 1 due · 1 erased · 0 held · 0 failed" in lines
    assert (await asyncio.to_thread(say, "report"))[1] in told
    assert len((tmp_path / "log" / "erased.jsonl").read_text().splitlines()) == 1


async def test_a_log_that_cannot_be_written_fails_the_command_and_is_in_the_report(
    house: House, say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("GRIDLOOP_ERASURE_LOG", str(tmp_path / "file" / "erased.jsonl"))
    code, told = await asyncio.to_thread(say, "run")
    assert (code, "1 failed" in told) == (1, True)


def test_the_rules_are_shown_with_their_grounds(say: Say) -> None:
    code, told = say("rules")
    assert code == 0
    assert "reporter  1095 days after closed  by case" in told
    assert "民法典" in told
