"""Which issue a text is about: a linear model over its grams, with a calibrated confidence to abstain by."""

import io
import json
import re
from dataclasses import dataclass
from functools import cached_property
from math import exp, log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.classifying.grams import Vector, sentences, vector

Floats = NDArray[np.float32]
WHOLE, PARTS = 0.7, 0.3
"""How much the text as a whole counts, and how much its sentences."""
ASKS = re.compile(r"希望|要求|请|诉求|反映|投诉|举报|建议|咨询|求助|想问|能不能|麻烦|尽快|帮|管一管|查|到底")
ASIDE = re.compile(r"不是|不用|不关|上次|之前|以前|本来|原来|去年|不说|不要|没关系|另说|不谈|倒是|解决了|好了|感谢")
ASKED, SAID_ASIDE = 2.0, 0.5
"""What a sentence that asks for something counts against one that tells a story, and one that puts something aside."""
SECOND_LEVEL = 0.5
"""The share of its class that a second-level issue needs; below it the class itself is the answer."""
SECOND = 0.4
"""The share of a text that makes another class a second matter."""
ALSO, HINTED = 0.5, 0.02
"""How sure it must be that a sentence is about another class, and the share of the whole text that bears it out."""
MOST_CANDIDATES = 5
MOST_ALSO = 3
MOST_WORDS = 8


@dataclass(frozen=True, slots=True)
class IssueGuess:
    """The issue of a text. `confidence` is that of its class; `candidates` are other answers, the likeliest first."""

    issue: str
    class_code: str
    confidence: float
    candidates: tuple[tuple[str, float], ...]
    classes: tuple[tuple[str, float], ...]
    """The first-level classes by probability."""
    also: tuple[str, ...]
    """Issues of other sentences."""
    evidence: tuple[tuple[str, float], ...]
    """The grams that spoke for the class, and how much."""
    model: str


@dataclass(frozen=True, slots=True)
class Calibration:
    """How scores become probabilities, and the best one a confidence; fitted on texts held back from training."""

    issues: float
    classes: float
    confidence: tuple[float, float, float, float]
    """Of the odds of the best class, of its lead over the next, of the text's length, and a constant."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A text for comparing it with others. `shares`: the probability of each issue, its class's share times its own in
    it. `leanings`: the score of each issue about its mean, which also tells what a text is only near to. `grams`: its
    letters and pairs as the model weighs them, a vector of length 1."""

    shares: Floats
    leanings: Floats
    grams: Vector


