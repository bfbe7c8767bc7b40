"""What a client said, wherever it said it: in the query, a form or a multipart body; an empty one said nothing."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from fastapi import Request
from starlette.datastructures import UploadFile

from services.problems import WrongMediaType, invalid
from services.texts import LINES

FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
MOST_FIELDS, MOST_FILES, LONGEST_PART = 300, 10, 64 * 1024
ATTRIBUTE = re.compile(r"attribute\[([^\[\]]{1,80})\](?:\[\])?")
Pairs = list[tuple[str, str]]


class FormWanted(WrongMediaType):
    """A post is a form here."""

    remedy = f"Send {FORM} or {MULTIPART}, in UTF-8."


@dataclass(frozen=True)
class Upload:
    """A file that came along, under whatever name."""

    data: bytes = field(repr=False)


@dataclass(frozen=True)
class Arguments:
    """All that was said. Where query and body both say something, the body is meant."""

    query: Mapping[str, tuple[str, ...]] = field(repr=False)
    body: Mapping[str, tuple[str, ...]] = field(repr=False)
    files: tuple[Upload, ...] = ()

    def several(self, name: str) -> tuple[str, ...]:
        return self.body.get(name) or self.query.get(name, ())

    def one(self, name: str) -> str | None:
        """The last of several, as forms have it."""
        found = self.several(name)
        return found[-1] if found else None

    def listed(self, name: str) -> tuple[str, ...]:
        """The parts of a comma list, repeated or not."""
        parts = (part.strip() for text in self.several(name) for part in text.split(","))
        return tuple(part for part in parts if part)

    def yes(self, name: str) -> bool:
        return (self.one(name) or "").lower() in ("true", "1", "yes", "on")

    def attributes(self) -> dict[str, tuple[str, ...]]:
        """`attribute[CODE]` and `attribute[CODE][]` by their codes."""
        found: dict[str, tuple[str, ...]] = {}
        for name in (*self.query, *self.body):
            if match := ATTRIBUTE.fullmatch(name):
                found[match[1]] = self.several(f"attribute[{match[1]}]") + self.several(f"attribute[{match[1]}][]")
        return found

    def number(self, name: str) -> float | None:
        """Raises Invalid for what is no number."""
        text = self.one(name)
        if text is None:
            return None
        if not re.fullmatch(r"[+-]?\d{1,4}(\.\d{0,20})?", text, re.ASCII):
            raise invalid(name, "is a number", "send it in plain decimals, such as 121.4632")
        return float(text)

    def count(self, name: str, default: int, most: int) -> int:
        """A whole number from 1; more than `most` is `most`. Raises Invalid."""
        text = self.one(name)
        if text is None:
            return default
        if not re.fullmatch(r"0*[1-9]\d{0,8}", text, re.ASCII):
            raise invalid(name, "is a whole number from 1", "leave it out or send 1, 2, 3 …")
        return min(int(text), most)


async def arguments(request: Request) -> Arguments:
    """Read once for each request. Raises FormWanted, Invalid."""
    known: Arguments | None = getattr(request.state, "open311", None)
    if known is None:
        pairs, files = await _body(request) if request.method == "POST" else ([], ())
        known = Arguments(_grouped(_pairs(request.scope["query_string"])), _grouped(pairs), files)
        request.state.open311 = known
    return known


async def _body(request: Request) -> tuple[Pairs, tuple[Upload, ...]]:
    raw = await request.body()
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == MULTIPART:
        return await _multipart(request)
    if raw and kind != FORM:
        raise FormWanted
    return _pairs(raw), ()


async def _multipart(request: Request) -> tuple[Pairs, tuple[Upload, ...]]:
    pairs: Pairs = []
    files = []
    async with request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS, max_part_size=LONGEST_PART) as form:
        for name, value in form.multi_items():
            if not isinstance(value, UploadFile):
                pairs.append((name, value))
            elif value.filename or value.size:
                files.append(Upload(await value.read()))
    return pairs, tuple(files)


def _pairs(raw: bytes) -> Pairs:
    """Percent-encoded or plain UTF-8: clients send both."""
    try:
        return parse_qsl(raw.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise invalid("(form)", "is UTF-8 of at most 300 fields", "encode it as UTF-8") from None


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, text in pairs:
        if said := _plain(text):
            found[name] = (*found.get(name, ()), said)
    return found


def _plain(text: str) -> str:
    """Without control characters, half pairs and outer blanks: nobody means them, and no database takes them all."""
    return "".join(char for char in text if char in LINES or unicodedata.category(char) not in ("Cc", "Cs")).strip()
