"""What identifies a person by letters and digits: mail addresses, chat and network accounts, plates, passports."""

import re
from collections.abc import Iterator

from services.redaction.quick import Quick
from services.redaction.sheet import BARRIER, Kind, Rule, Span, barrier

_IS = r"(?:就是|[\s是为:=叫“\"'‘(\[@]){0,4}"
_COUNTED = r"(?!\s?(?:元|块|万|多|年|月|日|人|个|粉|次|条|号楼|%|[A-Za-z0-9_]))"
_LETTERS = r"([A-Za-z][A-Za-z0-9_.\-]{3,29}+)"
_DIGITS = r"(\d[A-Za-z0-9_\-]{4,29}+)"
_NUMBER = r"(?:号码|账号|帐号|号|用户名|用户|昵称|id)"
_PHONES = barrier(Kind.PHONE) + barrier(Kind.NAME)
_STOP = r"\s,.。;:!?、()“”\"'‘’「」《》\[\]"
_END = _STOP + BARRIER
_NETWORK = (
    "(?:抖音|小红书|快手|微博|微信|朋友圈|视频号|B站|哔哩哔哩|闲鱼|淘宝|拼多多|美团|大众点评|陌陌|知乎|贴吧|钉钉"
    "|支付宝|旺旺|telegram|whatsapp|skype|facebook|instagram|twitter|推特)"
)
_DOMAIN = r"[A-Za-z0-9\-]{1,63}(?:\s?(?:\.|点|dot)\s?[A-Za-z0-9\-]{1,63}){0,3}\s?(?:\.|点|dot)\s?[A-Za-z]{2,24}"