class Classifier:
    """A trained model. Its answers depend on nothing but its numbers and the text."""

    def __init__(
        self,
        version: str,
        issues: tuple[str, ...],
        vocabulary: tuple[str, ...],
        idf: Floats,
        columns: NDArray[np.uint16],
        weights: NDArray[np.float16],
        calibration: Calibration,
    ) -> None:
        """`columns` and `weights` hold each gram's strongest weights: for issues, then classes (`len(issues)` on)."""
        self.version = version
        self.issues = issues
        self.classes = tuple(dict.fromkeys(code[:2] for code in issues))
        self.calibration = calibration
        self._vocabulary = vocabulary
        self._rows = {gram: row for row, gram in enumerate(vocabulary)}
        self._idf = dict(zip(vocabulary, idf.tolist(), strict=True))
        self._columns = columns
        self._weights = weights

    def classify(self, text: str) -> IssueGuess:
        """The likeliest issue of the text."""
        whole = vector(text, self._idf)
        parts = sentences(text)
        scores = self._scores(whole)
        told = [self._scores(vector(part, self._idf)) for part in parts] if len(parts) > 1 else []
        pooled = _pooled(scores, parts, told) if told else scores
        issues, classes = self.probabilities(pooled)
        best = int(classes.argmax())
        chosen, share = self._within(best, issues)
        return IssueGuess(
            issue=chosen if share >= SECOND_LEVEL else self.classes[best],
            class_code=self.classes[best],
            confidence=confidence(classes, len(text), self.calibration) if whole else 0.0,
            candidates=self._first(self.issues, self._joint(issues, classes)),
            classes=self._first(self.classes, classes),
            also=self._also(best, issues, classes, parts, told),
            evidence=self._evidence(whole, best),
            model=self.version,
        )

    def read(self, text: str) -> Reading:
        """What comparing texts needs of one."""
        whole, parts = vector(text, self._idf), sentences(text)
        scores = self._scores(whole)
        told = [self._scores(vector(part, self._idf)) for part in parts] if len(parts) > 1 else []
        shares = self._joint(*self.probabilities(_pooled(scores, parts, told) if told else scores))
        issues = scores[: len(self.issues)]
        return Reading(shares, issues - issues.mean(), whole)

    @cached_property
    def rarest(self) -> float:
        """The weight of a gram that no text of the material has."""
        return float(max(self._idf.values()))

    def rarity(self, gram: str) -> float:
        return float(self._idf.get(gram, self.rarest))

    @cached_property
    def class_of(self) -> NDArray[np.intp]:
        """The class of each issue, by position."""
        position = {code: place for place, code in enumerate(self.classes)}
        return np.array([position[code[:2]] for code in self.issues])

    def _scores(self, words: Vector) -> Floats:
        width = len(self.issues) + len(self.classes)
        known = [(self._rows[gram], value) for gram, value in words.items()]
        if not known:
            return np.zeros(width, dtype=np.float32)
        rows = np.array([row for row, _ in known])
        values = np.array([value for _, value in known], dtype=np.float32)
        weights = self._weights[rows].astype(np.float32) * values[:, None]
        return np.bincount(self._columns[rows].ravel(), weights.ravel(), width).astype(np.float32)

    def probabilities(self, scores: Floats) -> tuple[Floats, Floats]:
        """Of each issue and of each class; a class is its own score and the sum of its issues, half and half."""
        issues = softmax(scores[: len(self.issues)], self.calibration.issues)
        classes = softmax(scores[len(self.issues) :], self.calibration.classes)
        summed = np.bincount(self.class_of, issues, len(self.classes)).astype(np.float32)
        mixed: Floats = ((classes + summed) / 2).astype(np.float32)
        return issues, mixed

    def _joint(self, issues: Floats, classes: Floats) -> Floats:
        """The probability of each issue: that of its class, and its share of the class."""
        summed = np.bincount(self.class_of, issues, len(self.classes))
        joint: Floats = (classes[self.class_of] * issues / summed[self.class_of]).astype(np.float32)
        return joint

    def _within(self, place: int, issues: Floats) -> tuple[str, float]:
        """The likeliest issue of a class and its share of it."""
        members = np.flatnonzero(self.class_of == place)
        best = members[issues[members].argmax()]
        return self.issues[best], float(issues[best] / issues[members].sum())

    @staticmethod
    def _first(names: tuple[str, ...], values: Floats) -> tuple[tuple[str, float], ...]:
        order = np.argsort(-values, kind="stable")[:MOST_CANDIDATES]
        total = float(values.sum()) or 1.0
        return tuple((names[place], round(float(values[place]) / total, 4)) for place in order)

    def _also(
        self, best: int, issues: Floats, classes: Floats, parts: list[str], told: list[Floats]
    ) -> tuple[str, ...]:
        """The issues of other classes that the text, or a sentence of it, speaks clearly of."""
        found = {int(place): float(classes[place]) for place in np.flatnonzero(classes >= SECOND)}
        for part, scores in zip(parts, told, strict=False):
            _, inside = self.probabilities(scores)
            place = int(inside.argmax())
            if inside[place] >= ALSO and classes[place] >= HINTED and not ASIDE.search(part):
                found.setdefault(place, float(classes[place]))
        ranked = sorted((place for place in found if place != best), key=lambda place: (-found[place], place))
        return tuple(self._within(place, issues)[0] for place in ranked[:MOST_ALSO])

    def _evidence(self, words: Vector, best: int) -> tuple[tuple[str, float], ...]:
        """The pairs of neighbours that spoke most for the class."""
        column = len(self.issues) + best
        spoke = [(gram, value * self._weight(gram, column)) for gram, value in words.items() if gram[0] != "~"]
        ranked = sorted(
            ((gram, round(share, 4)) for gram, share in spoke if share > 0), key=lambda each: (-each[1], each)
        )
        return tuple(ranked[:MOST_WORDS])

    def _weight(self, gram: str, column: int) -> float:
        row = self._rows[gram]
        return float(self._weights[row][self._columns[row] == column].sum())

    def to_bytes(self) -> bytes:
        """The model as an npz archive without pickles."""
        kept = io.BytesIO()
        calibration = [self.calibration.issues, self.calibration.classes, *self.calibration.confidence]
        about = {"version": self.version, "issues": self.issues, "calibration": calibration}
        np.savez(
            kept,
            about=_text(json.dumps(about, ensure_ascii=False)),
            vocabulary=_text("\n".join(self._vocabulary)),
            idf=np.array([self._idf[gram] for gram in self._vocabulary], dtype=np.float32),
            columns=self._columns,
            weights=self._weights,
        )
        return kept.getvalue()

    @classmethod
    def from_bytes(cls, kept: bytes) -> "Classifier":
        with np.load(io.BytesIO(kept), allow_pickle=False) as arrays:
            about: dict[str, Any] = json.loads(arrays["about"].tobytes())
            issues, classes, *rest = about["calibration"]
            return cls(
                about["version"],
                tuple(about["issues"]),
                tuple(arrays["vocabulary"].tobytes().decode().split("\n")),
                arrays["idf"],
                arrays["columns"],
                arrays["weights"],
                Calibration(issues, classes, (rest[0], rest[1], rest[2], rest[3])),
            )


def _text(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode(), dtype=np.uint8)


def _pooled(whole: Floats, parts: list[str], told: list[Floats]) -> Floats:
    """The whole text and its sentences together; what is asked for weighs more than what is told."""
    shares = np.array(
        [(ASKED if ASKS.search(part) else 1) * (SAID_ASIDE if ASIDE.search(part) else 1) for part in parts]
    )
    parts_together = np.average(np.stack(told), axis=0, weights=shares)
    pooled: Floats = (WHOLE * whole + PARTS * parts_together).astype(np.float32)
    return pooled


def softmax(scores: Floats, sharpness: float) -> Floats:
    powers = np.exp(sharpness * (scores - scores.max(axis=-1, keepdims=True)))
    shares: Floats = powers / powers.sum(axis=-1, keepdims=True)
    return shares


def features(classes: Floats, length: int) -> tuple[float, float, float]:
    """What the confidence rests on: the odds of the best class, its lead over the next, the text's length."""
    second, first = np.sort(classes)[-2:].tolist()
    return log_odds(first), log(max(first, 1e-6) / max(second, 1e-6)), log(max(length, 1))


def log_odds(share: float) -> float:
    bounded = min(max(share, 1e-6), 1 - 1e-6)
    return log(bounded / (1 - bounded))


def confidence(classes: Floats, length: int, calibration: Calibration) -> float:
    """How likely the best class is right, by what was seen on texts held back."""
    odds, lead, size = features(classes, length)
    a, b, c, constant = calibration.confidence
    return round(1 / (1 + exp(-(a * odds + b * lead + c * size + constant))), 4)
