"""A note that a browser carries says who comes, and holds for one service, one purpose and a while."""

from datetime import timedelta
from uuid import uuid4

import pytest

from services import errands
from services.clocks import now, stopped
from services.settings import Settings

PERSON = uuid4()


def note(settings: Settings, purpose: str = "contact") -> str:
    until = now() + timedelta(minutes=10)
    return errands.write(settings, "feedback", "intake", purpose, person=PERSON, until=until, survey="s")


def test_it_says_who_comes_and_for_what(settings: Settings) -> None:
    found = errands.read(settings, "feedback", "intake", "contact", note(settings))
    assert (found.person, found.facts) == (PERSON, {"survey": "s"})


@pytest.mark.parametrize("source", ["intake", "routing"])
def test_it_holds_for_one_direction(settings: Settings, source: str) -> None:
    destination = "feedback" if source == "intake" else "intake"
    with pytest.raises(errands.ErrandNotValid):
        errands.read(settings, source, destination, "contact", note(settings))


@pytest.mark.parametrize("broken", ["", "x", "a.b.c"])
def test_anything_else_is_none(settings: Settings, broken: str) -> None:
    with pytest.raises(errands.ErrandNotValid):
        errands.read(settings, "feedback", "intake", "contact", broken)
    with pytest.raises(errands.ErrandNotValid):
        errands.read(settings, "feedback", "intake", "contact", note(settings, "another purpose"))


def test_it_ends(settings: Settings) -> None:
    made = note(settings)
    with stopped(now() + timedelta(minutes=11)), pytest.raises(errands.ErrandNotValid):
        errands.read(settings, "feedback", "intake", "contact", made)
