"""Characters that a spreadsheet would not leave alone, written so that they come back the same."""

import re

from services.spreadsheets import ACTIVE, CONTROL, escaped

__all__ = ["CONTROL", "disarmed", "escaped", "rearmed", "unescaped"]

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_DUTIES = re.compile(r"@[\w.]+(\|@[\w.]+)*")


def unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def disarmed(text: str) -> str:
    """As a CSV file holds it: an apostrophe keeps spreadsheet programs from running it. Duties cannot be run."""
    return f"'{text}" if ACTIVE.match(text) and not _DUTIES.fullmatch(text) else text


def rearmed(text: str) -> str:
    return text[1:] if text.startswith("'") and ACTIVE.match(text) else text
