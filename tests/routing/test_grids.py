"""Changing the grids by a file, through the API and at the machine: history, units, cases, rights."""

import asyncio
import csv
import io
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from grid_centre import CITY, COMMITTEE, STREET, Centre, Desk
from installation import Urls
from sqlalchemy import create_engine, text
from typer.testing import CliRunner

from routing import grids_commands as grids_commands  # adds to the lists' commands
from routing.lists_commands import app

KEPT = ("grids", "grid_addresses", "duties", "units", "organisations")
MICRO = "310101023006001"
CSV = {"content-type": "text/csv"}
NEW = "310101023006901"


@pytest.fixture(autouse=True)
def grids_back(centre: Centre, routing_urls: Urls) -> Iterator[None]:
    """Afterwards the city is the starter city again."""
    engine = create_engine(routing_urls["owner"])
    with engine.begin() as connection:
        connection.execute(text("CREATE SCHEMA before"))
        for table in KEPT:
            connection.execute(text(f"CREATE TABLE before.{table} AS TABLE routing.{table}"))
    yield
    with engine.begin() as connection:
        for table in KEPT:
            connection.execute(text(f"DELETE FROM routing.{table}"))
            statement = f"INSERT INTO routing.{table} OVERRIDING SYSTEM VALUE SELECT * FROM before.{table}"
            connection.execute(text(statement))
        connection.execute(text("DROP SCHEMA before CASCADE"))
        connection.execute(text("UPDATE routing.catalogue_state SET version = version + 1, city = city + 1"))
    engine.dispose()


@pytest.fixture
async def editor(centre: Centre) -> Desk:
    return await centre.desk("editor", CITY)


async def rows_under(centre: Centre, desk: Desk, under: str) -> list[dict[str, str]]:
    answer = await centre.client(desk).get("/v1/grids/export", params={"format": "csv", "under": under})
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text)))


async def send(centre: Centre, desk: Desk, rows: list[dict[str, str]], **params: Any) -> httpx.Response:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    client = centre.client(desk)
    return await client.post("/v1/grids/imports", content=out.getvalue().encode(), headers=CSV, params=params)


async def imported(centre: Centre, desk: Desk, rows: list[dict[str, str]], **params: Any) -> dict[str, Any]:
    answer = await send(centre, desk, rows, **params)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def history(centre: Centre, code: str) -> list[dict[str, Any]]:
    query = "select name, valid_to, current_date as today from grids where code = :code order by valid_from"
    return await centre.rows(query, code=code)


async def test_a_changed_grid_ends_the_day_before_and_begins_anew(centre: Centre, editor: Desk) -> None:
    rows = await rows_under(centre, editor, COMMITTEE)
    rows[0]["name"] = "茂名新居委会"
    told = await imported(centre, editor, rows)
    assert told["changed"]["codes"] == [COMMITTEE]
    assert told["unchanged"] == len(rows) - 1
    before, after = await history(centre, COMMITTEE)
    assert (before["name"], after["name"]) == ("茂名居委会", "茂名新居委会")
    assert after["valid_to"] is None
    (row,) = await centre.rows(
        "select a.valid_from - b.valid_to as gap from grids a join grids b using (code) "
        "where code = :code and a.valid_to is null and b.valid_to is not null",
        code=COMMITTEE,
    )
    assert row["gap"] == 1


async def test_a_second_change_of_the_same_day_leaves_one_row_for_it(centre: Centre, editor: Desk) -> None:
    rows = await rows_under(centre, editor, MICRO)
    for name in ("甲", "乙"):
        rows[0]["name"] = name
        await imported(centre, editor, rows)
    assert [row["name"] for row in await history(centre, MICRO)][1:] == ["乙"]


