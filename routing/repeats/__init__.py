"""Whether two reports tell the same event: a pure score with reasons. `routing.repeated` has the database."""

from routing.repeats.judging import Judgement, apart, judge, over
from routing.repeats.telling import Telling, read

__all__ = ["Judgement", "Telling", "apart", "judge", "over", "read"]
