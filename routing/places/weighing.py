"""What decides the place: a street and a committee together, a unique name, a district that settles a repeated one.

It never guesses: where several places fit, or the words contradict each other, the answer is the candidates. A wrong
grid costs more than a question.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

from routing.places.edges import is_tail
from routing.places.hearing import NONE, Grids, Heard, union
from routing.places.mentions import Strength
from routing.places.names import Kind
from routing.places.rulings import Reason, Ruling, found, unsettled
from routing.places.tree import Tree


@dataclass(frozen=True, slots=True)
class Weighing:
    """What was heard, weighed. `hint` is the district given with the call, weaker than any word; `taken_down` says
    that the words were written into the field for the address, and mean one."""

    heard: Heard
    hint: str | None = None
    taken_down: bool = False

    @property
    def tree(self) -> Tree:
        return self.heard.tree

    def ruling(self) -> Ruling:
        streets = self.heard.streets
        if streets is not None and not streets:
            return unsettled(Reason.SEVERAL_PLACES, self.heard.all(Kind.STREET))
        if self.heard.committees:
            return self._committee(streets or NONE)
        return self._street(streets) if streets else self._address_alone()

    def _committee(self, streets: Grids) -> Ruling:
        said = self.heard.committees
        possible = [self.tree.in_any(each.grids, streets) if streets else each.grids for each in said]
        if not all(possible):
            return unsettled(Reason.CONTRADICTION, self.heard.all(Kind.COMMITTEE) | streets)
        fitting = reduce(self.tree.meet, possible)
        if not fitting:
            return unsettled(Reason.SEVERAL_PLACES, self.heard.all(Kind.COMMITTEE))
        return self._in_street(fitting, streets) if streets else self._by_name(fitting)

    def _in_street(self, fitting: Grids, streets: Grids) -> Ruling:
        """The district does not matter any more, unless there are still two."""
        if len(fitting) == 1:
            return self._found(Reason.STREET_AND_COMMITTEE, fitting)
        settled = self.tree.in_any(fitting, self.heard.districts)
        if len(settled) == 1:
            return self._found(Reason.SETTLED_BY_DISTRICT, settled)
        if len(streets) == 1 and not self.heard.districts:
            return self._found(Reason.STREET, streets)
        return unsettled(Reason.NAMESAKES, fitting)

    def _by_name(self, fitting: Grids) -> Ruling:
        """Without a street: only a unique name, or one that a district leaves alone."""
        if self.heard.districts:
            return self._in_districts(fitting)
        if len(fitting) == 1 and not all(is_tail(each.name) for each in self.heard.committees):
            return self._unique(fitting)
        settled = self.tree.in_any(fitting, {self.hint} if self.hint else ())
        if len(settled) == 1:
            return self._found(Reason.SETTLED_BY_CALL, settled)
        return unsettled(Reason.NAMESAKES, fitting)

    def _in_districts(self, fitting: Grids) -> Ruling:
        districts = self.heard.districts
        settled = self.tree.in_any(fitting, districts) if len(districts) == 1 else NONE
        if len(settled) == 1:
            reason = Reason.UNIQUE_COMMITTEE if len(fitting) == 1 else Reason.SETTLED_BY_DISTRICT
            return self._found(reason, settled)
        return unsettled(Reason.NAMESAKES if settled else Reason.CONTRADICTION, fitting)

    def _unique(self, fitting: Grids) -> Ruling:
        """A bare name is weak: where the call came with another district, it is asked."""
        bare = all(each.strength is Strength.BARE for each in self.heard.committees)
        if bare and self.hint and not self.tree.in_any(fitting, {self.hint}):
            return unsettled(Reason.CONTRADICTION, fitting)
        return self._found(Reason.UNIQUE_COMMITTEE, fitting)

    def _street(self, streets: Grids) -> Ruling:
        """A street alone, which its district must not contradict: two words against each other are a question."""
        if len(streets) > 1:
            return unsettled(Reason.AMBIGUOUS_STREET, streets)
        if self.heard.districts and not self.tree.in_any(streets, self.heard.districts):
            return unsettled(Reason.CONTRADICTION, streets)
        areas = self.tree.in_any(self.heard.all(Kind.AREA), streets)
        return self._found(Reason.AREA, areas) if len(areas) == 1 else self._found(Reason.STREET, streets)

    def _found(self, reason: Reason, grids: Grids) -> Ruling:
        """The place, or the one inside it that its house number or estate leads to."""
        (grid,) = grids
        closer = self._met(self.tree.in_any(each, grids) for each in self.heard.addresses_told)
        if len(closer) == 1 and closer != grids:
            return found(Reason.ADDRESS, next(iter(closer)), misspelt=self.heard.misspelt)
        return found(reason, grid, misspelt=self.heard.misspelt)

    def _met(self, sets: Iterable[Grids]) -> Grids:
        told: list[Grids] = [each for each in sets if each]
        met = told[0] if told else NONE
        for each in told[1:]:
            met = self.tree.meet(met, each)
        return self.heard.addresses.first(met)

    def _address_alone(self) -> Ruling:
        """Without a committee or a street an address needs its district, or the field for it: roads have namesakes."""
        fitting = self._met(self.heard.addresses_told)
        upper = self.heard.districts or ({self.hint} if self.hint else NONE)
        inside = self.tree.in_any(fitting, upper) if upper else fitting
        if len(inside) == 1 and (upper or self.taken_down):
            return found(Reason.ADDRESS, next(iter(inside)))
        weak = union((fitting, self.heard.all(Kind.COMMITTEE), self.heard.all(Kind.STREET)))
        return unsettled(Reason.NOT_ENOUGH, weak) if weak else Ruling(Reason.NOTHING)
