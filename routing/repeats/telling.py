"""What one report says of its place and its matter, read once and compared with many."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from routing.catalogue import Catalogue
from routing.city import GridKind
from routing.classifying.classifier import Floats
from routing.classifying.grams import Vector
from routing.places.names import Kind
from routing.repeats.letters import plain
from routing.repeats.marks import Marks, marks, together, without_marks
from routing.repeats.subjects import complained_of, found_in, spoken_of
from services.messages import Place

AREA = re.compile(
    r"^(?:上海市?)?(?:[\u4e00-\u9fff]{2,3}?(?:新区|区|县))?(?:[\u4e00-\u9fff\d]{1,5}?(?:镇街道|街道|新镇|镇(?!路)|乡))?"
)
ROADS = re.compile(r"(?:(?![近与])[\u4e00-\u9fff]){2,4}?(?:大道|公路|路(?!口)|街(?!道))")
COMMON = re.compile(
    r"[桥河][下道边]|(?<![\u4e00-\u9fff])[桥河]|人行道|非机动车道|辅路|天井|正门|[0-9]?号?门外?|楼顶|屋顶|地铁口|出口|[东南西北]侧|[,。;]|养老院|敬老院|护理院|医院|卫生院|卫生服务中心|服务中心|受理中心|社区|事务|居委会?|村委会?|派出所|街道办?|幼儿园|小学|中学|学校|大学|公园|绿地|广场|"
    r"垃圾厢?房|垃圾站|垃圾库房|投放点|非机动车棚|车棚|游泳池|泳池|停车点|健身点|门卫室?|岗亭|地库|网咖|网吧|柜台|"
    r"公墓|墓园|陵园|超市|菜场|市场|商场|商城|车站|地铁|公交|站台|停车场|停车库|地下|车库|工地|地块|厂房|工厂|厂|有限|公司|门店|饭店|餐厅|餐馆|酒店|酒吧|"
    r"健身房?|会所|美容院?|中介|银行|支行|网点|驿站|食堂|门诊|公厕|公共厕所|花园|公寓|大厦|大楼|新村|家园|小区|"
    r"门口|附近|旁边|对面|路口|小区|内部|里面|楼[上下前后顶]|沿街|底[商楼层]|居民楼?|某|那边|这边|靠近|近|交叉|交界|一带|处|之间|上海|室|号|弄"
)
EDGES = re.compile(r"^[上下口前后的旁内外里()\-]+|[上下口前后的旁内外里()\-]+$")
ROAD_ON = re.compile(r"[东南西北中\d]?(路|街|大道|公路)")
DISTRICT = re.compile(r"(?:上海市?)?([\u4e00-\u9fff]{2})(?:新区|区)")
NUMBER_ON = re.compile(r"\d|[近靠口上(]|[\u4e00-\u9fff]{1,4}[路街口桥]")
NAMED_AFTER = re.compile(r"(?:中学|小学|学校|幼儿园|医院|公园|广场|菜场|市场|商场|大厦|大学)")
EVERYDAY = 3.0
"""How rare a pair of letters must be to tell anything."""
OFTEN = re.compile(
    r"地铁站?|车站|换乘通道|站台|[东南西北]侧|人行道|路口|门口|附近|旁边|对面|小区|里面|某|靠近|近|一带|之间|上海|室|号|弄"
)
"""What kind of place it is, and what stands in many addresses and tells no place from another."""


@dataclass(frozen=True)
class Matter:
    """What a report is about, as it is compared."""

    subjects: Mapping[str, int]
    aspects: Mapping[str, float]
    """What is wrong, whatever the thing."""
    place_subjects: frozenset[str]
    """What the address itself speaks of: a cemetery's graves say nothing of the matter."""
    issues: Floats
    leanings: Floats
    """The issue model's scores, before they become shares."""
    grams: Vector
    pairs: Vector
    """Neighbouring letters of the matter and how rare each pair is."""


