"""The templates as data: one YAML file of a version, checked whole before a word of it is sent."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Annotated, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from intake.notices.occasions import ALLOWED, Occasion
from services.settings import Settings

FOLDER = Path(__file__).parent / "templates"
Language = Literal["zh", "en"]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
CHINESE, LATIN = (70, 67), (160, 153)
"""Characters of a text message, alone or as a part of a long one (3GPP TS 23.038: UCS-2, or seven bits a letter)."""
EXAMPLES: Mapping[str, str] = {
    "case_no": "2025030100000426",
    "code": "7K3M-Q9TW-0A5C",
    "link": "https://city.example/intake/status?no=2025030100000426#7K3M-Q9TW-0A5C",
    "question": "是否加装电梯",
}
"""Synthetic values for a preview."""


class Template(BaseModel):
    """One occasion's words in both languages."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    zh: Text
    en: Text

    def text(self, language: Language) -> str:
        found: str = getattr(self, language)
        return found


class Wording(BaseModel):
    """All templates of one version. Raises ValueError where one is missing, or says what it may not."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    version: Annotated[str, Field(pattern=r"^[0-9A-Za-z.-]{1,20}$")]
    templates: Mapping[Occasion, Template]

    @model_validator(mode="after")
    def _whole_and_harmless(self) -> Self:
        if missing := set(Occasion) - set(self.templates):
            raise ValueError(f"no template for {', '.join(sorted(missing))}")
        for occasion, template in self.templates.items():
            for language in ("zh", "en"):
                _check(occasion, template.text(language))
        return self

    def render(self, occasion: Occasion, language: Language, facts: Mapping[str, str]) -> str:
        return (
            self.templates[occasion].text(language).format(**{name: facts[name] for name in placeholders_of(occasion)})
        )

    def preview(self, occasion: Occasion, language: Language) -> str:
        """With synthetic values."""
        return self.render(occasion, language, EXAMPLES)


def _check(occasion: Occasion, text: str) -> None:
    """Plain names of this occasion and nothing else between braces; each of them used."""
    fields = [(name, spec, conversion) for _, name, spec, conversion in Formatter().parse(text) if name is not None]
    used = {name for name, _, _ in fields}
    if used != ALLOWED[occasion] or any(spec or conversion for _, spec, conversion in fields):
        wanted = " ".join(f"{{{name}}}" for name in sorted(ALLOWED[occasion]))
        raise ValueError(f"the template {occasion} holds {wanted} and no other placeholder")


def placeholders_of(occasion: Occasion) -> list[str]:
    return sorted(ALLOWED[occasion])


def text_messages(text: str) -> int:
    """How many text messages a provider counts for it."""
    alone, part = LATIN if text.isascii() else CHINESE
    return 1 if len(text) <= alone else -(-len(text) // part)


def wording_of(settings: Settings) -> Wording:
    """The city's own file, or the newest version that comes with the software."""
    return read(settings.notice_templates or newest())


def newest() -> Path:
    return max(FOLDER.glob("*.yaml"), key=lambda path: [int(part) for part in path.stem.split(".")])


@cache
def read(file: Path) -> Wording:
    return Wording.model_validate(yaml.safe_load(file.read_text("utf-8")))