_EMAIL = (
    r"(?<![A-Za-z0-9._%+\-])([A-Za-z0-9][A-Za-z0-9._%+\-]{0,63}\s{0,2}(?:@|艾特|\[at\]|\(at\)|(?<=\s)at(?=\s))\s{0,2}"
    + _DOMAIN
    + ")"
)
_WECHAT = (
    r"(?:[微威薇徽维]\s?信|wei\s?xin|we\s?chat|(?<![A-Za-z0-9])(?:vx|wx|v信|v(?=[\s:号是]))|(?<=加)[v薇威微徽]|(?<![A-Za-z0-9])v(?=我[:加])我|(?<=加我)v)(?:同号)?"
    rf"\s?{_NUMBER}?{_IS}(?!(?:wechat|weixin|pay|app|iphone|android)\b)(?:{_LETTERS}|{_DIGITS}){_COUNTED}"
)
_WECHAT_FAR = (
    r"(?:[微威薇]信|we\s?chat|vx)(?:号|id)?[^A-Za-z0-9。;!?\n]{0,12}"
    rf"(?=[A-Za-z0-9_\-]{{0,19}}[A-Za-z])(?=[A-Za-z\-]{{0,19}}[0-9_])([A-Za-z][A-Za-z0-9_\-]{{5,19}}+){_COUNTED}"
)
_HANDLE = rf"{_NETWORK}(?:的|上的|里的)?(?:(?:{_NUMBER}){{0,2}}{_IS}{_LETTERS}|{_NUMBER}{_IS}{_DIGITS}){_COUNTED}"
_AT = (
    r"(?<![A-Za-z0-9._@])(?:(?:TG|tg|电报|推特|ins|INS|line|Line|LINE|Discord|discord)(?:号|群|账号)?"
    rf"{_IS}(?=[@A-Za-z])|(?=@))(@?[A-Za-z][A-Za-z0-9_.]{{3,29}}+)(?!@)"
)
_LOGIN = rf"(?:账号|帐号|账户|用户名|登录名|会员名)\s?{_NUMBER}?{_IS}{_LETTERS}{_COUNTED}"
_NICKNAME = (
    rf"(?:(?:{_NETWORK}|qq)(?:上的?|的)?(?:账号|帐号|号|昵称|网名|用户名|用户|名字|名|博主|主播)|网名|昵称)"
    r"(?:名字|名)?"
    rf"(?:[是为叫:]{{1,2}}\s?[“\"'‘「《@]?|[“\"'‘「《@])([^{_END}]{{1,14}}?)"
    rf"(?=[{_STOP}]|的|在|发布?|骂|天天|每天|经常|一直|直播|拍|\Z)"
    rf"|(?:网名|昵称)(?![是为叫名在里太不很]|[{_END}])([^{_END}]{{2,10}})(?=[{_STOP}]|\Z)"
)
_SIGN = "[A-HJ-NP-Za-hj-np-z0-9]"
_SAID = "[〇零一幺二两三四五六七洞拐八勾九]"
_PLATE = (
    r"(?<!梯\d\d)([京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]\s?[·•・.\-]?牌?\s?[A-Za-z]\s?[·•・‧∙.。*\-—_/]?\s?(?:"
    rf"(?=(?:[A-Za-z]\s?){{0,3}}\d\s?(?:[A-Za-z]\s?){{0,2}}\d){_SIGN}(?:\s?{_SIGN}){{4,5}}"
    rf"|{_SIGN}(?:\s?{_SIGN}){{3}}\s?(?:[警学挂港澳领使试超]|应急)(?![校生用过图察])"
    rf"|(?:{_SIGN}\s?){{0,3}}{_SAID}(?:\s?{_SAID}){{2,5}}))(?![A-Za-z0-9])"
)
_PLATE_OF_STATE = (
    r"(?<![A-Za-z0-9])((?<![\u4e00-\u9fff])[使领]\s?\d{3}\s?[·•.\-]?\s?\d{3}|(?<=[牌辆为是到])使\s?\d{3}\s?[·•.\-]?\s?\d{3}|民航\s?[A-Za-z]\s?\d{4}|WJ\s?(?:[\u4e00-\u9fff]|\d\d)?\s?[·•.\-]?\s?\d{4,5}[A-Za-z0-9]?"
    r"|[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]残\s?\d{4,6}"
    r"|(?<![\u4e00-\u9fff])[南北东西中海空军京][A-Z]\s?[·•.\-]\s?\d{5})(?![A-Za-z0-9])"
)
_PLATE_PART = (
    rf"(?:车牌|牌照|号牌|车号)(?:号码|号)?{_IS}"
    r"([京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Za-z]\s?[·.]?\s?[A-Za-z0-9*]{2,6}[警学挂]?)(?![A-Za-z0-9])"
)
_PLATE_AFTER_LABEL = (
    rf"(?:车牌|牌照|号牌|车号)(?:号码|号)?{_IS}(?:上海|沪|[\u4e00-\u9fff]{{2}}(?=\d{{6,7}}(?!\d)|[A-Za-z]\d{{5}}(?!\d)|[·•・]))?\s?"
    rf"([A-Za-z]?\s?[·\-]?\s?[A-Za-z]?\d[A-Za-z0-9]{{3,6}}+){_COUNTED}"
)
_PAPER = (
    r"(?:护照|通行证|回乡证|台胞证|港澳证|居留证|永居证|军官证|士兵证|学生证|工作证|残疾证|身份证|证件|社保卡|医保卡|医保本"
    rf"|就诊卡|居住证|驾驶证|学籍|海员证|签证|警官证|士官证|退役证|优待证|老年证|(?<![考可产照票房地])证号|公交卡|交通卡|市民卡)[新旧原]?(?:号码|号|编号)?{_IS}"
    r"([A-Za-z]{1,3}\s?\d{5,18}+(?:\([0-9A]\))?|(?=[A-Z]{0,3}\d)[A-Z](?=[A-Z0-9]{0,7}\d{3})[A-Z0-9]{8}(?![A-Za-z0-9])|\d{2}[A-Za-z]{2}\d{5}|(?<=[湾台胞陆乡行签]证号)\d{8,10}(?!\d)|[\u4e00-\u9fff]{1,2}字第?\d{5,12}号?|[沪京津渝苏浙皖]\d{6,12}|[沪京津渝苏浙皖]?军[A-Za-z]\d{5,8})"
)

