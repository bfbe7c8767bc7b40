"""What the bridge says of a change: the same in the list of changes and in a callback, without a person."""

from datetime import datetime
from typing import Any, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from intake.bridge.changes import ChangeKind
from intake.bridge.records import Change
from intake.bridge.translating import CodeMap
from intake.models import Report

EXAMPLE: dict[str, Any] = {
    "id": "chg_4711",
    "kind": "case.moved",
    "at": "2025-03-01T09:30:02+08:00",
    "case_no": "2025030100000426",
    "external_id": "SH12345-20250301-000123",
    "source": "routing",
    "move": "accept",
    "state": "handle.working",
    "outcome": None,
    "status": "30",
    "round": 1,
    "public_answer": None,
}


class ChangeSeen(BaseModel):
    """One change. `state` is ours as it was then, `status` your own code for it; `public_answer` is the present one."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})
    id: str
    kind: ChangeKind
    at: datetime
    case_no: str
    external_id: str | None
    source: str
    move: str
    state: str
    outcome: str | None
    status: str | None
    round: int
    public_answer: str | None

    @classmethod
    def of(cls, change: Change, report: Report, codes: CodeMap, zone: ZoneInfo) -> Self:
        same = ("case_no", "source", "move", "state", "outcome", "round")
        return cls(
            **{name: getattr(change, name) for name in same},
            id=f"chg_{change.position}",
            kind=ChangeKind(change.kind),
            at=change.at.astimezone(zone),
            external_id=report.external_id,
            status=codes.state(change.state, change.outcome),
            public_answer=report.public_answer,
        )


class ChangePage(BaseModel):
    """Changes in their order, and the cursor to go on with; it stays good when there is nothing new."""

    items: list[ChangeSeen]
    next: str
    more: bool
