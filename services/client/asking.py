"""How the client asks: a key, one Idempotency-Key for all tries of a write, patience, problems as exceptions, pages."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Self
from uuid import uuid4

import httpx

from services.client.refused import Refused

SAFE = frozenset({"GET", "HEAD"})
AGAIN = frozenset({429, 500, 502, 503, 504})
"""Answers after which the same request is sent again: nothing was changed, or the key makes it happen once."""
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 60.0
PAGE = 200
Pause = Callable[[float], Awaitable[None]]


class Asker:
    """Requests with one key. Raises Refused for every problem, httpx's TransportError where nobody answers at all."""

    def __init__(
        self, base: str, key: str | None = None, *, tries: int = 4, timeout: float = 30,
        http: httpx.AsyncClient | None = None, pause: Pause = asyncio.sleep,
    ) -> None:  # fmt: skip
        self._http = http or httpx.AsyncClient(base_url=base, timeout=timeout)
        self._owned = http is None
        self._key, self._tries, self._pause = key, tries, pause

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections, unless they were lent."""
        if self._owned:
            await self._http.aclose()

    def with_key(self, key: str | None) -> Self:
        """The same connections for somebody else; they are closed by whoever opened them."""
        return type(self)("", key, tries=self._tries, http=self._http, pause=self._pause)

    async def ask(
        self, method: str, path: str, body: Any = None, *, query: Mapping[str, Any] | None = None,
        content: bytes | None = None, version: int | None = None, once: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:  # fmt: skip
        """One request, sent again with a growing pause while the service cannot answer. `version` is what was read
        (If-Match); `once` is the Idempotency-Key of a write, by default a new one."""
        sent = httpx.Headers(self._headers(method, version, once))
        sent.update(headers)
        asked = {name: value for name, value in (query or {}).items() if value is not None}
        url = httpx.URL(path).copy_merge_params(asked)
        return await self._patiently(self._http.build_request(method, url, json=body, content=content, headers=sent))

    async def _patiently(self, request: httpx.Request) -> httpx.Response:
        for left in reversed(range(self._tries)):
            wait = self._grown(left)
            try:
                answer = await self._http.send(request)
            except httpx.TransportError:
                if not left:
                    raise
            else:
                if not answer.is_error:
                    return answer
                wait = _told(answer, wait)
                if not left or answer.status_code not in AGAIN or wait > LONGEST_PAUSE:
                    raise Refused(answer)
            await self._pause(wait)
        raise AssertionError("at least one try is made")

    def _headers(self, method: str, version: int | None, once: str | None) -> dict[str, str]:
        sent = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        if method not in SAFE:
            sent["Idempotency-Key"] = once or str(uuid4())
        if version is not None:
            sent["If-Match"] = f'"{version}"'
        return sent

    def _grown(self, left: int) -> float:
        """Twice as long each time, and never the same for two clients."""
        return FIRST_PAUSE * 2.0 ** (self._tries - 1 - left) * random.uniform(0.5, 1.5)  # noqa: S311 - no secret

    async def read(self, path: str, **query: Any) -> Any:
        """The JSON there."""
        return (await self.ask("GET", path, query=query)).json()

    async def every(self, path: str, **query: Any) -> AsyncIterator[Any]:
        """All items of a list, page by page, fetched as they are wanted."""
        cursor = None
        while True:
            page = await self.read(path, **{"limit": PAGE, **query, "cursor": cursor})
            for item in page["items"]:
                yield item
            if (cursor := page.get("next")) is None:
                return


def _told(answer: httpx.Response, otherwise: float) -> float:
    """Seconds that the service asks to wait."""
    said = answer.headers.get("retry-after", "")
    return float(said) if said.isascii() and said.isdecimal() else otherwise
