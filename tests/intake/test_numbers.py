"""Case numbers: what they look like and which mistakes they notice."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake import numbers
from intake.numbers import CaseNumber, NoSuchDay, NotSixteenDigits, SerialOutOfRange, WrongCheckDigit

days = st.dates(min_value=date(1000, 1, 1))
serials = st.integers(min_value=0, max_value=numbers.MAX_SERIAL)


def test_a_case_number_is_the_day_the_serial_and_a_check_digit() -> None:
    assert numbers.make(date(2026, 11, 24), 123) == "2026112400001236"


def test_the_check_digit_is_that_of_iso_7064() -> None:
    assert numbers.check_digit("0794") == "5"  # the worked example of the standard's MOD 11,10


@given(days, serials)
def test_every_number_made_is_read_back(day: date, serial: int) -> None:
    number = numbers.make(day, serial)
    assert len(number) == 16
    assert number.isdigit()
    assert numbers.valid(number)
    assert numbers.parse(number) == CaseNumber(day, serial)


@given(days, serials, st.integers(0, 15), st.integers(1, 9))
def test_every_single_wrong_digit_is_noticed(day: date, serial: int, place: int, shift: int) -> None:
    number = numbers.make(day, serial)
    wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    assert not numbers.valid(wrong)
    with pytest.raises(WrongCheckDigit):
        numbers.parse(wrong)


def _heads() -> dict[str, str]:
    """For each running value of the check a head of digits that leads to it, told apart by its check digit."""
    return {numbers.check_digit(str(head)): str(head) for head in range(100)}


def test_of_the_swaps_of_unlike_neighbours_880_in_900_are_noticed() -> None:
    missed = [
        (a, b)
        for head in _heads().values()
        for a in "0123456789"
        for b in "0123456789"
        if a != b and numbers.check_digit(head + a + b) == numbers.check_digit(head + b + a)
    ]
    assert len(_heads()) == 10
    assert len(missed) == 20
    assert all((int(a) - int(b)) % 10 in (1, 9) for a, b in missed)


@pytest.mark.parametrize(
    "text",
    ["", "2026", "20261124000012361", "202611240000123X", "２０２６１１２４００００１２３６", " 2026112400001236"],
)
def test_what_is_not_sixteen_plain_digits_is_refused(text: str) -> None:
    assert not numbers.valid(text)
    with pytest.raises(NotSixteenDigits, match="exactly 16 digits"):
        numbers.parse(text)


def test_a_day_that_never_was_is_refused() -> None:
    payload = "202602300000001"
    with pytest.raises(NoSuchDay, match="day of the calendar"):
        numbers.parse(payload + numbers.check_digit(payload))


@pytest.mark.parametrize("serial", [-1, 10_000_000])
def test_a_serial_beyond_the_days_range_is_refused(serial: int) -> None:
    with pytest.raises(SerialOutOfRange, match="0 to 9,999,999"):
        numbers.make(date(2026, 11, 24), serial)


def test_the_first_and_the_last_serial_of_a_day_fit() -> None:
    assert numbers.parse(numbers.make(date(2026, 1, 1), 0)).serial == 0
    assert numbers.parse(numbers.make(date(2026, 1, 1), 9_999_999)).serial == 9_999_999


@given(st.text())
def test_any_text_is_judged_without_raising(text: str) -> None:
    assert numbers.valid(text) in (True, False)


def test_the_error_names_the_rule_and_not_the_text() -> None:
    with pytest.raises(WrongCheckDigit) as raised:
        numbers.parse("2026112400001230")
    assert "ISO 7064" in str(raised.value)
    assert "2026112400001230" not in str(raised.value)
