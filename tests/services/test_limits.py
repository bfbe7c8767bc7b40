"""A limit is an amount of something."""

import pytest

from services.limits import Limit, LimitUnit


def test_a_limit_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Limit(0, LimitUnit.HOURS)


def test_a_limit_reads_as_the_lists_write_it() -> None:
    assert str(Limit(4, LimitUnit.WORK_HOURS)) == "4 work_hours"
