"""Map data: coarse enough for anybody, paged by links, drawn as RFC 7946 has it."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from grid_centre import COMMITTEE, STREET, Centre
from hypothesis import given, settings
from hypothesis import strategies as some
from shapely.geometry import shape
from sqlalchemy import text

from routing.api import create_app
from routing.city import starter
from routing.maps.coarsening import Path, coarsened, public_path
from services.clocks import now, stopped
from services.settings import Settings

MAPS = "/v1/maps"
MICRO, NEIGHBOUR = "310101023006001", "310101023011"
BINS, LEAKED = "05-01", "21-04"


@pytest.fixture
async def reader(centre: Centre) -> httpx.AsyncClient:
    return centre.client(await centre.desk("officer", COMMITTEE))


async def read(reader: httpx.AsyncClient, path: str, **query: Any) -> dict[str, Any]:
    answer = await reader.get(f"{MAPS}{path}", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def items(reader: httpx.AsyncClient, collection: str, **query: Any) -> list[dict[str, Any]]:
    """All pages, by their links."""
    page = await read(reader, f"/collections/{collection}/items", **query)
    found = list(page["features"])
    while following := [link["href"] for link in page["links"] if link["rel"] == "next"]:
        address = urlsplit(following[0])
        page = (await reader.get(f"{address.path.removeprefix('/routing')}?{address.query}")).json()
        found += page["features"]
    assert page["numberMatched"] == len(found)
    return found


TREE = {
    ("31", "a", "x"): 6, ("31", "a", "y"): 2, ("31", "a", "z"): 1, ("31", "b", "u"): 2, ("31", "b"): 1, ("31", "c"): 5,
}  # fmt: skip


def test_what_is_too_few_goes_up_with_the_others_that_were_too_few() -> None:
    shown = coarsened(TREE, 3)
    assert shown == {
        ("31", "a", "x"): "x", ("31", "a", "y"): "a", ("31", "a", "z"): "a", ("31", "b", "u"): "b", ("31", "b"): "b",
        ("31", "c"): "c",
    }  # fmt: skip
    assert coarsened({("31", "a"): 2}, 3) == {}, "too few in the whole city are not shown at all"
    assert coarsened({}, 3) == {}


PATHS = some.lists(some.sampled_from("ab"), min_size=0, max_size=3).map(lambda below: ("31", *below))


@given(counts=some.dictionaries(PATHS, some.integers(1, 9), max_size=9), minimum=some.integers(2, 12))
@settings(max_examples=150, deadline=None)
def test_no_place_that_is_shown_stands_for_fewer_than_the_minimum(counts: dict[Path, int], minimum: int) -> None:
    shown = coarsened(counts, minimum)
    groups: Counter[tuple[str, int]] = Counter()
    for path, code in shown.items():
        assert code in path
        groups[code, path.index(code)] += counts[path]
    assert all(total >= minimum for total in groups.values())
    left_out = sum(count for path, count in counts.items() if path not in shown)
    assert left_out < minimum


def test_a_path_ends_at_the_neighbourhood_and_skips_what_is_gone() -> None:
    city = starter()
    whole = f"/31/310101/{STREET}/{STREET}P02/{COMMITTEE}/{MICRO}/"
    assert public_path(whole, city) == ("31", "310101", STREET, f"{STREET}P02", COMMITTEE)
    assert public_path("/31/310101/gone/", city) == ("31", "310101")
    assert public_path(None, city) == ()


async def test_a_program_finds_its_way_from_the_landing_page(reader: httpx.AsyncClient) -> None:
    landing = await read(reader, "")
    rels = {link["rel"] for link in landing["links"]}
    assert {"self", "service-desc", "conformance", "data"} <= rels
    kept = await read(reader, "/conformance")
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in kept["conformsTo"]
    told = await read(reader, "/collections")
    assert [each["id"] for each in told["collections"]] == ["grids", "orders", "figures"]
    for each in told["collections"]:
        assert {link["rel"] for link in each["links"]} == {"self", "items"}
        assert (await read(reader, f"/collections/{each['id']}"))["id"] == each["id"]
    assert (await reader.get(f"{MAPS}/collections/people")).status_code == 404


async def test_grids_come_page_by_page_once_each_with_their_rings_the_right_way_round(
    reader: httpx.AsyncClient,
) -> None:
    found = await items(reader, "grids", under=STREET, limit=7)
    city = starter()
    assert [each["id"] for each in found] == sorted(
        grid.code for grid in city.grids if STREET in [above.code for above in city.chain(grid.code)]
    )
    drawn = [each for each in found if each["geometry"]]
    assert len(drawn) > 20
    for each in drawn:
        outline = shape(each["geometry"])
        assert outline.is_valid
        assert outline.exterior.is_ccw, "RFC 7946, 3.1.6"
        assert all(not ring.is_ccw for ring in outline.interiors)
        assert outline.symmetric_difference(city.grid(each["id"]).geometry).area < 1e-8
    one = await read(reader, f"/collections/grids/items/{MICRO}")
    assert (one["type"], one["properties"]["level"]) == ("Feature", "micro")
    assert (await reader.get(f"{MAPS}/collections/grids/items/nowhere")).status_code == 404


async def test_a_box_and_a_level_narrow_the_grids(reader: httpx.AsyncClient) -> None:
    outline = starter().grid(MICRO).geometry
    west, south, east, north = outline.buffer(-1e-5).bounds
    answer = await reader.get(
        f"{MAPS}/collections/grids/items", params={"bbox": f"{west},{south},{east},{north}", "level": "micro"}
    )
    assert answer.headers["content-type"] == "application/geo+json"
    page = answer.json()
    assert MICRO in [each["id"] for each in page["features"]]
    assert page["numberReturned"] == page["numberMatched"] < 6
    assert (await read(reader, "/collections/grids/items", bbox="0,0,1,1"))["features"] == []


ASTRAY = (
    {"limit": "0"}, {"limit": "x"}, {"offset": "-1"}, {"bbox": "1,2,3"}, {"bbox": "5,0,1,1"}, {"bbox": "nan,0,1,1"},
    {"datetime": "yesterday"}, {"level": "planet"}, {"month": "2026-10"}, {"crs": "EPSG:4547"}, {"f": "kml"},
)  # fmt: skip


async def test_what_cannot_be_meant_is_a_400_that_says_the_remedy(reader: httpx.AsyncClient) -> None:
    for query in ASTRAY:
        answer = await reader.get(f"{MAPS}/collections/grids/items", params=query)
        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json"), query
        (fault,) = answer.json()["errors"]
        assert fault["remedy"]
    assert (await read(reader, "/collections/grids/items", limit="99999"))["numberReturned"] <= 2000
    running = await reader.get(f"{MAPS}/collections/figures/items", params={"month": f"{now():%Y-%m}"})
    assert running.status_code == 400


async def reported(centre: Centre, count: int, grid: str, issue: str = BINS, **facts: Any) -> list[str]:
    told = {"channel": "open311", **facts}
    return [await centre.report(issue=issue, grid=grid, **told) for _ in range(count)]


async def test_public_cases_are_shown_where_enough_share_the_place_and_others_nowhere(
    centre: Centre, reader: httpx.AsyncClient
) -> None:
    here = await reported(centre, 10, MICRO)
    few = await reported(centre, 3, NEIGHBOUR)
    await reported(centre, 2, MICRO, channel="hotline")
    await reported(centre, 2, MICRO, issue=LEAKED)
    await reported(centre, 2, MICRO, confidential=True)
    found = await items(reader, "orders", limit=4)
    assert Counter(each["properties"]["grid"] for each in found) == {COMMITTEE: 10}
    assert len({each["id"] for each in found}) == 10
    city = starter()
    told = str(found)
    assert not any(case_no in told for case_no in [*here, *few])
    for each in found:
        assert city.grid(COMMITTEE).geometry.covers(shape(each["geometry"]))
        assert set(each["properties"]) == {
            "grid", "name", "level", "within", "issue", "issue_name", "stage", "outcome", "received", "closed",
        }  # fmt: skip
        assert len(each["properties"]["received"]) == len("2026-11-24")
    one = await read(reader, f"/collections/orders/items/{found[0]['id']}")
    assert one["properties"] == found[0]["properties"]
    assert (await reader.get(f"{MAPS}/collections/orders/items/{here[0]}")).status_code == 404
    more = await reported(centre, 7, NEIGHBOUR)
    both = Counter(each["properties"]["grid"] for each in await items(reader, "orders"))
    assert both == {COMMITTEE: 10, NEIGHBOUR: len(few) + len(more)}


async def test_public_cases_are_narrowed_by_what_is_shown(centre: Centre, reader: httpx.AsyncClient) -> None:
    await reported(centre, 10, MICRO)
    (first, *_) = await items(reader, "orders")
    lon, lat = first["geometry"]["coordinates"]
    near = f"{lon - 1e-5},{lat - 1e-5},{lon + 1e-5},{lat + 1e-5}"
    assert len(await items(reader, "orders", bbox=near)) == 10
    assert await items(reader, "orders", bbox="121.0,30.0,121.1,30.1") == []
    assert len(await items(reader, "orders", issue="05")) == 10
    assert await items(reader, "orders", issue="01") == []
    assert len(await items(reader, "orders", datetime=f"{now() - timedelta(days=2):%Y-%m-%dT%H:%M:%SZ}/..")) == 10
    assert await items(reader, "orders", datetime="2020-01-01T00:00:00Z/2020-02-01T00:00:00Z") == []


async def test_figures_of_a_month_share_its_cases_out(centre: Centre, reader: httpx.AsyncClient) -> None:
    month = datetime(2026, 9, 15, 4, tzinfo=UTC)
    await reported(centre, 12, MICRO, channel="hotline")
    await reported(centre, 4, NEIGHBOUR)
    await reported(centre, 6, STREET)
    await reported(centre, 3, MICRO, issue=LEAKED)
    async with centre.database.unit() as session:
        await session.execute(text("update orders set received_at = :at, case_due = :due"), {"at": month, "due": month})
        done = "update orders set handled_at = :at where grid = :grid and channel = 'hotline'"
        await session.execute(text(done), {"at": month - timedelta(hours=1), "grid": MICRO})
    found = {each["properties"]["grid"]: each for each in await items(reader, "figures", month="2026-09")}
    assert {code: each["properties"]["cases"] for code, each in found.items()} == {COMMITTEE: 12, STREET: 10}
    assert found[STREET]["properties"]["rest"]
    assert found[COMMITTEE]["properties"]["in_time_percent"] == 100
    assert found[STREET]["properties"]["in_time_percent"] == 0
    one = await read(reader, f"/collections/figures/items/{COMMITTEE}@2026-09")
    assert one["properties"] == found[COMMITTEE]["properties"]
    assert shape(one["geometry"]).exterior.is_ccw
    assert await items(reader, "figures", month="2026-08") == []


@pytest.fixture
async def open_maps(routing_settings: Settings, centre: Centre) -> AsyncIterator[httpx.AsyncClient]:
    """The same rows, in a city that publishes its maps."""
    app = create_app(routing_settings.model_copy(update={"public_maps": True, "public_rate_per_minute": 3}))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://maps") as anybody:
        yield anybody
    await app.state.database.close()


async def test_without_a_key_maps_are_read_only_where_the_city_publishes_them(
    centre: Centre, open_maps: httpx.AsyncClient
) -> None:
    assert (await centre.client(None).get(MAPS)).status_code == 401
    with stopped(now()):
        answers = [await open_maps.get(f"{MAPS}/collections") for _ in range(4)]
    assert [each.status_code for each in answers] == [200, 200, 200, 429]
