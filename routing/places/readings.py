"""Reads one text for the place of its matter: which of the places it names counts, and what that comes to."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from routing.city import City, GridKind
from routing.places.addresses import Addresses
from routing.places.hearing import Heard
from routing.places.letters import Folded, fold
from routing.places.mentions import Mention, find, longest
from routing.places.misspellings import misspelt
from routing.places.names import Kind, Names
from routing.places.phrases import BREAKS, Phrase, Role, phrases
from routing.places.rulings import Reason, Ruling
from routing.places.tree import Tree
from routing.places.weighing import Weighing

RANK = {Kind.DISTRICT: 0, Kind.STREET: 1, Kind.AREA: 2, Kind.COMMITTEE: 3, Kind.ROAD: 4, Kind.SITE: 4}
UNCLEAR = (Reason.CONTRADICTION, Reason.SEVERAL_PLACES, Reason.NAMESAKES)
ON_A_ROAD = re.compile(r"(在|到|去|路过|经过|走过|骑到|开到|沿|反映|投诉|举报)([\u4e00-\u9fff\d]{2,6}?(路|大道|公路))")
AT_HOME = re.compile(r"我们小区|我家|家门口|楼下|小区|附近|旁边|隔壁|门前|门口|这条|村口|村里|居委")


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as told, the phrases in it, and the ruling; `own` where nothing but the caller's home was named."""

    told: str
    folded: Folded
    phrases: tuple[Phrase, ...]
    ruling: Ruling
    own: bool = False


class Reader:
    """Reads texts for one city."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.names = Names(city)
        self.tree = Tree(city)
        self.addresses = Addresses(city)
        self._silence = self._read("", None, False)

    def read(self, told: str, hint: str | None = None, *, taken_down: bool = False) -> Reading:
        """`hint` is the district given with the call; `taken_down` says that the text is the address field."""
        return self._read(told, hint, taken_down) if told else self._silence

    def _read(self, told: str, hint: str | None, taken_down: bool) -> Reading:
        folded = fold(told)
        exact = find(folded.text, self.names, self.city)
        mentions = longest([*exact, *misspelt(folded.text, exact, self.names)])
        spoken = tuple(phrases(folded.text, mentions, self._within))
        judge = _Judge(self, folded.text, spoken, hint, taken_down)
        ruling, own = judge.ruling()
        return Reading(told, folded, spoken, ruling, own)

    def weigh(self, mentions: Sequence[Mention], hint: str | None, taken_down: bool = False) -> Ruling:
        return Weighing(Heard(mentions, self.tree, self.addresses), hint, taken_down).ruling()

    def _within(self, lower: Mention, upper: Mention) -> bool:
        return RANK[lower.kind] > RANK[upper.kind] and bool(self.tree.in_any(lower.grids, upper.grids))


@dataclass(frozen=True, slots=True)
class _Judge:
    """Chooses between the places of one text: the matter's goes before the caller's."""

    reader: Reader
    text: str
    spoken: tuple[Phrase, ...]
    hint: str | None
    taken_down: bool

    def ruling(self) -> tuple[Ruling, bool]:
        active, home = self._said(Role.MATTER, Role.PLAIN), self._said(Role.HOME)
        ruling = self._weigh(active)
        if ruling.grid is None and ruling.reason in UNCLEAR:
            ruling = self._clearer(ruling, home)
        if ruling.grid is None and home and ruling.reason in (Reason.NOTHING, Reason.NOT_ENOUGH):
            return self._at_home(ruling, active, home), True
        if ruling.reason is Reason.NOTHING and (elsewhere := self._said(Role.ELSEWHERE)):
            named = self._weigh(elsewhere)
            return Ruling(Reason.NOT_ENOUGH, candidates=(named.grid,) if named.grid else named.candidates), False
        return ruling, False

    def _said(self, *roles: Role) -> list[Mention]:
        return [mention for phrase in self.spoken if phrase.role in roles for mention in phrase.mentions]

    def _weigh(self, mentions: Sequence[Mention], hint: str | None = None) -> Ruling:
        return self.reader.weigh(mentions, hint or self.hint, self.taken_down)

    def _clearer(self, unclear: Ruling, home: Sequence[Mention]) -> Ruling:
        """Of several places the one that is said to be the matter's; a repeated name may lie where the caller lives."""
        matter = self._said(Role.MATTER)
        if matter and unclear.reason is not Reason.NAMESAKES:
            found = self._weigh(matter)
            return found if found.grid else unclear
        if home and not matter and unclear.reason is Reason.NAMESAKES:
            upper = [each for each in home if each.kind in (Kind.DISTRICT, Kind.STREET)]
            found = self._weigh([*upper, *self._said(Role.PLAIN)])
            return found if found.grid else unclear
        return unclear

    def _at_home(self, ruling: Ruling, active: Sequence[Mention], home: Sequence[Mention]) -> Ruling:
        """The caller's home, unless the matter is said to be somewhere else that cannot be told."""
        own = self._weigh(home)
        if own.grid is None:
            return own if ruling.reason is Reason.NOTHING else ruling
        tree = self.reader.tree
        if ruling.reason is Reason.NOT_ENOUGH:
            near = self._weigh(active, tree.of_kind(own.grid, GridKind.DISTRICT))
            return near if near.grid else Ruling(Reason.NOT_ENOUGH, candidates=ruling.candidates)
        districts = frozenset[str]().union(*(each.grids for each in active if each.kind is Kind.DISTRICT))
        if (districts and not tree.within(own.grid, districts)) or self._on_another_road(own.grid):
            return Ruling(Reason.NOT_ENOUGH, candidates=(own.grid,))
        return own

    def _on_another_road(self, home: str) -> bool:
        """Whether a clause without the caller's home puts the matter on a road that is not known to be there."""
        street = self.reader.tree.of_kind(home, GridKind.STREET) or ""
        return any(
            not self.reader.addresses.runs_through(found.group(2), street)
            for clause in self._other_clauses()
            if not AT_HOME.search(clause)
            for found in ON_A_ROAD.finditer(clause)
        )

    def _other_clauses(self) -> Iterable[str]:
        homes = [each for phrase in self.spoken if phrase.role is Role.HOME for each in phrase.mentions]
        start = 0
        for clause in BREAKS.split(self.text):
            end = start + len(clause)
            if not any(start <= each.start < end for each in homes):
                yield clause
            start = end + 1
