"""Times that come in from outside: with their offset, and of this century, so that every one can be kept and read."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime

FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def _of_this_century(moment: datetime) -> datetime:
    if not FIRST <= moment < LAST:
        raise ValueError("lies between the years 2000 and 2100")
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_of_this_century)]
"""A time with its offset."""
