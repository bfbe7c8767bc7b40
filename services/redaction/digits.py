"""Numbers of persons: telephones, identity numbers, cards, accounts; by their digits, their grouping and their label.

A wrong check digit changes nothing: a mistyped number is as personal. Without a label a number is hidden where its
shape is a person's; where the label names an order, a contract or a meter it stays.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from services.redaction import labels
from services.redaction.runs import SHORTEST, Group, runs
from services.redaction.sheet import Kind, Span

LONGEST = 21
BEFORE = 24

_MOBILE = re.compile(r"(?:0086|86|0)?1[3-9]\d{9}")
_LANDLINE = re.compile(r"(?:(?:0086|86)0?|0)(?:10|2[0-57-9]|[3-9]\d\d)\d{7,8}")
_ABROAD = re.compile(r"00(?:1|[2-9]\d{0,2})\d{7,10}")
_TAIWAN = re.compile(r"09\d{8}")
_SERVICE = re.compile(r"(?:400|800)\d{7}|10[01]\d{5}|106\d{5,}|0\d+")
_DAY = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_DISABLED = re.compile(r"[1-8]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dX][1-7][1-4]")
"""A disability certificate is the identity number, the kind (1 to 7) and the degree (1 to 4)."""
_COMPANY = re.compile(r"9[1-3][1-6]\d{15}")
_CODE = re.compile(r"(?<![A-Za-z])(?!(?:TEL|ID|QQ|T|P|M)[-_/]?\Z)(?:[A-Z]{1,8}[-_/]?|[A-Za-z]{1,8}[-_/])\Z")
_HARD_GAP = re.compile(r"[ \t\r\-—–‐‑−_()~\u200b\u200d\ufe0f\u20e3]*")

# How people group a number when they put commas or dots between: mobiles, then identity numbers and cards.
_SPOKEN = {
    (3, 4, 4), (3, 8), (7, 4), (3, 3, 5), (4, 3, 4), (4, 4, 3), (3, 4, 2, 2), (3, 2, 2, 2, 2), (3, 2, 2, 4),
    (3, 2, 3, 3), (3, 3, 3, 2), (3, 1, 3, 4), (3, 3, 1, 4), (5, 6), (6, 5), (1, 2, 4, 4), (3, 4, 1, 3), (3, 4, 3, 1),
    (4, 4, 4), (6, 8, 4), (6, 4, 4, 4), (3, 3, 4, 4, 4), (6, 8, 3, 1), (3, 3, 8, 4), (6, 4, 2, 2, 4), (4, 4, 4, 4),
    (4, 4, 4, 4, 3),
}  # fmt: skip
_PAIRS = {(2, 2, 2, 2, 2, 1), (1, 2, 2, 2, 2, 2)}


@dataclass(frozen=True)
class _Number:
    """Some neighbouring groups taken as one number, with what stands around it."""

    digits: str
    shape: tuple[int, ...]
    gaps: tuple[str, ...]
    before: str
    after: str
    spoken: bool


def numbers(sheet: str) -> Iterator[Span]:
    called = -1
    for groups in runs(sheet):
        for span in _in_run(sheet, groups, called):
            called = span.end if span.kind is Kind.PHONE else called
            yield span


def _in_run(sheet: str, groups: Sequence[Group], called: int) -> Iterator[Span]:
    at = 0
    while at < len(groups):
        start = groups[at].start
        before = _before(sheet, start, called)
        if _stays(before, groups[at : at + 5]):
            at = _after_what_stays(groups, at, code=bool(_CODE.search(before)))
            continue
        size, kind = _longest(sheet, groups[at : at + LONGEST], before)
        if kind is not None:
            span = _whole(sheet, start, groups[at + size - 1].end, kind)
            called = span.end if kind is Kind.PHONE else called
            yield span
        at += size


def _before(sheet: str, start: int, called: int) -> str:
    """What stands before a number; one that follows a telephone after an `或` counts as labelled like it."""
    if 0 <= called < start <= called + 4 and labels.AFTER_PHONE.fullmatch(sheet, called, start):
        return "电话"
    return sheet[max(0, start - BEFORE) : start]


def _stays(before: str, groups: Sequence[Group]) -> bool:
    digits = "".join(group.digits for group in groups)
    if labels.KEEP.search(before) or _CODE.search(before):
        return True
    if _MOBILE.match(digits):
        return False
    return bool(labels.KEEP_UNLESS_MOBILE.search(before) or (len(digits) < 14 and labels.OFFICE.search(before)))


def _after_what_stays(groups: Sequence[Group], at: int, code: bool) -> int:
    """Behind the kept number, with the groups it may be written in; a telephone behind it is another number."""
    at += 1
    while at < len(groups) and _HARD_GAP.fullmatch(groups[at].gap):
        size, joined = len(groups[at].digits), groups[at].gap == "-"
        if not (size < 11 or (joined and (code or size > 11))):
            break
        at += 1
    return at


def _longest(sheet: str, groups: Sequence[Group], before: str) -> tuple[int, Kind | None]:
    """The longest number that begins with the first group, as its count of groups and kind."""
    totals = accumulate(len(group.digits) for group in groups)
    for size in range(sum(total <= LONGEST for total in totals), 0, -1):
        kind = _kind(_number(sheet, groups[:size], before))
        if kind is not None and not _runs_on(groups[:size]):
            return size, kind
    return 1, None


def _runs_on(groups: Sequence[Group]) -> bool:
    """13800001234一直: the words after a whole number begin with a digit."""
    *number, last = groups
    whole = bool(_MOBILE.fullmatch("".join(group.digits for group in number)))
    return whole and last.spoken and not last.gap and not number[-1].spoken


def _number(sheet: str, groups: Sequence[Group], before: str) -> _Number:
    end = groups[-1].end
    digits = "".join(group.digits for group in groups).upper()
    return _Number(
        digits=digits,
        shape=_shape(groups, _dialled_before(digits)),
        gaps=tuple(group.gap for group in groups[1:]),
        before=before,
        after=sheet[end : end + 8],
        spoken=all(group.spoken for group in groups),
    )


def _dialled_before(digits: str) -> int:
    """How many digits of a mobile number are the country's code or the long-distance zero."""
    return len(digits) - 11 if _MOBILE.fullmatch(digits) else 0


