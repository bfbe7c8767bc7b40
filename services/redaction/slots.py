"""Names that only their place tells: 姓名于是, 诉求人明月反映, 外号黑子, 她丈夫水生, 小芳妈妈, Lucy王, 李**.

What stands in such a place need not look like a name; what else can stand there (姓名保密, 申请人同意) is told apart.
"""

import re
from collections.abc import Iterator
from itertools import chain

from services.redaction import lexicon
from services.redaction.chances import chances
from services.redaction.likeness import DATA_AFTER, HANZI, TITLE, Edge, edge_at, is_no_name, is_word
from services.redaction.sheet import BARRIER, Place

_STOP = rf"(?=[,。;!?、()\s{BARRIER}]|\Z)"
_ACTS = r"(?=反映|反应|来电|来访|来信|致电|投诉|举报|咨询|诉求|签字|签名|先生|女士|小姐)"
_ASKS = (
    "(?:来电|来访|来信|投诉|举报|反映|反应|诉求|申请|求助|报修|报案|报警|咨询|建议|收款|付款|收件|寄件|收货|签收|承租|出租|登记"
    "|委托|受托|借款|担保|联系|持卡|乘车|入住|订票|预约|经手|填表|记录|受害|被害|监护|当事|信访|检举|代办|领取|缴费|汇款|投保|购房)人"
)
_WHO = f"(?:{_ASKS}|户主|机主|车主|失主|患者|乘客|旅客|租客|房客|家长|学员|业主|市民|居民|群众|村民)"
_FIELD = re.compile(
    rf"(?:{_WHO}(?:的?姓名|的?名字|签名|签字)?|签名|签字|落款|署名|姓名|真名|本名|全名)\s?"
    rf"(?::|[写填签]的?是|[是为])\s?(?P<name>[{HANZI}]{{2,3}}){_STOP}"
)
_NAMED = re.compile(rf"(?:姓名|真名|本名|全名|户名)(?P<name>[{HANZI}]{{2,3}}){_STOP}")
_SANDWICHED = re.compile(rf"{_WHO}(?P<name>[{HANZI}]{{2,3}})(?:{_ACTS}|{_STOP})")
_SAYS = re.compile(
    "电话|地址|日期|盖章|同意|确认|属实|不|未|没|已|无|可|请|见|原|上|同|女|男|现|所|其|该|因|物业|社区|公司|门店|超市|商家|城管|单位|学校"
    "|连续|经常|时常|明确|明显|明白|高兴|满意|方便|安全|冷静|安静|平安|温和|强烈|支持|代表|全体|集体|广泛|关注|应当|应该|向|于今|于昨|曾|常|多次"
    "|来电|来访|当场|当面|后续|后来|通过|双方|全部|言语|年龄|年纪|经过|经济|能否|能够|由于|成功|成立|危险|容易|常年|常常|相关|相信|保证|保持"
)
_NICKNAME = re.compile(
    rf"(?:外号|绰号|诨名|诨号|花名|艺名|曾用名|人称|人送外号|乳名|小名)[叫是为:]?[“\"]?(?P<name>[{HANZI}]{{2,3}})[”\"]?{_STOP}"
)
_KIN = "|".join(sorted(lexicon.KIN, key=len, reverse=True))
_OF_KIN = re.compile(rf"(?:{_KIN}|翻译|徒弟|朋友|同事|工友|老乡)(?:叫|是)?(?P<name>[{HANZI}]{{2}})(?![{HANZI}]家)")
_PARENT = re.compile(
    rf"(?:(?<![{HANZI}])|(?<=群里)|(?<=[的和与找由是]))(?P<name>[{HANZI}]{{2}})(?=(?:妈妈|爸爸|奶奶|爷爷|外婆|外公|妈|爸)(?:[^{HANZI}]|[说发在反来电称的问要也]))"
)
_DEAR = re.compile(
    rf"(?:(?<![{HANZI}])|(?<=[和与跟找是由叫]))(?P<name>[小阿][{HANZI}])"
    rf"(?=夫[妻妇]|两口|说|称|反映|来电|表示|打电话|他[妈爸]|和[小阿]|{DATA_AFTER})"
    rf"|(?:(?<![{HANZI}])|(?<=[和与跟找是由叫]))(?P<dear>阿[{HANZI}])(?=[,。、吵打在被把说也要]|\Z)"
)
_MINORITY = re.compile(
    rf"(?:(?<![{HANZI}])|(?<=[人民客主员者族生]))"
    r"(?P<name>[阿艾安巴拜布达迪丁尔法凡菲哈赫吉贾江卡柯克库拉莱兰勒里丽利琳玛买麦曼梅米穆纳娜尼努帕琪茜热萨莎沙塔坦特提图吐瓦维乌西希雅亚伊依吾再扎古力木汗甫都什罕]{2,6}"
    rf"[·•・][{HANZI}]{{2,6}}?)(?=[^{HANZI}·]|\Z|[的说称在来反投要咨表办住和与先女被])"
)
_OF_THREE = re.compile(
    r"(?:翻译|租客|摊主|店主|业主|市民|同学)(?P<name>[阿艾安巴拜布达迪丁尔法哈赫吉卡克库拉兰勒丽玛买麦曼米穆娜尼努帕热萨沙塔坦提图吐瓦乌西雅亚伊依再扎古力木汗甫合]{3})"
    + _STOP
)
_ME = re.compile(
    rf"(?:(?<![{HANZI}])|(?<=是))我(?P<name>[{''.join(sorted(lexicon.CLEAR))}][{HANZI}]{{2}})(?=[,。;!?(:{BARRIER}]|\Z)"
)
_BEFORE_LATIN = "".join(sorted(lexicon.SURNAMES - {"高", "车", "双"}))
_BEFORE_STARS = "".join(sorted(lexicon.SURNAMES - {"高", "宽", "长", "平"}))
_WORD = "[A-Z][a-z]{1,15}"
_WORDS = rf"{_WORD}(?:[ ·.](?:{_WORD}|[A-Z]\.?)){{1,3}}"
_BEARER = (
    "(?<=人士|市民|居民|业主|租客|房客|旅客|乘客|游客|顾客|客人|学生|外教|老外|教练|同学|朋友|员工|教师|老师|住户|翻译|女士|先生|司机|友人"
    "|家长|人员|男子|女子)"
)
_SIR = r"先生|女士|小姐|太太|老师|同学"
_LATIN = re.compile(
    rf"(?:(?<![A-Za-z@.·])|{_BEARER})(?P<whole>{_WORDS})(?=\s?(?:{_SIR}|反映|反应|来电|致电|投诉|咨询|表示|[(,][^{BARRIER},。]{{0,4}}[),]?\s?[称说]|{DATA_AFTER}))"
    rf"|(?<=[{BARRIER}][^。]{{8}}[,。;])(?P<clause>{_WORD} {_WORD})(?=[,。;])"
    rf"|{_BEARER}\s?(?:叫|是)?(?P<bearer>{_WORDS}|[A-Z][a-z]{{2,15}}(?=反映|来电|投诉|说|称|表示|[,。(在]))"
    rf"|(?<![A-Za-z@.])(?P<sir>{_WORD})(?=\s?(?:{_SIR}))"
    rf"|(?<![A-Za-z@.])(?P<after>(?<![{HANZI}])[{_BEFORE_LATIN}阿小][A-Z][a-z]{{2,15}})(?=[,。(在、]|反映|来电|投诉|说|称|{_SIR})"
    rf"|(?<![A-Za-z@.])(?P<mixed>[A-Z][a-z]{{2,15}}[{''.join(sorted(lexicon.CLEAR))}])(?=反映|来电|投诉|说|称|表示|[,(在]|{_SIR})"
)
_MASKED = re.compile(
    rf"(?:(?<![{HANZI}])|(?<=[的是为人主民客下]))(?P<name>[{_BEFORE_STARS}]"
    rf"(?:\*{{2}}|\*[{HANZI}]?))(?![\d*A-Za-z])"
)
_LETTER = re.compile("[A-Z][a-z]")
_COUNTS = frozenset("一二三四五六七八九十两")


