"""What the citizen reads about a move: one sentence, in plain words, without the name of any person."""

from collections.abc import Callable, Mapping
from typing import Any

from routing.explaining import unknown_told
from routing.lifecycle import Decision
from routing.models import Order
from routing.states import Effect, Move, State, Voice

Told = Mapping[str, Any]
Notice = Callable[[Order, Decision, Told], str | None]

CONTACTS = {
    "reached": "承办单位已与您联系",
    "no_answer": "承办单位曾与您联系，未能接通",
    "wrong_number": "按预留号码未能联系到您，如号码有误请补充",
    "declined": "承办单位已与您联系",
}


def notice(order: Order, decision: Decision, told: Told) -> str | None:
    """None where the move is nothing to the citizen."""
    say = NOTICES.get(decision.move)
    return say(order, decision, told) if say else None


def _placed(order: Order, decision: Decision, _: Told) -> str:
    if decision.to_state is State.DISPATCHED:
        return f"已派至{order.lead_name}办理"
    unknown = order.explanation.get("unknown")
    why = f"{unknown_told(unknown)}，" if unknown else ""
    return f"{why}已转人工研判，将尽快确定承办单位"


def _redirected(order: Order, decision: Decision, _: Told) -> str:
    return f"已改派至{order.lead_name}办理" if decision.to_state is State.DISPATCHED else "正在重新确定承办单位"


def _ruled(order: Order, decision: Decision, told: Told) -> str:
    if decision.to_state is State.DISPATCHED:
        return f"经裁定，由{order.lead_name}办理"
    return f"经裁定不予受理。{told.get('legal_route', '')}"


def _accepted(order: Order, _: Decision, told: Told) -> str:
    late = "逾期未签收，视为已签收" if told.get("by") is Voice.CLOCK else "已签收"
    return f"{order.lead_name}{late}"


def _raised(order: Order, decision: Decision, _: Told) -> str:
    return f"已提级至{order.lead_name}办理" if decision.new_lead else "已提级督办"


def _approved(_: Order, decision: Decision, __: Told) -> str:
    return "核查通过，请您评价" if decision.to_state is State.SURVEYING else "核查通过，已办结"


def _judged(order: Order, decision: Decision, told: Told) -> str:
    if decision.to_state is State.DISPATCHED:
        return f"您反映问题未解决，由{order.lead_name}再次办理"
    if decision.to_state is State.DEFERRED:
        return f"您反映问题未解决，将于{order.review_date}复核"
    return {"resolved": "经回访确认解决，已办结", "unreachable": "多次回访未能联系到您，已办结"}.get(
        told["verdict"], "经回访仍未解决，按规定办结，您可以申诉"
    )


def _withdrawn(_: Order, decision: Decision, __: Told) -> str:
    if Effect.REPORTER_LEFT in decision.effects:
        return "已收到您的撤诉，不再向您回访；事项仍将继续办理"
    return "已按您的要求撤诉"


NOTICES: Mapping[Move, Notice] = {
    Move.SETTLE_ON_SPOT: lambda *_: "已当场办结",
    Move.ROUTE: _placed,
    Move.ASK: lambda _, __, told: f"需要您补充：{told['missing']}",
    Move.DISPATCH: _placed,
    Move.REDIRECT: _redirected,
    Move.RECLASSIFY: lambda order, *_: f"已按“{order.issue_name}”类事项办理" if order.issue_name else None,
    Move.MERGE: lambda *_: "与同一事项合并办理，结果将答复您",
    Move.FOLLOW: lambda _, decision, __: (
        "合并办理的事项已办结" if decision.to_state is State.CLOSED else "合并办理的事项未解决，正在再次办理"
    ),
    Move.UNMERGE: lambda *_: "已恢复单独办理",
    Move.DECLINE: lambda _, __, told: f"不予受理：{told['reason']}。{told['legal_route']}",
    Move.HAND_OVER: lambda _, __, told: f"已移交{told['receiver']}处理，编号{told['reference']}",
    Move.ACCEPT: _accepted,
    Move.CONTACT: lambda _, __, told: CONTACTS[told["result"]],
    Move.DISPUTE: lambda *_: "承办单位对职责提出异议，正在裁定，办理时限不变",
    Move.RULE: _ruled,
    Move.TRANSFER: lambda order, *_: f"已转至{order.lead_name}办理",
    Move.SUMMON: lambda *_: "已请其他部门协同办理",
    Move.ARRIVE: lambda *_: "协同办理的部门已到场",
    Move.EXTEND: lambda *_: "经批准，办理时限延长",
    Move.DEFER: lambda order, _, told: f"暂时无法办结，将于{order.review_date}复核：{told['reason']}",
    Move.RESUME: lambda *_: "已恢复办理",
    Move.RAISE_LEVEL: _raised,
    Move.CHASE: lambda *_: "已收到您的催办，并转告承办单位",
    Move.SUPERVISE: lambda *_: "已列入督办",
    Move.REPORT_DONE: lambda *_: "承办单位已办理完毕，正在核查",
    Move.SEND_BACK: lambda *_: "核查未通过，退回继续办理",
    Move.APPROVE: _approved,
    Move.JUDGE: _judged,
    Move.WITHDRAW: _withdrawn,
    Move.APPEAL: lambda _, __, told: (
        "经复核仍未解决，将重新办理" if told.get("kind") == "recheck" else "您的申诉已受理，将重新办理"
    ),
}
