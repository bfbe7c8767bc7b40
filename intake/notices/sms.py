"""Text messages by any provider that takes one signed JSON POST: Standard Webhooks, the message's id with it.

Chinese providers send registered templates (报备模板) only: key, version and facts go along with the whole text.
"""

import json
from datetime import UTC, datetime

import httpx

from intake.notices.delivery import Notice, ProviderRefused, Undeliverable
from services.attempts import Unreachable
from services.signing import sign

TIMEOUT = 10.0
AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
NOBODY = frozenset({"invalid_number", "unsubscribed", "not_in_service"})
"""What a provider's 422 may name in `code`: each says that this number takes none of our messages."""


class SmsNotifier:
    """`POST url`, answered 200 or 202 with `{"message_id": …}`; the same id again is answered with the same message."""

    name = "sms"

    def __init__(self, url: str, secret: str, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._url, self._secret = url, secret
        self._client = httpx.AsyncClient(transport=transport, timeout=TIMEOUT, trust_env=False)

    async def send(self, to: str, notice: Notice) -> str | None:
        body = json.dumps(_body(to, notice), ensure_ascii=False).encode()
        headers = {"content-type": "application/json", **sign(self._secret, str(notice.id), datetime.now(UTC), body)}
        try:
            answer = await self._client.post(self._url, content=body, headers=headers)
        except httpx.HTTPError as error:
            raise Unreachable(f"the text message provider did not answer ({type(error).__name__})") from None
        return _read(answer)


def _body(to: str, notice: Notice) -> dict[str, object]:
    return {
        "id": str(notice.id), "to": to, "template": notice.occasion, "version": notice.version,
        "language": notice.language, "facts": dict(notice.facts), "text": notice.text,
    }  # fmt: skip


def _read(answer: httpx.Response) -> str:
    if answer.status_code in AGAIN:
        raise Unreachable(f"the text message provider answered {answer.status_code}")
    told = _json(answer)
    if answer.status_code == 422 and told.get("code") in NOBODY:
        raise Undeliverable(str(told["code"]))
    if answer.status_code not in (200, 202) or not isinstance(told.get("message_id"), str):
        raise ProviderRefused(f"the text message provider answered {answer.status_code}")
    return str(told["message_id"])


def _json(answer: httpx.Response) -> dict[str, object]:
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
