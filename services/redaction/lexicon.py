"""The words by which names are told from other words, from `lexicon.json`; no list of persons stands behind it.

All of it was written for this filter. `words` and `places` begin or end with a surname's character; the character
beside it tells what only looks like a surname: 工程|师傅, 安全|主任.
"""

import json
from importlib.resources import files
from typing import Any

_DATA: dict[str, Any] = json.loads(files(__package__).joinpath("lexicon.json").read_text("utf-8"))


_FOLLOWERS: dict[str, str] = json.loads(files(__package__).joinpath("followers.json").read_text("utf-8"))


def _words(name: str) -> tuple[str, ...]:
    """Longest first, so that in an alternation 老板娘 comes before 老板."""
    return tuple(sorted(" ".join(_DATA[name]).split(), key=len, reverse=True))


def _chars(name: str) -> frozenset[str]:
    return frozenset("".join(_DATA[name]))


_Neighbours = dict[str, frozenset[str]]


def _neighbours() -> tuple[_Neighbours, _Neighbours]:
    """What stands before the character that ends a word, and after that which begins one; counts before the counted."""
    before: dict[str, set[str]] = {counted: set(_chars("counts")) for counted in _chars("counted")}
    after: dict[str, set[str]] = {}
    for word in WORDS:
        before.setdefault(word[-1], set()).add(word[-2])
        after.setdefault(word[0], set()).add(word[1])
    return _fixed(before), _fixed(after)


def _fixed(neighbours: dict[str, set[str]]) -> _Neighbours:
    return {char: frozenset(others) for char, others in neighbours.items()}


PARTIES = _words("parties")
KIN = _words("kin")
ROLES = _words("roles")
TITLES = _words("titles")
SHORT_TITLES = _words("short_titles")
"""After a surname and before an edge only: 王总说, but not 张总是."""
TRADES = frozenset(_words("trades"))
"""Titles before which a surname that is a word is no surname: 货车司机, 静安区长寿路."""

OFFICES = frozenset(_words("offices"))
"""Titles that name an office: who holds it acts in the matter, so the surname before it stays (居委会李书记)."""
BRANDS = _words("brands")
"""Houses that bear a person's name: a complaint about them names no person."""

COMPOUND = frozenset(_words("surnames_compound"))
CLEAR = _chars("surnames_clear")
"""Surnames that hardly ever mean anything else."""
EVERYDAY = _chars("surnames_everyday")
"""Surnames that are words as well: they need a known given name or a title, and no other word around."""
ONLY_AFTER_NAMING = _chars("surnames_only_after_naming")
"""Those of the everyday ones that count only where a name is expected: 我叫向东."""
SURNAMES = CLEAR | EVERYDAY
FUNCTION_WORDS = frozenset("能来后公由经时年充言别全双")
"""Of these no count of what follows is ever full enough."""
FOLLOWERS = {surname: frozenset(others) for surname, others in _FOLLOWERS.items()}
"""What stands behind an everyday surname in the project's own texts (issue model, samples, lists), names hidden."""

GIVEN = _chars("given")
PERHAPS_GIVEN = _chars("given_perhaps")
"""Words of every sentence and parts of names (向东, 先国, 为民): only beside a known character and before an edge."""
NEVER_GIVEN = _chars("given_never")
AFTER_NAMES = _chars("after_names") | (NEVER_GIVEN - frozenset("楼号室路街弄区镇县份岁"))
"""Characters that begin the word after a name: 王建国住…, 王建国说…."""

WORDS = frozenset(_words("words") + _words("places"))
WORD_BEFORE, WORD_AFTER = _neighbours()
"""With this character before it the surname ends another word (工程师傅, 感谢老师, 三任经理); with this character after
it it begins one (安全主任, 高峰时段, 张江)."""
