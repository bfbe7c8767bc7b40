"""What the lifecycle refuses, told on a page in Chinese: the rule by its type, the field, what is wrong, what helps."""

from collections.abc import Iterator
from uuid import UUID

import pytest

from routing import refusals
from routing.api.refusals import problem
from routing.moves import MOVES
from routing.refusals import Refused
from routing.rules import Need
from services.problem_words import FAULTS, HAN, PROBLEMS, UNKNOWN_REMEDY, UNKNOWN_RULE, fault_told, field_named

ABOVE = {"Refused", "NotForYou", "NotTold", "AgainstTheRules"}
"""Only their kinds are ever raised."""
TOLD = {
    "IllegalMove": ("accept", "closed", ["note"]),
    "WrongRole": (["officer"],),
    "NeedMissing": ("finding|public_answer",),
    "NotOneOf": ("decision", ["dispatch", "not_accepted"]),
    "ResultNotNamed": (UUID(int=1), "A"),
}


def kinds(of: type[Refused] = Refused) -> Iterator[type[Refused]]:
    yield of
    for each in of.__subclasses__():
        yield from kinds(each)


RULES = sorted(
    {each.__name__: each for each in kinds() if each.__module__ == refusals.__name__}.items()
    - {(n, getattr(refusals, n)) for n in ABOVE},
    key=lambda each: each[0],
)


@pytest.mark.parametrize("name", [name for name, _ in RULES])
def test_every_refusal_has_its_chinese(name: str) -> None:
    made = problem(getattr(refusals, name)(*TOLD.get(name, ())))
    assert all(map(HAN.search, PROBLEMS[made.slug]))
    for fault in made.faults:
        field, rule, remedy = fault_told(fault.field, fault.rule, fault.remedy)
        assert HAN.search(field), field
        assert rule != UNKNOWN_RULE
        assert remedy != UNKNOWN_REMEDY


def needed() -> list[str]:
    """Every field that a move asks for."""
    asked = [each.field if isinstance(each, Need) else each for rule in MOVES.values() for each in rule.needs]
    return sorted({name for each in asked for name in each.split("|")})


@pytest.mark.parametrize("field", needed())
def test_every_field_that_a_move_needs_has_a_name_and_words(field: str) -> None:
    made = problem(refusals.NeedMissing(field))
    told = [fault_told(each.field, each.rule, each.remedy) for each in made.faults]
    assert told == [(field_named(field), "必须填写", "请填写")]
    assert field in FAULTS["fields"]
