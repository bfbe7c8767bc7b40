"""The trend on the monthly report's paper: every month that has a value is a point, also a single one."""

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from reportlab.graphics.shapes import Circle, PolyLine

from feedback.monthly import TREND
from feedback.report_pdf import _trend


def facts(*values: float | None) -> Any:
    months = [
        (date(2025, number, 1), SimpleNamespace(rates={name: SimpleNamespace(value=value) for name in TREND}))
        for number, value in enumerate(values, 1)
    ]
    rates = {name: SimpleNamespace(chinese=name) for name in TREND}
    return SimpleNamespace(trend=months, formulas=SimpleNamespace(rates=rates))


@pytest.mark.parametrize(
    ("values", "points", "drawn"),
    [((None, None, 0.9), 1, 0), ((None, 0.8, 0.9), 2, 1), ((None, None, None), 0, 0)],
)
def test_a_month_with_a_value_is_a_point_and_two_are_a_line(
    values: tuple[float | None, ...], points: int, drawn: int
) -> None:
    shapes = _trend(facts(*values)).contents
    assert sum(isinstance(each, Circle) for each in shapes) == points * len(TREND)
    assert sum(isinstance(each, PolyLine) for each in shapes) == drawn * len(TREND)
