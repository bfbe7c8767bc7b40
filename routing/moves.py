"""The table of moves: from where to where, who may make it and in which relation, what it needs, what it brings.

The machine, the manual and what the pages offer are made from this table and from nothing else.
"""

from routing import branches, guards
from routing.facts import Actor
from routing.rules import Need, Relation, Rule, Second, Step
from routing.states import OPEN, Effect, Move, Outcome, Stage, State, Voice
from services.limits import Limit, LimitUnit
from services.roles import Role

REPEATED = Limit(3, LimitUnit.WORKING_DAYS)
"""For a handling after the first: what Shanghai's streets give for what is supervised, re-checked or handled again."""

DISCOVER, HANDLE = (Stage.DISCOVER,), (Stage.HANDLE,)
WORKING = (State.WORKING,)
HANDS = (State.DISPATCHED, State.WORKING)
HELD = (*HANDS, State.DISPUTED)
FOLLOWED = (*OPEN, State.MERGED)
RESERVED = ("reserved", "unit_is_grassroots")
TO_A_UNIT = (*RESERVED, "unit_accused")
GRANTED = Second(Role.SUPERVISOR, guards.over_others)
ACCUSED = Second(
    Role.SUPERVISOR,
    guards.over_others,
    when=branches.unit_is_accused,
    why="诉求的文字指向这个单位或其上级（利益冲突回避）：同意即认定并非投诉该单位，或确应由其办理",
)
"""The words are a guess of ours: who sends it there all the same needs somebody who says so, too."""
ANYONE_ON_IT: dict[Actor, Relation] = dict.fromkeys(
    (Role.OFFICER, Role.LEADER, Role.DISPATCHER, Role.SUPERVISOR), guards.on_order
)

