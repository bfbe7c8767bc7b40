"""What a service asks, made from the questions of its row (追问): a choice where the question holds one, else text."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

YES_NO = re.compile(r"[吗么][？?]|[吗么]$|有没有|是否|是不是")
EITHER = re.compile(r"^(?P<before>[^，。；？]*?)(?P<one>[^，。；？、]{1,8})还是(?P<other>[^，。；？、]{1,8})？?$")
UNKNOWN = ("unknown", "不清楚")
LISTS = frozenset({"singlevaluelist", "multivaluelist"})


@dataclass(frozen=True)
class Attribute:
    """A question as Open311 describes it; `values` are the keys and names of a list."""

    code: str
    order: int
    description: str
    datatype: str
    required: bool
    values: tuple[tuple[str, str], ...] = ()

    @property
    def is_list(self) -> bool:
        return self.datatype in LISTS

    def face(self) -> dict[str, object]:
        return {
            "variable": True,
            "code": self.code,
            "datatype": self.datatype,
            "required": self.required,
            "datatype_description": "请从所列选项中选择" if self.is_list else "请用一句话说明，不要写姓名和电话",
            "order": self.order,
            "description": self.description,
            "values": [{"key": key, "name": name} for key, name in self.values],
        }


def attributes(questions: Sequence[str], *, urgent: bool) -> tuple[Attribute, ...]:
    """In the order of the row. Of a hazard, what can be answered by a choice must be: it decides who is sent."""
    return tuple(_attribute(number, text, urgent) for number, text in enumerate(questions, start=1))


def _attribute(number: int, text: str, urgent: bool) -> Attribute:
    values = tuple(_values(text))
    datatype = "singlevaluelist" if values else "text"
    return Attribute(f"Q{number}", number, text, datatype, urgent and bool(values), values)


def _values(text: str) -> Iterator[tuple[str, str]]:
    """The answers a question offers: yes and no, or one and the other; nobody is made to know."""
    if YES_NO.search(text):
        yield from (("yes", "是"), ("no", "否"), UNKNOWN)
    elif either := EITHER.search(text):
        yield from (("A", either["one"]), ("B", either["other"]), UNKNOWN)
