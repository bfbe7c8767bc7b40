"""Everything that can be pressed on an order, by whom and with what; and from which standing."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from routing.campaigns.hands import AREA, COMMITTEE, ELSEWHERE, FIRE, NEXT_DOOR, POLICE, STREET, Hands
from routing.states import Move, State
from services.clocks import now
from services.messages import Place, ReportAmended, ReportAppealed, ReportChased, ReportWithdrawn, VerdictGiven


@dataclass(frozen=True)
class Press:
    """`desk` presses with the version it read; without one somebody acts who has no key, by message or by the clock."""

    name: str
    move: Move
    desk: str | None = None
    body: Mapping[str, Any] = field(default_factory=dict)
    path: str = ""
    speak: Callable[[Hands, str], Awaitable[Any]] | None = None
    on_parent: bool = False

    @property
    def route(self) -> str:
        return self.path or self.move.value.replace("_", "-")


def _by(desk: str, move: Move, name: str = "", **body: Any) -> Press:
    return Press(name or move.value, move, desk, body)


async def _withdraw(hands: Hands, case_no: str) -> Any:
    return await hands.say("intake", ReportWithdrawn(case_no=case_no, reason="已自行解决", at=now()))


async def _chase(hands: Hands, case_no: str) -> Any:
    return await hands.say("intake", ReportChased(case_no=case_no, text="三天了", at=now()))


async def _appeal(hands: Hands, case_no: str) -> Any:
    return await hands.say("intake", ReportAppealed(case_no=case_no, text="仍未解决", at=now()))


async def _add(hands: Hands, case_no: str) -> Any:
    return await hands.say("intake", ReportAmended(case_no=case_no, text="晚上更吵", at=now()))


async def _move_away(hands: Hands, case_no: str) -> Any:
    return await hands.say("intake", ReportAmended(case_no=case_no, place=Place(grid=NEXT_DOOR), at=now()))


def verdict(verdict: str) -> Callable[[Hands, str], Awaitable[Any]]:
    async def judge(hands: Hands, case_no: str) -> Any:
        told = {"case_no": case_no, "round": 1, "kind": "handled", "verdict": verdict, "reason": "群众反映"}
        return await hands.say("feedback", VerdictGiven.model_validate({**told, "rule": "shanghai-1", "at": now()}))

    return judge


def _clock(move: Move) -> Press:
    return Press(f"{move.value} by the clock", move, speak=lambda hands, case_no: hands.clock(case_no, move))


DISPUTE = {"reason": "不属本单位", "legal_basis": "责任清单", "proposed_unit": ELSEWHERE}
DONE = {"done": "上门劝导", "public_answer": "已上门劝导。"}
EXTEND = {"new_limit": {"amount": 15, "unit": "working_days"}, "reason": "需多方协商"}
DEFER = {"review_date": "2099-09-01", "reason": "纳入改造计划"}
OUT = {"receiver": "110", "reference": "HP-0087", "at": "NOW"}
DECLINE = {"reason": "合同纠纷", "legal_route": "请向法院起诉"}

NOTE = (_by("dispatcher", Move.NOTE, text="已电话了解"), Press("amend", Move.NOTE, speak=_add))
FOLLOWED = (
    *NOTE,
    _by("supervisor", Move.SUPERVISE),
    _clock(Move.SUPERVISE),
    Press("withdraw", Move.WITHDRAW, speak=_withdraw),
    Press("chase", Move.CHASE, speak=_chase),
)
UNDECIDED = (
    _by("dispatcher", Move.MERGE, parent="OTHER"),
    _by("dispatcher", Move.HAND_OVER, **OUT),
    _by("dispatcher", Move.RECLASSIFY, issue="02-05", reason="是工程质量"),
    _by("second_dispatcher", Move.RECLASSIFY, "reclassify proposed", item_type="inquiry", reason="只想了解"),
)
HANDLE = (
    *FOLLOWED,
    *UNDECIDED,
    _by("officer", Move.HAND_OVER, "hand_over proposed", **OUT),
    _by("officer", Move.CONTACT, at="NOW", how="phone", result="reached"),
    _by("dispatcher", Move.REDIRECT, reason="属街道", unit=STREET),
    _by("second_dispatcher", Move.REDIRECT, "redirect to triage", reason="职责不清"),
    Press("amend place", Move.REDIRECT, speak=_move_away),
)
RAISE = (_by("supervisor", Move.RAISE_LEVEL), _clock(Move.RAISE_LEVEL))
HANDS = (
    *HANDLE,
    *RAISE,
    _by("officer", Move.DISPUTE, **DISPUTE),
    _by("leader", Move.TRANSFER, unit=NEXT_DOOR),
)

PRESSES: Mapping[str, tuple[Press, ...]] = {
    State.TRIAGE: (
        *FOLLOWED,
        *UNDECIDED,
        *RAISE,
        _by("dispatcher", Move.ASK, missing="请补充楼栋"),
        _by("dispatcher", Move.DISPATCH, unit=COMMITTEE),
        _by("dispatcher", Move.DECLINE, "decline proposed", **DECLINE),
    ),
    State.DISPATCHED: (*HANDS, _by("officer", Move.ACCEPT), _clock(Move.ACCEPT)),
    State.WORKING: (
        *HANDS,
        _by("leader", Move.SUMMON, unit=FIRE),
        _by("co_officer", Move.ARRIVE),
        _by("leader", Move.RELEASE, unit=POLICE),
        _by("leader", Move.EXTEND, "extend proposed", **EXTEND),
        _by("leader", Move.DEFER, "defer proposed", **DEFER),
        _by("officer", Move.REPORT_DONE, **DONE),
    ),
    State.DISPUTED: (
        *HANDLE,
        *RAISE,
        _by("supervisor", Move.RULE, decision="dispatch", unit=AREA),
        _by("second_supervisor", Move.RULE, "rule out", decision="not_accepted", legal_route="请向法院起诉"),
    ),
    State.DEFERRED: (*HANDLE, _by("supervisor", Move.RESUME), _clock(Move.RESUME)),
    State.CHECKING: (
        *FOLLOWED,
        *RAISE,
        _by("supervisor", Move.SEND_BACK, finding="仍有噪音"),
        _by("second_supervisor", Move.APPROVE, finding="属实"),
    ),
    State.SURVEYING: (
        *FOLLOWED,
        Press("judge resolved", Move.JUDGE, speak=verdict("resolved")),
        Press("judge unresolved", Move.JUDGE, speak=verdict("unresolved")),
    ),
    State.MERGED: (
        *FOLLOWED,
        _by("dispatcher", Move.UNMERGE, reason="不是同一户"),
        Press("parent handed over", Move.HAND_OVER, "dispatcher", OUT, on_parent=True),
        Press("parent reported done", Move.REPORT_DONE, "officer", DONE, on_parent=True),
        Press("parent withdrawn", Move.WITHDRAW, speak=_withdraw, on_parent=True),
    ),
    State.CLOSED: (
        *NOTE,
        Press("appeal", Move.APPEAL, speak=_appeal),
        Press("late", Move.APPEAL, speak=verdict("unresolved")),
    ),
    "an extension proposed": (
        *FOLLOWED,
        Press("agree", Move.EXTEND, "supervisor", EXTEND),
        Press("agree, another", Move.EXTEND, "second_supervisor", EXTEND),
        Press("refuse", Move.EXTEND, "supervisor", {"reason": "理由不足"}, path="proposals/PENDING/refusal"),
        _by("leader", Move.DEFER, "defer proposed", **DEFER),
        _by("officer", Move.REPORT_DONE, **DONE),
        _by("leader", Move.TRANSFER, unit=NEXT_DOOR),
    ),
}
"""By the order's state; the last one is an order whose leader has asked for an extension. NOW, OTHER and PENDING are
filled in when it is pressed."""
