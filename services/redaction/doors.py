"""The complainant's own door: what singles out the dwelling is hidden, the road, lane and building stay.

A door is somebody's own only where the text says so (我家住…, 住址…, 301室业主来电…). A neighbour's door is the place
of the problem and stays (楼上602漏水); so does the building, which the grid officer needs.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from services.redaction.quick import Quick
from services.redaction.sheet import BARRIER, Kind, Span, barrier

WINDOW = 48

_SELF = "我们?|本人|咱们?|俺们?|自己"
_CALLER = (
    "其|市民|来电人|来访人|来电者|诉求人|反映人|反应人|投诉人|求助人|举报人|当事人|申请人|居民|业主|住户|租客|租户|老人"
    "|夫妻|一家|爸爸?|妈妈?|父亲|母亲|父母|爷爷|奶奶|外公|外婆|岳父|岳母|女儿|儿子|爱人|老婆|老公|老伴"
)
_STAYS = r"(?:一家人?|全家|目前|现在|现|家|就|是|都|也|平时|暂时|长期|一直|独自|单独|自己){0,3}"
_LIVES = (
    rf"(?:(?:{_SELF}|{_CALLER}){_STAYS}住(?![院房宅户持口手]|建[委局部])(?:在|的是|于|址)?"
    r"|(?<![他她你您])(?:家住|住址|住在|居住在|居住于|租住在?|租在|暂住在?|现住|入住|住于)"
    r"|[他她](?:现在?|一直)?住(?=\d{3,4}室)"
    r"|(?<=[,;。?!)])住(?![院房宅户持口手了着满进]|建[委局部])|(?<=[,;。?!)])家(?=\d{1,3}[幢栋号#\-]))"
)
_ADDRESS = (
    r"(?:家庭|居住|户籍|户口|联系|通讯|收件|收货|本人|我的?|我家的?|常住|暂住|自家|房屋|房产|产权|来电人|市民)"
    r"(?:住址|地址|坐落|所在地|门牌号?)"
    r"|户址|(?:居住|暂住|现住|现居)地|(?=宿舍[是为:]?\d)|(?:登记|装机|送货|送餐|派送|邮寄|寄送|快递|上门|用水|用电|用气|实际)(?:住址|地址)|(?:户口|户籍|产权房|房产)(?:现|都|也|仍|还)?(?:在|落在|挂在|迁到|位于)|(?<!他家)(?<!她家)(?<!其)(?:房号|室号|房间号)|(?<!事发)(?<!案发)门牌号?[是为:]"
)
_OF_A_PERSON = (
    f"[{barrier(Kind.NAME)}{barrier(Kind.PHONE)}{barrier(Kind.IDENTITY)}]"
    r"[^。!?;\n]{0,24}[,;\s(](?:现?住址|地址):?"
)
_THERE = (
    r"(?:我这里|我这边|我们这里?|我户|我的?户"
    r"|(?:我|本人)(?:于[^,。;]{2,12})?(?:购买|买下|认购|承租)了?|我租的|我们租的|我住的|我买的|我名下的|(?<=[,。;!?\s])家在|(?:本人|我)[(]|^家在)(?:就?是)?"
)
_PERSON = (
    rf"[{barrier(Kind.NAME)}](?:先生|女士|小姐|阿姨|爷爷|奶奶|老伯|大爷|大妈|老人|师傅|老师)?"
    rf"(?:夫妇|一家)?[,(]?(?:[{barrier(Kind.PHONE)}{barrier(Kind.IDENTITY)}]{{1,24}}[,)]?)?"
    r"(?:独居[,在于]?|独自居住在?|家?住在?|家在|住址|居住于|居住在|家(?=[一二三四五六七八九十\d]{{1,2}}[楼层单]|\d))"
)
_HOME = rf"(?:{_SELF})(?:自己)?的?(?:家里|家中|家(?![长属政具电用庭附])|房子|住处|房屋|新房|住房)"
_OWN = Quick(f"{_ADDRESS}|{_LIVES}|{_HOME}|{_THERE}|{_PERSON}|(?:我|我们)的?老家|{_OF_A_PERSON}")
_CLAIM = Quick(
    r"(?:来电|诉求|反映|投诉)人(?:是|系|为|自称是?)|(?:我们?|本人|咱们?)(?:就是|是|系|为|作为|买了|买的|购买了?|租了|租的|拥有)|(?<![关联体])系|身为|作为"
    r"|(?P<bare>(?:我|本人)[,:])"
)
_OTHER = Quick(
    "楼上|楼下|隔壁|对门|对面|对过|邻居|旁边|边上|附近|周边|门口|后面|前面|前方|后方|小区[里内]|楼道|楼里|这栋|这幢"
    "|那栋|对方|房东|有人|工人|老板|店主|商户|嫌疑|他家|她家|人家|他们|她们|别人|谁|(?:反映|投诉|举报)(?![人者方])"
)
_I_AM = Quick(
    r"(?:我们?家?|本户|本人|咱们?家?)(?:就?[是住在](?:楼[上下]的?)?)?\s?(?P<alone>(?:[0-9一二三四五六]{1,2}单元)?(?:[东西南北]?\d{3,4}[A-Za-z]?|[〇零一二三四五六七八九]{3,4})室?)"
    r"(?=[,。;!?、\s)的]|这一?[户家]|采光|卫生|厨房|阳台|天花|客厅|卧室|家|门|业主|漏|渗|\Z)"
)
_QUARTERS = (
    r"(?:(?:[一二三四五六七八九十底]|[1-9]\d?)[楼层](?:[东西南北前后中左右正朝]{1,2}(?:厢房|厢|间|楼|房|室|客堂|统间)|亭子间|统间|统客堂|[东西南北中][户边])|(?<=\d号)[前后侧]门"
    r"|[东西前后左右]{0,2}(?:厢房|客堂间?|亭子间|灶披间|三层阁|二层阁|统客堂|前楼|后楼|过街楼)|阁楼间?)"
)
_NUMBER = "(?:[0-9]{1,5}|[〇零一二三四五六七八九十百]{1,5})"
_CUT = Quick(
    rf"[。!?;\n{BARRIER}]|住[了着满]|电话|手机|号码|身份证|微信"
    rf"|,(?!\s?{_NUMBER}[A-Za-z]?(?:号|弄|栋|幢|座|单元|室|支弄|(?<=\d)楼|(?<=\d)层|[\-—#/]\d|(?=[\s,。]))"
    r"|\s?[A-Za-z][座栋幢]"
    r"|\s?[\u4e00-\u9fff0-9]{1,14}(?:路|弄|村|小区|苑|号|区|街道|里|坊|园|庭|城|公寓|大楼|花园)\d?)"
)

_ROOM = r"(?:[东西南北甲乙丙前后]?\d{2,5}[A-Za-z]?|[A-Za-z]\d{2,4}|\d{1,2}[A-Za-z]|[〇零一二三四五六七八九]{3,4})"
_NAMED = rf"{_ROOM}(?:[\-~至、]\d{{2,4}})?(?:室|号房|房间|房(?![东产屋型租价]))"
_UNIT = (
    r"(?:[0-9A-Za-z]{1,2}|[一二三四五六七八九十]{1,2}|[东西南北中甲乙丙丁左右])(?:单元|门栋|门洞|门|梯)[,\s\-]?"
    r"(?:[0-9一二三四五六七八九十]{1,3}[楼层]\s?)?"
)
_BARE = r"(?:[东西南北甲乙丙]?\d{3,4}[A-Za-z]?|[〇零一二三四五六七八九]{3,4}|\d{1,2}[A-Za-z])(?:户|#)?"
NOT_A_ROOM = r"(?![0-9A-Za-z路弄号栋幢年月日天元块平米个户人次多余分点级届级层楼万千百度公里%.:\-]|线|医院)"
_MORE = rf"(?:[、和及/,\-~至]\s?{_ROOM}(?=室|房|两|三|[、和及/]|,|的))*(?:室|房)?"
_DOOR = Quick(
    rf"(?<![0-9A-Za-z第〇零一二三四五六七八九])(?P<named>(?:{_UNIT})?{_NAMED}{_MORE})"
    rf"|(?<=[号楼栋幢座#层弄门])(?<![工警单编证票卡账学胸]号)[\s,]?(?P<bare>(?:{_UNIT})?{_BARE}){NOT_A_ROOM}"
    rf"|(?<![0-9A-Za-z])(?P<unit>{_UNIT}{_BARE}){NOT_A_ROOM}"
    rf"|(?<=宿舍)\s?(?P<bunk>\d{{1,2}}[舍栋幢号]\d{{3}})"
    rf"|(?<![\d\-])[A-Za-z]?\d{{1,3}}\s?[\-—#/]\s?(?P<dashed>(?:\d{{1,2}}\s?[\-—#/\s]\s?)?\d{{3,4}}[A-Za-z]?)室?{NOT_A_ROOM}"
    rf"|(?<=[组队宅坞湾])\s?(?P<village>\d{{1,4}}号)(?![\d楼])"
)
_AN_OLD_ROOM = Quick(rf"(?P<room>{_QUARTERS})")
_ALONE = re.compile(
    rf"[是在:(\s]{{0,3}}(?P<alone>{_BARE})"
    r"(?=的|[\s,。;!?)(]|业主|住户|居民|租户|租客|漏|卫生间|天花|厨房|客厅|阳台|家|门|楼上|楼下|\Z)"
)
_NEXT_TO = re.compile(rf"[他她]们?家?的?(?:楼上|楼下|隔壁|对门|对面)的?(?P<alone>{_BARE}){NOT_A_ROOM}")
_OWNER = re.compile(
    rf"\)?的?(?:(?P<who>{barrier(Kind.NAME)}|[老小阿]{barrier(Kind.NAME)}|新?业主|住户|居民|租户|租客|房客|房主|户主|产权人|小业主|房屋|房子)|[\s,。;!?]|\Z)"
)
_CALLS = re.compile(
    r"\)?的?(?:业主|住户|居民|租户|租客|房客|户主|老人)?"
    r"(?:[\u4e00-\u9fff]{1,3}(?:先生|女士|小姐|阿姨|老伯|师傅))?(?:本人)?(?:多次|再次|今日|今天)?(?:来电|致电|来访|来信|上门|拨打|反映|反应|投诉|求助|咨询|诉求|要求|称)"
)
_HOUSE = Quick(
    rf"(?<![0-9A-Za-z第])(?:{_UNIT})?{_NAMED}|(?<=[号楼栋幢座])(?:{_UNIT})?{_BARE}"
    rf"|(?<![0-9A-Za-z])(?:{_UNIT}){_BARE}"
)
_PLAIN = Quick(r"(?<![^,。;!?\s])(?=\d{1,3}[号栋幢#\-])")
_PLAINLY = re.compile(r"的(?=[,。;!?]|\Z)")
_I_IN = Quick("(?:我们?|本人|全家|一家人?|父母|老人)(?:一直|目前|现在|全家)?在")
_STOPS = re.compile(rf"[,。!?;\n{BARRIER}]")
_STOP = re.compile(r"[,。;\s]|\Z")
_LIVED = re.compile(r"\s?(?:已?经?住了|居住了?|住着|租住|生活了?|住到)")
_CLAUSE = Quick(
    rf"[{barrier(Kind.NAME)}](?:先生|女士|小姐|阿姨|爷爷|奶奶|老伯|大爷|大妈|老人|师傅|老师)?[,、\s]\s?(?=[\u4e00-\u9fffA-Za-z0-9\-#]{{3,24}}[,。;\s])"
)
_CONTACT = re.compile(r"[,;。、\s]{1,2}(?:联系人|收[件货]人|姓名|户主|业主|住户|本人)")
_PLACE_OF = Quick(r"地址[:是为]?\s?")
_BRACKET = Quick(rf"[{barrier(Kind.NAME)}](?:先生|女士|小姐|阿姨|爷爷|奶奶|老伯|大爷|大妈|老人|师傅|老师)?[(]")
_CLOSED = re.compile("[)]")
_HOLDER = re.compile(rf"[,;。]\s?(?:我们?家|(?:户主|住户|租客|租户|业主|收[件货]人|联系人):?[{barrier(Kind.NAME)}])")
_TO_ME = re.compile(r"(?:[东西南北中]户)?(?:我们家|咱家|的门,)|(?:来)?(?:找我|找到我|敲我|骚扰我|堵我|威胁我|我家)")
_DWELLER = re.compile(
    rf"(?:[东西南北中]户)?的?(?:(?:住户|业主|租户|租客|房客|户主|居民|房主|老人)[{barrier(Kind.NAME)}]"
    rf"|的[{barrier(Kind.NAME)}]"
    rf"|[{barrier(Kind.NAME)}]{{1,4}}(?:(?:老人|女士|先生|阿姨)?(?:家[中里]|在家)|(?=[,。;!?\s]|\Z)))"
)
_CHAIN = Quick(
    r"(?:[0-9A-Za-z一二三四五六七八九十]{1,4}(?:号楼|幢|栋|座|号|#)|[村苑园里庭府城区院寓弄])\s?"
    rf"(?P<chain>{_UNIT}{_BARE}(?:室|房)?){NOT_A_ROOM}"
    rf"|(?<=号)(?P<quarters>{_QUARTERS})"
    rf"|(?:\d(?:号楼|幢|栋|座))\s?(?P<plain>{_BARE}室?)(?=[,。;!?)、\s]|断[水电网气]|[停没][水电]|\Z)"
    rf"|(?:\d(?:号楼|号|幢|栋|座))\s?(?P<called>(?:\d{{1,2}}[楼层])?{_BARE}室?)(?=[,。;、\s]{{1,2}}[{barrier(Kind.NAME)}{barrier(Kind.PHONE)}])"
    r"|(?<![\d\-—码号格:：口])[0-9A-Za-z]{1,3}[\-—](?P<dashes>\d{1,2}[\-—\s]\d{3,4})(?![\d\-—.:：年月日])"
)
_VISITED = re.compile("源[为是]|来自|现场|到达|发现|前往|上门|[检核巡]查|位于|约谈|进入|对")
"""What an officer came to see is the place of the problem."""
_CODE = Quick("取件码|取货码|单号|编号|表号|柜|格口|尾号|案号|型号|(?<!\\d)[号码]为?\\s?\\Z")
_ENGLISH = Quick(
    r"(?:\bI(?:'m| am)? (?:live|living|stay|reside|rent)\w*"
    r"|\b(?:my|our) (?:home|address|flat|apartment|house|room|unit)\b"
    r"|\bwe live\b)"
    r"[^.!?;\n。]{0,60}?(?P<english>\b(?:Room|Rm\.?|Apt\.?|Apartment|Flat|Unit|#)\s?[A-Z]?\d{1,4}[A-Z]?\b)",
    re.IGNORECASE,
)
_MINE = re.compile(r"(?:就?是|为|属于)(?:我|我们|本人|自己|我自己)的?(?:家|房子|房|住处|名下)")


def doors(sheet: str) -> Iterator[Span]:
    """The own doors, in order; a door that two phrases claim is told once."""
    told = list(_DOOR.finditer(sheet))
    houses = [*_HOUSE.finditer(sheet), *told]
    found = sorted(
        {
            *_after(sheet, _OWN.finditer(sheet)),
            *_claimed(sheet),
            *_calling(sheet, houses),
            *_told_mine(sheet, told),
            *_plainly(sheet, houses),
            *_dwellings(sheet, houses),
        }
    )
    end = 0
    for span in found:
        if span.start >= end:
            yield span
            end = span.end


def _after(sheet: str, phrases: Iterable[re.Match[str]]) -> Iterator[Span]:
    for phrase in phrases:
        if not _OTHER.search(_clause_before(sheet, phrase.start())):
            end = _reach(sheet, phrase.end())
            alone = _ALONE.match(sheet, phrase.end(), end) or _NEXT_TO.match(sheet, phrase.end())
            yield from _spans(
                alone or _DOOR.search(sheet, phrase.end(), end) or _AN_OLD_ROOM.search(sheet, phrase.end(), end)
            )


def _claimed(sheet: str) -> Iterator[Span]:
    """我是12号301室业主; 本人，301室业主."""
    for phrase in _CLAIM.finditer(sheet):
        if _OTHER.search(_clause_before(sheet, phrase.start())):
            continue
        end = _reach(sheet, phrase.end())
        door = _DOOR.search(sheet, phrase.end(), end) or _ALONE.match(sheet, phrase.end(), end)
        owner = _OWNER.match(sheet, _place(door)[1]) if door else None
        if owner and (owner["who"] or not phrase["bare"]):
            yield from _spans(door)


def _calling(sheet: str, houses: Sequence[re.Match[str]]) -> Iterator[Span]:
    """12号301室王女士来电; but not 投诉12号301室."""
    for door in houses:
        if _CALLS.match(sheet, door.end()) and not _OTHER.search(_clause_before(sheet, door.start(), 14)):
            yield from _spans(door)


def _told_mine(sheet: str, told: Sequence[re.Match[str]]) -> Iterator[Span]:
    """12-3-402是我家."""
    for door in told:
        if _MINE.match(sheet, door.end()):
            yield from _spans(door)


def _plainly(sheet: str, houses: Sequence[re.Match[str]]) -> Iterator[Span]:
    """，1幢202的，; 上门到602室找我; I live in Room 502, Building 4."""
    for clause in _PLAIN.finditer(sheet):
        door = _DOOR.search(sheet, clause.end(), clause.end() + 16)
        if door and _PLAINLY.match(sheet, door.end()) and "," not in sheet[clause.end() : door.start()]:
            yield from _spans(door)
    for opening, closing in ((_I_IN, _LIVED), (_CLAUSE, _STOP), (_PLACE_OF, _CONTACT), (_BRACKET, _CLOSED)):
        for phrase in opening.finditer(sheet):
            door = _DOOR.search(sheet, phrase.end(), _reach(sheet, phrase.end()))
            if door and closing.match(sheet, door.end()):
                yield from _spans(door)
    for door in houses:
        told = _TO_ME.match(sheet, door.end()) or _HOLDER.match(sheet, door.end())
        if told and not _OTHER.search(_clause_before(sheet, door.start(), 4)):
            yield from _spans(door)
    yield from (Span(*door.span("alone"), Kind.DOOR) for door in _I_AM.finditer(sheet))
    yield from (Span(*door.span("english"), Kind.DOOR) for door in _ENGLISH.finditer(sheet))


def _dwellings(sheet: str, houses: Sequence[re.Match[str]]) -> Iterator[Span]:
    """3幢2单元501, 8-1-304: a whole chain is somebody's dwelling; and 602住户王某: the door of who is named."""
    for chain in _CHAIN.finditer(sheet):
        before = _clause_before(sheet, chain.start(), 14)
        visited = chain.lastgroup == "plain" and _VISITED.search(before)
        if not (visited or _OTHER.search(before) or _CODE.search(before)):
            yield from _spans(chain)
    for door in houses:
        if _DWELLER.match(sheet, door.end()) and not _OTHER.search(_clause_before(sheet, door.start(), 10)):
            yield from _spans(door)


def _clause_before(sheet: str, place: int, length: int = 8) -> str:
    return _STOPS.split(sheet[max(0, place - length) : place])[-1]


def _reach(sheet: str, start: int) -> int:
    """How far a phrase speaks of the own home: to the end of the sentence, or to the word that begins another's."""
    end = min(len(sheet), start + WINDOW)
    stops = [stop.start() for stop in (_CUT.search(sheet, start, end), _OTHER.search(sheet, start, end)) if stop]
    return min(stops, default=end)


def _spans(door: re.Match[str] | None) -> Iterator[Span]:
    if door:
        yield Span(*_place(door), Kind.DOOR)


def _place(door: re.Match[str]) -> tuple[int, int]:
    return door.span(door.lastgroup or 0)
