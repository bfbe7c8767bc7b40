"""What the three desks are: where their pages stand, by which lists they work, and how their pages are rendered."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse

from routing.list_filters import Narrowing
from routing.named_lists import Worklist
from routing.pages.desks import wording
from routing.states import Move, State
from routing.terms import terms
from services.callers import SignedIn
from services.clocks import now
from services.roles import Role
from services.staff_pages import StaffPages

PAGES = StaffPages(Path(__file__).parent)


@dataclass(frozen=True)
class Desk:
    """`queue` is what is worked through case by case; `tabs` are the lists beside it, by their Chinese names."""

    path: str
    lists: str
    name: str
    queue: Worklist
    tabs: Mapping[str, Narrowing]

    def case(self, case_no: str, **asked: str) -> str:
        return _with(f"/routing{self.path}/cases/{case_no}", asked)

    def list(self, **asked: str) -> str:
        return _with(f"/routing{self.lists}", asked)

    @property
    def parts(self) -> str:
        """Where the board of a place stands: the desk's own page, unless that is its list."""
        return f"/routing{self.path}" if self.lists != self.path else f"/routing{self.path}/grids"

    @property
    def analysis(self) -> str:
        """Where the figures stand that are to be learnt from."""
        return f"/routing{self.path}/analysis"

    def next(self, **asked: str) -> str:
        return _with(f"/routing{self.path}/next", asked)


def _with(path: str, asked: Mapping[str, str]) -> str:
    told = {name: value for name, value in asked.items() if value}
    return f"{path}?{urlencode(told)}" if told else path


LATE: Mapping[str, Narrowing] = {
    "今日到期": Narrowing(worklist=Worklist.DUE_TODAY),
    "已超期": Narrowing(worklist=Worklist.OVERDUE),
}
DISPATCH = Desk(
    "/dispatch",
    "/dispatch",
    "派单台",
    Worklist.TRIAGE,
    {
        "待派": Narrowing(worklist=Worklist.TRIAGE),
        "待我同意": Narrowing(worklist=Worklist.TO_AGREE),
        **LATE,
        "退单": Narrowing(state=State.DISPUTED, sort="due"),
        "已并单": Narrowing(state=State.MERGED),
    },
)
BOARD = Desk(
    "/board",
    "/board/cases",
    "督办台",
    Worklist.TO_CHECK,
    {
        "待核查": Narrowing(worklist=Worklist.TO_CHECK),
        "待裁定": Narrowing(worklist=Worklist.DISPUTES),
        "待我同意": Narrowing(worklist=Worklist.TO_AGREE),
        **LATE,
        "退单": Narrowing(state=State.DISPUTED, sort="due"),
        "挂账": Narrowing(state=State.DEFERRED, sort="due"),
    },
)
TEAM = Desk(
    "/team",
    "/team/cases",
    "本单位",
    Worklist.UNIT,
    {
        "本单位在办": Narrowing(worklist=Worklist.UNIT),
        "待报到": Narrowing(worklist=Worklist.SUMMONS),
        **LATE,
        "退单": Narrowing(state=State.DISPUTED, sort="due"),
        "挂账": Narrowing(state=State.DEFERRED, sort="due"),
    },
)
MOVES_ON: Mapping[Move, Worklist] = {
    **dict.fromkeys((Move.DISPATCH, Move.ASK, Move.DECLINE, Move.MERGE, Move.HAND_OVER), Worklist.TRIAGE),
    **dict.fromkeys((Move.APPROVE, Move.SEND_BACK), Worklist.TO_CHECK),
    Move.RULE: Worklist.DISPUTES,
}
"""After these the next case of the list is shown."""


def render(request: Request, desk: Desk, template: str, *, status: int = 200, **facts: Any) -> HTMLResponse:
    """A page of a desk, with the words and the time it needs."""
    found: SignedIn | None = getattr(request.state, "signed_in", None)
    roles = {grant.role for grant in request.state.actor.grants}
    given = {
        "desk": desk,
        "at": now(),
        "zone": terms(request.app.state.settings).calendar.zone,
        "wording": wording,
        "is_dispatcher": Role.DISPATCHER in roles,
        "is_overseer": bool(roles & {Role.SUPERVISOR, Role.AUDITOR}),
        "is_leader": Role.LEADER in roles,
        "done": done(request),
        "problem": None,
        "scripts": bool(found),
    }
    return PAGES.render(request, template, status=status, **{**given, **facts})


def done(request: Request) -> dict[str, Any] | None:
    """What was just done, as the address says it: shown above the next page."""
    case_no, what = request.query_params.get("done", ""), request.query_params.get("what", "")
    if len(case_no) != 16 or not case_no.isdecimal() or what not in {*Move, "agreed", "refused"}:
        return None
    return {"case_no": case_no, "what": what, "waits": "waits" in request.query_params}
