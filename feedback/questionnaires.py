"""The questionnaires as configuration: a survey is asked under one version to its end, whatever is asked by then."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

FILE = Path(__file__).with_name("questionnaires.yaml")


class UnknownQuestionnaire(LookupError):
    """No questionnaire of this version is in feedback/questionnaires.yaml."""


class Questionnaire(BaseModel):
    """The words of each question; what has none is not asked. Free words may always be added."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    version: str
    contacted: str | None = None
    solved: str
    satisfied: str
    reasons: Mapping[str, str] = {}
    photo: bool = False


def questionnaire(version: str) -> Questionnaire:
    """Raises UnknownQuestionnaire."""
    try:
        return questionnaires()[version]
    except KeyError:
        raise UnknownQuestionnaire(f"{version}: {UnknownQuestionnaire.__doc__}") from None


@cache
def questionnaires() -> Mapping[str, Questionnaire]:
    written = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {version: Questionnaire(version=version, **asked) for version, asked in written.items()}
