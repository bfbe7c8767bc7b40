"""The JSON that comes in: one body for each move that a person makes. `Words` are free text, stored redacted."""

from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from routing.states import ItemType, Move, Ruling
from services.limits import Limit, LimitUnit
from services.moments import Moment
from services.texts import printable


class FreeText:
    """Marks what a person wrote in their own words."""


Words = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000), AfterValidator(printable), FreeText()
]
Code = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[0-9A-Za-z][0-9A-Za-z_-]{0,63}$")]
CaseNo = Annotated[str, StringConstraints(pattern=r"^\d{16}$")]
CoUnits = Annotated[tuple[Code, ...], Field(max_length=20)]


class How(StrEnum):
    """How the reporter was contacted."""

    PHONE = "phone"
    VISIT = "visit"
    MESSAGE = "message"
    RELAY = "relay"


class ContactResult(StrEnum):
    """What came of it; a wrong number is a result, and nothing more can be done about it."""

    REACHED = "reached"
    NO_ANSWER = "no_answer"
    WRONG_NUMBER = "wrong_number"
    DECLINED = "declined"


class EvidenceKind(StrEnum):
    PHOTO = "photo"
    DOCUMENT = "document"
    RECORD = "record"


class Told(BaseModel):
    """Base of all bodies: what is told with a move."""

    model_config = ConfigDict(extra="forbid")
    move: ClassVar[Move]

    def told(self) -> dict[str, Any]:
        """The fields that were told, as the lifecycle takes them."""
        return {name: getattr(self, name) for name in type(self).model_fields if getattr(self, name) is not None}

    @classmethod
    def free_text(cls) -> Iterator[str]:
        """The fields that hold a person's own words."""
        for name, field in cls.model_fields.items():
            if any(isinstance(mark, FreeText) for mark in field.metadata) or Words in _options(field.annotation):
                yield name


def _options(annotation: Any) -> tuple[Any, ...]:
    return getattr(annotation, "__args__", ())


def example(**fields: Any) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [fields]})


class Ask(Told):
    """待补充: something has to be asked before it can be decided."""

    model_config = example(missing="请补充具体楼栋号和出现噪音的时间段")
    move = Move.ASK
    missing: Words


class Dispatch(Told):
    """派单."""

    model_config = example(unit="310101023P02", co_units=["310101023-management"])
    move = Move.DISPATCH
    unit: Code
    co_units: CoUnits = ()


class Redirect(Told):
    """改派: to another unit, or without a unit back to triage."""

    model_config = example(reason="该路段由区绿化市容局养护，非街道职责", unit="310101-greening")
    move = Move.REDIRECT
    reason: Words
    unit: Code | None = None
    co_units: CoUnits = ()


class Reclassify(Told):
    """改类: another issue or item type. A complaint becomes an inquiry only with a second dispatcher."""

    model_config = example(issue="05-01", reason="反映的是垃圾满溢，不是噪音")
    move = Move.RECLASSIFY
    issue: Code | None = None
    item_type: ItemType | None = None
    reason: Words

    @model_validator(mode="after")
    def _says_what(self) -> "Reclassify":
        if self.issue is None and self.item_type is None:
            raise ValueError("name the new issue or the new item_type")
        return self


class Merge(Told):
    """并单: into the order named; each keeps the own number, answer and survey."""

    model_config = example(parent="2025030100000425")
    move = Move.MERGE
    parent: CaseNo


class Unmerge(Told):
    """撤销并单."""

    model_config = example(reason="两处路灯不在同一路口，不是同一件事")
    move = Move.UNMERGE
    reason: Words


class Decline(Told):
    """不予受理, with the legal route told; a second dispatcher has to agree."""

    model_config = example(reason="属于已进入诉讼程序的合同纠纷", legal_route="请向黄浦区人民法院提起诉讼，或申请仲裁")
    move = Move.DECLINE
    reason: Words
    legal_route: Words


class HandOver(Told):
    """移交: to an authority outside, such as 110, 119 or a court."""

    model_config = example(receiver="119", reference="HP-20250301-0087", at="2025-03-01T09:20:00+08:00", emergency=True)
    move = Move.HAND_OVER
    receiver: Words
    reference: Words
    at: Moment
    emergency: bool | None = None


class Accept(Told):
    """签收."""

    model_config = example()
    move = Move.ACCEPT


class Contact(Told):
    """先行联系: when, how and with what result the reporter was contacted."""

    model_config = example(
        at="2025-03-01T10:05:00+08:00", how="phone", result="reached", words="反映人希望周末前处理，晚上七点后可接电话"
    )
    move = Move.CONTACT
    at: Moment
    how: How
    result: ContactResult
    words: Words | None = None


class Dispute(Told):
    """退单: not our duty, by which rule, and whose in our view."""

    model_config = example(
        reason="井盖权属为供水企业，不在街道管养范围",
        legal_basis="责任清单 R118；上海市供水管理条例",
        proposed_unit="31-water_supply",
    )
    move = Move.DISPUTE
    reason: Words
    legal_basis: Words
    proposed_unit: Code


