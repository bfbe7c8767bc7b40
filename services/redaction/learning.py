"""Learning the judge's weights: two logistic regressions, one for names and one for doors, kept as whole numbers.

Only the command imports this; what reads a text needs no scikit-learn.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from random import Random
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from services.redaction.judging import Weights
from services.redaction.lessons import Lesson, lessons

SEED, SEEN, UNIT, LEAST = 7, 2, 100, 8
"""A feature seen once is left out; a weight is in hundredths of a logit, and one below the least is left out."""
OF_NAMES, OF_DOORS = 0.15, 0.3
"""How freely the weights may grow: chosen on sets left out of learning."""


def learn(cases: Iterable[Mapping[str, Any]]) -> Weights:
    """The same weights for the same cases in the same order."""
    names, doors = lessons(cases, Random(SEED))  # noqa: S311 - made-up names, no secret
    name, name_from = _fit(names, OF_NAMES)
    door, door_from = _fit(doors, OF_DOORS)
    return Weights(name, door, name_from, door_from)


def _fit(taught: list[Lesson], freedom: float) -> tuple[dict[str, int], int]:
    counts = Counter(feature for lesson in taught for feature in lesson.features)
    columns = {feature: at for at, feature in enumerate(sorted(f for f, seen in counts.items() if seen >= SEEN))}
    rows = [[columns[feature] for feature in lesson.features if feature in columns] for lesson in taught]
    ends = np.cumsum([0, *map(len, rows)])
    table = csr_matrix((np.ones(ends[-1]), [at for row in rows for at in row], ends), shape=(len(taught), len(columns)))
    model = LogisticRegression(C=freedom, solver="liblinear", max_iter=300)
    model.fit(table, [lesson.hides for lesson in taught], sample_weight=[lesson.weight for lesson in taught])
    found = {feature: round(UNIT * model.coef_[0][at]) for feature, at in columns.items()}
    return {feature: weight for feature, weight in found.items() if abs(weight) >= LEAST}, round(
        UNIT * model.intercept_[0]
    )
