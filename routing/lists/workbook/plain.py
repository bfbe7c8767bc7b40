"""A row of a list as the texts that its sheet holds, by column; what the readers turn into the same row again."""

from dataclasses import fields
from datetime import date

from routing.lists.rows import Issue, Responsibility
from routing.lists.sheet import SEPARATOR, Answer
from services.limits import Limit


def texts_of(row: Issue | Responsibility) -> dict[str, str]:
    texts: dict[str, str] = {}
    for field in fields(row):
        value = getattr(row, field.name)
        if field.name == "limit":
            texts |= _limit(value)
        else:
            texts[field.name] = _text(value)
    return texts


def _limit(limit: Limit | None) -> dict[str, str]:
    amount, unit = (str(limit.amount), limit.unit.value) if limit else ("", "")
    return {"limit": amount, "limit_unit": unit}


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return (Answer.YES if value else Answer.NO).value
        case tuple():
            return SEPARATOR.join(value)
        case date():
            return value.isoformat()
    return str(value)
