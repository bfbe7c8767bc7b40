"""The table of notices against the package that has read them too, and against its own form."""

from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import holidays
import pytest

from services.calendars import Calendar, Day, china, read

SHANGHAI = ZoneInfo("Asia/Shanghai")
CHINA = china(SHANGHAI)
BARE = Calendar(SHANGHAI, {})


def days_of(year: int) -> list[date]:
    return [date(year, 1, 1) + timedelta(days=n) for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)]


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_the_table_and_the_package_read_the_notices_alike(year: int) -> None:
    package = holidays.country_holidays("CN", years=(year, year + 1))
    assert {day for day in days_of(year) if CHINA.is_working(day)} == {
        day for day in days_of(year) if package.is_working_day(day)
    }


@pytest.mark.parametrize(
    ("year", "off", "moved"),
    [(2024, 28, 8), (2025, 28, 5), (2026, 33, 6)],  # counted in the notices' texts
)
def test_the_table_holds_whole_notices_and_names_them(year: int, off: int, moved: int) -> None:
    days = {day: special for day, special in CHINA.notices.items() if day.year == year}
    assert sum(not special.working for special in days.values()) == off
    assert sum(special.working for special in days.values()) == moved
    assert all(day.weekday() >= 5 for day, special in days.items() if special.working)
    assert {special.source for special in days.values()} == {f"国办发明电〔{year - 1}〕{12 if year == 2025 else 7}号"}


def test_a_year_before_the_table_follows_the_package() -> None:
    assert not CHINA.is_working(date(2023, 10, 6))
    assert CHINA.is_working(date(2023, 10, 7))
    assert BARE.is_working(date(2005, 12, 31))  # worked for New Year 2006
    assert not BARE.is_working(date(2006, 1, 3))


def test_a_year_without_a_notice_is_estimated_and_keeps_its_holidays() -> None:
    assert not any(CHINA.estimated(year) for year in range(2001, 2027))
    assert CHINA.estimated(2040)
    assert not CHINA.is_working(date(2040, 10, 1))
    assert not CHINA.is_working(date(2040, 2, 13))  # the second day of Spring Festival, a Monday


def test_a_city_adds_the_next_notice_from_its_own_file(tmp_path: Path) -> None:
    table = tmp_path / "2040.csv"
    table.write_text("date,kind,name,source\n2040-09-29,work,国庆节调休,made up for this test\n", encoding="utf-8")
    calendar = china(SHANGHAI, table)
    assert calendar.is_working(date(2040, 9, 29))
    assert calendar.special(date(2040, 9, 29)) == Day(True, "国庆节调休", "made up for this test")
    assert not calendar.estimated(2040)


def test_a_table_overrides_the_package_and_the_tables_before_it(tmp_path: Path) -> None:
    table = tmp_path / "storm.csv"
    closed = "2026-02-14,off,停工,made up for this test\n2040-03-01,off,停工,made up for this test\n"
    table.write_text(f"date,kind,name,source\n{closed}", encoding="utf-8")
    calendar = china(SHANGHAI, table)
    assert CHINA.is_working(date(2026, 2, 14))
    assert not calendar.is_working(date(2026, 2, 14))
    assert calendar.estimated(2040), "a closing is no notice"


@pytest.mark.parametrize(
    "row", ["2026-13-01,off,x,y", "2026-01-01,holiday,x,y", "2026-01-01,off,x,y\n2026-01-01,work,x,y"]
)
def test_a_wrong_row_is_named(tmp_path: Path, row: str) -> None:
    table = tmp_path / "wrong.csv"
    table.write_text(f"date,kind,name,source\n{row}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"wrong\.csv: .*2026"):
        read(table)
