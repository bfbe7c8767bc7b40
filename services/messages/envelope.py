"""The base of all messages, and what several of them tell alike: units, grids, kinds of round."""

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

Kind = Literal["handled", "settled", "withdrawn", "recheck"]


class Message(BaseModel):
    """Base of all messages. `sequence` counts per case and source; it travels in the envelope, not here."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    type: ClassVar[str]

    @property
    def subject(self) -> str:
        """The case number, or the name of the thing it is about."""
        return str(getattr(self, "case_no", "access"))


class UnitName(BaseModel):
    """A unit as others show it; `path` is the chain of codes from the top, `/31/310101/…/`."""

    model_config = ConfigDict(frozen=True)
    code: str
    name: str
    path: str


class GridName(BaseModel):
    """A grid as others show it; `path` is the chain of grid codes from the city down."""

    model_config = ConfigDict(frozen=True)
    code: str
    name: str
    path: str
