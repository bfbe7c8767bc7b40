"""Makes the model: least squares against one target per issue and class, then calibrated on texts held back.

Ridge regression in its dual form solves all 250 issues in one factorisation, has one parameter, and gives the same
answer every time; it was as good as a linear support vector machine on this material and ten times faster.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import product
from math import log

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction import DictVectorizer
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import LogisticRegression

from routing.classifying.classifier import Calibration, Classifier, Floats, features, softmax
from routing.classifying.grams import Grams, grams, weighed
from routing.classifying.material import Example, Material

SMOOTHING = 0.3
RAREST = 2
"""In how many texts a gram must occur."""
HELD_BACK = 4
"""Every fourth spoken text of an issue is held back to calibrate on."""
ISSUES_KEPT, CLASSES_KEPT = 16, 8
"""How many of a gram's weights are kept; more were not better."""
SECOND_MATTER = 0.4
"""The target of an issue that a text is about besides its main one."""
SHARPNESS_OF_ISSUES = (8.0, 12.0, 15.0, 18.0, 22.0, 27.0, 33.0, 40.0, 50.0, 60.0, 75.0)
SHARPNESS_OF_CLASSES = (4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 15.0, 18.0, 22.0, 27.0)
SEED = 20_250_101


def trained(material: Material) -> Classifier:
    """The model of a material."""
    return _Training(material).classifier()


class _Training:
    def __init__(self, material: Material) -> None:
        self.material = material
        self.examples = material.examples
        self.issues = tuple(sorted({each.issue for each in self.examples}))
        self.classes = tuple(dict.fromkeys(code[:2] for code in self.issues))
        counted = [grams(each.text) for each in self.examples]
        self.idf = _idf(counted)
        self.vectorizer = DictVectorizer(dtype=np.float32)
        self.matrix = self.vectorizer.fit_transform([weighed(counts, self.idf) for counts in counted])
        self.kernel: Floats = (self.matrix @ self.matrix.T).toarray()
        self.targets = self._targets()

    def classifier(self) -> Classifier:
        calibration = self._calibration()
        weights = self.matrix.T @ self._solved(np.arange(len(self.examples)))
        columns, kept = _strongest(weights, len(self.issues))
        vocabulary = tuple(self.vectorizer.get_feature_names_out().tolist())
        idf = np.array([self.idf[gram] for gram in vocabulary], dtype=np.float32)
        return Classifier(self.material.version, self.issues, vocabulary, idf, columns, kept, calibration)

    def _targets(self) -> Floats:
        """One column per issue, then one per class."""
        column = {name: place for place, name in enumerate((*self.issues, *(f"class {code}" for code in self.classes)))}
        targets = np.zeros((len(self.examples), len(column)), dtype=np.float32)
        for row, each in enumerate(self.examples):
            for code in (code for code in each.also if code in column):
                targets[row, [column[code], column[f"class {code[:2]}"]]] = SECOND_MATTER
            targets[row, [column[each.issue], column[f"class {each.issue[:2]}"]]] = 1
        return targets

    def _solved(self, rows: NDArray[np.intp]) -> Floats:
        """The dual coefficients of a training on these rows."""
        ridge = KernelRidge(alpha=SMOOTHING, kernel="precomputed")
        ridge.fit(self.kernel[np.ix_(rows, rows)], self.targets[rows])
        solved: Floats = ridge.dual_coef_.astype(np.float32)
        return solved

    def _calibration(self) -> Calibration:
        """Fitted on the scores that held-back texts get from a model that has not seen them."""
        held = _held_back(self.examples)
        seen = np.flatnonzero(~held)
        scores: Floats = self.kernel[np.ix_(held, seen)] @ self._solved(seen)
        return self._fitted(scores, np.flatnonzero(held))

    def _fitted(self, scores: Floats, rows: NDArray[np.intp]) -> Calibration:
        class_of = np.array([self.classes.index(code[:2]) for code in self.issues])
        right = self.targets[rows][:, len(self.issues) :].argmax(axis=1)
        best: tuple[float, float, float] = (np.inf, 0, 0)
        for issues, classes in product(SHARPNESS_OF_ISSUES, SHARPNESS_OF_CLASSES):
            shares = _classes(scores, len(self.issues), class_of, issues, classes)
            loss = -float(np.log(np.maximum(shares[np.arange(len(rows)), right], 1e-9)).mean())
            best = min(best, (loss, issues, classes))
        shares = _classes(scores, len(self.issues), class_of, best[1], best[2])
        lengths = [len(self.examples[row].text) for row in rows]
        return Calibration(best[1], best[2], _confidence(shares, lengths, shares.argmax(axis=1) == right))


def _idf(texts: Sequence[Grams]) -> dict[str, float]:
    """How telling each gram is: the fewer texts have it, the more."""
    seen = Counter(gram for counts in texts for block in counts for gram in block)
    kept = sorted(gram for gram, times in seen.items() if times >= RAREST)
    return {gram: log((1 + len(texts)) / (1 + seen[gram])) + 1 for gram in kept}


def _held_back(examples: Sequence[Example]) -> NDArray[np.bool_]:
    """Which texts are held back: of each issue every fourth that somebody could say."""
    dealt: Counter[str] = Counter()
    held = np.zeros(len(examples), dtype=bool)
    for row, each in enumerate(examples):
        if each.spoken:
            dealt[each.issue] += 1
            held[row] = dealt[each.issue] % HELD_BACK == 0
    return held


def _classes(scores: Floats, issues: int, class_of: NDArray[np.intp], of_issues: float, of_classes: float) -> Floats:
    """The probability of each class, as the classifier computes it."""
    shares = softmax(scores[:, :issues], of_issues)
    own = softmax(scores[:, issues:], of_classes)
    belongs = np.zeros((issues, own.shape[1]), dtype=np.float32)
    belongs[np.arange(issues), class_of] = 1
    mixed: Floats = ((own + shares @ belongs) / 2).astype(np.float32)
    return mixed


def _confidence(shares: Floats, lengths: Sequence[int], right: NDArray[np.bool_]) -> tuple[float, float, float, float]:
    if right.all() or not right.any():
        return 1.0, 0.0, 0.0, 0.0
    seen = np.array([features(each, length) for each, length in zip(shares, lengths, strict=True)])
    fitted = LogisticRegression(C=1.0, random_state=SEED).fit(seen, right)
    odds, lead, size = fitted.coef_[0].tolist()
    return odds, lead, size, float(fitted.intercept_[0])


def _strongest(weights: Floats, issues: int) -> tuple[NDArray[np.uint16], NDArray[np.float16]]:
    """Each gram's strongest weights and their columns."""
    parts = [
        _largest(weights[:, :issues], ISSUES_KEPT, 0),
        _largest(weights[:, issues:], CLASSES_KEPT, issues),
    ]
    columns = np.concatenate([columns for columns, _ in parts], axis=1).astype(np.uint16)
    kept = np.concatenate([kept for _, kept in parts], axis=1).astype(np.float16)
    return columns, kept


def _largest(weights: Floats, most: int, first: int) -> tuple[NDArray[np.intp], Floats]:
    most = min(most, weights.shape[1])
    columns = np.argpartition(-np.abs(weights), most - 1, axis=1)[:, :most]
    return columns + first, np.take_along_axis(weights, columns, axis=1)