async def test_a_case_keeps_the_name_of_its_day(centre: Centre, editor: Desk) -> None:
    case_no = await centre.report(grid=MICRO)
    before = await centre.order(case_no)
    rows = await rows_under(centre, editor, COMMITTEE)
    rows[0]["name"] = "茂名新居委会"
    gone = {row["code"] for row in rows if row["code"].startswith(MICRO)}
    await imported(centre, editor, [row for row in rows if row["code"] not in gone])
    after = await centre.order(case_no)
    assert before["grid"] == MICRO
    assert [after[name] for name in ("grid", "grid_name", "grid_path")] == [
        before[name] for name in ("grid", "grid_name", "grid_path")
    ]
    seen = await centre.see(await centre.desk("dispatcher", CITY), case_no)
    assert seen.json()["grid"]["name"] == before["grid_name"]


async def test_a_new_grid_has_a_unit_below_its_parents_and_is_matched(centre: Centre, editor: Desk) -> None:
    rows = await rows_under(centre, editor, COMMITTEE)
    new = {**dict.fromkeys(rows[0], ""), "code": NEW, "name": "永嘉新微网格", "kind": "micro", "parent": COMMITTEE}
    told = await imported(centre, editor, [*rows, new])
    assert told["added"]["codes"] == told["units"]["opened"]["codes"] == [NEW]
    (unit,) = await centre.rows("select * from units where code = :code", code=NEW)
    assert unit["path"] == f"/{CITY}/310101/{STREET}/{rows[0]['parent']}/{COMMITTEE}/{NEW}/"
    told_units = [each for message in await centre.told("access.changed") for each in message["units"]]
    assert [each["code"] for each in told_units] == [NEW]
    await asyncio.sleep(1.1)
    seen = await centre.client(editor).get(f"/v1/grids/{NEW}")
    assert seen.json()["unit"]["code"] == NEW


async def test_an_ended_grid_loses_its_unit_and_duties_and_comes_back(centre: Centre, editor: Desk) -> None:
    rows = await rows_under(centre, editor, COMMITTEE)
    left = [row for row in rows if not row["code"].startswith(MICRO)]
    told = await imported(centre, editor, left)
    assert MICRO in told["ended"]["codes"]
    assert told["units"]["closed"]["codes"] == [MICRO]
    assert not await centre.rows("select 1 from duties where grid = :code and ended_at is null", code=MICRO)
    again = await imported(centre, editor, rows)
    assert again["units"]["opened"]["codes"] == [MICRO]
    (unit,) = await centre.rows("select closed_at, version from units where code = :code", code=MICRO)
    assert unit == {"closed_at": None, "version": 3}


async def test_a_committee_that_moves_takes_its_units_its_cases_and_its_peoples_rights(
    centre: Centre, editor: Desk
) -> None:
    case_no = await centre.report()
    officer = await centre.desk("officer", COMMITTEE)
    rows = await rows_under(centre, editor, COMMITTEE)
    other = next(code for code in ("310101023P01", "310101023P02") if code != rows[0]["parent"])
    rows = [{**row, "boundary": ""} for row in rows]
    rows[0]["parent"] = other
    told = await imported(centre, editor, rows)
    assert COMMITTEE in told["units"]["changed"]["codes"]
    (unit,) = await centre.rows("select path from units where code = :code", code=MICRO)
    assert unit["path"].endswith(f"/{other}/{COMMITTEE}/{MICRO}/")
    assert await centre.value(case_no, "lead_unit") == COMMITTEE
    assert (await centre.value(case_no, "lead_path")).endswith(f"/{other}/{COMMITTEE}/")
    assert (await centre.see(officer, case_no)).status_code == 200


async def test_open_orders_of_a_closed_unit_are_counted(centre: Centre, editor: Desk) -> None:
    await centre.report()
    committee = (await rows_under(centre, editor, COMMITTEE))[0]
    rows = await rows_under(centre, editor, committee["parent"])
    told = await imported(centre, editor, [row for row in rows if not row["code"].startswith(COMMITTEE)], dry_run=True)
    assert told["open_orders"] == 1


