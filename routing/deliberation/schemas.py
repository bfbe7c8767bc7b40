"""The JSON that comes in about deliberations. `Words` are free text, stored redacted."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from routing.deliberation.tally import ABSTAIN
from routing.deliberation.thresholds import DEFAULT
from routing.models.deliberation import HandOut, Method, Speaker, Stance
from routing.schemas import Code, LimitTold, Words, example
from services.moments import Moment

MOST_HOUSEHOLDS = 5_000
"""In one grid; an estate is several."""
Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
OptionKey = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
CodeWords = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]


class In(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Choice(In):
    """An answer to choose from."""

    key: OptionKey
    text: Annotated[Words, Field(max_length=200)]


class EntitledGrid(In):
    """Whose households may vote, how many there are, and how their codes reach them: one way for a grid, so that
    nobody has two codes."""

    grid: Code
    households: int = Field(ge=1, le=MOST_HOUSEHOLDS)
    hand_out: HandOut = HandOut.SHEET


class Opening(In):
    """议事: the question, what can be chosen, who is entitled, until when, and the time it takes."""

    model_config = example(
        question="3号楼是否加装电梯",
        options=[{"key": "add", "text": "同意按方案加装"}, {"key": "not_add", "text": "不加装"}],
        grids=[{"grid": "31010102300600101", "households": 18, "hand_out": "sheet"}],
        method="vote",
        threshold="civil_code_278_major",
        closes_at="2025-03-20T18:00:00+08:00",
        new_limit={"amount": 20, "unit": "working_days"},
        reason="楼内意见不一，须经业主表决",
    )
    question: Annotated[Words, Field(max_length=500)]
    options: Annotated[tuple[Choice, ...], Field(min_length=2, max_length=10)]
    grids: Annotated[tuple[EntitledGrid, ...], Field(min_length=1, max_length=50)]
    method: Method = Method.VOTE
    threshold: str = Field(DEFAULT, max_length=64)
    closes_at: Moment
    new_limit: LimitTold | None = Field(None, description="The extension it needs; a supervisor grants it first.")
    reason: Words

    @model_validator(mode="after")
    def _are_different(self) -> Self:
        keys = [option.key for option in self.options]
        if len(set(keys)) < len(keys) or ABSTAIN in keys:
            raise ValueError(f"options have different keys, none of them {ABSTAIN}, which every vote offers")
        if len({each.grid for each in self.grids}) < len(self.grids):
            raise ValueError("a grid is named once")
        return self


class Said(In):
    """发言: what somebody said, and for whom they stood; never who they were."""

    model_config = example(stance="objection", speaker="resident", text="一楼采光受影响，要求调整井道位置")
    stance: Stance
    speaker: Speaker
    text: Words


class ObjectionAnswered(In):
    statement: UUID
    answer: Words


class Closing(In):
    """The end: the minutes, each objection with its answer; of a consensus what was agreed, of a vote nothing more."""

    model_config = example(
        minutes="3月20日表决截止，邻里议事厅当场公布结果。",
        answers=[{"statement": "01956a2e-7c00-7000-8000-000000000001", "answer": "井道北移1.2米，已公示修改方案"}],
        area_participated=82.5,
        area_agreed=78.0,
    )
    minutes: Words
    answers: Annotated[tuple[ObjectionAnswered, ...], Field(max_length=200)] = ()
    option: OptionKey | None = Field(None, description="Of a consensus: what was agreed; without it, nothing was.")
    present: int | None = Field(None, ge=0, description="Of a consensus: how many entitled households took part.")
    area_participated: Percent | None = Field(None, description="Share of the private area that took part.")
    area_agreed: Percent | None = Field(None, description="Of that, the share that agreed to the winning option.")


class Ended(In):
    """Why it is withdrawn, or its result set aside."""

    model_config = example(reason="方案有重大修改，修改后重新表决")
    reason: Words


class PaperAsked(In):
    model_config = example(code="7K3M-Q9TW-0A5C-XH2R")
    code: CodeWords


class Vote(In):
    model_config = example(code="7K3M-Q9TW-0A5C-XH2R", option="add")
    code: CodeWords
    option: OptionKey
