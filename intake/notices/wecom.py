"""WeCom (企业微信): an application message to one person, with a cached access token and Tencent's error codes.

Sources: developer.work.weixin.qq.com/document/path/91039 (token), /90236 (message), /90455 (codes).
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from intake.notices.delivery import Notice, ProviderRefused, Undeliverable
from services.attempts import Unreachable

HOST = "https://qyapi.weixin.qq.com"
TIMEOUT = 10.0
EARLY = 300.0
"""Seconds before its end in which a token is taken for over."""
SAME_FOR = 4 * 60 * 60
"""How long WeCom drops the same message to the same person, in seconds: the longest it takes."""
STALE_TOKEN = frozenset({40014, 41001, 42001})
"""不合法的 / 缺少 / 已过期的 access_token: Tencent may end one early, so it is fetched anew, once."""
LATER = frozenset({-1, 6000, 45009, 45033})
"""系统繁忙, 数据版本冲突, 接口调用超过限制, 接口并发调用超过限制: nobody is to blame, it is tried again."""
NOBODY = frozenset({40003, 40031, 60111, 81013})
"""无效的 UserID, 不合法的 UserID 列表, UserID 不存在, 全部接收人无权限或不存在."""


@dataclass(frozen=True)
class Account:
    """The application that speaks: 企业 ID, its AgentId and its Secret."""

    corp_id: str
    agent_id: int
    secret: str

    def __repr__(self) -> str:
        return f"<Account {self.agent_id}>"


class WeComNotifier:
    """`gettoken` when there is none, then `message/send`; the same notice again is dropped by WeCom for four hours."""

    name = "wecom"

    def __init__(
        self,
        account: Account,
        *,
        host: str = HOST,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._account, self._clock, self._one = account, clock, asyncio.Lock()
        self._client = httpx.AsyncClient(base_url=host, transport=transport, timeout=TIMEOUT, trust_env=False)
        self._token, self._until = "", 0.0

    async def send(self, to: str, notice: Notice) -> str | None:
        token = await self._fresh("")
        told = await self._post(token, to, notice)
        if told["errcode"] in STALE_TOKEN:
            told = await self._post(await self._fresh(token), to, notice)
        _refuse(told["errcode"])
        if told.get("invaliduser"):
            raise Undeliverable("invaliduser")
        if told.get("unlicenseduser"):
            raise ProviderRefused("WeCom has no licence for this person's account (unlicenseduser)")
        return str(told["msgid"]) if told.get("msgid") else None

    async def _post(self, token: str, to: str, notice: Notice) -> dict[str, object]:
        body = {
            "touser": to, "msgtype": "text", "agentid": self._account.agent_id, "text": {"content": notice.text},
            "enable_duplicate_check": 1, "duplicate_check_interval": SAME_FOR,
        }  # fmt: skip
        return await self._ask("POST", "/cgi-bin/message/send", {"access_token": token}, body)

    async def _fresh(self, spent: str) -> str:
        """The token in hand, unless it is over or the one that was just refused; only one task fetches a new one."""
        async with self._one:
            if self._token and self._token != spent and self._clock() < self._until:
                return self._token
            asked = {"corpid": self._account.corp_id, "corpsecret": self._account.secret}
            told = await self._ask("GET", "/cgi-bin/gettoken", asked, None)
            _refuse(told["errcode"])
            self._token = str(told.get("access_token") or "")
            self._until = self._clock() + max(_seconds(told.get("expires_in")) - EARLY, 0.0)
            return self._token

    async def _ask(
        self, method: str, path: str, query: dict[str, str], body: dict[str, object] | None
    ) -> dict[str, object]:
        """The answer, which has an errcode. No error of ours holds the address: secret and token travel in it."""
        try:
            answer = await self._client.request(method, path, params=query, json=body)
            told = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise Unreachable(f"WeCom did not answer ({type(error).__name__})") from None
        if answer.status_code != 200 or not isinstance(told, dict) or not isinstance(told.get("errcode"), int):
            raise Unreachable(f"WeCom answered {answer.status_code}")
        return told


def _refuse(code: object) -> None:
    if code == 0:
        return
    if code in LATER:
        raise Unreachable(f"WeCom said {code}")
    if code in NOBODY:
        raise Undeliverable(str(code))
    raise ProviderRefused(f"WeCom said {code}")


def _seconds(told: object) -> float:
    return float(told) if isinstance(told, int) else 0.0