@dataclass(frozen=True)
class Telling:
    """A report as it is compared: `name` holds the letters of its address without districts and numbers, `roads` the
    roads of the address, `words` the whole in plain writing.

    Its place is read at once; its `matter`, which costs more, when it is first compared with a report that lies near.
    """

    words: str
    name: str
    site: str
    """The name without its roads and without what kind of place it is: 康乐 of 康乐养老院."""
    district: str
    """As the address begins with it."""
    roads: tuple[str, ...]
    marks: Marks
    address_marks: Marks
    chain: tuple[str, ...]
    """Grids from the committee up, where the place was understood."""
    venues: frozenset[str]
    """The kinds of shop or stall it tells of; those of the address before those of the text."""
    text: str
    where: str
    """The address in plain writing, and behind it in `words` the text."""
    catalogue: Catalogue
    """The snapshot under which it is read."""

    @cached_property
    def matter(self) -> Matter:
        said = self.words[len(self.where) + 1 :]
        read = self.catalogue.classifier.read(self.catalogue.places.without_names(self.text))
        return Matter(
            subjects=spoken_of(said),
            aspects=complained_of(said),
            place_subjects=frozenset(spoken_of(self.where)) if self.where else frozenset(),
            issues=np.sqrt(read.shares),
            leanings=read.leanings,
            grams=read.grams,
            pairs=_rare_pairs(said, self.where, self.catalogue),
        )


def read(text: str, address: str | None, catalogue: Catalogue, *, grid: str | None = None) -> Telling:
    """Reads a report; without the `grid` it is known to lie in, the words and the address are read for one."""
    told, where = plain(text), plain(address or "")
    local = plain(_inside_area(AREA.sub("", address), catalogue)) if address else ""
    found = grid or catalogue.places.guess(text, Place(address=address)).grid
    in_address = marks(local)
    return Telling(
        words=f"{where},{told}",
        name=OFTEN.sub("", without_marks(local)),
        site=EDGES.sub("", COMMON.sub("", without_marks(ROADS.sub("", local)))),
        district=_district(where),
        roads=tuple(ROADS.findall(local)),
        marks=together(in_address, marks(told)),
        address_marks=in_address,
        chain=_chain(found, catalogue),
        venues=found_in(where) or found_in(told),
        text=text,
        where=where,
        catalogue=catalogue,
    )


def _inside_area(address: str, catalogue: Catalogue) -> str:
    """The address behind the district and the street it begins with, in whatever form they are written."""
    reading, end = catalogue.places.reader.read(address, taken_down=True), 0
    for mention in (each for phrase in reading.phrases for each in phrase.mentions):
        if mention.kind not in (Kind.DISTRICT, Kind.STREET) or ROAD_ON.match(reading.folded.text, mention.end):
            break
        if reading.folded.told(0, mention.end)[1] > end + 8 or _is_road(reading.folded.text, mention.end):
            break
        end = reading.folded.told(0, mention.end)[1]
    return address[end:] if len(address) - end > 1 else address


def _district(where: str) -> str:
    found = DISTRICT.match(where)
    return found.group(1) if found else ""


def _is_road(text: str, end: int) -> bool:
    """Whether what reads like the street 天山路 is the road, or the street 通河 is the name of a school there."""
    return (text[end - 1] in "路街" and bool(NUMBER_ON.match(text, end))) or bool(NAMED_AFTER.match(text, end))


def _rare_pairs(told: str, where: str, catalogue: Catalogue) -> Vector:
    """The pairs of the text that are not the address's; those of every other report weigh nothing."""
    found = {told[at : at + 2] for at in range(len(told) - 1)}
    han = {pair for pair in found if pair not in where and all("\u4e00" <= letter <= "\u9fff" for letter in pair)}
    model = catalogue.classifier
    return {pair: rarity - EVERYDAY for pair in han if (rarity := model.rarity(pair)) > EVERYDAY}


def _chain(grid: str | None, catalogue: Catalogue) -> tuple[str, ...]:
    """The grid and those above it, below the district."""
    if grid is None:
        return ()
    above = (GridKind.CITY, GridKind.DISTRICT)
    return tuple(each.code for each in catalogue.city.chain(grid) if each.kind not in above)