async def test_the_answer_of_a_dry_run_is_never_given_for_the_import_itself(centre: Centre, editor: Desk) -> None:
    client, once = centre.client(editor), {"idempotency-key": "one-file"}
    file = (await client.get("/v1/grids/export", params={"format": "csv", "under": COMMITTEE})).content
    sent: dict[str, Any] = {"content": file, "headers": CSV | once}
    tried = await client.post("/v1/grids/imports", **sent, params={"dry_run": "true"})
    assert (tried.status_code, tried.json()["dry_run"]) == (200, True)
    again = await client.post("/v1/grids/imports", **sent, params={"dry_run": "true"})
    assert again.headers["idempotent-replayed"] == "true"
    meant = await client.post("/v1/grids/imports", **sent)
    assert (meant.status_code, meant.json()["type"].rpartition(":")[2]) == (422, "key-reused")


async def test_a_dry_run_tells_everything_and_keeps_nothing(centre: Centre, editor: Desk) -> None:
    rows = await rows_under(centre, editor, COMMITTEE)
    rows[0]["name"] = "茂名新居委会"
    told = await imported(centre, editor, rows[:-1], dry_run=True)
    assert told["dry_run"] is True
    assert (told["changed"]["count"], told["ended"]["count"]) == (1, 1)
    assert len(await history(centre, COMMITTEE)) == 1
    assert not await centre.told("access.changed")
    assert not await centre.rows("select 1 from audit where action = 'grids.changed'")


async def test_of_a_file_with_a_fault_nothing_is_kept_and_the_cell_is_named(centre: Centre, editor: Desk) -> None:
    rows = await rows_under(centre, editor, COMMITTEE)
    rows[0]["name"], rows[1]["parent"] = "永嘉新居委会", "310101023999"
    answer = await send(centre, editor, rows)
    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:gridloop:problem:grids-refused"
    (error,) = answer.json()["errors"]
    assert (error["field"], error["rule"]) == ("grids.csv:3:parent", "parent")
    assert len(await history(centre, COMMITTEE)) == 1


async def test_an_editor_changes_only_the_grids_of_the_own_subtree(centre: Centre) -> None:
    desk = await centre.desk("editor", "310101023001")
    rows = await rows_under(centre, desk, COMMITTEE)
    rows[0]["name"] = "茂名新居委会"
    answer = await send(centre, desk, rows)
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:gridloop:problem:not-your-grids"
    own = await rows_under(centre, desk, "310101023001")
    own[0]["aliases"] = "雁荡里"
    assert (await imported(centre, desk, own))["changed"]["count"] == 1


async def test_the_change_is_in_the_audit(centre: Centre, editor: Desk) -> None:
    rows = await rows_under(centre, editor, MICRO)
    rows[0]["name"] = "甲"
    await imported(centre, editor, rows)
    (entry,) = await centre.rows("select person, facts from audit where action = 'grids.changed'")
    assert entry["person"] == editor.person
    assert entry["facts"]["changed"] == {"count": 1, "codes": [MICRO]}


async def test_who_may_not_edit_may_not_import(centre: Centre) -> None:
    officer = await centre.desk("officer", COMMITTEE)
    rows = await rows_under(centre, officer, MICRO)
    assert (await send(centre, officer, rows)).status_code == 403


@pytest.mark.parametrize(("form", "media"), [("geojson", "application/geo+json"), ("xlsx", "spreadsheetml.sheet")])
async def test_each_format_comes_back_unchanged(centre: Centre, editor: Desk, form: str, media: str) -> None:
    client = centre.client(editor)
    file = await client.get("/v1/grids/export", params={"format": form, "under": STREET})
    assert media in file.headers["content-type"]
    headers = {"content-type": file.headers["content-type"]}
    answer = await client.post("/v1/grids/imports", content=file.content, headers=headers)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert [told[name]["count"] for name in ("added", "changed", "ended", "readdressed")] == [0, 0, 0, 0]


async def test_unknown_types_and_grids_are_problems(centre: Centre, editor: Desk) -> None:
    client = centre.client(editor)
    assert (await client.post("/v1/grids/imports", content=b"%PDF")).status_code == 415
    assert (await client.get("/v1/grids/export", params={"under": "99"})).status_code == 404
    assert (await client.get("/v1/grids/99/people")).status_code == 404


