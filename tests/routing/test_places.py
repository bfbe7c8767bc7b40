"""Where it is: what decides a place, and that nothing is ever guessed."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from routing.city import City, Grid, GridKind
from routing.geodesy import from_wgs84
from routing.lists import starter_lists
from routing.places import PlaceGuess, Places, Reason
from routing.places.letters import arabic, fold, folded, number
from routing.places.phrases import Role
from routing.places.spellings import committee_bases, nicknames, street_base
from routing.places.traditional import SIMPLIFIED, TO_SIMPLIFIED, TRADITIONAL
from services.messages import Location, Place

DEVELOPMENT = Path(__file__).parent / "data" / "places_dev.jsonl"
RUIJIN, YANDANG, YONGJIA, WULIQIAO, SANGCHENG = (
    "310101023",
    "310101023001",
    "310101023011",
    "310101020",
    "310101020018",
)
Answers = list[tuple[dict[str, Any], PlaceGuess]]
STEP = 7
"""Every seventh committee is asked about; all of them take too long for a test."""


@pytest.fixture(scope="module")
def places(city: City) -> Places:
    return Places(city)


@pytest.fixture(scope="module")
def committees(city: City) -> list[Grid]:
    return [grid for grid in city.grids if grid.kind is GridKind.COMMITTEE]


def street(city: City, grid: Grid) -> Grid:
    return next(each for each in city.chain(grid.code) if each.kind is GridKind.STREET)


def district(city: City, grid: Grid) -> Grid:
    return city.grid(grid.code[:6])


@pytest.fixture(scope="module")
def answers(places: Places) -> Answers:
    lines = [json.loads(line) for line in DEVELOPMENT.read_text("utf-8").splitlines()]
    return [(line, places.guess(line["text"], Place(district=line.get("hint_district")))) for line in lines]


class TestADevelopmentSetWrittenForIt:
    def test_it_is_large_enough_to_mean_something(self, answers: Answers) -> None:
        assert len(answers) >= 150
        assert len({line["text"] for line, _ in answers}) == len(answers)

    def test_nearly_all_are_exact(self, answers: Answers) -> None:
        exact = sum(guess.grid == line["expect"] for line, guess in answers)
        assert exact / len(answers) >= 0.95

    def test_none_is_wrong_with_confidence(self, city: City, answers: Answers) -> None:
        wrong = [
            line["text"]
            for line, guess in answers
            if guess.grid and guess.grid not in {each.code for each in _chain(city, line["expect"])}
        ]
        assert wrong == []

    def test_a_question_names_what_it_could_be(self, answers: Answers) -> None:
        for line, guess in answers:
            if line.get("candidates") and guess.grid is None:
                assert set(guess.candidates) & set(line["candidates"]), line["text"]


def _chain(city: City, code: str | None) -> tuple[Grid, ...]:
    return city.chain(code) if code else ()


class TestTheWholeCity:
    def test_a_street_and_a_committee_together_are_always_that_committee(
        self, city: City, places: Places, committees: list[Grid]
    ) -> None:
        for grid in committees[::STEP]:
            told = f"{street(city, grid).name}{grid.name}门口有人乱倒垃圾"
            assert places.guess(told).grid == grid.code, told

    def test_also_where_the_district_is_a_wrong_one(self, city: City, places: Places, committees: list[Grid]) -> None:
        for grid, other in zip(committees[::STEP], committees[1::STEP], strict=False):
            told = f"{district(city, other).name}{street(city, grid).name}{grid.name}的电梯坏了"
            assert places.guess(told).grid == grid.code, told

    def test_a_committee_alone_only_counts_where_its_name_is_unique(
        self, places: Places, committees: list[Grid]
    ) -> None:
        names = Counter(grid.name for grid in committees)
        for grid in committees[::STEP]:
            found = places.guess(f"{grid.name}楼道里堆满杂物").grid
            assert found in ((grid.code, None) if names[grid.name] == 1 else (None,)), grid.name

    def test_a_namesake_is_never_chosen(self, places: Places, committees: list[Grid]) -> None:
        names = Counter(grid.name for grid in committees)
        for name in (name for name, times in names.items() if times > 1):
            guess = places.guess(f"{name}有人半夜放音乐")
            assert guess.grid is None, name
            assert {grid.code for grid in committees if grid.name == name} & set(guess.candidates)

    def test_a_committee_of_another_street_is_a_question(
        self, city: City, places: Places, committees: list[Grid]
    ) -> None:
        named = {(street(city, grid).code, grid.name) for grid in committees}
        for grid, other in zip(committees[::STEP], committees[3::STEP], strict=False):
            elsewhere = street(city, other)
            if (elsewhere.code, grid.name) not in named:
                told = f"{elsewhere.name}{grid.name}的路坏了"
                assert places.guess(told).grid is None, told

    def test_the_matter_goes_before_the_callers_home(self, city: City, places: Places, committees: list[Grid]) -> None:
        for home, grid in zip(committees[::STEP], committees[2::STEP], strict=False):
            told = f"我住在{street(city, home).name}{home.name}，反映{street(city, grid).name}{grid.name}有人摆摊"
            assert places.guess(told).grid == grid.code, told

    def test_no_word_of_the_issue_list_is_a_place(self, places: Places) -> None:
        for issue in starter_lists().issues:
            for words in (*issue.phrases, *issue.questions, *issue.keywords, issue.filing_condition):
                assert places.guess(words, Place(district="310101")).grid is None, words


class TestWhatDecides:
    @pytest.mark.parametrize(
        ("told", "reason"),
        [
            ("瑞金二路街道雁荡居委会", Reason.STREET_AND_COMMITTEE),
            ("雁荡居委会", Reason.UNIQUE_COMMITTEE),
            ("奉贤区光明村", Reason.SETTLED_BY_DISTRICT),
            ("光明村", Reason.NAMESAKES),
            ("五里桥街道", Reason.STREET),
            ("南京路街道", Reason.AMBIGUOUS_STREET),
            ("五里桥街道雁荡居委会", Reason.CONTRADICTION),
            ("五里桥街道和瑞金二路街道之间", Reason.SEVERAL_PLACES),
            ("南京西路上", Reason.NOT_ENOUGH),
            ("楼上漏水", Reason.NOTHING),
        ],
    )
    def test_the_reason_is_told(self, places: Places, told: str, reason: Reason) -> None:
        assert places.guess(told).reason is reason

    def test_the_words_understood_are_told_with_their_place_in_the_text(self, places: Places) -> None:
        told = "黃浦區 瑞金２路街道，雁蕩居委會"
        spans = [(each.words, told[each.start : each.end]) for each in places.guess(told).evidence]
        assert spans
        assert all(words == span for words, span in spans)

    def test_a_home_is_told_apart_from_the_matter(self, places: Places) -> None:
        guess = places.guess("我住在瑞金二路街道雁荡居委会，反映五里桥街道桑城居委会门口的摊贩")
        roles = {each.words: each.role for each in guess.evidence}
        assert roles["雁荡居委会"] == Role.HOME
        assert roles["桑城居委会"] == Role.MATTER

    def test_a_home_does_not_stand_in_for_a_matter_somewhere_else(self, places: Places) -> None:
        assert places.guess("我住在五里桥街道桑城居委会，在中山北路看到有人摆摊").grid is None
        assert places.guess("我住在五里桥街道桑城居委会，在浦东新区看到有人摆摊").grid is None

    def test_a_home_is_the_place_where_no_other_is_told(self, places: Places) -> None:
        assert places.guess("我住在五里桥街道桑城居委会，小区门口天天有人摆摊").grid == SANGCHENG

    def test_the_same_text_has_the_same_answer(self, places: Places, city: City) -> None:
        told = "五里桥街道桑成居委会或者光明村，我也说不清"
        assert places.guess(told) == places.guess(told) == Places(city).guess(told)


class TestOneWrongLetter:
    @pytest.mark.parametrize("told", ["瑞金二路街道雁当居委会", "瑞金二陆街道雁荡居委会"])
    def test_it_is_read_where_other_words_support_it(self, places: Places, told: str) -> None:
        assert places.guess(told).grid == YANDANG

    @pytest.mark.parametrize("told", ["雁当居委会门口", "在阳光的居委会", "光朋村", "南京中路街道"])
    def test_it_is_not_read_alone_or_where_several_are_near(self, places: Places, told: str) -> None:
        assert places.guess(told).grid is None

    def test_it_is_less_sure_than_the_right_one(self, places: Places) -> None:
        right, wrong = places.guess("瑞金二路街道雁荡居委会"), places.guess("瑞金二路街道雁当居委会")
        assert wrong.confidence < right.confidence

    def test_a_number_is_never_a_slip(self, places: Places) -> None:
        assert places.guess("田林街道田林十五村第九居委会").grid in (None, "310104011")


class TestHouseNumbersAndEstates:
    def test_a_number_that_a_row_covers_leads_to_the_micro_grid(self, places: Places, city: City) -> None:
        guess = places.guess("瑞金二路街道永嘉路120弄垃圾桶满了")
        assert guess.grid
        assert city.grid(guess.grid).kind is GridKind.MICRO
        assert guess.reason is Reason.ADDRESS

    def test_a_road_alone_is_no_place_even_with_a_number_nobody_knows(self, places: Places) -> None:
        assert places.guess("永嘉路上有人摆摊", Place(district="310101")).grid is None
        assert places.guess("永嘉路9999号", Place(district="310101")).grid is None

    def test_a_number_in_words_alone_needs_its_district(self, places: Places) -> None:
        """Roads have namesakes, and the same road goes through several districts."""
        assert places.guess("永嘉路120弄的路灯坏了").grid is None
        assert places.guess("永嘉路120弄的路灯坏了", Place(district="310101")).grid

    def test_the_field_for_the_address_means_one(self, places: Places) -> None:
        told = places.guess("路灯坏了", Place(address="永嘉路120弄3号"))
        assert told.grid == places.guess("瑞金二路街道永嘉路120弄").grid

    def test_an_estate_and_its_house_lead_to_the_building_group(self, places: Places, city: City) -> None:
        guess = places.guess("瑞金二路街道步高里3号漏水")
        assert guess.grid
        assert city.grid(guess.grid).kind is GridKind.BUILDING_GROUP

    def test_the_dedicated_grid_is_first(self, places: Places, city: City) -> None:
        guess = places.guess("瑞金二路街道淮海中路840号的扶梯坏了")
        assert guess.grid
        assert city.grid(guess.grid).kind is GridKind.MALL

    def test_a_named_committee_goes_before_a_number_that_says_otherwise(self, places: Places) -> None:
        assert places.guess("瑞金二路街道雁荡居委会永嘉路120弄").grid == YANDANG

    def test_a_number_does_not_speak_against_a_named_street(self, places: Places) -> None:
        """The rows know one street's part of the road."""
        assert places.guess("天平路街道永嘉路120弄").grid == "310104003"