MOVES: dict[Move, Rule] = {
    Move.REGISTER: Rule(
        "登记",
        dict.fromkeys((Role.HOTLINE, Role.CLERK, Role.OFFICER, Role.DISPATCHER, Voice.REPORTER), guards.anyone),
        (Step((), State.REGISTERED, team=branches.no_team),),
        needs=("text|issue",),
    ),
    Move.SETTLE_ON_SPOT: Rule(
        "当场办结",
        dict.fromkeys((Role.CLERK, Role.OFFICER, Role.HOTLINE), guards.made_report),
        (Step((State.REGISTERED,), State.CLOSED, Outcome.SETTLED_ON_SPOT, effects=(Effect.SAMPLED,)),),
        needs=("done",),
    ),
    Move.ROUTE: Rule(
        "自动派单",
        {Voice.MATCHER: guards.anyone},
        (
            Step((State.REGISTERED,), State.DISPATCHED, when=branches.unit_is_named, team=branches.named_team),
            Step((State.REGISTERED,), State.TRIAGE, team=branches.no_team),
        ),
        needs=("explanation",),
        optional=("unit", "co_units"),
        facts=RESERVED,
        guards=(guards.stays_reserved,),
    ),
    Move.ASK: Rule("待补充", {Role.DISPATCHER: guards.over_order}, (Step((State.TRIAGE,), None),), needs=("missing",)),
    Move.DISPATCH: Rule(
        "派单",
        {Role.DISPATCHER: guards.over_order},
        (Step((State.TRIAGE,), State.DISPATCHED, team=branches.named_team),),
        needs=("unit",),
        optional=("co_units",),
        facts=TO_A_UNIT,
        guards=(guards.stays_reserved,),
        second=ACCUSED,
    ),
    Move.REDIRECT: Rule(
        "改派",
        {Role.DISPATCHER: guards.over_order, Voice.MATCHER: guards.anyone},
        (
            Step((*HELD, State.DEFERRED), State.DISPATCHED, when=branches.unit_is_named, team=branches.named_team),
            Step((*HELD, State.DEFERRED), State.TRIAGE, team=branches.no_team),
        ),
        needs=("reason", Need("cause", when=branches.by_matcher)),
        optional=("unit", "co_units"),
        facts=TO_A_UNIT,
        guards=(guards.stays_reserved, guards.names_cause),
        second=ACCUSED,
    ),
    Move.RECLASSIFY: Rule(
        "改类",
        {Role.DISPATCHER: guards.over_order},
        (Step((State.TRIAGE, *HANDLE), None),),
        needs=("issue|item_type", "reason"),
        facts=("told_item_type",),
        second=Second(Role.DISPATCHER, guards.over_order, when=branches.asks_for_less),
    ),
    Move.MERGE: Rule(
        "并单",
        {Role.DISPATCHER: guards.over_order, Voice.MATCHER: guards.anyone},
        (Step((*DISCOVER, *HANDLE), State.MERGED),),
        needs=("parent",),
        facts=("parent_state",),
        guards=(guards.parent_is_open,),
    ),
    Move.FOLLOW: Rule(
        "随主单",
        {Voice.PARENT: guards.anyone},
        (
            Step((State.MERGED,), None, when=branches.parent_is_handled_again, next_round=True),
            Step((State.MERGED,), State.CLOSED, branches.parents_outcome),
        ),
        needs=("outcome|round",),
    ),
    Move.UNMERGE: Rule(
        "撤销并单",
        {Role.DISPATCHER: guards.over_order},
        (Step((State.MERGED,), State.TRIAGE, team=branches.no_team),),
        needs=("reason",),
    ),
    Move.DECLINE: Rule(
        "不予受理",
        {Role.DISPATCHER: guards.over_order},
        (Step(DISCOVER, State.CLOSED, Outcome.NOT_ACCEPTED),),
        needs=("reason", "legal_route"),
        second=Second(Role.DISPATCHER, guards.over_order),
    ),
    Move.HAND_OVER: Rule(
        "移交",
        {Role.DISPATCHER: guards.over_order, Role.OFFICER: guards.on_order},
        (Step((*DISCOVER, *HANDLE), State.CLOSED, Outcome.HANDED_OVER),),
        needs=("receiver", "reference", "at"),
        optional=("emergency",),
        second=Second(Role.SUPERVISOR, guards.over_others, when=branches.officer_without_emergency),
    ),
    Move.ACCEPT: Rule(
        "签收",
        {Role.OFFICER: guards.of_lead, Voice.CLOCK: guards.anyone},
        (Step((State.DISPATCHED,), State.WORKING),),
    ),
    Move.CONTACT: Rule(
        "先行联系", {Role.OFFICER: guards.of_team}, (Step(HANDLE, None),), needs=("at", "how", "result")
    ),
    Move.DISPUTE: Rule(
        "退单",
        {Role.OFFICER: guards.of_lead},
        (Step(HANDS, State.DISPUTED, effects=(Effect.DISPUTED,)),),
        needs=("reason", "legal_basis", "proposed_unit"),
        bars=(guards.dispute_is_left,),
        guards=(guards.proposes_another,),
    ),
    Move.RULE: Rule(
        "裁定",
        {Role.SUPERVISOR: guards.rules},
        (
            Step(
                (State.DISPUTED,),
                State.DISPATCHED,
                when=branches.ruled_to_unit,
                team=branches.named_team,
                effects=(Effect.PRECEDENT,),
            ),
            Step((State.DISPUTED,), State.CLOSED, Outcome.NOT_ACCEPTED, effects=(Effect.PRECEDENT,)),
        ),
        needs=(
            "decision",
            Need("unit", when=branches.ruled_to_unit),
            Need("legal_route", when=branches.ruled_out),
        ),
        optional=("reason", "co_units"),
        facts=TO_A_UNIT,
        guards=(guards.stays_reserved,),
        second=ACCUSED,
    ),
    Move.TRANSFER: Rule(
        "转派",
        {Role.LEADER: guards.of_lead},
        (Step(HANDS, State.DISPATCHED, team=branches.team_within),),
        needs=("unit",),
        optional=("reason",),
        facts=("unit_in_subtree", *TO_A_UNIT),
        guards=(guards.stays_in_subtree, guards.goes_on, guards.stays_reserved),
        second=ACCUSED,
    ),
    Move.SUMMON: Rule(
        "吹哨",
        {Role.LEADER: guards.of_lead},
        (Step(WORKING, None, team=branches.team_with),),
        needs=("unit",),
        optional=("reason",),
        facts=("unit_accused",),
        guards=(guards.joins,),
        second=ACCUSED,
    ),
    Move.ARRIVE: Rule(
        "报到", {Role.OFFICER: guards.of_co_unit, Role.LEADER: guards.of_co_unit}, (Step(WORKING, None),)
    ),
    Move.RELEASE: Rule(
        "解除协办",
        {Role.LEADER: guards.of_lead},
        (Step(WORKING, None, team=branches.team_without),),
        needs=("unit",),
        guards=(guards.has_joined,),
    ),
    Move.EXTEND: Rule(
        "延期",
        {Role.LEADER: guards.of_lead},
        (Step(WORKING, None),),
        needs=("new_limit", "reason"),
        optional=("deliberation",),
        second=GRANTED,
    ),
    Move.DEFER: Rule(
        "挂账",
        {Role.LEADER: guards.of_lead},
        (Step(WORKING, State.DEFERRED),),
        needs=("review_date", "reason"),
        second=GRANTED,
    ),
    Move.RESUME: Rule(
        "恢复办理",
        {Role.SUPERVISOR: guards.over_others, Voice.CLOCK: guards.anyone},
        (Step((State.DEFERRED,), State.WORKING),),
    ),
    Move.RAISE_LEVEL: Rule(
        "提级",
        {Role.SUPERVISOR: guards.over_others, Voice.CLOCK: guards.anyone},
        (
            Step(
                HELD,
                State.DISPATCHED,
                when=branches.unit_is_above,
                team=branches.team_above,
                effects=(Effect.RAISED,),
            ),
            Step(HELD, None, effects=(Effect.SUPERVISED,)),
            Step((State.TRIAGE, State.CHECKING), None, effects=(Effect.RAISED,)),
        ),
        facts=("unit_above",),
    ),
    Move.CHASE: Rule("催单", {Voice.REPORTER: guards.anyone}, (Step(FOLLOWED, None),)),
    Move.SUPERVISE: Rule(
        "督办",
        {Role.SUPERVISOR: guards.over_others, Voice.CLOCK: guards.anyone},
        (Step(FOLLOWED, None, effects=(Effect.SUPERVISED,)),),
    ),
    Move.NOTE: Rule(
        "备注",
        {**ANYONE_ON_IT, Voice.REPORTER: guards.anyone, Voice.FEEDBACK: guards.anyone},
        (Step((*FOLLOWED, State.CLOSED), None),),
        needs=("text",),
    ),
    Move.REPORT_DONE: Rule(
        "办结上报",
        {Role.OFFICER: guards.of_lead},
        (Step(WORKING, State.CHECKING),),
        needs=("done", "public_answer"),
        optional=("evidence", "review_date", "result"),
        bars=(guards.nobody_deliberates,),
        guards=(guards.shows_evidence, guards.keeps_result),
    ),
    Move.SEND_BACK: Rule(
        "核查退回",
        {Role.SUPERVISOR: guards.checks},
        (Step((State.CHECKING,), State.WORKING),),
        needs=("finding",),
    ),
    Move.APPROVE: Rule(
        "核查通过",
        {Role.SUPERVISOR: guards.checks},
        (
            Step(
                (State.CHECKING,),
                State.CLOSED,
                Outcome.NOT_SURVEYED,
                when=branches.nobody_to_ask,
                effects=(Effect.SAMPLED,),
            ),
            Step((State.CHECKING,), State.SURVEYING, effects=(Effect.SURVEYED,)),
        ),
        needs=("finding",),
    ),
    Move.JUDGE: Rule(
        "回访定论",
        {Voice.FEEDBACK: guards.anyone},
        (
            Step((State.SURVEYING,), State.CLOSED, Outcome.RESOLVED, when=branches.found_resolved),
            Step((State.SURVEYING,), State.CLOSED, Outcome.UNREACHABLE, when=branches.found_unreachable),
            Step(
                (State.SURVEYING,),
                State.DISPATCHED,
                when=branches.second_is_next,
                next_round=True,
                effects=(Effect.SUPERVISED,),
                limit=REPEATED,
            ),
            Step(
                (State.SURVEYING,),
                State.DISPATCHED,
                when=branches.round_is_left,
                team=branches.team_above,
                next_round=True,
                effects=(Effect.SUPERVISED,),
                limit=REPEATED,
            ),
            Step((State.SURVEYING,), State.DEFERRED, when=branches.review_is_named, next_round=True),
            Step((State.SURVEYING,), State.CLOSED, Outcome.UNRESOLVED),
        ),
        needs=("verdict", "round"),
        facts=("unit_above",),
        guards=(guards.is_this_round,),
    ),
    Move.WITHDRAW: Rule(
        "撤诉",
        {Voice.REPORTER: guards.anyone},
        (
            Step(FOLLOWED, None, when=branches.others_wait, effects=(Effect.REPORTER_LEFT,)),
            Step(
                (Stage.DISCOVER, Stage.HANDLE, Stage.SUPERVISE),
                None,
                when=branches.is_hazard,
                effects=(Effect.REPORTER_LEFT,),
            ),
            Step(FOLLOWED, State.CLOSED, Outcome.WITHDRAWN, effects=(Effect.SAMPLED,)),
        ),
        facts=("others_wait",),
    ),
    Move.APPEAL: Rule(
        "申诉",
        {Voice.REPORTER: guards.anyone, Voice.FEEDBACK: guards.anyone},
        (
            Step(
                (State.CLOSED,),
                State.MERGED,
                when=branches.has_parent,
                next_round=True,
                effects=(Effect.APPEALED, Effect.PARENT_APPEALED),
            ),
            Step(
                (State.CLOSED,),
                State.TRIAGE,
                when=branches.nobody_led,
                team=branches.no_team,
                effects=(Effect.APPEALED,),
            ),
            Step(
                (State.CLOSED,),
                State.DISPATCHED,
                team=branches.team_above,
                next_round=True,
                effects=(Effect.APPEALED, Effect.SUPERVISED),
                limit=REPEATED,
            ),
        ),
        facts=("within_window", "unit_above"),
        bars=(guards.appeal_is_left,),
        guards=(guards.appeal_is_in_time,),
    ),
}
"""Praise and suggestions are handled like the rest and end as not surveyed; a split is intake's, not a move."""
