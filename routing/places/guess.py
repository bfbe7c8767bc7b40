"""The place of a report: what its words, its point and what was given with it come to together."""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from routing.city import City, GridKind
from routing.places.grounds import Grounds
from routing.places.mentions import Mention
from routing.places.phrases import Role
from routing.places.readings import Reader, Reading
from routing.places.rulings import CONFIDENCE, Reason, Ruling
from routing.places.tree import Tree
from routing.places.unnamed import without_places
from services.messages import Place


class Evidence(NamedTuple):
    """Words that were understood as a place, where they came from, and which grids they can mean."""

    source: str
    words: str
    means: str
    grids: tuple[str, ...] = ()
    role: str = Role.PLAIN.value
    start: int | None = None
    end: int | None = None


class PlaceGuess(NamedTuple):
    """A grid, or None with what it could be; `reason` says what decided."""

    grid: str | None
    confidence: float
    candidates: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    reason: Reason


MOST_GRIDS = 12


class Places:
    """Finds places in one city. Built once, shared by all requests."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.reader = Reader(city)
        self.grounds = Grounds(city, self.reader.tree)

    def guess(self, text: str, place: Place | None = None) -> PlaceGuess:
        """The place of a report's matter. The point and the words have the say; what was given is weaker."""
        given = place or Place()
        if not text and given.location and not (given.address or given.grid or given.district):
            return self._on(self.grounds.at(given.location))
        hint = self._district(given.district)
        readings = self._read(text, given, hint)
        ruling = _agreed(self, readings)
        evidence = [each for source, reading in readings.items() for each in _evidence(source, reading)]
        for source, said, reason in self._given(given):
            evidence.append(Evidence(source, said, reason, (said,)))
            ruling = self._together(ruling, said, Reason(reason))
        if given.district and hint:
            evidence.append(Evidence("district", given.district, "district", (hint,)))
        return PlaceGuess(ruling.grid, ruling.confidence, ruling.candidates, tuple(evidence), ruling.reason)

    def _on(self, ground: str | None) -> PlaceGuess:
        """A point and nothing else: there are no words to weigh it against."""
        if ground is None:
            return PlaceGuess(None, 0.0, (), (), Reason.NOTHING)
        reason = Reason.COORDINATES
        evidence = Evidence("location", ground, reason.value, (ground,))
        return PlaceGuess(ground, CONFIDENCE[reason], (), (evidence,), reason)

    def without_names(self, text: str) -> str:
        """The text without the names of places, for whoever asks what it is about."""
        return without_places(self.reader.read(text))

    def _read(self, text: str, given: Place, hint: str | None) -> dict[str, Reading]:
        readings = {"text": self.reader.read(text, hint)}
        if given.address:
            readings["address"] = self.reader.read(given.address, hint, taken_down=True)
        return readings

    def _district(self, code: str | None) -> str | None:
        """The district of whatever division was given; None where the city does not know it."""
        known = code is not None and self._known(code)
        return self.reader.tree.of_kind(code, GridKind.DISTRICT) if code and known else None

    def _known(self, code: str) -> bool:
        return code in self.city._grids

    def _given(self, given: Place) -> Iterator[tuple[str, str, str]]:
        if given.location and (ground := self.grounds.at(given.location)):
            yield "location", ground, Reason.COORDINATES
        if given.grid and self._known(given.grid):
            yield "grid", given.grid, Reason.GIVEN

    def _together(self, ruling: Ruling, grid: str, reason: Reason) -> Ruling:
        """What was found so far and one more place: the lower of two on one chain, else a question."""
        if ruling.grid is None:
            return Ruling(reason, grid, CONFIDENCE[reason])
        met = self.reader.tree.meet(frozenset({ruling.grid}), frozenset({grid}))
        if not met:
            return Ruling(Reason.SEVERAL_PLACES, candidates=(ruling.grid, grid))
        (lower,) = met
        return ruling if lower == ruling.grid else Ruling(reason, lower, CONFIDENCE[reason])


def _agreed(places: Places, readings: dict[str, Reading]) -> Ruling:
    """The text and the field for the address together; the field means the matter, also where the text tells a home."""
    text, address = readings["text"].ruling, readings["address"].ruling if "address" in readings else None
    if address is None:
        return text
    tree = places.reader.tree
    if address.grid and text.grid:
        weak = readings["text"].own or text.reason is Reason.ADDRESS
        return _finer(address, text, tree) if weak else places._together(text, address.grid, address.reason)
    if address.grid is None and text.grid is None:
        joint = f"{readings['address'].told}\n{readings['text'].told}"
        return places.reader.read(joint, None, taken_down=True).ruling
    found, other = (address, text) if address.grid else (text, address)
    assert found.grid
    if other.reason is Reason.CONTRADICTION and not any(tree.deeper(found.grid, each) for each in other.candidates):
        return replace(other, candidates=(found.grid, *other.candidates))
    closer = [each for each in other.candidates if found.grid in tree.chain(each)]
    return replace(found, grid=closer[0]) if len(closer) == 1 else found


def _finer(address: Ruling, text: Ruling, tree: Tree) -> Ruling:
    """The field's place, or what the text tells inside it; a sight passed by elsewhere in the text is no place."""
    assert address.grid
    assert text.grid
    return text if tree.deeper(address.grid, text.grid) == text.grid else address


def _evidence(source: str, reading: Reading) -> Iterator[Evidence]:
    for phrase in reading.phrases:
        for mention in phrase.mentions:
            yield _one(source, reading, phrase.role, mention)


def _one(source: str, reading: Reading, role: Role, mention: Mention) -> Evidence:
    start, end = reading.folded.told(mention.start, mention.end)
    grids = tuple(sorted(mention.grids)[:MOST_GRIDS])
    return Evidence(source, reading.told[start:end], mention.kind.value, grids, role.value, start, end)
