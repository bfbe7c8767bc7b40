"""The forms of the desks' moves, and how what was filled in becomes the body of the JSON route."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from routing.pages.desks.wording import ITEM_TYPES
from routing.schemas import BODIES, Told
from routing.states import Move
from services.limits import LimitUnit
from services.problems import FieldFault, Invalid


class Kind(StrEnum):
    """How a field is filled in."""

    WORDS = "words"
    LINE = "line"
    UNIT = "unit"
    ISSUE = "issue"
    CASE = "case"
    MOMENT = "moment"
    CHOICE = "choice"
    FLAG = "flag"
    DAY = "day"
    LIMIT = "limit"


@dataclass(frozen=True)
class Field:
    """One field of a form; `options` are those of a choice."""

    name: str
    label: str
    kind: Kind = Kind.WORDS
    needed: bool = True
    hint: str = ""
    options: Mapping[str, str] | None = None


REASON = Field("reason", "理由")
UNIT = Field("unit", "单位", Kind.UNIT)
CO_UNITS = Field("co_units", "协办单位", Kind.UNIT, needed=False, hint="几个代码用逗号隔开")
ROUTE = Field("legal_route", "告知的法律途径")
FORMS: Mapping[Move, tuple[Field, ...]] = {
    Move.DISPATCH: (UNIT, CO_UNITS),
    Move.ASK: (Field("missing", "要补充什么", hint="会告诉反映人；期满后按已知情况决定"),),
    Move.RECLASSIFY: (
        Field("issue", "新事项", Kind.ISSUE, needed=False),
        Field("item_type", "新类型", Kind.CHOICE, needed=False, options={"": "不变", **ITEM_TYPES}),
        REASON,
    ),
    Move.MERGE: (Field("parent", "并入的主单编号", Kind.CASE, hint="各反映人仍各得答复和回访"),),
    Move.UNMERGE: (REASON,),
    Move.HAND_OVER: (
        Field("receiver", "接收单位", Kind.LINE, hint="例如 110、119、法院"),
        Field("reference", "对方编号", Kind.LINE),
        Field("at", "移交时间", Kind.MOMENT),
        Field("emergency", "紧急情况", Kind.FLAG, needed=False),
    ),
    Move.REDIRECT: (Field("unit", "改派给", Kind.UNIT, needed=False, hint="不填则退回待派"), CO_UNITS, REASON),
    Move.DECLINE: (REASON, ROUTE),
    Move.RULE: (
        Field("decision", "裁定", Kind.CHOICE, options={"dispatch": "由一个单位办理", "not_accepted": "不予受理"}),
        Field("unit", "由谁办理", Kind.UNIT, needed=False, hint="裁定由一个单位办理时填写"),
        Field("legal_route", "告知的法律途径", needed=False, hint="裁定不予受理时填写"),
        Field("reason", "理由", needed=False, hint="有约束力，并建议为清单的一行"),
    ),
    Move.APPROVE: (Field("finding", "核查意见"),),
    Move.SEND_BACK: (Field("finding", "退回的理由"),),
    Move.SUPERVISE: (Field("reason", "理由", needed=False),),
    Move.RAISE_LEVEL: (Field("reason", "理由", needed=False),),
    Move.RESUME: (),
    Move.TRANSFER: (Field("unit", "转给", Kind.UNIT, hint="本单位及其下级"), Field("reason", "理由", needed=False)),
    Move.SUMMON: (
        Field("unit", "请谁来", Kind.UNIT, hint="到场时限从现在起算，超时由督查员督办"),
        Field("reason", "理由", needed=False),
    ),
    Move.ARRIVE: (),
    Move.RELEASE: (Field("unit", "不再需要的单位", Kind.UNIT),),
    Move.EXTEND: (Field("new_limit", "新时限", Kind.LIMIT, hint="从受理算起；须督查员同意"), REASON),
    Move.DEFER: (
        Field("review_date", "复查日期", Kind.DAY),
        Field("reason", "理由", hint="会告诉反映人；须督查员同意"),
    ),
    Move.NOTE: (Field("text", "备注"),),
}
SECOND_PERSON = frozenset({Move.DECLINE})
"""Moves that always wait for a second person when they are made at a desk; the form says so."""


def body_of(move: Move, sent: Mapping[str, str], zone: ZoneInfo) -> Told:
    """What was filled in, as the move's own body. Raises Invalid with the fields to mend."""
    told = {field.name: _value(field, sent.get(field.name, "").strip(), zone) for field in FORMS[move]}
    try:
        return BODIES[move].model_validate({name: value for name, value in told.items() if value not in ("", None)})
    except ValidationError as error:
        raise Invalid(faults=[_fault(each) for each in error.errors()]) from None


def _value(field: Field, text: str, zone: ZoneInfo) -> Any:
    """A moment is meant where the city is; codes stand between commas; a name may follow a code."""
    if not text:
        return None
    match field.kind:
        case Kind.FLAG:
            return True
        case Kind.MOMENT:
            return _moment(text, zone)
        case Kind.LIMIT:
            return {"amount": text, "unit": LimitUnit.WORKING_DAYS}
        case Kind.UNIT if field.name == "co_units":
            return tuple(each.split()[0] for each in text.replace("，", ",").split(",") if each.strip())
        case Kind.UNIT | Kind.ISSUE | Kind.CASE:
            return text.split()[0]
    return text


def _moment(text: str, zone: ZoneInfo) -> str:
    """What is no moment goes on as it is: the body refuses it by name."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone).isoformat()
    except ValueError:
        return text


def _fault(error: Any) -> FieldFault:
    name = next((str(part) for part in error["loc"]), "issue")
    return FieldFault(name, error["msg"], "fill it in")
