"""WeCom as Tencent documents it: a cached token, fetched anew when it ends early; each code for what it is."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from intake.notices.delivery import Notice, ProviderRefused, Undeliverable
from intake.notices.occasions import Occasion
from intake.notices.wecom import HOST, Account, WeComNotifier
from services import tracing
from services.attempts import Unreachable

SECRET = "of-the-application"
HINT = (
    "hint: [1651125626252370061579454], from ip: 192.0.2.1, more info at https://open.work.weixin.qq.com/devtool/query"
)


def notice(notification: UUID | None = None) -> Notice:
    facts = {"case_no": "2025030100000426", "link": "https://city.example/s/1"}
    return Notice(notification or uuid4(), Occasion.CLOSED, "2026.1", "zh", facts, "您反映的事项已办结。")


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    kept = InMemorySpanExporter()
    tracing.export_to(SimpleSpanProcessor(kept))
    yield kept
    tracing.export_to(None)


class WeCom:
    """Answers as qyapi.weixin.qq.com does: always 200, with an errcode; drops what it was sent before."""

    def __init__(self) -> None:
        self.tokens: list[str] = []
        self.live: set[str] = set()
        self.seen: dict[str, str] = {}
        self.asked: list[dict[str, Any]] = []
        self.codes: list[int] = []
        self.gettoken = 0
        self.users = {"wang.xm", "li.lei"}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/cgi-bin/gettoken":
            return self._token(request)
        assert (request.method, request.url.path) == ("POST", "/cgi-bin/message/send")
        return self._send(request.url.params["access_token"], json.loads(request.content))

    def _token(self, request: httpx.Request) -> httpx.Response:
        self.gettoken += 1
        if request.url.params["corpsecret"] != SECRET:
            return said(40001, "invalid credential")
        self.tokens.append(f"accesstoken{len(self.tokens):06}")
        self.live.add(self.tokens[-1])
        return httpx.Response(
            200, json={"errcode": 0, "errmsg": "ok", "access_token": self.tokens[-1], "expires_in": 7200}
        )

    def _send(self, token: str, body: dict[str, Any]) -> httpx.Response:
        if self.codes:
            return said(self.codes.pop(0), "as told")
        if token not in self.live:
            return said(42001 if token in self.tokens else 40014, "access_token expired")
        if body["touser"] not in self.users:
            told = {
                "errcode": 81013,
                "errmsg": f"user & party & tag all invalid, {HINT}",
                "invaliduser": body["touser"],
            }
            return httpx.Response(200, json=told)
        key = json.dumps(body, sort_keys=True)
        if key not in self.seen or not body["enable_duplicate_check"]:
            self.asked.append(body)
            self.seen[key] = f"msg{len(self.asked)}"
        return httpx.Response(200, json={"errcode": 0, "errmsg": "ok", "msgid": self.seen[key]})


def said(code: int, words: str) -> httpx.Response:
    return httpx.Response(200, json={"errcode": code, "errmsg": f"{words}, {HINT}"})


def notifier(wecom: Any, *, secret: str = SECRET, clock: Any = lambda: 0.0) -> WeComNotifier:
    account = Account("ww0000000000000000", 1000002, secret)
    return WeComNotifier(account, transport=httpx.MockTransport(wecom), clock=clock)


async def test_a_message_is_an_applications_text_to_one_person_and_has_wecoms_id() -> None:
    wecom = WeCom()
    assert await notifier(wecom).send("wang.xm", notice()) == "msg1"
    assert wecom.asked == [
        {
            "touser": "wang.xm", "msgtype": "text", "agentid": 1000002, "text": {"content": "您反映的事项已办结。"},
            "enable_duplicate_check": 1, "duplicate_check_interval": 14400,
        }
    ]  # fmt: skip
    assert HOST == "https://qyapi.weixin.qq.com"


async def test_one_token_serves_until_shortly_before_its_end() -> None:
    wecom, at = WeCom(), [0.0]
    sending = notifier(wecom, clock=lambda: at[0])
    for moment in (0.0, 6000.0, 6899.0, 6901.0):
        at[0] = moment
        await sending.send("wang.xm", notice())
    assert wecom.gettoken == 2


@pytest.mark.parametrize("code", [42001, 40014])
async def test_a_token_that_tencent_ends_early_is_fetched_anew_once(code: int) -> None:
    wecom = WeCom()
    sending = notifier(wecom)
    await sending.send("wang.xm", notice())
    wecom.live.clear()
    if code == 40014:
        wecom.codes = [40014]
    assert await sending.send("li.lei", notice()) is not None
    assert wecom.gettoken == 2
    wecom.codes = [code, code]
    with pytest.raises(ProviderRefused, match=str(code)):
        await sending.send("li.lei", notice())
    assert wecom.gettoken == 3


@pytest.mark.parametrize("code", [45009, 45033, -1, 6000])
async def test_a_limit_or_a_busy_wecom_is_tried_again_for_as_long_as_it_takes(code: int) -> None:
    wecom = WeCom()
    wecom.codes = [code]
    sending = notifier(wecom)
    with pytest.raises(Unreachable, match=str(code)):
        await sending.send("wang.xm", notice())
    assert await sending.send("wang.xm", notice()) == "msg1"


async def test_nobody_by_this_id_is_undeliverable_and_the_error_says_no_id() -> None:
    with pytest.raises(Undeliverable) as found:
        await notifier(WeCom()).send("stranger", notice())
    assert found.value.reason == "81013"
    assert "stranger" not in str(found.value)

    def partly(request: httpx.Request) -> httpx.Response:
        told = {"errcode": 0, "errmsg": "ok", "access_token": "t", "expires_in": 7200, "invaliduser": "stranger"}
        return httpx.Response(200, json=told)

    with pytest.raises(Undeliverable, match="invaliduser"):
        await notifier(partly).send("stranger", notice())


async def test_a_wrong_secret_is_refused_and_stands_in_no_error() -> None:
    wecom = WeCom()
    with pytest.raises(ProviderRefused, match="40001") as found:
        await notifier(wecom, secret="not-that-one").send("wang.xm", notice())
    assert "not-that-one" not in repr(found.value)
    assert wecom.asked == []


async def test_neither_trace_nor_log_holds_secret_token_or_person(
    spans: InMemorySpanExporter, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    wecom = WeCom()
    sending, facts = notifier(wecom), notice()
    with tracing.calling("intake", sending.name):
        await sending.send("wang.xm", facts)
    with pytest.raises(Undeliverable), tracing.calling("intake", sending.name):
        await sending.send("stranger", facts)
    with pytest.raises(ProviderRefused), tracing.calling("intake", "wecom"):
        await notifier(wecom, secret="not-that-one").send("wang.xm", facts)
    kept = spans.get_finished_spans()
    assert [(span.name, span.events) for span in kept] == [("call wecom", ())] * 3
    assert [(span.attributes or {}).get("error.type") for span in kept] == [None, "Undeliverable", "ProviderRefused"]
    out = capsys.readouterr()
    told = "".join(span.to_json() for span in kept) + caplog.text + out.out + out.err
    for hidden in (SECRET, "not-that-one", *wecom.tokens, "wang.xm", "stranger", "cgi-bin", "已办结"):
        assert hidden not in told


async def test_the_same_notice_again_is_dropped_by_wecom_and_has_the_same_id() -> None:
    wecom, told = WeCom(), notice()
    sending = notifier(wecom)
    assert await sending.send("wang.xm", told) == await sending.send("wang.xm", told)
    assert len(wecom.asked) == 1


@pytest.mark.parametrize("answer", [httpx.Response(502, text="Bad Gateway"), httpx.Response(200, json=["odd"])])
async def test_an_answer_that_is_none_is_tried_again(answer: httpx.Response) -> None:
    with pytest.raises(Unreachable):
        await notifier(lambda _: answer).send("wang.xm", notice())


async def test_no_answer_is_tried_again_and_the_error_holds_no_address() -> None:
    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectTimeout(f"timed out: {request.url}")

    with pytest.raises(Unreachable) as found:
        await notifier(away).send("wang.xm", notice())
    assert SECRET not in repr(found.value)
    assert found.value.__suppress_context__
