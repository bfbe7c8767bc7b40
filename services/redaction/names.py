"""Names of persons after the phrases that introduce them: 我叫…, 联系人：…, 邻居…, and with a title: …女士.

How much a name must look like one depends on the phrase: after 我叫 nearly anything that can be a name is one, after
联系 only what hardly can be anything else. Titles and offices stay, and so do companies, roads and estates.
"""

from collections.abc import Iterator

from services.redaction import lexicon
from services.redaction.likeliest import likeliest
from services.redaction.likeness import (
    DATA_AFTER,
    HANZI,
    TITLE,
    Edge,
    Trust,
    edge_at,
    is_hanzi,
    is_no_name,
    read,
    surname_at,
)
from services.redaction.quick import Quick
from services.redaction.sheet import Kind, Place, Span
from services.redaction.slots import slots
from services.redaction.titles import called, familiar, titled
from services.redaction.unannounced import unannounced

_PEOPLE = "|".join(sorted((*lexicon.PARTIES, *lexicon.KIN, *lexicon.ROLES), key=len, reverse=True))
_PHRASES = (
    (
        Trust.NAMING,
        Quick(
            r"(?:我叫做?|名叫|名字[叫是]|名为|叫做|大名叫|小名叫|自称|户名"
            rf"|(?:姓名|真名|本名)(?=[{HANZI}]{{3}}(?![{HANZI}]))"
            r"|[工胸名]牌上?[写印]?[的着]?[是:]"
            r"|(?:真名|实名|签名|签字|本名|大名|全名|姓名|名字)[是为叫:\s])[是为叫:\s]?[“\"]?"
            rf"|(?:{_PEOPLE})(?:的?姓名|名字)?(?:\s?:\s?|名?叫做?)"
        ),
    ),
    (
        Trust.ROLE,
        Quick(rf"(?:{_PEOPLE})[的是为]?[\s,(“\"]?|叫|(?:敬礼|谢谢|感谢)[!。,.\s]{{1,3}}|姓名|名字"),
    ),
    (
        Trust.FAINT,
        Quick(
            r"(?:我是|我系|本人|联系|找到?|名下|转给了?|汇给了?|打给了?|付给了?|借给了?|卖给了?|交给了?|致电|电联|电告|回访|走访|约谈|询问|告知|通知|由(?!于))[\s,(“\"]?"
        ),
    ),
    (
        Trust.VAGUE,
        Quick("[人员长师工生友女子夫妻爸妈爷奶哥姐弟妹叔姨婆公伯警官护士任理手者客东主户民总董记]"),
    ),
)
_FIELD = Quick(r":\s?")
_FOREIGN = (
    "[阿艾安巴拜布达迪丁尔法凡菲哈赫吉贾江卡柯克库拉莱兰勒里丽利琳玛买麦曼梅孟米穆纳娜尼努帕琪茜热萨莎沙塔坦特提图吐瓦维乌西希雅亚伊依吾孜再扎珠卓"
    "古力木汗甫都什罕仁措旦增多央金次桑嘎德格贡加才让罗松泽旺甲洛日苏青不合恰其斯钦额银花那顺乐]"
)
_UNKNOWN = Quick(
    r"(?:姓名|户名|收[件款货]人|联系人|投诉人|举报人|来电人|诉求人|反映人):\s?"
    rf"([{HANZI}]{{2,3}}|{_FOREIGN}{{4,8}})(?![{HANZI}])"
)
_TRANSLITERATED = Quick(
    rf"(?:(?<![{HANZI}])|(?<=族)|(?<=居民)|(?<=市民)|(?<=业主)|(?<=户名)|(?<=顾客)|(?<=租客)|(?<=名叫)|(?<=名字))({_FOREIGN}{{3,8}})"
    r"(?=女士|先生|小姐|反映|要求|称|说|投诉|表示|咨询|来电|电话|同意|不同意|之子|之女|夫妇|签字|签收|确认|愿意)"
    rf"|(?:户名|姓名|我叫|名叫|名字)({_FOREIGN}{{3,8}})(?![{HANZI}])"
)
_UNLISTED = Quick(rf"(?:我叫|名叫|名字叫|名字是)([{HANZI}]{{3,4}})(?![{HANZI}])")
_OF_THE_STEPPE = Quick(rf"(?:{_PEOPLE}|翻译|居民|牧民)({_FOREIGN}{{4,8}})")
_SINGLE = Quick(rf"单名(?:就?是|叫|为)?(?:一个)?[“\"‘]?([{HANZI}])(?=[”\"’,。;、字\s]|\Z)")
_SAID_NAMED = Quick(
    rf"(?:(?:{_PEOPLE})(?:姓名|名字|名|就)?[为叫]|(?:{_PEOPLE}|身份证|户口本|房产证|名字)(?:上?[登写填]?[记着]?的?|登记)[是为叫]|[我她他的]叫|(?:姓名|名字)[是为叫])\Z"
)
SAID = 14
"""The longest that says a name right before it."""
_NAMED = Quick(
    rf"[是为叫](?P<named>[{''.join(sorted(lexicon.SURNAMES))}][{HANZI}]{{1,2}}"
    rf"|[{HANZI}][{''.join(sorted(lexicon.GIVEN - lexicon.NEVER_GIVEN))}]{{2}})(?=[,。;!?、(\s]|\Z)"
)
_NICKNAME = Quick(
    r"(?:我叫|名叫|小名叫?|乳名叫?|取名叫?|孩子叫|宝宝叫)[:是]?[“\"]?"
    rf"(?P<called>([{HANZI}])\2|[小阿][{HANZI}])(?![{HANZI}])"
    rf"|小名[就也]?叫(?P<pet>[{HANZI}]{{2}})(?![{HANZI}])"
    rf"|(?:儿子|女儿|孙子|孙女|孩子|宝宝)(?P<child>([{HANZI}])\5)(?=今年|现在|才|刚|[,(]?\d)"
)
_WORD = r"[A-Z][A-Za-z]{0,20}"
_LATIN = Quick(
    rf"(?:我叫|名叫|姓名|联系人|[Nn]ame is|[Nn]ame)[:是为]?\s?(?P<one>{_WORD}(?:[ ·.]{_WORD}){{0,3}})"
    rf"|(?:我是|I am|I'm|[Tt]his is)\s?(?P<two>{_WORD}(?: {_WORD}){{1,3}})"
    rf"|(?:旅客|乘客|顾客|游客|客人|外籍|外教|老外|友人|男子|女子|学生|员工|业主|租客|房客|住户|房东|市民|来电人|申请人|投诉人|诉求人|反映人|当事人|拼音|英文名)"
    rf"[:是为]?\s?(?P<bearer>[A-Z][A-Za-z]{{0,20}}(?: [A-Z][A-Za-z]{{0,20}}){{1,2}}|[A-Z]{{2,15}}/[A-Z]{{2,20}})"
    rf"|(?<![A-Za-z])(?:Mr|Mrs|Ms|Miss|Dr)\.?\s?(?P<titled>{_WORD}(?: {_WORD}){{0,2}})"
)
_BESIDE = Quick(rf"(?<![{HANZI}])[{HANZI}]{{2,4}}(?={DATA_AFTER})")
_QUOTED = ("“", "「", "‘", '"')
_LIST = ("、", "和", "与", "及", "跟")
LISTED = 12


