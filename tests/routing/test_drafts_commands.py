"""`gridloop lists …`: what an administrator does with whole lists at the machine."""

import asyncio
import json
from io import BytesIO
from pathlib import Path

import pytest
from grid_centre import COMMITTEE, STREET, Centre
from installation import Urls
from list_office import Office, without
from openpyxl import load_workbook
from typer.testing import CliRunner, Result

from routing.drafts_commands import app
from routing.lists import starter_lists
from routing.lists.workbook import read_csv, read_workbook, write_csv, write_workbook

GAP = "R030"


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory without an installation."""
    monkeypatch.delenv("GRIDLOOP_ROUTING_DATABASE_URL", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "data"


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def test_the_starter_lists_are_proved_without_an_installation(empty: Path) -> None:
    result = run("check", "--data-dir", empty, "--json", "figures.json")
    assert result.exit_code == 0, result.output
    assert "exactly one lead" in result.output
    figures = json.loads(Path("figures.json").read_text())
    assert figures["ok"] is True
    assert figures["pairs"] > 1_500_000
    assert not empty.exists()


def test_a_file_with_gaps_fails_the_check_in_twenty_lines(empty: Path) -> None:
    Path("lists.xlsx").write_bytes(write_workbook(without("R001", GAP, "R040", "R050", "R060")))
    result = run("check", "--file", "lists.xlsx", "--data-dir", empty)
    assert result.exit_code == 1
    assert 2 <= len(result.output.splitlines()) <= 20
    assert "no_row" in result.output


@pytest.mark.parametrize("target", ["lists.xlsx", "folder"])
def test_what_is_exported_imports_as_the_same_lists(empty: Path, target: str) -> None:
    assert run("export", target, "--data-dir", empty).exit_code == 0
    result = run("import", target, "--dry-run", "--data-dir", empty)
    assert result.exit_code == 0, result.output
    assert result.output.count("0 added, 0 removed, 0 changed") == 2


def test_one_csv_changes_one_list(empty: Path) -> None:
    Path("responsibilities.csv").write_text(write_csv(without(GAP))[1], encoding="utf-8")
    result = run("import", "responsibilities.csv", "--dry-run", "--data-dir", empty)
    assert "0 added, 1 removed, 0 changed" in result.output
    assert "Dry run" in result.output


def test_each_fault_is_a_line_with_the_cell(empty: Path) -> None:
    book = load_workbook(BytesIO(write_workbook(starter_lists())))
    book["责任清单"]["E2"] = "@nobody"
    book.save("broken.xlsx")
    result = run("import", "broken.xlsx", "--data-dir", empty)
    assert result.exit_code == 1
    assert "责任清单 第2行 主办“@nobody” [duty]" in result.output
    assert "1 faults; nothing was kept" in result.output


@pytest.mark.parametrize(
    "words",
    [
        ("import", "lists.xlsx"),
        ("export", "out.xlsx", "--version", "7"),
        ("replay", "--draft", "lists.xlsx"),
        ("import", "notes.txt", "--dry-run"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(empty: Path, words: tuple[str, ...]) -> None:
    Path("lists.xlsx").write_bytes(write_workbook(starter_lists()))
    Path("notes.txt").write_text("没有")
    result = run(*words, "--data-dir", empty)
    assert result.exit_code == 1
    assert len(result.output.strip().splitlines()[-1]) > 20
    assert "Traceback" not in result.output


def test_the_template_is_a_workbook(empty: Path) -> None:
    assert run("template", "empty.xlsx").exit_code == 0
    assert len(read_workbook(Path("empty.xlsx").read_bytes()).issues) == 1


@pytest.fixture
def installed(
    centre: Centre, lists_back: None, routing_urls: Urls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The database of the tests, named by the environment."""
    monkeypatch.setenv("GRIDLOOP_ROUTING_DATABASE_URL", routing_urls["routing"])
    monkeypatch.chdir(tmp_path)
    return tmp_path


async def test_an_import_makes_a_draft_that_can_be_exported_checked_and_replayed(
    installed: Path, centre: Centre
) -> None:
    office = await Office.opened(centre)
    case_no = await centre.report()
    _, rows = write_csv(starter_lists())
    line = f"T1,04-04,subtree,{STREET},@street,,coordinate,,,,no,2024-01-01,\r\n"
    lists = read_csv(write_csv(starter_lists())[0], rows + line)
    Path("draft.xlsx").write_bytes(write_workbook(lists))
    result = await off_loop("import", "draft.xlsx")
    assert result.exit_code == 0, result.output
    number = (await office.ask(office.editor, "GET", "")).json()["items"][0]["number"]
    assert f"Draft {number}" in result.output
    (entry,) = await centre.rows("select voice, facts from audit where action = 'list.drafted'")
    assert (entry["voice"], entry["facts"]["source"]) == ("system", "draft.xlsx")

    assert (await off_loop("check", "--version", number)).exit_code == 0
    assert (await off_loop("export", "out.xlsx", "--version", number)).exit_code == 0
    assert read_workbook(Path("out.xlsx").read_bytes()) == lists
    for draft in (number, "draft.xlsx"):
        result = await off_loop("replay", "--draft", draft, "--json", "figures.json")
        assert result.exit_code == 0, result.output
        assert case_no in result.output
        flow = json.loads(Path("figures.json").read_text())["flows"][0]
        assert (flow["before"], flow["after"]) == (COMMITTEE, STREET)
    assert await office.state(number) == "draft"
    assert (await off_loop("export", "out.xlsx", "--version", 999)).exit_code == 1


async def off_loop(*words: object) -> Result:
    """The commands run a loop of their own."""
    return await asyncio.to_thread(run, *words)