_PASSPORT = r"\bpassport(?:\s(?:no|number|num|id))?\.?(?:\s(?:is|was))?[\s:#]{1,3}([A-Za-z]{0,3}\d{6,9})(?![A-Za-z0-9])"
_WORK_PERMIT = rf"(?:工作许可|就业许可|工作许可证|就业证|居留许可)证?(?:号码|号|编号)?{_IS}([A-Za-z]?\d{{8,18}})(?!\d)"
_IDENTITY_TAIL = (
    r"(?:身\s?份\s?证|证件)[^。;!?\n]{0,16}?"
    r"(?:后|尾|末|最后)[四六4-6]位?(?:数|号)?(?:是|为|:|\s){0,2}(\d{3,5}[\dXx])(?!\d)"
)
_CARD_TAIL = (
    r"(?:卡|手机|电话|号码)[^。;!?\n]{1,24}?(?:后|尾|末)[四4]位?(?:数|号)?(?:是|为|:|\s){0,2}(\d{4})(?![\d位元年])"
)
_LOOKALIKE_IDENTITY = (
    r"(?<![A-Za-z0-9])(?=\d{0,17}[olisOLI])([1-9](?:[\doli]){16}[\dolix])(?![A-Za-z0-9])"
    r"|(?<![A-Za-z0-9*])([1-9]\d{5}(?:19|20)\d{2}[\d*]{2,8}\*{2,8}[\dX]{0,4})(?![A-Za-z0-9*])"
)
_EXTENSION = (
    rf"[{_PHONES}]\)?[,、\s]{{0,2}}(?:(?:再?转|分机号?|内线|ext\.?|extension)\s?:?\s?(\d{{2,6}})"
    rf"|(?<={barrier(Kind.PHONE)})[\-—#*](\d{{2,5}}))(?![\d:年月.])"
)
_BORN = (
    r"(?:生日|出生日期|出生年月日?|出生于|出生在|生于|生辰|诞生于)(?:是|为|在|:|\s|\(){0,3}((?:19|20)\d\d\s?[年.\-/]\s?\d{1,2}"
    r"\s?[月.\-/]\s?\d{1,2}日?|(?:19|20)\d{6}(?!\d)|(?:农历|阴历|阳历)?[0-9一二三四五六七八九十]{1,2}月(?:初|[0-9一二三四五六七八九十]){1,3}[日号]?)"
    r"|((?:19|20)\d\d[年.\-/]\d{1,2}[月.\-/]\d{1,2}日?)(?=出生|生人|[(]?出生|生[,。;、)])"
)
_MASKED_PHONE = r"(?<!\d)(1[3-9]\d[ \-]?[*x#某]{3,5}[ \-]?\d{3,4}|1[3-9]\d{5}[ \-]?[*x#]{4})(?!\d)"
_MASKED_NUMBER = (
    r"(?<![A-Za-z0-9])(\d{3,6}(?: ?\*{2,14}){1,3} ?\d{2,4}[0-9X]?"
    r"|\d{4,6}\*{2}(?:19|20)\d{2,6}\*{2,6}[0-9X]{0,4})(?![A-Za-z0-9])"
)
_LOOKALIKE_PHONE = (
    r"(?<![A-Za-z0-9])(?=[\d \-]{0,12}[oli])(?=(?:[ \-]?[oli]{0,6}[\d一二三四五六七八九零〇幺]){5})"
    r"([1li][3-9][\doli][ \-]?[\doli一二三四五六七八九零〇幺]{4}[ \-]?[\doli一二三四五六七八九零〇幺]{4})"
    r"(?![A-Za-z0-9])"
)


def _rule(pattern: str, kind: Kind) -> Rule:
    compiled = Quick(pattern, re.IGNORECASE)

    def spans(sheet: str) -> Iterator[Span]:
        for match in compiled.finditer(sheet):
            yield Span(*match.span(match.lastindex or 0), kind)

    return spans


HANDLES: tuple[Rule, ...] = (
    _rule(_EMAIL, Kind.EMAIL),
    _rule(_BORN, Kind.BORN),
    _rule(_PASSPORT, Kind.PAPER),
    _rule(_WORK_PERMIT, Kind.PAPER),
    _rule(_LOOKALIKE_IDENTITY, Kind.IDENTITY),
    _rule(_IDENTITY_TAIL, Kind.IDENTITY),
    _rule(_CARD_TAIL, Kind.CARD),
    _rule(_EXTENSION, Kind.PHONE),
    _rule(_WECHAT, Kind.WECHAT),
    _rule(_WECHAT_FAR, Kind.WECHAT),
    _rule(_HANDLE, Kind.HANDLE),
    _rule(_NICKNAME, Kind.HANDLE),
    _rule(_AT, Kind.HANDLE),
    _rule(_LOGIN, Kind.ACCOUNT),
    _rule(_PAPER, Kind.PAPER),
    _rule(_PLATE, Kind.PLATE),
    _rule(_PLATE_OF_STATE, Kind.PLATE),
    _rule(_PLATE_PART, Kind.PLATE),
    _rule(_PLATE_AFTER_LABEL, Kind.PLATE),
    _rule(_MASKED_PHONE, Kind.PHONE),
    _rule(_LOOKALIKE_PHONE, Kind.PHONE),
    _rule(_MASKED_NUMBER, Kind.ACCOUNT),
)