class Rule(Told):
    """裁定: to a unit, which it binds, or that it is not the city's to accept."""

    model_config = example(decision="dispatch", unit="31-water_supply", reason="井盖铭牌为供水，由权属单位办理")
    move = Move.RULE
    decision: Ruling
    unit: Code | None = None
    co_units: CoUnits = ()
    legal_route: Words | None = None
    reason: Words | None = None


class Transfer(Told):
    """转派: to a unit inside the own unit's subtree, never back."""

    model_config = example(unit="310101023006", reason="由永嘉居民区先行处置")
    move = Move.TRANSFER
    unit: Code
    reason: Words | None = None


class Summon(Told):
    """吹哨: a co-unit is to come."""

    model_config = example(unit="310101-fire", reason="楼道堆物堵塞消防通道，需现场联合处置")
    move = Move.SUMMON
    unit: Code
    reason: Words | None = None


class Arrive(Told):
    """报到."""

    model_config = example()
    move = Move.ARRIVE


class Release(Told):
    """解除协办."""

    model_config = example(unit="310101-fire")
    move = Move.RELEASE
    unit: Code


class LimitTold(BaseModel):
    """A time limit, counted from the report."""

    model_config = example(amount=15, unit="working_days")
    amount: int = Field(ge=1, le=400)
    unit: LimitUnit


class Extend(Told):
    """延期: the leader asks, a supervisor grants; for a deliberation it is asked for where that is opened."""

    model_config = example(
        new_limit={"amount": 15, "unit": "working_days"}, reason="配件从外地调货，预计十个工作日到货"
    )
    move = Move.EXTEND
    new_limit: LimitTold
    reason: Words
    deliberation: UUID | None = Field(None, description="The deliberation that the time is for.")

    def told(self) -> dict[str, Any]:
        return {**super().told(), "new_limit": str(Limit(self.new_limit.amount, self.new_limit.unit))}


class Defer(Told):
    """挂账: the leader asks, a supervisor grants; the reason is told to the citizen."""

    model_config = example(review_date="2025-09-01", reason="需列入下半年老旧小区改造计划统一实施")
    move = Move.DEFER
    review_date: date
    reason: Words


class Resume(Told):
    """恢复办理."""

    model_config = example()
    move = Move.RESUME


class RaiseLevel(Told):
    """提级: to the unit above; at a desk the order stays where it is."""

    model_config = example(reason="多次催办无进展")
    move = Move.RAISE_LEVEL
    reason: Words | None = None


class Supervise(Told):
    """督办."""

    model_config = example(reason="临近时限仍未先行联系反映人")
    move = Move.SUPERVISE
    reason: Words | None = None


class Note(Told):
    """备注."""

    model_config = example(text="商户每天十点开门，下午再去一次")
    move = Move.NOTE
    text: Words


class Evidence(BaseModel):
    """What shows the result: its kind, and what it shows or where it is kept."""

    model_config = example(kind="photo", shows="路灯已亮，拍摄于永嘉路120弄口")
    kind: EvidenceKind
    shows: Words


class ResultKept(BaseModel):
    """The residents' result that was carried out."""

    model_config = example(deliberation="01956a2e-7c00-7000-8000-000000000001", option="add")
    deliberation: UUID
    option: Code


class ReportDone(Told):
    """办结上报: what was done, and, apart from it, what the citizen is answered. `result` where residents decided."""

    model_config = example(
        done="更换3号楼道灯具两只，检查线路无破损",
        public_answer="您反映的楼道灯已于3月2日更换并恢复照明，感谢您的反映。",
        evidence=[{"kind": "photo", "shows": "更换后的楼道灯"}],
    )
    move = Move.REPORT_DONE
    done: Words
    public_answer: Words
    evidence: Annotated[tuple[Evidence, ...], Field(max_length=20)] = ()
    review_date: date | None = None
    result: ResultKept | None = None

    def told(self) -> dict[str, Any]:
        told = {**super().told(), "evidence": [piece.model_dump(mode="json") for piece in self.evidence]}
        return told | ({"result": self.result.model_dump(mode="json")} if self.result else {})


class SendBack(Told):
    """核查退回."""

    model_config = example(finding="现场复核，灯仍不亮")
    move = Move.SEND_BACK
    finding: Words


class Approve(Told):
    """核查通过."""

    model_config = example(finding="现场复核，照明已恢复")
    move = Move.APPROVE
    finding: Words


BODIES: Mapping[Move, type[Told]] = {body.move: body for body in Told.__subclasses__()}
"""Every move that a person makes."""


class Refusal(BaseModel):
    """Why a second person refuses what was proposed."""

    model_config = example(reason="理由不足，仍在法定受理范围内")
    reason: Words
