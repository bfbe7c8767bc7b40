"""Whether the words accuse the very unit that would lead, and who above it handles that instead. Pure.

The accused never handles it (利益冲突回避): the order goes one level up, past every unit that is accused as well.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from routing.city import City, Level, Unit
from routing.lists import Issue, may_lead

LEVEL_WORDS: Mapping[Level, str] = {
    Level.MICRO: "网格长|网格员",
    Level.COMMITTEE: "居委会?|村委会?|居民委员会|村民委员会|社工",
    Level.AREA: "片区(?:工作站)?",
    Level.STREET: "街道办事处|街道办|街道|镇政府|乡政府|办事处",
}
FUNCTION_WORDS: Mapping[str, str] = {
    "enforcement": "城管|综合执法队?|执法队|执法人员|执法大队",
    "urban_management": "城管|综合执法队?|执法队|执法人员|执法局|执法大队",
    "management": "城市管理办|城管办|管理办",
    "property": "房管所|房管办|房管事务所|房办",
    "housing": "房管局|房管部门",
    "police": "派出所|民警|警察|公安分?局",
    "traffic_police": "交警|交警队|交警支队",
    "market": "市场监管局?|市监局|市监所|工商",
    "health": "卫健委|卫生局|卫监所|社区卫生服务中心|社区医院",
    "education": "教育局",
    "civil_affairs": "民政局",
    "civil": "民政",
    "affairs": "事务受理中心|受理中心|受理窗口",
    "ecology": "环保局|生态环境局|环保",
    "greening": "绿化市?容?局|绿容局|绿化所",
    "construction": "建交委|建管委|建委|市政署",
    "water": "水务局",
    "labour": "人社局|劳动监察|仲裁院",
    "transport": "交通委|运管",
    "planning": "规划局|规资局|规划资源局",
    "urban_renewal": "征收办|动迁组|旧改指挥部",
    "data": "热线|接线员",
    "supervision": "纪委|监委",
}
"""What people call the units of a level, or those of a function."""
ACCUSING = "投诉|举报|控告|状告|检举|问责|不满"
NEAR = r"[^，。；！？,.;!?\n]{0,14}?"
ACTS = (
    r"(?=$|[，。；！？,.;!?\s、]|的?(?:工作人员|工作|人员|干部|领导|书记|主任|社工|所长|队长|队员|窗口|电话|态度|做法|答复|回复)"
    r"|不|没|乱|推|敷衍|态度|对(?!面)|把|收|只|总|一直|从来|处理|拖|打|骂|说|讲|让|要|叫|强|随意|故意|包庇|袒护|办事)"
)
"""What stands behind the one accused; in front of anything else it is a place: 投诉居委会楼下的烧烤摊."""
OTHERS = r"(?:(?!居委|村委|街道|城管|物业|派出所|公司|店)[^，。；！？,.;!?\n]){0,8}?"
"""Words up to the misconduct, without another one to whom it could belong."""
MISCONDUCT = (
    "不作为|乱作为|推诿|推来推去|踢皮球|包庇|袒护|偏袒|徇私|敷衍|糊弄|态度恶劣|态度很?差|态度不好|态度蛮横|"
    "收钱|收礼|拿好处|索要|吃拿卡要|打人|骂人|粗暴|乱罚|乱收费|不公|不肯盖章|泄露|虚假|弄虚作假|滥用职权"
)
CONDUCT = (
    "不作为|乱作为|推诿|推来推去|踢皮球|包庇|袒护|偏袒|徇私|敷衍|糊弄|态度恶劣|态度很?差|态度不好|态度蛮横|收钱|收礼|拿好处|索要|吃拿卡要|"
    "打人|骂人|粗暴|乱罚|乱收费|不公|不肯盖章|泄露|虚假|弄虚作假|滥用职权"
)
CONDUCT = "21"
"""The class of how officials behave or answer."""
COMPLAINTS = (None, "complaint", "request")
"""Item types that can accuse somebody."""
WORDS_KEPT = 256
"""Patterns kept compiled; those of spoken words are some thirty, the rest are names of units that occur in texts."""


def accused(unit: Unit, text: str, *, issue: Issue | None = None, item_type: str | None = None) -> bool:
    """Whether the text accuses this unit: named or meant behind a verb of accusing, or in front of misconduct."""
    if not text or item_type not in COMPLAINTS:
        return False
    conduct = issue is not None and issue.class_code == CONDUCT
    return any(pattern.search(text) for words in _words(unit, text) for pattern in _patterns(words, conduct))


@lru_cache(WORDS_KEPT)
def _patterns(words: str, conduct: bool) -> tuple[re.Pattern[str], ...]:
    patterns = [f"(?:{ACCUSING}){NEAR}(?:{words}){ACTS}", f"(?:{words}){OTHERS}(?:{MISCONDUCT})"]
    return tuple(re.compile(pattern) for pattern in (*patterns, *([f"(?:{words})"] if conduct else [])))


def above(unit: Unit, text: str, issue: Issue, city: City, item_type: str | None = None) -> Unit | None:
    """The first unit over an accused one that is not accused itself and may have the matter; None at the top."""
    for upper in above_it(unit, city):
        if (
            not accused(upper, text, issue=issue, item_type=item_type)
            and may_lead(issue, None, upper.grassroots) is None
        ):
            return upper
    return None


def highest(unit: Unit, text: str, issue: Issue | None, city: City, item_type: str | None = None) -> Unit | None:
    """The highest accused one of a unit and those over it, the top aside: who works below it is not free either."""
    chain = [each for each in (unit, *above_it(unit, city)) if each.parent is not None]
    return next((each for each in reversed(chain) if accused(each, text, issue=issue, item_type=item_type)), None)


def unaccused(units: Iterable[Unit], text: str, issue: Issue, item_type: str | None = None) -> tuple[Unit, ...]:
    """Those who may see the matter without being the ones accused in it."""
    if not text:
        return tuple(units)
    return tuple(each for each in units if not accused(each, text, issue=issue, item_type=item_type))


def above_it(unit: Unit, city: City) -> Iterator[Unit]:
    """The units over a unit, the nearest first."""
    while unit.parent is not None:
        unit = city.unit(unit.parent)
        yield unit


def _words(unit: Unit, text: str) -> Iterator[str]:
    """Its name where the text has it, and what units like it are called."""
    if unit.name in text:
        yield re.escape(unit.name)
    spoken = FUNCTION_WORDS.get(unit.function) if unit.function else LEVEL_WORDS.get(unit.level)
    if spoken:
        yield spoken