def _shape(groups: Sequence[Group], skipped: int) -> tuple[int, ...]:
    """The sizes between the gaps, past the skipped digits; a mere change of script is no gap."""
    sizes: list[int] = []
    for group in groups:
        if sizes and not group.gap:
            sizes[-1] += len(group.digits)
        else:
            sizes.append(len(group.digits))
    while skipped and sizes[0] <= skipped:
        skipped -= sizes.pop(0)
    return (sizes[0] - skipped, *sizes[1:])


def _kind(number: _Number) -> Kind | None:
    if len(number.digits) < SHORTEST or not _well_grouped(number) or labels.MONEY_AFTER.match(number.after):
        return None
    return _by_shape(number) or _by_label(number)


def _well_grouped(number: _Number) -> bool:
    """Whether somebody writes one number like this: `12、14、16、18、20、2` is a list of houses."""
    shape = number.shape
    if len(shape) == 1:
        return True
    if labels.PLACE_AFTER.match(number.after) or (shape[0] == 4 and shape[1] < 3 and number.digits[:2] in ("19", "20")):
        return False
    if max(shape) > 14 and not number.digits.endswith("X"):
        return False
    if set(shape) == {1} or shape in _SPOKEN:
        return True
    hard = all(_HARD_GAP.fullmatch(gap) for gap in number.gaps)
    return hard and (shape in _PAIRS or (max(shape) > 2 and len(shape) < 7))


def _by_shape(number: _Number) -> Kind | None:
    digits, size = number.digits, len(number.digits)
    if number.spoken and _MOBILE.fullmatch(digits[1:]) and digits[0] == "1":
        return Kind.PHONE  # a spoken 么 or 一 before the number, as in 么一三八
    if _MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits) or _ABROAD.fullmatch(digits):
        return Kind.PHONE
    if number.before.endswith("+") and 8 <= size <= 15:
        return Kind.PHONE
    if size == 18 and not digits.startswith("20") and not _COMPANY.fullmatch(digits):
        return Kind.CARD if labels.CARD.search(number.before) else Kind.IDENTITY
    if size == 20 and _DISABLED.fullmatch(digits):
        return Kind.IDENTITY
    if size == 15 and not _DAY.match(digits) and not digits.startswith("10"):
        return Kind.IDENTITY
    return Kind.CARD if 16 <= size <= 19 and digits[0] in "34569" and digits.isdigit() else None


def _by_label(number: _Number) -> Kind | None:
    digits, before, size = number.digits, number.before, len(number.digits)
    if labels.MEASURE_AFTER.match(number.after):
        return None
    if 5 <= size <= 12 and labels.QQ.search(before):
        return Kind.QQ
    if (size >= 6 and labels.IDENTITY.search(before)) or labels.IDENTITY_TAIL.search(before):
        return Kind.IDENTITY
    if labels.TAIL.search(before):
        return Kind.CARD if labels.CARD_TAIL.search(before) else Kind.PHONE
    if size >= 5 and labels.ACCOUNT.search(before):
        return Kind.CARD if 16 <= size <= 19 else Kind.ACCOUNT
    if size >= 8 and labels.CARD.search(before):
        return Kind.CARD
    called = 7 <= size <= 13 and not _SERVICE.fullmatch(digits) and not _DAY.fullmatch(digits)
    if _TAIWAN.fullmatch(digits) and labels.PHONE.search(before):
        return Kind.PHONE
    local = size in (7, 8) and digits[0] in "23456789" and labels.PHONE_NEAR.search(before)
    told = labels.PHONE.search(before) or local or (number.spoken and digits[0] in "23456789")
    return Kind.PHONE if called and told else None


def _whole(sheet: str, start: int, end: int, kind: Kind) -> Span:
    """With the plus sign, the bracket or the key cap that belongs to it."""
    while sheet[end : end + 1] in ("\ufe0f", "\u20e3"):
        end += 1
    opened = sheet[start - 1 : start]
    if opened == "+" or (opened == "(" and ")" in sheet[start:end]):
        start -= 1
    return Span(start, end, kind)
