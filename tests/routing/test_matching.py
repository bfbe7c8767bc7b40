"""Who is responsible: the row that wins at the place, never against the law, never the accused, and always with why."""

import json
from datetime import date

import pytest

from routing.catalogue import Catalogue
from routing.city import GridKind, Level
from routing.conflicts import above, accused
from routing.lists import Issue
from routing.matching import Match, Question, answer_of_list, match, reserved
from services.limits import Limit, LimitUnit
from services.messages import Place

DAY = date(2025, 3, 3)
BEFORE_HANDING_DOWN = date(2024, 1, 15)
STREET, AREA, YANDANG, MICRO = "310101023", "310101023P02", "310101023001", "310101023001001"
OTHER_STREET, SANGCHENG = "310101020", "310101020018"
LIFT_INSPECTION, CORRIDOR, COMMITTEE_WORK, LAMP = "01-02", "08-04", "20-04", "09-02"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.starter()


def ask(
    catalogue: Catalogue,
    text: str,
    issue: str | None = None,
    item_type: str = "complaint",
    day: date = DAY,
    **place: str,
) -> Match:
    question = Question(text, issue, Place.model_validate(place), item_type)
    return match(question, catalogue, day=day, threshold=0.7)


class TestTheAnswer:
    def test_place_issue_row_and_units_come_together(self, catalogue: Catalogue) -> None:
        found = ask(catalogue, "瑞金二路街道雁荡居委会有人从窗口拉线下来给电瓶车充电，飞线充电太危险")
        assert found.sure
        assert (found.issue, found.grid, found.lead) == ("08-01", YANDANG, YANDANG)
        assert found.co_units == (f"{STREET}-safety", "310101-fire")
        assert found.power == "coordinate"
        assert 0.7 <= found.confidence <= 1

    def test_a_row_can_shorten_the_limit(self, catalogue: Catalogue) -> None:
        assert ask(catalogue, "路面有坑", "09-01", grid=YANDANG).duty_limit == Limit(2, LimitUnit.WORKING_DAYS)
        assert ask(catalogue, "路面有坑", "09-01", grid=SANGCHENG).duty_limit is None

    def test_the_more_specific_grid_goes_first(self, catalogue: Catalogue) -> None:
        assert ask(catalogue, "楼道堆物", CORRIDOR, grid=MICRO).lead == MICRO
        assert ask(catalogue, "楼道堆物", CORRIDOR, grid=SANGCHENG).lead == SANGCHENG

    def test_a_dedicated_grid_has_rows_of_its_own(self, catalogue: Catalogue) -> None:
        office = next(
            grid.code for grid in catalogue.city.grids if grid.kind is GridKind.OFFICE and not grid.covered_by
        )
        assert ask(catalogue, "电梯停了", "01-01", grid=office).lead == f"{STREET}-development"

    def test_what_has_no_organisation_is_answered_for_by_its_neighbour(self, catalogue: Catalogue) -> None:
        assert ask(catalogue, "保洁不打扫", "01-04", grid="310101023Z07").lead == "310101023003"

    @pytest.mark.parametrize("item_type", ["praise", "suggestion", "inquiry", "request"])
    def test_praise_and_questions_are_matched_the_same_way(self, catalogue: Catalogue, item_type: str) -> None:
        assert ask(catalogue, "楼道堆物清理得很好", CORRIDOR, item_type, grid=SANGCHENG).lead == SANGCHENG

    def test_the_same_question_has_the_same_answer(self, catalogue: Catalogue) -> None:
        told = "瑞金二路街道永嘉居委会楼上半夜装修，电钻吵得睡不着，希望管一管"
        assert ask(catalogue, told) == ask(catalogue, told)

    def test_a_place_that_is_settled_is_not_read_again(self, catalogue: Catalogue) -> None:
        told, place = "五里桥街道桑城居委会楼道堆物", Place(grid=YANDANG)
        asked, settled = Question(told, CORRIDOR, place), Question(told, CORRIDOR, place, settled=True)
        assert match(asked, catalogue, day=DAY, threshold=0.7).grid is None
        assert match(settled, catalogue, day=DAY, threshold=0.7).grid == YANDANG

    def test_names_of_places_say_nothing_of_the_matter(self, catalogue: Catalogue) -> None:
        told = "飞线充电，从窗口拉线下来给电瓶车充电"
        assert ask(catalogue, f"瑞金二路街道雁荡居委会{told}").issue == catalogue.classify(told).issue


