"""What a citizen is asked, in the words of the field, and the spellings a provider may answer in."""

from enum import StrEnum


class Solved(StrEnum):
    """您反映的问题解决了吗?"""

    SOLVED = "solved"
    PARTLY = "partly"
    UNSOLVED = "unsolved"

    @property
    def chinese(self) -> str:
        return _SOLVED[self]


class Satisfied(StrEnum):
    """您对处理过程满意吗?"""

    SATISFIED = "satisfied"
    MOSTLY = "mostly"
    DISSATISFIED = "dissatisfied"
    UNRATED = "unrated"

    @property
    def chinese(self) -> str:
        return _SATISFIED[self]


_SOLVED = {Solved.SOLVED: "解决", Solved.PARTLY: "部分解决", Solved.UNSOLVED: "未解决"}
_SATISFIED = {
    Satisfied.SATISFIED: "满意",
    Satisfied.MOSTLY: "基本满意",
    Satisfied.DISSATISFIED: "不满意",
    Satisfied.UNRATED: "未评价",
}


def solved(word: object) -> Solved:
    """Solved from either language. Raises ValueError with the words that are known."""
    return Solved(_plain(word, {chinese: key.value for key, chinese in _SOLVED.items()}))


def satisfied(word: object) -> Satisfied:
    """Satisfied from either language. Raises ValueError with the words that are known."""
    return Satisfied(_plain(word, {chinese: key.value for key, chinese in _SATISFIED.items()}))


def _plain(word: object, chinese: dict[str, str]) -> str:
    found = chinese.get(word, word) if isinstance(word, str) else None
    if found not in chinese.values():
        raise ValueError("is one of " + ", ".join(f"{name} ({plain})" for name, plain in chinese.items()))
    return str(found)
