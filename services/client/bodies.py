"""What is sent, as types: the fields of intake's bodies. A test holds them against the contract."""

from typing import Literal, NotRequired, Required, TypedDict

Channel = Literal["hotline", "walk_in", "visit"]
ItemType = Literal["inquiry", "request", "complaint", "suggestion", "praise"]


class Location(TypedDict):
    """Degrees, as they were measured."""

    lon: float
    lat: float
    crs: NotRequired[Literal["WGS-84", "CGCS2000", "GCJ-02", "BD-09"]]


class Person(TypedDict, total=False):
    """Who reports; sealed on arrival."""

    name: str
    phone: str
    other_phone: str
    id_number: str
    home: str
    confidential: bool
    notices: bool
    wecom_user: str


class Settled(TypedDict):
    """What was done on the spot."""

    done: str
    at: NotRequired[str]


class HotlineCodes(TypedDict, total=False):
    """The sender's own codes, as its published mapping knows them."""

    issue: str
    area: str
    item_type: str


class NewCase(TypedDict, total=False):
    """A report: with a description or an issue code; the item type may come by the sender's own code."""

    channel: Required[Channel]
    item_type: ItemType
    hotline_codes: HotlineCodes
    external_id: str
    description: str
    issue_code: str
    address: str
    grid_code: str
    district_code: str
    location: Location
    reporter: Person
    settled: Settled


class Amendment(TypedDict, total=False):
    """More words, or a better place."""

    description: str
    address: str
    grid_code: str
    location: Location
