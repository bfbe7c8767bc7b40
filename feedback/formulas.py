"""How the rates are defined, by version: one file of `methods` each, never changed, only followed by another.

A case counts by the day its report was received. Every case of a choice is in a rate's denominator or in one of its
exclusions, so that the two always add up to all cases.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.presets import load
from services.settings import Settings

FOLDER = Path(__file__).parent / "methods"
Weight = Annotated[float, Field(ge=0, le=1)]


class UnknownFormula(LookupError):
    """There is no formula of this version."""


class WeightsNotVersioned(LookupError):
    """The city's preset weighs answers in a way that no version of the formulas knows: add a version to `methods`."""


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Rate(Part):
    """What a rate is made of: each part's weight in the numerator; every part is in the denominator."""

    chinese: str
    meaning: str
    parts: Mapping[str, float | str]

    def weight(self, part: str, city: Mapping[str, float]) -> float:
        """The number of a weight that is named, or the number itself."""
        found = self.parts[part]
        return city[found] if isinstance(found, str) else found


class Method(Part):
    """One version as its file has it."""

    version: str
    minimum: Annotated[int, Field(ge=1)]
    public_minimum: Annotated[int, Field(ge=2)]
    cities: Mapping[str, Mapping[str, Weight]]
    rates: Mapping[str, Rate]
    composite: Mapping[str, Weight]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.composite and abs(sum(self.composite.values()) - 1) > 1e-9:
            raise ValueError("the weights of the composite add up to one")
        if not set(self.composite) <= set(self.rates):
            raise ValueError("the composite is made of rates of this version")
        return self


class Formulas(Part):
    """The rates of one version with one city's weights."""

    version: str
    rule: str
    weights: Mapping[str, float]
    minimum: int
    public_minimum: int
    rates: Mapping[str, Rate]
    composite: Mapping[str, float]

    def parts(self, name: str) -> dict[str, float]:
        """A rate's parts with their weights."""
        rate = self.rates[name]
        return {part: rate.weight(part, self.weights) for part in rate.parts}


def versions() -> list[str]:
    """All versions, oldest first."""
    return sorted(file.stem for file in FOLDER.glob("*.yaml"))


def formulas(settings: Settings, version: str | None = None) -> Formulas:
    """A version's formulas (the newest without one) with the weights of the city's preset."""
    return _formulas(settings.city_preset, version or versions()[-1])


@cache
def _formulas(preset: str, version: str) -> Formulas:
    agreed, made = load(preset).feedback, method(version)
    weights = made.cities.get(preset)
    if weights is None or (version == versions()[-1] and dict(weights) != agreed.weights.model_dump()):
        raise WeightsNotVersioned(f"{preset}, {version}: {WeightsNotVersioned.__doc__}")
    return Formulas(weights=weights, rule=agreed.rule, **made.model_dump(exclude={"cities"}))


@cache
def method(version: str) -> Method:
    if version not in versions():
        raise UnknownFormula(f"there is no version {version!r}; there are: {', '.join(versions())}")
    return Method.model_validate(yaml.safe_load((FOLDER / f"{version}.yaml").read_text(encoding="utf-8")))
