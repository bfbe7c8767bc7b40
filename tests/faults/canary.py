"""A marked person, in every spelling people use, and the search that finds them in whatever a service leaves behind."""

import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Engine, text

from routing.schemas import Told

NAME, PHONE, SECOND, IDENTITY = "夏侯晚晴", "13987654321", "15821873359", "310101199003077715"
HOME = "泰康路274弄19号602室"
PERSON: dict[str, Any] = {
    "name": NAME,
    "phone": "+86 139-8765-4321",
    "other_phone": SECOND,
    "id_number": IDENTITY,
    "home": HOME,
}
NUMBERS = (
    "13987654321", "139 8765 4321", "139-8765-4321", "+86 13987654321", "１３９８７６５４３２１",
    "一三九八七六五四三二一",
)  # fmt: skip
CHINESE = str.maketrans("零〇一二三四五六七八九幺", "001234567891")


def words(turn: int = 0, matter: str = "弄堂口垃圾堆了三天没人清运。") -> str:
    """What somebody says, with all of the person in it; the number in another spelling each time."""
    number = NUMBERS[turn % len(NUMBERS)]
    return f"我叫{NAME}，电话{number}，也可打{SECOND}，身份证{IDENTITY}，家住{HOME}。{matter}"


def found_in(*left: bytes | str) -> set[str]:
    """Which of the person's marks are in there: plain, escaped, as hexadecimal, zipped, spaced or in other digits."""
    found: set[str] = set()
    for each in left:
        for plain in _readings(each):
            even = re.sub(r"[\s\-()./_]", "", unicodedata.normalize("NFKC", plain))
            digits = even.translate(CHINESE)
            found |= {mark for mark in (NAME, HOME) if mark in even}
            found |= {mark for mark in (PHONE, SECOND, IDENTITY) if mark in digits}
    return found


def _readings(left: bytes | str) -> Iterable[str]:
    if isinstance(left, bytes) and left.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(left)) as archive:
            for name in archive.namelist():
                yield from _readings(archive.read(name))
        return
    plain = left.decode("utf-8", "replace") if isinstance(left, bytes) else left
    yield _unescaped(plain)
    for hexadecimal in re.findall(r"\\x((?:[0-9a-f]{2})+)", plain):
        yield _unescaped(bytes.fromhex(hexadecimal).decode("utf-8", "replace"))


def _unescaped(plain: str) -> str:
    return re.sub(r"\\+u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), plain)


def dump(owner: Engine) -> list[str]:
    """Every row of every table of every schema, the vault's ciphertexts among them."""
    tables = "select schemaname, tablename from pg_tables where schemaname !~ '^(pg_catalog|information_schema)$'"
    with owner.connect() as connection:
        return [
            f"{schema}.{table} {row}"
            for schema, table in connection.execute(text(tables)).all()
            for (row,) in connection.execute(text(f'select row_to_json(t)::text from {schema}."{table}" t'))
        ]


def body(kind: type[Told], turn: int, given: Mapping[str, Any]) -> dict[str, Any]:
    """What a move is told: its own example, every free text of it replaced by the person's words."""
    extra = kind.model_config.get("json_schema_extra") or {}
    examples = extra["examples"] if isinstance(extra, dict) else []
    told: dict[str, Any] = json.loads(json.dumps(examples))[0]
    told |= {name: words(turn) for name in kind.free_text()}
    if "evidence" in kind.model_fields:
        told["evidence"] = [{"kind": "photo", "shows": words(turn)}]
    return {name: value for name, value in {**told, **given}.items() if value is not None}
