"""Where a name begins and where it ends: Chinese has no blanks, so the letters beside it have to tell."""

import re
from collections.abc import Collection

from routing.places.names import NUMERALS

FURTHER = re.compile(
    r"[东南西北中]?\d?(路(?!灯|面|口|边|上|人|障|况)|大道|公路|弄|巷|支路|高架)|街(?!道|坊|面|区)|大街|桥|河|港|浜|江|湖|湾|站|地铁|路口|"
    r"医院|中学|小学|大学|学校|学院|幼儿园|公园|广场|大厦|大楼|商场|菜场|市场|饭店|酒店|宾馆|公司|银行|派出所|工业|"
    r"公寓|花园|花苑|新村|新苑|苑|别墅|坊|城|隧道|机场|区|县|省|市|镇|乡|街道|体育|电影|剧|超市|购物|宅|家|人|话|菜|医"
)
"""What makes a bare name the beginning of another one."""
GOES_ON = re.compile(r"[^,;。!?、:的和与在]{1,7}?(居委会|居委|村委会|居民区|社区居|街道办)")
"""A name whose suffix comes only later is a longer one: 红旗新机第4居委会 is not 红旗."""
COUNTED = re.compile(r"[\d十百千号弄栋幢楼室期层单组队点个天年月日元次块段米岁人户位路-]|支路")
"""What makes the number at a bare name's end something else's: 长江路1 in 长江路1号."""
BEFORE = frozenset(
    "在是住到去的于和跟找问叫位给向让由对从来自映诉报咱家有说属为与及或同被个请望求因区县镇乡路号弄我们他她你该本那这称询系"
    "过经扬谢议近归帮教至往回内此某边处打得了下想要讲据即就才把将靠离隔以但而且也都还再又着"
)
BEFORE_WORDS = re.compile(r"(这里|那里|小区|哪里|街道|大道|上海市?|新区)$")
"""What a name can stand behind; any other letter could be its real beginning."""
HERE = re.compile(r"(这边|那边|这里|那里|附近|一带|镇上|街上|这块|的|人|[,。;!?]|$)")
AT = re.compile(r"(^|[,。;!?:]|在|住|来自|我是|我们|咱们|反映|投诉)$")
TAIL = re.compile(
    r"(第[0-9十百]+|[0-9十])?"
    r"(村|社区|小区|新村|花园|家园|新苑|中心|东村|西村|广场|公寓|大楼|花苑|名苑|佳苑|雅苑|景苑)?"
)
"""Names that are the tails of many others: 花园, 4村, 第3."""
VILLAGE_GOES_ON = re.compile(r"[东南西北中]?(路(?!灯|面|口|边|上|人|障|况)|街(?!道)|大道|桥|站|小学|幼儿园)")


def starts_a_name(text: str, start: int, ends: Collection[int] = ()) -> bool:
    """Whether a name can begin here: at the front, where another one ends, or behind a letter that ends a word."""
    if free_standing(text, start, ends) or text[start - 1] in BEFORE:
        return True
    return BEFORE_WORDS.search(text, max(0, start - 3), start) is not None


def free_standing(text: str, start: int, ends: Collection[int] = ()) -> bool:
    """Whether no letter at all stands in front that could belong to the name."""
    return start == 0 or not is_han(text[start - 1]) or start in ends


def ends_a_name(text: str, end: int) -> bool:
    """Whether a bare name can end here."""
    if FURTHER.match(text, end) or GOES_ON.match(text, end):
        return False
    return not (text[end - 1] in NUMERALS and COUNTED.match(text, end))


def ends_a_village(text: str, end: int) -> bool:
    """光明村 is a village, 光明村路 is a road."""
    return text[end - 1] == "村" and VILLAGE_GOES_ON.match(text, end) is None


def is_spoken_of(text: str, start: int, end: int) -> bool:
    """Whether somebody or something is said to be there: 住在七宝, 七宝这边."""
    return HERE.match(text, end) is not None and AT.search(text, 0, start) is not None


def is_tail(name: str) -> bool:
    return TAIL.fullmatch(name) is not None


def is_han(letter: str) -> bool:
    return "\u4e00" <= letter <= "\u9fff"
