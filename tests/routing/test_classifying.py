"""What it is about: a model of the list's own words that is sure only where it may be, and the same for ever."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from routing.classifying import Classifier, Example, IssueGuess, corpus_file, material, starter_corpus, train
from routing.classifying.classifier import Calibration, confidence, softmax
from routing.classifying.grams import grams, sentences, vector
from routing.lists import IssueList, starter_lists

CLASSES = ("04", "05", "06", "08")
"""A small list trains in a moment."""


@pytest.fixture(scope="module")
def issues() -> IssueList:
    return IssueList(tuple(issue for issue in starter_lists().issues if issue.class_code in CLASSES))


@pytest.fixture(scope="module")
def model(issues: IssueList) -> Classifier:
    return train(material(issues))


class TestGrams:
    def test_letters_neighbours_and_near_pairs_are_counted(self) -> None:
        letters, neighbours, near = grams("垃圾没人扔垃圾")
        assert letters["垃"] == 2
        assert neighbours["垃圾"] == 2
        assert near["~人垃"] + near["~垃人"] == 2

    def test_no_pair_reaches_over_a_break(self) -> None:
        _, neighbours, near = grams("停车。漏水")
        assert "车漏" not in neighbours
        assert not any({"车", "漏"} <= set(pair) for pair in near)

    def test_numbers_are_all_one(self) -> None:
        assert grams("十八楼3号") == grams("45楼6号") or grams("18楼3号") == grams("45楼6号")

    def test_a_text_has_length_one_and_an_unknown_one_none(self) -> None:
        idf = {"垃": 1.0, "圾": 2.0, "垃圾": 3.0, "~圾垃": 1.0, "~垃圾": 1.0}
        assert sum(value * value for value in vector("垃圾", idf).values()) == pytest.approx(1.0)
        assert vector("停车", idf) == {}

    def test_a_text_without_sentences_is_its_own(self) -> None:
        assert sentences("吵") == ["吵"]
        assert sentences("楼上太吵了。请来管一管！") == ["楼上太吵了", "请来管一管"]


class TestTheModel:
    @pytest.mark.parametrize(
        ("told", "code"),
        [
            ("楼上半夜装修电钻吵得睡不着", "04"),
            ("垃圾桶满了没有人清运，臭得很", "05"),
            ("有车停在单元门口，挡住路了", "06"),
            ("楼上从窗口拉线下来给电瓶车充电", "08"),
        ],
    )
    def test_it_reads_what_the_list_says_in_other_words(self, model: Classifier, told: str, code: str) -> None:
        assert model.classify(told).class_code == code

    def test_it_knows_the_lists_own_phrases(self, model: Classifier, issues: IssueList) -> None:
        told = [(phrase, issue) for issue in issues for phrase in issue.phrases]
        right = sum(model.classify(phrase).class_code == issue.class_code for phrase, issue in told)
        assert right / len(told) > 0.97

    def test_it_is_unsure_of_what_it_has_never_heard(self, model: Classifier) -> None:
        heard, unheard = model.classify("飞线充电太危险"), model.classify("请问孩子打疫苗要带什么")
        assert unheard.confidence < 0.6 < heard.confidence

    def test_words_of_no_known_letter_still_get_an_answer_and_no_confidence(self, model: Classifier) -> None:
        assert model.classify("xyzzy").confidence == 0
        assert model.classify("").evidence == ()

    def test_an_unclear_row_is_answered_with_its_class(self, model: Classifier) -> None:
        guess = model.classify("停车的事想反映一下")
        assert guess.class_code == "06"
        assert guess.issue.startswith("06")

    def test_the_candidates_are_ordered_probabilities(self, model: Classifier) -> None:
        guess = model.classify("楼下饭店排风机响一天，油烟也大")
        shares = [share for _, share in guess.candidates]
        assert shares == sorted(shares, reverse=True)
        assert sum(shares) <= 1.001
        assert sum(share for _, share in guess.classes) <= 1.001

    def test_the_grams_that_spoke_are_told(self, model: Classifier) -> None:
        words = [gram for gram, _ in model.classify("楼上半夜装修电钻吵").evidence]
        assert {"装修", "电钻"} & set(words)

    def test_a_second_matter_is_told_beside_the_first(self, model: Classifier) -> None:
        guess = model.classify("垃圾桶满了没人清，堆得到处都是。还有楼上从窗口拉线充电，飞线太危险了。")
        assert {guess.class_code, *(code[:2] for code in guess.also)} == {"05", "08"}

    def test_a_long_story_does_not_hide_what_is_asked_for(self, model: Classifier) -> None:
        story = "我在这里住了三十年，以前弄堂里邻居都好，大家一起乘凉。儿子在外地，老伴走得早。"
        assert model.classify(f"{story}希望你们来管一管楼上半夜装修电钻的噪音。").class_code == "04"


class TestTheSameForEver:
    def test_the_same_material_makes_the_same_model(self, model: Classifier, issues: IssueList) -> None:
        again = train(material(issues))
        assert again.version == model.version
        told = "楼下烧烤摊半夜还在吵，垃圾扔一地"
        assert again.classify(told).class_code == model.classify(told).class_code
        assert again.classify(told).confidence == pytest.approx(model.classify(told).confidence, abs=1e-3)

    def test_other_material_makes_another_version(self, model: Classifier, issues: IssueList) -> None:
        more = (Example("半夜有人唱歌", "04-03"),)
        assert material(issues, more).version != model.version

    def test_a_kept_model_answers_to_the_letter_as_before(self, model: Classifier) -> None:
        kept = Classifier.from_bytes(model.to_bytes())
        for told in ("楼上装修", "垃圾没人收，车也乱停。请管一管", "xyzzy", ""):
            assert kept.classify(told) == model.classify(told)
        assert kept.to_bytes() == model.to_bytes()

    def test_a_kept_model_holds_no_pickle(self, model: Classifier, tmp_path: Path) -> None:
        file = tmp_path / "model.npz"
        file.write_bytes(model.to_bytes())
        with np.load(file, allow_pickle=False) as arrays:
            assert all(array.dtype != object for array in arrays.values())

    def test_another_process_answers_alike(self, model: Classifier, tmp_path: Path) -> None:
        file = tmp_path / "model.npz"
        file.write_bytes(model.to_bytes())
        code = (
            "import sys, json; from pathlib import Path; from routing.classifying import Classifier; "
            "guess = Classifier.from_bytes(Path(sys.argv[1]).read_bytes()).classify('楼上半夜装修，垃圾也乱扔'); "
            "print(json.dumps([guess.issue, guess.confidence, guess.candidates]))"
        )
        told = subprocess.run([sys.executable, "-c", code, str(file)], capture_output=True, text=True, check=True)
        guess: IssueGuess = model.classify("楼上半夜装修，垃圾也乱扔")
        assert json.loads(told.stdout) == [guess.issue, guess.confidence, [list(each) for each in guess.candidates]]


class TestTheMaterial:
    def test_texts_of_issues_that_the_list_does_not_have_are_left_out(self, issues: IssueList) -> None:
        made = material(issues, (Example("头疼", "17-01"), Example("太吵", "04")))
        assert [each.text for each in made.examples if each.issue == "17-01"] == []
        assert "太吵" in [each.text for each in made.examples]

    def test_a_corpus_is_read_line_by_line(self, tmp_path: Path) -> None:
        file = tmp_path / "corpus.jsonl"
        file.write_text('{"text": "太吵", "issue": "04"}\n\n{"text": "脏", "issue": "05", "also": ["04"]}\n', "utf-8")
        assert corpus_file(file) == (Example("太吵", "04"), Example("脏", "05", ("04",)))

    def test_every_text_that_ships_is_about_an_issue_of_the_list(self) -> None:
        known = starter_lists().issues
        assert [each for each in starter_corpus() if each.issue not in known] == []


class TestCalibration:
    EVEN = Calibration(10.0, 10.0, (1.0, 0.0, 0.0, 0.0))

    def test_a_clear_lead_is_surer_than_a_close_one(self) -> None:
        clear, close = np.array([0.9, 0.05, 0.05], np.float32), np.array([0.4, 0.35, 0.25], np.float32)
        assert confidence(clear, 20, self.EVEN) > confidence(close, 20, self.EVEN)

    def test_it_stays_between_nothing_and_certainty(self) -> None:
        assert 0 <= confidence(np.array([1.0, 0.0], np.float32), 1, self.EVEN) <= 1

    def test_probabilities_sum_to_one(self) -> None:
        assert softmax(np.array([1.0, 2.0, 3.0], np.float32), 5.0).sum() == pytest.approx(1.0)