async def test_who_stands_for_a_grid_is_told_by_title_and_name_alone(centre: Centre) -> None:
    officer = await centre.desk("officer", COMMITTEE)
    answer = await centre.client(officer).get(f"/v1/grids/{COMMITTEE}/people")
    items = answer.json()["items"]
    assert items
    assert all(set(each) == {"duty", "title", "name", "unit", "unit_name"} for each in items)
    assert {each["unit"] for each in items} == {COMMITTEE}
    hotline = await centre.desk("hotline", CITY)
    assert (await centre.client(hotline).get(f"/v1/grids/{COMMITTEE}/people")).status_code == 403


def run(*words: object) -> Any:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.mark.parametrize("name", ["grids.geojson", "grids.csv", "grids.xlsx"])
def test_the_starter_city_goes_out_and_in_without_an_installation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.delenv("GRIDLOOP_ROUTING_DATABASE_URL", raising=False)
    data = ("--data-dir", tmp_path / "data")
    assert run("export-grids", tmp_path / name, "--under", STREET, *data).exit_code == 0
    result = run("import-grids", tmp_path / name, "--dry-run", *data)
    assert result.exit_code == 0, result.output
    assert "0 grids added, 0 changed, 0 ended" in result.output
    assert run("import-grids", tmp_path / name, *data).exit_code == 1


async def test_the_command_changes_the_installation(
    centre: Centre, editor: Desk, routing_urls: Urls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRIDLOOP_ROUTING_DATABASE_URL", routing_urls["routing"])
    file, data = tmp_path / "grids.csv", ("--data-dir", tmp_path)
    result = await asyncio.to_thread(run, "export-grids", file, "--under", MICRO, *data)
    assert result.exit_code == 0, result.output
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join([*lines[:-1]]))
    result = await asyncio.to_thread(run, "import-grids", file, *data)
    assert result.exit_code == 0, result.output
    assert "1 ended" in result.output
    (entry,) = await centre.rows("select voice from audit where action = 'grids.changed'")
    assert entry["voice"] == "system"


async def test_a_geopackage_goes_out_is_edited_and_comes_back(centre: Centre, editor: Desk, tmp_path: Path) -> None:
    """As a map program would do it; and a file in another reference system tells what to do."""
    client, media = centre.client(editor), {"content-type": "application/geopackage+sqlite3"}
    out = await client.get("/v1/grids/export", params={"format": "gpkg", "under": COMMITTEE})
    assert out.headers["content-type"] == media["content-type"]
    file = tmp_path / "grids.gpkg"
    file.write_bytes(out.content)
    with closing(sqlite3.connect(file)) as edited, edited:
        edited.execute("UPDATE grids SET name = '茂名新居委会' WHERE code = ?", (COMMITTEE,))
    sent: dict[str, Any] = {"headers": media, "params": {"dry_run": "true"}}
    told = (await client.post("/v1/grids/imports", content=file.read_bytes(), **sent)).json()
    assert told["changed"]["codes"] == [COMMITTEE]
    with closing(sqlite3.connect(file)) as edited, edited:
        edited.execute("UPDATE gpkg_spatial_ref_sys SET organization_coordsys_id = 4547 WHERE srs_id = 4326")
    refused = await client.post("/v1/grids/imports", content=file.read_bytes(), **sent)
    assert refused.status_code == 422
    assert "EPSG:4490" in refused.text
    no_zip = await client.post("/v1/grids/imports", content=b"x", headers={"content-type": "application/zip"})
    assert (no_zip.status_code, "zip" in no_zip.text) == (422, True)


def test_the_commands_take_map_files_and_write_no_shapefile(tmp_path: Path) -> None:
    run, here = CliRunner(), ["--data-dir", str(tmp_path)]
    file = tmp_path / "grids.gpkg"
    assert run.invoke(app, ["export-grids", str(file), "--under", STREET, *here]).exit_code == 0
    tried = run.invoke(app, ["import-grids", str(file), "--dry-run", *here])
    assert "0 grids added, 0 changed, 0 ended" in tried.output
    refused = run.invoke(app, ["export-grids", str(tmp_path / "grids.zip"), *here])
    assert (refused.exit_code, ".gpkg" in refused.output) == (1, True)
