"""How the names of streets and committees are spoken: without their suffixes, shortened, with or without 第."""

import re
from collections.abc import Iterator

from routing.places.letters import arabic, folded

STREET_NAME = re.compile(r"(?P<base>.+?)(新镇|街道|镇|乡)")
COMMITTEE_NAME = re.compile(r"(?P<base>.+?)(?P<suffix>居委会|村委会)?")
TURNED = re.compile(r"(?P<stem>..+)[东南西北中1234]路")
ORDINAL = re.compile(r"第(?=\d|十)")
ADDED = re.compile(r"\(.*?\)|(?<=.)小区(?=.)")
ENUMERATED = re.compile(r"[、,]")


def street_base(name: str) -> str | None:
    """瑞金2路 of 瑞金二路街道, 川沙 of 川沙新镇; None for zones and farms, which have no short name."""
    found = STREET_NAME.fullmatch(folded(name))
    return found["base"] if found else None


def nicknames(base: str) -> frozenset[str]:
    """What a street is called for short, before 街道: 天平 for 天平路, 曹杨 for 曹杨新村, 瑞金路 for 瑞金2路."""
    turned = TURNED.fullmatch(base)
    short = {base.removesuffix("新村"), base.removesuffix("镇"), base.removesuffix("路"), base.removesuffix("城")}
    if turned:
        short |= {turned["stem"], turned["stem"] + "路"}
    return frozenset(each for each in short - {base} if len(each) > 1)


def committee_bases(name: str) -> frozenset[str]:
    """A committee's name without 居委会 or 村委会, in every way it is written."""
    found = COMMITTEE_NAME.fullmatch(folded(name))
    assert found
    return frozenset(_spellings(found["base"]))


def _spellings(base: str) -> Iterator[str]:
    for spoken in {base, ORDINAL.sub("", base), ADDED.sub("", base), ENUMERATED.sub("", base)}:
        for written in {spoken, arabic(spoken)}:
            yield written
            if written.endswith("社区") and len(written) > len("社区") + 1:
                yield written.removesuffix("社区")
