"""Random cases with their surveys and exclusions as raw rows, and their rates counted the slow way, case by case."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from call_centre import AREA, CITY, PATHS, STREET

from feedback.models import Answer

AT = datetime(2025, 3, 10, 4, 0, tzinfo=UTC)
Row = dict[str, Any]
CORRECTIONS = "corrects" in Answer.__table__.columns
RATES = ("contact", "on_time", "resolution", "satisfaction", "dispute", "handled_again", "recheck")


def hours(number: float) -> datetime:
    return AT + timedelta(hours=number)


GONE = ("withdrawn", "not_accepted", "handed_over", "settled_on_spot")
OUTCOMES = (None, None, "resolved", "unresolved", "unreachable", "not_surveyed", *GONE)


def some_case(draw: random.Random, number: int) -> Row:
    def moment(share: float) -> datetime | None:
        return hours(draw.randint(-40, 40)) if draw.random() < share else None

    outcome = draw.choice(OUTCOMES)
    merged, lead = draw.random() < 0.1, draw.choice([None, STREET, AREA, CITY])
    return {
        "case_no": f"{number:016d}", "seen": 1, "outcome": None if merged else outcome, "round": draw.randint(1, 3),
        "state": "merged" if merged else "closed" if outcome else "handle.working",
        "channel": draw.choice(["hotline", "walk_in"]), "item_type": "complaint",
        "issue": draw.choice([None, "08", "08-04", "05-02"]), "grid_code": AREA,
        "grid_path": draw.choice([None, "/", *(PATHS[code] for code in (AREA, AREA, STREET, CITY))]),
        "lead_code": lead, "lead_path": PATHS[lead] if lead else None,
        "received_at": hours(draw.randint(-400, 400)), "case_due": moment(0.9),
        "contact_due": moment(0.9), "contacted_at": moment(0.6), "accepted_at": None, "handled_at": moment(0.6),
        "closed_at": None, "disputes": draw.choice([0, 0, 1]), "merged_into": "x" if merged else None,
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
        if CORRECTIONS and state == "answered" and draw.random() < 0.3:
            first = next(row for row in reversed(answers) if not row["late"])
            answers.append(some_answer(draw, survey, late=False) | {"corrects": first["id"], "recorded_at": hours(1)})
    return surveys, answers


def some_exclusions(draw: random.Random, case_no: str) -> tuple[list[Row], list[Row]]:
    """Proposed, agreed, refused, undone or not."""
    asked: list[Row] = []
    rulings: list[Row] = []
    for _ in range(draw.choice([0, 0, 0, 1, 2])):
        asked.append(an_exclusion(case_no, draw.sample(RATES, draw.randint(1, 3))))
        if draw.random() < 0.8:
            rulings.append(a_ruling(asked[-1], agreed=draw.random() < 0.8))
            if rulings[-1]["agreed"] and draw.random() < 0.4:
                asked.append(an_exclusion(case_no, asked[-1]["rates"], undoes=asked[-1]["id"]))
                rulings.append(a_ruling(asked[-1], agreed=draw.random() < 0.7))
    return asked, rulings


def an_exclusion(case_no: str, rates: list[str], undoes: Any = None) -> Row:
    return {
        "id": uuid4(), "case_no": case_no, "undoes": undoes, "rates": rates, "ground": "duplicate", "reason": "-",
        "evidence": "-", "by_person": uuid4(), "at": AT,
    }  # fmt: skip


def a_ruling(asked: Row, *, agreed: bool) -> Row:
    return {"exclusion": asked["id"], "agreed": agreed, "reason": "-", "by_person": uuid4(), "at": AT}


def barred(case: Row, asked: list[Row], rulings: list[Row]) -> set[str]:
    agreed = {row["exclusion"] for row in rulings if row["agreed"]}
    undone = {row["undoes"] for row in asked if row["id"] in agreed}
    mine = [row for row in asked if row["case_no"] == case["case_no"] and row["undoes"] is None]
    return {rate for row in mine if row["id"] in agreed and row["id"] not in undone for rate in row["rates"]}


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
    counting = valid(answers, rounds)
    if counting:
        return str(max(counting, key=lambda answer: rounds[answer["survey"]])[field])
    current = [survey for survey in mine if survey["round"] >= case["round"]]
    state = max(current, key=lambda survey: survey["round"])["state"] if current else None
    if state in ("open", "unreachable", "expired"):
        return "awaiting_answer" if state == "open" else "unreachable"
    if case["merged_into"]:
        return "merged"
    return case["outcome"] if case["outcome"] in (*GONE, "not_surveyed") else "not_yet_handled"


def valid(answers: list[Row], surveys: Any) -> list[Row]:
    """The answers in time that nothing corrects."""
    superseded = {answer.get("corrects") for answer in answers}
    return [row for row in answers if row["survey"] in surveys and not row["late"] and row["id"] not in superseded]


def disputed(case: Row) -> str:
    if case["merged_into"]:
        return "merged"
    if case["disputes"]:
        return "disputed"
    return "undisputed" if case["lead_code"] else "not_dispatched"


def again(case: Row) -> str:
    if case["merged_into"]:
        return "merged"
    if case["round"] > 1:
        return "again"
    if case["handled_at"]:
        return "once"
    return str(case["outcome"]) if case["outcome"] in GONE else "not_yet_handled"


def rechecked(case: Row, surveys: list[Row], answers: list[Row]) -> str:
    mine = [survey for survey in surveys if survey["case_no"] == case["case_no"]]
    second = [survey for survey in mine if survey["kind"] == "recheck"]
    if not second:
        return "not_rechecked"
    latest = max(second, key=lambda survey: survey["round"])
    firsts = {row["id"] for row in mine if row["kind"] == "handled" and row["round"] == latest["round"]}
    first, told = valid(answers, firsts), valid(answers, {latest["id"]})
    if not first:
        return "no_first_answer"
    if told:
        return "agreed" if told[0]["solved"] == first[0]["solved"] else "differed"
    return "awaiting_recheck" if latest["state"] == "open" else "recheck_unreachable"


def fates(case: Row, surveys: list[Row], answers: list[Row], asked: list[Row], rulings: list[Row]) -> dict[str, str]:
    """What a case is to each rate, by the plain words of the method."""
    found = {
        "contact": timed(case, "contact_due", "contacted_at"),
        "on_time": timed(case, "case_due", "handled_at"),
        "resolution": answered(case, surveys, answers, "solved"),
        "satisfaction": answered(case, surveys, answers, "satisfied"),
        "dispute": disputed(case),
        "handled_again": again(case),
        "recheck": rechecked(case, surveys, answers),
    }
    return found | dict.fromkeys(barred(case, asked, rulings), "excluded")
