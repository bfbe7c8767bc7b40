"""What the model learns from: the issue list's own words, and texts whose issue is known."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from routing.lists import IssueList

CORPUS = "corpus"
RECIPE = "ridge-1"
"""Names the way of training; a change of it makes another model of the same material."""


@dataclass(frozen=True, slots=True)
class Example:
    """A text and its issue. `spoken` is what somebody could say; what the list's writer wrote is not."""

    text: str
    issue: str
    also: tuple[str, ...] = ()
    spoken: bool = True


@dataclass(frozen=True)
class Material:
    """Everything a model is made from, in a fixed order."""

    examples: tuple[Example, ...]

    @property
    def version(self) -> str:
        """The name of the model that this material makes: the same material, the same model."""
        digest = hashlib.sha256(RECIPE.encode())
        for each in self.examples:
            line = json.dumps([each.text, each.issue, each.also, each.spoken], ensure_ascii=False)
            digest.update(line.encode() + b"\n")
        return f"{RECIPE}-{digest.hexdigest()[:16]}"


def material(issues: IssueList, corpus: Iterable[Example] = ()) -> Material:
    """The list's names, phrases, keywords and filing conditions, and the texts of a corpus about issues it has."""
    known = [example for example in corpus if example.issue in issues]
    return Material((*_own_words(issues), *known))


def _own_words(issues: IssueList) -> Iterator[Example]:
    for issue in issues:
        yield from (Example(phrase, issue.code) for phrase in issue.phrases)
        for words in (issue.name, " ".join(issue.keywords), issue.filing_condition):
            if words:
                yield Example(words, issue.code, spoken=False)


def starter_corpus() -> tuple[Example, ...]:
    """The texts that ship with the software: lines `{text, issue, also?}`."""
    folder = files("routing.starter").joinpath(CORPUS)
    if not folder.is_dir():
        return ()
    names = sorted(file.name for file in folder.iterdir() if file.name.endswith(".jsonl"))
    return tuple(example for name in names for example in read_corpus(folder.joinpath(name).read_text("utf-8")))


def read_corpus(lines: str) -> Iterator[Example]:
    """Examples from JSON lines; blank ones are left out."""
    for line in lines.splitlines():
        if line.strip():
            told = json.loads(line)
            yield Example(told["text"], told["issue"], tuple(told.get("also", ())))


def corpus_file(path: Path) -> tuple[Example, ...]:
    return tuple(read_corpus(path.read_text("utf-8")))
