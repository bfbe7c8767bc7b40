"""How well texts are read, measured: the figures are counted as they are described, with and without a database."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from routing import evaluating
from routing.catalogue import Catalogue
from routing.lists_commands import app

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.starter()


def verdict(catalogue: Catalogue, text: str, expect: str | None, **line: Any) -> str:
    (case,) = evaluating.places(catalogue, [{"id": "x", "text": text, "expect": expect, **line}])["cases"]
    return str(case["verdict"])


class TestPlaces:
    @pytest.mark.parametrize(
        ("text", "expect", "counted"),
        [
            ("瑞金二路街道雁荡居委会", "310101023001", "exact"),
            ("楼上漏水", None, "exact"),
            ("五里桥街道", "310101020", "exact"),
            ("五里桥街道", "310101020000", "exact"),
            ("五里桥街道", "310101020018", "coarser"),
            ("光明村", "310120101232", "missed"),
            ("五里桥街道", None, "wrong"),
            ("五里桥街道", "310101023", "wrong"),
            ("五里桥街道", "999999999", "wrong"),
        ],
    )
    def test_an_answer_is_exact_coarser_missed_or_wrong(
        self, catalogue: Catalogue, text: str, expect: str | None, counted: str
    ) -> None:
        assert verdict(catalogue, text, expect) == counted

    def test_a_micro_grid_counts_as_its_committee(self, catalogue: Catalogue) -> None:
        assert verdict(catalogue, "瑞金二路街道永嘉路120弄", "310101023013") == "exact"

    def test_a_house_number_inside_the_expected_street_counts_as_the_street(self, catalogue: Catalogue) -> None:
        assert verdict(catalogue, "瑞金二路街道永嘉路120弄", "310101023") == "exact"
        assert verdict(catalogue, "瑞金二路街道雁荡居委会", "310101023") == "wrong"

    def test_the_district_of_the_call_is_used(self, catalogue: Catalogue) -> None:
        assert verdict(catalogue, "光明村", "310120101232", hint_district="310120") == "exact"

    def test_an_answer_where_none_is_wanted_is_wrong_with_confidence(self, catalogue: Catalogue) -> None:
        line = {"id": 1, "text": "新桥居委会", "hint_district": "310101", "expect": None}
        assert evaluating.places(catalogue, [line])["wrong_with_confidence"] == 1

    def test_the_development_set_meets_the_aim(self, catalogue: Catalogue) -> None:
        figures = evaluating.places(catalogue, evaluating.lines(DATA / "places_dev.jsonl"))
        assert figures["exact"] >= 0.95
        assert figures["wrong_with_confidence"] == 0


class TestIssues:
    LINES = (
        {"id": 1, "text": "楼上半夜装修电钻吵得睡不着", "l1": "04"},
        {"id": 2, "text": "有人从窗口拉线给电瓶车充电", "l1": "14", "also": ["08"]},
        {"id": 3, "text": "今天", "l1": "23"},
    )

    def test_an_answer_in_also_counts_but_not_strictly(self, catalogue: Catalogue) -> None:
        figures = evaluating.issues(catalogue, self.LINES[:2], 0.5)
        assert (figures["top1"], figures["strict"]) == (1.0, 0.5)

    def test_coverage_is_what_it_did_not_abstain_from(self, catalogue: Catalogue) -> None:
        assert evaluating.issues(catalogue, self.LINES, 0.0)["coverage"] == 1.0
        none = evaluating.issues(catalogue, self.LINES, 1.1)
        assert (none["coverage"], none["precision"]) == (0.0, 0.0)

    def test_the_development_set_meets_the_aim(self, catalogue: Catalogue) -> None:
        figures = evaluating.issues(catalogue, evaluating.lines(DATA / "issues_dev.jsonl"), 0.72)
        assert figures["top1"] >= 0.90
        assert figures["top3"] >= 0.97
        assert figures["precision"] >= 0.97
        assert figures["coverage"] >= 0.70

    def test_texts_written_blind_get_no_worse(self, catalogue: Catalogue) -> None:
        figures = evaluating.issues(catalogue, evaluating.lines(DATA / "issues_blind.jsonl"), 0.72)
        assert figures["top1"] >= 0.95
        assert figures["top3"] >= 0.99
        assert figures["precision"] >= 0.98
        assert figures["coverage"] >= 0.89

    def test_places_written_blind_get_no_worse(self, catalogue: Catalogue) -> None:
        figures = evaluating.places(catalogue, evaluating.lines(DATA / "places_blind.jsonl"))
        assert figures["exact"] >= 0.96
        assert figures["wrong_with_confidence"] == 0


class TestTheCommand:
    def test_it_works_on_an_empty_directory_and_leaves_it_empty(self, tmp_path: Path) -> None:
        wanted, out, data = tmp_path / "places.jsonl", tmp_path / "out.json", tmp_path / "data"
        wanted.write_text('{"id": "a", "text": "雁荡居委会", "expect": "310101023001"}\n', "utf-8")
        told = CliRunner().invoke(
            app, ["evaluate", "--places", str(wanted), "--json", str(out), "--data-dir", str(data)]
        )
        assert told.exit_code == 0, told.output
        figures = json.loads(out.read_text("utf-8"))
        assert (figures["exact"], figures["wrong_with_confidence"]) == (1.0, 0)
        assert figures["cases"][0]["id"] == "a"
        assert not data.exists()

    def test_it_wants_a_file(self, tmp_path: Path) -> None:
        assert CliRunner().invoke(app, ["evaluate", "--data-dir", str(tmp_path)]).exit_code != 0

    def test_a_line_that_is_no_json_is_named(self, tmp_path: Path) -> None:
        broken = tmp_path / "broken.jsonl"
        broken.write_text('{"text": "a"}\nnonsense\n', "utf-8")
        with pytest.raises(ValueError, match="line 2"):
            evaluating.lines(broken)
