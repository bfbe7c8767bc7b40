"""Runs of digits however they are written (138-1234, 一三八, 幺三八, 13八, 四个零), cut into groups at their gaps."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.redaction.quick import Quick

_CHINESE = "〇零○洞一幺壹二两贰三叁四肆五伍六陆七柒拐八捌九玖勾"
_VALUES = "00001112223344556677788999"  # what `_CHINESE` stands for, character for character
_SPOKEN = "\ue100-\ue109"  # Chinese digits while reading: a change of script begins a new group
_DIGIT = f"[0-9{_SPOKEN}]"
_GAP = r"[ \t\r\n\-—–‐‑−_.·•/\\|,、()+*:;'\"\u200b\u200d\ufe0f\u20e3]"
_READ = {ord(char): chr(0xE100 + int(value)) for char, value in zip(_CHINESE, _VALUES, strict=True)}
_WRITE = {0xE100 + value: str(value) for value in range(10)}

SHORTEST = 4
"""How many digits a person's number has at least."""

_FILLER = Quick(
    rf"(?<=[0-9{_CHINESE}]|[,、 ])(?:前面|中间|然后|接着|后面|最后|再|后|呃|嗯|杠|横杠|空格)"
    rf"(?:[三四两]位|[三四]个数)?(?:数字|数)?是?(?=[ ,、]?[0-9{_CHINESE}])"
)
_YAO = Quick(rf"(?<![什怎这那多要])么(?=[{_CHINESE}])")
_REPEATED = Quick(rf"([2-9\ue102-\ue109])个({_DIGIT})")
_RUN = re.compile(rf"{_DIGIT}(?:{_GAP}{{0,3}}~{{0,8}}{_GAP}{{0,3}}{_DIGIT})*+(?: ?[Xx](?![A-Za-z]))?")
_GROUP = re.compile(rf"[0-9]+|[{_SPOKEN}]+|[Xx]")


@dataclass(frozen=True)
class Group:
    """Digits without a gap, and the gap before them; `spoken` ones are written as Chinese digits."""

    digits: str
    start: int
    end: int
    gap: str
    spoken: bool


def runs(sheet: str) -> Iterator[list[Group]]:
    """Each run of digits as its groups, from left to right; the shortest are no number of anybody."""
    reading, starts, ends = _read(sheet)
    for run in _RUN.finditer(reading):
        if run.end() - run.start() < SHORTEST:
            continue
        groups: list[Group] = []
        done = run.start()
        for part in _GROUP.finditer(reading, run.start(), run.end()):
            gap = reading[done : part.start()]
            digits = part[0].translate(_WRITE)
            groups.append(Group(digits, starts[part.start()], ends[part.end() - 1], gap, spoken=digits != part[0]))
            done = part.end()
        yield groups


def _read(sheet: str) -> tuple[str, Sequence[int], Sequence[int]]:
    """The sheet with Chinese digits marked as such and `四个零` said in full; and each character's start and end."""
    reading = _FILLER.sub(lambda filler: "~" * len(filler[0]), _YAO.sub("幺", sheet)).translate(_READ)
    repeats = list(_REPEATED.finditer(reading))
    if not repeats:
        return reading, range(len(reading)), range(1, len(reading) + 1)
    pieces, starts, ends, done = [], list[int](), list[int](), 0
    for repeated in repeats:
        times = int(repeated[1].translate(_WRITE))
        pieces += [reading[done : repeated.start()], repeated[2] * times]
        starts += [*range(done, repeated.start()), *[repeated.start()] * times]
        ends += [*range(done + 1, repeated.start() + 1), *[repeated.end()] * times]
        done = repeated.end()
    pieces.append(reading[done:])
    starts += range(done, len(reading))
    ends += range(done + 1, len(reading) + 1)
    return "".join(pieces), starts, ends
