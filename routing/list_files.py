"""The two lists as files: one workbook, one CSV of either list, or a directory with both."""

from pathlib import Path

from routing.lists import Lists
from routing.lists.workbook import read_csv, read_workbook, write_csv, write_workbook

ISSUES, RESPONSIBILITIES = "issues.csv", "responsibilities.csv"


class Unreadable(Exception):
    """This file or directory cannot be used here."""


def read_lists(source: Path, before: Lists) -> Lists:
    """A list whose file is missing stays as before. Raises ListFaults and Unreadable."""
    if source.suffix.lower() == ".xlsx" and source.is_file():
        return read_workbook(source.read_bytes())
    folder = source if source.is_dir() else source.parent
    names = [ISSUES, RESPONSIBILITIES] if source.is_dir() else [source.name]
    told = {name: _text(folder / name) for name in names if (folder / name).is_file()}
    if not told or not told.keys() <= {ISSUES, RESPONSIBILITIES}:
        raise Unreadable(f"{source} is no .xlsx, no {ISSUES} or {RESPONSIBILITIES}, and no directory with one of them")
    issues, rows = write_csv(before)
    return read_csv(told.get(ISSUES, issues), told.get(RESPONSIBILITIES, rows))


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise Unreadable(f"{file.name} is not UTF-8: save it as “CSV UTF-8”, or send a workbook") from None


def write_lists(lists: Lists, target: Path) -> None:
    """A workbook where the name ends in .xlsx, else two CSV files in a directory that is made where it is missing."""
    if target.suffix.lower() == ".xlsx":
        target.write_bytes(write_workbook(lists))
        return
    target.mkdir(parents=True, exist_ok=True)
    for name, text in zip((ISSUES, RESPONSIBILITIES), write_csv(lists), strict=True):
        (target / name).write_text(text, encoding="utf-8", newline="")
