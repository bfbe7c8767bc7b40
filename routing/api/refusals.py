"""What the lifecycle refuses, as problem documents: the one place that says which refusal is which status."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from routing.faces import dashed
from routing.refusals import AgainstTheRules, IllegalMove, NotForYou, NotTold, Refused, WrongRole
from services.problems import FieldFault, Problem

STATUSES: tuple[tuple[type[Refused], HTTPStatus], ...] = (
    (IllegalMove, HTTPStatus.CONFLICT),
    (NotForYou, HTTPStatus.FORBIDDEN),
    (NotTold, HTTPStatus.UNPROCESSABLE_ENTITY),
    (AgainstTheRules, HTTPStatus.CONFLICT),
)


@contextmanager
def refusals_told() -> Iterator[None]:
    """Inside, a refusal of the lifecycle becomes the problem that the person reads."""
    try:
        yield
    except Refused as refused:
        raise problem(refused) from None


def problem(refused: Refused) -> Problem:
    """Its type is the name of the broken rule (`urn:gridloop:problem:goes-back`)."""
    status = next(status for kind, status in STATUSES if isinstance(refused, kind))
    facts = {"status": int(status), "title": status.phrase, "remedy": refused.remedy}
    kind = type(type(refused).__name__, (Problem,), facts)
    faults = [FieldFault(refused.field, refused.detail, refused.remedy)] if refused.field else []
    made: Problem = kind(refused.detail, faults=faults, **_more(refused))
    return made


def _more(refused: Refused) -> dict[str, Any]:
    if isinstance(refused, IllegalMove):
        return {"state": str(refused.state), "possible": [dashed(move) for move in refused.possible]}
    return {"roles": list(refused.roles)} if isinstance(refused, WrongRole) else {}
