"""How the matters of two reports differ and agree, as numbers that each speak in one direction only. Pure."""

import re
from collections.abc import Iterable, Mapping

import numpy as np

from routing.classifying.grams import Vector
from routing.repeats.marks import Kind, said, values
from routing.repeats.telling import Matter, Telling

HEAVY = 3
SMOOTH, FEW = 6.0, 9.0
FAR = 0.1
"""Two reports whose likely issues have less than this in common are about different ones."""
ASKS = re.compile(r"咨询|请问|想问|想了解|问一下|问还|怎么办理|什么条件|[,。;]问")
"""Who wants to know something, and does not complain of it."""
CHASES = re.compile(
    r"再催|催[办促一]|能不能催|再次(?:反映|催|投诉|来电)|第[2-9二三四]次|打过.{0,8}(?:电话|热线|12345)|之前反映|前面(?:反映|说)|"
    r"上次(?:反映|投诉|说)|反映(?:过|的).{0,12}(?:没|还|到现在)|投诉过|(?:还|仍|依然|到现在|至今).{0,6}(?:没|不来|老样子|那样)|没有?(?:下文|回音|进展)|一点没变"
)
"""Who tells that it was told before: a neighbour's other matter seldom is."""
AGAIN = re.compile(
    r"(?:修好|修复|处理好|清理(?:过|完)|解决(?:了|过)|整改(?:了|过|完)|拆(?:了|掉)|换了新|新(?:装|换)的?|关了).{0,14}"
    r"(?:又|再次|现在|重新)|刚(?:修|换|清|拆|装).{0,8}又"
)
"""What was done with and came again."""
WANTS = re.compile(
    r"(?:希望|建议|能否|能不能|要求|应该).{0,6}(?:装|建|设|加|增|开通)|没有.{0,4}(?:棚|桩|站|位|灯|椅)|信号(?:差|不好|弱)"
)
REFUSES = re.compile(
    r"(?:要求|请|希望|强烈).{0,4}(?:拆|停止|取消|反对|撤|搬走)|反对|不同意|担心|没征求|没问过|谁都没问|偷偷"
)


def matter(one: Telling, other: Telling, agree: list[str], differ: list[str]) -> dict[str, float]:
    this, that = one.matter, other.matter
    usual = this.place_subjects | that.place_subjects
    a, b = _beside(this, usual), _beside(that, usual)
    both = a.keys() & b.keys()
    heavy_both = [name for name in both if a[name] == HEAVY]
    mine, theirs = _only(a, both), _only(b, both)
    shared, total, union = _weight({name: a[name] for name in both}), min(_weight(a), _weight(b)), _weight({**a, **b})
    issues = float(this.issues @ that.issues)
    found = {
        "subjects": shared / (total + SMOOTH),
        "all_subjects": shared / (union + SMOOTH),
        "subject": min(len(heavy_both), 3) / 3,
        "other_subject": float(bool(mine and theirs)),
        "other_thing_told": float(bool(_only(a, both, least=2) and _only(b, both, least=2))),
        "other_matter": float(bool(mine and theirs and not heavy_both)),
        "no_subject": float(not both),
        **_aspects(this, that, differ),
        "few_subjects": float(total < FEW),
        "issues": issues,
        "chased": _chased(one, other, agree),
        "again": _again(one, other, differ),
        "opposite": float(_opposed(one, other)),
        "kinship": max(_correlation(this, that), 0.0),
        "few_issues": issues * (total < FEW),
        "other_issue": _sure_of_others(this, that) * (issues < FAR),
        "other_wish": float(bool(ASKS.search(one.words)) != bool(ASKS.search(other.words))),
        "pairs": _contained(this.pairs, that.pairs),
        "grams": _cosine(this, that),
    }
    found["thing_and_aspect"] = min(found["subjects"], found.get("aspects", 0.0))
    for kind in (Kind.LIFT, Kind.LINE, Kind.WINDOW):
        here, there = values(one.marks, kind), values(other.marks, kind)
        if here and there:
            same = bool(here & there)
            found["thing" if same else "other_thing"] = 1.0
            (agree if same else differ).append(said(kind, here, there, same=same))
    if both:
        agree.append(f"都提到{'、'.join(sorted(heavy_both or both)[:4])}")
    if mine and theirs:
        differ.append(f"一件说{'、'.join(mine[:3])}，另一件说{'、'.join(theirs[:3])}")
    return found


def _chased(one: Telling, other: Telling, agree: list[str]) -> float:
    chases = bool(CHASES.search(one.words) or CHASES.search(other.words))
    if chases:
        agree.append("说到以前反映过")
    return float(chases)


def _again(one: Telling, other: Telling, differ: list[str]) -> float:
    again = bool(AGAIN.search(other.words)) and not AGAIN.search(one.words)
    if again:
        differ.append("后一件说办好之后又发生")
    return float(again)


def _opposed(one: Telling, other: Telling) -> bool:
    """One wants something put up that the other wants away."""
    wants = [(bool(WANTS.search(each.words)), bool(REFUSES.search(each.words))) for each in (one, other)]
    return {(True, False), (False, True)} == set(wants)


def _correlation(one: Matter, other: Matter) -> float:
    """How alike the issue model's scores are, also of issues that neither is sure of."""
    length = float(np.linalg.norm(one.leanings) * np.linalg.norm(other.leanings))
    return float(one.leanings @ other.leanings) / length if length else 0.0


def _sure_of_others(one: Matter, other: Matter) -> float:
    """How sure the issue model is of both; the roots of its shares are what a report keeps."""
    return float(one.issues.max() ** 2 * other.issues.max() ** 2)


def _aspects(one: Matter, other: Matter, differ: list[str]) -> dict[str, float]:
    """How far they complain of the same, whatever the thing."""
    both = [name for name in one.aspects if name in other.aspects]
    if not (one.aspects and other.aspects):
        return {}
    shared = sum(one.aspects[name] * other.aspects[name] for name in both)
    lengths = [sum(count * count for count in each.aspects.values()) for each in (one, other)]
    if not both:
        differ.append(f"一件是{'、'.join(one.aspects)}，另一件是{'、'.join(other.aspects)}")
    return {"aspects": shared / (lengths[0] * lengths[1]) ** 0.5, "other_aspects": float(not both)}


def _beside(matter: Matter, usual: frozenset[str]) -> dict[str, int]:
    return {name: weight for name, weight in matter.subjects.items() if name not in usual}


def _only(subjects: Mapping[str, int], both: Iterable[str], *, least: int = HEAVY) -> list[str]:
    return sorted(name for name, weight in subjects.items() if weight >= least and name not in both)


def _weight(subjects: Mapping[str, int]) -> float:
    return float(sum(weight * weight for weight in subjects.values()))


def _contained(one: Vector, other: Vector) -> float:
    """How much of the shorter text's rare pairs the other one has."""
    shared = sum(value * value for pair, value in one.items() if pair in other)
    least = min(sum(value * value for value in each.values()) for each in (one, other))
    return shared / least if least else 0.0


def _cosine(one: Matter, other: Matter) -> float:
    small, large = sorted((one.grams, other.grams), key=len)
    return sum(value * large.get(gram, 0.0) for gram, value in small.items())