def slots(sheet: str) -> Iterator[Place]:
    yield from chain(_fields(sheet), _sandwiched(sheet), _alone(sheet))
    for pattern in (_MINORITY, _OF_THREE) if "·" in sheet or "翻译" in sheet else ():
        yield from _places(pattern, sheet)
    if "*" in sheet:
        yield from _places(_MASKED, sheet)
    if _LETTER.search(sheet):
        yield from _places(_LATIN, sheet)


def _places(pattern: re.Pattern[str], sheet: str) -> Iterator[Place]:
    return (match.span(match.lastgroup or 0) for match in pattern.finditer(sheet))


def _fields(sheet: str) -> Iterator[Place]:
    """申请人：和谐; 经手人写的是牛得草; 真名黑德彪."""
    for start, end in chain(_places(_FIELD, sheet), _places(_NICKNAME, sheet)):
        if not _says(sheet, start, end):
            yield start, end
    for start, end in _places(_NAMED, sheet):
        if not _says(sheet, start, end) and (sheet[start] in lexicon.SURNAMES or _is_given(sheet[start + 1 : end], 2)):
            yield start, end


def _says(sheet: str, start: int, end: int) -> bool:
    """What a field says where it names nobody: 姓名保密, 签字确认, 投诉人：物业公司."""
    return is_no_name(sheet, start) or bool(_SAYS.match(sheet, start) or TITLE.search(sheet, start, end))