class TestWhatIsNotSure:
    def test_without_a_place_nobody_is_sent(self, catalogue: Catalogue) -> None:
        found = ask(catalogue, "飞线充电，从窗口拉线下来给电瓶车充电")
        assert not found.sure
        assert found.lead is None
        assert found.issue == "08-01"

    def test_namesakes_are_told_and_not_chosen(self, catalogue: Catalogue) -> None:
        found = ask(catalogue, "光明村有人从窗口拉线下来给电瓶车充电")
        assert found.lead is None
        assert len(found.place.candidates) == 7

    def test_an_unclear_issue_is_not_sent(self, catalogue: Catalogue) -> None:
        found = ask(catalogue, "瑞金二路街道雁荡居委会的事情你们看着办")
        assert not found.issue_sure
        assert found.lead is None

    def test_an_unknown_issue_given_is_not_sent(self, catalogue: Catalogue) -> None:
        assert not ask(catalogue, "飞线充电，从窗口拉线下来给电瓶车充电", "99-99", grid=YANDANG).sure

    def test_a_whole_district_is_too_wide_for_a_committees_matter(self, catalogue: Catalogue) -> None:
        found = ask(catalogue, "楼道堆物", CORRIDOR, grid="310101")
        assert found.lead is None
        assert "范围过大" in found.explanation["sentence"]

    def test_but_not_for_a_districts_own(self, catalogue: Catalogue) -> None:
        assert ask(catalogue, "路灯坏了", LAMP, grid="310101").lead == "310101-construction"


class TestTheHardRule:
    def low(self, catalogue: Catalogue, found: Match) -> bool:
        return found.lead is not None and catalogue.city.unit(found.lead).grassroots

    def test_no_reserved_matter_ever_reaches_the_grass_roots_without_a_row_that_hands_it_down(
        self, catalogue: Catalogue
    ) -> None:
        rows = catalogue.lists.responsibilities
        for issue in (each for each in catalogue.lists.issues if each.reserved_to):
            for grid in (YANDANG, MICRO, STREET, "310101023Z04", SANGCHENG, OTHER_STREET, "310151201"):
                for told in ("", "投诉居委会不作为", "举报片区工作站包庇，投诉街道办事处推诿"):
                    found = ask(catalogue, told or issue.name, issue.code, grid=grid)
                    if self.low(catalogue, found):
                        row = rows.find(found.explanation["row"])
                        assert row.hands_down(issue), (issue.code, grid, told)
                        assert found.explanation["around"] is None

    def test_the_52_matters_are_handed_down_from_their_day_on(self, catalogue: Catalogue) -> None:
        assert ask(catalogue, "电梯年检", LIFT_INSPECTION, grid=YANDANG).lead == AREA
        before = ask(catalogue, "电梯年检", LIFT_INSPECTION, grid=YANDANG, day=BEFORE_HANDING_DOWN)
        assert before.lead == "310101-market"

    def test_reserved_says_who_may_not_lead(self, catalogue: Catalogue) -> None:
        def asked(unit: str, day: date = DAY, issue: str = LIFT_INSPECTION) -> bool:
            return reserved(catalogue, issue=issue, grid=YANDANG, unit=unit, day=day)

        assert not asked(AREA)
        assert asked(AREA, BEFORE_HANDING_DOWN)
        assert asked(YANDANG)
        assert asked(STREET)
        assert not asked(YANDANG, issue=CORRIDOR)

    def test_what_is_unknown_is_not_reserved(self, catalogue: Catalogue) -> None:
        assert not reserved(catalogue, issue=None, grid=YANDANG, unit=YANDANG, day=DAY)
        assert not reserved(catalogue, issue="99-99", grid=YANDANG, unit=YANDANG, day=DAY)
        assert reserved(catalogue, issue=LIFT_INSPECTION, grid=None, unit=YANDANG, day=DAY)


