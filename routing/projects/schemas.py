"""The JSON that comes in about projects, resources and needs. `Words` are free text, stored redacted."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from routing.models.projects import Kind, Progress
from routing.schemas import CaseNo, Code, Words, example

Name = Annotated[Words, Field(max_length=200)]
Measure = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10)]
Amount = Annotated[int, Field(ge=1, le=1_000_000_000)]
MOST_CASES = 200


class In(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CaseLinked(In):
    """A case, and the building group it is counted in: without one, its own place where that is a building group."""

    case_no: CaseNo
    group: Code | None = None


Cases = Annotated[tuple[CaseLinked, ...], Field(max_length=MOST_CASES)]


class MilestoneTold(In):
    model_config = example(name="完成雨水管网清淤", due_on="2025-05-31")
    name: Name
    due_on: date


class NewProject(In):
    """立项: the cause, who leads, who is of the task force, where it is done and by when."""

    model_config = example(
        name="永嘉片区海绵化排水改造",
        root_cause="三个楼组共用的雨水管径不足且淤堵，逢大雨必积水",
        lead_unit="310101023006",
        members=["310101-construction"],
        groups=["31010102300600101", "31010102300600102"],
        milestones=[{"name": "完成雨水管网清淤", "due_on": "2025-05-31"}],
        cases=[{"case_no": "2025030100000425", "group": "31010102300600101"}],
        due_on="2025-09-30",
    )
    name: Name
    root_cause: Words
    lead_unit: Code | None = Field(None, description="Your own unit or one below it; without it, your own.")
    members: Annotated[tuple[Code, ...], Field(max_length=50)] = ()
    groups: Annotated[tuple[Code, ...], Field(min_length=1, max_length=500)]
    milestones: Annotated[tuple[MilestoneTold, ...], Field(max_length=50)] = ()
    cases: Cases = ()
    due_on: date | None = None


class CasesTold(In):
    """More cases with the same cause."""

    model_config = example(cases=[{"case_no": "2025030100000425", "group": "31010102300600101"}])
    cases: Annotated[tuple[CaseLinked, ...], Field(min_length=1, max_length=MOST_CASES)]


class ProgressTold(In):
    """How far a building group is; the whole group, never one of its doors."""

    model_config = example(progress="done")
    progress: Progress


class ProjectClosing(In):
    """结项: what was done, and what those who reported it are answered."""

    model_config = example(
        done="新铺雨水管420米，三个楼组加装透水铺装与蓄水模块，经暴雨检验无积水",
        public_answer="您反映的积水问题已通过海绵化排水改造解决，经汛期检验不再积水，感谢您的反映。",
    )
    done: Words
    public_answer: Words


class NewResource(In):
    """What a partner organisation offers (共建单位资源). Name the organisation, never a private person."""

    model_config = example(
        organisation="某建筑设计院（共建单位）",
        kind="service",
        title="排水方案设计与图纸复核",
        grid="310101023006",
        capacity=40,
        measure="工时",
        valid_to="2025-12-31",
    )
    organisation: Name
    kind: Kind
    title: Name
    grid: Code
    capacity: Amount
    measure: Measure
    valid_to: date | None = None
    unit: Code | None = Field(None, description="Whose list it is on: your own unit or one below it.")


class NewNeed(In):
    """What a grid needs, or a project."""

    model_config = example(kind="service", title="排水方案设计", grid="310101023006", amount=30, measure="工时")
    kind: Kind
    title: Name
    grid: Code
    amount: Amount
    measure: Measure
    project: UUID | None = None
    unit: Code | None = Field(None, description="Whose list it is on: your own unit or one below it.")


class Given(In):
    """So much of this resource for the need."""

    model_config = example(resource="01956a2e-7c00-7000-8000-000000000001", amount=30)
    resource: UUID
    amount: Amount
