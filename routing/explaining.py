"""Why a match is what it is: all that decided as JSON, and one sentence in Chinese for people."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, NamedTuple

from routing.catalogue import Catalogue
from routing.city import Unit
from routing.classifying import IssueGuess
from routing.duties import Duty
from routing.lists import Issue, Loser
from routing.places import Evidence, PlaceGuess, Reason

MOST_LOSERS = 8
MOST_WORDS = 3

PLACE_FOUND: Mapping[Reason, str] = {
    Reason.STREET_AND_COMMITTEE: "写明了街道和居村",
    Reason.UNIQUE_COMMITTEE: "居村名称全市唯一",
    Reason.SETTLED_BY_DISTRICT: "同名居村由文中的区确定",
    Reason.SETTLED_BY_CALL: "同名居村由来电所带的区确定",
    Reason.STREET: "写明了街镇",
    Reason.AREA: "写明了片区",
    Reason.ADDRESS: "门牌或楼宇有据可查",
    Reason.COORDINATES: "坐标落在该网格内",
    Reason.GIVEN: "登记时给定",
}
PLACE_OPEN: Mapping[Reason, str] = {
    Reason.NAMESAKES: "有多个同名居村，不能猜",
    Reason.CONTRADICTION: "文中地点自相矛盾",
    Reason.SEVERAL_PLACES: "提到了几处地点",
    Reason.AMBIGUOUS_STREET: "街镇的简称不止一处",
    Reason.NOT_ENOUGH: "只有路名或简称，不足以定位",
    Reason.NOTHING: "没有说地点",
}


class Found(NamedTuple):
    """What the matcher found, part by part. `around` says that the row's own unit was passed over."""

    day: date
    place: PlaceGuess
    issue: Issue | None
    guess: IssueGuess | None
    issue_sure: bool
    duty: Duty | None
    too_wide: bool
    lead: Unit | None
    around: bool
    unknown: Mapping[str, str] = MappingProxyType({})
    """Codes that were given and do not exist, by what they were to be: `issue`, `grid`."""


UNKNOWN = {"issue": "登记给定的事项代码{}不在清单中", "grid": "登记给定的网格代码{}不存在"}


def explain(found: Found, catalogue: Catalogue) -> dict[str, Any]:
    """JSON: the versions it rests on, the evidence, the row that won and those that lost."""
    duty = found.duty
    return {
        "day": found.day.isoformat(),
        "lists": catalogue.lists_version,
        "model": catalogue.classifier.version,
        "place": _place(found.place),
        "issue": _issue(found),
        "row": duty.row.row if duty else None,
        "legal_basis": duty.row.legal_basis if duty else None,
        "lost": [lost(each) for each in duty.decision.losers[:MOST_LOSERS]] if duty else [],
        "around": duty.lead.code if duty and found.around else None,
        "unknown": dict(found.unknown),
        "sentence": sentence(found, catalogue),
    }


def lost(loser: Loser) -> dict[str, str]:
    row = loser.candidate.row
    return {"row": row.row, "lead": row.lead, "loss": loser.loss.value, "reason": loser.reason}


def _place(place: PlaceGuess) -> dict[str, Any]:
    return {
        "grid": place.grid,
        "reason": place.reason.value,
        "confidence": round(place.confidence, 4),
        "candidates": list(place.candidates),
        "evidence": [_evidence(each) for each in place.evidence],
    }


def _evidence(each: Evidence) -> dict[str, Any]:
    """Field by field: asking the dataclass for them takes as long as the whole match."""
    return {
        "source": each.source,
        "words": each.words,
        "means": each.means,
        "grids": each.grids,
        "role": each.role,
        "start": each.start,
        "end": each.end,
    }


def _issue(found: Found) -> Mapping[str, Any]:
    code, guess = found.issue.code if found.issue else None, found.guess
    if guess is None:
        return {"code": code, "reason": "given"}
    return {
        "code": code,
        "reason": "text" if found.issue_sure else "unsure",
        "confidence": guess.confidence,
        "classes": [list(each) for each in guess.classes],
        "candidates": [list(each) for each in guess.candidates],
        "also": list(guess.also),
        "evidence": [gram for gram, _ in guess.evidence],
    }


def sentence(found: Found, catalogue: Catalogue) -> str:
    """What it is, where, whose, by which row; or what is missing."""
    return f"{_where(found.place, catalogue)}，{_what(found)}；{_whose(found)}。"


def _where(place: PlaceGuess, catalogue: Catalogue) -> str:
    if place.grid is None:
        return f"地点不明确（{PLACE_OPEN.get(place.reason, '')}）"
    return f"地点在{catalogue.city.grid(place.grid).name}（{PLACE_FOUND.get(place.reason, '')}）"


def _what(found: Found) -> str:
    if found.issue is None or not found.issue_sure:
        return "事项拿不准"
    words = [gram for gram, _ in found.guess.evidence[:MOST_WORDS]] if found.guess else []
    return f"事项为“{found.issue.name}”" + (f"（依据：{'、'.join(words)}）" if words else "")


def unknown_told(codes: Mapping[str, str]) -> str:
    """In Chinese, which of the codes given are none."""
    return "，".join(UNKNOWN[name].format(code) for name, code in codes.items())


def _whose(found: Found) -> str:
    duty = found.duty
    if found.unknown:
        return f"{unknown_told(found.unknown)}，请派单员判断"
    if found.too_wide:
        return "地点范围过大，请派单员判断"
    if duty is None:
        listed = found.place.grid and found.issue and found.issue_sure
        return "清单中没有可以主办的行，请派单员判断" if listed else "请派单员判断"
    by = f"按责任清单{duty.row.row}行由{duty.lead.name}主办"
    if found.around and found.lead:
        return f"{by}，因诉求涉及该单位，回避并上提，由{found.lead.name}办理"
    if found.around:
        return f"{by}，因诉求涉及该单位而其上没有可以办理的单位，请派单员判断"
    return by + (f"（{duty.row.legal_basis}）" if duty.row.legal_basis else "")
