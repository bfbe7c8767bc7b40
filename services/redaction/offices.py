"""Who acts in office is a fact of the matter: 居委会李书记, 物业马经理 stay; a full name and a caller's own do not.

Without the surname a dispatcher could not send the order around the one it complains about. Where the text gives the
title as the caller's own, or a person's number beside it, it is a person like any other.
"""

import re

from services.redaction import lexicon
from services.redaction.sheet import Kind, barrier

_OFFICE = re.compile("|".join([*sorted(lexicon.OFFICES, key=len, reverse=True), "[总董队所局处科]"]))
_OWN_BEFORE = re.compile(
    rf"(?:我是|我系|我姓|本人|姓名|称呼|自称|(?:{'|'.join(lexicon.PARTIES)})(?:姓名|为)?)[是为:,(\s]{{0,2}}\Z"
)
_BOSSES = re.compile(r"负责人|法人|老板|店主|经办人")
_OWN_AFTER = re.compile(
    r"[(,、\s]{0,2}(?:本人|来电|致电|来访|来信|反映|(?:联系)?电话(?![里上中])|手机|微信|身份证"
    rf"|[{barrier(Kind.PHONE)}{barrier(Kind.IDENTITY)}{barrier(Kind.WECHAT)}]|1[3-9]\d{{9}})"
)


def in_office(sheet: str, start: int, title: int) -> bool:
    """Whether the surname at `start` stands before an office at `title`, and nothing says it is the caller's own."""
    office = _OFFICE.match(sheet, title)
    if not office or _OWN_AFTER.match(sheet, office.end()):
        return False
    own = _OWN_BEFORE.search(sheet, max(0, start - 10), start)
    return not own or bool(_BOSSES.match(own[0]))
