"""What a move is judged by: what the order is, who asks as seen from it, and what was told. Data, nothing else."""

from collections.abc import Collection, Mapping, Sequence, Sized
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from routing.refusals import NeedMissing, NotOneOf
from routing.states import Move, Voice
from services.roles import Role

Actor = Role | Voice
Word = TypeVar("Word", bound=StrEnum)


class Order(Protocol):
    """What the lifecycle reads of an order. It writes `state` and `outcome` and nothing else."""

    state: str
    outcome: str | None

    @property
    def case_no(self) -> str: ...
    @property
    def parent(self) -> str | None:
        """The order it was merged into; kept when it closes with it, empty after an unmerge."""

    @property
    def item_type(self) -> str: ...
    @property
    def lead_unit(self) -> str | None: ...
    @property
    def co_units(self) -> Collection[str]: ...
    @property
    def led_by(self) -> Sequence[str]:
        """Every unit that has led it, in order."""

    @property
    def disputed_by(self) -> Collection[str]: ...
    @property
    def round(self) -> int:
        """Which handling this is, from 1."""

    @property
    def rounds_allowed(self) -> int:
        """How many handlings the city's preset allows; an appeal is one beyond them."""

    @property
    def has_reporter(self) -> bool:
        """Whether somebody can be asked: its own reporter, or one of those merged into it."""

    @property
    def evidence_needed(self) -> bool:
        """Whether the closing condition of its issue asks for evidence."""

    @property
    def hazard(self) -> bool: ...
    @property
    def review_date(self) -> date | None:
        """The date the handler named with this handling, if any."""

    @property
    def appealed(self) -> bool: ...
    @property
    def deliberating(self) -> bool:
        """Whether residents are deliberating about it now."""

    @property
    def bound_by(self) -> object | None:
        """The deliberation whose result binds its handling, if any."""

    @property
    def bound_option(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class By:
    """Who asks, as seen from the order: one role in one unit, and how that unit and the person stand to it."""

    role: Actor
    person: str
    unit: str | None = None
    in_lead: bool = False
    """The role's unit is the lead unit, or above it."""
    in_team: bool = False
    """The person belongs to the lead or to a co-unit itself, in any role."""
    covers: bool = False
    """The order lies in the role's subtree; before a unit leads it, by its place."""
    party: bool = False
    """The person belongs to the unit that disputes it, or to the one proposed."""
    handled: bool = False
    """This very person reported it done."""
    reported: bool = False
    """This very person made the report."""

    @classmethod
    def voice(cls, voice: Voice) -> "By":
        """Somebody without a key."""
        return cls(voice, person=voice.value)


@dataclass(frozen=True, slots=True)
class Asked:
    """One move asked for: on which order, by whom, with what."""

    order: Order
    move: Move
    by: By
    second: By | None
    told: Mapping[str, Any]

    def has(self, field: str) -> bool:
        """Whether the field was told; blank text and empty lists are not told, 0 and false are."""
        value = self.told.get(field)
        if isinstance(value, str):
            return bool(value.strip())
        return len(value) > 0 if isinstance(value, Sized) else value is not None

    def word(self, field: str, words: type[Word]) -> Word:
        """The field as one of the words it can be. Raises NeedMissing or NotOneOf."""
        if not self.has(field):
            raise NeedMissing(field)
        try:
            return words(self.told[field])
        except ValueError:
            raise NotOneOf(field, words) from None

    def fact(self, name: str) -> Any:
        """What the service itself has to look up for the move; a caller that forgot it is at fault, not the person."""
        if name not in self.told:
            raise TypeError(f"{self.move} must be given the fact {name}")
        return self.told[name]
