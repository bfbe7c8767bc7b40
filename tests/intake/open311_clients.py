"""What the tests of Open311 share: an issue list as routing tells it, a key, and calls in either format."""

from typing import Any
from xml.etree import ElementTree

import httpx
from front_desk import House

from services.clocks import now
from services.messages import ListsPublished, PublicIssue

BASE = "/open311/v2"
ISSUES = (
    PublicIssue(code="05", name="市容环卫", group="市容环卫", description="街面脏乱", grade="simple",
                questions=("具体位置？",), keywords=("市容", "垃圾")),
    PublicIssue(code="05-01", name="垃圾满溢", group="市容环卫", description="垃圾箱房满溢 <未清运> & 有味",
                grade="simple", questions=("满了几天？", "有没有异味？"), keywords=("垃圾", "满溢")),
    PublicIssue(code="01-03", name="电梯困人", group="物业管理", description="有人被困", grade="urgent",
                questions=("现在还有人困在里面吗？", "一户还是整栋？", "几号楼？")),
    PublicIssue(code="03-02", name="违法搭建", group="违法建设", description="已经建成的", grade="complex",
                questions=("搭在哪里？",)),
)  # fmt: skip
POST = {
    "service_code": "05-01",
    "lat": "31.2158",
    "long": "121.4632",
    "address_string": "永嘉路一弄",
    "description": "垃圾箱房满溢三天，无人清运。",
}
Json = Any


def published(
    version: int = 1, issues: tuple[PublicIssue, ...] = ISSUES, part: int = 0, parts: int = 1
) -> ListsPublished:
    return ListsPublished(
        version=version, published_at=now(), part=part, parts=parts, first=part * len(issues), issues=issues
    )


class Street:
    """A client of Open311 in the house, with the hotline's key or with none."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.key = house.keys["hotline"]
        self.http = house.as_(None)

    async def get(self, path: str, **query: Any) -> httpx.Response:
        return await self.http.get(f"{BASE}/{path}", params=query)

    async def read(self, path: str, **query: Any) -> Json:
        answer = await self.get(f"{path}.json", **query)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/json; charset=utf-8"
        return answer.json()

    async def xml(self, path: str, **query: Any) -> ElementTree.Element:
        answer = await self.get(f"{path}.xml", **query)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "text/xml; charset=utf-8"
        assert answer.text.startswith('<?xml version="1.0" encoding="utf-8"?>')
        return ElementTree.fromstring(answer.content)

    async def send(self, path: str = "requests.json", **options: Any) -> httpx.Response:
        return await self.http.post(f"{BASE}/{path}", **options)

    async def post(self, **changes: Any) -> dict[str, Any]:
        """The answer to a post by form."""
        said = {**POST, "api_key": self.key, **changes}
        answer = await self.send(data={name: value for name, value in said.items() if value is not None})
        assert answer.status_code == 200, answer.text
        (row,) = answer.json()
        return dict(row)

    async def case(self, **changes: Any) -> str:
        return str((await self.post(**changes))["service_request_id"])

    async def row(self, case_no: str, **query: Any) -> dict[str, Any]:
        (row,) = await self.read(f"requests/{case_no}", **query)
        return dict(row)
