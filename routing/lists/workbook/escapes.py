"""Characters that a spreadsheet would not leave alone, written so that they come back the same."""

import re

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Nobody types these, XML has no place for them, and the database would refuse some."""
_FORBIDDEN = re.compile(rf"{CONTROL.pattern}|\r|_(?=x[0-9A-Fa-f]{{4}}_)")
"""Also a carriage return, which XML would change, and an underscore that would read as the beginning of an escape."""
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_ACTIVE = re.compile(r"'*[=+\-@\t\r]")
_DUTIES = re.compile(r"@[\w.]+(\|@[\w.]+)*")


def escaped(text: str) -> str:
    """As a workbook's cells hold it (ST_Xstring of ECMA-376): `_x000D_` for a carriage return."""
    return _FORBIDDEN.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def disarmed(text: str) -> str:
    """As a CSV file holds it: an apostrophe keeps spreadsheet programs from running it. Duties cannot be run."""
    return f"'{text}" if _ACTIVE.match(text) and not _DUTIES.fullmatch(text) else text


def rearmed(text: str) -> str:
    return text[1:] if text.startswith("'") and _ACTIVE.match(text) else text