class TestWhatIsGiven:
    def point(self, city: City, code: str, crs: str = "WGS-84") -> Location:
        geometry = city.grid(code).geometry
        assert geometry is not None
        inside = geometry.representative_point()
        lon, lat = from_wgs84((inside.x, inside.y), crs)
        return Location.model_validate({"lon": lon, "lat": lat, "crs": crs})

    @pytest.mark.parametrize("crs", ["WGS-84", "CGCS2000", "GCJ-02", "BD-09"])
    def test_a_point_is_a_place_in_every_system(self, places: Places, city: City, crs: str) -> None:
        guess = places.guess("垃圾没人收", Place(location=self.point(city, "310101023011001", crs)))
        assert guess.grid == "310101023011001"
        assert guess.reason is Reason.COORDINATES

    def test_words_and_a_point_inside_them_are_the_point(self, places: Places, city: City) -> None:
        given = Place(location=self.point(city, "310101023011001"))
        assert places.guess("瑞金二路街道永嘉居委会", given).grid == "310101023011001"

    def test_words_against_a_point_are_a_question(self, places: Places, city: City) -> None:
        guess = places.guess("五里桥街道桑城居委会", Place(location=self.point(city, "310101023011001")))
        assert guess.grid is None
        assert set(guess.candidates) == {SANGCHENG, "310101023011001"}

    def test_a_given_grid_is_taken_and_made_finer_by_words(self, places: Places) -> None:
        assert places.guess("楼道堆物", Place(grid=YANDANG)).grid == YANDANG
        assert places.guess("永嘉居委会楼道堆物", Place(grid=RUIJIN)).grid == YONGJIA

    def test_an_unknown_grid_or_district_is_no_help(self, places: Places) -> None:
        assert places.guess("楼道堆物", Place(grid="999999999999", district="999999")).grid is None

    def test_a_district_alone_is_no_place(self, places: Places) -> None:
        assert places.guess("楼道堆物", Place(district="310101")).grid is None

    def test_the_address_is_the_matter_where_the_text_tells_a_home(self, places: Places) -> None:
        given = Place(address="五里桥街道桑城居委会")
        assert places.guess("我住在瑞金二路街道雁荡居委会，那边有人摆摊", given).grid == SANGCHENG

    def test_a_sight_spoken_of_in_the_text_does_not_speak_against_the_address(self, places: Places) -> None:
        given = Place(address="永嘉新坊12号", district="310101")
        found = places.guess("电梯坏了，我先生每个星期要去瑞金医院做康复", given)
        assert found.grid == places.guess("瑞金二路街道永嘉新坊12号").grid

    def test_an_address_against_the_text_is_a_question(self, places: Places) -> None:
        given = Place(address="五里桥街道桑城居委会")
        assert places.guess("反映瑞金二路街道雁荡居委会门口的摊贩", given).grid is None


