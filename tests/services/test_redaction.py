"""Redaction: what is hidden, what stays, measured on cases; and that it is safe on any text at all.

The cases are synthetic: numbers with runs of zeros, impossible dates or wrong check digits, invented names.
"""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.redaction import READINGS, RULES, Kind, Rule, Span, redact
from services.redaction.evaluating import evaluate

CASES = [json.loads(line) for line in (Path(__file__).parent / "redaction_cases.jsonl").read_text("utf-8").splitlines()]
_PIECES = """
我家住 我是 本人 住在 家庭住址 联系人 姓名: 我叫 邻居 房东 业主 先生 女士 经理 师傅 老 小 姓 王 李建国 欧阳 张江 高 安全
何 12号 301室 3单元 402 12-3-402 118弄 楼上 的 ， 。 、 ： （ ） 来电 反映 电话 手机 号码 138 0000 1234 13800001234
一三八零零零零一二三四 021- 60001234 身份证 310104190002300012 X 银行卡 6222 账号 订单号 微信 abc_12345 @ .com 沪A 12345
· - + 86 QQ 抖音号叫 “ ” [电话] [姓名] [门牌] 四个零 中间 元 路 室 某 男 1 2 3 十 V 邮箱 at 号 店 \ue000
"""
PIECES = [*_PIECES.split(), " ", "\n"]
any_text = st.text(alphabet=st.characters(), max_size=200)
complaints = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=40).map("".join)


def test_what_must_be_hidden_is_hidden_and_what_must_stay_stays() -> None:
    measured = evaluate(CASES)
    assert measured["recall"] >= 0.99, measured["misses"]
    assert measured["kept"] >= 0.98, measured["misses"]


def test_cases_written_blind_get_no_worse() -> None:
    """What is truly reached, not the aim: decision 0004 says what is missed."""
    blind = Path(__file__).parent / "redaction_blind.jsonl"
    measured = evaluate([json.loads(line) for line in blind.read_text("utf-8").splitlines()])
    assert measured["recall"] >= 0.973, measured["misses"]
    assert measured["kept"] >= 0.959, measured["misses"]


def test_the_cases_are_sound_and_many() -> None:
    assert len(CASES) >= 600
    assert len({case["id"] for case in CASES}) == len(CASES)
    for case in CASES:
        assert all(string in case["text"] for string in (*case["must_hide"], *case["must_keep"])), case["id"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("电话13800001234，", "电话[电话]，"),
        ("身份证310104190002300012", "身份证[身份证号]"),
        ("卡号6222 0000 1234 5678 901", "卡号[银行卡]"),
        ("公积金账号881234567890", "公积金账号[账号]"),
        ("沪A·12345停在门口", "[车牌]停在门口"),
        ("王女士来电", "[姓名]女士来电"),
        ("物业李经理", "物业李经理"),
        ("我是李经理，要退款", "我是[姓名]经理，要退款"),
        ("生日1990年2月3日", "生日[出生日期]"),
        ("我家住瑞金二路118弄12号301室", "我家住瑞金二路118弄12号[门牌]"),
        ("邮箱laowang@example.com", "邮箱[邮箱]"),
        ("微信号abc_12345", "微信号[微信号]"),
        ("QQ12345678", "QQ[QQ号]"),
        ("抖音号dy_test12345", "抖音号[网名]"),
        ("护照E00001234", "护照[证件号]"),
    ],
)
def test_each_kind_has_its_mark_and_the_words_around_stay(text: str, expected: str) -> None:
    assert redact(text).text == expected


@pytest.mark.parametrize(
    "spelling",
    [
        "13800001234", "138-0000-1234", "138 0000 1234", "138.0000.1234", "138、0000、1234", "１３８００００１２３４",
        "一三八零零零零一二三四", "幺三八零零零零幺二三四", "13八零零零零1234", "+86 138-0000-1234", "(138)00001234",
        "1 3 8 0 0 0 0 1 2 3 4", "一三八，四个零，一二三四", "壹叁捌〇〇〇〇壹贰叁肆", "138****1234", "l38OOOO1234",
        "1️⃣3️⃣8️⃣0️⃣0️⃣0️⃣0️⃣1️⃣2️⃣3️⃣4️⃣",
    ],
)  # fmt: skip
def test_a_mobile_number_is_hidden_in_any_spelling(spelling: str) -> None:
    redaction = redact(f"请打{spelling}找我")
    assert redaction.text == "请打[电话]找我"
    assert [span.kind for span in redaction.spans] == [Kind.PHONE]


