"""Pages rendered by the server: one base template, one style sheet of our own, Chinese first, English by `?lang=en`.

Templates are written in Chinese; a room's `en.json` beside them gives the English of each text. A page loads nothing
but the style sheet, runs no script, and is kept by no cache.
"""

import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from starlette.staticfiles import StaticFiles

from services.problem_words import PROBLEMS, fault_told
from services.problems import FieldFault

HERE = Path(__file__).parent
STYLES = HERE / "static" / "gridloop.css"
LANGUAGES = ("zh", "en")
HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "Content-Security-Policy": (
            "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
            "frame-ancestors 'none'"
        ),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
    }
)


def static_files() -> StaticFiles:
    """What a service mounts as `/static`."""
    return StaticFiles(directory=HERE / "static")


def language(request: Request) -> str:
    """English where it is asked for, Chinese otherwise."""
    asked = request.query_params.get("lang")
    return asked if asked in LANGUAGES else LANGUAGES[0]


class Pages:
    """The templates of one room, over the base they all extend."""

    headers: ClassVar[Mapping[str, str]] = HEADERS
    words: ClassVar[tuple[Path, ...]] = (HERE / "en.json",)

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def render(self, request: Request, template: str, *, status: int = 200, **facts: Any) -> HTMLResponse:
        """A page in the language asked for, with the headers every page has."""
        tongue, root = self.language(request), request.scope.get("root_path", "")
        styles = f"{root}/static/{STYLES.name}?v={self._print}"
        facts |= {"lang": tongue, "path": request.scope["path"], "root": root, "styles": styles}
        shown = self._environments[tongue].get_template(template).render(facts)
        return HTMLResponse(shown, status_code=status, headers={**self.headers, "Content-Language": tongue})

    def language(self, request: Request) -> str:
        return language(request)

    @cached_property
    def _environments(self) -> dict[str, Environment]:
        return {tongue: self._environment(tongue) for tongue in LANGUAGES}

    def _environment(self, tongue: str) -> Environment:
        made = Environment(
            loader=ChoiceLoader([FileSystemLoader(self._folder), FileSystemLoader(HERE)]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        words = self.english if tongue == "en" else {}
        made.globals["plain"] = PROBLEMS.get if tongue == "zh" else lambda slug: None
        made.globals["told"] = _told if tongue == "zh" else _as_it_is
        made.globals["_"] = lambda chinese: words.get(chinese, chinese)
        return made

    @cached_property
    def english(self) -> dict[str, str]:
        """The English of every text, by the Chinese one."""
        found: dict[str, str] = {}
        for file in (*self.words, self._folder / "en.json"):
            found |= json.loads(file.read_text(encoding="utf-8"))
        return found

    @cached_property
    def _print(self) -> str:
        files = sorted(path for path in STYLES.parent.iterdir() if path.suffix in (".css", ".js"))
        return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]


def _told(fault: FieldFault) -> tuple[str, str, str]:
    return fault_told(fault.field, fault.rule, fault.remedy)


def _as_it_is(fault: FieldFault) -> tuple[str, str, str]:
    return fault.field, fault.rule, fault.remedy
