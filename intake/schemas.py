"""The JSON that comes in. Unknown fields are refused, lengths bounded; an error never repeats what was sent."""

import re
import unicodedata
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from intake.channels import Channel, ItemType
from services.messages import Location
from services.moments import Moment
from services.texts import printable

PHONE = re.compile(r"\+?[0-9 ()\-]{3,24}(?:[转#*x,][0-9]{1,6})?")


def _phone(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text)
    if not PHONE.fullmatch(folded) or sum(char.isdigit() for char in folded) < 3:
        raise ValueError("is a phone number: digits, spaces, ( ) - and a leading +")
    return folded


def _text(longest: int) -> Any:
    return StringConstraints(strip_whitespace=True, min_length=1, max_length=longest)


Words = Annotated[str, _text(10_000), AfterValidator(printable)]
Reason = Annotated[str, _text(2_000), AfterValidator(printable)]
Address = Annotated[str, _text(300), AfterValidator(printable)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,40}$")]
OwnCode = Annotated[str, _text(80), AfterValidator(printable)]
Phone = Annotated[str, _text(40), AfterValidator(_phone)]
IdNumber = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[0-9A-Za-z()（）-]{5,30}$")]
WeComUser = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_.@-]{1,64}$")]
ExternalId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:/-]{1,64}$")]


class In(BaseModel):
    """Base of all bodies."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def example(**fields: Any) -> ConfigDict:
    return ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [fields]})


class Point(Location):
    """A point as measured; `crs` names the reference system (phones: WGS-84; 高德、腾讯: GCJ-02; 百度: BD-09)."""

    model_config = example(lon=121.4632, lat=31.2158, crs="WGS-84")


class Person(In):
    """Who reports; kept sealed in the vault and told to nobody. Leave it out for an anonymous report."""

    model_config = example(name="王小梅", phone="13800001234", confidential=True)
    name: Annotated[str, _text(100), AfterValidator(printable)] | None = None
    phone: Phone | None = None
    other_phone: Phone | None = Field(None, description="A second number beside `phone`.")
    id_number: IdNumber | None = Field(None, description="Only where the matter itself needs it, as for an allowance.")
    home: Address | None = Field(None, description="The person's own address; the place of the matter is `address`.")
    confidential: bool = Field(False, description="The person asks that nobody learn who reported.")
    notices: bool | None = Field(
        None,
        description="Whether the person wants text messages about their reports, where they were asked (短信通知).",
    )
    wecom_user: WeComUser | None = Field(
        None, description="The person's id in the city's WeCom (企业微信); to give it is to agree to notices there."
    )

    @model_validator(mode="after")
    def _first_number_first(self) -> Self:
        if self.other_phone and not self.phone:
            raise ValueError("a second number stands beside `phone`")
        if (self.notices is not None or self.wecom_user) and not self.phone:
            raise ValueError("`notices` and `wecom_user` stand beside `phone`")
        return self


class Settled(In):
    """What was done on the spot, with the report (当场办结)."""

    model_config = example(done="现场联系保洁清运完毕，居民当场确认。")
    done: Words
    at: Moment | None = Field(None, description="When; without it, now.")


PLACE_EXAMPLE = {"address": "瑞金二路街道永嘉路120弄", "grid_code": "310101023006"}


class HotlineCodes(In):
    """The sender's own codes; the published mapping says what they are here. An unknown one never fails a case."""

    model_config = example(issue="0301", area="HP-RJ2", item_type="3")
    issue: OwnCode | None = None
    area: OwnCode | None = None
    item_type: OwnCode | None = None


class NewCase(In):
    """A report. It needs a description or an issue_code; every part of the place may be missing."""

    model_config = example(
        channel="hotline",
        external_id="SH12345-20250301-000123",
        item_type="complaint",
        description="永嘉路120弄3号楼下垃圾桶满了三天没人清，夏天味道很大，希望尽快处理。",
        address="永嘉路120弄3号",
        district_code="310101",
        reporter={"name": "王小梅", "phone": "13800001234", "confidential": False},
    )
    channel: Channel
    external_id: ExternalId | None = Field(None, description="Your own number; unique for your key's person.")
    item_type: ItemType | None = Field(None, description="May be left out where hotline_codes.item_type says it.")
    hotline_codes: HotlineCodes | None = Field(
        None, description="Your own codes; a field of ours that is filled in goes before the one it is mapped to."
    )
    description: Words | None = None
    issue_code: Code | None = Field(None, description="A code of the issue list, where the caller's desk knows it.")
    address: Address | None = None
    grid_code: Code | None = None
    district_code: Code | None = Field(None, description="As given with the call: it may be the caller's own.")
    location: Point | None = None
    reporter: Person | None = None
    settled: Settled | None = None


class Amendment(In):
    """More words, or a better place (补充)."""

    model_config = example(description="补充：是3号楼和4号楼之间的那个垃圾箱房。", address="永嘉路120弄3号")
    description: Words | None = None
    address: Address | None = None
    grid_code: Code | None = None
    location: Point | None = None


class Withdrawal(In):
    """The reporter wants no more of it (撤诉)."""

    model_config = example(reason="居委已经来清理了，不用再处理。")
    reason: Reason


class Chase(In):
    """The reporter asks where it stands (催单)."""

    model_config = example(description="已经过了三天，还没有人联系我。")
    description: Reason | None = None


class Appeal(In):
    """The reporter does not accept how it was closed (申诉)."""

    model_config = example(reason="只清了一次，第二天又满了，问题没有解决。")
    reason: Reason


class SplitOriginal(In):
    """What stays with the case: this text replaces the one it had."""

    description: Words


class SplitSecond(In):
    """What becomes a case of its own. The place is this matter's: only the district is taken over."""

    description: Words
    issue_code: Code | None = None
    address: Address | None = None
    grid_code: Code | None = None
    location: Point | None = None
    item_type: ItemType | None = Field(None, description="Without it, that of the original.")


class Split(In):
    """One report with two matters becomes two cases; the new one keeps the clock and the reporter (拆单)."""

    model_config = example(
        original={"description": "永嘉路120弄垃圾桶满溢无人清运。"},
        second={"description": "永嘉路120弄5号楼电梯经常停在三楼不动。", "address": "永嘉路120弄5号"},
    )
    original: SplitOriginal
    second: SplitSecond