def names(sheet: str) -> Iterator[Span]:
    """Every name and surname of a person, in order, the longer of two that overlap."""
    readers = (_announced, _of_forms, _unlisted, titled, called, familiar, unannounced, _beside, slots, likeliest)
    found = {place for reader in readers for place in reader(sheet)}
    end = 0
    for start, stop in sorted(found, key=lambda place: (place[0], -place[1])):
        if start >= end:
            yield Span(start, stop, Kind.NAME)
            end = stop


def _announced(sheet: str) -> Iterator[Place]:
    for trust, phrases in _PHRASES:
        for phrase in phrases.finditer(sheet):
            if trust > Trust.VAGUE or _opens_clearly(sheet, phrase.end()):
                yield from _listed(sheet, phrase.end(), trust)


def _opens_clearly(sheet: str, at: int) -> bool:
    """After a mere 员 or 长 only a clear surname that ends no word: 驾驶员陈…, not 主张…."""
    surname = surname_at(sheet, at)
    return surname in lexicon.CLEAR and sheet[at - 1] not in lexicon.WORD_BEFORE.get(surname, ())


def _listed(sheet: str, at: int, trust: Trust) -> Iterator[Place]:
    """The name at this place, and those listed after it: 邻居王一、李二和张三."""
    for _ in range(LISTED):
        end = read(sheet, at, trust)
        if not end or _quotes_more(sheet, at, end):
            return
        yield at, end
        if sheet[end : end + 1] not in _LIST:
            return
        stopped = sheet[end] == "、" and edge_at(sheet, end + 3) >= Edge.HARD
        at, trust = end + 1, trust if stopped else min(trust, Trust.ROLE)


def _quotes_more(sheet: str, at: int, end: int) -> bool:
    """中介“贝佳母婴”: what stands in quotation marks with other words is no name."""
    return sheet[at - 1 : at] in _QUOTED and sheet[at - 1 : at] != "" and is_hanzi(sheet[end : end + 1])


def _of_forms(sheet: str) -> Iterator[Place]:
    """女方：汤可欣。 Whatever the field is called, a name that fills it."""
    for field in _FIELD.finditer(sheet):
        end = read(sheet, field.end(), Trust.FAINT)
        if end and edge_at(sheet, end) >= Edge.HARD:
            yield field.end(), end


def _unlisted(sheet: str) -> Iterator[Place]:
    """Names without a known surname, where nothing else can stand: 联系人：逯远, 我叫朴智妍, 小名乐乐, John Smith."""
    for unknown in _UNKNOWN.finditer(sheet):
        if not is_no_name(sheet, unknown.start(1)):
            yield unknown.span(1)
    for foreign in _TRANSLITERATED.finditer(sheet):
        yield foreign.span(foreign.lastindex or 0)
    for unlisted in _UNLISTED.finditer(sheet):
        known = lexicon.GIVEN.intersection(unlisted[1])
        if len(known) > 1 and not lexicon.NEVER_GIVEN.intersection(unlisted[1]):
            yield unlisted.span(1)
    for foreign in _OF_THE_STEPPE.finditer(sheet):
        yield foreign.span(1)
    for spelled in _SINGLE.finditer(sheet):
        yield spelled.span(1)
    for named in _NAMED.finditer(sheet):
        at = named.start("named")
        if not _SAID_NAMED.search(sheet, max(0, at - SAID), at):
            continue
        if not is_no_name(sheet, named.start("named")) and not TITLE.search(sheet, *named.span("named")):
            yield named.span("named")
    for nickname in _NICKNAME.finditer(sheet):
        yield nickname.span(nickname.lastgroup or 0)
    for latin in _LATIN.finditer(sheet):
        yield latin.span(latin.lastgroup or 0)


def _beside(sheet: str) -> Iterator[Place]:
    """A name that opens a clause and is followed by 男 or 女, or by a number of a person."""
    for beside in _BESIDE.finditer(sheet):
        if read(sheet, beside.start(), Trust.ROLE) == beside.end():
            yield beside.span()