def _sandwiched(sheet: str) -> Iterator[Place]:
    """诉求人明月反映, 收款人金玉，: any surname and known given-name characters, up to the verb or the stop."""
    for start, end in _places(_SANDWICHED, sheet):
        surname, given = sheet[start], sheet[start + 1 : end]
        known = surname in lexicon.SURNAMES - lexicon.FUNCTION_WORDS and _is_given(given, len(given))
        if known and not _says(sheet, start, end):
            yield start, end
    for start, end in _places(_ME, sheet):
        given = sheet[start + 1 : end]
        fits = lexicon.GIVEN.intersection(given) and not lexicon.NEVER_GIVEN.intersection(given)
        if fits and not is_word(sheet[start], given):
            yield start, end


def _is_given(given: str, size: int) -> bool:
    return len(given) == size and lexicon.GIVEN.issuperset(given) and not lexicon.NEVER_GIVEN.intersection(given)


def _alone(sheet: str) -> Iterator[Place]:
    """A given name or nickname without surname: 她丈夫水生, 弟弟冬冬, 小芳妈妈, 阿强和小芳."""
    for start, end in _places(_OF_KIN, sheet):
        if _ends(sheet, end) and _is_nickname(sheet[start:end]) and not TITLE.match(sheet, end):
            yield start, end
    for start, end in _places(_PARENT, sheet):
        name = sheet[start:end]
        if name not in _NOBODY and _is_given(name.lstrip("小阿"), len(name) - (name[0] in "小阿")):
            yield start, end
    for start, end in _places(_DEAR, sheet):
        if _is_nickname(sheet[start:end]):
            yield start, end


def _ends(sheet: str, end: int) -> bool:
    return edge_at(sheet, end) >= Edge.HARD or sheet[end] in "在说被把和与去来今要没"


_NOBODY = frozenset((*lexicon.KIN, *lexicon.ROLES, *lexicon.PARTIES, "同学", "新生", "大宝", "二宝", "三宝"))


def _is_nickname(name: str) -> bool:
    first, second = name[0], name[1]
    if first == second and name not in chances().words and first not in lexicon.NEVER_GIVEN | _COUNTS:
        return True
    if name in _NOBODY or first in _COUNTS or name in chances().words:
        return False
    return _is_given(second, 1) and (first in "小阿" or _is_given(first, 1))
