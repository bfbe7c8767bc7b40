"""Problems on pages: in Chinese what stands in the way and what to do, in English the problem's own words."""

import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI, Request

from feedback import api as feedback_api
from feedback import calling, corrections, exclusions
from feedback.anomalies import reviewing
from intake import api as intake_api
from intake import contacts, grants, holding, reveals
from routing import api as routing_api
from routing import drafts, grids, photos, publishing, units
from routing.refusals import Refused
from services import callers, limits_of_use, passes, problems, scanning
from services.accounts import keeping, lockout, oidc, signing_in
from services.problem_words import PROBLEMS
from services.problems import NotFound, Problem, WrongRole
from services.staff_pages import problem_page

ROOMS = (feedback_api, intake_api, routing_api)
ON_PAGES = (
    calling, corrections, exclusions, reviewing, contacts, grants, holding, reveals, drafts, grids, photos, publishing,
    units, callers, limits_of_use, passes, problems, scanning, keeping, lockout, oidc, signing_in,
)  # fmt: skip
"""Modules whose problems somebody at a page can meet."""
OF_THE_FRAMEWORK = {"method-not-allowed", "unreadable-body", "unexpected"}
MACHINES = {"scope-too-narrow", "signer-unknown"}


def kinds() -> Iterator[type[Exception]]:
    yield from below(Problem)


def below(above: type[Exception]) -> Iterator[type[Exception]]:
    for kind in above.__subclasses__():
        yield kind
        yield from below(kind)


def slug(kind: type[Exception]) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", kind.__name__).lower()


def shown(problem: Problem, query: bytes) -> str:
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/routing/x",
        "query_string": query,
        "headers": [],
        "app": FastAPI(),
    }
    return bytes(problem_page(Request(scope), problem).body).decode()


def test_every_problem_that_a_page_can_meet_is_told_in_chinese() -> None:
    here = {module.__name__ for module in ON_PAGES}
    met = {slug(kind) for kind in kinds() if kind.__module__ in here} - MACHINES
    assert met - set(PROBLEMS) == set()


def test_no_words_are_kept_for_a_problem_that_is_no_more() -> None:
    assert ROOMS
    refused = {slug(kind) for kind in (*kinds(), *below(Refused))}
    assert set(PROBLEMS) - refused - OF_THE_FRAMEWORK == set()


def test_every_refusal_of_the_lifecycle_is_told_in_chinese() -> None:
    told = {slug(kind) for kind in below(Refused) if not list(kind.__subclasses__())}
    assert told - set(PROBLEMS) == set()


@pytest.mark.parametrize("problem", [WrongRole(), NotFound()], ids=["wrong-role", "not-found"])
def test_the_page_speaks_the_language_of_its_switch(problem: Problem) -> None:
    chinese, english = shown(problem, b""), shown(problem, b"lang=en")
    what, then = PROBLEMS[problem.slug]
    assert f"{what} {then}" in chinese
    assert problem.detail not in chinese
    assert problem.detail in english
    assert what not in english
    assert problem.remedy in english
