"""What an order is matched by, as the API shows it, and the match as a dry run."""

from typing import Any

import httpx
import pytest
from grid_centre import Centre

from services.roles import Role

STREET, YANDANG = "310101023", "310101023001"


@pytest.fixture
async def client(centre: Centre) -> httpx.AsyncClient:
    return centre.client(await centre.desk("dispatcher", "31"))


async def get(client: httpx.AsyncClient, path: str, **query: Any) -> Any:
    answer = await client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def every(client: httpx.AsyncClient, path: str, **query: Any) -> list[dict[str, Any]]:
    """All pages of a list."""
    page = await get(client, path, **query)
    items: list[dict[str, Any]] = page["items"]
    while page["next"]:
        page = await get(client, path, **query, cursor=page["next"])
        items += page["items"]
    return items


class TestADryRun:
    async def test_it_answers_who_and_why(self, client: httpx.AsyncClient) -> None:
        told = {
            "description": "楼道里堆满了纸箱和旧家具，走不过去",
            "address": "瑞金二路街道永嘉居委会",
            "item_type": "complaint",
        }
        answer = await client.post("/v1/matches", json=told)
        assert answer.status_code == 200
        body = answer.json()
        assert body["sure"]
        assert body["issue"] == {"code": "08-04", "name": "楼道堆物"}
        assert [each["code"] for each in body["chain"]] == ["310101023011", "310101023P04", STREET, "310101", "31"]
        assert body["lead"]["name"] == "永嘉居委会"
        assert body["explanation"]["row"] == "S01"
        assert body["limit"]
        assert "永嘉居委会" in body["explanation"]["sentence"]

    async def test_where_it_is_unsure_it_names_what_it_could_be(self, client: httpx.AsyncClient) -> None:
        body = (await client.post("/v1/matches", json={"description": "光明村楼道堆物没人清"})).json()
        assert not body["sure"]
        assert body["lead"] is None
        assert len(body["grid_candidates"]) == 7
        assert body["issue_candidates"]

    async def test_a_point_in_any_system_is_a_place(self, client: httpx.AsyncClient) -> None:
        told = {"issue_code": "08-04", "location": {"lon": 121.4675, "lat": 31.2138, "crs": "GCJ-02"}}
        body = (await client.post("/v1/matches", json=told)).json()
        assert body["sure"]
        assert body["grid"]["code"].startswith(STREET)

    async def test_nothing_is_kept_of_it(self, client: httpx.AsyncClient, statements: list[str]) -> None:
        await client.post("/v1/matches", json={"description": "飞线充电"})
        written = [each for each in statements if each.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE"))]
        assert [each for each in written if "INTO key_uses" not in each] == []  # that the key was used today

    @pytest.mark.parametrize(
        ("told", "field"),
        [
            ({}, "description"),
            ({"issue_code": "99-99"}, "issue_code"),
            ({"description": "吵", "grid_code": "999"}, "grid_code"),
            ({"description": "吵", "location": {"lon": 999, "lat": 31}}, "location.lon"),
            ({"description": "吵", "colour": "red"}, "colour"),
        ],
    )
    async def test_what_cannot_be_is_refused_by_field(
        self, client: httpx.AsyncClient, told: dict[str, Any], field: str
    ) -> None:
        answer = await client.post("/v1/matches", json=told)
        assert answer.status_code == 422
        assert [each["field"] for each in answer.json()["errors"]] == [field]

    @pytest.mark.parametrize("role", ["caller", "administrator"])
    async def test_it_is_not_for_every_role(self, centre: Centre, role: str) -> None:
        client = centre.client(await centre.desk(role, "31"))
        assert (await client.post("/v1/matches", json={"description": "吵"})).status_code == 403


class TestGrids:
    async def test_the_tree_can_be_walked_down(self, client: httpx.AsyncClient) -> None:
        districts = await every(client, "/v1/grids", parent="31")
        assert len(districts) == 16
        assert {each["kind"] for each in districts} == {"district"}
        areas = await every(client, "/v1/grids", parent=STREET)
        assert {each["kind"] for each in areas} == {"area"}

    async def test_a_name_is_found_by_a_part_of_it(self, client: httpx.AsyncClient) -> None:
        found = await every(client, "/v1/grids", q="光明村", kind="committee")
        assert len(found) >= 7
        assert all("光明村" in each["name"] for each in found)

    async def test_a_name_is_found_by_the_initials_of_its_pinyin(self, client: httpx.AsyncClient) -> None:
        found = await every(client, "/v1/grids", q="rj", kind="street")
        assert found[0]["code"] == STREET
        assert "310105" in {each["code"] for each in await every(client, "/v1/grids", q="cn", kind="district")}

    async def test_what_begins_with_it_comes_first(self, client: httpx.AsyncClient) -> None:
        names = [each["name"] for each in await every(client, "/v1/grids", q="永嘉")]
        starts = [name.startswith("永嘉") for name in names]
        assert starts == sorted(starts, reverse=True)
        assert starts[0]

    async def test_an_abolished_district_is_found_by_its_name(self, client: httpx.AsyncClient) -> None:
        assert [each["code"] for each in await every(client, "/v1/grids", q="闸北")] == ["310106"]

    async def test_pages_follow_each_other_without_a_gap(self, client: httpx.AsyncClient) -> None:
        found = await every(client, "/v1/grids", kind="street", limit=50)
        assert len({each["code"] for each in found}) == len(found) == 234

    async def test_one_grid_shows_all_that_belongs_to_it(self, client: httpx.AsyncClient) -> None:
        grid = await get(client, f"/v1/grids/{YANDANG}")
        assert [each["code"] for each in grid["chain"]][-1] == "31"
        assert len(grid["children"]) == 4
        assert grid["unit"]["name"] == "雁荡居委会"
        assert grid["station"]["phone"].startswith("021-0000")
        assert grid["boundary"]["type"] == "Polygon"
        assert grid["boundary_source"] == "synthetic"

    async def test_a_covered_grid_names_the_unit_that_answers_for_it(self, client: httpx.AsyncClient) -> None:
        grid = await get(client, "/v1/grids/310101023Z07")
        assert grid["covered_by"] == "310101023003"
        assert grid["unit"]["code"] == "310101023003"


class TestTheLists:
    async def test_issues_are_read_by_class_and_by_words(self, client: httpx.AsyncClient) -> None:
        assert len(await every(client, "/v1/issues")) == 255
        inside = await every(client, "/v1/issues", parent="08")
        assert {each["code"][:3] for each in inside} == {"08-"}
        assert "08-01" in {each["code"] for each in await every(client, "/v1/issues", q="飞线")}

    async def test_issues_are_found_by_initials(self, client: httpx.AsyncClient) -> None:
        assert (await every(client, "/v1/issues", q="lddw"))[0]["code"] == "08-04"

    async def test_one_issue_shows_its_conditions(self, client: httpx.AsyncClient) -> None:
        issue = await get(client, "/v1/issues/01-02")
        assert issue["reserved_to"] == "market"
        assert issue["limit"] == "5 working_days"
        assert issue["filing_condition"]

    async def test_responsibilities_are_read_by_issue(self, client: httpx.AsyncClient) -> None:
        rows = await every(client, "/v1/responsibilities", issue="01-02")
        assert {each["row"] for each in rows} >= {"R003", "H01", "R001"}

    async def test_the_row_that_wins_at_a_place_is_told_with_the_losers(self, client: httpx.AsyncClient) -> None:
        body = await get(client, "/v1/responsibilities", issue="01-02", grid=YANDANG)
        assert body["winner"] == "H01"
        assert body["lead"]["code"] == "310101023P02"
        assert {each["row"]: each["loss"] for each in body["lost"]}["R003"] == "weaker_scope"

    async def test_elsewhere_the_department_has_it(self, client: httpx.AsyncClient) -> None:
        body = await get(client, "/v1/responsibilities", issue="01-02", grid="310104003")
        assert body["lead"]["code"] == "310104-market"


class TestUnits:
    async def test_units_are_read_below_one_and_by_name(self, client: httpx.AsyncClient) -> None:
        offices = await every(client, "/v1/units", parent=STREET)
        assert f"{STREET}-management" in {each["code"] for each in offices}
        assert {each["code"] for each in await every(client, "/v1/units", q="瑞金二路街道自治")} == {
            f"{STREET}-autonomy"
        }

    async def test_units_are_found_by_initials(self, client: httpx.AsyncClient) -> None:
        assert STREET in {each["code"] for each in await every(client, "/v1/units", q="rjel")}

    async def test_one_unit_says_where_it_stands(self, client: httpx.AsyncClient) -> None:
        unit = await get(client, f"/v1/units/{STREET}-safety")
        assert unit["grassroots"]
        assert unit["parent"] == STREET
        assert unit["function"] == "safety"


class TestWhoMayRead:
    PATHS = ("/v1/grids", "/v1/issues", "/v1/responsibilities", "/v1/units", f"/v1/grids/{YANDANG}")

    @pytest.mark.parametrize("role", sorted(Role))
    async def test_every_role_may_look_things_up(self, centre: Centre, role: str) -> None:
        client = centre.client(await centre.desk(role, "31"))
        for path in self.PATHS:
            assert (await client.get(path, params={"limit": 1})).status_code == 200

    async def test_without_a_key_nothing_is_shown(self, centre: Centre) -> None:
        client = centre.client(None)
        for path in self.PATHS:
            assert (await client.get(path)).status_code == 401

    @pytest.mark.parametrize("path", ["/v1/grids/9", "/v1/issues/99-99", "/v1/units/nobody"])
    async def test_what_does_not_exist_is_not_found(self, client: httpx.AsyncClient, path: str) -> None:
        assert (await client.get(path)).status_code == 404

    async def test_a_broken_cursor_is_refused(self, client: httpx.AsyncClient) -> None:
        assert (await client.get("/v1/grids", params={"cursor": "nonsense"})).status_code == 422