class TestConflictOfInterest:
    @pytest.mark.parametrize(
        "told",
        [
            "投诉桑城居委会，楼道堆物说了半年",
            "楼道堆物没人清，居委会包庇那户人家",
            "举报居委书记收钱，楼道堆物一直不处理",
        ],
    )
    def test_the_accused_committee_does_not_lead(self, catalogue: Catalogue, told: str) -> None:
        found = ask(catalogue, told, "18-12", grid=SANGCHENG)
        assert found.lead == OTHER_STREET
        assert found.explanation["around"] == SANGCHENG
        assert "回避" in found.explanation["sentence"]

    @pytest.mark.parametrize(
        "told",
        [
            "投诉桑城居委会楼下的烧烤摊",
            "投诉五里桥街道桑城居委会门口堆物",
            "楼道堆物，居委会也来看过，没有办法",
            "反映居委会对面的垃圾箱",
            "楼道堆物，物业和居委都不管",
        ],
    )
    def test_a_place_or_a_helper_is_no_accused(self, catalogue: Catalogue, told: str) -> None:
        assert ask(catalogue, told, CORRIDOR, grid=SANGCHENG).lead == SANGCHENG

    def test_praise_accuses_nobody(self, catalogue: Catalogue) -> None:
        assert ask(catalogue, "感谢居委会不包庇，处理了楼道堆物", CORRIDOR, "praise", grid=SANGCHENG).lead == SANGCHENG

    def test_who_is_accused_beside_the_lead_is_no_co_unit(self, catalogue: Catalogue) -> None:
        told = "消防通道堵塞，居委会包庇停车的人"
        found = ask(catalogue, told, "08-05", grid=SANGCHENG)
        assert found.lead == OTHER_STREET
        assert SANGCHENG not in found.co_units

    def test_an_accused_team_of_the_street_is_passed_over_with_the_street(self, catalogue: Catalogue) -> None:
        told = "举报城管乱罚款，投诉街道办事处推诿，摊贩照样占道"
        assert ask(catalogue, told, "05-05", grid=YANDANG).lead == "310101"

    def test_going_up_never_ends_at_a_unit_that_may_not_have_it(self, catalogue: Catalogue) -> None:
        found = ask(catalogue, "举报片区工作站包庇，电梯年检过期", LIFT_INSPECTION, grid=YANDANG)
        assert found.lead == "310101"

    def test_at_the_top_a_person_decides(self, catalogue: Catalogue) -> None:
        city, issue = catalogue.city, catalogue.lists.issues.find("23")
        top = city.unit("31")
        assert above(top, "投诉城运中心", issue, city) is None

    def test_in_matters_of_conduct_the_mere_name_is_enough(self, catalogue: Catalogue) -> None:
        committee = catalogue.city.unit(SANGCHENG)
        conduct: Issue = catalogue.lists.issues.find("21-01")
        assert accused(committee, "去居委会开证明被训了一顿", issue=conduct)
        assert not accused(committee, "去居委会开证明排了很久", issue=catalogue.lists.issues.find(CORRIDOR))


class TestTheExplanation:
    def test_it_names_versions_row_losers_and_evidence(self, catalogue: Catalogue) -> None:
        why = ask(catalogue, "瑞金二路街道雁荡居委会楼道里堆满纸箱和旧家具，走不过去").explanation
        assert why["lists"] == catalogue.lists_version
        assert why["model"] == catalogue.classifier.version
        assert why["row"] == "S01"
        assert {"row": "R076", "loss": "weaker_scope"}.items() <= why["lost"][0].items()
        assert [each["words"] for each in why["place"]["evidence"]] == ["瑞金二路街道", "雁荡居委会"]
        assert why["issue"]["evidence"]
        assert why["day"] == "2025-03-03"

    def test_the_sentence_can_be_read_by_a_person(self, catalogue: Catalogue) -> None:
        told = ask(catalogue, "楼道堆物", CORRIDOR, grid=YANDANG).explanation["sentence"]
        assert told.startswith("地点在雁荡居委会")
        assert "楼道堆物" in told
        assert "责任清单S01行" in told
        assert told.endswith("。")

    @pytest.mark.parametrize(
        "told", ["光明村楼道堆物", "五里桥街道雁荡居委会楼道堆物", "楼道堆物", "", "瑞金二路街道雁荡居委会"]
    )
    def test_it_is_json_also_where_nothing_is_sure(self, catalogue: Catalogue, told: str) -> None:
        why = ask(catalogue, told).explanation
        assert json.loads(json.dumps(why, ensure_ascii=False))["sentence"].endswith("。")

    def test_the_law_that_kept_a_row_from_leading_is_told(self, catalogue: Catalogue) -> None:
        _, lead, lost = answer_of_list(catalogue, issue=LIFT_INSPECTION, grid=YANDANG, day=DAY)
        assert lead is not None
        assert lead.level is Level.AREA
        assert {each["row"] for each in lost} >= {"R003"}