@pytest.mark.parametrize(
    "text",
    [
        "拨打12345、110、119、95598、962121，还有400-820-8820",
        "订单号6222021234567890123，合同编号HT20230045，电表号3100012345678",
        "沪府办〔2018〕62号，(2023)沪0101民初12345号",
        "1、3、5、7、9、11、13号楼停水，12、14、16、18号也停",
        "2024年11月24日13:00，总价13800001234元，面积13800平方米",
        "张江、徐家汇、杨浦滨江、李宁专卖店、张师傅面馆、王阿姨水饺店",
        "安全主任、项目经理、保洁阿姨、工程师傅、语文老师、保安队长",
        "公交车司机、渣土车司机、找班主任、装修师傅、三任经理、查查主任、隔壁班同学",
        "申请人于四月十八日来信，来信人于大厅咨询，来信人在浙江某地旅游",
        "中介费收三个点，隔壁车常年压线，志愿者马甲发了，我跟老伴谈朋友的时候，让业主查一查",
        "小路、小时、小广告、老房子、老马路，龙吴路某厂区、长寿路某公寓",
        "我是业主，我是安徽人，我是吴江来的，本人要求答复，联系不上物业",
        "楼上602室漏水，投诉南昌路136弄7号602室群租",
    ],
)
def test_places_offices_and_the_numbers_of_the_matter_stay(text: str) -> None:
    assert redact(text).text == text


def test_a_neighbours_door_stays_while_the_own_one_is_hidden() -> None:
    assert redact("我住3号楼1501，楼上1601漏水，隔壁1502养狗").text == "我住3号楼[门牌]，楼上1601漏水，隔壁1502养狗"


def test_what_follows_a_number_stays_though_it_begins_with_a_digit() -> None:
    assert redact("电话13800001234一直没人接").text == "电话[电话]一直没人接"


def test_an_address_beside_a_persons_name_is_the_own_one() -> None:
    assert redact("诉求人：魏淑珍，地址：仙霞路700弄22号503室").text == "诉求人：[姓名]，地址：仙霞路700弄22号[门牌]"
    assert redact("投诉噪音，地址：仙霞路700弄22号503室").text == "投诉噪音，地址：仙霞路700弄22号503室"


def test_a_familiar_surname_once_told_is_hidden_again() -> None:
    assert redact("就是老陆家。老陆早年当过兵").text == "就是老[姓名]家。老[姓名]早年当过兵"


def test_a_name_once_introduced_is_hidden_wherever_it_is_said_again() -> None:
    assert redact("保安唐伟民打人，大家都怕唐伟民").text == "保安[姓名]打人，大家都怕[姓名]"


def test_the_own_room_once_told_is_hidden_wherever_it_is_said_again() -> None:
    assert redact("我家住12号301室。301室天花板漏水").text == "我家住12号[门牌]。[门牌]天花板漏水"


def test_the_spans_say_where_in_the_original_and_in_order() -> None:
    text = "王女士（13800001234）来电"
    redaction = redact(text)
    assert [(text[span.start : span.end], span.kind) for span in redaction.spans] == [
        ("王", Kind.NAME),
        ("13800001234", Kind.PHONE),
    ]


@given(any_text | complaints)
@settings(deadline=None, suppress_health_check=list(HealthCheck))
def test_any_text_is_redacted_without_raising_and_its_spans_are_apart(text: str) -> None:
    end, rest = 0, ""
    redaction = redact(text)
    for span in redaction.spans:
        assert end <= span.start < span.end <= len(text)
        rest += text[end : span.start] + span.kind.mark
        end = span.end
    assert rest + text[end:] == redaction.text


@given(complaints | any_text)
@settings(deadline=None, max_examples=300, suppress_health_check=list(HealthCheck))
def test_redacting_again_changes_nothing(text: str) -> None:
    once = redact(text).text
    again = redact(once)
    assert again.text == once
    assert again.spans == []


def test_redacting_the_cases_again_changes_nothing() -> None:
    for case in CASES:
        once = redact(case["text"]).text
        assert redact(once).text == once, case["id"]


LONG_PIECES = [
    *(
        "1",
        "1 ",
        "12-",
        "我家住",
        "住",
        "王",
        "我叫王",
        "王先生",
        "a",
        "a@",
        "a.",
        "沪A 1 2 3 4",
        "号301",
        "[",
        "一",
        "个",
    ),
    "抖音号叫",
]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("piece", LONG_PIECES)
def test_no_rule_looks_further_than_its_bound(rule: Rule, piece: str) -> None:
    """What a rule finds in a long text is what it finds in its parts: nothing depends on the length of the whole.

    All quantifiers of the rules are bounded, but for runs of digits, which are read once from left to right.
    """
    whole = piece * (4000 // len(piece))
    filler = "。" * 200
    twice = list(rule(whole + filler + whole))
    once = list(rule(whole))
    shift = len(whole) + len(filler)
    moved = [Span(span.start + shift, span.end + shift, span.kind) for span in once]
    assert [span for span in twice if span.start >= shift] == moved


def test_the_readings_are_bounded() -> None:
    assert READINGS <= 5
    assert redact("我家住12号楼301室，" * 1500).text.count("[门牌]") == 1500
