"""What a place in a text is to the matter: where it happened, the caller's home, or somewhere else spoken of."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from routing.places.mentions import Mention


class Role(StrEnum):
    MATTER = "matter"
    """Said to be the place of the matter."""
    PLAIN = "plain"
    HOME = "home"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class Phrase:
    """Mentions that follow each other without a word between them, as 黄浦区瑞金二路街道雁荡居委会."""

    role: Role
    mentions: tuple[Mention, ...]


BREAKS = re.compile(r"[,;。!?]")
JOINT = re.compile(
    r"(的|之|下属的?|所属的?|下辖的?|辖区内?的?|里的?|内的?|上海市?|这边的?|那边的?|(下面|底下|里)的?(有个|有1个)?|[()\[\]\-—·:/]?)"
)
"""What may stand between two parts of one place."""
COMMA = ","
CITY = r"(:|的是|是|为|在|于|上海市?|上海)*$"
HOME_BEFORE = re.compile(
    r"(家住|我住|住得[^,;。!?]{0,4}|人住|都住|就住|也住|还住|居住地?|现居|住址|住所|住处|户口|户籍|家庭地址|我家|我们家|家里|家|住|租住|租房|老家|籍贯|"
    r"我是|自己是|本人是|我们是|我们都是|来电人是|市民是|上班|工作|单位|公司|工作地|办公)" + CITY
)
"""Where the caller lives or works."""
HOME_AFTER = re.compile(
    r"[^,;。!?]{0,6}?((居民|住户|业主|村民|租户|租客)(?!委|区|小组|楼)|上班|工作|打工|读书|上学|做生意)"
)
ELSEWHERE_BEFORE = re.compile(
    r"((以前|之前|原来|曾经|原先|本来|过去)[^,;。!?]{0,4}|搬离|搬走|从|不是|不在|并非|不属于|不归|原属|去过|"
    r"隔壁的?|靠近|紧邻|毗邻|挨着|对面的?|比如|同事住|朋友住|亲戚住)" + CITY
)
ELSEWHERE_AFTER = re.compile(r"(这边|那边|附近)?搬")
MATTER_BEFORE = re.compile(
    r"(反映|投诉|举报|求助|咨询|问题|事情|事发地?点?|事件|发生|地点|地址|位于|具体|出|说的|讲的|指的|要说的|而|实际|其实|现场|"
    r"希望|请求|要求)(的|1下|就|地|位置|我们|隔壁|对面|旁边|附近)*" + CITY
)


Within = Callable[[Mention, Mention], bool]
"""Whether the first of two mentions can lie in the second."""


def phrases(text: str, mentions: Sequence[Mention], within: Within) -> list[Phrase]:
    """The places of a folded text, in order, each with what it is to the matter."""
    groups = _groups(text, mentions, within)
    ends = [0, *(group[-1].end for group in groups)]
    starts = [*(group[0].start for group in groups[1:]), len(text)]
    return [
        Phrase(_role(_before(text, end, group[0].start), _after(text, group[-1].end, start)), tuple(group))
        for group, end, start in zip(groups, ends, starts, strict=False)
    ]


def _groups(text: str, mentions: Sequence[Mention], within: Within) -> list[list[Mention]]:
    groups: list[list[Mention]] = []
    for mention in mentions:
        if groups and _goes_on(text, groups[-1][-1], mention, within):
            groups[-1].append(mention)
        else:
            groups.append([mention])
    return groups


def _goes_on(text: str, last: Mention, mention: Mention, within: Within) -> bool:
    between = text[last.end : max(mention.start, last.end)]
    return JOINT.fullmatch(between) is not None or (between == COMMA and within(mention, last))


def _before(text: str, end: int, start: int) -> str:
    """The words of the clause in front, up to the place before."""
    return BREAKS.split(text[end:start])[-1]


def _after(text: str, end: int, start: int) -> str:
    return BREAKS.split(text[end:start])[0]


def _role(before: str, after: str) -> Role:
    if MATTER_BEFORE.search(before):
        return Role.MATTER
    if ELSEWHERE_BEFORE.search(before) or ELSEWHERE_AFTER.match(after):
        return Role.ELSEWHERE
    return Role.HOME if HOME_BEFORE.search(before) or HOME_AFTER.match(after) else Role.PLAIN