class TestOneWayOfWriting:
    def test_width_blanks_tradition_and_numerals_are_the_same(self) -> None:
        assert folded("瑞金２路　街 道") == folded("瑞金二路街道") == "瑞金2路街道"
        assert folded("臺灣路鐘樓") == "台湾路钟楼"

    def test_each_letter_knows_where_it_stood(self) -> None:
        told = "瑞金 二路"
        assert fold(told).told(0, 4) == (0, 5)

    @pytest.mark.parametrize(
        ("digits", "value"),
        [("120", 120), ("1百2十", 120), ("十4", 14), ("2千8百", 2800), ("十百", None)],
    )
    def test_numbers_are_read(self, digits: str, value: int | None) -> None:
        assert number(digits) == value

    def test_a_name_is_known_by_either_writing_of_its_number(self) -> None:
        assert arabic("田林十4村") == "田林14村"
        assert {"田林14村1", "田林14村第1", "田林十4村1"} <= committee_bases("田林十四村第一居委会")

    def test_streets_have_short_names(self) -> None:
        assert street_base("川沙新镇") == "川沙"
        assert street_base("菊园新区") is None
        assert "曹杨" in nicknames("曹杨新村")
        assert {"瑞金", "瑞金路"} <= nicknames("瑞金2路")

    def test_no_traditional_character_is_listed_twice_or_maps_to_itself(self) -> None:
        assert len(set(TRADITIONAL)) == len(TRADITIONAL) == len(SIMPLIFIED)
        assert all(one != other for one, other in TO_SIMPLIFIED.items())

    def test_no_name_is_written_with_a_character_that_the_table_would_change(self, city: City) -> None:
        names = {letter for grid in city.grids for letter in grid.name} | {
            letter for address in city.addresses for letter in address.name
        }
        assert not names & set(TRADITIONAL)
