"""Names are found by part of them, by code, and by the first letters of their pinyin."""

from routing.initials import PLAIN, Initials, by_letters, fitting

NAMES = ("黄浦区瑞金社区", "瑞金二路街道", "长宁区", "A座商务楼", "310101-market")
KNOWN = Initials(NAMES)


def names(wanted: str) -> list[str]:
    return fitting(NAMES, KNOWN.pattern(wanted), lambda name: (name,))


def test_initials_find_a_name_and_what_begins_with_them_comes_first() -> None:
    assert names("rj") == ["瑞金二路街道", "黄浦区瑞金社区"]


def test_capitals_are_the_same_initials() -> None:
    assert names("RJ") == names("rj")


def test_a_character_with_two_readings_is_found_by_both() -> None:
    assert names("cn") == names("zn") == ["长宁区"]


def test_letters_and_characters_may_be_mixed() -> None:
    assert names("瑞j二l") == ["瑞金二路街道"]


def test_a_letter_is_also_itself() -> None:
    assert names("market") == ["310101-market"]
    assert names("a座") == ["A座商务楼"]


def test_what_means_something_in_a_pattern_is_taken_as_typed() -> None:
    assert names(".*") == names("[") == names("rj(") == []


def test_sentences_are_searched_as_typed_and_come_last() -> None:
    rows = [("停车", "瑞金路没法走"), ("瑞金路灯", "不亮")]
    found = fitting(rows, KNOWN.pattern("瑞金"), lambda row: row[:1], lambda row: row[1:], "瑞金")
    assert found == [rows[1], rows[0]]
    assert fitting(rows, KNOWN.pattern("rj"), lambda row: row[:1], lambda row: row[1:], "rj") == [rows[1]]


def test_only_letters_need_the_table() -> None:
    assert [by_letters(each) for each in ("瑞金", "310101", "rj", "R", "瑞j")] == [False, False, True, True, True]
    assert PLAIN.pattern("瑞金").match("瑞金二路街道")
