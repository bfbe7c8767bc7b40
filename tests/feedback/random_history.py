"""Random cases with their surveys as raw rows, and their rates counted the slow way, case by case."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from call_centre import AREA, PATHS, STREET

AT = datetime(2025, 3, 10, 4, 0, tzinfo=UTC)
Row = dict[str, Any]


def hours(number: float) -> datetime:
    return AT + timedelta(hours=number)


GONE = ("withdrawn", "not_accepted", "handed_over", "settled_on_spot")
OUTCOMES = (None, None, "resolved", "unresolved", "unreachable", "not_surveyed", *GONE)


def some_case(draw: random.Random, number: int) -> Row:
    def moment(share: float) -> datetime | None:
        return hours(draw.randint(-40, 40)) if draw.random() < share else None

    outcome = draw.choice(OUTCOMES)
    merged = draw.random() < 0.1
    return {
        "case_no": f"{number:016d}", "seen": 1, "outcome": None if merged else outcome, "round": draw.randint(1, 3),
        "state": "merged" if merged else "closed" if outcome else "handle.working", "channel": "hotline",
        "item_type": "complaint", "issue": None, "grid_code": AREA, "grid_path": PATHS[draw.choice([AREA, STREET])],
        "lead_code": None, "lead_path": None, "received_at": hours(draw.randint(-400, 400)), "case_due": moment(0.9),
        "contact_due": moment(0.9), "contacted_at": moment(0.6), "accepted_at": None, "handled_at": moment(0.6),
        "closed_at": None, "disputes": 0, "merged_into": "x" if merged else None,
    }  # fmt: skip


def some_surveys(draw: random.Random, case_no: str) -> tuple[list[Row], list[Row]]:
    surveys, answers = [], []
    kinds = [(n, "handled") for n in range(1, draw.randint(1, 4))] + [(1, "recheck")] * (draw.random() < 0.2)
    for round_, kind in kinds:
        state = draw.choice(["open", "answered", "answered", "expired", "unreachable", "cancelled"])
        survey = {
            "id": uuid4(), "case_no": case_no, "round": round_, "kind": kind, "item_type": "complaint",
            "lead_code": None, "lead_path": None, "public_answer": "-", "handled_at": AT, "sequence": 1,
            "state": state, "issued_at": AT, "due_at": AT, "link_expires_at": AT, "ended_at": None, "attempts": 0,
            "version": 1,
        }  # fmt: skip
        surveys.append(survey)
        lates = [False] * (state == "answered") + [True] * (draw.random() < 0.2)
        answers += [some_answer(draw, survey, late=late) for late in lates]
    return surveys, answers


def some_answer(draw: random.Random, survey: Row, *, late: bool) -> Row:
    return {
        "id": uuid4(), "survey": survey["id"], "via": "page", "questions": "-",
        "solved": draw.choice(["solved", "partly", "unsolved"]),
        "satisfied": draw.choice(["satisfied", "mostly", "dissatisfied", "unrated"]), "reasons": [],
        "called_at": AT, "recorded_at": AT, "late": late, "entry": 1, "content": uuid4().bytes, "message": None,
    }  # fmt: skip


def timed(case: Row, due: str, done: str) -> str:
    if case["merged_into"]:
        return "merged"
    if case["outcome"] in GONE:
        return str(case["outcome"])
    if case[due] is None:
        return "no_limit"
    if case[done]:
        return "in_time" if case[done] <= case[due] else "late"
    return "late" if case[due] <= AT else "not_yet_due"


def answered(case: Row, surveys: list[Row], answers: list[Row], field: str) -> str:
    mine = [survey for survey in surveys if survey["case_no"] == case["case_no"] and survey["kind"] == "handled"]
    rounds = {survey["id"]: survey["round"] for survey in mine}
    counting = [answer for answer in answers if answer["survey"] in rounds and not answer["late"]]
    if counting:
        return str(max(counting, key=lambda answer: rounds[answer["survey"]])[field])
    current = [survey for survey in mine if survey["round"] >= case["round"]]
    state = max(current, key=lambda survey: survey["round"])["state"] if current else None
    if state in ("open", "unreachable", "expired"):
        return "awaiting_answer" if state == "open" else "unreachable"
    if case["merged_into"]:
        return "merged"
    return case["outcome"] if case["outcome"] in (*GONE, "not_surveyed") else "not_yet_handled"
