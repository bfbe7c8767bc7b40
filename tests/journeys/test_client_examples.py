"""What the READMEs and the client's guide show in Python runs as it stands, against a running house."""

import asyncio
import json
import os
import re
import sys
from pathlib import Path

import pytest

from services import standalone
from services.client import Case, Gridloop, Refused
from services.settings import Settings

ROOT = Path(__file__).parents[2]
RUBBISH = "弄堂口垃圾堆了三天没人清运。"


def example_of(guide: str) -> str:
    (found,) = re.findall(r"^```python\n(.*?)^```$", (ROOT / guide).read_text(encoding="utf-8"), re.M | re.S)
    return str(found)


async def run(code: str, place: Path, settings: Settings, port: int) -> str:
    """In a process of its own, with the credentials where `make demo` writes them."""
    (place / ".gridloop").mkdir()
    (place / ".gridloop/credentials.json").write_text(json.dumps(standalone.credentials(settings)))
    here = code.replace("http://127.0.0.1:8311", f"http://127.0.0.1:{port}")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", here, cwd=place, env=environment, stdout=asyncio.subprocess.PIPE, stderr=-2
    )
    out, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, out.decode()
    return out.decode()


@pytest.mark.parametrize("guide", ["README.md", "README.zh.md"])
async def test_the_readmes_example_posts_a_case_that_is_routed(
    guide: str, house: Settings, port: int, tmp_path: Path
) -> None:
    told = await run(example_of(guide), tmp_path, house, port)
    assert re.fullmatch(r"\d{16} (handle\.dispatched \{'code': '310101023.*\}|discover\.registered None)\n", told), told
    case = await dispatched(house, port, told[:16])
    assert case["unit"]


async def dispatched(house: Settings, port: int, case_no: str) -> Case:
    """The case once routing has had it: on a slow machine that takes longer than the example waits."""
    async with Gridloop(f"http://127.0.0.1:{port}", standalone.credentials(house)["hotline"]) as hotline:
        async with asyncio.timeout(60):
            while (case := await hotline.case(case_no))["state"] != "handle.dispatched":
                await asyncio.sleep(0.2)
    return case


async def test_the_guides_example_posts_chases_and_lists(house: Settings, port: int, tmp_path: Path) -> None:
    code = example_of("docs/client.md")
    start = "\n\nimport json, pathlib\nkeys = json.loads(pathlib.Path('.gridloop/credentials.json').read_text())\n"
    told = await run(f"{code}{start}asyncio.run(main(keys['hotline']))\n", tmp_path, house, port)
    assert "Traceback" not in told
    async with Gridloop(f"http://127.0.0.1:{port}", standalone.credentials(house)["hotline"]) as hotline:
        (posted,) = [each async for each in hotline.cases(external_id="SH12345-20261124-000124")]
        moves = [entry["move"] for entry in (await hotline.case(posted["case_no"]))["timeline"]]
    assert "chase" in moves


async def test_a_case_goes_from_the_hotline_to_the_check_through_the_client(house: Settings, port: int) -> None:
    keys = standalone.credentials(house)
    async with Gridloop(f"http://127.0.0.1:{port}", keys["hotline"]) as hotline:
        told = {"issue_code": "05-01", "grid_code": "310101023011", "description": RUBBISH}
        case = await hotline.post_case(channel="hotline", item_type="complaint", wait=8, **told)
        await dispatched(house, port, case["case_no"])
        officer = hotline.with_key(keys["officer"])
        order = await officer.order(case["case_no"])
        moved = await officer.move(order, "accept")
        with pytest.raises(Refused) as caught:
            await officer.move(order, "accept")
        assert caught.value.lost_race
        with pytest.raises(Refused) as unfit:
            await officer.move(moved.order, "report-done", done="已清运")
        assert [each.field for each in unfit.value.faults] == ["public_answer"]
        photo = [{"kind": "photo", "shows": "清运后"}]
        done = await officer.move(moved.order, "report-done", done="已清运", public_answer="已清运", evidence=photo)
        assert (done.order["state"], done.proposal) == ("supervise.checking", None)
        assert case["case_no"] in [each["case_no"] async for each in officer.orders(state="supervise.checking")]
        assert (await hotline.who(text=RUBBISH, grid="310101023011"))["lead"]


async def test_map_data_and_grids_go_through_the_client(house: Settings, port: int) -> None:
    keys = standalone.credentials(house)
    async with Gridloop(f"http://127.0.0.1:{port}", keys["editor"]) as editor:
        micro = [each async for each in editor.features("grids", under="310101023006", level="micro", limit=2)]
        assert [each["id"] for each in micro] == sorted(each["id"] for each in micro)
        assert len(micro) > 2
        query = {"format": "gpkg", "under": "310101023006"}
        out = await editor.ask("GET", "/routing/v1/grids/export", query=query)
        told = await editor.import_grids(out.content, out.headers["content-type"], dry_run=True)
        assert (told["dry_run"], told["added"]["count"], told["changed"]["count"]) == (True, 0, 0)
        with pytest.raises(Refused) as caught:
            _ = [each async for each in editor.features("grids", bbox="1,2,3")]
        assert [each.field for each in caught.value.faults] == ["bbox"]
